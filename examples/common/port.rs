//! Opens the modem that the options name, for the blocking front-end.

use core::error::Error;
use std::net::TcpStream;

use modem::blocking::{Port, SimulatedPort, StreamPort, open_serial};
use modem::simulator::{Profile, Simulator};

use super::interrupt::{self, Interruptible};
use super::link::{Link, cannot_connect};
use super::status;

impl Link {
    /// Opens the link to the modem, which ends at Ctrl-C; `world` prepares the simulated modem.
    pub(crate) fn open(
        &self,
        world: impl FnOnce(&mut Simulator),
    ) -> Result<Box<dyn Port>, Box<dyn Error>> {
        Ok(Box::new(Interruptible::new(self.open_plain(world)?)))
    }

    /// Opens the link to the modem; Ctrl-C only sets a flag.
    pub(crate) fn open_plain(
        &self,
        world: impl FnOnce(&mut Simulator),
    ) -> Result<Box<dyn Port>, Box<dyn Error>> {
        let port: Box<dyn Port> = if let Some(path) = &self.port {
            Box::new(open_serial(path, self.baud)?)
        } else if let Some(address) = &self.tcp {
            let stream =
                TcpStream::connect(address).map_err(|error| cannot_connect(address, &error))?;
            Box::new(StreamPort::new(stream))
        } else {
            status::is_simulated();
            let mut simulator = Simulator::new(Profile::GENERIC);
            world(&mut simulator);
            Box::new(SimulatedPort::new(simulator))
        };
        interrupt::listen();
        Ok(port)
    }
}
