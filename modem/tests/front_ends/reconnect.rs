//! A link that is lost and opened again, through all front-ends and on a virtual clock.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use modem::at::sim::Pin;
use modem::blocking::Reconnecting;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Backoff, Config, ErrorKind, Event, Session};
use testkit::{RECONNECTING, World, message, paused_runtime, truth};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_link_that_is_lost_is_tried_again_after_longer_and_longer_waits_until_the_modem_is_back() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert_eq!(modem.events(), ["ready"], "{front}");
        modem.world("disconnect");
        modem.refuse(3);
        let lost = modem.now();
        assert_eq!(
            modem.events(),
            [
                "closed",
                "attempt 1 in 1s: the other end has closed the link",
                "attempt 2 in 2s: there is no port",
                "attempt 3 in 4s: there is no port",
                "attempt 4 in 8s: there is no port",
                "ready",
            ],
            "{front}"
        );
        let back = modem.now().saturating_sub(lost + Duration::from_secs(10));
        assert_eq!(back.as_secs(), 15, "{front}");
        // The next loss is soon, so that the delays continue where they were.
        modem.world("disconnect");
        assert_eq!(
            modem.events(),
            ["closed", "attempt 5 in 16s: the other end has closed the link"],
            "{front}"
        );
        assert_eq!(modem.events(), ["ready"], "{front}");
        // A link that held counts as good.
        assert!(modem.event(MINUTE).is_none());
        modem.world("disconnect");
        let after_a_good_link = modem.events();
        assert_eq!(
            after_a_good_link.get(1).map(String::as_str),
            Some("attempt 1 in 1s: the other end has closed the link"),
            "{front}"
        );
    }
}

#[test]
fn a_modem_that_is_not_there_at_first_is_opened_when_it_comes() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.refuse(5);
        assert!(!modem.ready(Duration::from_secs(30)), "{front}");
        assert!(modem.ready(Duration::from_secs(10)), "{front}");
        modem.send(&message("Hello")).unwrap();
        // The messages that arrived meanwhile are still there to be read.
        assert_eq!(modem.events().len(), 6, "{front}");
    }
}

#[test]
fn no_call_hangs_while_the_link_is_lost() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(modem.ready(MINUTE), "{front}");
        modem.refuse(u32::MAX);
        modem.world("disconnect");
        while !matches!(modem.event(MINUTE), Some(Event::Reconnecting { attempt: 3, .. })) {}
        let before = modem.now();
        assert_eq!(modem.raw("AT+CSQ").unwrap_err().kind(), &ErrorKind::Closed, "{front}");
        assert_eq!(
            modem.send(&message("Hello")).unwrap_err().kind(),
            &ErrorKind::Closed,
            "{front}"
        );
        assert_eq!(modem.now(), before, "{front}");
        assert!(!modem.ready(Duration::from_secs(5)), "{front}");
        assert_eq!(modem.now() - before, Duration::from_secs(5), "{front}");
    }
}

#[test]
fn a_modem_that_does_not_answer_is_opened_again_too() {
    for &(front, open) in RECONNECTING {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.perform("fault lose to-host 1000".parse().unwrap(), Duration::ZERO).unwrap();
        let mut modem = open(simulator, Config::default()).unwrap();
        let reason = loop {
            match modem.event(MINUTE).expect("an event is reported") {
                Event::Reconnecting { attempt: 1, reason, .. } => break reason.to_string(),
                Event::Resynchronised { answered: false } | Event::Closed => {}
                event => panic!("{front}: {event:?}"),
            }
        };
        assert_eq!(
            reason,
            "the modem does not answer AT: check that the port is its AT port, and that no other program uses it",
            "{front}"
        );
        modem.world("fault off");
        assert!(modem.ready(Duration::from_secs(5)), "{front}");
    }
}

const LONG: &str = "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end";

