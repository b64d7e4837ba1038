//! A program that sends and receives, saves what must not be lost, and dies now and then.

use core::fmt;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use modem::blocking::Modem;
use modem::{
    Config, ErrorKind, Event, MessageId, OutgoingMessage, PartOutcome, Receipt, SavedSession, SendReport,
    Session,
};

use super::random::Random;
use super::world::{Line, REACHABLE, REJECTED, UNCONFIRMED, World};

/// Where the program dies, if it does.
const DIES_ONCE_IN: u64 = 60;

/// Neither what is saved nor the state of the session in print is longer, however many messages there are.
const MOST_BYTES: usize = 250_000;

pub(crate) struct Program {
    world: World,
    random: Random,
    modem: Modem<Line>,
    /// What the file holds.
    saved: String,
    saved_at: modem::at::Instant,
    /// The life of the program.
    life: u32,
    /// The messages to send that have no outcome yet.
    entrusted: BTreeMap<MessageId, usize>,
    /// The parts as they were attempted.
    attempted: BTreeMap<(MessageId, usize), String>,
    /// The parts that were handed over in messages: in which life, and how often without notice.
    handed: BTreeMap<String, (u32, usize)>,
    figures: Figures,
}

#[derive(Debug, Default)]
pub(crate) struct Figures {
    delivered: usize,
    entrusted: usize,
    sent: usize,
    failed: usize,
    unknown: usize,
    parts_received: usize,
    incomplete: usize,
    garbled: usize,
    noticed: usize,
    again_after_restart: usize,
    links: usize,
    restarts: usize,
    reports: usize,
    full: usize,
    refused_for_room: usize,
    largest_file: usize,
    largest_session: usize,
    last_session: usize,
    lost: usize,
    /// Deleted after two readings that were damaged in the same way.
    damaged_alike: usize,
    sent_twice: usize,
    false_sent: usize,
    false_failed: usize,
    without_outcome: usize,
    repeated: usize,
    left_in_store: usize,
}

fn config() -> Config {
    let mut config = Config::default();
    config.confirm_attempts = true;
    config.hand_out_parts = true;
    config.send_timeout = Duration::from_secs(60);
    // What is damaged on its way, and what is left over when the program dies, waits for its other parts for so long.
    config.incomplete_after = Duration::from_secs(2 * 60 * 60);
    config
}

/// What comes of an event: the program goes on, or dies.
#[derive(PartialEq, Eq)]
enum Life {
    GoesOn,
    Ends,
}

impl Program {
    pub(crate) fn new(seed: u64) -> Self {
        let world = World::new();
        let modem = Modem::open(world.line(), config()).unwrap();
        let saved_at = world.now();
        let mut program = Self {
            world,
            random: Random::new(seed),
            modem,
            saved: String::new(),
            saved_at,
            life: 0,
            entrusted: BTreeMap::new(),
            attempted: BTreeMap::new(),
            handed: BTreeMap::new(),
            figures: Figures::default(),
        };
        program.save();
        program
    }

    pub(crate) fn run(&mut self, messages: usize) {
        let mut made = 0;
        while made < messages {
            for _ in 0..=self.random.below(3) {
                made += 1;
                self.make(made);
            }
            match self.random.below(30) {
                0..6 => self.world.harm(&mut self.random),
                6..18 => self.world.mend(),
                18 => self.world.disconnect(),
                19 => self.die(),
                _ => {}
            }
            let within = Duration::from_secs(1 + self.random.below(40));
            self.live(within);
            // The network does not run ahead for ever.
            let mut rounds = 0;
            while self.behind() > 40 {
                self.world.mend();
                self.live(Duration::from_secs(120));
                rounds += 1;
                assert!(rounds < 500, "nothing moves any more: {:?}", self.modem.session());
            }
        }
    }

    /// How much is under way.
    fn behind(&mut self) -> usize {
        self.world.look();
        self.entrusted.len()
            + self
                .figures
                .delivered
                .saturating_sub(self.world.truth.stored.len())
    }

    /// One message more, either way; some are long.
    fn make(&mut self, number: usize) {
        let long = self.random.once_in(8);
        let words = if long { 30 + self.random.below(120) } else { 1 };
        let text = format!("{number} ").repeat(usize::try_from(words).unwrap());
        if self.random.once_in(2) {
            let reversed = self.random.once_in(4);
            self.world.deliver(text, reversed);
            self.figures.delivered += 1;
            return;
        }
        let to = match self.random.below(40) {
            0 => REJECTED,
            1 => UNCONFIRMED,
            _ => REACHABLE,
        };
        let mut message = OutgoingMessage::text(to.parse().unwrap(), text);
        if self.random.once_in(3) {
            message = message.with_report();
        }
        let id = self.modem.enqueue(&message).unwrap();
        self.entrusted.insert(id, number);
        self.figures.entrusted += 1;
        self.save();
    }

    fn save(&mut self) {
        self.saved_at = self.world.now();
        let saved = self.modem.session().save(self.saved_at).unwrap();
        self.saved = serde_json::to_string(&saved).unwrap();
        self.figures.largest_file = self.figures.largest_file.max(self.saved.len());
    }

