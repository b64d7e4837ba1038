//! The facts that a session records, and their binary form.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::wire::{Reader, put_bytes, put_number, put_text};
use crate::error::{Error, ErrorKind};
use crate::message::PduLine;

/// A fact that must outlive the process and cannot be derived from the facts before it.
///
/// An awaited status report, for example, follows from [`Accepted`](Self::Accepted) and
/// [`PartEnded`](Self::PartEnded). Durations count from the emission of their record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    /// The numbers of messages below `below` may have been given, and `reference` is the reference
    /// of the next long message.
    Ids { below: u64, reference: u16 },
    /// The SIM of the first opening, which the PIN belongs to.
    Sim { iccid: Option<String> },
    /// The PIN is about to be given to a SIM. Gate: `AT+CPIN=`.
    PinTrying { iccid: Option<String> },
    /// The SIM has accepted the PIN or was too busy to check it, or the application allows another
    /// attempt.
    PinCleared { iccid: Option<String> },
    /// A message was accepted with all its parts, each with its service centre.
    Accepted { id: u64, parts: Vec<Vec<u8>>, expires_in: Option<u64>, reference: u16 },
    /// A part is about to be sent. Gate: Ctrl-Z.
    Attempting { id: u64, part: u8 },
    /// The outcome of a part is known.
    PartEnded { id: u64, part: u8, outcome: Outcome },
    /// A message has ended, though it has parts that were not tried and none that failed.
    Ended { id: u64 },
    /// The application has the outcome of a message, or has withdrawn the message.
    Settled { id: u64 },
    /// The application has acknowledged the final status report about a part.
    ReportSettled { id: u64, part: u8 },
    /// A part whose status report is awaited, in a snapshot whose message is settled.
    Awaited { id: u64, part: u8, reference: u8, recipient: String },
    /// A part that the modem does not keep, or not for long. Gate: `+CNMA`, and `+CMGD` of a part
    /// that is not acknowledged.
    PartTaken { key: u64, pdu: PduLine },
    /// The modem keeps these parts until they are acknowledged: they are read from it again.
    PartKept { keys: Vec<u64> },
    /// Parts with these digests are in an event that the application has taken.
    Delivered { digests: Vec<u64> },
    /// The application has made these parts safe. Gate: `+CMGD`.
    Acknowledged { keys: Vec<u64> },
    /// A part with this digest is not in its slot any more.
    Released { digest: u64 },
    /// A record of a pool, in its own form.
    Pool(Vec<u8>),
}

/// The recorded outcome of a part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The service centre has accepted the part, under this reference.
    Sent(u8),
    /// The part was refused, for this reason, of which the words are recorded.
    Failed(Error),
    /// The part may have been sent.
    Unknown,
    /// The part was taken back before its Ctrl-Z, and waits again.
    Returned,
}

impl Outcome {
    /// Appends the binary form.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Sent(reference) => out.extend([0, *reference]),
            Self::Failed(reason) => {
                out.push(1);
                put_text(shortened(&reason.to_string()), out);
            }
            Self::Unknown => out.push(2),
            Self::Returned => out.push(3),
        }
    }

    /// Reads the binary form.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.byte()? {
            0 => Self::Sent(reader.byte()?),
            1 => Self::Failed(ErrorKind::Invalid(reader.text()?.into()).into()),
            2 => Self::Unknown,
            3 => Self::Returned,
            _ => return None,
        })
    }
}

/// The kind of all records of a pool.
const POOL: u8 = 64;

/// The longest reason of a refusal that is recorded, in bytes.
const MAX_REASON: usize = 200;

