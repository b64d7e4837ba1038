//! URCs of more than one line, 3GPP TS 27.005, 3.4.1, and TS 27.007, 7.15.

use alloc::vec::Vec;

use super::flight::DataLine;
use super::input::is_line_end;
use super::{Engine, Event, Timer};
use crate::urc::{self, Row, Urc};
use crate::vocabulary::is_answer_only;

/// A URC whose rest is still to come.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// A header before bytes in hexadecimal.
    ///
    /// `later` is set if a header of the answer followed, which then takes the first data line.
    Pdu { header: Vec<u8>, length: Option<usize>, later: bool },
    /// A header before a text.
    Text { header: Vec<u8>, blank: bool },
    /// A quoted text that continues after the line end, as received.
    Quotes(Vec<u8>),
}

impl Engine {
    /// Handles a named line that is not part of an answer: emits a URC, or keeps it until its
    /// second line. A lost answer is an unknown line.
    pub(super) fn unsolicited(&mut self, line: &[u8], name: &[u8], parameters: &[u8]) {
        let row = urc::row(name);
        // The name of a URC is never that of an answer only.
        if row.is_none() && is_answer_only(name) {
            return self.unknown(line);
        }
        let has_data = row.is_some_and(Row::has_data) || self.dialect.adds_data(name);
        let data_line = if has_data { data_after(name, parameters) } else { DataLine::None };
        match data_line {
            DataLine::None => self.announce(Urc::named(line, name.len(), row)),
            DataLine::Pdu { length } => {
                self.await_rest(Unfinished::Pdu { header: line.to_vec(), length, later: false });
            }
            DataLine::Text { blank } => {
                self.await_rest(Unfinished::Text { header: line.to_vec(), blank });
            }
        }
    }

    fn await_rest(&mut self, unfinished: Unfinished) {
        self.end_unfinished();
        self.unfinished = Some(unfinished);
        self.timers.set(Timer::Rest, self.now + self.dialect.rest);
    }

    /// Offers a line to the header that waits for its data; returns `true` if the line was the
    /// data.
    pub(super) fn completes_unsolicited(&mut self, line: &[u8]) -> bool {
        let (takes, ends) = match &self.unfinished {
            Some(Unfinished::Pdu { length, later, .. }) => {
                let flight = self.flight.as_ref();
                if *later
                    && flight.is_some_and(|flight| matches!(flight.data_line, DataLine::Pdu { .. }))
                {
                    return false;
                }
                // The length in a header may be wrong, but a command in flight may be answered by
                // bare digits.
                let free = flight.is_some_and(|flight| flight.request.expect.free);
                (is_pdu(line, length.filter(|_| free)), is_damaged_pdu(line, *length))
            }
            // After a blank line the text may have been empty.
            Some(Unfinished::Text { blank, .. }) => {
                let missing = *blank && self.is_a_known_line(line);
                (!missing, missing)
            }
            Some(Unfinished::Quotes(_)) | None => return false,
        };
        if takes {
            self.timers.stop(Timer::Rest);
            if let Some(Unfinished::Pdu { header, .. } | Unfinished::Text { header, .. }) =
                self.unfinished.take()
            {
                self.events.push(Event::Urc(Urc::of(&header, Some(line))));
            }
        } else if ends {
            self.end_unfinished();
        }
        takes
    }

    /// Gives up the rest: a header becomes an event, and lines held back are read as lines.
    pub(super) fn end_unfinished(&mut self) {
        self.timers.stop(Timer::Rest);
        match self.unfinished.take() {
            None => {}
            Some(Unfinished::Pdu { header, .. } | Unfinished::Text { header, blank: false }) => {
                self.events.push(Event::Urc(Urc::of(&header, None)));
            }
            Some(Unfinished::Text { header, blank: true }) => {
                self.events.push(Event::Urc(Urc::of(&header, Some(b""))));
            }
            Some(Unfinished::Quotes(bytes)) => {
                let mut lines =
                    bytes.split(|&byte| is_line_end(byte)).filter(|line| !line.is_empty());
                if let Some(first) = lines.next() {
                    self.classify_closed(first);
                }
                for line in lines {
                    self.classify_closed(line);
                }
            }
        }
    }

    /// Keeps a line whose quotes are open.
    pub(super) fn open_quotes(&mut self, line: &[u8], end: u8) {
        let mut bytes = line.to_vec();
        bytes.push(end);
        self.await_rest(Unfinished::Quotes(bytes));
    }

