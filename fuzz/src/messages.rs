//! The crate `pdu`: what goes over the air.

mod tpdu;

pub use tpdu::{incoming, outgoing};
