//! The values of a TPDU in words.

use pdu::{
    Address, CbsDcs, CharacterSet, CommandType, Concatenation, Dcs, Timestamp, TypeOfNumber,
    ValidityPeriod,
};
use serde_json::Value;

use super::printable::{printable, span, words};

/// Returns an address without its type, with names between quotes.
pub(crate) fn name(address: &Address) -> String {
    match (address.is_alphanumeric(), address.is_empty()) {
        (_, true) => "nobody".to_owned(),
        (true, _) => super::printable::quoted(&address.to_string()),
        _ => printable(&address.to_string()),
    }
}

/// Returns an address with its type.
pub(crate) fn address(address: &Address) -> String {
    let kind = words(&address.type_of_number());
    let plan = match address.numbering_plan().raw() {
        0 => "",
        1 => ", telephone plan",
        3 => ", data plan",
        4 => ", telex plan",
        5 | 6 => ", plan of the service centre",
        8 => ", national plan",
        9 => ", private plan",
        10 => ", ERMES plan",
        _ => ", reserved plan",
    };
    let number = name(address);
    match address.type_of_number() {
        TypeOfNumber::Alphanumeric => format!("{number} (a name)"),
        _ => format!("{number} ({kind}{plan})"),
    }
}

pub(crate) fn time(timestamp: Timestamp) -> String {
    timestamp.date_time().map_or("without a valid time".to_owned(), |time| time.to_string())
}

/// Returns the position in a concatenated message, after a comma.
pub(crate) fn part(concatenation: Option<Concatenation>) -> String {
    concatenation
        .map_or_else(String::new, |part| format!(", part {} of {}", part.sequence(), part.total()))
}

/// Returns the name of a character set in JSON.
pub(crate) const fn character_set(character_set: CharacterSet) -> &'static str {
    match character_set {
        CharacterSet::Gsm7 => "gsm7",
        CharacterSet::Data => "8bit",
        CharacterSet::Ucs2 => "ucs2",
    }
}

const fn coding(character_set: CharacterSet) -> &'static str {
    match character_set {
        CharacterSet::Gsm7 => "GSM 7-bit text",
        CharacterSet::Data => "8-bit data",
        CharacterSet::Ucs2 => "UCS-2 text",
    }
}

pub(crate) fn dcs(dcs: Dcs) -> String {
    let mut meaning = coding(dcs.character_set()).to_owned();
    match dcs.class().map(pdu::Class::raw) {
        Some(0) => meaning.push_str(", class 0 (flash)"),
        Some(class) => meaning.push_str(&format!(", class {class}")),
        None => {}
    }
    if dcs.is_compressed() {
        meaning.push_str(", compressed");
    }
    if dcs.is_auto_deleted() {
        meaning.push_str(", deleted when read");
    }
    if let Some(waiting) = dcs.waiting() {
        let kind = words(&waiting.kind);
        let state = if waiting.active { "waiting" } else { "no longer waiting" };
        meaning.push_str(&format!(", {kind} messages {state}"));
    }
    if dcs.is_reserved() {
        meaning.push_str(", reserved");
    }
    meaning
}

pub(crate) fn cbs_dcs(dcs: CbsDcs) -> String {
    let mut meaning = coding(dcs.character_set()).to_owned();
    if let Some(class) = dcs.class() {
        meaning.push_str(&format!(", class {}", class.raw()));
    }
    if let Some(language) = dcs.language() {
        meaning.push_str(&format!(", language {language}"));
    }
    if dcs.has_language_prefix() {
        meaning.push_str(", the language precedes the text");
    }
    if dcs.is_compressed() {
        meaning.push_str(", compressed");
    }
    if dcs.is_reserved() {
        meaning.push_str(", reserved");
    }
    meaning
}

pub(crate) fn validity(validity: &ValidityPeriod) -> String {
    match (validity, validity.duration()) {
        (ValidityPeriod::Absolute(until), _) => format!("valid until {}", time(*until)),
        (_, Some(duration)) => format!("valid for {}", span(duration.as_secs())),
        (_, None) => "no validity period".to_owned(),
    }
}

/// Returns the validity period in seconds, or its end.
pub(crate) fn validity_value(validity: &ValidityPeriod) -> Value {
    match validity {
        ValidityPeriod::Absolute(until) => until.date_time().map(|time| time.to_string()).into(),
        _ => validity.duration().map(|duration| duration.as_secs()).into(),
    }
}

pub(crate) fn command(command: CommandType) -> String {
    match command {
        CommandType::ENQUIRY => "ask for the status of message".to_owned(),
        CommandType::CANCEL_REPORT => "cancel the status report on message".to_owned(),
        CommandType::DELETE => "delete message".to_owned(),
        CommandType::ENABLE_REPORT => "request a status report on message".to_owned(),
        other => format!("command {:#04x} on message", other.raw()),
    }
}
