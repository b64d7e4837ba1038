//! One modem: what the application asks of it, what it reports, and what must not be lost, without I/O and without a clock.
//!
//! A session is made of parts. [`engine`](at_proto::Engine) holds the dialogue, `executor` the one job that has the modem,
//! `incoming` and `outgoing` what is received and sent. `desk` is what every part may look at and write to: the
//! configuration, the link, the queue, the tickets, the counters and the events.

mod counters;
mod desk;
mod executor;
mod incoming;
mod job;
mod link;
mod outgoing;
mod queue;
#[cfg(feature = "serde")]
mod save;
mod tickets;
mod turn;
mod verbs;

#[cfg(feature = "std")]
use alloc::string::{String, ToString};
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;

use at_proto::{Engine, Instant};

pub use self::counters::{Counters, SimTrouble};
use self::desk::Desk;
use self::executor::Executor;
use self::incoming::Incoming;
use self::job::Job;
use self::outgoing::Outgoing;
#[cfg(feature = "serde")]
pub use self::save::{RestoreError, SavedSession};
pub use self::tickets::{Ticket, TicketId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::log::Recent;
use crate::procedure::Input;
use crate::procedures::{Acknowledge, Check};
use crate::profile::{ModemState, Profile};
use crate::registration::Registrations;

/// The state of the dialogue with one modem.
///
/// The contract is that of the engine below it. Four kinds of methods:
///
/// * `handle_*` take in what happened: bytes read, bytes written, time passed, link opened or closed. Each brings the time.
/// * `poll_*` return what is to be done: bytes to write, events, the time of the next [`handle_timeout`](Self::handle_timeout).
/// * verbs of the application ([`send`](Self::send), [`start`](Self::start), [`acknowledge`](Self::acknowledge), ...) begin
///   something; a verb with a result returns a [`Ticket`], which [`take`](Self::take) redeems.
/// * the others only look.
///
/// After any `handle_*` call or verb: poll for bytes to write, then for events and tickets, then for the next timeout.
///
/// `modem::blocking` and `modem::tokio` are two loops around a session.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    executor: Executor,
    modem: ModemState,
    incoming: Incoming,
    outgoing: Outgoing,
    desk: Desk,
    /// The time of the last `handle_timeout`.
    last_look: Instant,
    recent: Recent,
}

impl Session {
    /// A session that waits for its link.
    pub fn new(config: Config) -> Self {
        Self {
            engine: Engine::new(config.dialect.clone()),
            executor: Executor::default(),
            modem: ModemState::default(),
            incoming: Incoming::new(&config),
            outgoing: Outgoing::new(config.first_reference),
            last_look: Instant::ZERO,
            recent: Recent::new(config.recent_lines),
            desk: Desk::new(config),
        }
    }

    /// The link is open: the modem is initialised, and the ticket ends when it is ready.
    pub fn handle_opened(&mut self, now: Instant) -> Ticket<()> {
        if !self.desk.link.is_closed() {
            self.handle_closed(now);
        }
        crate::log::tracing::opened();
        self.engine.handle_opened(now);
        self.modem.profile = Profile::default();
        self.open(now)
    }

