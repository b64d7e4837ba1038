//! Answers that are perfect in their bytes and unexpected in what they say, while messages are
//! received: nothing is lost, forged or deleted unread, and no failure is silent or a storm.
#![cfg(all(feature = "simulator", feature = "tokio", feature = "serde"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::time::Duration;
use std::collections::BTreeMap;

use modem::at::Instant;
use modem::at::sms::Memory;
use modem::pdu::{Envelope, Incoming};
use modem::simulator::{Fact, Profile, Simulator, Verb};
use modem::{
    Config, ErrorKind, Event, OutgoingMessage, PartOutcome, Receipt, Receive, Received, Session,
    Slot, Task, WhenFull,
};
use testkit::{FRONTS, Front, RECIPIENT, message, truth};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The time that a command line takes.
const LINE: Duration = Duration::from_millis(50);

/// A line of the host that is answered in place of the modem.
struct Rule {
    begins: String,
    times: usize,
    answer: String,
}

/// A session and a simulated modem, with another hand on the line between them.
struct Bench {
    session: Session,
    simulator: Simulator,
    now: Duration,
    rules: Vec<Rule>,
    unfinished: Vec<u8>,
    lines: Vec<(Duration, String)>,
    events: Vec<Event>,
}

impl Bench {
    fn new(simulator: Simulator, config: Config) -> Self {
        Self {
            session: Session::new(config),
            simulator,
            now: Duration::ZERO,
            rules: Vec::new(),
            unfinished: Vec::new(),
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A modem whose first sweep is over.
    fn open(config: Config) -> Self {
        let mut bench = Self::new(Simulator::new(Profile::GENERIC), config);
        bench.connect();
        bench.run(5 * SECOND);
        assert!(bench.session.is_ready(), "{:?}", bench.lines);
        bench
    }

    fn connect(&mut self) {
        self.simulator.handle_opened(self.now);
        drop(self.session.handle_opened(self.now()));
    }

    fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Answers the next lines that begin so; the lines of the answer are separated by `|`.
    fn answer(&mut self, begins: &str, times: usize, answer: &str) {
        let answer = answer.split('|').map(|line| format!("\r\n{line}\r\n")).collect();
        self.rules.push(Rule { begins: begins.into(), times, answer });
    }

    /// The modem says something.
    fn says(&mut self, lines: &str) {
        self.session.handle_input(format!("\r\n{lines}\r\n").as_bytes(), Instant::from(self.now));
    }

    /// Another program writes a line to the modem, and reads its answer.
    fn another_program(&mut self, line: &str) {
        self.simulator.handle_input(format!("{line}\r").as_bytes(), self.now);
        while self.simulator.poll_transmit().is_some() {}
    }

    fn perform(&mut self, verb: &str) {
        self.simulator.perform(verb.parse::<Verb>().unwrap(), self.now).unwrap();
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        let now = self.now();
        self.session.acknowledge(receipt, now);
    }

    /// Lets time pass.
    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                let bytes = bytes.to_vec();
                self.session.handle_transmitted(bytes.len(), Instant::from(self.now));
                self.written(&bytes);
                moved = true;
            }
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, Instant::from(self.now));
                moved = true;
            }
            self.events.extend(core::iter::from_fn(|| self.session.poll_event()));
            if moved {
                continue;
            }
            let session = self.session.poll_timeout().map(Instant::since_epoch);
            let next = session.into_iter().chain(self.simulator.poll_timeout()).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(next);
            self.simulator.handle_timeout(self.now);
            self.session.handle_timeout(Instant::from(self.now));
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.unfinished.push(*byte);
            if !matches!(byte, b'\r' | 0x1A | 0x1B) {
                continue;
            }
            let line = core::mem::take(&mut self.unfinished);
            self.now += LINE;
            let shown = String::from_utf8_lossy(&line).trim_end().to_string();
            let rule = self
                .rules
                .iter_mut()
                .find(|rule| rule.times > 0 && shown.starts_with(&rule.begins));
            match rule {
                Some(rule) => {
                    rule.times -= 1;
                    let answer = rule.answer.clone();
                    self.session.handle_input(answer.as_bytes(), Instant::from(self.now));
                }
                None => {
                    self.simulator.handle_input(&line, self.now);
                }
            }
            self.lines.push((self.now, shown));
        }
    }

    /// The events until now, each once.
    fn take(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    fn received(&mut self) -> Vec<Received> {
        received(self.take())
    }

    fn count(&self, begins: &str) -> usize {
        self.lines.iter().filter(|(_, line)| line.starts_with(begins)).count()
    }

    /// A line was not written with the same parameters more than a few times in any minute.
    fn assert_no_storm(&self) {
        let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for (at, line) in &self.lines {
            let times = times.entry(line).or_default();
            times.retain(|time| *time + MINUTE > *at);
            times.push(*at);
            assert!(times.len() <= 12, "{line} at {at:?}");
        }
    }
}

