//! The abilities of every simulated model.

use core::fmt::Write as _;

use modem::simulator::{Profile, Simulator};
use testkit::script::{perform, play};
use testkit::{FRONTS, config_for};

const SENDS_AND_RECEIVES: &str = "
    report Hello => sent
    deliver +491715550100 Hi
    deliver-reversed +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
    messages => +491715550100 Hi | +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
    stored => nothing
    truth => Hello
    ";

/// A modem that stores nothing and delivers nothing.
const SENDS_ONLY: &str = "
    send Hello => sent
    truth => Hello
";

#[test]
fn every_simulated_model_sends_receives_and_forgets_what_is_acknowledged() {
    let mut failures = String::new();
    for profile in Profile::ALL {
        for &(front, open) in FRONTS {
            let name = format!("{} ({front})", profile.name);
            let played = std::panic::catch_unwind(|| {
                let mut modem = open(Simulator::new(*profile), config_for(profile))
                    .unwrap_or_else(|error| panic!("{error}"));
                play(
                    &name,
                    if profile.memories.is_empty() { SENDS_ONLY } else { SENDS_AND_RECEIVES },
                    &mut *modem,
                );
            });
            if let Err(panic) = played {
                let why = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                writeln!(failures, "{name}: {why}").unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_simulated_model_that_has_ussd_answers_a_code_twice_and_reports_its_state() {
    let mut failures = String::new();
    for profile in Profile::ALL {
        for &(front, open) in FRONTS {
            let name = format!("{} ({front})", profile.name);
            let mut modem = open(Simulator::new(*profile), config_for(profile))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected = if profile.circuit_switched {
                "0 Balance: 12.34 EUR"
            } else {
                "failed: the modem is registered in LTE or 5G only"
            };
            for _ in 0..2 {
                let balance = perform("ussd *100#", &mut *modem);
                if !balance.starts_with(expected) {
                    writeln!(failures, "{name}: {balance}").unwrap();
                }
            }
            let state = modem.state().to_string();
            if !state.starts_with("Some(\"Simulated Network\") Some(-73) dBm") {
                writeln!(failures, "{name}: {state}").unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
