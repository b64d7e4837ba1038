//! The form of a log: a snapshot and the records after it, each with its number, its checksum and
//! the highest number then known to be durable.

use alloc::vec::Vec;
use core::time::Duration;

use super::record::Record;
use super::wire::{Reader, put_number};
use crate::session::SavedSession;

/// The first bytes of a log.
const MAGIC: &[u8; 8] = b"modemlg1";

/// The kind of a snapshot, where a record has its own.
const SNAPSHOT: u8 = 0;

/// A record as a session emits it, to be appended to a log.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use modem::at::Instant;
/// use modem::journal::History;
/// use modem::{Config, Confirm, OutgoingMessage, SavedSession, Session};
///
/// let mut config = Config::default();
/// config.confirm = Confirm::Records;
/// let (now, time) = (Instant::ZERO, Duration::from_secs(1_700_000_000));
/// let mut log = Vec::new();
/// SavedSession::default().encode(time, &mut log);
///
/// let mut session = Session::new(config.clone());
/// session.replay(History::read(&log, time)?, now)?;
/// while let Some(entry) = session.poll_record() {
///     entry.encode(time, &mut log);
///     session.handle_durable(entry.number(), now);
/// }
/// let id = session.enqueue(&OutgoingMessage::text("+491715550100".parse()?, "Hello"), now)?;
/// while let Some(entry) = session.poll_record() {
///     entry.encode(time, &mut log);
/// }
///
/// // After a restart:
/// let mut session = Session::new(config);
/// session.replay(History::read(&log, time)?, now)?;
/// assert_eq!(session.waiting().collect::<Vec<_>>(), [id]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    number: u64,
    durable: u64,
    record: Record,
}

impl Entry {
    pub(crate) const fn new(number: u64, durable: u64, record: Record) -> Self {
        Self { number, durable, record }
    }

    /// The number of the record in its journal. The first one is 1, and there are no gaps.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Appends the binary form to `out`. `time` is the time since 1970, from which the age of the
    /// record follows after a restart.
    pub fn encode(&self, time: Duration, out: &mut Vec<u8>) {
        let lag = self.number.saturating_sub(self.durable);
        put_frame(self.number, lag, time, out, |out| self.record.encode(out));
    }
}

/// Appends a snapshot, with which a log begins. The snapshot includes the records up to `number`.
pub(crate) fn put_snapshot(
    number: u64,
    facts: &[(Duration, Record)],
    time: Duration,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(MAGIC);
    put_frame(number, 0, time, out, |out| {
        out.push(SNAPSHOT);
        let mut bytes = Vec::new();
        for (age, record) in facts {
            bytes.clear();
            record.encode(&mut bytes);
            put_number(millis(*age), out);
            super::wire::put_bytes(&bytes, out);
        }
    });
}

/// Appends a checksum, the length of what follows, the numbers, the time, and the content.
fn put_frame(
    number: u64,
    lag: u64,
    time: Duration,
    out: &mut Vec<u8>,
    content: impl FnOnce(&mut Vec<u8>),
) {
    let mut body = Vec::new();
    put_number(number, &mut body);
    put_number(lag, &mut body);
    put_number(millis(time), &mut body);
    content(&mut body);
    let start = out.len();
    out.extend([0; 4]);
    super::wire::put_bytes(&body, out);
    if let Some((checksum, covered)) =
        out.get_mut(start..).and_then(|frame| frame.split_at_mut_checked(4))
    {
        checksum.copy_from_slice(&crc32fast::hash(covered).to_le_bytes());
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The fields before the content of a record, or of a snapshot.
#[derive(Debug, Clone, Copy)]
struct Frame<'a> {
    number: u64,
    time: Duration,
    content: &'a [u8],
    /// The number of bytes of the whole frame.
    length: usize,
}

impl<'a> Frame<'a> {
    /// Reads the frame at the beginning of `bytes` if `is_possible` says so of its numbers, and its
    /// checksum is right.
    fn read(bytes: &'a [u8], is_possible: impl FnOnce(u64, u64) -> bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let checksum = reader.checksum()?;
        let mut body = Reader::new(reader.bytes()?);
        let length = bytes.len().saturating_sub(reader.len());
        let number = body.number()?;
        let durable = number.checked_sub(body.number()?)?;
        if !is_possible(number, durable) {
            return None;
        }
        let time = Duration::from_millis(body.number()?);
        let covered = bytes.get(4..length)?;
        let content = body.rest();
        (crc32fast::hash(covered) == checksum).then_some(Self { number, time, content, length })
    }
}

/// A fact with its age, and the number of its record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub(crate) number: u64,
    pub(crate) age: Duration,
    pub(crate) record: Record,
}

