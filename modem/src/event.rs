//! The events of a session.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use at_proto::sms::{Memory, StorageUse};
use at_proto::{Notification, Urc};
use pdu::Broadcast;

use crate::error::Error;
use crate::message::{
    Attempt, Receipt, Received, ReceivedPart, SendResult, Slot, StatusReport, StoredMessage,
    Undecodable,
};

/// An event of a session, returned by [`Session::poll_event`](crate::Session::poll_event).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The modem is initialised; [`Session::profile`](crate::Session::profile) has its properties.
    Ready,
    /// A message was received. It stays in the modem until its receipt is
    /// [acknowledged](crate::Session::acknowledge).
    Received(Received),
    /// A part of a long message was received, with
    /// [`Config::deliver_parts`](crate::Config::deliver_parts).
    PartReceived(ReceivedPart),
    /// A cell broadcast was received, with all its pages. Requires the feature `broadcasts`;
    /// without it each page is a [notification](Self::Notification).
    #[doc(alias("emergency alert", "CBS"))]
    Broadcast(Broadcast),
    /// A status report was received. Its receipt is acknowledged like the receipt of a message.
    #[doc(alias("delivery report", "DLR"))]
    StatusReport(StatusReport),
    /// A PDU was received that cannot be decoded. Its receipt is acknowledged like the receipt of a
    /// message.
    Undecodable(Undecodable),
    /// The memory for received messages is full. Holds its use, if the modem reports it; see
    /// [`WhenFull`](crate::WhenFull).
    StorageFull(Option<StorageUse>),
    /// The oldest message of a full memory was deleted. Holds that message.
    Erased(Box<StoredMessage>),
    /// The modem restarted or lost its settings, and is being initialised again. Holds its boot
    /// message, if any.
    Restarted(Option<String>),
    /// The radio of the modem is off (`+CFUN` 0 or 4): nothing is sent or received.
    ///
    /// A message of [`send`](crate::Session::send) fails, and an
    /// [enqueued](crate::Session::enqueue) one waits. See
    /// [`Config::switch_radio_on`](crate::Config::switch_radio_on).
    #[doc(alias("flight mode", "airplane mode", "CFUN"))]
    RadioOff,
    /// The modem had stopped announcing new messages, and announces them again.
    Rearmed,
    /// A slot no longer holds the message that was acknowledged or deleted: the slot is free.
    Released(Slot),
    /// A part of a message is about to be sent: if no outcome follows, its fate is unknown.
    ///
    /// With [`Confirm::Attempts`](crate::Confirm::Attempts) the part waits for
    /// [`Session::confirm`](crate::Session::confirm). Of the attempts that an application does not
    /// take, the last 256 are kept: the parts of all but the last one have their outcome.
    Attempting(Attempt),
    /// The sending of a message ended, and no ticket waits for its result.
    SendFinished(SendResult),
    /// An operation failed, and no ticket waits for its result.
    Failed(Error),
    /// The journal cannot be written, for the reason given: nothing irreversible is done any more.
    ///
    /// No message is sent, and nothing is deleted, until the program has opened its journal again;
    /// see [`Session::handle_journal_lost`](crate::Session::handle_journal_lost).
    JournalFailed(String),
    /// A task of the session's own has failed; it is repeated after a delay that grows.
    ///
    /// The delay is 5 seconds after the first failure and at most 5 minutes; a success resets it.
    /// It is zero where the next attempt is under way already, such as the first sweep.
    TaskFailed {
        /// The task.
        task: Task,
        /// The reason.
        error: Error,
        /// The delay before the next attempt; `None` if a person is needed first.
        retry_after: Option<Duration>,
    },
    /// The modem reported something that the session does not handle itself: a call, its
    /// registration, its boot.
    Notification(Notification),
    /// The modem sent an unsolicited result code (URC) that is not known.
    #[doc(alias = "unsolicited result code")]
    UnknownUrc(Urc),
    /// The modem sent a line that fits neither a command nor a known URC.
    UnknownLine(String),
    /// The modem echoed a command that this session did not send: another program uses the same
    /// modem.
    ForeignEcho(String),
    /// The dialogue was out of step after a timeout, and the session tried to resynchronise it.
    Resynchronised {
        /// `true` if the modem answered.
        answered: bool,
    },
    /// The link has ended, and every operation under way with it.
    ///
    /// The errors of these operations have the cause, as does
    /// [`Session::link_error`](crate::Session::link_error).
    Closed,
    /// The link will be opened again after the delay of [`Backoff`](crate::Backoff); emitted by
    /// front-ends that reconnect.
    Reconnecting {
        /// The number of the next attempt, the first one after a good link being 1.
        attempt: u32,
        /// The delay before that attempt.
        after: Duration,
        /// The reason why the link was lost or the last attempt failed.
        reason: LinkEnd,
    },
}

