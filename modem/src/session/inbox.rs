//! Messages on their way in: what the modem holds, what has been handed out, and what may be deleted.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::sms::Memory;
use pdu::{
    Address, Class, DecodeError, Deliver, Envelope, Incoming, Limits, Message, Outcome, Ports, Reassembler,
    StatusReport, Timestamp,
};

use super::outbox::MessageId;
use crate::procedures::ReleaseSlot;

/// One place in a memory of the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Slot {
    /// The memory, such as `SM`.
    pub memory: Memory,
    /// The place in it. Most modems count from 1, some from 0.
    pub index: u16,
}

impl Slot {
    /// The place `index` of `memory`.
    pub const fn new(memory: Memory, index: u16) -> Self {
        Self { memory, index }
    }
}

/// What stands for the stored parts of something that was received.
///
/// Given to [`Session::acknowledge`](crate::Session::acknowledge) it has them deleted from the modem. It holds the octets of each
/// part, and a place is read again before it is erased: what has come into it meanwhile stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt {
    pub(crate) parts: Vec<Held>,
}

impl Receipt {
    /// The places that the parts are stored in; none for what was delivered without being stored.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.parts.iter().flat_map(|part| &part.slots)
    }

    /// The parts as the modem gave them, in order: service centre address and TPDU in upper-case hexadecimal digits.
    pub fn pdus(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.pdu.as_str())
    }
}

/// One part, and the places where the modem has it. Some modems show one place in two memories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) key: u64,
    pub(crate) slots: Vec<Slot>,
    pub(crate) pdu: String,
}

/// A message that was received, whole as far as its parts have come.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// Who sent it.
    pub sender: Address,
    /// The text; `None` for 8-bit data.
    pub text: Option<String>,
    /// The octets of 8-bit data, without header.
    pub data: Option<Vec<u8>>,
    /// When the service centre took it (TP-SCTS), on its clock; that of the first part that came.
    pub timestamp: Timestamp,
    /// The message class.
    pub class: Option<Class>,
    /// The applications that it is for and from, where it names them.
    pub ports: Option<Ports>,
    /// The service centre of the first part.
    pub smsc: Option<Address>,
    /// The numbers of the parts that have not come in time, counted from 1; none of a whole message.
    pub missing: Vec<u8>,
    /// Whether it may be one that was handed over before: its place has read otherwise without a deletion in between, as after
    /// a byte that was damaged on its way, or an equal one is in the same memory.
    pub possible_duplicate: bool,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes once the message is safe.
    pub receipt: Receipt,
}

/// A status report that was received.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReceivedReport {
    /// The report.
    pub report: StatusReport,
    /// The message of this session that it is about, and which part, the first being 0.
    pub about: Option<(MessageId, usize)>,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes once the report is safe.
    pub receipt: Receipt,
}

/// Something that was received and cannot be read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Undecodable {
    /// Why it cannot be read; `None` if it can, but is nothing that a network sends to be stored.
    pub error: Option<DecodeError>,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes to have it deleted.
    pub receipt: Receipt,
}

/// What the reassembler keeps with a part.
#[derive(Debug, Clone, Copy)]
struct Tag {
    key: u64,
    smsc: Option<Address>,
}

/// What came of a part.
#[derive(Debug)]
pub(super) enum Arrival {
    Message(Received),
    Report(StatusReport, Receipt),
    Undecodable(Undecodable),
    /// Acknowledged already, and still there.
    Acknowledged(ReleaseSlot),
    /// Known already, or not complete yet.
    Nothing,
}

/// What a session receives.
#[derive(Debug)]
pub(super) struct Inbox {
    reassembler: Reassembler<Tag>,
    /// All parts that are not known to be deleted.
    held: BTreeMap<u64, Held>,
    /// Where the modem has which part.
    places: BTreeMap<Slot, u64>,
    /// The parts that the application has and has not acknowledged.
    out: BTreeSet<u64>,
    given: u64,
    /// The parts that the application has acknowledged, until they are known to be deleted.
    acknowledged: BTreeSet<u64>,
    /// Places that read otherwise than before, without a deletion in between.
    doubtful: BTreeSet<Slot>,
    /// The parts that came from such places.
    repeated: BTreeSet<u64>,
}

