//! Announced slots without a message.

use modem::at::sms::Memory;
use modem::{Config, Slot, Task};
use testkit::truth;

use super::bench::{Bench, SECOND, failures, received, texts};

#[test]
fn a_message_that_is_not_in_its_announced_slot_is_looked_for_at_once() {
    for (announced, refused) in [("\"SM\",67", "AT+CMGR=67"), ("\"MT\",1", "AT+CPMS=\"MT\"")] {
        let mut bench = Bench::open(Config::default());
        bench.answer(refused, 1, "+CMS ERROR: 321");
        let message = truth::deliver_tpdus("+491715550100", "Hello").remove(0);
        bench.another_program("AT+CNMI=0,0,0,0,0");
        bench.simulator.deliver_tpdu(&message, bench.now);
        bench.another_program("AT+CNMI=2,1,2,1,0");
        bench.says(&format!("+CMTI: {announced}"));
        bench.run(5 * SECOND);
        let events = bench.take();
        assert_eq!(failures(&events).len(), 1, "{announced} {events:?} {:?}", bench.lines);
        assert_eq!(texts(&received(events)), [("Hello", false)], "{announced}");
    }
}

#[test]
fn a_modem_that_keeps_announcing_what_is_not_there_is_swept_after_growing_delays() {
    let mut bench = Bench::open(Config::default());
    let before = bench.count("AT+CMGL");
    for _ in 0..600 {
        bench.says("+CMTI: \"SM\",9");
        bench.run(SECOND);
    }
    let sweeps = (bench.count("AT+CMGL") - before) / 2;
    assert!((5..12).contains(&sweeps), "{sweeps}");
    assert!(
        failures(&bench.events)
            .iter()
            .all(|(task, _)| { *task == Task::ReadSlot(Slot::new(Memory::SIM, 9)) })
    );
    // A found message resets the delay.
    bench.perform("deliver +491715550100 Hello");
    bench.run(SECOND);
    bench.take();
    bench.says("+CMTI: \"SM\",9");
    let before = bench.count("AT+CMGL");
    bench.run(SECOND);
    assert_eq!(bench.count("AT+CMGL") - before, 2);
}
