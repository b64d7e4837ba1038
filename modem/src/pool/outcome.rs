//! Attempts and outcomes of parts: confirmation, failover, quarantine and the end of messages.

use core::time::Duration;

use at_proto::Instant;

use super::cause::{Blame, Cause, Retry, back_off};
use super::event::{Action, Ending, PoolEvent, PoolResult};
use super::member::{InFlight, MemberId, Stage};
use super::record::{Record, millis};
use super::reports::Awaited;
use super::sim::SimId;
use super::submission::{PoolPart, renumbered};
use super::{Pool, Timer};
use crate::ErrorKind;
use crate::journal::{Gate, Outcome};
use crate::message::{Departure, MessageId, PartOutcome};

/// Attempts and outcomes.
impl Pool {
    /// Takes in that the session of a member is about to send its part, as
    /// [`Event::Attempting`](crate::Event::Attempting) says. An action confirms or refuses the
    /// part, once its record is durable.
    pub fn handle_attempting(&mut self, id: MemberId, now: Instant) {
        self.enter(now);
        let Some(in_flight) = self.members.get(&id).and_then(|member| member.in_flight) else {
            // No part of the pool is with this member.
            self.actions.push_back(Action::Refuse(id));
            return;
        };
        if in_flight.stage != Stage::Assigned {
            return;
        }
        if !self.may_attempt(id, &in_flight) {
            return self.refuse(id);
        }
        let counted = self.calendar_at(now).map(|calendar| (calendar.month, calendar.day));
        let mut reference = 0;
        if let Some(message) = self.messages.get(&in_flight.message) {
            reference = message.reference;
        }
        if let Some(sim) = self.sims.get_mut(in_flight.sim) {
            sim.count(counted);
        }
        self.emit(Record::Attempting {
            id: in_flight.message.get(),
            part: in_flight.part,
            sim: in_flight.sim.number(),
            reference,
            counted,
        });
        let gate = self.ledger.gate();
        self.change(id, |part| {
            part.counted = counted;
            part.is_recorded = true;
            part.stage = Stage::Recorded;
        });
        match gate {
            Gate::Open => self.confirm(id),
            Gate::Waiting(number) => self.gated.push_back((number, id)),
            Gate::Shut => self.refuse(id),
        }
    }

    /// Returns `true` if a part may be sent now, though time has passed since it was assigned.
    fn may_attempt(&self, id: MemberId, in_flight: &InFlight) -> bool {
        let Some(message) = self.messages.get(&in_flight.message) else {
            return false;
        };
        let Some(sim) = self.sims.get(in_flight.sim) else {
            return false;
        };
        !message.is_cancelled
            && message.expires.is_none_or(|expires| self.now < expires)
            // The SIM may have been exchanged since.
            && sim.member == Some(id)
            && sim.held_by_calendar(self.calendar_at(self.now)).is_none()
    }

    /// Notes that all records up to `number` are durable: neither a crash nor a loss of power can
    /// lose them. The parts that waited for these records go on.
    pub fn handle_durable(&mut self, number: u64, now: Instant) {
        self.enter(now);
        self.ledger.confirm(number);
        self.pass_gates();
    }

    pub(super) fn pass_gates(&mut self) {
        while let Some((number, id)) = self.gated.front().copied() {
            match self.ledger.gate_of(number) {
                Gate::Open => {
                    self.gated.pop_front();
                    self.confirm(id);
                }
                Gate::Shut => {
                    self.gated.pop_front();
                    self.refuse(id);
                }
                Gate::Waiting(_) => return,
            }
        }
    }

    fn confirm(&mut self, id: MemberId) {
        let in_flight = self.members.get(&id).and_then(|member| member.in_flight);
        let Some(in_flight) = in_flight.filter(|part| part.stage == Stage::Recorded) else {
            return;
        };
        // It may have been cancelled while its record was written.
        if self.messages.get(&in_flight.message).is_none_or(|message| message.is_cancelled) {
            return self.refuse(id);
        }
        self.change(id, |part| part.stage = Stage::Confirmed);
        self.actions.push_back(Action::Confirm(id));
    }

    fn refuse(&mut self, id: MemberId) {
        self.change(id, |part| part.stage = Stage::Refused);
        self.actions.push_back(Action::Refuse(id));
    }

    fn change(&mut self, id: MemberId, change: impl FnOnce(&mut InFlight)) {
        if let Some(part) = self.members.get_mut(&id).and_then(|member| member.in_flight.as_mut()) {
            change(part);
        }
    }

