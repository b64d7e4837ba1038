//! The process is killed at any moment of a sending or a reception, and starts again from its saved
//! state.

use core::time::Duration;

use modem::at::Instant;
use modem::blocking::{Modem, Port as _, SimulatedPort};
use modem::simulator::{Memory, Profile, Simulator, Subscriber};
use modem::{
    Config, Event, OutgoingMessage, PartOutcome, Receive, SavedSession, SendOutcome, Session,
};
use testkit::simulated::{Simulated, open, open_simulator, outcome, world};
use testkit::{RECIPIENT, message, truth};

const TIMEOUT: Duration = Duration::from_secs(600);

fn config() -> Config {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts;
    config.deliver_parts = true;
    config
}

fn long_text() -> String {
    "A long message that says what it says. ".repeat(12)
}

fn save(modem: &mut Simulated) -> String {
    let now = modem.port().now();
    serde_json::to_string(&modem.session().save(now).unwrap()).unwrap()
}

/// A new process with the state saved by the last one.
fn restart(mut port: SimulatedPort, saved: &str, since: Duration) -> Simulated {
    port.with(|simulator, now| {
        simulator.handle_closed(now);
        simulator.handle_opened(now);
    });
    let saved: SavedSession = serde_json::from_str(saved).unwrap();
    let mut session = Session::new(config());
    session.restore(saved, since, port.now()).unwrap();
    Modem::open_session(port, session).unwrap()
}

/// The number of parts that the network has accepted.
fn submitted(modem: &mut Simulated) -> usize {
    truth::submitted(modem.port().simulator()).len()
}

#[test]
fn a_part_that_was_under_way_is_unknown_after_a_restart_and_no_part_goes_out_twice() {
    for killed_at in 0..3 {
        for confirmed in [false, true] {
            let mut modem = open(config());
            let message = message(long_text());
            let id = modem.enqueue(&message).unwrap();
            let mut attempts = 0;
            let saved = loop {
                let Some(Event::Attempting(attempt)) = modem.next_event(TIMEOUT) else {
                    continue;
                };
                let saved = save(&mut modem);
                if attempts == killed_at {
                    if confirmed {
                        modem.confirm(&attempt);
                        // The Ctrl-Z is written, and the process is killed before the answer.
                        let _ = modem.next_event(Duration::from_millis(1));
                    }
                    break saved;
                }
                modem.confirm(&attempt);
                attempts += 1;
            };
            let mut modem = restart(modem.into_port(), &saved, Duration::from_secs(60));
            let report = outcome(&mut modem);
            assert_eq!(report.message, id);
            let fates: Vec<&str> = report
                .parts
                .iter()
                .map(|part| match part.outcome {
                    PartOutcome::Sent { .. } => "sent",
                    PartOutcome::Unknown { .. } => "unknown",
                    PartOutcome::NotAttempted => "not attempted",
                    _ => "failed",
                })
                .collect();
            let mut expected = ["not attempted"; 4];
            expected[..killed_at].fill("sent");
            expected[killed_at] = "unknown";
            assert_eq!(fates, expected, "killed at {killed_at}, confirmed: {confirmed}");
            assert!(
                modem
                    .next_event(TIMEOUT)
                    .is_none_or(|event| !matches!(event, Event::Attempting(_)))
            );
            assert_eq!(submitted(&mut modem), killed_at + usize::from(confirmed));
        }
    }
}

#[test]
fn a_message_that_was_not_tried_goes_out_after_a_restart_unless_its_time_is_over() {
    for (down, expected) in [(60, Some("Hello")), (3600, None)] {
        let mut session = Session::new(config());
        let now = Instant::from_millis(5_000);
        let message = message("Hello");
        let message = message.with_expiry(Duration::from_secs(600));
        session.enqueue(&message, now).unwrap();
        let saved = serde_json::to_string(&session.save(now).unwrap()).unwrap();
        let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
        let mut modem = restart(port, &saved, Duration::from_secs(down));
        let report = outcome(&mut modem);
        let sent = report.references().count() == 1;
        assert_eq!(sent, expected.is_some(), "{down} s later: {report:?}");
        assert_eq!(submitted(&mut modem), usize::from(sent));
    }
}

