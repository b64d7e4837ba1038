//! The prompt after a USSD question: some modems of Siemens and Cinterion end `+CUSD: 1,"..."` with
//! `>`, take the answer up to a Ctrl-Z, and leave the dialogue at an escape.

use super::flight::Stage;
use super::transmit::Slice;
use super::unsolicited::opens_quotes;
use super::{Engine, Event, Timer};
use crate::event::{Outcome, Reason};
use crate::line::Lines;
use crate::request::RequestId;

/// The known state of the prompt.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UssdPrompt {
    state: State,
    /// The network has asked, and no command line was written since: a prompt would belong to the
    /// question.
    is_due: bool,
    /// This modem has prompted after a question before.
    is_usual: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// The modem waits for the answer.
    Open,
    /// The modem waits for the answer, or has taken the command line in flight for a part of it:
    /// only the result of the command proves that it has not.
    Unproven,
    /// The modem may take its input for the answer, and the answer must not be given: the dialogue
    /// is over, or a part of another command line stands at the prompt.
    Spoilt,
}

impl UssdPrompt {
    pub(super) fn is_open(self) -> bool {
        self.state == State::Open
    }

    /// Returns `true` if an escape has to precede any command line.
    pub(super) fn must_be_left(self) -> bool {
        self.state != State::Closed
    }

    /// Notes that a command line is written: the next prompt may be its own.
    pub(super) const fn command_is_written(&mut self) {
        self.is_due = false;
    }

    /// Notes the end of the command in flight.
    pub(super) fn command_has_ended(&mut self, with_success: bool) {
        if self.state == State::Unproven {
            self.state = if with_success { State::Open } else { State::Spoilt };
        }
    }

    /// Notes that a Ctrl-Z may have left.
    pub(super) fn may_be_answered(&mut self) {
        if self.must_be_left() {
            self.state = State::Spoilt;
        }
    }

    /// Notes that a Ctrl-Z or an escape has left.
    pub(super) const fn is_closed(&mut self) {
        self.state = State::Closed;
    }
}

impl Engine {
    /// Returns `true` if the modem waits at a prompt for the answer to a USSD question.
    ///
    /// [`Request::ussd_answer`](crate::Request::ussd_answer) gives the answer. Any other request is
    /// preceded by an escape, which ends the dialogue.
    pub fn is_at_ussd_prompt(&self) -> bool {
        self.ussd.is_open()
    }

    /// Returns `true` for a moment after a USSD question, in which its prompt may follow.
    ///
    /// A command line that is submitted meanwhile is written afterwards. The moment is
    /// [`Grace::answer`](crate::Grace::answer), and ends with a
    /// [`handle_timeout`](Self::handle_timeout).
    pub fn awaits_ussd_prompt(&self) -> bool {
        self.timers.is_set(Timer::Prompt)
    }

    /// Handles a `+CUSD` line: a question of the network, or the end of the dialogue.
    pub(super) fn ussd_arrived(&mut self, asks: bool) {
        self.ussd.is_due = asks;
        if asks {
            let until = self.now + self.dialect.grace.answer;
            self.timers.set(Timer::Prompt, until);
            self.free_at = self.free_at.max(until);
            self.hold_line();
            return;
        }
        self.timers.stop(Timer::Prompt);
        if self.ussd.is_open() {
            self.ussd.state = State::Spoilt;
        }
        let is_answering =
            self.flight.as_ref().is_some_and(|flight| flight.is_ussd_answer() && !flight.committed);
        if is_answering && self.resync.is_none() {
            self.start_resync(Reason::Ended);
        }
    }

    /// Withdraws a command line of which nothing was offered, until the prompt has come or not.
    fn hold_line(&mut self) {
        let is_held =
            self.flight.as_ref().is_some_and(|flight| flight.stage == Stage::Line && !flight.left);
        if is_held && self.resync.is_none() {
            self.outbox.clear();
            self.timers.set(Timer::Gap, self.free_at);
        }
    }

    /// Writes the command line that has waited.
    pub(super) fn gap_is_over(&mut self) {
        match &self.flight {
            Some(flight) if self.ussd.must_be_left() => self.probe_before(flight.id),
            _ => self.outbox.push(Slice::Line),
        }
    }

    /// Takes a prompt that belongs to a USSD question.
    pub(super) fn takes_ussd_prompt(&mut self) -> bool {
        if !self.ussd.is_due {
            return false;
        }
        let is_clean = self.resync.is_none();
        let (mut state, mut is_swallowed) = (State::Open, false);
        if let Some(flight) = self.flight.as_ref().filter(|flight| flight.left) {
            if flight.is_uncommitted() && !flight.is_ussd_answer() {
                // A modem that has not prompted for an answer before prompts for the message.
                is_swallowed = self.ussd.is_usual && flight.stage == Stage::Line && is_clean;
                if !is_swallowed {
                    self.ussd.is_due = false;
                    return false;
                }
            }
            state = match flight.may_be_questioned() {
                true if !flight.committed => State::Unproven,
                false if !(flight.committed || flight.answered) => State::Spoilt,
                _ => State::Open,
            };
            if flight.may_be_questioned() && is_clean {
                self.timers.set(Timer::Grace, self.now + self.dialect.grace.ok);
            }
        }
        if !is_clean {
            state = State::Spoilt;
        }
        self.timers.stop(Timer::Prompt);
        self.ussd = UssdPrompt { state, is_due: false, is_usual: true };
        if is_swallowed {
            self.start_resync(Reason::AtPrompt);
        }
        true
    }

    /// Writes an answer to the prompt, if one is open.
    pub(super) fn answer_ussd(&mut self, id: RequestId) {
        if !self.ussd.is_open() || self.unresponsive {
            let lines = Lines::default();
            return self.complete(id, Outcome::NotSent { reason: Reason::NoPrompt, lines });
        }
        if let Some(flight) = &mut self.flight {
            (flight.left, flight.written) = (true, true);
        }
        self.mark_old();
        self.events.push(Event::Prompt { id });
        self.send_payload();
    }
}

/// Returns `true` if the parameters of `+CUSD` ask for an answer, 3GPP TS 27.007, 7.15.
pub(super) fn is_question(parameters: &[u8]) -> bool {
    let parameters = parameters.trim_ascii_start();
    let asks = parameters
        .strip_prefix(b"1")
        .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_digit));
    // A text without its end is not followed by a prompt.
    asks && !opens_quotes(parameters)
}
