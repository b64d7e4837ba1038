//! A blocking modem that opens its link again whenever it is lost.

use alloc::string::ToString;
use core::fmt;
use core::time::Duration;
use std::io;

use at_proto::Instant;

use super::Modem;
use super::port::Port;
use crate::Backoff;
use crate::event::{Event, LinkEnd};
use crate::journal::Store;
use crate::reopening::{down, initialised};
use crate::session::{Session, Ticket};

/// The opener of the links of a [`Reconnecting`] modem, with a clock that runs on between two
/// links.
///
/// [`Opener`] makes a connector of a function; a test uses a connector with a virtual clock.
pub trait Connector {
    /// The type of the links.
    type Port: Port;

    /// Opens the link, and returns within seconds: connecting to a socket has a timeout.
    ///
    /// # Errors
    /// Fails when there is no link now; the front-end tries again later.
    fn connect(&mut self) -> io::Result<Self::Port>;

    /// The current time, on a monotonic clock; the clocks of the ports are not used.
    fn now(&self) -> Instant;

    /// Returns after `time`, as measured by [`now`](Self::now).
    fn wait(&mut self, time: Duration);
}

/// A [`Connector`] that opens links with a function, on the clock of the operating system.
pub struct Opener<F> {
    open: F,
    started: std::time::Instant,
}

impl<P: Port, F: FnMut() -> io::Result<P>> Opener<F> {
    /// Opens links with `open`.
    pub fn new(open: F) -> Self {
        Self { open, started: std::time::Instant::now() }
    }
}

impl<F> fmt::Debug for Opener<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}

impl<P: Port, F: FnMut() -> io::Result<P>> Connector for Opener<F> {
    type Port = P;

    fn connect(&mut self) -> io::Result<P> {
        (self.open)()
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The link of a [`Reconnecting`] modem, which is open or lost.
#[derive(Debug)]
pub struct Link<C: Connector> {
    connector: C,
    port: Option<C::Port>,
}

impl<C: Connector> Link<C> {
    /// The port, while the link is open.
    pub fn port(&mut self) -> Option<&mut C::Port> {
        self.port.as_mut()
    }

    /// The connector that opens the links.
    pub fn connector(&mut self) -> &mut C {
        &mut self.connector
    }
}

impl<C: Connector> Port for Link<C> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let port = self.port.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        port.read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let port = self.port.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        port.write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.connector.now()
    }
}

/// A modem whose link is opened again whenever it is lost, and which is then initialised again.
///
/// The modem is one [`Session`] over many links. Some state survives the loss of a link: parts of
/// incomplete messages, unacknowledged deliveries, awaited status reports, and the next reference.
/// Operations under way or waiting end with the link, each with its outcome, as without
/// reconnection. The application decides which of them to try again.
///
/// The link is opened inside the calls, the first link in the first call. An application without
/// anything else to do calls [`next_event`](Self::next_event) in a loop. Its events report the
/// state of the link:
///
/// * [`Event::Closed`]: the link is lost.
/// * [`Event::Reconnecting`]: the delay before the next attempt, and the reason.
/// * [`Event::Ready`]: the modem is ready again.
///
/// A modem may refuse its initialisation for a permanent reason, such as a wrong PIN. That is
/// reported by [`Event::Failed`], and the link stays open. For async programs there is
/// `modem::tokio::Modem::reconnecting`.
///
/// ```no_run
/// use core::time::Duration;
/// use modem::blocking::{Opener, Reconnecting, open_serial};
/// use modem::{Backoff, Config, Event, Session};
///
/// // The stable name: after a replug the stick may be another ttyUSB.
/// let stick = "/dev/serial/by-id/usb-HUAWEI_Mobile-if00-port0";
/// let opener = Opener::new(|| Ok(open_serial(stick, 115_200)?));
/// let mut modem = Reconnecting::new(opener, Session::new(Config::default()), Backoff::default());
/// loop {
///     match modem.next_event(Duration::from_secs(60)) {
///         Some(Event::Received(message)) => modem.modem().acknowledge(&message.receipt),
///         Some(Event::Reconnecting { after, reason, .. }) => {
///             eprintln!("{reason}: next attempt in {after:?}");
///         }
///         _ => {}
///     }
/// }
/// ```
pub struct Reconnecting<C: Connector> {
    modem: Modem<Link<C>>,
    backoff: Backoff,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The link is down until then.
    Down(Instant),
    /// The link is open; the ticket is present until the modem is initialised.
    Open(Option<Ticket<()>>),
}

