//! The delivery of messages, status reports and broadcasts from the network to the modem.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::desk::Desk;
use crate::failure::Failure;
use crate::timer::Event;
use crate::truth::{Fact, Refusal};

/// The maximal number of messages in the network's queue.
const QUEUE_LIMIT: usize = 10_000;
/// The time in which the host must acknowledge.
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// A delivery in the network's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inbound {
    pub(crate) kind: Kind,
    pub(crate) tpdu: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Message,
    Report,
    Broadcast,
}

/// The state of the path to the modem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Path {
    #[default]
    Clear,
    /// The modem has reported that it is full: only broadcasts pass.
    Full,
    /// The host must acknowledge the last message; nothing passes before.
    Awaiting(Inbound),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    queue: VecDeque<Inbound>,
    path: Path,
    /// The number of messages delivered for the host to acknowledge, by which a timer recognises
    /// its own.
    awaited: u64,
}

impl Delivery {
    /// Adds a delivery to the queue; the oldest one is dropped if the queue is full.
    pub(crate) fn push(&mut self, inbound: Inbound) {
        if self.queue.len() == QUEUE_LIMIT {
            self.queue.pop_front();
        }
        self.queue.push_back(inbound);
    }

    /// The next message, status report or broadcast that can pass.
    pub(crate) fn pop(&mut self) -> Option<Inbound> {
        let passes = |inbound: &Inbound| match self.path {
            Path::Clear => true,
            Path::Full => inbound.kind == Kind::Broadcast,
            Path::Awaiting(_) => false,
        };
        if self.queue.front().is_some_and(passes) { self.queue.pop_front() } else { None }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.path == Path::Full
    }

    pub(crate) fn is_awaiting(&self) -> bool {
        matches!(self.path, Path::Awaiting(_))
    }

    /// Returns a message to the queue until the modem has room.
    pub(crate) fn refuse(&mut self, inbound: Inbound, desk: &mut Desk) {
        desk.log(Fact::Unacknowledged { tpdu: inbound.tpdu.clone(), reason: Refusal::Full });
        self.path = Path::Full;
        self.queue.push_front(inbound);
    }

    /// Clears the path once the modem has room again.
    pub(crate) fn clear(&mut self) {
        if self.is_full() {
            self.path = Path::Clear;
        }
    }

    /// Waits for the host to acknowledge a message.
    pub(crate) fn await_host(&mut self, inbound: Inbound, desk: &mut Desk) {
        self.awaited = self.awaited.wrapping_add(1);
        desk.set_timer(ACKNOWLEDGEMENT_TIMEOUT, Event::Unacknowledged(self.awaited));
        self.path = Path::Awaiting(inbound);
    }

    /// Accepts or refuses the message at the host.
    pub(crate) fn acknowledge(&mut self, accepted: bool, desk: &mut Desk) -> Result<(), Failure> {
        let tpdu = self.take_awaiting().ok_or(Failure::NO_ACKNOWLEDGEMENT_EXPECTED)?.tpdu;
        desk.timers.cancel(&Event::Unacknowledged(self.awaited));
        desk.log(match accepted {
            true => Fact::Acknowledged { tpdu },
            false => Fact::Unacknowledged { tpdu, reason: Refusal::Host },
        });
        Ok(())
    }

    /// Returns an unacknowledged message to the queue; `false` if the message was acknowledged in
    /// time.
    pub(crate) fn acknowledgement_missed(&mut self, number: u64, desk: &mut Desk) -> bool {
        if number != self.awaited {
            return false;
        }
        let Some(inbound) = self.take_awaiting() else {
            return false;
        };
        desk.log(Fact::Unacknowledged { tpdu: inbound.tpdu.clone(), reason: Refusal::Late });
        self.queue.push_front(inbound);
        true
    }

    /// Handles a loss of power: an unacknowledged message returns to the queue.
    pub(crate) fn reset(&mut self) {
        if let Some(inbound) = self.take_awaiting() {
            self.queue.push_front(inbound);
        }
    }

    fn take_awaiting(&mut self) -> Option<Inbound> {
        if !self.is_awaiting() {
            return None;
        }
        match core::mem::take(&mut self.path) {
            Path::Awaiting(inbound) => Some(inbound),
            Path::Clear | Path::Full => None,
        }
    }
}
