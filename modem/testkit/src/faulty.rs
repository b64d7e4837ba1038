//! A link that ends in other ways than a closed port, for any front-end.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::Port;

/// The behaviour of a link from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behaviour {
    /// The link works.
    Works,
    /// Reading fails.
    FailsToRead,
    /// Writing and reading fail: the modem was unplugged.
    Fails,
    /// Bytes are accepted, and flushing them fails. Ports have no flush.
    FailsToFlush,
    /// No byte is accepted.
    AcceptsNothing,
}

/// A link that works until its behaviour changes.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    behaviour: Switch,
}

/// The switch of a [`Faulty`] link.
#[derive(Debug, Clone)]
pub struct Switch(Arc<Mutex<Behaviour>>);

impl Switch {
    /// Changes the behaviour.
    pub fn set(&self, behaviour: Behaviour) {
        *self.0.lock().unwrap() = behaviour;
    }

    fn get(&self) -> Behaviour {
        *self.0.lock().unwrap()
    }
}

impl<S> Faulty<S> {
    /// A link over a port or a stream, and its switch.
    pub fn new(inner: S) -> (Self, Switch) {
        let behaviour = Switch(Arc::new(Mutex::new(Behaviour::Works)));
        let link = Self { inner, behaviour: behaviour.clone() };
        (link, behaviour)
    }

    fn check_read(&self) -> io::Result<()> {
        match self.behaviour.get() {
            Behaviour::FailsToRead | Behaviour::Fails => Err(error()),
            _ => Ok(()),
        }
    }

    /// The result of a write that does not reach the modem.
    fn intercept(&self, bytes: &[u8]) -> Option<io::Result<usize>> {
        match self.behaviour.get() {
            Behaviour::Fails => Some(Err(error())),
            Behaviour::AcceptsNothing => Some(Ok(0)),
            Behaviour::FailsToFlush => Some(Ok(bytes.len())),
            Behaviour::Works | Behaviour::FailsToRead => None,
        }
    }
}

/// The error text of the system for a device that is gone.
pub const ERROR: &str = "Input/output error (os error 5)";

fn error() -> io::Error {
    io::Error::other(ERROR)
}

impl<P: Port> Port for Faulty<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.check_read()?;
        self.inner.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.intercept(bytes).unwrap_or_else(|| self.inner.write(bytes, within))
    }

    fn now(&self) -> Instant {
        self.inner.now()
    }
}

#[cfg(feature = "tokio")]
mod stream {
    use core::pin::Pin;
    use core::task::{Context, Poll};
    use std::io;

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::{Behaviour, Faulty, error};

    impl<S: AsyncRead + Unpin> AsyncRead for Faulty<S> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.check_read()?;
            Pin::new(&mut self.inner).poll_read(context, buffer)
        }
    }

    impl<S: AsyncWrite + Unpin> AsyncWrite for Faulty<S> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            match self.intercept(bytes) {
                Some(result) => Poll::Ready(result),
                None => Pin::new(&mut self.inner).poll_write(context, bytes),
            }
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.behaviour.get() == Behaviour::FailsToFlush {
                return Poll::Ready(Err(error()));
            }
            Pin::new(&mut self.inner).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.inner).poll_shutdown(context)
        }
    }
}
