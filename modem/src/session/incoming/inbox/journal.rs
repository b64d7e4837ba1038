//! The parts in the journal and in a saved session.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::collections::Map;

use super::super::super::saved::{SavedPart, State, remember};
use super::{Arrival, Inbox};
use crate::journal::Record;
#[cfg(feature = "erase")]
use crate::message::Slot;
use crate::message::{Held, Receipt, digest};

impl Inbox {
    /// The facts to record since the last call.
    pub(in crate::session) fn take_facts(&mut self) -> Vec<Record> {
        core::mem::take(&mut self.facts)
    }

    /// Returns `true` if the session records.
    pub(super) const fn records(&self) -> bool {
        cfg!(feature = "journal") && self.records
    }

    #[inline]
    fn record(&mut self, record: Record) {
        if self.records() {
            self.facts.push(record);
        }
    }

    /// Records a part that the modem does not keep until it is acknowledged, once.
    pub(super) fn take(&mut self, key: u64) {
        let held = self.held.get(key).filter(|_| self.records());
        if let Some(pdu) = held.map(|held| held.pdu.clone()) {
            if self.taken.insert(key) {
                self.facts.push(Record::PartTaken { key, pdu });
            }
        }
    }

    /// Records that the journal does not need these parts any more.
    pub(super) fn untake(&mut self, keys: &[u64]) {
        let known = keys.iter().copied().filter(|key| self.taken.remove(key));
        let keys: Vec<u64> = known.collect();
        if !keys.is_empty() {
            self.record(Record::PartKept { keys });
        }
    }

    /// Records the parts that the application has made safe. A part of an incomplete message stays
    /// in the journal until its message is acknowledged.
    pub(super) fn record_acknowledged(&mut self, receipt: &Receipt) {
        if !self.records() {
            return;
        }
        let is_done = |part: &&Held| {
            !self.pending.contains(&part.key)
                && self.held.get(part.key).is_some_and(|held| held.pdu == part.pdu)
        };
        let keys: Vec<u64> = receipt.parts.iter().filter(is_done).map(|part| part.key).collect();
        for key in &keys {
            self.taken.remove(key);
        }
        if !keys.is_empty() {
            self.record(Record::Acknowledged { keys });
        }
    }

    /// Records the parts in these slots that nobody has made safe, before the slots are erased;
    /// without slots those in all slots.
    #[cfg(feature = "erase")]
    pub(in crate::session) fn secure(&mut self, slots: Option<&[Slot]>) {
        if !self.records() {
            return;
        }
        let keys =
            self.slots.iter().filter(|(slot, _)| slots.is_none_or(|slots| slots.contains(slot)));
        let keys: Vec<u64> = keys.map(|(_, key)| *key).collect();
        for key in keys {
            if self.delivered.contains(&key) || self.pending.contains(&key) {
                self.take(key);
            }
        }
    }

    /// Records the parts of a message that is erased for room, and gives its receipt their keys:
    /// nobody else has the message once it is erased.
    #[cfg(feature = "erase")]
    pub(in crate::session) fn secure_erased(&mut self, receipt: &mut Receipt) {
        if !self.records() {
            return;
        }
        for part in &mut receipt.parts {
            let known = part.slots.iter().filter_map(|slot| self.slots.get(slot)).copied();
            let mut same =
                known.filter(|key| self.held.get(*key).is_some_and(|held| held.pdu == part.pdu));
            part.key = match same.next() {
                Some(key) => key,
                None => self.held.hold(Vec::new(), part.pdu.clone()),
            };
            self.delivered.insert(part.key);
            self.take(part.key);
        }
    }

    /// Notes that the application has taken an event with this receipt.
    pub(in crate::session) fn shown(&mut self, receipt: &Receipt) {
        let digests = receipt.parts.iter().map(|part| digest(&part.pdu));
        let digests: Vec<u64> = digests.filter(|digest| !self.shown.contains(digest)).collect();
        if digests.is_empty() {
            return;
        }
        for digest in &digests {
            remember(*digest, &mut self.shown);
        }
        self.record(Record::Delivered { digests });
    }

    pub(super) fn forget_shown(&mut self, digest: u64) {
        if let Some(index) = self.shown.iter().position(|other| *other == digest) {
            self.shown.remove(index);
            self.record(Record::Released { digest });
        }
    }

    /// Returns `true` if nothing was ever received.
    pub(in crate::session) fn is_unused(&self) -> bool {
        self.held.are_unused()
    }

    /// Adds the parts that the modem does not keep, and the digests of delivered ones, to the
    /// state.
    pub(in crate::session) fn save(&self, state: &mut State, now: Instant) {
        let ages = self.reassembler.ages(now.since_epoch());
        let ages: Map<u64, Duration> = ages.map(|(age, key)| (*key, age)).collect();
        let keys = match self.records() {
            true => self.taken.clone(),
            false => self.pending.iter().copied().chain(self.left()).collect(),
        };
        for held in keys.iter().filter_map(|key| self.held.get(*key)) {
            let age = ages.get(&held.key).copied().unwrap_or_default();
            state.taken.insert(held.key, SavedPart { pdu: held.pdu.clone(), age });
        }
        state.delivered.clone_from(&self.shown);
    }

    /// The unacknowledged parts that the application has, and that the modem no longer has or will
    /// not keep for long.
    fn left(&self) -> impl Iterator<Item = u64> {
        let held = self.delivered.iter().filter_map(|key| self.held.get(*key));
        held.filter(|held| held.slots.is_empty() || self.acknowledged.contains(&held.key))
            .map(|held| held.key)
    }

    /// Takes the parts and the digests of a state. The next sweep finds the slots of the parts in
    /// the modem.
    pub(in crate::session) fn restore(&mut self, state: State, now: Instant) -> Vec<Arrival> {
        self.shown = state.delivered;
        let mut arrivals = Vec::new();
        for (key, SavedPart { pdu, age }) in state.taken {
            // Of two equal parts the second was read again, after a reading that was damaged.
            let is_second = self.held.same(&pdu).next().is_some();
            if is_second || self.shown.contains(&digest(&pdu)) {
                self.repeated.insert(key);
            }
            if self.deliver_parts {
                // The part is safe in the saved state: if the modem still has it, it is deleted.
                self.acknowledged.insert(key);
            }
            self.held.put(Held { key, slots: Vec::new(), pdu });
            if self.records() {
                self.taken.insert(key);
            }
            match self.read(key, age, now) {
                // The part is safe in the saved state.
                Arrival::Part(_) => drop(self.delivered.remove(&key)),
                Arrival::Message(message, Some(_)) => {
                    self.delivered.remove(&key);
                    arrivals.push(Arrival::Message(message, None));
                }
                Arrival::Nothing => {}
                arrival => arrivals.push(arrival),
            }
        }
        arrivals
    }
}
