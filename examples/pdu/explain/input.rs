//! The input of a person: hexadecimal digits, or lines of a modem with their PDUs.

use super::recognise::Kind;
use super::report::Failure;

/// One PDU or string of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Octets, and what the line before says about them.
    Octets { octets: Vec<u8>, header: Option<Header> },
    /// A line `+CUSD: ...`.
    Ussd(Vec<u8>),
}

/// The statement of a line such as `+CMGL: 1,2,,24` about the PDU that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// The octets of the TPDU or the page.
    pub(crate) length: Option<usize>,
}

/// The lines of a modem or a host that a PDU follows.
const HEADERS: [&str; 9] =
    ["+CMGL:", "+CMGR:", "+CMT:", "+CDS:", "+CBM:", "AT+CMGS=", "AT+CMGW=", "AT+CMGC=", "AT+CNMA="];

impl Header {
    /// Reads a line, or returns `None` if no PDU follows it.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (name, at) = name(line)?;
        // A name in the phone book may hold commas.
        let mut quoted = false;
        let fields: Vec<&str> = line
            .get(at..)?
            .split(|character: char| {
                quoted ^= character == '"';
                character == ',' && !quoted
            })
            .map(str::trim)
            .collect();
        let is_number = |field: &&&str| field.starts_with(|first: char| first.is_ascii_digit());
        let stat = match name {
            "+CMGL:" => fields.get(1),
            "+CMGR:" => fields.first(),
            _ => None,
        };
        let kind = match (name, stat) {
            ("+CBM:", _) => Kind::Broadcast,
            (_, Some(&("2" | "3"))) | ("AT+CMGS=" | "AT+CMGW=" | "AT+CMGC=" | "AT+CNMA=", _) => {
                Kind::Mo
            }
            _ => Kind::Mt,
        };
        let length = match name {
            "AT+CMGW=" => fields.first(),
            _ => fields.iter().rev().find(is_number),
        };
        // In text mode the line has more fields, and no PDU follows.
        let is_pdu_mode = match name {
            "+CMGL:" | "+CMGR:" => stat.is_some_and(|stat| !stat.starts_with('"')),
            "+CMT:" | "+CDS:" | "+CBM:" => fields.len() <= 2,
            _ => fields.first().is_some_and(|first| !first.starts_with('"')),
        };
        is_pdu_mode.then_some(())?;
        let digits = length.map(|field| {
            field.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default()
        });
        Some(Self { kind, length: digits.and_then(|digits| digits.parse().ok()) })
    }
}

/// Returns the name of a line that a PDU follows, and the end of the name.
fn name(line: &str) -> Option<(&'static str, usize)> {
    let upper = line.to_ascii_uppercase();
    HEADERS.iter().find_map(|name| upper.find(name).map(|at| (*name, at + name.len())))
}

/// Finds the PDUs and strings of a text.
///
/// # Errors
///
/// [`Failure`] if the text has neither, or a PDU has a character that is not a digit.
pub(crate) fn items(text: &str) -> Result<Vec<Item>, Failure> {
    let text = ["\\r", "\\n", "<CR>", "<LF>", "<cr>", "<lf>"]
        .iter()
        .fold(text.to_owned(), |text, end| text.replace(end, "\n"));
    if !has_header(&text) {
        let is_text_mode = text.lines().any(|line| name(line).is_some());
        return if is_text_mode {
            Err(Failure::new(
                "the line is one of text mode, which has no PDU",
                0,
                "set PDU mode by AT+CMGF=0, and read the message again",
            ))
        } else {
            bare(&text)
        };
    }
    let mut items = Vec::new();
    let mut header: Option<Header> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(at) = line.find("+CUSD:") {
            let line = until_closed(&line[at..], &mut lines);
            items.push(Item::Ussd(line.into_bytes()));
            continue;
        }
        if let Some(found) = Header::parse(line) {
            // The line end may be lost: then the PDU is the last word of the line.
            let pdu = line.split([' ', ',', '\t']).next_back().filter(|word| word.len() >= 14);
            match pdu.and_then(octets_of_line) {
                Some(octets) => items.push(Item::Octets { octets, header: Some(found) }),
                None => header = Some(found),
            }
            continue;
        }
        if let Some(octets) = octets_of_line(line).filter(|octets| octets.len() >= 7) {
            items.push(Item::Octets { octets, header: header.take() });
        } else if let (Some(_), false) = (&header, line.trim().is_empty()) {
            // A line that should be a PDU, and is not: say what is wrong with it.
            octets(line.trim())?;
            header = None;
        }
    }
    match items.is_empty() {
        false => Ok(items),
        true => Err(Failure::new(
            "the PDU is missing after its header",
            text.len(),
            "paste the line that follows too",
        )),
    }
}

fn has_header(text: &str) -> bool {
    text.lines().any(|line| line.contains("+CUSD:") || Header::parse(line).is_some())
}

/// The lines of a USSD string that are read: no network writes more.
const MAX_USSD_LINES: usize = 64;

/// Returns the line with those that follow until its quotes are closed.
fn until_closed<'a>(line: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let is_odd = |line: &str| line.matches('"').count() % 2 == 1;
    let mut whole = line.trim_end().to_owned();
    let mut is_open = is_odd(line);
    for _ in 0..MAX_USSD_LINES {
        if !is_open {
            break;
        }
        let Some(next) = lines.next() else { break };
        is_open ^= is_odd(next);
        whole.push('\n');
        whole.push_str(next.trim_end());
    }
    whole
}

