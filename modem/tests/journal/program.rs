//! A program with a journal, its application, and the world that outlives it.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::{Modem, Port, SimulatedPort};
use modem::simulator::{Profile, Simulator, Subscriber};
use modem::{
    Config, Confirm, Event, MessageId, OutgoingMessage, Receive, SendOutcome, SendResult, Session,
};
use testkit::truth;

use super::disk::{Disk, DiskStore, Life};

pub(crate) const REFUSED: &str = "+491715550101";
const SENDER: &str = "+491715550177";

/// The port of a process that may be killed. The modem at its other end survives.
struct MortalPort {
    port: Rc<RefCell<SimulatedPort>>,
    life: Life,
}

impl Port for MortalPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.life.step()?;
        self.port.borrow_mut().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.life.step()?;
        self.port.borrow_mut().write(bytes.get(..1).unwrap_or(bytes), within)
    }

    fn now(&self) -> Instant {
        self.port.borrow().now()
    }
}

/// The records of the application, which has made safe what is in them.
#[derive(Debug, Default)]
pub(crate) struct Application {
    /// The messages that the journal has accepted durably.
    pub(crate) accepted: Vec<MessageId>,
    pub(crate) outcomes: BTreeMap<MessageId, Vec<SendOutcome>>,
    /// The text of each received message, and whether it may be a repetition.
    pub(crate) inbox: Vec<(String, bool)>,
    pub(crate) reports: usize,
}

/// A scenario: messages to send and to receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    Stored,
    Direct,
    Parts,
}

pub(crate) struct World {
    scenario: Scenario,
    port: Rc<RefCell<SimulatedPort>>,
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) application: Application,
}

pub(crate) fn messages() -> [OutgoingMessage; 3] {
    let message = |to: &str, text: &str| OutgoingMessage::text(to.parse().unwrap(), text);
    [
        message("+491715550100", &"Several parts, ".repeat(12)).request_status_report(),
        message(REFUSED, "Refused by the network"),
        message("+491715550100", "A short one"),
    ]
}

