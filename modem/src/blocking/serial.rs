//! Serial ports for the blocking front-end.

use alloc::boxed::Box;
use core::time::Duration;
use std::io;

use serialport::SerialPort;

use super::port::{SetTimeout, StreamPort};
use crate::OpenError;

/// A serial port, opened for this process alone.
pub type Serial = StreamPort<Box<dyn SerialPort>>;

impl SetTimeout for Box<dyn SerialPort> {
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Ok(self.set_timeout(timeout)?)
    }

    // A serial port has one timeout for both directions; each call sets it again.
    fn set_write_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Ok(self.set_timeout(timeout)?)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes_to_read()? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => self.read(buffer),
        }
    }
}

/// Opens the serial port at `path` (`/dev/ttyUSB2`, `COM3`) with `baud_rate` bits per second, 8N1
/// and no flow control.
///
/// The port is locked, by `TIOCEXCL` and `flock`: a second user of it gets [`OpenError::Busy`].
/// This call also fails with `Busy` if another program has the port open, or has a lock file for it
/// in `/var/lock`.
///
/// # Errors
/// Fails with an [`OpenError`], which tells a missing port from a busy or forbidden one and has the
/// remedy.
pub fn open(path: &str, baud_rate: u32) -> Result<Serial, OpenError> {
    OpenError::if_taken(path)?;
    serialport::new(path, baud_rate)
        .timeout(Duration::from_millis(50))
        .dtr_on_open(true)
        .open()
        .map(StreamPort::new)
        .map_err(|error| OpenError::new(path, &error))
}
