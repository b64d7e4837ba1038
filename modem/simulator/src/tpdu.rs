//! TPDUs and broadcast pages: 3GPP TS 23.040, 9 and 23.041, 9.4.1.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gsm7::{Alphabet, Coding, Codings};
use pdu::{
    Address, CharacterSet, Class, Concatenation, Dcs, Deliver, Incoming, Information, Outgoing,
    Reference, Status, StatusReport, Submit, Timestamp, UserData, Warning,
};

use crate::calendar::Date;
use crate::verb::VerbError;

/// The maximal number of concatenated messages with parts missing, for all subscribers together.
const PARTIAL_LIMIT: usize = 1000;
/// The octets of text in a page of a cell broadcast.
const PAGE_TEXT: usize = 82;

/// The TPDUs of a message to the modem, as many as its text needs.
pub(crate) fn deliver(
    from: &str,
    text: &str,
    reference: u8,
    date: Date,
) -> Result<Vec<Vec<u8>>, VerbError> {
    let originator = from.parse().or_else(|_| Address::alphanumeric(from));
    let originator = originator.ok().ok_or_else(|| VerbError::Address(from.to_string()))?;
    // UCS-2 has every character.
    let fit = gsm7::fit(text, Codings::DEFAULT).ok().ok_or(VerbError::TooLong)?;
    let (single, each) = match fit.coding() {
        Coding::Gsm7(_) => (160, 153),
        Coding::Ucs2 => (70, 67),
    };
    let total = u8::try_from(fit.parts(single, each)).ok().ok_or(VerbError::TooLong)?;
    let dcs = match fit.coding() {
        Coding::Gsm7(_) => Dcs::GSM7,
        Coding::Ucs2 => Dcs::UCS2,
    };
    let part = |text: &str, header: &[Information<'_>]| {
        let user_data = UserData::text(text, fit.coding(), header).ok()?;
        let deliver = Deliver::new(originator, Timestamp::from_raw(date.timestamp()))
            .with_user_data(dcs, user_data);
        encoded(|out| deliver.encode(out))
    };
    let parts: Option<Vec<_>> = if total == 1 {
        part(text, &[]).map(|part| alloc::vec![part])
    } else {
        let number = |sequence| Concatenation::new(Reference::Eight(reference), total, sequence);
        let numbered = (1..=total).zip(fit.cuts(each));
        numbered
            .map(|(sequence, text)| part(text, &[Information::Concatenation(number(sequence)?)]))
            .collect()
    };
    parts.ok_or(VerbError::TooLong)
}

/// The status report for a message or a command of the host.
pub(crate) fn report(
    tpdu: &[u8],
    reference: u8,
    status: u8,
    sent: Date,
    now: Date,
) -> Option<Vec<u8>> {
    let (recipient, on_command) = match submission(tpdu)? {
        Outgoing::Submit(submit) => (submit.destination, false),
        Outgoing::Command(command) => (command.destination, true),
        Outgoing::DeliverReport(_) => return None,
    };
    let [sent, now] = [sent, now].map(|date| Timestamp::from_raw(date.timestamp()));
    let mut report = StatusReport::new(reference, recipient, sent, now, Status::from_raw(status));
    report.on_command = on_command;
    encoded(|out| report.encode(out))
}

/// The decoded TPDU of the host; `None` if unreadable.
pub(crate) fn submission(tpdu: &[u8]) -> Option<Outgoing> {
    Outgoing::decode(tpdu).ok().map(|decoded| decoded.value)
}

/// Returns `true` if the lengths in a TPDU of the host are consistent: a network takes no other.
pub(crate) fn is_sound(tpdu: &[u8]) -> bool {
    const UNSOUND: [Warning; 5] = [
        Warning::TrailingOctets,
        Warning::Truncated,
        Warning::AddressTooLong,
        Warning::UserDataTooLong,
        Warning::HeaderMalformed,
    ];
    Outgoing::decode(tpdu)
        .is_ok_and(|decoded| !UNSOUND.iter().any(|warning| decoded.warnings.contains(*warning)))
}

/// The decoded TPDU of the network; `None` if unreadable.
pub(crate) fn incoming(tpdu: &[u8]) -> Option<Incoming> {
    Incoming::decode(tpdu).ok().map(|decoded| decoded.value)
}

/// The class of a message to the modem.
pub(crate) fn class(tpdu: &[u8]) -> Option<Class> {
    match incoming(tpdu)? {
        Incoming::Deliver(deliver) => deliver.dcs.class(),
        _ => None,
    }
}

/// The same message with another destination.
pub(crate) fn readdressed(tpdu: &[u8], destination: &str) -> Option<Vec<u8>> {
    let Outgoing::Submit(submit) = submission(tpdu)? else {
        return None;
    };
    let submit = Submit { destination: destination.parse().ok()?, ..submit };
    encoded(|out| submit.encode(out))
}

