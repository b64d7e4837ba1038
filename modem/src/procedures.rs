//! The flows of a session: each is written once, and neither reads a clock nor touches a port.

mod acknowledge;
mod initialise;
mod query;
mod release_slot;
mod select;
mod send_part;
mod stored;
mod sweep;
mod ussd;
mod wake;

pub(crate) use self::acknowledge::Acknowledge;
pub(crate) use self::initialise::Initialise;
pub use self::query::{Query, Raw};
pub(crate) use self::release_slot::{Release, ReleaseSlot};
pub(crate) use self::send_part::SendPart;
pub(crate) use self::stored::{ReadSlot, Stored};
pub(crate) use self::sweep::Sweep;
pub use self::ussd::Ussd;
pub(crate) use self::wake::Wake;
