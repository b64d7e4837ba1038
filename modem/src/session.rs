//! One modem: what is asked of it, what it announces, and what must not be lost, without I/O and without a clock.

mod counters;
mod event;
mod held;
mod inbox;
mod job;
mod outbox;
mod queue;
mod received;
mod reception;
mod run;
#[cfg(feature = "serde")]
mod save;
mod ticket;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::{Engine, Instant};
use pdu::Broadcasts;

pub use self::counters::{Counters, SimTrouble};
pub use self::event::Event;
use self::inbox::Inbox;
pub(crate) use self::inbox::normal;
use self::job::{EraseFor, Job};
use self::outbox::{AfterPart, Outbox, Times};
pub use self::outbox::{Attempt, MessageId};
use self::queue::Queue;
pub(crate) use self::received::Held;
pub use self::received::{
    Receipt, Received, ReceivedPart, ReceivedReport, Slot, Undecodable, WaitingMessages,
};
#[cfg(feature = "serde")]
pub use self::save::{RestoreError, SavedSession};
use self::ticket::Counter;
pub use self::ticket::{Ticket, TicketId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::journal::Journal;
use crate::message::{OutgoingMessage, SendReport};
use crate::procedure::{Input, Procedure};
use crate::procedures::{Acknowledge, Check, Erase, Which};
use crate::profile::{Profile, Settings};
use crate::registration::Registrations;

/// The state of the dialogue with one modem.
///
/// The contract is that of the engine below it. Four kinds of methods:
///
/// * `handle_*` take in what happened: bytes read, bytes written, time passed, link opened or closed. Each brings the time.
/// * `poll_*` give out what is to be done: bytes to write, events, the time of the next [`handle_timeout`](Self::handle_timeout).
/// * verbs of the application ([`send`](Self::send), [`start`](Self::start), [`acknowledge`](Self::acknowledge), ...) begin
///   something; what has a result gives a [`Ticket`], which [`take`](Self::take) redeems.
/// * the others look.
///
/// After any `handle_*` call or verb: poll for bytes to write, then for events and tickets, then for the next timeout.
///
/// `modem::blocking` and `modem::tokio` are two loops around a session.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    config: Config,
    profile: Profile,
    settings: Settings,
    phase: Phase,
    running: Option<run::Running>,
    queue: Queue,
    tickets: Counter,
    ready: Option<TicketId>,
    events: VecDeque<Event>,
    outbox: Outbox,
    inbox: Inbox,
    next_poll: Option<Instant>,
    /// Something was left in the modem that is to be read later.
    look_later: bool,
    /// When time was looked at last.
    last_look: Instant,
    /// When the last command ended.
    last_exchange: Instant,
    /// Reports that came before the reference that they name.
    early: Vec<ReceivedReport>,
    /// Whether the application knows that the modem's store is full.
    full: bool,
    broadcasts: Broadcasts,
    counters: Counters,
    /// When the part under way left.
    committed: Option<Instant>,
    /// The modem has started anew while it was initialised.
    started_anew: bool,
    journal: Journal,
    /// The initialisation over this link has succeeded.
    initialised: bool,
    /// Why the modem is of no use though its link is open: it could not be initialised again, or answers nothing any more.
    broken: Option<Error>,
    /// How many times in a row the modem did not answer at all.
    silences: u8,
    /// Why the link has ended, where the operating system says it.
    #[cfg(feature = "std")]
    lost: Option<Arc<std::io::Error>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Initialising,
    Ready,
}

/// More events than this are not kept: the application does not take them, and the modem would fill the memory.
const MOST_EVENTS: usize = 4096;

/// More early reports than this are handed over without the message that they are about.
const MOST_EARLY: usize = 64;

impl Session {
    /// A session that waits for its link.
    pub fn new(config: Config) -> Self {
        Self {
            engine: Engine::new(config.dialect.clone()),
            profile: Profile::default(),
            settings: Settings::default(),
            phase: Phase::Closed,
            running: None,
            queue: Queue::default(),
            tickets: Counter::default(),
            ready: None,
            events: VecDeque::new(),
            outbox: Outbox::new(config.first_reference),
            inbox: Inbox::new(config.incomplete_after, config.hand_out_parts),
            next_poll: None,
            look_later: false,
            last_look: Instant::default(),
            last_exchange: Instant::default(),
            early: Vec::new(),
            full: false,
            broadcasts: Broadcasts::default(),
            counters: Counters::default(),
            committed: None,
            started_anew: false,
            journal: Journal::new(config.recent_lines),
            initialised: false,
            broken: None,
            silences: 0,
            #[cfg(feature = "std")]
            lost: None,
            config,
        }
    }