impl Inbox {
    pub(super) fn new(incomplete_after: Duration) -> Self {
        Self {
            reassembler: Reassembler::new(Limits {
                age: incomplete_after,
                ..Limits::default()
            }),
            held: BTreeMap::new(),
            places: BTreeMap::new(),
            out: BTreeSet::new(),
            given: 0,
            acknowledged: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            repeated: BTreeSet::new(),
        }
    }

    /// How many parts the application has and has not acknowledged.
    pub(super) fn unacknowledged(&self) -> usize {
        self.out.len()
    }

    /// Takes in what the modem has in `slot`.
    pub(super) fn stored(&mut self, slot: Slot, line: &[u8], now: Instant) -> Arrival {
        let pdu = normal(line);
        if let Some(key) = self.places.get(&slot) {
            if self.held.get(key).is_some_and(|held| held.pdu == pdu) {
                if self.acknowledged.contains(key) {
                    return Arrival::Acknowledged(ReleaseSlot::new(slot, pdu));
                }
                return Arrival::Nothing;
            }
            // Someone else has deleted what was there, or one of the two readings was damaged on its way.
            self.doubt(slot);
        }
        // The same octets in another memory are the same message, shown twice; in the same memory they are a second one.
        let mirror = self.held.values().find(|held| {
            held.pdu == pdu
                && !held.slots.is_empty()
                && held.slots.iter().all(|other| other.memory != slot.memory)
        });
        if let Some(key) = mirror.map(|held| held.key) {
            self.places.insert(slot, key);
            if let Some(held) = self.held.get_mut(&key) {
                held.slots.push(slot);
            }
            return Arrival::Nothing;
        }
        let is_second = self
            .held
            .values()
            .any(|held| held.pdu == pdu && !held.slots.is_empty());
        let key = self.hold(Vec::from([slot]), pdu);
        self.places.insert(slot, key);
        if self.doubtful.remove(&slot) || is_second {
            self.repeated.insert(key);
        }
        self.read(key, now)
    }

    /// Takes in what the modem handed over without storing it.
    pub(super) fn direct(&mut self, line: &[u8], now: Instant) -> Arrival {
        let key = self.hold(Vec::new(), normal(line));
        self.read(key, now)
    }

    fn hold(&mut self, slots: Vec<Slot>, pdu: String) -> u64 {
        self.given += 1;
        self.held.insert(
            self.given,
            Held {
                key: self.given,
                slots,
                pdu,
            },
        );
        self.given
    }

    fn read(&mut self, key: u64, now: Instant) -> Arrival {
        let Some(held) = self.held.get(&key) else {
            return Arrival::Nothing;
        };
        match Envelope::<Incoming>::from_hex(&held.pdu).map(|decoded| decoded.value) {
            Ok(Envelope {
                tpdu: Incoming::Deliver(deliver),
                smsc,
            }) => self.part(key, &deliver, smsc, now),
            Ok(Envelope {
                tpdu: Incoming::StatusReport(report),
                ..
            }) => Arrival::Report(report, self.hand_out(&[key])),
            // The answer to a message goes to the modem, not to the host.
            Ok(Envelope {
                tpdu: Incoming::SubmitReport(_),
                ..
            }) => self.undecodable(key, None),
            Err(error) => self.undecodable(key, Some(error)),
        }
    }

    fn undecodable(&mut self, key: u64, error: Option<DecodeError>) -> Arrival {
        Arrival::Undecodable(Undecodable {
            error,
            receipt: self.hand_out(&[key]),
        })
    }

    fn part(&mut self, key: u64, deliver: &Deliver, smsc: Option<Address>, now: Instant) -> Arrival {
        let tag = Tag { key, smsc };
        match self.reassembler.insert(on_clock(now), deliver, tag) {
            Outcome::Complete(message)
            | Outcome::Pending {
                displaced: Some(message),
                ..
            } => Arrival::Message(self.received(&message)),
            Outcome::Pending { .. } => Arrival::Nothing,
            Outcome::Duplicate { .. } => {
                self.merge_duplicate(key, deliver);
                Arrival::Nothing
            }
        }
    }

