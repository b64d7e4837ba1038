//! The same scenarios through all front-ends, compared with the simulated modem's log of facts.
#![cfg(all(feature = "simulator", feature = "tokio"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::cell::RefCell;
use core::fmt::Write as _;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::at::sim::Pin;
use modem::blocking::{Modem, Port, SimulatedPort, Trace};
use modem::simulator::{Fact, Memory, Profile, Simulator};
use modem::{Config, Direction, Event, WireLine};
use testkit::script::{perform, play, play_through_all};
use testkit::{FRONTS, config_for, message};

/// One scenario, in the language of [`testkit::script`].
struct Scenario {
    name: &'static str,
    script: &'static str,
    /// The order of two simultaneous events on the wire depends on the front-end.
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
        name: "a message is received, delivered, acknowledged and deleted",
        script: "
            deliver +491715550100 Hello
            wait => received +491715550100 Hello
            wait => released SM 1
            stored => nothing
        ",
        races: false,
    },
    Scenario {
        name: "the parts of a long message are merged whatever their order",
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
        name: "a status report is matched with its part",
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
        name: "no response after the message was sent is an unknown outcome, and the modem is usable afterwards",
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
            ussd *999# => failed: the USSD request has no reply: operation not supported
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
    Scenario {
        name: "an inbox on the SIM is listed, oldest first, and keeps its messages until they are deleted",
        script: "
            given receive kept
            deliver +491715550100 one
            deliver +491715550199 two
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => received one
            see => received two
            see => received 1d (168)
            deliver Bank three
            see => received three
            list => SM1 +491715550100 one | SM2 +491715550199 two | SM3 +491715550100 (168) | SM5 Bank three
            list-separate => SM1 +491715550100 one | SM2 +491715550199 two | SM3 +491715550100 (153) | SM4 +491715550100 4567890 the end | SM5 Bank three
            list
            delete 3 => free SM3 SM4
            delete 3 => free
            delete 1 => free SM1
            list => SM2 +491715550199 two | SM5 Bank three
            delete-read => free SM2 SM5
            list => nothing
            deliver +491715550100 four
            delete-all => free SM1
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a deletion that waits when the link ends reports it",
        script: "
            given receive kept
            deliver +491715550100 one
            see => received one
            fault disconnect 10
            delete-all => failed: the link to the modem has ended
            see => closed
        ",
        races: true,
    },
    Scenario {
        name: "what was not read before it is listed is shown as new, once",
        script: "
            given receive off
            deliver +491715550100 one
            see => nothing
            list => SM1 new +491715550100 one
            list => SM1 +491715550100 one
        ",
        races: true,
    },
    Scenario {
        name: "a full memory is reported, and if configured the oldest message is deleted and reported",
        script: "
            given slots 3
            given receive kept
            given erase-oldest
            deliver +491715550100 one
            deliver +491715550100 two
            see => received one
            see => received two
            deliver +491715550100 three
            deliver +491715550100 four
            see => received three
            see => full 3/3
            see => erased one
            see => received four
            see => full 3/3
            see => erased two
            see => nothing
            list => SM1 +491715550100 four | SM3 +491715550100 three
        ",
        races: true,
    },
    Scenario {
        name: "a full memory stops the reception until a message is acknowledged",
        script: "
            given slots 2
            deliver +491715550100 one
            deliver +491715550100 two
            deliver +491715550100 three
            see => received one
            see => received two
            see => full 2/2
            see => nothing
            acknowledge 1
            see => received three
        ",
        races: true,
    },
    Scenario {
        name: "a message with more parts than the SIM has slots is delivered whole, part by part",
        script: "
            given slots 2
            given parts
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => part 1/4
            acknowledge 1
            see => part 2/4
            acknowledge 2
            see => part 3/4
            acknowledge 3
            see => received 1d (468)
            acknowledge 4
            see => nothing
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a reference that is in use again ends the message before, and the part that does so is delivered",
        script: "
            given parts
            pdu 440C9194715155010000086220823295108008050003070302004F
            see => part 2/3
            acknowledge 1
            pdu 440C9194715155010000086220823295108008050003070302004E
            see => received O without [1, 3]
            see => part 2/3
            acknowledge 2
            acknowledge 3
            see => nothing
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a message with more parts than the SIM has slots does not stop the reception if parts are not delivered",
        script: "
            given slots 2
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => full 2/2
            see => received 16 (306) without [3, 4]
            acknowledge 1
            see => full 2/2
            see => received 7d (162) without [1, 2]
            acknowledge 2
            deliver +491715550100 one
            see => received one
        ",
        races: true,
    },
    Scenario {
        name: "a direct delivery is acknowledged to the network once the application has acknowledged it, or after ten seconds",
        script: "
            given receive direct
            deliver +491715550100 one
            see => received one
            acknowledged => 0
            acknowledge 1
            quiet
            acknowledged => 1
            deliver +491715550100 two
            see => received two
            acknowledged => 1
            see => nothing
            acknowledged => 2
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a message waits for a modem that is not registered, and goes out when it is",
        script: "
            register 2
            quiet
            enqueue Hello => #1
            see => nothing
            truth =>
            register 5
            see => #1 sent 0
            truth => Hello
        ",
        races: true,
    },
    Scenario {
        name: "a modem that is registered, and whose report of it was lost, is asked",
        script: "
            register 2
            quiet
            fault lose to-host 1000
            register 1
            fault off
            enqueue Hello => #1
            see => #1 sent 0
        ",
        races: true,
    },
    Scenario {
        name: "a message that has expired is not sent, and one that is sent late is valid for its remaining time",
        script: "
            register 2
            quiet
            enqueue-for 200 Hello => #1
            enqueue-for 3600 World => #2
            see => #1 failed: the message expired before it was sent
            register 1
            see => #2 sent 0
            truth => World
            validity => 3600
        ",
        races: true,
    },
    Scenario {
        name: "a message without an expiry is tried after a minute, and the network gives the reason of its failure",
        script: "
            register 2
            quiet
            send Hello => failed, temporary: no network service
            truth =>
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that was damaged in transit is sent again, in the same encoding",
        script: "
            fault refuse +CUSD 1 ERROR
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that the modem refuses in every encoding fails with the modem's answer",
        script: "
            fault refuse +CUSD 7 +CME ERROR: 3
            ussd *100# => failed: operation not allowed (+CME ERROR 3)
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that was accepted once is not sent in another encoding when it is refused",
        script: "
            ussd *100# => 0 Balance: 12.34 EUR
            fault refuse +CUSD 1 +CME ERROR: 30
            ussd *100# => failed: no network service (+CME ERROR 30)
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that the modem's character set does not have is not sent",
        script: "
            ussd *баланс# => failed: the text cannot be written for the modem: 
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD service that does not answer times out after a minute, and its late reply does not answer the next code",
        script: "
            given latency 70
            ussd *100# => failed: the modem did not answer in time
            state
            quiet
            raw AT+CSQ => +CSQ: 20,99
        ",
        races: true,
    },
    Scenario {
        name: "an encoding of USSD codes that no service has understood is not kept",
        script: "
            fault refuse +CUSD 3 ERROR
            ussd *100# => failed: the USSD request has no reply: operation not supported
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a listing that fails is not an empty list, and the messages deleted meanwhile are reported",
        script: "
            deliver +491715550100 one
            see => received one
            fault lose to-host 1000
            list => failed: the modem did not answer in time
            delete-all => failed: the modem did not answer in time
            fault off
            list => SM1 +491715550100 one
        ",
        races: true,
    },
    Scenario {
        name: "USSD is refused where there is no network for it",
        script: "
            given lte-only
            ussd *245# => failed: the modem is registered in LTE or 5G only, and USSD needs 2G or 3G: let the modem use 2G or 3G, or another network
        ",
        races: true,
    },
    Scenario {
        name: "a command line that changes what all else depends on does no harm",
        script: "
            raw AT+CMGF=1
            send Hello => sent 0
            see => restarted
            raw AT+CSCS=\"UCS2\"
            raw AT+CSQ => +CSQ: 20,99
            deliver +491715550100 one
            see => restarted
            see => received one
            truth => Hello
        ",
        races: true,
    },
    Scenario {
        name: "indications that the modem has dropped are armed again, and the messages that arrived meanwhile are found",
        script: "
            raw AT+CNMI=0,0,0,0,0
            deliver +491715550100 one
            send Hello => sent 0
            see => rearmed
            see => received one
            deliver +491715550100 two
            see => received two
        ",
        races: true,
    },
    Scenario {
        name: "a modem that restarts without a report is initialised again",
        script: "
            reset
            deliver +491715550100 one
            see => restarted
            see => received one
            send Hello => sent 0
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports its restart is initialised again at once",
        script: "
            given profile quectel-ec25
            reset
            see => restarted, it says RDY
            deliver +491715550100 one
            see => received one
            send Hello => sent 0
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports its messages as ready is swept",
        script: "
            fault lose to-host 1000
            deliver +491715550100 one
            fault off
            fault insert 0 SMS DONE
            raw AT+CSQ => +CSQ: 20,99
            wait => received +491715550100 one
            wait => released SM 1
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports a full memory is trusted, and swept",
        script: "
            given profile huawei-e173
            given receive kept
            given slots 1
            deliver +491715550100 one
            see => received one
            deliver +491715550100 two
            see => full
            list
            delete 1 => free SM0
            see => received two
        ",
        races: true,
    },
    Scenario {
        name: "the parts of a direct delivery that are not delivered to the application yet are acknowledged at once",
        script: "
            given receive direct
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => received 1d (168)
            acknowledged => 1
            acknowledge 1
            quiet
            acknowledged => 2
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a part that is to be confirmed goes out once it is, and not before",
        script: "
            given confirm
            enqueue 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end => #1
            confirm => part 1/2
            truth =>
            confirm => part 2/2
            see => #1 sent 0 1
        ",
        races: true,
    },
    Scenario {
        name: "the state of the modem is reported in common units",
        script: "
            subscriber +491715550100 rejected 21
            send Hello => failed: short message transfer rejected
            state => Some(\"Simulated Network\") Some(-73) dBm [\"+491700000001\"] Some(3) Some(87) % sent 0 received 0 initialised 1 the network refuses to send: perhaps the SIM has no credit left; Ready Some(2024) Some(true) 0
        ",
        races: false,
    },
    Scenario {
        name: "a cell broadcast is merged from its pages",
        script: "
            raw AT+CSCB=0,\"0-999\",\"0-15\"
            broadcast 50 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
            see => broadcast 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
        ",
        races: true,
    },
];

#[test]
fn every_scenario_comes_out_alike_through_all_front_ends() {
    for scenario in SCENARIOS {
        let dialogues = play_through_all(scenario.name, scenario.script);
        let (first, dialogue) = &dialogues[0];
        for (front, other) in &dialogues[1..] {
            assert!(
                scenario.races || dialogue == other,
                "{}: the dialogues differ:\n{first}\n{}\n\n{front}\n{}",
                scenario.name,
                dialogue.join("\n"),
                other.join("\n")
            );
        }
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

#[test]
fn a_modem_that_cannot_be_used_is_said_in_one_sentence_and_nothing_is_sent() {
    let pin = |digits| Some(Pin::new(digits).unwrap());
    for (case, prepare, given, expected) in [
        ("locked, no PIN given", "pin 1234", None, "the SIM asks for its PIN: set `Config::pin`"),
        (
            "locked, a wrong PIN given",
            "pin 1234",
            pin("4321"),
            "the SIM refused the PIN: check the PIN before you try again, since few attempts are left",
        ),
        (
            "silent",
            "fault lose to-host 1000",
            None,
            "the modem does not answer AT: check that the port is its AT port, and that no other program uses it",
        ),
        ("gone", "fault disconnect 0", None, "the link to the modem has ended: open it again"),
    ] {
        for &(front, open) in FRONTS {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator.perform(prepare.parse().unwrap(), Duration::ZERO).unwrap();
            let mut config = Config::default();
            config.pin = given.clone();
            let Err(error) = open(simulator, config) else { panic!("{case} ({front}): opened") };
            assert_eq!(error.kind().to_string(), expected, "{case} ({front})");
        }
    }
}

#[test]
fn a_locked_sim_is_unlocked_with_one_try_and_the_pin_is_in_no_log() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_pin(Some("1234"));
        let mut config = Config::default();
        config.pin = Some(Pin::new("1234").unwrap());
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        assert_eq!(perform("send Hello", &mut *modem), "sent 0", "{front}");
        let tries = modem.count(|fact| matches!(fact, Fact::PinGiven { right: true }));
        assert_eq!(tries, 1, "{front}");
        let dialogue = modem.dialogue().join("\n");
        assert!(
            dialogue.contains("> AT+CPIN=****") && !dialogue.contains("1234\""),
            "{front}: {dialogue}"
        );
    }
}

type Pieces = Rc<RefCell<Vec<(Direction, Vec<u8>)>>>;

/// A port that keeps the bytes that pass through it, piece by piece.
struct Recorded {
    port: SimulatedPort,
    pieces: Pieces,
}

impl Port for Recorded {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let count = self.port.read(buffer, within)?;
        self.pieces.borrow_mut().push((Direction::Read, buffer[..count].to_vec()));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let count = self.port.write(bytes, within)?;
        self.pieces.borrow_mut().push((Direction::Written, bytes[..count].to_vec()));
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
    let port = Recorded {
        port: SimulatedPort::new(Simulator::new(Profile::GENERIC)),
        pieces: Rc::clone(&bytes),
    };
    let trace = Trace::new(port, |line: WireLine| {
        shown.borrow_mut().push((line.direction(), line.text().to_string()));
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
    let recorded = bytes.borrow().iter().fold(
        Vec::<(Direction, String)>::new(),
        |mut recorded, (direction, bytes)| {
            let text =
                bytes.escape_ascii().to_string().replace("\\\"", "\"").replace("\\x1a", "\\x1A");
            match recorded.last_mut() {
                Some((last, so_far)) if last == direction => so_far.push_str(&text),
                _ => recorded.push((*direction, text)),
            }
            recorded
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
    assert_eq!(joined, recorded);
    assert!(joined.len() > 40, "{} turns", joined.len());
}

#[test]
fn more_announcements_at_once_than_are_followed_one_by_one_are_all_found() {
    const COUNT: usize = 400;
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(Memory::Sm, 500);
        let mut config = Config::default();
        config.max_unacknowledged = 1_000;
        let mut modem = open(simulator, config).unwrap_or_else(|error| panic!("{front}: {error}"));
        for number in 0..COUNT {
            modem.world(&format!("deliver +491715550100 {number}"));
        }
        let mut received = 0;
        while let Some(event) = modem.event(Duration::from_secs(10)) {
            received += usize::from(matches!(event, Event::Received(_)));
        }
        assert_eq!(received, COUNT, "{front}");
    }
}
