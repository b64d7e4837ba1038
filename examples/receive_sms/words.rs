//! A message in one line.

use modem::Received;
use modem::pdu::Timestamp;

/// A message with all that is to be known of it, the text last.
pub(crate) fn of(message: &Received) -> String {
    let mut notes = Vec::new();
    let parts = message.receipt.pdus().count();
    if parts > 1 {
        notes.push(format!("{parts} parts"));
    }
    if !message.missing.is_empty() {
        notes.push(format!("incomplete, without part {:?}", message.missing));
    }
    if message.is_flash() {
        notes.push("flash".into());
    }
    // Told apart by a person: to drop one might drop a message that only looks the same.
    if message.possible_duplicate {
        notes.push("perhaps received before".into());
    }
    let notes: String = notes.iter().map(|note| format!(" ({note})")).collect();
    let text = match (&message.text, &message.data) {
        (Some(text), _) => text.clone(),
        (None, data) => format!("{} octets of data", data.as_ref().map_or(0, Vec::len)),
    };
    format!("{} at {}{notes}: {text}", message.sender, time(message.timestamp))
}

fn time(timestamp: Timestamp) -> String {
    let time = timestamp.date_time();
    time.map_or_else(|| "an unknown time".into(), |time| time.to_string())
}
