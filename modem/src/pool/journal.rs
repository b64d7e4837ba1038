//! The journal of a pool: its records and its snapshot.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;

use super::Pool;
use super::event::{Ending, PoolEvent, PoolResult};
use super::outcome::left;
use super::record::{Record, octets};
use super::submission::Message;
use crate::error::Error;
use crate::journal::{Entry, Gate, Outcome, Snapshot};
use crate::message::{MessageId, PartOutcome};

/// The journal, with [`Rules::records`](super::Rules::records); see [`crate::journal`].
///
/// The journal of the pool alone records the messages, the quotas and the keys. A session of a
/// member needs none.
impl Pool {
    /// Returns the next record to append to the journal, if any.
    pub fn poll_record(&mut self) -> Option<Entry> {
        self.ledger.poll()
    }

    /// Takes in that the journal cannot be written, for the reason given: no part is sent any more.
    /// Parts that wait for their records are taken back.
    pub fn handle_journal_lost(&mut self, reason: impl core::fmt::Display, now: Instant) {
        self.enter(now);
        if self.ledger.has_failed() || !self.ledger.records() {
            return;
        }
        self.ledger.fail();
        self.note(PoolEvent::JournalFailed(reason.to_string()));
        self.pass_gates();
        self.refresh_all();
    }

    /// The number of the last emitted record; 0 if there is none.
    pub fn last_record(&self) -> u64 {
        self.ledger.emitted()
    }

    /// Returns `true` if the record `number` is durable, as far as the pool was told.
    pub fn is_durable(&self, number: u64) -> bool {
        self.ledger.gate_of(number) == Gate::Open
    }

    /// Returns `true` if a part or a result waits for its record to be durable.
    pub fn needs_sync(&self) -> bool {
        let waits = |number: u64| matches!(self.ledger.gate_of(number), Gate::Waiting(_));
        !self.gated.is_empty() || self.finished.back().is_some_and(|(number, _)| waits(*number))
    }

    /// Returns `true` if the pool records, and its journal has not failed.
    pub fn is_recording(&self) -> bool {
        self.ledger.records() && !self.ledger.has_failed()
    }

    /// Returns a snapshot that includes all records so far, also those that have not been polled. A
    /// log that begins with the snapshot needs no earlier record.
    ///
    /// Report [`last_record`](Snapshot::last_record) of the snapshot as
    /// [durable](Self::handle_durable) once the new log is.
    ///
    /// # Errors
    /// Fails when a TPDU cannot be encoded, which never happens to TPDUs that were accepted.
    pub fn compact(&mut self, now: Instant) -> Result<Snapshot, Error> {
        self.enter(now);
        let facts = self.facts()?;
        self.ledger.included();
        Ok(Snapshot::new(self.ledger.emitted(), facts))
    }

    fn facts(&self) -> Result<Vec<(Duration, crate::journal::Record)>, Error> {
        let mut facts = Vec::new();
        let mut add = |age, record: Record| facts.push((age, record.into()));
        add(Duration::ZERO, Record::Ids { below: self.reserved });
        for (id, sim) in self.sims.iter() {
            let number = id.number();
            let (key, reference) = (sim.key.clone(), sim.reference);
            add(Duration::ZERO, Record::Sim { sim: number, key, reference });
            add(Duration::ZERO, self.usage(number, sim));
        }
        for (key, id, digest, age) in self.keys.iter(self.now) {
            add(age, Record::Key { key: key.into(), id: id.get(), digest });
        }
        // The numbers of messages grow, whether they have ended or not.
        let ended = self.unsettled.iter().map(|(id, result)| (*id, Err(result)));
        let waiting = self.messages.iter().map(|(id, message)| (*id, Ok(message)));
        let mut all: Vec<(MessageId, Result<&Message, &PoolResult>)> =
            ended.chain(waiting).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        for (id, message) in all {
            match message {
                Ok(message) => self.message_facts(id, message, &mut add)?,
                Err(result) => self.result_facts(id, result, &mut add)?,
            }
        }
        for awaited in self.reports.iter() {
            add(
                awaited.departure.age(self.now).unwrap_or_default(),
                Record::Awaited {
                    id: awaited.message.get(),
                    part: awaited.part,
                    sim: awaited.sim.number(),
                    reference: awaited.reference,
                    recipient: awaited.recipient.to_string(),
                },
            );
        }
        Ok(facts)
    }

