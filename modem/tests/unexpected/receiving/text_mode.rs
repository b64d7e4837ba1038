//! Messages that a modem shows in text mode.

use modem::at::sms::Memory;
use modem::{Config, Event, Slot};

use super::bench::{Bench, MINUTE, SECOND, direct, failures, received, texts};

#[test]
fn a_modem_that_has_fallen_into_text_mode_is_initialised_and_the_message_is_read_again() {
    for text in ["Test message", &"86".repeat(43)] {
        let mut bench = Bench::open(Config::default());
        bench.another_program("AT+CMGF=1");
        bench.perform(&format!("deliver +491715550100 {text}"));
        bench.run(10 * SECOND);
        let events = bench.take();
        assert!(events.contains(&Event::Restarted(None)), "{events:?}");
        let delivered = received(events);
        assert_eq!(texts(&delivered), [(text, false)]);
        assert_eq!(delivered[0].sender.to_string(), "+491715550100");
        assert_eq!(bench.count("AT+CMGF=0"), 2);
    }
}

#[test]
fn text_mode_in_a_sweep_is_seen_too() {
    let mut bench = Bench::open(Config::default());
    bench.another_program("AT+CNMI=0,0,0,0,0");
    bench.perform("deliver +491715550100 Hello");
    bench.another_program("AT+CMGF=1");
    let now = bench.now();
    bench.session.look_for_messages(now);
    bench.run(10 * SECOND);
    let events = bench.take();
    assert_eq!(failures(&events), []);
    assert_eq!(texts(&received(events)), [("Hello", false)]);
}

#[test]
fn what_can_only_be_read_in_text_mode_is_delivered_as_undecodable_and_never_deleted() {
    let digits = "86".repeat(43);
    for text in ["Test message", &digits] {
        let mut bench = Bench::open(Config::default());
        bench.another_program("AT+CMGF=1");
        bench.answer("AT+CMGF=0", 1000, "OK");
        bench.answer("AT+CMGF?", 1000, "+CMGF: 0|OK");
        bench.perform(&format!("deliver +491715550100 {text}"));
        bench.run(MINUTE);
        let events = bench.take();
        assert_eq!(bench.count("AT+CMGF=0"), 2, "one initialisation");
        let [Event::Undecodable(undecodable)] = &events
            .iter()
            .filter(|event| matches!(event, Event::Undecodable(_) | Event::Received(_)))
            .collect::<Vec<_>>()[..]
        else {
            panic!("{events:?}")
        };
        let shown = undecodable.receipt.pdus().next().unwrap();
        assert!(shown.contains("+491715550100") && shown.ends_with(text), "{shown}");
        bench.acknowledge(&undecodable.receipt.clone());
        bench.run(30 * MINUTE);
        assert_eq!(bench.count("AT+CMGD"), 0);
        assert_eq!(bench.received().len(), 0);
        bench.assert_no_storm();

        // In PDU mode it is read as it is, and can be deleted.
        bench.rules.clear();
        bench.another_program("AT+CMGF=0");
        bench.run(6 * MINUTE);
        let delivered = bench.received();
        assert_eq!(texts(&delivered), [(text, true)]);
        bench.acknowledge(&delivered[0].receipt);
        bench.run(SECOND);
        assert_eq!(bench.count("AT+CMGD"), 1);
    }
}

#[test]
fn a_message_that_is_compared_in_text_mode_is_not_deleted_before_it_is_read_in_pdu_mode() {
    let mut bench = Bench::open(Config::default());
    bench.perform("deliver +491715550100 Hello");
    bench.run(5 * SECOND);
    let delivered = bench.received();
    bench.another_program("AT+CMGF=1");
    bench.acknowledge(&delivered[0].receipt);
    bench.run(SECOND);
    assert_eq!(bench.count("AT+CMGD"), 0);
    bench.run(10 * SECOND);
    let events = bench.take();
    assert!(events.contains(&Event::Released(Slot::new(Memory::SIM, 1))), "{events:?}");
    assert_eq!(received(events).len(), 0);
}

#[test]
fn a_direct_delivery_in_text_mode_is_undecodable_with_its_sender_and_has_the_modem_initialised() {
    let mut bench = Bench::open(direct(32));
    bench.another_program("AT+CMGF=1");
    bench.perform("deliver +491715550100 Hello");
    bench.run(5 * SECOND);
    let events = bench.take();
    let shown = events.iter().find_map(|event| match event {
        Event::Undecodable(undecodable) => undecodable.receipt.pdus().next(),
        _ => None,
    });
    assert!(shown.is_some_and(|shown| shown.contains("+491715550100")), "{events:?}");
    assert!(events.contains(&Event::Restarted(None)));
    assert_eq!(bench.count("AT+CMGF=0"), 2);
}

#[test]
fn a_direct_delivery_in_text_mode_that_the_network_repeats_is_received_as_a_message_too() {
    let mut bench = Bench::open(direct(32));
    bench.perform("deliver +491715550100 First");
    bench.run(SECOND);
    let first = bench.received();
    bench.acknowledge(&first[0].receipt);
    bench.run(SECOND);
    bench.another_program("AT+CMGF=1");
    bench.perform("deliver +491715550100 Hello");
    bench.run(10 * MINUTE);
    let events = bench.take();
    let is_shown = |event: &Event| {
        matches!(event, Event::Undecodable(shown)
            if shown.receipt.pdus().any(|line| line.ends_with("Hello")))
    };
    assert!(events.iter().any(is_shown), "{events:?}");
    assert_eq!(texts(&received(events)), [("Hello", false)]);
    assert_eq!(bench.count("AT+CNMA"), 1, "the delivery in text mode is not acknowledged");
}