/// The content of a log, for [`Session::replay`](crate::Session::replay).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub(crate) facts: Vec<Fact>,
    pub(crate) last: u64,
    length: usize,
}

/// The reason why a log is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal is damaged at byte {position}, in record {record}: {reason}")]
#[non_exhaustive]
pub struct Damaged {
    /// The position of the first damaged byte, or of the record that has it.
    pub position: usize,
    /// The number of the record; 0 for the snapshot.
    pub record: u64,
    /// The kind of the damage.
    pub reason: DamageReason,
}

/// The kind of the damage of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageReason {
    /// The log does not begin with a snapshot.
    #[error("the log does not begin with a snapshot that can be read")]
    Snapshot,
    /// A record is damaged or missing, and a later record shows that it had been durable.
    #[error("the record had been durable, as a later one shows")]
    Durable,
    /// A record has a content that this version cannot read.
    #[error("the content is unknown to this version")]
    Unknown,
}

impl History {
    /// Reads a log at the time `time` since 1970. An empty log is an empty history.
    ///
    /// A record that cannot be read ends the log, since the tail of a log may be lost when the
    /// power fails. If a later record shows that this one had been durable, the log is refused. If
    /// the clock went back since a record was written, its age is 0.
    ///
    /// # Errors
    /// Fails when the log is damaged other than at its end, with the position.
    pub fn read(log: &[u8], time: Duration) -> Result<Self, Damaged> {
        if log.is_empty() {
            return Ok(Self::default());
        }
        let (mut history, mut position) = Self::read_snapshot(log, time).ok_or(Damaged {
            position: 0,
            record: 0,
            reason: DamageReason::Snapshot,
        })?;
        let included = history.last;
        while let Some(rest) = log.get(position..).filter(|rest| !rest.is_empty()) {
            let missing = history.last.saturating_add(1);
            let frame = Frame::read(rest, |number, _| number == missing || number <= included);
            let Some(frame) = frame else {
                if proves_durable(rest, missing) {
                    let reason = DamageReason::Durable;
                    return Err(Damaged { position, record: missing, reason });
                }
                break;
            };
            // A record that the snapshot includes is skipped.
            if frame.number == missing {
                let record = Record::decode(frame.content).ok_or(Damaged {
                    position,
                    record: missing,
                    reason: DamageReason::Unknown,
                })?;
                let age = time.saturating_sub(frame.time);
                history.facts.push(Fact { number: missing, age, record });
                history.last = missing;
            }
            position = position.saturating_add(frame.length);
        }
        history.length = position;
        Ok(history)
    }

    fn read_snapshot(log: &[u8], time: Duration) -> Option<(Self, usize)> {
        let bytes = log.strip_prefix(MAGIC)?;
        let frame = Frame::read(bytes, |_, _| true)?;
        let mut reader = Reader::new(frame.content);
        if reader.byte()? != SNAPSHOT {
            return None;
        }
        let since = time.saturating_sub(frame.time);
        let mut facts = Vec::new();
        while !reader.is_empty() {
            let age = since.saturating_add(Duration::from_millis(reader.number()?));
            let record = Record::decode(reader.bytes()?)?;
            facts.push(Fact { number: frame.number, age, record });
        }
        let position = MAGIC.len().saturating_add(frame.length);
        Some((Self { facts, last: frame.number, length: position }, position))
    }

    /// The number of the last record; 0 if there is none.
    pub const fn last_number(&self) -> u64 {
        self.last
    }

    /// The number of bytes of the log up to its last record. What follows was lost, and is to be
    /// cut off durably before anything is appended.
    pub const fn valid_length(&self) -> usize {
        self.length
    }
}

/// Returns `true` if a record in `bytes` shows that the record `missing` had been durable.
fn proves_durable(bytes: &[u8], missing: u64) -> bool {
    let reach = missing.saturating_add(bytes.len() as u64);
    (0..bytes.len()).filter_map(|start| bytes.get(start..)).any(|rest| {
        let is_proof =
            |number: u64, durable: u64| durable >= missing && number > missing && number <= reach;
        Frame::read(rest, is_proof).is_some()
    })
}

/// The content with which a log begins: a whole state, as records from which it follows. The
/// default is the state of a session or a pool that was never used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    number: u64,
    facts: Vec<(Duration, Record)>,
}

impl Snapshot {
    /// A state that includes the records up to `number`.
    pub(crate) const fn new(number: u64, facts: Vec<(Duration, Record)>) -> Self {
        Self { number, facts }
    }

