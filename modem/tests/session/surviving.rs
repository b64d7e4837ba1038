//! The loop of `examples/surviving`, killed at every step, and compared with what really happened.
#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

#[path = "../../../examples/surviving/outbox.rs"]
mod outbox;

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Port, SimulatedPort};
use modem::simulator::{Profile, Simulator, Subscriber};
use modem::{Config, OutgoingMessage};
use outbox::{Disk, Fate, State};
use testkit::truth;

const REFUSED: &str = "+491715550101";
const SENDER: &str = "+491715550177";
const BYTES_AT_ONCE: usize = 1;

/// The steps that are left to the process; once they are spent, nothing it does has an effect.
#[derive(Debug, Clone)]
struct Life(Rc<Cell<u32>>);

impl Life {
    fn step(&self) -> io::Result<()> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| io::Error::other("killed"))?;
        self.0.set(left);
        Ok(())
    }
}

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
        let bytes = &bytes[..bytes.len().min(BYTES_AT_ONCE)];
        self.port.borrow_mut().write(bytes, within)
    }

    fn now(&self) -> Instant {
        self.port.borrow().now()
    }
}

/// The saved text survives too.
struct MortalDisk {
    text: Option<String>,
    port: Rc<RefCell<SimulatedPort>>,
    life: Life,
}

impl Disk for MortalDisk {
    fn read(&mut self) -> io::Result<Option<String>> {
        Ok(self.text.clone())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.life.step()?;
        self.text = Some(text.into());
        Ok(())
    }

    fn time(&self) -> Duration {
        let since_start = self.port.borrow().now().saturating_duration_since(Instant::ZERO);
        Duration::from_secs(1_717_236_000) + since_start
    }
}

/// The modem and the disk, which outlive every process.
struct World {
    port: Rc<RefCell<SimulatedPort>>,
    text: Option<String>,
}

impl World {
    fn new() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.set_subscriber(REFUSED, Subscriber::Rejected(38));
        let mut port = SimulatedPort::new(simulator);
        port.with(|simulator, now| {
            simulator.deliver(SENDER, "Short", now).unwrap();
            simulator.deliver(SENDER, &"A long one. ".repeat(20), now).unwrap();
        });
        Self { port: Rc::new(RefCell::new(port)), text: None }
    }

    /// Runs a process that may take this many steps, and lets it die if it takes more.
    fn run(&mut self, steps: u32) -> Option<State> {
        let life = Life(Rc::new(Cell::new(steps)));
        let port = MortalPort { port: Rc::clone(&self.port), life: life.clone() };
        let text = self.text.take();
        let mut disk = MortalDisk { text, port: Rc::clone(&self.port), life: life.clone() };
        let ended = outbox::run(port, Config::default(), &mut disk, &messages());
        self.text = disk.text;
        let mut port = self.port.borrow_mut();
        port.with(Simulator::handle_closed);
        port.wait(Duration::from_secs(60));
        port.reconnect();
        match ended {
            Ok(state) => Some(state),
            Err(error) => {
                assert_eq!(life.0.get(), 0, "failed without being killed: {error}");
                None
            }
        }
    }

    /// Compares what the program believes with what the network has seen.
    fn check(&self, state: &State, case: &str) {
        let port = self.port.borrow();
        let mut submitted = truth::submitted(port.simulator());
        let taken = submitted.len();
        submitted.sort();
        submitted.dedup();
        assert_eq!(submitted.len(), taken, "{case}: a part was sent twice");

        let mut finished = state.finished.clone();
        finished.sort_by_key(|(message, _)| *message);
        assert_eq!(finished.len(), messages().len(), "{case}: {finished:?}");
        let (mut least, mut most) = (0, 0);
        for (message, (_, fate)) in messages().iter().zip(finished) {
            let refused = message.recipient().to_string() == REFUSED;
            let parts = message.plan().unwrap().parts;
            match fate {
                Fate::Sent => (least, most) = (least + parts, most + parts),
                Fate::Unknown if refused => {}
                Fate::Unknown => most += parts,
                Fate::Failed => assert!(refused, "{case}: nobody refused {message:?}"),
            }
        }
        assert!((least..=most).contains(&taken), "{case}: {taken} parts, {:?}", state.finished);
        let unknown = state.finished.iter().filter(|(_, fate)| *fate == Fate::Unknown).count();
        assert!(unknown <= 2, "{case}: one a kill at most");

        let mut texts: Vec<&str> = state.inbox.iter().map(|stored| stored.text.as_str()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["A long one. ".repeat(20).as_str(), "Short"], "{case}: the inbox");
        assert!(state.inbox.iter().all(|stored| stored.sender == SENDER));
    }
}

fn messages() -> [OutgoingMessage; 3] {
    let message = |to: &str, text: &str| OutgoingMessage::text(to.parse().unwrap(), text);
    [
        message("+491715550100", &"This message has several parts. ".repeat(11)),
        message(REFUSED, "Refused by the network"),
        message("+491715550100", "A short one"),
    ]
}

#[test]
fn a_process_killed_at_any_step_loses_nothing_and_sends_nothing_twice() {
    let mut unknown = 0;
    let mut steps = 0;
    loop {
        let mut world = World::new();
        let uninterrupted = world.run(steps);
        let killed = uninterrupted.is_none();
        let state = uninterrupted.or_else(|| world.run(u32::MAX)).expect("the second run ends");
        world.check(&state, &format!("killed at step {steps}"));
        unknown += usize::from(state.finished.iter().any(|(_, fate)| *fate == Fate::Unknown));
        if !killed {
            break;
        }
        steps += 1;
    }
    // The kills that fell between an attempt and its saved outcome, and no others.
    assert!(steps > 100, "{steps} steps");
    assert!(unknown > 0 && unknown < steps as usize / 2, "{unknown} of {steps}");
}

#[test]
fn a_process_killed_twice_loses_nothing_and_sends_nothing_twice() {
    for first in (0..2_600).step_by(41) {
        for second in [1, 40, 700, 1_300, 1_500] {
            let mut world = World::new();
            let state = world.run(first).or_else(|| world.run(second));
            let state = state.or_else(|| world.run(u32::MAX)).expect("the third run ends");
            world.check(&state, &format!("killed at steps {first} and {second}"));
        }
    }
}
