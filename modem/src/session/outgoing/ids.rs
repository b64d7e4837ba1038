//! The numbers of messages, of which a lost record must not lead to a second use.

use crate::journal::{Gate, Ledger, Record};

/// The number of identifiers that one record reserves.
const RESERVED: u64 = 1024;

/// The reserved numbers of messages, if the session records.
///
/// The record of a message may be lost with its number, which the application knows already. Only
/// numbers whose reservation is durable are given, and a restart skips the reserved ones.
#[derive(Debug, Default)]
pub(in crate::session) struct Ids {
    /// Numbers below this one are durably reserved.
    below: u64,
    /// The reservation under way: its record and its bound.
    asked: Option<(u64, u64)>,
}

impl Ids {
    /// Forgets the reservations of an earlier journal.
    pub(in crate::session) const fn clear(&mut self) {
        self.below = 0;
        self.asked = None;
    }

    /// The highest number that may have been given in an earlier life of the program, at the next
    /// restart.
    pub(in crate::session) fn last(&self, issued: u64) -> u64 {
        let asked = self.asked.map_or(0, |(_, below)| below);
        issued.max(self.below.max(asked).saturating_sub(1))
    }

    /// Returns `true` if the number after `issued` may be given, and reserves more in time.
    pub(in crate::session) fn may_issue(
        &mut self,
        issued: u64,
        reference: u16,
        ledger: &mut Ledger,
    ) -> bool {
        if !ledger.records() {
            return true;
        }
        let durable = |(record, _): &mut (u64, u64)| ledger.gate_of(*record) == Gate::Open;
        if let Some((_, below)) = self.asked.take_if(durable) {
            self.below = below;
        }
        let next = issued.saturating_add(1);
        if self.asked.is_none() && next.saturating_add(RESERVED / 2) >= self.below {
            let below = next.saturating_add(RESERVED);
            ledger.emit(Record::Ids { below, reference });
            self.asked = Some((ledger.emitted(), below));
        }
        next < self.below && !ledger.has_failed()
    }
}
