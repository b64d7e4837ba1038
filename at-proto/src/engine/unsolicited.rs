//! Messages from the modem that take more than one line, 3GPP TS 27.005, 3.4.1, and TS 27.007, 7.15.

use alloc::vec::Vec;

use super::flight::Slot;
use super::input::is_line_end;
use super::{Engine, Event, Timer};
use crate::urc::Urc;

/// A message whose rest is still to come.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// A header that octets in hexadecimal follow; `later`: a header of the answer came behind it, which then takes
    /// what comes first.
    Pdu { header: Vec<u8>, length: Option<usize>, later: bool },
    /// A header that a text follows.
    Text { header: Vec<u8>, blank: bool },
    /// A quoted text that goes on behind the line end, as it came.
    Quotes(Vec<u8>),
}

impl Engine {
    /// Emits an unsolicited line, or keeps it until its second one.
    pub(super) fn unsolicited(&mut self, line: &[u8], name: &[u8], parameters: &[u8]) {
        let slot =
            if self.dialect.has_data(name) { data_after(name, parameters) } else { Slot::None };
        match slot {
            Slot::None => self.events.push_back(Event::Urc(Urc::named(line, name.len()))),
            Slot::Pdu { length } => {
                self.await_rest(Unfinished::Pdu { header: line.to_vec(), length, later: false })
            }
            Slot::Text { blank } => {
                self.await_rest(Unfinished::Text { header: line.to_vec(), blank })
            }
        }
    }

    fn await_rest(&mut self, unfinished: Unfinished) {
        self.end_unfinished();
        self.unfinished = Some(unfinished);
        self.timers.set(Timer::Rest, self.now + self.dialect.rest);
    }

