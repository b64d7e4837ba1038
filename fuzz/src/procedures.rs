//! The crate `modem`: a session and a front-end against the simulator, saved sessions and
//! journals, the simulator itself, and commands in messages.

mod front_end;
mod journal;
mod ledger;
mod remote_command;
mod restore;
mod session;
mod simulator;

pub use front_end::front_end;
pub use journal::journal;
pub use remote_command::remote_command;
pub use restore::restore;
pub use session::session;
pub use simulator::simulator;
