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
    Acknowledge, Delete, DeleteFlag, DeleteOffered, List, Listed, Message, Read, Status, TestDelete,
};
pub use send::{Send, SendCommand, SendStored, Sent, Write};
pub use settings::{
    Centre, KeepLink, ReadBroadcast, ReadCentre, ReadFormat, ReadKeepLink, ReadService,
    ReadTransport, Service, SetBroadcast, SetCentre, SetFormat, SetService, SetShowHeaders,
    SetTextParameters, SetTransport, TestFormat, TestService, TestTransport,
};
