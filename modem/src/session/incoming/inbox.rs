//! The inbox: the parts in the modem, the delivered parts, and the parts that may be deleted.

mod journal;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::sms::Memory;
use pdu::collections::{Deque, Map, Set, SmallMap, SmallSet};
use pdu::{
    Address, DecodeError, Deliver, Envelope, Incoming, Limits, Message, Outcome, Reassembler,
};

use super::parts::Parts;
use super::undeleted::Undeleted;
use crate::journal::Record;
use crate::message::{
    Held, PduLine, Receipt, Received, ReceivedPart, Slot, StatusReport, Stored, Undecodable, digest,
};
use crate::procedures::ReleaseSlot;

/// The result of taking in a part.
#[derive(Debug)]
pub(in crate::session) enum Arrival {
    /// A message. If it was given up since its reference is in use again, also the part with which
    /// the next message begins.
    Message(Received, Option<ReceivedPart>),
    Part(ReceivedPart),
    Report(StatusReport),
    Undecodable(Undecodable),
    /// The part has been acknowledged, and is still in the modem.
    Acknowledged(ReleaseSlot),
    /// The part is known already, or its message is incomplete.
    Nothing,
}

/// The maximum number of misplaced parts that are remembered.
const MAX_MISPLACED: usize = 1024;

/// The maximum number of deleted slots whose last content is remembered.
const MAX_DELETED: usize = 1024;

/// The received messages of a session.
#[derive(Debug)]
pub(in crate::session) struct Inbox {
    /// The parts of incomplete messages, by key.
    reassembler: Reassembler<u64>,
    /// Parts are delivered before their message is complete.
    deliver_parts: bool,
    held: Parts,
    /// The key of the part last seen in each slot.
    slots: Map<Slot, u64>,
    /// Unacknowledged parts that the application has.
    delivered: Set<u64>,
    /// The parts of incomplete messages.
    pending: Set<u64>,
    /// Unacknowledged direct deliveries, with their deadlines.
    unconfirmed: Deque<(u64, Instant)>,
    /// Acknowledged parts that the modem may still have.
    acknowledged: Set<u64>,
    /// Slots whose content changed without a deletion in between.
    mismatched: SmallSet<Slot>,
    /// The digests of parts last seen in such slots, or acknowledged without a slot: they may be in
    /// another slot.
    misplaced: Deque<u64>,
    /// The parts that came from such slots.
    repeated: Set<u64>,
    /// The digest of the part that was last deleted from each slot.
    deleted: SmallMap<Slot, u64>,
    /// Slots that still had their part after a deletion that the modem confirmed: their next
    /// deletion is verified.
    unproven: SmallSet<Slot>,
    /// The parts that the modem has shown in text mode, which are never deleted.
    unreadable: Set<u64>,
    /// Acknowledged parts that could not be deleted yet.
    pub(super) undeleted: Undeleted,
    /// The digests of parts that the application has seen and that may still be in the modem, over
    /// restarts.
    shown: Deque<u64>,
    /// The session records.
    records: bool,
    /// The parts that the journal has.
    taken: Set<u64>,
    /// The facts to record.
    facts: Vec<Record>,
}

impl Inbox {
    pub(in crate::session) fn new(
        incomplete_after: Duration,
        deliver_parts: bool,
        records: bool,
    ) -> Self {
        Self {
            reassembler: Reassembler::new(Limits { age: incomplete_after, ..Limits::default() }),
            deliver_parts,
            held: Parts::default(),
            slots: Map::new(),
            delivered: Set::new(),
            pending: Set::new(),
            unconfirmed: Deque::new(),
            acknowledged: Set::new(),
            mismatched: SmallSet::new(),
            misplaced: Deque::new(),
            repeated: Set::new(),
            deleted: SmallMap::new(),
            unproven: SmallSet::new(),
            unreadable: Set::new(),
            undeleted: Undeleted::default(),
            shown: Deque::new(),
            records,
            taken: Set::new(),
            facts: Vec::new(),
        }
    }

    /// The number of unacknowledged parts that the application has.
    pub(in crate::session) fn unacknowledged(&self) -> usize {
        self.delivered.len()
    }

