//! The reader of lines: CR LF, CR CR LF, LF and CR end a line, a prompt has no end.

use alloc::vec::Vec;
use core::{fmt, mem};

use super::answer::trimmed;
use super::flight::{DataLine, Stage};
use super::unsolicited::Unfinished;
use super::{Engine, Instant};
use crate::event::{Event, Overflow, Reason};
use crate::line::Line;

pub(super) struct Reader {
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The maximum length of a line.
    pub(super) limit: usize,
    /// The length below which a byte can only continue the line: the limit, or zero if no line has
    /// begun.
    continues_below: usize,
    /// The line exceeded its limit.
    overlong: bool,
    /// A prompt precedes the line.
    pub(super) after_prompt: bool,
    /// The line began before the command line in flight was written, so that it cannot answer it.
    pub(super) old: bool,
    /// Line feeds since the last line that was not empty; two are a blank line.
    feeds: u8,
}

impl Reader {
    pub(super) const fn new(limit: usize) -> Self {
        let mut reader = Self {
            line: Vec::new(),
            limit,
            continues_below: 0,
            overlong: false,
            after_prompt: false,
            old: false,
            feeds: 0,
        };
        reader.set_limit(limit);
        reader
    }

    /// Sets the maximum length of a line; it is never less than 64.
    pub(super) const fn set_limit(&mut self, limit: usize) {
        self.limit = if limit < 64 { 64 } else { limit };
        if self.continues_below > 0 {
            self.continues_below = self.limit;
        }
    }

    /// Returns `true` if a byte above CR can only continue the line, which has room for it.
    #[inline]
    fn is_within_a_line(&self) -> bool {
        self.line.len() < self.continues_below && self.line.len() < self.line.capacity()
    }

    /// Adds bytes to the line, up to its limit.
    fn keep(&mut self, part: &[u8]) {
        let room = self.limit.saturating_sub(self.line.len());
        let kept = part.get(..room);
        self.overlong |= kept.is_some_and(|kept| kept.len() < part.len());
        self.line.extend_from_slice(kept.unwrap_or(part));
        self.continues_below = self.limit;
    }
}

/// Masks the bytes, which may be the echo of a secret.
impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("line", &format_args!("{} bytes", self.line.len()))
            .field("overlong", &self.overlong)
            .field("after_prompt", &self.after_prompt)
            .field("old", &self.old)
            .field("feeds", &self.feeds)
            .finish()
    }
}

