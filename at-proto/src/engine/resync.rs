//! Resynchronisation after an abandoned command: the engine is free only when the modem is known to
//! be done with it.

use super::answer::failed;
use super::flight::DataLine;
use super::transmit::Slice;
use super::{Engine, Event, Timer};
use crate::event::{Outcome, Reason, Response};
use crate::final_result::FinalError;
use crate::line::Line;
use crate::request::RequestId;

#[derive(Debug)]
pub(super) struct Resync {
    purpose: Purpose,
    step: Step,
    /// Probes that were written; after more than one, answers may be left over.
    probes: u8,
    /// An escape was written: the next final result may be the answer to it.
    escaped: bool,
    /// Final results before the probe's answer.
    finals: u8,
    /// The first of these final results.
    late: Option<(Option<FinalError>, Line)>,
    /// The probe's answer followed it, so it belongs to the abandoned command.
    proven: bool,
}

#[derive(Debug)]
enum Purpose {
    /// The flight was abandoned.
    GivenUp(Reason),
    /// The flight is over; only the modem's command buffer is not clean.
    Over(Outcome),
    /// The flight has not begun: the modem did not answer the last probe.
    Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// `+CMEE:` is awaited.
    Probing,
    /// `+CMEE:` came; its OK is awaited.
    Confirming,
    /// `AT` was written.
    Attention,
    /// The modem answered, but it is not known to which command: a pause without a line is awaited.
    Quiet,
}

impl Resync {
    pub(super) fn is_before_the_command(&self) -> bool {
        matches!(self.purpose, Purpose::Before)
    }

    /// Returns `true` if information lines may still belong to the abandoned command.
    pub(super) fn takes_late_answers(&self) -> bool {
        matches!(self.purpose, Purpose::GivenUp(_)) && self.step != Step::Confirming
    }
}

impl Engine {
    pub(super) fn start_resync(&mut self, reason: Reason) {
        self.resynchronise(Purpose::GivenUp(reason));
    }

    pub(super) fn start_resync_with(&mut self, outcome: Outcome) {
        self.resynchronise(Purpose::Over(outcome));
    }

    /// Probes the modem before the command line is written.
    pub(super) fn probe_before(&mut self, id: RequestId) {
        self.events.push(Event::Resynchronising { id });
        // A modem that answers nothing may be at a prompt: a Ctrl-Z was lost, or a line was read as
        // one that prompts. A message that the escape discards was already reported as unknown,
        // which stays true.
        self.outbox.push(Slice::Escape);
        // Answers to older probes may be on their way.
        self.resync = Some(Resync {
            purpose: Purpose::Before,
            step: Step::Probing,
            probes: 1,
            escaped: true,
            finals: 0,
            late: None,
            proven: false,
        });
        self.probe();
    }

    fn resynchronise(&mut self, purpose: Purpose) {
        let Some(flight) = &mut self.flight else { return };
        flight.data_line = DataLine::None;
        flight.ambiguous = false;
        let escaped = flight.is_uncommitted() || !flight.committed && self.ussd.must_be_left();
        let probe_is_own = !flight.request.expect.names(b"+CMEE");
        self.events.push(Event::Resynchronising { id: flight.id });
        for timer in [Timer::Deadline, Timer::Grace, Timer::Gap] {
            self.timers.stop(timer);
        }
        self.timers.set(Timer::GiveUp, self.now + self.dialect.resync.limit);
        if escaped {
            self.outbox.drop_payload();
            self.outbox.push(Slice::Escape);
        }
        self.resync = Some(Resync {
            purpose,
            step: Step::Probing,
            probes: 0,
            escaped,
            finals: 0,
            late: None,
            proven: false,
        });
        if probe_is_own {
            self.probe();
        } else {
            self.call_attention();
        }
    }

    fn probe(&mut self) {
        self.write(Slice::Probe, Step::Probing);
    }

    fn call_attention(&mut self) {
        self.write(Slice::Attention, Step::Attention);
    }

    fn write(&mut self, slice: Slice, step: Step) {
        let Some(resync) = &mut self.resync else { return };
        resync.step = step;
        // A slice that the port has not taken yet is not written twice.
        if !self.outbox.holds(slice) {
            resync.probes = resync.probes.saturating_add(1);
            self.outbox.push(slice);
        }
        self.set_step(self.dialect.resync.probe);
    }

    fn set_step(&mut self, duration: core::time::Duration) {
        self.timers.set(Timer::Step, self.now + duration.max(core::time::Duration::from_millis(1)));
    }