#[test]
fn parts_that_were_acknowledged_and_deleted_outlive_the_program() {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_slots(Memory::Sm, 1);
    let mut modem = open_simulator(simulator, config());
    modem.port().with(|simulator, now| simulator.deliver(RECIPIENT, &long_text(), now)).unwrap();
    let mut restarts = 0;
    let message = loop {
        match modem.next_event(TIMEOUT).expect("the message comes") {
            Event::PartReceived(part) => {
                // The state saved before the acknowledgement is safe.
                let saved = save(&mut modem);
                modem.acknowledge(&part.receipt);
                while !matches!(modem.next_event(TIMEOUT), Some(Event::Released(_))) {}
                restarts += 1;
                modem = restart(modem.into_port(), &saved, Duration::from_secs(60));
            }
            // Again before the whole is acknowledged: most of its parts are not in the modem any
            // more.
            Event::Received(message) if restarts == 3 => {
                assert!(!message.possible_duplicate);
                let saved = save(&mut modem);
                restarts += 1;
                modem = restart(modem.into_port(), &saved, Duration::from_secs(60));
            }
            Event::Received(message) => break message,
            _ => {}
        }
    };
    assert_eq!(message.text.unwrap(), long_text());
    assert!(message.possible_duplicate);
    assert_eq!(restarts, 4);
}

#[test]
fn an_outcome_that_was_not_taken_outlives_the_program() {
    for (recipient, expected) in
        [("+491715550100", SendOutcome::Sent), ("+491715550101", SendOutcome::Failed)]
    {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber("+491715550101", Subscriber::Rejected(21));
        let mut modem = open_simulator(simulator, Config::default());
        let message = OutgoingMessage::text(recipient.parse().unwrap(), "Hello");
        let id = modem.enqueue(&message).unwrap();
        // It is sent meanwhile, and its result waits to be taken.
        modem.signal().unwrap();
        assert_eq!(modem.session().waiting().count(), 0);
        let saved = save(&mut modem);
        let mut modem = restart(modem.into_port(), &saved, Duration::from_secs(60));
        let report = outcome(&mut modem);
        assert_eq!((report.message, report.outcome()), (id, expected));
        assert!(
            modem.next_event(TIMEOUT).is_none_or(|event| !matches!(event, Event::Attempting(_)))
        );
    }
}

#[test]
fn a_session_without_a_link_is_not_initialised_but_says_so() {
    let now = Instant::ZERO;
    let mut session = Session::new(Config::default());
    let ready = session.initialise(now);
    let error = session.take(&ready).expect("it ends at once").unwrap_err();
    assert_eq!(error.to_string(), "the link to the modem has ended: open it again");
    assert!(session.is_closed());
}

#[test]
fn what_was_saved_is_taken_whole_or_not_at_all_and_the_reason_is_said() {
    let now = Instant::ZERO;
    let message = message("Hello");
    let mut first = Session::new(config());
    first.enqueue(&message, now).unwrap();
    first.enqueue(&message, now).unwrap();
    let saved = serde_json::to_value(first.save(now).unwrap()).unwrap();
    let restore = |session: &mut Session, saved: &serde_json::Value| {
        let saved: Result<SavedSession, _> = serde_json::from_value(saved.clone());
        let saved = saved.map_err(|error| error.to_string())?;
        session.restore(saved, Duration::ZERO, now).map_err(|error| error.to_string())
    };
    assert_eq!(
        restore(&mut first, &saved).unwrap_err(),
        "the session is in use: restore the saved state before the session is opened"
    );

    let mut newer = saved.clone();
    newer["version"] = 3.into();
    // A state without a checksum, as saved by an earlier version.
    let mut earlier = saved.clone();
    earlier["version"] = 1.into();
    earlier["checksum"] = serde_json::Value::Null;
    let mut cut = earlier.clone();
    cut["messages"][1]["parts"][0]["pdu"] = "00".into();
    let damaged = earlier.to_string().replace("0001000C", "00FF");
    let damaged = serde_json::from_str(&damaged).unwrap();
    for (saved, expected) in [
        (newer, "the saved session has format 3: only formats 1 and 2 can be restored"),
        (cut, "a saved message is damaged: "),
        (damaged, "a saved message is damaged: "),
    ] {
        let mut session = Session::new(config());
        let error = restore(&mut session, &saved).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(session.waiting().count(), 0, "{error}");
    }
    let mut session = Session::new(config());
    restore(&mut session, &saved).unwrap();
    assert_eq!(session.waiting().count(), 2);
}

