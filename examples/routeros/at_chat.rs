//! `/interface lte at-chat`: one command line, sent directly to the modem, or over the session that
//! receives on its port.

use core::time::Duration;

use modem::at::{Dialect, Engine, Event, Instant, Notification, Outcome, Request, RequestId};
use modem::blocking::Port;
use modem::gsm7::charset::Charset;
use modem::{ErrorKind, UssdReply};

use crate::arguments::Arguments;
use crate::common::printable::printable;
use crate::device::{Kind, Link};
use crate::receiver::Receiver;
use crate::script::{Failure, Value};
use crate::shell::{Shell, sentence};

/// The time for which `wait=yes` collects lines.
const COLLECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time for the first answer of a modem.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest time for the network's answer to a USSD code.
const USSD_TIMEOUT: Duration = Duration::from_secs(60);

const LINK_ENDED: &str =
    "the link to the modem has ended: check the cable, and run the command again";

/// A bare dialogue with a modem, which can stay open for a later USSD reply of the network.
///
/// It uses the engine without a session: nothing is initialised, and the modem gets only the line
/// of the user. The modem is never left at a prompt, since the engine cancels it.
pub(crate) struct Chat {
    port_name: String,
    engine: Engine,
    link: Link,
    is_open: bool,
    /// The deadline for a USSD reply of the network; `None` if none is expected.
    ussd_deadline: Option<Instant>,
}

/// An event of the dialogue.
#[derive(Debug)]
enum ChatEvent {
    Line(String),
    Ussd(UssdReply, String),
    TimedOut,
    Completed(RequestId, Outcome),
}

/// The answer to a command line.
#[derive(Debug, Default)]
struct Answer {
    lines: Vec<String>,
    ussd: Vec<UssdReply>,
}

impl Shell {
    pub(crate) fn at_chat(
        &mut self,
        kind: Kind,
        mut arguments: Arguments,
    ) -> Result<Value, Failure> {
        let is_used = arguments.is_used;
        let input = arguments.required("input")?;
        let wait =
            arguments.named("wait").map(|value| value.yes_no()).transpose()?.unwrap_or(false);
        let as_value = arguments.flag("as-value");
        let port = arguments.positional("interface")?;
        arguments.end()?;
        let name = port.text();
        if self.device(&name)?.kind != kind {
            let expected = if kind == Kind::Lte { "an LTE interface" } else { "a serial port" };
            return Err(port.refused(format_args!("{name} is not {expected}")));
        }
        let collect = wait.then_some(COLLECT_TIMEOUT);
        // A session that waits for the PIN carries lines too.
        let receives = match &self.receiver {
            Receiver::On(receiving) if receiving.port == name => {
                let device = self.device(&name)?;
                device.line(receiving.channel) == device.line(0) && device.is_used(0)
            }
            _ => false,
        };
        let lines = if receives {
            self.ask_session(&name, &input.text(), collect)
        } else {
            self.ask_modem(&name, &input.text(), collect)?
        };
        let lines = lines.map_err(|error| input.refused(error))?;
        let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
        if as_value && is_used {
            let output = (Some("output".into()), Value::from(lines.join("\n")));
            return Ok(Value::array(vec![output])?);
        }
        let (label, space) = if as_value { ("output=", "") } else { ("output: ", "        ") };
        for (number, line) in lines.iter().enumerate() {
            self.output.line(&format!("{}{line}", if number == 0 { label } else { space }));
        }
        Ok(Value::Nothing)
    }

    /// Asks over a dialogue of its own; the inner error is one of the command line.
    fn ask_modem(
        &mut self,
        port: &str,
        line: &str,
        collect: Option<Duration>,
    ) -> Result<Result<Vec<String>, String>, Failure> {
        let link = self.link(port, 0, "at-chat")?;
        let mut chat = Chat::open(port, link);
        let answer = match chat.ask(line, collect) {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error)),
        };
        // A later USSD reply is received until another command uses the port.
        self.chat = Some(chat).filter(Chat::is_waiting);
        for text in answer.ussd.iter().filter_map(|reply| reply.text.as_ref()) {
            self.on_ussd(text);
        }
        Ok(Ok(answer.lines))
    }

    /// Asks over the receiving session, between its own commands. Unsolicited lines are
    /// handled as always.
    fn ask_session(
        &mut self,
        port: &str,
        line: &str,
        collect: Option<Duration>,
    ) -> Result<Vec<String>, String> {
        let heard = self.device(port)?.heard.clone();
        let Receiver::On(receiving) = &mut self.receiver else {
            return Err(LINK_ENDED.into());
        };
        *heard.borrow_mut() = Some(Vec::new());
        let result = receiving.modem.modem().raw(line);
        let early = heard.take().unwrap_or_default();
        let mut lines = match result {
            Ok(mut lines) => {
                lines.push("OK".into());
                lines
            }
            // The final line of a refused command is its answer.
            Err(error) => match (error.kind(), error.last_line()) {
                (ErrorKind::Refused(_), Some(line)) => vec![line.into()],
                _ => return Err(sentence(&error)),
            },
        };
        if let Some(time) = collect {
            *heard.borrow_mut() = Some(early);
            self.run_for(time);
            lines.extend(heard.take().unwrap_or_default());
        }
        Ok(lines)
    }

    /// Closes a chat that waits on this port.
    pub(crate) fn close_chat(&mut self, port: &str) {
        if self.chat.as_ref().is_some_and(|chat| chat.port_name == port) {
            self.chat = None;
        }
    }
}