    /// The number of the last record of the journal that the state includes; 0 without a journal.
    pub const fn last_record(&self) -> u64 {
        self.number
    }

    /// Appends the binary form to `out`, with which a log begins. `time` is the time since 1970.
    pub fn encode(&self, time: Duration, out: &mut Vec<u8>) {
        put_snapshot(self.number, &self.facts, time, out);
    }
}

impl From<&SavedSession> for Snapshot {
    fn from(saved: &SavedSession) -> Self {
        let (number, facts) = saved.facts();
        Self { number, facts }
    }
}

impl SavedSession {
    /// Appends the binary form to `out`, with which a log begins. `time` is the time since 1970.
    pub fn encode(&self, time: Duration, out: &mut Vec<u8>) {
        Snapshot::from(self).encode(time, out);
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};
    use alloc::vec::Vec;
    use core::time::Duration;

    use proptest::prelude::*;

    use super::super::record::{Outcome, Record};
    use super::{DamageReason, Damaged, Entry, History, MAGIC};
    use crate::error::ErrorKind;
    use crate::message::PduLine;
    use crate::session::SavedSession;

    const TIME: Duration = Duration::from_secs(1_700_000_000);

    /// One record of each kind.
    fn all() -> Vec<Record> {
        let iccid = Some(String::from("8949020000012345678"));
        Vec::from([
            Record::Ids { below: 1025, reference: 7 },
            Record::Sim { iccid: iccid.clone() },
            Record::PinTrying { iccid: None },
            Record::PinCleared { iccid },
            Record::Accepted {
                id: 300,
                parts: Vec::from([Vec::from([0, 1, 2]), Vec::new()]),
                expires_in: Some(0),
                reference: 65_535,
            },
            Record::Attempting { id: 300, part: 1 },
            Record::PartEnded { id: 300, part: 1, outcome: Outcome::Sent(255) },
            Record::PartEnded {
                id: 1,
                part: 0,
                outcome: Outcome::Failed(ErrorKind::Invalid("größer".into()).into()),
            },
            Record::PartEnded { id: 1, part: 0, outcome: Outcome::Unknown },
            Record::PartEnded { id: 1, part: 0, outcome: Outcome::Returned },
            Record::Ended { id: 300 },
            Record::Settled { id: u64::MAX },
            Record::ReportSettled { id: 300, part: 254 },
            Record::Awaited { id: 1, part: 2, reference: 3, recipient: "+491715550100".into() },
            Record::PartTaken { key: 9, pdu: PduLine::new(b"0791ABCD") },
            Record::PartTaken { key: 10, pdu: PduLine::new(b"0791pq") },
            Record::PartTaken { key: 11, pdu: PduLine::new(b"ABC") },
            Record::PartKept { keys: Vec::from([1, 200, 1 << 40]) },
            Record::Delivered { digests: Vec::from([1, u64::MAX]) },
            Record::Acknowledged { keys: Vec::new() },
            Record::Released { digest: 0xCBF2_9CE4_8422_2325 },
        ])
    }

