//! The state that outlives the program: messages to send, received parts, awaited status reports,
//! and the identity of the SIM.

#[cfg(feature = "serde")]
mod form;
mod replay;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use pdu::collections::{Deque, Map, Set};
use pdu::{Address, DecodeError, EncodeError, Envelope, Submit};

use crate::message::{PartOutcome, PduLine, SendResult, SentPart};

/// The state of a [`Session`](crate::Session), to be written to a file, or to a log with its
/// [journal](crate::journal).
///
/// The state contains durations only and no points in time, so that it does not depend on a clock.
/// The default is the state of a session that was never used. With the feature `serde` the state
/// can be serialised, with a checksum of its content.
#[doc(alias = "persistence")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "form::Form", into = "form::Form")
)]
pub struct SavedSession(pub(super) State);

/// The reason why a saved session cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The session has been used already.
    #[error("the session is in use: restore the saved state before the session is opened")]
    InUse,
    /// The session was saved in an unknown format.
    #[error("the saved session has format {0}: only formats 1 and 2 can be restored")]
    Version(u8),
    /// The saved state was changed or damaged, in the way given here.
    #[error("the saved session is damaged, since {0}: start without the saved session")]
    Damaged(&'static str),
    /// A message to send is damaged.
    #[error("a saved message is damaged: start without the saved session")]
    Message(#[source] DecodeError),
    /// A record of the journal contradicts the records before it, in the way given here.
    #[error("record {number} of the journal is impossible, since {reason}: restore a copy of it")]
    Record {
        /// The number of the record; that of the snapshot for a record in the snapshot.
        number: u64,
        /// The contradiction.
        reason: &'static str,
    },
}

/// The highest number of a message or a part that a sound state can have.
pub(super) const MAX_NUMBER: u64 = u64::MAX / 2;

/// The maximum number of awaited reports: the oldest ones will not arrive any more.
pub(super) const MAX_AWAITED: usize = 4096;

/// The maximum number of delivered parts that are remembered by their digests.
pub(super) const MAX_DELIVERED: usize = 512;

/// The maximum number of SIMs whose PIN was tried without a known answer.
const MAX_SIMS: usize = 64;

/// The state as values. Two states are equal if a session cannot tell them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The number of the last record of the journal that is included.
    pub(super) sequence: u64,
    pub(super) next_reference: u16,
    /// The highest number of a message that may have been given.
    pub(super) issued: u64,
    /// The ICCID of the first opening; `Some(None)` if the modem did not show it.
    pub(super) first_iccid: Option<Option<String>>,
    /// The SIMs whose PIN was tried without a known answer.
    pub(super) pin_tried: Set<Option<String>>,
    pub(super) messages: Map<u64, SavedMessage>,
    pub(super) awaited: Deque<SavedAwaited>,
    /// Received parts that the modem does not keep until they are acknowledged, by key.
    pub(super) taken: Map<u64, SavedPart>,
    /// The digests of parts that the application has seen and that may still be in the modem.
    pub(super) delivered: Deque<u64>,
}

/// A message that is not sent yet, or only in part, or whose outcome the application does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SavedMessage {
    pub(super) parts: Vec<SavedSubmit>,
    /// The milliseconds until the message expires.
    pub(super) expires_in: Option<u64>,
    /// The message has ended, and the application does not know it yet.
    pub(super) ended: bool,
}

/// A part of a message to send, with its service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SavedSubmit {
    pub(super) pdu: Vec<u8>,
    pub(super) fate: Fate,
}

/// The saved outcome of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Fate {
    Waiting,
    /// The part was being sent: its fate is unknown.
    Attempting,
    Sent(u8),
    /// The part was refused, for this reason.
    Failed(String),
}

/// A part whose status report is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct SavedAwaited {
    pub(super) reference: u8,
    pub(super) recipient: String,
    pub(super) message: u64,
    pub(super) part: u8,
}

/// A received part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SavedPart {
    pub(super) pdu: PduLine,
    /// The time since the first part of the message was received, in milliseconds.
    pub(super) age: Duration,
}

