//! Answers of a modem to a message, and the outcomes that they prove, through all front-ends.

use core::time::Duration;

use modem::blocking::{Modem, SimulatedPort};
use modem::pdu::Reference;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Confirm, Event, PartOutcome, SendResult, Session};
use testkit::bench::Bench;
use testkit::{FRONTS, RECONNECTING, message, truth};

#[test]
fn an_error_of_the_equipment_after_the_message_proves_nothing_unless_it_precedes_the_submission() {
    let proving = [1, 38, 127, 192, 255, 302, 304, 310, 314, 322, 331];
    let silent = [256, 300, 301, 319, 332, 340, 400, 500, 512, 538, 65535];
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        for code in proving.into_iter().chain(silent) {
            modem.world(&format!("subscriber +491715550100 rejected {code}"));
            let result = modem.send(&message("Hello")).unwrap();
            match &result.parts[0].outcome {
                PartOutcome::Failed { error } => assert!(proving.contains(&code), "{error}"),
                PartOutcome::Unknown { error } => assert!(silent.contains(&code), "{error}"),
                outcome => panic!("{code} ({front}): {outcome:?}"),
            }
        }
    }
}

fn send(bench: &mut Bench, text: &str) -> SendResult {
    let text = message(text);
    bench.ask(|session: &mut Session, now| session.send(&text, now)).unwrap()
}

fn enqueue(bench: &mut Bench, text: &str) {
    let text = message(text).request_status_report();
    bench.start(|session: &mut Session, now| session.enqueue(&text, now)).unwrap();
}

/// The reference of each long message that the network has read.
fn references(bench: &Bench) -> Vec<Reference> {
    let submits = truth::submits(&bench.simulator).into_iter();
    submits.filter_map(|submit| Some(submit.concatenation()?.reference())).collect()
}

#[test]
fn a_program_that_only_sends_and_never_reads_events_keeps_a_bounded_number_of_them() {
    for confirms in [false, true] {
        let mut config = Config::default();
        config.confirm = if confirms { Confirm::Attempts } else { Confirm::Nothing };
        let parts = if confirms { 1_000 } else { 20_000 };
        let mut bench = Bench::open(Simulator::new(Profile::GENERIC), config);
        let text = message("Hello");
        for _ in 0..parts {
            let ticket = bench.start(|session: &mut Session, now| session.send(&text, now));
            if confirms {
                let attempts = bench.session.has_event();
                assert!(attempts);
                let attempt = bench.attempt();
                bench.start(|session: &mut Session, now| session.confirm(&attempt, now));
            }
            bench.redeem(&ticket).unwrap();
            bench.lines();
        }
        assert_eq!(bench.session.counters().sent, parts);
        let events = bench.events().len();
        assert!(events <= 256, "{events} events are kept");
    }
}

#[test]
fn of_the_attempts_that_are_not_taken_the_last_ones_are_kept() {
    let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
    let mut last = None;
    for _ in 0..300 {
        last = Some(send(&mut bench, "Hello").message);
    }
    let attempts = bench.events().into_iter().filter_map(|event| match event {
        Event::Attempting(attempt) => Some(attempt.message),
        _ => None,
    });
    let attempts: Vec<_> = attempts.collect();
    assert_eq!((attempts.len(), attempts.last().copied()), (256, last));
}

#[test]
fn a_message_that_waits_is_sent_before_the_first_sweep_and_after_the_settings() {
    for text in ["Hello".to_string(), "A long message. ".repeat(30)] {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
        enqueue(&mut bench, &text);
        enqueue(&mut bench, "The second one");
        bench.link().unwrap();
        bench.run(Duration::from_secs(10));
        let lines = bench.lines();
        let at = |start: &str| lines.iter().position(|line| line.starts_with(start)).unwrap();
        let sent = lines.iter().filter(|line| line.starts_with("AT+CMGS=")).count();
        let before = lines[..at("AT+CMGL")].iter().filter(|line| line.starts_with("AT+CMGS="));
        assert_eq!(before.count(), sent - 1, "{lines:?}");
        assert!(at("AT+CPMS=") < at("AT+CMGS=") && at("AT+CNMI=") < at("AT+CMGS="), "{lines:?}");
        assert_eq!(bench.session.waiting().count(), 0);
    }
}

#[test]
fn long_messages_of_two_runs_do_not_share_their_references() {
    let long = "A long message. ".repeat(30);
    // The same seed gives the same reference.
    for seed in [4711, 4711, 815] {
        let mut bench = Bench::open(Simulator::new(Profile::GENERIC), Config::default());
        bench.session.seed_reference(seed);
        send(&mut bench, &long);
        bench.session.seed_reference(1);
        send(&mut bench, &long);
        let mut references = references(&bench);
        references.dedup();
        assert_eq!(references.len(), 2);
        assert_eq!(bench.session.next_reference(), seed + 2);
    }
    // The front-ends seed by themselves what is not set.
    let opened = |first: u16| {
        let mut config = Config::default();
        config.first_reference = first;
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        Modem::open(port, config).unwrap().session().next_reference()
    };
    let mut seeds: Vec<u16> = (0..20).map(|_| opened(0)).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert!(seeds.len() > 10, "{seeds:?}");
    assert_eq!(opened(77), 77);
    for &(front, open) in FRONTS.iter().chain(RECONNECTING) {
        let mut config = Config::default();
        config.first_reference = 77;
        let mut modem = open(Simulator::new(Profile::GENERIC), config).unwrap();
        assert_eq!(modem.session(|session| session.next_reference()), 77, "{front}");
    }
}

#[test]
fn a_restart_in_the_middle_of_a_check_is_noticed_before_a_message_is_sent() {
    // After a restart this modem is in text mode, in which the digits of a message go elsewhere.
    let mut profile = Profile::GENERIC;
    profile.text_mode = true;
    for line in ["+CMGF", "+CSCS", "+CNMI"] {
        for when in ["Before", "During", "After"] {
            // Neither does the modem say that its announcements are lost.
            let restart = format!("{line}#1/Change(RestartSilent, {when})/Once");
            for &(front, open) in FRONTS {
                let name = format!("{restart} ({front})");
                let mut modem = open(Simulator::new(profile), Config::default()).unwrap();
                modem.settle(Duration::from_secs(5));
                modem.with_simulator(&mut |simulator, _| {
                    simulator.clear_exchanges();
                    for misbehaviour in [&restart, "+CNMI#1/Information(TwentyDigits)/Always"] {
                        simulator.add_misbehaviour(misbehaviour.parse().unwrap());
                    }
                });
                modem.raw("AT+CSQ").unwrap();
                let result = modem.send(&message("Hello")).unwrap();
                assert_eq!(result.references().count(), 1, "{name}: {result:?}");
                modem.with_simulator(&mut |simulator, _| {
                    assert_eq!(truth::texts(simulator), ["Hello"], "{name}");
                    assert_eq!(truth::submitted(simulator).len(), 1, "{name}");
                });
            }
        }
    }
}
