//! The front-end for microcontrollers: a [`Modem`] handle, an [`Inbox`] and a [`Driver`] around one
//! [`Session`], over any [`embedded_io_async`] line and without `std`.
//!
//! No executor is assumed. The driver is a future that you spawn, or poll together with your own
//! work. It has no heap of its own; its buffers are part of the future. The line is two halves, a
//! [`Read`] and a [`Write`], as a UART is split. The time comes from a [`Clock`]; the feature
//! `embassy-time` has [`EmbassyClock`].
//!
//! ```no_run
//! # #[cfg(feature = "embassy-time")]
//! # use embedded_io_async::{Read, Write};
//! # async fn run(receiver: impl Read, transmitter: impl Write) {
//! use modem::embedded::{EmbassyClock, Modem};
//! use modem::{Config, OutgoingMessage, Session};
//!
//! let mut config = Config::default();
//! config.dialect = modem::at::Dialect::small();
//! let (modem, mut inbox, driver, ready) =
//!     Modem::with_driver(receiver, transmitter, EmbassyClock::new(), Session::new(config));
//! let application = async {
//!     modem.wait(ready).await?;
//!     let to = "+491715550100".parse().expect("the number is valid");
//!     modem.send(&OutgoingMessage::text(to, "Door open")).await
//! };
//! let _ = embassy_futures::select::select(driver.run(), application).await;
//! # }
//! ```
//!
//! # One executor
//! The handles share a cell with the driver, so they are not `Send`: all of them run on one
//! executor. A task of another executor asks a task of this one, for example over a channel.
//!
//! # Dropped futures
//! Dropping the future of a call abandons the wait, not the transaction. A running operation
//! continues to its end, since half a dialogue would leave the modem in an unknown state; a queued
//! one is withdrawn. The result of an abandoned sending is reported by an [`Event`]. No call has a
//! timer, so a dropped call leaves nothing in a timer queue. Dropping the [`Driver`] or its future
//! ends the session: every waiting call fails.
//!
//! # Errors of the line
//! A UART reports damaged bytes as errors of a read. These do not end the link: the session
//! recovers from lost bytes, and the driver reads on, with pauses of up to 128 ms while there are
//! only errors. Errors such as [`ErrorKind::NotConnected`] and an end of file end the link. A modem
//! that loses power is only silent on a UART; see
//! [no_std and firmware](crate::documentation::firmware).

mod clock;
mod driver;
#[cfg(feature = "embassy-time")]
mod embassy;
#[allow(clippy::duplicate_mod, reason = "the same verbs over the modem of each async front-end")]
#[path = "phone.rs"]
mod phone;
mod pump;
mod reconnect;
mod shared;
mod verbs;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};

use at_proto::Instant;
use embedded_io_async::{ErrorKind, Read, Write};

pub use self::clock::Clock;
pub use self::driver::Driver;
#[cfg(feature = "embassy-time")]
pub use self::embassy::EmbassyClock;
pub use self::reconnect::{Connector, Reconnecting, Uart};
use self::shared::Shared;
use crate::error::Error;
use crate::event::Event;
use crate::session::{Session, Ticket};

/// A handle to a modem, cheap to clone. Calls may be made concurrently; they are carried out one
/// after the other.
#[derive(Clone)]
pub struct Modem {
    handle: Rc<Handle>,
}

/// The state that all handles and the inbox share with the driver, whose session ends when the last
/// of them is dropped.
struct Handle {
    shared: Rc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.state().end();
    }
}

/// The events of a modem, in order. There is one inbox for each modem, so that no event is
/// delivered to two readers.
///
/// The inbox implements [`Stream`](futures_core::Stream).
#[derive(Debug)]
pub struct Inbox {
    modem: Modem,
}

impl fmt::Debug for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem").finish_non_exhaustive()
    }
}

