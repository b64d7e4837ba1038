//! The crate `modem`: a session against the simulator, and commands in messages.

mod ledger;
mod remote_command;
mod session;

pub use remote_command::remote_command;
pub use session::session;
