//! A host that brings a modem into multiplexing mode, and back.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use super::config::{Config, Dlci, Role};
use super::event::{ClosedReason, DownReason, Event, StartError};
use super::machine::Mux;
use super::offer::{Choice, Offer, TestMux, Wishes};

use crate::command::Command;
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::event::{Event as EngineEvent, Outcome};
use crate::queue::Queue;
use crate::request::Request;
use crate::time::Instant;

/// The timeout for the answer to `AT`.
const ATTENTION_TIMEOUT: Duration = Duration::from_secs(1);

/// The number of `AT` that stay without an answer before the modem is taken for multiplexing.
const ATTENTIONS: u8 = 2;

/// The timeout for OK to `+CMUX`; SIMCom A76xx documents 9 s.
const SET_TIMEOUT: Duration = Duration::from_secs(12);

/// The pause after the close-down of an earlier process's multiplexer.
const ESCAPE_DELAY: Duration = Duration::from_secs(1);

/// The close-down command in both options, for a modem that multiplexes still. A modem in AT mode
/// takes it for a line without `AT`.
const ESCAPE: &[u8] = b"\xF9\x03\xEF\x05\xC3\x01\xF2\xF9\x7E\x03\xEF\xC3\x01\x70\x7E\r";

/// The pause before the multiplexer is opened again; doubled after each failure.
const REOPEN_DELAY: Duration = Duration::from_secs(1);

/// The maximal pause before the multiplexer is opened again.
const MAX_REOPEN_DELAY: Duration = Duration::from_secs(60);

/// The pause after a control channel that was not opened: a modem returns to AT mode after 5 s.
const RETURN_DELAY: Duration = Duration::from_secs(6);

/// The parameters of an [`Initiator`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InitiatorConfig {
    /// The wishes for the parameters of `+CMUX`.
    pub wishes: Wishes,
    /// The parameters that `+CMUX` does not set: queues, supervision, T3.
    pub mux: Config,
    /// The dialect of the modem in AT mode; its [`mux_delay`](Dialect::mux_delay) is the pause
    /// after the OK to `+CMUX`.
    pub dialect: Dialect,
}

/// A host's multiplexer on a port whose modem is in AT mode: `+CMUX`, the [`Mux`], and the way
/// back.
///
/// # The contract
///
/// The contract of the [`Mux`], with these additions:
///
/// - [`handle_opened`](Self::handle_opened) begins with `AT`, `AT+CMUX=?` and `AT+CMUX=...`, and
///   opens the control channel after a pause. [`Event::Up`] or [`Event::Failed`] follows.
/// - A modem that answers no `AT` may multiplex still, for a process that was killed: it gets a
///   close-down command.
/// - **A modem that falls out is noticed**, and [`Event::Down`] reports it: by a test without an
///   answer, by text outside frames, or by its echo of our frames. The multiplexer is then opened
///   again, as after a failure, with a growing pause. Channels stay closed until they are opened.
/// - A channel's own dialogue may die while tests are answered. Only its silence shows that, which
///   the owner of the channel notices.
/// - [`shut_down`](Self::shut_down) leaves the multiplexer; after [`Event::Down`] with
///   [`DownReason::Requested`] the port is a plain port in AT mode.
#[derive(Debug)]
pub struct Initiator {
    config: InitiatorConfig,
    now: Instant,
    stage: Stage,
    mux: Mux,
    /// Channels to open once the line multiplexes.
    wanted: Vec<Dlci>,
    failures: u32,
    up_since: Option<Instant>,
    events: Queue<Event>,
}

#[derive(Debug)]
enum Stage {
    Closed,
    /// A dialogue in AT mode.
    Asking(Box<Dialogue>),
    /// Before the control channel is opened.
    Settling(Instant),
    Running,
    /// Before the next attempt.
    Waiting(Instant),
}

/// The dialogue that leads into multiplexing mode.
#[derive(Debug)]
struct Dialogue {
    engine: Engine,
    step: Step,
    /// The close-down that is still to be written.
    escape: &'static [u8],
}

