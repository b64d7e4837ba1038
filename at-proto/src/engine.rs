//! One dialogue with one modem: command lines out, lines in, nothing else.

mod answer;
mod flight;
mod input;
mod resync;
mod timers;
mod transmit;
mod unsolicited;
mod ussd;

use crate::dialect::Dialect;
use crate::event::{Event, Outcome, Reason};
use crate::queue::Queue;
use crate::request::{Request, RequestId};
use crate::time::Instant;

use flight::{Flight, Stage};
use input::Reader;
use resync::Resync;
use timers::{Timer, Timers};
use transmit::{Outbox, Slice};
use unsolicited::Unfinished;
use ussd::UssdPrompt;

/// The state machine of one AT dialogue: no input or output, no clock, no queue.
///
/// # The contract
///
/// There are four kinds of methods, as in quinn-proto and rustls, here on a stream of bytes:
///
/// - **Input**, `handle_*`: bytes that were read, bytes that were written, time that passed, the
///   link that opened or closed.
/// - **Output**, `poll_*`: bytes to write, events to handle, the time of the next
///   [`handle_timeout`](Self::handle_timeout). After every other call, take all of them until they
///   are `None`. They do nothing by themselves. The queue of events is bounded by the bytes of one
///   `handle_input`.
/// - **Verbs**: [`submit`](Self::submit), [`cancel`](Self::cancel), [`commit`](Self::commit).
/// - **Views**: [`is_idle`](Self::is_idle), [`dialect`](Self::dialect).
///
/// `now` is the caller's: any epoch, never backwards.
///
/// - **One request is in flight.** `submit` returns [`Busy`](SubmitError::Busy) until the request
///   is completed. Each accepted request ends in exactly one [`Event::Completed`], and then the
///   engine takes the next.
/// - **The command in flight decides the meaning of a line**: echo, final result (only a whole
///   line), information line, URC (with its data line or open quotes), or unknown. Only the echo
///   and the answers to the engine's own probes are dropped without an event.
/// - **The deadline is absolute**, runs from acceptance and covers the writing. Bytes that were
///   read by the time at which the deadline is noticed count first; the first call at a later time
///   expires the request. No input postpones the deadline.
/// - **A listing is not cut while it goes on.** A request with an
///   [idle timeout](Request::idle_timeout), such as `AT+CMGL`, expires earlier if no line of its
///   answer comes within that time. Only such a line extends the idle timeout: a URC, an unknown
///   line or a part of a line does not.
/// - **Old bytes are not answers.** A line or a prompt that began before the command line was
///   written is never its result, its answer or its prompt.
/// - **A `+CMS ERROR` is the result of a message command.** As the first line after another known
///   command it is kept for [`Grace::answer`](crate::Grace::answer): if the answer or a
///   result follows, the error belonged to an earlier command.
/// - **A restart ends the command.** After a boot message of the modem, or one that it goes down,
///   the command under way completes at once, as [`Outcome::Unknown`] after the Ctrl-Z. The next
///   command line is preceded by a probe.
/// - **The Ctrl-Z after a payload is offered alone**, once the payload is reported as written. From
///   then on the message may have left. - Before, a failure is [`Outcome::NotSent`] and an escape
///   closes the prompt. - After, no escape is sent for the request, and a missing result is
///   [`Outcome::Unknown`]. A modem that answers no probe either may take all its input for a
///   payload, so the probe before the next request begins with an escape.
/// - **A USSD question may come with a prompt.** Some modems take the answer to `+CUSD: 1` like a
///   message body ([`Request::ussd_answer`]). From then on they take every byte for the answer, so
///   that an escape precedes any other command line, and ends the dialogue.
/// - **After a timeout or a cancel the modem is probed** with `AT+CMEE?` before the engine is free.
///   Where the modem refuses that, the probe is `AT` and a pause. Late answers to the abandoned
///   command count for it, never for the next.
/// - **Cuts do not matter**: the same bytes at the same `now` give the same events and the same
///   bytes to write, in whatever pieces they arrive.
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
/// while let Some(bytes) = engine.poll_transmit() {
///     assert_eq!(bytes, b"AT+CSQ\r");
///     let written = bytes.len(); // here: write to the port
///     engine.handle_transmitted(written, now);
/// }
/// engine.handle_input(b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\n+CMTI: \"SM\",3\r\n\r\nOK\r\n", now);
///
/// let Some(Event::Urc(urc)) = engine.poll_event() else { panic!() };
/// assert_eq!((urc.name(), urc.parameters()), ("+CMTI", &b"\"SM\",3"[..]));
/// let Some(Event::Completed { id: completed, outcome }) = engine.poll_event() else { panic!() };
/// let Outcome::Response(response) = outcome else { panic!() };
/// assert_eq!(completed, id);
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
    /// Set if the last resynchronisation got no answer.
    unresponsive: bool,
    /// A command line was echoed since this was last asked.
    echoed: bool,
    reader: Reader,
    unfinished: Option<Unfinished>,
    ussd: UssdPrompt,
    outbox: Outbox,
    timers: Timers,
    events: Queue<Event>,
    /// The bytes of the last listing, about which the next one will have.
    last_listing: usize,
}

/// An error of [`Engine::submit`]: the request was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Another request, or its resynchronisation, is in flight.
    #[error("the engine is busy with another command: wait for its completion")]
    Busy,
    /// The link is closed.
    #[error("the link is closed: open it first")]
    Closed,
}

