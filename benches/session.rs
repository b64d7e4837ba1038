//! The cost of a session for a message, apart from that of the simulated modem, and its growth.
//!
//! `cargo bench -p benches --bench session` prints tables, and fails if a cost is far above its aim
//! or grows too fast. `-- --quick` and `-- --test` are less exact.

use core::time::Duration;
use std::time::Instant as Clock;

use modem::simulator::{Memory, Profile, Simulator};
use modem::{Config, SavedSession, Session};
use serde_json::json;
use testkit::apart::{Apart, Meter, Side};
use testkit::{RECIPIENT, message};

/// The limit of the last cost in a table of growth, as a multiple of the lowest cost.
const MAX_GROWTH: f64 = 12.0;

/// A busy machine takes several times as long. `--test` does not fail at a time, since it depends
/// on the processor.
const MARGIN: f64 = 5.0;

/// The time that counts for a call which other work on the machine has interrupted.
const MAX_CALL: Duration = Duration::from_micros(200);

/// The cost of one side.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    time: Duration,
    calls: u32,
    allocations: u64,
}

/// The costs of both sides.
#[derive(Debug, Default)]
struct Costs {
    session: Cost,
    simulator: Cost,
    /// Allocations are counted, which makes the times useless.
    counts: bool,
}

impl Meter for Costs {
    fn measure(&mut self, side: Side, call: &mut dyn FnMut()) {
        let cost = match side {
            Side::Session => &mut self.session,
            Side::Simulator => &mut self.simulator,
        };
        cost.calls += 1;
        if self.counts {
            cost.allocations += allocation_counter::measure(call).count_total;
        } else {
            let started = Clock::now();
            call();
            cost.time += started.elapsed().min(MAX_CALL);
        }
    }
}

/// The figures of a message.
#[derive(Debug, Clone, Copy)]
struct Figures {
    session: f64,
    simulator: f64,
    allocations: f64,
}

/// The number of messages in a turn, and the number of turns.
#[derive(Debug, Clone, Copy)]
struct Effort {
    turns: u32,
    messages: u32,
}

type Modem = Apart<Costs>;

/// The microseconds of a message in the fastest turn, and its allocations.
fn measure(modem: &mut Modem, effort: Effort, mut run: impl FnMut(&mut Modem, u32)) -> Figures {
    let Effort { turns, messages } = effort;
    let mut number = 0;
    let mut turn = |modem: &mut Modem, counts| {
        modem.meter = Costs { counts, ..Costs::default() };
        for _ in 0..messages {
            number += 1;
            run(modem, number);
        }
    };
    turn(modem, false);
    let (mut session, mut simulator) = (f64::INFINITY, f64::INFINITY);
    let clock = clock();
    let micros = |cost: &Cost| {
        let nanos = cost.time.as_nanos() as f64 - f64::from(cost.calls) * clock;
        nanos / 1e3 / f64::from(messages)
    };
    for _ in 0..turns {
        turn(modem, false);
        session = session.min(micros(&modem.meter.session));
        simulator = simulator.min(micros(&modem.meter.simulator));
    }
    turn(modem, true);
    let allocations = modem.meter.session.allocations as f64 / f64::from(messages);
    Figures { session, simulator, allocations }
}

/// The nanoseconds between two looks at the clock.
fn clock() -> f64 {
    let look = |_| {
        let started = Clock::now();
        started.elapsed().as_nanos()
    };
    (0..1_000).map(look).min().unwrap_or_default() as f64
}

fn config() -> Config {
    let mut config = Config::default();
    config.max_unacknowledged = 1_000;
    config
}

fn open(session: Session) -> Modem {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_slots(Memory::Sm, 1_000);
    Apart::open(simulator, session, Costs::default())
}

fn receive(modem: &mut Modem, number: u32) {
    modem.receive(RECIPIENT, &format!("Message {number}"));
}

