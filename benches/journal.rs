//! The cost of durability: bytes and microseconds for a message, with a snapshot at each attempt as
//! before, and with a journal.
//!
//! `cargo bench -p benches --bench journal`

#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use modem::blocking::{Modem, SimulatedPort};
use modem::journal::{Entry, File, History, Snapshot, Store};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Confirm, Event, SavedSession, Session};
use testkit::message;

/// The bytes that a record may take for each part, beyond its PDU.
const AIM_BYTES: f64 = 120.0;
/// The microseconds that the journal may take for a message, without synchronisation. `--test` does
/// not fail at them, since they depend on the processor.
const AIM_MICROS: f64 = 20.0;

/// The bytes and the time of a store.
#[derive(Debug, Default)]
struct Cost {
    bytes: usize,
    writes: usize,
    time: Duration,
}

/// A store in memory that measures itself.
#[derive(Debug)]
struct Memory {
    cost: Arc<Mutex<Cost>>,
    log: Vec<u8>,
}

impl Memory {
    fn new(cost: &Arc<Mutex<Cost>>) -> Self {
        let mut log = Vec::new();
        SavedSession::default().encode(Duration::ZERO, &mut log);
        Self { cost: Arc::clone(cost), log }
    }
}

impl Store for Memory {
    fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let started = Instant::now();
        let before = self.log.len();
        for entry in entries {
            entry.encode(Duration::from_secs(1_764_000_000), &mut self.log);
        }
        let mut cost = self.cost.lock().expect("no panic");
        cost.bytes += self.log.len() - before;
        cost.time += started.elapsed();
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.cost.lock().expect("no panic").writes += 1;
        Ok(())
    }

    fn replace(&mut self, _: &Snapshot) -> io::Result<()> {
        Ok(())
    }
}

fn simulator() -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::ZERO);
    simulator
}

fn session(confirm: Confirm) -> Session {
    let mut config = Config::default();
    config.confirm = confirm;
    Session::new(config)
}

/// The text of one part, of 160 characters.
fn text() -> modem::OutgoingMessage {
    message("a".repeat(160)).request_status_report()
}

/// The octets of its PDU.
const PDU: usize = 155;

/// Sends `count` queued messages, and returns the time of the whole.
fn send(
    modem: &mut Modem<SimulatedPort>,
    count: usize,
    mut step: impl FnMut(&mut Modem<SimulatedPort>, &Event),
) {
    let mut ended = 0;
    while ended < count {
        let event = modem.next_event(Duration::from_secs(60)).expect("the messages are sent");
        step(modem, &event);
        if let Event::SendFinished(result) = event {
            ended += 1;
            modem.settle(result.message);
        }
        modem.port().with(|simulator, _| drop(simulator.take_truth()));
    }
}

/// A snapshot at each attempt and at each outcome: bytes and time for each message.
fn snapshots(count: usize) -> Cost {
    let mut modem =
        Modem::open_session(SimulatedPort::new(simulator()), session(Confirm::Attempts))
            .expect("it opens");
    for _ in 0..count {
        modem.enqueue(&text()).expect("there is room");
    }
    let mut cost = Cost::default();
    send(&mut modem, count, |modem, event| {
        if matches!(event, Event::Attempting(_) | Event::SendFinished(_)) {
            let started = Instant::now();
            let now = modem.session().save(modem::at::Instant::ZERO).expect("it can be saved");
            cost.bytes += serde_json::to_vec(&now).expect("it is JSON").len();
            cost.time += started.elapsed();
            cost.writes += 1;
        }
        if let Event::Attempting(attempt) = event {
            modem.confirm(attempt);
        }
    });
    cost
}

