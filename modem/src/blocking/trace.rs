//! A port that shows the dialogue.

use core::fmt;
use core::time::Duration;
use std::io;

use at_proto::Instant;

use super::port::Port;
use crate::log::{Direction, WireLine, WireLog};

/// A [`Port`] that passes each line of the dialogue to a function, with secrets masked.
///
/// ```
/// use modem::blocking::{Modem, SimulatedPort, Trace};
/// use modem::simulator::{Profile, Simulator};
///
/// let mut lines = Vec::new();
/// // On hardware: modem::blocking::open_serial("/dev/ttyUSB2", 115_200)?
/// let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
/// let port = Trace::new(port, |line| lines.push(line.to_string()));
/// let modem = Modem::open(port, modem::Config::default())?;
/// drop(modem);
/// assert_eq!(lines[..3], [r"> AT\r", r"< AT\r\r\n", r"< OK\r\n"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Trace<P, F> {
    port: P,
    log: WireLog,
    show: F,
}

impl<P: Port, F: FnMut(WireLine)> Trace<P, F> {
    /// Passes the dialogue over `port` to `show`.
    pub fn new(port: P, show: F) -> Self {
        Self { port, log: WireLog::new(), show }
    }

    /// The port inside.
    pub fn inner(&mut self) -> &mut P {
        &mut self.port
    }

    /// Shows the unfinished lines, and returns the port.
    pub fn into_inner(mut self) -> P {
        self.log.flush(&mut self.show);
        self.port
    }
}

impl<P: Port, F: FnMut(WireLine)> Port for Trace<P, F> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let count = self.port.read(buffer, within)?;
        self.log.record(Direction::Read, buffer.get(..count).unwrap_or_default(), &mut self.show);
        Ok(count)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.port.read_waiting(buffer)?;
        self.log.record(Direction::Read, buffer.get(..count).unwrap_or_default(), &mut self.show);
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let count = self.port.write(bytes, within)?;
        self.log.record(Direction::Written, bytes.get(..count).unwrap_or_default(), &mut self.show);
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

impl<P: fmt::Debug, F> fmt::Debug for Trace<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("port", &self.port).finish_non_exhaustive()
    }
}
