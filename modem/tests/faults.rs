//! Damage to single bytes of three dialogues, one byte at a time, through all front-ends, compared
//! with the facts of the simulated modem.
//!
//! `cargo test -p modem --all-features --test faults -- --nocapture` prints the figures.
#![cfg(all(feature = "simulator", feature = "tokio"))]

mod faults {
    pub(crate) mod figures;
    pub(crate) mod trial;
}

use std::sync::Mutex;

use faults::figures::Figures;
use faults::trial::{Dialogue, Expected, trial};
use testkit::FRONTS;
use testkit::line::{Damage, Fault, Way};

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

#[test]
fn whatever_happens_to_one_byte_nothing_is_lost_or_misreported_and_the_next_command_works() {
    let total = Mutex::new(Figures::default());
    std::thread::scope(|scope| {
        for &(name, open) in FRONTS {
            let total = &total;
            scope.spawn(move || {
                for dialogue in [Dialogue::Send, Dialogue::Receive, Dialogue::Ussd] {
                    let expected = Expected::of(dialogue, open);
                    let mut figures = Figures::default();
                    for fault in faults(expected.moved) {
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
    let total = total.into_inner().unwrap();
    println!("{total}");
    assert!(total.faults > 5_000, "{} faults are too few", total.faults);
    assert!(total.is_good());
}
