//! The decision: the next part of a free member, and the free member for a message.
//!
//! A decision is made whenever a member becomes free or a message begins to wait. Afterwards no
//! member is free that could send a message that waits. A decision looks at the first messages of
//! the targets of one member, or at the first members of the target of one message: its cost grows
//! with the logarithm of their numbers. Without `std` it is linear, since maps are vectors there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use at_proto::Instant;
use pdu::collections::Set;

use super::event::{Action, Assignment, Ending};
use super::member::{InFlight, Member, MemberId, Stage};
use super::priority::Priority;
use super::route::Tier;
use super::sim::{Held, SimId};
use super::target::TargetId;
use super::{Pool, Timer};
use crate::message::MessageId;

/// The maximum number of messages in a lane that are looked at, while a SIM that could not send
/// them may not try them again yet. A retry of each is on the timers, so that none is forgotten.
const MAX_LOOKS: usize = 16;

/// The ability of a member to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The modem is not ready, or its SIM is with another member.
    Down,
    /// A modem or SIM rests until a time.
    Quarantined(super::Cause, Instant),
    /// A limit holds the SIM back.
    Held(Held),
    /// The SIM has a part.
    Busy,
    Free,
}

impl Standing {
    /// Returns `true` if the member can send now or soon, so that a fallback need not.
    const fn is_usable(self) -> bool {
        match self {
            Self::Down | Self::Quarantined(..) => false,
            Self::Held(held) => !held.lasts(),
            Self::Busy | Self::Free => true,
        }
    }

    /// The time at which the member may stand otherwise without an event.
    const fn until(self) -> Option<Instant> {
        match self {
            Self::Quarantined(_, until) | Self::Held(Held::Gap(until) | Held::Rate(until)) => {
                Some(until)
            }
            _ => None,
        }
    }
}

impl Pool {
    pub(super) fn standing(&self, member: &Member) -> Standing {
        // Nothing is sent without its record.
        let is_up = member.is_ready && !self.ledger.has_failed();
        let Some(sim) = member.sim.filter(|_| is_up).and_then(|sim| self.sims.get(sim)) else {
            return Standing::Down;
        };
        let quarantines = [member.strikes, sim.strikes].into_iter();
        let rest = quarantines.filter_map(|strikes| strikes.quarantine(self.now));
        if let Some((cause, until)) = rest.max_by_key(|(_, until)| *until) {
            return Standing::Quarantined(cause, until);
        }
        let held = sim.held(self.calendar_at(self.now), self.now);
        match held {
            Some(held) if held.lasts() => Standing::Held(held),
            _ if sim.is_busy || member.in_flight.is_some() => Standing::Busy,
            Some(held) => Standing::Held(held),
            None => Standing::Free,
        }
    }

    /// Looks at a member again: it is put into the free sets of its targets or taken out, and gets
    /// a part if one waits.
    pub(super) fn refresh(&mut self, id: MemberId) {
        if let Some(member) = self.members.get(&id) {
            let standing = self.standing(member);
            self.stand(id, standing);
        }
    }

    pub(super) fn refresh_all(&mut self) {
        let ids: Vec<MemberId> = self.members.keys().copied().collect();
        for id in ids {
            self.refresh(id);
        }
    }

