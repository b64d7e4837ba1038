//! The classification of lines: the command in flight decides.

use super::flight::{DataLine, Flight, Stage, Unresolved, UnresolvedKind};
use super::resync::Resync;
use super::unsolicited::{
    Unfinished, data_after_answer, has_announced_length, is_pdu, opens_quotes,
};
use super::ussd::{UssdPrompt, is_question};
use super::{Engine, Event, Timer};
use crate::event::{Failure, Outcome, Overflow, Reason, Response};
use crate::final_result::{Final, FinalError};
use crate::line::{Line, Lines};
use crate::request::{Parts, RequestId};
use crate::urc::{self, BootStage, Urc, UrcKind};
use crate::vocabulary::{self, named, seems_pdu};

impl Engine {
    /// Returns `true` for the data line that a header of the answer announced with its length: most
    /// bytes of a listing are in such lines. All other ways to read a line would come to the same.
    #[inline]
    pub(super) fn is_announced(&self, line: &[u8]) -> bool {
        match &self.flight {
            Some(Flight {
                data_line: DataLine::Pdu { length: Some(length) },
                stage: Stage::Line,
                ..
            }) => self.unfinished.is_none() && has_announced_length(line, *length),
            _ => false,
        }
    }

    /// The data line that a header of a listing announces; `None` if the line may be anything else.
    /// Half of the lines of a listing are such headers. The general path reads them alike.
    #[inline]
    pub(super) fn announced_by(&self, line: &[u8]) -> Option<DataLine> {
        let parameters = line.strip_prefix(b"+CMGL:").filter(|_| cfg!(feature = "fast"))?;
        let flight = self.flight.as_ref()?;
        let Parts { expect, finals, .. } = &*flight.request;
        let is_due = expect.lists_messages
            && !expect.any
            && finals.is_empty()
            && flight.written
            && !self.reader.old
            && (flight.stage, flight.data_line) == (Stage::Line, DataLine::None)
            && self.unfinished.is_none()
            && self.resync.is_none()
            && self.dialect.is_plain();
        let is_trimmed = line.last().is_some_and(|last| *last > b' ');
        (is_due && is_trimmed).then(|| data_after_answer(b"+CMGL", parameters))
    }

    /// Classifies a line that is not part of a text with open quotes.
    pub(super) fn classify(&mut self, raw: &[u8], end: u8) {
        if self.dialect.may_have_line_ends(raw)
            && named(raw).is_some_and(|(name, _)| self.dialect.has_line_ends(name))
            && opens_quotes(raw)
        {
            self.open_quotes(raw, end);
        } else {
            self.classify_closed(raw);
        }
    }

    /// Classifies a line, or a text with line ends whose quotes are closed.
    pub(super) fn classify_closed(&mut self, raw: &[u8]) {
        let line = trimmed(raw);
        if line.is_empty() {
            // Noise at power-up.
            self.unknown(raw);
        } else if self.completes_unsolicited(raw) || self.is_echo(line) || self.takes_data_line(raw)
        {
        } else if let Some(glued) = self.glued(line) {
            let (first, second) = line.split_at(glued);
            self.read(first, first);
            self.classify_closed(second);
        } else {
            self.read(line, raw);
        }
    }

    /// Reads a single line.
    fn read(&mut self, line: &[u8], raw: &[u8]) {
        if let Some(success) = self.own_final(line) {
            self.succeed(Some(success));
        } else if let Some(found) = Final::of(line, &self.dialect) {
            self.final_result(found, line);
        } else if let Some((name, parameters)) = named(line) {
            self.named(line, name, parameters);
        } else if urc::is_bare(line) || self.dialect.is_bare_urc(line) {
            self.announce(Urc::of(line, None));
        } else if is_command_line(line) && !self.lists_commands() {
            self.events.push(Event::ForeignEcho(Line::of(line)));
        } else if self.takes_free_line(line) || self.continues_list(line) {
            self.answer(raw, DataLine::None);
        } else {
            self.unknown(raw);
        }
    }

