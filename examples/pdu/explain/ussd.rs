//! USSD strings: octets with their scheme, and strings as a modem writes them.

use faster_hex::hex_string_upper;
use modem::at::ussd::Reply;
use modem::at::{Notification, Urc};
use modem::gsm7::charset::Charset;
use modem::{UssdEncoding, UssdReply};
use pdu::{CbsDcs, UssdString, Warnings};

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
pub(crate) fn explain_line(line: &[u8]) -> Option<Report> {
    match Notification::parse(&Urc::new(line, None)) {
        Ok(Some(Notification::Ussd(reply))) => Some(explain_reply(&reply, true)),
        _ => None,
    }
}

/// Explains a string as a modem writes it; `named` if the network's request is known too.
pub(crate) fn explain_reply(reply: &Reply, named: bool) -> Report {
    let read = UssdReply::read(reply, Charset::Gsm, None);
    let mut values = Values::new("ussd");
    let mut fields = Vec::new();
    if named {
        values.set("wanted", reply.wanted.0);
        let wanted = reply.wanted.description();
        fields.push(Field::value("status", format!("{}: {wanted}", reply.wanted.0)));
    }
    let raw = reply.text.clone().unwrap_or_default();
    // The octets are those that the digits stand for.
    let octets = match read.encoding {
        Some(UssdEncoding::Plain) | None => Vec::new(),
        Some(_) => super::input::octets(&String::from_utf8_lossy(&raw)).unwrap_or_default(),
    };
    let encoding = read.encoding.map(|encoding| match encoding {
        UssdEncoding::Plain => ("plain", "as it stands"),
        UssdEncoding::Packed => ("packed", "packed septets in hexadecimal digits"),
        UssdEncoding::Ucs2 => ("ucs2", "UCS-2 in hexadecimal digits"),
        _ => ("bytes", "bytes in hexadecimal digits"),
    });
    values.set("encoding", encoding.map(|(name, _)| name));
    let summary = match (&read.text, encoding) {
        (Some(text), Some((_, words))) => {
            let octets = (!octets.is_empty()).then_some(0..octets.len());
            fields.push(Field { octets, ..Field::value("string", quoted(text)) });
            fields.push(Field::value("encoding", words));
            let raw = String::from_utf8_lossy(&raw);
            fields.push(Field::value("as received", quoted(&raw)));
            format!("a USSD string: {}", quoted(text))
        }
        _ => format!("USSD without a text: {}", reply.wanted.description()),
    };
    if let Some(coding) = reply.coding {
        let dcs = CbsDcs::from_raw(coding);
        set_coding(&mut values, dcs);
        fields.push(Field::value("dcs", format!("{coding}: {}", meaning::cbs_dcs(dcs))));
    }
    values.set("text", read.text);
    Report {
        title: format!("a USSD string as a modem writes it: {} characters", raw.len()),
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