#[test]
fn a_part_that_has_come_before_the_loss_is_put_together_with_one_that_comes_after_it() {
    for &(front, open) in RECONNECTING {
        let parts = truth::tpdus(LONG);
        assert_eq!(parts.len(), 2);

        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert_eq!(modem.events(), ["ready"], "{front}");
        modem.with_simulator(&mut |simulator, now| simulator.deliver_tpdu(&parts[0], now));
        assert!(modem.events().is_empty(), "{front}");
        // Only the session has it now.
        modem.raw("AT+CMGD=1").unwrap();
        modem.world("disconnect");
        assert_eq!(modem.events().last().map(String::as_str), Some("ready"), "{front}");
        modem.with_simulator(&mut |simulator, now| simulator.deliver_tpdu(&parts[1], now));
        assert_eq!(modem.events(), [format!("received {LONG}")], "{front}");
    }
}

#[test]
fn a_message_that_is_not_acknowledged_is_delivered_once_over_both_links_and_then_deleted() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert_eq!(modem.events(), ["ready"], "{front}");
        modem.world("deliver +491715550100 Hi");
        let receipt = loop {
            if let Some(Event::Received(message)) = modem.event(MINUTE) {
                break message.receipt;
            }
        };
        modem.world("disconnect");
        let events = modem.events();
        assert!(!events.iter().any(|event| event.starts_with("received")), "{front}: {events:?}");
        modem.acknowledge(&receipt);
        assert!(modem.events().is_empty(), "{front}");
        let deleted = modem.count(|fact| matches!(fact, Fact::Deleted { .. }));
        assert_eq!(deleted, 1, "{front}");
    }
}

#[test]
fn a_message_that_was_enqueued_while_the_link_was_lost_goes_out_once_over_the_next_one() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(modem.ready(MINUTE), "{front}");
        modem.refuse(2);
        modem.world("disconnect");
        while !matches!(modem.event(MINUTE), Some(Event::Reconnecting { attempt: 2, .. })) {}
        modem.enqueue(&message("Hello")).unwrap();
        let sent = loop {
            if let Event::SendFinished(report) = modem.event(MINUTE).expect("it is sent") {
                break report;
            }
        };
        assert_eq!(sent.outcome(), modem::SendOutcome::Sent, "{front}");
        let submitted = modem.count(|fact| matches!(fact, Fact::Submitted { .. }));
        assert_eq!(submitted, 1, "{front}");
    }
}

#[test]
fn a_message_that_expires_while_the_link_is_lost_is_reported_before_the_link_is_back() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(modem.ready(MINUTE), "{front}");
        modem.refuse(8);
        modem.world("disconnect");
        while !matches!(modem.event(MINUTE), Some(Event::Reconnecting { attempt: 2, .. })) {}
        let expiry = Duration::from_secs(20);
        modem.enqueue(&message("Hello").with_expiry(expiry)).unwrap();
        let before = modem.now();
        let result = loop {
            match modem.event(MINUTE).expect("it expires") {
                Event::SendFinished(result) => break result,
                Event::Ready => panic!("the link is back ({front})"),
                _ => {}
            }
        };
        assert!((expiry..expiry * 2).contains(&(modem.now() - before)), "{front}");
        let expired = |error: &modem::Error| *error.kind() == ErrorKind::Expired;
        assert!(result.error().is_some_and(expired), "{front}: {result:?}");
        while !matches!(modem.event(MINUTE * 5).expect("the link is back"), Event::Ready) {}
        assert_eq!(modem.count(|fact| matches!(fact, Fact::Submitted { .. })), 0, "{front}");
    }
}

#[test]
fn messages_that_were_enqueued_go_out_in_their_order_over_the_next_link() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(modem.ready(MINUTE), "{front}");
        modem.world("register 2");
        modem.events();
        for text in ["one", "two", "three"] {
            modem.enqueue(&message(text)).unwrap();
        }
        modem.world("disconnect");
        modem.world("register 1");
        modem.events();
        assert_eq!(modem.ask(truth::texts), ["one", "two", "three"], "{front}");
    }
}

