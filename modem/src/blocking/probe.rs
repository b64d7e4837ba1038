//! Probes ports for a modem that answers `AT`.

#[cfg(feature = "serialport")]
use alloc::string::String;
#[cfg(feature = "serialport")]
use alloc::vec::Vec;
use core::time::Duration;
use std::io;

use super::port::Port;
use super::pump::Pump;
use crate::machine::Probing;
use crate::probe::{Probe, ProbeResult};
#[cfg(feature = "serialport")]
use crate::{OpenError, PortState};

/// Probes `port` for a modem that answers `AT`, and returns within `within`; 3 s suit most modems.
///
/// Only `AT` is written, and nothing changes in the modem.
///
/// # Errors
/// Fails when the link ends.
pub fn probe<P: Port>(port: &mut P, within: Duration) -> io::Result<ProbeResult> {
    let now = port.now();
    let mut probing = Probing::new(Probe::new(within, now));
    let mut pump = Pump::new();
    loop {
        if let Some(result) = probing.probe.result() {
            return Ok(result);
        }
        if let Some(error) = probing.ended {
            return Err(error);
        }
        pump.turn(port, &mut probing, now + within);
    }
}

/// Opens each of the ports `names` with `open`, probes it as [`probe`] does, and returns its state.
///
/// ```no_run
/// use core::time::Duration;
/// use modem::PortState;
/// use modem::blocking::{open_serial, probe_all};
///
/// let timeout = Duration::from_secs(3);
/// for device in modem::ports()? {
///     let names = device.ports.iter().map(|port| port.stable_name.as_str());
///     for (name, probed) in probe_all(names, |name| open_serial(name, 115_200), timeout) {
///         println!("{name}: {probed}");
///     }
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[cfg(feature = "serialport")]
pub fn probe_all<'a, P: Port>(
    names: impl IntoIterator<Item = &'a str>,
    mut open: impl FnMut(&str) -> Result<P, OpenError>,
    within: Duration,
) -> Vec<(String, PortState)> {
    let mut probed = Vec::new();
    for name in names {
        let result = match open(name) {
            Ok(mut port) => probe(&mut port, within).into(),
            Err(error) => error.into(),
        };
        probed.push((name.into(), result));
    }
    probed
}
