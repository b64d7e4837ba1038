//! The content of a binary message, by its port or its security header.

use core::ops::Range;

use pdu::{CommandPacket, ElementId, Header, Pid, Ports, ResponsePacket, WapPush};

use super::packet;
use super::printable::quoted;
use super::report::Field;
use super::wap;

/// The content of a binary message: what it is, and its fields.
pub(crate) struct Content {
    /// A name for JSON; `None` for data that nobody names.
    pub(crate) name: Option<String>,
    pub(crate) meaning: String,
    pub(crate) fields: Vec<Field>,
}

/// Returns `true` if the header says that a packet for or from a SIM follows, which is never text.
pub(crate) fn is_packet(header: Option<Header<'_>>) -> bool {
    packet_id(header).is_some()
}

fn packet_id(header: Option<Header<'_>>) -> Option<ElementId> {
    let ids = header?.elements().map(|element| element.id).collect::<Vec<_>>();
    ids.into_iter().find(|id| [ElementId::COMMAND_PACKET, ElementId::RESPONSE_PACKET].contains(id))
}

/// Explains the octets after the header, which begin at `start` of the PDU.
pub(crate) fn explain(
    pid: Option<Pid>,
    header: Option<Header<'_>>,
    body: &[u8],
    start: usize,
) -> Content {
    let part = header.and_then(|header| header.concatenation());
    if let Some(part) = part.filter(|part| part.total() > 1) {
        let (sequence, total) = (part.sequence(), part.total());
        let name = port_name(header).map_or_else(String::new, |name| format!(" of a {name}"));
        return Content {
            name: port_name(header).map(str::to_owned),
            meaning: format!(
                "part {sequence} of {total}{name}: give all parts together to read them joined"
            ),
            fields: Vec::new(),
        };
    }
    joined(pid, header, body, start)
}

/// Explains the octets of a whole message, of which the first part has this header.
pub(crate) fn joined(
    pid: Option<Pid>,
    header: Option<Header<'_>>,
    body: &[u8],
    start: usize,
) -> Content {
    known(header, body, start).unwrap_or_else(|| {
        let mut meaning = count(body.len());
        if let Some(name) = port_name(header) {
            meaning = format!("{name}, {meaning}");
        } else if pid.is_some_and(|pid| pid.raw() == 0x7F) {
            meaning = format!("data for the SIM, {meaning}");
        }
        Content { name: port_name(header).map(str::to_owned), meaning, fields: Vec::new() }
    })
}

fn known(header: Option<Header<'_>>, body: &[u8], start: usize) -> Option<Content> {
    match packet_id(header) {
        Some(ElementId::COMMAND_PACKET) => {
            return CommandPacket::decode(body).map(|read| packet::command(&read, body, start));
        }
        Some(_) => {
            return ResponsePacket::decode(body).map(|read| packet::response(&read, body, start));
        }
        None => {}
    }
    let ports = header?.ports()?;
    if ports.is_wap_push() {
        return WapPush::decode(body).map(|push| wap::push(&push, body, start));
    }
    if ports.is_vcard() || ports.is_vcalendar() {
        return core::str::from_utf8(body).ok().map(|text| card(ports, text, start));
    }
    None
}

fn port_name(header: Option<Header<'_>>) -> Option<&'static str> {
    header?.ports()?.name()
}

/// Returns a number of octets in words.
pub(crate) fn count(octets: usize) -> String {
    match octets {
        0 => "no data".to_owned(),
        1 => "1 octet of data".to_owned(),
        _ => format!("{octets} octets of data"),
    }
}

/// Explains a vCard or a vCalendar line by line.
fn card(ports: Ports, text: &str, start: usize) -> Content {
    let name = ports.name().unwrap_or("vcard");
    let mut at = start;
    let mut fields = Vec::new();
    for line in text.split_inclusive('\n') {
        let octets = at..at + line.len();
        at += line.len();
        let line = line.trim_end();
        if let Some((property, value)) = line.split_once(':') {
            let property = super::printable::printable(property);
            fields.push(Field::new(property.to_lowercase(), octets, quoted(value)));
        } else if !line.is_empty() {
            fields.push(Field::new("continued", octets, quoted(line)));
        }
    }
    Content { name: Some(name.to_owned()), meaning: format!("a {name}"), fields }
}

/// Returns the meaning of the content among the fields of a PDU, if it is not a text.
pub(crate) fn summary(fields: &[Field]) -> Option<&str> {
    fields.iter().find(|field| field.is_data).map(|field| field.meaning.as_str())
}

/// Cuts a range of octets into consecutive fields.
pub(crate) struct Cut(pub(crate) usize);

impl Cut {
    pub(crate) fn next(&mut self, len: usize) -> Range<usize> {
        let start = self.0;
        self.0 += len;
        start..self.0
    }
}
