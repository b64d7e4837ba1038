//! Actions that wait for their records, and a journal that fails.

use core::time::Duration;

use modem::at::Instant;
use modem::at::sim::Pin;
use modem::journal::History;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{
    Config, Confirm, ErrorKind, Event, PartOutcome, Receive, SavedSession, SendOutcome, Session,
};
use testkit::bench::Bench;
use testkit::{RECIPIENT, message, truth};

const SECOND: Duration = Duration::from_secs(1);

fn config() -> Config {
    let mut config = Config::default();
    config.confirm = Confirm::Records;
    config
}

/// Appends the records to a log, and confirms them if `durably`.
fn write(bench: &mut Bench, log: &mut Vec<u8>, durably: bool) {
    let time = bench.now().since_epoch();
    if log.is_empty() {
        SavedSession::default().encode(time, log);
    }
    while let Some(entry) = bench.session.poll_record() {
        entry.encode(time, log);
    }
    if durably {
        let last = bench.session.last_record();
        bench.start(|session, now| session.handle_durable(last, now));
    }
}

/// A session with its modem, whose records so far are durable.
fn open(config: Config, simulator: Simulator, log: &mut Vec<u8>) -> Bench {
    let mut bench = Bench::new(simulator, config);
    let history = History::read(log, Duration::ZERO).unwrap();
    bench.session.replay(history, Instant::ZERO).unwrap();
    write(&mut bench, log, true);
    let _ = bench.start(Session::handle_opened);
    for _ in 0..5 {
        bench.run(SECOND);
        write(&mut bench, log, true);
    }
    bench.events();
    bench.lines();
    bench
}

fn opened(config: Config) -> (Bench, Vec<u8>) {
    let mut log = Vec::new();
    let bench = open(config, Simulator::new(Profile::GENERIC), &mut log);
    (bench, log)
}

fn wrote(bench: &mut Bench, command: &str) -> bool {
    bench.lines().iter().any(|line| line.contains(command))
}

#[test]
fn a_part_is_sent_only_after_its_record_is_durable() {
    let (mut bench, mut log) = opened(config());
    let id = bench.start(|session, now| session.enqueue(&message("Hello"), now)).unwrap();
    bench.run(SECOND);
    assert!(bench.session.needs_sync());
    write(&mut bench, &mut log, false);
    bench.run(SECOND);
    assert!(truth::submitted(&bench.simulator).is_empty(), "it waits for its record");
    write(&mut bench, &mut log, true);
    bench.run(SECOND);
    assert_eq!(truth::submitted(&bench.simulator).len(), 1);
    assert!(!bench.session.needs_sync());
    let finished = bench.events().into_iter().find_map(|event| match event {
        Event::SendFinished(result) => Some(result),
        _ => None,
    });
    assert_eq!(finished.unwrap().message, id);
}

#[test]
fn a_slot_is_deleted_only_after_the_acknowledgement_is_durable() {
    let (mut bench, mut log) = opened(config());
    let now = bench.now().since_epoch();
    bench.simulator.deliver(RECIPIENT, "Hello", now).unwrap();
    bench.run(SECOND);
    let receipts = bench.events().into_iter().filter_map(|event| event.receipt().cloned());
    let receipt = receipts.last().unwrap();
    write(&mut bench, &mut log, true);
    bench.start(|session, now| session.acknowledge(&receipt, now));
    bench.run(SECOND);
    assert!(!wrote(&mut bench, "+CMGD"), "its record is not durable");
    write(&mut bench, &mut log, true);
    bench.run(SECOND);
    assert!(wrote(&mut bench, "+CMGD"));
}

