//! A program that sends and receives, saves the state that must not be lost, and is killed now and
//! then.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;

use modem::blocking::Modem;
use modem::{
    Config, ErrorKind, Event, MessageId, OutgoingMessage, PartOutcome, Receipt, SavedSession,
    SendResult, Session,
};
use testkit::Ledger;

use super::random::Random;
use super::world::{REACHABLE, REJECTED, UNCONFIRMED, World};

/// The process is killed at one in this number of opportunities, on average.
const KILLED_ONCE_IN: u64 = 60;

/// The maximum size of the saved state and of the printed session, independent of the number of
/// messages.
const MAX_BYTES: usize = 250_000;

pub(crate) struct Program {
    world: World,
    random: Random,
    /// The modem also misbehaves.
    misbehaves: bool,
    modem: Modem<testkit::World>,
    /// The content of the file.
    saved: String,
    saved_at: modem::at::Instant,
    /// The messages to send that have no outcome yet.
    enqueued: BTreeMap<MessageId, usize>,
    ledger: Ledger,
    figures: Figures,
}

#[derive(Debug, Default)]
pub(crate) struct Figures {
    delivered: usize,
    enqueued: usize,
    sent: usize,
    failed: usize,
    unknown: usize,
    parts_received: usize,
    incomplete: usize,
    garbled: usize,
    noticed: usize,
    again_after_restart: usize,
    behaviours: usize,
    links: usize,
    restarts: usize,
    reports: usize,
    full: usize,
    refused_for_room: usize,
    largest_file: usize,
    largest_session: usize,
    last_session: usize,
    lost: usize,
    /// Parts deleted after two readings that were damaged in the same way.
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
    config.confirm = modem::Confirm::Attempts;
    config.deliver_parts = true;
    config.first_reference = 1;
    config.locate_broadcasts = std::env::var_os("MODEM_SOAK_LOCATES").is_some();
    config.send_timeout = Duration::from_secs(60);
    // The time that parts damaged in transit, or left over from a kill, wait for their other parts.
    config.incomplete_after = Duration::from_secs(2 * 60 * 60);
    config
}

/// The effect of an event: the program continues, or is killed.
#[derive(PartialEq, Eq)]
enum Life {
    GoesOn,
    Ends,
}

impl Program {
    pub(crate) fn new(seed: u64, misbehaves: bool) -> Self {
        let world = World::new();
        let modem = Modem::open(world.line(), config()).unwrap();
        let saved_at = world.now();
        let mut program = Self {
            world,
            random: Random::new(seed),
            misbehaves,
            modem,
            saved: String::new(),
            saved_at,
            enqueued: BTreeMap::new(),
            ledger: Ledger::default(),
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
            if self.misbehaves && self.random.once_in(3) {
                self.world.misbehave(&mut self.random);
                self.figures.behaviours += 1;
            }
            match self.random.below(30) {
                0..6 => self.world.harm(&mut self.random),
                6..18 => self.world.mend(),
                18 => self.world.disconnect(),
                19 => self.kill(),
                _ => {}
            }
            let within = Duration::from_secs(1 + self.random.below(40));
            self.live(within);
            // The network does not run ahead indefinitely.
            let mut rounds = 0;
            while self.under_way() > 40 {
                self.world.mend();
                self.live(Duration::from_secs(120));
                rounds += 1;
                assert!(rounds < 500, "nothing moves any more: {:?}", self.modem.session());
            }
        }
    }

    /// The number of messages under way.
    fn under_way(&mut self) -> usize {
        self.world.look(&mut self.ledger);
        self.enqueued.len() + self.figures.delivered.saturating_sub(self.ledger.stored())
    }