    /// Offers a line to the header that waits for its data; whether it was that.
    pub(super) fn completes_unsolicited(&mut self, line: &[u8]) -> bool {
        let (takes, ends) = match &self.unfinished {
            Some(Unfinished::Pdu { length, later, .. }) => {
                let flight = self.flight.as_ref();
                if *later && flight.is_some_and(|flight| matches!(flight.slot, Slot::Pdu { .. })) {
                    return false;
                }
                // Headers are known to be wrong, but a command in flight may be answered by bare digits.
                let free = flight.is_some_and(|flight| flight.request.expect.free);
                (is_pdu(line, length.filter(|_| free)), is_damaged_pdu(line, *length))
            }
            // Behind a blank line the text may have been empty.
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
                self.events.push_back(Event::Urc(Urc::of(&header, Some(line))));
            }
        } else if ends {
            self.end_unfinished();
        }
        takes
    }

    /// The rest did not come: what there is becomes an event, and lines held back are read as lines.
    pub(super) fn end_unfinished(&mut self) {
        self.timers.stop(Timer::Rest);
        match self.unfinished.take() {
            None => {}
            Some(Unfinished::Pdu { header, .. } | Unfinished::Text { header, blank: false }) => {
                self.events.push_back(Event::Urc(Urc::of(&header, None)));
            }
            Some(Unfinished::Text { header, blank: true }) => {
                self.events.push_back(Event::Urc(Urc::of(&header, Some(b""))));
            }
            Some(Unfinished::Quotes(octets)) => {
                let mut lines =
                    octets.split(|&octet| is_line_end(octet)).filter(|line| !line.is_empty());
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
        let mut octets = line.to_vec();
        octets.push(end);
        self.await_rest(Unfinished::Quotes(octets));
    }

    /// Adds a line to a text with open quotes, and ends the text if its quotes close here.
    pub(super) fn continue_quotes(&mut self, line: &[u8], end: u8) {
        let limit = self.dialect.limits.line.max(64);
        let Some(Unfinished::Quotes(octets)) = &mut self.unfinished else {
            return;
        };
        octets.extend_from_slice(line);
        if closes_quotes(line) {
            let octets = core::mem::take(octets);
            self.unfinished = None;
            self.timers.stop(Timer::Rest);
            self.classify_closed(&octets);
        } else {
            octets.push(end);
            if octets.len() > limit {
                self.end_unfinished();
            }
        }
    }
}

/// What follows a header line of an unsolicited message.
///
/// PDU mode and text mode share the names; the header's shape tells them apart.
fn data_after(name: &[u8], parameters: &[u8]) -> Slot {
    let fields = fields(parameters);
    match (name, fields) {
        // +CMT: [<alpha>],<length>, and without the comma; +CDS: <length>, with ZTE an empty field before it.
        (b"+CMT" | b"+CDS" | b"+CBM", ..=2) => Slot::Pdu { length: last_number(parameters) },
        // Text mode has all of a report in one line.
        (b"+CDS", _) => Slot::None,
        _ => Slot::Text { blank: false },
    }
}

/// What follows a header line of `+CMGR` or `+CMGL`.
pub(super) fn data_after_answer(name: &[u8], parameters: &[u8]) -> Slot {
    let mut parts = split_fields(parameters);
    if name == b"+CMGL" {
        parts.next();
    }
    let status = parts.next().unwrap_or_default();
    if !status.starts_with(b"\"") {
        return match last_number(parameters) {
            Some(0) => Slot::None,
            _ => Slot::Pdu { length: None },
        };
    }
    // A status report in text mode, <stat>,<fo>,<mr>,...: a bare number where messages have an address,
    // and times in quotes; no text follows.
    let second = parts.next().unwrap_or_default();
    if second.first().is_some_and(u8::is_ascii_digit) && parts.any(|part| part.starts_with(b"\"")) {
        return Slot::None;
    }
    Slot::Text { blank: false }
}

/// Whether a line can be the PDU that a header of this length announced.
///
/// The length counts the TPDU; the service centre's address before it has its own. Without a length any octets in
/// hexadecimal are taken.
pub(super) fn is_pdu(line: &[u8], length: Option<usize>) -> bool {
    let line = line.trim_ascii();
    // Without an early end the compiler looks at many octets at a time.
    let is_hex = || line.iter().fold(true, |all, octet| all & octet.is_ascii_hexdigit());
    if line.is_empty() || line.len() % 2 != 0 || !is_hex() {
        return false;
    }
    length.is_none_or(|length| {
        let octets = line.len() / 2;
        let centre = core::str::from_utf8(&line[..2])
            .ok()
            .and_then(|digits| usize::from_str_radix(digits, 16).ok());
        octets == length || centre.is_some_and(|centre| octets == 1 + centre + length)
    })
}

/// Whether a line seems to be the PDU that a header of this length announced, with an octet or two damaged or lost on
/// the way: then no other will come.
fn is_damaged_pdu(line: &[u8], length: Option<usize>) -> bool {
    let Some(digits) = length.map(|length| 2 * length) else {
        return false;
    };
    let others = line.iter().filter(|octet| !octet.is_ascii_hexdigit()).count();
    // With a service centre of up to 12 octets behind its length.
    (digits..=digits + 2 * 13).contains(&(line.len() + 2)) && others <= 2
}

/// Whether the first quoted text of a line goes on behind its end: there is a quote, and none that closes it.
pub(super) fn opens_quotes(line: &[u8]) -> bool {
    match line.iter().position(|&octet| octet == b'"') {
        Some(first) => before_number(&line[first + 1..]).is_none(),
        None => false,
    }
}

/// Whether a line ends a text that began in one before: its last quote is followed by a number at the most, and
/// it is the only one in the line, or its partner within the text is.
fn closes_quotes(line: &[u8]) -> bool {
    before_number(line)
        .is_some_and(|text| text.iter().filter(|&&octet| octet == b'"').count() % 2 == 0)
}

/// What stands before a closing quote: `..."` or `...",15` at the end of the line.
fn before_number(line: &[u8]) -> Option<&[u8]> {
    let is_tail = |octet: &u8| octet.is_ascii_digit() || matches!(octet, b' ' | b',');
    let tail = line.iter().rev().take_while(|octet| is_tail(octet)).count();
    let (text, tail) = line.split_at(line.len() - tail);
    let tail = tail.trim_ascii_start();
    (tail.is_empty() || tail.starts_with(b",")).then(|| text.strip_suffix(b"\""))?
}

/// The parts between the commas that are outside quotes.
pub(super) fn split_fields(parameters: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    parameters
        .split(move |&octet| {
            quoted ^= octet == b'"';
            octet == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
}

fn fields(parameters: &[u8]) -> usize {
    split_fields(parameters).count()
}

fn last_number(parameters: &[u8]) -> Option<usize> {
    let last = split_fields(parameters).last()?;
    core::str::from_utf8(last).ok()?.parse().ok()
}
