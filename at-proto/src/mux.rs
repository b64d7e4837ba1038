//! Several channels on one port: the multiplexer of 3GPP TS 27.010 (`AT+CMUX`).

mod channel;
mod config;
mod control;
mod event;
mod fcs;
mod frame;
mod machine;
mod reader;

pub use self::config::{Config, Dlci, Role};
pub use self::control::Signals;
pub use self::event::{ClosedReason, DownReason, Event};
pub use self::frame::{Frame, FrameKind, Framing};
pub use self::machine::Mux;
pub use self::reader::{FrameReader, Piece};
