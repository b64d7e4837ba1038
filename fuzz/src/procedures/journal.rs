//! Logs of a journal that were changed.

use core::time::Duration;

use modem::at::Instant;
use modem::journal::{Entry, History};
use modem::{
    Config, Confirm, Event, OutgoingMessage, Receive, RestoreError, SavedSession, Session,
};
use testkit::bench::Bench;

use crate::input::Input;

/// The time since 1970 at which a log is written.
const TIME: Duration = Duration::from_secs(1_700_000_000);

/// The number of changes to a log.
const MAX_CHANGES: usize = 6;

/// Input: a log as it is, if the highest bit of the first byte is set. Otherwise changes to one:
///
/// | Bytes | Meaning |
/// |---|---|
/// | 1 | bits: messages to send, received parts, direct deliveries, a snapshot in the middle |
/// | 4 each | the kind of a change, a position of two bytes, and a value |
///
/// A log is read as a prefix of the records that were written, or refused with a position. A record
/// with other content and a right checksum is applied or refused as a whole: the session that was
/// to take it is as before. A session that has taken a log continues its numbers, saves the same
/// state again, and never sends a part that was under way.
pub fn journal(data: &[u8]) {
    let data = &data[..data.len().min(4_096)];
    if let Some((first, rest)) = data.split_first() {
        if first & 0x80 != 0 {
            return check(rest, None);
        }
    }
    let mut input = Input::new(data);
    let (snapshot, mut entries) = sound(input.byte());
    let mut changes = Vec::new();
    for _ in 0..MAX_CHANGES {
        let change: [u8; 4] = input.array();
        if change != [0; 4] {
            changes.push(change);
        }
    }
    let mut reordered = false;
    for [kind, high, low, value] in &changes {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % entries.len().max(1);
        match kind % 6 {
            4 if !entries.is_empty() => {
                let with = usize::from(*value) % entries.len();
                entries.swap(at, with);
                reordered |= at != with;
            }
            5 if !entries.is_empty() => {
                entries.insert(at, entries[at].clone());
                reordered = true;
            }
            _ => {}
        }
    }
    let mut log = Vec::new();
    snapshot.encode(TIME, &mut log);
    for entry in &entries {
        entry.encode(TIME, &mut log);
    }
    for [kind, high, low, value] in changes {
        let at = usize::from(u16::from_be_bytes([high, low])) % log.len().max(1);
        match kind % 6 {
            0 => log[at] ^= value,
            1 => log.truncate(at),
            2 => log.resize(log.len() + usize::from(low), 0),
            3 => log = resealed(&log, at, value),
            _ => {}
        }
        if log.is_empty() {
            break;
        }
    }
    check(&log, (!reordered).then_some(&entries));
}

/// Reads a log, and replays it.
fn check(log: &[u8], written: Option<&Vec<Entry>>) {
    let history = match History::read(log, TIME + Duration::from_secs(60)) {
        Ok(history) => history,
        Err(damaged) => {
            assert!(damaged.position <= log.len(), "{damaged}");
            return;
        }
    };
    assert!(history.valid_length() <= log.len());
    if let Some(last) = written.and_then(|written| written.last()) {
        assert!(history.last_number() <= last.number(), "a record that nobody wrote");
    }
    let now = Instant::from_millis(100_000_000);
    let mut config = Config::default();
    config.confirm = Confirm::Records;
    config.deliver_parts = log.len() % 2 != 0;
    let mut session = Session::new(config.clone());
    let before = format!("{session:?}");
    let last = history.last_number();
    if let Err(error) = session.replay(history.clone(), now) {
        assert!(matches!(
            error,
            RestoreError::Record { .. } | RestoreError::Damaged(_) | RestoreError::Message(_)
        ));
        assert_eq!(format!("{session:?}"), before, "a refused log was taken in part: {error}");
        return;
    }
    let first = session.poll_record().map(|entry| entry.number());
    assert!(first.is_none_or(|first| first == last + 1), "{first:?} after {last}");
    while session.poll_record().is_some() {}
    let saved = session.save(now).expect("it was decoded");
    let mut second = Vec::new();
    saved.encode(TIME, &mut second);
    let mut again = Session::new(config);
    again
        .replay(History::read(&second, TIME).expect("a snapshot can be read"), now)
        .expect("what was saved can be replayed");
    // A message that has ended does not end a second time.
    let mut ended = Vec::new();
    while let Some(event) = session.poll_event() {
        if let Event::SendFinished(result) = event {
            assert!(!ended.contains(&result.message), "{} ended twice", result.message);
            ended.push(result.message);
        }
    }
    assert!(session.waiting().all(|message| !ended.contains(&message)));
}

