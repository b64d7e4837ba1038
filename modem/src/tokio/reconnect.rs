//! An async modem that opens its link again whenever it is lost.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::time::{self, Sleep, Timeout};

use super::driver::{Driver, State};
use super::journal::Journal;
use super::{Inbox, Modem, Shared};
use crate::Backoff;
use crate::event::LinkEnd;
use crate::journal::Store;
use crate::reopening::{down, initialised};
use crate::session::{Session, Ticket};

/// The timeout for opening a link.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

impl Modem {
    /// Starts a driver on the current tokio runtime that opens the link with `open` and initialises
    /// the modem, again whenever the link is lost.
    ///
    /// The modem is one session over many links. Some state survives the loss of a link: parts of
    /// incomplete messages, unacknowledged deliveries, awaited status reports, and the next
    /// reference. Operations under way or waiting end with the link, each with its outcome, as
    /// without reconnection. Calls made while the link is lost fail at once with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed). The application decides which of them to
    /// try again.
    ///
    /// The [`Inbox`] continues over all links, and its events report the state of the link:
    ///
    /// * [`Event::Closed`](crate::Event::Closed): the link is lost.
    /// * [`Event::Reconnecting`](crate::Event::Reconnecting): the delay before the next attempt,
    ///   and the reason.
    /// * [`Event::Ready`](crate::Event::Ready): the modem is ready again.
    ///
    /// A modem may refuse its initialisation for a permanent reason, such as a wrong PIN. That is
    /// reported by [`Event::Failed`](crate::Event::Failed), and the link stays open.
    /// [`close`](Self::close) ends the session. For blocking programs there is
    /// [`blocking::Reconnecting`](crate::blocking::Reconnecting).
    ///
    /// ```no_run
    /// use modem::tokio::Modem;
    /// use modem::{Backoff, Config, Event, Session};
    ///
    /// # async fn run() {
    /// let open = || tokio::net::TcpStream::connect("modem.example:2000");
    /// let session = Session::new(Config::default());
    /// let (modem, mut inbox) = Modem::reconnecting(open, session, Backoff::default());
    /// while let Some(event) = inbox.next().await {
    ///     match event {
    ///         Event::Received(message) => modem.acknowledge(&message.receipt),
    ///         Event::Reconnecting { after, reason, .. } => {
    ///             eprintln!("{reason}: next attempt in {after:?}");
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub fn reconnecting<S, F, O>(open: F, session: Session, backoff: Backoff) -> (Self, Inbox)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> O + Send + Unpin + 'static,
        O: Future<Output = io::Result<S>> + Send + 'static,
    {
        let (modem, inbox, driver) = Self::with_reconnecting_driver(open, session, backoff);
        ::tokio::spawn(driver);
        (modem, inbox)
    }

    /// Starts a driver like [`reconnecting`](Self::reconnecting), for a session whose records go to
    /// `store`; see [`open_journaled`](Self::open_journaled).
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub fn reconnecting_journaled<S, F, O>(
        open: F,
        session: Session,
        backoff: Backoff,
        store: impl Store,
    ) -> (Self, Inbox)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: FnMut() -> O + Send + Unpin + 'static,
        O: Future<Output = io::Result<S>> + Send + 'static,
    {
        let (modem, inbox, driver) = Self::with_reconnecting_driver(open, session, backoff);
        modem.handle.shared.lock().set_journal(Journal::new(store));
        ::tokio::spawn(driver);
        (modem, inbox)
    }

