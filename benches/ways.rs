//! Ways to do one task, taking turns in one process.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

use criterion::{Criterion, Throughput};

/// One way to do a task.
pub(crate) struct Way<'a> {
    name: &'a str,
    run: Box<dyn FnMut() + 'a>,
}

pub(crate) fn way<'a, T>(name: &'a str, mut run: impl FnMut() -> T + 'a) -> Way<'a> {
    Way {
        name,
        run: Box::new(move || drop(black_box(run()))),
    }
}

/// A task, what it handles, and the ways to do it: ours first.
pub(crate) struct Task<'a> {
    pub(crate) name: &'a str,
    /// Octets, or parts.
    pub(crate) amount: Throughput,
    pub(crate) ways: Vec<Way<'a>>,
}

/// Prints the ratios, then, unless it is a trial run, the figures of criterion: of all tasks, or of those that are named
/// like the first argument that is no option.
pub(crate) fn run(tasks: &mut [Task<'_>]) {
    let quick = std::env::args().any(|argument| argument == "--test");
    let filter = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .unwrap_or_default();
    let mut tasks: Vec<_> = tasks
        .iter_mut()
        .filter(|task| task.name.contains(&filter))
        .collect();
    println!(
        "{:<34} {:<14} {:>12} {:>8} {:>8}",
        "task", "way", "ns", "ratio", "GB/s"
    );
    for task in &mut tasks {
        report(task, if quick { 5 } else { 60 });
    }
    if quick {
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    for task in tasks {
        let mut group = criterion.benchmark_group(task.name);
        group.throughput(task.amount.clone());
        group
            .measurement_time(Duration::from_secs(1))
            .warm_up_time(Duration::from_millis(200))
            .sample_size(20);
        for way in &mut task.ways {
            group.bench_function(way.name, |bencher| bencher.iter(&mut way.run));
        }
    }
    criterion.final_summary();
}

/// Prints the fastest of many rounds of each way, and its ratio to ours.
fn report(task: &mut Task<'_>, rounds: u32) {
    let mut best = vec![Duration::MAX; task.ways.len()];
    let calls: Vec<u32> = task
        .ways
        .iter_mut()
        .map(|way| calls_in(Duration::from_micros(500), &mut way.run))
        .collect();
    for _ in 0..rounds {
        for ((way, &calls), best) in task.ways.iter_mut().zip(&calls).zip(&mut best) {
            // Once before, so that what the others did to the caches does not count.
            (way.run)();
            let start = Instant::now();
            for _ in 0..calls {
                (way.run)();
            }
            // Thousandths of a nanosecond each.
            *best = (*best).min(start.elapsed() * 1000 / calls);
        }
    }
    let ours = best[0].as_nanos() as f64;
    for (way, best) in task.ways.iter().zip(&best) {
        let time = best.as_nanos() as f64;
        let speed = match task.amount {
            Throughput::Bytes(octets) => format!("{:.2}", octets as f64 * 1000.0 / time),
            _ => String::new(),
        };
        println!(
            "{:<34} {:<14} {:>12.1} {:>8.2} {speed:>8}",
            task.name,
            way.name,
            time / 1000.0,
            time / ours
        );
    }
}

/// How many calls fill a time.
fn calls_in(time: Duration, run: &mut dyn FnMut()) -> u32 {
    let mut calls = 1;
    loop {
        let start = Instant::now();
        for _ in 0..calls {
            run();
        }
        if start.elapsed() >= time {
            return calls;
        }
        calls *= 2;
    }
}
