//! The result of sending a message, part by part.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use pdu::{Address, Submit};

use super::outgoing::OutgoingMessage;
use crate::error::Error;

/// The identifier of a message within its session, assigned when the message is accepted.
///
/// ```
/// use modem::MessageId;
///
/// let stored = MessageId::from(7).get();
/// assert_eq!(MessageId::from(stored), MessageId::from(7));
/// assert_eq!(MessageId::from(7).to_string(), "#7");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u64);

impl MessageId {
    /// The identifier as a number, to be stored by an application.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for MessageId {
    /// The identifier with this number, as [`get`](Self::get) returned it.
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A part that is about to leave: from here on silence means that its fate is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The message it belongs to.
    pub message: MessageId,
    /// Which part it is, the first being 0.
    pub part: usize,
    /// How many parts the message has.
    pub parts: usize,
    /// The PDU in hex, service centre included, as it goes over the wire.
    pub pdu: String,
}

/// What became of a message, part by part.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SendResult {
    /// The number of the message in its session; status reports name it.
    pub message: MessageId,
    /// The coding that was chosen for a text.
    pub coding: Option<gsm7::Coding>,
    /// The parts in order. After the first one that is not sent, the others are not tried.
    pub parts: Vec<SentPart>,
    /// The service centre that the message names.
    pub(crate) smsc: Option<Address>,
}

/// One part of a message, and what became of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SentPart {
    /// What was to be sent.
    pub submit: Submit,
    /// What became of it.
    pub outcome: PartOutcome,
}

/// What became of one part.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PartOutcome {
    /// The service centre took it.
    Sent {
        /// TP-MR, which a status report refers to.
        reference: u8,
    },
    /// It was refused, and did not go out.
    Failed {
        /// Why; [`Error::is_temporary`] says whether it is worth another try.
        error: Error,
    },
    /// It may have gone out. Sending it again may deliver it twice.
    Unknown {
        /// Why nothing is known.
        error: Error,
    },
    /// It was not tried.
    NotAttempted,
}

/// What became of a message as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "sending has these three outcomes, and a caller must be able to match all"
)]
pub enum SendOutcome {
    /// The service centre took all parts.
    Sent,
    /// A part was refused, or not tried. What went out before it has gone out.
    Failed,
    /// The fate of a part is unknown.
    Unknown,
}

impl SendResult {
    /// What became of the message as a whole.
    pub fn outcome(&self) -> SendOutcome {
        let mut outcomes = self.parts.iter().map(|part| &part.outcome);
        if outcomes.clone().any(|outcome| matches!(outcome, PartOutcome::Unknown { .. })) {
            SendOutcome::Unknown
        } else if outcomes.all(|outcome| matches!(outcome, PartOutcome::Sent { .. })) {
            SendOutcome::Sent
        } else {
            SendOutcome::Failed
        }
    }

    /// The references of the parts that were sent, in order.
    pub fn references(&self) -> impl Iterator<Item = u8> + '_ {
        self.parts.iter().filter_map(|part| match part.outcome {
            PartOutcome::Sent { reference } => Some(reference),
            _ => None,
        })
    }

    /// Why the message was not sent as a whole, if it was not.
    pub fn error(&self) -> Option<&Error> {
        self.parts.iter().find_map(|part| match &part.outcome {
            PartOutcome::Failed { error } | PartOutcome::Unknown { error } => Some(error),
            _ => None,
        })
    }

    /// The message of the parts that did not go out, to send later; `None` if there is none.
    ///
    /// A part whose fate is unknown is not in it: only a person can decide to send it twice.
    pub fn rest(&self) -> Option<OutgoingMessage> {
        let rest: Vec<Submit> = self
            .parts
            .iter()
            .filter(|part| part.outcome.is_unsent())
            .map(|part| part.submit)
            .collect();
        let recipient = rest.first()?.destination;
        Some(OutgoingMessage::parts(recipient, rest).by_way_of(self.smsc))
    }
}

impl PartOutcome {
    /// Whether the part has certainly not gone out.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NotAttempted)
    }
}
