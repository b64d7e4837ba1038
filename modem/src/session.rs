//! The session with one modem: requests of the application, events, and state that must not be
//! lost, without I/O and without a clock.
//!
//! A session is made of parts. [`engine`](at_proto::Engine) holds the dialogue, `executor` the one
//! running job, `incoming` and `outgoing` the received and sent messages. `desk` is shared by all
//! parts: the configuration, the link, the queue, the tickets, the counters and the events.

mod counters;
mod desk;
mod dialogue;
mod events;
mod executor;
mod incoming;
mod job;
mod link;
mod outgoing;
mod phone;
mod queue;
mod restore;
mod saved;
mod sim;
mod tickets;
mod turn;
mod unsolicited;
mod verbs;

#[cfg(feature = "std")]
use alloc::string::ToString;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;

use at_proto::{Engine, Instant, RequestId};

pub use self::counters::{Counters, SimTrouble};
use self::desk::Desk;
use self::executor::Executor;
use self::incoming::Incoming;
use self::job::Job;
use self::outgoing::Outgoing;
pub use self::saved::{RestoreError, SavedSession};
use self::sim::SimWatch;
pub use self::tickets::{Ticket, TicketId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
#[cfg(feature = "std")]
use crate::event::LinkEnd;
use crate::log::Recent;
use crate::procedure::Input;
use crate::procedures::{Acknowledge, Check};
use crate::profile::{ModemState, Profile};
use crate::registration::Registrations;

/// The state of the dialogue with one modem.
///
/// The contract is that of the [engine](at_proto::Engine). There are four kinds of methods:
///
/// * `handle_*` take in what happened: bytes read, bytes written, time passed, link opened or
///   closed. Each takes the time.
/// * `poll_*` return what is to be done: bytes to write, events, the time of the next
///   [`handle_timeout`](Self::handle_timeout).
/// * Verbs of the application ([`send`](Self::send), [`start`](Self::start),
///   [`acknowledge`](Self::acknowledge), ...) begin an operation. A verb with a result returns a
///   [`Ticket`], which [`take`](Self::take) redeems.
/// * The other methods only read the state.
///
/// After any `handle_*` call or verb: poll for bytes to write, then for events and tickets, then
/// for the next timeout.
///
/// `modem::blocking`, `modem::tokio` and `modem::embedded` are loops around a session.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    executor: Executor,
    modem: ModemState,
    incoming: Incoming,
    outgoing: Outgoing,
    desk: Desk,
    sim: SimWatch,
    /// The attempt that waits for its record to be durable, with the number of the record.
    attempt: Option<(RequestId, u64)>,
    /// The time until which other work waits for the answer at a USSD prompt.
    answer_until: Option<Instant>,
    /// The application knows that the radio is off.
    radio_reported: bool,
    /// The time of the last `handle_timeout`.
    last_timeout: Instant,
    recent: Recent,
}

impl Session {
    /// Creates a session that waits for its link.
    pub fn new(config: Config) -> Self {
        let mut session = Self {
            engine: Engine::new(config.dialect.clone()),
            executor: Executor::default(),
            modem: ModemState::default(),
            incoming: Incoming::new(&config),
            outgoing: Outgoing::new(config.first_reference),
            sim: SimWatch::default(),
            attempt: None,
            answer_until: None,
            radio_reported: false,
            last_timeout: Instant::ZERO,
            recent: Recent::new(config.recent_lines),
            desk: Desk::new(config),
        };
        session.reserve();
        session
    }

    /// Starts the initialisation of the modem over a link that was opened. The ticket ends when the
    /// modem is ready.
    pub fn handle_opened(&mut self, now: Instant) -> Ticket<()> {
        if !self.desk.link.is_closed() {
            self.handle_closed(now);
        }
        crate::log::tracing::opened();
        self.engine.handle_opened(now);
        self.modem.profile = Profile::default();
        self.open(now)
    }

