//! The elements of a user data header in words. 3GPP TS 23.040, 9.2.3.24.

use faster_hex::hex_string_upper;
use pdu::{Alignment, Dcs, Element, Ems, Information, Reference, TextFormat, TextSize, UserData};
use serde_json::json;

use super::meaning;
use super::printable::{quoted, words};
use super::report::{Field, Values};

/// Sets the values that the header has.
pub(crate) fn set_values<const N: usize>(user_data: &UserData<N>, values: &mut Values) {
    if !user_data.header_octets().is_empty() {
        values.set("udh", hex_string_upper(user_data.header_octets()));
    }
    let Some(header) = user_data.header() else { return };
    let concatenation = header.concatenation().map(|part| {
        json!({
            "reference": part.reference().value(),
            "total": part.total(),
            "sequence": part.sequence(),
            "wide": matches!(part.reference(), Reference::Sixteen(_)),
        })
    });
    values.set("concatenation", concatenation);
    let ports = header.ports();
    let ports =
        ports.map(|ports| json!({ "source": ports.source(), "destination": ports.destination() }));
    values.set("ports", ports);
    let alphabet = header.alphabet();
    if alphabet != gsm7::Alphabet::DEFAULT {
        let (locking, single) = (
            alphabet.locking.map(|language| language.raw()),
            alphabet.single.map(|language| language.raw()),
        );
        values.set("language", json!({ "locking": locking, "single": single }));
    }
}

pub(crate) fn meaning(element: &Element<'_>) -> String {
    match details(element) {
        Some(details) => format!("{}: {details}", element.id),
        None => format!("{} ({:#04x})", element.id, element.id.raw()),
    }
}

fn details(element: &Element<'_>) -> Option<String> {
    if let Some(ems) = Ems::of(element) {
        return Some(words_of_ems(&ems));
    }
    Some(match element.information() {
        Information::Concatenation(part) => {
            let (sequence, total) = (part.sequence(), part.total());
            format!("part {sequence} of {total}, reference {}", part.reference().value())
        }
        Information::Ports(ports) => {
            let name = ports.name().map_or_else(String::new, |name| format!(" ({name})"));
            format!("to {}{name}, from {}", ports.destination(), ports.source())
        }
        Information::SpecialMessage(special) => {
            let kind = match (words(&special.kind()), special.extended_kind()) {
                (_, 1) => "video".to_owned(),
                (kind, _) => kind,
            };
            let store = if special.store() { "stored" } else { "discarded" };
            let (count, profile) = (special.count, special.profile());
            format!("{count} {kind} waiting, profile {profile}, this message may be {store}")
        }
        Information::SingleShift(language) | Information::LockingShift(language) => {
            language.name().unwrap_or("an unknown language").to_owned()
        }
        Information::ReplyAddress(address) => meaning::address(&address),
        Information::EnhancedVoiceMail(mail) => {
            let state = if mail.is_delete_confirmation() { "were deleted" } else { "wait" };
            let mailbox = meaning::name(&mail.mailbox());
            format!("messages {state}, {} not listened to, mailbox {mailbox}", mail.waiting())
        }
        Information::ServiceCentreControl(octet) => format!("{octet:#04x}"),
        Information::Source(source) => match source {
            1 => "the sender".to_owned(),
            2 => "the recipient".to_owned(),
            3 => "the service centre".to_owned(),
            other => format!("{other:#04x}"),
        },
        _ => return None,
    })
}

fn words_of_ems(ems: &Ems<'_>) -> String {
    match ems {
        Ems::Format(format) => {
            format!("{} from {}: {}", characters(format.length()), format.start(), style(format))
        }
        Ems::PredefinedSound { position, number } => format!("sound {number} at {position}"),
        Ems::UserSound { position, melody } => {
            format!("at {position}: {}", quoted(&String::from_utf8_lossy(melody)))
        }
        Ems::PredefinedAnimation { position, number } => {
            format!("animation {number} at {position}")
        }
        Ems::Animation { position, size, frames } => {
            let frames = frames.len() * 8 / (usize::from(*size) * usize::from(*size)).max(1);
            format!("{frames} frames of {size} x {size} points at {position}")
        }
        Ems::Picture { position, width, height, .. } => {
            format!("{width} x {height} points at {position}")
        }
        Ems::UserPrompt { objects: 1 } => "the next object".to_owned(),
        Ems::UserPrompt { objects } => format!("the next {objects} objects belong together"),
        _ => "another element".to_owned(),
    }
}

fn characters(length: u8) -> String {
    match length {
        0 => "all characters".to_owned(),
        1 => "1 character".to_owned(),
        _ => format!("{length} characters"),
    }
}

fn style(format: &TextFormat) -> String {
    let mut style = Vec::new();
    for (set, word) in [
        (format.is_bold(), "bold"),
        (format.is_italic(), "italic"),
        (format.is_underlined(), "underlined"),
        (format.is_struck_through(), "struck through"),
        (format.size() == TextSize::Large, "large"),
        (format.size() == TextSize::Small, "small"),
        (format.alignment() == Alignment::Centre, "centred"),
        (format.alignment() == Alignment::Right, "right-aligned"),
    ] {
        if set {
            style.push(word.to_owned());
        }
    }
    if let Some(colour) = format.colour() {
        style.push(TextFormat::colour_name(colour).to_owned());
    }
    if let Some(background) = format.background() {
        style.push(format!("on {}", TextFormat::colour_name(background)));
    }
    if style.is_empty() { "plain".to_owned() } else { style.join(", ") }
}

/// Returns the characters that a text format applies to.
pub(crate) fn formatted<const N: usize>(
    ems: &Ems<'_>,
    user_data: &UserData<N>,
    dcs: Dcs,
) -> Option<Field> {
    let Ems::Format(format) = ems else { return None };
    let text = user_data.to_text(dcs)?;
    let length = match format.length() {
        0 => usize::MAX,
        length => usize::from(length),
    };
    let part: String = text.chars().skip(usize::from(format.start())).take(length).collect();
    Some(Field::value("format", format!("{} is {}", quoted(&part), style(format))))
}
