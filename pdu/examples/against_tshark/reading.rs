//! The fields of a WAP push by the names of tshark: as this library reads them, and as tshark does.

use std::collections::HashMap;

use pdu::{
    DateTime, LoadAction, MediaType, Mms, MmsClass, MmsSender, MmsTime, PushContent, SignalAction,
    WapPush, WapText, WapValue, WbxmlText,
};

use crate::tshark::plain;

/// The fields of one push.
pub(crate) type Reading = HashMap<String, String>;

/// The headers that both show, by their names here and in tshark.
pub(crate) const HEADERS: [(&str, &str); 8] = [
    ("X-Wap-Content-URI", "wsp.header.content_uri"),
    ("X-Wap-Initiator-URI", "wsp.header.initiator_uri"),
    ("ETag", "wsp.header.etag"),
    ("Content-Location", "wsp.header.content_location"),
    ("Content-Length", "wsp.header.content_length"),
    ("Date", "wsp.header.date"),
    ("Expires", "wsp.header.expires"),
    ("X-Wap-Application-Id", "wsp.header.x_wap_application_id"),
];

/// Returns the fields of a push, as this library reads them.
pub(crate) fn ours(octets: &[u8]) -> Option<Reading> {
    let push = WapPush::decode(octets)?;
    let mut reading = Reading::new();
    let mut add = |field: &str, value: Option<String>| {
        value.map(|value| reading.insert(field.to_owned(), value));
    };
    add("wsp.TID", Some(push.transaction().to_string()));
    add("wsp.pdu_type", Some(if push.is_confirmed() { "7" } else { "6" }.to_owned()));
    let content_type = push.content_type();
    let name = content_type.media.name().map(str::to_owned);
    add("wsp.header.content_type", name);
    if let MediaType::Number(number) = content_type.media {
        add("media number", Some(number.to_string()));
    }
    add("wsp.parameter.charset", content_type.charset().map(|charset| charset.to_string()));
    for header in push.headers() {
        let name = header.name();
        let field = HEADERS.iter().find(|(known, _)| Some(*known) == name).map(|found| found.1);
        let value = match header.value {
            WapValue::Text(text) => Some(text.to_string()),
            value => value.integer().map(|number| number.to_string()),
        };
        add(field.or(name).unwrap_or("unknown header"), value);
    }
    if let Some(flags) = push.flags() {
        let bit = |set: bool| Some(u8::from(set).to_string());
        add("wsp.header.push_flag.authenticated", bit(flags.authenticated));
        add("wsp.header.push_flag.trusted", bit(flags.trusted));
        add("wsp.header.push_flag.last", bit(flags.last));
    }
    let shown = |text: Option<WbxmlText<'_>>| text.map(|text| text.to_string());
    let date = |date: Option<DateTime>| date.map(|date| date.unix_seconds().to_string());
    match push.content() {
        PushContent::ServiceIndication(si) => {
            let action = si.action().map(|action| match action {
                SignalAction::None => "signal-none",
                SignalAction::Low => "signal-low",
                SignalAction::Medium => "signal-medium",
                SignalAction::High => "signal-high",
                SignalAction::Delete => "delete",
            });
            add("action", action.map(str::to_owned));
            add("href", shown(si.href()));
            add("si-id", shown(si.id()));
            add("created", date(si.created()));
            add("si-expires", date(si.expires()));
            add("text", shown(Some(si.text())));
        }
        PushContent::ServiceLoading(sl) => {
            let action = sl.action().map(|action| match action {
                LoadAction::ExecuteLow => "execute-low",
                LoadAction::ExecuteHigh => "execute-high",
                LoadAction::Cache => "cache",
            });
            add("action", action.map(str::to_owned));
            add("href", shown(sl.href()));
        }
        PushContent::Mms(mms) => read_mms(&mms, add),
        _ => {}
    }
    Some(reading)
}

