//! Deletions of messages that were not acknowledged: for the application, and for room in a full
//! memory.

use alloc::boxed::Box;
use alloc::vec::Vec;

use at_proto::sms::Memory;

use super::super::desk::Desk;
use super::super::job::{EraseFor, Job};
use super::super::tickets::erased;
use super::{Incoming, is_concerned};
use crate::error::Error;
use crate::event::Event;
use crate::message::{Slot, StoredContent, incoming};
use crate::procedures::{Erase, Erasure, Release, Swept};

impl Incoming {
    /// Deletes the oldest of the messages that were found in a full memory, if the configuration
    /// allows it.
    pub(super) fn erase_oldest(
        &mut self,
        swept: Swept,
        receiving: Option<Memory>,
        desk: &mut Desk,
    ) {
        let mut uses = swept.uses.iter().filter(|usage| is_concerned(usage, receiving));
        // Memories that are full by counts and by their listing alike.
        let agreed = uses.all(|usage| {
            let found =
                swept.found.iter().filter(|stored| Some(stored.slot.memory) == usage.memory);
            u32::try_from(found.count()) == Ok(usage.used)
        });
        if !desk.config.when_full.erases() || !agreed {
            return;
        }
        let mut received = incoming(swept.found);
        received.retain(|message| {
            matches!(message.content, StoredContent::Received(_))
                && !message.receipt().slots().any(|slot| self.cannot_erase(slot))
        });
        // Of several messages of one second, the one that was found first.
        let oldest = (0..received.len()).min_by_key(|index| {
            received.get(*index).map(|message| {
                let found = message.receipt().slots().filter_map(|slot| self.inbox.found(slot));
                (message.seconds(), found.min())
            })
        });
        if let Some(mut oldest) = oldest.map(|index| received.swap_remove(index)) {
            self.inbox.secure_erased(oldest.receipt_mut());
            let slots = self.inbox.slots_of(oldest.receipt());
            desk.queue.make_room(Job::Erase(
                EraseFor::Room(oldest.into()),
                Box::new(Erase::slots(slots)),
            ));
        }
    }

    fn cannot_erase(&self, slot: &Slot) -> bool {
        self.unerasable.contains(slot) || self.inbox.undeleted.contains(slot)
    }

    /// Handles the end of a deletion for the application or for room.
    pub(in crate::session) fn erased(
        &mut self,
        purpose: EraseFor,
        result: Result<Erasure, Error>,
        desk: &mut Desk,
    ) {
        let (done, error) = match result {
            Ok(erasure) => (erasure.done, erasure.error),
            Err(error) => (Vec::new(), Some(error)),
        };
        for release in &done {
            self.released(*release, desk);
        }
        match (purpose, error) {
            (EraseFor::Application(id), None) => {
                let free: Vec<Slot> = done.into_iter().filter_map(Release::free).collect();
                desk.finish(id, Ok(erased(free)));
            }
            (EraseFor::Application(id), Some(error)) => desk.finish(id, Err(error)),
            (EraseFor::Room(message), None) => desk.emit(Event::Erased(message)),
            (EraseFor::Room(message), Some(error)) => {
                // The next sweep tries the message after it.
                self.unerasable.extend(message.receipt().slots());
                desk.emit(Event::Failed(error));
            }
        }
        self.sweep_if_there_is_room(desk);
    }
}