fn received(events: Vec<Event>) -> Vec<Received> {
    let received = events.into_iter().filter_map(|event| match event {
        Event::Received(received) => Some(received),
        _ => None,
    });
    received.collect()
}

fn failures(events: &[Event]) -> Vec<(Task, u64)> {
    let failures = events.iter().filter_map(|event| match event {
        Event::TaskFailed { task, retry_after, .. } => {
            Some((*task, retry_after.unwrap_or_default().as_secs()))
        }
        _ => None,
    });
    failures.collect()
}

/// The events of a front-end during a time.
fn during(modem: &mut dyn Front, time: Duration) -> Vec<Event> {
    let until = modem.now() + time;
    core::iter::from_fn(|| modem.event_until(until)).collect()
}

fn texts(received: &[Received]) -> Vec<(&str, bool)> {
    let text = |one: &Received| (one.text.clone().unwrap().leak() as &str, one.possible_duplicate);
    received.iter().map(text).collect()
}

fn direct(max_unacknowledged: usize) -> Config {
    let mut config = Config::default();
    config.receive = Receive::Direct;
    config.max_unacknowledged = max_unacknowledged;
    config
}

// A slot that cannot be deleted.

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

// A deletion that deletes nothing.

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

// A memory that is selected, or not.

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

// An announced slot that is not there.

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

// Text mode.

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

// An echo.

#[test]
fn an_echo_that_returns_before_the_prompt_makes_the_session_check_before_it_sends() {
    for mode in ["AT+CMGF=1", "AT+CMGF=0"] {
        let mut bench = Bench::open(Config::default());
        bench.another_program("ATE1");
        bench.another_program(mode);
        let now = bench.now();
        let ticket = bench.session.send(&message("Hello"), now);
        bench.run(20 * SECOND);
        let result = bench.session.take(&ticket).unwrap().unwrap();
        assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{mode}: {result:?}");
        assert_eq!(truth::submitted(&bench.simulator).len(), 1, "{mode}");
        assert_eq!(truth::texts(&bench.simulator), ["Hello"], "{mode}");
        let to = truth::count(
            &bench.simulator,
            |fact| matches!(fact, Fact::Submitted { to, .. } if to != RECIPIENT),
        );
        assert_eq!(to, 0, "{mode}");
        // The echo is off again.
        let lines = bench.lines.len();
        let now = bench.now();
        drop(bench.session.send(&message("World"), now));
        bench.run(20 * SECOND);
        assert_eq!(bench.lines.len() - lines, 2, "{mode}");
    }
}

#[test]
fn an_echo_of_another_program_makes_the_session_check_before_it_sends() {
    let mut bench = Bench::open(Config::default());
    bench.another_program("AT+CMGF=1");
    bench.says("AT+CMGF=1\r\r\nOK");
    let now = bench.now();
    let ticket = bench.session.send(&message("Hello"), now);
    bench.run(20 * SECOND);
    assert!(bench.events.iter().any(|event| matches!(event, Event::ForeignEcho(_))));
    let result = bench.session.take(&ticket).unwrap().unwrap();
    assert!(matches!(result.parts[0].outcome, PartOutcome::Sent { .. }), "{result:?}");
    assert_eq!(truth::texts(&bench.simulator), ["Hello"]);
}

// Direct delivery.

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

// Status reports.

const REPORT: &str = "06000C91947151551000426010210000004260102100000000";

fn with_report(text: &str) -> OutgoingMessage {
    message(text).request_status_report()
}

