//! After every step of a random program, the records lead to the state that the session saves.

use core::time::Duration;

use modem::journal::History;
use modem::simulator::{Memory, Profile, Simulator, Subscriber};
use modem::{
    Config, Confirm, Event, MessageId, OutgoingMessage, Receipt, Receive, SavedSession, Session,
    WhenFull,
};
use serde_json::Value;
use testkit::bench::Bench;

/// A random number below a bound, the same numbers in each run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % bound as u64).unwrap()
    }
}

/// A session, its log, and what an application holds.
struct Program {
    bench: Bench,
    log: Vec<u8>,
    receipts: Vec<Receipt>,
    ended: Vec<MessageId>,
    steps: Vec<String>,
}

/// The state as JSON, without what differs by nature: the age of a later part of a message is that
/// of its first part in the session, and its own in the records.
fn comparable(saved: &SavedSession) -> Value {
    let mut value = serde_json::to_value(saved).unwrap();
    value["checksum"] = Value::Null;
    for part in value["taken"].as_array_mut().unwrap() {
        part["age"] = Value::Null;
    }
    value
}

impl Program {
    fn new(config: Config) -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber("+491715550101", Subscriber::Rejected(38));
        simulator.set_slots(Memory::Sm, 6);
        let mut log = Vec::new();
        SavedSession::default().encode(Duration::ZERO, &mut log);
        let mut bench = Bench::new(simulator, config);
        let history = History::read(&log, Duration::ZERO).unwrap();
        bench.session.replay(history, bench.now()).unwrap();
        let mut program =
            Self { bench, log, receipts: Vec::new(), ended: Vec::new(), steps: Vec::new() };
        program.write(true);
        let _ = program.bench.start(Session::handle_opened);
        program
    }

    /// Appends the records, confirms them, and compares the states.
    fn write(&mut self, confirm: bool) {
        let now = self.bench.now();
        while let Some(entry) = self.bench.session.poll_record() {
            entry.encode(now.since_epoch(), &mut self.log);
        }
        let history = History::read(&self.log, now.since_epoch()).unwrap();
        let replayed = SavedSession::try_from(history);
        let replayed = replayed.unwrap_or_else(|error| panic!("{error}: {:#?}", self.steps));
        let saved = self.bench.session.save(now).unwrap();
        assert_eq!(comparable(&replayed), comparable(&saved), "{:#?}", self.steps);
        if confirm {
            let last = self.bench.session.last_record();
            self.bench.start(|session, now| session.handle_durable(last, now));
        }
    }

    fn take_events(&mut self) {
        for event in self.bench.events() {
            self.receipts.extend(event.receipt().cloned());
            if let Event::SendFinished(result) = event {
                self.ended.push(result.message);
            }
        }
    }

    fn step(&mut self, random: &mut Random) {
        let choice = random.below(11);
        let long = random.below(3) == 0;
        let text = format!("Text {} ", self.steps.len()).repeat(if long { 24 } else { 1 });
        let step = match choice {
            0 | 1 => {
                let to = if random.below(4) == 0 { "+491715550101" } else { "+491715550100" };
                let mut message = OutgoingMessage::text(to.parse().unwrap(), text);
                if random.below(2) == 0 {
                    message = message.request_status_report();
                }
                if random.below(4) == 0 {
                    // The shortest validity period, which the remaining time does not shorten.
                    message = message.with_validity(Duration::from_secs(300));
                    message = message.with_expiry(Duration::from_secs(20));
                }
                match random.below(3) {
                    0 => drop(self.bench.start(|session, now| session.send(&message, now))),
                    _ => drop(self.bench.start(|session, now| session.enqueue(&message, now))),
                }
                "send"
            }
            2 | 3 => {
                let now = self.bench.now().since_epoch();
                let _ = self.bench.simulator.deliver("+491715550177", &text, now);
                "receive"
            }
            4 | 5 if !self.receipts.is_empty() => {
                let receipt = self.receipts.swap_remove(random.below(self.receipts.len()));
                self.bench.start(|session, now| session.acknowledge(&receipt, now));
                "acknowledge"
            }
            6 if !self.ended.is_empty() => {
                let id = self.ended.swap_remove(random.below(self.ended.len()));
                self.bench.session.settle(id);
                "settle"
            }
            7 => {
                self.bench.start(|session, now| session.handle_closed(now));
                self.bench.simulator.handle_closed(self.bench.now().since_epoch());
                self.bench.simulator.handle_opened(self.bench.now().since_epoch());
                let _ = self.bench.start(Session::handle_opened);
                "reopen"
            }
            8 if !self.receipts.is_empty() => {
                let receipt = self.receipts[random.below(self.receipts.len())].clone();
                let _ = self.bench.start(|session, now| session.delete(&receipt, now));
                "delete"
            }
            9 if random.below(3) == 0 => {
                let _ = self.bench.start(Session::delete_all);
                "delete all"
            }
            10 => {
                let waiting: Vec<MessageId> = self.bench.session.waiting().collect();
                if let Some(last) = waiting.last() {
                    self.bench.session.withdraw(*last);
                }
                "withdraw"
            }
            _ => "wait",
        };
        self.steps.push(step.into());
        self.write(random.below(4) != 0);
        let seconds = [0, 1, 15, 90][random.below(4)];
        self.bench.run(Duration::from_secs(seconds));
        self.write(true);
        if random.below(3) != 0 {
            self.take_events();
            self.write(true);
        }
    }
}

/// The configurations that record other facts.
fn configurations() -> Vec<Config> {
    let mut stored = Config::default();
    stored.confirm = Confirm::Records;
    let mut direct = stored.clone();
    direct.receive = Receive::Direct;
    let mut parts = stored.clone();
    parts.deliver_parts = true;
    let mut erasing = stored.clone();
    erasing.when_full = WhenFull::EraseOldest;
    erasing.max_unacknowledged = 3;
    vec![stored, direct, parts, erasing]
}

#[test]
fn at_each_step_of_a_random_program_the_records_lead_to_the_state_that_is_saved() {
    for config in configurations() {
        for seed in 0..30 {
            let mut random = Random::new(seed);
            let mut program = Program::new(config.clone());
            for _ in 0..40 {
                program.step(&mut random);
            }
        }
    }
}
