//! The future that moves bytes between a stream and the session, and wakes those who wait.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::time::{self, Sleep};
use at_proto::Instant;

use super::Shared;
use crate::machine::Machine;
use crate::session::{Session, TicketId};

/// What the handles and the driver share.
pub(crate) struct State {
    pub(crate) session: Session,
    started: time::Instant,
    driver: Option<Waker>,
    events: Option<Waker>,
    tickets: BTreeMap<TicketId, Waker>,
    ready: Vec<Waker>,
    /// Whether another link follows one that has ended.
    pub(crate) reopens: bool,
}

impl State {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session,
            started: time::Instant::now(),
            driver: None,
            events: None,
            tickets: BTreeMap::new(),
            ready: Vec::new(),
            reopens: false,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        since(self.started)
    }

    pub(crate) fn set_driver(&mut self, waker: &Waker) {
        self.driver = Some(waker.clone());
    }

    /// Whether the session is closed for good.
    pub(crate) fn is_ended(&self) -> bool {
        self.session.is_closed() && !self.reopens
    }

    /// Closes the session for good.
    pub(crate) fn end(&mut self) {
        self.reopens = false;
        let now = self.now();
        self.session.handle_closed(now);
        self.wake_waiters();
        self.wake_driver();
    }

    pub(crate) fn wake_driver(&mut self) {
        if let Some(waker) = &self.driver {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn wait_for_event(&mut self, waker: &Waker) {
        self.events = Some(waker.clone());
    }

    pub(crate) fn wait_for_ticket(&mut self, id: TicketId, waker: &Waker) {
        self.tickets.insert(id, waker.clone());
    }

    pub(crate) fn wait_for_ready(&mut self, waker: &Waker) {
        self.ready.retain(|other| !other.will_wake(waker));
        self.ready.push(waker.clone());
    }

    pub(crate) fn forget_ticket(&mut self, id: TicketId) {
        self.tickets.remove(&id);
    }

    /// Wakes all who may find something; each looks for itself.
    pub(crate) fn wake_waiters(&mut self) {
        if self.session.is_ready() {
            self.ready.drain(..).for_each(Waker::wake);
        }
        if self.session.has_event() || self.is_ended() {
            if let Some(waker) = self.events.take() {
                waker.wake();
            }
        }
        let session = &self.session;
        self.tickets.retain(|id, waker| {
            let finished = session.is_finished(*id);
            if finished {
                waker.wake_by_ref();
            }
            !finished
        });
    }
}

/// Moves bytes and time between a stream and the session; spawn it, or poll it beside your own work.
///
/// It ends when the link ends; dropping it ends the session.
#[must_use = "the modem makes progress only while its driver is polled"]
pub struct Driver<S> {
    shared: Arc<Shared>,
    stream: S,
    sleep: Pin<Box<Sleep>>,
}

impl<S> Driver<S> {
    pub(crate) fn new(shared: Arc<Shared>, stream: S) -> Self {
        Self {
            shared,
            stream,
            sleep: Box::pin(time::sleep(core::time::Duration::ZERO)),
        }
    }
}

impl<S> fmt::Debug for Driver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self {
            shared,
            stream,
            sleep,
        } = self.get_mut();
        let mut state = shared.lock();
        state.set_driver(context.waker());
        let started = state.started;
        let closed = pump(&mut state.session, started, stream, sleep.as_mut(), context);
        state.wake_waiters();
        if closed { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<S> Drop for Driver<S> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let now = state.now();
        state.session.handle_closed(now);
        state.wake_waiters();
    }
}

/// How many turns the driver takes at a time.
const MOST_TURNS: usize = 128;

/// Turns until neither the stream nor the clock has anything more; true when the link has ended.
///
/// After so many turns a stream that always has more lets the other tasks go on.
pub(crate) fn pump<M: Machine, S: AsyncRead + AsyncWrite + Unpin>(
    machine: &mut M,
    started: time::Instant,
    stream: &mut S,
    mut sleep: Pin<&mut Sleep>,
    context: &mut Context<'_>,
) -> bool {
    for _ in 0..MOST_TURNS {
        if machine.is_closed() {
            return true;
        }
        let mut progress = false;
        let now = since(started);
        let mut buffer = [0; 4096];
        let mut read = ReadBuf::new(&mut buffer);
        match Pin::new(&mut *stream).poll_read(context, &mut read) {
            Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                machine.handle_input(read.filled(), now);
                progress = true;
            }
            Poll::Ready(Ok(())) => machine.handle_closed(now),
            Poll::Ready(Err(error)) => machine.handle_lost(error, now),
            Poll::Pending => {}
        }
        machine.handle_timeout(now);
        if let Some(bytes) = machine.poll_transmit() {
            match Pin::new(&mut *stream).poll_write(context, bytes) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    machine.handle_transmitted(count, now);
                    progress = true;
                }
                Poll::Ready(Ok(_)) => machine.handle_closed(now),
                Poll::Ready(Err(error)) => machine.handle_lost(error, now),
                Poll::Pending => {}
            }
        } else if let Poll::Ready(Err(error)) = Pin::new(&mut *stream).poll_flush(context) {
            // Nothing to write: what a buffering stream still held was to go on its way.
            machine.handle_lost(error, now);
        }
        if let Some(deadline) = machine.poll_timeout() {
            let at = started + deadline.since_epoch();
            sleep.as_mut().reset(at);
            progress |= sleep.as_mut().poll(context).is_ready();
        }
        if !progress && !machine.is_closed() {
            return false;
        }
    }
    context.waker().wake_by_ref();
    false
}

/// The time on tokio's clock, so that a paused clock is the session's clock too.
fn since(started: time::Instant) -> Instant {
    Instant::from(started.elapsed())
}
