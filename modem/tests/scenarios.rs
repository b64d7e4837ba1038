//! The same scenarios through both front-ends, against the simulated modem's own log of what really happened.
#![cfg(all(feature = "simulator", feature = "tokio"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

mod front;

use core::cell::RefCell;
use core::fmt::Write as _;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use front::{FRONTS, Front};
use modem::at::sim::Pin;
use modem::at::{Dialect, Instant};
use modem::blocking::{Modem, Port, SimulatedPort, Trace};
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Direction, Event, Listing, OutgoingMessage, PartOutcome, WireLine};

/// One scenario: what is done, and what comes of it, line by line.
///
/// `send TEXT` and `report TEXT` (asks for a delivery report) send to +491715550100, `wait` waits for the next event and
/// acknowledges it, `quiet` waits until nothing more happens, `raw LINE` is a command line; all else is a verb of the simulated world.
/// What comes of a line stands after `=>`.
struct Scenario {
    name: &'static str,
    script: &'static str,
    /// Whether it depends on the front-end which of two things that happen at once comes first on the wire.
    races: bool,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a text is sent in one part, a long one in several, and the recipient reads what was written",
        script: "
            send Hello => sent 0
            send Grüße {€} an alle => sent 1
            send 1234567890123456789012345678901234567890123456789012345678901234567890\u{1F98A} => sent 2 3
            send 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567{} => sent 4 5
            quiet
            truth => Hello | Grüße {€} an alle | 1234567890123456789012345678901234567890123456789012345678901234567890\u{1F98A} | 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567{}
        ",
        races: false,
    },
    Scenario {
        name: "a message is received, handed over, acknowledged and deleted",
        script: "
            deliver +491715550100 Hello
            wait => received +491715550100 Hello
            wait => released SM 1
            stored => nothing
        ",
        races: false,
    },
    Scenario {
        name: "the parts of a long message are put together whatever their order",
        script: "
            deliver-reversed +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            wait => received +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            wait => released SM 2
            wait => released SM 1
            stored => nothing
        ",
        races: false,
    },
    Scenario {
        name: "a delivery report is matched with its part",
        script: "
            report Hello => sent 0
            wait => report 0 of part 0: received by the recipient
        ",
        races: false,
    },
    Scenario {
        name: "a refused message fails with the network's reason, and the next one goes out",
        script: "
            subscriber +491715550100 rejected 38
            send Hello => failed, temporary: network out of order
            subscriber +491715550100 rejected 1
            send Hello => failed: unassigned (unallocated) number
            subscriber +491715550100 reachable
            send Hello => sent 0
        ",
        races: false,
    },
    Scenario {
        name: "silence after the message has left is an unknown outcome, and the modem is usable afterwards",
        script: "
            subscriber +491715550100 unconfirmed
            send Hello => unknown
            subscriber +491715550100 reachable
            send World => sent 1
            truth => Hello | World
        ",
        races: false,
    },
    Scenario {
        name: "a command that is not answered before the prompt has sent nothing",
        script: "
            fault ignore +CMGS 1
            send Hello => failed, temporary
            send World => sent 0
            truth => World
        ",
        races: false,
    },
    Scenario {
        name: "a message that comes while one is sent is not lost",
        script: "
            deliver +491715550199 one
            send Hello => sent 0
            deliver +491715550199 two
            messages => +491715550199 one | +491715550199 two
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a USSD dialogue goes on as long as the network asks",
        script: "
            service *245# konta atlikums
            ussd *245# => 0 konta atlikums
            ussd *999# => 4
        ",
        races: false,
    },
    Scenario {
        name: "a command line of the application runs between the others, and one that would break the dialogue does not run",
        script: "
            raw AT+CSQ => +CSQ: 20,99
            raw AT+NOSUCH => refused
            send Hello => sent 0
        ",
        races: false,
    },
];

#[test]
fn every_scenario_comes_out_alike_through_both_front_ends() {
    for scenario in SCENARIOS {
        let dialogues = FRONTS.map(|(front, open)| {
            let simulator = Simulator::new(Profile::GENERIC);
            let mut modem =
                open(simulator, Config::default()).unwrap_or_else(|error| panic!("{front}: {error}"));
            play(
                &format!("{} ({front})", scenario.name),
                scenario.script,
                &mut *modem,
            );
            modem.dialogue()
        });
        let [blocking, tokio] = dialogues.map(|dialogue| dialogue.join("\n"));
        assert!(
            scenario.races || blocking == tokio,
            "{}: the dialogues differ:\n{blocking}\n\n{tokio}",
            scenario.name
        );
    }
}

const SENDS_AND_RECEIVES: &str = "
    report Hello => sent
    deliver +491715550100 Hi
    deliver-reversed +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
    messages => +491715550100 Hi | +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
    stored => nothing
    truth => Hello
    ";

/// A modem that stores nothing and hands nothing over.
const SENDS_ONLY: &str = "
    send Hello => sent
    truth => Hello
";

