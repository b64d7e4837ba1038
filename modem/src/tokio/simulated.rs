//! The simulated modem as a stream, on tokio's clock.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::time::{self, Sleep};

use crate::simulator::Simulator;

/// A stream with a [`Simulator`] at its other end. With tokio's clock paused, its waits take no
/// real time.
#[doc(alias = "mock")]
#[derive(Debug)]
pub struct SimulatedStream {
    shared: Arc<Mutex<Shared>>,
    sleep: Pin<Box<Sleep>>,
}

/// A handle to the simulator at the other end of a [`SimulatedStream`].
#[derive(Debug, Clone)]
pub struct SimulatorHandle {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    simulator: Simulator,
    started: time::Instant,
    unread: Vec<u8>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Shared {
    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SimulatedStream {
    /// Connects to `simulator`.
    pub fn new(mut simulator: Simulator) -> (Self, SimulatorHandle) {
        simulator.handle_opened(Duration::ZERO);
        let shared = Shared {
            simulator,
            started: time::Instant::now(),
            unread: Vec::new(),
            reader: None,
            writer: None,
        };
        let shared = Arc::new(Mutex::new(shared));
        let stream =
            Self { shared: Arc::clone(&shared), sleep: Box::pin(time::sleep(Duration::ZERO)) };
        (stream, SimulatorHandle { shared })
    }
}

impl SimulatorHandle {
    /// Connects again, after the simulator has been disconnected; the clock runs on.
    pub fn reconnect(&self) -> SimulatedStream {
        let mut shared = lock(&self.shared);
        let now = shared.started.elapsed();
        shared.unread.clear();
        shared.simulator.handle_opened(now);
        SimulatedStream {
            shared: Arc::clone(&self.shared),
            sleep: Box::pin(time::sleep(Duration::ZERO)),
        }
    }

    /// Calls `verb` with the simulator and the current time.
    pub fn with<R>(&self, verb: impl FnOnce(&mut Simulator, Duration) -> R) -> R {
        let mut shared = lock(&self.shared);
        let now = shared.started.elapsed();
        let result = verb(&mut shared.simulator, now);
        shared.wake();
        result
    }
}

impl AsyncRead for SimulatedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { shared, sleep } = self.get_mut();
        let mut shared = lock(shared);
        loop {
            let now = shared.started.elapsed();
            shared.simulator.handle_timeout(now);
            while let Some(bytes) = shared.simulator.poll_transmit() {
                shared.unread.extend(bytes);
            }
            if !shared.unread.is_empty() {
                let count = shared.unread.len().min(buffer.remaining());
                let bytes: Vec<u8> = shared.unread.drain(..count).collect();
                buffer.put_slice(&bytes);
                return Poll::Ready(Ok(()));
            }
            if !shared.simulator.is_connected() {
                return Poll::Ready(Ok(()));
            }
            shared.reader = Some(context.waker().clone());
            let Some(next) = shared.simulator.poll_timeout() else {
                return Poll::Pending;
            };
            // The clock of tokio has milliseconds: a time within the next one is waited for to its
            // end.
            let next = Duration::from_millis(
                u64::try_from(next.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX),
            );
            // A time beyond the range of the clock never comes.
            let Some(next) = shared.started.checked_add(next) else {
                return Poll::Pending;
            };
            sleep.as_mut().reset(next);
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for SimulatedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = lock(&self.shared);
        if !shared.simulator.is_connected() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let now = shared.started.elapsed();
        let count = shared.simulator.handle_input(bytes, now);
        if count == 0 {
            shared.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        // The written bytes may be answered at once.
        if let Some(reader) = shared.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = lock(&self.shared);
        let now = shared.started.elapsed();
        shared.simulator.handle_closed(now);
        Poll::Ready(Ok(()))
    }
}
