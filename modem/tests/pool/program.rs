//! A program with the async pool, real sessions and simulated modems on a paused clock.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use modem::journal::{Entry, History, Snapshot, Store};
use modem::pdu::Submit;
use modem::pool::{Calendar, PoolEvent, PoolResult, Rules, Submission};
use modem::simulator::{Fact, Profile, Simulator, Subscriber};
use modem::tokio::{Pool, PoolInbox, SimulatedStream, SimulatorHandle};
use modem::{Backoff, Config, OutgoingMessage};
use tokio::time::{self, Instant};

use crate::model;

const TIME: Duration = Duration::from_secs(1_700_000_000);

/// The recipients of all messages.
pub(crate) const NUMBERS: [&str; 4] =
    ["+491715550100", "+491715550101", "+491715550102", "+491715550103"];

/// A modem at a port.
#[derive(Clone)]
pub(crate) struct Modem {
    pub(crate) name: String,
    pub(crate) simulator: SimulatorHandle,
    is_plugged: Arc<AtomicBool>,
}

impl Modem {
    fn new(index: usize) -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_latency(Duration::from_millis(100));
        let (_, simulator) = SimulatedStream::new(simulator);
        let modem = Self {
            name: format!("usb{index}"),
            simulator,
            is_plugged: Arc::new(AtomicBool::new(true)),
        };
        modem.insert(index);
        modem
    }

    /// Inserts a SIM.
    pub(crate) fn insert(&self, sim: usize) {
        let (imsi, iccid) = (format!("26201000000000{sim}"), format!("894900000000000000{sim}"));
        self.simulator.with(|simulator, _| simulator.set_card(&imsi, &iccid, "+49170000000"));
    }

    pub(crate) fn perform(&self, verb: &str) {
        let verb = verb.parse().unwrap();
        self.simulator.with(|simulator, now| simulator.perform(verb, now)).unwrap();
    }

    pub(crate) fn unplug(&self) -> bool {
        let was_plugged = self.is_plugged.swap(false, Ordering::Relaxed);
        if was_plugged {
            self.perform("disconnect");
        }
        was_plugged
    }

    pub(crate) fn plug(&self) {
        self.is_plugged.store(true, Ordering::Relaxed);
    }

    /// The network refuses everything that the SIM sends, or nothing.
    pub(crate) fn set_credit(&self, has_credit: bool) {
        for number in NUMBERS {
            let subscriber = match has_credit {
                true => Subscriber::Reachable,
                false => Subscriber::Rejected(21),
            };
            self.simulator.with(|simulator, _| simulator.set_subscriber(number, subscriber));
        }
    }
}

/// A log in memory, of which a crash keeps what is durable and a part of the rest.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    log: Arc<Mutex<(Vec<u8>, usize)>>,
    began: Instant,
}

impl Memory {
    fn new(bytes: Vec<u8>, began: Instant) -> Self {
        let length = bytes.len();
        Self { log: Arc::new(Mutex::new((bytes, length))), began }
    }

    fn time(&self) -> Duration {
        TIME + self.began.elapsed()
    }
}

impl Store for Memory {
    fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let time = self.time();
        let mut log = self.log.lock().unwrap();
        entries.iter().for_each(|entry| entry.encode(time, &mut log.0));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut log = self.log.lock().unwrap();
        log.1 = log.0.len();
        Ok(())
    }

    fn replace(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let mut bytes = Vec::new();
        snapshot.encode(self.time(), &mut bytes);
        let length = bytes.len();
        *self.log.lock().unwrap() = (bytes, length);
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.log.lock().unwrap().0.len() > 20_000
    }
}

/// The program and its modems.
pub(crate) struct Program {
    pub(crate) pool: Pool,
    inbox: PoolInbox,
    pub(crate) modems: Vec<Modem>,
    /// The SIMs of the modems, each with the time at which it was inserted.
    pub(crate) cards: Vec<Vec<(Duration, usize)>>,
    rules: Rules,
    base: u64,
    began: Instant,
    store: Memory,
    /// The texts of the messages by number, with the numbers of their records.
    submitted: BTreeMap<u64, (u64, u64)>,
    next_text: u64,
    pub(crate) results: BTreeMap<u64, PoolResult>,
    pub(crate) events: Vec<PoolEvent>,
}

impl Program {
    /// Starts the program with this many modems; the second of the first day is `base`.
    pub(crate) async fn new(rules: Rules, modems: usize, base: u64) -> Self {
        let began = Instant::now();
        let modems: Vec<Modem> = (0..modems).map(Modem::new).collect();
        let mut log = Vec::new();
        Snapshot::default().encode(TIME, &mut log);
        let store = Memory::new(log, began);
        let (pool, inbox) = Self::pool(&rules, base, began, &store);
        let cards = (0..modems.len()).map(|sim| vec![(Duration::ZERO, sim)]).collect();
        let program = Self {
            pool,
            inbox,
            modems,
            cards,
            rules,
            base,
            began,
            store,
            submitted: BTreeMap::new(),
            next_text: 0,
            results: BTreeMap::new(),
            events: Vec::new(),
        };
        program.join();
        program
    }

    fn pool(rules: &Rules, base: u64, began: Instant, store: &Memory) -> (Pool, PoolInbox) {
        let calendar = move || -> Calendar { model::calendar(base, began.elapsed()) };
        let bytes = store.log.lock().unwrap().0.clone();
        let history = History::read(&bytes, store.time()).unwrap();
        Pool::journaled(rules.clone(), calendar, history, store.clone()).unwrap()
    }

