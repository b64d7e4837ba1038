//! A program with a journal, killed at every step and at every byte of every write, with and
//! without a loss of power, and compared with the log of the simulated network.
//!
//! The plain run takes every third or seventh step. `MODEM_JOURNAL_STRIDE=1` takes all of them, and
//! `MODEM_KILLS=1000` kills that many real processes:
//! `cargo test -p modem --all-features --test journal -- --nocapture` prints the figures.
#![cfg(all(feature = "simulator", feature = "std"))]
#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

#[cfg(feature = "serde")]
mod agreement;
mod disk;
mod file;
mod gates;
#[cfg(unix)]
mod processes;
mod program;

use core::fmt;

use program::{Scenario, World};

/// The figures of many lives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    kills: usize,
    lost: usize,
    twice: usize,
    wrong: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, lost, twice, wrong } = self;
        write!(f, "kills {kills}, lost {lost}, sent twice {twice}, false {wrong}")
    }
}

impl Figures {
    fn assert_sound(&self) {
        println!("{self}");
        assert!(self.kills > 0);
        assert_eq!(*self, Self { kills: self.kills, ..Self::default() });
    }
}

/// A small generator of random bits (xorshift), the same in each run.
fn bits(seed: u64) -> impl FnMut() -> bool {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state & 0x100 != 0
    }
}

/// Kills a process at every `stride`th step, and lets the next one come to its end.
fn kill_at_each_step(scenario: Scenario, power: bool, stride: usize) -> Figures {
    let stride =
        std::env::var("MODEM_JOURNAL_STRIDE").map_or(stride, |stride| stride.parse().unwrap());
    let mut figures = Figures::default();
    for step in (0..).step_by(stride) {
        let mut world = World::new(scenario);
        let killed = !world.run(step);
        if killed {
            figures.kills += 1;
            let mut random = bits(step + 1);
            if power {
                world.disk.lock().unwrap().fail_power(&mut random);
            }
            assert!(world.run(u64::MAX), "the next process comes to its end");
        }
        world.check(
            &mut figures,
            power,
            &format!("{scenario:?}, killed at step {step}, power {power}"),
        );
        if !killed {
            return figures;
        }
    }
    figures
}

#[test]
fn a_process_killed_at_any_step_loses_nothing_and_sends_nothing_twice() {
    kill_at_each_step(Scenario::Stored, false, 3).assert_sound();
}

#[test]
fn a_loss_of_power_at_any_step_loses_nothing_and_sends_nothing_twice() {
    kill_at_each_step(Scenario::Stored, true, 3).assert_sound();
}

#[test]
fn direct_deliveries_and_single_parts_survive_a_loss_of_power() {
    kill_at_each_step(Scenario::Direct, true, 7).assert_sound();
    kill_at_each_step(Scenario::Parts, true, 7).assert_sound();
}
