//! Recordings of this project: `> ` begins a line of the host, `< ` one of the modem, with escapes.
//!
//! The logs of the library and of the example `simulator` are such, with a time before.

use super::Entry;
use crate::log::{At, Clock};

pub(super) fn is_mark(line: &str) -> bool {
    parts(line).is_some_and(|(_, _, text)| !text.contains(" length="))
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((before, is_host, text)) = parts(line) else { continue };
        let at = At { line: number, time: clock.read(before) };
        let bytes = unescape(text.as_bytes());
        entries.push(Entry { is_host, bytes, at, port: None });
    }
    entries
}

/// Splits a line into what precedes its mark, the side, and the text.
fn parts(line: &str) -> Option<(&str, bool, &str)> {
    let at = line.find(['<', '>'])?;
    let (before, text) = line.split_at(at);
    // A time, or nothing.
    let is_time = |character: char| character.is_ascii_digit() || " .:[]T+-Z/".contains(character);
    before.chars().all(is_time).then_some(())?;
    let is_host = text.starts_with('>');
    let text = text.get(1..).unwrap_or_default();
    Some((before, is_host, text.strip_prefix(' ').unwrap_or(text)))
}

/// Returns the bytes of a line with `\r \n \t \\ \" \' \xNN` as escapes.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let digit =
            |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (byte, tail) = match (first, tail) {
            (b'\\', [b'r', tail @ ..]) => (b'\r', tail),
            (b'\\', [b'n', tail @ ..]) => (b'\n', tail),
            (b'\\', [b't', tail @ ..]) => (b'\t', tail),
            (b'\\', [escaped @ (b'\\' | b'"' | b'\''), tail @ ..]) => (*escaped, tail),
            (b'\\', [b'x', high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, after),
                _ => (first, tail),
            },
            _ => (first, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    bytes
}
