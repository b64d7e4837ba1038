//! `/interface lte at-chat`: one command line, straight to the modem.

use core::time::Duration;

use modem::UssdReply;
use modem::at::{Dialect, Engine, Event, Instant, Notification, Outcome, Request, RequestId};
use modem::blocking::Port;
use modem::gsm7::charset::Charset;

use crate::device::Link;

/// How long `wait=yes` collects what comes.
pub(crate) const COLLECT: Duration = Duration::from_secs(5);

/// How long the first answer of a modem may take.
const FIRST_ANSWER: Duration = Duration::from_secs(2);

/// How long the network may take to answer a USSD code.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A bare dialogue with a modem, which can be left open for what the network says later.
///
/// No session is below it, only the engine: nothing is set up, and the modem sees the line of the user and no other. It still
/// cannot be left waiting at a prompt, since the engine closes that.
pub(crate) struct Chat {
    pub(crate) port_name: String,
    engine: Engine,
    link: Link,
    is_open: bool,
    /// When it is closed if the network has said nothing; `None` if nothing is awaited.
    awaits_until: Option<Instant>,
}

/// What came of a turn.
#[derive(Debug)]
enum News {
    Line(String),
    Ussd(UssdReply, String),
    GivenUp,
    Completed(RequestId, Outcome),
}

/// What a command line brought.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) lines: Vec<String>,
    pub(crate) ussd: Vec<UssdReply>,
}

impl Chat {
    pub(crate) fn open(port_name: &str, link: Link) -> Self {
        let mut engine = Engine::new(Dialect::default());
        engine.handle_opened(link.now());
        Self { port_name: port_name.into(), engine, link, is_open: true, awaits_until: None }
    }

    /// Sends a line, and gives the lines of its answer; with `collect` also what follows within that time.
    pub(crate) fn ask(&mut self, line: &str, collect: Option<Duration>) -> Result<Answer, String> {
        let request = Request::raw(line).map_err(|error| error.to_string())?;
        let is_ussd = line.to_ascii_uppercase().contains("+CUSD=1");
        let id = self.engine.submit(request, self.link.now()).map_err(|error| error.to_string())?;
        let mut answer = Answer::default();
        let until = collect.map(|time| self.link.now() + time);
        let mut is_done = false;
        while self.is_open {
            if is_done && until.is_none_or(|until| until <= self.link.now()) {
                let awaits = is_ussd && answer.ussd.is_empty();
                self.awaits_until = awaits.then(|| self.link.now() + TIMEOUT);
                return Ok(answer);
            }
            match self.next(until.unwrap_or(self.link.now() + COLLECT)) {
                Some(News::Completed(done, outcome)) if done == id => {
                    answer.lines.extend(text(&outcome)?);
                    is_done = true;
                }
                Some(News::Line(line)) if collect.is_some() => answer.lines.push(line),
                Some(News::Ussd(reply, line)) => {
                    if collect.is_some() {
                        answer.lines.push(line);
                    }
                    answer.ussd.push(reply);
                }
                _ => {}
            }
        }
        Err("the link to the modem has ended".into())
    }

    /// Whether the modem answers to `AT` in time.
    pub(crate) fn answers(&mut self) -> Result<(), String> {
        let request = Request::raw("AT").map_err(|error| error.to_string())?.timeout(FIRST_ANSWER);
        self.engine.submit(request, self.link.now()).map_err(|error| error.to_string())?;
        while self.is_open {
            match self.next(self.link.now() + FIRST_ANSWER) {
                Some(News::Completed(_, outcome)) => return text(&outcome).map(|_| ()),
                // The engine goes on asking, and the user has waited long enough.
                Some(News::GivenUp) => return Err(format!("nothing came in {FIRST_ANSWER:?}")),
                _ => {}
            }
        }
        Err("the link to the modem has ended".into())
    }

    /// What the network says over USSD within that time; nothing more is awaited then.
    pub(crate) fn listen(&mut self, within: Duration) -> Option<UssdReply> {
        let until = self.link.now() + within;
        while self.awaits() {
            if let Some(News::Ussd(reply, _)) = self.next(until) {
                self.awaits_until = None;
                return Some(reply);
            }
            if self.link.now() >= until {
                break;
            }
        }
        None
    }

    /// Whether the network is to say something.
    pub(crate) fn awaits(&self) -> bool {
        self.is_open && self.awaits_until.is_some_and(|until| self.link.now() < until)
    }

    /// Gives the link back.
    pub(crate) fn into_link(self) -> Link {
        self.link
    }

    /// The next piece of news, or one turn of the dialogue.
    fn next(&mut self, until: Instant) -> Option<News> {
        if let Some(event) = self.engine.poll_event() {
            return news(event);
        }
        self.engine.handle_timeout(self.link.now());
        if let Some(octets) = self.engine.poll_transmit() {
            match self.link.write(octets, Duration::from_millis(50)) {
                Ok(count) => self.engine.handle_transmitted(count, self.link.now()),
                Err(error) => self.failed(&error),
            }
            return None;
        }
        let until = self.engine.poll_timeout().map_or(until, |due| due.min(until));
        let mut buffer = [0; 4096];
        let within = until.saturating_duration_since(self.link.now());
        match self.link.read(&mut buffer, within) {
            Ok(0) => self.is_open = false,
            Ok(count) => {
                let octets = buffer.get(..count).unwrap_or_default();
                self.engine.handle_input(octets, self.link.now());
            }
            Err(error) => self.failed(&error),
        }
        None
    }

    fn failed(&mut self, error: &std::io::Error) {
        use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
        self.is_open = [Interrupted, TimedOut, WouldBlock].contains(&error.kind());
    }
}

fn news(event: Event) -> Option<News> {
    match event {
        Event::Completed { id, outcome } => Some(News::Completed(id, outcome)),
        Event::Resynchronising { .. } => Some(News::GivenUp),
        Event::Urc(urc) => match Notification::parse(&urc) {
            Ok(Some(Notification::Ussd(reply))) => {
                Some(News::Ussd(UssdReply::read(&reply, Charset::Gsm, None), urc.to_text()))
            }
            _ => Some(News::Line(urc.to_text())),
        },
        Event::UnknownLine(line) => Some(News::Line(line.to_text())),
        _ => None,
    }
}

/// The lines of an answer with its final result.
fn text(outcome: &Outcome) -> Result<Vec<String>, String> {
    let lines = outcome.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned());
    let last = match outcome {
        Outcome::Response(response) => response.final_text(),
        Outcome::Error(failure) => failure.final_text(),
        Outcome::NotSent { reason, .. } | Outcome::Unknown { reason, .. } => {
            return Err(reason.to_string());
        }
        Outcome::Timeout { .. } => return Err("the modem did not answer in time".into()),
        _ => return Err("the link to the modem has ended".into()),
    };
    Ok(lines.chain([last]).collect())
}
