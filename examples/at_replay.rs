//! Replays recorded AT dialogues, and says what each line is and means.
//!
//! A recording is a text file: `> ` before what the host wrote, `< ` before what the modem wrote, with `\r \n \xNN \\`
//! escaped; lines that begin with `#` are comments.
//!
//! ```text
//! cargo run --example at_replay -- [--json] [--chunk N] FILE...
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use at_proto::{
    CmeError, CmsError, Dialect, Engine, Event, FinalError, Instant, Lines, Notification, Outcome, Overflow,
    Reason, Request, Urc,
};
use clap::Parser;
use serde_json::{Value, json};

/// Replays recorded AT dialogues, and says what each line is and means.
#[derive(Parser)]
struct Arguments {
    /// Recordings: `> ` host lines and `< ` modem lines, with `\r \n \xNN \\` escapes, `#` comments.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object an event.
    #[arg(long)]
    json: bool,
    /// Feeds the modem's octets in pieces of this size; 0: as they were recorded. The output is the same.
    #[arg(long, default_value_t = 0)]
    chunk: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut status = ExitCode::SUCCESS;
    for file in &arguments.files {
        let steps = match read(file) {
            Ok(steps) => steps,
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                status = ExitCode::FAILURE;
                continue;
            }
        };
        let mut replay = Replay::new(arguments.chunk);
        for step in steps {
            replay.step(step);
        }
        let found = replay.finish();
        let heading = (arguments.files.len() > 1).then_some(file.as_path());
        // Whoever reads the output may stop reading.
        if print(&found, heading, arguments.json).is_err() {
            break;
        }
    }
    status
}

fn print(found: &[Found], heading: Option<&Path>, as_json: bool) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if let (Some(file), false) = (heading, as_json) {
        writeln!(out, "{}", file.display())?;
    }
    for event in found {
        if as_json {
            writeln!(out, "{}", event.to_json(heading))?;
        } else {
            writeln!(out, "{}", event.to_line())?;
        }
    }
    out.flush()
}

// ---- the recording ----

/// What happens next in a recording.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The host writes a command line, and later this payload; `prompts`: it is known to ask for one; `aborted`: an
    /// escape ends it, not Ctrl-Z.
    Submit {
        line: Vec<u8>,
        prompts: bool,
        payload: Option<Vec<u8>>,
        aborted: bool,
    },
    /// The host writes the payload of the command before.
    Payload,
    /// The modem writes.
    Input(Vec<u8>),
}

