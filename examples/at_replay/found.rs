//! A line of the output: its kind and its meaning.

use core::time::Duration;
use std::path::Path;

use at_proto::{
    CmeError, CmsError, Dialect, Failure, FinalError, Lines, Notification, Outcome, Reason, Urc,
};
use modem::{Direction, ErrorKind, WireLog};
use serde_json::{Value, json};

use crate::explain::printable::printable;
use crate::explain::report::{self, Report};
use crate::log::At;
use crate::words;

/// A line of the output.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) event: &'static str,
    pub(crate) command: Option<Vec<u8>>,
    /// The bytes that the host wrote after the prompt.
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) lines: Vec<String>,
    /// The line of a URC as the modem wrote it.
    pub(crate) raw: Vec<u8>,
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    pub(crate) code: Option<u16>,
    pub(crate) meaning: String,
    /// The remedy for a failure.
    pub(crate) advice: Option<&'static str>,
    pub(crate) at: At,
    /// The time from the command to its final result.
    pub(crate) delay: Option<Duration>,
    pub(crate) pdus: Vec<Decoded>,
}

impl Found {
    pub(crate) fn new(event: &'static str) -> Self {
        Self { event, ..Self::default() }
    }

    /// Returns the command as text, with secrets masked.
    pub(crate) fn command_text(&self) -> Option<String> {
        self.command.as_deref().map(masked)
    }

    /// Returns the text, with secrets masked.
    pub(crate) fn shown_text(&self) -> String {
        masked(self.text.as_bytes())
    }

    pub(crate) fn purpose(&self) -> Option<&'static str> {
        words::purpose(&text(self.command.as_deref()?))
    }

    pub(crate) fn to_json(&self, file: Option<&Path>) -> Value {
        let mut object = json!({
            "event": self.event,
            "command": self.command_text(),
            "purpose": self.purpose(),
            "lines": self.lines.iter().map(|line| masked(line.as_bytes())).collect::<Vec<_>>(),
            "name": self.name,
            "text": self.shown_text(),
            "code": self.code,
            "meaning": self.meaning,
            "advice": self.advice,
            "line": self.at.line,
            "time": self.at.time.map(|time| time.as_secs_f64()),
            "delay": self.delay.map(|delay| delay.as_secs_f64()),
            "pdus": self.pdus.iter().map(Decoded::to_json).collect::<Vec<_>>(),
        });
        if let Some(file) = file {
            object["file"] = json!(file.to_string_lossy());
        }
        object
    }

    /// Returns the line of the event, and a line for each PDU.
    pub(crate) fn to_text(&self, start: Option<Duration>) -> String {
        let time = start.map_or_else(String::new, |start| match self.at.time {
            Some(time) => format!("{:>10.3}  ", time.saturating_sub(start).as_secs_f64()),
            None => " ".repeat(12),
        });
        let mut text = format!("{time}{}\n", self.to_line());
        for pdu in &self.pdus {
            text.push_str(&format!("{}{:<9}  = {}\n", " ".repeat(time.len()), "", pdu.to_line()));
        }
        text
    }

    pub(crate) fn to_line(&self) -> String {
        let command = self.command_text().unwrap_or_default();
        let mut line = format!("{:<9}", self.event);
        let mut parts = vec![command.as_str()];
        // An answer ends with its final result. The text of a URC holds its lines, and its data
        // line follows.
        match self.event {
            "urc" | "unknown" => {
                parts.push(&self.text);
                parts.extend(
                    self.lines.iter().map(String::as_str).filter(|line| !self.text.contains(line)),
                );
            }
            _ => {
                parts.extend(self.lines.iter().map(String::as_str));
                parts.push(&self.text);
            }
        }
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            line.push_str("  ");
            // Control characters could move the cursor, and are escaped.
            line.push_str(&printable(&masked(part.as_bytes())));
        }
        let purpose = self.purpose().map_or_else(String::new, |purpose| format!("{purpose}: "));
        let delay = match self.delay {
            Some(delay) if delay >= SLOW => format!(", after {:.1} s", delay.as_secs_f64()),
            _ => String::new(),
        };
        format!("{line}  ({purpose}{}{delay})", printable(&self.meaning))
    }
}

/// The delay from which on it is worth a word.
pub(crate) const SLOW: Duration = Duration::from_secs(2);

/// A PDU or a USSD string in an event, or the reason why it cannot be read.
#[derive(Debug)]
pub(crate) enum Decoded {
    Report(Box<Report>),
    Failure(report::Failure),
}

impl Decoded {
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failure(_))
    }

    fn to_line(&self) -> String {
        match self {
            Self::Report(report) if report.hints.is_empty() => report.summary.clone(),
            Self::Report(report) => format!("{} ({})", report.summary, report.hints.join("; ")),
            Self::Failure(failure) => format!("a PDU that cannot be read: {}", failure.error),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Report(report) => report.to_json(),
            Self::Failure(failure) => failure.to_json(),
        }
    }
}

/// Returns a line as text, with PINs and passwords masked.
fn masked(line: &[u8]) -> String {
    let mut log = WireLog::new();
    let mut is_secret = false;
    let mut shown = String::new();
    let mut take = |line: modem::WireLine| {
        is_secret |= line.text().contains("****");
        shown.push_str(line.text());
    };
    log.record(Direction::Read, line, &mut take);
    log.flush(&mut take);
    // Text without a secret stays as it is, since the log escapes more than a terminal needs.
    if is_secret { shown } else { text(line) }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().map(text).collect()
}