    /// Takes in the outcome of the part that a member has. Each assigned part has exactly one.
    ///
    /// [`PartOutcome::NotAttempted`] stands for a part that the session has not begun.
    pub fn handle_outcome(&mut self, id: MemberId, outcome: PartOutcome, now: Instant) {
        self.enter(now);
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let Some(part) = member.in_flight.take() else {
            return;
        };
        match &outcome {
            PartOutcome::Sent { .. } => member.counters.sent = member.counters.sent.wrapping_add(1),
            PartOutcome::Unknown { .. } => {
                member.counters.unknown = member.counters.unknown.wrapping_add(1);
            }
            _ => member.counters.failed = member.counters.failed.wrapping_add(1),
        }
        let cause = match &outcome {
            PartOutcome::Sent { .. } => None,
            PartOutcome::Unknown { .. } => Some(Cause::Unknown),
            // A part that was refused by the pool has not failed.
            _ if part.stage == Stage::Refused => Some(Cause::TakenBack),
            PartOutcome::Failed { error } => Some(Cause::of(error)),
            PartOutcome::NotAttempted => Some(Cause::TakenBack),
        };
        let may_be_sent = matches!(outcome, PartOutcome::Sent { .. } | PartOutcome::Unknown { .. });
        self.account(&part, may_be_sent);
        self.record(&part, &outcome, cause);
        self.judge(id, part.sim, cause);
        self.settle_part(id, &part, outcome, cause);
        self.refresh(id);
        // The SIM may have moved while it had the part.
        if let Some(other) = self.sims.get(part.sim).and_then(|sim| sim.member) {
            if other != id {
                self.refresh(other);
            }
        }
    }

    /// Counts a part for the quotas, and begins the gap after it.
    fn account(&mut self, part: &InFlight, may_be_sent: bool) {
        let today = self.calendar_at(self.now).map(|calendar| (calendar.month, calendar.day));
        let random = self.random();
        let Some(sim) = self.sims.get_mut(part.sim) else {
            return;
        };
        sim.is_busy = false;
        match (may_be_sent, today) {
            (true, Some(today)) => sim.count_also(part.counted, today),
            (true, None) => {}
            (false, _) => sim.uncount(part.counted),
        }
        // The network has seen an attempt, whatever became of it.
        if may_be_sent || part.stage == Stage::Confirmed {
            let limits = sim.limits;
            let range = limits.max_gap.saturating_sub(limits.min_gap);
            let range = u64::try_from(range.as_millis()).unwrap_or(u64::MAX);
            let drawn = random.checked_rem(range.saturating_add(1)).unwrap_or(random);
            let gap = limits.min_gap.saturating_add(Duration::from_millis(drawn));
            sim.part_ended(gap, self.now);
        }
    }

    fn record(&mut self, part: &InFlight, outcome: &PartOutcome, cause: Option<Cause>) {
        let outcome = match outcome {
            PartOutcome::Sent { reference } => Outcome::Sent(*reference),
            PartOutcome::Unknown { .. } => Outcome::Unknown,
            _ if cause == Some(Cause::TakenBack) || cause == Some(Cause::Link) => {
                // Nothing is known of a part that was not attempted.
                if !part.is_recorded {
                    return;
                }
                Outcome::Returned
            }
            PartOutcome::Failed { error } => Outcome::Failed(error.clone()),
            PartOutcome::NotAttempted => return,
        };
        let counted = self.calendar_at(self.now).map(|calendar| (calendar.month, calendar.day));
        self.emit(Record::PartEnded {
            id: part.message.get(),
            part: part.part,
            sim: part.sim.number(),
            counted,
            outcome,
        });
    }

    /// Notes the success or the failure of a member and its SIM.
    fn judge(&mut self, id: MemberId, sim_id: SimId, cause: Option<Cause>) {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let Some(sim) = self.sims.get_mut(sim_id) else {
            return;
        };
        let blame = cause.map(|cause| cause.row().blame);
        match (cause, blame) {
            // A refusal for the recipient's sake proves that everything before it works.
            (None | Some(Cause::Recipient), _) => {
                let recovered = [member.strikes.succeeded(), sim.strikes.succeeded()];
                if recovered.contains(&true) {
                    self.note(PoolEvent::Recovered(id));
                }
            }
            (Some(cause), Some(blame)) => {
                let sim_rests = matches!(blame, Blame::Sim | Blame::Both)
                    .then(|| sim.strikes.failed(cause, &self.rules, now))
                    .flatten();
                let member_rests = matches!(blame, Blame::Member | Blame::Both)
                    .then(|| member.strikes.failed(cause, &self.rules, now))
                    .flatten();
                for (sim, until) in [(true, sim_rests), (false, member_rests)] {
                    if let Some(until) = until {
                        self.note(PoolEvent::Quarantined { member: id, sim, cause, until });
                    }
                }
            }
            _ => {}
        }
    }