    /// The link is open: the modem is initialised, and the ticket says when it is ready.
    pub fn handle_opened(&mut self, now: Instant) -> Ticket<()> {
        if self.phase != Phase::Closed {
            self.handle_closed(now);
        }
        #[cfg(feature = "std")]
        {
            self.lost = None;
        }
        crate::tell::opened();
        self.engine.handle_opened(now);
        self.profile = Profile::default();
        self.phase = Phase::Initialising;
        self.initialise(now)
    }

    /// These bytes were read.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.journal.read(bytes);
        self.engine.handle_input(bytes, now);
        self.advance(now);
    }

    /// The first `count` bytes of [`poll_transmit`](Self::poll_transmit) were written.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.journal.written(count);
        self.engine.handle_transmitted(count, now);
        self.advance(now);
    }

    /// Time has passed; to be called when [`poll_timeout`](Self::poll_timeout) is reached, and harmless at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.last_look = now;
        self.engine.handle_timeout(now);
        if self.running.as_ref().is_some_and(|running| running.is_due(now)) {
            self.step(Input::Elapsed, now);
        }
        for arrival in self.inbox.expire(now) {
            self.arrived(arrival);
        }
        for _ in 0..self.inbox.overdue(now) {
            self.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        if self.next_poll.is_some_and(|poll| poll <= now) {
            self.next_poll = self
                .profile
                .poll_interval(&self.config)
                .map(|interval| now + interval);
            self.queue.check(Job::Check(Check::default()));
            self.sweep();
        }
        self.advance(now);
    }

    /// The link has ended: all that is under way ends, each with its outcome.
    pub fn handle_closed(&mut self, now: Instant) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        self.engine.handle_closed(now);
        self.advance(now);
        if let Some(running) = self.running.take() {
            self.unfinished(&running.into_job());
        }
        let left: Vec<Job> = self.queue.clear().collect();
        for job in left {
            match job {
                // It was entrusted to the session, and goes out over the next link.
                Job::Message(id) if self.outbox.is_entrusted(id) => self.queue.outbound_again(job),
                job => self.unfinished(&job),
            }
        }
        if let Some(ready) = self.ready.take() {
            self.finish(ready, Err(ErrorKind::Closed.into()));
        }
        self.next_poll = None;
        self.inbox.closed();
        self.initialised = false;
        self.emit(Event::Closed);
    }

    /// The link has failed, as the operating system says: as [`handle_closed`](Self::handle_closed), and what ends with it says
    /// why.
    #[cfg(feature = "std")]
    pub fn handle_lost(&mut self, error: std::io::Error, now: Instant) {
        if self.phase != Phase::Closed {
            self.lost = Some(Arc::new(error));
        }
        self.handle_closed(now);
    }

    /// Bytes to write now, if any; [`handle_transmitted`](Self::handle_transmitted) says how many of them were.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        let bytes = self.engine.poll_transmit()?;
        self.journal.offered(bytes);
        Some(bytes)
    }

    /// The next event, if any.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let wait = self.running.as_ref().and_then(run::Running::wait);
        [
            self.engine.poll_timeout(),
            wait,
            self.inbox.next_expiry(),
            self.outbox.next_deadline(self.last_look),
            self.next_poll,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether [`poll_event`](Self::poll_event) has something.
    pub fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether the link is closed.
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Why the last link ended, where the operating system said it; `None` while the link is open, and where it ended in order.
    #[cfg(feature = "std")]
    pub fn lost(&self) -> Option<&Arc<std::io::Error>> {
        self.lost.as_ref()
    }

    /// Why the last link ended, in words.
    #[cfg(feature = "std")]
    pub(crate) fn closed_because(&self) -> alloc::string::String {
        use alloc::string::ToString;

        self.lost.as_ref().map_or_else(
            || "the other end has closed the link".into(),
            |error| error.to_string(),
        )
    }

    /// Why the modem is of no use though its link is open, once, where a new link may help.
    #[cfg(feature = "std")]
    pub(crate) fn take_broken(&mut self) -> Option<Error> {
        self.broken.take().filter(Error::may_pass)
    }

    /// Adds an event of the front-end to those of the session.
    #[cfg(feature = "std")]
    pub(crate) fn tell(&mut self, event: Event) {
        self.emit(event);
    }

    /// Whether the modem is initialised, as [`Event::Ready`] has said.
    pub fn is_ready(&self) -> bool {
        self.initialised
    }

    /// Whether the result of a ticket is there to be taken.
    pub fn is_finished(&self, id: TicketId) -> bool {
        self.tickets.is_finished(id)
    }

    /// What has happened since the session was made.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How the modem is registered, as far as it has said.
    pub fn registrations(&self) -> &Registrations {
        &self.settings.registrations
    }

    /// What is known of the modem; empty before it is initialised.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The reference that the next long message will have, to be saved for [`Config::first_reference`].
    pub fn next_reference(&self) -> u16 {
        self.outbox.reference()
    }
}

