//! The octets of a submit_sm by their data coding: a text, data, or one part with its header.

use modem::gsm7::charset::Charset;
use modem::gsm7::{Alphabet, Coding as TextCoding};
use modem::pdu::{
    CharacterSet, Class, Concatenation, Dcs, Header, Information, Reference, Submit, UserData,
    UserDataError,
};
use rusmpp::CommandStatus;

use crate::config::DefaultAlphabet;

/// The number of septets in a part without a header.
const MAX_SEPTETS: usize = 160;

/// The character set of a data coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Gsm7,
    Ascii,
    Latin1,
    Ucs2,
    Data,
}

/// A data coding that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    set: Set,
    pub(super) class: Option<u8>,
}

/// The content of a submit_sm.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A text, which is split here.
    Text(String),
    /// Data, which are split here.
    Data(Vec<u8>),
    /// One part as an encoded SMS-SUBMIT, with the reference and the number of parts of a message.
    Part { tpdu: Vec<u8>, concatenation: Option<String> },
}

/// The data coding of an octet.
///
/// # Errors
/// Fails for alphabets that no short message has, such as JIS.
pub(super) fn coding(octet: u8, default: DefaultAlphabet) -> Result<Coding, CommandStatus> {
    let default = match default {
        DefaultAlphabet::Gsm7 => Set::Gsm7,
        DefaultAlphabet::Latin1 => Set::Latin1,
    };
    let class = Some(octet & 3);
    let (set, class) = match octet {
        0 => (default, None),
        1 => (Set::Ascii, None),
        2 | 4 => (Set::Data, None),
        3 => (Set::Latin1, None),
        8 => (Set::Ucs2, None),
        // The groups of TP-DCS with a class, where a client passes it on.
        0x10..=0x13 => (default, class),
        0x14..=0x17 => (Set::Data, class),
        0x18..=0x1B => (Set::Ucs2, class),
        0xF0..=0xFF if octet & 4 != 0 => (Set::Data, class),
        0xF0..=0xFF => (default, class),
        _ => return Err(CommandStatus::EsmeRsubmitfail),
    };
    Ok(Coding { set, class })
}

/// The place of a part by the TLVs sar_msg_ref_num, sar_total_segments and sar_segment_seqnum.
///
/// # Errors
/// Fails when one is missing or they contradict each other.
pub(super) fn sar(
    tlvs: (Option<u16>, Option<u8>, Option<u8>),
) -> Result<Option<Concatenation>, CommandStatus> {
    let (reference, total, sequence) = match tlvs {
        (None, None, None) => return Ok(None),
        (Some(reference), Some(total), Some(sequence)) => (reference, total, sequence),
        _ => return Err(CommandStatus::EsmeRmissingtlv),
    };
    let reference = u8::try_from(reference).map_or(Reference::Sixteen(reference), Reference::Eight);
    let place = Concatenation::new(reference, total, sequence);
    let place = place.ok_or(CommandStatus::EsmeRinvtlvval)?;
    // One part of one needs no header.
    Ok(Some(place).filter(|_| total > 1))
}

/// Reads the octets.
///
/// # Errors
/// Fails with the status for the answer.
pub(super) fn read(
    octets: &[u8],
    coding: Coding,
    has_header: bool,
    sar: Option<Concatenation>,
    to: &str,
) -> Result<Body, CommandStatus> {
    if has_header {
        let (length, rest) = octets.split_first().ok_or(CommandStatus::EsmeRinvmsglen)?;
        let split = rest.split_at_checked(usize::from(*length));
        let (elements, rest) = split.ok_or(CommandStatus::EsmeRinvmsglen)?;
        let header = Header::new(elements).ok_or(CommandStatus::EsmeRinvmsglen)?;
        let information: Vec<Information<'_>> = header.information().collect();
        return part(rest, coding, &information, header.concatenation(), to);
    }
    if let Some(place) = sar {
        return part(octets, coding, &[Information::Concatenation(place)], Some(place), to);
    }
    match coding.set {
        Set::Data => return Ok(Body::Data(octets.to_vec())),
        // Septets that are not a text, such as an escape at the end, are still valid as a part.
        Set::Gsm7 if octets.len() <= MAX_SEPTETS && text(octets, Set::Gsm7).is_err() => {
            return part(octets, coding, &[], None, to);
        }
        _ => {}
    }
    text(octets, coding.set).map(Body::Text)
}

/// The text of octets, all of which must mean something.
fn text(octets: &[u8], set: Set) -> Result<String, CommandStatus> {
    let charset = match set {
        Set::Gsm7 => Charset::Gsm,
        Set::Ascii => Charset::Ira,
        Set::Latin1 => Charset::Iso8859_1,
        Set::Ucs2 | Set::Data => {
            if !octets.len().is_multiple_of(2) {
                return Err(CommandStatus::EsmeRinvmsglen);
            }
            let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            let text: Result<String, _> = char::decode_utf16(units).collect();
            return text.map_err(|_| CommandStatus::EsmeRsubmitfail);
        }
    };
    charset.decode_strict(octets).map_err(|_| CommandStatus::EsmeRsubmitfail)
}

/// One part, which is not split again.
fn part(
    octets: &[u8],
    coding: Coding,
    header: &[Information<'_>],
    place: Option<Concatenation>,
    to: &str,
) -> Result<Body, CommandStatus> {
    let class = coding.class.map(Class::from_bits);
    let (set, user_data) = match coding.set {
        Set::Gsm7 => (CharacterSet::Gsm7, UserData::septets(octets, header)),
        Set::Ucs2 => (CharacterSet::Ucs2, UserData::data(octets, header)),
        Set::Data => (CharacterSet::Data, UserData::data(octets, header)),
        Set::Ascii | Set::Latin1 => {
            let text = text(octets, coding.set)?;
            let gsm7 = TextCoding::Gsm7(Alphabet::DEFAULT);
            match UserData::text(&text, gsm7, header) {
                Err(UserDataError::Text(_)) => {
                    (CharacterSet::Ucs2, UserData::text(&text, TextCoding::Ucs2, header))
                }
                user_data => (CharacterSet::Gsm7, user_data),
            }
        }
    };
    let user_data = user_data.map_err(|error| match error {
        UserDataError::TooLong { .. } | UserDataError::TooManySeptets { .. } => {
            CommandStatus::EsmeRinvmsglen
        }
        _ => CommandStatus::EsmeRsubmitfail,
    })?;
    let recipient = to.parse().map_err(|_| CommandStatus::EsmeRinvdstadr)?;
    let submit = Submit::new(recipient).with_user_data(Dcs::new(set, class), user_data);
    let mut tpdu = [0; 188];
    let length = submit.encode(&mut tpdu).map_err(|_| CommandStatus::EsmeRsubmitfail)?;
    let concatenation = place.map(|place| {
        let (width, number) = match place.reference() {
            Reference::Eight(number) => (8, u16::from(number)),
            Reference::Sixteen(number) => (16, number),
        };
        format!("{width}/{number}/{}", place.total())
    });
    Ok(Body::Part { tpdu: tpdu[..length].to_vec(), concatenation })
}
