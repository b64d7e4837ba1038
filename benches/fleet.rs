//! Many modems in one process: messages a second on two cores, with the async front-end.
//!
//! `cargo bench -p benches --bench fleet` prints a table of fleets of 1 to 10,000 modems, and fails
//! if the largest sends fewer messages a second than its aim, or if the cost of a message grows too
//! fast. `-- --quick` and `-- --test` stop at 1,000 modems.
//!
//! The rate is that of two cores which do nothing else, from the time of the processor; the rate by
//! the clock is beside it. Each modem is a task with a simulated modem at the other end of its
//! stream, whose time is included. `--bench session` has the share of the simulator.

use core::time::Duration;
use std::time::Instant;

use modem::simulator::{Profile, Simulator};
use modem::tokio::{Inbox, Modem, SimulatedStream};
use modem::{Config, SendOutcome};
use testkit::message;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

/// The aim: messages a second of the largest fleet, with the time in the simulators. `--test` does
/// not fail at it, since it depends on the processor.
const AIM: f64 = 15_000.0;
/// The limit of the cost of a message in the largest fleet, as a multiple of the lowest.
const MAX_GROWTH: f64 = 12.0;
/// The caches of a busy machine are not ours alone.
const MARGIN: f64 = 2.0;
/// The number of messages of each row, at least one for each modem.
const MESSAGES: usize = 40_000;

/// A modem whose simulated network has taken what it has sent.
struct Member {
    modem: Modem,
    _inbox: Inbox,
    simulator: modem::tokio::SimulatorHandle,
}

async fn open() -> Member {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::ZERO);
    let (stream, simulator) = SimulatedStream::new(simulator);
    let (modem, inbox) = Modem::open(stream, Config::default()).await.expect("it opens");
    Member { modem, _inbox: inbox, simulator }
}

/// Sends so many messages, and returns the number that the simulated network has.
async fn send(member: &Member, count: usize) -> usize {
    let message = message("a".repeat(160));
    let mut submitted = 0;
    for _ in 0..count {
        let result = member.modem.send(&message).await.expect("the message is valid");
        assert_eq!(result.outcome(), SendOutcome::Sent);
        submitted += member.simulator.with(|simulator, _| {
            let truth = simulator.take_truth();
            truth.iter().filter(|entry| is_submission(&entry.fact)).count()
        });
    }
    submitted
}

fn is_submission(fact: &modem::simulator::Fact) -> bool {
    matches!(fact, modem::simulator::Fact::Submitted { .. })
}

/// The figures of a fleet.
struct Row {
    modems: usize,
    open: Duration,
    send: Duration,
    /// The time of the processor, if the system shows it.
    processor: Duration,
    messages: usize,
}

fn fleet(modems: usize) -> Row {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
    runtime.expect("a runtime").block_on(async move {
        let started = Instant::now();
        let mut opening = JoinSet::new();
        for _ in 0..modems {
            opening.spawn(open());
        }
        let members = opening.join_all().await;
        let open = started.elapsed();

        let each = MESSAGES.div_ceil(modems).min(4_000);
        let before = processor_time();
        let started = Instant::now();
        let mut sending = JoinSet::new();
        for member in members {
            sending.spawn(async move { send(&member, each).await });
        }
        let submitted: usize = sending.join_all().await.into_iter().sum();
        let send = started.elapsed();
        // Elsewhere than on Linux two cores by the clock.
        let processor = processor_time().zip(before).map_or(send * 2, |(now, then)| now - then);
        assert_eq!(submitted, each * modems, "the network has every message");
        Row { modems, open, send, processor, messages: submitted }
    })
}

/// The time that the processor has spent on this process; `None` elsewhere than on Linux.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // User and system time in hundredths of a second, fields 14 and 15; the name may have spaces.
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let sizes = match has("--test") || has("--quick") {
        true => &[1, 10, 100, 1_000][..],
        false => &[1, 10, 100, 1_000, 10_000][..],
    };
    println!(
        "| modems | opened, ms | messages | messages a second on two cores | by the clock | µs of processor a message |"
    );
    println!("|---:|---:|---:|---:|---:|---:|");
    let mut costs = Vec::new();
    for &modems in sizes {
        let Row { modems, open, send, processor, messages } = fleet(modems);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / messages as f64;
        let cost = each(processor);
        println!(
            "| {modems} | {:.0} | {messages} | {:.0} | {:.0} | {cost:.1} |",
            open.as_secs_f64() * 1e3,
            2e6 / cost,
            1e6 / each(send),
        );
        costs.push(cost);
    }
    let last = costs.last().copied().unwrap_or(f64::INFINITY);
    let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
    let is_met = 2e6 / last >= AIM / MARGIN;
    assert!(is_met || has("--test"), "{:.0} messages a second of {AIM}", 2e6 / last);
    assert!(last <= MAX_GROWTH * least, "{costs:?} µs a message");
}
