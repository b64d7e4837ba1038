//! The last lines of the dialogue, kept for the report of a failure.

use alloc::vec::Vec;
use core::fmt;

use pdu::collections::Deque;

use super::line::{Direction, RawLine, WireLine, WireLog};

/// A ring of the last lines. A line is masked only when it is read from the ring, so that keeping
/// it costs no more than a copy.
pub(crate) struct Recent {
    log: WireLog,
    kept: Deque<Kept>,
    max: usize,
    /// The bytes that were offered for writing and are not reported as written.
    offered: Vec<u8>,
}

#[derive(Debug)]
struct Kept {
    direction: Direction,
    bytes: Vec<u8>,
    secret: bool,
    cut_short: bool,
}

/// The kept length of a longer line: the longest answers of the standard, PDUs in hexadecimal
/// digits, are shorter.
const MAX_KEPT_LENGTH: usize = 512;

/// Without the feature no line is kept, whatever the configuration says.
const KEEPS_LINES: bool = cfg!(feature = "recent-lines");

impl Recent {
    /// Keeps the last `max` lines.
    pub(crate) const fn new(max: usize) -> Self {
        Self { log: WireLog::new(), kept: Deque::new(), max, offered: Vec::new() }
    }

    /// Records bytes that were read.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.record(Direction::Read, bytes);
    }

    /// Records bytes that are offered for writing; [`written`](Self::written) reports the number of
    /// bytes that were written.
    pub(crate) fn offered(&mut self, bytes: &[u8]) {
        if self.is_wanted() {
            self.offered.clear();
            self.offered.extend_from_slice(bytes);
        }
    }

    /// Records that the first `count` of the offered bytes were written.
    pub(crate) fn written(&mut self, count: usize) {
        let count = count.min(self.offered.len());
        let mut offered = core::mem::take(&mut self.offered);
        self.record(Direction::Written, offered.get(..count).unwrap_or_default());
        offered.drain(..count);
        self.offered = offered;
    }

    /// The last lines, oldest first, with secrets masked. An unfinished line is the last.
    pub(crate) fn lines(&self) -> Vec<WireLine> {
        if !self.keeps() {
            return Vec::new();
        }
        let unfinished = self.log.unfinished().map(|raw| {
            let (raw, cut_short) = shortened(raw);
            line(raw, cut_short)
        });
        let mut lines: Vec<WireLine> = self
            .kept
            .iter()
            .map(|kept| line(kept.raw(), kept.cut_short))
            .chain(unfinished)
            .collect();
        lines.drain(..lines.len().saturating_sub(self.max));
        lines
    }

    const fn keeps(&self) -> bool {
        KEEPS_LINES && self.max > 0
    }

    fn is_wanted(&self) -> bool {
        self.keeps() || super::tracing::is_wanted()
    }

    fn record(&mut self, direction: Direction, bytes: &[u8]) {
        if !self.is_wanted() {
            return;
        }
        let Self { log, kept, max, .. } = self;
        log.cut(direction, bytes, |raw| {
            super::tracing::line(raw);
            keep(kept, *max, raw);
        });
    }
}

impl Kept {
    fn raw(&self) -> RawLine<'_> {
        RawLine { direction: self.direction, bytes: &self.bytes, secret: self.secret }
    }
}

/// Puts a line into the ring; a full ring reuses the memory of the oldest line.
fn keep(kept: &mut Deque<Kept>, max: usize, raw: RawLine<'_>) {
    let mut bytes = if kept.len() < max {
        Vec::new()
    } else {
        match kept.pop_front() {
            Some(oldest) => oldest.bytes,
            // The ring keeps nothing.
            None => return,
        }
    };
    let (raw, cut_short) = shortened(raw);
    bytes.clear();
    bytes.extend_from_slice(raw.bytes);
    kept.push_back(Kept { direction: raw.direction, bytes, secret: raw.secret, cut_short });
}

fn shortened(raw: RawLine<'_>) -> (RawLine<'_>, bool) {
    match raw.bytes.get(..MAX_KEPT_LENGTH) {
        Some(bytes) if raw.bytes.len() > MAX_KEPT_LENGTH => (RawLine { bytes, ..raw }, true),
        _ => (raw, false),
    }
}

fn line(raw: RawLine<'_>, cut_short: bool) -> WireLine {
    let line = WireLine::new(raw);
    if cut_short { line.cut_short() } else { line }
}

/// Omits the lines, since they have secrets.
impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}

#[cfg(all(test, feature = "recent-lines"))]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use super::{MAX_KEPT_LENGTH, Recent};

    fn write(recent: &mut Recent, bytes: &[u8], at_a_time: usize) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = rest.len().min(at_a_time);
            recent.offered(rest);
            recent.written(count);
            rest = &rest[count..];
        }
    }

    fn shown(recent: &Recent) -> Vec<String> {
        recent.lines().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_last_lines_are_kept_whatever_the_pieces_in_which_they_were_written_and_read() {
        for pieces in [1, 3, 100] {
            let mut recent = Recent::new(4);
            for number in 0..10 {
                write(&mut recent, format!("AT+CMGR={number}\r").as_bytes(), pieces);
                for piece in format!("\r\n+CMS ERROR: {number}\r\n").as_bytes().chunks(pieces) {
                    recent.read(piece);
                }
            }
            write(&mut recent, b"AT+CM", pieces);
            let expected = [
                r"< \r\n+CMS ERROR: 8\r\n",
                r"> AT+CMGR=9\r",
                r"< \r\n+CMS ERROR: 9\r\n",
                "> AT+CM",
            ];
            assert_eq!(shown(&recent), expected, "{pieces} at a time");
        }
    }

    #[test]
    fn what_was_offered_and_not_written_is_not_in_it() {
        let mut recent = Recent::new(4);
        recent.offered(b"AT+CSQ\r");
        recent.written(3);
        recent.offered(b"CSQ\r");
        assert_eq!(shown(&recent), ["> AT+"]);
        recent.written(100);
        assert_eq!(shown(&recent), [r"> AT+CSQ\r"]);
    }

    #[test]
    fn no_secret_comes_out_of_it_and_none_of_it_is_kept_where_it_is_switched_off() {
        for max in [0, 1, 32] {
            let mut recent = Recent::new(max);
            write(&mut recent, b"AT+CPIN=\"1234\"\r", 5);
            recent.read(b"AT+CPIN=\"1234\"\r\r\nOK\r\n");
            write(&mut recent, b"AT+CPIN=\"1234", 100);
            assert!(!format!("{recent:?}").contains("1234"), "{recent:?}");
            assert_eq!(shown(&recent).len(), max.min(4), "{recent:?}");
        }
    }

    #[test]
    fn its_memory_has_a_bound_and_a_full_ring_takes_none_for_the_next_line() {
        let mut recent = Recent::new(32);
        let fill = allocation_counter::measure(|| {
            for _ in 0..100 {
                write(&mut recent, &[&[b'x'; 5000][..], b"\r"].concat(), 700);
                recent.read(&[&[b'y'; 5000][..], b"\n"].concat());
            }
        });
        let bound = 32 * (MAX_KEPT_LENGTH + 64) + 3 * 8192;
        assert!(
            usize::try_from(fill.bytes_current).unwrap() < bound,
            "{} bytes of {bound}",
            fill.bytes_current
        );
        let more = allocation_counter::measure(|| {
            for _ in 0..1000 {
                recent.offered(b"AT+CSQ\r");
                recent.written(7);
                recent.read(b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
            }
        });
        assert_eq!(more.count_total, 0);
        assert!(shown(&recent).iter().all(|line| line.len() < 30));
    }
}
