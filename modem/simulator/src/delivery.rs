//! The way of messages, reports and broadcasts from the network to the modem.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::desk::Desk;
use crate::failure::Failure;
use crate::timer::Event;
use crate::truth::{Fact, Refusal};

/// Messages that the network keeps for the modem at most.
const QUEUE_LIMIT: usize = 10_000;
/// How long the host has to acknowledge.
const ACKNOWLEDGEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// What waits in the network for the modem.
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

/// Whether the modem takes what waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Path {
    #[default]
    Clear,
    /// The modem has told the network that it is full: broadcasts pass only.
    Full,
    /// The host has to acknowledge the last message; nothing passes before.
    Awaiting(Inbound),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    queue: VecDeque<Inbound>,
    path: Path,
    /// Messages that were delivered for the host to acknowledge; a timer knows its own by it.
    awaited: u64,
}

impl Delivery {
    /// Puts something on the way to the modem; the oldest is dropped where too much waits.
    pub(crate) fn push(&mut self, inbound: Inbound) {
        if self.queue.len() == QUEUE_LIMIT {
            self.queue.pop_front();
        }
        self.queue.push_back(inbound);
    }

    /// The next message, report or broadcast that can pass.
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

    /// The modem has no room for a message, which waits until there is some.
    pub(crate) fn refuse(&mut self, inbound: Inbound, desk: &mut Desk) {
        desk.log(Fact::Unacknowledged { tpdu: inbound.tpdu.clone(), reason: Refusal::Full });
        self.path = Path::Full;
        self.queue.push_front(inbound);
    }

    /// The modem has room again.
    pub(crate) fn clear(&mut self) {
        if self.is_full() {
            self.path = Path::Clear;
        }
    }

    /// The host has a message, and has to acknowledge it.
    pub(crate) fn await_host(&mut self, inbound: Inbound, desk: &mut Desk) {
        self.awaited += 1;
        desk.set_timer(ACKNOWLEDGEMENT_TIMEOUT, Event::Unacknowledged(self.awaited));
        self.path = Path::Awaiting(inbound);
    }

    /// The host accepts or refuses the message that it has.
    pub(crate) fn acknowledge(&mut self, accepted: bool, desk: &mut Desk) -> Result<(), Failure> {
        let tpdu = self.take_awaiting().ok_or(Failure::NO_ACKNOWLEDGEMENT_EXPECTED)?.tpdu;
        desk.timers.cancel(&Event::Unacknowledged(self.awaited));
        desk.log(match accepted {
            true => Fact::Acknowledged { tpdu },
            false => Fact::Unacknowledged { tpdu, reason: Refusal::Host },
        });
        Ok(())
    }

    /// The time to acknowledge is over: the message waits again. `false` if it was acknowledged in time.
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

    /// The modem has lost power: a message that the host has not acknowledged waits again.
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
