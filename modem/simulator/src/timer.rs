//! The events that are due later.

use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::network::Menu;
use crate::service_centre::SentMessage;
use crate::verb::Verb;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A line of the boot sequence.
    Boot(&'static str),
    /// A line of noise.
    Noise,
    /// The running command continues, or its late answer is due.
    Continue,
    /// The time of the host for opening the control channel of the multiplexer is over.
    MuxTimeout,
    /// The network tries to reach the modem.
    Reach,
    /// The host has not acknowledged the message of this number.
    Unacknowledged(u64),
    /// A status report is due.
    StatusReport(SentMessage, u8),
    /// The network answers a USSD string.
    Ussd(Option<Menu>),
    /// The network's timeout for a reply in the session of this number.
    UssdTimeout(u64),
    /// An incoming call rings again.
    Ring,
    /// The called subscriber has answered.
    Connected,
    /// A verb was scheduled.
    Verb(Verb),
}

impl Event {
    /// Returns `true` if the event sets itself again.
    pub(crate) fn repeats(&self) -> bool {
        matches!(self, Self::Noise | Self::Ring)
    }

    /// Returns `true` if the event ends with the power of the modem.
    fn is_of_the_modem(&self) -> bool {
        matches!(
            self,
            Self::Boot(_)
                | Self::Noise
                | Self::Continue
                | Self::Ring
                | Self::Connected
                | Self::MuxTimeout
        )
    }
}

/// Events in the order of their times, then of their setting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    /// The events, each with the dialogue that set it.
    events: BTreeMap<(Duration, u64), (u8, Event)>,
    set: u64,
    /// The dialogue that acts.
    pub(crate) port: u8,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Duration, event: Event) {
        self.events.insert((at, self.set), (self.port, event));
        self.set = self.set.wrapping_add(1);
    }

    pub(crate) fn next(&self) -> Option<Duration> {
        self.events.keys().next().map(|(at, _)| *at)
    }

    /// The next event that is due, and the dialogue that set it.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<(Duration, u8, Event)> {
        let entry = self.events.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), (port, event)) = entry.remove_entry();
        Some((at, port, event))
    }

    /// The next USSD string, before its time.
    pub(crate) fn take_ussd(&mut self) -> Option<Option<Menu>> {
        let key = self
            .events
            .iter()
            .find(|(_, (_, event))| matches!(event, Event::Ussd(_)))
            .map(|(key, _)| *key)?;
        match self.events.remove(&key) {
            Some((_, Event::Ussd(menu))) => Some(menu),
            _ => None,
        }
    }

    /// Removes an event; the continuation of a command only of the dialogue that acts.
    pub(crate) fn cancel(&mut self, event: &Event) {
        let acting = self.port;
        let is_own = *event == Event::Continue;
        self.events.retain(|_, (port, other)| other != event || is_own && *port != acting);
    }

    pub(crate) fn power_off(&mut self) {
        self.events.retain(|_, (_, event)| !event.is_of_the_modem());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_their_times_and_then_of_their_setting() {
        let mut timers = Timers::default();
        let second = Duration::from_secs(1);
        timers.set(second, Event::Ring);
        timers.set(Duration::ZERO, Event::Noise);
        timers.set(second, Event::Reach);
        assert_eq!(timers.pop(Duration::ZERO), Some((Duration::ZERO, 0, Event::Noise)));
        assert_eq!(timers.pop(Duration::ZERO), None);
        timers.power_off();
        assert_eq!(timers.next(), Some(second));
        assert_eq!(timers.pop(second), Some((second, 0, Event::Reach)));
    }
}
