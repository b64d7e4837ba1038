//! Listings of which a header or a line was damaged in transit.

use modem::at::sms::Memory;
use modem::{Config, Error, ErrorKind, Event, Listing, Receive, Slot, StoredMessage, Task};
use testkit::{hex, truth};

use super::bench::{Bench, SECOND, failures, received, texts};

/// The PDUs of two messages that the modem stores, the first in slot 1.
fn two_messages(bench: &mut Bench) -> [String; 2] {
    bench.another_program("AT+CNMI=0,0,0,0,0");
    let pdus = ["Hello", "Good morning"].map(|text| {
        let tpdu = truth::deliver_tpdus("+491715550100", text).remove(0);
        bench.simulator.deliver_tpdu(&tpdu, bench.now);
        format!("0791947100000000{}", hex(&tpdu))
    });
    bench.another_program("AT+CNMI=2,1,2,1,0");
    pdus
}

/// The header of a PDU after a service centre of eight octets.
fn header(name: &str, index: usize, pdu: &str) -> String {
    format!("{name}: {index},1,,{}", pdu.len() / 2 - 8)
}

/// The damaged listings of two messages, of which the second one is hidden: by its header, by its
/// line, or by the end of the line before it.
fn damaged([first, second]: &[String; 2]) -> [(&'static str, String); 5] {
    let [one, two] = [header("+CMGL", 1, first), header("+CMGL", 2, second)];
    let other = header("+CMGLL", 2, second);
    let noise = two.replacen('+', "\u{7}", 1);
    let (cut, _) = first.split_at(first.len() - 4);
    [
        ("another name", format!("{one}\r\n{first}\r\n{other}\r\n{second}\r\nOK")),
        ("noise", format!("{one}\r\n{first}\r\n{noise}\r\n{second}\r\nOK")),
        ("the first one", format!("{other}\r\n{second}\r\n{one}\r\n{first}\r\nOK")),
        ("after a cut", format!("{one}\r\n{cut}\r\n{other}\r\n{second}\r\nOK")),
        ("without its line", format!("{one}\r\n{first}\r\n{two}\r\nOK")),
    ]
}

#[test]
fn a_listing_that_hides_a_message_is_read_again() {
    let cases = damaged(&two_messages(&mut Bench::open(Config::default()))).map(|(name, _)| name);
    for (case, name) in cases.into_iter().enumerate() {
        let mut bench = Bench::open(Config::default());
        let pdus = two_messages(&mut bench);
        bench.answer("AT+CMGL=4", 1, &damaged(&pdus)[case].1);
        bench.says("+CMTI: \"SM\",200");
        bench.run(5 * SECOND);
        let received = bench.received();
        assert_eq!(texts(&received), [("Hello", false), ("Good morning", false)], "{name}");
        assert!(received[0].receipt.pdus().eq([pdus[0].as_str()]), "{name}: {received:?}");
        bench.assert_no_storm();
    }
}

#[test]
fn a_listing_that_hides_a_message_twice_is_read_slot_by_slot() {
    for case in 0..5 {
        let mut bench = Bench::open(Config::default());
        let pdus = two_messages(&mut bench);
        let (name, listing) = &damaged(&pdus)[case];
        bench.answer("AT+CMGL=4", 2, listing);
        let now = bench.now();
        bench.session.look_for_messages(now);
        bench.run(5 * SECOND);
        let events = bench.take();
        assert_eq!(failures(&events), [(Task::ListMemory(Memory::SIM), 5)], "{name}");
        let received = received(events);
        assert_eq!(texts(&received), [("Hello", false), ("Good morning", false)], "{name}");
        bench.assert_no_storm();
    }
}

#[test]
fn the_application_gets_no_listing_that_lacks_a_message() {
    for case in 0..6 {
        let mut config = Config::default();
        config.receive = Receive::Kept;
        let mut bench = Bench::open(config);
        let pdus = two_messages(&mut bench);
        // The last one has lost a whole message, which only the count of the memory shows.
        let short = ("short", format!("{}\r\n{}\r\nOK", header("+CMGL", 1, &pdus[0]), pdus[0]));
        let (name, listing) = damaged(&pdus).into_iter().chain([short]).nth(case).unwrap();
        for times in 1..=2 {
            bench.rules.clear();
            bench.answer("AT+CMGL=4", times, &listing);
            let now = bench.now();
            let ticket = bench.session.messages(now);
            bench.run(10 * SECOND);
            let listed = bench.session.take(&ticket).unwrap().unwrap();
            let texts: Vec<_> =
                listed.iter().map(StoredMessage::text).map(Option::unwrap).collect();
            match (name, times) {
                // A count only informs, and the second listing is believed.
                ("short", 2) => assert_eq!(texts, ["Hello"]),
                _ => assert_eq!(texts, ["Hello", "Good morning"], "{name}, {times} times"),
            }
        }
    }
}

#[test]
fn a_header_that_is_damaged_hides_no_message_from_a_reading_slot_by_slot() {
    let mut config = Config::default();
    config.receive = Receive::Kept;
    config.listing = Listing::ByIndex;
    let mut bench = Bench::open(config);
    let [first, _] = two_messages(&mut bench);
    let answer = format!("{}\r\n{first}\r\nOK", header("+CMGRR", 1, &first).replace("1,1,", "1,"));
    bench.answer("AT+CMGR=1", 1, &answer);
    let now = bench.now();
    let ticket = bench.session.messages(now);
    bench.run(10 * SECOND);
    assert_eq!(bench.session.take(&ticket).unwrap().unwrap().len(), 2);
    // One that is asked for by itself is an error, not an empty slot.
    bench.answer("AT+CMGR=1", 1, &answer);
    let now = bench.now();
    let ticket = bench.session.next_message(None, now);
    bench.run(10 * SECOND);
    let result = bench.session.take(&ticket).unwrap();
    assert!(
        matches!(result.as_ref().map_err(Error::kind), Err(ErrorKind::Malformed(_))),
        "{result:?}"
    );
}

#[test]
fn a_slot_whose_header_is_damaged_is_not_taken_for_an_empty_one_when_it_is_deleted() {
    let mut bench = Bench::open(Config::default());
    let [first, _] = two_messages(&mut bench);
    bench.says("+CMTI: \"SM\",1");
    bench.run(5 * SECOND);
    let received = bench.received();
    bench.answer("AT+CMGR=1", 1, &format!("+CMGRR: 1,,30\r\n{first}\r\nOK"));
    bench.acknowledge(&received[0].receipt);
    bench.run(60 * SECOND);
    let released = |event: &Event| matches!(event, Event::Released(slot) if slot.index == 1);
    assert_eq!(bench.events.iter().filter(|event| released(event)).count(), 1);
    assert_eq!(
        failures(&bench.events).first(),
        Some(&(Task::DeleteSlot(Slot::new(Memory::SIM, 1)), 5))
    );
    assert_eq!(bench.count("AT+CMGD=1"), 1);
}

#[test]
fn a_pdu_that_was_cut_is_not_completed_by_the_next_line() {
    let mut config = Config::default();
    config.listing = Listing::ByIndex;
    let mut bench = Bench::open(config);
    let [first, second] = two_messages(&mut bench);
    let (cut, _) = first.split_at(first.len() - 4);
    let header = header("+CMGR", 1, &first).replace("1,1,", "1,");
    bench.answer("AT+CMGR=1", 1, &[&header, cut, &second, "OK"].join("\r\n"));
    bench.says("+CMTI: \"SM\",1");
    bench.run(5 * SECOND);
    let events = bench.take();
    let undecodable = events.iter().find_map(|event| match event {
        Event::Undecodable(undecodable) => Some(undecodable),
        _ => None,
    });
    let undecodable = undecodable.unwrap_or_else(|| panic!("{events:?}"));
    let lines = format!("{cut}|{second}");
    assert!(undecodable.receipt.pdus().eq([lines.as_str()]), "{undecodable:?}");
    bench.acknowledge(&undecodable.receipt);
    // Its deletion compares, and reads the message.
    bench.run(900 * SECOND);
    let received = bench.received();
    let mut texts = texts(&received);
    texts.sort_unstable();
    assert_eq!(texts, [("Good morning", false), ("Hello", true)]);
}