pub(crate) fn completed(command: &str, outcome: &Outcome) -> Found {
    let lines = texts(outcome.lines());
    let timeout = |text: &str, meaning: &str| Found {
        text: text.to_owned(),
        meaning: meaning.to_owned(),
        ..Found::new("timeout")
    };
    let found = match outcome {
        Outcome::Response(response) => Found {
            text: response.final_text(),
            meaning: match words::answer(command, response) {
                _ if response.is_truncated() => "success, but some lines are missing".into(),
                Some(answer) => format!("success, {answer}"),
                None => "success".into(),
            },
            ..Found::new("response")
        },
        Outcome::Error(failure) => Found {
            advice: advice(failure.clone()),
            ..failed(failure.error(), &failure.final_text(), "error")
        },
        Outcome::NotSent { reason: Reason::Ended, .. } => {
            timeout("not sent", &Reason::Ended.to_string())
        }
        Outcome::NotSent { reason, .. } => {
            timeout("not sent", &format!("{reason}: nothing was sent"))
        }
        Outcome::Unknown { reason, .. } => {
            timeout("unknown", &format!("{reason}: the command may have been accepted"))
        }
        Outcome::Timeout { .. } => timeout("timeout", "no final result arrived in time"),
        Outcome::Cancelled { .. } => timeout("cancelled", "the host cancelled the command"),
        Outcome::Closed { .. } => timeout("closed", "the link was closed before a final result"),
        other => timeout("ended", &format!("{other:?}")),
    };
    Found { lines, ..found }
}

/// Returns the remedy that the library names for a final error.
fn advice(failure: Failure) -> Option<&'static str> {
    modem::Error::from(ErrorKind::Refused(failure)).advice()
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
            format!("an error in words: {own_words}")
        }
        FinalError::Vendor => format!("a vendor-specific error: {text}"),
        error => error.description().unwrap_or("the command failed").to_owned(),
    };
    Found { name: Some(name.to_owned()), text: text.to_owned(), code, meaning, ..Found::new(event) }
}

pub(crate) fn unknown(line: &[u8], meaning: &str) -> Found {
    let line = text(line);
    let found = match FinalError::parse(line.as_bytes()) {
        Some(error) => {
            let found = failed(error, &line, "unknown");
            Found { meaning: format!("{}, with no command in flight", found.meaning), ..found }
        }
        None if line.trim() == "OK" => {
            Found { meaning: "success, with no command in flight".into(), ..Found::new("unknown") }
        }
        None => Found { meaning: meaning.to_owned(), ..Found::new("unknown") },
    };
    let advice = Failure::parse(line.as_bytes(), &Dialect::default()).and_then(advice);
    Found { lines: vec![line.clone()], text: line, advice, ..found }
}

pub(crate) fn unsolicited(urc: &Urc) -> Found {
    let line = urc.to_text();
    let mut lines: Vec<String> =
        line.split(['\r', '\n']).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    lines.extend(urc.data().map(text));
    let meaning = match Notification::parse(urc) {
        Ok(Some(notification)) => meaning(&notification),
        Ok(None) => "a vendor-specific URC".into(),
        Err(error) => error.to_string(),
    };
    let raw = urc.line().to_vec();
    Found {
        lines,
        raw,
        name: Some(urc.name().to_owned()),
        text: line,
        meaning,
        ..Found::new("urc")
    }
}

fn meaning(notification: &Notification) -> String {
    let stored = |what: &str, slot: &at_proto::AnnouncedSlot| {
        let memory =
            slot.memory.map_or("an unnamed memory".to_owned(), |memory| memory.to_string());
        match slot.index {
            Some(index) => format!("{what} was stored in {memory}, slot {index}"),
            None => format!("{what} was stored in {memory}, slot unknown"),
        }
    };
    let content =
        |what: &str, content: &at_proto::MessageContent| match (&content.data, content.length) {
            (None, _) => format!("{what} was announced, but its data is missing"),
            (Some(_), Some(length)) => format!("{what} of {length} bytes"),
            (Some(_), None) => format!("{what} in text mode"),
        };
    match notification {
        Notification::MessageStored(slot) => stored("a message", slot),
        Notification::StatusReportStored(slot) => stored("a status report", slot),
        Notification::BroadcastStored(slot) => stored("a cell broadcast", slot),
        Notification::Message(message) => content("a message", message),
        Notification::StatusReport(report) => content("a status report", report),
        Notification::Broadcast(broadcast) => content("a cell broadcast", broadcast),
        Notification::StorageFull(_) => "the storage for received messages is full".into(),
        Notification::Ussd(reply) => format!("USSD: {}", reply.wanted.description()),
        Notification::Registration(domain, state) => {
            format!("registration ({domain:?}): {}", state.status.description())
        }
        Notification::Pin(state) => words::pin(state),
        Notification::Ring(_) => "an incoming call".into(),
        Notification::CallerId(caller) => format!("the caller is {}", text(&caller.number)),
        Notification::CallWaiting(caller) => format!("a second caller is {}", text(&caller.number)),
        Notification::CallEnded(words) => format!("a call ended: {words}"),
        Notification::Signal(signal) => words::strength(signal),
        Notification::Indicator { indicator, value } => format!("indicator {indicator} is {value}"),
        Notification::TimeZone(quarters) => format!("time zone {quarters:+} quarters of an hour"),
        Notification::Started(_) => "the modem started".into(),
        Notification::GoingDown(_) => "the modem is shutting down".into(),
        _ => "a known URC".into(),
    }
}