/// A row of the table of procedures: its name, its figures, and the aims for the session.
fn procedures(effort: Effort, missed: &mut Vec<String>) {
    println!(
        "| procedure | session, µs | simulator, µs | allocations of the session | aims |\n|---|---:|---:|---:|---|"
    );
    let is_test = std::env::args().any(|argument| argument == "--test");
    let mut row = |name: &str, figures: Figures, micros: f64, allocations: f64| {
        let Figures { session, simulator, allocations: counted } = figures;
        let is = |is_met: bool| if is_met { "met" } else { "missed" };
        println!(
            "| {name} | {session:.2} | {simulator:.2} | {counted:.1} | {}: {micros} µs; {}: {allocations} allocations |",
            is(session <= micros),
            is(counted <= allocations),
        );
        if counted > allocations {
            missed.push(format!("{name}: {counted} allocations of {allocations}"));
        }
        if session > micros * MARGIN && !is_test {
            missed.push(format!("{name}: {session:.1} µs of {micros}"));
        }
    };
    let mut modem = open(Session::new(config()));
    for (name, characters, aims) in
        [("send, one part", 160, (3.0, 12.0)), ("send, ten parts", 1_530, (30.0, 95.0))]
    {
        let message = message("a".repeat(characters));
        let figures = measure(&mut modem, effort, |modem, _| modem.send(&message));
        row(name, figures, aims.0, aims.1);
    }
    let figures = measure(&mut modem, effort, receive);
    row("receive, acknowledge and delete", figures, 5.0, 24.0);
}

/// The cost of a message from its announcement to its deletion, beside messages that are not
/// acknowledged.
fn unacknowledged(effort: Effort) -> Vec<(u32, f64)> {
    let row = |waiting| {
        let mut modem = open(Session::new(config()));
        for number in 0..waiting {
            modem.deliver(RECIPIENT, &format!("Waiting {number}"));
        }
        (waiting, measure(&mut modem, effort, receive).session)
    };
    [0, 10, 100, 900].map(row).into()
}

/// The cost of a message in a queue of this length, from the queue to its result. The queue goes
/// out when the modem is opened.
fn queue(lengths: &[u32]) -> Vec<(u32, f64)> {
    let once = |length: u32| {
        let mut session = Session::new(config());
        let saved = saved(length);
        session.restore(saved, Duration::ZERO, modem::at::Instant::ZERO).expect("it is sound");
        let modem = open(session);
        assert_eq!(modem.session.waiting().next(), None, "every message is sent");
        let Cost { time, calls, .. } = modem.meter.session;
        (time.as_nanos() as f64 - f64::from(calls) * clock()) / 1e3
    };
    let fastest = |length: u32| {
        let times = (0..(10_000 / length.max(1)).clamp(1, 20)).map(|_| once(length));
        times.fold(f64::INFINITY, f64::min)
    };
    // Without the opening itself.
    let opening = fastest(0);
    let row = |&length: &u32| (length, (fastest(length) - opening) / f64::from(length));
    lengths.iter().map(row).collect()
}

/// A saved session with so many messages.
fn saved(messages: u32) -> SavedSession {
    let now = modem::at::Instant::ZERO;
    let mut session = Session::new(Config::default());
    let text = message("a".repeat(160)).with_expiry(Duration::from_secs(86_400));
    session.enqueue(&text, now).expect("there is room");
    let saved = session.save(now).expect("it can be saved");
    let mut form = serde_json::to_value(&saved).expect("it is JSON");
    let message = form["messages"][0].take();
    let number = |id: u32| {
        let mut message = message.clone();
        message["id"] = json!(id);
        message
    };
    form["messages"] = (1..=messages).map(number).collect();
    form["messages_given"] = json!(messages);
    // The form without a checksum.
    form["version"] = json!(1);
    form["checksum"] = json!(null);
    serde_json::from_value(form).expect("it is a saved session")
}

fn growth(what: &str, rows: &[(u32, f64)], missed: &mut Vec<String>) {
    println!("\n| {what} | µs of the session for a message |\n|---:|---:|");
    for (size, cost) in rows {
        println!("| {size} | {cost:.2} |");
    }
    let least = rows.iter().map(|row| row.1).fold(f64::INFINITY, f64::min);
    let last = rows.last().map_or(least, |row| row.1);
    if last > MAX_GROWTH * least {
        missed.push(format!("{what}: the last costs {:.1} times the cheapest", last / least));
    }
}

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (effort, lengths) = match has("--test") || has("--quick") {
        true => (Effort { turns: 5, messages: 50 }, &[10, 100, 1_000, 10_000][..]),
        false => (Effort { turns: 101, messages: 100 }, &[10, 100, 1_000, 10_000, 100_000][..]),
    };
    let mut missed = Vec::new();
    procedures(effort, &mut missed);
    growth("messages that are not acknowledged", &unacknowledged(effort), &mut missed);
    growth("messages in the queue", &queue(lengths), &mut missed);
    assert!(missed.is_empty(), "missed: {missed:?}");
}