    fn named(&mut self, line: &[u8], name: &[u8], parameters: &[u8]) {
        if self.resync.is_some() && self.probe_answers(name) {
            return;
        }
        let answered = match &self.flight {
            Some(flight) if self.takes_answers() => {
                let expect = &flight.request.expect;
                if expect.any && !self.is_surely_unsolicited(name, parameters) {
                    Some(DataLine::None)
                } else if expect.belongs(name, parameters, || flight.has_answer_of(name)) {
                    Some(if expect.data {
                        data_after_answer(name, parameters)
                    } else {
                        DataLine::None
                    })
                } else {
                    None
                }
            }
            _ => None,
        };
        match answered {
            Some(data_line) => {
                self.answer(line, data_line);
                if self.dialect.ends(name) && self.resync.is_none() {
                    self.succeed(None);
                }
            }
            None => self.unsolicited(line, name, parameters),
        }
    }

    /// Returns `true` for a URC that cannot be part of a listing.
    ///
    /// Messages, rings and callers' numbers are never listed; a listed setting is a bare number.
    fn is_surely_unsolicited(&self, name: &[u8], parameters: &[u8]) -> bool {
        urc::is_never_listed(name)
            || self.dialect.has_data(name)
            || vocabulary::is_setting_with_number(name)
                && parameters.trim_ascii_start().starts_with(b"\"")
    }

