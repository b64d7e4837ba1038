//! Direct deliveries.

use modem::simulator::{Profile, Simulator};
use modem::{Session, Task};

use super::bench::{Bench, MINUTE, SECOND, direct, failures, texts};

#[test]
fn direct_deliveries_that_nobody_acknowledges_stop_at_the_bound_and_go_on_below_it() {
    let mut bench = Bench::open(direct(3));
    for number in 0..8 {
        bench.perform(&format!("deliver +491715550100 number {number}"));
        bench.run(20 * SECOND);
    }
    bench.run(20 * MINUTE);
    let mut delivered = bench.received();
    assert_eq!(delivered.len(), 3);
    bench.assert_no_storm();
    let mut all = Vec::new();
    while let Some(one) = delivered.pop() {
        bench.acknowledge(&one.receipt);
        all.push(one.text.unwrap());
        bench.run(MINUTE);
        delivered.extend(bench.received());
        assert!(delivered.len() <= 3);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8, "{all:?}");
    // Direct delivery is on again.
    let before = bench.count("AT+CMGR");
    bench.perform("deliver +491715550100 last");
    bench.run(5 * SECOND);
    assert_eq!(texts(&bench.received()), [("last", false)]);
    assert_eq!(bench.count("AT+CMGR"), before);
}

#[test]
fn a_modem_that_acknowledges_by_itself_is_told_to_store_messages_at_the_bound() {
    let mut profile = Profile::GENERIC;
    profile.acknowledgement = modem::simulator::Acknowledgement::Refused;
    let mut bench = Bench::new(Simulator::new(profile), direct(3));
    bench.connect();
    bench.run(5 * SECOND);
    for number in 0..8 {
        bench.perform(&format!("deliver +491715550100 number {number}"));
        bench.run(20 * SECOND);
    }
    let delivered = bench.received();
    assert_eq!(delivered.len(), 4, "the fourth shows that there is no more room");
    for one in &delivered {
        bench.acknowledge(&one.receipt);
    }
    bench.run(MINUTE);
    assert_eq!(bench.received().len(), 3);
    bench.assert_no_storm();
}

#[test]
fn a_direct_delivery_that_the_network_repeats_after_a_restart_is_marked() {
    for acknowledged in [false, true] {
        let mut bench = Bench::open(direct(32));
        bench.answer("AT+CNMA", 1, "+CMS ERROR: 500");
        bench.perform("deliver +491715550100 Hello");
        bench.run(SECOND);
        let first = bench.received();
        assert_eq!(texts(&first), [("Hello", false)]);
        if acknowledged {
            bench.acknowledge(&first[0].receipt);
            bench.run(SECOND);
            let failed = failures(&bench.take());
            assert_eq!(failed, [(Task::AcknowledgeDelivery, 0)]);
        }
        bench.perform("reset");
        bench.run(7 * MINUTE);
        assert_eq!(texts(&bench.received()), [("Hello", true)], "{acknowledged}");
    }
}

#[test]
fn a_direct_delivery_that_the_network_repeats_to_another_process_is_marked() {
    let mut bench = Bench::open(direct(32));
    bench.answer("AT+CNMA", 1, "+CMS ERROR: 500");
    bench.perform("deliver +491715550100 Hello");
    bench.run(SECOND);
    let first = bench.received();
    bench.acknowledge(&first[0].receipt);
    bench.run(SECOND);
    let saved = serde_json::to_string(&bench.session.save(bench.now()).unwrap()).unwrap();

    bench.session = Session::new(direct(32));
    let now = bench.now();
    bench.session.restore(serde_json::from_str(&saved).unwrap(), SECOND, now).unwrap();
    bench.connect();
    bench.perform("reset");
    bench.run(7 * MINUTE);
    assert_eq!(texts(&bench.received()), [("Hello", true)]);
}