    /// Adds a line to a text with open quotes, and ends the text if the line closes them.
    pub(super) fn continue_quotes(&mut self, line: &[u8], end: u8) {
        let limit = self.reader.limit;
        let Some(Unfinished::Quotes(bytes)) = &mut self.unfinished else {
            return;
        };
        bytes.extend_from_slice(line);
        if closes_quotes(line) {
            let bytes = core::mem::take(bytes);
            self.unfinished = None;
            self.timers.stop(Timer::Rest);
            self.classify_closed(&bytes);
        } else {
            bytes.push(end);
            if bytes.len() > limit {
                self.end_unfinished();
            }
        }
    }
}

/// The data line after the header of a URC.
///
/// PDU mode and text mode share the names; the header's shape distinguishes them.
fn data_after(name: &[u8], parameters: &[u8]) -> DataLine {
    let fields = fields(parameters);
    match (name, fields) {
        // +CMT: [<alpha>],<length>, and without the comma; +CDS: <length>, from ZTE with an empty
        // field before it.
        (b"+CMT" | b"+CDS" | b"+CBM", ..=2) => DataLine::Pdu { length: last_number(parameters) },
        // Text mode writes a whole status report in one line.
        (b"+CDS", _) => DataLine::None,
        _ => DataLine::Text { blank: false },
    }
}

/// The data line after a header of `+CMGR` or `+CMGL`.
#[inline]
pub(super) fn data_after_answer(name: &[u8], parameters: &[u8]) -> DataLine {
    // Found without splitting all fields, since a listing has many headers. No index has quotes.
    let index = match name {
        b"+CMGL" => parameters.iter().position(|&byte| byte == b','),
        _ => None,
    };
    let status = match (name, index) {
        (b"+CMGL", None) => &[],
        (_, None) => parameters,
        (_, Some(comma)) => parameters.get(comma.saturating_add(1)..).unwrap_or_default(),
    };
    if !status.trim_ascii_start().starts_with(b"\"") {
        return match last_number(parameters) {
            Some(0) => DataLine::None,
            length => DataLine::Pdu { length },
        };
    }
    // A status report in text mode, <stat>,<fo>,<mr>,...: a bare number where messages have an
    // address, and times in quotes; no text follows.
    let mut parts = split_fields(status).skip(1);
    let second = parts.next().unwrap_or_default();
    if second.first().is_some_and(u8::is_ascii_digit) && parts.any(|part| part.starts_with(b"\"")) {
        return DataLine::None;
    }
    DataLine::Text { blank: false }
}

/// Returns `true` if a line can be the PDU that a header of this length announced.
///
/// The length counts the TPDU; the service centre's address before it has its own length. Without a
/// length any bytes in hexadecimal are taken.
pub(super) fn is_pdu(line: &[u8], length: Option<usize>) -> bool {
    let line = line.trim_ascii();
    if line.is_empty() || line.len() % 2 != 0 || !is_hex(line) {
        return false;
    }
    length.is_none_or(|length| line.len() / 2 == length || has_announced_length(line, length))
}

/// Returns `true` if a line is as long as the header before it announced. The length in the header
/// counts the TPDU, and the first octet of the line the service centre's address before that.
///
/// No other line is that long and begins with a digit, so that the other digits need no check.
#[inline]
pub(super) fn has_announced_length(line: &[u8], length: usize) -> bool {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte & 0xF),
        b'A'..=b'F' | b'a'..=b'f' => Some((byte & 0xF).wrapping_add(9)),
        _ => None,
    };
    let [tens, ones, ..] = *line else { return false };
    let Some((tens, ones)) = digit(tens).zip(digit(ones)) else { return false };
    let octets = length.saturating_add(usize::from(tens << 4 | ones)).saturating_add(1);
    line.len() % 2 == 0 && line.len() / 2 == octets
}

/// Returns `true` if all bytes are hexadecimal digits.
fn is_hex(line: &[u8]) -> bool {
    // Zero for a digit; bit 5 is the case. Without an early exit and a condition the compiler looks
    // at many bytes at a time.
    let excess = |byte: u8| {
        let digit = byte.wrapping_sub(b'0').saturating_sub(9);
        let letter = (byte | 0x20).wrapping_sub(b'a').saturating_sub(5);
        digit.min(letter)
    };
    line.iter().fold(0, |any, &byte| any | excess(byte)) == 0
}