#[test]
fn a_slot_that_the_application_deletes_is_deleted_only_after_its_part_is_durable() {
    let (mut bench, mut log) = opened(config());
    let now = bench.now().since_epoch();
    bench.simulator.deliver(RECIPIENT, "Hello", now).unwrap();
    bench.run(SECOND);
    bench.events();
    write(&mut bench, &mut log, true);
    let ticket = bench.start(Session::delete_all);
    bench.run(SECOND);
    assert!(!wrote(&mut bench, "+CMGD"), "the part is not durable");
    write(&mut bench, &mut log, true);
    assert_eq!(bench.redeem(&ticket).unwrap().len(), 1);
    write(&mut bench, &mut log, true);

    // Nobody has acknowledged it: it is delivered again, by the journal, with the notice.
    let bench = open(config(), bench.simulator, &mut log);
    let again = bench.session.save(bench.now()).unwrap();
    assert_ne!(again, SavedSession::default());
    let mut session = Session::new(config());
    session.replay(History::read(&log, Duration::ZERO).unwrap(), Instant::ZERO).unwrap();
    let Some(Event::Received(received)) = session.poll_event() else { panic!("nothing") };
    assert_eq!((received.text.as_deref(), received.possible_duplicate), (Some("Hello"), true));
}

#[test]
fn a_direct_delivery_is_acknowledged_to_the_network_once_it_is_durable_here() {
    let mut direct = config();
    direct.receive = Receive::Direct;
    let (mut bench, mut log) = opened(direct.clone());
    let now = bench.now().since_epoch();
    bench.simulator.deliver(RECIPIENT, "Hello", now).unwrap();
    bench.run(SECOND);
    assert!(!wrote(&mut bench, "+CNMA"), "its record is not durable");
    // The application has not even seen it.
    write(&mut bench, &mut log, true);
    bench.run(SECOND);
    assert!(wrote(&mut bench, "+CNMA"));

    // A store that is too slow: the network keeps the message, and the modem is armed again.
    let now = bench.now().since_epoch();
    bench.simulator.deliver(RECIPIENT, "Late", now).unwrap();
    bench.run(direct.acknowledge_within + SECOND);
    let lines = bench.lines();
    assert!(!lines.iter().any(|line| line.contains("+CNMA")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("+CNMI")), "it is checked: {lines:?}");
}

/// The number of PINs that the modem was given.
fn tries(simulator: &Simulator) -> usize {
    truth::count(simulator, |fact| matches!(fact, Fact::PinGiven { .. }))
}

fn with_pin(pin: &str) -> Config {
    let mut config = config();
    config.pin = Some(Pin::new(pin).unwrap());
    config
}

#[test]
fn three_crashes_after_a_wrong_pin_cost_one_try_and_the_application_can_allow_another() {
    let mut log = Vec::new();
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_pin(Some("1234"));
    for _ in 0..3 {
        // Each life ends right after the modem has the PIN.
        let mut bench = Bench::new(simulator, with_pin("9999"));
        let history = History::read(&log, Duration::ZERO).unwrap();
        bench.session.replay(history, Instant::ZERO).unwrap();
        write(&mut bench, &mut log, true);
        let before = tries(&bench.simulator);
        let _ = bench.start(Session::handle_opened);
        for _ in 0..20 {
            write(&mut bench, &mut log, true);
            if tries(&bench.simulator) > before {
                break;
            }
            bench.run(SECOND);
        }
        simulator = bench.simulator;
        simulator.handle_closed(Duration::from_secs(100));
    }
    assert_eq!(tries(&simulator), 1);

    // The right PIN, but nobody allows it.
    let mut bench = open(with_pin("1234"), simulator, &mut log);
    assert_eq!(tries(&bench.simulator), 1);
    assert!(!bench.session.is_ready());
    bench.session.allow_pin();
    let _ = bench.start(Session::initialise);
    for _ in 0..5 {
        write(&mut bench, &mut log, true);
        bench.run(SECOND);
    }
    assert_eq!((tries(&bench.simulator), bench.session.is_ready()), (2, true));
    // Nothing is left of it.
    let mut bench = open(with_pin("1234"), bench.simulator, &mut log);
    assert!(bench.session.is_ready());
    assert!(!String::from_utf8_lossy(&log).contains("1234\0"), "no PIN is stored");
    bench.run(SECOND);
}

