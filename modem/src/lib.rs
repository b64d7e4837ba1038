#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod advice;
mod backoff;
#[cfg(feature = "std")]
pub mod blocking;
mod choose;
mod config;
mod error;
mod journal;
#[cfg(feature = "std")]
mod machine;
mod message;
#[cfg(feature = "serialport")]
mod open_error;
#[cfg(feature = "serialport")]
mod ports;
mod probe;
mod procedure;
mod procedures;
mod profile;
mod registration;
pub mod remote;
mod session;
#[cfg(feature = "simulator")]
pub mod simulator;
mod stored_message;
mod tell;
#[cfg(feature = "tokio")]
pub mod tokio;
mod ussd;
mod wire_log;

#[cfg(any(doc, doctest))]
pub mod documentation;

pub use at_proto as at;
pub use gsm7;
pub use pdu;

pub use backoff::Backoff;
pub use config::{Config, Listing, Receive, WhenFull};
pub use error::{Error, ErrorKind};
pub use message::{OutgoingMessage, PartOutcome, Plan, SendOutcome, SendReport, SentPart};
#[cfg(feature = "serialport")]
pub use open_error::OpenError;
#[cfg(feature = "serialport")]
pub use ports::{Device, Holder, ModemManager, PortInfo, Probed, UsbDevice, ports};
pub use probe::{Probe, Speech};
pub use procedure::{Answer, Context, Input, Procedure, Step};
pub use procedures::{
    CancelUssd, FirstOf, ListMessages, OperatorName, OwnNumbers, Query, Raw, SignalStrength, Ussd,
};
pub use profile::Profile;
pub use registration::Registrations;
pub use session::{
    Attempt, Counters, Event, MessageId, Receipt, Received, ReceivedPart, ReceivedReport, Session,
    SimTrouble, Slot, Ticket, TicketId, Undecodable, WaitingMessages,
};
#[cfg(feature = "serde")]
pub use session::{RestoreError, SavedSession};
pub use stored_message::{StoredContent, StoredMessage, StoredSubmit};
pub use ussd::{UssdEncoding, UssdReply};
pub use wire_log::{Direction, WireLine, WireLog};
