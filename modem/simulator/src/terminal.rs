//! The terminal of the host: its input and its output (ITU-T V.250, 5.4 to 5.8).

mod framing;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use framing::{framed, line_end, numeric};

use crate::command::{Command, Commands, Operation};
use crate::desk::Desk;
use crate::failure::Failure;
use crate::misbehave::{Behaviour, End, Ending};
use crate::profile::Framing;
use crate::reader::Reader;
use crate::sending::{Body, Sending};
use crate::timer::Event;
use crate::wire::Wire;

/// The maximal number of unsolicited lines that wait for the end of a command; the oldest are
/// dropped.
const WAITING_LIMIT: usize = 1000;
/// The maximal number of indications that wait for `+CNMI`; the oldest are dropped.
const BUFFER_LIMIT: usize = 100;

/// The outcome of a command.
pub(crate) type Outcome = Result<Flow, Failure>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next command of the line runs, or the line ends with OK.
    Done,
    /// The line ends with a result other than OK.
    Result(&'static str),
    /// The line ends without a final result.
    NoResult,
    /// The modem prompts for a message body.
    Body(Body),
    /// The command continues later.
    Wait(Duration, Then),
    /// No answer ever comes, but the next line is taken.
    Hang,
}

/// The continuation of a waiting command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// The network takes the message.
    Submit(Sending),
    /// The called subscriber answers or does not.
    Connect,
    /// The line ends with this result.
    Finish(Final),
    /// The line runs.
    Run,
}

/// The final result of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Final {
    Result(&'static str),
    Nothing,
    Failure(Failure),
}

impl Final {
    pub(crate) const OK: Self = Self::Result("OK");
}

/// The stage of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The commands run.
    Commands,
    /// The line waits for a message body from the host.
    Body(Body),
    /// The line waits for its timer.
    Timer(Then),
}

/// A running command line.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    commands: Commands,
    /// Information lines to be written, each with `true` if it begins a block.
    information: Vec<(bool, Lines)>,
    begins_block: bool,
    pub(crate) silent: bool,
    pub(crate) late: Duration,
    pub(crate) stage: Stage,
    /// The misbehaviour at this line.
    pub(crate) act: Option<Behaviour>,
    /// Information that was written before the end, for the comparison with later answers.
    written: Vec<u8>,
    /// The answer to a USSD question, in place of commands.
    pub(crate) answer: Option<Vec<u8>>,
}

impl Running {
    pub(crate) fn new(line: &[u8]) -> Self {
        Self {
            commands: Commands::new(line),
            information: Vec::new(),
            begins_block: true,
            silent: false,
            late: Duration::ZERO,
            stage: Stage::Commands,
            act: None,
            written: Vec::new(),
            answer: None,
        }
    }

    /// The answer to a USSD question.
    pub(crate) fn answering(text: &[u8]) -> Self {
        Self { answer: Some(text.to_vec()), ..Self::new(b"") }
    }

    /// The next command of the line.
    pub(crate) fn next(&mut self) -> Option<Result<Command, Failure>> {
        self.begins_block = true;
        self.commands.next()
    }
}

/// Lines that are never separated by others.
type Lines = Vec<Vec<u8>>;

/// The line to the host, and the dialogue on it.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    pub(crate) wire: Wire,
    pub(crate) reader: Reader,
    pub(crate) running: Option<Running>,
    sleep: Sleep,
    /// Input of the host while a command runs.
    held: VecDeque<u8>,
    /// Unsolicited lines that wait for the end of the command line, each with `true` if a prompt
    /// follows.
    waiting: VecDeque<(Lines, bool)>,
    /// Indications that wait for `+CNMI`.
    buffered: VecDeque<Lines>,
    /// Pieces written, to scatter the noise.
    pieces: u32,
    noise: usize,
}

/// The sleep of a modem that saves power.
#[derive(Debug, Clone, Copy, Default)]
struct Sleep {
    last_input: Option<Duration>,
    asleep: bool,
}

impl Terminal {
    /// The maximal input of the host while a command runs; bytes beyond it are lost.
    pub(crate) const HELD_LIMIT: usize = 1 << 16;

    pub(crate) fn new() -> Self {
        Self {
            wire: Wire::new(),
            reader: Reader::default(),
            running: None,
            sleep: Sleep::default(),
            held: VecDeque::new(),
            waiting: VecDeque::new(),
            buffered: VecDeque::new(),
            pieces: 0,
            noise: 0,
        }
    }

    /// Opens the link for the host.
    pub(crate) fn open(&mut self, desk: &mut Desk) {
        self.hang_up(desk);
        self.wire.connect();
        self.sleep.last_input = None;
    }

