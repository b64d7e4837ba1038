//! The modem, its network, and the faults of the link.

use core::time::Duration;

use modem::at::Instant;
use modem::blocking::Port as _;
use modem::simulator::{
    Behaviour, Boundary, Change, Direction, Fault, FaultPlan, Memory, Misbehaviour, Odd, Profile,
    Simulator, Subscriber, Times, Verb, When,
};
use testkit::Ledger;

use super::random::Random;

/// The number of slots for received messages: fewer than some messages have parts.
const SLOTS: u16 = 4;

pub(crate) const REACHABLE: &str = "+491715550100";
pub(crate) const REJECTED: &str = "+491715550101";
pub(crate) const UNCONFIRMED: &str = "+491715550102";
const SENDER: &str = "+491715550199";

pub(crate) struct World {
    line: testkit::World,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_slots(Memory::Sm, SLOTS);
        simulator.set_subscriber(REJECTED, Subscriber::Rejected(21));
        simulator.set_subscriber(UNCONFIRMED, Subscriber::Unconfirmed);
        Self { line: testkit::World::new(simulator) }
    }

    /// The link of a process that may be killed; the modem at its other end lives on.
    pub(crate) fn line(&self) -> testkit::World {
        self.line.clone()
    }

    pub(crate) fn now(&self) -> Instant {
        self.line.now()
    }

    pub(crate) fn deliver(&self, text: String, reversed: bool) {
        let from = SENDER.into();
        let verb = Verb::Deliver { from, text, reversed };
        self.line.with(|simulator, now| simulator.perform(verb, now)).unwrap();
    }

    pub(crate) fn reopen(&self) {
        self.line.reopen();
    }

    pub(crate) fn disconnect(&self) {
        self.line.perform("disconnect");
    }

    pub(crate) fn mend(&self) {
        self.line.with(|simulator, now| {
            simulator.set_faults(FaultPlan::default());
            simulator.heal(now);
        });
    }

    /// Adds a behaviour of the modem at one of its next lines: perfect bytes that say something
    /// unexpected. The state in which nobody can see a change is left out: text mode, and a slot
    /// that another program fills.
    pub(crate) fn misbehave(&self, random: &mut Random) {
        const COMMANDS: [&str; 10] =
            ["+CMGS", "+CMGR", "+CMGD", "+CMGL", "+CPMS", "+CMGF", "+CNMI", "+CPIN", "+CREG", ""];
        const REFUSALS: [&str; 6] = [
            "ERROR",
            "+CME ERROR: 14",
            "+CME ERROR: 100",
            "+CMS ERROR: 321",
            "+CMS ERROR: 500",
            "COMMAND NOT SUPPORT",
        ];
        const CHANGES: [Change; 9] = [
            Change::EchoOn,
            Change::Cmee0,
            Change::Cnmi0,
            Change::CscsUcs2,
            Change::CpmsOther,
            Change::RadioOff,
            Change::RestartWords,
            Change::RestartSilent,
            Change::SimRemoved,
        ];
        fn any<T: Copy>(random: &mut Random, all: &[T]) -> T {
            all[usize::try_from(random.below(all.len() as u64)).unwrap()]
        }
        let behaviour = match random.below(6) {
            0 | 1 => Behaviour::Refuse(any(random, &REFUSALS).into()),
            2 => Behaviour::Deny(
                any(random, &["ERROR", "+CME ERROR: 100", "+CMS ERROR: 500"]).into(),
            ),
            3 => Behaviour::Information(any(random, &Odd::ALL)),
            4 => Behaviour::Pace(9600),
            _ => Behaviour::Change(any(random, &CHANGES), any(random, &When::ALL)),
        };
        let misbehaviour = Misbehaviour {
            command: any(random, &COMMANDS).into(),
            nth: u16::try_from(1 + random.below(4)).unwrap(),
            behaviour,
            times: any(random, &[Times::Once, Times::Once, Times::Ten]),
        };
        self.line.with(|simulator, _| simulator.add_misbehaviour(misbehaviour));
    }

    /// Starts a fault. Bytes to the modem are not changed, since nobody could judge the result.
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
            6 => Fault::Stall { after, pause: seconds },
            7 => Fault::Ignore { command, times },
            8 => Fault::Silence { command, times },
            9 => Fault::Late { command, by: seconds, times },
            10 => Fault::Insert { at: Boundary::Random(rate * 20), line: "^RSSI:19".into() },
            _ => Fault::Refuse { command, times, answer: "ERROR".into() },
        };
        let plan = FaultPlan::new(random.below(u64::from(u32::MAX))).with(fault);
        self.line.with(|simulator, _| simulator.set_faults(plan));
    }

    /// Records the facts that the modem has logged since the last call.
    pub(crate) fn look(&self, ledger: &mut Ledger) {
        let log = self.line.with(|simulator, _| simulator.take_truth());
        log.iter().for_each(|entry| ledger.record(&entry.fact));
    }
}
