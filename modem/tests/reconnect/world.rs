//! One simulated modem over many links, and both front-ends that open them again.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use modem::at::Instant;
use modem::blocking::{Connector, Port, Reconnecting, SimulatedPort};
use modem::simulator::{Fact, Simulator, Verb};
use modem::{Backoff, Config, Error, Event, OutgoingMessage, SendReport, Session};

/// What the tests do with a modem that reconnects.
pub(crate) trait Front {
    fn event(&mut self, within: Duration) -> Option<Event>;
    fn ready(&mut self, within: Duration) -> bool;
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error>;
    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error>;
    fn enqueue(&mut self, message: &OutgoingMessage);
    fn acknowledge(&mut self, receipt: &modem::Receipt);
    fn next_reference(&mut self) -> u16;
    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration));
    /// The next so many attempts to open the link fail.
    fn refuse(&mut self, attempts: u32);
    fn now(&mut self) -> Duration;
}

impl dyn Front {
    pub(crate) fn world(&mut self, verb: &str) {
        let verb: Verb = verb.parse().unwrap();
        self.with_simulator(&mut |simulator, now| simulator.perform(verb.clone(), now).unwrap());
    }

    /// How many facts of a kind the modem has logged.
    pub(crate) fn count(&mut self, kind: fn(&Fact) -> bool) -> usize {
        let mut counted = 0;
        self.with_simulator(&mut |simulator, _| counted = count(simulator, kind));
        counted
    }

    /// The events until nothing happens for 10 s, and what they say.
    pub(crate) fn events(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(event) = self.event(Duration::from_secs(10)) {
            assert!(told.len() < 50, "{told:?}");
            told.push(match event {
                Event::Ready => "ready".into(),
                Event::Closed => "closed".into(),
                Event::Reconnecting {
                    attempt,
                    after,
                    reason,
                } => format!("attempt {attempt} in {after:?}: {reason}"),
                Event::Received(message) => {
                    self.acknowledge(&message.receipt);
                    format!("received {}", message.text.unwrap_or_default())
                }
                Event::Report(report) => {
                    self.acknowledge(&report.receipt);
                    format!("report about {:?}", report.about.map(|(_, part)| part))
                }
                Event::Failed(error) => format!("failed: {}", error.kind()),
                _ => continue,
            });
        }
        told
    }
}

type Open = fn(Simulator, Config) -> Box<dyn Front>;

pub(crate) const FRONTS: [(&str, Open); 2] = [("blocking", Blocking::open), ("tokio", Tokio::open)];

fn no_port() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no port")
}

/// One simulated modem over many links, with one clock.
#[derive(Clone)]
pub(crate) struct World {
    port: Rc<RefCell<SimulatedPort>>,
    refused: Rc<Cell<u32>>,
    /// The link breaks as soon as a PIN is written.
    breaks_at_pin: bool,
}

impl World {
    pub(crate) fn new(simulator: Simulator, breaks_at_pin: bool) -> Self {
        Self {
            port: Rc::new(RefCell::new(SimulatedPort::new(simulator))),
            refused: Rc::default(),
            breaks_at_pin,
        }
    }

    /// How many facts of a kind the modem has logged.
    pub(crate) fn count(&self, kind: fn(&Fact) -> bool) -> usize {
        self.port.borrow_mut().with(|simulator, _| count(simulator, kind))
    }

    pub(crate) fn perform(&self, verb: &str) {
        let verb = verb.parse().unwrap();
        let mut port = self.port.borrow_mut();
        port.with(|simulator, now| simulator.perform(verb, now)).unwrap();
    }
}

impl Port for World {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.port.borrow_mut().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let mut port = self.port.borrow_mut();
        let count = port.write(bytes, within)?;
        if self.breaks_at_pin && bytes.starts_with(b"AT+CPIN=") {
            port.with(|simulator, now| simulator.perform(Verb::Disconnect, now).unwrap());
        }
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.borrow().now()
    }
}

impl Connector for World {
    type Port = Self;

    fn connect(&mut self) -> io::Result<Self> {
        if let Some(left) = self.refused.get().checked_sub(1) {
            self.refused.set(left);
            return Err(no_port());
        }
        self.port.borrow_mut().reconnect();
        Ok(self.clone())
    }

