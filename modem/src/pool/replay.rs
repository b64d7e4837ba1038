//! The state of a pool after the records of its journal.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::collections::Map;
use pdu::{Envelope, Submit};

use super::event::Ending;
use super::record::{Record, digest};
use super::reports::Awaited;
use super::sim::{Counts, Sim, SimId};
use super::submission::{Message, Part};
use super::{MAX_NUMBER, Pool};
use crate::error::ErrorKind;
use crate::journal::{self, Fact, History, Outcome};
use crate::message::{Departure, MessageId, PartOutcome};
use crate::session::RestoreError;

/// The knowledge from the records so far that is not part of the state.
#[derive(Debug, Default)]
struct Replay {
    /// The SIMs by their numbers in records.
    sims: Map<u64, SimId>,
    /// The parts that were attempted and have no outcome, with their SIMs and days.
    attempts: Map<(u64, u8), Attempt>,
    /// The times at which buckets are full, in milliseconds from now.
    full: Map<SimId, i128>,
}

/// The SIM of an attempt, and the month and the day for which it is counted.
type Attempt = (SimId, Option<(u32, u32)>);

impl Pool {
    /// Restores the content of a journal, before any member is added.
    ///
    /// Messages wait again, quotas, gaps and keys count on, and results that were not settled are
    /// reported again. A message with a part under way ends: the outcome of that part is unknown,
    /// and it is not sent again.
    ///
    /// # Errors
    /// Fails when the pool is in use, or a record contradicts the records before it. The pool is
    /// unchanged then.
    pub fn replay(&mut self, history: History, now: Instant) -> Result<(), RestoreError> {
        if !self.members.is_empty() || self.issued > 0 {
            return Err(RestoreError::InUse);
        }
        let mut pool = Self::new(self.rules.clone());
        pool.now = self.now.max(now);
        pool.calendar = self.calendar;
        // Records that are applied are not recorded again.
        pool.ledger = journal::Ledger::new(false);
        let mut replay = Replay::default();
        for Fact { number, age, record } in history.facts {
            let applied = pool.apply(record, age, &mut replay);
            applied.map_err(|reason| RestoreError::Record { number, reason })?;
        }
        for (sim, full) in &replay.full {
            let ahead = Duration::from_millis(u64::try_from(*full).unwrap_or_default());
            if let Some(sim) = pool.sims.get_mut(*sim) {
                sim.full_at = pool.now + ahead;
            }
        }
        pool.ledger = journal::Ledger::new(self.rules.records);
        pool.ledger.continue_after(history.last);
        pool.after_replay(&replay);
        *self = pool;
        Ok(())
    }

    /// Ends the messages whose end was not recorded, and lets the others wait.
    fn after_replay(&mut self, replay: &Replay) {
        for ((id, part), (sim, counted)) in &replay.attempts {
            let message = self.messages.get_mut(&MessageId::from(*id));
            let slot = message.and_then(|message| message.parts.get_mut(usize::from(*part)));
            if let Some(slot) = slot {
                slot.outcome = PartOutcome::Unknown { error: ErrorKind::Interrupted.into() };
            }
            let rate = self.sims.get(*sim).and_then(|sim| sim.limits.rate);
            if let (Some(rate), Some(sim)) = (rate, self.sims.get_mut(*sim)) {
                sim.full_at = sim.full_at.max(self.now) + rate.interval();
            }
            self.charge(*sim, Duration::ZERO);
            self.unfinished.push((*sim, *counted));
            let (id, part, sim, outcome) = (*id, *part, sim.number(), Outcome::Unknown);
            self.emit(Record::PartEnded { id, part, sim, counted: None, outcome });
        }
        let ids: Vec<MessageId> = self.messages.keys().copied().collect();
        for id in ids {
            let Some(message) = self.messages.get(&id) else {
                continue;
            };
            match Ending::of_parts(message).or_else(|| message.overdue(self.now)) {
                Some(ending) => self.end(id, ending),
                None => self.enqueue(id),
            }
        }
        self.report_again();
        self.reserve();
        // A number that was given twice leads to other numbers now.
        if replay.sims.iter().any(|(number, sim)| sim.number() != *number) {
            let sims = self.sims.iter().map(|(id, sim)| Record::Sim {
                sim: id.number(),
                key: sim.key.clone(),
                reference: sim.reference,
            });
            let sims: Vec<Record> = sims.collect();
            sims.into_iter().for_each(|sim| self.emit(sim));
        }
    }

    /// Begins the gap of a SIM after a part that ended `age` ago.
    fn charge(&mut self, sim: SimId, age: Duration) {
        let now = self.now;
        if let Some(sim) = self.sims.get_mut(sim) {
            // The gap that was drawn is not known: the longest one is safe.
            let gap = sim.limits.min_gap.max(sim.limits.max_gap).saturating_sub(age);
            sim.gap_until = sim.gap_until.max(now + gap);
        }
    }