    /// The key of the part last seen in `slot`.
    #[cfg(feature = "erase")]
    pub(in crate::session) fn found(&self, slot: &Slot) -> Option<u64> {
        self.slots.get(slot).copied()
    }

    /// Takes in the content of a slot.
    pub(in crate::session) fn stored(&mut self, stored: &Stored, now: Instant) -> Arrival {
        let Stored { slot, pdu, .. } = stored;
        let slot = *slot;
        if let Some(key) = self.slots.get(&slot) {
            if self.held.get(*key).is_some_and(|held| held.pdu == *pdu) {
                let waits = self.unreadable.contains(key) || self.undeleted.contains(&slot);
                if self.acknowledged.contains(key) && !waits {
                    return Arrival::Acknowledged(self.release(slot, pdu.clone()));
                }
                return Arrival::Nothing;
            }
            // Another program has deleted the message there, or one of the two readings was damaged
            // in transit.
            self.note_mismatch(slot);
        }
        // The modem has confirmed a deletion and deleted nothing, or the network has delivered the
        // message again.
        let is_undeleted = self.deleted.remove(&slot) == Some(digest(pdu));
        if is_undeleted {
            self.unproven.insert(slot);
        }
        // The slot has shown another form of the part before, or the part itself.
        let was_shown = self.mismatched.remove(&slot) || is_undeleted;
        // The same bytes in another memory are the same message, shown twice; in the same memory
        // they are a second message.
        let mirror = self.held.same(pdu).find(|held| {
            held.pdu == *pdu
                && !held.slots.is_empty()
                && held.slots.iter().all(|other| other.memory != slot.memory)
        });
        if let Some(key) = mirror.map(|held| held.key) {
            self.slots.insert(slot, key);
            if let Some(slots) = self.held.slots(key) {
                slots.push(slot);
            }
            self.mark_merged(slot, was_shown);
            return Arrival::Nothing;
        }
        // A message without a slot may be the same one, found again.
        let is_second = self.held.same(pdu).next().is_some();
        let is_misplaced = self.was_seen(pdu);
        let key = self.held.hold(Vec::from([slot]), pdu.clone());
        self.slots.insert(slot, key);
        if was_shown || is_second || is_misplaced {
            self.repeated.insert(key);
        }
        if stored.in_text_mode {
            self.unreadable.insert(key);
        }
        let arrival = self.read(key, Duration::ZERO, now);
        self.mark_merged(slot, was_shown);
        arrival
    }

    /// Marks the undelivered part of a slot, if the slot was shown before. The slot may be one of
    /// several of that part, which then has the mark for all of them.
    fn mark_merged(&mut self, slot: Slot, was_shown: bool) {
        let key = self.slots.get(&slot).filter(|key| was_shown && self.pending.contains(key));
        if let Some(key) = key.copied() {
            self.repeated.insert(key);
        }
    }

    /// Returns `true` if an equal part may have been delivered before, from another slot or in an
    /// earlier life of the program.
    fn was_seen(&self, pdu: &PduLine) -> bool {
        let digest = digest(pdu);
        self.misplaced.contains(&digest) || self.shown.contains(&digest)
    }

    /// The deletion of a slot, which is verified if an earlier one deleted nothing.
    fn release(&self, slot: Slot, pdu: PduLine) -> ReleaseSlot {
        ReleaseSlot::new(slot, pdu).verified(self.unproven.contains(&slot))
    }

    /// The deletions to try again now.
    pub(in crate::session) fn due_deletions(&mut self, now: Instant) -> Vec<ReleaseSlot> {
        let due = self.undeleted.take_due(now);
        let again = |release: ReleaseSlot| {
            let unproven = self.unproven.contains(&release.slot());
            release.again().verified(unproven)
        };
        due.into_iter().map(again).collect()
    }

    /// Notes that the modem has confirmed the deletion of a slot.
    pub(in crate::session) fn deleted(&mut self, slot: Slot) {
        self.unproven.remove(&slot);
        let part = self.slots.get(&slot).and_then(|key| self.held.get(*key));
        if let Some(digest) = part.map(|held| digest(&held.pdu)) {
            self.deleted.insert(slot, digest);
            if self.deleted.len() > MAX_DELETED {
                self.deleted.pop_first();
            }
        }
        self.vacate(&slot);
    }

