//! Messages of a pool.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use at_proto::Instant;
use pdu::{Address, Information, Reference, Submit, UserData};

use super::member::MemberId;
use super::priority::Priority;
use super::route::Via;
use super::sim::SimId;
use super::target::TargetId;
use crate::error::Error;
use crate::message::OutgoingMessage;

/// A message for a pool, with its wish, its class and its key.
///
/// ```
/// use modem::OutgoingMessage;
/// use modem::pool::{Priority, Submission};
///
/// let message = OutgoingMessage::text("+491715550100".parse()?, "Fire in hall 3");
/// let submission = Submission::new(message).priority(Priority::Alarm).key("alarm-4711");
/// # let _ = submission;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Submission {
    pub(super) message: OutgoingMessage,
    pub(super) via: Via,
    pub(super) priority: Priority,
    pub(super) key: Option<String>,
}

impl Submission {
    /// A message of the usual class, by the route of its recipient.
    pub fn new(message: OutgoingMessage) -> Self {
        Self { message, via: Via::default(), priority: Priority::default(), key: None }
    }

    /// Sets the members that may send the message.
    #[must_use]
    pub fn via(mut self, via: Via) -> Self {
        self.via = via;
        self
    }

    /// Sets the priority class.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Sets an idempotency key. A message with a key that is remembered is not accepted again: its
    /// submission returns the first one.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

impl From<OutgoingMessage> for Submission {
    fn from(message: OutgoingMessage) -> Self {
        Self::new(message)
    }
}

/// The reason why a message is not accepted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The key was used for another message.
    #[error("the idempotency key was used for another message: use a new key")]
    KeyReused,
    /// There is no route with this name.
    #[error("there is no route {0}: check its name")]
    NoRoute(String),
    /// The message cannot be sent by any modem.
    #[error("{0}")]
    Invalid(Error),
    /// Too many messages wait, or too many results are not settled.
    #[error("too many messages are waiting: settle the results, and wait until some have ended")]
    Full,
    /// The journal cannot be written.
    #[error("the journal cannot be written: restart the program once it can")]
    Journal,
}

/// The outcome of a part, and its place.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolPart {
    /// The TPDU of the part.
    pub submit: Submit,
    /// The outcome.
    pub outcome: crate::message::PartOutcome,
    /// The member that had the part last, in this process.
    pub member: Option<MemberId>,
    /// The SIM that had the part last: its ICCID, or another name if it shows none.
    pub sim: Option<String>,
}

/// A part of a waiting message.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) submit: Submit,
    pub(super) outcome: crate::message::PartOutcome,
    pub(super) member: Option<MemberId>,
    pub(super) sim: Option<SimId>,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) parts: Box<[Part]>,
    pub(super) smsc: Option<Address>,
    pub(super) via: Via,
    pub(super) target: TargetId,
    /// The prefix that has chosen the route.
    pub(super) prefix: Option<String>,
    pub(super) priority: Priority,
    pub(super) expires: Option<Instant>,
    /// The time of the entry in the timers.
    pub(super) deadline: Option<Instant>,
    /// The SIM that has the reference of the message, and that has sent its first part.
    pub(super) sim: Option<SimId>,
    pub(super) reference: u16,
    /// The number of parts that were sent.
    pub(super) sent: u8,
    pub(super) stranded_at: Option<Instant>,
    pub(super) attempts: u32,
    /// SIMs that do not try the message before a time.
    pub(super) avoid: Vec<(SimId, Instant)>,
    /// A member could not send the message.
    pub(super) is_returned: bool,
    /// The member that has a part of the message.
    pub(super) in_flight: Option<MemberId>,
    pub(super) is_cancelled: bool,
    /// The message is in a lane.
    pub(super) waits: bool,
}

impl Message {
    /// Returns `true` if the SIM may try the message now.
    pub(super) fn suits(&self, sim: SimId, now: Instant) -> bool {
        !self.avoid.iter().any(|(other, until)| *other == sim && now < *until)
    }

    /// The time at which a message without a further part ends.
    pub(super) fn ends_at(&self) -> Option<Instant> {
        [self.expires, self.stranded_at].into_iter().flatten().min()
    }

    /// The next part, with the reference of the message.
    pub(super) fn next_submit(&self) -> Option<Submit> {
        let part = self.parts.get(usize::from(self.sent))?;
        Some(if self.parts.len() > 1 {
            renumbered(&part.submit, self.reference)
        } else {
            part.submit
        })
    }
}

/// A part with another reference. A part that has none stays as it is.
pub(super) fn renumbered(submit: &Submit, reference: u16) -> Submit {
    try_renumbered(submit, reference).unwrap_or(*submit)
}

fn try_renumbered(submit: &Submit, reference: u16) -> Option<Submit> {
    let mut information: Vec<Information<'_>> = submit.header()?.information().collect();
    let position = information.iter_mut().find_map(|information| match information {
        Information::Concatenation(position) => Some(position),
        _ => None,
    })?;
    let reference = match position.reference() {
        Reference::Eight(_) => Reference::Eight(reference.to_be_bytes()[1]),
        Reference::Sixteen(_) => Reference::Sixteen(reference),
    };
    *position = pdu::Concatenation::new(reference, position.total(), position.sequence())?;
    let user_data = if submit.dcs.counts_septets() {
        let mut septets = [0; 182];
        UserData::septets(submit.user_data.body_septets(&mut septets), &information)
    } else {
        UserData::data(submit.user_data.body_octets(), &information)
    };
    Some(submit.with_user_data(submit.dcs, user_data.ok()?))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::renumbered;
    use crate::message::OutgoingMessage;

    #[test]
    fn a_part_with_another_reference_is_the_part_that_was_split_with_it() {
        for text in ["Grüße ", "a 🦊 "] {
            let text = text.repeat(40);
            let message = OutgoingMessage::text("+491715550100".parse().unwrap(), text);
            let (zero, _) = message.split(0).unwrap();
            for reference in [0, 1, 255] {
                let (parts, _) = message.split(reference).unwrap();
                let again: alloc::vec::Vec<_> =
                    zero.iter().map(|part| renumbered(part, reference)).collect();
                assert_eq!(again, parts);
            }
        }
        let (one, _) = OutgoingMessage::text("+491715550100".parse().unwrap(), String::from("Hi"))
            .split(0)
            .unwrap();
        assert_eq!(renumbered(&one[0], 9), one[0]);
    }
}
