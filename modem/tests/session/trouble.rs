//! The dialogue before an error, as reported by the error, through all front-ends.

use core::error::Error as _;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::io;
use std::panic::catch_unwind;

use modem::at::Instant;
use modem::at::sim::Pin;
use modem::blocking::{Modem, Port, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, ErrorKind, Event, PartOutcome, SendOutcome, WireLine};
use testkit::faulty::{Behaviour, Faulty};
use testkit::{FRONTS, message, truth};

fn shown(lines: &[WireLine]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn a_command_that_is_not_answered_brings_the_last_lines_of_the_dialogue_and_a_refusal_does_not() {
    for &(front, open) in FRONTS {
        let mut config = Config::default();
        config.recent_lines = 6;
        let mut modem = open(Simulator::new(Profile::GENERIC), config).unwrap();
        modem.settle(Duration::from_secs(1));

        let refused = modem.raw("AT+NOSUCH").unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::Refused(_)), "{front}: {refused}");
        assert!(refused.recent().is_empty(), "{front}");

        modem.world("fault ignore +CSQ 1");
        let unanswered = modem.raw("AT+CSQ").unwrap_err();
        assert_eq!(unanswered.kind(), &ErrorKind::Timeout, "{front}: {unanswered}");
        // The engine asks a question whose answer cannot be confused with the missing one, and
        // learns that the modem is there.
        assert_eq!(
            shown(unanswered.recent()),
            [
                r"> AT+NOSUCH\r",
                r"< \r\nERROR\r\n",
                r"> AT+CSQ\r",
                r"> AT+CMEE?\r",
                r"< \r\n+CMEE: 1\r\n",
                r"< \r\nOK\r\n",
            ],
            "{front}"
        );
        assert!(unanswered.advice().unwrap().starts_with("try again"), "{front}");
    }
}

#[test]
fn a_message_whose_fate_is_unknown_brings_them_and_one_that_was_refused_brings_advice() {
    let message = message("Hello");
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        for (subscriber, expected_recent) in [("unconfirmed", true), ("rejected 1", false)] {
            modem.world(&format!("subscriber +491715550100 {subscriber}"));
            let report = modem.send(&message).unwrap();
            match &report.parts[0].outcome {
                PartOutcome::Unknown { error } => {
                    assert!(expected_recent, "{front}: {error}");
                    let recent = shown(error.recent());
                    assert!(
                        recent.iter().any(|line| line.starts_with("> AT+CMGS=")),
                        "{front}: {recent:?}"
                    );
                    assert!(
                        recent.iter().any(|line| line.ends_with(r"\x1A")),
                        "{front}: {recent:?}"
                    );
                }
                PartOutcome::Failed { error } => {
                    assert!(!expected_recent && error.recent().is_empty(), "{front}: {error}");
                    assert_eq!(
                        error.advice(),
                        Some("check the number of the recipient"),
                        "{front}"
                    );
                    assert!(
                        error.to_string().contains(
                            "unassigned (unallocated) number (+CMS ERROR 1): check the number of the recipient"
                        ),
                        "{front}: {error}"
                    );
                }
                outcome => panic!("{front}: {outcome:?}"),
            }
        }
    }
}

#[test]
fn no_pin_is_in_what_is_held_back_nor_in_what_a_program_prints_of_its_errors() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("4321"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("4321").unwrap());
        let mut modem = open(simulator, config).unwrap();
        modem.world("fault ignore +CSQ 1");
        let unanswered = modem.raw("AT+CSQ").unwrap_err();
        let all = shown(unanswered.recent()).join("\n");
        assert!(all.contains("> AT+CSQ"), "{front}: {all}");
        assert!(
            !all.contains("4321") && !format!("{unanswered:?}").contains("4321"),
            "{front}: {all}"
        );
    }
}

fn check_pulled(front: &str, error: &modem::Error) {
    assert_eq!(error.kind(), &ErrorKind::Closed, "{front}");
    assert!(
        error.to_string().ends_with("the link to the modem has ended: open it again"),
        "{front}: {error}"
    );
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let cause = cause.unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::Other, "{front}");
    assert_eq!(cause.to_string(), "Input/output error (os error 5)", "{front}");
}

