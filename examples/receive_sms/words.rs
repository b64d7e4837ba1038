//! The line that is printed for a message.

use modem::pdu::{Mms, MmsSender, MmsType, PushContent, Timestamp};
use modem::{Received, ReceivedContent};

/// The sender, the timestamp, the notes and the text of a message.
pub(crate) fn of(message: &Received) -> String {
    let mut notes = Vec::new();
    let parts = message.receipt.pdus().count();
    if parts > 1 {
        notes.push(format!("{parts} parts"));
    }
    if !message.missing.is_empty() {
        notes.push(format!("incomplete, missing parts {:?}", message.missing));
    }
    if message.is_flash() {
        notes.push("flash".into());
    }
    // Left to the reader: dropping it might drop a different message with the same text.
    if message.possible_duplicate {
        notes.push("possible duplicate".into());
    }
    let notes: String = notes.iter().map(|note| format!(" ({note})")).collect();
    let text = match message.content() {
        ReceivedContent::Text(text) => text.into(),
        ReceivedContent::Mms(mms) => about_mms(&mms),
        ReceivedContent::WapPush(push) => match push.content() {
            PushContent::ServiceIndication(si) => {
                let link = si.href().map(|link| format!(" <{link}>")).unwrap_or_default();
                format!("service indication: {}{link}", si.text())
            }
            _ => format!("WAP push of {} bytes", push.data().len()),
        },
        ReceivedContent::VCard(card) | ReceivedContent::VCalendar(card) => {
            String::from_utf8_lossy(card).escape_debug().to_string()
        }
        ReceivedContent::Data(data) => format!("{} bytes of data", data.len()),
        _ => "content of another kind".into(),
    };
    format!("{} at {}{notes}: {text}", message.sender, time(message.timestamp))
}

/// Everything about an MMS but its location, which often has a token that counts as a secret.
fn about_mms(mms: &Mms<'_>) -> String {
    let kind = match mms.message_type() {
        MmsType::NOTIFICATION => "MMS",
        MmsType::DELIVERY_REPORT => "MMS delivery report",
        MmsType::READ_REPORT => "MMS read report",
        _ => "MMS of another type",
    };
    let sender = match mms.from() {
        Some(MmsSender::Address(sender)) => format!(" from {}", sender.address()),
        Some(MmsSender::Hidden) => " from an unknown sender".into(),
        None => String::new(),
    };
    let subject = mms.subject().map(|subject| format!(": {subject}")).unwrap_or_default();
    let size = mms.size().map(|size| format!(" ({size} bytes)")).unwrap_or_default();
    let status = mms.status_name().map(|status| format!(" ({status})")).unwrap_or_default();
    format!("{kind}{sender}{subject}{size}{status}")
}

fn time(timestamp: Timestamp) -> String {
    let time = timestamp.date_time();
    time.map_or_else(|| "an unknown time".into(), |time| time.to_string())
}