#[test]
fn a_modem_that_restarts_and_does_not_answer_then_is_opened_again() {
    let world = World::new(Simulator::new(Profile::GENERIC));
    let mut modem =
        Reconnecting::new(world.clone(), Session::new(Config::default()), Backoff::default());
    assert!(modem.ready(MINUTE));
    world.perform("reset");
    // The next sweep of the memories detects it.
    let mut events = core::iter::from_fn(|| modem.next_event(10 * MINUTE)).take(20);
    assert!(events.any(|event| matches!(event, Event::Restarted(_))));
    world.perform("fault lose to-modem 1000");
    let events = core::iter::from_fn(|| modem.next_event(MINUTE)).take(20);
    let mut reasons = events.filter_map(|event| match event {
        Event::Reconnecting { attempt: 1, reason, .. } => Some(reason.to_string()),
        _ => None,
    });
    let reason = reasons.next().unwrap_or_default();
    assert!(reason.starts_with("the modem does not answer AT"), "{reason}");
    world.perform("fault off");
    assert!(modem.ready(MINUTE));
}

#[test]
fn a_modem_that_stops_answering_is_opened_again() {
    for &(front, open) in RECONNECTING {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        assert!(modem.ready(Duration::from_secs(30)), "{front}");
        modem.events();
        modem.world("fault lose to-host 1000");
        for _ in 0..3 {
            assert!(modem.raw("AT+CSQ").is_err(), "{front}");
        }
        modem.world("fault off");
        let events = modem.events();
        assert!(
            events.iter().any(|event| event.contains("the modem does not answer AT"))
                && events.contains(&"ready".into()),
            "{front}: {events:?}"
        );
        assert_eq!(modem.raw("AT+CSQ").unwrap(), ["+CSQ: 20,99"], "{front}");
    }
}

#[test]
fn a_report_that_comes_over_the_next_link_finds_its_message_and_references_count_on() {
    for &(front, open) in RECONNECTING {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_report_delay(Some(Duration::from_secs(30)));
        let mut config = Config::default();
        config.first_reference = 77;
        let mut modem = open(simulator, config).unwrap();
        assert_eq!(modem.events(), ["ready"], "{front}");
        modem.send(&message(LONG).request_status_report()).unwrap();
        assert_eq!(modem.session(|session| session.next_reference()), 78, "{front}");
        modem.world("disconnect");
        let mut events = modem.events();
        for _ in 0..3 {
            events.extend(modem.events());
        }
        let reports: Vec<_> = events.iter().filter(|event| event.starts_with("report")).collect();
        assert_eq!(
            reports,
            ["report about Some(0)", "report about Some(1)"],
            "{front}: {events:?}"
        );
        assert_eq!(modem.session(|session| session.next_reference()), 78, "{front}");
    }
}

#[test]
fn a_pin_that_was_refused_is_not_tried_again_over_any_link() {
    for &(front, open) in RECONNECTING {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("4321").unwrap());
        let mut modem = open(simulator, config).unwrap();
        let refused = "failed: the SIM refused the PIN: check the PIN before you try again, since few attempts are left";
        assert_eq!(modem.events(), [refused], "{front}");
        for _ in 0..5 {
            modem.world("disconnect");
            let mut events = modem.events();
            events.extend(modem.events());
            assert_eq!(events.last().map(String::as_str), Some(refused), "{front}: {events:?}");
        }
        let tries = modem.count(|fact| matches!(fact, Fact::PinGiven { .. }));
        assert_eq!(tries, 1, "{front}");
    }
}

#[test]
fn a_pin_that_is_refused_in_whatever_words_is_not_given_again() {
    // Without a counter of the attempts, so that only the refusal itself keeps the SIM from being
    // blocked.
    const PROFILES: [Profile; 3] = [
        refusing(&[("+CPIN=", "ERROR")]),
        refusing(&[("+CPIN=", "+CME ERROR: 3")]),
        refusing(&[("+CPIN=", "+CME ERROR: incorrect password")]),
    ];
    for profile in PROFILES {
        for &(front, open) in RECONNECTING {
            let case = format!("{} ({front})", profile.replies[0].1);
            let mut simulator = Simulator::new(profile);
            simulator.set_pin(Some("1234"));
            let mut config = Config::default();
            config.pin = Some(Pin::new("4321").unwrap());
            let mut modem = open(simulator, config).unwrap();
            let mut events = modem.events();
            for _ in 0..3 {
                modem.world("disconnect");
                events.extend(modem.events());
                events.extend(modem.events());
            }
            let refused = "failed: the SIM refused the PIN: check the PIN before you try again, since few attempts are left";
            let failures: Vec<&String> =
                events.iter().filter(|event| event.starts_with("failed")).collect();
            assert!(failures.len() >= 4, "{case}: {events:?}");
            assert!(failures[1..].iter().all(|failure| **failure == refused), "{case}: {events:?}");
        }
    }
}

