//! The line that is printed for a message.

use modem::Received;
use modem::pdu::Timestamp;

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
    let text = match (&message.text, &message.data) {
        (Some(text), _) => text.clone(),
        (None, data) => format!("{} bytes of data", data.as_ref().map_or(0, Vec::len)),
    };
    format!("{} at {}{notes}: {text}", message.sender, time(message.timestamp))
}

fn time(timestamp: Timestamp) -> String {
    let time = timestamp.date_time();
    time.map_or_else(|| "an unknown time".into(), |time| time.to_string())
}
