//! Messages on their way in: what the modem holds, what has been handed out, and what may be deleted.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
#[cfg(feature = "serde")]
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::{
    Address, DecodeError, Deliver, Envelope, Incoming, Limits, Message, Outcome, Reassembler,
};

use super::parts::{Parts, digest};
use crate::message::{
    Held, PduLine, Receipt, Received, ReceivedPart, Slot, StatusReport, Undecodable,
};
use crate::procedures::ReleaseSlot;

/// What came of a part.
#[derive(Debug)]
pub(in crate::session) enum Arrival {
    /// A message, and where it was given up since its reference is in use again, the part that the next one begins with.
    Message(Received, Option<ReceivedPart>),
    Part(ReceivedPart),
    Report(StatusReport),
    Undecodable(Undecodable),
    /// Acknowledged already, and still there.
    Acknowledged(ReleaseSlot),
    /// Known already, or not complete yet.
    Nothing,
}

/// More of what is not where it was read is not remembered.
const MAX_MISPLACED: usize = 1024;

/// What a session receives.
#[derive(Debug)]
pub(in crate::session) struct Inbox {
    /// Each part with its key.
    reassembler: Reassembler<u64>,
    /// Whether parts are handed out before their message is complete.
    deliver_parts: bool,
    held: Parts,
    /// Where the modem has which part.
    places: BTreeMap<Slot, u64>,
    /// The parts that the application has and has not acknowledged.
    out: BTreeSet<u64>,
    /// The parts of messages that are not complete.
    pending: BTreeSet<u64>,
    /// The direct deliveries that the modem waits for the acknowledgement of, and until when the application may take.
    unconfirmed: VecDeque<(u64, Instant)>,
    /// The parts that the application has acknowledged, until nothing of them is left.
    acknowledged: BTreeSet<u64>,
    /// Places that read otherwise than before, without a deletion in between.
    doubtful: BTreeSet<Slot>,
    /// What was last thought to be in such places, or was acknowledged without a place: it may lie in another one.
    misplaced: VecDeque<u64>,
    /// The parts that came from such places.
    repeated: BTreeSet<u64>,
}

impl Inbox {
    pub(in crate::session) fn new(incomplete_after: Duration, deliver_parts: bool) -> Self {
        Self {
            reassembler: Reassembler::new(Limits { age: incomplete_after, ..Limits::default() }),
            deliver_parts,
            held: Parts::default(),
            places: BTreeMap::new(),
            out: BTreeSet::new(),
            pending: BTreeSet::new(),
            unconfirmed: VecDeque::new(),
            acknowledged: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            misplaced: VecDeque::new(),
            repeated: BTreeSet::new(),
        }
    }

    /// How many parts the application has and has not acknowledged.
    pub(in crate::session) fn unacknowledged(&self) -> usize {
        self.out.len()
    }

    /// The how manieth part was found in `slot`.
    pub(in crate::session) fn found(&self, slot: &Slot) -> Option<u64> {
        self.places.get(slot).copied()
    }

    /// Takes in what the modem has in `slot`.
    pub(in crate::session) fn stored(
        &mut self,
        slot: Slot,
        pdu: &PduLine,
        now: Instant,
    ) -> Arrival {
        if let Some(key) = self.places.get(&slot) {
            if self.held.get(*key).is_some_and(|held| held.pdu == *pdu) {
                if self.acknowledged.contains(key) {
                    return Arrival::Acknowledged(ReleaseSlot::new(slot, pdu.clone()));
                }
                return Arrival::Nothing;
            }
            // Someone else has deleted what was there, or one of the two readings was damaged on its way.
            self.doubt(slot);
        }
        // The same octets in another memory are the same message, shown twice; in the same memory they are a second one.
        let mirror = self.held.same(pdu).find(|held| {
            held.pdu == *pdu
                && !held.slots.is_empty()
                && held.slots.iter().all(|other| other.memory != slot.memory)
        });
        if let Some(key) = mirror.map(|held| held.key) {
            self.places.insert(slot, key);
            if let Some(slots) = self.held.slots(key) {
                slots.push(slot);
            }
            return Arrival::Nothing;
        }
        // One without a place may be the same, found again.
        let is_second = self.held.same(pdu).next().is_some();
        let is_misplaced = self.misplaced.contains(&digest(pdu));
        let key = self.held.hold(Vec::from([slot]), pdu.clone());
        self.places.insert(slot, key);
        if self.doubtful.remove(&slot) || is_second || is_misplaced {
            self.repeated.insert(key);
        }
        self.read(key, now)
    }