fn long() -> String {
    "A long one. ".repeat(16)
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber(REFUSED, Subscriber::Rejected(38));
        let mut port = SimulatedPort::new(simulator);
        port.with(|simulator, now| {
            simulator.deliver(SENDER, "Short", now).unwrap();
            simulator.deliver(SENDER, &long(), now).unwrap();
        });
        Self {
            scenario,
            port: Rc::new(RefCell::new(port)),
            disk: Arc::new(Mutex::new(Disk::new(Duration::ZERO))),
            application: Application::default(),
        }
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        config.confirm = Confirm::Records;
        match self.scenario {
            Scenario::Stored => {}
            Scenario::Direct => config.receive = Receive::Direct,
            Scenario::Parts => config.deliver_parts = true,
        }
        config
    }

    /// The time on the calendar, which follows the clock of the world.
    fn time(&self) -> Duration {
        let since_start = self.port.borrow().now().saturating_duration_since(Instant::ZERO);
        Duration::from_secs(1_717_236_000) + since_start
    }

    /// Runs a process that may take this many steps. Returns `true` if it came to its end.
    pub(crate) fn run(&mut self, steps: u64) -> bool {
        let life = Life::new(steps);
        let ended = self.live(&life);
        let mut port = self.port.borrow_mut();
        port.with(Simulator::handle_closed);
        port.wait(Duration::from_secs(60));
        port.reconnect();
        assert!(ended || life.is_over(), "failed without being killed");
        ended
    }

    fn live(&mut self, life: &Life) -> bool {
        let time = self.time();
        let history = self.disk.lock().unwrap().read(time).expect("the log is sound");
        let mut session = Session::new(self.config());
        session.replay(history, self.port.borrow().now()).expect("the records agree");
        // A message that waits may leave while the link is opened.
        let mut known: Vec<MessageId> = session.waiting().collect();
        let port = MortalPort { port: Rc::clone(&self.port), life: life.clone() };
        let disk = Arc::clone(&self.disk);
        let store = DiskStore { disk, life: life.clone(), time, full: 2_000 };
        let Ok(mut modem) = Modem::open_journaled(port, session, store) else {
            return false;
        };
        if self.application.accepted.is_empty() {
            // The first ones are in the journal, and the others are not.
            for message in messages().get(known.len()..).unwrap_or_default() {
                match modem.enqueue(message) {
                    Ok(id) => known.push(id),
                    Err(_) => return false,
                }
            }
            if modem.sync().is_err() || life.step().is_err() {
                return false;
            }
            self.application.accepted = known;
        }
        let mut quiet = 0;
        while quiet < 2 {
            if life.is_over() {
                return false;
            }
            let Some(event) = modem.next_event(Duration::from_secs(90)) else {
                quiet += 1;
                continue;
            };
            quiet = 0;
            if life.step().is_err() {
                return false;
            }
            let receipt = event.receipt().cloned();
            match event {
                Event::SendFinished(result) => {
                    self.application.outcome(&result);
                    // Safe, and killed before the journal knows.
                    if life.step().is_err() {
                        return false;
                    }
                    modem.settle(result.message);
                }
                Event::Received(message) => {
                    let text = message.text.unwrap_or_default();
                    self.application.inbox.push((text, message.possible_duplicate));
                }
                Event::StatusReport(_) => self.application.reports += 1,
                Event::JournalFailed(_) | Event::Closed => return false,
                _ => {}
            }
            if let Some(receipt) = receipt {
                if life.step().is_err() {
                    return false;
                }
                modem.acknowledge(&receipt);
            }
        }
        true
    }

    /// Compares the application's records with the log of the network.
    pub(crate) fn check(&self, figures: &mut super::Figures, power: bool, case: &str) {
        let port = self.port.borrow();
        let mut submitted = truth::submitted(port.simulator());
        let taken = submitted.len();
        submitted.sort();
        submitted.dedup();
        figures.twice += taken - submitted.len();

        let (mut least, mut most) = (0, 0);
        for (message, id) in messages().iter().zip(&self.application.accepted) {
            let refused = message.recipient().to_string() == REFUSED;
            let parts = message.plan().unwrap().parts;
            let outcomes = self.application.outcomes.get(id).cloned().unwrap_or_default();
            let Some(outcome) = outcomes.first() else {
                eprintln!("{case}: {id} has no outcome");
                figures.lost += 1;
                continue;
            };
            // With the power the record of an outcome may be lost, and nobody knows it any more.
            let agrees =
                |other: &SendOutcome| other == outcome || power && *other == SendOutcome::Unknown;
            if !outcomes.iter().all(agrees) {
                eprintln!("{case}: {id} ended as {outcomes:?}");
                figures.wrong += 1;
            }
            match outcome {
                SendOutcome::Sent => (least, most) = (least + parts, most + parts),
                // The parts before the unknown one have left.
                SendOutcome::Unknown => most += parts,
                SendOutcome::Failed => figures.wrong += usize::from(!refused),
            }
        }
        if !(least..=most).contains(&taken) {
            eprintln!("{case}: {taken} parts, {:?}", self.application.outcomes);
            figures.wrong += 1;
        }
        for text in ["Short".into(), long()] {
            let mut deliveries = self.application.inbox.iter().filter(|(other, _)| *other == text);
            if deliveries.next().is_none() {
                eprintln!("{case}: not received: {text}");
                figures.lost += 1;
            }
            // A repetition is marked. No irreversible action waits for that record, and with the
            // power it may be lost.
            if !power {
                figures.wrong += deliveries.filter(|(_, repeated)| !repeated).count();
            }
        }
    }
}

impl Application {
    fn outcome(&mut self, result: &SendResult) {
        self.outcomes.entry(result.message).or_default().push(result.outcome());
    }
}
