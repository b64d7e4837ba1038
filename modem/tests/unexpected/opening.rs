//! States of the network, the radio and the SIM that a modem reports when it is opened and later.

use core::time::Duration;

use modem::at::network::Domain;
use modem::simulator::{Profile, Simulator};
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

/// The dialogue of `cpin-answers-that-ask-for-nothing.txt`.
#[test]
fn a_sim_that_is_not_ready_is_waited_for() {
    for answer in ["+CPIN: NOT READY", "+CPIN: SIM BUSY", "+CPIN: not ready"] {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
        for _ in 0..4 {
            bench.answer("+CPIN?", &format!("{answer}|OK"));
        }
        bench.link().unwrap_or_else(|error| panic!("{answer}: {error}"));
        let before = bench.now();
        bench.always("+CPIN?", &format!("{answer}|OK"));
        let error = bench.ask(Session::initialise).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NotReady, "{answer}");
        let took = bench.now().saturating_duration_since(before);
        assert!(took >= 29 * SECOND && took <= 35 * SECOND, "{answer}: {took:?}");
    }
}

/// The dialogue of `cpin-answers-that-ask-for-nothing.txt`.
#[test]
fn a_sim_that_is_not_there_is_not_asked_for_a_code() {
    let rows: [Profile; 4] = [
        answering(&[("+CPIN?", "+CPIN: NOT INSERTED\r\nOK")]),
        answering(&[("+CPIN?", "+CPIN: SIM REMOVED\r\nOK")]),
        answering(&[("+CPIN?", "+CPIN: SIM FAILURE\r\nOK")]),
        answering(&[("+CPIN?", "+CPIN: SIM not inserted\r\nOK")]),
    ];
    for profile in rows {
        for &(front, open) in FRONTS {
            let case = format!("{:?} ({front})", profile.replies);
            let Err(error) = open(Simulator::new(profile), Config::default()) else {
                panic!("{case}: opened")
            };
            assert_eq!(*error.kind(), ErrorKind::NoSim, "{case}");
        }
    }
}

#[test]
fn a_radio_that_is_off_is_said_at_once() {
    for level in ["0", "4"] {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
        bench.always("+CREG?", "+CREG: 1,0|OK");
        bench.always("+CEREG?", "+CEREG: 1,0|OK");
        bench.always("+CFUN?", &format!("+CFUN: {level}|OK"));
        bench.link().unwrap();
        assert!(bench.events().contains(&Event::RadioOff), "{level}");
        for _ in 0..2 {
            let (error, took) = failure(&mut bench);
            assert_eq!(error.map(|error| error.kind().clone()), Some(ErrorKind::RadioOff));
            assert!(took < SECOND, "{level}: {took:?}");
        }
        let ussd = bench.ask(|session: &mut Session, now| session.ussd("*100#", now));
        assert_eq!(*ussd.unwrap_err().kind(), ErrorKind::RadioOff, "{level}");
        bench.run(Duration::from_secs(1200));
        assert!(!bench.events().contains(&Event::RadioOff), "{level}: it is said once");
        assert!(!bench.lines().iter().any(|line| line == "AT+CFUN=1"), "{level}");

        // A person switches it on: the next message finds that out.
        for command in ["+CREG?", "+CEREG?", "+CFUN?"] {
            bench.restore(command);
        }
        assert!(failure(&mut bench).0.is_none(), "{level}");
    }
}

#[test]
fn a_radio_that_is_switched_off_later_is_said_at_once_and_an_enqueued_message_waits() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    bench.always("+CREG?", "+CREG: 1,0|OK");
    bench.always("+CEREG?", "+CEREG: 1,0|OK");
    bench.always("+CFUN?", "+CFUN: 4|OK");
    bench.say("+CREG: 0|+CEREG: 0");
    let text = message("Enqueued");
    let id = bench.start(|session: &mut Session, now| session.enqueue(&text, now)).unwrap();
    let (error, took) = failure(&mut bench);
    assert_eq!(error.map(|error| error.kind().clone()), Some(ErrorKind::RadioOff));
    assert!(took < SECOND, "{took:?}");
    assert_eq!(bench.session.waiting().collect::<Vec<_>>(), [id]);
    bench.say("+CREG: 1");
    bench.run(SECOND);
    assert_eq!(bench.session.waiting().count(), 0);
}

#[test]
fn a_radio_is_switched_on_only_where_the_application_asks_for_it() {
    let mut config = Config::default();
    config.switch_radio_on = true;
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), config);
    bench.answer("+CREG?", "+CREG: 1,0|OK");
    bench.answer("+CEREG?", "+CEREG: 1,0|OK");
    bench.answer("+CFUN?", "+CFUN: 4|OK");
    bench.link().unwrap();
    assert!(!bench.events().contains(&Event::RadioOff));
    let switched = |bench: &mut Bench| bench.lines().iter().any(|line| line == "AT+CFUN=1");
    assert!(switched(&mut bench));
    bench.say("+CREG: 1");
    assert!(failure(&mut bench).0.is_none());

    // A modem that does not read its SIM while the radio is off.
    for switch_on in [false, true] {
        let mut config = Config::default();
        config.switch_radio_on = switch_on;
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), config);
        bench.answer("+CPIN?", "+CPIN: NOT INSERTED|OK");
        bench.answer("+CFUN?", "+CFUN: 0|OK");
        let result = bench.link();
        match (switch_on, result) {
            (true, result) => result.unwrap(),
            (false, result) => assert_eq!(*result.unwrap_err().kind(), ErrorKind::RadioOff),
        }
        assert_eq!(switched(&mut bench), switch_on);
    }
}

#[test]
fn a_registered_modem_is_not_asked_for_its_radio() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{front}");
        assert!(!modem.dialogue().iter().any(|line| line.contains("CFUN")), "{front}");
    }
}

const REFUSED: &str = "ERROR";

/// Opens the link to a modem with these answers. Returns the failure and the time that it took.
fn opening(replies: &'static [(&'static str, &'static str)]) -> (Error, Duration) {
    let mut bench = Bench::new(Simulator::new(answering(replies)), Config::default());
    let before = bench.now();
    let error = bench.link().unwrap_err();
    (error, bench.now().saturating_duration_since(before))
}

#[test]
fn a_modem_without_pdu_mode_is_refused_at_once_with_that_sentence() {
    let (error, took) = opening(&[("+CMGF=0", REFUSED), ("+CMGF=?", "+CMGF: (1)\r\nOK")]);
    assert_eq!(*error.kind(), ErrorKind::Unsupported("PDU mode"));
    assert_eq!(error.to_string(), "the modem does not support PDU mode");
    assert!(took < SECOND, "{took:?}");
}

#[test]
fn a_modem_with_pdu_mode_alone_may_refuse_to_set_it() {
    for &(front, open) in FRONTS {
        let mut profile = answering(&[
            ("+CMGF=0", REFUSED),
            ("+CMGF=?", "+CMGF: (0)\r\nOK"),
            ("+CMGF?", REFUSED),
        ]);
        profile.text_mode = false;
        let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
        assert!(modem.now() < SECOND, "{front}");
        let sent = modem.send(&message("Hello")).unwrap();
        assert_eq!(sent.references().count(), 1, "{front}");
    }
}

#[test]
fn a_modem_that_refuses_pdu_mode_and_has_both_modes_is_waited_for() {
    let (error, took) = opening(&[("+CMGF=0", REFUSED), ("+CMGF=?", "+CMGF: (0,1)\r\nOK")]);
    assert!(matches!(error.kind(), ErrorKind::Refused(_)), "{error}");
    assert_eq!(took, 30 * SECOND);
}