impl Engine {
    /// Takes bytes that were read, in pieces of any size.
    ///
    /// They count before a deadline that is noticed at the same `now`.
    #[inline]
    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.advance(now);
        match bytes {
            // Many ports deliver one byte at a time, and most of them lie within a line.
            [byte] if *byte > b'\r' && self.reader.is_within_a_line() => {
                self.reader.line.push(*byte);
            }
            bytes if self.open => self.take(bytes),
            _ => {}
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&first, tail)) = rest.split_first() {
            if self.reader.line.is_empty()
                && (is_line_end(first) || self.may_prompt(first))
                && self.is_before_line(first)
            {
                rest = tail;
                continue;
            }
            let end = line_end(rest).unwrap_or(rest.len());
            let (part, tail) = rest.split_at(end);
            let Some((&end, tail)) = tail.split_first() else {
                self.reader.keep(part);
                return;
            };
            if self.reader.line.is_empty() && part.len() <= self.reader.limit {
                self.end_of_line(part, end);
            } else {
                self.reader.keep(part);
                let line = mem::take(&mut self.reader.line);
                self.end_of_line(&line, end);
                self.reader.line = line;
                self.reader.line.clear();
                self.reader.continues_below = 0;
            }
            rest = match tail {
                // The usual end, at once: only a quoted text takes its second byte.
                [b'\n', tail @ ..] if end == b'\r' && !self.is_within_quotes() => {
                    self.reader.feeds = 1;
                    tail
                }
                tail => tail,
            };
        }
    }

    fn is_within_quotes(&self) -> bool {
        matches!(self.unfinished, Some(Unfinished::Quotes(_)))
    }

    /// Ends reading with the link: an unfinished line stays unfinished.
    pub(super) fn end_reading(&mut self) {
        let reader = Reader::new(self.reader.limit);
        let line = mem::replace(&mut self.reader, reader).line;
        if !line.is_empty() {
            self.events.push(Event::UnknownLine(line.into()));
        }
    }

    // Serial ports usually deliver byte by byte, so code that runs once a line is kept out of that
    // path.
    #[inline(never)]
    fn end_of_line(&mut self, line: &[u8], end: u8) {
        self.reader.feeds = u8::from(end == b'\n');
        if mem::take(&mut self.reader.overlong) {
            if let Some(flight) = &mut self.flight {
                flight.truncated = true;
            }
            self.events.push(Event::Overflow(Overflow::Line(Line::of(line))));
        } else if self.is_announced(line) {
            self.answer(line, DataLine::None);
        } else if let Some(data_line) = self.announced_by(line) {
            self.answer(line, data_line);
        } else if self.is_within_quotes() {
            self.continue_quotes(line, end);
        } else {
            self.classify(line, end);
        }
        self.reader.after_prompt = false;
        self.reader.old = false;
    }

    /// Notes that a command line was written: the line that was being read then is older.
    ///
    /// Noise does not make a line: the whole answer may follow it.
    pub(super) fn mark_old(&mut self) {
        self.reader.old = self.reader.overlong || !trimmed(&self.reader.line).is_empty();
    }

    /// Handles a line end without a line: the second byte of CR LF, or a blank line.
    fn end_of_nothing(&mut self, end: u8) {
        self.reader.after_prompt = false;
        self.reader.feeds = self.reader.feeds.saturating_add(u8::from(end == b'\n'));
        let is_blank = self.reader.feeds >= 2;
        match &mut self.unfinished {
            Some(Unfinished::Quotes(_)) => self.continue_quotes(&[], end),
            Some(Unfinished::Text { blank, .. }) => *blank |= is_blank,
            Some(Unfinished::Pdu { .. }) => {}
            None => {
                if let Some(DataLine::Text { blank }) =
                    self.flight.as_mut().map(|flight| &mut flight.data_line)
                {
                    *blank |= is_blank;
                }
            }
        }
    }

    /// Returns `true` if a byte looks like a prompt, or like the space after one.
    fn may_prompt(&self, first: u8) -> bool {
        self.reader.after_prompt || self.dialect.prompts.contains(&first)
    }

    /// Takes a byte that does not begin a line: a line end, a prompt, the space after a prompt.
    #[inline(never)]
    fn is_before_line(&mut self, first: u8) -> bool {
        if is_line_end(first) {
            self.end_of_nothing(first);
            return true;
        }
        self.reader.after_prompt && first == b' ' || self.takes_prompt(first)
    }

    /// Takes a prompt, which counts only at the start of a line and where one is due.
    fn takes_prompt(&mut self, first: u8) -> bool {
        if !self.dialect.prompts.contains(&first)
            || !matches!(self.unfinished, None | Some(Unfinished::Pdu { .. }))
        {
            return false;
        }
        if self.takes_ussd_prompt() {
            self.reader.after_prompt = true;
            return true;
        }
        let Some(flight) = &self.flight else { return false };
        if !flight.request.expect.prompt || flight.answered {
            return false;
        }
        let (id, stage) = (flight.id, flight.stage);
        if self.resync.is_some() {
            if !self.prompted_late() {
                return false;
            }
        } else if !flight.written {
            return false;
        } else if stage == Stage::Line {
            self.events.push(Event::Prompt { id });
            if self.flight.as_ref().is_some_and(|flight| flight.request.payload.is_some()) {
                self.send_payload();
            } else {
                self.give_up(Reason::NoPayload);
            }
        }
        // Later prompts come after each line of a text.
        self.reader.after_prompt = true;
        true
    }
}

