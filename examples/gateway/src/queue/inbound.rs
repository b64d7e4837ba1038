//! Received messages on their way to webhooks: each is on the server once its host has stored it,
//! and one host delivers it.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::stream::{self, RetentionPolicy, StorageType};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::server::{self, ANSWER_WITHIN, Away, Server, answer};
use super::{Queue, QueueError};
use crate::config;
use crate::config::EventKind;
use crate::store::queue;

/// The messages that a host takes at a time.
const BATCH: usize = 16;

/// The interval at which stored messages are added that the server has not taken.
const INTERVAL: Duration = Duration::from_millis(500);

/// A received message for webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub(crate) webhook_id: String,
    /// The sender: webhooks of one sender go in order, as far as one host delivers them.
    pub(crate) lane: String,
    /// The message as JSON.
    pub(crate) data: String,
}

/// Creates the stream of received messages and its consumer.
pub(super) async fn consumer(
    server: &Server,
    settings: &config::Queue,
) -> Result<Consumer<pull::Config>, QueueError> {
    let stream = stream::Config {
        name: "INBOUND".into(),
        subjects: vec!["inbound".into()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        num_replicas: settings.replicas,
        ..stream::Config::default()
    };
    let stream = server::stream(&server.context, stream).await?;
    let config = pull::Config {
        durable_name: Some("webhooks".into()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(settings.ack_wait),
        max_deliver: -1,
        ..pull::Config::default()
    };
    server::consumer(&stream, config).await
}

impl Queue {
    /// Adds received messages of this host to the stream, and delivers those of all hosts by the
    /// webhooks of this one, until `stop`.
    pub(super) async fn share_inbound(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        if !self.store.shares_received() {
            return Ok(());
        }
        tokio::try_join!(self.add_received(stop), self.deliver_received(stop))?;
        Ok(())
    }

    async fn add_received(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        while !stop.is_cancelled() {
            let waiting = self.store.read(|connection| queue::received(connection, BATCH)).await?;
            let mut is_away = waiting.is_empty();
            for (number, hook) in waiting {
                if self.add_hook(&hook).await.is_err() {
                    is_away = true;
                    break;
                }
                self.store.write(move |tx| tx.forget_received(number)).await?;
            }
            if is_away {
                stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await;
            }
        }
        Ok(())
    }

    async fn add_hook(&self, hook: &Hook) -> Result<(), Away> {
        let payload = serde_json::to_vec(hook).map_err(|_| Away)?;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", hook.webhook_id.as_str());
        let context = &self.server.context;
        let sent =
            async { context.publish_with_headers("inbound", headers, payload.into()).await?.await };
        answer(sent).await.map(drop)
    }

    async fn deliver_received(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        while !stop.is_cancelled() {
            let asked = self.inbound.fetch().max_messages(BATCH).messages();
            let mut any = false;
            if let Ok(Ok(mut items)) = tokio::time::timeout(ANSWER_WITHIN, asked).await {
                while let Ok(Some(Ok(item))) =
                    tokio::time::timeout(ANSWER_WITHIN, items.next()).await
                {
                    any = true;
                    match serde_json::from_slice::<Hook>(&item.payload) {
                        Ok(hook) => {
                            let webhook_id = hook.webhook_id.clone();
                            self.store.write(move |tx| tx.deliver_received(&hook)).await?;
                            tracing::debug!(webhook_id, "a received message has its webhooks here");
                            self.store.wake_webhooks();
                            // Without an acknowledgement it comes again, with its identifier.
                            let _ = tokio::time::timeout(ANSWER_WITHIN, item.double_ack()).await;
                        }
                        // A newer program may have written it.
                        Err(error) => tracing::error!(%error, "a webhook cannot be read"),
                    }
                }
            }
            if !any {
                stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await;
            }
        }
        Ok(())
    }

    /// The type of the events that all hosts share.
    pub(crate) fn shares(config: &config::Config) -> bool {
        config.webhooks.iter().any(|webhook| webhook.events.contains(&EventKind::Received))
    }
}