fn read_mms(mms: &Mms<'_>, mut add: impl FnMut(&str, Option<String>)) {
    let shown = |text: Option<WapText<'_>>| text.map(|text| text.to_string());
    add("mmse.message_type", Some(mms.message_type().raw().to_string()));
    add("mmse.transaction_id", shown(mms.transaction_id()));
    add("mmse.mms_version", mms.version().map(|(major, minor)| format!("{major}.{minor}")));
    let from = mms.from().map(|from| match from {
        MmsSender::Address(address) => address.text().to_string(),
        MmsSender::Hidden => "hidden".to_owned(),
    });
    add("mmse.from", from);
    add("mmse.to", shown(mms.to().next().map(|address| address.text())));
    add("mmse.subject", shown(mms.subject()));
    match mms.class() {
        Some(MmsClass::Text(text)) => add("mmse.message_class.str", shown(Some(text))),
        Some(class) => {
            let number = match class {
                MmsClass::Personal => 0x80,
                MmsClass::Advertisement => 0x81,
                MmsClass::Informational => 0x82,
                MmsClass::Auto => 0x83,
                _ => 0,
            };
            add("mmse.message_class.id", Some(number.to_string()));
        }
        None => {}
    }
    add("mmse.message_size", mms.size().map(|size| size.to_string()));
    match mms.expiry() {
        Some(MmsTime::Absolute(seconds)) => add("mmse.expiry.abs", Some(seconds.to_string())),
        Some(MmsTime::Relative(seconds)) => add("mmse.expiry.rel", Some(seconds.to_string())),
        None => {}
    }
    add("mmse.content_location", shown(mms.location()));
    add("mmse.message_id", shown(mms.message_id()));
    add("mmse.date", mms.date().map(|date| date.to_string()));
    add("mmse.status", mms.status().map(|status| status.to_string()));
    let read_status = mms.is_read().map(|is_read| if is_read { "128" } else { "129" }.to_owned());
    add("mmse.read_status", read_status);
}

/// Returns the fields of every packet of the PDML output of tshark, the first of each name.
pub(crate) fn of_tshark(pdml: &str) -> Vec<Reading> {
    pdml.split("<packet>").skip(1).map(packet).collect()
}

fn packet(pdml: &str) -> Reading {
    let mut reading = Reading::new();
    let mut document = Document::default();
    for line in pdml.lines() {
        let Some(name) = attribute(line, "name") else { continue };
        let show = attribute(line, "show").unwrap_or_default();
        if name.starts_with("wbxml.") {
            document.add(&name, show, &attribute(line, "showname").unwrap_or_default());
        } else {
            reading.entry(name).or_insert_with(|| value(&show));
        }
    }
    reading.extend(document.values);
    reading
}

/// Returns an attribute of an element of XML.
fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&")];
    Some(plain.iter().fold(value.to_owned(), |value, (from, to)| value.replace(from, to)))
}

/// Returns a value without needless zeros, and without the quote before a text: the dissector
/// shows it as a character, although WAP-230, 8.4.2.1 says that it is not part of the text.
fn value(show: &str) -> String {
    let show = show.strip_prefix("\\x7f").or(show.strip_prefix('\x7F')).unwrap_or(show);
    plain(&show.replace(".000000000", ""))
}

/// The attributes and the text of a WBXML document, put together from its tokens.
#[derive(Default)]
struct Document {
    values: Reading,
    attribute: Option<String>,
}

impl Document {
    fn add(&mut self, field: &str, show: String, showname: &str) {
        let token = match field {
            "wbxml.known_attrstart" => {
                let (name, value) = show.split_once('=').unwrap_or((&show, ""));
                self.attribute = Some(name.to_owned());
                value.trim_matches('\'').to_owned()
            }
            "wbxml.end_attribute_list" => {
                self.attribute = Some("text".to_owned());
                String::new()
            }
            "wbxml.known_attrvalue" => show.trim_matches('\'').to_owned(),
            "wbxml.str_i" | "wbxml.str_t" => show,
            "wbxml.entity" => {
                show.parse().ok().and_then(char::from_u32).map_or(show, |found| found.to_string())
            }
            "wbxml.opaque_data" => match showname.split_once("%DateTime: ") {
                Some((_, date)) => date.to_owned(),
                None => show,
            },
            _ => return,
        };
        if let Some(attribute) = &self.attribute {
            self.values.entry(attribute.clone()).or_default().push_str(&token);
        }
    }
}
