//! Recordings from the field and reference vectors, in the folder named by the environment variable
//! `MODEM_SHARED`.

mod common;

use std::path::PathBuf;

use at_proto::{Dialect, Engine, Event, Instant, Outcome, Request};
use common::{describe, unescape};
use serde_json::Value;

/// A line of the host, or text of the modem.
type Side = (bool, Vec<u8>);

fn shared(name: &str) -> PathBuf {
    let folder = std::env::var_os("MODEM_SHARED")
        .expect("MODEM_SHARED names the folder with the reference vectors");
    PathBuf::from(folder).join(name)
}

fn recordings() -> Vec<(String, Vec<Side>)> {
    let folder = shared("transcripts");
    let mut found: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no recordings in {}", folder.display());
    found.iter().map(|path| (path.display().to_string(), sides(path))).collect()
}

fn sides(path: &PathBuf) -> Vec<Side> {
    let text = std::fs::read(path).expect("a readable file");
    let text: String = text.iter().map(|&byte| char::from(byte)).collect();
    text.lines()
        .filter_map(|line| match line.split_at_checked(1)? {
            (">", rest) => Some((true, unescape(rest.strip_prefix(' ').unwrap_or(rest)))),
            ("<", rest) => Some((false, unescape(rest.strip_prefix(' ').unwrap_or(rest)))),
            _ => None,
        })
        .collect()
}

/// The engine with a recording as its modem.
struct Replay {
    engine: Engine,
    now: u64,
    events: Vec<String>,
    payload: Vec<u8>,
    completed: usize,
}

impl Replay {
    fn new() -> Self {
        let mut engine = Engine::new(Dialect::default());
        engine.handle_opened(Instant::ZERO);
        Self { engine, now: 0, events: Vec::new(), payload: Vec::new(), completed: 0 }
    }