#[test]
fn a_stick_that_is_pulled_out_is_named_with_what_the_system_says() {
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let (port, switch) = Faulty::new(port);
    let mut modem = Modem::open(port, Config::default()).unwrap();
    assert!(modem.link_error().is_none());
    switch.set(Behaviour::Fails);
    check_pulled("blocking", &modem.raw("AT+CSQ").unwrap_err());
    // Asked later, the answer is the same.
    check_pulled("blocking", &modem.raw("AT+CSQ").unwrap_err());
    assert!(modem.link_error().is_some());

    testkit::paused_runtime().block_on(async {
        let (stream, _simulator) =
            modem::tokio::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let (stream, switch) = Faulty::new(stream);
        let (modem, _inbox) = modem::tokio::Modem::open(stream, Config::default()).await.unwrap();
        assert!(modem.link_error().is_none());
        switch.set(Behaviour::Fails);
        check_pulled("tokio", &modem.raw("AT+CSQ").await.unwrap_err());
        check_pulled("tokio", &modem.raw("AT+CSQ").await.unwrap_err());
        assert!(modem.link_error().is_some());
    });
}

/// A modem that is being unlocked, one byte after the other; `look` sees the session after each
/// byte.
fn unlock(profile: Profile, mut look: impl FnMut(&modem::Session)) {
    let mut simulator = Simulator::new(profile);
    simulator.set_pin(Some("4321"));
    simulator.handle_opened(Duration::ZERO);
    let mut config = Config::default();
    config.pin = Some(Pin::new("4321").unwrap());
    let mut session = modem::Session::new(config);
    let now = Instant::ZERO;
    let ready = session.handle_opened(now);
    let mut given = false;
    while !session.is_finished(ready.id()) {
        while let Some(bytes) = simulator.poll_transmit() {
            for byte in bytes {
                session.handle_input(&[byte], now);
                look(&session);
            }
        }
        if let Some(bytes) = session.poll_transmit() {
            given |= bytes.starts_with(b"AT+CPIN=");
            simulator.handle_input(&bytes[..1], Duration::ZERO);
            session.handle_transmitted(1, now);
            look(&session);
        }
    }
    assert!(given);
    session.take(&ready).unwrap().unwrap();
}

#[test]
fn no_pin_is_in_what_a_program_prints_of_its_session_at_any_moment_of_the_unlocking() {
    let mut echoing = Profile::GENERIC;
    echoing.replies = &[("E0", "ERROR")];
    for profile in [Profile::GENERIC, echoing] {
        let mut moments = 0;
        unlock(profile, |session| {
            let printed = format!("{session:?}");
            assert!(!printed.contains("4321") && !printed.contains("52, 51, 50, 49"), "{printed}");
            moments += 1;
        });
        assert!(moments > 500, "{moments}");
    }
}

#[test]
fn the_pin_that_another_program_gives_is_in_no_event() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.settle(Duration::from_secs(1));
        let mut lines = Vec::new();
        for line in ["AT+CPIN=\"4321\"", "AT+CSQ"] {
            modem.world(&format!("fault insert 0 {line}"));
            let _ = modem.raw("AT+CMEE?");
            while let Some(event) = modem.event(Duration::from_secs(1)) {
                if let Event::ForeignEcho(line) | Event::UnknownLine(line) = event {
                    lines.push(line);
                }
            }
        }
        assert_eq!(lines, ["AT+CPIN=****", "AT+CSQ"], "{front}");
    }
}

/// A port that panics once, at one of its calls.
struct Panicking {
    port: SimulatedPort,
    calls_left: Option<usize>,
}

impl Panicking {
    fn call(&mut self) -> &mut SimulatedPort {
        match self.calls_left {
            Some(0) => {
                self.calls_left = None;
                panic!("the port of the application has a fault");
            }
            ref mut left => *left = left.map(|left| left - 1),
        }
        &mut self.port
    }
}

impl Port for Panicking {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.call().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.call().write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

#[test]
fn a_call_that_is_left_by_a_panic_leaves_a_session_that_works_and_sends_nothing_twice() {
    let mut panics = 0;
    for calls in 0..60 {
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        let port = Panicking { port, calls_left: None };
        let mut modem = Modem::open(port, Config::default()).unwrap();
        modem.port().calls_left = Some(calls);
        let sending = AssertUnwindSafe(|| modem.send(&message("first")));
        let left = catch_unwind(sending).is_err();
        panics += usize::from(left);
        modem.port().calls_left = None;
        // The message that was left runs to its end, before the next one.
        let result = modem.send(&message("second")).unwrap();
        assert_eq!(result.outcome(), SendOutcome::Sent, "{calls}");
        assert!(modem.signal().unwrap().is_some(), "{calls}");
        let texts = truth::texts(modem.port().port.simulator());
        assert_eq!(texts, ["first", "second"], "{calls}");
    }
    assert!((5..60).contains(&panics), "{panics}");
}
