//! What a modem may say while it is opened, through both front-ends.
#![cfg(all(feature = "simulator", feature = "tokio"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod front;

use core::time::Duration;

use front::FRONTS;
use front::script::perform;
use modem::Config;
use modem::at::sim::Pin;
use modem::simulator::{Fact, Profile, Simulator};

/// A modem that has just been switched on, and whose first words nobody has heard.
fn switched_on(profile: Profile) -> Simulator {
    let mut simulator = Simulator::new(profile);
    simulator.handle_opened(Duration::ZERO);
    while simulator.poll_transmit().is_some() {}
    simulator
}

fn with_pin(pin: &str) -> Config {
    let mut config = Config::default();
    config.pin = Some(Pin::new(pin).unwrap());
    config
}

#[test]
fn a_modem_that_refuses_all_until_it_has_read_its_sim_is_asked_again_and_given_the_pin_then() {
    for profile in [Profile::SIM800, Profile::SIM900, Profile::SLOW_START] {
        for pin in [None, Some("1234")] {
            for (front, open) in FRONTS {
                let case = format!("{} with PIN {pin:?} ({front})", profile.name);
                let mut simulator = switched_on(profile);
                simulator.set_pin(pin);
                let mut modem =
                    open(simulator, with_pin("1234")).unwrap_or_else(|error| panic!("{case}: {error}"));
                let known = modem.profile();
                assert_eq!(known.imsi.as_deref(), Some("001010123456789"), "{case}");
                assert_eq!(known.iccid.as_deref(), Some("89490010123456789012"), "{case}");
                assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{case}");
                let mut tries = 0;
                modem.with_simulator(&mut |simulator| {
                    let facts = simulator.truth().iter();
                    tries = facts
                        .filter(|entry| matches!(entry.fact, Fact::PinGiven { .. }))
                        .count();
                });
                assert_eq!(tries, usize::from(pin.is_some()), "{case}");
            }
        }
    }
}
