//! Opens the modem that the options name, for the blocking front-end.

use core::error::Error;
use std::net::TcpStream;

use modem::blocking::{Port, SimulatedPort, StreamPort, open_serial};
use modem::simulator::{Profile, Simulator};

use crate::link::{Link, cannot_connect};

impl Link {
    /// Opens the link to the modem; `world` prepares the simulated one.
    pub(crate) fn open(
        &self,
        world: impl FnOnce(&mut Simulator),
    ) -> Result<Box<dyn Port>, Box<dyn Error>> {
        Ok(if let Some(path) = &self.port {
            Box::new(open_serial(path, self.baud)?)
        } else if let Some(address) = &self.tcp {
            let stream =
                TcpStream::connect(address).map_err(|error| cannot_connect(address, &error))?;
            Box::new(StreamPort::new(stream))
        } else {
            let mut simulator = Simulator::new(Profile::GENERIC);
            world(&mut simulator);
            Box::new(SimulatedPort::new(simulator))
        })
    }
}
