//! Perfect bytes that say something unexpected: each line of each procedure with each behaviour of
//! the modem, through every front-end, compared with the facts of the simulated modem. A part of
//! them runs again on a channel of a multiplexer.
//!
//! `MODEM_BEHAVIOURS=all cargo test -p modem --all-features --test behaviours -- --nocapture` runs
//! all cases through all front-ends and prints the figures. Without the variable every second one
//! runs, through one front-end; with the name of a procedure, such as `ussd-menu`, its cases run
//! through all front-ends. `MODEM_BEHAVIOUR='receive/+CMGD#1/Refuse("ERROR")/Always'` runs one
//! case and prints its dialogue; `MODEM_BEHAVIOUR_FOUND=PATH` writes the names of all cases with a
//! violation to a file.
#![cfg(all(feature = "simulator", feature = "tokio", feature = "serde"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod case;
mod figures;
mod judgement;
mod trial;

use core::fmt::Write as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Instant;

use case::{Case, Procedure, cases, pairs};
use figures::Figures;
use testkit::{FRONTS, MULTIPLEXED, MULTIPLEXED_RECONNECTING, Open, RECONNECTING};
use trial::{Verdict, baseline, trial};

/// The maximum number of violations that are shown.
const MAX_SHOWN: usize = 30;
/// The minimum number of behaviours over all front-ends.
const MIN_BEHAVIOURS: usize = 20_000;
/// The minimum number of behaviours in the short run.
const MIN_SHORT_BEHAVIOURS: usize = 6_000;
/// The minimum number of behaviours on a channel of a multiplexer.
const MIN_CHANNEL_BEHAVIOURS: usize = 3_000;
/// The minimum number of behaviours on a channel in the short run.
const MIN_SHORT_CHANNEL_BEHAVIOURS: usize = 600;
/// One of so many cases runs on a channel.
const CHANNEL_STEP: usize = 7;
/// One of so many cases runs on a channel in the short run.
const SHORT_CHANNEL_STEP: usize = 41;
/// The seed of the pairs.
const SEED: u64 = 20_261_127;

/// The maximum time of a trial, which takes milliseconds as a rule. A machine may stand still for a
/// while.
const MAX_REAL_TIME: Duration = Duration::from_secs(600);

/// The front-ends of a procedure.
fn fronts(procedure: Procedure) -> &'static [(&'static str, Open)] {
    if procedure == Procedure::Reconnect { RECONNECTING } else { FRONTS }
}

/// The cases that are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Every second one, through one front-end in turn.
    Short,
    /// All, through all front-ends.
    All,
    /// All of one procedure, through all front-ends.
    Only(Procedure),
}

impl Which {
    fn from_environment() -> Self {
        match std::env::var("MODEM_BEHAVIOURS").as_deref() {
            Err(_) => Self::Short,
            Ok("all") => Self::All,
            Ok(name) => Self::Only(Procedure::named(name).expect("the name of a procedure")),
        }
    }

    fn has(self, procedure: Procedure) -> bool {
        !matches!(self, Self::Only(only) if only != procedure)
    }

    /// The minimum number of cases.
    const fn least(self) -> usize {
        match self {
            Self::Short => MIN_SHORT_BEHAVIOURS,
            Self::All => MIN_BEHAVIOURS,
            Self::Only(_) => 1,
        }
    }

    /// The minimum number of cases on a channel of a multiplexer.
    const fn least_on_channel(self) -> usize {
        match self {
            Self::Short => MIN_SHORT_CHANNEL_BEHAVIOURS,
            Self::All => MIN_CHANNEL_BEHAVIOURS,
            Self::Only(_) => 1,
        }
    }
}

fn all_cases(which: Which) -> Vec<(&'static str, Open, Case)> {
    let is_short = which == Which::Short;
    let mut all = Vec::new();
    for (procedure, _) in Procedure::ALL.into_iter().filter(|(name, _)| which.has(*name)) {
        let fronts = fronts(procedure);
        for (number, &(front, open)) in fronts.iter().enumerate() {
            let mut cases = cases(procedure, &baseline(procedure, open));
            cases.extend(pairs(procedure, &cases, SEED + all.len() as u64));
            let is_chosen = |at: usize, case: &Case| {
                let (row, turn) = (at / fronts.len(), at % fronts.len());
                !is_short || turn == number && row % 2 == 0 && !case.is_between()
            };
            let cases = cases.into_iter().enumerate().filter(|(at, case)| is_chosen(*at, case));
            all.extend(cases.map(|(_, case)| (front, open, case)));
        }
    }
    all
}

/// The front-ends of a procedure on a channel of a multiplexer.
fn multiplexed(procedure: Procedure) -> &'static [(&'static str, Open)] {
    if procedure == Procedure::Reconnect { MULTIPLEXED_RECONNECTING } else { MULTIPLEXED }
}

