//! A log: what the host and the modem wrote, in order, with times where the log has them.

use core::time::Duration;

/// The position of an entry in its log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The time since some moment before the log, if it has times.
    pub(crate) time: Option<Duration>,
}

/// Bytes that one side wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) is_host: bool,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: At,
    /// The port, if the log is about several.
    pub(crate) port: Option<String>,
}

/// A log that has the bytes of the dialogue line by line: its line ends are put back.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    pub(crate) entries: Vec<Entry>,
    /// The host's last line, whose echo is left out.
    written: Vec<u8>,
    /// A prompt is open: the host's next line is a payload.
    prompted: bool,
}

impl Dialogue {
    /// Adds a line that the host wrote.
    pub(crate) fn host(&mut self, line: &[u8], at: At, port: Option<String>) {
        let line = line.trim_ascii();
        self.written = line.to_vec();
        let is_payload = self.prompted && !is_command(line);
        self.prompted = false;
        let ends: [&[u8]; 4] = [b"^Z", b"^M", b"\\1A", b"<SUB>"];
        let line = ends.iter().fold(line, |line, end| line.strip_suffix(*end).unwrap_or(line));
        let mut bytes = line.to_vec();
        let is_ended = line.last().is_some_and(|last| matches!(last, 0x1A | 0x1B | b'\r'));
        match (is_ended, is_payload) {
            (true, _) => {}
            (false, true) => bytes.push(0x1A),
            (false, false) => bytes.push(b'\r'),
        }
        self.entries.push(Entry { is_host: true, bytes, at, port });
    }

    /// Adds a line that the modem wrote.
    pub(crate) fn modem(&mut self, line: &[u8], at: At, port: Option<String>) {
        let line = line.trim_ascii();
        if line.is_empty() || line == self.written {
            // The echo: it comes once.
            self.written.clear();
            return;
        }
        let bytes = if line == b">" {
            self.prompted = true;
            b"\r\n> ".to_vec()
        } else {
            [b"\r\n", line, b"\r\n"].concat()
        };
        self.entries.push(Entry { is_host: false, bytes, at, port });
    }
}

/// Joins what the host wrote in pieces, such as byte by byte, to whole lines.
///
/// The modem's echo of a piece follows the line then.
pub(crate) fn whole_lines(entries: Vec<Entry>) -> Vec<Entry> {
    let mut whole = Vec::new();
    let mut open: Option<Entry> = None;
    // The bytes of the modem during the open line.
    let mut during: Vec<Entry> = Vec::new();
    for entry in entries {
        if entry.is_host {
            let joined = match open.take() {
                Some(mut joined) => {
                    joined.bytes.extend_from_slice(&entry.bytes);
                    joined
                }
                None => entry,
            };
            if joined.bytes.last().is_some_and(|last| matches!(last, b'\r' | b'\n' | 0x1A | 0x1B)) {
                whole.push(joined);
                whole.append(&mut during);
            } else {
                open = Some(joined);
            }
        } else if open.is_some() && during.len() < MAX_DURING && !is_final(&entry.bytes) {
            during.push(entry);
        } else {
            whole.extend(open.take());
            whole.append(&mut during);
            whole.push(entry);
        }
    }
    whole.extend(open);
    whole.append(&mut during);
    whole
}

/// The pieces of an echo that a line of the host waits for.
const MAX_DURING: usize = 1000;

fn is_final(bytes: &[u8]) -> bool {
    bytes.ends_with(b"OK\r\n") || bytes.ends_with(b"ERROR\r\n")
}

pub(crate) fn is_command(bytes: &[u8]) -> bool {
    matches!(bytes, [b'A' | b'a', b'T' | b't' | b'/', ..])
}

