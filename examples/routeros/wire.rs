//! The dialogue with a modem in the log.

use modem::blocking::Trace;
use modem::pdu::{Deliver, Envelope, Submit};
use modem::{Direction, WireLine};

use crate::device::{Device, Heard, Kind, Link};
use crate::logging::{self, Log};

/// Wraps a link so that its dialogue is logged, with the topics of its kind.
pub(crate) fn logged(link: Link, log: &Log, device: &Device) -> Link {
    let Device { kind, name, heard, .. } = device;
    let (name, heard) = (name.clone(), heard.clone());
    let mut scribe = Scribe { log: log.clone(), kind: *kind, name, heard, command: None };
    Box::new(Trace::new(link, move |line: WireLine| scribe.log(&line)))
}

/// The largest number of unsolicited lines that a command collects.
const MAX_HEARD: usize = 256;

struct Scribe {
    log: Log,
    kind: Kind,
    name: String,
    heard: Heard,
    /// The command that is not answered yet.
    command: Option<String>,
}

impl Scribe {
    fn log(&mut self, line: &WireLine) {
        let text = plain(line.text());
        let text = text.trim_matches(['\r', '\n']);
        if text.is_empty() {
            return;
        }
        let is_event = match line.direction() {
            Direction::Written => {
                self.command = Some(text.to_ascii_uppercase());
                false
            }
            Direction::Read => self.is_event(text),
        };
        let shown = self.shown(text);
        if is_event
            && let Some(lines) = &mut *self.heard.borrow_mut()
            && lines.len() < MAX_HEARD
        {
            lines.push(shown.clone());
        }
        let name = &self.name;
        let (topics, text): (&[&str], _) = match (self.kind, line.direction()) {
            (Kind::Serial, Direction::Written) => (&["gsm", "debug", "write"], shown),
            (Kind::Serial, Direction::Read) => (&["gsm", "debug", "read"], shown),
            (Kind::Lte, Direction::Written) => (&["lte", "async"], format!("{name}: sent {shown}")),
            (Kind::Lte, Direction::Read) if is_event => (&["lte", "async", "event"], shown),
            (Kind::Lte, Direction::Read) => (&["lte", "async"], format!("{name}: rcvd {shown}")),
        };
        self.log.add(topics, &text);
    }

    /// Returns `true` if a line that was read is unsolicited.
    fn is_event(&mut self, text: &str) -> bool {
        let is_final = ["OK", "ERROR", "NO CARRIER"].contains(&text)
            || ["+CME ERROR", "+CMS ERROR"].iter().any(|name| text.starts_with(name));
        if is_final {
            return self.command.take().is_none();
        }
        let Some((name, _)) =
            text.split_once(':').filter(|(name, _)| name.starts_with(['+', '^', '*']))
        else {
            return false;
        };
        let asked = |command: &String| command.contains(&name.to_ascii_uppercase());
        !self.command.as_ref().is_some_and(asked)
    }

    /// The line, or a placeholder for a message that holds a secret.
    fn shown(&self, text: &str) -> String {
        let pdu = text.trim_end_matches('\u{1a}');
        let read =
            Envelope::<Deliver>::from_hex(pdu).ok().and_then(|decoded| decoded.value.tpdu.text());
        let written =
            Envelope::<Submit>::from_hex(pdu).ok().and_then(|decoded| decoded.value.tpdu.text());
        let secret = self.log.secret();
        let has_secret = |text: &String| logging::has_secret(text, &secret);
        if read.as_ref().is_some_and(has_secret) || written.as_ref().is_some_and(has_secret) {
            return format!("({} bytes of a message with a secret)", pdu.len() / 2);
        }
        text.into()
    }
}

/// The line before its control characters were escaped.
fn plain(escaped: &str) -> String {
    let mut text = String::new();
    let mut rest = escaped.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some('r') => text.push('\r'),
            Some('n') => text.push('\n'),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                text.extend(u8::from_str_radix(&digits, 16).map(char::from));
            }
            other => text.extend(other),
        }
    }
    text
}