    /// Returns the parts of [`reconnecting`](Self::reconnecting), for callers that run the
    /// [`Reconnecting`] driver in a task of their own.
    pub fn with_reconnecting_driver<S, F, O>(
        open: F,
        session: Session,
        backoff: Backoff,
    ) -> (Self, Inbox, Reconnecting<S, F, O>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
        F: FnMut() -> O + Unpin,
        O: Future<Output = io::Result<S>>,
    {
        let (modem, inbox) = Self::closed(session);
        modem.handle.shared.lock().reopens = true;
        let driver = Reconnecting {
            shared: Arc::clone(&modem.handle.shared),
            open,
            backoff,
            stage: Stage::Idle,
        };
        (modem, inbox, driver)
    }

    /// Waits until the modem is ready, and at most `within`. Returns `true` if the modem is ready.
    ///
    /// Returns `false` at once if the session is closed for good. Dropping the future changes
    /// nothing.
    pub async fn ready(&self, within: Duration) -> bool {
        let ready = core::future::poll_fn(|context| {
            let mut state = self.handle.shared.lock();
            if state.session.is_ready() || state.is_ended() {
                return Poll::Ready(state.session.is_ready());
            }
            state.waiters.wait_for_ready(context.waker());
            Poll::Pending
        });
        time::timeout(within, ready).await.unwrap_or(false)
    }
}

/// Opens the link, moves bytes and time between it and the session as [`Driver`] does, and opens it
/// again when it is lost. Spawn it, or poll it together with your own work.
///
/// The driver ends after [`Modem::close`]; dropping it ends the session.
#[must_use = "the modem makes progress only while its driver is polled"]
pub struct Reconnecting<S, F, O> {
    shared: Arc<Shared>,
    open: F,
    backoff: Backoff,
    stage: Stage<S, O>,
}

enum Stage<S, O> {
    /// The link is opened at the next poll.
    Idle,
    Opening(Pin<Box<Timeout<O>>>),
    /// The link is open; the ticket is present until the modem is initialised.
    Open(Driver<S>, Option<Ticket<()>>),
    Waiting(Pin<Box<Sleep>>),
}

impl<S, F, O> Future for Reconnecting<S, F, O>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: FnMut() -> O + Unpin,
    O: Future<Output = io::Result<S>>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            {
                let mut state = this.shared.lock();
                if !state.reopens {
                    drop(state);
                    this.stage = Stage::Idle;
                    return Poll::Ready(());
                }
                state.waiters.set_driver(context.waker());
                // Without a link too, records are written.
                state.poll_journal(context);
            }
            match &mut this.stage {
                Stage::Idle => {
                    let opening = time::timeout(OPEN_TIMEOUT, (this.open)());
                    this.stage = Stage::Opening(Box::pin(opening));
                }
                Stage::Opening(opening) => match opening.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(opened) => match opened.unwrap_or_else(|late| Err(late.into())) {
                        Ok(stream) => {
                            let mut state = this.shared.lock();
                            let now = state.now();
                            let ready = state.session.handle_opened(now);
                            drop(state);
                            let driver = Driver::new(Arc::clone(&this.shared), stream);
                            this.stage = Stage::Open(driver, Some(ready));
                        }
                        Err(error) => this.down(Some(LinkEnd::Line(error.to_string()))),
                    },
                },
                Stage::Open(driver, ready) => {
                    let ended = Pin::new(driver).poll(context).is_ready();
                    let failed = {
                        let mut state = this.shared.lock();
                        let now = state.now();
                        let failed = initialised(&mut state.session, &mut this.backoff, ready, now);
                        state.wake_waiters();
                        failed
                    };
                    match failed {
                        Some(reason) => this.down(Some(reason)),
                        None if ended => this.down(None),
                        None => return Poll::Pending,
                    }
                }
                Stage::Waiting(sleep) => match sleep.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => this.stage = Stage::Idle,
                },
            }
        }
    }
}

impl<S, F, O> Reconnecting<S, F, O> {
    /// Drops the link, so that it does not block the next one.
    fn down(&mut self, reason: Option<LinkEnd>) {
        // Dropping the driver closes the session.
        self.stage = Stage::Idle;
        let mut state = self.shared.lock();
        let now = state.now();
        let reason = reason.unwrap_or_else(|| state.session.closed_because());
        let after = down(&mut state.session, &mut self.backoff, reason, now);
        state.wake_waiters();
        self.stage = Stage::Waiting(Box::pin(time::sleep(after)));
    }
}

impl<S, F, O> Drop for Reconnecting<S, F, O> {
    fn drop(&mut self) {
        State::end(&mut self.shared.lock());
    }
}

impl<S, F, O> fmt::Debug for Reconnecting<S, F, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnecting").field("backoff", &self.backoff).finish_non_exhaustive()
    }
}
