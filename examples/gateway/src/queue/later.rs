//! Messages that wait for their time: any host adds them to the stream, several may do it at once.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::kv::Operation;
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::record::Record;
use super::{Queue, QueueError};
use crate::clock;

/// The interval at which due messages are added.
const INTERVAL: Duration = Duration::from_millis(500);

impl Queue {
    /// Adds messages to the stream whose time has come, until `stop`.
    pub(super) async fn submit_later(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        while !stop.is_cancelled() {
            let Ok(mut entries) = self.server.later.watch().await else {
                stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await;
                continue;
            };
            let mut waiting: BTreeMap<String, Record> = BTreeMap::new();
            loop {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    entry = entries.next() => {
                        // A watch that has ended begins again with all entries.
                        let Some(Ok(entry)) = entry else { break };
                        let record = serde_json::from_slice(&entry.value);
                        match (entry.operation, record) {
                            (Operation::Put, Ok(record)) => drop(waiting.insert(entry.key, record)),
                            _ => drop(waiting.remove(&entry.key)),
                        }
                    }
                    () = tokio::time::sleep(INTERVAL) => self.submit_due(&mut waiting).await,
                }
            }
        }
        Ok(())
    }

    async fn submit_due(&self, waiting: &mut BTreeMap<String, Record>) {
        let now = clock::now();
        let is_due = |record: &&Record| record.send_at.is_none_or(|at| at <= now);
        let due: Vec<Record> = waiting.values().filter(is_due).cloned().collect();
        for record in due {
            let lane = record.lane(&self.config);
            // Without an answer it is added again: a second item is harmless.
            if self.publish(&record, &lane).await.is_err() {
                return;
            }
            self.hint(&lane).await;
            if self.server.later.purge(&record.id).await.is_ok() {
                waiting.remove(&record.id);
            }
        }
    }
}
