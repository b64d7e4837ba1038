//! `embedded_io` streams as ports.

use core::time::Duration;
use std::io;

use at_proto::Instant;
use embedded_io::{Error as _, ErrorKind, Read, ReadReady, Write, WriteReady};

use super::port::Port;
use crate::line_error::ends_link;

/// The pause between two questions whether the stream is ready.
const PAUSE: Duration = Duration::from_millis(1);

/// A [`Port`] over a UART or another [`embedded_io`] stream, on the clock of the operating system.
///
/// The stream is asked each millisecond whether it is ready, so that every wait is bounded. Damaged
/// bytes, which a UART reports as errors of a read, do not end the link. The stream is not flushed:
/// use one that does not buffer what is written.
#[derive(Debug)]
pub struct ReadyPort<S> {
    stream: S,
    started: std::time::Instant,
}

impl<S: Read + Write + ReadReady + WriteReady> ReadyPort<S> {
    /// Uses `stream` as a port.
    pub fn new(stream: S) -> Self {
        Self { stream, started: std::time::Instant::now() }
    }

    /// Returns the stream.
    pub fn into_inner(self) -> S {
        self.stream
    }

    /// Asks `is_ready` until it is, and no longer than `within`.
    fn wait(
        &mut self,
        within: Duration,
        is_ready: impl Fn(&mut S) -> Result<bool, S::Error>,
    ) -> io::Result<()> {
        let started = std::time::Instant::now();
        loop {
            if is_ready(&mut self.stream).or_else(|error| damage(error.kind()))? {
                return Ok(());
            }
            let left = within.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(left.min(PAUSE));
        }
    }
}

impl<S: Read + Write + ReadReady + WriteReady> Port for ReadyPort<S> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.wait(within, ReadReady::read_ready)?;
        self.stream.read(buffer).or_else(|error| damage(error.kind()))
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.wait(within, WriteReady::write_ready)?;
        self.stream.write(bytes).or_else(|error| damage(error.kind()))
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }
}

/// Converts an error of the stream: damage means that nothing has moved.
fn damage<T>(kind: ErrorKind) -> io::Result<T> {
    if ends_link(kind) {
        return Err(io::ErrorKind::from(kind).into());
    }
    // A stream that only has errors must not keep the processor busy.
    std::thread::sleep(PAUSE);
    Err(io::ErrorKind::Interrupted.into())
}
