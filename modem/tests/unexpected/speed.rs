//! The time from opening the link to the first message, at 9600 baud and 50 ms a command line.
//!
//! `cargo test -p modem --all-features --test unexpected speed -- --nocapture` prints the figures.

use core::time::Duration;

use modem::Config;
use modem::simulator::{Fact, Memory, Profile, Simulator};
use testkit::bench::Bench;
use testkit::{message, truth};

const SECOND: Duration = Duration::from_secs(1);
const STORED: [u16; 4] = [0, 20, 100, 250];

/// A modem at 9600 baud that stores this many messages, and answers every question.
fn bench(stored: u16) -> Bench {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_line_rate(Some(9600));
    simulator.set_slots(Memory::Sm, 255);
    for number in 0..stored {
        simulator.deliver("+491715550199", &format!("Message {number}"), Duration::ZERO).unwrap();
    }
    Bench::new(simulator, Config::default())
}

fn enqueue(bench: &mut Bench) {
    let text = message("Hello").request_status_report();
    bench.start(|session, now| session.enqueue(&text, now)).unwrap();
}

/// The time at which the network took the first message.
fn first_sent(bench: &mut Bench) -> Duration {
    loop {
        let sent = bench.simulator.truth().iter();
        let mut sent = sent.filter(|entry| matches!(entry.fact, Fact::Submitted { .. }));
        if let Some(entry) = sent.next() {
            return entry.at;
        }
        bench.run(SECOND / 10);
        assert!(bench.now().since_epoch() < 3600 * SECOND, "nothing is sent");
    }
}

/// The number of command lines before the first `AT+CMGS`, and the number of listings.
fn lines_before(bench: &Bench) -> (usize, usize) {
    let exchanges = bench.simulator.exchanges();
    let sent = exchanges.iter().position(|exchange| exchange.command == "+CMGS").unwrap();
    let is_listing = |exchange: &&modem::simulator::Exchange| exchange.command == "+CMGL";
    (sent, exchanges[..sent].iter().filter(is_listing).count())
}

#[test]
fn a_message_that_waits_leaves_within_eighteen_exchanges_however_many_messages_are_stored() {
    for stored in STORED {
        let mut bench = bench(stored);
        enqueue(&mut bench);
        drop(bench.start(|session, now| session.handle_opened(now)));
        let at = first_sent(&mut bench);
        let (before, listings) = lines_before(&bench);
        println!("{stored:3} stored, waiting before the link: {before} lines, {at:.1?}");
        assert_eq!(listings, 0);
        assert!(before < 18, "{before} lines before the message");
        let lines = bench.lines();
        let earlier = |start: &str| lines.iter().position(|line| line.starts_with(start)).unwrap();
        assert!(earlier("AT+CPMS=") < earlier("AT+CNMI=") && earlier("AT+CNMI=") < before);
    }
}

#[test]
fn a_message_that_is_sent_during_the_first_sweep_waits_for_one_memory_at_most() {
    for stored in STORED {
        let mut bench = bench(stored);
        drop(bench.start(|session, now| session.handle_opened(now)));
        while !bench.session.is_ready() {
            bench.run(SECOND / 10);
        }
        let ready = bench.now().since_epoch();
        bench.run(SECOND);
        enqueue(&mut bench);
        let waited = first_sent(&mut bench) - bench.now().since_epoch().min(ready + SECOND);
        let (_, listings) = lines_before(&bench);
        println!("{stored:3} stored, sent 1 s after the opening ({ready:.1?}): {waited:.1?}");
        assert!(listings <= 1 || stored == 0, "{listings} listings before the message");
        assert!(truth::count(&bench.simulator, |fact| matches!(fact, Fact::Submitted { .. })) == 1);
    }
}

#[test]
fn a_message_waits_for_twenty_slots_at_most_where_a_memory_is_read_slot_by_slot() {
    let mut bench = bench(100);
    bench.always("+CMGL", "ERROR");
    drop(bench.start(|session, now| session.handle_opened(now)));
    while !bench.session.is_ready() {
        bench.run(SECOND / 10);
    }
    bench.run(SECOND);
    bench.lines();
    enqueue(&mut bench);
    first_sent(&mut bench);
    let lines = bench.lines();
    let sent = lines.iter().position(|line| line.starts_with("AT+CMGS")).unwrap();
    assert!(sent <= 20, "{lines:?}");
    bench.run(60 * SECOND);
    let read = bench.lines().iter().filter(|line| line.starts_with("AT+CMGR")).count();
    assert!(read + sent > 80, "the sweep goes on: {read}");
}