const fn refusing(replies: &'static [(&'static str, &'static str)]) -> Profile {
    let mut profile = Profile::GENERIC;
    profile.pin_counter = "";
    profile.replies = replies;
    profile
}

#[test]
fn a_pin_that_went_out_before_the_link_was_lost_is_given_again_only_if_it_is_known_to_be_right() {
    for (pin, expected) in [("1234", None), ("4321", Some(&ErrorKind::PinRefused))] {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let world = World::new(simulator).breaking_after(b"AT+CPIN=");
        let mut config = Config::default();
        config.pin = Some(Pin::new(pin).unwrap());
        let mut modem = Reconnecting::new(world.clone(), Session::new(config), Backoff::default());
        // Over the second link the SIM reports itself whether it was unlocked.
        let failed = loop {
            match modem.next_event(MINUTE).expect("an event is reported") {
                Event::Ready => break None,
                Event::Failed(error) => break Some(error.kind().clone()),
                _ => {}
            }
        };
        assert_eq!(failed.as_ref(), expected, "{pin}");
        let given = world.count(|fact| matches!(fact, Fact::PinGiven { .. }));
        assert_eq!(given, 1, "{pin}");
    }
}

#[test]
fn a_pin_that_was_accepted_unlocks_the_sim_after_every_reset() {
    for &(front, open) in RECONNECTING {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("1234").unwrap());
        let mut modem = open(simulator, config).unwrap();
        for _ in 0..4 {
            assert_eq!(modem.events().last().map(String::as_str), Some("ready"), "{front}");
            modem.with_simulator(&mut |simulator, _| simulator.set_pin(Some("1234")));
            modem.world("disconnect");
            while !matches!(modem.event(MINUTE), Some(Event::Reconnecting { .. })) {}
            while !modem.ready(MINUTE) {}
        }
    }
}

#[test]
fn a_modem_that_is_closed_stays_closed_and_its_inbox_ends() {
    paused_runtime().block_on(async {
        let (_, simulator) = modem::tokio::SimulatedStream::new(Simulator::new(Profile::GENERIC));
        let opened = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&opened);
        let open = move || {
            count.fetch_add(1, Ordering::SeqCst);
            core::future::ready(Ok(simulator.reconnect()))
        };
        let (modem, mut inbox, driver) = modem::tokio::Modem::with_reconnecting_driver(
            open,
            Session::new(Config::default()),
            Backoff::default(),
        );
        let driver = tokio::spawn(driver);
        assert!(modem.ready(MINUTE).await);
        modem.close();
        driver.await.unwrap();
        let mut last = None;
        while let Some(event) = inbox.next().await {
            last = Some(event);
        }
        assert!(matches!(last, Some(Event::Closed)), "{last:?}");
        assert_eq!(modem.raw("AT").await.unwrap_err().kind(), &ErrorKind::Closed);
        assert!(!modem.ready(MINUTE).await);
        assert_eq!(opened.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn an_attempt_that_never_ends_is_given_up_and_a_dropped_driver_ends_the_inbox() {
    paused_runtime().block_on(async {
        let open = core::future::pending::<io::Result<modem::tokio::SimulatedStream>>;
        let (modem, mut inbox, driver) = modem::tokio::Modem::with_reconnecting_driver(
            open,
            Session::new(Config::default()),
            Backoff::default(),
        );
        let driver = tokio::spawn(driver);
        let Some(Event::Reconnecting { attempt: 1, reason, .. }) = inbox.next().await else {
            panic!("no event was reported");
        };
        assert_eq!(reason.to_string(), "timed out");
        // A dropped wait for an event loses none.
        assert!(tokio::time::timeout(Duration::from_secs(20), inbox.next()).await.is_err());
        assert!(matches!(inbox.next().await, Some(Event::Reconnecting { attempt: 2, .. })));
        driver.abort();
        assert!(inbox.next().await.is_none());
        assert!(!modem.ready(MINUTE).await);
    });
}
