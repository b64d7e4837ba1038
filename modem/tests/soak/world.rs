//! The modem, its network and the harm that is done to the link, with an account of what really happened.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Port, SimulatedPort};
use modem::simulator::{
    Boundary, Direction, Fact, Fault, FaultPlan, Memory, Profile, Simulator, Subscriber, Verb,
};

use super::random::Random;

/// The store for received messages has so many places: fewer than some messages have parts.
const SLOTS: u16 = 4;

pub(crate) const REACHABLE: &str = "+491715550100";
pub(crate) const REJECTED: &str = "+491715550101";
pub(crate) const UNCONFIRMED: &str = "+491715550102";
const SENDER: &str = "+491715550199";

/// The port of a program that may die: the modem behind it lives on.
#[derive(Debug, Clone)]
pub(crate) struct Line(Rc<RefCell<SimulatedPort>>);

impl Port for Line {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.0.borrow_mut().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.0.borrow().now()
    }
}

/// What really happened.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// The parts that the modem has stored, and how often.
    pub(crate) stored: BTreeMap<String, usize>,
    /// The parts that were deleted.
    pub(crate) deleted: BTreeMap<String, usize>,
    /// The parts that the network has taken, and how often.
    pub(crate) submitted: BTreeMap<String, usize>,
    pub(crate) refused_for_room: usize,
}

pub(crate) struct World {
    line: Line,
    pub(crate) truth: Truth,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(Memory::Sm, SLOTS);
        simulator.set_subscriber(REJECTED, Subscriber::Rejected(21));
        simulator.set_subscriber(UNCONFIRMED, Subscriber::Unconfirmed);
        Self {
            line: Line(Rc::new(RefCell::new(SimulatedPort::new(simulator)))),
            truth: Truth::default(),
        }
    }

    pub(crate) fn line(&self) -> Line {
        self.line.clone()
    }

    pub(crate) fn now(&self) -> Instant {
        self.line.now()
    }

    fn with<R>(&self, verb: impl FnOnce(&mut Simulator, Duration) -> R) -> R {
        self.line.0.borrow_mut().with(verb)
    }

    pub(crate) fn deliver(&self, text: String, reversed: bool) {
        let from = SENDER.into();
        let verb = Verb::Deliver { from, text, reversed };
        self.with(|simulator, now| simulator.perform(verb, now)).unwrap();
    }

    pub(crate) fn reopen(&self) {
        self.with(|simulator, now| {
            simulator.handle_closed(now);
            simulator.handle_opened(now);
        });
    }

    pub(crate) fn disconnect(&self) {
        self.with(|simulator, now| simulator.perform(Verb::Disconnect, now))
            .unwrap();
    }

    pub(crate) fn mend(&self) {
        self.with(|simulator, _| simulator.set_faults(FaultPlan::default()));
    }

    /// Something goes wrong from here on. What goes to the modem is not changed, since nobody could tell what comes of it.
    pub(crate) fn harm(&self, random: &mut Random) {
        let direction = Direction::ToHost;
        let rate = u16::try_from(1 + random.below(8)).unwrap();
        let command = ["+CMGS", "+CMGR", "+CMGD", "+CMGL", "+CPMS", "+CMEE"];
        let command = command[usize::try_from(random.below(6)).unwrap()].to_string();
        let times = u32::try_from(1 + random.below(3)).unwrap();
        let seconds = Duration::from_secs(1 + random.below(200));
        let after = random.below(600);
        let fault = match random.below(12) {
            0 => Fault::Lose { direction, rate },
            1 => Fault::Corrupt { direction, rate },
            2 => Fault::Duplicate { direction, rate },
            3 => Fault::Delay { most: seconds / 20 },
            4 => Fault::Chunk { most: 7 },
            5 => Fault::Disconnect { after },
            6 => Fault::Stall {
                after,
                pause: seconds,
            },
            7 => Fault::Ignore { command, times },
            8 => Fault::Silence { command, times },
            9 => Fault::Late {
                command,
                by: seconds,
                times,
            },
            10 => Fault::Insert {
                at: Boundary::Random(rate * 20),
                line: "^RSSI:19".into(),
            },
            _ => Fault::Refuse {
                command,
                times,
                answer: "ERROR".into(),
            },
        };
        let plan = FaultPlan::new(random.below(u64::from(u32::MAX))).with(fault);
        self.with(|simulator, _| simulator.set_faults(plan));
    }

    /// Takes over what the modem has logged.
    pub(crate) fn look(&mut self) {
        let log = self.with(|simulator, _| simulator.take_truth());
        for entry in log {
            match entry.fact {
                Fact::Stored {
                    tpdu,
                    memory: Memory::Sm | Memory::Me,
                    ..
                } => count(&mut self.truth.stored, &tpdu),
                Fact::Deleted { tpdu, .. } => count(&mut self.truth.deleted, &tpdu),
                Fact::Submitted { tpdu, .. } => count(&mut self.truth.submitted, &tpdu),
                Fact::Unacknowledged { .. } => self.truth.refused_for_room += 1,
                _ => {}
            }
        }
    }
}

fn count(counts: &mut BTreeMap<String, usize>, tpdu: &[u8]) {
    let hex = tpdu.iter().map(|octet| format!("{octet:02X}")).collect();
    *counts.entry(hex).or_default() += 1;
}
