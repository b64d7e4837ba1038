//! One dialogue with one modem: command lines out, lines in, nothing else.

mod answer;
mod flight;
mod input;
mod resync;
mod timers;
mod transmit;
mod unsolicited;

use alloc::collections::VecDeque;

use crate::dialect::Dialect;
use crate::event::{Event, Outcome, Reason};
use crate::request::{Request, RequestId};
use crate::time::Instant;

use flight::{Flight, Stage};
use input::Reader;
use resync::Resync;
use timers::{Timer, Timers};
use transmit::{Outbox, Slice};
use unsolicited::Unfinished;

/// The state machine of one AT dialogue: no input or output, no clock, no queue.
///
/// # The contract
///
/// There are four kinds of methods, quinn's and rustls' kinds on a stream of octets:
///
/// - **The world in**, `handle_*`: octets that were read, octets that were written, time that passed, the
///   link that came or went.
/// - **The world out**, `poll_*`: octets to write, events to handle, the time of the next
///   [`handle_timeout`](Self::handle_timeout). After every other call, take all of them until they are
///   `None`: they do nothing by themselves, and the queue of events grows with the octets of one
///   `handle_input`, not beyond.
/// - **The application's verbs**: [`submit`](Self::submit), [`cancel`](Self::cancel), [`commit`](Self::commit).
/// - **Views**: [`is_idle`](Self::is_idle), [`dialect`](Self::dialect).
///
/// `now` is the caller's: any epoch, never backwards.
///
/// - One request is in flight. `submit` says [`Busy`](SubmitError::Busy) until it is completed. Each one that
///   was accepted ends in exactly one [`Event::Completed`], and then the engine takes the next.
/// - What a line is, the command in flight decides: echo, final result (only a whole line), information line,
///   unsolicited line (with its data line or open quotes), or unknown. None is dropped in
///   silence but the echo and what answers the engine's own probes.
/// - The deadline is absolute, runs from acceptance and covers the writing. Octets that were read by the time at
///   which it is noticed count first; the first call at a later time expires it. Input does not postpone it.
/// - The Ctrl-Z behind a payload is offered alone, once the payload is reported as written. From then on it may
///   have left: before, a failure is [`Outcome::NotSent`] and an escape closes the prompt; after, no escape is
///   sent for the request and silence is [`Outcome::Unknown`]. Where the modem then answers no probe either, it
///   may take all it reads for a payload, and the probe before the next request begins with an escape.
/// - After a timeout or a cancel the modem is asked `AT+CMEE?` (where that is refused: `AT`, and silence) before
///   the engine is free. What the abandoned command still answers meanwhile counts for it, never for the next.
/// - The same octets at the same `now` give the same events and the same octets to write, however they are cut.
///
/// # Examples
///
/// ```
/// use at_proto::{Dialect, Engine, Event, Instant, Outcome, Request};
///
/// let mut engine = Engine::new(Dialect::default());
/// let now = Instant::ZERO;
/// engine.handle_opened(now);
/// let id = engine.submit(Request::raw("AT+CSQ")?, now)?;
///
/// while let Some(octets) = engine.poll_transmit() {
///     assert_eq!(octets, b"AT+CSQ\r");
///     let written = octets.len(); // here: write to the port
///     engine.handle_transmitted(written, now);
/// }
/// engine.handle_input(b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\n+CMTI: \"SM\",3\r\n\r\nOK\r\n", now);
///
/// let Some(Event::Urc(urc)) = engine.poll_event() else { panic!() };
/// assert_eq!((urc.name(), urc.parameters()), ("+CMTI", &b"\"SM\",3"[..]));
/// let Some(Event::Completed { id: done, outcome: Outcome::Response(response) }) = engine.poll_event() else { panic!() };
/// assert_eq!(done, id);
/// assert_eq!(response.lines().first(), Some(&b"+CSQ: 20,99"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    dialect: Dialect,
    open: bool,
    now: Instant,
    free_at: Instant,
    next_id: u64,
    flight: Option<Flight>,
    resync: Option<Resync>,
    /// The last resynchronisation was not answered.
    suspect: bool,
    /// A command line was echoed since this was last asked.
    echoed: bool,
    reader: Reader,
    unfinished: Option<Unfinished>,
    outbox: Outbox,
    timers: Timers,
    events: VecDeque<Event>,
}

/// Why a request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Another request is in flight, or its resynchronisation.
    #[error("the engine is busy with another command: wait for its completion")]
    Busy,
    /// There is no link.
    #[error("the link is closed: open it first")]
    Closed,
}

