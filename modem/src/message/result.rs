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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
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

/// A part that is about to be sent: if no outcome follows, its fate is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Attempt {
    /// The message of the part.
    pub message: MessageId,
    /// The index of the part, counted from 0.
    pub part: usize,
    /// The number of parts of the message.
    pub parts: usize,
    /// The PDU in hexadecimal digits with its service centre, as it is written to the modem.
    pub pdu: String,
}

/// The result of sending a message, part by part.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SendResult {
    /// The identifier of the message in its session; status reports refer to it.
    pub message: MessageId,
    /// The coding that was chosen for a text.
    pub coding: Option<gsm7::Coding>,
    /// The parts in order. After the first part that is not sent, no further one is tried.
    pub parts: Vec<SentPart>,
    /// The service centre that the message names.
    pub(crate) smsc: Option<Address>,
}

/// One part of a message, and its outcome.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SentPart {
    /// The TPDU of the part.
    pub submit: Submit,
    /// The outcome of sending it.
    pub outcome: PartOutcome,
}

/// The outcome of sending one part.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PartOutcome {
    /// The service centre accepted the part.
    Sent {
        /// The message reference (TP-MR), which a status report has too.
        reference: u8,
    },
    /// The part was refused, and was not sent.
    Failed {
        /// The reason; [`Error::is_temporary`] returns `true` if another attempt may succeed.
        error: Error,
    },
    /// The part may have been sent. Sending it again may deliver it twice.
    Unknown {
        /// The reason why the outcome is unknown.
        error: Error,
    },
    /// The part was not tried.
    NotAttempted,
}

/// The outcome of sending a message as a whole.
///
/// ```
/// assert_eq!(modem::SendOutcome::Unknown.to_string(), "unknown");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[expect(
    clippy::exhaustive_enums,
    reason = "sending has these three outcomes, and a caller must be able to match all"
)]
pub enum SendOutcome {
    /// The service centre accepted all parts.
    Sent,
    /// A part was refused or not tried. The parts before it have been sent.
    Failed,
    /// The fate of a part is unknown.
    Unknown,
}

impl fmt::Display for SendOutcome {
    /// Writes `sent`, `failed` or `unknown`, as `serde` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        })
    }
}

impl SendResult {
    /// The outcome of the message as a whole.
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

    /// The message references of the parts that were sent, in order.
    pub fn references(&self) -> impl Iterator<Item = u8> + '_ {
        self.parts.iter().filter_map(|part| match part.outcome {
            PartOutcome::Sent { reference } => Some(reference),
            _ => None,
        })
    }

    /// The reason why the message was not sent as a whole, if it was not.
    pub fn error(&self) -> Option<&Error> {
        self.parts.iter().find_map(|part| match &part.outcome {
            PartOutcome::Failed { error } | PartOutcome::Unknown { error } => Some(error),
            _ => None,
        })
    }

    /// A message of the parts that were not sent, to send later; `None` if there are none.
    ///
    /// A part with an unknown fate is not in it: only a person can decide to risk sending it twice.
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
    /// Returns `true` if the part has certainly not been sent.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NotAttempted)
    }
}
