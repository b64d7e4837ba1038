//! The engine, with a recording in place of the modem.

use at_proto::{Dialect, Engine, Event, Instant, Overflow, Request};

use crate::found::{Found, completed, text, unknown, unsolicited};
use crate::log::At;
use crate::steps::Step;

/// The engine, with the recording in place of the modem.
pub(crate) struct Replay {
    engine: Engine,
    now: Instant,
    chunk: usize,
    /// The command in flight.
    command: Option<Vec<u8>>,
    /// The recording has an escape instead of Ctrl-Z after its payload.
    aborts: bool,
    prompted: bool,
    /// The recording lacks the prompt, so that no event is printed for it.
    prompts_silently: bool,
    resynchronising: bool,
    /// The modem's last line has not ended.
    is_open_line: bool,
    found: Vec<Found>,
    /// The payload of the command in flight.
    payload: Option<Vec<u8>>,
    /// The position of the last step, and of the command in flight.
    at: At,
    submitted: At,
    /// The modem wrote since the last command.
    answered: bool,
}

impl Replay {
    pub(crate) fn new(chunk: usize) -> Self {
        let mut engine = Engine::new(Dialect::default());
        let now = Instant::ZERO;
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
            payload: None,
            at: At::default(),
            submitted: At::default(),
            answered: false,
        }
    }

    pub(crate) fn step(&mut self, step: Step) {
        match step {
            Step::Input(bytes, at) => {
                self.at = at;
                self.answered = true;
                let size = if self.chunk == 0 { bytes.len().max(1) } else { self.chunk };
                for piece in bytes.chunks(size) {
                    self.engine.handle_input(piece, self.now);
                }
                if let Some(last) = bytes.last() {
                    self.is_open_line = !matches!(last, b'\r' | b'\n');
                }
                self.pump();
            }
            Step::Payload(at) => {
                self.at = at;
                if self.command.is_some() && !self.prompted && !self.resynchronising {
                    self.prompts_silently = true;
                    self.engine.handle_input(b"\r\n> ", self.now);
                    self.is_open_line = false;
                    self.pump();
                }
            }
            Step::Submit { line, payload, aborted, at, .. } => {
                self.settle();
                self.at = at;
                self.submitted = at;
                self.answered = false;
                self.submit(line, payload, aborted);
            }
        }
    }

    fn submit(&mut self, line: Vec<u8>, payload: Option<Vec<u8>>, aborted: bool) {
        self.payload.clone_from(&payload);
        let request = Request::raw(line.clone()).and_then(|request| match payload {
            Some(payload) => request.payload(payload),
            None => Ok(request),
        });
        self.command = Some(line);
        self.aborts = aborted;
        self.prompted = false;
        self.prompts_silently = false;
        let result = match request {
            Ok(request) if aborted => {
                self.engine.submit(request.hold(), self.now).map_err(|error| error.to_string())
            }
            Ok(request) => self.engine.submit(request, self.now).map_err(|error| error.to_string()),
            Err(refused) => Err(refused.to_string()),
        };
        if let Err(why) = result {
            let command = self.command.take();
            self.found.push(Found {
                command,
                text: "not sent".into(),
                meaning: why,
                at: self.at,
                ..Found::new("error")
            });
        }
        self.pump();
    }

    /// Advances the time until no deadline is left: unanswered commands time out.
    fn settle(&mut self) {
        if self.is_open_line {
            // The recording continues with another line, so this one is complete.
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

    pub(crate) fn finish(mut self) -> Vec<Found> {
        let is_cut = self.command.is_some() && !self.answered;
        self.settle();
        self.engine.handle_closed(self.now);
        self.pump();
        // The answer may have come after the end of the log.
        if let Some(last) = self.found.last_mut().filter(|last| is_cut && last.event == "timeout") {
            last.meaning = "the log ends before the answer".to_owned();
        }
        self.found
    }

    /// Accepts the engine's output, answers its probes, and handles its events.
    fn pump(&mut self) {
        loop {
            while let Some(event) = self.engine.poll_event() {
                self.handle(event);
            }
            let Some(bytes) = self.engine.poll_transmit() else {
                return;
            };
            let (length, answer): (usize, &[u8]) = match bytes {
                // Recordings do not contain the answers to these probes.
                b"AT+CMEE?\r" if self.resynchronising => {
                    (bytes.len(), b"\r\n+CMEE: 1\r\n\r\nOK\r\n")
                }
                b"AT\r" if self.resynchronising => (bytes.len(), b"\r\nOK\r\n"),
                _ => (bytes.len(), b""),
            };
            self.engine.handle_transmitted(length, self.now);
            self.engine.handle_input(answer, self.now);
        }
    }

    fn handle(&mut self, event: Event) {
        let found = match event {
            Event::Completed { outcome, .. } => {
                let command = self.command.take();
                let name = command.as_deref().map(text).unwrap_or_default();
                Found { command, payload: self.payload.take(), ..completed(&name, &outcome) }
            }
            Event::Urc(urc) => unsolicited(&urc),
            Event::UnknownLine(line) => {
                unknown(line.as_bytes(), "not an answer to a command, and not a known URC")
            }
            Event::ForeignEcho(line) => {
                unknown(line.as_bytes(), "the echo of a command that another program sent")
            }
            Event::Overflow(Overflow::Line(line)) => {
                unknown(line.as_bytes(), "the beginning of a line that is longer than the limit")
            }
            Event::Overflow(_) => unknown(b"", "the answer is longer than the limit"),
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
                let meaning = "no final result: a probe checks that the modem is ready (the replay answers it)";
                Found {
                    command: self.command.clone(),
                    text: "started".into(),
                    meaning: meaning.into(),
                    ..Found::new("resync")
                }
            }
            Event::Resynchronised { .. } => {
                self.resynchronising = false;
                let meaning = "the modem is ready for the next command".into();
                Found {
                    command: self.command.clone(),
                    text: "done".into(),
                    meaning,
                    ..Found::new("resync")
                }
            }
            other => {
                unknown(format!("{other:?}").as_bytes(), "an event that this example does not know")
            }
        };
        // A command that the next one ends has its own position.
        let is_silence = found.event == "timeout" || found.event == "resync";
        let at = if is_silence { self.submitted } else { self.at };
        let is_final = found.event == "response" || found.event == "error";
        let delay = self.at.time.zip(self.submitted.time).filter(|_| is_final);
        let delay = delay.map(|(end, start)| end.saturating_sub(start));
        self.found.push(Found { at, delay, ..found });
    }
}
