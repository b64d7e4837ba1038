//! The future that moves bytes between a stream and the session, and wakes the waiting tasks.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::time;
use at_proto::Instant;

use super::Shared;
use super::journal::Journal;
use super::pump::{Pump, Stream};
use crate::session::Session;
use crate::waiters::Waiters;

/// The shared state of the handles and the driver.
pub(crate) struct State {
    pub(crate) session: Session,
    started: time::Instant,
    pub(crate) waiters: Waiters,
    journal: Option<Journal>,
    durable: Vec<Waker>,
    /// Another link follows a link that has ended.
    pub(crate) reopens: bool,
}

impl State {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session,
            started: time::Instant::now(),
            waiters: Waiters::default(),
            journal: None,
            durable: Vec::new(),
            reopens: false,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    /// Returns `true` if the session is closed for good.
    pub(crate) fn is_ended(&self) -> bool {
        self.session.is_closed() && !self.reopens
    }

    /// Closes the session for good.
    pub(crate) fn end(&mut self) {
        self.reopens = false;
        let now = self.now();
        self.session.handle_closed(now);
        self.wake_waiters();
        self.waiters.wake_driver();
    }

    pub(super) fn set_journal(&mut self, journal: Journal) {
        self.journal = Some(journal);
    }

    /// Asks for all records so far to be durable, and returns the number of the last one.
    pub(super) fn want_durable(&mut self) -> u64 {
        let number = self.session.last_record();
        if let Some(journal) = &mut self.journal {
            journal.want(number);
        }
        number
    }

    pub(crate) fn wait_for_durable(&mut self, waker: &Waker) {
        self.durable.retain(|other| !other.will_wake(waker));
        self.durable.push(waker.clone());
    }

    /// Writes the records of the session. Returns `true` if the session may have something to do.
    pub(super) fn poll_journal(&mut self, context: &mut Context<'_>) -> bool {
        let now = self.now();
        let Some(journal) = &mut self.journal else {
            return false;
        };
        let progress = journal.poll(&mut self.session, now, context);
        if progress {
            self.durable.drain(..).for_each(Waker::wake);
        }
        progress
    }

    /// Moves bytes and time until the link ends.
    fn poll_link(
        &mut self,
        stream: &mut dyn Stream,
        pump: &mut Pump,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        self.waiters.set_driver(context.waker());
        let closed = loop {
            let closed = pump.poll(&mut self.session, stream, context);
            // A record that is durable lets the session go on.
            if !self.poll_journal(context) {
                break closed;
            }
        };
        self.wake_waiters();
        // The last records of a link are written before the driver ends.
        if closed && !self.is_writing() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Returns `true` if the records of the session are being written.
    pub(super) fn is_writing(&self) -> bool {
        self.journal.as_ref().is_some_and(Journal::is_writing)
    }

    /// Wakes all tasks that may find something; each of them looks for itself.
    pub(crate) fn wake_waiters(&mut self) {
        let is_ended = self.is_ended();
        if is_ended {
            self.durable.drain(..).for_each(Waker::wake);
        }
        self.waiters.wake(&self.session, is_ended);
    }
}

/// Moves bytes and time between a stream and the session. Spawn it, or poll it together with your
/// own work.
///
/// The driver ends when the link ends; dropping it ends the session.
#[must_use = "the modem makes progress only while its driver is polled"]
pub struct Driver<S> {
    shared: Arc<Shared>,
    stream: S,
    pump: Pump,
}

impl<S> Driver<S> {
    pub(crate) fn new(shared: Arc<Shared>, stream: S) -> Self {
        let pump = Pump::new(shared.lock().started);
        Self { shared, stream, pump }
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
        let Self { shared, stream, pump } = self.get_mut();
        shared.lock().poll_link(stream, pump, context)
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
