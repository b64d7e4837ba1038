//! USSD strings: octets with their scheme, and strings as a modem writes them.

use faster_hex::hex_string_upper;
use gsm7::charset::Charset;
use modem::at::{Notification, Urc};
use pdu::{CbsDcs, UssdEncoding, UssdReader, UssdReading, UssdReason, UssdString, Warnings};

use super::content::count;
use super::meaning;
use super::printable::quoted;
use super::report::{Field, Report, Values};

/// Explains the octets of a USSD string with their data coding scheme.
pub(crate) fn explain(dcs: u8, octets: &[u8]) -> Report {
    let string = UssdString::new(CbsDcs::from_raw(dcs), octets.to_vec());
    let mut values = Values::new("ussd");
    set_coding(&mut values, string.dcs());
    values.set("language", string.language().map(|language| language.to_string()));
    let text = string.text();
    let range = 0..octets.len();
    let field = match &text {
        Some(text) => Field::new("string", range, quoted(text)),
        None => {
            values.set("data", hex_string_upper(octets));
            Field::new("string", range, count(octets.len())).with_dump()
        }
    };
    let summary = format!("a USSD string: {}", field.meaning);
    let coding = Field::value("dcs", format!("{dcs:#04x}: {}", meaning::cbs_dcs(string.dcs())));
    values.set("text", text);
    Report {
        octets: octets.to_vec(),
        title: format!("a USSD string: {} octets", octets.len()),
        summary,
        fields: vec![coding, field],
        warnings: string.warnings(),
        hints: Vec::new(),
        values,
    }
}

/// Explains a line `+CUSD: ...`, or returns `None` if it cannot be parsed.
pub(crate) fn explain_line(line: &[u8], strings: Strings) -> Option<Report> {
    let Ok(Some(Notification::Ussd(reply))) = Notification::parse(&Urc::new(line, None)) else {
        return None;
    };
    let wanted = format!("{}: {}", reply.wanted.0, reply.wanted.description());
    let coding = reply.coding.map(CbsDcs::from_raw);
    let mut report = match &reply.text {
        Some(string) => explain_string(string, coding, strings),
        None => report(Values::new("ussd"), Vec::new(), Vec::new(), String::new()),
    };
    report.values.set("wanted", reply.wanted.0);
    report.fields.insert(0, Field::value("status", wanted));
    if reply.text.is_none() {
        report.summary = format!("USSD without a text: {}", reply.wanted.description());
    }
    Some(report)
}

/// The facts about the strings of a modem.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Strings {
    /// The character set of `+CSCS`.
    pub(crate) charset: Option<Charset>,
    /// The encoding of the modem's earlier strings.
    pub(crate) habit: Option<UssdEncoding>,
}

impl Strings {
    /// Reads a string as a modem writes it.
    pub(crate) fn read(self, string: &[u8], dcs: Option<CbsDcs>) -> UssdReading {
        // Many modems write ISO 8859-1 under another name.
        let is_graphic = |byte: &u8| !matches!(byte, 0..=0x1F | 0x7F) || b"\r\n\t".contains(byte);
        let charset = match self.charset {
            Some(Charset::Ira) | None if !string.is_ascii() => Charset::Iso8859_1,
            None if string.iter().all(is_graphic) => Charset::Ira,
            charset => charset.unwrap_or(Charset::Gsm),
        };
        let reader = UssdReader::new(charset);
        let reader = dcs.map_or(reader, |dcs| reader.dcs(dcs));
        let reader = self.habit.map_or(reader, |habit| reader.habit(habit));
        let mut reading = reader.read(string);
        // The log, or the person who pasted the line, has converted it already.
        let text = core::str::from_utf8(string).ok().filter(|text| !text.is_ascii());
        if let (UssdEncoding::Plain, Some(text)) = (reading.encoding, text) {
            text.clone_into(&mut reading.text);
        }
        reading
    }
}

/// Explains a string as a modem writes it.
pub(crate) fn explain_string(string: &[u8], dcs: Option<CbsDcs>, strings: Strings) -> Report {
    let reading = strings.read(string, dcs);
    let mut values = Values::new("ussd");
    let (name, encoding) = match reading.encoding {
        UssdEncoding::Plain => ("plain", "as it stands"),
        UssdEncoding::Packed => ("packed", "packed septets in hexadecimal digits"),
        UssdEncoding::Ucs2 => ("ucs2", "UCS-2 in hexadecimal digits"),
        _ => ("bytes", "bytes in hexadecimal digits"),
    };
    let reason = match reading.reason {
        UssdReason::Forced => "named",
        UssdReason::NotHexadecimal => "it is not an even number of hexadecimal digits",
        UssdReason::Scheme => "the data coding scheme says so",
        UssdReason::CharacterSet => "the character set of the modem says so",
        UssdReason::Digits => "decimal digits alone are a number",
        UssdReason::Short => "it is too short for anything else",
        _ => "the likeliest reading",
    };
    values.set("encoding", name);
    // The octets are those that the digits stand for.
    let octets = match reading.encoding {
        UssdEncoding::Plain => Vec::new(),
        _ => super::input::octets(&String::from_utf8_lossy(string)).unwrap_or_default(),
    };
    let range = (!octets.is_empty()).then_some(0..octets.len());
    let shown = quoted(&reading.text);
    let mut fields = vec![
        Field { octets: range, ..Field::value("string", shown.clone()) },
        Field::value("encoding", format!("{encoding}: {reason}")),
    ];
    if reading.encoding != UssdEncoding::Plain {
        fields.push(Field::value("as received", quoted(&String::from_utf8_lossy(string))));
    }
    if let Some(dcs) = dcs {
        set_coding(&mut values, dcs);
        fields.push(Field::value("dcs", format!("{}: {}", dcs.raw(), meaning::cbs_dcs(dcs))));
    }
    values.set("text", reading.text);
    report(values, octets, fields, format!("a USSD string: {shown}"))
}

fn report(values: Values, octets: Vec<u8>, fields: Vec<Field>, summary: String) -> Report {
    Report {
        title: "a USSD string as a modem writes it".to_owned(),
        octets,
        summary,
        fields,
        warnings: Warnings::NONE,
        hints: Vec::new(),
        values,
    }
}

fn set_coding(values: &mut Values, dcs: CbsDcs) {
    values.set("dcs", dcs.raw());
    values.set("character_set", meaning::character_set(dcs.character_set()));
    values.set("class", dcs.class().map(pdu::Class::raw));
}
