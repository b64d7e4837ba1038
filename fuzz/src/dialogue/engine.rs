//! The engine: operations, bytes and time.

use core::fmt::Debug;
use core::time::Duration;

use at_proto::{
    Dialect, Engine, Event, Instant, Lines, Outcome, Overflow, Request, RequestId, SubmitError,
};

use super::script::{number, unescaped};

/// Input: a dialogue of lines.
///
/// | Line | Action |
/// |---|---|
/// | `> AT+CMGS=18\|payload\|h90` | submits the command, with a payload, held (`h`), with a timeout in seconds |
/// | `a text` | submits the answer to a USSD question |
/// | `< bytes` | the engine reads the bytes, with the escapes of `script.rs` |
/// | `~ n` | writes `n` bytes of the output; without a number, all |
/// | `+ ms` | advances the time; `+` alone: to the next timeout |
/// | `x`, `c`, `d`, `o` | cancel, commit, link down, link up |
///
/// The engine does the same for every cut of the bytes.
pub fn engine(data: &[u8]) {
    let whole = play(data, |_| usize::MAX);
    assert_eq!(whole, play(data, |_| 1), "byte by byte");
    assert_eq!(whole, play(data, |at| 1 + at % 7), "in pieces");
}

/// The outcome of a command line whose answer is these bytes, then OK.
pub(super) fn answered(line: &str, bytes: &[u8]) -> Outcome {
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    engine.submit(Request::raw(line).unwrap(), now).unwrap();
    while let Some(count) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(count, now);
    }
    engine.handle_input(bytes, now);
    engine.handle_input(b"\r\nOK\r\n", now);
    engine.handle_closed(now);
    let completed = core::iter::from_fn(|| engine.poll_event()).find_map(|event| match event {
        Event::Completed { outcome, .. } => Some(outcome),
        _ => None,
    });
    completed.unwrap()
}

/// An action of the engine.
#[derive(Debug, PartialEq)]
enum Action {
    Event(Event),
    Wrote(Vec<u8>),
    Submitted(Result<RequestId, SubmitError>),
    Timeout(Option<Instant>),
}

fn play(script: &[u8], cut: impl Fn(usize) -> usize) -> Vec<Action> {
    let mut watch = Watch::new(script.first().copied().unwrap_or_default());
    for line in script.split(|&byte| byte == b'\n') {
        let (kind, rest) = line.split_first().unwrap_or((&b' ', &[]));
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match kind {
            b'>' => watch.submit(rest),
            b'a' => watch.answer(rest),
            b'<' => {
                let bytes = unescaped(rest);
                let mut left = bytes.as_slice();
                while !left.is_empty() {
                    let (piece, rest) = left.split_at(cut(left.len()).clamp(1, left.len()));
                    watch.engine.handle_input(piece, watch.now);
                    watch.look();
                    left = rest;
                }
            }
            b'~' => {
                watch.write(if rest.is_empty() { usize::MAX } else { number(rest, 4096) as usize })
            }
            b'+' if rest.is_empty() => watch.time_out(),
            b'+' => watch.now = watch.now + Duration::from_millis(number(rest, 1_000_000)),
            b'x' => watch.with_last(Engine::cancel),
            b'c' => watch.with_last(Engine::commit),
            b'd' => watch.close(),
            b'o' => watch.open(),
            _ => {}
        }
        watch.look();
        watch.actions.push(Action::Timeout(watch.engine.poll_timeout()));
    }
    watch.finish();
    watch.actions
}

/// An engine, with the state that its promises depend on.
struct Watch {
    engine: Engine,
    now: Instant,
    open: bool,
    flight: Option<RequestId>,
    last: Option<RequestId>,
    deadline: Duration,
    /// The Ctrl-Z of the command in flight was part of the output.
    committed: bool,
    actions: Vec<Action>,
}

impl Watch {
    fn new(choice: u8) -> Self {
        let mut dialect = match choice % 4 {
            0 => Dialect::altair(),
            1 => Dialect::wavecom(),
            2 => Dialect::cinterion(),
            _ => Dialect::simcom(),
        };
        (dialect.limits.line, dialect.limits.answer) = (64, 256);
        let mut watch = Self {
            engine: Engine::new(dialect),
            now: Instant::from_millis(1_000),
            open: false,
            flight: None,
            last: None,
            deadline: Duration::ZERO,
            committed: false,
            actions: Vec::new(),
        };
        watch.open();
        watch
    }

    fn open(&mut self) {
        self.engine.handle_opened(self.now);
        self.look_at_events();
        assert_eq!(self.flight, None, "a command survived the end of its link");
        self.open = true;
        self.look();
    }

    fn close(&mut self) {
        self.engine.handle_closed(self.now);
        self.look_at_events();
        self.open = false;
        assert_eq!((self.flight, self.engine.poll_timeout()), (None, None));
        assert_eq!(self.engine.poll_transmit(), None);
    }

    fn submit(&mut self, text: &[u8]) {
        let mut parts = text.split(|&byte| byte == b'|');
        let Ok(mut request) = Request::raw(parts.next().unwrap_or_default()) else {
            return;
        };
        if let Some(payload) = parts.next().filter(|payload| !payload.is_empty()) {
            match request.payload(unescaped(payload)) {
                Ok(with_payload) => request = with_payload,
                Err(_) => return,
            }
        }
        for option in parts {
            match option.strip_prefix(b"h") {
                Some(_) => request = request.hold(),
                None => request = request.timeout(Duration::from_secs(number(option, 150))),
            }
        }
        self.accept(request);
    }