    fn at(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn pump(&mut self) {
        loop {
            while let Some(event) = self.engine.poll_event() {
                self.completed += usize::from(matches!(event, Event::Completed { .. }));
                if let Event::Completed { outcome: Outcome::Timeout { .. }, .. } = event {
                    self.events.push("timeout".into());
                } else {
                    self.events.push(describe(&event));
                }
            }
            let at = self.at();
            let Some(bytes) = self.engine.poll_transmit().map(<[u8]>::to_vec) else {
                return;
            };
            self.engine.handle_transmitted(bytes.len(), at);
            if bytes == b"AT+CMEE?\r"
                && self.events.last().is_some_and(|event| event == "resynchronising")
            {
                self.engine.handle_input(b"\r\n+CMEE: 1\r\n\r\nOK\r\n", at);
            }
        }
    }

    fn settle(&mut self) {
        while let Some(due) = self.engine.poll_timeout() {
            self.now = self.now.max(due.as_millis());
            self.engine.handle_timeout(self.at());
            self.pump();
        }
    }

    /// Plays the recording in pieces of this size; returns the number of submitted commands.
    fn play(&mut self, sides: &[Side], size: usize) -> usize {
        let mut submitted = 0;
        for (index, (is_host, bytes)) in sides.iter().enumerate() {
            if !is_host {
                for piece in bytes.chunks(size) {
                    self.engine.handle_input(piece, self.at());
                }
                self.pump();
                continue;
            }
            let Some(line) = bytes.strip_suffix(b"\r") else {
                // A payload: it was sent with its command; where no prompt was recorded, one is
                // inserted here.
                if self.events.last().is_none_or(|event| event != "prompt")
                    && bytes.as_slice() != b"\x1a"
                {
                    self.engine.handle_input(b"\r\n> ", self.at());
                    self.pump();
                }
                continue;
            };
            self.settle();
            let mut request = Request::raw(line).expect("a command line");
            self.payload = sides[index + 1..]
                .iter()
                .take_while(|(is_host, bytes)| !is_host || !bytes.ends_with(b"\r"))
                .filter(|(is_host, _)| *is_host)
                .flat_map(|(_, bytes)| bytes.iter().copied().filter(|&byte| byte != 0x1A))
                .collect();
            if !self.payload.is_empty() {
                request = request.payload(self.payload.clone()).expect("a payload");
            }
            let at = self.at();
            self.engine.submit(request, at).expect("the engine has settled");
            submitted += 1;
            self.pump();
        }
        self.settle();
        submitted
    }
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn every_recording_replays_the_same_in_every_cut_and_explains_each_line() {
    for (name, sides) in recordings() {
        let mut whole = Replay::new();
        let submitted = whole.play(&sides, usize::MAX);
        assert_eq!(whole.completed, submitted, "{name}");
        for size in 1..=9 {
            let mut cut = Replay::new();
            cut.play(&sides, size);
            assert_eq!(cut.events, whole.events, "{name} in pieces of {size}");
        }
        let all = whole.events.join("\n");
        for (_, bytes) in sides.iter().filter(|(is_host, _)| !is_host) {
            for line in bytes.split(|byte| b"\r\n".contains(byte)).map(<[u8]>::trim_ascii) {
                let is_echo =
                    sides.iter().any(|(is_host, sent)| *is_host && sent.starts_with(line));
                let is_prompt = line == b">";
                assert!(
                    is_echo || is_prompt || all.contains(&common::escape(line)),
                    "{name}: {line:?} is lost"
                );
            }
        }
        for event in whole.events.iter().filter(|event| event.starts_with("unknown")) {
            // Results with no command in flight, the answer to a command that was not recorded, and
            // unknown words.
            let is_explained =
                ["OK", "ERROR", "+CM", "COMMAND NOT SUPPORT", "MODEM ERROR: 5", "Something extra"]
                    .iter()
                    .any(|known| {
                        event.strip_prefix("unknown ").is_some_and(|line| line.starts_with(known))
                    });
            assert!(is_explained, "{name}: {event}");
        }
    }
}

#[test]
#[ignore = "needs MODEM_SHARED=<folder with the reference vectors>"]
fn every_transcript_vector_gives_its_answer_its_result_and_its_messages() {
    let folder = shared("vectors");
    let mut checked = 0;
    for name in ["ofono.tsv", "warthog618.tsv"] {
        let rows = std::fs::read_to_string(folder.join(name)).expect("a readable file");
        for row in rows.lines() {
            let [id, "at-transcript", input, expected] = row.split('\t').collect::<Vec<_>>()[..]
            else {
                continue;
            };
            let expected: Value = serde_json::from_str(expected).expect("JSON");
            let bytes: Vec<u8> = input
                .as_bytes()
                .chunks(2)
                .map(|digits| u8::from_str_radix(&String::from_utf8_lossy(digits), 16).unwrap())
                .collect();
            check_vector(id, &bytes, &expected);
            checked += 1;
        }
    }
    assert!(checked > 10);
}

fn check_vector(id: &str, bytes: &[u8], expected: &Value) {
    let now = Instant::ZERO;
    let mut engine = Engine::new(Dialect::default());
    engine.handle_opened(now);
    // `(idle)`: no command is in flight. A space precedes the payload that is sent after the
    // prompt.
    let command = expected["command"].as_str().filter(|command| !command.starts_with('('));
    if let Some(command) = command {
        let (line, payload) =
            command.split_once(" body").map_or((command, None), |(line, _)| (line, Some("00")));
        let mut request = Request::raw(line).expect("a command line");
        if payload.is_some() || expected["prompt"] == true {
            request = request.payload("00").expect("a payload");
        }
        engine.submit(request, now).expect("free");
    }
    let mut pump = |input: &[u8]| {
        engine.handle_input(input, now);
        while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
            engine.handle_transmitted(length, now);
        }
        core::iter::from_fn(|| engine.poll_event()).collect::<Vec<_>>()
    };
    let mut events = pump(b"");
    if command.is_some_and(|command| command.ends_with(" body")) {
        events.extend(pump(b"\r\n> "));
    }
    events.extend(pump(bytes));
    // An answer that never came is awaited for a moment.
    while let Some(due) = engine.poll_timeout().filter(|due| due.as_millis() <= 1_000) {
        engine.handle_timeout(due);
        events.extend(core::iter::from_fn(|| engine.poll_event()));
    }
    if expected["prompt"] == true {
        assert!(matches!(events[..], [Event::Prompt { .. }, ..]), "{id}: {events:?}");
    }
    for (index, urc) in expected["urc"].as_array().into_iter().flatten().enumerate() {
        let urcs: Vec<_> = events
            .iter()
            .filter_map(|event| if let Event::Urc(urc) = event { Some(urc) } else { None })
            .collect();
        assert_eq!(urcs[index].to_text(), urc[0], "{id}");
        assert_eq!(
            urcs[index].data().map(String::from_utf8_lossy),
            urc[1].as_str().map(Into::into),
            "{id}"
        );
    }
    let Some(result) = expected["result"].as_str() else {
        return;
    };
    let outcome =
        events
            .iter()
            .find_map(|event| {
                if let Event::Completed { outcome, .. } = event { Some(outcome) } else { None }
            })
            .unwrap_or_else(|| panic!("{id}: {events:?}"));
    let (text, is_error) = match outcome {
        Outcome::Response(response) => (response.final_text(), false),
        Outcome::Error(failure) => (failure.final_text(), true),
        other => panic!("{id}: {other:?}"),
    };
    let lines: Vec<_> = outcome.lines().iter().map(String::from_utf8_lossy).collect();
    if let Some(info) = expected["info"].as_array() {
        assert_eq!(
            lines,
            info.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>(),
            "{id}"
        );
    }
    assert_eq!(is_error, !matches!(result, "OK" | "CONNECT"), "{id}");
    if let Some(code) = expected["code"].as_str() {
        assert!(text.ends_with(code), "{id}: {text}");
    }
}
