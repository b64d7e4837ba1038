//! The future that moves bytes between a stream and the session, and wakes the waiting tasks.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::time;
use at_proto::Instant;

use super::Shared;
use super::pump::Pump;
use crate::session::Session;
use crate::waiters::Waiters;

/// The shared state of the handles and the driver.
pub(crate) struct State {
    pub(crate) session: Session,
    started: time::Instant,
    pub(crate) waiters: Waiters,
    /// Another link follows a link that has ended.
    pub(crate) reopens: bool,
}

impl State {
    pub(crate) fn new(session: Session) -> Self {
        Self { session, started: time::Instant::now(), waiters: Waiters::default(), reopens: false }
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

    /// Wakes all tasks that may find something; each of them looks for itself.
    pub(crate) fn wake_waiters(&mut self) {
        let is_ended = self.is_ended();
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
        let mut state = shared.lock();
        state.waiters.set_driver(context.waker());
        let closed = pump.poll(&mut state.session, stream, context);
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
