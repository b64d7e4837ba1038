//! Short messages: send, receive, store, 3GPP TS 27.005.

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
    AcknowledgeMessage, DeleteFlag, DeleteMessage, DeleteOffered, ListMessages, ListedMessage,
    Message, MessageStatus, ReadMessage, TestDelete, centre_length,
};
pub use send::{SendCommand, SendMessage, SendStored, SentMessage, WriteMessage};
pub use settings::{
    Centre, KeepLink, ReadBroadcast, ReadCentre, ReadFormat, ReadKeepLink, ReadService,
    ReadTransport, Service, SetBroadcast, SetCentre, SetFormat, SetService, SetShowHeaders,
    SetTextParameters, SetTransport, TestFormat, TestService, TestTransport,
};
