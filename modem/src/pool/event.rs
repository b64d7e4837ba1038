//! The actions and the events of a pool.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::{Address, Submit};

use super::cause::Cause;
use super::member::MemberId;
use super::route::Via;
use super::submission::{PoolPart, Submission};
use crate::message::{
    MessageId, OutgoingMessage, PartOutcome, Received, SendOutcome, StatusReport,
};

/// An action that a pool asks for, returned by [`Pool::poll_action`](super::Pool::poll_action).
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a front-end that skips an action stops the pool")]
pub enum Action {
    /// A session is to send one part. Its outcome is reported by
    /// [`Pool::handle_outcome`](super::Pool::handle_outcome).
    Send(Box<Assignment>),
    /// The session of this member may send the part that it has announced: see
    /// [`Session::confirm`](crate::Session::confirm).
    Confirm(MemberId),
    /// The session of this member must not send the part that it has announced: see
    /// [`Session::refuse`](crate::Session::refuse).
    Refuse(MemberId),
}

/// One part for one member.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Assignment {
    /// The member.
    pub member: MemberId,
    /// The message of the part.
    pub message: MessageId,
    /// The index of the part, counted from 0.
    pub part: usize,
    /// The number of parts of the message.
    pub parts: usize,
    /// The TPDU.
    pub submit: Submit,
    /// The service centre, unless it is that of the SIM.
    pub smsc: Option<Address>,
    /// The time in which the part must be sent.
    pub expires_in: Option<Duration>,
}

impl Assignment {
    /// The part as a message for [`Session::send`](crate::Session::send).
    pub fn outgoing(&self) -> OutgoingMessage {
        let message = OutgoingMessage::parts(self.submit.destination, vec![self.submit]);
        let message = message.by_way_of(self.smsc);
        match self.expires_in {
            Some(left) => message.with_expiry(left),
            None => message,
        }
    }
}

/// An event of a pool, returned by [`Pool::poll_event`](super::Pool::poll_event).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PoolEvent {
    /// A message has ended. With a journal the event is repeated after a restart until
    /// [`Pool::settle`](super::Pool::settle).
    Finished(PoolResult),
    /// A message was received by a member.
    Received(Inbound<Received>),
    /// A status report was received by a member, with the message of the pool that it is about.
    StatusReport {
        /// The report and its member. Its own
        /// [`about`](crate::StatusReport::about) is that of the session.
        inbound: Inbound<StatusReport>,
        /// The message and the index of the part; `None` if the pool has not sent it.
        about: Option<(MessageId, usize)>,
    },
    /// A message waits for the SIM that has sent its first part, and no modem has this SIM.
    Stranded(MessageId),
    /// A member or its SIM rests.
    Quarantined {
        /// The member.
        member: MemberId,
        /// `true` if the SIM rests, in whatever modem it is.
        sim: bool,
        /// The last failure.
        cause: Cause,
        /// The time of the next probe.
        until: Instant,
    },
    /// A member or SIM that had been in quarantine has sent a part.
    Recovered(MemberId),
    /// A member's session reported something else.
    Member {
        /// The member.
        member: MemberId,
        /// The event; its receipt, if any, is acknowledged to the session.
        event: crate::Event,
    },
    /// The journal cannot be written, for the reason given: nothing is sent any more.
    JournalFailed(String),
}

/// Something that a member has received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inbound<T> {
    /// The member; its receipt is acknowledged to the session of this member.
    pub member: MemberId,
    /// The ICCID of the SIM.
    pub iccid: Option<String>,
    /// The name of the member.
    pub name: String,
    /// The content.
    pub content: T,
}

impl<T> Inbound<T> {
    /// A submission that goes out by the SIM that has received this message, or by its member if
    /// the SIM shows no ICCID.
    pub fn reply(&self, message: OutgoingMessage) -> Submission {
        Submission::new(message).via(match &self.iccid {
            Some(iccid) => Via::Sim(iccid.clone()),
            None => Via::Member(self.name.clone()),
        })
    }
}

/// The result of a message, part by part.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolResult {
    /// The message.
    pub message: MessageId,
    /// The reason for its end.
    pub ending: Ending,
    /// The parts in order.
    pub parts: Vec<PoolPart>,
}

/// The reason for the end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[expect(clippy::exhaustive_enums, reason = "a caller must be able to match all")]
pub enum Ending {
    /// The network has accepted all parts.
    Sent,
    /// A part was refused, and no other member may try it or could send it.
    Failed,
    /// The outcome of a part is unknown: it is not sent again.
    Unknown,
    /// The message expired.
    Expired,
    /// The message was cancelled.
    Cancelled,
    /// The SIM that has sent the first part did not come back in time.
    Stranded,
}

impl PoolResult {
    /// The outcome as that of a session: everything that is neither sent nor unknown has failed.
    pub const fn outcome(&self) -> SendOutcome {
        match self.ending {
            Ending::Sent => SendOutcome::Sent,
            Ending::Unknown => SendOutcome::Unknown,
            Ending::Failed | Ending::Expired | Ending::Cancelled | Ending::Stranded => {
                SendOutcome::Failed
            }
        }
    }

    /// The number of parts that the network has accepted.
    pub fn sent(&self) -> usize {
        let is_sent = |part: &&PoolPart| matches!(part.outcome, PartOutcome::Sent { .. });
        self.parts.iter().filter(is_sent).count()
    }
}