    fn join(&self) {
        for (index, modem) in self.modems.iter().enumerate() {
            let Modem { simulator, is_plugged, .. } = modem.clone();
            let open = move || {
                let stream = match is_plugged.load(Ordering::Relaxed) {
                    true => Ok(simulator.reconnect()),
                    false => Err(io::Error::new(io::ErrorKind::NotFound, "there is no port")),
                };
                core::future::ready(stream)
            };
            let group = ["even", "odd"][index % 2];
            self.pool.join(&modem.name, &[group], open, Config::default(), Backoff::default());
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Submits a message of this many parts, each of which has the number of the message.
    pub(crate) fn submit(
        &mut self,
        parts: usize,
        submission: impl FnOnce(OutgoingMessage) -> Submission,
    ) -> u64 {
        let number = self.next_text;
        self.next_text += 1;
        let text = match parts {
            1 => format!("{number:08}"),
            parts => format!("{number:08}{}", "x".repeat(145)).repeat(parts),
        };
        let to = NUMBERS[usize::try_from(number).unwrap() % NUMBERS.len()].parse().unwrap();
        let submission = submission(OutgoingMessage::text(to, text));
        let id = self.pool.submit(submission).unwrap();
        let record = self.pool.with(|pool, _| pool.last_record());
        self.submitted.insert(id.get(), (number, record));
        id.get()
    }

    /// Lets this time pass, and takes the events.
    pub(crate) async fn run(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        while let Ok(Some(event)) = time::timeout_at(until, self.inbox.next()).await {
            match event {
                PoolEvent::Finished(result) => {
                    self.pool.settle(result.message);
                    self.results.insert(result.message.get(), result);
                }
                PoolEvent::Received(received) => {
                    self.pool.acknowledge(received.member, &received.content.receipt);
                    self.events.push(PoolEvent::Received(received));
                }
                PoolEvent::StatusReport { inbound, about } => {
                    self.pool.acknowledge(inbound.member, &inbound.content.receipt);
                    self.events.push(PoolEvent::StatusReport { inbound, about });
                }
                event => self.events.push(event),
            }
        }
    }

    /// Ends the process and begins another one, with the durable records and a part of the others.
    pub(crate) async fn crash(&mut self, kept: usize) {
        let (mut bytes, synced) = self.store.log.lock().unwrap().clone();
        bytes.truncate(synced + kept.min(bytes.len() - synced));
        self.pool.close();
        for modem in &self.modems {
            modem.perform("disconnect");
        }
        // The tasks of the old process end.
        time::sleep(Duration::from_secs(1)).await;
        let history = History::read(&bytes, TIME).unwrap();
        bytes.truncate(history.valid_length());
        let last = history.last_number();
        self.submitted.retain(|_, (_, record)| *record <= last);
        self.submitted.values_mut().for_each(|(_, record)| *record = 0);
        self.store = Memory::new(bytes, self.began);
        (self.pool, self.inbox) = Self::pool(&self.rules, self.base, self.began, &self.store);
        self.join();
    }

    /// The parts that the networks have accepted: the time, the SIM, the number of the text, and
    /// the sequence number of the part.
    pub(crate) fn accepted(&self) -> Vec<(Duration, usize, u64, u8)> {
        let mut accepted = Vec::new();
        for (modem, cards) in self.modems.iter().zip(&self.cards) {
            modem.simulator.with(|simulator, _| {
                for entry in simulator.truth() {
                    let Fact::Submitted { tpdu, .. } = &entry.fact else { continue };
                    let submit = Submit::decode(tpdu).unwrap().value;
                    let number = submit.text().unwrap()[..8].parse().unwrap();
                    let part = submit.concatenation().map_or(1, |part| part.sequence());
                    let card = cards.iter().rfind(|(since, _)| *since <= entry.at);
                    accepted.push((entry.at, card.unwrap().1, number, part));
                }
            });
        }
        accepted.sort_unstable();
        accepted
    }

    /// The faults of the results and the limits.
    pub(crate) fn wrong(&self) -> model::Wrong {
        let accepted = self.accepted();
        let mut wrong = model::Wrong::default();
        let mut times: BTreeMap<(u64, u8), usize> = BTreeMap::new();
        for (_, _, number, part) in &accepted {
            *times.entry((*number, *part)).or_default() += 1;
        }
        wrong.twice = times.values().filter(|times| **times > 1).count();
        for (id, (number, _)) in &self.submitted {
            let Some(result) = self.results.get(id) else {
                wrong.lost += 1;
                continue;
            };
            let before = wrong.untrue;
            for (part, fate) in (1..=u8::MAX).zip(&result.parts) {
                let is_accepted = times.contains_key(&(*number, part));
                let is_true = match fate.outcome {
                    modem::PartOutcome::Sent { .. } => is_accepted,
                    modem::PartOutcome::Unknown { .. } => true,
                    _ => !is_accepted,
                };
                wrong.untrue += usize::from(!is_true);
            }
            let sims = accepted.iter().filter(|(_, _, other, _)| other == number);
            let mut sims: Vec<usize> = sims.map(|(_, sim, ..)| *sim).collect();
            sims.dedup();
            wrong.untrue += usize::from(sims.len() > 1);
            if wrong.untrue > before {
                let seen = accepted.iter().filter(|(_, _, other, _)| other == number);
                println!("{result:?}\nthe network: {:?}", seen.collect::<Vec<_>>());
            }
        }
        for sim in 0..self.modems.len() {
            let of_sim = accepted.iter().filter(|(_, other, ..)| *other == sim);
            let times: Vec<Duration> = of_sim.map(|(at, ..)| *at).collect();
            wrong.limits += model::broken(&self.rules.limits, &times, self.base);
        }
        wrong
    }
}
