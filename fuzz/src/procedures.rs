//! The crate `modem`: a session against the simulator.

mod ledger;
mod session;

pub use session::session;
