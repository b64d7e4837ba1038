//! The heartbeats of the hosts.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::entry::Claimant;
use super::server::{Away, Bucket, Cas, HEARTBEAT_TTL, QueueError};

/// The interval of heartbeats.
const INTERVAL: Duration = Duration::from_secs(1);

/// The time for which a heartbeat must be missing before the host counts as gone: after an outage
/// of the server, all heartbeats are missing for a moment.
const MISSING_FOR: Duration = Duration::from_secs(3);

/// The heartbeat of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    pub(crate) boot: String,
    /// The process has read its journal: claims of its predecessors have their outcomes.
    pub(crate) is_recovered: bool,
    pub(crate) count: u64,
}

/// The life of a claimant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// The claimant, or its next process, will say what became of the part.
    Alive,
    /// The next process of the host runs and has read its journal.
    Restarted,
    /// The host has not been seen for this time.
    Gone(Duration),
}

/// The hosts as this one sees them.
#[derive(Debug)]
pub(crate) struct Hosts {
    bucket: Bucket,
    name: String,
    boot: String,
    /// The hosts without a heartbeat, with the time at which that was noticed.
    missing: Mutex<HashMap<String, Instant>>,
    beaten: Mutex<Option<Instant>>,
    connected: Instant,
    /// The server has the outcomes of earlier processes of this host.
    is_recovered: AtomicBool,
}

impl Hosts {
    pub(crate) fn new(bucket: Bucket, name: &str, boot: &str) -> Self {
        Self {
            bucket,
            name: name.into(),
            boot: boot.into(),
            missing: Mutex::default(),
            beaten: Mutex::default(),
            connected: Instant::now(),
            is_recovered: AtomicBool::new(false),
        }
    }

    /// Returns `true` if the server has taken a heartbeat lately.
    pub(crate) fn is_reachable(&self) -> bool {
        self.beaten().is_some() && !self.is_silent()
    }

    /// Returns `true` if the server has not answered for the life of a heartbeat.
    pub(crate) fn is_silent(&self) -> bool {
        self.beaten().unwrap_or(self.connected).elapsed() >= HEARTBEAT_TTL
    }

    fn beaten(&self) -> Option<Instant> {
        self.beaten.lock().map_or(None, |beaten| *beaten)
    }

    /// Notes that the server has the outcomes of earlier processes of this host.
    pub(crate) fn set_recovered(&self) {
        self.is_recovered.store(true, Ordering::Relaxed);
    }

    /// The life of a claimant.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub(crate) async fn life(&self, claimant: &Claimant) -> Result<Life, Away> {
        let found = self.bucket.read::<Heartbeat>(&claimant.host).await?;
        let beat = found.map(|found| found.value);
        let is_alive = beat.as_ref().is_some_and(|beat| {
            // The next process of the host decides by its journal, and then this one is gone.
            beat.boot == claimant.boot || !beat.is_recovered
        });
        let Ok(mut missing) = self.missing.lock() else { return Ok(Life::Alive) };
        let process = format!("{} {}", claimant.host, claimant.boot);
        if is_alive {
            missing.remove(&process);
            return Ok(Life::Alive);
        }
        let since = missing.entry(process).or_insert_with(Instant::now).elapsed();
        Ok(match beat {
            _ if since < MISSING_FOR => Life::Alive,
            Some(_) => Life::Restarted,
            None => Life::Gone(since),
        })
    }

    /// Beats until `stop`.
    ///
    /// # Errors
    /// Fails when another process has the name of this host.
    pub(crate) async fn beat(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        let (mut revision, mut count) = (None, 0);
        while !stop.is_cancelled() {
            count += 1;
            let is_recovered = self.is_recovered.load(Ordering::Relaxed);
            let beat = Heartbeat { boot: self.boot.clone(), is_recovered, count };
            match self.write(&beat, revision).await {
                Ok(Cas::Done(new)) => {
                    revision = Some(new);
                    if let Ok(mut beaten) = self.beaten.lock() {
                        *beaten = Some(Instant::now());
                    }
                }
                Ok(Cas::Changed) => {
                    let found = self.bucket.read::<Heartbeat>(&self.name).await;
                    let other = found.ok().flatten().filter(|found| found.value.boot != self.boot);
                    // The identifiers of processes grow with time: the older one ends.
                    if other.is_some_and(|other| other.value.boot > self.boot) {
                        return Err(QueueError::NameTaken(self.name.clone()));
                    }
                    revision = None;
                    continue;
                }
                Ok(Cas::NoAnswer) | Err(Away) => revision = None,
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
        Ok(())
    }

    async fn write(&self, beat: &Heartbeat, revision: Option<u64>) -> Result<Cas, Away> {
        let revision = match revision {
            Some(revision) => revision,
            None => {
                let found = self.bucket.read::<Heartbeat>(&self.name).await?;
                if found.as_ref().is_some_and(|found| found.value.boot > self.boot) {
                    return Ok(Cas::Changed);
                }
                found.map_or(0, |found| found.revision)
            }
        };
        Ok(self.bucket.write(&self.name, beat, revision).await)
    }
}
