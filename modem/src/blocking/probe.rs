//! Finds out which ports have someone who speaks AT at their other end.

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

/// Asks over `port` whether someone speaks AT at its other end, and comes back after `within` at the latest; 3 s suit most.
///
/// Nothing but `AT` is written, and nothing changes in the modem.
///
/// # Errors
/// When the link has ended.
pub fn probe<P: Port>(port: &mut P, within: Duration) -> io::Result<ProbeResult> {
    let now = port.now();
    let mut probing = Probing::new(Probe::new(within, now));
    let mut pump = Pump::new();
    loop {
        if let Some(heard) = probing.probe.heard() {
            return Ok(heard);
        }
        if let Some(error) = probing.ended {
            return Err(error);
        }
        pump.turn(port, &mut probing, now + within);
    }
}

/// Opens the ports called `names` by `open`, one after the other, asks each as [`probe`] does, and says what each one is.
///
/// ```no_run
/// use core::time::Duration;
/// use modem::PortState;
/// use modem::blocking::{open_serial, probe_all};
///
/// for device in modem::ports()? {
///     let names = device.ports.iter().map(|port| port.stable_name.as_str());
///     for (name, probed) in probe_all(names, |name| open_serial(name, 115_200), Duration::from_secs(3)) {
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