impl State {
    /// The same state `since` later.
    pub(super) fn aged(mut self, since: Duration) -> Self {
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        for (_, message) in &mut self.messages {
            message.expires_in = message.expires_in.map(|left| left.saturating_sub(millis));
        }
        for (_, part) in &mut self.taken {
            part.age = part.age.saturating_add(since);
        }
        self
    }

    /// Checks the state as a whole, before any of it is used.
    pub(super) fn check(&self) -> Result<(), RestoreError> {
        let last = self.messages.last_key_value().map(|(id, _)| *id);
        if self.issued > MAX_NUMBER || last.is_some_and(|last| last > self.issued) {
            return Err(RestoreError::Damaged("the number of a message is too high"));
        }
        if self.taken.last_key_value().is_some_and(|(key, _)| *key > MAX_NUMBER) {
            return Err(RestoreError::Damaged("the number of a part is too high"));
        }
        for part in self.messages.values().flat_map(|message| &message.parts) {
            Envelope::<Submit>::decode(&part.pdu).map_err(RestoreError::Message)?;
        }
        Ok(())
    }

    /// Awaits a report, in place of the oldest one if there are too many.
    pub(super) fn awaits(&mut self, awaited: SavedAwaited) {
        self.awaited.push_back(awaited);
        if self.awaited.len() > MAX_AWAITED {
            self.awaited.pop_front();
        }
    }
}

impl SavedMessage {
    /// Saves a message, of which the part `under_way` may be under way.
    pub(super) fn new(
        report: &SendResult,
        under_way: Option<usize>,
        expires_in: Option<u64>,
    ) -> Result<Self, EncodeError> {
        let parts = report.parts.iter().enumerate();
        let parts = parts
            .map(|(index, part)| SavedSubmit::new(report.smsc, part, under_way == Some(index)));
        Ok(Self { parts: parts.collect::<Result<_, _>>()?, expires_in, ended: false })
    }

    /// Ends the message, which does not expire any more.
    fn end(&mut self) {
        self.ended = true;
        self.expires_in = None;
    }

    /// Saves the outcome of a message that has ended.
    pub(super) fn ended(report: &SendResult) -> Result<Self, EncodeError> {
        Ok(Self { ended: true, ..Self::new(report, None, None)? })
    }
}

impl SavedAwaited {
    pub(super) fn new(reference: u8, recipient: &Address, message: u64, part: u8) -> Self {
        Self { reference, recipient: recipient.to_string(), message, part }
    }
}

impl SavedSubmit {
    /// Saves a part, which may be under way.
    pub(super) fn new(
        smsc: Option<Address>,
        part: &SentPart,
        under_way: bool,
    ) -> Result<Self, EncodeError> {
        Ok(Self {
            pdu: octets(smsc, &part.submit)?,
            fate: match &part.outcome {
                PartOutcome::Sent { reference } => Fate::Sent(*reference),
                PartOutcome::Unknown { .. } => Fate::Attempting,
                PartOutcome::Failed { error } => Fate::Failed(error.to_string()),
                PartOutcome::NotAttempted if under_way => Fate::Attempting,
                PartOutcome::NotAttempted => Fate::Waiting,
            },
        })
    }
}

/// The octets of a part with its service centre.
pub(super) fn octets(smsc: Option<Address>, submit: &Submit) -> Result<Vec<u8>, EncodeError> {
    let mut octets = alloc::vec![0; MAX_OCTETS];
    let length = Envelope { smsc, tpdu: *submit }.encode(&mut octets)?;
    octets.truncate(length);
    Ok(octets)
}

/// The octets that any TPDU with its service centre fits in.
const MAX_OCTETS: usize = 226;

/// Remembers a delivered part, in place of the oldest one if there are too many.
pub(super) fn remember(digest: u64, delivered: &mut Deque<u64>) {
    if !delivered.contains(&digest) {
        delivered.push_back(digest);
        if delivered.len() > MAX_DELIVERED {
            delivered.pop_front();
        }
    }
}

/// Remembers a SIM whose PIN is tried.
pub(super) fn remember_sim(iccid: Option<String>, tried: &mut Set<Option<String>>) {
    if tried.len() < MAX_SIMS {
        tried.insert(iccid);
    }
}