    fn message_facts(
        &self,
        id: MessageId,
        message: &Message,
        add: &mut impl FnMut(Duration, Record),
    ) -> Result<(), Error> {
        let number = id.get();
        add(
            Duration::ZERO,
            Record::Accepted {
                id: number,
                via: message.via.clone(),
                priority: message.priority,
                expires_in: message.expires.map(|expires| left(expires, self.now)),
                key: None,
                parts: octets(message.smsc, message.parts.iter().map(|part| &part.submit))?,
            },
        );
        for (part, fate) in (0..=u8::MAX).zip(&message.parts) {
            let sim = fate.sim.map(super::SimId::number);
            if let Some(outcome) = recorded(&fate.outcome) {
                add(Duration::ZERO, Record::Fate { id: number, part, sim, outcome });
            }
        }
        if let Some(sim) = message.sim {
            let stranded_in = message.stranded_at.map(|at| left(at, self.now));
            let (reference, attempts) = (message.reference, message.attempts);
            let sim = sim.number();
            add(
                Duration::ZERO,
                Record::Begun { id: number, sim, reference, attempts, stranded_in },
            );
        }
        let member = message.in_flight.and_then(|member| self.members.get(&member));
        let under_way = member.and_then(|member| member.in_flight).filter(|part| part.is_recorded);
        if let Some(part) = under_way {
            // It is counted in the usage.
            add(
                Duration::ZERO,
                Record::Attempting {
                    id: number,
                    part: part.part,
                    sim: part.sim.number(),
                    reference: message.reference,
                    counted: None,
                },
            );
        }
        Ok(())
    }

    fn result_facts(
        &self,
        id: MessageId,
        result: &PoolResult,
        add: &mut impl FnMut(Duration, Record),
    ) -> Result<(), Error> {
        let id = id.get();
        add(
            Duration::ZERO,
            Record::Accepted {
                id,
                via: super::Via::default(),
                priority: super::Priority::default(),
                expires_in: None,
                key: None,
                parts: octets(None, result.parts.iter().map(|part| &part.submit))?,
            },
        );
        for (part, fate) in (0..=u8::MAX).zip(&result.parts) {
            let sim = fate.sim.as_deref().and_then(|name| self.sim_named(name));
            if let Some(outcome) = recorded(&fate.outcome) {
                add(Duration::ZERO, Record::Fate { id, part, sim, outcome });
            }
        }
        add(Duration::ZERO, Record::Ended { id, ending: result.ending });
        Ok(())
    }

    /// The usage of a SIM, as a record.
    fn usage(&self, number: u64, sim: &super::Sim) -> Record {
        let (gap, full) = (left(sim.gap_until, self.now), left(sim.full_at, self.now));
        let (days, months) = (sim.usage.days.0.clone(), sim.usage.months.0.clone());
        Record::Usage { sim: number, days, months, gap, full }
    }

    /// Counts a part under way at the restart for this day too.
    pub(super) fn count_again(
        &mut self,
        id: super::SimId,
        counted: Option<(u32, u32)>,
        today: super::Calendar,
    ) {
        let Some(sim) = self.sims.get_mut(id) else {
            return;
        };
        sim.count_also(counted, (today.month, today.day));
        if let Some(sim) = self.sims.get(id) {
            let usage = self.usage(id.number(), sim);
            self.emit(usage);
        }
    }

    fn sim_named(&self, name: &str) -> Option<u64> {
        let keys = [
            super::SimKey::Iccid(name.into()),
            super::SimKey::Imsi(name.into()),
            super::SimKey::Member(name.into()),
        ];
        keys.iter().find_map(|key| self.sims.find(key)).map(super::SimId::number)
    }

    /// Queues the results again after a restart.
    pub(super) fn report_again(&mut self) {
        let number = self.ledger.emitted();
        self.finished = self.unsettled.keys().map(|id| (number, *id)).collect();
    }
}

/// The recorded form of an outcome; `None` for a part that was not tried.
fn recorded(outcome: &PartOutcome) -> Option<Outcome> {
    Some(match outcome {
        PartOutcome::Sent { reference } => Outcome::Sent(*reference),
        PartOutcome::Failed { error } => Outcome::Failed(error.clone()),
        PartOutcome::Unknown { .. } => Outcome::Unknown,
        PartOutcome::NotAttempted => return None,
    })
}

impl Ending {
    /// The ending that follows from the parts of a message, if any.
    pub(super) fn of_parts(message: &Message) -> Option<Self> {
        let mut outcomes = message.parts.iter().map(|part| &part.outcome);
        if outcomes.clone().any(|outcome| matches!(outcome, PartOutcome::Unknown { .. })) {
            return Some(Self::Unknown);
        }
        outcomes.all(|outcome| matches!(outcome, PartOutcome::Sent { .. })).then_some(Self::Sent)
    }
}
