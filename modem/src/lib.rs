#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
// Nearly every number and index in this crate comes from a modem or a sender.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod backoff;
#[cfg(feature = "std")]
pub mod blocking;
mod config;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod event;
mod fnv;
pub mod journal;
#[cfg(feature = "embedded")]
mod line_error;
mod log;
#[cfg(feature = "std")]
mod machine;
mod message;
#[cfg(feature = "std")]
mod mux;
#[cfg(feature = "std")]
mod not_opened;
mod phonebook;
pub mod pool;
#[cfg(feature = "serialport")]
mod ports;
mod probe;
mod procedure;
mod procedures;
mod profile;
mod registration;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg(any(feature = "std", feature = "embedded"))]
mod reopening;
mod retry;
mod session;
#[cfg(feature = "tokio")]
pub mod tokio;
mod ussd;
#[cfg(any(feature = "tokio", feature = "embedded"))]
mod waiters;

#[cfg(any(doc, doctest))]
pub mod documentation;

pub use at_proto as at;
pub use gsm7;
#[cfg(feature = "simulator")]
pub use modem_simulator as simulator;
pub use pdu;

pub use at_proto::ussd::Wanted;
pub use backoff::Backoff;
pub use config::{Config, Confirm, Listing, Receive, WhenFull};
#[cfg(feature = "serialport")]
pub use error::OpenError;
pub use error::{Error, ErrorKind, Origin};
pub use event::{Event, LinkEnd, Task};
pub use log::{Direction, WireLine, WireLog};
pub use message::{
    Attempt, MessageId, OutgoingMessage, PartOutcome, Plan, Receipt, Received, ReceivedContent,
    ReceivedPart, SendOutcome, SendResult, SentPart, Slot, StatusReport, StoredContent,
    StoredMessage, StoredSubmit, Undecodable, WaitingMessages,
};
#[cfg(feature = "std")]
pub use mux::MuxError;
#[cfg(feature = "std")]
pub use not_opened::NotOpened;
pub use pdu::UssdEncoding;
pub use phonebook::{Contact, FoundOperator};
#[cfg(feature = "serialport")]
pub use ports::{Device, Holder, ModemManager, PortInfo, PortState, UsbDevice, ports};
pub use probe::{Probe, ProbeResult};
pub use procedure::{Answer, Context, Input, Procedure, Step};
pub use procedures::{
    CancelUssd, FirstOf, ListMessages, NextMessage, OperatorName, OwnNumbers, Query, Raw,
    SignalStrength, Ussd,
};
pub use profile::Profile;
pub use registration::Registrations;
pub use session::{Counters, RestoreError, SavedSession, Session, SimTrouble, Ticket, TicketId};
pub use ussd::UssdReply;
