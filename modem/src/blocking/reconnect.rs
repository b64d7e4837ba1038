//! One modem over many links: a link that is lost is opened again.

use alloc::string::ToString;
use core::fmt;
use core::time::Duration;
use std::io;

use at_proto::Instant;

use super::Modem;
use super::port::Port;
use crate::Backoff;
use crate::event::Event;
use crate::session::{Session, Ticket};

/// What a [`Reconnecting`] modem opens its links with, and its clock, which runs on while there is none.
///
/// [`Opener`] makes one of a function; a test brings one with a virtual clock.
pub trait Connector {
    /// The link.
    type Port: Port;

    /// Opens the link, and comes back within seconds: connecting to a socket has a time limit.
    ///
    /// # Errors
    /// When there is no link now; it is tried again later.
    fn connect(&mut self) -> io::Result<Self::Port>;

    /// The time now, on a clock that never goes back; that of the ports does not count.
    fn now(&self) -> Instant;

    /// Comes back after `time`, as [`now`](Self::now) shows.
    fn wait(&mut self, time: Duration);
}

/// A [`Connector`] of a function that opens the link, on the clock of the operating system.
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

/// The link of a [`Reconnecting`] modem, which is there or not.
#[derive(Debug)]
pub struct Link<C: Connector> {
    connector: C,
    port: Option<C::Port>,
}

impl<C: Connector> Link<C> {
    /// The port, while there is one.
    pub fn port(&mut self) -> Option<&mut C::Port> {
        self.port.as_mut()
    }

    /// What opens the links.
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

/// A modem whose link is opened again whenever it is lost, and which is initialised again then.
///
/// It is one [`Session`] over many links, new or restored: parts of messages that have come, what the application has not acknowledged yet,
/// status reports that are awaited, and the next reference survive the loss. What was under way or waiting ends with
/// it, each with its outcome, as without reconnection; the application decides what is tried again.
///
/// The link is opened inside the calls, like all else: the first one opens it, and an application without anything to do
/// calls [`next_event`](Self::next_event) in a loop. Its events tell of the link: [`Event::Closed`] that it is lost,
/// [`Event::Reconnecting`] when it is tried next and why, [`Event::Ready`] that the modem is back. A modem that
/// refuses its initialisation for a reason that does not pass by itself, such as a wrong PIN, is told of by
/// [`Event::Failed`] and left open. `modem::tokio::Modem::reconnecting` is the same for async programs.
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
///         Some(Event::Reconnecting { after, reason, .. }) => eprintln!("{reason}: again in {after:?}"),
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
    /// There is no link until then.
    Down(Instant),
    /// The link is open, and the modem is initialised.
    Opening(Ticket<()>),
    /// The link is open, and is left so.
    Up,
}

impl<C: Connector> Reconnecting<C> {
    /// A modem whose links `connector` opens, the first one in the next call.
    pub fn new(connector: C, session: Session, backoff: Backoff) -> Self {
        let now = connector.now();
        let link = Link { connector, port: None };
        Self { modem: Modem::new(link, session), backoff, state: State::Down(now) }
    }

    /// The next event, or `None` when nothing happened `within` that time, in which the link is opened again if it is lost.
    ///
    /// It takes longer only by the time that [`Connector::connect`] takes.
    pub fn next_event(&mut self, within: Duration) -> Option<Event> {
        let until = self.modem.port.now() + within;
        loop {
            if let Some(event) = self.modem.session.poll_event() {
                return Some(event);
            }
            if self.modem.port.now() >= until {
                return None;
            }
            self.turn(until);
        }
    }

    /// Waits until the modem is ready, and no longer than `within`; whether it is. The events that come meanwhile are kept.
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

    /// One turn, `until` at the latest.
    fn turn(&mut self, until: Instant) {
        let now = self.modem.port.now();
        match &self.state {
            State::Down(next) if now < *next => {
                let pause = (*next).min(until).saturating_duration_since(now);
                self.modem.port.connector.wait(pause);
                return;
            }
            State::Down(_) => return self.connect(),
            State::Opening(_) | State::Up => {}
        }
        self.modem.pump(until);
        let session = &mut self.modem.session;
        if let State::Opening(ready) = &self.state {
            match session.take(ready) {
                None => {}
                Some(Ok(())) => {
                    self.backoff.handle_up(self.modem.port.now());
                    self.state = State::Up;
                }
                Some(Err(error)) if error.may_pass() => self.down(&error),
                Some(Err(error)) => {
                    session.emit(Event::Failed(error));
                    self.state = State::Up;
                }
            }
        } else if session.is_closed() {
            let reason = session.closed_because();
            self.down(&reason);
        } else if let Some(error) = session.poll_reopen() {
            self.down(&error);
        }
    }

    fn connect(&mut self) {
        match self.modem.port.connector.connect() {
            Ok(port) => {
                self.modem.port.port = Some(port);
                let now = self.modem.port.now();
                self.state = State::Opening(self.modem.session.handle_opened(now));
            }
            Err(error) => self.down(&error),
        }
    }

    /// Gives the link up, so that nothing of it is in the way of the next one.
    fn down(&mut self, reason: &dyn fmt::Display) {
        let now = self.modem.port.now();
        self.modem.port.port = None;
        self.modem.session.handle_closed(now);
        let after = self.backoff.handle_down(now);
        self.modem.session.emit(Event::Reconnecting {
            attempt: self.backoff.attempt(),
            after,
            reason: reason.to_string(),
        });
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
