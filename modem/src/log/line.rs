//! The dialogue line by line, readable and with secrets masked.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use at_proto::Line;

/// The direction of a line of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a link has two ends")]
pub enum Direction {
    /// From the host to the modem.
    Written,
    /// From the modem to the host.
    Read,
}

/// One line of a dialogue.
///
/// [`Display`](fmt::Display) gives `> ` or `< ` and the line with its line ends and control
/// characters escaped: `< \r\n+CMGS: 7\r\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireLine {
    direction: Direction,
    text: String,
}

impl WireLine {
    /// The direction of the line.
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

impl WireLine {
    /// The line `raw`, masked and escaped.
    pub(crate) fn new(raw: RawLine<'_>) -> Self {
        let mut text = String::new();
        if raw.secret {
            mask(raw.bytes, &mut text);
        } else {
            text = masked(raw.bytes);
        }
        Self { direction: raw.direction, text }
    }

    /// Marks the line as truncated.
    pub(crate) fn cut_short(mut self) -> Self {
        self.text.push_str("...");
        self
    }
}

/// A line as it was transferred, with its secrets.
#[derive(Clone, Copy)]
pub(crate) struct RawLine<'a> {
    pub(crate) direction: Direction,
    pub(crate) bytes: &'a [u8],
    /// `true` if the line continues a secret that an earlier piece of the same line has begun.
    pub(crate) secret: bool,
}

/// Splits the bytes of a dialogue into [`WireLine`]s, independently of how they were read and
/// written.
///
/// A line ends at its line end, at Ctrl-Z or ESC, or when the host begins to write, as after the
/// prompt `> `.
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
#[derive(Clone, Default)]
pub struct WireLog {
    written: Pending,
    read: Pending,
}

/// The unfinished line of one direction.
#[derive(Clone, Default)]
struct Pending {
    bytes: Vec<u8>,
    /// `true` if the line has more than line ends.
    has_text: bool,
    /// `true` if a secret continues in the line.
    secret: bool,
}

/// The maximum length of a line, so that a peer that never ends a line does not fill the memory.
const MAX_LINE_LENGTH: usize = 4096;

impl WireLog {
    /// An empty log.
    pub const fn new() -> Self {
        Self { written: Pending::new(), read: Pending::new() }
    }

    /// Takes `bytes` that moved in `direction`, and passes each finished line to `line`.
    pub fn record(&mut self, direction: Direction, bytes: &[u8], mut line: impl FnMut(WireLine)) {
        self.cut(direction, bytes, |raw| line(WireLine::new(raw)));
    }

    /// Passes the unfinished lines to `line`.
    pub fn flush(&mut self, mut line: impl FnMut(WireLine)) {
        let mut line = |raw: RawLine<'_>| line(WireLine::new(raw));
        self.written.flush(Direction::Written, &mut line);
        self.read.flush(Direction::Read, &mut line);
    }

    /// Splits like [`record`](Self::record), without masking.
    pub(crate) fn cut(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        mut line: impl FnMut(RawLine<'_>),
    ) {
        match direction {
            Direction::Written => {
                // A prompt has no line end. Bytes read between two pieces of one written line are
                // its echo.
                if self.written.bytes.is_empty() && !bytes.is_empty() {
                    self.read.flush(Direction::Read, &mut line);
                }
                self.written.take(direction, bytes, &mut line);
            }
            Direction::Read => self.read.take(direction, bytes, &mut line),
        }
    }

    /// The unfinished lines.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = RawLine<'_>> {
        [self.written.line(Direction::Written), self.read.line(Direction::Read)]
            .into_iter()
            .filter(|line| !line.bytes.is_empty())
    }
}

impl Pending {
    const fn new() -> Self {
        Self { bytes: Vec::new(), has_text: false, secret: false }
    }

    fn line(&self, direction: Direction) -> RawLine<'_> {
        RawLine { direction, bytes: &self.bytes, secret: self.secret }
    }

    fn take(&mut self, direction: Direction, bytes: &[u8], line: &mut impl FnMut(RawLine<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            // There is room for at least one byte, since a full line is flushed.
            let room = MAX_LINE_LENGTH.saturating_sub(self.bytes.len()).max(1);
            let end = rest.iter().position(|byte| match direction {
                Direction::Written => matches!(byte, b'\r' | 0x1A | 0x1B),
                Direction::Read => *byte == b'\n',
            });
            let count = end.map_or(rest.len(), |end| end.saturating_add(1)).min(room);
            let (piece, tail) = rest.split_at(count);
            self.has_text |= piece.iter().any(|byte| !is_line_end(*byte));
            self.bytes.extend_from_slice(piece);
            rest = tail;
            // The empty line before an answer is part of its line.
            let ended = end.is_some_and(|end| end < count)
                && (direction == Direction::Written || self.has_text);
            if ended || self.bytes.len() >= MAX_LINE_LENGTH {
                line(self.line(direction));
                self.clear(ended);
            }
        }
    }

    fn flush(&mut self, direction: Direction, line: &mut impl FnMut(RawLine<'_>)) {
        if !self.bytes.is_empty() {
            line(self.line(direction));
            self.clear(false);
        }
    }

    /// Begins the next line, or the next piece of the same line, which continues its secret.
    fn clear(&mut self, ended: bool) {
        self.secret = !ended && (self.secret || secret_at(&self.bytes).is_some());
        self.has_text = false;
        self.bytes.clear();
    }
}

