//! Short messages: sending, receiving, storing, 3GPP TS 27.005.

mod indications;
mod memory;
mod receive;
mod send;
mod settings;

pub use indications::{
    Indications, IndicationsOffered, ReadIndications, SetIndications, TestIndications,
};
pub use memory::{Memory, ReadStorage, SetStorage, StorageOffered, StorageUse, TestStorage};
pub use receive::{
    Acknowledge, DeleteFlag, DeleteMessage, DeleteOffered, ListMessages, Listed, Message,
    ReadMessage, Status, TestDelete,
};
pub use send::{SendCommand, SendMessage, SendStored, Sent, WriteMessage};
pub use settings::{
    Centre, KeepLink, ReadBroadcast, ReadCentre, ReadFormat, ReadKeepLink, ReadService,
    ReadTransport, Service, SetBroadcast, SetCentre, SetFormat, SetService, SetShowHeaders,
    SetTextParameters, SetTransport, TestFormat, TestService, TestTransport,
};
