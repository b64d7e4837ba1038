//! What comes from the modem's memories: read, handed on, deleted, and what is done when they are full.

use alloc::boxed::Box;
use alloc::vec::Vec;

use at_proto::Instant;
use at_proto::sms::{Memory, StorageUse};

use super::event::Event;
use super::inbox::Arrival;
use super::job::{EraseFor, Job};
use super::received::{ReceivedReport, Slot};
use super::run::erase;
use super::{MOST_EARLY, Phase, Session};
use crate::config::{Receive, WhenFull};
use crate::error::Error;
use crate::procedures::{Erase, Erasure, ReadSlot, Release, Stored, Sweep, Swept};
use crate::stored_message::{StoredContent, merged};

impl Session {
    pub(super) fn read(&mut self, slot: Slot) {
        if !self.has_room() {
            self.look_later = true;
        } else if !self.queue.inbound(Job::Read(ReadSlot::new(slot))) {
            // One look finds what so many announcements are about.
            self.sweep();
        }
    }

    /// Looks through all memories once, however often it is asked for meanwhile.
    pub(super) fn sweep(&mut self) {
        if self.config.receive != Receive::Off && self.phase != Phase::Closed {
            self.queue.sweep(Job::Sweep(Sweep::default()));
        }
    }

    /// A place of the modem was to be emptied.
    pub(super) fn released(&mut self, release: Release) {
        match release {
            Release::Deleted(slot) => {
                self.inbox.vacate(&slot);
                self.full = false;
                self.emit(Event::Released(slot));
            }
            Release::Empty(slot) => {
                self.inbox.doubt(slot);
                self.emit(Event::Released(slot));
            }
            Release::Changed(slot) => {
                self.inbox.doubt(slot);
                self.read(slot);
            }
        }
    }

    pub(super) fn erased(&mut self, purpose: EraseFor, result: Result<Erasure, Error>) {
        let (done, error) = match result {
            Ok(erasure) => (erasure.done, erasure.error),
            Err(error) => (Vec::new(), Some(error)),
        };
        for release in &done {
            self.released(*release);
        }
        match (purpose, error) {
            (EraseFor::Application(id), None) => {
                let free: Vec<Slot> = done.into_iter().filter_map(Release::free).collect();
                self.finish(id, Ok(erase(free)));
            }
            (EraseFor::Application(id), Some(error)) => self.finish(id, Err(error)),
            (EraseFor::Room(message), None) => self.emit(Event::Erased(message)),
            (EraseFor::Room(_), Some(error)) => self.emit(Event::Failed(error)),
        }
        self.look_if_there_is_room();
    }

    /// What was left in the modem is read as soon as the application can take it.
    pub(super) fn look_if_there_is_room(&mut self) {
        if self.look_later && self.has_room() {
            self.look_later = false;
            self.sweep();
        }
    }

    /// Whether the application can be given more.
    pub(super) fn has_room(&self) -> bool {
        self.config.receive == Receive::Kept || self.inbox.unacknowledged() < self.config.max_unacknowledged
    }

    pub(super) fn storage_is_full(&mut self, usage: Option<StorageUse>) {
        if !self.full {
            self.full = true;
            self.emit(Event::StorageFull(usage));
        }
    }

    /// Says if the memory for received messages is full, and makes room as far as it is allowed.
    pub(super) fn judge_fullness(&mut self, swept: Swept) {
        let receiving = self.profile.receiving;
        let concerned = |usage: &&StorageUse| match receiving {
            Some(memory) if memory != Memory::BOTH => usage.memory == Some(memory),
            _ => usage.memory != Some(Memory::REPORTS),
        };
        let mut uses = swept.uses.iter().filter(concerned).peekable();
        let usage = uses.peek().copied().copied();
        let full = usage.is_some() && uses.all(|usage| usage.total > 0 && usage.used >= usage.total);
        if !full {
            // A modem that does not say how full it is has said that it is full in another way.
            self.full &= usage.is_none();
            return;
        }
        self.storage_is_full(usage);
        if let Some(arrival) = self.inbox.make_room() {
            self.arrived(arrival);
            return;
        }
        if self.config.when_full == WhenFull::EraseOldest {
            let received = merged(swept.found)
                .into_iter()
                .filter(|message| matches!(message.content, StoredContent::Received(_)));
            // Of those of one second the one that was found first.
            let oldest = received.min_by_key(|message| {
                let found = message
                    .receipt()
                    .slots()
                    .filter_map(|slot| self.inbox.found(slot));
                (message.seconds(), found.min())
            });
            if let Some(oldest) = oldest {
                let places = self.inbox.places_of(oldest.receipt());
                self.queue.make_room(Job::Erase(
                    EraseFor::Room(oldest.into()),
                    Box::new(Erase::places(places)),
                ));
            }
        }
    }

    pub(super) fn found(&mut self, stored: &Stored, now: Instant) {
        if stored.is_outgoing() {
            return;
        }
        if self.has_room() {
            let arrival = self.inbox.stored(stored.slot, &stored.line, now);
            self.arrived(arrival);
        } else {
            self.look_later = true;
        }
    }

    pub(super) fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Message(message, part) => {
                self.emit(Event::Received(message));
                if let Some(part) = part {
                    self.emit(Event::Part(part));
                }
            }
            Arrival::Part(part) => self.emit(Event::Part(part)),
            Arrival::Report(received) => {
                let about = self.outbox.matching(&received.report);
                if about.is_none() && self.outbox.awaits_reference() && self.early.len() < MOST_EARLY {
                    // It may be about the part under way, whose reference is not known yet.
                    self.early.push(received);
                } else {
                    self.emit(Event::Report(ReceivedReport { about, ..received }));
                }
            }
            Arrival::Undecodable(undecodable) => self.emit(Event::Undecodable(undecodable)),
            Arrival::Acknowledged(release) => self.queue.release(Job::Release(release)),
            Arrival::Nothing => {}
        }
    }
}