#[inline]
pub(super) const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The position of the first line end.
#[inline]
fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0usize;
    loop {
        at = at.saturating_add(text_length(bytes.get(at..)?));
        if is_line_end(*bytes.get(at)?) {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}

/// The number of bytes above CR before any other byte.
#[inline]
fn text_length(bytes: &[u8]) -> usize {
    let mut rest = after_blocks::<32>(bytes);
    while let Some((word, tail)) = rest.split_first_chunk() {
        let others = not_above_cr(usize::from_le_bytes(*word));
        if others != 0 {
            let text = others.trailing_zeros() as usize / 8;
            return bytes.len().saturating_sub(rest.len()).saturating_add(text);
        }
        rest = tail;
    }
    let text = rest.iter().take_while(|&&byte| byte > b'\r').count();
    bytes.len().saturating_sub(rest.len()).saturating_add(text)
}

/// The bytes after all blocks of `N` bytes above CR.
#[inline]
fn after_blocks<const N: usize>(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((block, tail)) = rest.split_first_chunk::<N>() {
        // Without an early exit the compiler looks at all bytes together.
        if !block.iter().fold(true, |all, &byte| all & (byte > b'\r')) {
            break;
        }
        rest = tail;
    }
    rest
}

/// A word whose lowest bit is in the first byte that is not above CR; zero if all are.
#[inline]
const fn not_above_cr(word: usize) -> usize {
    const ABOVE: usize = usize::from_ne_bytes([b'\r' + 1; size_of::<usize>()]);
    const HIGHEST_BITS: usize = usize::from_ne_bytes([0x80; size_of::<usize>()]);
    word.wrapping_sub(ABOVE) & !word & HIGHEST_BITS
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{Dialect, Request};

    #[test]
    fn a_line_end_is_found_wherever_it_is() {
        for length in 0..100 {
            for other in [b'a', b'\t', 0, 0xFF] {
                let mut bytes = vec![b'A'; length];
                for at in (0..length).step_by(5) {
                    bytes[at] = other;
                }
                assert_eq!(line_end(&bytes), None, "{other} {length}");
                for (at, end) in (0..length).flat_map(|at| [(at, b'\r'), (at, b'\n')]) {
                    let kept = mem::replace(&mut bytes[at], end);
                    assert_eq!(line_end(&bytes), Some(at), "{other} {at} of {length}");
                    bytes[at] = kept;
                }
            }
        }
    }

    /// An engine that has read these bytes after a command.
    fn after(dialect: &Dialect, command: &str, bytes: &[u8]) -> Engine {
        let mut engine = Engine::new(dialect.clone());
        engine.handle_opened(Instant::ZERO);
        engine.submit(Request::raw(command).unwrap(), Instant::ZERO).unwrap();
        let written = engine.poll_transmit().map_or(0, <[u8]>::len);
        engine.handle_transmitted(written, Instant::ZERO);
        engine.handle_input(bytes, Instant::ZERO);
        engine
    }

    /// All events of an engine, after the end of a listing.
    fn events(mut engine: Engine) -> Vec<Event> {
        engine.handle_input(b"0004AABBCCDDEE\r\n+CMGL: 2,1,,0\r\nOK\r\n", Instant::ZERO);
        Vec::from_iter(core::iter::from_fn(|| engine.poll_event()))
    }

    #[test]
    fn an_announced_line_is_read_as_any_other() {
        for line in ["0004AABBCCDDEE", "0191AABBCCDDEEFF", "0004AA?BCCDDEE", "0004aabbccdd\x1b\0"] {
            let engine = || after(&Dialect::default(), "AT+CMGL=4", b"+CMGL: 1,1,,6\r\n");
            let (mut ours, mut naive) = (engine(), engine());
            assert!(ours.is_announced(line.as_bytes()), "{line}");
            ours.end_of_line(line.as_bytes(), b'\r');
            naive.classify(line.as_bytes(), b'\r');
            assert_eq!(events(ours), events(naive), "{line}");
        }
    }

    #[test]
    fn a_header_of_a_listing_is_read_as_any_other() {
        let plain = Dialect::default;
        let odd = |change: &dyn Fn(&mut Dialect)| {
            let mut dialect = plain();
            change(&mut dialect);
            dialect
        };
        let failing = odd(&|dialect| dialect.failures.push("+CMGL: 1,1,,6".into()));
        let ending = odd(&|dialect| dialect.final_names.push("+CMGL".into()));
        let quoting = odd(&|dialect| dialect.with_line_ends.push("+CMGL".into()));
        let header = "+CMGL: 1,1,,6";
        for (dialect, command, before, line, is_header) in [
            (plain(), "AT+CMGL=4", "", header, true),
            (plain(), "AT+CMGL", "+CMTI: \"SM\",1\r\n", "+CMGL:1,1,,6", true),
            (plain(), "AT+CMGL=4", "+CMGL: 0,1,,6\r\n0004AABBCCDDEE\r\n", header, true),
            (plain(), "AT+CMGL=4", "", "+CMGL: 1,\"REC READ\",\"+371\"", true),
            (plain(), "AT+CSQ;+CMGL=4", "", header, true),
            // A lost data line, a text that is due, and a URC with a data line.
            (plain(), "AT+CMGL=4", "+CMGL: 0,1,,6\r\n", header, false),
            (plain(), "AT+CMGL=4", "+CMGL: 0,\"REC READ\",\"+371\"\r\n", header, false),
            (plain(), "AT+CMGL=4", "+CMT: ,6\r\n", header, false),
            // Noise at the end, another name, another command.
            (plain(), "AT+CMGL=4", "", "+CMGL: 1,1,,6 ", false),
            (plain(), "AT+CMGL=4", "", "+CMGLX: 1,1,,6", false),
            (plain(), "AT+CMGL=?", "", header, false),
            (plain(), "AT+CPBR=1,9;+CMGR=1", "", header, false),
            (plain(), "AT+CLAC;+CMGL=4", "", header, false),
            // Dialects in which such a line may be something else.
            (failing, "AT+CMGL=4", "", header, false),
            (ending, "AT+CMGL=4", "", header, false),
            (quoting, "AT+CMGL=4", "", "+CMGL: 1,\"", false),
        ] {
            let engine = || after(&dialect, command, before.as_bytes());
            let (mut ours, mut naive) = (engine(), engine());
            let found = ours.announced_by(line.as_bytes());
            assert_eq!(
                found.is_some(),
                is_header && cfg!(feature = "fast"),
                "{command} {before} {line}"
            );
            ours.end_of_line(line.as_bytes(), b'\r');
            naive.classify(line.as_bytes(), b'\r');
            assert_eq!(events(ours), events(naive), "{command} {before} {line}");
        }
    }
}