/// The messages that the reports among the events are about.
fn about(events: &[Event]) -> Vec<Option<u64>> {
    let about = events.iter().filter_map(|event| match event {
        Event::StatusReport(report) => Some(report.about.map(|(message, _)| message.get())),
        _ => None,
    });
    about.collect()
}

#[test]
fn a_report_that_comes_while_a_message_only_waits_is_not_about_it() {
    let report = Envelope::<Incoming>::from_hex(format!("00{REPORT}"));
    assert!(matches!(report.unwrap().value.tpdu, Incoming::StatusReport(_)));
    let mut bench = Bench::open(Config::default());
    bench.perform("reference 0");
    bench.simulator.set_report_delay(None);
    bench.perform("register 2");
    bench.run(SECOND);
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(SECOND);
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [None]);
    bench.perform("register 1");
    bench.run(10 * SECOND);
    let events = bench.take();
    assert!(events.iter().any(|event| matches!(event, Event::SendFinished(_))), "{events:?}");
    assert_eq!(about(&events), []);
    // The report that comes after it has left is about it.
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [Some(1)]);
}

#[test]
fn an_old_report_in_the_sim_is_not_about_a_message_that_only_waits() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.simulator.handle_opened(Duration::ZERO);
    bench.simulator.set_report_delay(None);
    bench.perform("reference 0");
    bench.another_program("AT+CMGF=0");
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.connect();
    bench.run(30 * SECOND);
    let events = bench.take();
    assert_eq!(about(&events), [None]);
    assert!(events.iter().any(|event| matches!(event, Event::SendFinished(_))), "{events:?}");
}

#[test]
fn an_old_report_is_not_about_a_message_that_left_between_two_jobs_of_the_first_sweep() {
    let mut bench = Bench::new(Simulator::new(Profile::GENERIC), Config::default());
    bench.simulator.handle_opened(Duration::ZERO);
    bench.simulator.set_report_delay(None);
    bench.perform("reference 255");
    bench.another_program("AT+CMGF=0;+CPMS=\"ME\",\"ME\",\"ME\"");
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.enqueue(&message("First"), now).unwrap();
    bench.session.enqueue(&with_report("Second"), now).unwrap();
    bench.connect();
    bench.run(30 * SECOND);
    let jobs = bench.lines.iter().map(|(_, line)| line.get(..7).unwrap_or(line));
    let jobs = jobs.filter(|line| *line == "AT+CMGL" || *line == "AT+CMGS");
    assert_eq!(jobs.collect::<Vec<_>>(), ["AT+CMGS", "AT+CMGL", "AT+CMGS", "AT+CMGL"]);
    assert_eq!(about(&bench.take()), [None]);
}

#[test]
fn a_report_that_is_found_after_its_message_has_left_is_about_it() {
    let mut bench = Bench::open(Config::default());
    bench.simulator.set_report_delay(None);
    bench.perform("reference 0");
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(SECOND);
    bench.another_program(&format!("AT+CMGW=25,0\r00{REPORT}\u{1a}"));
    let now = bench.now();
    bench.session.look_for_messages(now);
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [Some(1)]);
}

#[test]
fn a_report_keeps_its_message_over_a_restart_until_it_is_acknowledged() {
    let mut bench = Bench::open(Config::default());
    let now = bench.now();
    bench.session.enqueue(&with_report("Hello"), now).unwrap();
    bench.run(MINUTE);
    let events = bench.take();
    assert_eq!(about(&events), [Some(1)]);

    let saved = bench.session.save(bench.now()).unwrap();
    bench.session = Session::new(Config::default());
    let now = bench.now();
    bench.session.restore(saved, SECOND, now).unwrap();
    bench.run(SECOND);
    let events = bench.take();
    assert_eq!(about(&events), [Some(1)]);
    let receipt = events.iter().find_map(|event| match event {
        Event::StatusReport(report) => Some(report.receipt.clone()),
        _ => None,
    });
    bench.acknowledge(&receipt.unwrap());

    let saved = bench.session.save(bench.now()).unwrap();
    bench.session = Session::new(Config::default());
    let now = bench.now();
    bench.session.restore(saved, SECOND, now).unwrap();
    bench.connect();
    bench.run(5 * SECOND);
    bench.says(&format!("+CDS: 25\r\n00{REPORT}"));
    bench.run(SECOND);
    assert_eq!(about(&bench.take()), [None]);
}

// A full memory.

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
