//! The types of the domain: messages to send, received messages, and their storage. They know no
//! flow and no session.

mod application;
mod content;
mod departure;
mod outgoing;
mod received;
mod result;
mod shape;
mod slot;
mod stored;
mod waiting;

pub use self::content::ReceivedContent;
pub(crate) use self::departure::{Departure, departed};
pub use self::outgoing::{OutgoingMessage, Plan};
pub use self::received::{Received, ReceivedPart, StatusReport, Undecodable};
pub use self::result::{Attempt, MessageId, PartOutcome, SendOutcome, SendResult, SentPart};
pub(crate) use self::shape::{has_length, proves_direct_text_mode, proves_text_mode};
pub(crate) use self::slot::{Held, PduLine, Stored, digest};
pub use self::slot::{Receipt, Slot};
#[cfg(feature = "erase")]
pub(crate) use self::stored::incoming;
pub use self::stored::{StoredContent, StoredMessage, StoredSubmit};
pub(crate) use self::stored::{merged, separate};
pub use self::waiting::WaitingMessages;
