//! Dialogues as text: read, played against an engine in any cut, and checked.
//!
//! Each line is a step:
//!
//! - `$ AT+CSQ` submits (`$ AT+CMGS=10 | 0011..` with a payload, `$hold`, `$5s` for a deadline);
//! - `> ` is one slice that the engine must offer;
//! - `< ` is input from the modem, `<!` the same where nothing may be injected inside;
//! - `~ 500` is a pause in milliseconds;
//! - `= ` is the next event;
//! - `open`, `close`, `cancel` and `commit` are the calls of these names.
//!
//! Bytes are escaped as `\r \n \xNN \\`.
#![allow(dead_code, reason = "each test binary uses a part")]

use core::fmt::Write as _;
use core::time::Duration;

use at_proto::{
    Dialect, Engine, Event, Instant, Line, Outcome, Overflow, Reason, Request, RequestId,
};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Submit { line: Vec<u8>, payload: Option<Vec<u8>>, hold: bool, timeout: Option<Duration> },
    Offers(Vec<u8>),
    Input { bytes: Vec<u8>, whole: bool },
    Silence(u64),
    Event(String),
    Open,
    Close,
    Cancel,
    Commit,
}

#[derive(Debug, Clone)]
pub(crate) struct Dialogue {
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn parse(text: &str) -> Vec<Dialogue> {
    let mut dialogues: Vec<Dialogue> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            dialogues.push(Dialogue { title: title.to_owned(), steps: vec![Step::Open] });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let step = step(line).unwrap_or_else(|| panic!("no step: {line:?}"));
        dialogues.last_mut().expect("a title comes first").steps.push(step);
    }
    dialogues
}

fn step(line: &str) -> Option<Step> {
    Some(match line {
        "open" => Step::Open,
        "close" => Step::Close,
        "cancel" => Step::Cancel,
        "commit" => Step::Commit,
        _ => match line.split_once(' ')? {
            (">", bytes) => Step::Offers(unescape(bytes)),
            ("<", bytes) => Step::Input { bytes: unescape(bytes), whole: false },
            ("<!", bytes) => Step::Input { bytes: unescape(bytes), whole: true },
            ("~", millis) => Step::Silence(millis.parse().ok()?),
            ("=", event) => Step::Event(event.to_owned()),
            (options, rest) => {
                let options = options.strip_prefix('$')?;
                let (line, payload) = match rest.split_once(" |") {
                    Some((line, payload)) => {
                        (line, Some(unescape(payload.strip_prefix(' ').unwrap_or(payload))))
                    }
                    None => (rest, None),
                };
                let seconds = options.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
                Step::Submit {
                    line: unescape(line),
                    payload,
                    hold: options == "hold",
                    timeout: seconds.map(Duration::from_secs),
                }
            }
        },
    })
}

pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, length) = match (first, tail) {
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b'\\', ..]) => (b'\\', 2),
            (b'\\', [b'x', high, low, ..]) => {
                let digits = [*high, *low];
                let digits = core::str::from_utf8(&digits).unwrap();
                (u8::from_str_radix(digits, 16).unwrap(), 4)
            }
            (byte, _) => (*byte, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes
}

pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => write!(text, "\\x{byte:02x}").unwrap(),
        }
    }
    text
}

/// The pieces in which the bytes of one input step are fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Whole,
    /// The step of this number in two pieces, cut at this byte.
    At(usize, usize),
    Bytes,
    /// Pieces of so many bytes.
    Pieces(usize),
}

/// A line inserted at this byte of the step of this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Injection {
    pub(crate) step: usize,
    pub(crate) at: usize,
}

pub(crate) const INJECTED: &[u8] = b"\r\n+CMTI: \"SM\",99\r\n";
pub(crate) const INJECTED_EVENT: &str = "urc +CMTI: \"SM\",99";

