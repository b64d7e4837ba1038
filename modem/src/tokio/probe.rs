//! Finds out which streams have someone who speaks AT at their other end.

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

/// Asks over `stream` whether someone speaks AT at its other end, and comes back after `within` at the latest; 3 s suit most.
///
/// Nothing but `AT` is written, and nothing changes in the modem. When the future is dropped, an `AT` may have been written
/// whose answer is still to come.
///
/// # Errors
/// When the link has ended.
pub async fn probe<S>(stream: &mut S, within: Duration) -> io::Result<ProbeResult>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pump = Pump::new(time::Instant::now());
    let mut probing = Probing::new(Probe::new(within, Instant::ZERO));
    poll_fn(|context| {
        pump.poll(&mut probing, stream, context);
        match (probing.probe.heard(), probing.ended.take()) {
            (Some(heard), _) => Poll::Ready(Ok(heard)),
            (None, Some(error)) => Poll::Ready(Err(error)),
            (None, None) => Poll::Pending,
        }
    })
    .await
}

/// Opens the ports called `names` by `open`, one after the other, asks each as [`probe`] does, and says what each one is.
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
/// for device in modem::ports()? {
///     let names = device.ports.iter().map(|port| port.stable_name.as_str());
///     for (name, probed) in probe_all(names, |name| open_serial(name, 115_200), Duration::from_secs(3)).await {
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