/// Returns `true` if a line seems to be the PDU of this length, with a byte or two damaged or lost.
///
/// No other data line will come then.
fn is_damaged_pdu(line: &[u8], length: Option<usize>) -> bool {
    let Some(digits) = length.and_then(|length| length.checked_mul(2)) else {
        return false;
    };
    let others = line.iter().filter(|byte| !byte.is_ascii_hexdigit()).count();
    // With a service centre of up to 12 bytes after its length.
    let longest = digits.saturating_add(2 * 13);
    (digits..=longest).contains(&line.len().saturating_add(2)) && others <= 2
}

/// Returns `true` if the first quoted text of a line continues after the line: it has a quote, and
/// none closes it.
pub(super) fn opens_quotes(line: &[u8]) -> bool {
    let mut parts = line.splitn(2, |&byte| byte == b'"').skip(1);
    parts.next().is_some_and(|text| before_number(text).is_none())
}

/// Returns `true` if a line ends a text that began in a line before.
///
/// At most a number follows its last quote, and that quote is the only one in the line, or the
/// others form pairs.
fn closes_quotes(line: &[u8]) -> bool {
    before_number(line)
        .is_some_and(|text| text.iter().filter(|&&byte| byte == b'"').count() % 2 == 0)
}

/// The text before a closing quote: `..."` or `...",15` at the end of the line.
fn before_number(line: &[u8]) -> Option<&[u8]> {
    let is_tail = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b',');
    let end = line.iter().rposition(|byte| !is_tail(byte)).map_or(0, |last| last.saturating_add(1));
    let (text, tail) = line.split_at(end);
    let tail = tail.trim_ascii_start();
    (tail.is_empty() || tail.starts_with(b",")).then(|| text.strip_suffix(b"\""))?
}

/// The parts between the commas that are outside quotes.
pub(super) fn split_fields(parameters: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    parameters
        .split(move |&byte| {
            quoted ^= byte == b'"';
            byte == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
}

fn fields(parameters: &[u8]) -> usize {
    split_fields(parameters).count()
}

/// The number after the last comma, which is never within quotes: a number ends without one.
fn last_number(parameters: &[u8]) -> Option<usize> {
    last_digits(parameters).or_else(|| last_field(parameters))
}

/// The number after the last comma, with spaces, a sign or without a comma; the naive twin of
/// [`last_digits`].
fn last_field(parameters: &[u8]) -> Option<usize> {
    let last = parameters.rsplit(|&byte| byte == b',').next()?.trim_ascii();
    let digits = last.strip_prefix(b"+").unwrap_or(last);
    let add = |sum: usize, digit: &u8| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// The number of up to four digits right after the last comma, as in nearly every header: read from
/// its end.
fn last_digits(parameters: &[u8]) -> Option<usize> {
    let (mut number, mut place) = (0usize, 1usize);
    for &byte in parameters.iter().rev() {
        match byte {
            // Four digits do not overflow.
            b'0'..=b'9' if place < 10_000 => {
                number = number.wrapping_add(usize::from(byte & 0xF).wrapping_mul(place));
                place = place.wrapping_mul(10);
            }
            b',' if place > 1 => return Some(number),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of up to six of these bytes.
    #[test]
    fn the_number_at_the_end_is_that_of_the_last_field() {
        const BYTES: &[u8] = b",019 +\"";
        for length in 0..=6 {
            for index in 0..BYTES.len().pow(length) {
                let byte = |place| BYTES[index / BYTES.len().pow(place) % BYTES.len()];
                let text: Vec<u8> = (0..length).map(byte).collect();
                if let Some(number) = last_digits(&text) {
                    assert_eq!(last_field(&text), Some(number), "{}", text.escape_ascii());
                }
            }
        }
        assert_eq!(last_digits(b"7,1,,138"), Some(138));
        assert_eq!(last_digits(b"1,,99999"), None);
    }

    #[test]
    fn a_line_has_the_length_that_its_header_announced() {
        for (line, length, has) in [
            ("0004AABBCCDDEE", 6, true),
            ("0004AABBCCDDEE", 7, false),
            ("0004AABBCCDDEE0", 6, false),
            ("0791449737019037040B", 2, true),
            // A damaged digit.
            ("0004AA?BCCDDEE", 6, true),
            ("+004AABBCCDDEE", 6, false),
            ("0", 0, false),
            ("FF", usize::MAX, false),
        ] {
            assert_eq!(has_announced_length(line.as_bytes(), length), has, "{line} {length}");
        }
    }
}