    /// Takes in what the modem handed over without storing it.
    ///
    /// With `wait` the modem is to be told that it has arrived, and the application has so long to make it safe first. What
    /// it is not given yet it cannot make safe: then the modem is told at once, which the second value asks for.
    pub(in crate::session) fn direct(
        &mut self,
        line: &[u8],
        wait: Option<Duration>,
        now: Instant,
    ) -> (Arrival, bool) {
        let key = self.held.hold(Vec::new(), PduLine::new(line));
        let arrival = self.read(key, now);
        let handed_out = self.out.contains(&key);
        if let (Some(wait), true) = (wait, handed_out) {
            self.unconfirmed.push_back((key, now + wait));
        }
        (arrival, wait.is_some() && !handed_out)
    }

    /// How many direct deliveries have waited long enough for the application.
    pub(in crate::session) fn overdue(&mut self, now: Instant) -> usize {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|(_, until)| *until > now);
        before - self.unconfirmed.len()
    }

    /// How many direct deliveries of `receipt` the modem can be told of now.
    pub(in crate::session) fn confirmed(&mut self, receipt: &Receipt) -> usize {
        let before = self.unconfirmed.len();
        self.unconfirmed.retain(|(key, _)| !receipt.parts.iter().any(|part| part.key == *key));
        before - self.unconfirmed.len()
    }

    fn read(&mut self, key: u64, now: Instant) -> Arrival {
        let Some(held) = self.held.get(key) else {
            return Arrival::Nothing;
        };
        match Envelope::<Incoming>::from_hex(held.pdu.as_bytes()).map(|decoded| decoded.value) {
            Ok(Envelope { tpdu: Incoming::Deliver(deliver), .. }) => self.part(key, &deliver, now),
            Ok(Envelope { tpdu: Incoming::StatusReport(tpdu), .. }) => {
                Arrival::Report(StatusReport {
                    tpdu,
                    about: None,
                    possible_duplicate: self.repeated.remove(&key),
                    receipt: self.hand_out(&[key]),
                })
            }
            // The answer to a message goes to the modem, not to the host.
            Ok(Envelope { tpdu: Incoming::SubmitReport(_), .. }) => self.undecodable(key, None),
            Err(error) => self.undecodable(key, Some(error)),
        }
    }

    fn undecodable(&mut self, key: u64, error: Option<DecodeError>) -> Arrival {
        Arrival::Undecodable(Undecodable {
            error,
            possible_duplicate: self.repeated.remove(&key),
            receipt: self.hand_out(&[key]),
        })
    }

    fn part(&mut self, key: u64, deliver: &Deliver, now: Instant) -> Arrival {
        match self.reassembler.insert(now.since_epoch(), deliver, key) {
            Outcome::Complete(message) => Arrival::Message(self.received(&message), None),
            Outcome::Pending { displaced, .. } => {
                self.pending.insert(key);
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

    /// A part that came twice is one part in several places.
    fn merge_duplicate(&mut self, key: u64, deliver: &Deliver) -> Arrival {
        let original =
            self.reassembler.parts().find(|part| part.deliver == *deliver).map(|part| part.tag);
        let (Some(original), Some(duplicate)) = (original, self.held.remove(key)) else {
            return Arrival::Nothing;
        };
        self.repeated.remove(&key);
        for slot in &duplicate.slots {
            self.places.insert(*slot, original);
        }
        // What the application has made safe already is not kept in another place either.
        let release = duplicate
            .slots
            .first()
            .filter(|_| self.acknowledged.contains(&original))
            .map(|slot| ReleaseSlot::new(*slot, duplicate.pdu));
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
        let receipt = self.hand_out(&keys);
        let smsc = receipt.pdus().next().and_then(service_centre);
        Received {
            possible_duplicate: keys.iter().any(|key| self.repeated.remove(key)),
            ..Received::new(message, smsc, receipt)
        }
    }

    fn received_part(&mut self, key: u64, deliver: &Deliver) -> ReceivedPart {
        ReceivedPart::new(deliver, self.hand_out(&[key]))
    }

    /// The oldest incomplete message, handed over early so that the modem's store gets room: only where nothing else can
    /// make room, since nothing is with the application and nothing is being deleted.
    pub(in crate::session) fn make_room(&mut self) -> Option<Arrival> {
        let can_wait =
            !self.out.is_empty() || self.acknowledged.iter().any(|key| self.is_stored(*key));
        let message = if can_wait { None } else { self.reassembler.take_oldest() };
        message.map(|message| Arrival::Message(self.received(&message), None))
    }

    fn is_stored(&self, key: u64) -> bool {
        self.held.get(key).is_some_and(|held| !held.slots.is_empty())
    }

    fn hand_out(&mut self, keys: &[u64]) -> Receipt {
        self.out.extend(keys);
        Receipt { parts: keys.iter().filter_map(|key| self.held.get(*key)).cloned().collect() }
    }

    /// The messages that have been incomplete for too long.
    pub(in crate::session) fn expire(&mut self, now: Instant) -> Vec<Arrival> {
        let expired = self.reassembler.expire(now.since_epoch());
        expired.iter().map(|message| Arrival::Message(self.received(message), None)).collect()
    }

    /// When the next message will have been incomplete for too long, or the modem is to be told of a direct delivery.
    pub(in crate::session) fn next_expiry(&self) -> Option<Instant> {
        let incomplete = self.reassembler.next_expiry();
        let incomplete = incomplete.map(Instant::from);
        let unconfirmed = self.unconfirmed.front().map(|(_, until)| *until);
        incomplete.into_iter().chain(unconfirmed).min()
    }

    /// The link has ended, and with it what the modem waited for.
    pub(in crate::session) fn closed(&mut self) {
        self.unconfirmed.clear();
    }

    /// The application has the parts of `receipt`: what is to be deleted from the modem.
    pub(in crate::session) fn acknowledge(&mut self, receipt: &Receipt) -> Vec<ReleaseSlot> {
        let places = self.places_of(receipt);
        for part in &receipt.parts {
            // A receipt may come from an earlier session, which counted its parts on its own.
            if self.held.get(part.key).is_some_and(|held| held.pdu == part.pdu) {
                if !self.is_stored(part.key) {
                    // Restored, for instance, and not found in the modem yet.
                    self.misplace(part.key);
                }
                self.out.remove(&part.key);
                self.acknowledged.insert(part.key);
                self.forget_if_done(part.key);
            }
        }
        places.into_iter().map(|(slot, pdu)| ReleaseSlot::new(slot, pdu)).collect()
    }

    /// The places of a receipt, with those that were found after it was given out.
    pub(in crate::session) fn places_of(&self, receipt: &Receipt) -> Vec<(Slot, PduLine)> {
        let of_part = |part: &Held| -> Vec<(Slot, PduLine)> {
            let held = self.held.get(part.key).filter(|held| held.pdu == part.pdu);
            let slots = held.map_or(&part.slots, |held| &held.slots);
            slots.iter().map(|slot| (*slot, part.pdu.clone())).collect()
        };
        receipt.parts.iter().flat_map(of_part).collect()
    }

    /// `slot` reads otherwise than before, without a deletion in between.
    pub(in crate::session) fn doubt(&mut self, slot: Slot) {
        if let Some(key) = self.places.get(&slot).copied() {
            self.misplace(key);
        }
        self.vacate(&slot);
        self.doubtful.insert(slot);
    }

    /// The part may lie in another place than was thought.
    fn misplace(&mut self, key: u64) {
        if let Some(held) = self.held.get(key) {
            self.misplaced.push_back(digest(&held.pdu));
            if self.misplaced.len() > MAX_MISPLACED {
                self.misplaced.pop_front();
            }
        }
    }

    /// Nothing that was handed out is in `slot` any more.
    pub(in crate::session) fn vacate(&mut self, slot: &Slot) {
        let Some(key) = self.places.remove(slot) else {
            return;
        };
        if let Some(slots) = self.held.slots(key) {
            slots.retain(|other| other != slot);
        }
        self.forget_if_done(key);
    }

    /// Forgets a part that nobody has any more, or that only the application has, which has acknowledged it.
    fn forget_if_done(&mut self, key: u64) {
        if !self.is_stored(key) && !self.out.contains(&key) && !self.pending.contains(&key) {
            self.acknowledged.remove(&key);
            self.repeated.remove(&key);
            self.held.remove(key);
        }
    }
}

fn service_centre(pdu: &str) -> Option<Address> {
    Envelope::<Incoming>::from_hex(pdu).ok()?.value.smsc
}

#[cfg(feature = "serde")]
impl Inbox {
    /// Whether nothing was ever received.
    pub(in crate::session) fn is_unused(&self) -> bool {
        self.held.are_unused()
    }

    pub(in crate::session) fn save_reassembly(
        &self,
        now: Instant,
    ) -> Result<pdu::Saved<u64>, pdu::EncodeError> {
        self.reassembler.save(now.since_epoch())
    }

    /// The parts that wait for the rest of their message, as the modem gave them.
    pub(in crate::session) fn pending(&self) -> impl Iterator<Item = (u64, &str)> {
        let held = self.pending.iter().filter_map(|key| self.held.get(*key));
        held.map(|held| (held.key, held.pdu.as_str()))
    }

    /// What the application was given and has not acknowledged, and the modem has not got any more, or not for long.
    pub(in crate::session) fn handed_out(&self) -> impl Iterator<Item = (u64, &str)> {
        let held = self.out.iter().filter_map(|key| self.held.get(*key));
        held.filter(|held| {
            let deletable = held.slots.is_empty() || self.acknowledged.contains(&held.key);
            deletable && !self.pending.contains(&held.key)
        })
        .map(|held| (held.key, held.pdu.as_str()))
    }

    /// Takes back parts that were saved `since` that long ago, and what was handed out. Where the modem has them it will be
    /// found out.
    pub(in crate::session) fn restore(
        &mut self,
        reassembly: pdu::Saved<u64>,
        parts: Vec<(u64, String)>,
        handed_out: Vec<(u64, String)>,
        since: Duration,
        now: Instant,
    ) -> Result<Vec<Arrival>, pdu::RestoreError> {
        // The ages have grown since. A clock that has just begun does not go back so far: there the parts wait longer.
        let earlier = now.since_epoch().saturating_sub(since);
        let complete = self.reassembler.restore(earlier, reassembly)?;
        for (key, pdu) in parts {
            self.pending.insert(key);
            self.take_back(key, &pdu);
        }
        let mut arrivals: Vec<Arrival> =
            complete.iter().map(|message| Arrival::Message(self.received(message), None)).collect();
        for (key, pdu) in handed_out {
            self.take_back(key, &pdu);
            // The application may have had it before the end.
            self.repeated.insert(key);
            match self.read(key, now) {
                // The part is safe in what was saved.
                Arrival::Part(_) => drop(self.out.remove(&key)),
                Arrival::Message(message, Some(_)) => {
                    self.out.remove(&key);
                    arrivals.push(Arrival::Message(message, None));
                }
                arrival => arrivals.push(arrival),
            }
        }
        Ok(arrivals)
    }

    fn take_back(&mut self, key: u64, pdu: &str) {
        if self.deliver_parts {
            // It is safe in what was saved: where the modem still has it, it is deleted.
            self.acknowledged.insert(key);
        }
        let slots = Vec::new();
        let pdu = PduLine::new(pdu.as_bytes());
        self.held.put(Held { key, slots, pdu });
    }
}
