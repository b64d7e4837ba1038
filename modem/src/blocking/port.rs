//! The byte link of the blocking front-end: reads and writes with a time limit, and a clock.

use alloc::boxed::Box;
use core::time::Duration;
use std::io::{self, Read, Write};

use at_proto::Instant;

/// A byte link with bounded waits and a clock of its own.
///
/// The clock is part of the port, so that a test can use a virtual one. Reads and writes return:
///
/// * `Ok(n)` with `n > 0`: `n` bytes moved.
/// * `Ok(0)`, for a buffer that is not empty: the link has ended.
/// * [`WouldBlock`](io::ErrorKind::WouldBlock) or [`TimedOut`](io::ErrorKind::TimedOut): nothing
///   moved within the time.
/// * [`Interrupted`](io::ErrorKind::Interrupted): try again.
/// * any other error: the link has ended.
pub trait Port {
    /// Reads at least one byte, and waits no longer than `within`.
    ///
    /// # Errors
    /// Fails as listed for the trait.
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize>;

    /// Reads what has arrived already, and does not wait.
    ///
    /// Called before each write, so that old bytes are not taken for the answer. The default is a
    /// [`read`](Self::read) without time; override it if such a read waits a little.
    ///
    /// # Errors
    /// Fails as listed for the trait.
    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(buffer, Duration::ZERO)
    }

    /// Writes at least one byte, and waits no longer than `within`.
    ///
    /// # Errors
    /// Fails as listed for the trait.
    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize>;

    /// The current time, on a monotonic clock.
    fn now(&self) -> Instant;
}

impl<P: Port + ?Sized> Port for Box<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        (**self).read(buffer, within)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read_waiting(buffer)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        (**self).write(bytes, within)
    }

    fn now(&self) -> Instant {
        (**self).now()
    }
}

/// A stream whose reads and writes can have a timeout.
///
/// Implemented for TCP and Unix streams and, with the feature `serialport`, for serial ports.
pub trait SetTimeout {
    /// Limits each following read to `timeout`, which is never zero.
    ///
    /// # Errors
    /// Fails when the operating system refuses the timeout.
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()>;

    /// Limits each following write to `timeout`, which is never zero.
    ///
    /// # Errors
    /// Fails when the operating system refuses the timeout.
    fn set_write_timeout(&mut self, timeout: Duration) -> io::Result<()>;

    /// Reads what has arrived already. Fails with [`WouldBlock`](io::ErrorKind::WouldBlock) or
    /// [`TimedOut`](io::ErrorKind::TimedOut) if that is nothing.
    ///
    /// The default waits for 1 ms; override it if the stream can read without waiting.
    ///
    /// # Errors
    /// Fails when the stream fails.
    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize>
    where
        Self: Read,
    {
        self.set_read_timeout(MIN_TIMEOUT)?;
        self.read(buffer)
    }
}

impl SetTimeout for std::net::TcpStream {
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Self::set_read_timeout(self, Some(timeout))
    }

    fn set_write_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Self::set_write_timeout(self, Some(timeout))
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_nonblocking(true)?;
        let read = self.read(buffer);
        self.set_nonblocking(false)?;
        read
    }
}

#[cfg(unix)]
impl SetTimeout for std::os::unix::net::UnixStream {
    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Self::set_read_timeout(self, Some(timeout))
    }

    fn set_write_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Self::set_write_timeout(self, Some(timeout))
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_nonblocking(true)?;
        let read = self.read(buffer);
        self.set_nonblocking(false)?;
        read
    }
}

/// A [`Port`] over any [`Read`] + [`Write`] stream with timeouts, on the clock of the operating
/// system.
#[derive(Debug)]
pub struct StreamPort<S> {
    stream: S,
    started: std::time::Instant,
}

impl<S: Read + Write + SetTimeout> StreamPort<S> {
    /// Uses `stream` as a port.
    pub fn new(stream: S) -> Self {
        Self { stream, started: std::time::Instant::now() }
    }

    /// Returns the stream.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

/// The shortest timeout: depending on the stream, zero means "no timeout" or is an error.
const MIN_TIMEOUT: Duration = Duration::from_millis(1);

impl<S: Read + Write + SetTimeout> Port for StreamPort<S> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.stream.set_read_timeout(within.max(MIN_TIMEOUT))?;
        self.stream.read(buffer)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read_waiting(buffer)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.stream.set_write_timeout(within.max(MIN_TIMEOUT))?;
        self.stream.write(bytes)
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }
}