impl Chat {
    pub(crate) fn open(port_name: &str, link: Link) -> Self {
        let mut engine = Engine::new(Dialect::default());
        engine.handle_opened(link.now());
        Self { port_name: port_name.into(), engine, link, is_open: true, ussd_deadline: None }
    }

    /// Sends a line, and returns the lines of its answer; with `collect` also the lines that follow
    /// within that time.
    fn ask(&mut self, line: &str, collect: Option<Duration>) -> Result<Answer, String> {
        let request = Request::raw(line).map_err(|error| error.to_string())?;
        let is_ussd = line.to_ascii_uppercase().contains("+CUSD=1");
        let id = self.engine.submit(request, self.link.now()).map_err(|error| error.to_string())?;
        let mut answer = Answer::default();
        let until = collect.map(|time| self.link.now() + time);
        let mut is_done = false;
        while self.is_open {
            if is_done && until.is_none_or(|until| until <= self.link.now()) {
                let waits = is_ussd && answer.ussd.is_empty();
                self.ussd_deadline = waits.then(|| self.link.now() + USSD_TIMEOUT);
                return Ok(answer);
            }
            match self.next(until.unwrap_or(self.link.now() + COLLECT_TIMEOUT)) {
                Some(ChatEvent::Completed(done, outcome)) if done == id => {
                    answer.lines.extend(text(&outcome)?);
                    is_done = true;
                }
                Some(ChatEvent::Line(line)) if collect.is_some() => answer.lines.push(line),
                Some(ChatEvent::Ussd(reply, line)) => {
                    if collect.is_some() {
                        answer.lines.push(line);
                    }
                    answer.ussd.push(reply);
                }
                _ => {}
            }
        }
        Err(LINK_ENDED.into())
    }

    /// Checks that the modem answers to `AT` in time.
    pub(crate) fn answers(&mut self) -> Result<(), String> {
        let request =
            Request::raw("AT").map_err(|error| error.to_string())?.timeout(FIRST_ANSWER_TIMEOUT);
        self.engine.submit(request, self.link.now()).map_err(|error| error.to_string())?;
        while self.is_open {
            match self.next(self.link.now() + FIRST_ANSWER_TIMEOUT) {
                Some(ChatEvent::Completed(_, outcome)) => return text(&outcome).map(|_| ()),
                // The engine keeps probing, but the user has waited long enough.
                Some(ChatEvent::TimedOut) => {
                    return Err(format!("the modem did not answer in {FIRST_ANSWER_TIMEOUT:?}"));
                }
                _ => {}
            }
        }
        Err(LINK_ENDED.into())
    }

    /// Waits for a USSD reply of the network within that time, and stops waiting after it.
    pub(crate) fn listen(&mut self, within: Duration) -> Option<UssdReply> {
        let until = self.link.now() + within;
        while self.is_waiting() {
            if let Some(ChatEvent::Ussd(reply, _)) = self.next(until) {
                self.ussd_deadline = None;
                return Some(reply);
            }
            if self.link.now() >= until {
                break;
            }
        }
        None
    }

    /// Returns `true` if a USSD reply of the network is expected.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_open && self.ussd_deadline.is_some_and(|until| self.link.now() < until)
    }

    /// Returns the link.
    pub(crate) fn into_link(self) -> Link {
        self.link
    }

    /// Returns the next event, or advances the dialogue by one step.
    fn next(&mut self, until: Instant) -> Option<ChatEvent> {
        if let Some(event) = self.engine.poll_event() {
            return chat_event(event);
        }
        self.engine.handle_timeout(self.link.now());
        if let Some(bytes) = self.engine.poll_transmit() {
            match self.link.write(bytes, Duration::from_millis(50)) {
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
                let bytes = buffer.get(..count).unwrap_or_default();
                self.engine.handle_input(bytes, self.link.now());
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

fn chat_event(event: Event) -> Option<ChatEvent> {
    match event {
        Event::Completed { id, outcome } => Some(ChatEvent::Completed(id, outcome)),
        Event::Resynchronising { .. } => Some(ChatEvent::TimedOut),
        Event::Urc(urc) => match Notification::parse(&urc) {
            Ok(Some(Notification::Ussd(reply))) => {
                Some(ChatEvent::Ussd(UssdReply::read(&reply, Charset::Gsm, None), urc.to_text()))
            }
            _ => Some(ChatEvent::Line(urc.to_text())),
        },
        Event::UnknownLine(line) => Some(ChatEvent::Line(line.to_text())),
        _ => None,
    }
}

/// The lines of an answer, with its final result.
fn text(outcome: &Outcome) -> Result<Vec<String>, String> {
    let lines = outcome.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned());
    let last = match outcome {
        Outcome::Response(response) => response.final_text(),
        Outcome::Error(failure) => failure.final_text(),
        Outcome::NotSent { reason, .. } | Outcome::Unknown { reason, .. } => {
            return Err(reason.to_string());
        }
        Outcome::Timeout { .. } => {
            return Err("the modem did not answer in time: check that it is switched on".into());
        }
        _ => return Err(LINK_ENDED.into()),
    };
    Ok(lines.chain([last]).collect())
}
