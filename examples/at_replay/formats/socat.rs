//! `socat -x -v`: a line with side, time and length, then the bytes in hexadecimal digits.

use super::Entry;
use crate::log::{At, Clock, whole_lines};

pub(super) fn is_mark(line: &str) -> bool {
    side(line).is_some()
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut clock = Clock::default();
    let mut left = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some((is_host, length)) = side(line) {
            left = length;
            let at = At { line: number, time: clock.read(&time(line)) };
            entries.push(Entry { is_host, bytes: Vec::new(), at, port: None });
        } else if let (Some(entry), true) = (entries.last_mut(), left > 0) {
            // The characters follow the digits after two spaces.
            let digits = line.trim_start().split("  ").next().unwrap_or_default();
            for byte in digits.split(' ').map_while(|byte| u8::from_str_radix(byte, 16).ok()) {
                if left > 0 {
                    entry.bytes.push(byte);
                    left -= 1;
                }
            }
        }
    }
    entries.retain(|entry| !entry.bytes.is_empty());
    whole_lines(entries)
}

/// Returns the line with its microseconds in six digits: versions before 1.8 write nine, the first
/// three being zeros.
fn time(line: &str) -> String {
    match line.split_once('.') {
        Some((before, after)) if after.starts_with("000") => {
            let digits = after.chars().take_while(char::is_ascii_digit).count();
            let after = if digits == 9 { &after[3..] } else { after };
            format!("{before}.{after}")
        }
        _ => line.to_owned(),
    }
}

/// Returns the side and the length of `> 2026/11/27 17:59:04.000507  length=3 from=0 to=2`.
fn side(line: &str) -> Option<(bool, usize)> {
    let is_host = line.starts_with("> ");
    (is_host || line.starts_with("< ")).then_some(())?;
    let (_, rest) = line.split_once(" length=")?;
    let (length, rest) = rest.split_once(' ')?;
    rest.starts_with("from=").then_some(())?;
    Some((is_host, length.parse().ok()?))
}