    /// The program ends without a word, and another one begins with what the file holds.
    fn die(&mut self) {
        self.figures.restarts += 1;
        self.life += 1;
        for attempt in 0.. {
            self.world.reopen();
            let saved: SavedSession = serde_json::from_str(&self.saved).unwrap();
            let mut session = Session::new(config());
            let now = self.world.now();
            let since = now.saturating_duration_since(self.saved_at);
            session.restore(saved, since, now).unwrap();
            if let Ok(modem) = Modem::open_session(self.world.line(), session) {
                self.modem = modem;
                self.save();
                return;
            }
            if attempt == 1 {
                self.world.mend();
            }
        }
    }

    /// Takes what comes within that time.
    fn live(&mut self, within: Duration) {
        let until = self.world.now() + within;
        let mut failures = 0;
        loop {
            let left = until.saturating_duration_since(self.world.now());
            match self.modem.next_event(left) {
                None if self.modem.session().is_closed() => self.reopen(),
                None => break,
                Some(Event::Failed(error))
                    if *error.kind() != ErrorKind::Withdrawn && !self.modem.session().is_closed() =>
                {
                    failures += 1;
                    if failures > 2 {
                        self.world.mend();
                    }
                    let now = self.world.now();
                    let ready = self.modem.session().initialise(now);
                    self.modem.session().abandon(ready.id(), now);
                }
                Some(event) => {
                    if self.handle(event) == Life::Ends {
                        self.die();
                    }
                    // It turns to something else, and what is left of the events waits.
                    if self.random.once_in(20) {
                        break;
                    }
                }
            }
        }
        let size = format!("{:?}", self.modem.session()).len();
        self.figures.largest_session = self.figures.largest_session.max(size);
        self.figures.last_session = size;
    }

    /// The same session goes on over another link.
    fn reopen(&mut self) {
        self.figures.links += 1;
        self.world.reopen();
        let now = self.world.now();
        let ready = self.modem.session().handle_opened(now);
        self.modem.session().abandon(ready.id(), now);
    }

    fn dies(&mut self) -> Life {
        if self.random.once_in(DIES_ONCE_IN) {
            Life::Ends
        } else {
            Life::GoesOn
        }
    }

    fn handle(&mut self, event: Event) -> Life {
        match event {
            Event::Attempting(attempt) => {
                let key = (attempt.message, attempt.part);
                self.attempted.insert(key, attempt.pdu.clone());
                self.save();
                if self.dies() == Life::Ends {
                    return Life::Ends;
                }
                self.modem.confirm(&attempt);
                self.dies()
            }
            Event::Part(part) => self.acknowledge(&part.receipt),
            Event::Received(message) => {
                if !message.missing.is_empty() {
                    self.figures.incomplete += 1;
                }
                for pdu in message.receipt.pdus() {
                    self.handed_over(pdu, message.possible_duplicate);
                }
                self.acknowledge(&message.receipt)
            }
            Event::Report(report) => {
                self.figures.reports += 1;
                for pdu in report.receipt.pdus() {
                    self.handed_over(pdu, report.possible_duplicate);
                }
                self.acknowledge(&report.receipt)
            }
            Event::Undecodable(undecodable) => {
                for pdu in undecodable.receipt.pdus() {
                    self.handed_over(pdu, undecodable.possible_duplicate);
                }
                self.acknowledge(&undecodable.receipt)
            }
            Event::Sent(report) => {
                self.told(&report);
                self.save();
                Life::GoesOn
            }
            Event::StorageFull(_) => {
                self.figures.full += 1;
                Life::GoesOn
            }
            _ => Life::GoesOn,
        }
    }

    fn acknowledge(&mut self, receipt: &Receipt) -> Life {
        self.save();
        if self.dies() == Life::Ends {
            return Life::Ends;
        }
        self.modem.acknowledge(receipt);
        self.save();
        self.dies()
    }

    fn handed_over(&mut self, pdu: &str, notice: bool) {
        // The service centre comes before the TPDU.
        let tpdu = tpdu_of(pdu);
        let life = self.life;
        match self.handed.get_mut(&tpdu) {
            None => {
                self.handed.insert(tpdu, (life, 1));
            }
            Some(_) if notice => self.figures.noticed += 1,
            Some((last, _)) if *last != life => {
                *last = life;
                self.figures.again_after_restart += 1;
            }
            Some((_, count)) => *count += 1,
        }
    }

    fn told(&mut self, report: &SendReport) {
        self.world.look();
        if self.entrusted.remove(&report.message).is_none() {
            // The outcome was told before the program died.
            return;
        }
        for (index, part) in report.parts.iter().enumerate() {
            let pdu = self.attempted.get(&(report.message, index));
            let taken = pdu.is_some_and(|pdu| self.world.truth.submitted.contains_key(&tpdu_of(pdu)));
            match part.outcome {
                PartOutcome::Sent { .. } => {
                    self.figures.sent += 1;
                    self.figures.false_sent += usize::from(!taken);
                }
                PartOutcome::Unknown { .. } => self.figures.unknown += 1,
                _ => {
                    self.figures.failed += 1;
                    self.figures.false_failed += usize::from(taken);
                }
            }
        }
    }