impl Modem {
    /// Returns a modem over one link: the handle, its events, the [`Driver`], and the ticket of the
    /// initialisation.
    ///
    /// The modem makes progress only while [`Driver::run`] is polled; [`wait`](Self::wait) for the
    /// ticket meanwhile. Without `std` there is no random number: call
    /// [`Session::seed_reference`] with one of your board, so that the parts of long messages of
    /// two runs are not joined.
    pub fn with_driver<R, W>(
        reader: R,
        writer: W,
        clock: impl Clock + 'static,
        session: Session,
    ) -> (Self, Inbox, Driver<R, W>, Ticket<()>)
    where
        R: Read,
        W: Write,
    {
        let (modem, inbox) = Self::closed(session, clock, false);
        let ready = modem.with(Session::handle_opened);
        let driver = Driver::new(Rc::clone(&modem.handle.shared), reader, writer);
        (modem, inbox, driver, ready)
    }

    /// A modem without a link.
    fn closed(session: Session, clock: impl Clock + 'static, reopens: bool) -> (Self, Inbox) {
        #[cfg(feature = "std")]
        let session = session.seeded();
        let shared = Rc::new(Shared::new(session, Box::new(clock), reopens));
        let modem = Self { handle: Rc::new(Handle { shared }) };
        (modem.clone(), Inbox { modem })
    }

    /// Ends the session: the driver ends, waiting calls fail, and the [`Inbox`] ends after its
    /// remaining events.
    pub fn close(&self) {
        self.handle.shared.state().end();
    }

    /// Waits until the modem is ready. Returns `false` if the session is closed for good.
    ///
    /// Dropping the future changes nothing; limit the wait with a timeout of your executor.
    pub async fn ready(&self) -> bool {
        poll_fn(|context| {
            let mut state = self.handle.shared.state();
            if state.session.is_ready() || state.is_ended() {
                return Poll::Ready(state.session.is_ready());
            }
            state.waiters.wait_for_ready(context.waker());
            Poll::Pending
        })
        .await
    }

    /// The kind of the error that ended the last link, if it was an error.
    pub fn link_error(&self) -> Option<ErrorKind> {
        self.handle.shared.state().lost
    }

    /// Waits for the result of a ticket of the session.
    ///
    /// # Errors
    /// Fails with the error of the operation.
    pub async fn wait<T: 'static>(&self, ticket: Ticket<T>) -> Result<T, Error> {
        let mut pending = Pending { modem: self, ticket, done: false };
        poll_fn(|context| pending.poll(context)).await
    }

    /// Calls `verb` on the session inside, and has the driver act on it.
    ///
    /// # Panics
    /// Panics if `verb` calls this modem.
    pub fn with<R>(&self, verb: impl FnOnce(&mut Session, Instant) -> R) -> R {
        let result = self.handle.shared.with(verb);
        self.handle.shared.state().waiters.wake_driver();
        result
    }
}

impl Inbox {
    /// Waits for the next event; `None` once the session is closed for good and all its events are
    /// taken.
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.modem.handle.shared.state();
        match state.session.poll_event() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.is_ended() => Poll::Ready(None),
            None => {
                state.waiters.wait_for_event(context.waker());
                Poll::Pending
            }
        }
    }
}

impl futures_core::Stream for Inbox {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll(context)
    }
}

/// A wait for a ticket; dropped before its end, it abandons the ticket.
struct Pending<'a, T> {
    modem: &'a Modem,
    ticket: Ticket<T>,
    done: bool,
}

impl<T: 'static> Pending<'_, T> {
    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<T, Error>> {
        let mut state = self.modem.handle.shared.state();
        if let Some(result) = state.session.take(&self.ticket) {
            self.done = true;
            return Poll::Ready(result);
        }
        state.waiters.wait_for_ticket(self.ticket.id(), context.waker());
        Poll::Pending
    }
}

impl<T> Drop for Pending<'_, T> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.modem.handle.shared.state();
            state.waiters.forget_ticket(self.ticket.id());
            let now = state.now();
            state.session.abandon(self.ticket.id(), now);
            state.waiters.wake_driver();
        }
    }
}
