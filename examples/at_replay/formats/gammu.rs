//! gammu with `logformat = textall` or `textalldate`, and gammu-smsd with `debuglevel = 255`.
//!
//! A line `SENDING frame` or `RECEIVED frame` precedes a dump: two digits and the character of each
//! byte, with `|` between.

use super::Entry;
use crate::log::{At, Clock};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some() || !cells(line).is_empty()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut entries: Vec<Entry> = Vec::new();
    // The bytes of the frame that are still to come.
    let mut left = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some((is_host, length)) = side(line) {
            left = length;
            let at = At { line: number, time: clock.read(line) };
            entries.push(Entry { is_host, bytes: Vec::new(), at, port: None });
            continue;
        }
        let (Some(entry), true) = (entries.last_mut(), left > 0) else { continue };
        let mut cells = cells(line);
        cells.truncate(left);
        left -= cells.len();
        entry.bytes.append(&mut cells);
    }
    entries.retain(|entry| !entry.bytes.is_empty());
    without_repeats(entries)
}

/// Removes what a frame repeats: after a prompt gammu shows the answer from its beginning again.
fn without_repeats(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut prompted: Vec<u8> = Vec::new();
    for entry in &mut entries {
        if entry.is_host {
            continue;
        }
        if let (Some(rest), false) = (entry.bytes.strip_prefix(&*prompted), prompted.is_empty()) {
            entry.bytes = rest.to_vec();
        }
        prompted = if entry.bytes.ends_with(b"> ") { entry.bytes.clone() } else { Vec::new() };
    }
    entries
}

/// Returns the side of a frame, and its length.
fn side(line: &str) -> Option<(bool, usize)> {
    let is_host = line.contains("SENDING frame");
    (is_host || line.contains("RECEIVED frame")).then_some(())?;
    let length = line.rsplit_once('/')?.1.trim();
    Some((is_host, length.parse().ok()?))
}

/// Returns the bytes of a line of a dump.
fn cells(line: &str) -> Vec<u8> {
    let line = without_prefix(line);
    // The third character is the byte itself, in any character set, or a space.
    let characters: Vec<char> = line.chars().take(64).collect();
    let cell = |at: usize| -> Option<u8> {
        let (high, low) =
            (characters.get(at)?.to_digit(16)?, characters.get(at + 1)?.to_digit(16)?);
        let byte = u8::try_from(high << 4 | low).ok()?;
        let shown = *characters.get(at + 2)?;
        (shown == char::from(byte) || shown == ' ' || !shown.is_ascii()).then_some(byte)
    };
    (0..16)
        .map_while(|index| {
            let is_next = index == 0 || characters.get(4 * index - 1) == Some(&'|');
            is_next.then(|| cell(4 * index)).flatten()
        })
        .collect()
}

/// Returns the line without a date, and without the names that gammu-smsd writes after it.
fn without_prefix(line: &str) -> &str {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let bytes = line.as_bytes();
    // The time of day ends the date.
    let time = (0..bytes.len().min(40)).find(|&at| {
        matches!(bytes.get(at..at + 8), Some([a, b, b':', c, d, b':', e, f])
            if [a, b, c, d, e, f].into_iter().all(is_digit))
    });
    let Some(mut rest) = time.and_then(|at| line.get(at + 8..)) else { return line };
    rest = rest.trim_start_matches([':', ' ']);
    while let Some((name, after)) = rest.split_once(": ") {
        if !name.starts_with("gammu") {
            break;
        }
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{cells, side};

    #[test]
    fn a_dump_is_read_with_and_without_a_date() {
        for (line, bytes) in [
            ("41A|54T|0D                                                      AT.", "AT\r"),
            ("Fri 2026/11/27 18:51:13: 41A|54T|0D |0A                  AT..", "AT\r\n"),
            ("Mon 2015/08/17 18:14:46 gammu-smsd[1902]: gammu: 2B+|3A:|20           +: ", "+: "),
            ("AT reply state: 1", ""),
            ("1 \"AT\"", ""),
        ] {
            assert_eq!(cells(line), bytes.as_bytes(), "{line}");
        }
        let line =
            "Mon 2015/08/17 18:14:46 gammu-smsd[1902]: gammu: SENDING frametype 0x00/length 0x09/9";
        assert_eq!(side(line), Some((true, 9)));
    }
}
