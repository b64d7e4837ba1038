//! `ModemManager --debug`: `--> 'AT<CR>'` and `<-- '<CR><LF>OK<CR><LF>'` after the port.

use super::Entry;
use crate::log::{At, Clock};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((head, is_host, text)) = side(line) else { continue };
        // The seconds in brackets are finer than the time that a system log puts before.
        let time =
            head.split('[').filter_map(|part| part.split_once(']')).find_map(|(inner, _)| {
                inner.starts_with(|first: char| first.is_ascii_digit()).then_some(inner)
            });
        let at = At { line: number, time: clock.read(time.unwrap_or(head)) };
        entries.push(Entry { is_host, bytes: unescape(text), at, port: port(head) });
    }
    entries
}

fn side(line: &str) -> Option<(&str, bool, &str)> {
    let (head, is_host, text) = match (line.split_once("--> '"), line.split_once("<-- '")) {
        (Some((head, text)), _) => (head, true, text),
        (None, Some((head, text))) => (head, false, text),
        (None, None) => return None,
    };
    let text = text.trim_end();
    Some((head, is_host, text.strip_suffix('\'').unwrap_or(text)))
}

/// Returns the last word in brackets or parentheses before the mark: `[modem0/ttyUSB0/at]` or
/// `(ttyUSB0)`.
fn port(head: &str) -> Option<String> {
    let inner = head.trim_end().trim_end_matches(':').strip_suffix([']', ')'])?;
    let at = inner.rfind(['[', '('])?;
    let name = inner.get(at + 1..)?;
    // The same port has the name of its modem before, once that is known.
    let is_modem = |modem: &str| {
        modem.strip_prefix("modem").is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let (modem, port) = name.split_once('/').unwrap_or(("", name));
    Some(if is_modem(modem) { port } else { name }.to_owned())
}

/// Returns the bytes: line ends by name, and other bytes that cannot be printed in decimal.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (byte, length) = if rest.starts_with("<CR>") {
            (Some(b'\r'), 4)
        } else if rest.starts_with("<LF>") {
            (Some(b'\n'), 4)
        } else if let Some((byte, length)) = decimal(rest) {
            (Some(byte), length)
        } else {
            (None, first.len_utf8())
        };
        match byte {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(&rest.as_bytes()[..length]),
        }
        rest = &rest[length..];
    }
    bytes
}

/// Returns the byte of an escape such as `\26`, and the length of the escape.
fn decimal(text: &str) -> Option<(u8, usize)> {
    let digits = text.strip_prefix('\\')?;
    let end = digits.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(digits.len()).min(3);
    Some((digits.get(..end)?.parse().ok()?, 1 + end))
}

#[cfg(test)]
mod tests {
    use super::{port, unescape};

    #[test]
    fn escapes_and_ports_are_read() {
        for (text, bytes) in
            [("<CR><LF>> ", "\r\n> "), (r"0011\26", "0011\u{1a}"), ("a<b\\xé", "a<b\\xé")]
        {
            assert_eq!(unescape(text), bytes.as_bytes(), "{text}");
        }
        for (head, name) in [
            ("<debug> [1617466396.498397] [modem0/ttyUSB0/at] ", Some("ttyUSB0/at")),
            ("<debug> (ttyHS2): ", Some("ttyHS2")),
            ("<debug> ", None),
        ] {
            assert_eq!(port(head).as_deref(), name);
        }
    }
}
