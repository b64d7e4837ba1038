//! Running a command line: ITU-T V.250, 5.4 to 5.8.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::Simulator;
use crate::command::{Command, Commands, Operation};
use crate::failure::Failure;
use crate::profile::Framing;
use crate::reader::Input;
use crate::sending::{Body, Sending};
use crate::timer::Event;
use crate::truth::Fact;
use crate::wire::Fate;

/// What the host writes while a command runs is lost beyond this.
const HELD_LIMIT: usize = 1 << 16;
/// Unsolicited lines that wait for the end of a command; the oldest are lost beyond this.
const WAITING_LIMIT: usize = 1000;
/// Entries of the truth log; the oldest are lost beyond this.
const TRUTH_LIMIT: usize = 100_000;

/// What a command comes to.
pub(crate) type Outcome = Result<Flow, Failure>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next command of the line runs, or OK.
    Done,
    /// The line ends with a result other than OK.
    Result(&'static str),
    /// The line ends without a final result.
    NoResult,
    /// A message body is asked for.
    Body(Body),
    /// The command goes on later.
    Wait(Duration, Then),
    /// There is never an answer, but the next line is taken.
    Hang,
}

/// How a command goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// The network has the message.
    Submit(Sending),
    /// The called subscriber answers or does not.
    Connect,
    /// The line ends with this.
    Finish(Final),
}

/// How a line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Final {
    Result(&'static str),
    Nothing,
    Failure(Failure),
}

const OK: Final = Final::Result("OK");

/// A command line that runs.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    commands: Commands,
    /// Information to be written: whether it begins a block, and its lines.
    information: Vec<(bool, Vec<Vec<u8>>)>,
    begins_block: bool,
    silent: bool,
    late: Duration,
    body: Option<Body>,
    then: Option<Then>,
}

/// The parts of the simulator that belong to the dialogue with the host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dialogue {
    pub(crate) running: Option<Running>,
    /// What the host has written while a command ran.
    held: VecDeque<u8>,
    /// Unsolicited lines that wait for the end of the line.
    waiting: VecDeque<Vec<Vec<u8>>>,
    /// Pieces written, to scatter the noise.
    pieces: u32,
    noise: usize,
}

impl Simulator {
    /// Octets of the host.
    pub(crate) fn take_input(&mut self, octets: &[u8]) {
        for octets in octets.chunks(HELD_LIMIT) {
            let room = HELD_LIMIT.saturating_sub(self.dialogue.held.len());
            self.dialogue.held.extend(octets.iter().take(room));
            self.drain();
        }
    }

    /// Reads what was held back, as long as no command runs, and lets happen what is due in between: the same octets
    /// give the same answers however they are cut.
    pub(crate) fn drain(&mut self) {
        loop {
            while let Some((_, event)) = self.timers.pop(self.now) {
                self.happen(event);
            }
            if core::mem::take(&mut self.reset_due) {
                self.reset();
                continue;
            }
            if !self.wire.is_connected() {
                self.dialogue.held.clear();
            }
            if self.dialogue.running.is_some() && !self.reader.in_body() {
                break;
            }
            let Some(octet) = self.dialogue.held.pop_front() else {
                break;
            };
            self.take_octet(octet);
        }
        self.flush_waiting();
    }

    fn take_octet(&mut self, octet: u8) {
        if self.settings.echo {
            if self.reader.is_idle() {
                self.write_piece(&[octet]);
            } else {
                self.wire.extend(&[octet], self.now);
            }
        }
        match self
            .reader
            .push(octet, &self.settings, self.profile.needs_line_feed)
        {
            None => {}
            Some(Input::Line(line)) => {
                self.dialogue.running = Some(Running {
                    commands: Commands::new(&line),
                    information: Vec::new(),
                    begins_block: true,
                    silent: false,
                    late: Duration::ZERO,
                    body: None,
                    then: None,
                });
                self.run();
            }
            Some(Input::Overlong) => match self.take_body_kind() {
                Some(_) => self.finish(Final::Failure(Failure::INVALID_PDU_PARAMETER)),
                None => self.write_result("ERROR", true),
            },
            Some(Input::Continued) => {
                let prompt = self.profile.prompt;
                if self.settings.text_mode {
                    self.wire.extend(prompt.as_bytes(), self.now);
                }
            }
            Some(Input::Body(octets)) => {
                if let Some(body) = self.take_body_kind() {
                    let outcome = self.take_body(body, &octets);
                    self.go_on(outcome);
                }
            }
            Some(Input::Withdrawn) => {
                self.take_body_kind();
                self.finish(OK);
            }
        }
    }

    fn take_body_kind(&mut self) -> Option<Body> {
        self.dialogue.running.as_mut()?.body.take()
    }