fn read(file: &Path) -> Result<Vec<Step>, String> {
    let text = fs::read(file).map_err(|error| error.to_string())?;
    let mut sides = Vec::new();
    for (number, line) in text.split(|&octet| octet == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line {
            [b'>', rest @ ..] => sides.push((true, unescape(rest.strip_prefix(b" ").unwrap_or(rest)))),
            [b'<', rest @ ..] => sides.push((false, unescape(rest.strip_prefix(b" ").unwrap_or(rest)))),
            [b'#', ..] => {}
            _ if line.trim_ascii().is_empty() => {}
            _ => {
                return Err(format!(
                    "line {}: begins with none of `> `, `< ` and `#`",
                    number + 1
                ));
            }
        }
    }
    Ok(steps(sides))
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let digit = |octet: u8| {
            char::from(octet)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let (octet, tail) = match (first, tail) {
            (b'\\', [b'r', tail @ ..]) => (b'\r', tail),
            (b'\\', [b'n', tail @ ..]) => (b'\n', tail),
            (b'\\', [b't', tail @ ..]) => (b'\t', tail),
            (b'\\', [b'\\', tail @ ..]) => (b'\\', tail),
            (b'\\', [b'x', high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (first, tail),
            },
            _ => (first, tail),
        };
        octets.push(octet);
        rest = tail;
    }
    octets
}

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

/// Finds the command lines, and what belongs to each as its payload.
fn steps(sides: Vec<(bool, Vec<u8>)>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // The command that may still get a payload, and whether its prompt was recorded.
    let mut asking: Option<usize> = None;
    let mut prompted = false;
    let mut sides = sides.into_iter().peekable();
    while let Some((is_host, octets)) = sides.next() {
        if !is_host {
            for piece in split_behind_prompts(&octets) {
                prompted |= ends_in_prompt(piece);
                steps.push(Step::Input(piece.to_vec()));
            }
            if let (
                Some(Step::Submit {
                    payload,
                    prompts: true,
                    ..
                }),
                true,
            ) = (asking.and_then(|at| steps.get_mut(at)), prompted)
            {
                // The prompt is followed by something, recorded or not.
                payload.get_or_insert_default();
            }
            continue;
        }
        // What ends the payload may stand in a line of its own.
        let ends_apart =
            matches!(sides.peek(), Some((true, next)) if matches!(next.as_slice(), [CTRL_Z | ESCAPE, ..]));
        let end = octets.iter().position(|octet| matches!(*octet, CTRL_Z | ESCAPE));
        let is_payload = end.is_some() || !is_command(&octets) || ends_apart && !octets.ends_with(b"\r");
        match asking.and_then(|at| steps.get_mut(at)).filter(|_| is_payload) {
            Some(Step::Submit {
                payload,
                prompts,
                aborted,
                ..
            }) if *prompts || prompted => {
                let (text, rest) = octets.split_at(end.unwrap_or(octets.len()));
                payload.get_or_insert_default().extend_from_slice(text);
                *aborted = rest.first() == Some(&ESCAPE);
                steps.push(Step::Payload);
                if let [_, rest @ ..] = rest {
                    asking = commands(rest, &mut steps);
                    prompted = false;
                }
            }
            _ => {
                asking = commands(&octets, &mut steps);
                prompted = false;
            }
        }
    }
    steps
}

/// Cuts a modem line behind each prompt, so that the payload goes out where it went out.
fn split_behind_prompts(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = (1..=rest.len()).find(|&end| {
            let is_at_start = end == 1 || matches!(rest[end - 2], b'\r' | b'\n');
            is_at_start && rest[end - 1] == b'>'
        });
        let end = end.map_or(rest.len(), |end| end + usize::from(rest.get(end) == Some(&b' ')));
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

fn ends_in_prompt(piece: &[u8]) -> bool {
    piece
        .split(|octet| matches!(octet, b'\r' | b'\n'))
        .next_back()
        .is_some_and(|line| line.trim_ascii() == b">")
}

/// Adds the command lines of a host line, with a payload that follows in the same line; the last one if it has none.
fn commands(octets: &[u8], steps: &mut Vec<Step>) -> Option<usize> {
    let mut asking = None;
    let mut rest = octets;
    while !rest.is_empty() {
        let end = rest
            .iter()
            .position(|octet| matches!(octet, b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        let start = line
            .iter()
            .position(|octet| !matches!(*octet, CTRL_Z | ESCAPE | 0 | b' '))
            .unwrap_or(line.len());
        let line = &line[start..];
        if !is_command(line) {
            continue;
        }
        let prompts = Request::raw(line).is_ok_and(|request| request.prompts());
        let behind = rest.strip_prefix(b"\n").unwrap_or(rest);
        let end = behind.iter().position(|octet| matches!(*octet, CTRL_Z | ESCAPE));
        match end.filter(|_| prompts && !is_command(behind)) {
            Some(end) => {
                let (payload, aborted) = (Some(behind[..end].to_vec()), behind[end] == ESCAPE);
                steps.push(Step::Submit {
                    line: line.to_vec(),
                    prompts,
                    payload,
                    aborted,
                });
                steps.push(Step::Payload);
                rest = &behind[end + 1..];
                asking = None;
            }
            None => {
                asking = Some(steps.len());
                steps.push(Step::Submit {
                    line: line.to_vec(),
                    prompts,
                    payload: None,
                    aborted: false,
                });
            }
        }
    }
    asking
}

fn is_command(octets: &[u8]) -> bool {
    matches!(octets, [b'A' | b'a', b'T' | b't' | b'/', ..])
}

// ---- the replay ----

/// The engine, with the recording in the place of the modem.
struct Replay {
    engine: Engine,
    now: Instant,
    chunk: usize,
    /// The command in flight.
    command: Option<Vec<u8>>,
    /// Its escape is recorded in the place of the Ctrl-Z.
    aborts: bool,
    prompted: bool,
    /// The recording does not have the prompt, so that no event stands for it.
    prompts_silently: bool,
    resynchronising: bool,
    /// The modem's last line has no end yet.
    is_open_line: bool,
    found: Vec<Found>,
}

impl Replay {
    fn new(chunk: usize) -> Self {
        let mut engine = Engine::new(Dialect::default());
        let now = Instant::from_millis(0);
        engine.handle_opened(now);
        Self {
            engine,
            now,
            chunk,
            command: None,
            aborts: false,
            prompted: false,
            prompts_silently: false,
            resynchronising: false,
            is_open_line: false,
            found: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Input(octets) => {
                let size = if self.chunk == 0 {
                    octets.len().max(1)
                } else {
                    self.chunk
                };
                for piece in octets.chunks(size) {
                    self.engine.handle_input(piece, self.now);
                }
                if let Some(last) = octets.last() {
                    self.is_open_line = !matches!(last, b'\r' | b'\n');
                }
                self.pump();
            }
            Step::Payload => {
                if self.command.is_some() && !self.prompted && !self.resynchronising {
                    self.prompts_silently = true;
                    self.engine.handle_input(b"\r\n> ", self.now);
                    self.is_open_line = false;
                    self.pump();
                }
            }
            Step::Submit {
                line,
                payload,
                aborted,
                ..
            } => {
                self.settle();
                self.submit(line, payload, aborted);
            }
        }
    }

    fn submit(&mut self, line: Vec<u8>, payload: Option<Vec<u8>>, aborted: bool) {
        let request = Request::raw(line.clone()).and_then(|request| match payload {
            Some(payload) => request.payload(payload),
            None => Ok(request),
        });
        self.command = Some(line);
        self.aborts = aborted;
        self.prompted = false;
        self.prompts_silently = false;
        let result = match request {
            Ok(request) if aborted => self
                .engine
                .submit(request.hold(), self.now)
                .map_err(|error| error.to_string()),
            Ok(request) => self
                .engine
                .submit(request, self.now)
                .map_err(|error| error.to_string()),
            Err(refused) => Err(refused.to_string()),
        };
        if let Err(why) = result {
            let command = self.command.take();
            self.found.push(Found {
                command,
                text: "not sent".into(),
                meaning: why,
                ..Found::new("error")
            });
        }
        self.pump();
    }

    /// Time passes until nothing more is awaited: what is unanswered in the recording stays so.
    fn settle(&mut self) {
        if self.is_open_line {
            // The recording goes on with something else, so this was the line.
            self.engine.handle_input(b"\r\n", self.now);
            self.is_open_line = false;
            self.pump();
        }
        while let Some(due) = self.engine.poll_timeout() {
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.now);
            self.pump();
        }
    }

    fn finish(mut self) -> Vec<Found> {
        self.settle();
        self.engine.handle_closed(self.now);
        self.pump();
        self.found
    }

    /// Writes what the engine wants to write, answers its probes, and takes its events.
    fn pump(&mut self) {
        loop {
            while let Some(event) = self.engine.poll_event() {
                self.take(event);
            }
            let Some(octets) = self.engine.poll_transmit() else {
                return;
            };
            let (length, answer): (usize, &[u8]) = match octets {
                // No recording has an answer to these.
                b"AT+CMEE?\r" if self.resynchronising => (octets.len(), b"\r\n+CMEE: 1\r\n\r\nOK\r\n"),
                b"AT\r" if self.resynchronising => (octets.len(), b"\r\nOK\r\n"),
                _ => (octets.len(), b""),
            };
            self.engine.handle_transmitted(length, self.now);
            self.engine.handle_input(answer, self.now);
        }
    }

    fn take(&mut self, event: Event) {
        let found = match event {
            Event::Completed { outcome, .. } => Found {
                command: self.command.take(),
                ..completed(&outcome)
            },
            Event::Urc(urc) => unsolicited(&urc),
            Event::Unknown(line) => unknown(line.as_bytes(), "no command in flight explains this line"),
            Event::ForeignEcho(line) => {
                unknown(line.as_bytes(), "the echo of a command that was not sent here")
            }
            Event::Overflow(Overflow::Line(line)) => {
                unknown(line.as_bytes(), "the beginning of a line that is too long")
            }
            Event::Overflow(_) => unknown(b"", "the answer is longer than is kept"),
            Event::Prompt { .. } => {
                self.prompted = true;
                if self.prompts_silently {
                    return;
                }
                let meaning = "the modem asks for the payload".into();
                Found {
                    command: self.command.clone(),
                    text: ">".into(),
                    meaning,
                    ..Found::new("prompt")
                }
            }
            Event::ReadyToCommit { id } => {
                if self.aborts {
                    self.engine.cancel(id, self.now);
                }
                return;
            }
            Event::Resynchronising { .. } => {
                self.resynchronising = true;
                let meaning =
                    "no result so far: a probe finds out whether the modem is done (the replay answers it)";
                Found {
                    command: self.command.clone(),
                    text: "begun".into(),
                    meaning: meaning.into(),
                    ..Found::new("resync")
                }
            }
            Event::Resynchronised { .. } => {
                self.resynchronising = false;
                let meaning = "the modem is free for the next command".into();
                Found {
                    command: self.command.clone(),
                    text: "done".into(),
                    meaning,
                    ..Found::new("resync")
                }
            }
            other => unknown(
                format!("{other:?}").as_bytes(),
                "an event that this program does not know",
            ),
        };
        self.found.push(found);
    }
}

// ---- what was found ----

/// One line of the output.
#[derive(Debug, Default)]
struct Found {
    event: &'static str,
    command: Option<Vec<u8>>,
    lines: Vec<String>,
    name: Option<String>,
    text: String,
    code: Option<u16>,
    meaning: String,
}

impl Found {
    fn new(event: &'static str) -> Self {
        Self {
            event,
            ..Self::default()
        }
    }

    fn to_json(&self, file: Option<&Path>) -> Value {
        let mut object = json!({
            "event": self.event,
            "command": self.command.as_deref().map(text),
            "lines": self.lines,
            "name": self.name,
            "text": self.text,
            "code": self.code,
            "meaning": self.meaning,
        });
        if let Some(file) = file {
            object["file"] = json!(file.to_string_lossy());
        }
        object
    }

    fn to_line(&self) -> String {
        let command = self.command.as_deref().map(text).unwrap_or_default();
        let mut line = format!("{:<9}", self.event);
        let mut parts = vec![command.as_str()];
        // The final result ends an answer; the lines of a message are in its text, and its data line follows it.
        match self.event {
            "urc" | "unknown" => {
                parts.push(&self.text);
                parts.extend(
                    self.lines
                        .iter()
                        .map(String::as_str)
                        .filter(|line| !self.text.contains(line)),
                );
            }
            _ => {
                parts.extend(self.lines.iter().map(String::as_str));
                parts.push(&self.text);
            }
        }
        for part in parts {
            if !part.is_empty() {
                line.push_str("  ");
                for character in part.chars() {
                    // What would move the cursor is shown as what it is.
                    match character.is_control() {
                        true => line.extend(character.escape_default()),
                        false => line.push(character),
                    }
                }
            }
        }
        format!("{line}  ({})", self.meaning)
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().map(text).collect()
}

fn completed(outcome: &Outcome) -> Found {
    let lines = texts(outcome.lines());
    let timeout = |text: &str, meaning: &str| Found {
        text: text.to_owned(),
        meaning: meaning.to_owned(),
        ..Found::new("timeout")
    };
    let found = match outcome {
        Outcome::Response(response) => Found {
            text: response.final_text(),
            meaning: if response.is_truncated() {
                "success, lines are missing"
            } else {
                "success"
            }
            .into(),
            ..Found::new("response")
        },
        Outcome::Error(failure) => failed(failure.error(), &failure.final_text(), "error"),
        Outcome::NotSent {
            reason: Reason::Ended,
            ..
        } => timeout("not sent", &Reason::Ended.to_string()),
        Outcome::NotSent { reason, .. } => timeout("not sent", &format!("{reason}, and nothing was sent")),
        Outcome::Unknown { reason, .. } => timeout(
            "unknown",
            &format!("{reason}: what was sent may have been accepted"),
        ),
        Outcome::Timeout { .. } => timeout("timeout", "no final result came in time"),
        Outcome::Cancelled { .. } => timeout("cancelled", "the host gave the command up"),
        Outcome::Closed { .. } => timeout("closed", "the link was closed before a final result"),
        other => timeout("ended", &format!("{other:?}")),
    };
    Found { lines, ..found }
}

fn failed(error: FinalError, text: &str, event: &'static str) -> Found {
    let (name, code) = match error {
        FinalError::Cme(code) => ("+CME ERROR", code.map(|CmeError(code)| code)),
        FinalError::Cms(code) => ("+CMS ERROR", code.map(|CmsError(code)| code)),
        _ => (text, None),
    };
    let own_words = text.split_once(':').map_or(text, |(_, words)| words).trim();
    let meaning = match error {
        FinalError::Cme(Some(code)) => code.to_string(),
        FinalError::Cms(Some(code)) => code.to_string(),
        FinalError::Cme(None) | FinalError::Cms(None) if own_words.is_empty() => {
            "an error without a number".into()
        }
        FinalError::Cme(None) | FinalError::Cms(None) => {
            format!("an error in the modem's own words: {own_words}")
        }
        FinalError::Maker => format!("the modem refuses in its own words: {text}"),
        error => error.words().unwrap_or("the command failed").to_owned(),
    };
    Found {
        name: Some(name.to_owned()),
        text: text.to_owned(),
        code,
        meaning,
        ..Found::new(event)
    }
}

fn unknown(line: &[u8], meaning: &str) -> Found {
    let line = text(line);
    let found = match FinalError::parse(line.as_bytes()) {
        Some(error) => {
            let found = failed(error, &line, "unknown");
            Found {
                meaning: format!("{}, with no command in flight", found.meaning),
                ..found
            }
        }
        None if line.trim() == "OK" => Found {
            meaning: "success, with no command in flight".into(),
            ..Found::new("unknown")
        },
        None => Found {
            meaning: meaning.to_owned(),
            ..Found::new("unknown")
        },
    };
    Found {
        lines: vec![line.clone()],
        text: line,
        ..found
    }
}

fn unsolicited(urc: &Urc) -> Found {
    let line = urc.to_text();
    let mut lines: Vec<String> = line
        .split(['\r', '\n'])
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    lines.extend(urc.data().map(text));
    let meaning = match Notification::parse(urc) {
        Ok(Some(notification)) => meaning(&notification),
        Ok(None) => "an unsolicited message of the maker's".into(),
        Err(error) => error.to_string(),
    };
    Found {
        lines,
        name: Some(urc.name().to_owned()),
        text: line,
        meaning,
        ..Found::new("urc")
    }
}

fn meaning(notification: &Notification) -> String {
    let place = |what: &str, place: &at_proto::Place| {
        let memory = place
            .memory
            .map_or("an unnamed memory".to_owned(), |memory| memory.to_string());
        match place.index {
            Some(index) => format!("{what} was stored in {memory} at {index}"),
            None => format!("{what} was stored in {memory}, no place is given"),
        }
    };
    let content = |what: &str, content: &at_proto::Content| match (&content.data, content.length) {
        (None, _) => format!("{what} was announced and never came"),
        (Some(_), Some(length)) => format!("{what} of {length} octets"),
        (Some(_), None) => format!("{what} in text mode"),
    };
    match notification {
        Notification::MessageStored(at) => place("a message", at),
        Notification::ReportStored(at) => place("a status report", at),
        Notification::BroadcastStored(at) => place("a cell broadcast", at),
        Notification::Message(message) => content("a message", message),
        Notification::Report(report) => content("a status report", report),
        Notification::Broadcast(broadcast) => content("a cell broadcast", broadcast),
        Notification::StorageFull(_) => "the message store is full".into(),
        Notification::Ussd(reply) => format!("USSD: {}", reply.wanted.words()),
        Notification::Registration(domain, state) => {
            format!("registration ({domain:?}): {}", state.status.words())
        }
        Notification::Pin(state) => format!("the SIM's PIN: {state:?}"),
        Notification::Ring(_) => "an incoming call".into(),
        Notification::CallerId(caller) => format!("the caller is {}", text(&caller.number)),
        Notification::CallWaiting(caller) => format!("another caller is {}", text(&caller.number)),
        Notification::CallEnded(words) => format!("a call ended: {words}"),
        Notification::Signal(signal) => match signal.dbm() {
            Some(dbm) => format!("signal strength {dbm} dBm"),
            None => "signal strength unknown".into(),
        },
        Notification::Indicator { indicator, value } => format!("indicator {indicator} is {value}"),
        Notification::TimeZone(quarters) => format!("time zone {quarters:+} quarters of an hour"),
        Notification::Started(_) => "the modem started".into(),
        Notification::GoingDown(_) => "the modem goes down".into(),
        _ => "a known unsolicited message".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(dialogue: &[(bool, &str)], chunk: usize) -> Vec<Found> {
        let sides = dialogue
            .iter()
            .map(|&(is_host, text)| (is_host, unescape(text.as_bytes())))
            .collect();
        let mut replay = Replay::new(chunk);
        for step in steps(sides) {
            replay.step(step);
        }
        replay.finish()
    }

    fn events(found: &[Found]) -> Vec<(&str, String, &str)> {
        found
            .iter()
            .map(|found| {
                (
                    found.event,
                    found.command.as_deref().map(text).unwrap_or_default(),
                    found.text.as_str(),
                )
            })
            .collect()
    }

    const HOST: bool = true;
    const MODEM: bool = false;

    #[test]
    fn a_payload_behind_the_prompt_with_ctrl_z_on_a_line_of_its_own() {
        let dialogue = [
            (HOST, r"AT+CMGS=10\r"),
            (MODEM, r"AT+CMGS=10\r\r\n> "),
            (HOST, "0011000B"),
            (HOST, r"\x1a"),
            (MODEM, r"\r\n+CMGS: 65\r\n\r\nOK\r\n"),
        ];
        for chunk in [0, 1, 2, 3, 64] {
            let found = replay(&dialogue, chunk);
            assert_eq!(
                events(&found),
                [
                    ("prompt", "AT+CMGS=10".to_owned(), ">"),
                    ("response", "AT+CMGS=10".to_owned(), "OK")
                ]
            );
            assert_eq!(found[1].lines, ["+CMGS: 65"]);
        }
    }

    #[test]
    fn a_payload_that_was_not_recorded_does_not_hide_the_result() {
        for (answer, event) in [
            (r"\r\n+CMS ERROR: 500\r\n", "error"),
            (r"\r\n+CMGS: 5\r\n\r\nOK\r\n", "response"),
        ] {
            let dialogue = [(HOST, r"AT+CMGS=18\r"), (MODEM, r"\r\n> "), (MODEM, answer)];
            for chunk in [0, 1, 4] {
                let found = replay(&dialogue, chunk);
                assert_eq!(
                    found.iter().map(|found| found.event).collect::<Vec<_>>(),
                    ["prompt", event]
                );
            }
        }
    }

    #[test]
    fn a_prompt_that_was_not_recorded_is_not_in_the_way() {
        let dialogue = [
            (HOST, r"AT+CMGS=17\r"),
            (HOST, r"0021000D\x1a"),
            (MODEM, r"\r\n+CMGS: 65\r\n\r\nOK\r\n"),
        ];
        assert_eq!(
            events(&replay(&dialogue, 0)),
            [("response", "AT+CMGS=17".to_owned(), "OK")]
        );
    }

    #[test]
    fn each_command_completes_once_even_without_an_answer() {
        let dialogue = [
            (HOST, r"AT+COPS?\r"),
            (HOST, r"AT+CSQ\r"),
            (MODEM, r"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"),
            (HOST, r"AT\r"),
        ];
        let found = replay(&dialogue, 0);
        let completed: Vec<_> = events(&found)
            .into_iter()
            .filter(|(event, _, _)| matches!(*event, "response" | "error" | "timeout"))
            .collect();
        assert_eq!(
            completed,
            [
                ("timeout", "AT+COPS?".to_owned(), "timeout"),
                ("response", "AT+CSQ".to_owned(), "OK"),
                ("timeout", "AT".to_owned(), "timeout")
            ]
        );
    }

    #[test]
    fn error_codes_are_said_in_words_with_and_without_a_command() {
        let found = replay(
            &[
                (HOST, r"AT+CMGR=1\r"),
                (MODEM, r"\r\n+CMS ERROR: 321\r\n\r\n+CME ERROR: 10\r\n"),
            ],
            1,
        );
        assert_eq!((found[0].event, found[0].code), ("error", Some(321)));
        assert!(found[0].meaning.contains("invalid memory index"));
        assert_eq!((found[1].event, found[1].code), ("unknown", Some(10)));
        assert!(found[1].meaning.contains("SIM not inserted"));
    }
}
