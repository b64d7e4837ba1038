//! Damage to single bytes of three dialogues, one byte at a time, through all front-ends, compared
//! with the facts of the simulated modem.
//!
//! Each damage is tried through one front-end in turn, with `MODEM_BEHAVIOURS=all` through all. On
//! the frames of a multiplexer one damage of many is tried, with the variable more of them.
//! `cargo test -p modem --all-features --test faults -- --nocapture` prints the figures.
#![cfg(all(feature = "simulator", feature = "tokio"))]

mod figures;
mod trial;

use std::sync::Mutex;

use figures::Figures;
use testkit::line::{Damage, Fault, Way};
use testkit::{FRONTS, MULTIPLEXED, Open};
use trial::{Dialogue, Expected, trial};

/// The damages to each byte of a dialogue.
fn damages(way: Way) -> impl Iterator<Item = Damage> {
    let always = [Damage::Cut, Damage::Drop, Damage::Duplicate, Damage::Delay, Damage::Refuse];
    // Only the modem sends unsolicited lines.
    let unsolicited = (way == Way::ToHost).then_some(Damage::Insert);
    always.into_iter().chain(unsolicited).chain((0..8).map(Damage::Flip))
}

/// Each damage to each byte that moves in a dialogue.
fn faults(moved: [usize; 2]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (way, count) in [Way::ToHost, Way::ToModem].into_iter().zip(moved) {
        for at in 0..count {
            faults.extend(damages(way).map(|damage| Fault { way, at, damage }));
        }
    }
    faults
}

/// Tries one of `step` faults to each dialogue through each front-end; the figures of all.
fn figures(fronts: &[(&'static str, Open)], step: usize) -> Figures {
    let total = Mutex::new(Figures::default());
    std::thread::scope(|scope| {
        for (number, &(name, open)) in fronts.iter().enumerate() {
            let total = &total;
            scope.spawn(move || {
                for dialogue in [Dialogue::Send, Dialogue::Receive, Dialogue::Ussd] {
                    let expected = Expected::of(dialogue, open);
                    let mut figures = Figures::default();
                    for fault in faults(expected.moved).into_iter().skip(number).step_by(step) {
                        trial(dialogue, open, fault, &expected, &mut figures);
                    }
                    let mut total = total.lock().unwrap();
                    println!("{dialogue:?} ({name}): {}", figures.detail());
                    figures.show_notes();
                    total.add(&figures);
                }
            });
        }
    });
    total.into_inner().unwrap()
}

fn is_all() -> bool {
    std::env::var_os("MODEM_BEHAVIOURS").is_some_and(|which| which == "all")
}

#[test]
fn whatever_happens_to_one_byte_nothing_is_lost_or_misreported_and_the_next_command_works() {
    let is_all = is_all();
    let total = figures(FRONTS, if is_all { 1 } else { FRONTS.len() });
    println!("{total}");
    let least = if is_all { 30_000 } else { 10_000 };
    assert!(total.faults > least, "{} faults are too few", total.faults);
    assert!(total.is_good());
}

#[test]
fn whatever_happens_to_one_byte_of_a_frame_no_channel_loses_or_misreports_a_message() {
    let is_all = is_all();
    // Prime steps, so that each damage meets each part of a frame.
    let total = figures(MULTIPLEXED, if is_all { 3 } else { 29 });
    println!("on a channel: {total}");
    let least = if is_all { 8_000 } else { 800 };
    assert!(total.faults > least, "{} faults are too few", total.faults);
    assert!(total.is_good());
}
