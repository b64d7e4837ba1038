//! A SIM that is removed, swapped or locked while its modem is open.

use core::time::Duration;

use modem::at::sim::Pin;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Error, ErrorKind, Event, PartOutcome, Session, Task};
use testkit::bench::Bench;
use testkit::{FRONTS, message, truth};

const SECOND: Duration = Duration::from_secs(1);
const OTHER: &str = "+CCID: 89490010999999999999|OK";

fn with_pin() -> Config {
    let mut config = Config::default();
    config.pin = Some(Pin::new("1234").unwrap());
    config
}

fn send(bench: &mut Bench) -> PartOutcome {
    let text = message("Hello");
    let result = bench.ask(|session: &mut Session, now| session.send(&text, now)).unwrap();
    result.parts.into_iter().next().unwrap().outcome
}

/// The number of PINs that the modem was given.
fn tries(bench: &Bench) -> usize {
    truth::count(&bench.simulator, |fact| matches!(fact, Fact::PinGiven { .. }))
}

fn failed_to_unlock(events: &[Event]) -> Vec<&ErrorKind> {
    let failed = events.iter().filter_map(|event| match event {
        Event::TaskFailed { task: Task::UnlockSim, error, retry_after: None } => Some(error),
        _ => None,
    });
    failed.map(Error::kind).collect()
}

/// A session whose SIM was locked and unlocked by the PIN once.
fn unlocked(config: Config) -> Bench {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_pin(Some("1234"));
    Bench::open(simulator, config)
}

#[test]
fn a_sim_that_is_inserted_after_a_removal_is_identified_again() {
    for removal in ["+CPIN: NOT INSERTED", "+CPIN: SIM REMOVED", "+CPIN: NOT READY"] {
        let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
        bench.say(removal);
        bench.run(SECOND);
        assert_eq!(bench.session.profile().iccid, None, "{removal}: it is away");
        assert!(bench.lines().is_empty(), "{removal}");
        bench.always("+CCID", OTHER);
        bench.always("+CIMI", "262019999999999|OK");
        bench.say("+CPIN: READY");
        bench.run(SECOND);
        let profile = bench.session.profile();
        assert_eq!(profile.iccid.as_deref(), Some("89490010999999999999"), "{removal}");
        assert_eq!(profile.imsi.as_deref(), Some("262019999999999"), "{removal}");
        assert!(bench.events().contains(&Event::Ready), "{removal}");
    }
}

#[test]
fn a_state_of_the_sim_that_says_nothing_new_does_nothing() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    for state in ["+CPIN: READY", "+CPIN: SIM PIN2", "+CPIN: READY"] {
        bench.say(state);
        bench.run(SECOND);
    }
    assert_eq!(bench.lines(), [""; 0]);
}

#[test]
fn a_loose_sim_does_not_make_a_session_initialise_its_modem_all_the_time() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    for _ in 0..600 {
        bench.say("+CPIN: NOT READY");
        bench.say("+CPIN: READY");
        bench.run(SECOND);
    }
    let initialised = bench.events().iter().filter(|event| **event == Event::Ready).count();
    assert!((2..=9).contains(&initialised), "{initialised} initialisations in ten minutes");
}

#[test]
fn the_service_centre_of_one_sim_is_not_written_to_another() {
    for other in [false, true] {
        let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
        bench.answer("+CMGS", ">");
        bench.answer("\x1a", "+CMS ERROR: 330");
        if other {
            bench.always("+CCID", OTHER);
        }
        let outcome = send(&mut bench);
        bench.run(SECOND);
        let written = bench.lines().iter().any(|line| line.starts_with("AT+CSCA="));
        assert_eq!(written, !other);
        if other {
            assert!(matches!(outcome, PartOutcome::Failed { .. }), "{outcome:?}");
            // The SIM that was found is identified.
            let profile = bench.session.profile();
            assert_eq!(profile.iccid.as_deref(), Some("89490010999999999999"));
        } else {
            assert!(matches!(outcome, PartOutcome::Sent { .. }), "{outcome:?}");
        }
    }
}

#[test]
fn a_service_centre_that_is_lost_in_a_restart_is_restored_to_its_own_sim_only() {
    for other in [false, true] {
        let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
        bench.always("+CSCA?", "+CSCA: \"\",129|OK");
        if other {
            bench.always("+CCID", OTHER);
        }
        bench.say("RDY");
        bench.run(5 * SECOND);
        bench.lines();
        bench.answer("+CMGS", ">");
        bench.answer("\x1a", "+CMS ERROR: 330");
        let outcome = send(&mut bench);
        assert_eq!(matches!(outcome, PartOutcome::Sent { .. }), !other, "{outcome:?}");
        let written = bench.lines().iter().any(|line| line.starts_with("AT+CSCA="));
        assert_eq!(written, !other);
    }
}