/// What the application asks for.
impl Session {
    /// Runs a procedure as soon as those before it have ended.
    pub fn start<P: Procedure>(&mut self, procedure: P, now: Instant) -> Ticket<P::Output> {
        let ticket = self.tickets.issue();
        if self.phase == Phase::Closed {
            self.finish(ticket.id(), Err(ErrorKind::Closed.into()));
        } else if !self
            .queue
            .outbound(Job::Application(ticket.id(), Box::new(procedure)))
        {
            self.finish(ticket.id(), Err(ErrorKind::Full.into()));
        }
        self.advance(now);
        ticket
    }

    /// Entrusts a message to the session: it goes out as soon as it can, over the next link if this one ends, and its outcome
    /// comes as [`Event::Sent`].
    ///
    /// A message that has not left when the program ends is lost with it, unless the session is saved (feature `serde`).
    ///
    /// # Errors
    /// When it cannot be sent as it is, or too many wait already.
    pub fn enqueue(&mut self, message: &OutgoingMessage, now: Instant) -> Result<MessageId, Error> {
        let (parts, coding) = message.split(self.outbox.reference())?;
        let ticket = self.tickets.issue::<SendReport>();
        self.tickets.abandon(ticket.id());
        let times = self.times(message.expiry(), now);
        let id = self
            .outbox
            .accept(ticket.id(), parts, coding, message.smsc(), times);
        self.outbox.entrust(id);
        if !self.queue.outbound(Job::Message(id)) {
            self.outbox.end(id);
            self.tickets.forget(ticket.id());
            return Err(ErrorKind::Full.into());
        }
        self.advance(now);
        Ok(id)
    }

    /// The messages that have not left, or not all of their parts.
    pub fn waiting(&self) -> impl Iterator<Item = MessageId> {
        self.outbox.ids().into_iter()
    }

    /// Takes an entrusted message back, as long as no part of it was tried; says whether it could be.
    pub fn withdraw(&mut self, message: MessageId) -> bool {
        let withdrawn = self.outbox.is_untouched(message) && self.queue.withdraw_message(message);
        if withdrawn {
            if let AfterPart::Ended(ticket, _) = self.outbox.end(message) {
                self.tickets.forget(ticket);
            }
        }
        withdrawn
    }

    /// Sends a message, part by part.
    ///
    /// The ticket gives an error only if nothing was tried; otherwise the report says what became of each part.
    pub fn send(&mut self, message: &OutgoingMessage, now: Instant) -> Ticket<SendReport> {
        let ticket = self.tickets.issue();
        let refused = match message.split(self.outbox.reference()) {
            Err(error) => Some(error),
            Ok(_) if self.phase == Phase::Closed => Some(ErrorKind::Closed.into()),
            Ok((parts, coding)) => {
                let times = self.times(message.expiry(), now);
                let id = self
                    .outbox
                    .accept(ticket.id(), parts, coding, message.smsc(), times);
                if self.queue.outbound(Job::Message(id)) {
                    None
                } else {
                    self.outbox.end(id);
                    Some(ErrorKind::Full.into())
                }
            }
        };
        if let Some(error) = refused {
            self.finish(ticket.id(), Err(error));
        }
        self.advance(now);
        ticket
    }

