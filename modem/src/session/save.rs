//! What outlives the program: messages to send, parts that were received, reports that are awaited.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::{Address, DecodeError, EncodeError, Envelope};
use serde::{Deserialize, Serialize};

use super::Session;
use super::job::Job;
use super::outgoing::{Outbox, Times};
use crate::event::Event;
use crate::message::{PartOutcome, SendResult, SentPart};

/// The state of a [`Session`], to be written to a file.
///
/// It holds how long something has left or has waited, and no moment of any clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    version: u8,
    pub(super) next_reference: u16,
    pub(super) messages_given: u64,
    pub(super) messages: Vec<SavedMessage>,
    pub(super) awaited: Vec<SavedAwaited>,
    pub(super) reassembly: pdu::Saved<u64>,
    pub(super) parts: Vec<(u64, String)>,
    /// What was handed out, is not acknowledged, and is not in the modem any more.
    pub(super) handed_out: Vec<(u64, String)>,
}

/// A message that is not sent yet, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedMessage {
    pub(super) id: u64,
    pub(super) parts: Vec<SavedPart>,
    /// Milliseconds until it is not sent any more.
    pub(super) expires_in: Option<u64>,
    /// It goes no further, and the application has not been told yet.
    pub(super) ended: bool,
}

/// A part of a message to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedPart {
    pub(super) pdu: String,
    pub(super) fate: Fate,
}

/// What had become of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    Waiting,
    /// It was on its way: nobody knows.
    Attempting,
    Sent(u8),
    /// It was refused, for the reason given.
    Failed(String),
}

/// A part for which a status report may come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedAwaited {
    pub(super) reference: u8,
    pub(super) recipient: String,
    pub(super) message: u64,
    pub(super) part: usize,
}

/// Why a saved session cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The session has been used already.
    #[error("only a session that has not been opened yet can take back what was saved")]
    InUse,
    /// It was saved by another version.
    #[error("the session was saved in form {0}, and only form {VERSION} can be read")]
    Version(u8),
    /// A message to send is damaged.
    #[error("a message to send cannot be read: {0}")]
    Message(#[source] DecodeError),
    /// A part that was received is damaged.
    #[error("a part that was received cannot be read: {0}")]
    Part(#[from] pdu::RestoreError),
}

const VERSION: u8 = 1;

/// What is kept over the end of the program.
impl Session {
    /// What must not be lost when the program ends: the messages of [`enqueue`](Self::enqueue) and [`send`](Self::send) that have not
    /// left or whose outcome has not been [taken](Self::poll_event), the parts of long messages that were received, what was
    /// handed out and is not in the modem any more, the status reports that are awaited, and the next reference.
    ///
    /// To be written at each [`Event::Attempting`](crate::Event::Attempting) before it is [confirmed](Self::confirm), so that the
    /// part is known to have been under way; and whenever something was enqueued or a part acknowledged.
    ///
    /// # Errors
    /// When a TPDU cannot be written, which those that were split or received always can.
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
    pub fn save(&self, now: Instant) -> Result<SavedSession, EncodeError> {
        let mut saved = SavedSession {
            version: VERSION,
            next_reference: 0,
            messages_given: 0,
            messages: Vec::new(),
            awaited: Vec::new(),
            reassembly: self.incoming.inbox.save_reassembly(now)?,
            parts: self.incoming.inbox.pending().map(|(key, pdu)| (key, pdu.to_owned())).collect(),
            handed_out: self
                .incoming
                .inbox
                .handed_out()
                .map(|(key, pdu)| (key, pdu.to_owned()))
                .collect(),
        };
        self.outgoing.outbox.save(&mut saved, now)?;
        for event in &self.desk.events {
            if let Event::SendFinished(report) = event {
                saved.messages.push(SavedMessage::ended(report)?);
            }
        }
        Ok(saved)
    }

    /// Takes back what was saved, `since` that long ago: to be called before the link is opened.
    ///
    /// Messages go on where they stopped, and their outcome comes as [`Event::SendFinished`](crate::Event::SendFinished). A message of which a
    /// part was under way ends at once, with that part unknown: it is not sent again.
    ///
    /// # Errors
    /// When the session is in use, or what was saved is damaged; then nothing is taken.
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
        if saved.version != VERSION {
            return Err(RestoreError::Version(saved.version));
        }
        let SavedSession {
            reassembly,
            parts,
            next_reference,
            messages_given,
            messages,
            awaited,
            handed_out,
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
                (ticket, Times::after_restart(expires, since, now))
            })
            .map_err(RestoreError::Message)?;
        let arrivals = self.incoming.inbox.restore(reassembly, parts, handed_out, since, now)?;
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
    /// A part, which may be on its way.
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
