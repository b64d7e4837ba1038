//! Probes streams for a modem that answers `AT`.

#[cfg(feature = "serialport")]
use alloc::string::String;
#[cfg(feature = "serialport")]
use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite};
use ::tokio::time;
use at_proto::Instant;

use super::pump::Pump;
use crate::machine::Probing;
use crate::probe::{Probe, ProbeResult};
#[cfg(feature = "serialport")]
use crate::{OpenError, PortState};

/// Probes `stream` for a modem that answers `AT`, and returns within `within`; 3 s suit most
/// modems.
///
/// Only `AT` is written, and nothing changes in the modem. After the future is dropped, the answer
/// to a written `AT` may still arrive.
///
/// # Errors
/// Fails when the link ends.
pub async fn probe<S>(stream: &mut S, within: Duration) -> io::Result<ProbeResult>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pump = Pump::new(time::Instant::now());
    let mut probing = Probing::new(Probe::new(within, Instant::ZERO));
    poll_fn(|context| {
        pump.poll(&mut probing, stream, context);
        match (probing.probe.result(), probing.ended.take()) {
            (Some(result), _) => Poll::Ready(Ok(result)),
            (None, Some(error)) => Poll::Ready(Err(error)),
            (None, None) => Poll::Pending,
        }
    })
    .await
}

/// Opens each of the ports `names` with `open`, probes it as [`probe`] does, and returns its state.
///
/// When the future is dropped, the port under way is closed.
///
/// ```no_run
/// use core::time::Duration;
/// use modem::PortState;
/// # #[cfg(feature = "tokio-serial")]
/// use modem::tokio::{open_serial, probe_all};
///
/// # #[cfg(feature = "tokio-serial")]
/// # async fn run() -> std::io::Result<()> {
/// let timeout = Duration::from_secs(3);
/// for device in modem::ports()? {
///     let names = device.ports.iter().map(|port| port.stable_name.as_str());
///     for (name, probed) in probe_all(names, |name| open_serial(name, 115_200), timeout).await {
///         println!("{name}: {probed}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "serialport")]
pub async fn probe_all<'a, S>(
    names: impl IntoIterator<Item = &'a str>,
    mut open: impl FnMut(&str) -> Result<S, OpenError>,
    within: Duration,
) -> Vec<(String, PortState)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut probed = Vec::new();
    for name in names {
        let result = match open(name) {
            Ok(mut stream) => probe(&mut stream, within).await.into(),
            Err(error) => error.into(),
        };
        probed.push((name.into(), result));
    }
    probed
}
