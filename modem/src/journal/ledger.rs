//! The emission of records, and the gates that wait for them.

use core::time::Duration;

use at_proto::Instant;
use pdu::collections::Deque;

use super::log::Entry;
use super::record::Record;

/// The maximum number of records that wait to be polled: an application that never polls must not
/// let the network fill the memory.
const MAX_RECORDS: usize = 65_536;

/// The records of a session, by number.
///
/// A gate is the number of the last record before an irreversible action. The action waits until
/// all records up to its gate are durable: there is no list of what waits for what.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The session records; otherwise all gates are open.
    records: bool,
    out: Deque<(u64, Record)>,
    emitted: u64,
    durable: u64,
    /// The store has failed, and nothing becomes durable any more.
    failed: bool,
    /// The records were not polled, and the session has not reported that yet.
    unpolled: bool,
}

/// The state of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// The records up to this number are not durable yet.
    Waiting(u64),
    /// The store has failed.
    Shut,
}

impl Ledger {
    /// A ledger that emits nothing, or one that records.
    pub(crate) fn new(records: bool) -> Self {
        Self { records, ..Self::default() }
    }

    pub(crate) const fn records(&self) -> bool {
        cfg!(feature = "journal") && self.records
    }

    /// Continues after the record `last`, which is durable.
    pub(crate) fn continue_after(&mut self, last: u64) {
        self.out.clear();
        self.emitted = last;
        self.durable = last;
    }

    #[inline]
    pub(crate) fn emit(&mut self, record: Record) {
        if self.records() {
            self.push(record);
        }
    }

    fn push(&mut self, record: Record) {
        // Nothing is written any more after a failure, and nothing must pile up.
        if !self.failed {
            if self.out.len() >= MAX_RECORDS {
                self.unpolled = true;
                return self.fail();
            }
            self.emitted = self.emitted.saturating_add(1);
            self.out.push_back((self.emitted, record));
        }
    }

    /// The number of the last emitted record.
    pub(crate) const fn emitted(&self) -> u64 {
        self.emitted
    }

    /// The next record to append.
    pub(crate) fn poll(&mut self) -> Option<Entry> {
        let (number, record) = self.out.pop_front()?;
        Some(Entry::new(number, self.durable, record))
    }

    /// Forgets the records that were not polled, since a snapshot includes them.
    pub(crate) fn included(&mut self) {
        self.out.clear();
    }

    /// Notes that the records up to `number` are durable.
    pub(crate) fn confirm(&mut self, number: u64) {
        if !self.failed {
            self.durable = self.durable.max(number.min(self.emitted));
        }
    }

    /// Shuts all gates.
    pub(crate) fn fail(&mut self) {
        self.failed = true;
        self.out.clear();
    }

    /// Returns `true`, once, if the ledger has failed since nobody polled its records.
    pub(crate) const fn take_unpolled(&mut self) -> bool {
        self.records() && core::mem::replace(&mut self.unpolled, false)
    }

    pub(crate) const fn has_failed(&self) -> bool {
        self.records() && self.failed
    }

    /// The gate after all records so far.
    pub(crate) const fn gate(&self) -> Gate {
        self.gate_of(self.emitted)
    }

    /// The gate of the record `number`.
    pub(crate) const fn gate_of(&self, number: u64) -> Gate {
        match (self.records(), self.failed) {
            (false, _) => Gate::Open,
            (true, true) => Gate::Shut,
            (true, false) if number <= self.durable => Gate::Open,
            (true, false) => Gate::Waiting(number),
        }
    }
}

/// The time after which an action that waits for its record is given up: an application that does
/// not confirm must not stop everything else.
const GATE_TIMEOUT: Duration = Duration::from_secs(30);

/// The end of the wait for a gate that begins now.
pub(crate) fn gate_deadline(now: Instant) -> Instant {
    now + GATE_TIMEOUT
}

#[cfg(test)]
mod tests {
    use super::{Gate, Ledger, MAX_RECORDS};
    use crate::journal::Record;

    fn ledger(records: bool, count: usize) -> Ledger {
        let mut ledger = Ledger::new(records);
        for _ in 0..count {
            ledger.emit(Record::Settled { id: 1 });
        }
        ledger
    }

    #[test]
    fn a_gate_opens_when_the_records_before_it_are_durable() {
        let mut ledger = ledger(true, 3);
        assert_eq!(ledger.gate(), Gate::Waiting(3));
        ledger.confirm(2);
        assert_eq!((ledger.gate_of(2), ledger.gate()), (Gate::Open, Gate::Waiting(3)));
        // Nobody can confirm what was not emitted.
        ledger.confirm(u64::MAX);
        assert_eq!(ledger.gate(), Gate::Open);
        ledger.emit(Record::Settled { id: 1 });
        assert_eq!(ledger.gate(), Gate::Waiting(4));
        ledger.fail();
        ledger.confirm(4);
        assert_eq!((ledger.gate(), ledger.gate_of(1)), (Gate::Shut, Gate::Shut));
    }

    #[test]
    fn without_a_journal_all_gates_are_open_and_nothing_piles_up() {
        let mut ledger = ledger(false, 10);
        assert_eq!((ledger.gate(), ledger.poll()), (Gate::Open, None));
    }

    #[test]
    fn records_that_nobody_polls_fail_the_journal_and_take_no_memory() {
        let mut ledger = ledger(true, MAX_RECORDS);
        assert!(!ledger.has_failed());
        ledger.emit(Record::Settled { id: 1 });
        assert!(ledger.has_failed() && ledger.take_unpolled() && !ledger.take_unpolled());
        assert_eq!((ledger.poll(), ledger.gate()), (None, Gate::Shut));
    }
}
