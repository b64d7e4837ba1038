//! One simulated modem over many links, with one clock: it outlives each link and each process that
//! uses it.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Connector, Port, SimulatedPort};
use modem::simulator::{Fact, Simulator, Verb};

use crate::truth;

/// A port with a simulated modem at its other end; clones are further links to the same modem.
#[derive(Debug, Clone)]
pub struct World {
    port: Rc<RefCell<SimulatedPort>>,
    refused: Rc<Cell<u32>>,
    breaks_after: Option<&'static [u8]>,
}

impl World {
    /// A world with this modem, at the start of its clock.
    pub fn new(simulator: Simulator) -> Self {
        Self {
            port: Rc::new(RefCell::new(SimulatedPort::new(simulator))),
            refused: Rc::default(),
            breaks_after: None,
        }
    }

    /// Breaks the link whenever the host writes a line that begins with `start`.
    #[must_use]
    pub fn breaking_after(mut self, start: &'static [u8]) -> Self {
        self.breaks_after = Some(start);
        self
    }

    /// Calls `verb` with the modem and the time.
    pub fn with<R>(&self, verb: impl FnOnce(&mut Simulator, Duration) -> R) -> R {
        self.port.borrow_mut().with(verb)
    }

    /// Performs a [`Verb`], given as text.
    pub fn perform(&self, verb: &str) {
        let verb: Verb = verb.parse().unwrap();
        self.with(|simulator, now| simulator.perform(verb, now)).unwrap();
    }

    /// The number of facts of a kind.
    pub fn count(&self, is_counted: fn(&Fact) -> bool) -> usize {
        self.with(|simulator, _| truth::count(simulator, is_counted))
    }

    /// The time since the world began.
    pub fn elapsed(&self) -> Duration {
        Port::now(self).since_epoch()
    }

    /// Closes the link and opens it again.
    pub fn reopen(&self) {
        self.with(|simulator, now| {
            simulator.handle_closed(now);
            simulator.handle_opened(now);
        });
    }

    /// Refuses the given number of next attempts to connect.
    pub fn refuse(&self, attempts: u32) {
        self.refused.set(attempts);
    }
}

/// The error of a refused attempt to connect.
pub(crate) fn no_port() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no port")
}

impl Port for World {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.port.borrow_mut().read(buffer, within)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let mut port = self.port.borrow_mut();
        let count = port.write(bytes, within)?;
        if self.breaks_after.is_some_and(|start| bytes.starts_with(start)) {
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