/// The log with one byte of one record replaced, and with the right checksum again.
fn resealed(log: &[u8], at: usize, value: u8) -> Vec<u8> {
    let Ok(history) = History::read(log, TIME) else { return log.to_vec() };
    let mut changed = log[..history.valid_length()].to_vec();
    let mut start = 8;
    while let Some(frame) = changed.get(start..).filter(|frame| frame.len() > 5) {
        // The length has seven bits a byte.
        let digits = frame[4..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let length = frame[4..4 + digits]
            .iter()
            .rev()
            .fold(0, |length, byte| length << 7 | usize::from(byte & 0x7F));
        let end = start + 4 + digits + length;
        if (start + 4 + digits..end).contains(&at) {
            changed[at] = value;
            let checksum = crc32fast::hash(&changed[start + 4..end]);
            changed[start..start + 4].copy_from_slice(&checksum.to_le_bytes());
            break;
        }
        start = end;
    }
    changed
}

/// The records of a session that has sent and received, after a snapshot.
fn sound(choice: u8) -> (SavedSession, Vec<Entry>) {
    let mut config = Config::default();
    config.confirm = Confirm::Records;
    config.max_unacknowledged = 2;
    if choice & 4 != 0 {
        config.receive = Receive::Direct;
    }
    let simulator = modem::simulator::Simulator::new(modem::simulator::Profile::GENERIC);
    let mut bench = Bench::new(simulator, config);
    let mut snapshot = SavedSession::default();
    let mut entries = Vec::new();
    confirm(&mut bench, &mut entries);
    let _ = bench.start(Session::handle_opened);
    let message = |text: &str| {
        OutgoingMessage::text("+491715550100".parse().expect("a number"), text)
            .request_status_report()
    };
    for turn in 0..6_u8 {
        if choice & 1 != 0 && turn < 3 {
            let text = message(&"A message. ".repeat(if turn == 1 { 20 } else { 1 }));
            let _ = bench.start(|session, now| session.enqueue(&text, now));
        }
        if choice & 2 != 0 {
            let text = format!("Text {turn} ").repeat(if turn % 2 == 0 { 1 } else { 20 });
            let now = bench.now().since_epoch();
            let _ = bench.simulator.deliver("+491715550177", &text, now);
        }
        bench.run(Duration::from_secs(1));
        confirm(&mut bench, &mut entries);
        bench.run(Duration::from_secs(20));
        for event in bench.events() {
            if let Some(receipt) = event.receipt().filter(|_| turn != 4) {
                bench.start(|session, now| session.acknowledge(receipt, now));
            }
            if let Event::SendFinished(result) = event {
                if turn % 2 == 0 {
                    bench.session.settle(result.message);
                }
            }
        }
        confirm(&mut bench, &mut entries);
        if choice & 8 != 0 && turn == 2 {
            let now = bench.now();
            snapshot = bench.session.compact(now).expect("a split message can be encoded");
            entries.clear();
        }
    }
    (snapshot, entries)
}

/// Takes the records of a session, and confirms them.
fn confirm(bench: &mut Bench, entries: &mut Vec<Entry>) {
    while let Some(entry) = bench.session.poll_record() {
        let number = entry.number();
        entries.push(entry);
        bench.start(|session, now| session.handle_durable(number, now));
    }
}