    /// A log of these records, each of which knows that those before it by one and `lag` are
    /// durable, and the positions of the records.
    fn log(records: &[Record], lag: u64) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        SavedSession::default().encode(TIME, &mut bytes);
        let mut positions = Vec::new();
        for (number, record) in (1..).zip(records) {
            positions.push(bytes.len());
            let durable = (number - 1_u64).saturating_sub(lag);
            Entry::new(number, durable, record.clone()).encode(TIME, &mut bytes);
        }
        (bytes, positions)
    }

    fn records(history: &History) -> Vec<Record> {
        let recorded = history.facts.iter().filter(|fact| fact.number > 0);
        recorded.map(|fact| fact.record.clone()).collect()
    }

    #[test]
    fn every_record_is_read_as_it_was_written() {
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
        let (bytes, _) = log(&all(), 0);
        let history = History::read(&bytes, TIME).unwrap();
        assert_eq!(records(&history), all());
        assert_eq!(history.valid_length(), bytes.len());
        assert_eq!(history.last_number(), all().len() as u64);
    }

    #[test]
    fn a_log_that_is_cut_anywhere_ends_before_the_record_that_was_cut() {
        let (bytes, positions) = log(&all(), 0);
        for cut in positions[0]..bytes.len() {
            let history = History::read(&bytes[..cut], TIME).unwrap();
            let whole = positions.iter().filter(|position| **position < cut).count();
            // A record that begins where the log is cut is not there at all.
            let whole = whole - usize::from(!positions.contains(&cut));
            assert_eq!(records(&history), all()[..whole], "cut at {cut}");
            assert!(history.valid_length() <= cut);
        }
        for cut in 1..positions[0] {
            let refused = History::read(&bytes[..cut], TIME).unwrap_err();
            assert_eq!(refused.reason, DamageReason::Snapshot, "cut at {cut}");
        }
        assert_eq!(History::read(&[], TIME), Ok(History::default()));
    }

    #[test]
    fn a_damaged_record_ends_the_log_unless_a_later_one_shows_that_it_had_been_durable() {
        let count = all().len();
        for lag in [0, 1, 3, 100] {
            let (bytes, positions) = log(&all(), lag);
            for (index, position) in positions.iter().enumerate() {
                let end = positions.get(index + 1).copied().unwrap_or(bytes.len());
                for at in *position..end {
                    let mut damaged = bytes.clone();
                    damaged[at] ^= 0x10;
                    let read = History::read(&damaged, TIME);
                    // The last record knows that those before it by one and the lag are durable.
                    let proven = index as u64 + 1 + lag < count as u64;
                    let reason = DamageReason::Durable;
                    match read {
                        Err(refused) if proven => assert_eq!(
                            refused,
                            Damaged { position: *position, record: index as u64 + 1, reason },
                        ),
                        Ok(history) if !proven => {
                            assert_eq!(records(&history), all()[..index], "{at}");
                            assert_eq!(history.valid_length(), *position);
                        }
                        read => panic!("byte {at}, lag {lag}: {read:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn a_record_that_is_missing_or_comes_twice_is_like_a_damaged_one() {
        let (bytes, positions) = log(&all(), 0);
        let mut missing = bytes.clone();
        missing.drain(positions[3]..positions[4]);
        assert_eq!(History::read(&missing, TIME).unwrap_err().record, 4);
        let mut twice = bytes[..positions[4]].to_vec();
        twice.extend_from_slice(&bytes[positions[3]..positions[4]]);
        assert_eq!(History::read(&twice, TIME).unwrap().valid_length(), positions[4]);
    }

    #[test]
    fn a_record_of_a_later_version_is_refused_and_zeros_after_the_last_record_are_not_records() {
        let (mut bytes, positions) = log(&all()[..2], 0);
        let end = bytes.len();
        bytes.extend([0; 64]);
        assert_eq!(History::read(&bytes, TIME).unwrap().valid_length(), end);

        let mut later = bytes[..positions[1]].to_vec();
        super::put_frame(2, 1, TIME, &mut later, |out| out.extend([99, 1, 2]));
        let refused = History::read(&later, TIME).unwrap_err();
        assert_eq!((refused.record, refused.reason), (2, DamageReason::Unknown));
        assert_eq!(
            refused.to_string(),
            alloc::format!(
                "the journal is damaged at byte {}, in record 2: the content is unknown to this version",
                positions[1]
            )
        );
    }

    #[test]
    fn an_age_counts_from_the_record_and_is_zero_if_the_clock_went_back() {
        let (bytes, _) = log(&all()[..1], 0);
        for (time, age) in [(TIME + Duration::from_secs(5), 5), (TIME, 0), (Duration::ZERO, 0)] {
            let history = History::read(&bytes, time).unwrap();
            let last = history.facts.last().unwrap();
            assert_eq!((last.number, last.age), (1, Duration::from_secs(age)));
        }
    }

    #[test]
    fn a_snapshot_includes_the_records_before_it() {
        let (bytes, positions) = log(&all(), 0);
        let mut compacted = Vec::new();
        super::put_snapshot(3, &[(Duration::ZERO, all().remove(0))], TIME, &mut compacted);
        compacted.extend_from_slice(&bytes[positions[1]..]);
        let history = History::read(&compacted, TIME).unwrap();
        let recorded: Vec<u64> = history.facts.iter().map(|fact| fact.number).collect();
        assert_eq!(recorded, [3].into_iter().chain(4..=all().len() as u64).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn a_mutated_log_never_panics_and_reads_a_prefix_or_nothing(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
            lag in 0_u64..5,
        ) {
            let (mut bytes, _) = log(&all(), lag);
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(cut.index(bytes.len()));
            if let Ok(history) = History::read(&bytes, TIME) {
                let read = records(&history);
                prop_assert_eq!(&read, &all()[..read.len()]);
                prop_assert!(history.valid_length() <= bytes.len());
            }
        }

        #[test]
        fn any_bytes_are_no_reason_to_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = History::read(&bytes, TIME);
            let mut begun = MAGIC.to_vec();
            begun.extend_from_slice(&bytes);
            let _ = History::read(&begun, TIME);
            let _ = Record::decode(&bytes);
        }
    }
}
