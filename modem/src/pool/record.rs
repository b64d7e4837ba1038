//! The facts that a pool records, and their binary form, in records of kind 64 of the journal.

use alloc::string::String;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Address, Envelope, Submit};

use super::Ending;
use super::priority::Priority;
use super::route::Via;
use super::sim::SimKey;
use crate::error::{Error, ErrorKind};
use crate::fnv::fnv_1a;
use crate::journal::{self, Outcome, Reader, put_bytes, put_number, put_text};

/// A fact that must outlive the process and cannot be derived from the facts before it. SIMs are
/// named by their numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    /// The numbers of messages below `below` may have been given.
    Ids { below: u64 },
    /// A SIM was seen first, or has taken the number of a forgotten one.
    Sim { sim: u64, key: SimKey, reference: u16 },
    /// A message was accepted, with the octets of its parts.
    Accepted {
        id: u64,
        via: Via,
        priority: Priority,
        expires_in: Option<u64>,
        key: Option<String>,
        parts: Vec<Vec<u8>>,
    },
    /// A part is about to be sent, and counts for this month and day. Gate: Ctrl-Z.
    Attempting { id: u64, part: u8, sim: u64, reference: u16, counted: Option<(u32, u32)> },
    /// The outcome of a part is known, on this month and day.
    PartEnded { id: u64, part: u8, sim: u64, counted: Option<(u32, u32)>, outcome: Outcome },
    /// A message has ended.
    Ended { id: u64, ending: Ending },
    /// The application has the result of a message.
    Settled { id: u64 },
    /// The usage of a SIM, in a snapshot or after a restart, and the milliseconds that are left of
    /// its gap and until its bucket is full.
    Usage { sim: u64, days: Vec<(u32, u32)>, months: Vec<(u32, u32)>, gap: u64, full: u64 },
    /// In a snapshot: a key, with the digest of its message.
    Key { key: String, id: u64, digest: u64 },
    /// In a snapshot: the outcome of a part, which is counted already.
    Fate { id: u64, part: u8, sim: Option<u64>, outcome: Outcome },
    /// In a snapshot: the SIM and the reference of a message, its attempts, and the milliseconds
    /// until it is stranded.
    Begun { id: u64, sim: u64, reference: u16, attempts: u32, stranded_in: Option<u64> },
    /// In a snapshot: a part whose status report is awaited.
    Awaited { id: u64, part: u8, sim: u64, reference: u8, recipient: String },
}

/// A time in milliseconds.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The octets that any TPDU with its service centre fits in.
const MAX_OCTETS: usize = 226;

/// The octets of the parts of a message, each with its service centre.
pub(super) fn octets<'a>(
    smsc: Option<Address>,
    parts: impl IntoIterator<Item = &'a Submit>,
) -> Result<Vec<Vec<u8>>, Error> {
    let encode = |part: &Submit| {
        let mut octets = [0; MAX_OCTETS];
        let length = Envelope { smsc, tpdu: *part }.encode(&mut octets);
        let length = length.map_err(|error| Error::new(ErrorKind::Invalid(error.to_string())))?;
        Ok(octets.get(..length).unwrap_or_default().to_vec())
    };
    parts.into_iter().map(encode).collect()
}

/// A digest of a message and its wish (FNV-1a), for its idempotency key.
pub(super) fn digest(parts: &[Vec<u8>], via: &Via) -> u64 {
    let mut bytes = Vec::new();
    put_via(via, &mut bytes);
    let parts = parts.iter().flat_map(|part| part.iter().chain(&[0xFF, 0x00]));
    fnv_1a(parts.chain(&bytes))
}

impl From<Record> for journal::Record {
    fn from(record: Record) -> Self {
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        Self::Pool(bytes)
    }
}

