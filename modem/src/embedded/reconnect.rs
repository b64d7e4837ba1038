//! A modem whose line is opened again whenever it is lost.

use alloc::rc::Rc;
use alloc::string::ToString;
use core::convert::Infallible;
use core::fmt;
use core::future::{Future as _, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use embedded_io_async::{Read, Write};

use super::pump::pump;
use super::shared::Shared;
use super::{Clock, Inbox, Modem};
use crate::Backoff;
use crate::event::LinkEnd;
use crate::reopening::{down, initialised};
use crate::session::Session;

/// The timeout for opening a line.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens the line to a modem.
///
/// An application switches its modem on here, for example by the pin PWRKEY, and off and on again
/// each time. [`Uart`] is a line that is always there.
pub trait Connector {
    /// The half that receives.
    type Reader<'a>: Read
    where
        Self: 'a;
    /// The half that transmits.
    type Writer<'a>: Write
    where
        Self: 'a;
    /// The reason why the line cannot be opened.
    type Error: fmt::Display;

    /// Opens the line. Dropped after 30 s.
    ///
    /// # Errors
    /// Fails if the line cannot be opened now; it is tried again later.
    #[expect(async_fn_in_trait, reason = "all tasks of the front-end run on one executor")]
    async fn connect(&mut self) -> Result<(Self::Reader<'_>, Self::Writer<'_>), Self::Error>;
}

/// The two halves of a UART as a [`Connector`] that has nothing to open.
#[derive(Debug)]
pub struct Uart<R, W> {
    reader: R,
    writer: W,
}

impl<R: Read, W: Write> Uart<R, W> {
    /// Uses the two halves of a UART.
    pub const fn new(reader: R, writer: W) -> Self {
        Self { reader, writer }
    }
}

impl<R: Read, W: Write> Connector for Uart<R, W> {
    type Reader<'a>
        = &'a mut R
    where
        Self: 'a;
    type Writer<'a>
        = &'a mut W
    where
        Self: 'a;
    type Error = Infallible;

    async fn connect(&mut self) -> Result<(&mut R, &mut W), Infallible> {
        Ok((&mut self.reader, &mut self.writer))
    }
}

impl Modem {
    /// Returns a modem whose line `connector` opens, again whenever the link is lost: the handle,
    /// its events, and the [`Reconnecting`] driver.
    ///
    /// A UART does not show that its modem is gone. The link then counts as lost when the modem
    /// cannot be initialised again after a restart, or does not answer any more. The events of the
    /// [`Inbox`], the operations without a link, and what survives are those of
    /// `modem::tokio::Modem::reconnecting`.
    ///
    /// Without `std` call [`Session::seed_reference`] as for
    /// [`with_driver`](Self::with_driver).
    pub fn reconnecting<C: Connector>(
        connector: C,
        clock: impl Clock + 'static,
        session: Session,
        backoff: Backoff,
    ) -> (Self, Inbox, Reconnecting<C>) {
        let (modem, inbox) = Self::closed(session, clock, true);
        let shared = Rc::clone(&modem.handle.shared);
        (modem, inbox, Reconnecting { shared, connector, backoff })
    }
}

/// Opens the line, moves bytes and time between it and the session as
/// [`Driver`](super::Driver) does, and opens it again when it is lost.
///
/// Dropping the driver, or the future of [`run`](Self::run), ends the session.
#[must_use = "the modem makes progress only while its driver runs"]
pub struct Reconnecting<C> {
    shared: Rc<Shared>,
    connector: C,
    backoff: Backoff,
}

impl<C: Connector> Reconnecting<C> {
    /// Runs until [`Modem::close`] is called or all handles and the inbox are dropped.
    pub async fn run(mut self) {
        loop {
            let reason = self.link().await;
            let until = {
                let mut state = self.shared.state();
                state.close();
                if !state.reopens {
                    return;
                }
                let now = state.now();
                let after = down(&mut state.session, &mut self.backoff, reason, now);
                state.wake_waiters();
                now + after
            };
            self.shared.sleep_until(until).await;
        }
    }

    /// Opens the line and runs it to its end. Returns the reason for the end.
    async fn link(&mut self) -> LinkEnd {
        let Self { shared, connector, backoff } = self;
        let shared = &**shared;
        let until = shared.state().now() + OPEN_TIMEOUT;
        let opened = {
            let mut opening = pin!(connector.connect());
            let mut timeout = pin!(shared.sleep_until(until));
            poll_fn(|context| match opening.as_mut().poll(context) {
                Poll::Pending => timeout.as_mut().poll(context).map(|()| None),
                opened => opened.map(Some),
            })
            .await
        };
        let (reader, writer) = match opened {
            Some(Ok(halves)) => halves,
            Some(Err(error)) => return LinkEnd::Line(error.to_string()),
            None => return LinkEnd::Line("the line was not opened in time".into()),
        };
        if !shared.state().reopens {
            return LinkEnd::Closed;
        }
        let mut ready = Some(shared.with(Session::handle_opened));
        shared.state().lost = None;
        let mut pumping = pin!(pump(shared, reader, writer));
        poll_fn(|context| {
            let ended = pumping.as_mut().poll(context).is_ready();
            let mut state = shared.state();
            let now = state.now();
            let failed = initialised(&mut state.session, backoff, &mut ready, now);
            state.wake_waiters();
            match failed {
                Some(reason) => Poll::Ready(reason),
                None if ended => Poll::Ready(
                    state.lost.map_or(LinkEnd::Closed, |kind| LinkEnd::Line(kind.to_string())),
                ),
                None => Poll::Pending,
            }
        })
        .await
    }
}

impl<C> Drop for Reconnecting<C> {
    fn drop(&mut self) {
        self.shared.state().end();
    }
}

impl<C> fmt::Debug for Reconnecting<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnecting").field("backoff", &self.backoff).finish_non_exhaustive()
    }
}
