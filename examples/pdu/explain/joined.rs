//! Messages and broadcasts joined from their parts.

use core::time::Duration;

use pdu::{
    Broadcasts, Deliver, Incoming, Limits, Message, Outcome, Outgoing, Reassembler, Timestamp,
    Warnings,
};

use super::broadcast;
use super::content;
use super::meaning;
use super::printable::quoted;
use super::recognise::{Kind, Read};
use super::report::{Field, Report, Values};
use super::tpdu::{Pdu, Tpdu};

/// The parts that were seen, and those of several parts joined.
pub(crate) struct Joiner {
    messages: Reassembler<()>,
    broadcasts: Broadcasts,
}

impl Default for Joiner {
    fn default() -> Self {
        Self { messages: Reassembler::new(Limits::default()), broadcasts: Broadcasts::default() }
    }
}

impl Joiner {
    /// Takes a PDU, and explains the message that it completes, if it has several parts.
    pub(crate) fn insert(&mut self, read: &Read) -> Option<Report> {
        let octets = &read.report.octets;
        match read.kind {
            Kind::Broadcast => {
                let (page, _) = broadcast::decode(octets).ok()?;
                let whole = self.broadcasts.insert(Duration::ZERO, page)?;
                let pages = whole.pages().len();
                let text = whole.text().filter(|_| pages > 1 && whole.umts().is_none())?;
                Some(joined_text(&format!("{pages} pages"), &text))
            }
            Kind::Ussd(_) => None,
            Kind::Mt | Kind::Mo => {
                let pdu = Pdu::decode(octets, read.has_smsc, read.kind == Kind::Mo).ok()?;
                let outcome = self.messages.insert(Duration::ZERO, &part(&pdu.tpdu)?, ());
                match outcome {
                    Outcome::Complete(message) if message.total() > 1 => {
                        Some(joined_message(&message))
                    }
                    _ => None,
                }
            }
        }
    }
}

/// Returns a TPDU as a part. The parts of a message to the network are joined like those from it.
fn part(tpdu: &Tpdu) -> Option<Deliver> {
    match tpdu {
        Tpdu::Incoming(Incoming::Deliver(deliver)) => Some(*deliver),
        Tpdu::Outgoing(Outgoing::Submit(submit)) => Some(
            Deliver::new(submit.destination, Timestamp::default())
                .with_user_data(submit.dcs, submit.user_data),
        ),
        _ => None,
    }
}

fn joined_text(parts: &str, text: &str) -> Report {
    let mut values = Values::new("joined");
    values.set("text", text);
    Report {
        octets: Vec::new(),
        title: format!("joined from {parts}"),
        summary: format!("joined from {parts}: {}", quoted(text)),
        fields: vec![Field::value("text", quoted(text))],
        warnings: Warnings::NONE,
        hints: Vec::new(),
        values,
    }
}

fn joined_message(message: &Message<()>) -> Report {
    let parts = format!("{} parts", message.total());
    let header = message.parts().first().and_then(|part| part.deliver.header());
    if let Some(text) = message.text().filter(|_| !content::is_packet(header)) {
        return joined_text(&parts, &text);
    }
    let octets = message.data();
    let pid = message.parts().first().map(|part| part.deliver.pid);
    let explained = content::joined(pid, header, &octets, 0);
    let mut values = Values::new("joined");
    values.set("number", message.sender().to_string());
    values.set("application", explained.name);
    values.set("data", faster_hex::hex_string_upper(&octets));
    let range = 0..octets.len();
    let summary = format!(
        "joined from {parts} of {}: {}",
        meaning::name(&message.sender()),
        explained.meaning
    );
    Report {
        title: format!("joined from {parts}"),
        summary,
        fields: vec![
            Field::new("data", range, explained.meaning).with_dump().with_inner(explained.fields),
        ],
        octets,
        warnings: Warnings::NONE,
        hints: Vec::new(),
        values,
    }
}
