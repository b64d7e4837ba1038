//! The expiry of messages that nobody fetches, and the deletion of old ones from the server.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;

use super::entry::Entry;
use super::items::Undecided;
use super::names::part_key;
use super::record::Record;
use super::server::{Away, answer};
use super::{Queue, QueueError};
use crate::claims::{Arrow, State};
use crate::clock;

/// The longest interval between two looks at all messages.
const MAX_INTERVAL: Duration = Duration::from_secs(3600);

impl Queue {
    /// Ends messages that have expired, and deletes them after the time `queue.keep`, until `stop`.
    pub(super) async fn purge(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        let keep = Duration::from_secs(self.settings.keep);
        let interval = (keep / 4).clamp(Duration::from_secs(1), MAX_INTERVAL);
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
            let before = clock::now().saturating_sub(keep);
            let purged = match self.purge_old(before, stop).await {
                Ok(()) => self.delete_items(before, stop).await.map_err(Undecided::from),
                Err(error) => Err(error),
            };
            match purged {
                Ok(()) => {}
                Err(Undecided::Later) => {
                    tracing::debug!("old messages are deleted later: the server does not answer");
                }
                Err(Undecided::Store(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Ends expired messages, and deletes those that have expired before a time.
    async fn purge_old(&self, before: i64, stop: &CancellationToken) -> Result<(), Undecided> {
        let now = clock::now();
        let mut keys = self.server.messages.keys().await?;
        while let Some(key) = keys.next().await {
            if stop.is_cancelled() {
                return Ok(());
            }
            let key = key.map_err(|_| Away)?;
            let Some(found) = self.server.messages.read::<Record>(&key).await? else { continue };
            let record = found.value;
            let entries = self.entries(&record).await?;
            let is_open = |entry: &Entry| entry.state.is_open();
            // Its modem or its route may have left for good, so that nobody fetches its item.
            if record.expires_at < now && entries.iter().all(is_open) {
                let parts: Vec<i64> = (0..).take(entries.len()).collect();
                self.end(&record, &parts, &Arrow::Expire).await?;
                continue;
            }
            // An expired item is never sent, even if the states of its parts are gone.
            if record.expires_at >= before {
                continue;
            }
            // A message without an outcome has its item in the stream, or a host has it.
            if entries.iter().any(|entry| is_open(entry) || entry.state == State::Claimed) {
                continue;
            }
            for part in 0..i64::try_from(record.parts).unwrap_or(i64::MAX) {
                self.server.parts.purge(&part_key(&record.id, part)).await?;
            }
            self.server.messages.purge(&record.id).await?;
        }
        Ok(())
    }

    /// Deletes items whose messages have expired before a time: no host has their route or their
    /// modem any more.
    async fn delete_items(&self, before: i64, stop: &CancellationToken) -> Result<(), Away> {
        let subjects = answer(self.server.work.info_with_subjects("work.>")).await?;
        let subjects: Vec<String> = subjects
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        for subject in subjects {
            let mut sequence = 1;
            // Items are read in the order in which they were added; the error at the end says that
            // there are no more.
            while let Ok(item) =
                answer(self.server.work.get_first_raw_message_by_subject(&subject, sequence)).await
            {
                if stop.is_cancelled() {
                    return Ok(());
                }
                sequence = item.sequence.saturating_add(1);
                let record = serde_json::from_slice::<Record>(&item.payload);
                if record.is_ok_and(|record| record.expires_at < before) {
                    answer(self.server.work.delete_message(item.sequence)).await?;
                }
            }
        }
        Ok(())
    }
}
