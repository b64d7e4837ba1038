//! Deletions that fail, and deletions that delete nothing.

use modem::at::sms::Memory;
use modem::simulator::{Fact, Profile, Simulator, Verb};
use modem::{Config, ErrorKind, Event, Slot, Task};
use testkit::{FRONTS, truth};

use super::bench::{Bench, MINUTE, SECOND, during, failures, received, texts};

#[test]
fn a_slot_that_cannot_be_deleted_is_tried_after_growing_delays_and_each_failure_is_an_event() {
    for refused in ["+CMGD", "+CMGR"] {
        for &(front, open) in FRONTS {
            let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
            modem.settle(5 * SECOND);
            modem.world("deliver +491715550100 Hello");
            let delivered = received(during(&mut *modem, 5 * SECOND));
            modem.world(&format!("fault refuse {refused} 1000 +CMS ERROR: 320"));
            let before = modem.dialogue().len();
            modem.acknowledge(&delivered[0].receipt);
            let events = during(&mut *modem, 15 * MINUTE);
            let slot = Slot::new(Memory::SIM, 1);
            let delays: Vec<u64> = [5, 10, 20, 40, 80, 160, 300, 300].into();
            let expected: Vec<_> =
                delays.into_iter().map(|delay| (Task::DeleteSlot(slot), delay)).collect();
            assert_eq!(failures(&events), expected, "{front} {refused}");
            assert_eq!(received(events).len(), 0, "{front} {refused}");
            let dialogue = modem.dialogue();
            let written = dialogue[before..].iter().filter(|line| line.starts_with('>')).count();
            assert!(written < 60, "{front} {refused}: {written} lines");

            modem.world("fault off");
            let events = during(&mut *modem, 6 * MINUTE);
            assert!(events.contains(&Event::Released(slot)), "{front} {refused}: {events:?}");
            assert_eq!(failures(&events), [], "{front} {refused}");
        }
    }
}

#[test]
fn a_message_with_a_wrong_length_that_cannot_be_deleted_is_read_four_times_once() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.settle(5 * SECOND);
        modem.world("deliver +491715550100 Hello");
        let delivered = received(during(&mut *modem, 5 * SECOND));
        modem.with_simulator(&mut |simulator, _| {
            simulator.clear_exchanges();
            for misbehaviour in
                ["+CMGR#1/Information(OneMore)/Always", "+CMGD#1/Refuse(\"ERROR\")/Always"]
            {
                simulator.add_misbehaviour(misbehaviour.parse().unwrap());
            }
        });
        modem.acknowledge(&delivered[0].receipt);
        let events = during(&mut *modem, 4 * MINUTE);
        let delays: Vec<_> = failures(&events).into_iter().map(|(_, delay)| delay).collect();
        assert_eq!(delays, [5, 10, 20, 40, 80, 160], "{front}");
        let exchanges = modem.ask(|simulator| simulator.exchanges().to_vec());
        let count =
            |command: &str| exchanges.iter().filter(|exchange| exchange.command == command).count();
        assert_eq!((count("+CMGD"), count("+CMGR")), (6, 4 + 5), "{front}");
    }
}

#[test]
fn a_slot_that_cannot_be_deleted_takes_no_room_from_others() {
    for &(front, open) in FRONTS {
        let mut config = Config::default();
        config.max_unacknowledged = 1;
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(modem::simulator::Memory::Sm, 3);
        let mut modem = open(simulator, config).unwrap();
        modem.settle(5 * SECOND);
        modem.world("fault refuse +CMGD 1000 +CMS ERROR: 320");
        modem.world("deliver +491715550100 one");
        let first = received(during(&mut *modem, 5 * SECOND));
        modem.acknowledge(&first[0].receipt);
        modem.world("deliver +491715550100 two");
        let second = received(during(&mut *modem, MINUTE));
        assert_eq!(texts(&second), [("two", false)], "{front}");
        modem.acknowledge(&second[0].receipt);
        // A part of a message that is never complete fills the memory: nothing else makes room.
        let part = &truth::deliver_tpdus("+491715550100", &"long ".repeat(60))[0];
        modem.perform(&Verb::Pdu(part.clone()));
        let early = received(during(&mut *modem, MINUTE));
        assert_eq!(early.len(), 1, "{front}");
        assert_eq!(early[0].missing, [2], "{front}");
    }
}

#[test]
fn many_slots_that_cannot_be_deleted_are_asked_about_a_few_times_an_hour() {
    let mut bench = Bench::open(Config::default());
    for number in 0..10 {
        bench.perform(&format!("deliver +491715550100 number {number}"));
    }
    bench.run(10 * SECOND);
    bench.answer("AT+CMGD=", 1000, "ERROR");
    for one in bench.received() {
        bench.acknowledge(&one.receipt);
    }
    bench.run(10 * SECOND);
    let before = bench.count("AT+CMGD=");
    bench.run(60 * MINUTE);
    let attempts = bench.count("AT+CMGD=") - before;
    assert!((12..25).contains(&attempts), "{attempts}");
    bench.rules.clear();
    bench.run(6 * MINUTE);
    let released = bench.take().into_iter().filter(|event| matches!(event, Event::Released(_)));
    assert_eq!(released.count(), 10);
}

#[test]
fn a_deletion_that_deletes_nothing_leads_to_one_marked_delivery_and_then_to_events() {
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.settle(5 * SECOND);
        modem.world("fault refuse +CMGD 1000 OK");
        modem.world("deliver +491715550100 Hello");
        let mut delivered = Vec::new();
        let mut errors = Vec::new();
        let until = modem.now() + 60 * MINUTE;
        while let Some(event) = modem.event_until(until) {
            match event {
                Event::Received(one) => {
                    modem.acknowledge(&one.receipt);
                    delivered.push(one);
                }
                Event::TaskFailed { task, error, retry_after } => {
                    assert_eq!(task, Task::DeleteSlot(Slot::new(Memory::SIM, 1)), "{front}");
                    errors.push((error.kind().clone(), retry_after.unwrap().as_secs()));
                }
                _ => {}
            }
        }
        assert_eq!(texts(&delivered), [("Hello", false), ("Hello", true)], "{front}");
        let first = [5, 10, 20].map(|delay| (ErrorKind::NotDeleted, delay));
        assert_eq!(errors[..3], first, "{front}");
        assert!((14..20).contains(&errors.len()), "{front}: {}", errors.len());
    }
}

#[test]
fn equal_messages_one_after_the_other_in_one_slot_are_all_delivered() {
    let tpdu = truth::deliver_tpdus("+491715550100", "ALARM").remove(0);
    for &(front, open) in FRONTS {
        let mut modem = open(Simulator::new(Profile::GENERIC), Config::default()).unwrap();
        modem.settle(5 * SECOND);
        for _ in 0..5 {
            modem.perform(&Verb::Pdu(tpdu.clone()));
            let one = received(during(&mut *modem, 5 * SECOND));
            assert_eq!(one.len(), 1, "{front}");
            modem.acknowledge(&one[0].receipt);
            assert_eq!(failures(&during(&mut *modem, 5 * SECOND)), [], "{front}");
        }
        assert_eq!(modem.count(|fact| matches!(fact, Fact::Deleted { .. })), 5, "{front}");
    }
}