    pub(super) fn stand(&mut self, id: MemberId, standing: Standing) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let until = standing.until();
        if member.timer != until {
            if let Some(timer) = member.timer {
                self.timers.remove(&(timer, Timer::Member(id)));
            }
            if let Some(until) = until {
                self.timers.insert((until, Timer::Member(id)));
            }
            member.timer = until;
        }
        let (was_usable, is_usable) = (member.is_usable, standing.is_usable());
        let (was_free, is_free) = (member.is_free, standing == Standing::Free);
        (member.is_usable, member.is_free) = (is_usable, is_free);
        let mut abandoned = Vec::new();
        if (was_usable, was_free) != (is_usable, is_free) {
            for membership in &mut member.memberships {
                let Some(target) = self.targets.get_mut(membership.target) else {
                    continue;
                };
                if membership.tier == Tier::First && was_usable != is_usable {
                    target.usable = match is_usable {
                        true => target.usable.saturating_add(1),
                        false => target.usable.saturating_sub(1),
                    };
                    if target.usable == 0 && !target.fallback.is_empty() {
                        abandoned.push(membership.target);
                    }
                }
                let free = match membership.tier {
                    Tier::First => &mut target.free,
                    Tier::Fallback => &mut target.fallback,
                };
                if was_free {
                    free.remove(&(membership.pass, id));
                }
                if is_free {
                    // A member that was away does not catch up.
                    membership.pass = membership.pass.max(target.pass);
                    free.insert((membership.pass, id));
                }
            }
        }
        if is_free {
            self.feed(id);
        }
        for target in abandoned {
            self.feed_fallback(target);
        }
    }

    /// Assigns a part to a free member, if one waits for it.
    fn feed(&mut self, id: MemberId) {
        let Some(member) = self.members.get(&id).filter(|member| member.is_free) else {
            return;
        };
        let Some(sim) = member.sim else {
            return;
        };
        if let Some((message, target)) = self.next_for(member, sim) {
            self.assign(id, sim, message, target);
        }
    }

    /// Lets the fallback of a route begin, since no member of the first choice can send.
    fn feed_fallback(&mut self, target: TargetId) {
        let Some(target) = self.targets.get(target) else {
            return;
        };
        let waiting = Priority::ALL.iter().map(|class| target.fresh.of(*class).len());
        let count = waiting.fold(0_usize, usize::saturating_add);
        let members: Vec<MemberId> =
            target.fallback.iter().take(count).map(|(_, member)| *member).collect();
        for member in members {
            self.feed(member);
        }
    }

    /// The next message for a member, and the target through which it was found.
    fn next_for(&self, member: &Member, sim: SimId) -> Option<(MessageId, Option<TargetId>)> {
        member.runs.order().into_iter().find_map(|class| {
            // A message that was begun is completed before another one begins.
            let begun = self.sims.get(sim).map(|begun| begun.begun.of(class));
            if let Some(id) = begun.and_then(|lane| self.first_suitable(lane, sim)) {
                return Some((id, None));
            }
            let found = member.memberships.iter().filter_map(|membership| {
                let target = self.targets.get(membership.target)?;
                let is_open = membership.tier == Tier::First || target.usable == 0;
                let fresh = target.fresh.of(class).first().copied().filter(|_| is_open);
                let returned = self.first_suitable(target.returned.of(class), sim);
                let first = fresh.into_iter().chain(returned).min()?;
                Some((first, Some(membership.target)))
            });
            found.min()
        })
    }

    fn first_suitable(&self, lane: &Set<MessageId>, sim: SimId) -> Option<MessageId> {
        let mut looks = lane.iter().take(MAX_LOOKS).copied();
        looks.find(|id| self.messages.get(id).is_some_and(|message| message.suits(sim, self.now)))
    }

    /// Assigns a waiting message to a free member that may send it, if there is one.
    pub(super) fn offer(&mut self, id: MessageId) {
        let Some(message) = self.messages.get(&id).filter(|message| message.waits) else {
            return;
        };
        let suits = |member: MemberId| {
            let sim = self.members.get(&member).filter(|member| member.is_free)?.sim?;
            message.suits(sim, self.now).then_some((member, sim))
        };
        let found = if message.sent > 0 {
            let sim = message.sim.and_then(|sim| self.sims.get(sim));
            sim.and_then(|sim| sim.member).and_then(suits).map(|found| (found, None))
        } else {
            let Some(target) = self.targets.get(message.target) else {
                return;
            };
            let is_open = message.is_returned || target.usable == 0;
            let fallback = target.fallback.iter().filter(|_| is_open);
            let mut free = target.free.iter().chain(fallback).map(|(_, member)| *member);
            free.find_map(suits).map(|found| (found, Some(message.target)))
        };
        if let Some(((member, sim), target)) = found {
            self.assign(member, sim, id, target);
        }
    }

    /// Puts a message into its lane.
    pub(super) fn enqueue(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else {
            return;
        };
        message.waits = true;
        message.in_flight = None;
        let lanes = match (message.sent > 0, message.sim) {
            (true, Some(sim)) => self.sims.get_mut(sim).map(|sim| &mut sim.begun),
            _ => self.targets.get_mut(message.target).map(|target| match message.is_returned {
                true => &mut target.returned,
                false => &mut target.fresh,
            }),
        };
        if let Some(lanes) = lanes {
            lanes.of_mut(message.priority).insert(id);
        }
        let deadline = message.ends_at();
        if deadline != message.deadline {
            if let Some(old) = message.deadline {
                self.timers.remove(&(old, Timer::Deadline(id)));
            }
            if let Some(deadline) = deadline {
                self.timers.insert((deadline, Timer::Deadline(id)));
            }
            message.deadline = deadline;
        }
    }

    /// Takes a message out of its lane.
    pub(super) fn dequeue(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id).filter(|message| message.waits) else {
            return;
        };
        message.waits = false;
        let lanes = match (message.sent > 0, message.sim) {
            (true, Some(sim)) => self.sims.get_mut(sim).map(|sim| &mut sim.begun),
            _ => self.targets.get_mut(message.target).map(|target| match message.is_returned {
                true => &mut target.returned,
                false => &mut target.fresh,
            }),
        };
        if let Some(lanes) = lanes {
            lanes.of_mut(message.priority).remove(&id);
        }
    }

    /// Assigns the next part of a message to a free member.
    fn assign(&mut self, id: MemberId, sim_id: SimId, message_id: MessageId, by: Option<TargetId>) {
        self.dequeue(message_id);
        let (Some(member), Some(sim), Some(message)) = (
            self.members.get_mut(&id),
            self.sims.get_mut(sim_id),
            self.messages.get_mut(&message_id),
        ) else {
            return;
        };
        if message.sim != Some(sim_id) {
            // References count by SIM, so that no two messages mix at a recipient.
            message.sim = Some(sim_id);
            message.reference = sim.reference;
            if message.parts.len() > 1 {
                sim.reference = sim.reference.wrapping_add(1);
            }
        }
        let Some(submit) = message.next_submit() else {
            return;
        };
        let parts = message.parts.len();
        let part = message.sent;
        let in_flight = InFlight::new(message_id, part, sim_id);
        message.in_flight = Some(id);
        if let Some(part) = message.parts.get_mut(usize::from(part)) {
            (part.member, part.sim) = (Some(id), Some(sim_id));
        }
        let expires = message.expires;
        self.actions.push_back(Action::Send(Box::new(Assignment {
            member: id,
            message: message_id,
            part: usize::from(part),
            parts,
            submit,
            smsc: message.smsc,
            expires_in: expires.map(|expires| expires.saturating_duration_since(self.now)),
        })));
        sim.is_busy = true;
        member.in_flight = Some(in_flight);
        member.runs.served(message.priority);
        member.is_free = false;
        for membership in &mut member.memberships {
            if let Some(target) = self.targets.get_mut(membership.target) {
                match membership.tier {
                    Tier::First => target.free.remove(&(membership.pass, id)),
                    Tier::Fallback => target.fallback.remove(&(membership.pass, id)),
                };
                if Some(membership.target) == by {
                    target.pass = target.pass.max(membership.pass);
                    membership.pass = membership.pass.saturating_add(membership.stride);
                }
            }
        }
    }

    /// Ends a message whose time is over, unless a member has a part of it.
    pub(super) fn deadline(&mut self, id: MessageId) {
        let Some(message) = self.messages.get_mut(&id) else {
            return;
        };
        message.deadline = None;
        if message.waits {
            if let Some(ending) = message.overdue(self.now) {
                self.end(id, ending);
            }
        }
    }
}

impl super::submission::Message {
    /// The reason for which the message ends now, if its time is over.
    pub(super) fn overdue(&self, now: Instant) -> Option<Ending> {
        let is_over = |time: Option<Instant>| time.is_some_and(|time| time <= now);
        if is_over(self.expires) {
            return Some(Ending::Expired);
        }
        is_over(self.stranded_at).then_some(Ending::Stranded)
    }
}

impl InFlight {
    const fn new(message: MessageId, part: u8, sim: SimId) -> Self {
        Self { message, part, sim, stage: Stage::Assigned, counted: None, is_recorded: false }
    }
}