    fn apply(
        &mut self,
        record: journal::Record,
        age: Duration,
        replay: &mut Replay,
    ) -> Result<(), &'static str> {
        let journal::Record::Pool(bytes) = record else {
            return Err("the journal is that of a session");
        };
        match Record::decode(&bytes).ok_or("its content is unknown to this version")? {
            Record::Ids { below } => {
                let last = below.checked_sub(1).filter(|last| *last <= MAX_NUMBER);
                self.issued = self.issued.max(last.ok_or("its numbers are impossible")?);
                self.reserved = below;
            }
            Record::Sim { sim, key, reference } => {
                let limits = key.iccid().and_then(|iccid| self.rules.sims.get(iccid)).copied();
                let limits = limits.unwrap_or(self.rules.limits);
                let id = match self.sims.find(&key) {
                    Some(id) => id,
                    None => {
                        self.sims.add(Sim::new(key, limits, reference)).ok_or("too many SIMs")?
                    }
                };
                replay.sims.insert(sim, id);
            }
            Record::Accepted { id, via, priority, expires_in, key, parts } => {
                if let Some(key) = key {
                    let digest = digest(&parts, &via);
                    self.keys.restore(key, MessageId::from(id), digest, age, self.now);
                }
                self.restore_message(id, via, priority, expires_in, &parts, age)?;
            }
            Record::Attempting { id, part, sim, reference, counted } => {
                let sim = *replay.sims.get(&sim).ok_or("the SIM is unknown")?;
                let message = self.restored(id)?;
                let slot = message.parts.get_mut(usize::from(part)).ok_or("the part is unknown")?;
                // A part that had failed may be attempted again.
                if matches!(slot.outcome, PartOutcome::Sent { .. } | PartOutcome::Unknown { .. })
                    || replay.attempts.contains_key(&(id, part))
                {
                    return Err("the part was attempted before");
                }
                slot.sim = Some(sim);
                message.sim = Some(sim);
                message.reference = reference;
                let is_long = message.parts.len() > 1;
                let restored = self.sims.get_mut(sim).ok_or("the SIM is unknown")?;
                restored.count(counted);
                if is_long {
                    restored.reference = reference.wrapping_add(1);
                }
                replay.attempts.insert((id, part), (sim, counted));
            }
            Record::PartEnded { id, part, sim, counted, outcome } => {
                let sim = *replay.sims.get(&sim).ok_or("the SIM is unknown")?;
                let attempt = replay.attempts.remove(&(id, part));
                self.restore_outcome(id, part, sim, &outcome, age)?;
                let before = attempt.and_then(|(_, counted)| counted);
                let restored = self.sims.get_mut(sim).ok_or("the SIM is unknown")?;
                match (&outcome, counted) {
                    (Outcome::Sent(_) | Outcome::Unknown, Some(day)) => {
                        restored.count_also(before, day);
                    }
                    (Outcome::Sent(_) | Outcome::Unknown, None) => {}
                    (Outcome::Failed(_) | Outcome::Returned, _) => restored.uncount(before),
                }
                if attempt.is_some() {
                    if let Some(rate) = restored.limits.rate {
                        let full = replay.full.entry(sim).or_insert_with(|| i128::MIN);
                        let at = 0_i128.saturating_sub(millis(age));
                        *full = (*full).max(at).saturating_add(millis(rate.interval()));
                    }
                    self.charge(sim, age);
                }
            }
            Record::Ended { id, ending } => {
                if !self.messages.contains_key(&MessageId::from(id)) {
                    return Err("the message is unknown");
                }
                self.end(MessageId::from(id), ending);
            }
            Record::Settled { id } => {
                self.unsettled.remove(&MessageId::from(id)).ok_or("the message is unknown")?;
            }
            Record::Usage { sim, days, months, gap, full } => {
                let sim = *replay.sims.get(&sim).ok_or("the SIM is unknown")?;
                let full = i128::from(full).saturating_sub(millis(age));
                replay.full.insert(sim, full);
                let now = self.now;
                if let Some(sim) = self.sims.get_mut(sim) {
                    (sim.usage.days, sim.usage.months) = (Counts(days), Counts(months));
                    sim.gap_until = now + Duration::from_millis(gap).saturating_sub(age);
                }
            }
            Record::Key { key, id, digest } => {
                self.keys.restore(key, MessageId::from(id), digest, age, self.now);
            }
            Record::Fate { id, part, sim, outcome } => {
                let sim = sim.and_then(|sim| replay.sims.get(&sim)).copied();
                let message = self.restored(id)?;
                let slot = message.parts.get_mut(usize::from(part)).ok_or("the part is unknown")?;
                slot.sim = sim;
                slot.outcome = restored(outcome);
                if matches!(slot.outcome, PartOutcome::Sent { .. }) {
                    message.sent = message.sent.saturating_add(1);
                }
            }
            Record::Begun { id, sim, reference, attempts, stranded_in } => {
                let sim = *replay.sims.get(&sim).ok_or("the SIM is unknown")?;
                let now = self.now;
                let message = self.restored(id)?;
                let stranded = stranded_in.map(Duration::from_millis);
                message.sim = Some(sim);
                message.reference = reference;
                message.attempts = attempts;
                message.stranded_at = stranded.map(|left| now + left.saturating_sub(age));
            }
            Record::Awaited { id, part, sim, reference, recipient } => {
                let sim = *replay.sims.get(&sim).ok_or("the SIM is unknown")?;
                // A recipient that cannot be parsed matches no report.
                if let Ok(recipient) = recipient.parse() {
                    self.reports.add(Awaited {
                        sim,
                        reference,
                        recipient,
                        message: MessageId::from(id),
                        part,
                        link: None,
                        departure: Departure::new(self.now, age),
                    });
                }
            }
        }
        Ok(())
    }

    fn restored(&mut self, id: u64) -> Result<&mut Message, &'static str> {
        self.messages.get_mut(&MessageId::from(id)).ok_or("the message is unknown")
    }

    fn restore_message(
        &mut self,
        id: u64,
        via: super::Via,
        priority: super::Priority,
        expires_in: Option<u64>,
        parts: &[Vec<u8>],
        age: Duration,
    ) -> Result<(), &'static str> {
        if parts.is_empty() || parts.len() > 255 {
            return Err("the message has no parts or too many");
        }
        let number = MessageId::from(id);
        let known = self.messages.contains_key(&number) || self.unsettled.contains_key(&number);
        if id > MAX_NUMBER || known {
            return Err("the number of the message was given before");
        }
        let mut smsc = None;
        let mut restored = Vec::new();
        for part in parts {
            let envelope = Envelope::<Submit>::decode(part);
            let envelope = envelope.map_err(|_damage| "a part of the message is not a SUBMIT")?;
            smsc = envelope.value.smsc;
            restored.push(Part {
                submit: envelope.value.tpdu,
                outcome: PartOutcome::NotAttempted,
                member: None,
                sim: None,
            });
        }
        let recipient = restored.first().map(|part| part.submit.destination);
        let recipient = recipient.ok_or("the message has no parts or too many")?;
        // A route that the rules do not have any more: the message waits for its recipient's.
        let resolved = self.resolve(&via, &recipient);
        let resolved = resolved.or_else(|_| self.resolve(&super::Via::Recipient, &recipient));
        let (target, prefix) = resolved.map_err(|_error| "there is no route")?;
        let target = self.targets.acquire(target);
        let expires = expires_in.map(Duration::from_millis);
        let message = Message {
            parts: restored.into(),
            smsc,
            via,
            target,
            prefix,
            priority,
            expires: expires.map(|left| self.now + left.saturating_sub(age)),
            deadline: None,
            sim: None,
            reference: 0,
            sent: 0,
            stranded_at: None,
            attempts: 0,
            avoid: Vec::new(),
            is_returned: false,
            in_flight: None,
            is_cancelled: false,
            waits: false,
        };
        self.messages.insert(number, message);
        self.issued = self.issued.max(id);
        Ok(())
    }

    /// Applies the outcome of a part that ended `age` ago.
    fn restore_outcome(
        &mut self,
        id: u64,
        part: u8,
        sim: SimId,
        outcome: &Outcome,
        age: Duration,
    ) -> Result<(), &'static str> {
        let now = self.now;
        let stranded = now + self.rules.stranded_after.saturating_sub(age);
        let message = self.restored(id)?;
        let slot = message.parts.get_mut(usize::from(part)).ok_or("the part is unknown")?;
        if matches!(slot.outcome, PartOutcome::Sent { .. } | PartOutcome::Unknown { .. }) {
            return Err("the part had ended before");
        }
        slot.sim = Some(sim);
        let mut awaited = None;
        match outcome {
            Outcome::Returned => return Ok(()),
            Outcome::Sent(reference) => {
                awaited = slot.submit.status_report.then_some(Awaited {
                    sim,
                    reference: *reference,
                    recipient: slot.submit.destination,
                    message: MessageId::from(id),
                    part,
                    link: None,
                    departure: Departure::new(now, age),
                });
                message.sent = message.sent.saturating_add(1);
                message.attempts = 0;
                message.stranded_at = Some(stranded);
            }
            Outcome::Failed(_) => message.attempts = message.attempts.saturating_add(1),
            Outcome::Unknown => {}
        }
        if let Some(slot) = message.parts.get_mut(usize::from(part)) {
            slot.outcome = restored(outcome.clone());
        }
        if let Some(awaited) = awaited {
            self.reports.add(awaited);
        }
        Ok(())
    }
}

/// An outcome after a restart.
fn restored(outcome: Outcome) -> PartOutcome {
    match outcome {
        Outcome::Sent(reference) => PartOutcome::Sent { reference },
        Outcome::Failed(reason) => PartOutcome::Failed { error: reason },
        Outcome::Unknown => PartOutcome::Unknown { error: ErrorKind::Interrupted.into() },
        Outcome::Returned => PartOutcome::NotAttempted,
    }
}

fn millis(time: Duration) -> i128 {
    i128::try_from(time.as_millis()).unwrap_or(i128::MAX)
}
