//! The message storage: 3GPP TS 27.005, 3.2.2.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::profile::{Memory, Profile};

/// The status of a stored message, 3GPP TS 27.005, 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Unread,
    Read,
    Unsent,
    Sent,
}

impl Status {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Read => 1,
            Self::Unsent => 2,
            Self::Sent => 3,
        }
    }

    /// The status of a number; `None` for 4, which means all.
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        [Self::Unread, Self::Read, Self::Unsent, Self::Sent]
            .into_iter()
            .find(|status| status.number() == number)
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Unread => "REC UNREAD",
            Self::Read => "REC READ",
            Self::Unsent => "STO UNSENT",
            Self::Sent => "STO SENT",
        }
    }
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) status: Status,
    /// The address of the service centre with its length, as in PDU mode; empty for a broadcast.
    pub(crate) smsc: Vec<u8>,
    pub(crate) tpdu: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Store {
    memories: BTreeMap<Memory, Vec<Option<Slot>>>,
    /// The memories selected by `+CPMS`: to read and delete, to write and send, for new messages.
    selected: [Memory; 3],
    first_index: u16,
    mirrored: bool,
    /// The slots of the card that is not inserted, once there was one.
    other_card: Option<Vec<Option<Slot>>>,
}

impl Store {
    pub(crate) fn new(profile: &Profile) -> Self {
        let memories = profile
            .memories
            .iter()
            .map(|&(memory, slots)| (memory, vec![None; usize::from(slots)]));
        Self {
            memories: memories.collect(),
            selected: profile.memories_selected,
            first_index: profile.first_index,
            mirrored: profile.mirrored,
            other_card: None,
        }
    }

    /// Restores the selection of the profile.
    pub(crate) fn reset(&mut self, profile: &Profile) {
        self.selected = profile.memories_selected;
    }

    /// The memory to read from and to delete from.
    pub(crate) fn for_reading(&self) -> Memory {
        self.selected[0]
    }

    /// The memory to write to and to send from.
    pub(crate) fn for_writing(&self) -> Memory {
        self.selected[1]
    }

    /// The memory for new messages.
    pub(crate) fn for_receiving(&self) -> Memory {
        self.selected[2]
    }

    pub(crate) fn select(&mut self, selected: [Memory; 3]) {
        self.selected = selected;
    }

    /// Selects another memory than now, for all purposes.
    pub(crate) fn select_others(&mut self) {
        let other = if self.selected[0] == Memory::Me { Memory::Sm } else { Memory::Me };
        if self.has(other) {
            self.selected = [other; 3];
        }
    }

    /// Exchanges the slots on the card for those of the other card. Returns `true` if the other
    /// card is new.
    pub(crate) fn swap_card(&mut self) -> bool {
        let is_new = self.other_card.is_none();
        if let Some(slots) = self.memories.get_mut(&Memory::Sm) {
            let other = self.other_card.get_or_insert_with(|| vec![None; slots.len()]);
            core::mem::swap(slots, other);
        }
        is_new
    }

    pub(crate) fn selected(&self) -> [Memory; 3] {
        self.selected
    }

    /// Returns `true` if there is room for a new message.
    pub(crate) fn has_room(&self) -> bool {
        let memory = self.for_receiving();
        self.used(memory) < self.total(memory)
    }

    pub(crate) fn resize(&mut self, memory: Memory, slots: u16) {
        self.memories.entry(memory).or_default().resize(usize::from(slots), None);
    }

    pub(crate) fn has(&self, memory: Memory) -> bool {
        self.parts(memory).iter().any(|part| self.memories.contains_key(part))
    }

    pub(crate) fn total(&self, memory: Memory) -> usize {
        self.slots(memory).count()
    }

    pub(crate) fn used(&self, memory: Memory) -> usize {
        self.slots(memory).flatten().count()
    }

    /// Stores a message in the first free slot; returns its memory and index, or `None` if the
    /// memory is full.
    pub(crate) fn insert(&mut self, memory: Memory, slot: Slot) -> Option<(Memory, u16)> {
        let free = self.slots(memory).position(Option::is_none)?;
        let index = u16::try_from(free).ok()?.checked_add(self.first_index)?;
        let (part, at) = self.locate(memory, index)?;
        *self.memories.get_mut(&part)?.get_mut(at)? = Some(slot);
        let index = u16::try_from(at).ok()?.checked_add(self.first_index)?;
        Some((part, index))
    }

    /// Returns `true` if the slot exists, empty or not.
    pub(crate) fn contains(&self, memory: Memory, index: u16) -> bool {
        self.locate(memory, index).is_some()
    }

