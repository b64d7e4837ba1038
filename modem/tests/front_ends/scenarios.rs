//! The same scenarios through all front-ends, compared with the simulated modem's log of facts.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod models;
mod receiving;
mod sending;
mod services;
mod shown;

use core::time::Duration;

use modem::at::sim::Pin;
use modem::simulator::{Fact, Memory, Profile, Simulator};
use modem::{Config, Event};
use testkit::FRONTS;
use testkit::script::{perform, play_through_all};

/// One scenario, in the language of [`testkit::script`].
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) script: &'static str,
    /// The order of two simultaneous events on the wire depends on the front-end.
    pub(crate) races: bool,
}

#[test]
fn every_scenario_comes_out_alike_through_all_front_ends() {
    let scenarios = [sending::SCENARIOS, receiving::SCENARIOS, services::SCENARIOS];
    for scenario in scenarios.concat() {
        let dialogues = play_through_all(scenario.name, scenario.script);
        let (first, dialogue) = &dialogues[0];
        for (front, other) in &dialogues[1..] {
            assert!(
                scenario.races || dialogue == other,
                "{}: the dialogues differ:\n{first}\n{}\n\n{front}\n{}",
                scenario.name,
                dialogue.join("\n"),
                other.join("\n")
            );
        }
    }
}

#[test]
fn a_modem_that_cannot_be_used_is_said_in_one_sentence_and_nothing_is_sent() {
    let pin = |digits| Some(Pin::new(digits).unwrap());
    for (case, prepare, given, expected) in [
        ("locked, no PIN given", "pin 1234", None, "the SIM asks for its PIN: set `Config::pin`"),
        (
            "locked, a wrong PIN given",
            "pin 1234",
            pin("4321"),
            "the SIM refused the PIN: check the PIN before you try again, since few attempts are left",
        ),
        (
            "silent",
            "fault lose to-host 1000",
            None,
            "the modem does not answer AT: check that the port is its AT port, and that no other program uses it",
        ),
        ("gone", "fault disconnect 0", None, "the link to the modem has ended: open it again"),
    ] {
        for &(front, open) in FRONTS {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator.perform(prepare.parse().unwrap(), Duration::ZERO).unwrap();
            let mut config = Config::default();
            config.pin = given.clone();
            let Err(error) = open(simulator, config) else { panic!("{case} ({front}): opened") };
            assert_eq!(error.kind().to_string(), expected, "{case} ({front})");
        }
    }
}

#[test]
fn a_locked_sim_is_unlocked_with_one_try_and_the_pin_is_in_no_log() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("1234").unwrap());
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{front}");
        let tries = modem.count(|fact| matches!(fact, Fact::PinGiven { right: true }));
        assert_eq!(tries, 1, "{front}");
        let dialogue = modem.dialogue().join("\n");
        assert!(
            dialogue.contains("> AT+CPIN=****") && !dialogue.contains("1234\""),
            "{front}: {dialogue}"
        );
    }
}

#[test]
fn more_announcements_at_once_than_are_followed_one_by_one_are_all_found() {
    const COUNT: usize = 400;
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(Memory::Sm, 500);
        let mut config = Config::default();
        config.max_unacknowledged = 1_000;
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        for number in 0..COUNT {
            modem.world(&format!("deliver +491715550100 {number}"));
        }
        let mut received = 0;
        while let Some(event) = modem.event(Duration::from_secs(10)) {
            received += usize::from(matches!(event, Event::Received(_)));
        }
        assert_eq!(received, COUNT, "{front}");
    }
}