    fn answer(&mut self, text: &[u8]) {
        if let Ok(request) = Request::ussd_answer(unescaped(text)) {
            let refuses = self.engine.is_idle() && !self.engine.is_at_ussd_prompt();
            self.accept(request);
            assert!(!refuses || self.flight.is_none(), "an answer without a question");
        }
    }

    fn accept(&mut self, request: Request) {
        let deadline = request.deadline();
        let result = self.engine.submit(request, self.now);
        // A command that timed out before this call has completed first.
        self.look_at_events();
        match result {
            Ok(id) => {
                assert!(self.open && self.last.is_none_or(|last| last < id));
                if self.flight.is_none() && !self.was_completed(id) {
                    self.flight = Some(id);
                }
                self.last = Some(id);
                (self.deadline, self.committed) = (deadline, false);
            }
            Err(SubmitError::Closed) => assert!(!self.open),
            Err(SubmitError::Busy) => assert!(self.open && self.flight.is_some()),
            Err(error) => panic!("{error}"),
        }
        self.actions.push(Action::Submitted(result));
    }

    fn was_completed(&self, which: RequestId) -> bool {
        let done = |action: &Action| matches!(action, Action::Event(Event::Completed { id, .. }) if *id == which);
        self.actions.iter().any(done)
    }

    fn write(&mut self, count: usize) {
        let Some(offered) = self.engine.poll_transmit().map(<[u8]>::to_vec) else {
            return;
        };
        assert!(!offered.is_empty(), "empty output");
        assert_eq!(
            self.engine.poll_transmit(),
            Some(offered.as_slice()),
            "the output changed without a write"
        );
        if offered.contains(&0x1A) {
            assert_eq!(offered, [0x1A], "Ctrl-Z is written alone");
            self.committed = true;
        }
        assert!(!(self.committed && offered.contains(&0x1B)), "an escape after a Ctrl-Z");
        let written = &offered[..count.min(offered.len())];
        self.actions.push(Action::Wrote(written.to_vec()));
        self.engine.handle_transmitted(written.len(), self.now);
    }

    fn time_out(&mut self) {
        if let Some(at) = self.engine.poll_timeout() {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now);
            assert!(
                self.engine.poll_timeout().is_none_or(|next| next > self.now),
                "a timeout is still due"
            );
        }
    }

    fn with_last(&mut self, verb: impl Fn(&mut Engine, RequestId, Instant)) {
        if let Some(id) = self.last {
            verb(&mut self.engine, id, self.now);
        }
    }

    fn look(&mut self) {
        self.look_at_events();
        assert_eq!(self.engine.is_idle(), self.open && self.flight.is_none());
        // A command in flight always has a timeout.
        assert!(self.flight.is_none() || self.engine.poll_timeout().is_some());
    }

    fn look_at_events(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.check(&event);
            self.actions.push(Action::Event(event));
        }
    }

    fn check(&mut self, event: &Event) {
        let limits = self.engine.dialect().limits;
        let is_short = |line: &[u8]| line.len() <= limits.line.max(64);
        match event {
            Event::Completed { id, outcome } => {
                assert!(self.flight.is_none_or(|flight| flight == *id));
                assert!(!self.was_completed(*id), "completed twice");
                self.flight = None;
                self.check_outcome(outcome);
            }
            Event::UnknownLine(line)
            | Event::ForeignEcho(line)
            | Event::Overflow(Overflow::Line(line)) => {
                assert!(is_short(line.as_bytes()));
            }
            Event::Urc(urc) => {
                // Quotes may stay open over several lines, up to the limit plus the closing line.
                assert!(urc.line().len() <= 2 * limits.line + 2);
                assert!(urc.data().is_none_or(is_short));
            }
            Event::Prompt { id } | Event::ReadyToCommit { id } | Event::Resynchronising { id } => {
                assert!(self.flight.is_none_or(|flight| flight == *id));
            }
            _ => {}
        }
    }

    fn check_outcome(&self, outcome: &Outcome) {
        let bytes = |lines: &Lines| lines.iter().map(<[u8]>::len).sum::<usize>();
        assert!(bytes(outcome.lines()) <= self.engine.dialect().limits.answer);
        match outcome {
            // Nothing is written for an answer without a question: the Ctrl-Z is an earlier one.
            Outcome::NotSent { reason: at_proto::Reason::NoPrompt, .. } => {}
            Outcome::NotSent { .. } => assert!(!self.committed, "{outcome:?} after a Ctrl-Z"),
            Outcome::Unknown { .. } => assert!(self.committed, "{outcome:?} before the Ctrl-Z"),
            Outcome::Error(failure) => assert_eq!(failure.is_committed(), self.committed),
            Outcome::Timeout { .. }
            | Outcome::Cancelled { .. }
            | Outcome::Closed { .. }
            | Outcome::Interrupted { .. } => {
                assert!(!self.committed, "{outcome:?} hides the Ctrl-Z");
            }
            _ => {}
        }
    }

    /// Checks that the engine becomes idle in time, even if nothing more is read or written.
    fn finish(&mut self) {
        let dialect = self.engine.dialect();
        let longest = self.deadline
            + dialect.resync.limit
            + dialect.grace.ok
            + dialect.rest
            + Duration::from_secs(1);
        let start = self.now;
        for _ in 0..200 {
            if self.flight.is_none() {
                break;
            }
            self.time_out();
            self.look();
        }
        assert_eq!(self.flight, None, "the command never ends");
        assert!(self.now.saturating_duration_since(start) <= longest, "the command ends too late");
        self.close();
        if let Some(last) = self.last {
            assert!(self.was_completed(last));
        }
    }
}
