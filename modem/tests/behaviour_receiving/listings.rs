//! Listings of which a header or a line was damaged in transit.

use modem::{Config, Event};
use testkit::{hex, truth};

use super::bench::{Bench, SECOND, texts};

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

#[test]
fn a_message_has_its_own_line_only_where_the_next_header_was_damaged() {
    let mut bench = Bench::open(Config::default());
    let [first, second] = two_messages(&mut bench);
    let listing =
        [&header("+CMGL", 1, &first), &first, &header("+CMGLL", 2, &second), &second, "OK"];
    bench.answer("AT+CMGL=4", 1, &listing.join("\r\n"));
    bench.says("+CMTI: \"SM\",200");
    bench.run(5 * SECOND);
    let received = bench.received();
    assert_eq!(texts(&received), [("Hello", false)]);
    assert!(received[0].receipt.pdus().eq([first.as_str()]), "{received:?}");
    // The next sweep finds the other one.
    bench.run(900 * SECOND);
    assert_eq!(texts(&bench.received()), [("Good morning", false)]);
}

#[test]
fn a_pdu_that_was_cut_is_not_completed_by_the_next_line() {
    let mut bench = Bench::open(Config::default());
    let [first, second] = two_messages(&mut bench);
    let (cut, _) = first.split_at(first.len() - 4);
    let listing = [&header("+CMGL", 1, &first), cut, &header("+CMGLL", 2, &second), &second, "OK"];
    bench.answer("AT+CMGL=4", 1, &listing.join("\r\n"));
    bench.says("+CMTI: \"SM\",200");
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
    assert_eq!(texts(&bench.received()), [("Hello", true), ("Good morning", false)]);
}