#[derive(Debug)]
enum Step {
    Attention {
        left: u8,
        has_escaped: bool,
    },
    /// The close-down was written; `AT` follows at this time.
    Escaped(Instant),
    Offer,
    Set {
        choice: Choice,
        rest: Vec<Choice>,
    },
}

impl Initiator {
    /// A host's multiplexer without a link.
    pub fn new(config: InitiatorConfig) -> Self {
        Self {
            mux: Mux::new(Role::Initiator, config.mux),
            config,
            now: Instant::ZERO,
            stage: Stage::Closed,
            wanted: Vec::new(),
            failures: 0,
            up_since: None,
            events: Queue::new(),
        }
    }

    /// The multiplexer, for its views; its parameters are those that were chosen.
    pub const fn mux(&self) -> &Mux {
        &self.mux
    }

    /// Returns `true` if the control channel is open.
    pub fn is_up(&self) -> bool {
        self.mux.is_up()
    }

    /// Returns `true` without a link, and after [`shut_down`](Self::shut_down).
    pub const fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    /// Reports that the link is open, with the modem in AT mode, and begins to multiplex.
    pub fn handle_opened(&mut self, now: Instant) {
        self.handle_closed(now);
        self.failures = 0;
        self.begin();
    }

    /// Reports that the link was closed or lost.
    pub fn handle_closed(&mut self, now: Instant) {
        self.advance(now);
        if self.is_closed() {
            return;
        }
        let was_running = matches!(self.stage, Stage::Running);
        self.mux.handle_closed(now);
        self.stage = Stage::Closed;
        self.drop_wanted();
        while let Some(event) = self.mux.poll_event() {
            self.events.push(event);
        }
        if !was_running {
            self.events.push(Event::Down(DownReason::Lost));
        }
    }