    /// Takes bytes that were read.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.recent.read(bytes);
        self.engine.handle_input(bytes, now);
        self.advance(now);
    }

    /// Records that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were written;
    /// 0 if the port took nothing.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.recent.written(count);
        self.engine.handle_transmitted(count, now);
        self.advance(now);
    }

    /// Handles the passing of time. Call it when [`poll_timeout`](Self::poll_timeout) is reached;
    /// it is harmless at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.last_timeout = now;
        self.engine.handle_timeout(now);
        if self.executor.is_due(now) {
            self.step(Input::Elapsed, now);
        }
        self.pass_gates(now);
        for arrival in self.incoming.expire(now) {
            self.arrived(arrival, now);
        }
        for _ in 0..self.incoming.overdue(now) {
            self.desk.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        self.retry(now);
        if self.incoming.poll_is_due(now) {
            let idle = self.incoming.polled();
            let interval = self.modem.profile.poll_interval(&self.desk.config, idle);
            self.incoming.poll_again(interval, now);
            self.desk.queue.check(Job::Check(Check::with_card()));
            self.incoming.sweep(&mut self.desk);
        }
        self.initialise_for_sim(now);
        self.advance(now);
    }

    /// Ends the link: every operation under way ends with its outcome.
    pub fn handle_closed(&mut self, now: Instant) {
        self.close(None, now);
    }

    /// Ends the link with an error of the operating system, like
    /// [`handle_closed`](Self::handle_closed). The error is the cause of every failure that follows
    /// from it.
    #[cfg(feature = "std")]
    pub fn handle_lost(&mut self, error: std::io::Error, now: Instant) {
        self.close(Some(Arc::new(error)), now);
    }

    /// Returns `true` if [`poll_transmit`](Self::poll_transmit) has bytes to write.
    ///
    /// A front-end that looks first can read what waits in its port before it writes: what was
    /// received before a command line was written is not its answer.
    pub fn has_transmit(&self) -> bool {
        self.engine.has_transmit()
    }

    /// The bytes to write now, if any; [`handle_transmitted`](Self::handle_transmitted) reports the
    /// number of bytes that were written.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        let bytes = self.engine.poll_transmit()?;
        self.recent.offered(bytes);
        Some(bytes)
    }

    /// Returns the next event, if any.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.desk.events.pop()?;
        // The parts of a message are delivered again as a whole.
        if let Some(receipt) = event.receipt().filter(|_| !event.is_part()) {
            self.incoming.inbox.shown(receipt);
        }
        Some(event)
    }

    /// The time by which [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.engine.poll_timeout(),
            self.executor.wait(),
            self.incoming.next_deadline(),
            self.modem.settings.retries.next(),
            self.outgoing.next_deadline(self.last_timeout),
            self.sim.due().filter(|_| self.desk.link.runs_jobs()),
            self.next_end_of_dialogue(),
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

    /// The operating system's reason for the end of the last link; `None` while the link is open,
    /// and after an orderly end.
    #[cfg(feature = "std")]
    pub fn link_error(&self) -> Option<&Arc<std::io::Error>> {
        self.desk.link.cause()
    }

    /// The reason for the end of the last link.
    #[cfg(feature = "std")]
    pub(crate) fn closed_because(&self) -> LinkEnd {
        self.link_error().map_or(LinkEnd::Closed, |error| LinkEnd::Line(error.to_string()))
    }

    /// Returns the reason to close the link and open it again, once. The modem could not be
    /// initialised again after a restart, or does not answer any more.
    ///
    /// A front-end that reconnects polls this after each event. `None` means that a new link is not
    /// needed or would not help.
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
    #[cfg(any(feature = "std", feature = "embedded"))]
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

    /// The counters since the session was created.
    pub fn counters(&self) -> &Counters {
        &self.desk.counters
    }

    /// The registration of the modem in its networks, as last reported.
    #[doc(alias("roaming", "CREG"))]
    pub fn registrations(&self) -> &Registrations {
        &self.modem.settings.registrations
    }

    /// The known properties of the modem; empty before it is initialised.
    #[doc(alias("IMEI", "IMSI", "ICCID", "SMSC", "model"))]
    pub fn profile(&self) -> &Profile {
        &self.modem.profile
    }

    /// The reference of the next long message, to be saved for [`Config::first_reference`].
    pub fn next_reference(&self) -> u16 {
        self.outgoing.outbox.reference()
    }

    /// Sets the reference of the first long message to `seed`, unless
    /// [`Config::first_reference`] is set, the session was restored with a reference, or a message
    /// was sent.
    ///
    /// A recipient joins the parts of a long message by their reference. Without a seed each run of
    /// a program begins at the same reference, and parts of two runs may be joined. The front-ends
    /// for `std` call this method with a random seed when they take a session.
    ///
    /// ```
    /// use modem::{Config, Session};
    ///
    /// let mut session = Session::new(Config::default());
    /// session.seed_reference(4711);
    /// assert_eq!(session.next_reference(), 4711);
    ///
    /// let mut config = Config::default();
    /// config.first_reference = 77;
    /// let mut session = Session::new(config);
    /// session.seed_reference(4711);
    /// assert_eq!(session.next_reference(), 77);
    /// ```
    pub fn seed_reference(&mut self, seed: u16) {
        self.outgoing.outbox.seed_reference(seed);
    }

    /// [`seed_reference`](Self::seed_reference) with a random seed.
    #[cfg(feature = "std")]
    pub(crate) fn seeded(mut self) -> Self {
        use core::hash::BuildHasher as _;

        // The keys of a hash map are the randomness of the standard library.
        let random = std::hash::RandomState::new().hash_one(());
        let [low, high, ..] = random.to_le_bytes();
        self.seed_reference(u16::from_le_bytes([low, high]).max(1));
        self
    }

    /// Ends the link, for a cause if the operating system gave one.
    fn close(&mut self, cause: link::Cause, now: Instant) {
        if self.desk.link.is_closed() {
            return;
        }
        self.desk.link.close(cause);
        self.engine.handle_closed(now);
        self.advance(now);
        self.forget_held_pin();
        if let Some(job) = self.executor.stop() {
            self.unfinished(&job);
        }
        let left: Vec<Job> = self.desk.queue.clear().collect();
        for job in left {
            match job {
                // An enqueued message goes out over the next link.
                Job::Message(id) if self.outgoing.outbox.outlives_link(id) => {
                    self.desk.queue.outbound_again(job);
                }
                job => self.unfinished(&job),
            }
        }
        if let Some(waiter) = self.desk.link.take_waiter() {
            self.desk.finish(waiter, Err(ErrorKind::Closed.into()));
        }
        self.incoming.closed();
        self.sim.closed();
        self.attempt = None;
        self.answer_until = None;
        self.outgoing.closed();
        self.modem.settings.retries.clear();
        self.desk.emit(Event::Closed);
    }
}