#[test]
fn the_pin_is_given_only_after_its_record_is_durable() {
    let mut log = Vec::new();
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_pin(Some("1234"));
    let mut bench = Bench::new(simulator, with_pin("1234"));
    write(&mut bench, &mut log, true);
    let _ = bench.start(Session::handle_opened);
    bench.run(5 * SECOND);
    assert_eq!(tries(&bench.simulator), 0);
    write(&mut bench, &mut log, true);
    bench.run(5 * SECOND);
    assert_eq!((tries(&bench.simulator), bench.session.is_ready()), (1, true));
}

#[test]
fn a_journal_that_fails_shuts_all_gates_and_says_so() {
    let (mut bench, mut log) = opened(config());
    let now = bench.now().since_epoch();
    bench.simulator.deliver(RECIPIENT, "Hello", now).unwrap();
    let waiting = bench.start(|session, now| session.enqueue(&message("Kept"), now)).unwrap();
    bench.run(SECOND);
    write(&mut bench, &mut log, false);
    bench.start(|session, now| session.handle_journal_lost("the disk is full", now));
    bench.run(5 * SECOND);
    let events = bench.events();
    assert!(events.contains(&Event::JournalFailed("the disk is full".into())), "{events:?}");
    let ended = events.iter().any(|event| matches!(event, Event::SendFinished(_)));
    assert!(!ended, "it is in the journal: {events:?}");
    for receipt in events.iter().filter_map(Event::receipt) {
        bench.start(|session, now| session.acknowledge(receipt, now));
    }
    let refused = bench.ask(|session, now| session.send(&message("Not now"), now)).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Journal);
    bench.lines();
    bench.run(600 * SECOND);
    assert!(truth::submitted(&bench.simulator).is_empty());
    let lines = bench.lines();
    assert!(!lines.iter().any(|line| line.contains("+CMGD=")), "{lines:?}");
    assert!(lines.len() < 120, "it does not storm: {} lines in ten minutes", lines.len());
    assert!(bench.session.signal(bench.now()).id().to_string().starts_with('#'));
    assert!(bench.session.poll_record().is_none());

    // The next session has the content of the log. The part under way is unknown at most.
    let mut bench = open(config(), bench.simulator, &mut log);
    let results = bench.session.unsettled().map(|result| (result.message, result.outcome()));
    let known: Vec<_> = results.collect();
    assert_eq!(known, [(waiting, SendOutcome::Unknown)]);
    bench.session.settle(waiting);
    assert_eq!(bench.session.unsettled().count(), 0);
}

#[test]
fn a_record_that_never_becomes_durable_ends_the_attempt_and_nothing_is_sent() {
    let (mut bench, mut log) = opened(config());
    let ticket = bench.start(|session, now| session.send(&message("Hello"), now));
    write(&mut bench, &mut log, false);
    let result = bench.redeem(&ticket).unwrap();
    assert!(matches!(result.parts[0].outcome, PartOutcome::Failed { .. }), "{result:?}");
    assert!(truth::submitted(&bench.simulator).is_empty());
}

#[test]
fn a_number_of_a_message_is_given_once_even_if_the_tail_of_the_log_is_lost() {
    let mut log = Vec::new();
    let mut last = 0;
    for _ in 0..4 {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), config());
        let history = History::read(&log, Duration::ZERO).unwrap();
        bench.session.replay(history, Instant::ZERO).unwrap();
        let text = message("Hello");
        let early = bench.start(|session, now| session.enqueue(&text, now)).unwrap_err();
        assert_eq!(*early.kind(), ErrorKind::Journal, "the reservation is not durable");
        write(&mut bench, &mut log, true);
        let durable = log.len();
        for _ in 0..700 {
            let id = bench.start(|session, now| session.enqueue(&text, now)).unwrap();
            assert!(id.get() > last);
            last = id.get();
        }
        // The tail is lost, and the application knows the numbers.
        write(&mut bench, &mut log, false);
        log.truncate(durable);
    }
}