/// Reads times of many forms: seconds since some moment, or a time of day, perhaps with a date.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    days: u64,
    last: Option<Duration>,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Clock {
    /// Returns the time that `text` begins with, after anything that is not a time.
    ///
    /// Logs rarely have a date in a form that is sure. A time of day that falls by more than half a
    /// day begins the next one.
    pub(crate) fn read(&mut self, text: &str) -> Option<Duration> {
        let time = time_of_day(text).map(|time| {
            let mut time = time + DAY * u32::try_from(self.days).unwrap_or(u32::MAX);
            if self.last.is_some_and(|last| time + DAY / 2 < last) {
                self.days += 1;
                time += DAY;
            }
            time
        });
        let time = time.or_else(|| seconds(text))?;
        self.last = Some(time);
        Some(time)
    }
}

/// Returns the first `hh:mm:ss` with its fraction.
fn time_of_day(text: &str) -> Option<Duration> {
    let bytes = text.as_bytes();
    let at = (0..bytes.len()).find(|&at| {
        matches!(bytes.get(at..at + 8), Some([a, b, b':', c, d, b':', e, f])
            if [a, b, c, d, e, f].iter().all(|digit| digit.is_ascii_digit()))
            && !at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit())
    })?;
    let number = |start: usize| text.get(start..start + 2)?.parse::<u64>().ok();
    let (hours, minutes, seconds) = (number(at)?, number(at + 3)?, number(at + 6)?);
    let whole = Duration::from_secs(hours * 3600 + minutes * 60 + seconds);
    Some(whole + fraction(text.get(at + 8..)?))
}

/// Returns the first number with six digits or more before its point, or with a point, as seconds.
fn seconds(text: &str) -> Option<Duration> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let rest = text.get(start..)?;
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, after) = rest.split_at(end);
    after.starts_with('.').then_some(())?;
    Some(Duration::from_secs(whole.parse().ok()?) + fraction(after))
}

/// Returns a fraction of a second after its point or comma.
fn fraction(text: &str) -> Duration {
    let digits = text.strip_prefix(['.', ',']).unwrap_or_default();
    let digits: String = digits
        .chars()
        .take_while(char::is_ascii_digit)
        .chain("000000000".chars())
        .take(9)
        .collect();
    Duration::from_nanos(digits.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{At, Clock, Entry, whole_lines};

    #[test]
    fn times_of_many_forms_are_read_and_midnight_begins_a_day() {
        for (text, milliseconds) in [
            ("11:51:20 lte,async", Some(42_680_000)),
            ("jan/02/2026 11:51:20.5", Some(42_680_500)),
            ("11-21 14:41:36.402   682", Some(52_896_402)),
            ("<debug> [1386586483.121483]", Some(1_386_586_483_121)),
            ("     1.009 > AT", Some(1009)),
            ("AT+CSQ", None),
            ("+CSQ: 20,99", None),
        ] {
            let time = Clock::default().read(text);
            assert_eq!(time.map(|time| time.as_millis()), milliseconds, "{text}");
        }
        let mut clock = Clock::default();
        let before = clock.read("23:59:59").unwrap();
        assert_eq!(clock.read("00:00:01").unwrap() - before, Duration::from_secs(2));
    }

    #[test]
    fn a_command_written_byte_by_byte_is_one_line_and_its_echo_follows() {
        let entry = |&(is_host, bytes): &(bool, &str)| Entry {
            is_host,
            bytes: bytes.into(),
            at: At::default(),
            port: None,
        };
        let pieces = [
            (true, "A"),
            (false, "A"),
            (true, "T"),
            (false, "T"),
            (true, "\r"),
            (false, "\r\nOK\r\n"),
            (true, "+++"),
            (false, "\r\nOK\r\n"),
        ];
        let whole = whole_lines(pieces.iter().map(entry).collect());
        let sides: Vec<(bool, &[u8])> =
            whole.iter().map(|entry| (entry.is_host, entry.bytes.as_slice())).collect();
        assert_eq!(
            sides,
            [
                (true, &b"AT\r"[..]),
                (false, b"A"),
                (false, b"T"),
                (false, b"\r\nOK\r\n"),
                (true, b"+++"),
                (false, b"\r\nOK\r\n"),
            ]
        );
    }
}