/// One of many cases on a channel, and for each procedure the first one with each behaviour; in the
/// short run through one front-end in turn.
fn channel_cases(which: Which) -> Vec<(&'static str, Open, Case)> {
    let is_short = which == Which::Short;
    let mut all = Vec::new();
    let step = if is_short { SHORT_CHANNEL_STEP } else { CHANNEL_STEP };
    for (row, (procedure, _)) in Procedure::ALL.into_iter().enumerate() {
        if !which.has(procedure) {
            continue;
        }
        let fronts = multiplexed(procedure);
        for (number, &(front, open)) in fronts.iter().enumerate() {
            if is_short && row % fronts.len() != number {
                continue;
            }
            let mut cases = cases(procedure, &baseline(procedure, open));
            cases.extend(pairs(procedure, &cases, SEED + all.len() as u64));
            let mut seen = BTreeSet::new();
            let mut is_chosen = |at: usize, case: &Case| {
                let behaviours: Vec<_> = case.behaviours().collect();
                let is_first = behaviours.len() == 1 && seen.insert(format!("{behaviours:?}"));
                at % step == number || is_first
            };
            let cases = cases.into_iter().enumerate().filter(|(at, case)| is_chosen(*at, case));
            all.extend(cases.map(|(_, case)| (front, open, case)));
        }
    }
    all
}

/// Runs all cases on all processors; the verdicts are in the order of the cases.
fn verdicts(cases: &[(&'static str, Open, Case)]) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(BTreeMap::new());
    let running: Mutex<BTreeMap<usize, Instant>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, open, case)) = cases.get(at) else {
                        return;
                    };
                    running.lock().unwrap().insert(at, Instant::now());
                    let mut verdict = trial(case, *open);
                    verdict.dialogue = Vec::new();
                    running.lock().unwrap().remove(&at);
                    verdicts.lock().unwrap().insert(at, verdict);
                }
            });
        }
        // The clock of a trial is virtual, so a loop that does nothing would not end.
        while next.load(Ordering::Relaxed) < cases.len() {
            std::thread::sleep(Duration::from_millis(100));
            for (at, since) in &*running.lock().unwrap() {
                if since.elapsed() > MAX_REAL_TIME {
                    println!("{} ({}) does not end", cases[*at].2, cases[*at].0);
                    std::process::abort();
                }
            }
        }
    });
    verdicts.into_inner().unwrap().into_values().collect()
}

/// Runs one case and prints its dialogue.
fn show(name: &str) {
    let case: Case = name.parse().unwrap();
    for &(front, open) in fronts(case.procedure).iter().chain(multiplexed(case.procedure)) {
        let verdict = trial(&case, open);
        println!("{case} ({front}):\n  {}", verdict.dialogue.join("\n  "));
        println!("undetectable: {}, {:?}", verdict.undetectable, verdict.violations);
    }
}

#[test]
fn whatever_a_modem_answers_nothing_is_lost_forged_or_misreported_and_nothing_storms() {
    if let Ok(name) = std::env::var("MODEM_BEHAVIOUR") {
        return show(&name);
    }
    let which = Which::from_environment();
    let mut found = String::new();
    let (all, on_channel) = (all_cases(which), channel_cases(which));
    let line = judge(&all, &mut found);
    let channel = judge(&on_channel, &mut found);
    if let Ok(path) = std::env::var("MODEM_BEHAVIOUR_FOUND") {
        std::fs::write(path, found).unwrap();
    }
    let is_many = |(_, _, case): &&(_, _, Case)| case.procedure == Procedure::Many;
    let many = all.iter().filter(is_many).count();
    println!(
        "{line}
on a channel: {channel}
with 250 stored messages {many}"
    );
    for (figures, least) in [(line, which.least()), (channel, which.least_on_channel())] {
        assert!(figures.behaviours >= least, "{} behaviours are too few", figures.behaviours);
        assert!(figures.is_good());
    }
}

/// Runs the cases, prints the shortest violations, and adds all of them to `found`.
fn judge(cases: &[(&'static str, Open, Case)], found: &mut String) -> Figures {
    std::panic::set_hook(Box::new(|_| {}));
    let verdicts = verdicts(cases);
    drop(std::panic::take_hook());

    let mut figures = Figures::default();
    figures.behaviours = cases.len();
    let mut shown = Vec::new();
    for ((front, _, case), verdict) in cases.iter().zip(verdicts) {
        let mut classes: Vec<_> = verdict.violations;
        classes.dedup_by_key(|(class, _)| *class);
        figures.undetectable += usize::from(verdict.undetectable > 0);
        for (class, words) in classes {
            writeln!(found, "{class:?}\t{case}\t{front}\t{words}").unwrap();
            figures.add(class);
            shown.push(format!("{case} ({front}): {class:?}, {words}"));
        }
    }
    shown.sort_by_key(String::len);
    for violation in shown.iter().take(MAX_SHOWN) {
        println!("  {violation}");
    }
    figures
}