    /// One more message in either direction; some are long.
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
            message = message.request_status_report();
        }
        let id = self.modem.enqueue(&message).unwrap();
        self.enqueued.insert(id, number);
        self.figures.enqueued += 1;
        self.save();
    }

    fn save(&mut self) {
        self.saved_at = self.world.now();
        let saved = self.modem.session().save(self.saved_at).unwrap();
        self.saved = serde_json::to_string(&saved).unwrap();
        self.figures.largest_file = self.figures.largest_file.max(self.saved.len());
    }

    /// The process is killed, and another one starts with the content of the file.
    fn kill(&mut self) {
        self.figures.restarts += 1;
        self.ledger.restart();
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

    /// Handles the events within that time.
    fn live(&mut self, within: Duration) {
        let until = self.world.now() + within;
        let mut failures = 0;
        loop {
            let left = until.saturating_duration_since(self.world.now());
            match self.modem.next_event(left) {
                None if self.modem.session().is_closed() => self.reopen(),
                None => break,
                Some(Event::Failed(error))
                    if *error.kind() != ErrorKind::Withdrawn
                        && !self.modem.session().is_closed() =>
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
                        self.kill();
                    }
                    // The program turns to another task, and the remaining events wait.
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

    /// The same session continues over another link.
    fn reopen(&mut self) {
        self.figures.links += 1;
        self.world.reopen();
        let now = self.world.now();
        let ready = self.modem.session().handle_opened(now);
        self.modem.session().abandon(ready.id(), now);
    }

    fn chance_of_a_kill(&mut self) -> Life {
        if self.random.once_in(KILLED_ONCE_IN) { Life::Ends } else { Life::GoesOn }
    }

    fn handle(&mut self, event: Event) -> Life {
        match event {
            Event::Attempting(attempt) => {
                self.ledger.attempt(&attempt);
                self.save();
                if self.chance_of_a_kill() == Life::Ends {
                    return Life::Ends;
                }
                self.modem.confirm(&attempt);
                self.chance_of_a_kill()
            }
            Event::PartReceived(part) => self.acknowledge(&part.receipt),
            Event::Received(message) => {
                if !message.missing.is_empty() {
                    self.figures.incomplete += 1;
                }
                self.ledger.deliver(&message.receipt, message.possible_duplicate);
                self.acknowledge(&message.receipt)
            }
            Event::StatusReport(report) => {
                self.figures.reports += 1;
                self.ledger.deliver(&report.receipt, report.possible_duplicate);
                self.acknowledge(&report.receipt)
            }
            Event::Undecodable(undecodable) => {
                self.ledger.deliver(&undecodable.receipt, undecodable.possible_duplicate);
                self.acknowledge(&undecodable.receipt)
            }
            Event::SendFinished(report) => {
                self.finished(&report);
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
        if self.chance_of_a_kill() == Life::Ends {
            return Life::Ends;
        }
        self.modem.acknowledge(receipt);
        self.save();
        self.chance_of_a_kill()
    }

    fn finished(&mut self, report: &SendResult) {
        if self.enqueued.remove(&report.message).is_none() {
            // The outcome was reported before the process was killed.
            return;
        }
        self.ledger.report(report);
        for part in &report.parts {
            match part.outcome {
                PartOutcome::Sent { .. } => self.figures.sent += 1,
                PartOutcome::Unknown { .. } => self.figures.unknown += 1,
                _ => self.figures.failed += 1,
            }
        }
    }

    /// Waits for everything to end, and compares the accounts.
    pub(crate) fn finish(mut self) -> Figures {
        self.world.mend();
        for _ in 0..100 {
            self.live(Duration::from_secs(600));
            if self.under_way() == 0 && self.is_store_empty() {
                break;
            }
        }
        // A message that is incomplete for too long is delivered.
        let until = self.world.now() + Duration::from_secs(25 * 60 * 60);
        while self.world.now() < until {
            self.live(until.saturating_duration_since(self.world.now()));
        }
        self.world.look(&mut self.ledger);
        let ledger = &self.ledger;
        let mut figures = self.figures;
        figures.parts_received = ledger.stored();
        figures.refused_for_room = ledger.unacknowledged();
        let delivered = |tpdu: &str| {
            let mut deliveries = ledger.deliveries();
            deliveries.any(|(other, delivery)| delivery.is_delivered && is_one_off(tpdu, other))
        };
        for (tpdu, delivery) in ledger.deliveries() {
            figures.noticed += delivery.announced;
            figures.again_after_restart += delivery.after_restart;
            if !delivery.is_stored {
                figures.garbled += usize::from(delivery.is_delivered);
                continue;
            }
            figures.repeated += usize::from(delivery.repeated > 0);
            figures.left_in_store += usize::from(!delivery.is_deleted);
            match delivery.is_delivered {
                true => {}
                false if delivered(tpdu) => figures.damaged_alike += 1,
                false => {
                    figures.lost += 1;
                    println!("lost {tpdu}");
                }
            }
        }
        for (_, sending) in ledger.sending() {
            figures.false_sent += sending.false_sent();
            figures.false_failed += sending.false_failed();
        }
        figures.sent_twice = ledger.sent_twice().count();
        figures.without_outcome = self.enqueued.len();
        figures
    }

    fn is_store_empty(&self) -> bool {
        let mut deliveries = self.ledger.deliveries();
        deliveries.all(|(_, delivery)| !delivery.is_stored || delivery.is_deleted)
    }
}

/// Returns `true` if one TPDU equals the other, or the end of the other, with one digit damaged.
///
/// A slot is deleted when it reads twice as delivered. If both readings have the same damage,
/// nobody can detect it.
fn is_one_off(tpdu: &str, other: &str) -> bool {
    let (digits, others) = (tpdu.bytes().rev(), other.bytes().rev());
    let differences = digits.zip(others).filter(|(one, other)| one != other);
    tpdu.len() <= other.len() && differences.count() == 1
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
            && self.largest_file < MAX_BYTES
            && self.largest_session < MAX_BYTES
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "messages {} (received {} in {} parts, sent {}: parts sent {}, failed {}, unknown {}), reports {}",
            self.delivered + self.enqueued,
            self.delivered,
            self.parts_received,
            self.enqueued,
            self.sent,
            self.failed,
            self.unknown,
            self.reports
        )?;
        writeln!(
            f,
            "behaviours {}, links {}, restarts {}, store full {} times and {} parts kept back, delivered incomplete {}, garbled {}, damaged alike twice {}, again with notice {}, again after a restart {}",
            self.behaviours,
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
