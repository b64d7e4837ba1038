//! The state that the handles share with the driver.

use alloc::boxed::Box;
use core::cell::{RefCell, RefMut};
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll};

use at_proto::Instant;
use embedded_io_async::ErrorKind;

use super::Clock;
use crate::session::Session;
use crate::waiters::Waiters;

pub(super) struct State {
    pub(super) session: Session,
    pub(super) clock: Box<dyn Clock>,
    pub(super) waiters: Waiters,
    /// The kind of the error that ended the last link.
    pub(super) lost: Option<ErrorKind>,
    /// Another link follows a link that has ended.
    pub(super) reopens: bool,
}

impl State {
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Returns `true` if the session is closed for good.
    pub(super) fn is_ended(&self) -> bool {
        self.session.is_closed() && !self.reopens
    }

    /// Closes the session for good.
    pub(super) fn end(&mut self) {
        self.reopens = false;
        self.close();
        self.waiters.wake_driver();
    }

    /// Ends the link.
    pub(super) fn close(&mut self) {
        let now = self.now();
        self.session.handle_closed(now);
        self.wake_waiters();
    }

    pub(super) fn wake_waiters(&mut self) {
        let is_ended = self.is_ended();
        self.waiters.wake(&self.session, is_ended);
    }
}

/// A cell, since the driver and all handles run on one executor. No borrow lasts over an await.
pub(super) struct Shared {
    state: RefCell<State>,
}

impl Shared {
    pub(super) fn new(session: Session, clock: Box<dyn Clock>, reopens: bool) -> Self {
        let waiters = Waiters::default();
        Self { state: RefCell::new(State { session, clock, waiters, lost: None, reopens }) }
    }

    pub(super) fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// Calls `verb` on the session with the current time.
    pub(super) fn with<R>(&self, verb: impl FnOnce(&mut Session, Instant) -> R) -> R {
        let mut state = self.state();
        let now = state.now();
        verb(&mut state.session, now)
    }

    /// Ends the link, for an error if there was one.
    pub(super) fn lose(&self, kind: Option<ErrorKind>) {
        let mut state = self.state();
        state.lost = kind;
        state.close();
    }

    /// Polls the timer for `deadline`.
    pub(super) fn poll_until(&self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        self.state().clock.poll_until(deadline, context)
    }

    /// Waits until `deadline`, and no longer than the session has a further link.
    pub(super) async fn sleep_until(&self, deadline: Instant) {
        poll_fn(|context| {
            let mut state = self.state();
            if !state.reopens {
                return Poll::Ready(());
            }
            state.waiters.set_driver(context.waker());
            state.clock.poll_until(deadline, context)
        })
        .await;
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