    /// Takes bytes of the host; a sleeping modem loses the line that wakes it.
    pub(crate) fn wake(&mut self, desk: &Desk, mut bytes: Vec<u8>) -> Vec<u8> {
        let pause = self.sleep.last_input.map(|last| desk.now.saturating_sub(last));
        let limit = desk.profile.sleeps_after;
        if pause.zip(limit).is_some_and(|(pause, limit)| pause >= limit) {
            self.sleep.asleep = true;
        }
        self.sleep.last_input = Some(desk.now);
        if self.sleep.asleep {
            let mut rest = bytes.splitn(2, |byte| *byte == desk.settings.terminator).skip(1);
            let rest = rest.next().map(<[u8]>::to_vec);
            self.sleep.asleep = rest.is_none();
            bytes = rest.unwrap_or_default();
        }
        bytes
    }

    /// Holds bytes of the host until they can be read.
    pub(crate) fn hold(&mut self, bytes: &[u8]) {
        let room = Self::HELD_LIMIT.saturating_sub(self.held.len());
        self.held.extend(bytes.iter().take(room));
    }

    /// The next byte that can be read now; `None` while a command runs, unless it waits for a body.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        if !self.wire.is_connected() {
            self.held.clear();
        }
        if self.running.is_some() && !self.reader.in_body() {
            return None;
        }
        self.held.pop_front()
    }

    /// Returns `true` if the host is to answer a question, outside any command line.
    pub(crate) fn is_at_prompt(&self) -> bool {
        self.running.is_none() && self.reader.in_body()
    }

    /// Leaves AT mode, and returns the input that is not read.
    pub(crate) fn begin_frames(&mut self) -> Vec<u8> {
        self.reader.reset();
        self.waiting.clear();
        self.held.drain(..).collect()
    }

    /// The kind of the body that is complete.
    pub(crate) fn take_body_kind(&mut self) -> Option<Body> {
        let stage = &mut self.running.as_mut()?.stage;
        match core::mem::replace(stage, Stage::Commands) {
            Stage::Body(body) => Some(body),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// The continuation of the command whose timer has expired.
    pub(crate) fn take_then(&mut self) -> Option<Then> {
        let stage = &mut self.running.as_mut()?.stage;
        match core::mem::replace(stage, Stage::Commands) {
            Stage::Timer(then) => Some(then),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// Ends the line with a final result, or without one.
    pub(crate) fn finish(&mut self, desk: &mut Desk, result: Final) {
        let Some(running) = &mut self.running else {
            return;
        };
        let late = core::mem::take(&mut running.late);
        if late > Duration::ZERO {
            running.stage = Stage::Timer(Then::Finish(result));
            desk.set_timer(late, Event::Continue);
            return;
        }
        let Some(running) = self.running.take() else {
            return;
        };
        let words = match result {
            Final::Result(words) => Some(String::from(words)),
            Final::Nothing => None,
            Final::Failure(failure) => Some(failure.line(&desk.settings, &desk.profile)),
        };
        if running.silent {
            return;
        }
        let ending = Ending::of(running.act.as_ref());
        if let Some(exchange) = desk.observer.exchanges.last_mut() {
            let lines = running.information.len();
            exchange.information = exchange.information.saturating_add(lines);
        }
        let information = ending.informed(running.information);
        let alone = information.is_empty() && running.written.is_empty();
        let mut written = running.written;
        let early = words.clone().filter(|_| ending.is(End::Early));
        if let Some(words) = &early {
            self.write_result(desk, words, true);
        }
        for (begins_block, lines) in information {
            let piece = framed(desk, &lines, begins_block);
            self.write_piece(desk, &piece);
            written.extend(piece);
        }
        let Some(words) = words else {
            return;
        };
        if early.is_none() && !ending.withholds(&words, desk) {
            self.write_result(desk, &words, alone);
        }
        if ending.is(End::Twice) {
            self.write_result(desk, &words, true);
        }
        if ending.is(End::PromptUnasked) {
            self.write_piece(desk, desk.profile.prompt.as_bytes());
        }
        self.write_unread(desk, &ending, &words);
        if desk.observer.ended(desk.now, &words, &written) {
            self.wire.disconnect();
        }
    }

    /// Writes what the host does not read before its next line.
    fn write_unread(&mut self, desk: &Desk, ending: &Ending, words: &str) {
        let unread = [End::ResultUnread, End::ErrorUnread, End::PromptUnread];
        if !unread.into_iter().any(|end| ending.is(end)) {
            return;
        }
        self.wire.hold_back();
        if ending.is(End::ResultUnread) {
            self.write_result(desk, words, true);
        } else if ending.is(End::ErrorUnread) {
            self.write_result(desk, "+CMS ERROR: 500", true);
        } else {
            self.write_piece(desk, desk.profile.prompt.as_bytes());
        }
    }

    /// The misbehaviour at the running line.
    pub(crate) fn act(&self) -> Option<&Behaviour> {
        self.running.as_ref()?.act.as_ref()
    }

    /// Writes the information of the running line before its end.
    pub(crate) fn write_information(&mut self, desk: &mut Desk) {
        let Some(running) = &mut self.running else {
            return;
        };
        let information = core::mem::take(&mut running.information);
        if let Some(exchange) = desk.observer.exchanges.last_mut() {
            exchange.information = exchange.information.saturating_add(information.len());
        }
        let mut written = Vec::new();
        for (begins_block, lines) in information {
            written.extend(framed(desk, &lines, begins_block));
        }
        running.written.extend(&written);
        if !written.is_empty() {
            self.write_piece(desk, &written);
        }
    }

    /// Adds an information line of the running command.
    pub(crate) fn say(&mut self, line: impl Into<Vec<u8>>) {
        self.say_lines(alloc::vec![line.into()]);
    }

    /// Adds information lines that are never separated by others.
    pub(crate) fn say_lines(&mut self, lines: Lines) {
        if let Some(running) = &mut self.running {
            running.information.push((running.begins_block, lines));
            running.begins_block = false;
        }
    }

    /// Runs a command that answers with one line and sets nothing.
    pub(crate) fn answer(&mut self, command: &Command, line: &str, test: &str) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, test),
            Operation::Set(_) => Err(Failure::INCORRECT_PARAMETERS),
            _ => self.prefixed(&command.name, line),
        }
    }

    /// Runs a command that accepts any value without effect.
    pub(crate) fn ignored(&mut self, command: &Command, value: &str, test: &str) -> Outcome {
        match &command.operation {
            Operation::Test => self.prefixed(&command.name, test),
            Operation::Read => self.prefixed(&command.name, value),
            _ => Ok(Flow::Done),
        }
    }

    /// Adds an information line with its prefix.
    pub(crate) fn prefixed(&mut self, name: &str, line: &str) -> Outcome {
        self.say(format!("{name}: {line}"));
        Ok(Flow::Done)
    }

    /// Adds a line of the modem's identity, with a prefix if the profile has one.
    pub(crate) fn identity(&mut self, desk: &Desk, name: &str, line: &str) -> Outcome {
        if desk.profile.identity_prefix {
            return self.prefixed(name, line);
        }
        self.say(line);
        Ok(Flow::Done)
    }

    /// Adds an information line of several parts.
    pub(crate) fn say_parts(&mut self, parts: &[&[u8]]) -> Outcome {
        self.say(parts.concat());
        Ok(Flow::Done)
    }

    /// Writes an unsolicited line, immediately or after the line that is being read or run.
    pub(crate) fn notify(&mut self, desk: &Desk, line: impl Into<Vec<u8>>) {
        self.notify_lines(desk, alloc::vec![line.into()]);
    }

    /// Writes unsolicited lines that are never separated by others.
    pub(crate) fn notify_lines(&mut self, desk: &Desk, lines: Lines) {
        self.notify_with(desk, lines, false);
    }

    /// Writes an unsolicited line, and a prompt for the answer.
    pub(crate) fn notify_with_prompt(&mut self, desk: &Desk, line: impl Into<Vec<u8>>) {
        self.notify_with(desk, alloc::vec![line.into()], true);
    }

    fn notify_with(&mut self, desk: &Desk, lines: Lines, prompts: bool) {
        if !self.wire.is_open() {
            return;
        }
        if desk.profile.interrupts && !prompts {
            let piece = framed(desk, &lines, true);
            self.wire.write(&piece, desk.now);
            return;
        }
        if self.waiting.len() == WAITING_LIMIT {
            self.waiting.pop_front();
        }
        self.waiting.push_back((lines, prompts));
        self.flush_waiting(desk);
    }

    /// Writes that a call has ended on the other side.
    pub(crate) fn notify_no_carrier(&mut self, desk: &Desk) {
        if desk.profile.bare_no_carrier && self.wire.is_open() {
            self.wire.write(b"\nNO CARRIER\n", desk.now);
        } else {
            self.notify(desk, if desk.settings.verbose { "NO CARRIER" } else { "3" });
        }
    }

    /// Writes the waiting lines, unless a line is being read or run.
    pub(crate) fn flush_waiting(&mut self, desk: &Desk) {
        while self.running.is_none() && !self.reader.is_mid_line() {
            let Some((lines, prompts)) = self.waiting.pop_front() else {
                break;
            };
            let piece = framed(desk, &lines, true);
            self.write_piece(desk, &piece);
            if prompts {
                self.write_piece(desk, desk.profile.prompt.as_bytes());
                self.reader.expect_body();
            }
        }
    }

    /// Writes an indication, by the first value of `+CNMI`.
    pub(crate) fn indicate(&mut self, desk: &Desk, lines: Lines) {
        if desk.settings.cnmi[0] != 0 {
            return self.notify_lines(desk, lines);
        }
        if self.buffered.len() == BUFFER_LIMIT {
            self.buffered.pop_front();
        }
        self.buffered.push_back(lines);
    }

    /// Writes or drops the buffered indications after `+CNMI` was set.
    pub(crate) fn flush_buffered(&mut self, desk: &Desk) {
        let [mode, .., clear] = desk.settings.cnmi;
        if mode == 0 {
            return;
        }
        let buffered = core::mem::take(&mut self.buffered);
        if clear == 0 {
            for lines in buffered {
                self.notify_lines(desk, lines);
            }
        }
    }

    /// The next line of noise.
    pub(crate) fn next_noise(&mut self, desk: &Desk) -> Option<&'static str> {
        let noise = desk.profile.noise;
        let line = noise.get(self.noise.checked_rem(noise.len())?)?;
        self.noise = self.noise.wrapping_add(1);
        desk.settings.noise.then_some(line)
    }

    /// Ends the dialogue with the host: partly read input and unwritten output are dropped.
    ///
    /// A message that is already on its way to the network continues without an answer.
    pub(crate) fn hang_up(&mut self, desk: &mut Desk) {
        self.waiting.clear();
        self.reader.reset();
        match &mut self.running {
            Some(running) if matches!(running.stage, Stage::Timer(Then::Submit(_))) => {
                running.silent = true;
            }
            running => {
                *running = None;
                desk.timers.cancel(&Event::Continue);
            }
        }
    }

    /// Handles a loss of power.
    pub(crate) fn power_off(&mut self, desk: &mut Desk) {
        self.running = None;
        self.hang_up(desk);
        self.buffered.clear();
    }

    pub(crate) fn write_piece(&mut self, desk: &Desk, bytes: &[u8]) {
        self.pieces = self.pieces.wrapping_add(1);
        // Noise at every seventh piece: a repeated dialogue is interrupted at varying points.
        if desk.profile.interrupts && self.pieces % 7 == 3 {
            if let Some(line) = self.next_noise(desk) {
                let noise = framed(desk, &[line.as_bytes().to_vec()], true);
                self.wire.write(&noise, desk.now);
            }
        }
        self.wire.write(bytes, desk.now);
    }

    pub(crate) fn write_result(&mut self, desk: &Desk, words: &str, alone: bool) {
        if desk.settings.quiet {
            return;
        }
        let mut bytes = Vec::new();
        match numeric(words).filter(|_| !desk.settings.verbose) {
            Some(number) => {
                bytes.extend(number.bytes());
                bytes.push(desk.settings.terminator);
            }
            None if words == "NO CARRIER" && desk.profile.bare_no_carrier => {
                bytes.extend(b"\nNO CARRIER\n");
            }
            None => {
                if alone || desk.profile.framing != Framing::Single {
                    line_end(desk, &mut bytes);
                }
                bytes.extend(words.bytes());
                line_end(desk, &mut bytes);
            }
        }
        self.write_piece(desk, &bytes);
    }

    /// A fixed answer of the profile for this very command.
    pub(crate) fn reply(&mut self, desk: &Desk, command: &Command) -> Option<Outcome> {
        let matches = |pattern: &str| match pattern.strip_suffix('=') {
            Some(name) => name == command.name && matches!(command.operation, Operation::Set(_)),
            None => pattern.eq_ignore_ascii_case(&command.text),
        };
        let (_, reply) = desk.profile.replies.iter().find(|(pattern, _)| matches(pattern))?;
        let mut lines = reply.split("\r\n");
        for line in lines.by_ref() {
            if line == "OK" {
                lines.for_each(|late| self.notify(desk, late));
                return Some(Ok(Flow::Done));
            }
            if line.starts_with("ERROR")
                || line.starts_with("+CME ERROR")
                || line.starts_with("+CMS ERROR")
            {
                return Some(Err(Failure::Words(String::from(line))));
            }
            self.say(line);
        }
        Some(Ok(Flow::NoResult))
    }
}