    /// Forgets the slots of a memory whose name has changed.
    pub(in crate::session) fn forget_memory(&mut self, memory: Memory) {
        let slots = self.slots.keys().filter(|slot| slot.memory == memory);
        let slots: Vec<Slot> = slots.copied().collect();
        for slot in slots {
            self.note_mismatch(slot);
            self.mismatched.remove(&slot);
        }
    }

    /// Takes in a direct delivery of the modem.
    ///
    /// With `wait` the modem expects an acknowledgement, and the application has that long to make
    /// the delivery safe first. A part that is not delivered to the application yet cannot be made
    /// safe: it is to be acknowledged at once, and the second value is `true`.
    pub(in crate::session) fn direct(
        &mut self,
        pdu: PduLine,
        wait: Option<Duration>,
        now: Instant,
    ) -> (Arrival, bool) {
        // The network repeats a message that was not acknowledged, as after a restart of the modem.
        let is_repeated = self.held.same(&pdu).next().is_some() || self.was_seen(&pdu);
        let key = self.held.hold(Vec::new(), pdu);
        self.take(key);
        if is_repeated {
            self.repeated.insert(key);
        }
        let arrival = self.read(key, Duration::ZERO, now);
        // A part in the journal is safe without the application.
        let waits = self.delivered.contains(&key) && !self.records();
        if let (Some(wait), true) = (wait, waits) {
            self.unconfirmed.push_back((key, now + wait));
        }
        (arrival, wait.is_some() && !waits)
    }

