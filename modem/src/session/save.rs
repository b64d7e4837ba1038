//! The state that outlives the program: messages to send, received parts, awaited status reports.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::{Address, DecodeError, EncodeError, Envelope};
use serde::{Deserialize, Serialize};

use super::Session;
use super::job::Job;
use super::outgoing::{Deadlines, Outbox};
use crate::event::Event;
use crate::message::{PartOutcome, SendResult, SentPart};

/// The state of a [`Session`], to be written to a file.
///
/// The state contains durations only and no points in time, so that it does not depend on a clock.
#[doc(alias = "persistence")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    version: u8,
    pub(super) next_reference: u16,
    pub(super) messages_given: u64,
    pub(super) messages: Vec<SavedMessage>,
    pub(super) awaited: Vec<SavedAwaited>,
    pub(super) reassembly: pdu::Saved<u64>,
    pub(super) parts: Vec<(u64, String)>,
    /// Delivered parts that are unacknowledged and no longer in the modem.
    #[serde(rename = "handed_out")]
    pub(super) delivered: Vec<(u64, String)>,
    /// The digests of acknowledged parts that the network or another slot may deliver again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) misplaced: Vec<u64>,
    /// The digest of all other fields; format 1 has none.
    #[serde(default)]
    checksum: Option<String>,
}

/// A message that is not sent yet, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedMessage {
    pub(super) id: u64,
    pub(super) parts: Vec<SavedPart>,
    /// The milliseconds until the message expires.
    pub(super) expires_in: Option<u64>,
    /// The message has ended, and the application does not know it yet.
    pub(super) ended: bool,
}

/// A part of a message to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedPart {
    pub(super) pdu: String,
    pub(super) fate: Fate,
}

/// The saved outcome of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Waiting,
    /// The part was being sent: its fate is unknown.
    Attempting,
    Sent(u8),
    /// The part was refused, for this reason.
    Failed(String),
}

/// A part whose status report is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedAwaited {
    pub(super) reference: u8,
    pub(super) recipient: String,
    pub(super) message: u64,
    pub(super) part: usize,
}

