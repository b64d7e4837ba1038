//! Received messages: read from the modem's memories, delivered and deleted, and the handling of
//! full memories.

mod inbox;
mod parts;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use at_proto::network::{Domain, RegistrationState};
use at_proto::sms::{Memory, StorageUse};
use pdu::{Broadcast, Broadcasts, CellBroadcast, DecodeError, Location};

pub(super) use self::inbox::{Arrival, Inbox};
use super::desk::Desk;
use super::job::{EraseFor, Job};
use super::tickets::erased;
use crate::config::{Config, Receive, WhenFull};
use crate::error::Error;
use crate::event::Event;
use crate::message::{Slot, Stored, StoredContent, merged};
use crate::procedures::{Erase, Erasure, ReadSlot, Release, Sweep, Swept};

/// The received messages, and the known content of the modem's memories.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) inbox: Inbox,
    broadcasts: Broadcasts,
    located_by: Option<Domain>,
    next_poll: Option<Instant>,
    /// Messages were left in the modem, to be read later.
    sweep_later: bool,
    /// The full memory was reported to the application.
    full: bool,
}

impl Incoming {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            inbox: Inbox::new(config.incomplete_after, config.deliver_parts),
            broadcasts: Broadcasts::default(),
            located_by: None,
            next_poll: None,
            sweep_later: false,
            full: false,
        }
    }

    /// Sets the next sweep of the memories, due after `interval`.
    pub(super) fn poll_again(&mut self, interval: Option<Duration>, now: Instant) {
        self.next_poll = interval.map(|interval| now + interval);
    }

    pub(super) fn poll_is_due(&self, now: Instant) -> bool {
        self.next_poll.is_some_and(|poll| poll <= now)
    }

    /// The next time at which a message expires, an acknowledgement is overdue, or a sweep is due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.inbox.next_expiry().into_iter().chain(self.next_poll).min()
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
        self.next_poll = None;
        self.inbox.closed();
    }

    /// Takes in a direct delivery; see [`Inbox::direct`].
    pub(super) fn direct(
        &mut self,
        line: &[u8],
        wait: Option<Duration>,
        now: Instant,
    ) -> (Arrival, bool) {
        self.inbox.direct(line, wait, now)
    }

    /// Takes in a cell broadcast, or a page of one. Returns the broadcast if it is complete and
    /// new.
    pub(super) fn broadcast(
        &mut self,
        line: &[u8],
        now: Instant,
    ) -> Result<Option<Broadcast>, DecodeError> {
        let broadcast = CellBroadcast::from_hex(line)?;
        Ok(self.broadcasts.insert(now.since_epoch(), broadcast.value))
    }

    /// Notes the cell of the modem, in which some broadcasts are new. The first domain that reports
    /// its cell counts, since the numbers of the others may differ in the same place.
    pub(super) fn located(&mut self, domain: Domain, state: RegistrationState) {
        if state.cell.is_some() && *self.located_by.get_or_insert(domain) == domain {
            self.broadcasts.locate(Location::new(None, state.area, state.cell));
        }
    }

    /// Notes that messages were left in the modem, to be read later.
    pub(super) const fn sweep_later(&mut self) {
        self.sweep_later = true;
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
        if desk.config.receive != Receive::Off && !desk.link.is_closed() {
            desk.queue.sweep(Job::Sweep(Sweep::default()));
        }
    }

    /// Handles the end of the deletion of a slot.
    pub(super) fn release_ended(&mut self, result: &Result<Release, Error>, desk: &mut Desk) {
        match result {
            Ok(release) => self.released(*release, desk),
            Err(_) => self.sweep_later = true,
        }
        self.sweep_if_there_is_room(desk);
    }

    fn released(&mut self, release: Release, desk: &mut Desk) {
        match release {
            Release::Deleted(slot) => {
                self.inbox.vacate(&slot);
                self.full = false;
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

    /// Handles the end of a deletion for the application or for room.
    pub(super) fn erased(
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
            (EraseFor::Room(_), Some(error)) => desk.emit(Event::Failed(error)),
        }
        self.sweep_if_there_is_room(desk);
    }

    /// Sweeps for the messages left in the modem, once the application can take more.
    fn sweep_if_there_is_room(&mut self, desk: &mut Desk) {
        if self.sweep_later && self.has_room(&desk.config) {
            self.sweep_later = false;
            self.sweep(desk);
        }
    }

    /// Returns `true` if the application can take more messages.
    fn has_room(&self, config: &Config) -> bool {
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
        let concerned = |usage: &&StorageUse| match receiving {
            Some(memory) if memory != Memory::BOTH => usage.memory == Some(memory),
            _ => usage.memory != Some(Memory::STATUS_REPORTS),
        };
        let mut uses = swept.uses.iter().filter(concerned).peekable();
        let usage = uses.peek().copied().copied();
        let full =
            usage.is_some() && uses.all(|usage| usage.total > 0 && usage.used >= usage.total);
        if !full {
            // A modem that does not report the use of its memory has reported a full one in another
            // way.
            self.full &= usage.is_none();
            return Arrival::Nothing;
        }
        self.storage_is_full(usage, desk);
        if let Some(arrival) = self.inbox.make_room() {
            return arrival;
        }
        if desk.config.when_full == WhenFull::EraseOldest {
            let received = merged(swept.found)
                .into_iter()
                .filter(|message| matches!(message.content, StoredContent::Received(_)));
            // Of several messages of one second, the one that was found first.
            let oldest = received.min_by_key(|message| {
                let found = message.receipt().slots().filter_map(|slot| self.inbox.found(slot));
                (message.seconds(), found.min())
            });
            if let Some(oldest) = oldest {
                let slots = self.inbox.slots_of(oldest.receipt());
                desk.queue.make_room(Job::Erase(
                    EraseFor::Room(oldest.into()),
                    Box::new(Erase::slots(slots)),
                ));
            }
        }
        Arrival::Nothing
    }

    /// Takes in the content of a slot, now or later.
    pub(super) fn found(&mut self, stored: &Stored, config: &Config, now: Instant) -> Arrival {
        if stored.is_outgoing() {
            return Arrival::Nothing;
        }
        if self.has_room(config) {
            return self.inbox.stored(stored.slot, &stored.pdu, now);
        }
        self.sweep_later = true;
        Arrival::Nothing
    }
}