impl fmt::Debug for WireLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.unfinished().map(WireLine::new)).finish()
    }
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Commands whose parameters are secret: PIN, PUK and passwords.
const SECRET: [&[u8]; 5] = [b"+CPIN=", b"+CPIN2=", b"^CPIN=", b"+CPWD=", b"+CLCK="];

/// The start of the parameters of a command that has a secret.
fn secret_at(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).find_map(|at| {
        let rest = bytes.get(at..).filter(|rest| matches!(rest, [b'+' | b'^', ..]))?;
        SECRET.iter().find_map(|name| {
            let head = rest.get(..name.len())?;
            // The test form `=?` has no secret.
            (head.eq_ignore_ascii_case(name) && rest.get(name.len()) != Some(&b'?'))
                .then(|| at.saturating_add(name.len()))
        })
    })
}

/// `bytes` escaped for one line of a log, with the parameters of a secret command masked.
pub(crate) fn masked(bytes: &[u8]) -> String {
    let mut text = String::new();
    match secret_at(bytes).and_then(|at| bytes.split_at_checked(at)) {
        None => escape(bytes, &mut text),
        Some((head, rest)) => {
            escape(head, &mut text);
            mask(rest, &mut text);
        }
    }
    text
}

/// A line of a foreign exchange as text: a command of another program may have a secret.
pub(crate) fn masked_line(line: &Line) -> String {
    match secret_at(line.as_bytes()) {
        None => line.to_text(),
        Some(_) => masked(line.as_bytes()),
    }
}

/// Writes `****` instead of `bytes`, and their line end.
fn mask(bytes: &[u8], text: &mut String) {
    text.push_str("****");
    let line_end = bytes.iter().rev().take_while(|byte| is_line_end(**byte)).count();
    escape(bytes.split_at(bytes.len().saturating_sub(line_end)).1, text);
}

fn escape(bytes: &[u8], text: &mut String) {
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                text.push_str("\\x");
                for half in [byte >> 4, byte & 0x0F] {
                    let digit = char::from_digit(half.into(), 16);
                    text.extend(digit.map(|digit| digit.to_ascii_uppercase()));
                }
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
            [r"> AT+CMGS=13\r", r"< \r\n> ", r"> 0011\x1A", r"< \r\n+CMGS: 7\r\n", r"< \r\nOK\r\n"]
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
            (b"AT+CMEE=1;+CPIN=\"1234\",\"5678\"\r", r"> AT+CMEE=1;+CPIN=****\r"),
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
    fn a_secret_stays_hidden_where_its_line_is_cut_by_the_echo_or_by_the_next_command() {
        for (moved, shown) in [
            (
                // Written byte by byte, with the echo in between.
                &[
                    (Written, &b"AT+CPIN=\"12"[..]),
                    (Read, b"AT+CPIN=\"12"),
                    (Written, b"34\"\r"),
                    (Read, b"34\"\r\r\nOK\r\n"),
                ][..],
                &[r"> AT+CPIN=****\r", r"< AT+CPIN=****\r\r\n", r"< OK\r\n"][..],
            ),
            (
                // The echo stalls, and the next command is written before its end.
                &[
                    (Written, b"AT+CPIN=\"1234\"\r"),
                    (Read, b"AT+CPIN=\"12"),
                    (Written, b"AT\r"),
                    (Read, b"34\"\r\r\nOK\r\n"),
                ],
                &[r"> AT+CPIN=****\r", r"< AT+CPIN=****", r"> AT\r", r"< ****\r\r\n", r"< OK\r\n"],
            ),
        ] {
            assert_eq!(lines(moved), shown);
        }
        let long = [&b"AT+CPWD=\"SC\",\"1234\""[..], &[b'7'; 5000], b"\r"].concat();
        assert!(lines(&[(Written, &long)]).iter().all(|line| !line.contains("7777")));
    }

    #[test]
    fn a_peer_that_never_ends_a_line_does_not_fill_the_memory() {
        let mut log = WireLog::new();
        let mut count = 0;
        for _ in 0..100 {
            log.record(Read, &[b'x'; 1000], |_| count += 1);
        }
        assert!(log.read.bytes.len() < super::MAX_LINE_LENGTH && count >= 24);
    }
}
