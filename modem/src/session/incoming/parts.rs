//! The known parts of a session, by key and by content.

use alloc::vec::Vec;

use pdu::collections::{Map, Set};

use crate::message::{Held, PduLine, Slot, digest};

/// All parts that are in the modem, in the reassembler, or unacknowledged by the application.
#[derive(Debug, Default)]
pub(super) struct Parts {
    by_key: Map<u64, Held>,
    /// The digest of each part with its key, since equal parts are looked up at every reading.
    by_content: Set<(u64, u64)>,
    issued: u64,
}

impl Parts {
    /// Returns `true` if there never was a part.
    pub(super) fn are_unused(&self) -> bool {
        self.issued == 0
    }

    /// Adds a part found in these slots, under a new key.
    pub(super) fn hold(&mut self, slots: Vec<Slot>, pdu: PduLine) -> u64 {
        let key = self.issued.wrapping_add(1);
        self.put(Held { key, slots, pdu });
        key
    }

    /// Adds a part under its own key, such as one of an earlier session.
    pub(super) fn put(&mut self, held: Held) {
        self.issued = self.issued.max(held.key);
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

    /// The slots of a part.
    pub(super) fn slots(&mut self, key: u64) -> Option<&mut Vec<Slot>> {
        self.by_key.get_mut(&key).map(|held| &mut held.slots)
    }

    /// The parts with the same TPDU, whatever their service centre.
    pub(super) fn same(&self, pdu: &PduLine) -> impl Iterator<Item = &Held> {
        let digest = digest(pdu);
        let alike = self.by_content.range((digest, 0)..=(digest, u64::MAX));
        alike
            .filter_map(|(_, key)| self.by_key.get(key))
            .filter(move |held| held.pdu.tpdu() == pdu.tpdu())
    }
}