    /// Runs the commands of the line until one has to wait.
    fn run(&mut self) {
        while let Some(running) = &mut self.dialogue.running {
            match running.commands.next() {
                None => return self.finish(OK),
                Some(Err(failure)) => return self.finish(Final::Failure(failure)),
                Some(Ok(command)) => {
                    running.begins_block = true;
                    let outcome = match self.wire.fate(&command.name) {
                        Some(Fate::Ignored) => {
                            self.dialogue.running = None;
                            return;
                        }
                        Some(Fate::Refused(words)) => Err(Failure::Words(words)),
                        fate => {
                            match fate {
                                Some(Fate::Silent) => running.silent = true,
                                Some(Fate::Late(by)) => running.late += by,
                                _ => {}
                            }
                            self.reply(&command).unwrap_or_else(|| self.execute(&command))
                        }
                    };
                    if outcome != Ok(Flow::Done) {
                        return self.go_on(outcome);
                    }
                }
            }
        }
    }

    /// What becomes of the line after a command of it.
    fn go_on(&mut self, outcome: Outcome) {
        match outcome {
            Ok(Flow::Done) => self.run(),
            Ok(Flow::Result(words)) => self.finish(Final::Result(words)),
            Ok(Flow::NoResult) => self.finish(Final::Nothing),
            Ok(Flow::Hang) => self.dialogue.running = None,
            Ok(Flow::Body(body)) => {
                if let Some(running) = &mut self.dialogue.running {
                    running.body = Some(body);
                    self.reader.expect_body();
                    self.write_piece(self.profile.prompt.as_bytes());
                }
            }
            Ok(Flow::Wait(time, then)) => {
                if let Some(running) = &mut self.dialogue.running {
                    running.then = Some(then);
                    self.timers.set(self.now.saturating_add(time), Event::Continue);
                }
            }
            Err(failure) => self.finish(Final::Failure(failure)),
        }
    }

    /// A command that had to wait goes on.
    pub(crate) fn continue_command(&mut self) {
        let Some(then) = self
            .dialogue
            .running
            .as_mut()
            .and_then(|running| running.then.take())
        else {
            return;
        };
        match then {
            Then::Submit(sending) => {
                let outcome = self.submitted(sending);
                self.go_on(outcome);
            }
            Then::Connect => {
                let outcome = self.connected();
                self.go_on(outcome);
            }
            Then::Finish(result) => self.finish(result),
        }
    }

    /// Ends the line with a final result, or without one.
    fn finish(&mut self, result: Final) {
        let Some(running) = &mut self.dialogue.running else {
            return;
        };
        let late = core::mem::take(&mut running.late);
        if late > Duration::ZERO {
            running.then = Some(Then::Finish(result));
            self.timers.set(self.now.saturating_add(late), Event::Continue);
            return;
        }
        let Some(running) = self.dialogue.running.take() else {
            return;
        };
        if running.silent {
            return;
        }
        let alone = running.information.is_empty();
        for (begins_block, lines) in running.information {
            let piece = self.framed(&lines, begins_block);
            self.write_piece(&piece);
        }
        match result {
            Final::Result(words) => self.write_result(words, alone),
            Final::Nothing => {}
            Final::Failure(failure) => {
                let line = failure.line(&self.settings, &self.profile);
                self.write_result(&line, alone);
            }
        }
    }

    /// An information line of the command that runs.
    pub(crate) fn say(&mut self, line: impl Into<Vec<u8>>) {
        self.say_lines(alloc::vec![line.into()]);
    }

    /// Information lines that nothing can come between.
    pub(crate) fn say_lines(&mut self, lines: Vec<Vec<u8>>) {
        if let Some(running) = &mut self.dialogue.running {
            running.information.push((running.begins_block, lines));
            running.begins_block = false;
        }
    }

    /// A line that nobody asked for, at once or after the line that is being read or run.
    pub(crate) fn notify(&mut self, line: impl Into<Vec<u8>>) {
        self.notify_lines(alloc::vec![line.into()]);
    }

    /// Lines that nobody asked for and that nothing can come between.
    pub(crate) fn notify_lines(&mut self, lines: Vec<Vec<u8>>) {
        if !self.opened {
            return;
        }
        if self.profile.interrupts {
            let piece = self.framed(&lines, true);
            self.wire.write(&piece, self.now);
            return;
        }
        if self.dialogue.waiting.len() == WAITING_LIMIT {
            self.dialogue.waiting.pop_front();
        }
        self.dialogue.waiting.push_back(lines);
        self.flush_waiting();
    }

    /// A call has ended on the other side.
    pub(crate) fn notify_no_carrier(&mut self) {
        if self.profile.bare_no_carrier && self.opened {
            self.wire.write(b"\nNO CARRIER\n", self.now);
        } else {
            self.notify(if self.settings.verbose { "NO CARRIER" } else { "3" });
        }
    }

