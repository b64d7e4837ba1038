//! The tampering line as a port.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Connector, Port};

use super::{Tamper, Way};
use crate::World;

/// A port of a [`World`] at the other end of a tampering line; clones share both.
#[derive(Debug, Clone)]
pub(crate) struct TamperedPort {
    pub(crate) world: World,
    pub(crate) tamper: Rc<RefCell<Tamper>>,
}

impl TamperedPort {
    pub(crate) fn new(world: World) -> Self {
        Self { world, tamper: Rc::default() }
    }

    /// Closes the link and opens it again.
    pub(crate) fn reopen(&self) {
        self.tamper.borrow_mut().mend();
        self.world.reopen();
    }

    /// Passes the bytes that have arrived to the modem.
    fn deliver(&self, tamper: &mut Tamper) {
        let bytes = tamper.take(Way::ToModem, usize::MAX, self.world.elapsed());
        let taken = self.world.with(|simulator, now| simulator.handle_input(&bytes, now));
        tamper.put_back(&bytes[taken..]);
    }

    /// Lets time pass until a byte arrives, at most until `until`. Returns `true` while the link
    /// holds.
    fn pass(&mut self, tamper: &mut Tamper, until: Duration) -> io::Result<bool> {
        let now = self.world.elapsed();
        let until = tamper.next().map_or(until, |next| next.min(until));
        let mut bytes = [0; 256];
        match self.world.read(&mut bytes, until.saturating_sub(now)) {
            Ok(count) => {
                tamper.carry(Way::ToHost, &bytes[..count], self.world.elapsed());
                Ok(count > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(true),
            Err(error) => Err(error),
        }
    }
}

impl Port for TamperedPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let tamper = Rc::clone(&self.tamper);
        let tamper = &mut *tamper.borrow_mut();
        let until = self.world.elapsed() + within;
        loop {
            self.deliver(tamper);
            let is_over = self.world.elapsed() >= until;
            let is_connected = !tamper.is_cut() && self.pass(tamper, until)?;
            let bytes = tamper.take(Way::ToHost, buffer.len(), self.world.elapsed());
            if !bytes.is_empty() || !is_connected {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                return Ok(bytes.len());
            }
            if is_over {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let tamper = Rc::clone(&self.tamper);
        let tamper = &mut *tamper.borrow_mut();
        let until = self.world.elapsed() + within;
        loop {
            if tamper.is_cut() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let is_over = self.world.elapsed() >= until;
            match tamper.carry(Way::ToModem, bytes, self.world.elapsed()) {
                0 if is_over => return Err(io::ErrorKind::TimedOut.into()),
                0 => drop(self.pass(tamper, until)?),
                count => {
                    self.deliver(tamper);
                    return Ok(count);
                }
            }
        }
    }

    fn now(&self) -> Instant {
        Port::now(&self.world)
    }
}

impl Connector for TamperedPort {
    type Port = Self;

    fn connect(&mut self) -> io::Result<Self> {
        self.world.connect()?;
        self.tamper.borrow_mut().mend();
        Ok(self.clone())
    }

    fn now(&self) -> Instant {
        Port::now(&self.world)
    }

    fn wait(&mut self, time: Duration) {
        self.world.wait(time);
    }
}