/// The octets of a TPDU.
pub(crate) fn encoded<E>(encode: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Option<Vec<u8>> {
    let mut octets = alloc::vec![0; 256];
    let length = encode(&mut octets).ok()?;
    octets.truncate(length);
    Some(octets)
}

/// The pages of a cell broadcast in the default alphabet or UCS-2.
pub(crate) fn pages(channel: u16, serial: u16, text: &str) -> Result<Vec<Vec<u8>>, VerbError> {
    let fit = gsm7::fit(text, Codings::DEFAULT).ok().ok_or(VerbError::TooLong)?;
    let (coding, each) = match fit.coding() {
        Coding::Gsm7(_) => (0x0f, 93),
        Coding::Ucs2 => (0x48, 40),
    };
    let total = u8::try_from(fit.parts(each, each))
        .ok()
        .filter(|total| *total <= 15)
        .ok_or(VerbError::TooLong)?;
    let pages = (1..=total).zip(fit.cuts(each)).map(|(number, text)| {
        let mut page = Vec::from(serial.to_be_bytes());
        page.extend(channel.to_be_bytes());
        page.extend([coding, number << 4 | total]);
        page.extend(match fit.coding() {
            Coding::Gsm7(alphabet) => {
                // CR pads the page: 23.041, 9.4.1.2.4.
                let mut septets = gsm7::encode_to_vec(text, alphabet).unwrap_or_default();
                septets.resize(93, b'\r');
                gsm7::pack_to_vec(&septets, 0).unwrap_or_default()
            }
            Coding::Ucs2 => {
                let mut octets = gsm7::ucs2::encode_to_vec(text);
                while octets.len() < PAGE_TEXT {
                    octets.extend([0, b'\r']);
                }
                octets
            }
        });
        page
    });
    Ok(pages.collect())
}

/// The text of a broadcast page without its padding.
pub(crate) fn page_text(page: &[u8]) -> String {
    let octets = page.get(6..).unwrap_or_default();
    let text = match page.get(4) {
        Some(0x48) => gsm7::ucs2::decode_to_string(octets),
        _ => {
            let count = octets.len().saturating_mul(8) / 7;
            let septets = gsm7::unpack_to_vec(octets, 0, count).unwrap_or_default();
            gsm7::decode_to_string(&septets, Alphabet::DEFAULT)
        }
    };
    text.trim_end_matches('\r').to_string()
}

/// The parts so far, by their sequence number, with the reference of each.
type Parts = BTreeMap<u8, (u8, Submit)>;

/// The subscribers' reassembly of concatenated messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mailbox {
    /// Incomplete messages by recipient, reference and number of parts.
    partial: BTreeMap<(String, u16, u8), Parts>,
}

/// A complete message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    /// The references of the parts, in the order of the parts.
    pub(crate) references: Vec<u8>,
    pub(crate) text: Option<String>,
    pub(crate) data: Vec<u8>,
}

impl Mailbox {
    /// Takes a message or a part; returns the message once it is complete.
    pub(crate) fn insert(&mut self, reference: u8, submit: Submit) -> Option<Mail> {
        let Some(concatenation) = submit.concatenation() else {
            return Some(mail(&[(reference, submit)]));
        };
        let total = concatenation.total();
        let key = (submit.destination.to_string(), concatenation.reference().value(), total);
        if self.partial.len() >= PARTIAL_LIMIT && !self.partial.contains_key(&key) {
            self.partial.pop_first();
        }
        let parts = self.partial.entry(key.clone()).or_default();
        parts.insert(concatenation.sequence(), (reference, submit));
        if parts.len() < usize::from(total) {
            return None;
        }
        let parts: Vec<_> = self.partial.remove(&key)?.into_values().collect();
        Some(mail(&parts))
    }
}

fn mail(parts: &[(u8, Submit)]) -> Mail {
    let references = parts.iter().map(|(reference, _)| *reference).collect();
    let submits = || parts.iter().map(|(_, submit)| submit);
    let data = || {
        submits().flat_map(|submit| submit.user_data.body_octets()).copied().collect::<Vec<u8>>()
    };
    let dcs = parts.first().map_or(Dcs::GSM7, |(_, submit)| submit.dcs);
    let text = match dcs.character_set() {
        _ if dcs.is_compressed() => None,
        CharacterSet::Data => None,
        // UTF-16 units and septets are joined before decoding: a character may be cut in two.
        CharacterSet::Ucs2 => Some(gsm7::ucs2::decode_to_string(&data())),
        CharacterSet::Gsm7 => {
            let septets: Vec<u8> = submits()
                .flat_map(|submit| submit.user_data.body_septets(&mut [0; 182]).to_vec())
                .collect();
            let alphabet =
                parts.first().map_or(Alphabet::DEFAULT, |(_, submit)| submit.user_data.alphabet());
            Some(gsm7::decode_to_string(&septets, alphabet))
        }
    };
    let data = if text.is_none() { data() } else { Vec::new() };
    Mail { references, text, data }
}