impl Record {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ids { below } => put_keyed(1, *below, out),
            Self::Sim { sim, key, reference } => {
                put_keyed(2, *sim, out);
                let (kind, name) = match key {
                    SimKey::Iccid(name) => (0, name),
                    SimKey::Imsi(name) => (1, name),
                    SimKey::Member(name) => (2, name),
                };
                out.push(kind);
                put_text(name, out);
                put_number((*reference).into(), out);
            }
            Self::Accepted { id, via, priority, expires_in, key, parts } => {
                put_keyed(3, *id, out);
                put_via(via, out);
                out.push(match priority {
                    Priority::Alarm => 0,
                    Priority::Normal => 1,
                    Priority::Bulk => 2,
                });
                put_optional_number(*expires_in, out);
                out.push(u8::from(key.is_some()));
                if let Some(key) = key {
                    put_text(key, out);
                }
                put_number(parts.len() as u64, out);
                for part in parts {
                    put_bytes(part, out);
                }
            }
            Self::Attempting { id, part, sim, reference, counted } => {
                put_part(4, *id, *part, out);
                put_number(*sim, out);
                put_number((*reference).into(), out);
                put_day(*counted, out);
            }
            Self::PartEnded { id, part, sim, counted, outcome } => {
                put_part(5, *id, *part, out);
                put_number(*sim, out);
                put_day(*counted, out);
                outcome.encode(out);
            }
            Self::Ended { id, ending } => {
                put_keyed(6, *id, out);
                out.push(ENDINGS.iter().position(|other| other == ending).map_or(0, index));
            }
            Self::Settled { id } => put_keyed(7, *id, out),
            Self::Usage { sim, days, months, gap, full } => {
                put_keyed(8, *sim, out);
                for counts in [days, months] {
                    put_number(counts.len() as u64, out);
                    for (day, count) in counts {
                        put_number((*day).into(), out);
                        put_number((*count).into(), out);
                    }
                }
                put_number(*gap, out);
                put_number(*full, out);
            }
            Self::Key { key, id, digest } => {
                put_keyed(9, *id, out);
                put_text(key, out);
                out.extend(digest.to_le_bytes());
            }
            Self::Fate { id, part, sim, outcome } => {
                put_part(10, *id, *part, out);
                put_optional_number(*sim, out);
                outcome.encode(out);
            }
            Self::Begun { id, sim, reference, attempts, stranded_in } => {
                put_keyed(11, *id, out);
                put_number(*sim, out);
                put_number((*reference).into(), out);
                put_number((*attempts).into(), out);
                put_optional_number(*stranded_in, out);
            }
            Self::Awaited { id, part, sim, reference, recipient } => {
                put_part(12, *id, *part, out);
                put_number(*sim, out);
                out.push(*reference);
                put_text(recipient, out);
            }
        }
    }

    /// Reads the binary form, all of it; `None` if it is not a record.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let kind = reader.byte()?;
        let id = reader.number()?;
        let record = match kind {
            1 => Self::Ids { below: id },
            2 => {
                let key = match (reader.byte()?, reader.text()?.into()) {
                    (0, name) => SimKey::Iccid(name),
                    (1, name) => SimKey::Imsi(name),
                    (2, name) => SimKey::Member(name),
                    _ => return None,
                };
                Self::Sim { sim: id, key, reference: reader.small()? }
            }
            3 => {
                let via = via(&mut reader)?;
                let priority = match reader.byte()? {
                    0 => Priority::Alarm,
                    1 => Priority::Normal,
                    2 => Priority::Bulk,
                    _ => return None,
                };
                let expires_in = reader.optional_number()?;
                let key = reader.optional_text()?;
                let count = reader.number()?;
                // A part has at least its length: no count makes a reader reserve memory.
                let mut parts = Vec::new();
                for _ in 0..count {
                    parts.push(reader.bytes()?.to_vec());
                }
                Self::Accepted { id, via, priority, expires_in, key, parts }
            }
            4 => Self::Attempting {
                id,
                part: reader.byte()?,
                sim: reader.number()?,
                reference: reader.small()?,
                counted: day(&mut reader)?,
            },
            5 => Self::PartEnded {
                id,
                part: reader.byte()?,
                sim: reader.number()?,
                counted: day(&mut reader)?,
                outcome: Outcome::decode(&mut reader)?,
            },
            6 => Self::Ended { id, ending: *ENDINGS.get(usize::from(reader.byte()?))? },
            7 => Self::Settled { id },
            8 => Self::Usage {
                sim: id,
                days: counts(&mut reader)?,
                months: counts(&mut reader)?,
                gap: reader.number()?,
                full: reader.number()?,
            },
            9 => Self::Key { id, key: reader.text()?.into(), digest: reader.digest()? },
            10 => Self::Fate {
                id,
                part: reader.byte()?,
                sim: reader.optional_number()?,
                outcome: Outcome::decode(&mut reader)?,
            },
            11 => Self::Begun {
                id,
                sim: reader.number()?,
                reference: reader.small()?,
                attempts: u32::try_from(reader.number()?).ok()?,
                stranded_in: reader.optional_number()?,
            },
            12 => Self::Awaited {
                id,
                part: reader.byte()?,
                sim: reader.number()?,
                reference: reader.byte()?,
                recipient: reader.text()?.into(),
            },
            _ => return None,
        };
        reader.is_empty().then_some(record)
    }
}

/// The endings by their numbers in records.
const ENDINGS: [Ending; 6] = [
    Ending::Sent,
    Ending::Failed,
    Ending::Unknown,
    Ending::Expired,
    Ending::Cancelled,
    Ending::Stranded,
];

