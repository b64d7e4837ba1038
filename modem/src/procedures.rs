//! The flows of a session. Each is written once, and none of them reads a clock or touches a port.

mod acknowledge;
mod check;
mod choose;
#[cfg(feature = "erase")]
mod erase;
mod initialise;
mod list_messages;
mod next_message;
mod operators;
mod pause;
mod phonebook;
mod query;
mod release_slot;
mod select;
mod send_part;
mod status;
mod stored;
mod sweep;
mod ussd;
mod wake;

pub(crate) use self::acknowledge::Acknowledge;
pub(crate) use self::check::{Check, Condition};
#[cfg(feature = "erase")]
pub(crate) use self::erase::{Erase, Erasure, Selection};
pub(crate) use self::initialise::{Initialise, SimCondition};
pub use self::list_messages::ListMessages;
pub use self::next_message::NextMessage;
pub(crate) use self::operators::{ChooseOperator, FindOperators};
pub(crate) use self::pause::Pause;
pub(crate) use self::phonebook::{Contacts, EraseContact, SaveContact};
pub use self::query::{Query, Raw};
pub(crate) use self::release_slot::{Release, ReleaseSlot};
pub(crate) use self::select::current_memory;
pub(crate) use self::send_part::SendPart;
pub use self::status::{FirstOf, OperatorName, OwnNumbers, SignalStrength};
pub(crate) use self::stored::ReadSlot;
pub(crate) use self::sweep::{Sweep, Swept};
pub(crate) use self::ussd::UssdForm;
pub use self::ussd::{CancelUssd, Ussd};
pub(crate) use self::wake::Wake;