    /// Lets all come to its end, and draws the account.
    pub(crate) fn finish(mut self) -> Figures {
        self.world.mend();
        for _ in 0..100 {
            self.live(Duration::from_secs(600));
            if self.behind() == 0 && self.is_store_empty() {
                break;
            }
        }
        // What is incomplete for too long is handed over.
        let until = self.world.now() + Duration::from_secs(25 * 60 * 60);
        while self.world.now() < until {
            self.live(until.saturating_duration_since(self.world.now()));
        }
        self.world.look();
        let truth = &self.world.truth;
        let mut figures = self.figures;
        let stored: BTreeSet<&String> = truth.stored.keys().collect();
        figures.parts_received = stored.len();
        figures.refused_for_room = truth.refused_for_room;
        let missed: Vec<&&String> = stored
            .iter()
            .filter(|tpdu| !self.handed.contains_key(**tpdu))
            .collect();
        let (alike, lost): (Vec<&&String>, Vec<&&String>) = missed
            .into_iter()
            .partition(|tpdu| self.handed.keys().any(|other| is_one_off(tpdu, other)));
        figures.damaged_alike = alike.len();
        figures.lost = lost.len();
        for tpdu in lost {
            println!("lost {tpdu}");
        }
        figures.garbled += self.handed.keys().filter(|tpdu| !stored.contains(tpdu)).count();
        figures.repeated = self
            .handed
            .iter()
            .filter(|(tpdu, (_, count))| *count > 1 && stored.contains(tpdu))
            .count();
        figures.left_in_store = stored
            .iter()
            .filter(|tpdu| !truth.deleted.contains_key(**tpdu))
            .count();
        // The last parts of two long messages may be equal, with their reference in use again.
        let mut attempted: BTreeMap<String, usize> = BTreeMap::new();
        for pdu in self.attempted.values() {
            *attempted.entry(tpdu_of(pdu)).or_default() += 1;
        }
        let is_sent_twice =
            |(tpdu, count): &(&String, &usize)| attempted.get(*tpdu).is_none_or(|times| *count > times);
        figures.sent_twice = truth.submitted.iter().filter(is_sent_twice).count();
        figures.without_outcome = self.entrusted.len();
        figures
    }

    fn is_store_empty(&self) -> bool {
        let truth = &self.world.truth;
        truth.stored.keys().all(|tpdu| truth.deleted.contains_key(tpdu))
    }
}

/// Whether the one is the other, or the end of the other, with one digit damaged.
///
/// A place is deleted when it reads twice as it was handed out. Where both readings were damaged alike, nobody can tell.
fn is_one_off(tpdu: &str, other: &str) -> bool {
    let (digits, others) = (tpdu.bytes().rev(), other.bytes().rev());
    let differences = digits.zip(others).filter(|(one, other)| one != other);
    tpdu.len() <= other.len() && differences.count() == 1
}

/// The TPDU of a PDU, in hexadecimal digits; of what is none, all of it.
fn tpdu_of(pdu: &str) -> String {
    if !pdu.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return pdu.to_string();
    }
    let length = usize::from_str_radix(pdu.get(..2).unwrap_or("00"), 16).unwrap_or(0);
    pdu.get(2 + 2 * length..).unwrap_or_default().to_string()
}

impl Figures {
    pub(crate) fn is_good(&self) -> bool {
        [
            self.lost,
            self.sent_twice,
            self.false_sent,
            self.false_failed,
            self.without_outcome,
            self.repeated,
            self.left_in_store,
        ] == [0; 7]
            && self.largest_file < MOST_BYTES
            && self.largest_session < MOST_BYTES
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "messages {} (received {} in {} parts, sent {}: parts sent {}, failed {}, unknown {}), reports {}",
            self.delivered + self.entrusted,
            self.delivered,
            self.parts_received,
            self.entrusted,
            self.sent,
            self.failed,
            self.unknown,
            self.reports
        )?;
        writeln!(
            f,
            "links {}, restarts {}, store full {} times and {} parts kept back, handed over incomplete {}, garbled {}, damaged alike twice {}, again with notice {}, again after a restart {}",
            self.links,
            self.restarts,
            self.full,
            self.refused_for_room,
            self.incomplete,
            self.garbled,
            self.damaged_alike,
            self.noticed,
            self.again_after_restart
        )?;
        writeln!(
            f,
            "largest file {} bytes, largest session {} bytes in print, at the end {}",
            self.largest_file, self.largest_session, self.last_session
        )?;
        write!(
            f,
            "lost {}, sent twice {}, false sent {}, false failed {}, without outcome {}, duplicated without notice {}, left in the store {}",
            self.lost,
            self.sent_twice,
            self.false_sent,
            self.false_failed,
            self.without_outcome,
            self.repeated,
            self.left_in_store
        )
    }
}