/// The dialogue of `sim-wants-its-pin-again.txt`.
#[test]
fn a_sim_that_asks_for_its_pin_again_is_unlocked_if_it_is_the_same() {
    for words in ["+CPIN: NOT READY|+CPIN: SIM PIN", "+CPIN: SIM PIN"] {
        let mut bench = unlocked(with_pin());
        assert_eq!(tries(&bench), 1);
        bench.simulator.set_pin(Some("1234"));
        bench.say(words);
        bench.run(5 * SECOND);
        assert_eq!(tries(&bench), 2, "{words}");
        assert!(bench.events().contains(&Event::Ready), "{words}");
        assert!(matches!(send(&mut bench), PartOutcome::Sent { .. }), "{words}");
    }
}

#[test]
fn a_message_that_is_refused_for_want_of_the_pin_makes_the_session_unlock_the_sim() {
    for refusal in ["+CMS ERROR: 311", "+CME ERROR: 11"] {
        let mut bench = unlocked(with_pin());
        bench.simulator.set_pin(Some("1234"));
        bench.answer("+CMGS", refusal);
        assert!(matches!(send(&mut bench), PartOutcome::Failed { .. }), "{refusal}");
        bench.run(5 * SECOND);
        assert_eq!(tries(&bench), 2, "{refusal}");
        assert!(matches!(send(&mut bench), PartOutcome::Sent { .. }), "{refusal}");
    }
}

#[test]
fn another_sim_does_not_lose_an_attempt() {
    // Its ICCID is another one, or hidden.
    for iccid in [OTHER, "ERROR"] {
        let mut bench = unlocked(with_pin());
        bench.simulator.set_pin(Some("1234"));
        for command in ["+CCID", "+ICCID", "^ICCID", "+QCCID", "#CCID"] {
            bench.always(command, iccid);
        }
        bench.say("+CPIN: NOT INSERTED|+CPIN: SIM PIN");
        bench.run(5 * SECOND);
        let events = bench.events();
        assert_eq!(failed_to_unlock(&events), [&ErrorKind::UnknownSim], "{iccid}");
        assert_eq!(tries(&bench), 1, "{iccid}");
        // A swapped SIM does not get the PIN over the next link either; a SIM that hides its ICCID
        // does, once, as at the first opening.
        bench.start(|session: &mut Session, now| session.handle_closed(now));
        let result = bench.link();
        let hidden = iccid == "ERROR";
        assert_eq!(tries(&bench), if hidden { 2 } else { 1 }, "{iccid}");
        assert_eq!(result.is_ok(), hidden, "{iccid}");
    }
}

#[test]
fn a_sim_that_asks_for_its_pin_without_a_configured_pin_is_said_once() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    bench.simulator.set_pin(Some("1234"));
    bench.say("+CPIN: SIM PIN");
    bench.run(Duration::from_secs(600));
    assert_eq!(failed_to_unlock(&bench.events()), [&ErrorKind::PinRequired]);
    // A person unlocks it.
    bench.simulator.set_pin(None);
    bench.say("+CPIN: READY");
    bench.run(SECOND);
    assert!(bench.events().contains(&Event::Ready));
}

#[test]
fn a_pin_that_was_refused_is_not_tried_again_at_run_time() {
    let mut bench = unlocked(with_pin());
    bench.simulator.set_pin(Some("9999"));
    for _ in 0..3 {
        bench.say("+CPIN: SIM PIN");
        bench.run(Duration::from_secs(600));
    }
    assert_eq!(tries(&bench), 2);
    assert!(failed_to_unlock(&bench.events()).contains(&&ErrorKind::PinRefused));
}

#[test]
fn a_locked_sim_is_announced_through_both_front_ends() {
    const PROFILE: Profile = {
        let mut profile = Profile::GENERIC;
        profile.noise = &["+CPIN: SIM PUK"];
        profile.noise_every = Duration::from_secs(30);
        profile.replies = &[];
        profile
    };
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(PROFILE), Config::default()).unwrap();
        let mut restarted = false;
        for _ in 0..20 {
            match modem.event(Duration::from_secs(60)) {
                Some(Event::Restarted(None)) => restarted = true,
                Some(_) => {}
                None => break,
            }
        }
        assert!(restarted, "{front}");
    }
}