impl Record {
    /// Appends the binary form: the kind, then its fields.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ids { below, reference } => {
                out.push(1);
                put_number(*below, out);
                put_number(u64::from(*reference), out);
            }
            Self::Sim { iccid } => put_optional(2, iccid.as_deref(), out),
            Self::PinTrying { iccid } => put_optional(3, iccid.as_deref(), out),
            Self::PinCleared { iccid } => put_optional(4, iccid.as_deref(), out),
            Self::Accepted { id, parts, expires_in, reference } => {
                out.push(5);
                put_number(*id, out);
                put_number(u64::from(*reference), out);
                // The time in milliseconds plus one, 0 without a limit.
                put_number(expires_in.map_or(0, |left| left.saturating_add(1)), out);
                put_number(parts.len() as u64, out);
                for part in parts {
                    put_bytes(part, out);
                }
            }
            Self::Attempting { id, part } => put_part(6, *id, *part, out),
            Self::PartEnded { id, part, outcome } => {
                put_part(7, *id, *part, out);
                outcome.encode(out);
            }
            Self::Ended { id } => put_keyed(8, *id, out),
            Self::Settled { id } => put_keyed(9, *id, out),
            Self::ReportSettled { id, part } => put_part(10, *id, *part, out),
            Self::Awaited { id, part, reference, recipient } => {
                put_part(11, *id, *part, out);
                out.push(*reference);
                put_text(recipient, out);
            }
            Self::PartTaken { key, pdu } => {
                put_keyed(12, *key, out);
                put_line(pdu, out);
            }
            Self::PartKept { keys } => put_numbers(13, keys, out),
            Self::Delivered { digests } => {
                out.push(14);
                put_number(digests.len() as u64, out);
                for digest in digests {
                    out.extend(digest.to_le_bytes());
                }
            }
            Self::Acknowledged { keys } => put_numbers(15, keys, out),
            Self::Released { digest } => {
                out.push(16);
                out.extend(digest.to_le_bytes());
            }
            Self::Pool(record) => {
                out.push(POOL);
                out.extend_from_slice(record);
            }
        }
    }

    /// Reads the binary form, all of it; `None` if it is not a record.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let record = match reader.byte()? {
            1 => Self::Ids { below: reader.number()?, reference: reader.small()? },
            2 => Self::Sim { iccid: reader.optional_text()? },
            3 => Self::PinTrying { iccid: reader.optional_text()? },
            4 => Self::PinCleared { iccid: reader.optional_text()? },
            5 => {
                let id = reader.number()?;
                let reference = reader.small()?;
                let expires_in = reader.number()?.checked_sub(1);
                let count = reader.number()?;
                // A part has at least its length: no count makes a reader reserve memory.
                let mut parts = Vec::new();
                for _ in 0..count {
                    parts.push(reader.bytes()?.to_vec());
                }
                Self::Accepted { id, parts, expires_in, reference }
            }
            6 => Self::Attempting { id: reader.number()?, part: reader.byte()? },
            7 => Self::PartEnded {
                id: reader.number()?,
                part: reader.byte()?,
                outcome: Outcome::decode(&mut reader)?,
            },
            8 => Self::Ended { id: reader.number()? },
            9 => Self::Settled { id: reader.number()? },
            10 => Self::ReportSettled { id: reader.number()?, part: reader.byte()? },
            11 => Self::Awaited {
                id: reader.number()?,
                part: reader.byte()?,
                reference: reader.byte()?,
                recipient: reader.text()?.into(),
            },
            12 => Self::PartTaken { key: reader.number()?, pdu: line(&mut reader)? },
            13 => Self::PartKept { keys: reader.numbers()? },
            14 => {
                let count = reader.number()?;
                let mut digests = Vec::new();
                for _ in 0..count {
                    digests.push(reader.digest()?);
                }
                Self::Delivered { digests }
            }
            15 => Self::Acknowledged { keys: reader.numbers()? },
            16 => Self::Released { digest: reader.digest()? },
            POOL => return Some(Self::Pool(reader.rest().to_vec())),
            _ => return None,
        };
        reader.is_empty().then_some(record)
    }
}

fn put_keyed(kind: u8, id: u64, out: &mut Vec<u8>) {
    out.push(kind);
    put_number(id, out);
}

fn put_part(kind: u8, id: u64, part: u8, out: &mut Vec<u8>) {
    put_keyed(kind, id, out);
    out.push(part);
}

fn put_numbers(kind: u8, numbers: &[u64], out: &mut Vec<u8>) {
    put_keyed(kind, numbers.len() as u64, out);
    for number in numbers {
        put_number(*number, out);
    }
}

fn put_optional(kind: u8, text: Option<&str>, out: &mut Vec<u8>) {
    out.push(kind);
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_text(text, out);
    }
}

/// A PDU as octets, and any other line, such as one that was damaged in transit, as it is.
fn put_line(pdu: &PduLine, out: &mut Vec<u8>) {
    let digits = pdu.as_bytes();
    let mut octets = alloc::vec![0; digits.len() / 2];
    // Lower-case digits are in a line only among other letters.
    let is_hex = !digits.is_empty() && faster_hex::hex_decode(digits, &mut octets).is_ok();
    out.push(u8::from(is_hex));
    put_bytes(if is_hex { &octets } else { digits }, out);
}

fn line(reader: &mut Reader<'_>) -> Option<PduLine> {
    let is_hex = reader.byte()?;
    let bytes = reader.bytes()?;
    match is_hex {
        0 => Some(PduLine::new(bytes)),
        1 => Some(PduLine::of_octets(bytes)),
        _ => None,
    }
}

/// The beginning of a reason, cut between two characters.
fn shortened(reason: &str) -> &str {
    let end = (0..=MAX_REASON.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    reason.get(..end.unwrap_or_default()).unwrap_or_default()
}
