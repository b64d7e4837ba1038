//! Serial ports for the async front-end.

use tokio_serial::SerialPortBuilderExt;

use crate::OpenError;

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
///
/// # Panics
/// Panics outside a tokio runtime.
pub fn open(path: &str, baud_rate: u32) -> Result<tokio_serial::SerialStream, OpenError> {
    OpenError::if_taken(path)?;
    tokio_serial::new(path, baud_rate)
        .dtr_on_open(true)
        .open_native_async()
        .map_err(|error| OpenError::new(path, &error))
}
