//! Explanations: the place of a message, and the reason why a member does not send it.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::Instant;

use super::cause::Cause;
use super::dispatch::Standing;
use super::member::MemberId;
use super::route::Tier;
use super::sim::Held;
use super::target::TargetKey;
use super::{Pool, Via};
use crate::message::MessageId;

/// The answer to the question why a message is where it is; from [`Pool::why`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The wish of the message.
    pub via: Via,
    /// The route that was chosen, with the prefix of the recipient that has chosen it.
    pub route: Option<(String, Option<String>)>,
    /// The place of the message.
    pub place: Place,
    /// Each member with the reason why it does not send the message now; `None` for a member that
    /// may.
    pub members: Vec<(MemberId, Option<WhyNot>)>,
}

/// The place of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The message waits for a member.
    Waiting,
    /// A part was sent, and the message waits for the SIM of that part.
    Begun,
    /// A member has the part with this index.
    With(MemberId, usize),
}

/// The reason why a member does not send a message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyNot {
    /// The message names other members.
    NotMeant,
    /// A part was sent by another SIM.
    OtherSim,
    /// The member is a fallback, and a member of the first choice can send.
    OnlyFallback,
    /// The modem is not ready.
    Down,
    /// The modem or its SIM rests after failures.
    Quarantined {
        /// The last failure.
        cause: Cause,
        /// The time of the next probe.
        until: Instant,
    },
    /// The SIM could not send this message, and tries it again at this time.
    TriedBefore(Instant),
    /// The member sends another part.
    Busy,
    /// The gap after the last part ends at this time.
    Gap(Instant),
    /// The bucket of the rate has its next token at this time.
    Rate(Instant),
    /// The parts of the day are used up.
    DailyQuota,
    /// The parts of the month are used up.
    MonthlyQuota,
    /// The quiet hours last.
    QuietHours,
    /// The pool waits for the date.
    NoCalendar,
}

impl Pool {
    /// Explains where a message is, and why each member sends it or does not; `None` for a message
    /// that has ended.
    ///
    /// ```
    /// use modem::at::Instant;
    /// use modem::OutgoingMessage;
    /// use modem::pool::{Place, Pool, Rules, WhyNot};
    ///
    /// let now = Instant::ZERO;
    /// let mut pool = Pool::new(Rules::default());
    /// let member = pool.add("usb0", &[], now);
    /// let message = OutgoingMessage::text("+491715550100".parse()?, "Hello");
    /// let id = pool.submit(message, now)?;
    /// let why = pool.why(id).unwrap();
    /// assert_eq!((why.place, why.members), (Place::Waiting, vec![(member, Some(WhyNot::Down))]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn why(&self, id: MessageId) -> Option<Explanation> {
        let message = self.messages.get(&id)?;
        let place = match message.in_flight {
            Some(member) => Place::With(member, usize::from(message.sent)),
            None if message.sent > 0 => Place::Begun,
            None => Place::Waiting,
        };
        let route = match self.targets.key(message.target) {
            Some(TargetKey::Route(index)) => self.rules.routes.get(*index),
            _ => None,
        };
        Some(Explanation {
            via: message.via.clone(),
            route: route.map(|route| (route.name().into(), message.prefix.clone())),
            place,
            members: self
                .members
                .keys()
                .map(|member| (*member, self.why_not(id, *member)))
                .collect(),
        })
    }

    fn why_not(&self, id: MessageId, member_id: MemberId) -> Option<WhyNot> {
        let message = self.messages.get(&id)?;
        let member = self.members.get(&member_id)?;
        if message.in_flight == Some(member_id) {
            return None;
        }
        if message.sent > 0 {
            if message.sim != member.sim {
                return Some(WhyNot::OtherSim);
            }
        } else if member.memberships.is_empty() {
            // A member that was never ready serves nothing yet.
            return Some(WhyNot::Down);
        } else {
            let place = member.memberships.iter().find(|place| place.target == message.target);
            let Some(place) = place else {
                return Some(WhyNot::NotMeant);
            };
            let usable = self.targets.get(place.target).map_or(0, |target| target.usable);
            if place.tier == Tier::Fallback && usable > 0 && !message.is_returned {
                return Some(WhyNot::OnlyFallback);
            }
        }
        match self.standing(member) {
            Standing::Down => Some(WhyNot::Down),
            Standing::Quarantined(cause, until) => Some(WhyNot::Quarantined { cause, until }),
            Standing::Busy => Some(WhyNot::Busy),
            Standing::Held(Held::Gap(until)) => Some(WhyNot::Gap(until)),
            Standing::Held(Held::Rate(until)) => Some(WhyNot::Rate(until)),
            Standing::Held(Held::Day) => Some(WhyNot::DailyQuota),
            Standing::Held(Held::Month) => Some(WhyNot::MonthlyQuota),
            Standing::Held(Held::Quiet) => Some(WhyNot::QuietHours),
            Standing::Held(Held::Calendar) => Some(WhyNot::NoCalendar),
            Standing::Free => {
                let avoided = message.avoid.iter().find(|(sim, _)| Some(*sim) == member.sim);
                avoided
                    .filter(|(_, until)| self.now < *until)
                    .map(|(_, until)| WhyNot::TriedBefore(*until))
            }
        }
    }
}
