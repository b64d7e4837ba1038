//! The objects of `--json`: one a line, whose field names do not change.

use modem::gsm7::Coding;
use modem::pdu::{StatusCategory, Timestamp};
use modem::{
    PartOutcome, Received, SendResult, Slot, StatusReport, StoredContent, StoredMessage, UssdReply,
};
use serde_json::{Value, json};

use super::sentence;

/// A message that was sent, or not: `"type": "message"`.
pub(crate) fn message(to: &str, result: &SendResult) -> Value {
    let part = |(index, part): (usize, &modem::SentPart)| {
        let (outcome, reference, error) = match &part.outcome {
            PartOutcome::Sent { reference } => ("sent", Some(*reference), None),
            PartOutcome::Failed { error } => ("failed", None, Some(sentence(error))),
            PartOutcome::Unknown { error } => ("unknown", None, Some(sentence(error))),
            _ => ("not_attempted", None, None),
        };
        json!({ "part": index + 1, "outcome": outcome, "reference": reference, "error": error })
    };
    json!({
        "type": "message",
        "to": to,
        "outcome": result.outcome().to_string(),
        "coding": match result.coding {
            Some(Coding::Ucs2) => Some("ucs2"),
            Some(Coding::Gsm7(_)) => Some("gsm7"),
            _ => None,
        },
        "parts": result.parts.iter().enumerate().map(part).collect::<Vec<_>>(),
    })
}

/// A message that was received: `"type": "received"`.
pub(crate) fn received(message: &Received) -> Value {
    json!({
        "type": "received",
        "from": message.sender.to_string(),
        "time": time(message.timestamp),
        "text": message.text,
        "data": message.data.as_deref().map(hex),
        "parts": message.receipt.pdus().count(),
        "missing": message.missing,
        "flash": message.is_flash(),
        "possible_duplicate": message.possible_duplicate,
        "slots": slots(message.receipt.slots()),
        "pdus": message.receipt.pdus().collect::<Vec<_>>(),
    })
}

/// A status report: `"type": "status_report"`.
pub(crate) fn status_report(report: &StatusReport) -> Value {
    let status = report.tpdu.status;
    json!({
        "type": "status_report",
        "to": report.tpdu.recipient.to_string(),
        "reference": report.tpdu.message_reference,
        "status": status.raw(),
        "meaning": status.to_string(),
        "category": match status.category() {
            StatusCategory::Completed => "completed",
            StatusCategory::Temporary => "temporary",
            StatusCategory::Permanent => "permanent",
            StatusCategory::GivenUp => "given_up",
        },
        "time": time(report.tpdu.discharge),
        "part": report.about.map(|(_, part)| part + 1),
        "slots": slots(report.receipt.slots()),
    })
}

/// An entry of the inbox in the modem: `"type": "stored"`.
pub(crate) fn stored(message: &StoredMessage) -> Value {
    let kind = match message.content {
        StoredContent::Received(_) => "received",
        StoredContent::StatusReport(_) => "status_report",
        StoredContent::Outgoing(_) => "outgoing",
        _ => "unreadable",
    };
    let missing = match &message.content {
        StoredContent::Received(received) => received.missing.clone(),
        _ => Vec::new(),
    };
    json!({
        "type": "stored",
        "kind": kind,
        "unread": message.status == modem::at::sms::MessageStatus::UNREAD,
        "address": message.address().map(|address| address.to_string()),
        "time": message.timestamp().and_then(time),
        "text": message.text(),
        "missing": missing,
        "slots": slots(message.receipt().slots()),
        "pdus": message.receipt().pdus().collect::<Vec<_>>(),
    })
}

/// A reply of the network over USSD: `"type": "ussd"`.
pub(crate) fn ussd(sent: &str, reply: &UssdReply) -> Value {
    json!({
        "type": "ussd",
        "sent": sent,
        "text": reply.text,
        "needs_answer": reply.needs_answer(),
        "wanted": reply.wanted.description(),
        "possibly_stale": reply.possibly_stale,
    })
}

/// Slots as they are written on a command line.
pub(crate) fn slots<'a>(slots: impl Iterator<Item = &'a Slot>) -> Vec<String> {
    slots.map(slot).collect()
}

/// A slot as it is written on a command line: `SM:3`.
pub(crate) fn slot(slot: &Slot) -> String {
    format!("{}:{}", slot.memory, slot.index)
}

/// A time in RFC 3339.
pub(crate) fn time(timestamp: Timestamp) -> Option<String> {
    timestamp.date_time().map(|time| time.to_string())
}

fn hex(bytes: &[u8]) -> String {
    faster_hex::hex_string(bytes)
}
