#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
// Nearly every number and index in this crate comes from a modem.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::indexing_slicing))]

extern crate alloc;

pub mod call;
pub mod clock;
pub mod general;
pub mod mux;
pub mod network;
pub mod phonebook;
pub mod power;
pub mod sim;
pub mod sms;
pub mod ussd;

mod command;
mod dialect;
mod engine;
mod error;
mod event;
mod expect;
mod final_result;
mod line;
mod notification;
mod number_space;
mod parameters;
mod queue;
mod request;
mod time;
mod urc;
mod vocabulary;
mod wire;

pub use command::{Command, ParseError, ParseErrorKind};
pub use dialect::{Dialect, Grace, Limits, Resync};
pub use engine::{Engine, SubmitError};
pub use error::{CmeError, CmsError, CmsOrigin};
pub use event::{Event, Failure, Outcome, Overflow, Reason, Response};
pub use final_result::FinalError;
pub use line::{Line, Lines};
pub use notification::{AnnouncedSlot, MessageContent, Notification};
pub use parameters::{NumberSet, Parameter, Parameters};
pub use request::{MAX_LINE, Refused, Request, RequestId};
pub use time::Instant;
pub use urc::{BootStage, Urc, UrcKind};
pub use wire::WireString;