impl Engine {
    /// An engine for a modem of this dialect, without a link.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            open: false,
            now: Instant::ZERO,
            free_at: Instant::ZERO,
            next_id: 1,
            flight: None,
            resync: None,
            unresponsive: false,
            echoed: false,
            reader: Reader::new(dialect.limits.line),
            unfinished: None,
            ussd: UssdPrompt::default(),
            outbox: Outbox::default(),
            timers: Timers::default(),
            events: Queue::new(),
            last_listing: 0,
            dialect,
        }
    }

    /// The dialect in use.
    pub const fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Changes the dialect, once the model of the modem is known.
    ///
    /// The new dialect applies to lines that end, and requests that are submitted, after this call.
    pub fn set_dialect(&mut self, dialect: Dialect) {
        self.reader.set_limit(dialect.limits.line);
        self.dialect = dialect;
    }

    /// Returns `true` if [`submit`](Self::submit) would accept a request.
    pub const fn is_idle(&self) -> bool {
        self.open && self.flight.is_none()
    }

    /// Reports that the link was opened, and begins a new dialogue.
    ///
    /// A link that is still open is closed first.
    pub fn handle_opened(&mut self, now: Instant) {
        if self.open {
            self.handle_closed(now);
        }
        self.now = self.now.max(now);
        self.free_at = self.now;
        self.open = true;
        self.unresponsive = false;
        self.ussd = UssdPrompt::default();
    }

    /// Reports that the link was closed or lost: the request in flight completes.
    pub fn handle_closed(&mut self, now: Instant) {
        self.now = self.now.max(now);
        // The lines of a quoted text may be a header themselves.
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
        self.fail_as_held();
        if let Some(flight) = self.flight.take() {
            let outcome = self.without_result(Reason::Closed, &flight);
            self.complete(flight.id, outcome.with_lines(flight.lines));
        }
        self.outbox.clear();
        self.timers.stop(Timer::Prompt);
        self.open = false;
    }

    /// Accepts a request; its deadline runs from this call.
    ///
    /// # Errors
    ///
    /// [`SubmitError::Busy`] while a request is in flight, [`SubmitError::Closed`] without a link.
    pub fn submit(&mut self, request: Request, now: Instant) -> Result<RequestId, SubmitError> {
        self.advance(now);
        if !self.open {
            return Err(SubmitError::Closed);
        }
        if self.flight.is_some() {
            return Err(SubmitError::Busy);
        }
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        let within = request.0.idle.map_or(request.0.timeout, |idle| idle.min(request.0.timeout));
        self.timers.set(Timer::Deadline, self.now + within);
        let is_answer = request.is_ussd_answer();
        self.flight = Some(Flight::new(id, request, &self.dialect.terminator, self.now));
        if is_answer {
            self.answer_ussd(id);
        } else if self.unresponsive || self.ussd.must_be_left() {
            self.probe_before(id);
        } else if self.now < self.free_at {
            self.timers.set(Timer::Gap, self.free_at);
        } else {
            self.outbox.push(Slice::Line);
        }
        Ok(id)
    }

    /// Cancels a request; without effect if the request is not in flight.
    ///
    /// A request whose line never left completes immediately. Otherwise the request completes at
    /// the end of a resynchronisation: with [`Outcome::Cancelled`], or with its result if that
    /// comes meanwhile. An open prompt is closed by an escape, unless the Ctrl-Z may have left.
    pub fn cancel(&mut self, id: RequestId, now: Instant) {
        self.advance(now);
        if self.flight.as_ref().is_some_and(|flight| flight.id == id) {
            self.give_up(Reason::Cancelled);
        }
    }

    /// Releases the Ctrl-Z of a [held](Request::hold) request, after [`Event::ReadyToCommit`].
    ///
    /// Without effect if the request is not held, as after its deadline.
    pub fn commit(&mut self, id: RequestId, now: Instant) {
        self.advance(now);
        if let Some(flight) = &mut self.flight {
            if flight.id == id && flight.stage == Stage::Held && self.resync.is_none() {
                flight.stage = Stage::Commit;
                self.outbox.push(Slice::Commit);
            }
        }
    }

    /// Reports that time has passed; call it when [`poll_timeout`](Self::poll_timeout) is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.expire(self.now);
    }

    /// The time of the next [`handle_timeout`](Self::handle_timeout), if nothing happens before; it
    /// may be in the past.
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
        // Asked after every read, and a read of one byte seldom adds an event.
        if self.events.is_empty() { None } else { self.next_event() }
    }

    #[inline(never)]
    fn next_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Advances the clock. A timer that was due at an earlier call, whose bytes are used, expires
    /// now.
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
                Timer::Gap => self.gap_is_over(),
                // A prompt may still come, but commands do not wait for it any more.
                Timer::Prompt => {}
                Timer::Step => self.next_step(),
                Timer::GiveUp => self.finish_resync(false, None),
            }
        }
    }

    /// Ends the flight without a result: immediately if nothing of it left, otherwise after a
    /// resynchronisation.
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
        if self.fail_as_held() {
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

    /// Completes the request: the only function that does so.
    fn complete(&mut self, id: RequestId, outcome: Outcome) {
        self.flight = None;
        self.resync = None;
        self.outbox.clear();
        for timer in [Timer::Deadline, Timer::Gap, Timer::Grace, Timer::Step, Timer::GiveUp] {
            self.timers.stop(timer);
        }
        self.free_at = self.free_at.max(self.now + self.dialect.gap);
        self.ussd.command_has_ended(matches!(outcome, Outcome::Response(_)));
        self.events.push(Event::Completed { id, outcome });
    }
}
