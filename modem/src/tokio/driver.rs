//! The future that moves bytes between a stream and the session, and wakes the waiting tasks.

use alloc::collections::BTreeMap;
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
use super::pump::Pump;
use crate::session::{Session, TicketId};

/// The shared state of the handles and the driver.
pub(crate) struct State {
    pub(crate) session: Session,
    started: time::Instant,
    driver: Option<Waker>,
    events: Option<Waker>,
    tickets: BTreeMap<TicketId, Waker>,
    ready: Vec<Waker>,
    /// Another link follows a link that has ended.
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
        Instant::from(self.started.elapsed())
    }

    pub(crate) fn set_driver(&mut self, waker: &Waker) {
        self.driver = Some(waker.clone());
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

    /// Wakes all tasks that may find something; each of them looks for itself.
    pub(crate) fn wake_waiters(&mut self) {
        if self.session.is_ready() || self.is_ended() {
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
        state.set_driver(context.waker());
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