    /// Takes bytes that were read.
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.advance(now);
        match &mut self.stage {
            Stage::Asking(dialogue) => {
                dialogue.engine.handle_input(bytes, now);
                self.go_on();
            }
            Stage::Running => {
                self.mux.handle_input(bytes, now);
                self.follow();
            }
            Stage::Closed | Stage::Settling(_) | Stage::Waiting(_) => {}
        }
    }

    /// The bytes to write.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        match &mut self.stage {
            Stage::Asking(dialogue) if !dialogue.escape.is_empty() => Some(dialogue.escape),
            Stage::Asking(dialogue) => dialogue.engine.poll_transmit(),
            Stage::Running => self.mux.poll_transmit(),
            Stage::Closed | Stage::Settling(_) | Stage::Waiting(_) => None,
        }
    }

    /// Returns `true` if [`poll_transmit`](Self::poll_transmit) would return bytes.
    pub fn has_transmit(&self) -> bool {
        match &self.stage {
            Stage::Asking(dialogue) => {
                !dialogue.escape.is_empty() || dialogue.engine.has_transmit()
            }
            Stage::Running => self.mux.has_transmit(),
            Stage::Closed | Stage::Settling(_) | Stage::Waiting(_) => false,
        }
    }

    /// Reports that `count` bytes of [`poll_transmit`](Self::poll_transmit) were written.
    pub fn handle_transmitted(&mut self, count: usize, now: Instant) {
        self.advance(now);
        match &mut self.stage {
            Stage::Asking(dialogue) if !dialogue.escape.is_empty() => {
                dialogue.escape = dialogue.escape.get(count..).unwrap_or_default();
            }
            Stage::Asking(dialogue) => {
                dialogue.engine.handle_transmitted(count, now);
                self.go_on();
            }
            Stage::Running => {
                self.mux.handle_transmitted(count, now);
                self.follow();
            }
            Stage::Closed | Stage::Settling(_) | Stage::Waiting(_) => {}
        }
    }

    /// The time of the next [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Asking(dialogue) => match dialogue.step {
                Step::Escaped(until) => Some(until),
                _ => dialogue.engine.poll_timeout(),
            },
            Stage::Settling(until) | Stage::Waiting(until) => Some(*until),
            Stage::Running => self.mux.poll_timeout(),
            Stage::Closed => None,
        }
    }

    /// Reports that time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        match &mut self.stage {
            Stage::Asking(dialogue) => match dialogue.step {
                Step::Escaped(until) if until <= self.now => {
                    self.ask(Step::Attention { left: ATTENTIONS, has_escaped: true });
                }
                Step::Escaped(_) => {}
                _ => {
                    dialogue.engine.handle_timeout(now);
                    self.go_on();
                }
            },
            Stage::Settling(until) if *until <= self.now => {
                self.stage = Stage::Running;
                self.mux.handle_opened(self.now);
                for dlci in core::mem::take(&mut self.wanted) {
                    self.mux.open(dlci, self.now);
                }
                self.follow();
            }
            Stage::Waiting(until) if *until <= self.now => self.begin(),
            Stage::Running => {
                self.mux.handle_timeout(now);
                self.follow();
            }
            Stage::Closed | Stage::Settling(_) | Stage::Waiting(_) => {}
        }
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// Opens a channel, as [`Mux::open`] does; the opening waits until the line multiplexes.
    pub fn open(&mut self, dlci: Dlci, now: Instant) {
        self.advance(now);
        match self.stage {
            Stage::Running => {
                self.mux.open(dlci, now);
                self.follow();
            }
            Stage::Closed => {
                self.events.push(Event::Closed { dlci, reason: ClosedReason::Down });
            }
            _ if self.wanted.contains(&dlci) => {}
            _ => self.wanted.push(dlci),
        }
    }

    /// Closes a channel, as [`Mux::close`] does.
    pub fn close(&mut self, dlci: Dlci, now: Instant) {
        self.advance(now);
        self.wanted.retain(|wanted| *wanted != dlci);
        self.mux.close(dlci, now);
        self.follow();
    }

    /// Queues data of a channel, as [`Mux::write`] does.
    pub fn write(&mut self, dlci: Dlci, bytes: &[u8]) -> usize {
        self.mux.write(dlci, bytes)
    }

    /// Reads data of a channel, as [`Mux::read`] does.
    pub fn read(&mut self, dlci: Dlci, buffer: &mut [u8]) -> usize {
        self.mux.read(dlci, buffer)
    }

    /// Sends the control signals of a channel, as [`Mux::set_signals`] does.
    pub fn set_signals(&mut self, dlci: Dlci, signals: super::Signals, line_break: Option<u8>) {
        self.mux.set_signals(dlci, signals, line_break);
    }

    /// Lets both sides sleep, as [`Mux::sleep`] does.
    pub fn sleep(&mut self, now: Instant) {
        self.advance(now);
        self.mux.sleep(now);
    }

    /// Leaves the multiplexer. [`Event::Down`] follows, and then the port is a plain port.
    pub fn shut_down(&mut self, now: Instant) {
        self.advance(now);
        self.drop_wanted();
        match self.stage {
            Stage::Running => {
                self.mux.shut_down(now);
                self.follow();
            }
            Stage::Closed => {}
            _ => {
                self.stage = Stage::Closed;
                self.events.push(Event::Down(DownReason::Requested));
            }
        }
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// Begins with `AT`.
    fn begin(&mut self) {
        self.ask(Step::Attention { left: ATTENTIONS, has_escaped: false });
    }

    /// Begins a step of the dialogue with a new engine: what an earlier command left does not
    /// matter.
    fn ask(&mut self, step: Step) {
        let mut engine = Engine::new(self.config.dialect.clone());
        engine.handle_opened(self.now);
        let request = match &step {
            Step::Attention { .. } => Some(Request::built("AT").timeout(ATTENTION_TIMEOUT)),
            Step::Escaped(_) => None,
            Step::Offer => Some(TestMux.request()),
            Step::Set { choice, .. } => Some(Request::built(choice.line()).timeout(SET_TIMEOUT)),
        };
        // An engine without a request in flight accepts one.
        let _ = request.map(|request| engine.submit(request, self.now));
        let escape = if matches!(step, Step::Escaped(_)) { ESCAPE } else { b"" };
        self.stage = Stage::Asking(Box::new(Dialogue { engine, step, escape }));
    }

    /// Follows the dialogue in AT mode.
    fn go_on(&mut self) {
        let Stage::Asking(dialogue) = &mut self.stage else { return };
        let outcome = loop {
            match dialogue.engine.poll_event() {
                Some(EngineEvent::Completed { outcome, .. }) => break Some(outcome),
                // The engine would ask on; a new one begins with another command instead.
                Some(EngineEvent::Resynchronising { .. }) => break None,
                Some(_) => {}
                None => return,
            }
        };
        let step = core::mem::replace(&mut dialogue.step, Step::Offer);
        match (step, outcome) {
            (Step::Attention { .. }, Some(Outcome::Response(_) | Outcome::Error(_))) => {
                self.ask(Step::Offer);
            }
            (Step::Attention { left, has_escaped }, _) if left > 1 => {
                self.ask(Step::Attention { left: left.saturating_sub(1), has_escaped });
            }
            (Step::Attention { has_escaped: false, .. }, _) => {
                self.ask(Step::Escaped(self.now + ESCAPE_DELAY));
            }
            (Step::Offer, outcome) => {
                let offer = match outcome {
                    Some(Outcome::Response(response)) => TestMux.parse(&response).ok(),
                    _ => None,
                };
                let mut choices = self.config.wishes.choices(&offer.unwrap_or_else(Offer::default));
                let choice = choices.remove(0);
                self.ask(Step::Set { choice, rest: choices });
            }
            (Step::Set { choice, .. }, Some(Outcome::Response(_))) => {
                let mut config = self.config.mux;
                choice.apply(&mut config);
                self.mux.configure(config);
                self.stage = Stage::Settling(self.now + self.config.dialect.mux_delay);
            }
            (Step::Set { mut rest, .. }, Some(Outcome::Error(failure))) => {
                if rest.is_empty() {
                    return self.failed(StartError::Refused(failure.error()));
                }
                let choice = rest.remove(0);
                self.ask(Step::Set { choice, rest });
            }
            (Step::Attention { .. } | Step::Escaped(_) | Step::Set { .. }, _) => {
                self.failed(StartError::NoAnswer);
            }
        }
    }

    /// Follows the events of the multiplexer.
    fn follow(&mut self) {
        while let Some(event) = self.mux.poll_event() {
            let down = match &event {
                Event::Up => {
                    self.up_since = Some(self.now);
                    None
                }
                Event::Down(reason) => Some(*reason),
                _ => None,
            };
            self.events.push(event);
            match down {
                None => {}
                Some(DownReason::Requested) => {
                    self.stage = Stage::Closed;
                    self.up_since = None;
                }
                Some(reason) => {
                    let held = self.up_since.take();
                    let held = held.map(|since| self.now.saturating_duration_since(since));
                    if held.is_some_and(|held| held >= MAX_REOPEN_DELAY) {
                        self.failures = 0;
                    }
                    let is_multiplexing =
                        matches!(reason, DownReason::NoAnswer | DownReason::Refused);
                    let least = if held.is_none() && is_multiplexing {
                        RETURN_DELAY
                    } else {
                        Duration::ZERO
                    };
                    self.wait(least);
                }
            }
        }
    }

    fn failed(&mut self, error: StartError) {
        self.drop_wanted();
        self.events.push(Event::Failed(error));
        self.wait(Duration::ZERO);
    }

    /// Waits before the next attempt.
    fn wait(&mut self, least: Duration) {
        let doublings = self.failures.min(6);
        // By sums: a product of durations takes 1 KB of flash in a processor without 64 bits.
        let doubled = (0..doublings).fold(REOPEN_DELAY, |delay, _| delay.saturating_add(delay));
        self.failures = self.failures.saturating_add(1);
        self.stage = Stage::Waiting(self.now + doubled.min(MAX_REOPEN_DELAY).max(least));
    }

    fn drop_wanted(&mut self) {
        for dlci in core::mem::take(&mut self.wanted) {
            self.events.push(Event::Closed { dlci, reason: ClosedReason::Down });
        }
    }
}