    /// Returns `true` if the line can belong to the flight: the command line may have been written
    /// before the line began, and its own time is not over.
    fn takes_answers(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.written)
            && !self.reader.old
            && self.resync.as_ref().is_none_or(Resync::takes_late_answers)
    }

    /// Returns `true` if the answer may contain command lines, as that of `AT+CLAC`.
    fn lists_commands(&self) -> bool {
        self.takes_answers() && self.flight.as_ref().is_some_and(|flight| flight.request.expect.any)
    }

    fn takes_free_line(&self, line: &[u8]) -> bool {
        self.takes_answers()
            && self.flight.as_ref().is_some_and(|flight| {
                let expect = &flight.request.expect;
                // The text after a header of +CMGR and +CMGL may have more lines, but none comes
                // before the first. A PDU without a header shows that its header was damaged.
                let follows = || !expect.data || flight.answered || seems_pdu(line);
                expect.any || (expect.free && follows())
            })
    }

    /// Returns `true` for a list that follows the comma at the end of the last line of the answer:
    /// a Nokia 2720 breaks its list of operators like that.
    fn continues_list(&self, line: &[u8]) -> bool {
        self.takes_answers()
            && line.starts_with(b"(")
            && self.flight.as_ref().is_some_and(|flight| {
                flight
                    .lines
                    .iter()
                    .next_back()
                    .is_some_and(|last| last.trim_ascii().ends_with(b","))
            })
    }

    /// Adds a line to the answer.
    pub(super) fn answer(&mut self, line: &[u8], data_line: DataLine) {
        let limit = self.dialect.limits.answer;
        let is_late = self.resync.is_some();
        self.drop_held_error();
        let Some(flight) = &mut self.flight else { return };
        // The whole answer gets its memory with its first line.
        let more = match flight.answered {
            true => 0,
            false if flight.request.expect.is_listing => self.last_listing,
            false => data_line.expected_bytes(),
        };
        flight.data_line = data_line;
        if let (DataLine::Pdu { .. }, Some(Unfinished::Pdu { later, .. })) =
            (data_line, &mut self.unfinished)
        {
            *later = true;
        }
        flight.ambiguous = false;
        flight.answered = true;
        if flight.lines.byte_len().saturating_add(line.len()) > limit {
            if !flight.truncated {
                flight.truncated = true;
                self.events.push(Event::Overflow(Overflow::Answer(flight.id)));
            }
        } else {
            flight.lines.push(line, more.min(limit));
        }
        if is_late {
            return;
        }
        // Once for all lines of a read.
        if flight.idle_since < self.now {
            flight.idle_since = self.now;
            if let Some(idle) = flight.request.idle {
                self.timers.set(Timer::Deadline, (self.now + idle).min(flight.cap));
            }
        }
        if flight.held_ok.is_some() {
            let ok = flight.held_ok.take();
            self.succeed(ok);
        } else if flight.request.expect.final_optional {
            self.timers.set(Timer::Grace, self.now + self.dialect.grace.ok);
        }
    }

    /// Offers a line to the header of an answer that waits for its data line; returns `true` if it
    /// took the line.
    fn takes_data_line(&mut self, raw: &[u8]) -> bool {
        let Some(flight) = &self.flight else { return false };
        let takes = match flight.data_line {
            DataLine::None => return false,
            DataLine::Pdu { length } => {
                length.is_some_and(|length| has_announced_length(raw, length)) || is_pdu(raw, None)
            }
            DataLine::Text { blank } => !(blank && self.is_a_known_line(raw)),
        };
        let is_text = matches!(flight.data_line, DataLine::Text { .. });
        if takes {
            self.answer(raw, DataLine::None);
            // An empty text may be missing altogether, so that this was the final result; if so,
            // nothing follows.
            if is_text && Final::of(trimmed(raw), &self.dialect).is_some() {
                if let Some(flight) = &mut self.flight {
                    flight.ambiguous = true;
                }
                self.timers.set(Timer::Grace, self.now + self.dialect.rest);
            }
        }
        takes
    }

    /// Returns `true` if a line is certainly not text.
    pub(super) fn is_a_known_line(&self, line: &[u8]) -> bool {
        let line = trimmed(line);
        Final::of(line, &self.dialect).is_some()
            || named(line).is_some()
            || urc::is_bare(line)
            || self.dialect.is_bare_urc(line)
    }

    /// Returns `true` if a line repeats what was written.
    ///
    /// The first echo of each kind is expected; further ones belong to another program.
    fn is_echo(&mut self, line: &[u8]) -> bool {
        if self.resync.is_some() && matches!(line, b"AT+CMEE?" | b"AT") {
            return true;
        }
        let after_prompt = self.reader.after_prompt;
        let is_final = || Final::of(line, &self.dialect).is_some();
        let Some(flight) = &self.flight else { return false };
        if !flight.left {
            return false;
        }
        if !flight.echoed && line == trimmed(flight.line()) {
            if let Some(flight) = &mut self.flight {
                flight.echoed = true;
            }
            self.echoed = true;
            return true;
        }
        // An echoed text of `OK` is distinguished from the result by its position or its Ctrl-Z.
        matches!(flight.stage, Stage::Payload | Stage::Held | Stage::Commit)
            && flight.is_payload(line)
            && (after_prompt || line.ends_with(&[0x1A]) || !is_final())
    }

    /// The position at which a second item follows a final result without a line end, as in
    /// `OK+CMTI: "SM",1`.
    fn glued(&self, line: &[u8]) -> Option<usize> {
        if !matches!(line.first(), Some(b'O' | b'E')) {
            return None;
        }
        let (end, second) = [&b"OK"[..], b"ERROR"]
            .into_iter()
            .find_map(|word| Some((word.len(), line.strip_prefix(word)?)))?;
        let is_item = named(second).is_some()
            || Final::of(second, &self.dialect).is_some()
            || urc::is_bare(second);
        (!second.is_empty() && is_item).then_some(end)
    }

    /// A final result that the request itself named.
    fn own_final(&self, line: &[u8]) -> Option<Line> {
        let finals = &self.flight.as_ref()?.request.finals;
        let is_own = finals.iter().any(|own| own.as_bytes() == line);
        (is_own && self.resync.is_none() && self.takes_answers()).then(|| Line::of(line))
    }

    pub(super) fn unknown(&mut self, line: &[u8]) {
        self.events.push(Event::UnknownLine(Line::of(line)));
    }

    fn final_result(&mut self, found: Final, line: &[u8]) {
        let is_call = self.flight.as_ref().is_some_and(|flight| flight.request.expect.call);
        let error = match found {
            Final::Success => None,
            Final::Failure(error) => Some(error),
            Final::Connected if is_call => None,
            Final::Connected => return self.unknown(line),
            Final::CallEnded(error) if is_call => Some(error),
            // A call that was set up before has ended.
            Final::CallEnded(_) => return self.events.push(Event::Urc(Urc::of(line, None))),
        };
        if self.resync.is_some() {
            self.late_final(error, line);
        } else if !self.takes_answers() {
            self.unknown(line);
        } else {
            match error {
                None => self.success(line),
                Some(error) => self.fail(error, line),
            }
        }
    }

    fn success(&mut self, line: &[u8]) {
        self.drop_held_error();
        let answer_by = self.now + self.dialect.grace.answer;
        let Some(flight) = &mut self.flight else { return };
        if flight.held_ok.is_some() {
            return self.unknown(line);
        }
        if flight.is_ussd_answer() && !flight.committed {
            // The result of the command that has led to the question.
            return self.unknown(line);
        }
        if flight.request.payload.is_some() && !flight.committed {
            // The modem ended the command before it had the payload. Its prompt may be open, or
            // still to come, so that the escape closes it.
            let lines = core::mem::take(&mut flight.lines);
            let outcome = Outcome::NotSent { reason: Reason::Ended, lines };
            self.unknown(line);
            return self.start_resync_with(outcome);
        }
        if flight.request.expect.required && !flight.answered {
            flight.held_ok = Some(Line::of(line));
            self.timers.set(Timer::Grace, answer_by);
        } else {
            self.succeed(Some(Line::of(line)));
        }
    }

    /// Emits a URC. One that says that the modem restarts or goes down ends the command under way:
    /// no result follows.
    pub(super) fn announce(&mut self, urc: Urc) {
        let reason = match urc.kind() {
            Some(UrcKind::Boot(BootStage::Start)) => Some(Reason::Restarted),
            Some(UrcKind::GoingDown) => Some(Reason::GoingDown),
            Some(UrcKind::Ussd) => {
                let asks = is_question(urc.parameters());
                self.events.push(Event::Urc(urc));
                return self.ussd_arrived(asks);
            }
            _ => None,
        };
        self.events.push(Event::Urc(urc));
        if reason.is_some() {
            self.ussd = UssdPrompt::default();
        }
        if let Some(reason) = reason.filter(|_| self.takes_answers()) {
            self.interrupt(reason);
        }
    }

    fn interrupt(&mut self, reason: Reason) {
        if self.resync.is_some() {
            return self.finish_resync(false, None);
        }
        if self.fail_as_held() {
            self.unresponsive = true;
            return;
        }
        if let Some(ok) = self.flight.as_mut().and_then(|flight| flight.held_ok.take()) {
            self.succeed(Some(ok));
        } else if let Some(flight) = self.flight.take() {
            let outcome = self.without_result(reason, &flight);
            self.complete(flight.id, outcome.with_lines(flight.lines));
        }
        // If the words were untrue, a result is still to come: the next command is probed for.
        self.unresponsive = true;
    }

    /// Ends the request with success.
    pub(super) fn succeed(&mut self, final_line: Option<Line>) {
        if let Some(flight) = self.flight.take() {
            let Flight { id, request, lines, truncated, .. } = flight;
            if request.expect.is_listing {
                self.last_listing = lines.byte_len();
            }
            self.complete(id, Outcome::Response(Response { lines, final_line, truncated }));
        }
    }

    fn fail(&mut self, error: FinalError, line: &[u8]) {
        if self.is_doubtful(error) {
            let answer_by = self.now + self.dialect.grace.answer;
            if let Some(flight) = &mut self.flight {
                flight.held_error = Some((error, Line::of(line)));
            }
            return self.timers.set(Timer::Grace, answer_by);
        }
        self.drop_held_error();
        self.fail_now(error, line);
    }

    /// Returns `true` if an error may belong to an earlier command: `+CMS ERROR` is the result of
    /// message commands only, and no answer has come.
    fn is_doubtful(&self, error: FinalError) -> bool {
        self.flight.as_ref().is_some_and(|flight| {
            matches!(error, FinalError::Cms(_))
                && !flight.request.expect.message_error
                && !flight.answered
                && flight.held_error.is_none()
        })
    }

    /// Drops an error that was not the result, since the answer or the result has come after it.
    #[inline]
    fn drop_held_error(&mut self) {
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.held_error.is_some()) else {
            return;
        };
        if let Some((_, stale)) = flight.held_error.take() {
            self.timers.stop(Timer::Grace);
            self.events.push(Event::UnknownLine(stale));
        }
    }

    /// Ends the request with its held error, if it has one.
    pub(super) fn fail_as_held(&mut self) -> bool {
        let held = self.flight.as_mut().and_then(|flight| flight.held_error.take());
        if let Some((error, line)) = &held {
            self.fail_now(*error, line.as_bytes());
        }
        held.is_some()
    }

    fn fail_now(&mut self, error: FinalError, line: &[u8]) {
        let Some(flight) = &mut self.flight else { return };
        // An OK without the required answer, and then this failure: the OK belonged to another
        // command.
        if let Some(stale) = flight.held_ok.take() {
            self.events.push(Event::UnknownLine(stale));
        }
        let begun = !flight.committed && self.outbox.has_begun_payload(flight.stage);
        let (id, committed) = (flight.id, flight.committed);
        let lines = core::mem::take(&mut flight.lines);
        let outcome = failed(error, line, lines, committed);
        self.complete_cleanly(id, outcome, begun);
    }

    /// Completes the request, after a resynchronisation if part of the payload may be in the
    /// modem's command buffer.
    fn complete_cleanly(&mut self, id: RequestId, outcome: Outcome, payload_begun: bool) {
        if payload_begun {
            self.start_resync_with(outcome);
        } else {
            self.complete(id, outcome);
        }
    }

    /// Handles a missing answer after an OK, a missing OK after an answer, and an ambiguous line
    /// that nothing followed.
    pub(super) fn grace_is_over(&mut self) {
        if self.fail_as_held() {
            return;
        }
        let Some(flight) = &mut self.flight else { return };
        if let Some(ok) = flight.held_ok.take() {
            self.succeed(Some(ok));
        } else if flight.ambiguous {
            flight.ambiguous = false;
            if let Some(line) = flight.lines.pop() {
                let line = trimmed(&line);
                if let Some(found) = Final::of(line, &self.dialect) {
                    self.final_result(found, line);
                }
            }
        } else if flight.request.expect.final_optional && flight.answered {
            self.start_resync(Reason::Timeout);
        } else if flight.may_be_questioned() && self.ussd.is_open() {
            // The next question proves that the modem has taken the answer.
            self.succeed(None);
        } else if flight.may_be_questioned() && self.ussd.must_be_left() {
            self.start_resync(Reason::AtPrompt);
        }
    }

    /// The outcome of a request without a result.
    pub(super) fn without_result(&self, reason: Reason, flight: &Flight) -> Unresolved {
        let kind = if flight.committed {
            UnresolvedKind::Unknown
        } else if !flight.left || flight.request.expect.prompt {
            UnresolvedKind::NotSent
        } else {
            UnresolvedKind::Plain
        };
        Unresolved { reason, kind }
    }
}

pub(super) fn failed(error: FinalError, line: &[u8], lines: Lines, committed: bool) -> Outcome {
    Outcome::Error(Failure { error, line: Line::of(line), lines, committed })
}

/// A line without spaces, NULs and escapes at its ends: a modem may add the first two, and echo the
/// third.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line;
    // Most lines have none.
    if matches!(line, [first, .., last] if *first > b' ' && *last > b' ') {
        return line;
    }
    while let [b' ' | b'\t' | 0 | 0x1B, rest @ ..] | [rest @ .., b' ' | b'\t' | 0 | 0x1B] = line {
        line = rest;
    }
    line
}

/// Returns `true` if a line looks like a command, which a modem writes only as an echo.
fn is_command_line(line: &[u8]) -> bool {
    let [b'A' | b'a', b'T' | b't', rest @ ..] = line else {
        return false;
    };
    match rest {
        [] | [b'+' | b'^' | b'*' | b'#' | b'$' | b'%' | b'&' | b'_' | b'!', ..] => true,
        [b'E' | b'H' | b'I' | b'Q' | b'V' | b'Z', number @ ..] => {
            number.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}