/// The same with a journal in memory.
fn journal(count: usize) -> (Cost, Duration) {
    let whole = |journaled: bool| {
        let cost = Arc::new(Mutex::new(Cost::default()));
        let port = SimulatedPort::new(simulator());
        let mut modem = match journaled {
            true => {
                let mut session = session(Confirm::Records);
                session.replay(History::default(), modem::at::Instant::ZERO).expect("it is new");
                Modem::open_journaled(port, session, Memory::new(&cost)).expect("it opens")
            }
            false => Modem::open_session(port, session(Confirm::Nothing)).expect("it opens"),
        };
        *cost.lock().expect("no panic") = Cost::default();
        let started = Instant::now();
        for _ in 0..count {
            modem.enqueue(&text()).expect("there is room");
        }
        send(&mut modem, count, |_, _| {});
        let time = started.elapsed();
        drop(modem);
        (Arc::into_inner(cost).expect("the modem is dropped").into_inner().expect("no panic"), time)
    };
    // The difference to the same without a journal, the median of several runs of each.
    let mut runs: Vec<(Duration, Duration, Cost)> = Vec::new();
    for _ in 0..if count < 100 { 301 } else { 9 } {
        let ((_, without), (cost, with)) = (whole(false), whole(true));
        runs.push((with.saturating_sub(without), with, cost));
    }
    runs.sort_by_key(|(more, ..)| *more);
    let (more, _, cost) = runs.swap_remove(runs.len() / 2);
    (cost, more)
}

/// The time of a gate in a file: one append and one synchronisation.
fn gate() -> (Duration, Duration) {
    let folder = std::env::temp_dir().join(format!("modem-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    let (mut file, history) = File::open(folder.join("journal")).expect("a new journal");
    let mut session = session(Confirm::Records);
    session.replay(history, modem::at::Instant::ZERO).expect("it is new");
    let (mut appends, mut syncs) = (Vec::new(), Vec::new());
    for _ in 0..501 {
        let entries: Vec<Entry> = core::iter::from_fn(|| session.poll_record()).collect();
        let started = Instant::now();
        file.append(&entries).expect("the disk has room");
        appends.push(started.elapsed());
        let started = Instant::now();
        file.sync().expect("the disk works");
        syncs.push(started.elapsed());
        session.handle_durable(session.last_record(), modem::at::Instant::ZERO);
        let id = session.enqueue(&text(), modem::at::Instant::ZERO).expect("there is room");
        session.withdraw(id);
    }
    drop(file);
    std::fs::remove_dir_all(&folder).expect("the folder is there");
    appends.sort();
    syncs.sort();
    (appends[appends.len() / 2], syncs[syncs.len() / 2])
}

fn main() {
    println!("| queue | way | bytes a message | writes a message | µs a message |");
    println!("|---:|---|---:|---:|---:|");
    let per =
        |value: f64, count: usize| value / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let number = |value: usize| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
    let is_test = std::env::args().any(|argument| argument == "--test");
    let mut missed = Vec::new();
    for count in [10, 1_000] {
        let before = snapshots(count);
        println!(
            "| {count} | a snapshot at each attempt and outcome | {:.0} | {:.1} | {:.1} |",
            per(number(before.bytes), count),
            per(number(before.writes), count),
            per(before.time.as_secs_f64() * 1e6, count),
        );
        let (cost, more) = journal(count);
        let (bytes, micros) =
            (per(number(cost.bytes), count), per(more.as_secs_f64() * 1e6, count));
        println!(
            "| {count} | the journal | {bytes:.0} | {:.1} | {micros:.1} |",
            per(number(cost.writes), count)
        );
        if bytes > number(PDU) + AIM_BYTES {
            missed.push(format!("{bytes:.0} bytes a message of {PDU} octets, queue of {count}"));
        }
        // A busy machine takes several times as long.
        if micros > 5.0 * AIM_MICROS && !is_test {
            missed.push(format!("{micros:.1} µs a message, queue of {count}"));
        }
    }
    let (append, sync) = gate();
    println!("\nIn a file: one append {append:.1?}, one fdatasync {sync:.1?}.");
    assert!(missed.is_empty(), "missed: {missed:?}");
}