/// Plays a dialogue; the first step that goes wrong is the error.
pub(crate) fn play(
    dialogue: &Dialogue,
    player: &mut Player,
    cut: Cut,
    injection: Option<Injection>,
) -> Result<(), String> {
    let mut now = 1_000;
    let mut events: Vec<String> = Vec::new();
    let mut injected = 0;
    let mut pull = |player: &mut Player, events: &mut Vec<String>| {
        for event in player.events() {
            if injection.is_some() && event == INJECTED_EVENT {
                injected += 1;
            } else {
                events.push(event);
            }
        }
    };
    for (number, step) in dialogue.steps.iter().enumerate() {
        let place =
            || format!("{:?}, step {number} ({step:?}), {cut:?}, {injection:?}", dialogue.title);
        pull(player, &mut events);
        if !matches!(step, Step::Event(_)) {
            if let Some(event) = events.first() {
                return Err(format!("{}: unexpected event before: {event}", place()));
            }
        }
        match step {
            Step::Open => player.open(now),
            Step::Close => player.close(now),
            Step::Cancel => player.cancel(now),
            Step::Commit => player.commit(now),
            Step::Submit { line, payload, hold, timeout } => {
                let mut request =
                    Request::raw(line.clone()).map_err(|error| format!("{}: {error}", place()))?;
                if let Some(payload) = payload {
                    request = request
                        .payload(payload.clone())
                        .map_err(|error| format!("{}: {error}", place()))?;
                }
                if *hold {
                    request = request.hold();
                }
                if let Some(timeout) = timeout {
                    request = request.timeout(*timeout);
                }
                player.submit(request, now);
            }
            Step::Offers(expected) => {
                let offered = player.transmit(now);
                if offered.as_ref() != Some(expected) {
                    let offered = offered.map(|bytes| escape(&bytes));
                    return Err(format!("{}: offered {offered:?}", place()));
                }
            }
            Step::Input { bytes, .. } => {
                let mut bytes = bytes.clone();
                if let Some(Injection { step, at }) = injection {
                    if step == number {
                        bytes.splice(at..at, INJECTED.iter().copied());
                    }
                }
                for piece in pieces(&bytes, number, cut) {
                    player.input(piece, now);
                }
            }
            Step::Silence(millis) => {
                now += millis;
                player.silence(now);
            }
            Step::Event(expected) => match events.first() {
                Some(event) if event == expected => {
                    events.remove(0);
                }
                event => return Err(format!("{}: event {event:?}", place())),
            },
        }
    }
    pull(player, &mut events);
    if let Some(event) = events.first() {
        return Err(format!("{:?}, {cut:?}, {injection:?}: left over: {event}", dialogue.title));
    }
    if let Some(bytes) = player.transmit(now) {
        return Err(format!("{:?}, {cut:?}: still offers {}", dialogue.title, escape(&bytes)));
    }
    if injection.is_some() && injected != 1 {
        return Err(format!("{:?}, {injection:?}: seen {injected} times", dialogue.title));
    }
    Ok(())
}

fn pieces(bytes: &[u8], step: usize, cut: Cut) -> Vec<&[u8]> {
    match cut {
        Cut::At(which, at) if which == step => vec![&bytes[..at], &bytes[at..]],
        Cut::Whole | Cut::At(..) => vec![bytes],
        Cut::Bytes => bytes.chunks(1).collect(),
        Cut::Pieces(size) => bytes.chunks(size).collect(),
    }
}

/// All cuts of a dialogue: whole, byte by byte, in pieces, and in two at every byte.
pub(crate) fn cuts(dialogue: &Dialogue) -> Vec<Cut> {
    let mut cuts = vec![Cut::Whole, Cut::Bytes, Cut::Pieces(2), Cut::Pieces(3), Cut::Pieces(7)];
    for (number, step) in dialogue.steps.iter().enumerate() {
        if let Step::Input { bytes, .. } = step {
            cuts.extend((1..bytes.len()).map(|at| Cut::At(number, at)));
        }
    }
    cuts
}

/// All line boundaries at which a modem may insert a line of its own.
pub(crate) fn boundaries(dialogue: &Dialogue) -> Vec<Injection> {
    let mut places = Vec::new();
    for (number, step) in dialogue.steps.iter().enumerate() {
        let Step::Input { bytes, whole } = step else {
            continue;
        };
        places.push(Injection { step: number, at: 0 });
        if *whole {
            continue;
        }
        for at in 1..=bytes.len() {
            let ended = match (bytes[at - 1], bytes.get(at)) {
                (b'\n', _) => true,
                (b'\r', next) => !matches!(next, Some(b'\r' | b'\n')),
                _ => false,
            };
            if ended {
                places.push(Injection { step: number, at });
            }
        }
    }
    places
}

/// Plays every cut and every injection; under Miri the first of each.
pub(crate) fn check(dialogue: &Dialogue) -> Result<(), String> {
    let player = || Player::new(Dialect::default());
    let every = if cfg!(miri) { usize::MAX } else { 1 };
    for cut in cuts(dialogue).into_iter().step_by(every) {
        play(dialogue, &mut player(), cut, None)?;
    }
    for injection in boundaries(dialogue).into_iter().step_by(every) {
        play(dialogue, &mut player(), Cut::Whole, Some(injection))?;
        play(dialogue, &mut player(), Cut::Bytes, Some(injection))?;
    }
    Ok(())
}