    fn be_quiet(&mut self) {
        if let Some(resync) = &mut self.resync {
            resync.step = Step::Quiet;
        }
        self.set_step(self.dialect.resync.quiet);
    }

    /// Returns `true` if a line of this name is the probe's answer.
    pub(super) fn probe_answers(&mut self, name: &[u8]) -> bool {
        let Some(resync) = &mut self.resync else {
            return false;
        };
        let is_own = name == b"+CMEE"
            && !self.flight.as_ref().is_some_and(|flight| {
                matches!(resync.purpose, Purpose::GivenUp(_))
                    && flight.request.expect.names(b"+CMEE")
            });
        if is_own && resync.step == Step::Probing {
            resync.step = Step::Confirming;
            resync.proven = true;
        }
        is_own
    }

    pub(super) fn late_final(&mut self, error: Option<FinalError>, line: &[u8]) {
        let Some(resync) = &mut self.resync else { return };
        match resync.step {
            Step::Probing => {
                resync.finals = resync.finals.saturating_add(1);
                let is_first = resync.finals == 1;
                if !is_first {
                    // The first belongs to the abandoned command or to the escape; the second
                    // refuses the probe.
                    self.call_attention();
                } else if resync.escaped || !matches!(resync.purpose, Purpose::GivenUp(_)) {
                    self.unknown(line);
                } else {
                    resync.late = Some((error, Line::of(line)));
                }
            }
            Step::Confirming if resync.probes <= 1 => self.finish_resync(true, None),
            Step::Confirming | Step::Attention | Step::Quiet => self.be_quiet(),
        }
    }

    /// Handles a late prompt: text after a prompt is not read as a command, so the prompt is closed
    /// first.
    pub(super) fn prompted_late(&mut self) -> bool {
        let Some(resync) = &mut self.resync else {
            return false;
        };
        if !resync.escaped || resync.probes >= 4 {
            return false;
        }
        self.outbox.push(Slice::Escape);
        self.probe();
        true
    }

    pub(super) fn next_step(&mut self) {
        let Some(resync) = &self.resync else { return };
        match resync.step {
            Step::Probing | Step::Confirming => self.call_attention(),
            Step::Attention => self.probe(),
            Step::Quiet => self.finish_resync(true, None),
        }
    }

    /// Ends the resynchronisation; `reason` replaces the reason for which it began.
    pub(super) fn finish_resync(&mut self, answered: bool, reason: Option<Reason>) {
        let Some(resync) = self.resync.take() else { return };
        self.timers.stop(Timer::Step);
        self.timers.stop(Timer::GiveUp);
        self.outbox.clear();
        self.unresponsive = !answered;
        self.events.push(Event::Resynchronised { answered });
        if let (Purpose::Before, None) = (&resync.purpose, reason) {
            if self.ussd.must_be_left() {
                self.outbox.push(Slice::Escape);
            }
            self.outbox.push(Slice::Line);
            return;
        }
        let Some(flight) = self.flight.take() else { return };
        let (given_up, late) = match resync.purpose {
            Purpose::Over(outcome) => return self.complete(flight.id, outcome),
            Purpose::GivenUp(reason) => (reason, resync.late),
            Purpose::Before => (Reason::NoAnswer, None),
        };
        let reason = reason.unwrap_or(given_up);
        let expect = &flight.request.expect;
        let has_answer = flight.answered && expect.required && !flight.is_uncommitted();
        let truncated = flight.truncated;
        let outcome = match late {
            Some((None, line)) if resync.proven || has_answer => Outcome::Response(Response {
                lines: flight.lines,
                final_line: Some(line),
                truncated,
            }),
            Some((Some(error), line)) if resync.proven => {
                failed(error, line.as_bytes(), flight.lines, flight.committed)
            }
            // The answer alone is proof: `+CMGS: 7` that the message was sent, `+CPIN: READY` that
            // no PIN is due.
            _ if has_answer && (flight.committed || expect.final_optional) => {
                Outcome::Response(Response { lines: flight.lines, final_line: None, truncated })
            }
            // A result that may be the refusal of the probe proves nothing.
            Some((_, line)) => {
                self.unknown(line.as_bytes());
                self.without_result(reason, &flight).with_lines(flight.lines)
            }
            None => self.without_result(reason, &flight).with_lines(flight.lines),
        };
        self.complete(flight.id, outcome);
    }
}
