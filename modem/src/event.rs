//! What a session has to say.

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

use at_proto::sms::StorageUse;
use at_proto::{Notification, Urc};
use pdu::Broadcast;

use crate::error::Error;
use crate::message::{
    Attempt, Received, ReceivedPart, SendResult, Slot, StatusReport, StoredMessage, Undecodable,
};

/// Something that happened, from [`Session::poll_event`](crate::Session::poll_event).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The modem is initialised; [`Session::profile`](crate::Session::profile) says what was found.
    Ready,
    /// A message was received. It stays in the modem until its receipt is
    /// [acknowledged](crate::Session::acknowledge).
    Received(Received),
    /// A part of a long message was received, with [`Config::deliver_parts`](crate::Config::deliver_parts).
    PartReceived(ReceivedPart),
    /// A cell broadcast was received, with all its pages.
    Broadcast(Broadcast),
    /// A status report was received; its receipt is acknowledged like that of a message.
    StatusReport(StatusReport),
    /// Something was received that cannot be read; its receipt is acknowledged like that of a message.
    Undecodable(Undecodable),
    /// The memory for received messages is full; how full, where the modem says. See [`WhenFull`](crate::WhenFull).
    StorageFull(Option<StorageUse>),
    /// The oldest message of a full memory was deleted: this is what it was.
    Erased(Box<StoredMessage>),
    /// The modem has started anew by itself, or lost how it was set, and is initialised again; in its words, where it said so.
    Restarted(Option<String>),
    /// The modem had stopped announcing what it receives, and does so again.
    Rearmed,
    /// What was acknowledged is not in this place of the modem any more.
    Released(Slot),
    /// A part of a message is about to leave: if no outcome follows, its fate is unknown.
    ///
    /// With [`Config::confirm_attempts`](crate::Config::confirm_attempts) it waits for
    /// [`Session::confirm`](crate::Session::confirm).
    Attempting(Attempt),
    /// A sending has ended that nobody waited for any more.
    SendFinished(SendResult),
    /// Something failed that nobody waited for any more.
    Failed(Error),
    /// The modem has announced something that the session does not handle itself: a call, its registration, its boot.
    Notification(Notification),
    /// The modem has announced something whose meaning is not known.
    UnknownUrc(Urc),
    /// A line that nothing explains.
    UnknownLine(String),
    /// A command that this session did not send was echoed: another program uses the same modem.
    ForeignEcho(String),
    /// The dialogue was out of step after a timeout, and the modem has been asked to start afresh.
    Resynchronised {
        /// Whether it answered.
        answered: bool,
    },
    /// The link has ended. Everything under way has ended with it, and its errors say why, as does
    /// [`Session::link_error`](crate::Session::link_error).
    Closed,
    /// The link is opened again after a while, as [`Backoff`](crate::Backoff) says; only where the front-end does that.
    Reconnecting {
        /// Which attempt it will be, the first one after a good link being 1.
        attempt: u32,
        /// After what time.
        after: Duration,
        /// Why the link was lost, or the last attempt failed.
        reason: String,
    },
}

impl Event {
    /// Whether the event is about something that would be lost with it.
    pub(crate) fn must_be_kept(&self) -> bool {
        !matches!(
            self,
            Self::Notification(_)
                | Self::UnknownUrc(_)
                | Self::UnknownLine(_)
                | Self::ForeignEcho(_)
                | Self::Resynchronised { .. }
                | Self::Reconnecting { .. }
        )
    }
}