    fn flush_waiting(&mut self) {
        while self.dialogue.running.is_none() && !self.reader.is_mid_line() {
            let Some(lines) = self.dialogue.waiting.pop_front() else {
                break;
            };
            let piece = self.framed(&lines, true);
            self.write_piece(&piece);
        }
    }

    /// The next line of noise.
    pub(crate) fn next_noise(&mut self) -> Option<&'static str> {
        let noise = self.profile.noise;
        let line = noise.get(self.dialogue.noise % noise.len().max(1))?;
        self.dialogue.noise += 1;
        self.settings.noise.then_some(line)
    }

    /// The host has gone: what is half read or half said is forgotten, and only a message that the network is about to
    /// get goes on its way, unheard.
    pub(crate) fn hang_up(&mut self) {
        self.dialogue.waiting.clear();
        self.reader.reset();
        match &mut self.dialogue.running {
            Some(running) if matches!(running.then, Some(Then::Submit(_))) => running.silent = true,
            running => {
                *running = None;
                self.timers.cancel(&Event::Continue);
            }
        }
    }

    /// The power has gone.
    pub(crate) fn drop_dialogue(&mut self) {
        self.dialogue.running = None;
        self.hang_up();
    }

    fn write_piece(&mut self, octets: &[u8]) {
        self.dialogue.pieces += 1;
        // Every seventh place: no dialogue of one shape is hit at the same place again and again.
        if self.profile.interrupts && self.dialogue.pieces % 7 == 3 {
            if let Some(line) = self.next_noise() {
                let noise = self.framed(&[line.as_bytes().to_vec()], true);
                self.wire.write(&noise, self.now);
            }
        }
        self.wire.write(octets, self.now);
    }

    /// Information or unsolicited lines with their ends.
    fn framed(&self, lines: &[Vec<u8>], begins: bool) -> Vec<u8> {
        let mut octets = Vec::new();
        if begins && self.settings.verbose {
            self.line_end(&mut octets);
        }
        for line in lines {
            octets.extend(line);
            if self.profile.framing == Framing::DoubledCr {
                octets.push(self.settings.terminator);
            }
            self.line_end(&mut octets);
        }
        octets
    }

    fn write_result(&mut self, words: &str, alone: bool) {
        if self.settings.quiet {
            return;
        }
        let mut octets = Vec::new();
        match numeric(words).filter(|_| !self.settings.verbose) {
            Some(number) => {
                octets.extend(number.bytes());
                octets.push(self.settings.terminator);
            }
            None if words == "NO CARRIER" && self.profile.bare_no_carrier => octets.extend(b"\nNO CARRIER\n"),
            None => {
                if alone || self.profile.framing != Framing::Single {
                    self.line_end(&mut octets);
                }
                octets.extend(words.bytes());
                self.line_end(&mut octets);
            }
        }
        self.write_piece(&octets);
    }

    fn line_end(&self, octets: &mut Vec<u8>) {
        octets.push(self.settings.terminator);
        if self.profile.framing != Framing::BareCr {
            octets.push(self.settings.line_feed);
        }
    }

    /// An answer that the profile has ready for this very command.
    fn reply(&mut self, command: &Command) -> Option<Outcome> {
        let matches = |pattern: &str| match pattern.strip_suffix('=') {
            Some(name) => name == command.name && matches!(command.operation, Operation::Set(_)),
            None => pattern.eq_ignore_ascii_case(&command.text),
        };
        let (_, reply) = self
            .profile
            .replies
            .iter()
            .find(|(pattern, _)| matches(pattern))?;
        let mut lines = reply.split("\r\n");
        for line in lines.by_ref() {
            if line == "OK" {
                lines.for_each(|late| self.notify(late));
                return Some(Ok(Flow::Done));
            }
            if line.starts_with("ERROR") || line.starts_with("+CME ERROR") || line.starts_with("+CMS ERROR") {
                return Some(Err(Failure::Words(String::from(line))));
            }
            self.say(line);
        }
        Some(Ok(Flow::NoResult))
    }

    /// Adds to the truth log, and forgets its oldest tenth where it is full.
    pub(crate) fn log(&mut self, fact: Fact) {
        if self.truth.len() == TRUTH_LIMIT {
            self.truth.drain(..TRUTH_LIMIT / 10);
        }
        self.truth.push(crate::truth::Entry { at: self.now, fact });
    }
}

/// The number of a result code with `ATV0`.
fn numeric(words: &str) -> Option<&'static str> {
    Some(match words {
        "OK" => "0",
        "CONNECT" => "1",
        "RING" => "2",
        "NO CARRIER" => "3",
        "ERROR" => "4",
        "NO DIALTONE" => "6",
        "BUSY" => "7",
        "NO ANSWER" => "8",
        _ => return None,
    })
}