/// What a user of such a modem has to say, since the modem cannot be asked.
fn config_for(profile: &Profile) -> Config {
    let mut config = Config::default();
    match profile.name {
        "altair" => config.dialect = Dialect::altair(),
        "calypso" => config.wake_after = Some(Duration::from_secs(4)),
        "samsung-b2100" => config.listing = Listing::ByIndex,
        _ => {}
    }
    config
}

#[test]
fn every_simulated_maker_sends_receives_and_forgets_what_is_acknowledged() {
    let mut failures = String::new();
    for profile in Profile::ALL {
        for (front, open) in FRONTS {
            let name = format!("{} ({front})", profile.name);
            let played = std::panic::catch_unwind(|| {
                let mut modem = open(Simulator::new(*profile), config_for(profile))
                    .unwrap_or_else(|error| panic!("{error}"));
                play(
                    &name,
                    if profile.memories.is_empty() {
                        SENDS_ONLY
                    } else {
                        SENDS_AND_RECEIVES
                    },
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
fn a_modem_that_cannot_be_used_is_said_in_one_sentence_and_nothing_is_sent() {
    let pin = |digits| Some(Pin::new(digits).unwrap());
    for (case, prepare, given, expected) in [
        (
            "locked, no PIN given",
            "pin 1234",
            None,
            "the SIM asks for its PIN: give it in the configuration",
        ),
        (
            "locked, a wrong PIN given",
            "pin 1234",
            pin("4321"),
            "the SIM refused the PIN: check it before you try again, since few tries remain",
        ),
        (
            "silent",
            "fault lose to-host 1000",
            None,
            "no answer to AT: is this the modem's AT port, and is no other program using it?",
        ),
        (
            "gone",
            "fault disconnect 0",
            None,
            "the link to the modem has ended: open it again",
        ),
    ] {
        for (front, open) in FRONTS {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator
                .perform(prepare.parse().unwrap(), Duration::ZERO)
                .unwrap();
            let mut config = Config::default();
            config.pin = given.clone();
            let Err(error) = open(simulator, config) else {
                panic!("{case} ({front}): opened")
            };
            assert_eq!(error.kind().to_string(), expected, "{case} ({front})");
        }
    }
}

#[test]
fn a_locked_sim_is_unlocked_with_one_try_and_the_pin_is_in_no_log() {
    for (front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("1234").unwrap());
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{front}");
        let mut tries = 0;
        modem.with_simulator(&mut |simulator| {
            tries = simulator
                .truth()
                .iter()
                .filter(|entry| matches!(entry.fact, Fact::PinGiven { right: true }))
                .count();
        });
        assert_eq!(tries, 1, "{front}");
        let dialogue = modem.dialogue().join("\n");
        assert!(
            dialogue.contains("> AT+CPIN=****") && !dialogue.contains("1234\""),
            "{front}: {dialogue}"
        );
    }
}

type Pieces = Rc<RefCell<Vec<(Direction, Vec<u8>)>>>;

/// A port that keeps what passes through it, piece by piece.
struct Heard {
    port: SimulatedPort,
    pieces: Pieces,
}

impl Port for Heard {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let count = self.port.read(buffer, within)?;
        self.pieces
            .borrow_mut()
            .push((Direction::Read, buffer[..count].to_vec()));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let count = self.port.write(bytes, within)?;
        self.pieces
            .borrow_mut()
            .push((Direction::Written, bytes[..count].to_vec()));
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

#[test]
fn the_dialogue_that_is_shown_is_the_one_that_the_modem_had() {
    let bytes = Rc::new(RefCell::new(Vec::new()));
    let shown = RefCell::new(Vec::new());
    let port = Heard {
        port: SimulatedPort::new(Simulator::new(Profile::GENERIC)),
        pieces: Rc::clone(&bytes),
    };
    let trace = Trace::new(port, |line: WireLine| {
        shown
            .borrow_mut()
            .push((line.direction(), line.text().to_string()));
    });
    let mut modem = Modem::open(trace, Config::default()).unwrap();
    modem.send(&message("Hello {€}")).unwrap();
    modem
        .port()
        .inner()
        .port
        .with(|simulator, now| simulator.deliver("+491715550100", "Hi", now))
        .unwrap();
    while modem.next_event(Duration::from_secs(5)).is_some() {}
    let heard = bytes.borrow().iter().fold(
        Vec::<(Direction, String)>::new(),
        |mut heard, (direction, bytes)| {
            let text = bytes
                .escape_ascii()
                .to_string()
                .replace("\\\"", "\"")
                .replace("\\x1a", "\\x1A");
            match heard.last_mut() {
                Some((last, so_far)) if last == direction => so_far.push_str(&text),
                _ => heard.push((*direction, text)),
            }
            heard
        },
    );
    let joined = shown.borrow().iter().fold(
        Vec::<(Direction, String)>::new(),
        |mut joined, (direction, text)| {
            match joined.last_mut() {
                Some((last, so_far)) if last == direction => so_far.push_str(text),
                _ => joined.push((*direction, text.clone())),
            }
            joined
        },
    );
    assert_eq!(joined, heard);
    assert!(joined.len() > 40, "{} turns", joined.len());
}

/// Runs a script line by line, and compares what comes of each line with what stands after its `=>`.
fn play(name: &str, script: &str, modem: &mut dyn Front) {
    // The look through the memories after the initialisation ends first.
    assert_eq!(wait(modem, Duration::from_secs(5)), None, "{name}");
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (act, expected) = line
            .split_once(" => ")
            .map_or((line, None), |(act, expected)| (act, Some(expected)));
        let outcome = perform(act, modem);
        if let Some(expected) = expected {
            let fits = outcome == expected || outcome.starts_with(expected) && !act.starts_with("wait");
            assert!(
                fits,
                "{name}: {act}\nexpected {expected}\ngot      {outcome}\n{}",
                modem.dialogue().join("\n")
            );
        }
    }
}

fn perform(act: &str, modem: &mut dyn Front) -> String {
    let (word, rest) = act.split_once(' ').unwrap_or((act, ""));
    match word {
        "send" => send(modem, &message(rest)),
        "report" => send(modem, &message(rest).with_report()),
        "raw" => modem
            .raw(rest)
            .map_or_else(|_| "refused".into(), |lines| lines.join(" | ")),
        "ussd" => match modem.ussd(rest) {
            Ok(reply) => format!("{} {}", reply.wanted.0, reply.text.unwrap_or_default()),
            Err(error) => format!("failed: {}", error.kind()),
        },
        "wait" => wait(modem, Duration::from_secs(60)).unwrap_or_else(|| "nothing".into()),
        "quiet" => {
            core::iter::from_fn(|| wait(modem, Duration::from_secs(60)))
                .take(20)
                .for_each(drop);
            String::new()
        }
        "messages" => {
            // More than so many would be the same messages again and again.
            let outcomes = core::iter::from_fn(|| wait(modem, Duration::from_secs(60))).take(20);
            let received =
                outcomes.filter_map(|outcome| Some(outcome.strip_prefix("received ")?.to_string()));
            received.collect::<Vec<_>>().join(" | ")
        }
        "stored" => facts(modem, &|fact| matches!(fact, Fact::Stored { .. }), &|fact| {
            matches!(fact, Fact::Deleted { .. })
        }),
        "truth" => truth(modem),
        _ => {
            modem.world(act.parse().unwrap());
            String::new()
        }
    }
}

fn message(text: &str) -> OutgoingMessage {
    OutgoingMessage::text("+491715550100".parse().unwrap(), text)
}

fn send(modem: &mut dyn Front, message: &OutgoingMessage) -> String {
    let report = match modem.send(message) {
        Ok(report) => report,
        Err(error) => return format!("refused: {error}"),
    };
    let mut outcome = String::from("sent");
    for part in &report.parts {
        match &part.outcome {
            PartOutcome::Sent { reference } => write!(outcome, " {reference}").unwrap(),
            PartOutcome::Failed { error } => {
                let temporary = if error.is_temporary() { ", temporary" } else { "" };
                let words = match error.kind() {
                    modem::ErrorKind::Refused(failure) => {
                        failure.error().words().unwrap_or_default().to_string()
                    }
                    kind => kind.to_string(),
                };
                return format!("failed{temporary}: {words}");
            }
            PartOutcome::Unknown { .. } => return "unknown".into(),
            _ => outcome.push_str(" -"),
        }
    }
    outcome
}

/// The next event that tells of a message or a report, which is acknowledged.
fn wait(modem: &mut dyn Front, within: Duration) -> Option<String> {
    let until = modem.now() + within;
    loop {
        let left = until.saturating_sub(modem.now());
        match modem.event(left)? {
            Event::Received(message) => {
                modem.acknowledge(&message.receipt);
                return Some(format!(
                    "received {} {}",
                    message.sender,
                    message.text.unwrap_or_default()
                ));
            }
            Event::Report(report) => {
                modem.acknowledge(&report.receipt);
                let about = report
                    .about
                    .map_or("nothing".into(), |(_, part)| format!("part {part}"));
                return Some(format!(
                    "report {} of {about}: {}",
                    report.report.message_reference, report.report.status
                ));
            }
            Event::Released(slot) => return Some(format!("released {} {}", slot.memory, slot.index)),
            Event::Closed => return Some("closed".into()),
            _ => {}
        }
    }
}

/// How many facts of one kind have no fact of the other kind.
fn facts(modem: &mut dyn Front, one: &dyn Fn(&Fact) -> bool, other: &dyn Fn(&Fact) -> bool) -> String {
    let mut left = 0;
    modem.with_simulator(&mut |simulator| {
        let count =
            |kind: &dyn Fn(&Fact) -> bool| simulator.truth().iter().filter(|entry| kind(&entry.fact)).count();
        left = count(one) - count(other);
    });
    if left == 0 {
        "nothing".into()
    } else {
        left.to_string()
    }
}

/// What the recipients have read.
fn truth(modem: &mut dyn Front) -> String {
    let mut texts = Vec::new();
    modem.with_simulator(&mut |simulator| {
        texts = simulator
            .truth()
            .iter()
            .filter_map(|entry| match &entry.fact {
                Fact::Received { text: Some(text), .. } => Some(text.clone()),
                _ => None,
            })
            .collect();
    });
    texts.join(" | ")
}
