//! The multiplexer of 3GPP TS 27.010, against the standard's octets and a naive twin.

extern crate alloc;

mod flow;
mod frames;
mod initiator;
mod line;
mod machine;
mod naive;
mod offers;
mod properties;
mod sides;
mod supervision;
