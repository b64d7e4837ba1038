//! Received messages: read from the modem's memories, delivered and deleted, and the handling of
//! full memories.

#[cfg(feature = "broadcasts")]
mod broadcasts;
mod inbox;
mod parts;
#[cfg(feature = "broadcasts")]
mod place;
#[cfg(feature = "erase")]
mod room;
mod undeleted;

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::sms::{Memory, StorageUse};

pub(super) use self::inbox::{Arrival, Inbox};
use super::desk::Desk;
use super::job::Job;
use crate::config::{Config, Receive};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::message::{PduLine, Slot, Stored};
use crate::procedures::{ReadSlot, Release, ReleaseSlot, Sweep, Swept, current_memory};
use crate::retry::Delay;

/// The received messages, and the known content of the modem's memories.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) inbox: Inbox,
    #[cfg(feature = "broadcasts")]
    pub(super) broadcasts: broadcasts::Received,
    next_poll: Option<Instant>,
    /// The number of such sweeps in a row that have found nothing.
    idle_polls: u32,
    /// Messages were left in the modem, to be read later.
    sweep_later: bool,
    /// The next sweep is the first one over the link.
    pub(super) is_first_sweep: bool,
    /// The full memory was reported to the application.
    full: bool,
    /// The delay before the next sweep for announced messages that were not in their slots; `None`
    /// if there are none.
    missing: Option<Delay>,
    /// The use of the memory for received messages: as last read, with the arrivals since.
    usage: Option<StorageUse>,
    /// The slots of a full memory that could not be erased.
    #[cfg(feature = "erase")]
    unerasable: Vec<Slot>,
}