    /// Decides what becomes of the message of a part.
    fn settle_part(
        &mut self,
        id: MemberId,
        part: &InFlight,
        outcome: PartOutcome,
        cause: Option<Cause>,
    ) {
        let link = self.members.get(&id).map_or(0, |member| member.link);
        let Some(message) = self.messages.get_mut(&part.message) else {
            return;
        };
        message.in_flight = None;
        let sent = match &outcome {
            PartOutcome::Sent { reference } => Some(*reference),
            _ => None,
        };
        let Some(slot) = message.parts.get_mut(usize::from(part.part)) else {
            return;
        };
        let goes_on = matches!(cause, Some(Cause::TakenBack | Cause::Link));
        if !goes_on {
            slot.outcome = outcome;
        }
        if let Some(reference) = sent.filter(|_| slot.submit.status_report) {
            self.reports.add(Awaited {
                sim: part.sim,
                reference,
                recipient: slot.submit.destination,
                message: part.message,
                part: part.part,
                link: Some((id, link)),
                departure: Departure::new(self.now, Duration::ZERO),
            });
        }
        let Some(cause) = cause else {
            message.sent = message.sent.saturating_add(1);
            (message.attempts, message.is_returned) = (0, false);
            message.avoid.clear();
            message.stranded_at = Some(self.now + self.rules.stranded_after);
            if usize::from(message.sent) >= message.parts.len() {
                return self.end(part.message, Ending::Sent);
            }
            return self.wait_again(part.message);
        };
        if message.is_cancelled && cause != Cause::Unknown {
            return self.end(part.message, Ending::Cancelled);
        }
        match cause.row().retry {
            Retry::Never if cause == Cause::Unknown => self.end(part.message, Ending::Unknown),
            Retry::Never => {
                let ending = message.overdue(self.now).unwrap_or(Ending::Failed);
                self.end(part.message, ending);
            }
            Retry::AtOnce => self.wait_again(part.message),
            Retry::After(delay) => {
                message.attempts = message.attempts.saturating_add(1);
                if message.attempts >= self.rules.max_attempts {
                    return self.end(part.message, Ending::Failed);
                }
                let until = self.now + back_off(delay, message.attempts, &self.rules);
                message.avoid.retain(|(sim, _)| *sim != part.sim);
                message.avoid.push((part.sim, until));
                message.is_returned = true;
                self.timers.insert((until, Timer::Retry(part.message)));
                self.wait_again(part.message);
            }
        }
    }

    /// Lets a message wait for its next attempt, unless its time is over.
    fn wait_again(&mut self, id: MessageId) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if let Some(ending) = message.overdue(self.now) {
            return self.end(id, ending);
        }
        if message.is_cancelled && message.sent == 0 {
            return self.end(id, Ending::Cancelled);
        }
        self.enqueue(id);
        let sim = message_sim(self, id);
        // The SIM is gone: the member that had the part has lost its link.
        if sim.is_some_and(|member| !self.members.get(&member).is_some_and(|m| m.is_ready)) {
            self.note(PoolEvent::Stranded(id));
        }
        self.offer(id);
    }

    /// Ends a message.
    pub(super) fn end(&mut self, id: MessageId, ending: Ending) {
        self.dequeue(id);
        let Some(message) = self.messages.remove(&id) else {
            return;
        };
        if let Some(deadline) = message.deadline {
            self.timers.remove(&(deadline, Timer::Deadline(id)));
        }
        for (_, until) in &message.avoid {
            self.timers.remove(&(*until, Timer::Retry(id)));
        }
        self.targets.release(message.target);
        self.emit(Record::Ended { id: id.get(), ending });
        let is_long = message.parts.len() > 1 && message.sim.is_some();
        let reference = message.reference;
        let parts = message.parts.into_iter().map(|part| PoolPart {
            // As it was sent.
            submit: if is_long { renumbered(&part.submit, reference) } else { part.submit },
            outcome: part.outcome,
            member: part.member,
            sim: part.sim.and_then(|sim| self.sims.get(sim)).map(|sim| sim.key.as_str().into()),
        });
        let result = PoolResult { message: id, ending, parts: parts.collect() };
        self.unsettled.insert(id, result);
        self.finished.push_back((self.ledger.emitted(), id));
    }

    /// Adds a record. A journal that has failed for want of a reader is reported once.
    pub(super) fn emit(&mut self, record: Record) {
        if !self.ledger.records() {
            return;
        }
        self.ledger.emit(record.into());
        if self.ledger.take_unpolled() {
            let reason = alloc::string::ToString::to_string(&ErrorKind::Journal);
            self.note(PoolEvent::JournalFailed(reason));
        }
    }
}

/// The member that is to have the SIM of a begun message.
fn message_sim(pool: &Pool, id: MessageId) -> Option<MemberId> {
    let message = pool.messages.get(&id).filter(|message| message.sent > 0)?;
    pool.sims.get(message.sim?)?.member
}

/// The rest of a time in milliseconds, for a record.
pub(super) fn left(until: Instant, now: Instant) -> u64 {
    millis(until.saturating_duration_since(now))
}