/// Returns the octets of a line of a log, without the marks around them.
fn octets_of_line(line: &str) -> Option<Vec<u8>> {
    let line = line.trim().trim_start_matches(['>', '<', ' ']).trim_end_matches(['\u{1a}', ' ']);
    let line = ["^Z", "\\x1a", "\\x1A", "<SUB>", "<Ctrl-Z>"]
        .iter()
        .fold(line, |line, end| line.strip_suffix(end).unwrap_or(line));
    octets(line).ok().filter(|octets| !octets.is_empty())
}

/// Returns the octets of a text without headers: one PDU, or one a line.
fn bare(text: &str) -> Result<Vec<Item>, Failure> {
    let item = |octets| Item::Octets { octets, header: None };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let each: Option<Vec<Vec<u8>>> = lines.iter().map(|line| octets_of_line(line)).collect();
    if let Some(each) = each.filter(|each| each.len() > 1) {
        // A PDU that was wrapped has oddities where its lines are taken alone.
        let oddity = |octets: &Vec<u8>| super::recognise(octets).map_or(100, |read| read.oddity);
        let alone: u32 = each.iter().map(oddity).sum();
        if alone < oddity(&each.concat()) {
            return Ok(each.into_iter().map(item).collect());
        }
    }
    let whole = octets_of_line(text).map_or_else(|| octets(text), Ok)?;
    Ok(vec![item(whole)])
}

/// The maximum number of octets that are read.
const MAX_OCTETS: usize = 1 << 16;

/// Returns the octets of hexadecimal digits; white space and colons may stand between octets.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, Failure> {
    let advice = "give whole octets of hexadecimal digits";
    let text = text.trim().trim_matches('"');
    let mut octets = Vec::new();
    let mut first: Option<(usize, u32)> = None;
    for (offset, character) in text.char_indices() {
        match (character.to_digit(16), first) {
            (Some(high), None) => first = Some((offset, high)),
            (Some(low), Some((_, high))) => {
                // Never lost: two digits are below 256.
                octets.push(u8::try_from(high << 4 | low).unwrap_or(u8::MAX));
                first = None;
            }
            (None, None) if character.is_ascii_whitespace() || character == ':' => {}
            _ => {
                let shown = super::printable::quoted(&character.to_string());
                let error =
                    format!("the character {shown} at offset {offset} is not a hexadecimal digit");
                return Err(Failure::new(error, offset, advice));
            }
        }
        if octets.len() > MAX_OCTETS {
            return Err(Failure::new(
                format!("the input has more than {MAX_OCTETS} octets"),
                offset,
                "give one PDU",
            ));
        }
    }
    match (first, octets.is_empty()) {
        (Some((offset, _)), _) => Err(Failure::new(
            format!("the last octet at offset {offset} has only one hexadecimal digit"),
            offset,
            "copy the whole PDU",
        )),
        (None, true) => Err(Failure::new("the PDU is empty", 0, advice)),
        (None, false) => Ok(octets),
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, Item, items};
    use crate::explain::recognise::Kind;

    #[test]
    fn a_header_names_the_direction_and_the_length() {
        for (line, kind, length) in [
            ("+CMGL: 1,2,,24", Kind::Mo, Some(24)),
            ("+CMGL: 1,1,\"Max, 3\",24", Kind::Mt, Some(24)),
            ("+CMGR: 3,,19", Kind::Mo, Some(19)),
            ("12:01:02 read +CMT: ,24", Kind::Mt, Some(24)),
            ("+CMT: 24", Kind::Mt, Some(24)),
            ("+CBM: 88", Kind::Broadcast, Some(88)),
            ("AT+CMGW=18,2", Kind::Mo, Some(18)),
            ("at+cmgs=18\r", Kind::Mo, Some(18)),
            ("+CMT: ,99999999999999999999999", Kind::Mt, None),
        ] {
            let header = Header::parse(line);
            assert_eq!(header, Some(Header { kind, length }), "{line}");
        }
        for line in [
            "+CMTI: \"SM\",3",
            "+CMT: \"+371200\",,\"26/11/27,18:00:00+08\"",
            "+CMGL: 1,\"REC READ\",\"+371200\",,\"26/11/27,18:00:00+08\"",
            "AT+CMGS=\"+371200\"",
        ] {
            assert_eq!(Header::parse(line), None, "{line}");
        }
    }

    #[test]
    fn pasted_lines_are_found_among_others() {
        let text = "OK\r\n< +CMT: ,24\r\n< 00040B911346610089F6\r\n+CUSD: 0,\"a\nb\",15\n";
        let found = items(text).unwrap();
        let octets = vec![0, 4, 0x0B, 0x91, 0x13, 0x46, 0x61, 0, 0x89, 0xF6];
        let header = Some(Header { kind: Kind::Mt, length: Some(24) });
        assert_eq!(
            found,
            [Item::Octets { octets, header }, Item::Ussd(b"+CUSD: 0,\"a\nb\",15".to_vec())]
        );
    }

    #[test]
    fn bad_digits_are_named_with_their_place() {
        for (text, error) in [
            ("00 0g", "the character \"g\" at offset 4 is not a hexadecimal digit"),
            ("00 0", "the last octet at offset 3 has only one hexadecimal digit"),
            ("0 0", "the character \" \" at offset 1 is not a hexadecimal digit"),
            ("00é", "the character \"é\" at offset 2 is not a hexadecimal digit"),
            (" ", "the PDU is empty"),
            ("+CMT: ,24", "the PDU is missing after its header"),
            ("+CMT: ,24\r\nzz", "the character \"z\" at offset 0 is not a hexadecimal digit"),
        ] {
            assert_eq!(
                items(text).map_err(|failure| failure.error),
                Err(error.to_owned()),
                "{text}"
            );
        }
    }
}