    fn now(&self) -> Instant {
        self.port.borrow().now()
    }

    fn wait(&mut self, time: Duration) {
        self.port.borrow_mut().wait(time);
    }
}

struct Blocking {
    modem: Reconnecting<World>,
    world: World,
}

impl Blocking {
    fn open(simulator: Simulator, config: Config) -> Box<dyn Front> {
        let world = World::new(simulator, false);
        Box::new(Self {
            modem: Reconnecting::new(world.clone(), Session::new(config), Backoff::default()),
            world,
        })
    }
}

impl Front for Blocking {
    fn event(&mut self, within: Duration) -> Option<Event> {
        self.modem.next_event(within)
    }

    fn ready(&mut self, within: Duration) -> bool {
        self.modem.ready(within)
    }

    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error> {
        self.modem.modem().send(message)
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.modem.modem().raw(line)
    }

    fn enqueue(&mut self, message: &OutgoingMessage) {
        self.modem.modem().enqueue(message).unwrap();
    }

    fn acknowledge(&mut self, receipt: &modem::Receipt) {
        self.modem.modem().acknowledge(receipt);
    }

    fn next_reference(&mut self) -> u16 {
        self.modem.modem().session().next_reference()
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration)) {
        self.world.port.borrow_mut().with(look);
    }

    fn refuse(&mut self, attempts: u32) {
        self.world.refused.set(attempts);
    }

    fn now(&mut self) -> Duration {
        Port::now(&self.world).saturating_duration_since(Instant::from_millis(0))
    }
}

struct Tokio {
    runtime: tokio::runtime::Runtime,
    modem: modem::tokio::Modem,
    inbox: modem::tokio::Inbox,
    simulator: modem::tokio::SimulatorHandle,
    refused: Arc<AtomicU32>,
    started: tokio::time::Instant,
}

impl Tokio {
    fn open(simulator: Simulator, config: Config) -> Box<dyn Front> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let refused = Arc::new(AtomicU32::new(0));
        let refuses = Arc::clone(&refused);
        let (modem, inbox, simulator, started) = runtime.block_on(async {
            let started = tokio::time::Instant::now();
            let (_, simulator) = modem::tokio::SimulatedStream::new(simulator);
            let handle = simulator.clone();
            let open = move || {
                let refused = refuses
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                    .is_ok();
                let stream = if refused {
                    Err(no_port())
                } else {
                    Ok(handle.reconnect())
                };
                core::future::ready(stream)
            };
            let (modem, inbox) =
                modem::tokio::Modem::reconnecting(open, Session::new(config), Backoff::default());
            (modem, inbox, simulator, started)
        });
        Box::new(Self {
            runtime,
            modem,
            inbox,
            simulator,
            refused,
            started,
        })
    }
}

impl Front for Tokio {
    fn event(&mut self, within: Duration) -> Option<Event> {
        self.runtime.block_on(async {
            tokio::time::timeout(within, self.inbox.next())
                .await
                .ok()
                .flatten()
        })
    }

    fn ready(&mut self, within: Duration) -> bool {
        self.runtime.block_on(self.modem.ready(within))
    }

    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error> {
        self.runtime.block_on(self.modem.send(message))
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.runtime.block_on(self.modem.raw(line))
    }

    fn enqueue(&mut self, message: &OutgoingMessage) {
        self.runtime
            .block_on(async { self.modem.enqueue(message) })
            .unwrap();
    }

    fn acknowledge(&mut self, receipt: &modem::Receipt) {
        self.runtime.block_on(async { self.modem.acknowledge(receipt) });
    }

    fn next_reference(&mut self) -> u16 {
        self.runtime
            .block_on(async { self.modem.with(|session, _| session.next_reference()) })
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration)) {
        self.runtime.block_on(async { self.simulator.with(look) });
    }

    fn refuse(&mut self, attempts: u32) {
        self.refused.store(attempts, Ordering::SeqCst);
    }

    fn now(&mut self) -> Duration {
        self.runtime.block_on(async { self.started.elapsed() })
    }
}

fn count(simulator: &Simulator, kind: fn(&Fact) -> bool) -> usize {
    let facts = simulator.truth().iter().map(|entry| &entry.fact);
    facts.filter(|fact| kind(fact)).count()
}