/// The engine, with a clock in milliseconds and events in the words of the dialogues.
pub(crate) struct Player {
    pub(crate) engine: Engine,
    last: Option<RequestId>,
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

impl Player {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { engine: Engine::new(dialect), last: None }
    }

    fn open(&mut self, now: u64) {
        self.engine.handle_opened(at(now));
    }

    fn close(&mut self, now: u64) {
        self.engine.handle_closed(at(now));
    }

    fn submit(&mut self, request: Request, now: u64) {
        self.last = Some(self.engine.submit(request, at(now)).expect("the engine is free"));
    }

    fn cancel(&mut self, now: u64) {
        self.engine.cancel(self.last.expect("a request"), at(now));
    }

    fn commit(&mut self, now: u64) {
        self.engine.commit(self.last.expect("a request"), at(now));
    }

    fn input(&mut self, bytes: &[u8], now: u64) {
        self.engine.handle_input(bytes, at(now));
    }

    fn silence(&mut self, until: u64) {
        while let Some(due) = self.engine.poll_timeout().filter(|due| due.as_millis() <= until) {
            self.engine.handle_timeout(due);
        }
        self.engine.handle_timeout(at(until));
    }

    /// One slice, written whole.
    fn transmit(&mut self, now: u64) -> Option<Vec<u8>> {
        let bytes = self.engine.poll_transmit()?.to_vec();
        self.engine.handle_transmitted(bytes.len(), at(now));
        Some(bytes)
    }

    pub(crate) fn events(&mut self) -> Vec<String> {
        core::iter::from_fn(|| self.engine.poll_event()).map(|event| describe(&event)).collect()
    }
}

/// An event in the words of the dialogues.
pub(crate) fn describe(event: &Event) -> String {
    let text = |line: &Line| escape(line.as_bytes());
    match event {
        Event::Completed { outcome, .. } => {
            let lines: Vec<_> = outcome.lines().iter().map(escape).collect();
            let lines = lines.join(" | ");
            match outcome {
                Outcome::Response(response) => {
                    let truncated = if response.is_truncated() { " truncated" } else { "" };
                    format!(
                        "response [{lines}] {}{truncated}",
                        escape(response.final_text().as_bytes())
                    )
                }
                Outcome::Error(failure) => {
                    format!("error [{lines}] {}", escape(failure.final_text().as_bytes()))
                }
                Outcome::NotSent { reason, .. } => format!("not-sent [{lines}] {}", why(*reason)),
                Outcome::Unknown { reason, .. } => {
                    format!("outcome-unknown [{lines}] {}", why(*reason))
                }
                Outcome::Timeout { .. } => format!("timeout [{lines}]"),
                Outcome::Cancelled { .. } => format!("cancelled [{lines}]"),
                Outcome::Closed { .. } => format!("closed [{lines}]"),
                Outcome::Interrupted { reason, .. } => {
                    format!("interrupted [{lines}] {}", why(*reason))
                }
                other => format!("{other:?}"),
            }
        }
        Event::Urc(urc) => match urc.data() {
            Some(data) => format!("urc {} / {}", escape(urc.line()), escape(data)),
            None => format!("urc {}", escape(urc.line())),
        },
        Event::UnknownLine(line) => format!("unknown {}", text(line)),
        Event::ForeignEcho(line) => format!("foreign-echo {}", text(line)),
        Event::Prompt { .. } => "prompt".to_owned(),
        Event::ReadyToCommit { .. } => "ready-to-commit".to_owned(),
        Event::Resynchronising { .. } => "resynchronising".to_owned(),
        Event::Resynchronised { answered: true } => "resynchronised".to_owned(),
        Event::Resynchronised { answered: false } => "unanswered".to_owned(),
        Event::Overflow(Overflow::Line(line)) => {
            format!("overflow-line of {}", line.as_bytes().len())
        }
        Event::Overflow(Overflow::Answer(_)) => "overflow-answer".to_owned(),
        other => format!("{other:?}"),
    }
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Timeout => "timeout",
        Reason::Cancelled => "cancelled",
        Reason::Closed => "closed",
        Reason::Ended => "ended",
        Reason::NoPayload => "no-payload",
        Reason::NoAnswer => "no-answer",
        Reason::Restarted => "restarted",
        Reason::GoingDown => "going-down",
        _ => "?",
    }
}