fn index(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

fn put_keyed(kind: u8, id: u64, out: &mut Vec<u8>) {
    out.push(kind);
    put_number(id, out);
}

fn put_part(kind: u8, id: u64, part: u8, out: &mut Vec<u8>) {
    put_keyed(kind, id, out);
    out.push(part);
}

/// A number plus one, 0 for none.
fn put_optional_number(number: Option<u64>, out: &mut Vec<u8>) {
    put_number(number.map_or(0, |number| number.saturating_add(1)), out);
}

fn put_day(day: Option<(u32, u32)>, out: &mut Vec<u8>) {
    put_optional_number(day.map(|(month, _)| month.into()), out);
    if let Some((_, day)) = day {
        put_number(day.into(), out);
    }
}

fn day(reader: &mut Reader<'_>) -> Option<Option<(u32, u32)>> {
    let Some(month) = reader.optional_number()? else {
        return Some(None);
    };
    Some(Some((u32::try_from(month).ok()?, u32::try_from(reader.number()?).ok()?)))
}

fn counts(reader: &mut Reader<'_>) -> Option<Vec<(u32, u32)>> {
    let count = reader.number()?;
    let mut counts = Vec::new();
    for _ in 0..count {
        let day = u32::try_from(reader.number()?).ok()?;
        counts.push((day, u32::try_from(reader.number()?).ok()?));
    }
    Some(counts)
}

fn put_via(via: &Via, out: &mut Vec<u8>) {
    let (kind, name) = match via {
        Via::Recipient => return out.push(0),
        Via::Member(name) => (1, name),
        Via::Sim(name) => (2, name),
        Via::Group(name) => (3, name),
        Via::Route(name) => (4, name),
    };
    out.push(kind);
    put_text(name, out);
}

fn via(reader: &mut Reader<'_>) -> Option<Via> {
    let kind = reader.byte()?;
    if kind == 0 {
        return Some(Via::Recipient);
    }
    let name = reader.text()?.into();
    Some(match kind {
        1 => Via::Member(name),
        2 => Via::Sim(name),
        3 => Via::Group(name),
        4 => Via::Route(name),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::ErrorKind;

    /// One record of each kind, and each of their forms.
    fn all() -> Vec<Record> {
        let mut all = Vec::from([
            Record::Ids { below: 4096 },
            Record::Sim { sim: 3, key: SimKey::Iccid("8949020000012345678".into()), reference: 7 },
            Record::Sim { sim: 300, key: SimKey::Imsi("262011234567890".into()), reference: 0 },
            Record::Sim { sim: 0, key: SimKey::Member("usb0".into()), reference: 65_535 },
            Record::Attempting { id: 9, part: 1, sim: 3, reference: 8, counted: None },
            Record::Attempting { id: 9, part: 1, sim: 3, reference: 8, counted: Some((1, 2)) },
            Record::Settled { id: u64::MAX },
            Record::Usage {
                sim: 3,
                days: Vec::from([(1, 2), (3, 4)]),
                months: Vec::new(),
                gap: 1,
                full: u64::MAX,
            },
            Record::Key { key: "größer".into(), id: 1, digest: u64::MAX - 1 },
            Record::Fate { id: 1, part: 0, sim: None, outcome: Outcome::Sent(9) },
            Record::Fate { id: 1, part: 0, sim: Some(5), outcome: Outcome::Unknown },
            Record::Begun { id: 1, sim: 3, reference: 9, attempts: 2, stranded_in: Some(0) },
            Record::Awaited { id: 1, part: 2, sim: 3, reference: 4, recipient: "+4917".into() },
        ]);
        for outcome in [
            Outcome::Sent(255),
            Outcome::Failed(ErrorKind::Invalid("no".into()).into()),
            Outcome::Unknown,
            Outcome::Returned,
        ] {
            let counted = Some((u32::MAX, 0));
            all.push(Record::PartEnded { id: 9, part: 254, sim: 1, counted, outcome });
        }
        for via in [
            Via::Recipient,
            Via::Member("a".into()),
            Via::Sim("b".into()),
            Via::Group("c".into()),
            Via::Route("d".into()),
        ] {
            for priority in Priority::ALL {
                let via = via.clone();
                let key = (priority == Priority::Bulk).then(|| "key".into());
                let parts = Vec::from([Vec::from([0, 1, 2]), Vec::new()]);
                let expires_in = Some(5);
                all.push(Record::Accepted { id: 1, via, priority, expires_in, key, parts });
            }
        }
        all.extend(ENDINGS.map(|ending| Record::Ended { id: 4, ending }));
        all
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_neither_cut_nor_with_more() {
        for record in all() {
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            assert_eq!(Record::decode(&bytes), Some(record.clone()));
            for cut in 0..bytes.len() {
                assert_eq!(Record::decode(&bytes[..cut]), None, "{record:?} cut at {cut}");
            }
            bytes.push(0);
            assert_eq!(Record::decode(&bytes), None, "{record:?} and more");
        }
    }

    #[test]
    fn the_digest_of_a_message_depends_on_its_parts_and_its_wish() {
        let parts = |parts: &[&[u8]]| parts.iter().map(|part| part.to_vec()).collect::<Vec<_>>();
        let of = |bytes: &[&[u8]], via: &Via| digest(&parts(bytes), via);
        let first = of(&[&[1, 2], &[3]], &Via::Recipient);
        assert_eq!(first, of(&[&[1, 2], &[3]], &Via::Recipient));
        assert_ne!(first, of(&[&[1], &[2, 3]], &Via::Recipient));
        assert_ne!(first, of(&[&[1, 2], &[3]], &Via::Group("a".into())));
    }
}
