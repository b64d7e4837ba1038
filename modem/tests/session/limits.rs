//! The limits in the chapter on guarantees, number by number: what is kept at the limit, and what
//! becomes of the one beyond it.

use core::time::Duration;

use modem::at::{Dialect, Instant, MAX_LINE};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Confirm, ErrorKind, Event, MessageId, OutgoingMessage, Receive, Session};
use testkit::bench::Bench;
use testkit::{message, reported};

const SECOND: Duration = Duration::from_secs(1);

fn open() -> Bench {
    Bench::open(Simulator::new(Profile::GENERIC), Config::default())
}

/// A report from the network about the part with this reference to this recipient.
fn report(reference: u8, recipient: &str) -> String {
    let recipient: String = recipient
        .as_bytes()
        .chunks(2)
        .map(|pair| format!("{}{}", char::from(pair[1]), char::from(pair[0])))
        .collect();
    let time = "62118221000000";
    format!("+CDS: 25|0006{reference:02X}0C91{recipient}{time}{time}00")
}

#[test]
fn a_configuration_has_the_limits_of_the_chapter() {
    let config = Config::default();
    let seconds = [
        (config.answer_timeout, 2),
        (config.send_timeout, 120),
        (config.ready_timeout, 30),
        (config.network_timeout, 60),
        (config.acknowledge_within, 10),
        (config.incomplete_after, 24 * 3_600),
    ];
    for (limit, seconds) in seconds {
        assert_eq!(limit, Duration::from_secs(seconds));
    }
    assert_eq!((config.max_unacknowledged, config.recent_lines), (32, 32));
    let (limits, small) = (config.dialect.limits, Dialect::small().limits);
    assert_eq!((limits.line, limits.answer), (4_096, 262_144));
    assert_eq!((small.line, small.answer), (1_024, 4_096));
    assert_eq!(MAX_LINE, 2_048);
}

#[test]
fn of_optional_events_that_are_not_taken_the_first_4096_are_kept() {
    let mut bench = open();
    for number in 0..4_100 {
        bench.session.handle_input(format!("\r\n+XYZ: {number}\r\n").as_bytes(), bench.now());
    }
    let events = bench.events();
    assert_eq!(events.len(), 4096);
    for (number, event) in events.iter().enumerate() {
        let Event::UnknownUrc(urc) = event else { panic!("{event:?}") };
        assert!(format!("{urc:?}").contains(&format!("+XYZ: {number}\"")), "{urc:?}");
    }
}

#[test]
fn of_broadcasts_that_are_not_taken_the_last_1024_are_kept() {
    let mut bench = open();
    let text = "C8329BFD06".to_owned() + &"D1".repeat(77);
    for number in 0..1_100_u32 {
        // Another message identifier for each, so that none is a repetition.
        let page = format!("0010{:04X}0111{text}", 0x0100 + number);
        assert_eq!(page.len(), 2 * 88);
        bench.say(&format!("+CBM: 88|{page}"));
    }
    let ids: Vec<u32> = bench
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Broadcast(broadcast) => Some(u32::from(broadcast.message_id().raw())),
            _ => None,
        })
        .collect();
    assert_eq!(ids, (0x0100 + 76..0x0100 + 1_100).collect::<Vec<_>>());
}

#[test]
fn of_other_events_that_are_not_taken_the_last_1024_are_kept() {
    let mut session = Session::new(Config::default());
    for round in 0..1_100_u64 {
        let now = Instant::from(Duration::from_secs(round));
        drop(session.handle_opened(now));
        session.handle_closed(now);
    }
    let events: Vec<Event> = core::iter::from_fn(|| session.poll_event()).collect();
    assert_eq!(events.len(), 1024);
    assert!(events.iter().all(|event| matches!(event, Event::Closed)), "{events:?}");
}

#[test]
fn of_the_reports_that_come_before_the_result_of_their_message_64_wait_for_it() {
    let mut bench = open();
    bench.answer("\x1a", "");
    let sending = message("Hello").request_status_report();
    let ticket = bench.start(|session, now| session.send(&sending, now));
    bench.run(SECOND);
    for _ in 0..70 {
        bench.say(&report(9, "491715550100"));
    }
    assert_eq!(reported(&bench.events()), [None; 6]);
    bench.say("+CMGS: 9|OK");
    let id = bench.redeem(&ticket).unwrap().message.get();
    assert_eq!(reported(&bench.events()), [Some(id); 64]);
}

#[test]
fn of_4097_awaited_reports_the_oldest_is_forgotten() {
    let mut bench = open();
    bench.simulator.set_report_delay(None);
    let now = bench.now().since_epoch();
    bench.simulator.perform("reference 0".parse().unwrap(), now).unwrap();
    let recipient = |number: u32| format!("4917155{number:05}");
    for number in 0..=4_096 {
        let to = format!("+{}", recipient(number)).parse().unwrap();
        let text = OutgoingMessage::text(to, "x").request_status_report();
        bench.ask(|session: &mut Session, now| session.send(&text, now)).unwrap();
        bench.simulator.take_truth();
    }
    bench.events();
    for (number, expected) in [(0, None), (1, Some(2)), (4_096, Some(4_097))] {
        let reference = u8::try_from(number % 256).unwrap();
        bench.say(&report(reference, &recipient(number)));
        assert_eq!(reported(&bench.events()), [expected], "{number}");
    }
}