    fn times(&self, expiry: Option<Duration>, now: Instant) -> Times {
        Times {
            expires: expiry.map(|expiry| now + expiry),
            patient_until: expiry.is_none().then_some(now + self.config.network_timeout),
        }
    }

    /// The application has made safe what it was given: it is deleted from the modem, place by place, after a look whether
    /// it is still what was handed out.
    pub fn acknowledge(&mut self, receipt: &Receipt, now: Instant) {
        for _ in 0..self.inbox.confirmed(receipt) {
            self.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        for release in self.inbox.acknowledge(receipt) {
            self.queue.release(Job::Release(release));
        }
        self.advance(now);
    }

    /// Deletes what a receipt stands for from the modem, place by place, after a look whether it is still what was handed
    /// out. The ticket gives the places that are free now.
    pub fn delete(&mut self, receipt: &Receipt, now: Instant) -> Ticket<Vec<Slot>> {
        let places = self.inbox.places_of(receipt);
        self.erase(Erase::places(places), now)
    }

    /// Deletes the received messages that were read before, which those are that were listed or handed over.
    pub fn delete_read(&mut self, now: Instant) -> Ticket<Vec<Slot>> {
        self.erase(Erase::matching(Which::Read), now)
    }

    /// Deletes all that the memories hold: what comes in meanwhile stays.
    pub fn delete_all(&mut self, now: Instant) -> Ticket<Vec<Slot>> {
        self.erase(Erase::matching(Which::All), now)
    }

    /// The part that [`Event::Attempting`] announced may go out; see [`Config::confirm_attempts`].
    pub fn confirm(&mut self, attempt: &Attempt, now: Instant) {
        let under_way = self.running.as_ref().and_then(run::Running::attempt);
        if let Some((id, _)) = under_way.filter(|(_, under_way)| *under_way == attempt) {
            self.committed = Some(now);
            self.engine.commit(id, now);
            self.advance(now);
        }
    }

    /// Takes the result of a ticket, once; `None` while it is not there.
    pub fn take<T: 'static>(&mut self, ticket: &Ticket<T>) -> Option<Result<T, Error>> {
        self.tickets.take(ticket)
    }

    /// Gives a ticket up: what still waits is withdrawn; what has begun runs to its end, and the outcome of a sending comes
    /// as [`Event::Sent`].
    pub fn abandon(&mut self, id: TicketId, now: Instant) {
        if let Some(message) = self
            .outbox
            .message_of(id)
            .filter(|message| self.outbox.is_untouched(*message))
        {
            if self.queue.withdraw_message(message) {
                self.outbox.end(message);
                return;
            }
        }
        if self.queue.withdraw(id) {
            return;
        }
        if let Some(result) = self.tickets.abandon(id) {
            self.abandoned(result);
        }
        self.advance(now);
    }

    /// Initialises the modem again, as after [`handle_opened`](Self::handle_opened).
    pub fn initialise(&mut self, now: Instant) -> Ticket<()> {
        if let Some(ready) = self.ready.take() {
            self.finish(ready, Err(ErrorKind::Withdrawn.into()));
        }
        let ticket = self.tickets.issue();
        if self.phase == Phase::Closed {
            self.finish(ticket.id(), Err(ErrorKind::Closed.into()));
        } else {
            self.ready = Some(ticket.id());
            self.begin_initialisation();
        }
        self.advance(now);
        ticket
    }

    fn begin_initialisation(&mut self) {
        self.broken = None;
        self.silences = 0;
        self.phase = Phase::Initialising;
        self.started_anew = false;
        self.initialised = false;
        self.queue.initialise(Job::Initialise(Box::default()));
    }

    fn erase(&mut self, erase: Erase, now: Instant) -> Ticket<Vec<Slot>> {
        let ticket = self.tickets.issue();
        if self.phase == Phase::Closed {
            self.finish(ticket.id(), Err(ErrorKind::Closed.into()));
        } else if !self
            .queue
            .outbound(Job::Erase(EraseFor::Application(ticket.id()), Box::new(erase)))
        {
            self.finish(ticket.id(), Err(ErrorKind::Full.into()));
        }
        self.advance(now);
        ticket
    }

    /// Looks through all memories for messages, as at the start.
    pub fn look_for_messages(&mut self, now: Instant) {
        self.sweep();
        self.advance(now);
    }
}
