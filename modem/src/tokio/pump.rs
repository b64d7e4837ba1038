//! The loop of the async front-end: turns move bytes and time between a stream and a machine.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use core::time::Duration;

use ::tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use ::tokio::time::{self, Sleep};
use at_proto::Instant;
use bytes::BytesMut;

use crate::machine::Machine;

/// The size of the read buffer.
const READ_SIZE: usize = 4096;

/// The number of turns that one poll takes: a stream that always has more lets the other tasks go
/// on.
const MAX_TURNS: usize = 128;

/// The longest sleep, for a deadline beyond the range of the clock.
const MAX_SLEEP: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A stream whose type is erased, so that the loop is compiled once, and not in each program for
/// each of its streams.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// Moves bytes and time between a stream and a machine.
pub(super) struct Pump {
    /// The epoch of the machine's clock.
    started: time::Instant,
    sleep: Pin<Box<Sleep>>,
    /// Kept over all turns, and read into without being cleared.
    buffer: BytesMut,
}

impl Pump {
    /// A pump on tokio's clock, so that a paused clock is the machine's clock too.
    pub(super) fn new(started: time::Instant) -> Self {
        Self {
            started,
            sleep: Box::pin(time::sleep(Duration::ZERO)),
            buffer: BytesMut::with_capacity(READ_SIZE),
        }
    }

    /// Takes turns until neither the stream nor the clock has anything more. Returns `true` when
    /// the link has ended.
    pub(super) fn poll(
        &mut self,
        machine: &mut dyn Machine,
        stream: &mut dyn Stream,
        context: &mut Context<'_>,
    ) -> bool {
        for _ in 0..MAX_TURNS {
            if machine.is_closed() {
                return true;
            }
            let progress = self.turn(machine, stream, context);
            if !progress && !machine.is_closed() {
                return false;
            }
        }
        context.waker().wake_by_ref();
        false
    }

    /// Takes one turn: read what has arrived, expire, write what is there. Returns `true` if
    /// anything moved.
    fn turn(
        &mut self,
        machine: &mut dyn Machine,
        mut stream: &mut dyn Stream,
        context: &mut Context<'_>,
    ) -> bool {
        let mut progress = false;
        let now = Instant::from(self.started.elapsed());
        match pin!((&mut stream).read_buf(&mut self.buffer)).poll(context) {
            Poll::Ready(Ok(0)) => machine.handle_closed(now),
            Poll::Ready(Ok(_)) => {
                machine.handle_input(&self.buffer, now);
                self.buffer.clear();
                progress = true;
            }
            Poll::Ready(Err(error)) => machine.handle_lost(error, now),
            Poll::Pending => {}
        }
        machine.handle_timeout(now);
        if let Some(bytes) = machine.poll_transmit() {
            match Pin::new(&mut stream).poll_write(context, bytes) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    machine.handle_transmitted(count, now);
                    progress = true;
                }
                Poll::Ready(Ok(_)) => machine.handle_closed(now),
                Poll::Ready(Err(error)) => machine.handle_lost(error, now),
                // Bytes that are read before the stream takes these are older.
                Poll::Pending => machine.handle_transmitted(0, now),
            }
        } else if let Poll::Ready(Err(error)) = Pin::new(&mut stream).poll_flush(context) {
            // Nothing to write: flush the bytes that a buffering stream still holds.
            machine.handle_lost(error, now);
        }
        if let Some(deadline) = machine.poll_timeout() {
            // After a deadline that the clock cannot show another sleep follows.
            let at = self.started.checked_add(deadline.since_epoch());
            let at = at.or_else(|| time::Instant::now().checked_add(MAX_SLEEP));
            self.sleep.as_mut().reset(at.unwrap_or(self.started));
            progress |= self.sleep.as_mut().poll(context).is_ready();
        }
        progress
    }
}

impl fmt::Debug for Pump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump").finish_non_exhaustive()
    }
}
