//! The interface between a front-end and a state machine, which takes in and returns bytes and time
//! without I/O.

use std::io;

use at_proto::Instant;

use crate::probe::Probe;
use crate::session::Session;

/// The part of a [`Session`] that the loops of the front-ends use, so that each front-end has one
/// loop for all machines.
pub(crate) trait Machine {
    fn handle_input(&mut self, bytes: &[u8], now: Instant);
    fn handle_transmitted(&mut self, count: usize, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn handle_closed(&mut self, now: Instant);
    fn handle_lost(&mut self, error: io::Error, now: Instant);
    fn has_transmit(&self) -> bool;
    fn poll_transmit(&mut self) -> Option<&[u8]>;
    fn poll_timeout(&self) -> Option<Instant>;
    fn is_closed(&self) -> bool;
    /// Returns `true` if the machine waits for its store, and not for its port.
    fn needs_sync(&self) -> bool {
        false
    }
}

impl Machine for Session {
    fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.handle_input(bytes, now);
    }

    fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.handle_transmitted(count, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.handle_timeout(now);
    }

    fn handle_closed(&mut self, now: Instant) {
        self.handle_closed(now);
    }

    fn handle_lost(&mut self, error: io::Error, now: Instant) {
        self.handle_lost(error, now);
    }

    fn has_transmit(&self) -> bool {
        self.has_transmit()
    }

    fn poll_transmit(&mut self) -> Option<&[u8]> {
        self.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.poll_timeout()
    }

    fn is_closed(&self) -> bool {
        self.is_closed()
    }

    fn needs_sync(&self) -> bool {
        self.needs_sync()
    }
}

/// A probe whose link may end.
#[derive(Debug)]
pub(crate) struct Probing {
    pub(crate) probe: Probe,
    pub(crate) ended: Option<io::Error>,
}

impl Probing {
    pub(crate) fn new(probe: Probe) -> Self {
        Self { probe, ended: None }
    }
}

impl Machine for Probing {
    fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.probe.handle_input(bytes, now);
    }

    fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.probe.handle_transmitted(count, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.probe.handle_timeout(now);
    }

    fn handle_closed(&mut self, now: Instant) {
        self.handle_lost(io::ErrorKind::UnexpectedEof.into(), now);
    }

    fn handle_lost(&mut self, error: io::Error, _: Instant) {
        self.ended = Some(error);
    }

    fn has_transmit(&self) -> bool {
        self.probe.has_transmit()
    }

    fn poll_transmit(&mut self) -> Option<&[u8]> {
        self.probe.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.probe.poll_timeout()
    }

    fn is_closed(&self) -> bool {
        self.ended.is_some()
    }
}
