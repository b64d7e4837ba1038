//! The kind of a PDU by its shape.

use pdu::{
    CellBroadcast, EtwsPrimary, Incoming, Outgoing, Page, UssdEncoding, Warning, WarningSystem,
    Warnings,
};

use super::report::{Failure, Report};
use super::tpdu::{Pdu, Tpdu};
use super::ussd::Strings;
use super::{broadcast, ussd};

/// The kind of a PDU, as an option or a header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Mobile terminated: from the network.
    Mt,
    /// Mobile originated: to the network.
    Mo,
    Broadcast,
    /// A USSD string, with its data coding scheme if that is known.
    Ussd(Option<u8>),
}

/// A PDU with its kind.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) kind: Kind,
    pub(crate) has_smsc: bool,
    pub(crate) report: Report,
    /// The oddities that speak against this kind: 0 for none.
    pub(crate) oddity: u32,
}

/// Reads octets of a kind that is named.
pub(crate) fn read_as(kind: Kind, has_smsc: bool, octets: &[u8]) -> Result<Read, Failure> {
    let (oddity, report) = match kind {
        Kind::Mt | Kind::Mo => {
            let pdu = Pdu::decode(octets, has_smsc, kind == Kind::Mo)?;
            (pdu_oddity(&pdu), pdu.explain())
        }
        Kind::Broadcast => {
            let report = broadcast::explain(octets)?;
            (warning_oddity(report.warnings, octets), report)
        }
        Kind::Ussd(Some(dcs)) => (0, ussd::explain(dcs, octets)),
        Kind::Ussd(None) => {
            let digits = faster_hex::hex_string_upper(octets).into_bytes();
            (0, ussd::explain_string(&digits, None, Strings::default()))
        }
    };
    Ok(Read { kind, has_smsc, report, oddity })
}

/// Reads octets whose kind is unknown.
///
/// Each kind is tried, and the one with the fewest oddities is taken. The first one is preferred:
/// what a modem reports, with a service centre.
///
/// # Errors
///
/// The failure of the first kind, if the octets fit no kind.
pub(crate) fn recognise(octets: &[u8]) -> Result<Read, Failure> {
    let first = read_as(Kind::Mt, true, octets);
    let others = [(Kind::Mo, true), (Kind::Mt, false), (Kind::Mo, false)]
        .map(|(kind, has_smsc)| read_as(kind, has_smsc, octets));
    let mut best = first.as_ref().map_or(MAX_ODDITY, |read| read.oddity);
    let mut found = None;
    let preferred = [0, 1, 3, 4];
    let tpdus = others
        .into_iter()
        .zip(&preferred[1..])
        .filter_map(|(read, penalty)| read.ok().map(|read| (read.oddity + penalty, read)));
    let rest = [recognise_broadcast(octets), recognise_ussd(octets)];
    for (oddity, read) in tpdus.chain(rest.into_iter().flatten()) {
        if oddity < best {
            best = oddity;
            found = Some(Read { oddity, ..read });
        }
    }
    let mut read = match (found, first) {
        (Some(read), _) | (None, Ok(read)) => read,
        // The type bits of a message to the network say which fields should be there.
        (None, Err(failure)) if is_outgoing(octets) => {
            return Err(read_as(Kind::Mo, true, octets).err().unwrap_or(failure));
        }
        (None, Err(failure)) => return Err(failure),
    };
    read.report.hints.extend(hint(&read));
    Ok(read)
}

/// Reads a TPDU without a service centre, in the direction that fits better.
///
/// # Errors
///
/// The failure of the direction from the network, if the octets fit neither.
pub(crate) fn recognise_tpdu(octets: &[u8]) -> Result<Read, Failure> {
    let (first, other) = (read_as(Kind::Mt, false, octets), read_as(Kind::Mo, false, octets));
    let limit = first.as_ref().map_or(u32::MAX, |read| read.oddity);
    match other.ok().filter(|read| read.oddity < limit) {
        Some(mut read) => {
            read.report.hints.extend(hint(&read));
            Ok(read)
        }
        None => first,
    }
}

/// Returns `true` if the first octet after the service centre has the type bits of a SUBMIT.
fn is_outgoing(octets: &[u8]) -> bool {
    let first = octets.first().and_then(|&length| octets.get(1 + usize::from(length)));
    first.is_some_and(|first| first & 0b11 == 0b01)
}

/// The oddity from which on a kind is not considered.
const MAX_ODDITY: u32 = 9;