/// The reason why a link was lost, or could not be opened; displayed in words.
///
/// ```
/// use modem::{ErrorKind, LinkEnd};
///
/// let reason = LinkEnd::Modem(ErrorKind::NoSim.into());
/// assert_eq!(reason.to_string(), "no SIM was found: insert a SIM, or check its contacts");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LinkEnd {
    /// The modem does not answer, or could not be initialised.
    Modem(Error),
    /// The line has failed, or could not be opened, for the reason given.
    Line(String),
    /// The other end has closed the link.
    Closed,
}

impl fmt::Display for LinkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modem(error) => error.fmt(f),
            Self::Line(reason) => f.write_str(reason),
            Self::Closed => f.write_str("the other end has closed the link"),
        }
    }
}

/// A task that a session does by itself; reported by [`Event::TaskFailed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Task {
    /// Selecting a memory.
    SelectMemory(Memory),
    /// Listing a memory.
    ListMemory(Memory),
    /// Reading a slot.
    ReadSlot(Slot),
    /// Deleting a slot.
    DeleteSlot(Slot),
    /// Acknowledging a direct delivery.
    AcknowledgeDelivery,
    /// Checking the settings of the modem.
    CheckSettings,
    /// Switching the announcement of messages on again.
    RearmIndications,
    /// Unlocking a SIM that asks for its PIN again.
    UnlockSim,
}

impl Event {
    /// The receipt of a received or erased message, a part, a status report or an undecodable PDU.
    ///
    /// [`Session::acknowledge`](crate::Session::acknowledge) takes it once the event is safe.
    ///
    /// ```
    /// use modem::Event;
    ///
    /// assert!(Event::Ready.receipt().is_none());
    /// let undecodable = modem::Undecodable::of_line("00040B91").unwrap();
    /// assert!(Event::Undecodable(undecodable).receipt().is_some());
    /// ```
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Received(message) => Some(&message.receipt),
            Self::PartReceived(part) => Some(&part.receipt),
            Self::StatusReport(report) => Some(&report.receipt),
            Self::Undecodable(undecodable) => Some(&undecodable.receipt),
            Self::Erased(message) => Some(message.receipt()),
            _ => None,
        }
    }

    /// Returns `true` for a part of a message that is not complete.
    pub(crate) const fn is_part(&self) -> bool {
        matches!(self, Self::PartReceived(_))
    }

    /// The bound of the event while the application does not take it.
    pub(crate) fn kept(&self) -> Kept {
        match self {
            // Such a message is with the application until it is acknowledged, and their number is
            // limited.
            Self::Received(_)
            | Self::PartReceived(_)
            | Self::StatusReport(_)
            | Self::Undecodable(_) => Kept::Always,
            Self::SendFinished(result) => Kept::Result { parts: result.parts.len() },
            Self::Attempting(_) => Kept::Attempt,
            Self::Ready
            | Self::StorageFull(_)
            | Self::Restarted(_)
            | Self::RadioOff
            | Self::Rearmed
            | Self::Released(_)
            | Self::Failed(_)
            | Self::TaskFailed { .. }
            | Self::JournalFailed(_)
            | Self::Closed => Kept::History,
            Self::Broadcast(_) | Self::Erased(_) => Kept::Content,
            Self::Notification(_)
            | Self::UnknownUrc(_)
            | Self::UnknownLine(_)
            | Self::ForeignEcho(_)
            | Self::Resynchronised { .. }
            | Self::Reconnecting { .. } => Kept::Optional,
        }
    }
}

/// The bound of an event that the application does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The event is never dropped: something else bounds its kind.
    Always,
    /// The result of a message, which is never dropped: no message is enqueued while too many wait.
    Result {
        /// The number of parts.
        parts: usize,
    },
    /// The latest attempts are kept.
    Attempt,
    /// The latest changes of a state are kept.
    History,
    /// The latest ones that hold a content are kept.
    Content,
    /// The first ones are kept.
    Optional,
}
