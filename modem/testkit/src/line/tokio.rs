//! The tampering line as a stream.

use core::future::Future as _;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::time::{self, Sleep};
use modem::tokio::{SimulatedStream, SimulatorHandle};

use super::{Tamper, Way};

/// The simulated modem with the line to it, which outlives each stream.
#[derive(Debug)]
pub(crate) struct Link {
    stream: SimulatedStream,
    pub(crate) tamper: Tamper,
    started: time::Instant,
}

impl Link {
    pub(crate) fn new(stream: SimulatedStream) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            stream,
            tamper: Tamper::default(),
            started: time::Instant::now(),
        }))
    }

    /// Connects again to the same modem.
    pub(crate) fn reconnect(&mut self, simulator: &SimulatorHandle) {
        self.stream = simulator.reconnect();
    }

    fn deliver(&mut self, context: &mut Context<'_>) {
        let bytes = self.tamper.take(Way::ToModem, usize::MAX, self.started.elapsed());
        if !bytes.is_empty() {
            let taken = match Pin::new(&mut self.stream).poll_write(context, &bytes) {
                Poll::Ready(Ok(count)) => count,
                _ => 0,
            };
            self.tamper.put_back(&bytes[taken..]);
        }
    }
}

/// A stream over a [`Link`], which it finds whole.
#[derive(Debug)]
pub(crate) struct TamperedStream {
    link: Arc<Mutex<Link>>,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
}

impl TamperedStream {
    pub(crate) fn new(link: Arc<Mutex<Link>>) -> Self {
        link.lock().unwrap().tamper.mend();
        Self {
            link,
            reading: Box::pin(time::sleep(Duration::ZERO)),
            writing: Box::pin(time::sleep(Duration::ZERO)),
        }
    }
}

fn is_over(sleep: &mut Pin<Box<Sleep>>, at: time::Instant, context: &mut Context<'_>) -> bool {
    sleep.as_mut().reset(at);
    sleep.as_mut().poll(context).is_ready()
}

impl AsyncRead for TamperedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { link, reading, .. } = self.get_mut();
        let mut link: MutexGuard<'_, Link> = link.lock().unwrap();
        let link = &mut *link;
        loop {
            link.deliver(context);
            let bytes = link.tamper.take(Way::ToHost, buffer.remaining(), link.started.elapsed());
            if !bytes.is_empty() || link.tamper.is_cut() {
                buffer.put_slice(&bytes);
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; 256];
            let mut read = ReadBuf::new(&mut bytes);
            match Pin::new(&mut link.stream).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    link.tamper.carry(Way::ToHost, read.filled(), link.started.elapsed());
                }
                Poll::Ready(result) => return Poll::Ready(result),
                Poll::Pending => match link.tamper.next() {
                    Some(next) if is_over(reading, link.started + next, context) => {}
                    _ => return Poll::Pending,
                },
            }
        }
    }
}

impl AsyncWrite for TamperedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { link, writing, .. } = self.get_mut();
        let mut link: MutexGuard<'_, Link> = link.lock().unwrap();
        loop {
            if link.tamper.is_cut() {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let now = link.started.elapsed();
            let count = link.tamper.carry(Way::ToModem, bytes, now);
            if count > 0 {
                link.deliver(context);
                return Poll::Ready(Ok(count));
            }
            let until = link.tamper.refuses_until().unwrap_or(now);
            if !is_over(writing, link.started + until, context) {
                return Poll::Pending;
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
