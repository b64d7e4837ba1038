//! Acknowledged messages whose deletion has failed, and the growing delays before another attempt.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::sms::Memory;
use pdu::collections::{Deque, Map};

use crate::message::Slot;
use crate::procedures::ReleaseSlot;
use crate::retry::Delay;

/// The slots that could not be deleted.
///
/// After a delay one slot of a memory is tried, the one that has waited longest. The others follow
/// at once if that works, and wait for another delay if it does not: a memory that deletes nothing
/// is asked a few times an hour, however many slots it has.
#[derive(Debug, Default)]
pub(super) struct Undeleted {
    slots: Deque<ReleaseSlot>,
    delays: Map<Memory, Delay>,
}

impl Undeleted {
    /// Notes that a slot could not be deleted, and returns the time until the next attempt.
    pub(super) fn failed(&mut self, release: ReleaseSlot, now: Instant) -> Duration {
        let slot = release.slot();
        self.slots.retain(|other| other.slot() != slot);
        self.slots.push_back(release);
        self.delays.entry(slot.memory).or_default().failed(now)
    }

    /// Notes that a slot does not have to be deleted any more.
    pub(super) fn forget(&mut self, slot: Slot, now: Instant) {
        let before = self.slots.len();
        self.slots.retain(|other| other.slot() != slot);
        if self.slots.len() == before {
            return;
        }
        self.delays.remove(&slot.memory);
        if self.slots.iter().any(|other| other.slot().memory == slot.memory) {
            self.delays.insert(slot.memory, Delay::due(now));
        }
    }

    /// Returns `true` if the slot could not be deleted.
    pub(super) fn contains(&self, slot: &Slot) -> bool {
        self.slots.iter().any(|other| other.slot() == *slot)
    }

    /// The next slot of each memory whose delay is over.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<ReleaseSlot> {
        let slots = &self.slots;
        let due = self.delays.iter_mut().filter_map(|(memory, delay)| {
            let is_due = delay.take_due(now);
            slots.iter().find(|release| is_due && release.slot().memory == *memory)
        });
        due.cloned().collect()
    }

    /// The next time at which a delay is over.
    pub(super) fn next_attempt(&self) -> Option<Instant> {
        self.delays.values().filter_map(Delay::until).min()
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.delays.clear();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::time::Duration;

    use at_proto::Instant;
    use at_proto::sms::Memory;

    use super::Undeleted;
    use crate::message::{PduLine, Slot};
    use crate::procedures::ReleaseSlot;

    fn release(slot: Slot) -> ReleaseSlot {
        ReleaseSlot::new(slot, PduLine::new(b"00"))
    }

    #[test]
    fn one_slot_of_a_memory_is_tried_after_each_delay_and_the_others_follow_a_success() {
        let mut undeleted = Undeleted::default();
        let mut now = Instant::ZERO;
        let slots = [1, 2, 3].map(|index| Slot::new(Memory::SIM, index));
        for slot in slots {
            undeleted.failed(release(slot), now);
        }
        assert_eq!(undeleted.next_attempt(), Some(now + Duration::from_secs(5)));
        now = now + Duration::from_secs(5);
        let due = undeleted.take_due(now);
        assert_eq!(due.iter().map(ReleaseSlot::slot).collect::<Vec<_>>(), [slots[0]]);
        assert_eq!(undeleted.failed(release(slots[0]), now).as_secs(), 10);
        assert!(undeleted.take_due(now).is_empty());
        now = now + Duration::from_secs(10);
        assert_eq!(undeleted.take_due(now)[0].slot(), slots[1]);
        undeleted.forget(slots[1], now);
        assert_eq!(undeleted.take_due(now)[0].slot(), slots[2]);
        undeleted.forget(slots[2], now);
        assert_eq!(undeleted.take_due(now)[0].slot(), slots[0]);
        assert_eq!(undeleted.failed(release(slots[0]), now).as_secs(), 5);
        undeleted.forget(slots[0], now);
        assert_eq!(undeleted.next_attempt(), None);
    }
}
