//! One channel: its queues in both directions, and its flow control.

use super::bytes::Bytes;
use super::control::Signals;
use crate::time::Instant;

/// A channel, by its number.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) dlci: u8,
    pub(super) state: State,
    /// Data for the other side.
    pub(super) out: Bytes,
    /// Data that the application has not read.
    pub(super) received: Bytes,
    /// The maximal information of the frames that are sent.
    pub(super) max_information: usize,
    /// Our signals, without flow control.
    pub(super) signals: Signals,
    /// The last break sent is not yet on its way: its octet.
    pub(super) line_break: Option<u8>,
    /// The other side takes no data.
    pub(super) is_stopped: bool,
    /// We have stopped the other side.
    pub(super) stops: bool,
    /// The application has been told of data that it has not read.
    pub(super) announced: bool,
    /// The application found no room for its data.
    pub(super) wants_room: bool,
}

/// The state of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not open; data that was received before remains.
    Closed,
    /// The opening was sent, or waits for the control channel.
    Opening,
    Open,
    /// To be closed once its data is sent, at this time at the latest.
    Draining(Instant),
    /// The closing was sent.
    Closing,
}

impl Channel {
    pub(super) const fn new(dlci: u8, max_information: usize) -> Self {
        Self {
            dlci,
            state: State::Closed,
            out: Bytes::new(),
            received: Bytes::new(),
            max_information,
            signals: Signals::READY,
            line_break: None,
            is_stopped: false,
            stops: false,
            announced: false,
            wants_room: false,
        }
    }

    /// Begins again with empty queues.
    pub(super) fn restart(&mut self, state: State) {
        *self = Self { state, ..Self::new(self.dlci, self.max_information) };
    }

    /// Ends; the data that was received can still be read.
    pub(super) fn end(&mut self) {
        let received = core::mem::take(&mut self.received);
        self.restart(State::Closed);
        self.received = received;
    }

    /// Returns `true` if a data frame can be sent.
    pub(super) fn can_send(&self) -> bool {
        let is_open = matches!(self.state, State::Open | State::Draining(_));
        is_open && !self.is_stopped && !self.out.is_empty()
    }

    /// Returns `true` if the channel takes data from the application.
    pub(super) fn takes_data(&self) -> bool {
        matches!(self.state, State::Opening | State::Open)
    }

    /// Returns `true` if the channel takes data from the other side; data may come before the
    /// answer to the opening.
    pub(super) fn is_receiving(&self) -> bool {
        matches!(self.state, State::Opening | State::Open | State::Draining(_) | State::Closing)
    }

    /// The signals with the flow control bit.
    pub(super) const fn all_signals(&self) -> u8 {
        let ready = self.signals.0 & !Signals::FLOW | 1;
        if self.stops { ready | Signals::FLOW } else { ready }
    }

    /// Moves received data to the application.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let bytes = self.received.as_slice();
        let count = bytes.len().min(buffer.len());
        if let (Some(places), Some(bytes)) = (buffer.get_mut(..count), bytes.get(..count)) {
            places.copy_from_slice(bytes);
        }
        self.received.take(count);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_takes_128_bytes_and_its_queues() {
        assert!(size_of::<Channel>() <= 128, "{}", size_of::<Channel>());
    }
}