impl Incoming {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            inbox: Inbox::new(
                config.incomplete_after,
                config.deliver_parts,
                config.confirm.records(),
            ),
            #[cfg(feature = "broadcasts")]
            broadcasts: broadcasts::Received::new(config.broadcast_age),
            next_poll: None,
            idle_polls: 0,
            sweep_later: false,
            is_first_sweep: true,
            full: false,
            missing: None,
            usage: None,
            #[cfg(feature = "erase")]
            unerasable: Vec::new(),
        }
    }

    /// Sets the next sweep of the memories, due after `interval`.
    pub(super) fn poll_again(&mut self, interval: Option<Duration>, now: Instant) {
        self.next_poll = interval.map(|interval| now + interval);
    }

    /// Sets the next sweep as after one that has found something.
    pub(super) fn poll_soon(&mut self, interval: Option<Duration>, now: Instant) {
        self.idle_polls = 0;
        let soon = interval.map(|interval| now + interval);
        self.next_poll = self.next_poll.into_iter().chain(soon).min();
    }

    /// Counts a sweep that is due, and returns the number of those in a row that have found
    /// nothing, with this one.
    pub(super) fn polled(&mut self) -> u32 {
        self.idle_polls = self.idle_polls.saturating_add(1);
        self.idle_polls
    }

    pub(super) fn poll_is_due(&self, now: Instant) -> bool {
        self.next_poll.is_some_and(|poll| poll <= now)
    }

    /// The next time at which a message expires, an acknowledgement is overdue, a deletion is tried
    /// again, or a sweep is due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let missing = self.missing.as_ref().and_then(Delay::until);
        self.inbox.next_expiry().into_iter().chain(self.next_poll).chain(missing).min()
    }

    /// Delivers the messages that have been incomplete for too long.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Arrival> {
        self.inbox.expire(now)
    }

    /// The number of direct deliveries whose acknowledgement cannot wait any longer for the
    /// application.
    pub(super) fn overdue(&mut self, now: Instant) -> usize {
        self.inbox.overdue(now)
    }

    /// Forgets the next sweep and the pending acknowledgements of a link that has ended.
    pub(super) fn closed(&mut self) {
        (self.next_poll, self.idle_polls) = (None, 0);
        self.missing = None;
        self.usage = None;
        self.is_first_sweep = true;
        self.inbox.closed();
    }

    /// Takes in a direct delivery; see [`Inbox::direct`].
    pub(super) fn direct(
        &mut self,
        pdu: PduLine,
        wait: Option<Duration>,
        now: Instant,
    ) -> (Arrival, bool) {
        self.inbox.direct(pdu, wait, now)
    }

    /// Reads a slot, now or later.
    pub(super) fn read(&mut self, slot: Slot, desk: &mut Desk) {
        if !self.has_room(&desk.config) {
            self.sweep_later = true;
        } else if !desk.queue.inbound(Job::Read(ReadSlot::new(slot))) {
            // One sweep finds the messages of so many announcements.
            self.sweep(desk);
        }
    }

    /// Queues one sweep of all memories, however often it is requested meanwhile.
    pub(super) fn sweep(&self, desk: &mut Desk) {
        queue_sweep(Sweep::own(), desk);
    }

    /// Queues a sweep of some memories.
    pub(super) fn sweep_memories(memories: Vec<Memory>, desk: &mut Desk) {
        if !memories.is_empty() {
            queue_sweep(Sweep::of(memories), desk);
        }
    }

    /// Sweeps for an announced message that was not in its slot: at once, and after growing delays
    /// if that happens again. Returns the delay.
    pub(super) fn sweep_for_missing(&mut self, desk: &mut Desk, now: Instant) -> Duration {
        if let Some(delay) = &mut self.missing {
            return delay.failed(now);
        }
        self.missing = Some(Delay::default());
        self.sweep(desk);
        Duration::ZERO
    }

    /// Runs what waited for the end of a delay.
    pub(super) fn retry(&mut self, desk: &mut Desk, now: Instant) {
        if self.missing.as_mut().is_some_and(|delay| delay.take_due(now)) {
            self.sweep(desk);
        }
        for release in self.inbox.due_deletions(now) {
            desk.queue.release(Job::Release(release));
        }
    }

    /// Counts an announced message.
    pub(super) fn count_arrival(&mut self, memory: Option<Memory>, desk: &mut Desk) {
        if let Some(usage) = &mut self.usage {
            if memory.is_none() || usage.memory.is_none() || usage.memory == memory {
                usage.used = usage.used.saturating_add(1);
                self.sweep_if_full(desk);
            }
        }
    }

    /// Sweeps when the last free slot is taken, if the session can make room: a full memory
    /// receives nothing that is announced.
    pub(super) fn sweep_if_full(&mut self, desk: &mut Desk) {
        let full = self.usage.is_some_and(|usage| usage.used >= usage.total);
        let erases = desk.config.when_full.erases();
        if full && (erases || self.inbox.is_clogged()) {
            self.sweep(desk);
        }
    }

    /// Handles the end of the deletion of a slot. Returns the delay before the next attempt if it
    /// failed.
    pub(super) fn release_ended(
        &mut self,
        release: ReleaseSlot,
        result: &Result<Release, Error>,
        desk: &mut Desk,
        now: Instant,
    ) -> Option<Duration> {
        let delay = match result {
            Ok(released) => {
                self.inbox.undeleted.forget(release.slot(), now);
                self.released(*released, desk);
                None
            }
            // The next link begins with a sweep.
            Err(error) if *error.kind() == ErrorKind::Closed => None,
            Err(_) => Some(self.inbox.undeleted.failed(release, now)),
        };
        self.sweep_if_there_is_room(desk);
        delay
    }

    fn released(&mut self, release: Release, desk: &mut Desk) {
        match release {
            Release::Deleted(slot) => {
                self.inbox.deleted(slot);
                self.full = false;
                if let Some(usage) = &mut self.usage {
                    if usage.memory.is_none_or(|memory| memory == slot.memory) {
                        usage.used = usage.used.saturating_sub(1);
                    }
                }
                desk.emit(Event::Released(slot));
            }
            Release::Empty(slot) => {
                self.inbox.note_mismatch(slot);
                desk.emit(Event::Released(slot));
            }
            Release::Changed(slot) => {
                self.inbox.note_mismatch(slot);
                self.read(slot, desk);
            }
        }
    }

    /// Sweeps for the messages left in the modem, once the application can take more.
    pub(super) fn sweep_if_there_is_room(&mut self, desk: &mut Desk) {
        if self.sweep_later && self.has_room(&desk.config) {
            self.sweep_later = false;
            self.sweep(desk);
        }
    }

    /// Returns `true` if the application can take more messages.
    pub(super) fn has_room(&self, config: &Config) -> bool {
        config.receive == Receive::Kept || self.inbox.unacknowledged() < config.max_unacknowledged
    }

    /// Reports a full memory, once.
    pub(super) fn storage_is_full(&mut self, usage: Option<StorageUse>, desk: &mut Desk) {
        if !self.full {
            self.full = true;
            desk.emit(Event::StorageFull(usage));
        }
    }

    /// Reports a full memory for received messages, and makes room if the configuration allows it.
    pub(super) fn handle_usage(
        &mut self,
        swept: Swept,
        receiving: Option<Memory>,
        desk: &mut Desk,
    ) -> Arrival {
        let uses = || swept.uses.iter().filter(|usage| is_concerned(usage, receiving));
        let usage = uses().next().copied();
        let full =
            usage.is_some() && uses().all(|usage| usage.total > 0 && usage.used >= usage.total);
        // A memory with room for one message triggers the next sweep when that message comes.
        if usage.is_some() {
            self.usage = usage.filter(|usage| usage.total > 0);
        }
        if !full {
            #[cfg(feature = "erase")]
            if usage.is_some() {
                self.unerasable.clear();
            }
            // A modem that does not report the use of its memory has reported a full one in another
            // way.
            self.full &= usage.is_none();
            return Arrival::Nothing;
        }
        self.storage_is_full(usage, desk);
        if let Some(arrival) = self.inbox.make_room() {
            return arrival;
        }
        #[cfg(feature = "erase")]
        self.erase_oldest(swept, receiving, desk);
        Arrival::Nothing
    }

    /// Takes in the content of a slot, now or later.
    pub(super) fn found(&mut self, stored: &Stored, config: &Config, now: Instant) -> Arrival {
        if stored.is_outgoing() {
            return Arrival::Nothing;
        }
        if self.has_room(config) {
            let arrival = self.inbox.stored(stored, now);
            if !matches!(arrival, Arrival::Nothing | Arrival::Acknowledged(_)) {
                self.missing = None;
            }
            return arrival;
        }
        self.sweep_later = true;
        Arrival::Nothing
    }

    /// Forgets the slots of the memory without a name, once a memory with a name is selected.
    pub(super) fn memories_are_named(&mut self) {
        self.inbox.forget_memory(current_memory());
    }
}

/// Returns `true` for the use of a memory for received messages.
fn is_concerned(usage: &StorageUse, receiving: Option<Memory>) -> bool {
    match receiving {
        Some(memory) if memory != Memory::BOTH => usage.memory == Some(memory),
        _ => usage.memory != Some(Memory::STATUS_REPORTS),
    }
}

fn queue_sweep(sweep: Sweep, desk: &mut Desk) {
    if desk.config.receive != Receive::Off && !desk.link.is_closed() {
        desk.queue.sweep(sweep);
    }
}