impl Engine {
    /// An engine for a modem of this dialect, with no link yet.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            open: false,
            now: Instant::ZERO,
            free_at: Instant::ZERO,
            next_id: 1,
            flight: None,
            resync: None,
            suspect: false,
            echoed: false,
            reader: Reader::default(),
            unfinished: None,
            outbox: Outbox::default(),
            timers: Timers::default(),
            events: VecDeque::new(),
        }
    }

    /// The dialect in use.
    pub const fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Changes the dialect, once the modem is known better.
    ///
    /// It holds for lines that end from now on and requests that are submitted from now on.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.dialect = dialect;
    }

    /// Whether [`submit`](Self::submit) would accept a request.
    pub const fn is_idle(&self) -> bool {
        self.open && self.flight.is_none()
    }

    /// The link was opened: a new dialogue, whatever was before.
    pub fn handle_opened(&mut self, now: Instant) {
        if self.open {
            self.handle_closed(now);
        }
        self.now = self.now.max(now);
        self.free_at = self.now;
        self.open = true;
        self.suspect = false;
    }

    /// The link was closed or lost: what is in flight completes.
    pub fn handle_closed(&mut self, now: Instant) {
        self.now = self.now.max(now);
        // The lines of a quoted text may be a header in their turn.
        while self.unfinished.is_some() {
            self.end_unfinished();
        }
        self.end_reading();
        if self.resync.is_some() {
            self.finish_resync(false, Some(Reason::Closed));
        }
        if let Some(ok) = self.flight.as_mut().and_then(|flight| flight.held_ok.take()) {
            self.succeed(Some(ok));
        }
        if let Some(flight) = self.flight.take() {
            let outcome = self.without_result(Reason::Closed, &flight);
            self.complete(flight.id, outcome.with_lines(flight.lines));
        }
        self.outbox.clear();
        self.open = false;
    }

    /// Accepts a request; its deadline runs from here.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Busy`] while one is in flight, [`SubmitError::Closed`] without a link.
    pub fn submit(&mut self, request: Request, now: Instant) -> Result<RequestId, SubmitError> {
        self.advance(now);
        if !self.open {
            return Err(SubmitError::Closed);
        }
        if self.flight.is_some() {
            return Err(SubmitError::Busy);
        }
        let id = RequestId(self.next_id);
        self.next_id += 1;
        self.timers.set(Timer::Deadline, self.now + request.timeout);
        self.flight = Some(Flight::new(id, request, &self.dialect.terminator));
        if self.suspect {
            self.probe_before(id);
        } else if self.now < self.free_at {
            self.timers.set(Timer::Gap, self.free_at);
        } else {
            self.outbox.push(Slice::Line);
        }
        Ok(id)
    }

    /// Gives a request up; without effect if it is not in flight.
    ///
    /// If its line never left, it completes here. Otherwise it completes at the end of a resynchronisation: with
    /// [`Outcome::Cancelled`], or with its result if that comes meanwhile. A prompt that is open is closed by an
    /// escape, unless the Ctrl-Z may have left.
    pub fn cancel(&mut self, id: RequestId, now: Instant) {
        self.advance(now);
        if self.flight.as_ref().is_some_and(|flight| flight.id == id) {
            self.give_up(Reason::Cancelled);
        }
    }

    /// Lets the Ctrl-Z of a [held](Request::hold) request go, after [`Event::ReadyToCommit`].
    ///
    /// Without effect if it is not waiting for this, as after its deadline.
    pub fn commit(&mut self, id: RequestId, now: Instant) {
        self.advance(now);
        if let Some(flight) = &mut self.flight {
            if flight.id == id && flight.stage == Stage::Held && self.resync.is_none() {
                flight.stage = Stage::Commit;
                self.outbox.push(Slice::Commit);
            }
        }
    }

    /// Time has passed: to be called when [`poll_timeout`](Self::poll_timeout) is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.expire(self.now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before; it may be in the past.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Returns `true` if a command line was echoed since the last call.
    pub fn take_echo(&mut self) -> bool {
        core::mem::take(&mut self.echoed)
    }

    /// The next event.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Moves the clock on; what ran out at an earlier call, whose octets are used, expires now.
    #[inline]
    fn advance(&mut self, now: Instant) {
        let before = self.now;
        if now > before {
            self.now = now;
            if self.timers.next().is_some_and(|at| at <= before) {
                self.expire(before);
            }
        }
    }

    #[cold]
    fn expire(&mut self, until: Instant) {
        while let Some(timer) = self.timers.take_expired(until) {
            match timer {
                Timer::Rest => self.end_unfinished(),
                Timer::Grace => self.grace_is_over(),
                Timer::Deadline => self.give_up(Reason::Timeout),
                Timer::Gap => self.outbox.push(Slice::Line),
                Timer::Step => self.next_step(),
                Timer::GiveUp => self.finish_resync(false, None),
            }
        }
    }

    /// Ends the flight without its result: at once if nothing of it left, else behind a resynchronisation.
    fn give_up(&mut self, reason: Reason) {
        if let Some(resync) = &self.resync {
            if resync.is_before_the_command() {
                self.outbox.clear();
                self.finish_resync(
                    false,
                    Some(if reason == Reason::Timeout { Reason::NoAnswer } else { reason }),
                );
            }
            return;
        }
        let Some(flight) = &mut self.flight else { return };
        if let Some(line) = flight.held_ok.take() {
            self.succeed(Some(line));
        } else if !flight.left {
            let id = flight.id;
            let lines = core::mem::take(&mut flight.lines);
            self.complete(id, Outcome::NotSent { reason, lines });
        } else {
            self.start_resync(reason);
        }
    }

    /// The request is over: the only place that says so.
    fn complete(&mut self, id: RequestId, outcome: Outcome) {
        self.flight = None;
        self.resync = None;
        self.outbox.clear();
        for timer in [Timer::Deadline, Timer::Gap, Timer::Grace, Timer::Step, Timer::GiveUp] {
            self.timers.stop(timer);
        }
        self.free_at = self.now + self.dialect.gap;
        self.events.push_back(Event::Completed { id, outcome });
    }
}
