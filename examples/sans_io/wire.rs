//! The link to the modem, and its clock.

use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use modem::at::Instant;
use modem::simulator::{Profile, Simulator};

/// A byte stream with a clock that never goes back.
pub(crate) enum Wire {
    /// The simulated modem: its clock advances only while the loop waits for it.
    Simulated {
        simulator: Box<Simulator>,
        now: Duration,
        /// The modem's output that the loop has not read yet.
        unread: Vec<u8>,
    },
    /// A TCP stream, with the clock of the machine.
    Tcp(TcpStream, std::time::Instant),
}

/// The longest wait for input, for a session without a deadline.
const MAX_WAIT: Duration = Duration::from_secs(1);

impl Wire {
    pub(crate) fn simulated() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.handle_opened(Duration::ZERO);
        Self::Simulated { simulator: Box::new(simulator), now: Duration::ZERO, unread: Vec::new() }
    }

    pub(crate) fn connect(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address)
            .map_err(|error| format!("cannot connect to {address}: start the modem server there, or correct the address ({error})"))?;
        Ok(Self::Tcp(stream, std::time::Instant::now()))
    }

    /// The time since a fixed moment.
    pub(crate) fn now(&self) -> Instant {
        Instant::from(match self {
            Self::Simulated { now, .. } => *now,
            Self::Tcp(_, started) => started.elapsed(),
        })
    }

    /// Writes some of the bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Simulated { simulator, now, .. } => match simulator.handle_input(bytes, *now) {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                count => Ok(count),
            },
            Self::Tcp(stream, _) => stream.write(bytes),
        }
    }

    /// Reads some bytes, and waits no longer than `until`.
    pub(crate) fn read(&mut self, buffer: &mut [u8], until: Option<Instant>) -> io::Result<usize> {
        let start = self.now();
        let within =
            until.map_or(MAX_WAIT, |until| until.saturating_duration_since(start)).min(MAX_WAIT);
        match self {
            Self::Simulated { simulator, now, unread } => {
                while let Some(bytes) = simulator.poll_transmit() {
                    unread.extend(bytes);
                }
                if unread.is_empty() {
                    // The clock jumps to the modem's next action, or to the deadline.
                    let due = simulator.poll_timeout().unwrap_or(Duration::MAX);
                    *now = due.min(*now + within).max(*now);
                    simulator.handle_timeout(*now);
                    return Err(io::ErrorKind::TimedOut.into());
                }
                let count = unread.as_slice().read(buffer)?;
                unread.drain(..count);
                Ok(count)
            }
            Self::Tcp(stream, _) => {
                // A read timeout of zero is an error in std.
                stream.set_read_timeout(Some(within.max(Duration::from_millis(1))))?;
                stream.read(buffer)
            }
        }
    }
}
