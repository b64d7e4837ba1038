//! A line of the output: its kind and its meaning.

use std::path::Path;

use at_proto::{CmeError, CmsError, FinalError, Lines, Notification, Outcome, Reason, Urc};
use serde_json::{Value, json};

/// A line of the output.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) event: &'static str,
    pub(crate) command: Option<Vec<u8>>,
    pub(crate) lines: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    pub(crate) code: Option<u16>,
    pub(crate) meaning: String,
}

impl Found {
    pub(crate) fn new(event: &'static str) -> Self {
        Self { event, ..Self::default() }
    }

    pub(crate) fn to_json(&self, file: Option<&Path>) -> Value {
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

    pub(crate) fn to_line(&self) -> String {
        let command = self.command.as_deref().map(text).unwrap_or_default();
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
        for part in parts {
            if !part.is_empty() {
                line.push_str("  ");
                for character in part.chars() {
                    // Control characters could move the cursor, and are escaped.
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

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().map(text).collect()
}

pub(crate) fn completed(outcome: &Outcome) -> Found {
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
                "success, but some lines are missing"
            } else {
                "success"
            }
            .into(),
            ..Found::new("response")
        },
        Outcome::Error(failure) => failed(failure.error(), &failure.final_text(), "error"),
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
    Found { lines: vec![line.clone()], text: line, ..found }
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
    Found { lines, name: Some(urc.name().to_owned()), text: line, meaning, ..Found::new("urc") }
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
        Notification::Pin(state) => format!("the state of the SIM's PIN: {state:?}"),
        Notification::Ring(_) => "an incoming call".into(),
        Notification::CallerId(caller) => format!("the caller is {}", text(&caller.number)),
        Notification::CallWaiting(caller) => format!("a second caller is {}", text(&caller.number)),
        Notification::CallEnded(words) => format!("a call ended: {words}"),
        Notification::Signal(signal) => match signal.dbm() {
            Some(dbm) => format!("signal strength {dbm} dBm"),
            None => "signal strength unknown".into(),
        },
        Notification::Indicator { indicator, value } => format!("indicator {indicator} is {value}"),
        Notification::TimeZone(quarters) => format!("time zone {quarters:+} quarters of an hour"),
        Notification::Started(_) => "the modem started".into(),
        Notification::GoingDown(_) => "the modem is shutting down".into(),
        _ => "a known URC".into(),
    }
}
