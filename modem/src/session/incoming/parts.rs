//! The parts that a session knows of, by number and by content.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::message::{Held, PduLine, Slot};

/// All parts that the modem or the reassembler still has, or the application has and has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Parts {
    by_key: BTreeMap<u64, Held>,
    /// The digest of each part with its key, since equal ones are looked for whenever something is read.
    by_content: BTreeSet<(u64, u64)>,
    given: u64,
}

impl Parts {
    /// Whether there never was any.
    #[cfg(feature = "serde")]
    pub(super) fn are_unused(&self) -> bool {
        self.given == 0
    }

    /// A part that is found in these places, under a key that no other had.
    pub(super) fn hold(&mut self, slots: Vec<Slot>, pdu: PduLine) -> u64 {
        let key = self.given + 1;
        self.put(Held { key, slots, pdu });
        key
    }

    /// A part under the key that it has, or had in an earlier session.
    pub(super) fn put(&mut self, held: Held) {
        self.given = self.given.max(held.key);
        self.by_content.insert((digest(&held.pdu), held.key));
        self.by_key.insert(held.key, held);
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Held> {
        let held = self.by_key.remove(&key)?;
        self.by_content.remove(&(digest(&held.pdu), key));
        Some(held)
    }

    pub(super) fn get(&self, key: u64) -> Option<&Held> {
        self.by_key.get(&key)
    }

    /// The places of a part.
    pub(super) fn slots(&mut self, key: u64) -> Option<&mut Vec<Slot>> {
        self.by_key.get_mut(&key).map(|held| &mut held.slots)
    }

    /// The parts with the same TPDU, whatever the service centre that it is said to come from.
    pub(super) fn same(&self, pdu: &PduLine) -> impl Iterator<Item = &Held> {
        let digest = digest(pdu);
        let alike = self.by_content.range((digest, 0)..=(digest, u64::MAX));
        alike
            .filter_map(|(_, key)| self.by_key.get(key))
            .filter(move |held| tpdu(&held.pdu) == tpdu(pdu))
    }
}

/// A number for the TPDU of a PDU (FNV-1a), which two may have by chance.
pub(super) fn digest(pdu: &PduLine) -> u64 {
    tpdu(pdu).iter().fold(0xCBF2_9CE4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x100_0000_01B3)
    })
}

/// What stands behind the service centre; of what is no PDU all of it.
fn tpdu(pdu: &PduLine) -> &[u8] {
    let pdu = pdu.as_bytes();
    let centre = pdu
        .get(..2)
        .and_then(|length| core::str::from_utf8(length).ok())
        .and_then(|length| usize::from_str_radix(length, 16).ok());
    centre.and_then(|length| pdu.get(2 + 2 * length..)).unwrap_or(pdu)
}