    /// A part that came twice is one part in several places.
    fn merge_duplicate(&mut self, key: u64, deliver: &Deliver) {
        let original = self
            .reassembler
            .parts()
            .find(|part| part.deliver == *deliver)
            .map(|part| part.tag.key);
        let (Some(original), Some(duplicate)) = (original, self.held.remove(&key)) else {
            return;
        };
        for slot in &duplicate.slots {
            self.places.insert(*slot, original);
        }
        if let Some(original) = self.held.get_mut(&original) {
            original.slots.extend(duplicate.slots);
        }
    }

    fn received(&mut self, message: &Message<Tag>) -> Received {
        let keys: Vec<u64> = message.tags().map(|tag| tag.key).collect();
        let text = message.text();
        Received {
            sender: message.sender(),
            data: text.is_none().then(|| message.data()),
            text,
            timestamp: message.timestamp(),
            class: message.dcs().class(),
            ports: message.ports(),
            smsc: message.tags().next().and_then(|tag| tag.smsc),
            missing: message.missing(),
            possible_duplicate: keys.iter().any(|key| self.repeated.remove(key)),
            receipt: self.hand_out(&keys),
        }
    }

    fn hand_out(&mut self, keys: &[u64]) -> Receipt {
        self.out.extend(keys);
        Receipt {
            parts: keys
                .iter()
                .filter_map(|key| self.held.get(key))
                .cloned()
                .collect(),
        }
    }

    /// The messages that have been incomplete for too long.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Arrival> {
        let expired = self.reassembler.expire(on_clock(now));
        expired
            .iter()
            .map(|message| Arrival::Message(self.received(message)))
            .collect()
    }

    /// When the next message will have been incomplete for too long.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let since_epoch = self.reassembler.next_expiry()?;
        Some(Instant::from_millis(0) + since_epoch)
    }

    /// The application has the parts of `receipt`: what is to be deleted from the modem.
    pub(super) fn acknowledge(&mut self, receipt: &Receipt) -> Vec<ReleaseSlot> {
        let mut releases = Vec::new();
        for part in &receipt.parts {
            // A receipt may come from an earlier session, which counted its parts on its own.
            let held = self.held.get(&part.key).filter(|held| held.pdu == part.pdu);
            // Places that were found after the receipt was given out are released with it.
            let slots = held.map_or(&part.slots, |held| &held.slots);
            releases.extend(slots.iter().map(|slot| ReleaseSlot::new(*slot, part.pdu.clone())));
            if held.is_some() {
                self.out.remove(&part.key);
                if slots.is_empty() {
                    self.held.remove(&part.key);
                } else {
                    self.acknowledged.insert(part.key);
                }
            }
        }
        releases
    }

    /// `slot` reads otherwise than before, without a deletion in between.
    pub(super) fn doubt(&mut self, slot: Slot) {
        self.vacate(&slot);
        self.doubtful.insert(slot);
    }

    /// Nothing that was handed out is in `slot` any more.
    pub(super) fn vacate(&mut self, slot: &Slot) {
        let Some(key) = self.places.remove(slot) else {
            return;
        };
        if let Some(held) = self.held.get_mut(&key) {
            held.slots.retain(|other| other != slot);
            if held.slots.is_empty() && !self.out.contains(&key) {
                self.acknowledged.remove(&key);
                self.repeated.remove(&key);
                self.held.remove(&key);
            }
        }
    }
}

/// The reassembler counts from the epoch of the session's clock.
fn on_clock(now: Instant) -> Duration {
    now.saturating_duration_since(Instant::from_millis(0))
}

/// The hexadecimal digits of a PDU in one form, so that two readings of it are equal; other lines as text.
pub(crate) fn normal(line: &[u8]) -> String {
    String::from_utf8_lossy(line.trim_ascii()).to_ascii_uppercase()
}
