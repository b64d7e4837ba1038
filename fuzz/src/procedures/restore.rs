//! Restoring a saved session that was changed.

use core::time::Duration;
use std::sync::OnceLock;

use modem::at::Instant;
use modem::blocking::{Modem, Port as _, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, OutgoingMessage, Receive, SavedSession, Session};
use serde_json::{Value, json};

use crate::input::Input;

/// The number of changes to the bytes of a saved session.
const MAX_CHANGES: usize = 8;

/// The time that an application gives to the messages of its last run.
const EVENT_TIMEOUT: Duration = Duration::from_secs(600);

/// Input: a saved session as JSON, if the first byte is `{`. Otherwise changes to one:
///
/// | Bytes | Meaning |
/// |---|---|
/// | 1 | bits: messages to send, received parts, a part under way; no checksum; parts delivered one by one, direct deliveries |
/// | 4 each | a position, the kind of a change, and a byte |
///
/// The bytes are read as a session or not. A session is restored, or refused as a whole with a
/// reason: the session that was to take it is as before, and takes a sound one. With a checksum
/// only the state that was saved is restored. A restored session saves the same messages and parts
/// again, and each of its messages ends once.
pub fn restore(data: &[u8]) {
    let data = &data[..data.len().min(4_096)];
    let now = Instant::from_millis(100_000_000);
    let (text, sealed) = match data.first() {
        Some(b'{') => (data.to_vec(), None),
        _ => changed(&mut Input::new(data)),
    };
    let Ok(saved) = serde_json::from_slice::<SavedSession>(&text) else { return };
    let written = serde_json::to_value(&saved).expect("a state is JSON");
    let mut config = Config::default();
    config.deliver_parts = data.len() % 2 != 0;
    let mut session = Session::new(config);
    let before = format!("{session:?}");
    if let Err(error) = session.restore(saved, Duration::ZERO, now) {
        assert!(!error.to_string().is_empty());
        assert_eq!(format!("{session:?}"), before, "a refused state was taken in part: {error}");
        session.restore(sound(0b111), Duration::ZERO, now).expect("a sound state is restored");
        return;
    }
    if let Some(sealed) = sealed.filter(|_| written["version"] != 1) {
        assert_eq!(
            written,
            serde_json::to_value(sealed).unwrap(),
            "the checksum fits another state"
        );
    }
    let again = serde_json::to_value(session.save(now).expect("it was decoded")).unwrap();
    assert_eq!(numbers(&again, "messages"), numbers(&written, "messages"), "{again}");
    assert_eq!(again["next_reference"], written["next_reference"]);
    assert_eq!(again["messages_given"], written["messages_given"]);
    let mut second = Session::new(Config::default());
    let copy = serde_json::from_value(again.clone()).expect("what was saved can be read");
    second.restore(copy, Duration::ZERO, now).expect("what was saved can be restored");
    check_the_end(session, &written);
}

/// Runs a restored session against a sound modem: each message ends once.
fn check_the_end(mut session: Session, written: &Value) {
    let mut ended = Vec::new();
    while let Some(event) = session.poll_event() {
        ended.extend(end_of(&event));
    }
    let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
    let mut modem = Modem::open_session(port, session).expect("a sound modem");
    let mut idle = false;
    for _ in 0..1_000 {
        match modem.next_event(EVENT_TIMEOUT) {
            Some(event) => ended.extend(end_of(&event)),
            None => {
                idle = true;
                break;
            }
        }
    }
    assert!(idle, "events without end");
    ended.sort_unstable();
    assert_eq!(ended, numbers(written, "messages"), "each message ends once");
}

fn end_of(event: &Event) -> Option<u64> {
    match event {
        Event::SendFinished(result) => Some(result.message.get()),
        _ => None,
    }
}

/// The numbers of the entries of a list, in order.
fn numbers(saved: &Value, list: &str) -> Vec<u64> {
    let entries = saved[list].as_array().expect("a list");
    let mut numbers: Vec<u64> = entries.iter().map(|entry| entry["id"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// A saved session with changes to its bytes, and the session itself if it has a checksum.
fn changed(input: &mut Input<'_>) -> (Vec<u8>, Option<SavedSession>) {
    let choice = input.byte();
    let mut value = serde_json::to_value(sound(choice)).unwrap();
    if choice & 8 != 0 {
        value["version"] = json!(1);
        value["checksum"] = Value::Null;
    }
    let mut text = serde_json::to_vec(&value).unwrap();
    for _ in 0..MAX_CHANGES {
        let [high, low, kind, byte] = input.array();
        if [high, low, kind, byte] == [0; 4] {
            break;
        }
        let at = usize::from(u16::from_be_bytes([high, low])) % text.len().max(1);
        match kind % 4 {
            0 if at < text.len() => text[at] = byte,
            1 => text.insert(at, byte),
            2 if at < text.len() => drop(text.remove(at)),
            _ => {
                let end = (at + usize::from(byte)).min(text.len());
                let piece = text[at..end].to_vec();
                text.splice(at..at, piece);
            }
        }
    }
    (text, (choice & 8 == 0).then(|| sound(choice)))
}

/// The state of a session that has sent and received, made once for each choice.
fn sound(choice: u8) -> SavedSession {
    static STATES: [OnceLock<SavedSession>; 64] = [const { OnceLock::new() }; 64];
    let choice = choice & 63;
    STATES[usize::from(choice)].get_or_init(|| made(choice)).clone()
}

fn made(choice: u8) -> SavedSession {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts;
    config.first_reference = 200;
    config.deliver_parts = choice & 16 != 0;
    if choice & 32 != 0 {
        config.receive = Receive::Direct;
    }
    let message = |text: &str| {
        OutgoingMessage::text("+491715550100".parse().unwrap(), text).request_status_report()
    };
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_report_delay(None);
    let mut modem = Modem::open(SimulatedPort::new(simulator), config).expect("a sound modem");
    if choice & 1 != 0 {
        modem.enqueue(&message("Hello")).unwrap();
        modem.enqueue(&message(&"A long message. ".repeat(20)).with_expiry(EVENT_TIMEOUT)).unwrap();
    }
    if choice & 2 != 0 {
        // The first of two parts from +49123, and a whole message.
        let part = "44059194213200006211522110004009050003070201C8329B";
        for pdu in [part, "04059194213200006211522110004002C834"] {
            let verb = format!("pdu {pdu}").parse().expect("a verb");
            modem.port().with(|simulator, now| simulator.perform(verb, now)).unwrap();
        }
    }
    let mut attempts = 0;
    while let Some(event) = modem.next_event(Duration::from_secs(60)) {
        if let Event::Attempting(attempt) = event {
            attempts += 1;
            if choice & 4 != 0 && attempts == 2 {
                break;
            }
            modem.confirm(&attempt);
        }
    }
    let now = modem.port().now();
    modem.session().save(now).expect("a split message can be encoded")
}
