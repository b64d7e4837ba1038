//! The loop of the blocking front-end: one turn moves bytes and time between a port and a machine.

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use core::time::Duration;
use std::io;

use at_proto::Instant;

use super::port::Port;
use crate::machine::Machine;

/// The longest single wait to write: after it the port is read again, or two full buffers would
/// wait for each other.
const WRITE_SLICE: Duration = Duration::from_millis(50);

/// The longest single wait to read, so that a port whose clock stands still cannot hang the caller.
pub(super) const READ_SLICE: Duration = Duration::from_secs(1);

/// The size of the read buffer.
const READ_SIZE: usize = 4096;

/// Moves bytes and time between a port and a machine.
pub(super) struct Pump {
    /// Kept over all turns: `Read` needs initialised memory, and clearing it costs more than most
    /// turns.
    buffer: Box<[u8]>,
}

impl Pump {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; READ_SIZE].into_boxed_slice() }
    }

    /// One turn: expire, write what is there, read what comes until `until` or the machine's next
    /// deadline.
    ///
    /// Before it writes, a turn reads what waits in the port, at most one buffer: bytes that came
    /// before a command line are not its answer.
    ///
    /// Neither type is a parameter, so that the loop is compiled once, and not in each program for
    /// each of its ports.
    pub(super) fn turn(&mut self, port: &mut dyn Port, machine: &mut dyn Machine, until: Instant) {
        if machine.is_closed() {
            return;
        }
        let now = port.now();
        machine.handle_timeout(now);
        if machine.has_transmit() {
            let read = port.read_waiting(&mut self.buffer);
            self.take(read, port.now(), machine);
            if machine.is_closed() {
                return;
            }
        }
        let mut until = machine.poll_timeout().map_or(until, |deadline| deadline.min(until));
        if let Some(bytes) = machine.poll_transmit() {
            match port.write(bytes, WRITE_SLICE) {
                Ok(0) => return machine.handle_closed(port.now()),
                Ok(count) => machine.handle_transmitted(count, port.now()),
                Err(error) if nothing_moved(&error) => machine.handle_transmitted(0, port.now()),
                Err(error) => return machine.handle_lost(error, port.now()),
            }
            if machine.has_transmit() {
                until = now; // more to write: only look whether something has come
            }
        }
        if machine.needs_sync() {
            until = now; // the store is asked between two turns
        }
        let within = until.saturating_duration_since(port.now()).min(READ_SLICE);
        let read = port.read(&mut self.buffer, within);
        self.take(read, port.now(), machine);
    }

    /// Passes on what a read has brought.
    fn take(&self, read: io::Result<usize>, now: Instant, machine: &mut dyn Machine) {
        match read {
            Ok(0) => machine.handle_closed(now),
            Ok(count) => machine.handle_input(self.buffer.get(..count).unwrap_or_default(), now),
            Err(error) if nothing_moved(&error) => {}
            Err(error) => machine.handle_lost(error, now),
        }
    }
}

impl fmt::Debug for Pump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump").finish_non_exhaustive()
    }
}

fn nothing_moved(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}
