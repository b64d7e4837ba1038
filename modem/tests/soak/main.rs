//! Very many messages under adverse conditions, compared with the facts of the simulated modem.
//!
//! The link breaks, the process is killed, and the memory is too small.
//!
//! `MODEM_SOAK=100000 cargo test --release -p modem --all-features --test soak -- --nocapture` runs
//! the full number and prints the figures; without the variable 10,000 run. `MODEM_SOAK_SEED` runs
//! another story, and `MODEM_SOAK_LOCATES=1` has the modem report its cell too.
#![cfg(all(feature = "simulator", feature = "serde"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod program;
mod random;
mod world;

use program::Program;

const SEED: u64 = 20_261_123;

/// The default number of messages, sent and received together.
const FEW: usize = 10_000;
/// The default number of messages of a modem that also misbehaves.
const FEW_MISBEHAVING: usize = 2_000;

#[test]
fn nothing_is_lost_or_sent_twice_however_often_the_link_breaks_and_the_process_is_killed() {
    run(FEW, false);
}

#[test]
fn nothing_is_lost_or_sent_twice_if_the_modem_also_answers_unexpectedly() {
    run(FEW_MISBEHAVING, true);
}

fn run(few: usize, misbehaves: bool) {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let messages = number("MODEM_SOAK").map_or(few, |messages| messages.try_into().unwrap());
    let seed = number("MODEM_SOAK_SEED").unwrap_or(SEED);
    println!("seed {seed}, behaviours: {misbehaves}");
    let mut program = Program::new(seed, misbehaves);
    program.run(messages);
    let figures = program.finish();
    println!("{figures}");
    assert!(figures.is_good());
}
