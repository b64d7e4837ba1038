//! The dialogue as lines that a person can read, with secrets masked.

mod line;
mod recent;
pub(crate) mod tracing;

pub use self::line::{Direction, WireLine, WireLog};
pub(crate) use self::line::{masked, masked_line};
pub(crate) use self::recent::Recent;