/// A saved state with messages to send, parts of an incomplete message and an awaited report.
fn rich() -> String {
    let mut config = Config::default();
    config.receive = Receive::Direct;
    let mut modem = open(config);
    // The first of two parts.
    world(&mut modem, "pdu 440C91947151551010000462115221000000080500032A02014142");
    world(&mut modem, "deliver +491715550100 unacknowledged");
    while modem.next_event(Duration::from_secs(30)).is_some() {}
    modem.send(&message("Reported").request_status_report()).unwrap();
    modem.send(&message("Reported too").request_status_report()).unwrap();
    modem.enqueue(&message(long_text())).unwrap();
    let far = message("Expires").with_expiry(Duration::from_secs(86_400));
    modem.enqueue(&far).unwrap();
    save(&mut modem)
}

/// The paths of all numbers in a value.
fn numbers(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Number(_) => found.push(path.into()),
        serde_json::Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                numbers(value, &format!("{path}/{index}"), found);
            }
        }
        serde_json::Value::Object(values) => {
            for (name, value) in values {
                numbers(value, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Restores a state into a new session, and uses the session then.
fn restored(saved: &serde_json::Value) -> Result<(), String> {
    let saved: SavedSession =
        serde_json::from_value(saved.clone()).map_err(|error| error.to_string())?;
    let mut session = Session::new(config());
    session.restore(saved, Duration::from_secs(60), Instant::ZERO).map_err(|error| {
        assert_eq!(session.waiting().count(), 0, "the session is unchanged");
        error.to_string()
    })?;
    // It is used and saved again without a panic.
    session.enqueue(&message(long_text()), Instant::ZERO).map_err(|error| error.to_string())?;
    session.save(Instant::ZERO).unwrap();
    Ok(())
}

#[test]
fn a_saved_session_with_one_number_changed_is_refused_as_a_whole() {
    let sound: serde_json::Value = serde_json::from_str(&rich()).unwrap();
    restored(&sound).unwrap();
    let mut paths = Vec::new();
    numbers(&sound, "", &mut paths);
    for field in ["/messages/", "/awaited/", "/taken/"] {
        assert!(paths.iter().any(|path| path.starts_with(field)), "{field}: {paths:?}");
    }
    for path in paths {
        let before = sound.pointer(&path).unwrap().as_u64().unwrap();
        for after in [0, 1, before.wrapping_add(1), before ^ 0x80, u64::MAX, u64::MAX - 1] {
            if after == before {
                continue;
            }
            let mut changed = sound.clone();
            *changed.pointer_mut(&path).unwrap() = after.into();
            let refusal = restored(&changed).expect_err(&path);
            assert!(
                refusal.contains("damaged")
                    || refusal.contains("format")
                    || refusal.contains("u8")
                    || refusal.contains("u16"),
                "{path}: {refusal}"
            );
            // Without a checksum, as saved by an earlier version, nothing panics.
            if path != "/version" {
                changed["version"] = 1.into();
                changed["checksum"] = serde_json::Value::Null;
                let _ = restored(&changed);
            }
        }
    }
}

#[test]
fn a_saved_session_with_a_changed_text_or_checksum_is_refused_and_one_of_format_1_is_not() {
    let sound: serde_json::Value = serde_json::from_str(&rich()).unwrap();
    for (path, value) in
        [("/awaited/0/recipient", "+491715550199"), ("/checksum", "0000000000000000")]
    {
        let mut changed = sound.clone();
        *changed.pointer_mut(path).unwrap() = value.into();
        let refusal = restored(&changed).expect_err(path);
        assert_eq!(
            refusal,
            "the saved session is damaged, since its checksum does not match its content: start without the saved session"
        );
    }
    let mut earlier = sound;
    earlier["version"] = 1.into();
    earlier.as_object_mut().unwrap().remove("checksum");
    restored(&earlier).unwrap();
    // A number that another message has.
    let given = earlier["messages"][0]["id"].clone();
    earlier["messages"][1]["id"] = given;
    let refusal = restored(&earlier).unwrap_err();
    assert!(refusal.contains("two messages have the same number"), "{refusal}");
}
