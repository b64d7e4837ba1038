//! Several channels on one port: the multiplexer of 3GPP TS 27.010 (`AT+CMUX`).

mod bytes;
mod channel;
mod config;
mod control;
mod event;
mod fcs;
mod frame;
mod initiator;
mod machine;
mod offer;
mod reader;

pub use self::config::{Config, Dlci, Role};
pub use self::control::Signals;
pub use self::event::{ClosedReason, DownReason, Event, StartError};
pub use self::frame::{Frame, FrameKind, Framing};
pub use self::initiator::{Initiator, InitiatorConfig};
pub use self::machine::Mux;
pub use self::offer::{Choice, Offer, TestMux, Wishes};
pub use self::reader::{FrameReader, Piece};