/// The first part of two of a message, delivered directly: a sender of ten digits and a reference.
fn first_part(sender: u32, reference: u16) -> String {
    let digits: String = format!("{sender:010}")
        .as_bytes()
        .chunks(2)
        .map(|pair| format!("{}{}", char::from(pair[1]), char::from(pair[0])))
        .collect();
    let tpdu = format!("440A81{digits}000062115221000000{}", "0A060804");
    let tpdu = format!("{tpdu}{reference:04X}0201C834");
    format!("+CMT: ,{}|00{tpdu}", tpdu.len() / 2)
}

/// The missing parts of each message that was delivered.
fn missing(events: &[Event]) -> Vec<Vec<u8>> {
    let missing = events.iter().filter_map(|event| match event {
        Event::Received(received) => Some(received.missing.clone()),
        _ => None,
    });
    missing.collect()
}

fn open_direct() -> Bench {
    let mut config = Config::default();
    config.receive = Receive::Direct;
    Bench::open(Simulator::new(Profile::GENERIC), config)
}

#[test]
fn of_more_than_1000_parts_of_one_sender_or_10000_of_all_the_oldest_is_delivered_alone() {
    for (limit, of_one) in [(1_000, true), (10_000, false)] {
        let mut bench = open_direct();
        for number in 0..limit {
            let (sender, reference) = if of_one { (1, number) } else { (number, 7) };
            bench.say(&first_part(sender.into(), reference));
        }
        assert!(missing(&bench.events()).is_empty(), "{limit}");
        bench.say(&first_part(if of_one { 1 } else { 99_999 }, 20_000));
        assert_eq!(missing(&bench.events()), [[2]], "{limit}");
    }
}

#[test]
fn the_parts_of_an_incomplete_message_are_delivered_after_24_hours() {
    let mut bench = open_direct();
    bench.say(&first_part(1, 1));
    bench.run(SECOND * (24 * 3_600 - 1));
    assert!(missing(&bench.events()).is_empty());
    bench.run(SECOND * 2);
    assert_eq!(missing(&bench.events()), [[2]]);
}

#[test]
fn of_announced_messages_256_wait_to_be_read_and_for_more_the_storages_are_swept() {
    // The first one is read meanwhile.
    for (announced, read) in [(200, 200), (257, 257), (258, 257), (1_000, 257)] {
        let mut bench = open();
        for slot in 1..=announced {
            let line = format!("\r\n+CMTI: \"SM\",{slot}\r\n");
            bench.session.handle_input(line.as_bytes(), bench.now());
        }
        bench.run(60 * SECOND);
        let lines = bench.lines();
        let count = |begin: &str| lines.iter().filter(|line| line.starts_with(begin)).count();
        assert_eq!(count("AT+CMGR="), read, "{announced}");
        assert!((2..=4).contains(&count("AT+CMGL=")), "{announced}: {lines:?}");
    }
}

/// A session with a journal and without a link.
struct Recording {
    session: Session,
    now: Duration,
}

impl Recording {
    fn new() -> Self {
        let mut config = Config::default();
        config.confirm = Confirm::Records;
        let mut recording = Self { session: Session::new(config), now: Duration::ZERO };
        recording.confirm();
        recording
    }

    /// Notes all records as durable.
    fn confirm(&mut self) {
        self.session.handle_durable(self.session.last_record(), Instant::from(self.now));
    }

    /// Enqueues a message that expires at once, and returns its number.
    fn expired(&mut self) -> Result<MessageId, ErrorKind> {
        let text = message("x").with_expiry(SECOND);
        let accepted = self.session.enqueue(&text, Instant::from(self.now));
        let id = accepted.map_err(|error| error.kind().clone())?;
        self.now += SECOND;
        self.session.handle_timeout(Instant::from(self.now));
        while self.session.poll_event().is_some() {}
        self.confirm();
        Ok(id)
    }
}

#[test]
fn with_a_journal_no_message_is_accepted_after_8192_outcomes_that_are_not_settled() {
    let mut recording = Recording::new();
    for _ in 0..8_192 {
        recording.expired().unwrap();
        while recording.session.poll_record().is_some() {}
    }
    assert_eq!(recording.session.unsettled().count(), 8_192);
    assert_eq!(recording.expired(), Err(ErrorKind::Full));
    let oldest = recording.session.unsettled().next().unwrap().message;
    recording.session.settle(oldest);
    recording.expired().unwrap();
    assert_eq!(recording.expired(), Err(ErrorKind::Full));
}

#[test]
fn a_journal_that_nobody_polls_fails_with_65536_records() {
    let mut recording = Recording::new();
    let failed = loop {
        match recording.expired() {
            Ok(id) => recording.session.settle(id),
            Err(kind) => break kind,
        }
    };
    assert_eq!(failed, ErrorKind::Journal);
    assert_eq!(recording.session.last_record(), 65_536);
}
