//! Whole procedures of a session with the simulated modem, whose only delay is its own computing
//! time.
//!
//! `cargo bench -p benches --bench session`

#![allow(missing_docs, reason = "criterion's macro makes a public function")]

use core::hint::black_box;
use core::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use modem::blocking::{Modem, SimulatedPort};
use modem::simulator::{Memory, Profile, Simulator};
use modem::{Config, Event, Received, SendOutcome};
use testkit::simulated::{Simulated, events, open_simulator};
use testkit::{RECIPIENT, message};

fn simulator() -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_latency(Duration::ZERO);
    simulator.set_slots(Memory::Sm, 1_000);
    simulator
}

fn open() -> Simulated {
    let mut config = Config::default();
    config.max_unacknowledged = 1_000;
    let mut modem = open_simulator(simulator(), config);
    received(&mut modem);
    modem
}

/// The messages that arrive within a second of simulated time.
fn received(modem: &mut Simulated) -> Vec<Received> {
    let message = |event| match event {
        Event::Received(message) => Some(message),
        _ => None,
    };
    events(modem, Duration::from_secs(1)).into_iter().filter_map(message).collect()
}

fn deliver(modem: &mut Simulated, times: usize) {
    for number in 0..times {
        let text = format!("Message {number}");
        modem
            .port()
            .with(|simulator, now| simulator.deliver(RECIPIENT, &text, now))
            .expect("the text fits");
    }
}

fn procedures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("procedures");
    group.bench_function("initialise", |bencher| {
        bencher.iter_batched(
            || SimulatedPort::new(simulator()),
            |port| Modem::open(port, Config::default()).expect("the simulated modem initialises"),
            BatchSize::SmallInput,
        );
    });
    for (parts, characters) in [(1, 160), (10, 1_530)] {
        let message = message("a".repeat(characters));
        group.throughput(Throughput::Elements(parts));
        group.bench_function(BenchmarkId::new("send", parts), |bencher| {
            let mut modem = open();
            bencher.iter(|| {
                let result = modem.send(black_box(&message)).expect("the message is valid");
                assert_eq!(result.outcome(), SendOutcome::Sent);
                // Otherwise the truth log would grow indefinitely.
                modem.port().with(|simulator, _| simulator.take_truth()).len()
            });
        });
    }
    group.finish();
}

/// The cost of a message from its announcement to its deletion, with other messages in the modem
/// that are not acknowledged.
fn reception(criterion: &mut Criterion) {
    let mut group =
        criterion.benchmark_group("receive, acknowledge and delete, with others waiting");
    group.throughput(Throughput::Elements(1));
    for waiting in [0, 10, 100, 900] {
        group.bench_function(BenchmarkId::from_parameter(waiting), |bencher| {
            let mut modem = open();
            deliver(&mut modem, waiting);
            assert_eq!(received(&mut modem).len(), waiting);
            bencher.iter(|| {
                deliver(&mut modem, 1);
                let messages = received(&mut modem);
                assert_eq!(messages.len(), 1);
                for message in &messages {
                    modem.acknowledge(&message.receipt);
                }
                received(&mut modem);
                modem.port().with(|simulator, _| simulator.take_truth()).len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, procedures, reception);
criterion_main!(benches);
