//! The simulated modem as a port, on a virtual clock.

use alloc::vec::Vec;
use core::time::Duration;
use std::io;

use at_proto::Instant;

use super::port::Port;
use crate::simulator::Simulator;

/// A [`Port`] with a [`Simulator`] at its other end, whose clock runs only while the port waits.
///
/// A wait of a minute takes no real time, and the same calls give the same dialogue every time.
///
/// ```
/// use core::time::Duration;
/// use modem::blocking::{Modem, SimulatedPort};
/// use modem::simulator::{Profile, Simulator};
/// use modem::{Config, Event};
///
/// let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
/// let mut modem = Modem::open(port, Config::default())?;
/// modem.port().with(|simulator, now| simulator.deliver("+491715550100", "Hello", now))?;
/// let received = loop {
///     match modem.next_event(Duration::from_secs(10)) {
///         Some(Event::Received(received)) => break received,
///         Some(_) => {}
///         None => panic!("no message arrived"),
///     }
/// };
/// assert_eq!(received.text.as_deref(), Some("Hello"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "mock")]
#[derive(Debug)]
pub struct SimulatedPort {
    simulator: Simulator,
    now: Duration,
    unread: Vec<u8>,
}

impl SimulatedPort {
    /// Connects to `simulator`, at the start of its clock.
    pub fn new(mut simulator: Simulator) -> Self {
        simulator.handle_opened(Duration::ZERO);
        Self { simulator, now: Duration::ZERO, unread: Vec::new() }
    }

    /// Calls `verb` with the simulator and the current time.
    pub fn with<R>(&mut self, verb: impl FnOnce(&mut Simulator, Duration) -> R) -> R {
        verb(&mut self.simulator, self.now)
    }

    /// The simulator at the other end.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Connects again, after the simulator has been disconnected; the clock runs on.
    pub fn reconnect(&mut self) {
        self.unread.clear();
        self.simulator.handle_opened(self.now);
    }

    /// Lets `time` pass without reading.
    pub fn wait(&mut self, time: Duration) {
        let until = self.now.saturating_add(time);
        loop {
            // Bytes that wait for the host are not pending work of the simulator.
            self.collect();
            if !self.pass(until) {
                return;
            }
        }
    }

    /// Disconnects, and returns the simulator.
    pub fn into_inner(mut self) -> Simulator {
        self.simulator.handle_closed(self.now);
        self.simulator
    }

    /// Collects the bytes that the simulator has written.
    fn collect(&mut self) {
        while let Some(bytes) = self.simulator.poll_transmit() {
            self.unread.extend(bytes);
        }
    }

    /// Lets time pass until the simulator has something to do, at most `until`. Returns `false` if
    /// `until` was reached.
    fn pass(&mut self, until: Duration) -> bool {
        let next = self.simulator.poll_timeout().filter(|next| *next <= until);
        self.now = next.unwrap_or(until).max(self.now);
        self.simulator.handle_timeout(self.now);
        next.is_some()
    }
}

impl Port for SimulatedPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let until = self.now.saturating_add(within);
        loop {
            self.collect();
            if !self.unread.is_empty() {
                let count = self.unread.len().min(buffer.len());
                for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
                    *place = byte;
                }
                return Ok(count);
            }
            if !self.simulator.is_connected() {
                return Ok(0);
            }
            if !self.pass(until) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let until = self.now.saturating_add(within);
        loop {
            if !self.simulator.is_connected() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            // Bytes that wait for the host are not pending work of the simulator.
            self.collect();
            match self.simulator.handle_input(bytes, self.now) {
                0 if self.pass(until) => {}
                0 => return Err(io::ErrorKind::TimedOut.into()),
                count => return Ok(count),
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::from(self.now)
    }
}
