//! A capture of minicom, or the text of any terminal: what the modem sent, with its echo.

use super::Entry;
use crate::log::{At, Clock, Dialogue, is_command};

pub(super) fn is_mark(line: &str) -> bool {
    let line = without_time(line).1;
    is_command(line.as_bytes()) && !line.contains(' ')
        || matches!(line, "OK" | "ERROR" | "RING" | "NO CARRIER")
        || line.starts_with("+CM") && line.contains(" ERROR:")
        || line.starts_with(['+', '^']) && line.contains(": ")
}

pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut clock = Clock::default();
    let mut dialogue = Dialogue::default();
    for (number, line) in (1..).zip(text.lines()) {
        let (time, line) = without_time(line);
        let at = At { line: number, time: clock.read(time) };
        match line.strip_prefix('>') {
            // The prompt, and the echo of what was typed after it.
            Some(payload) => {
                dialogue.modem(b">", at, None);
                let payload = payload.trim();
                if !payload.is_empty() {
                    dialogue.host(payload.as_bytes(), at, None);
                }
            }
            None if is_command(line.as_bytes()) => dialogue.host(line.as_bytes(), at, None),
            None => dialogue.modem(line.as_bytes(), at, None),
        }
    }
    dialogue.entries
}

/// Splits a line into its time in brackets, if it has one, and the rest.
fn without_time(line: &str) -> (&str, &str) {
    let line = line.trim();
    match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((time, rest)) if time.contains(':') => (time, rest.trim()),
        _ => ("", line),
    }
}
