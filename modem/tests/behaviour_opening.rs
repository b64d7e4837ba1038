//! States of the network, the radio and the SIM that a modem reports when it is opened and later.
#![cfg(all(feature = "simulator", feature = "tokio"))]

use core::time::Duration;

use modem::at::Instant;
use modem::at::network::Domain;
use modem::at::sim::Pin;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Error, ErrorKind, Event, PartOutcome, Session};
use testkit::bench::Bench;
use testkit::script::perform;
use testkit::{FRONTS, message};

const SECOND: Duration = Duration::from_secs(1);

const fn answering(replies: &'static [(&'static str, &'static str)]) -> Profile {
    let mut profile = Profile::GENERIC;
    profile.replies = replies;
    profile
}

/// The failure of a message that is sent now, and the time that it took.
fn failure(bench: &mut Bench) -> (Option<Error>, Duration) {
    let before = bench.now();
    let text = message("Hello");
    let result = bench.ask(|session: &mut Session, now| session.send(&text, now)).unwrap();
    let took = bench.now().saturating_duration_since(before);
    match result.parts.into_iter().next().map(|part| part.outcome) {
        Some(PartOutcome::Failed { error }) => (Some(error), took),
        _ => (None, took),
    }
}

#[test]
fn a_modem_that_is_registered_in_5g_alone_is_registered() {
    let profile = answering(&[
        ("+CREG?", "+CREG: 1,0\r\nOK"),
        ("+CEREG?", "+CEREG: 1,0\r\nOK"),
        ("+CEREG=1", "OK"),
        ("+C5GREG?", "+C5GREG: 1,1,\"0102AB\",\"00012F2D11\",11\r\nOK"),
        ("+C5GREG=1", "OK"),
    ]);
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
        assert_eq!(
            modem.session(|session| session.registrations().is_registered()),
            Some(true),
            "{front}"
        );
        let before = modem.now();
        assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{front}");
        assert!(modem.now() - before < SECOND, "{front}: {:?}", modem.now() - before);
        assert!(modem.dialogue().iter().any(|line| line == r"> AT+C5GREG=1\r"), "{front}");
        let error = modem.ussd("*100#").unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NoCircuitNetwork, "{front}");
    }
}

#[test]
fn a_modem_that_is_registered_elsewhere_is_not_asked_about_5g() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.settle(SECOND);
        assert!(!modem.dialogue().iter().any(|line| line.contains("C5GREG")), "{front}");
    }
}

#[test]
fn a_modem_that_moves_to_5g_alone_is_asked_once_and_stays_registered() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CREG?", "+CREG: 1,0|OK");
    bench.always("+CEREG?", "+CEREG: 1,0|OK");
    bench.always("+C5GREG?", "+C5GREG: 0,5|OK");
    bench.always("+C5GREG=1", "OK");
    bench.say("+CREG: 0|+CEREG: 0");
    bench.run(SECOND);
    let registrations = bench.session.registrations();
    assert_eq!(registrations.is_registered(), Some(true));
    assert!(registrations.of(Domain::FiveG).is_some());
    let asked = bench.lines().iter().filter(|line| line.starts_with("AT+C5GREG")).count();
    assert_eq!(asked, 2, "asked, and its reports switched on");
    // Without 5G the modem is asked once for each link.
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    for _ in 0..5 {
        bench.say("+CREG: 0");
        bench.run(SECOND);
        bench.say("+CREG: 1");
    }
    let asked = bench.lines().iter().filter(|line| line.starts_with("AT+C5GREG")).count();
    assert!(asked <= 1, "{asked}");
}