    /// These bytes were read.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.recent.read(bytes);
        self.engine.handle_input(bytes, now);
        self.advance(now);
    }

    /// The first `count` bytes of [`poll_transmit`](Self::poll_transmit) were written.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.recent.written(count);
        self.engine.handle_transmitted(count, now);
        self.advance(now);
    }

    /// Time has passed; to be called when [`poll_timeout`](Self::poll_timeout) is reached, and harmless at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.last_look = now;
        self.engine.handle_timeout(now);
        if self.executor.is_due(now) {
            self.step(Input::Elapsed, now);
        }
        for arrival in self.incoming.expire(now) {
            self.arrived(arrival);
        }
        for _ in 0..self.incoming.overdue(now) {
            self.desk.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        if self.incoming.poll_is_due(now) {
            let interval = self.modem.profile.poll_interval(&self.desk.config);
            self.incoming.poll_again(interval, now);
            self.desk.queue.check(Job::Check(Check::default()));
            self.incoming.sweep(&mut self.desk);
        }
        self.advance(now);
    }

    /// The link has ended: all that is under way ends, each with its outcome.
    pub fn handle_closed(&mut self, now: Instant) {
        self.close(None, now);
    }

    /// The link has failed, as the operating system says: as [`handle_closed`](Self::handle_closed), and what ends with it says
    /// why.
    #[cfg(feature = "std")]
    pub fn handle_lost(&mut self, error: std::io::Error, now: Instant) {
        self.close(Some(Arc::new(error)), now);
    }

    /// Bytes to write now, if any; [`handle_transmitted`](Self::handle_transmitted) says how many of them were written.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        let bytes = self.engine.poll_transmit()?;
        self.recent.offered(bytes);
        Some(bytes)
    }

    /// The next event, if any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.desk.events.pop_front()
    }

    /// The time by which [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.engine.poll_timeout(),
            self.executor.wait(),
            self.incoming.next_deadline(),
            self.outgoing.next_deadline(self.last_look),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Returns `true` if [`poll_event`](Self::poll_event) has an event.
    pub fn has_event(&self) -> bool {
        !self.desk.events.is_empty()
    }

    /// Returns `true` if the link is closed.
    pub fn is_closed(&self) -> bool {
        self.desk.link.is_closed()
    }

    /// The operating system's reason for the end of the last link; `None` while the link is open, and after an orderly end.
    #[cfg(feature = "std")]
    pub fn link_error(&self) -> Option<&Arc<std::io::Error>> {
        self.desk.link.cause()
    }

    /// The reason for the end of the last link, in words.
    #[cfg(feature = "std")]
    pub(crate) fn closed_because(&self) -> String {
        self.link_error()
            .map_or_else(|| "the other end has closed the link".into(), |error| error.to_string())
    }

    /// The reason to close the link and to open it again, once: the modem could not be initialised again after a restart, or
    /// does not answer any more.
    ///
    /// A front-end that opens its links again asks for it after each event; `None` where a new link would not help.
    ///
    /// ```
    /// use modem::{Config, Session};
    ///
    /// let mut session = Session::new(Config::default());
    /// assert!(session.poll_reopen().is_none(), "without a link there is nothing to close");
    /// ```
    pub fn poll_reopen(&mut self) -> Option<Error> {
        self.desk.link.take_broken().filter(Error::may_pass)
    }

    /// Adds an event of the front-end to the events of the session.
    #[cfg(feature = "std")]
    pub(crate) fn emit(&mut self, event: Event) {
        self.desk.emit(event);
    }

    /// Returns `true` if the modem is initialised, as [`Event::Ready`] has reported.
    pub fn is_ready(&self) -> bool {
        self.desk.link.is_ready()
    }

    /// Returns `true` if the result of a ticket can be taken.
    pub fn is_finished(&self, id: TicketId) -> bool {
        self.desk.tickets.is_finished(id)
    }

    /// The counts since the session was created.
    pub fn counters(&self) -> &Counters {
        &self.desk.counters
    }

    /// The registration of the modem in its networks, as last reported.
    pub fn registrations(&self) -> &Registrations {
        &self.modem.settings.registrations
    }

    /// The facts known of the modem; empty before it is initialised.
    pub fn profile(&self) -> &Profile {
        &self.modem.profile
    }

    /// The reference that the next long message will have, to be saved for [`Config::first_reference`].
    pub fn next_reference(&self) -> u16 {
        self.outgoing.outbox.reference()
    }

    /// Ends the link, for a cause if the operating system gave one.
    fn close(&mut self, cause: link::Cause, now: Instant) {
        if self.desk.link.is_closed() {
            return;
        }
        self.desk.link.close(cause);
        self.engine.handle_closed(now);
        self.advance(now);
        if let Some(job) = self.executor.stop() {
            self.unfinished(&job);
        }
        let left: Vec<Job> = self.desk.queue.clear().collect();
        for job in left {
            match job {
                // An enqueued message goes out over the next link.
                Job::Message(id) if self.outgoing.outbox.is_entrusted(id) => {
                    self.desk.queue.outbound_again(job);
                }
                job => self.unfinished(&job),
            }
        }
        if let Some(waiter) = self.desk.link.take_waiter() {
            self.desk.finish(waiter, Err(ErrorKind::Closed.into()));
        }
        self.incoming.closed();
        self.desk.emit(Event::Closed);
    }
}