    /// The number of direct deliveries that have waited long enough for the application.
    pub(in crate::session) fn overdue(&mut self, now: Instant) -> usize {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|(_, until)| *until > now);
        before.saturating_sub(self.unconfirmed.len())
    }

    /// The number of direct deliveries of `receipt` that can be acknowledged to the modem now.
    pub(in crate::session) fn confirmed(&mut self, receipt: &Receipt) -> usize {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|(key, _)| !receipt.parts.iter().any(|part| part.key == *key));
        before.saturating_sub(self.unconfirmed.len())
    }

    /// Takes in a part that was received `age` ago.
    fn read(&mut self, key: u64, age: Duration, now: Instant) -> Arrival {
        let Some(held) = self.held.get(key) else {
            return Arrival::Nothing;
        };
        match Envelope::<Incoming>::from_hex(held.pdu.as_bytes()).map(|decoded| decoded.value) {
            Ok(Envelope { tpdu: Incoming::Deliver(deliver), .. }) => {
                self.part(key, &deliver, age, now)
            }
            Ok(Envelope { tpdu: Incoming::StatusReport(tpdu), .. }) => {
                Arrival::Report(StatusReport {
                    tpdu: Box::new(tpdu),
                    about: None,
                    possible_duplicate: self.repeated.remove(&key),
                    receipt: self.deliver(&[key]),
                })
            }
            // The answer to a message is for the modem, not for the host.
            Ok(Envelope { tpdu: Incoming::SubmitReport(_), .. }) => self.undecodable(key, None),
            Err(error) => self.undecodable(key, Some(error)),
        }
    }

    fn undecodable(&mut self, key: u64, error: Option<DecodeError>) -> Arrival {
        Arrival::Undecodable(Undecodable {
            error,
            possible_duplicate: self.repeated.remove(&key),
            receipt: self.deliver(&[key]),
        })
    }

    fn part(&mut self, key: u64, deliver: &Deliver, age: Duration, now: Instant) -> Arrival {
        match self.reassembler.insert_aged(now.since_epoch(), age, deliver, key) {
            Outcome::Complete(message) => Arrival::Message(self.received(&message), None),
            Outcome::Pending { displaced, .. } => {
                self.pending.insert(key);
                self.take(key);
                let displaced = displaced.map(|message| self.received(&message));
                let part = self.deliver_parts.then(|| self.received_part(key, deliver));
                match (displaced, part) {
                    (Some(message), part) => Arrival::Message(message, part),
                    (None, Some(part)) => Arrival::Part(part),
                    (None, None) => Arrival::Nothing,
                }
            }
            Outcome::Duplicate { .. } => self.merge_duplicate(key, deliver),
        }
    }

    /// Merges a part that arrived twice into one part with several slots.
    fn merge_duplicate(&mut self, key: u64, deliver: &Deliver) -> Arrival {
        let original =
            self.reassembler.parts().find(|part| part.deliver == *deliver).map(|part| part.tag);
        let (Some(original), Some(duplicate)) = (original, self.held.remove(key)) else {
            return Arrival::Nothing;
        };
        self.repeated.remove(&key);
        self.untake(&[key]);
        for slot in &duplicate.slots {
            self.slots.insert(*slot, original);
        }
        // A part that the application has made safe is deleted from its other slots too.
        let release = duplicate
            .slots
            .first()
            .filter(|_| self.acknowledged.contains(&original))
            .map(|slot| self.release(*slot, duplicate.pdu));
        if let Some(slots) = self.held.slots(original) {
            slots.extend(duplicate.slots);
        }
        release.map_or(Arrival::Nothing, Arrival::Acknowledged)
    }

    fn received(&mut self, message: &Message<u64>) -> Received {
        let keys: Vec<u64> = message.tags().copied().collect();
        for key in &keys {
            self.pending.remove(key);
        }
        if !self.taken.is_empty() {
            let in_modem = |key: &u64| self.is_stored(*key) && !self.acknowledged.contains(key);
            let kept: Vec<u64> = keys.iter().copied().filter(in_modem).collect();
            self.untake(&kept);
        }
        let receipt = self.deliver(&keys);
        let smsc = receipt.pdus().next().and_then(service_centre);
        Received {
            possible_duplicate: keys.iter().any(|key| self.repeated.remove(key)),
            ..Received::new(message, smsc, receipt)
        }
    }

    fn received_part(&mut self, key: u64, deliver: &Deliver) -> ReceivedPart {
        ReceivedPart::new(deliver, self.deliver(&[key]))
    }

    /// Delivers the oldest incomplete message early, so that the modem's memory gets room. This
    /// happens only if nothing else can make room: no part is unacknowledged or being deleted.
    pub(in crate::session) fn make_room(&mut self) -> Option<Arrival> {
        let message = if self.nothing_leaves() { self.reassembler.take_oldest() } else { None };
        message.map(|message| Arrival::Message(self.received(&message), None))
    }

    /// Returns `true` if incomplete messages keep the memory full until one is delivered early.
    pub(in crate::session) fn is_clogged(&self) -> bool {
        !self.pending.is_subset(&self.acknowledged) && self.nothing_leaves()
    }

    /// Returns `true` if no part is unacknowledged or being deleted.
    fn nothing_leaves(&self) -> bool {
        let is_leaving = |key: &u64| self.is_leaving(*key);
        self.delivered.is_empty() && !self.acknowledged.iter().any(is_leaving)
    }

    fn is_stored(&self, key: u64) -> bool {
        self.held.get(key).is_some_and(|held| !held.slots.is_empty())
    }

    /// Returns `true` if the part is in the modem, and can be deleted as far as is known.
    fn is_leaving(&self, key: u64) -> bool {
        !self.unreadable.contains(&key)
            && self
                .held
                .get(key)
                .is_some_and(|held| held.slots.iter().any(|slot| !self.undeleted.contains(slot)))
    }

    fn deliver(&mut self, keys: &[u64]) -> Receipt {
        self.delivered.extend(keys);
        Receipt { parts: keys.iter().filter_map(|key| self.held.get(*key)).cloned().collect() }
    }

    /// Delivers the messages that have been incomplete for too long.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Vec<Arrival> {
        let expired = self.reassembler.expire(now.since_epoch());
        expired.iter().map(|message| Arrival::Message(self.received(message), None)).collect()
    }

    /// The next time at which an incomplete message expires, a direct delivery is to be
    /// acknowledged to the modem, or a deletion is tried again.
    pub(in crate::session) fn next_expiry(&self) -> Option<Instant> {
        let incomplete = self.reassembler.next_expiry();
        let incomplete = incomplete.map(Instant::from);
        let unconfirmed = self.unconfirmed.front().map(|(_, until)| *until);
        let deletion = self.undeleted.next_attempt();
        incomplete.into_iter().chain(unconfirmed).chain(deletion).min()
    }

    /// Forgets the pending acknowledgements and deletions of a link that has ended: the next sweep
    /// finds what is left to delete.
    pub(in crate::session) fn closed(&mut self) {
        self.unconfirmed.clear();
        self.undeleted.clear();
    }

    /// Acknowledges the parts of `receipt`, and returns the deletions that follow.
    pub(in crate::session) fn acknowledge(&mut self, receipt: &Receipt) -> Vec<ReleaseSlot> {
        self.record_acknowledged(receipt);
        let mut slots = self.slots_of(receipt);
        slots.retain(|(slot, _)| !self.is_unreadable(slot));
        for part in &receipt.parts {
            // A receipt may come from an earlier session with other keys.
            if self.held.get(part.key).is_some_and(|held| held.pdu == part.pdu) {
                if !self.is_stored(part.key) {
                    // For example a restored part that has not been found in the modem yet.
                    self.misplace(part.key);
                }
                self.delivered.remove(&part.key);
                self.acknowledged.insert(part.key);
                self.forget_if_done(part.key);
            }
        }
        slots.into_iter().map(|(slot, pdu)| self.release(slot, pdu)).collect()
    }

    /// Returns `true` if the slot was last shown in text mode.
    fn is_unreadable(&self, slot: &Slot) -> bool {
        self.slots.get(slot).is_some_and(|key| self.unreadable.contains(key))
    }

    /// The slots of a receipt, with slots that were found after its delivery.
    pub(in crate::session) fn slots_of<'a>(&'a self, receipt: &'a Receipt) -> Vec<(Slot, PduLine)> {
        let of_part = |part: &'a Held| {
            let held = self.held.get(part.key).filter(|held| held.pdu == part.pdu);
            let slots = held.map_or(&part.slots, |held| &held.slots);
            slots.iter().map(|slot| (*slot, part.pdu.clone()))
        };
        receipt.parts.iter().flat_map(of_part).collect()
    }

    /// Notes that `slot` has other content than before, without a deletion in between.
    pub(in crate::session) fn note_mismatch(&mut self, slot: Slot) {
        if let Some(key) = self.slots.get(&slot).copied() {
            self.misplace(key);
        }
        self.vacate(&slot);
        self.unproven.remove(&slot);
        self.mismatched.insert(slot);
    }

    /// Notes that the part may be in another slot.
    fn misplace(&mut self, key: u64) {
        if let Some(held) = self.held.get(key) {
            self.misplaced.push_back(digest(&held.pdu));
            if self.misplaced.len() > MAX_MISPLACED {
                self.misplaced.pop_front();
            }
        }
    }

    /// Notes that `slot` has no delivered part any more.
    pub(in crate::session) fn vacate(&mut self, slot: &Slot) {
        let Some(key) = self.slots.remove(slot) else {
            return;
        };
        if let Some(slots) = self.held.slots(key) {
            slots.retain(|other| other != slot);
        }
        if self.delivered.contains(&key) && !self.is_stored(key) {
            self.take(key);
        }
        self.forget_if_done(key);
    }

    /// Forgets a part that is neither in the modem nor incomplete, and that the application does
    /// not hold unacknowledged.
    fn forget_if_done(&mut self, key: u64) {
        if !self.is_stored(key) && !self.delivered.contains(&key) && !self.pending.contains(&key) {
            self.acknowledged.remove(&key);
            self.repeated.remove(&key);
            self.unreadable.remove(&key);
            if let Some(digest) = self.held.remove(key).map(|held| digest(&held.pdu)) {
                // A part acknowledged without a slot may be in one, or the network repeats it.
                if !self.misplaced.contains(&digest) {
                    self.forget_shown(digest);
                }
            }
        }
    }
}

fn service_centre(pdu: &str) -> Option<Address> {
    Envelope::<Incoming>::from_hex(pdu).ok()?.value.smsc
}

#[cfg(test)]
mod tests;