impl<C: Connector> Reconnecting<C> {
    /// A modem whose links `connector` opens, the first link in the next call.
    pub fn new(connector: C, session: Session, backoff: Backoff) -> Self {
        let now = connector.now();
        let link = Link { connector, port: None };
        Self { modem: Modem::new(link, session), backoff, state: State::Down(now) }
    }

    /// The same modem with its records in `store`; see [`Modem::open_journaled`].
    #[must_use]
    pub fn journaled(mut self, store: impl Store) -> Self {
        self.modem = self.modem.journaled(store);
        self
    }

    /// Returns the next event, or `None` when there was none `within` that time. A lost link is
    /// opened again meanwhile.
    ///
    /// The call exceeds `within` only by the duration of [`Connector::connect`].
    pub fn next_event(&mut self, within: Duration) -> Option<Event> {
        let until = self.modem.port.now() + within;
        loop {
            if let Some(event) = self.modem.session.poll_event() {
                self.modem.flush(false);
                return Some(event);
            }
            if self.modem.port.now() >= until {
                return None;
            }
            self.turn(until);
        }
    }

    /// Waits until the modem is ready, and at most `within`. Returns `true` if the modem is ready.
    ///
    /// Events that occur meanwhile are kept.
    pub fn ready(&mut self, within: Duration) -> bool {
        let until = self.modem.port.now() + within;
        while !self.modem.session.is_ready() && self.modem.port.now() < until {
            self.turn(until);
        }
        self.modem.session.is_ready()
    }

    /// The modem, for all its operations. While the link is lost they fail at once with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed); only the calls of this type open it again.
    pub fn modem(&mut self) -> &mut Modem<Link<C>> {
        &mut self.modem
    }

    /// Takes one turn, which ends at `until` at the latest.
    fn turn(&mut self, until: Instant) {
        let now = self.modem.port.now();
        if let State::Down(next) = &self.state {
            if now < *next {
                let pause = (*next).min(until).saturating_duration_since(now);
                self.modem.port.connector.wait(pause);
            } else {
                self.connect();
            }
            return;
        }
        self.modem.pump(until);
        let State::Open(ready) = &mut self.state else { return };
        let now = self.modem.port.now();
        let session = &mut self.modem.session;
        let failed = initialised(session, &mut self.backoff, ready, now);
        if let Some(reason) = failed {
            self.down(reason);
        } else if session.is_closed() {
            let reason = session.closed_because();
            self.down(reason);
        }
    }

    fn connect(&mut self) {
        match self.modem.port.connector.connect() {
            Ok(port) => {
                self.modem.port.port = Some(port);
                let now = self.modem.port.now();
                self.state = State::Open(Some(self.modem.session.handle_opened(now)));
            }
            Err(error) => self.down(LinkEnd::Line(error.to_string())),
        }
    }

    /// Drops the link, so that it does not block the next one.
    fn down(&mut self, reason: LinkEnd) {
        let now = self.modem.port.now();
        self.modem.port.port = None;
        self.modem.session.handle_closed(now);
        let after = down(&mut self.modem.session, &mut self.backoff, reason, now);
        self.state = State::Down(now + after);
    }
}

impl<C: Connector + fmt::Debug> fmt::Debug for Reconnecting<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconnecting")
            .field("connector", &self.modem.port.connector)
            .field("backoff", &self.backoff)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