fn recognise_broadcast(octets: &[u8]) -> Option<(u32, Read)> {
    let read = read_as(Kind::Broadcast, false, octets).ok()?;
    let (message, _) = broadcast::decode(octets).ok()?;
    let is_whole = !read.report.warnings.contains(Warning::PageNumber);
    let system = message.message_id().system();
    let is_warning = is_whole && system.is_some_and(|system| system != WarningSystem::Reserved);
    let shape = match &message {
        CellBroadcast::Page(_) if octets.len() == Page::LEN => 1,
        CellBroadcast::EtwsPrimary(_) if octets.len() == EtwsPrimary::LEN => 1,
        CellBroadcast::Umts(whole) if whole.pages().count() > 0 => 1,
        // Modems cut the padding of a page.
        CellBroadcast::Page(_) if is_warning => 4,
        CellBroadcast::Umts(_) | CellBroadcast::EtwsPrimary(_) => 4,
        CellBroadcast::Page(page)
            if is_whole && page.text().is_some_and(|text| is_readable(&text)) =>
        {
            6
        }
        _ => return None,
    };
    Some((read.oddity + shape, read))
}

fn recognise_ussd(octets: &[u8]) -> Option<(u32, Read)> {
    let digits = faster_hex::hex_string_upper(octets).into_bytes();
    let reading = Strings::default().read(&digits, None);
    let is_text = reading.encoding != UssdEncoding::Plain && is_readable(&reading.text);
    // `*100#` takes five octets; shorter ones read as text by chance.
    if octets.len() < 5 || !is_text {
        return None;
    }
    read_as(Kind::Ussd(None), false, octets).ok().map(|read| (7, read))
}

/// Returns `true` for text that a person would write.
///
/// Septets of other octets are full of `@`, currency signs and Greek capitals.
fn is_readable(text: &str) -> bool {
    let is_likely = |character: char| {
        matches!(character, ' ' | '\n' | '\r')
            || character.is_ascii_alphanumeric()
            || ".,:;!?*#+-/()'\"%=".contains(character)
            || !"@£$¥¡¿¤§\u{FFFD}ΔΦΓΛΩΠΨΣΘΞ_&<>".contains(character) && character.is_alphabetic()
    };
    let count = text.chars().count();
    let unlikely = text.chars().filter(|character| !is_likely(*character)).count();
    let is_ascii = text.chars().filter(char::is_ascii).count() * 4 >= count * 3;
    let is_other_script = text.chars().any(|character| character > '\u{370}');
    count >= 4 && unlikely * 12 <= count && (is_ascii || is_other_script)
}

/// Returns the oddity of a TPDU. A modem reports neither the network's answers nor its own.
fn pdu_oddity(pdu: &Pdu) -> u32 {
    let kind = match &pdu.tpdu {
        Tpdu::Incoming(Incoming::SubmitReport(_)) | Tpdu::Outgoing(Outgoing::DeliverReport(_)) => 5,
        _ => 0,
    };
    kind + pdu.oddity()
}

pub(crate) fn warning_oddity(warnings: Warnings, octets: &[u8]) -> u32 {
    let padded = octets.last() == Some(&0xFF);
    warnings
        .iter()
        .map(|warning| match warning {
            // Records of a SIM are padded.
            Warning::TrailingOctets if padded => 0,
            Warning::Truncated | Warning::TimestampInvalid | Warning::TimestampDigit => 4,
            Warning::TrailingOctets
            | Warning::AddressType
            | Warning::HeaderMalformed
            | Warning::ReservedMessageType
            | Warning::PageNumber => 3,
            Warning::SpareBits
            | Warning::UserDataTooLong
            | Warning::OddOctets
            | Warning::ElementRepeated => 1,
            _ => 2,
        })
        .sum()
}

/// Returns the reason for a kind that the reader may not expect.
fn hint(read: &Read) -> Option<String> {
    let name = match read.kind {
        Kind::Mo if read.has_smsc => {
            return Some(
                "the type bits of the first octet are those of a message to the network; \
                 --as mt reads it as one from the network"
                    .to_owned(),
            );
        }
        Kind::Mt if read.has_smsc => return None,
        Kind::Mt => "the octets fit a TPDU without a service centre; --as mt reads them with one",
        Kind::Mo => {
            "the octets fit a TPDU to the network without a service centre; --as mt reads them as \
             one from the network"
        }
        Kind::Broadcast => "the octets have the shape of a cell broadcast",
        Kind::Ussd(_) => {
            "the octets fit no PDU, and read as a USSD string; --as names another kind"
        }
    };
    Some(name.to_owned())
}
