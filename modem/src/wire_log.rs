//! What was written and read, line by line, readable and without secrets.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// Who wrote a line of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a link has two ends")]
pub enum Direction {
    /// The host wrote it to the modem.
    Written,
    /// The host read it from the modem.
    Read,
}

/// One line of a dialogue.
///
/// [`Display`](fmt::Display) gives `> ` or `< ` and the line with its line ends and control characters escaped:
/// `< \r\n+CMGS: 7\r\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireLine {
    direction: Direction,
    text: String,
}

impl WireLine {
    /// Who wrote it.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The line, escaped (`\r`, `\n`, `\xNN`, `\\`), with PINs and passwords masked as `****`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for WireLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.direction {
            Direction::Written => '>',
            Direction::Read => '<',
        };
        write!(f, "{mark} {}", self.text)
    }
}

/// Cuts the bytes of a dialogue into [`WireLine`]s, however they were read and written.
///
/// A line ends at its line end, at Ctrl-Z or ESC, or when the other side begins to speak, as after the prompt `> `.
///
/// ```
/// use modem::{Direction, WireLog};
///
/// let mut log = WireLog::new();
/// let mut lines = Vec::new();
/// log.record(Direction::Written, b"AT+CPIN=\"12", |line| lines.push(line.to_string()));
/// log.record(Direction::Written, b"34\"\r", |line| lines.push(line.to_string()));
/// log.record(Direction::Read, b"\r\nOK\r\n", |line| lines.push(line.to_string()));
/// assert_eq!(lines, [r"> AT+CPIN=****\r", r"< \r\nOK\r\n"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct WireLog {
    pending: Vec<u8>,
    direction: Option<Direction>,
}

/// A line is cut here, so that a peer that never ends one does not fill the memory.
const LONGEST_LINE: usize = 4096;

impl WireLog {
    /// An empty log.
    pub const fn new() -> Self {
        Self {
            pending: Vec::new(),
            direction: None,
        }
    }

    /// Takes `bytes` that moved in `direction`, and hands each line that they end to `line`.
    pub fn record(&mut self, direction: Direction, bytes: &[u8], mut line: impl FnMut(WireLine)) {
        if bytes.is_empty() {
            return;
        }
        if self.direction.is_some_and(|last| last != direction) {
            self.flush(&mut line);
        }
        self.direction = Some(direction);
        for &byte in bytes {
            self.pending.push(byte);
            let ends = match direction {
                Direction::Written => matches!(byte, b'\r' | 0x1A | 0x1B),
                // The empty line before an answer belongs to it.
                Direction::Read => byte == b'\n' && self.pending.iter().any(|byte| !b"\r\n".contains(byte)),
            };
            if ends || self.pending.len() >= LONGEST_LINE {
                self.flush(&mut line);
            }
        }
    }

    /// Hands out what has no line end yet.
    pub fn flush(&mut self, mut line: impl FnMut(WireLine)) {
        if let (Some(direction), false) = (self.direction, self.pending.is_empty()) {
            line(WireLine {
                direction,
                text: masked(&self.pending),
            });
        }
        self.pending.clear();
    }
}

/// Commands whose parameters are secret: PIN, PUK and passwords.
const SECRET: [&[u8]; 5] = [b"+CPIN=", b"+CPIN2=", b"^CPIN=", b"+CPWD=", b"+CLCK="];

/// `bytes` escaped for one line of a log, without the parameters of a command that carries a secret.
pub(crate) fn masked(bytes: &[u8]) -> String {
    let secret = (0..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..)?;
        SECRET.iter().find_map(|name| {
            let head = rest.get(..name.len())?;
            // The test form `=?` has no secret in it.
            (head.eq_ignore_ascii_case(name) && rest.get(name.len()) != Some(&b'?'))
                .then_some(at + name.len())
        })
    });
    let mut text = String::new();
    match secret.and_then(|at| bytes.split_at_checked(at)) {
        None => escape(bytes, &mut text),
        Some((head, rest)) => {
            escape(head, &mut text);
            text.push_str("****");
            let end = rest
                .iter()
                .rposition(|byte| !b"\r\n".contains(byte))
                .map_or(0, |last| last + 1);
            escape(rest.get(end..).unwrap_or_default(), &mut text);
        }
    }
    text
}

fn escape(bytes: &[u8], text: &mut String) {
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::{Direction, WireLog};

    fn lines(moved: &[(Direction, &[u8])]) -> Vec<String> {
        let mut log = WireLog::new();
        let mut lines = Vec::new();
        for &(direction, bytes) in moved {
            log.record(direction, bytes, |line| lines.push(line.to_string()));
        }
        log.flush(|line| lines.push(line.to_string()));
        lines
    }

    use Direction::{Read, Written};

    #[test]
    fn a_line_is_the_same_however_its_bytes_are_cut() {
        let whole = lines(&[
            (Written, b"AT+CMGS=13\r"),
            (Read, b"\r\n> "),
            (Written, b"0011\x1a"),
            (Read, b"\r\n+CMGS: 7\r\n\r\nOK\r\n"),
        ]);
        assert_eq!(
            whole,
            [
                r"> AT+CMGS=13\r",
                r"< \r\n> ",
                r"> 0011\x1A",
                r"< \r\n+CMGS: 7\r\n",
                r"< \r\nOK\r\n"
            ]
        );
        let bytes: Vec<(Direction, &[u8])> = [
            (Written, &b"AT+CMGS=13\r"[..]),
            (Read, b"\r\n> "),
            (Written, b"0011\x1a"),
            (Read, b"\r\n+CMGS: 7\r\n\r\nOK\r\n"),
        ]
        .iter()
        .flat_map(|&(direction, bytes)| bytes.chunks(1).map(move |byte| (direction, byte)))
        .collect();
        assert_eq!(lines(&bytes), whole);
    }

    #[test]
    fn no_secret_is_shown_neither_written_nor_echoed() {
        for (bytes, shown) in [
            (&b"AT+CPIN=\"1234\"\r"[..], r"> AT+CPIN=****\r"),
            (b"at+cpin=1234\r", r"> at+cpin=****\r"),
            (
                b"AT+CMEE=1;+CPIN=\"1234\",\"5678\"\r",
                r"> AT+CMEE=1;+CPIN=****\r",
            ),
            (b"AT+CLCK=\"SC\",0,\"1234\"\r", r"> AT+CLCK=****\r"),
            (b"AT+CPIN?\r", r"> AT+CPIN?\r"),
            (b"AT+CLCK=?\r", r"> AT+CLCK=?\r"),
        ] {
            assert_eq!(lines(&[(Written, bytes)]), [shown]);
        }
        assert_eq!(
            lines(&[(Read, b"AT+CPIN=\"1234\"\r\r\nOK\r\n")]),
            [r"< AT+CPIN=****\r\r\n", r"< OK\r\n"]
        );
    }

    #[test]
    fn a_peer_that_never_ends_a_line_does_not_fill_the_memory() {
        let mut log = WireLog::new();
        let mut count = 0;
        for _ in 0..100 {
            log.record(Read, &[b'x'; 1000], |_| count += 1);
        }
        assert!(log.pending.len() < super::LONGEST_LINE && count >= 24);
    }
}
