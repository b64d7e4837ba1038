//! The members of a pool: they come, are ready, go down and leave.

use alloc::vec::Vec;

use at_proto::Instant;

use super::dispatch::Standing;
use super::event::PoolEvent;
use super::member::{Identity, Member, MemberId, MemberState, MemberView, Membership, Stage};
use super::record::Record;
use super::route::Tier;
use super::sim::{Sim, SimId, SimKey};
use super::target::TargetKey;
use super::{Pool, Timer};
use crate::message::{MessageId, PartOutcome};

/// The step of a pass for a weight of 1.
const STRIDE: u64 = 1 << 32;

impl Pool {
    /// Adds a member with a stable name and its groups. It sends once it is
    /// [ready](Self::handle_ready).
    ///
    /// A member with the same name is [removed](Self::remove) first.
    pub fn add(&mut self, name: &str, groups: &[&str], now: Instant) -> MemberId {
        self.enter(now);
        if let Some(old) = self.names.get(name).copied() {
            self.remove(old, now);
        }
        let id = MemberId(self.next_member);
        self.next_member = self.next_member.wrapping_add(1);
        let groups = groups.iter().map(|group| (*group).into()).collect();
        self.members.insert(id, Member::new(name.into(), groups));
        self.names.insert(name.into(), id);
        id
    }

    /// Removes a member, whose link is closed. A part that it has and that was not confirmed is
    /// sent by another member; the outcome of a confirmed one is unknown.
    pub fn remove(&mut self, id: MemberId, now: Instant) {
        self.handle_down(id, now);
        let in_flight = self.members.get(&id).and_then(|member| member.in_flight);
        if let Some(in_flight) = in_flight {
            let outcome = match in_flight.stage {
                Stage::Confirmed => PartOutcome::Unknown { error: crate::ErrorKind::Closed.into() },
                _ => PartOutcome::Failed { error: crate::ErrorKind::Withdrawn.into() },
            };
            self.handle_outcome(id, outcome, now);
        }
        self.gated.retain(|(_, member)| *member != id);
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        self.names.remove(&member.name);
        if let Some(timer) = member.timer {
            self.timers.remove(&(timer, Timer::Member(id)));
        }
        for membership in &member.memberships {
            self.targets.release(membership.target);
        }
        if let Some(sim) = member.sim.and_then(|sim| self.sims.get_mut(sim)) {
            if sim.member == Some(id) {
                sim.member = None;
            }
        }
    }

    /// Takes in that the modem of a member is initialised, with its identity. A SIM that another
    /// member had has moved.
    pub fn handle_ready(&mut self, id: MemberId, identity: Identity, now: Instant) {
        self.enter(now);
        let Some(member) = self.members.get(&id) else {
            return;
        };
        let key = SimKey::new(&identity, &member.name);
        let old = member.sim;
        let sim = self.sims.find(&key).or_else(|| self.new_sim(key));
        if old != sim {
            if let Some(old) = old.and_then(|old| self.sims.get_mut(old)) {
                old.member = old.member.filter(|member| *member != id);
            }
        }
        let other = sim.and_then(|sim| self.sims.get_mut(sim)).and_then(|sim| {
            let other = sim.member.filter(|other| *other != id);
            sim.member = Some(id);
            other
        });
        if let Some(other) = other {
            if let Some(other) = self.members.get_mut(&other) {
                (other.sim, other.is_ready) = (None, false);
            }
            self.refresh(other);
        }
        self.leave_targets(id);
        let targets = self.targets_of(id, &identity);
        let memberships: Vec<Membership> = targets
            .into_iter()
            .map(|(key, tier, weight)| {
                let target = self.targets.acquire(key);
                let pass = self.targets.get(target).map_or(0, |target| target.pass);
                let stride = STRIDE.checked_div(weight.into()).unwrap_or(STRIDE);
                Membership { target, tier, stride, pass }
            })
            .collect();
        if let Some(member) = self.members.get_mut(&id) {
            member.memberships = memberships;
            member.identity = identity;
            member.sim = sim;
            member.is_ready = sim.is_some();
        }
        self.refresh(id);
    }

    /// Takes in that the modem of a member is not usable: its link ended, or it restarts. The
    /// outcome of a part that it has is still to be reported.
    pub fn handle_down(&mut self, id: MemberId, now: Instant) {
        self.enter(now);
        let Some(member) = self.members.get_mut(&id).filter(|member| member.is_ready) else {
            return;
        };
        member.is_ready = false;
        member.link = member.link.wrapping_add(1);
        let begun = member.sim.and_then(|sim| self.sims.get(sim)).map(|sim| sim.begun.iter());
        let stranded: Vec<MessageId> = begun.into_iter().flatten().collect();
        for message in stranded {
            self.note(PoolEvent::Stranded(message));
        }
        self.refresh(id);
    }

    /// The members, in the order in which they were added.
    pub fn members(&self) -> impl Iterator<Item = MemberView<'_>> {
        self.members.iter().map(|(id, member)| MemberView {
            id: *id,
            name: &member.name,
            groups: &member.groups,
            identity: &member.identity,
            state: self.state_of(member),
            counters: member.counters,
        })
    }

    /// The member with this name.
    pub fn member(&self, name: &str) -> Option<MemberId> {
        self.names.get(name).copied()
    }

    fn state_of(&self, member: &Member) -> MemberState {
        if let Some(in_flight) = member.in_flight {
            return MemberState::Sending(in_flight.message);
        }
        let Some(sim) = member.sim.filter(|_| member.is_ready).and_then(|sim| self.sims.get(sim))
        else {
            return MemberState::Down;
        };
        let quarantines = [member.strikes, sim.strikes].into_iter();
        match quarantines.filter_map(|strikes| strikes.quarantine(self.now)).max_by_key(|q| q.1) {
            Some((cause, until)) => MemberState::Quarantined { cause, until },
            None => MemberState::Idle,
        }
    }

    fn new_sim(&mut self, key: SimKey) -> Option<SimId> {
        let limits = key.iccid().and_then(|iccid| self.rules.sims.get(iccid)).copied();
        let reference = u16::from_le_bytes({
            let [low, high, ..] = self.random().to_le_bytes();
            [low, high]
        });
        let sim = Sim::new(key.clone(), limits.unwrap_or(self.rules.limits), reference);
        let id = self.sims.add(sim)?;
        self.emit(Record::Sim { sim: id.number(), key, reference });
        Some(id)
    }

    fn leave_targets(&mut self, id: MemberId) {
        self.stand(id, Standing::Down);
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        for membership in core::mem::take(&mut member.memberships) {
            self.targets.release(membership.target);
        }
    }

    /// The targets that a member serves.
    fn targets_of(&self, id: MemberId, identity: &Identity) -> Vec<(TargetKey, Tier, u32)> {
        let Some(member) = self.members.get(&id) else {
            return Vec::new();
        };
        let iccid = identity.iccid.as_deref();
        let own = [TargetKey::Any, TargetKey::Member(member.name.clone())].into_iter();
        let sim = iccid.map(|iccid| TargetKey::Sim(iccid.into()));
        let groups = member.groups.iter().map(|group| TargetKey::Group(group.clone()));
        let routes = self.rules.routes.iter().enumerate().filter_map(|(index, route)| {
            let (tier, weight) = route.place(&member.name, &member.groups, iccid)?;
            Some((TargetKey::Route(index), tier, weight))
        });
        own.chain(sim).chain(groups).map(|key| (key, Tier::First, 1)).chain(routes).collect()
    }
}