/// The reason why a saved session cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The session has been used already.
    #[error("the session is in use: restore the saved state before the session is opened")]
    InUse,
    /// The session was saved in an unknown format.
    #[error("the saved session has format {0}: only formats 1 and {VERSION} can be restored")]
    Version(u8),
    /// The saved state was changed or damaged, in the way given here.
    #[error("the saved session is damaged, since {0}: start without the saved session")]
    Damaged(&'static str),
    /// A message to send is damaged.
    #[error("a saved message is damaged: start without the saved session")]
    Message(#[source] DecodeError),
    /// A received part is damaged.
    #[error("a saved part is damaged: start without the saved session")]
    Part(#[from] pdu::RestoreError),
}

const VERSION: u8 = 2;

/// The highest number of a message or a part that a sound state can have.
const MAX_NUMBER: u64 = u64::MAX / 2;

/// FNV-1a of the values of a saved session, in the order of its fields.
///
/// The digest depends on nothing but these values, so that any build reads the state of any other.
struct Digest(u64);

impl Digest {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }

    fn number(&mut self, number: impl TryInto<u64>) {
        self.bytes(&number.try_into().unwrap_or(u64::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes(text.as_bytes());
    }

    fn keyed(&mut self, parts: &[(u64, String)]) {
        self.number(parts.len());
        for (key, pdu) in parts {
            self.number(*key);
            self.text(pdu);
        }
    }

    fn fate(&mut self, fate: &Fate) {
        match fate {
            Fate::Waiting => self.number(0_u64),
            Fate::Attempting => self.number(1_u64),
            Fate::Sent(reference) => {
                self.number(2_u64);
                self.number(*reference);
            }
            Fate::Failed(reason) => {
                self.number(3_u64);
                self.text(reason);
            }
        }
    }
}

impl SavedSession {
    /// The digest of all fields but the checksum. A field that is added has to be added here.
    fn digest(&self) -> String {
        let Self {
            version,
            next_reference,
            messages_given,
            messages,
            awaited,
            reassembly,
            parts,
            delivered,
            misplaced,
            checksum: _,
        } = self;
        let mut digest = Digest(0xCBF2_9CE4_8422_2325);
        digest.number(*version);
        digest.number(*next_reference);
        digest.number(*messages_given);
        digest.number(messages.len());
        for SavedMessage { id, parts, expires_in, ended } in messages {
            digest.number(*id);
            digest.number(parts.len());
            for SavedPart { pdu, fate } in parts {
                digest.text(pdu);
                digest.fate(fate);
            }
            digest.number(u64::from(expires_in.is_some()));
            digest.number(expires_in.unwrap_or_default());
            digest.number(u64::from(*ended));
        }
        digest.number(awaited.len());
        for SavedAwaited { reference, recipient, message, part } in awaited {
            digest.number(*reference);
            digest.text(recipient);
            digest.number(*message);
            digest.number(*part);
        }
        digest.number(reassembly.parts().count());
        for (index, age, pdu, key) in reassembly.parts() {
            digest.number(index);
            digest.number(age);
            digest.text(pdu);
            digest.number(*key);
        }
        digest.keyed(parts);
        digest.keyed(delivered);
        // States of earlier versions have none.
        if !misplaced.is_empty() {
            digest.number(misplaced.len());
            misplaced.iter().for_each(|part| digest.number(*part));
        }
        alloc::format!("{:016x}", digest.0)
    }

    /// Checks the saved state as a whole, before any of it is used.
    fn check(&self) -> Result<(), RestoreError> {
        match (self.version, &self.checksum) {
            (1, None) => {}
            (VERSION, Some(checksum)) if *checksum == self.digest() => {}
            (1 | VERSION, _) => {
                return Err(RestoreError::Damaged("its checksum does not match its content"));
            }
            (version, _) => return Err(RestoreError::Version(version)),
        }
        let mut ids: Vec<u64> = self.messages.iter().map(|message| message.id).collect();
        ids.sort_unstable();
        if self.messages_given > MAX_NUMBER
            || ids.last().is_some_and(|last| *last > self.messages_given)
        {
            return Err(RestoreError::Damaged("the number of a message is too high"));
        }
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(RestoreError::Damaged("two messages have the same number"));
        }
        let keys = self.parts.iter().chain(&self.delivered).map(|(key, _)| *key);
        let mut keys: Vec<u64> = keys.collect();
        keys.sort_unstable();
        if keys.last().is_some_and(|last| *last > MAX_NUMBER)
            || self.reassembly.parts().any(|(.., key)| *key > MAX_NUMBER)
        {
            return Err(RestoreError::Damaged("the number of a part is too high"));
        }
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(RestoreError::Damaged("two parts have the same number"));
        }
        Ok(())
    }
}

/// Saving and restoring.
impl Session {
    /// Returns the state that must not be lost when the program ends.
    ///
    /// * The messages of [`enqueue`](Self::enqueue) and [`send`](Self::send) that have not been
    ///   sent, or whose outcome has not been [taken](Self::poll_event).
    /// * The received parts of incomplete messages.
    /// * Unacknowledged deliveries that are no longer in the modem.
    /// * The awaited status reports.
    /// * The next reference.
    ///
    /// Save the session at each [`Event::Attempting`](crate::Event::Attempting) before the attempt
    /// is [confirmed](Self::confirm), so that the part is known to have been under way. Save it
    /// also after each enqueued message and each acknowledged part.
    ///
    /// # Errors
    /// Fails when a TPDU cannot be encoded, which never happens to TPDUs that were split or
    /// received.
    ///
    /// # Examples
    /// ```
    /// use core::time::Duration;
    /// use modem::at::Instant;
    /// use modem::{Config, OutgoingMessage, Session};
    ///
    /// let now = Instant::ZERO;
    /// let mut session = Session::new(Config::default());
    /// let id = session.enqueue(&OutgoingMessage::text("+491715550100".parse()?, "Hello"), now)?;
    /// let saved = session.save(now)?;
    ///
    /// // After a restart, three minutes later:
    /// let mut session = Session::new(Config::default());
    /// session.restore(saved, Duration::from_secs(180), now)?;
    /// assert_eq!(session.waiting().collect::<Vec<_>>(), [id]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "persistence")]
    pub fn save(&self, now: Instant) -> Result<SavedSession, EncodeError> {
        let mut saved = SavedSession {
            version: VERSION,
            next_reference: 0,
            messages_given: 0,
            messages: Vec::new(),
            awaited: Vec::new(),
            reassembly: self.incoming.inbox.save_reassembly(now)?,
            parts: self.incoming.inbox.pending().map(|(key, pdu)| (key, pdu.to_owned())).collect(),
            delivered: self
                .incoming
                .inbox
                .delivered()
                .map(|(key, pdu)| (key, pdu.to_owned()))
                .collect(),
            misplaced: self.incoming.inbox.misplaced(),
            checksum: None,
        };
        self.outgoing.outbox.save(&mut saved, now)?;
        for event in self.desk.events.iter() {
            if let Event::SendFinished(report) = event {
                saved.messages.push(SavedMessage::ended(report)?);
            }
        }
        saved.checksum = Some(saved.digest());
        Ok(saved)
    }

    /// Restores a state that was saved `since` ago. Call it before the link is opened.
    ///
    /// Sending continues where it stopped, and the result is reported by
    /// [`Event::SendFinished`](crate::Event::SendFinished). A message with a part under way ends at
    /// once: the outcome of that part is unknown, and it is not sent again.
    ///
    /// # Errors
    /// Fails when the session is in use or the saved state is damaged. The session is unchanged
    /// then.
    pub fn restore(
        &mut self,
        saved: SavedSession,
        since: Duration,
        now: Instant,
    ) -> Result<(), RestoreError> {
        if !self.is_closed()
            || !self.outgoing.outbox.is_unused()
            || !self.incoming.inbox.is_unused()
        {
            return Err(RestoreError::InUse);
        }
        saved.check()?;
        let SavedSession {
            reassembly,
            parts,
            next_reference,
            messages_given,
            messages,
            awaited,
            delivered,
            misplaced,
            ..
        } = saved;
        let ended: Vec<u64> =
            messages.iter().filter(|message| message.ended).map(|message| message.id).collect();
        let mut outbox = Outbox::new(next_reference);
        let tickets = &mut self.desk.tickets;
        outbox
            .restore(messages_given, messages, &awaited, |expires| {
                let ticket = tickets.issue::<SendResult>().id();
                tickets.abandon(ticket);
                (ticket, Deadlines::after_restart(expires, since, now))
            })
            .map_err(RestoreError::Message)?;
        let arrivals = self.incoming.inbox.restore(reassembly, parts, delivered, since, now)?;
        self.incoming.inbox.restore_misplaced(misplaced);
        self.outgoing.outbox = outbox;
        for arrival in arrivals {
            self.arrived(arrival);
        }
        for id in self.outgoing.outbox.ids() {
            if self.outgoing.outbox.is_unknown(id) || ended.contains(&id.get()) {
                self.outgoing.end(id, &mut self.desk);
            } else {
                self.desk.queue.outbound_again(Job::Message(id));
            }
        }
        Ok(())
    }
}

impl SavedMessage {
    fn ended(report: &SendResult) -> Result<Self, EncodeError> {
        let parts = report.parts.iter().map(|part| SavedPart::new(report.smsc, part, false));
        Ok(Self {
            id: report.message.get(),
            parts: parts.collect::<Result<_, _>>()?,
            expires_in: None,
            ended: true,
        })
    }
}

impl SavedPart {
    /// Saves a part, which may be under way.
    pub(super) fn new(
        smsc: Option<Address>,
        part: &SentPart,
        under_way: bool,
    ) -> Result<Self, EncodeError> {
        let tpdu = part.submit;
        Ok(Self {
            pdu: Envelope { smsc, tpdu }.to_hex()?,
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

impl SavedAwaited {
    pub(super) fn new(reference: u8, recipient: &Address, message: u64, part: usize) -> Self {
        Self { reference, recipient: recipient.to_string(), message, part }
    }
}
