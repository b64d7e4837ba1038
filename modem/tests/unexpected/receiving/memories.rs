//! Memories that are selected or not, and full ones.

use core::time::Duration;

use modem::at::sms::Memory;
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Event, Slot, Task, WhenFull};
use testkit::{FRONTS, truth};

use super::bench::{Bench, MINUTE, SECOND, during, failures, received, texts};

#[test]
fn ok_means_selected_whatever_its_counts_look_like() {
    for counts in [
        "+CPMS: \"SM\",3,30,\"SM\",3,30,\"SM\",3,30|OK",
        "+CPMS: 21,2521,25,1,25|OK",
        "+CPMS: -1,20|OK",
        "+CPMS: (1,20)|OK",
        "+CPMS: 99999999999999999999,1|OK",
        "+CPMS: 7,3|OK",
        "+CPMS:|OK",
        "OK",
    ] {
        let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
        bench.answer("AT+CPMS=\"", 10_000, counts);
        bench.connect();
        bench.run(5 * SECOND);
        bench.perform("deliver +491715550100 Hello");
        bench.run(10 * SECOND);
        let events = bench.take();
        assert_eq!(failures(&events), [], "{counts}");
        let delivered = received(events);
        assert_eq!(texts(&delivered), [("Hello", false)], "{counts}");
        bench.acknowledge(&delivered[0].receipt);
        bench.run(11 * MINUTE);
        assert_eq!(bench.received().len(), 0, "{counts}");
        assert_eq!(truth::count(&bench.simulator, |fact| matches!(fact, Fact::Deleted { .. })), 1);
        bench.assert_no_storm();
    }
}

#[test]
fn where_no_memory_can_be_selected_the_one_in_use_is_read_and_each_failure_is_an_event() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::GENERIC);
        let refuse = "fault refuse +CPMS 100000 +CMS ERROR: 302";
        simulator.perform(refuse.parse().unwrap(), Duration::ZERO).unwrap();
        let mut modem = open(simulator, Config::default()).unwrap();
        modem.settle(5 * SECOND);
        modem.world("deliver +491715550100 one");
        let mut events = during(&mut *modem, MINUTE);
        let one = received(events.clone());
        assert_eq!(texts(&one), [("one", false)], "{front}");
        assert!(one[0].receipt.slots().all(|slot| slot.memory.as_str() == "_CUR"), "{front}");
        modem.acknowledge(&one[0].receipt);
        events.extend(during(&mut *modem, 30 * MINUTE));
        assert_eq!(modem.count(|fact| matches!(fact, Fact::Deleted { .. })), 1, "{front}");
        let failures = failures(&events);
        assert!(failures.iter().all(|(task, _)| *task == Task::SelectMemory(Memory::SIM)));
        assert!((5..15).contains(&failures.len()), "{front}: {failures:?}");
        assert_eq!(failures.last().unwrap().1, 300, "{front}");

        // Found again under its name, a message says that it may have come before.
        modem.world("deliver +491715550100 two");
        let two = received(during(&mut *modem, MINUTE));
        assert_eq!(texts(&two), [("two", false)], "{front}");
        modem.world("fault off");
        let again = received(during(&mut *modem, 10 * MINUTE));
        assert_eq!(texts(&again), [("two", true)], "{front}");
        assert_eq!(again[0].receipt.slots().next().unwrap().memory, Memory::SIM, "{front}");
    }
}

#[test]
fn a_memory_that_was_selected_once_keeps_its_name_when_it_is_refused() {
    let mut profile = Profile::GENERIC;
    profile.memory_choices = [&[modem::simulator::Memory::Sm]; 3];
    let mut bench = Bench::new(Simulator::new(profile), Config::default());
    bench.connect();
    bench.run(5 * SECOND);
    bench.perform("deliver +491715550100 one");
    bench.run(5 * SECOND);
    assert_eq!(texts(&bench.received()), [("one", false)]);
    bench.answer("AT+CPMS=", 10_000, "+CMS ERROR: 302");
    bench.perform("deliver +491715550100 two");
    bench.run(20 * MINUTE);
    let events = bench.take();
    assert!(failures(&events).contains(&(Task::SelectMemory(Memory::SIM), 5)));
    let two = received(events);
    assert_eq!(texts(&two), [("two", false)]);
    bench.acknowledge(&two[0].receipt);
    bench.run(MINUTE);
    assert!(bench.take().contains(&Event::Released(Slot::new(Memory::SIM, 2))));
    bench.assert_no_storm();
}

#[test]
fn a_modem_that_did_not_name_its_memories_is_asked_again() {
    for &(front, open) in FRONTS {
        let mut simulator = Simulator::new(Profile::QUECTEL_EG12);
        let refuse = "fault refuse +CPMS 2 +CMS ERROR: 500";
        simulator.perform(refuse.parse().unwrap(), Duration::ZERO).unwrap();
        let mut modem = open(simulator, Config::default()).unwrap();
        modem.settle(5 * SECOND);
        assert!(modem.profile().memories.contains(&Memory::MODEM), "{front}");
        assert_eq!(modem.profile().memories[0], Memory::SIM, "{front}");
    }
}

#[test]
fn the_last_free_slot_makes_room_at_once_where_the_oldest_message_may_be_erased() {
    for &(front, open) in FRONTS {
        let mut config = Config::default();
        config.when_full = WhenFull::EraseOldest;
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(modem::simulator::Memory::Sm, 3);
        let mut modem = open(simulator, config).unwrap();
        modem.settle(5 * SECOND);
        for number in 1..=8 {
            modem.world(&format!("deliver +491715550100 number {number}"));
            let events = during(&mut *modem, 10 * SECOND);
            let erased: Vec<String> = events
                .iter()
                .filter_map(|event| match event {
                    Event::Erased(message) => message.text(),
                    _ => None,
                })
                .collect();
            let expected: Vec<String> =
                (number >= 3).then(|| format!("number {}", number - 2)).into_iter().collect();
            assert_eq!(erased, expected, "{front}");
            assert_eq!(received(events).len(), 1, "{front}");
        }
    }
}

#[test]
fn nothing_is_erased_where_counts_and_listing_disagree() {
    let mut config = Config::default();
    config.when_full = WhenFull::EraseOldest;
    let mut bench = Bench::open(config);
    bench.answer("AT+CPMS=\"SM\"", 1000, "+CPMS: 3,3,3,3,3,3|OK");
    bench.perform("deliver +491715550100 Hello");
    bench.run(20 * MINUTE);
    assert_eq!(bench.count("AT+CMGD"), 0);
    assert!(!bench.events.iter().any(|event| matches!(event, Event::Erased(_))));
}