    pub(crate) fn get(&self, memory: Memory, index: u16) -> Option<&Slot> {
        let (part, at) = self.locate(memory, index)?;
        self.memories.get(&part)?.get(at)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, memory: Memory, index: u16) -> Option<&mut Slot> {
        let (part, at) = self.locate(memory, index)?;
        self.memories.get_mut(&part)?.get_mut(at)?.as_mut()
    }

    pub(crate) fn remove(&mut self, memory: Memory, index: u16) -> Option<Slot> {
        let (part, at) = self.locate(memory, index)?;
        self.memories.get_mut(&part)?.get_mut(at)?.take()
    }

    /// The TPDUs in all memories.
    pub(crate) fn tpdus(&self) -> Vec<Vec<u8>> {
        self.memories.values().flatten().flatten().map(|slot| slot.tpdu.clone()).collect()
    }

    /// The indices of the occupied slots.
    pub(crate) fn indices(&self, memory: Memory) -> Vec<u16> {
        let numbered = (self.first_index..).zip(self.slots(memory));
        numbered.filter_map(|(index, slot)| slot.as_ref().map(|_| index)).collect()
    }

    fn slots(&self, memory: Memory) -> impl Iterator<Item = &Option<Slot>> {
        self.parts(memory)
            .iter()
            .filter_map(|part| self.memories.get(&self.physical(*part)))
            .flatten()
    }

    fn locate(&self, memory: Memory, index: u16) -> Option<(Memory, usize)> {
        let mut at = usize::from(index.checked_sub(self.first_index)?);
        for &part in self.parts(memory) {
            let part = self.physical(part);
            let slots = self.memories.get(&part).map_or(0, Vec::len);
            match at.checked_sub(slots) {
                None => return Some((part, at)),
                Some(rest) => at = rest,
            }
        }
        None
    }

    fn parts(&self, memory: Memory) -> &'static [Memory] {
        match memory {
            Memory::Sm => &[Memory::Sm],
            Memory::Me => &[Memory::Me],
            Memory::Mt => &[Memory::Sm, Memory::Me],
            Memory::Sr => &[Memory::Sr],
            Memory::Bm => &[Memory::Bm],
        }
    }

    /// The memory that physically holds the slots: a mirror has none of its own.
    fn physical(&self, memory: Memory) -> Memory {
        if self.mirrored && memory == Memory::Me { Memory::Sm } else { memory }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(octet: u8) -> Slot {
        Slot { status: Status::Unread, smsc: vec![0], tpdu: vec![octet] }
    }

    #[test]
    fn the_first_free_slot_is_taken_until_there_is_none() {
        let mut profile = Profile::GENERIC;
        profile.memories = &[(Memory::Sm, 2), (Memory::Me, 1)];
        let mut store = Store::new(&profile);
        assert_eq!(store.insert(Memory::Mt, slot(1)), Some((Memory::Sm, 1)));
        assert_eq!(store.insert(Memory::Mt, slot(2)), Some((Memory::Sm, 2)));
        assert_eq!(store.insert(Memory::Mt, slot(3)), Some((Memory::Me, 1)));
        assert_eq!(store.insert(Memory::Mt, slot(4)), None);
        assert_eq!(store.get(Memory::Mt, 3).map(|slot| slot.tpdu[0]), Some(3));
        assert_eq!((store.used(Memory::Mt), store.total(Memory::Sm)), (3, 2));
        assert!(store.remove(Memory::Sm, 1).is_some());
        assert_eq!(store.indices(Memory::Mt), [2, 3]);
        assert_eq!(store.insert(Memory::Sm, slot(5)), Some((Memory::Sm, 1)));
    }

    #[test]
    fn a_mirror_shows_each_message_twice() {
        let mut store = Store::new(&Profile::NEOWAY_M590);
        store.insert(Memory::Sm, slot(1));
        assert_eq!(store.get(Memory::Me, 1), store.get(Memory::Sm, 1));
        assert_eq!(store.indices(Memory::Mt), [1, 21]);
        store.remove(Memory::Me, 1);
        assert_eq!(store.used(Memory::Sm), 0);
    }

    #[test]
    fn a_slot_outside_of_the_store_does_not_exist() {
        let mut store = Store::new(&Profile::GENERIC);
        assert!(
            !store.contains(Memory::Sm, 0)
                && !store.contains(Memory::Sm, 21)
                && store.contains(Memory::Sm, 20)
        );
        assert_eq!(store.remove(Memory::Sm, 9999), None);
        assert!(!Store::new(&Profile::NOKIA_S60).has(Memory::Mt));
    }
}
