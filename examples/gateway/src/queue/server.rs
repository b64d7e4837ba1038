//! The server: its version, its streams and buckets, and compare-and-set.

use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::kv::{self, CreateErrorKind, UpdateErrorKind};
use async_nats::jetstream::stream::{
    self, ConsumerErrorKind, DiscardPolicy, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config;

/// The time in which the server has to answer.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The oldest version of the server: 2.10.20 to 2.10.22 have lost streams when their process ended.
const OLDEST: (i64, i64, i64) = (2, 10, 23);

/// The time after which the heartbeat of a host is stale.
pub(crate) const HEARTBEAT_TTL: Duration = Duration::from_secs(5);

/// The time for which idempotency keys and references of parts are kept: as long as the states of
/// parts, so that a repeated request never finds its message gone.
const KEPT: Duration = Duration::from_secs(70 * 24 * 3600);

/// The reason why the queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    /// The server cannot be reached or does not answer.
    #[error("the NATS server cannot be reached, {0}: start it, or correct queue.nats")]
    Unreachable(String),
    /// The server is too old.
    #[error("the NATS server has version {0}, which has lost messages: install 2.10.23 or later")]
    TooOld(String),
    /// The server may lose what it has acknowledged.
    #[error(
        "the NATS server does not have sync_interval: always: set it in its block jetstream, or \
         a loss of power can send messages twice"
    )]
    NotSynchronous,
    /// The server does not answer about a stream or a consumer.
    #[error("the NATS server does not answer about {0}: look at its log")]
    Silent(String),
    /// A stream cannot be created.
    #[error("the NATS server refuses the stream {0}, {1}: enable JetStream and free some space")]
    Refused(String, String),
    /// Another process has the name of this host.
    #[error("another gateway has the name {0}: give each host a queue.host of its own")]
    NameTaken(String),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl QueueError {
    /// Returns `true` if the server must not be used. All else may end while the program runs.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Silent(_) | Self::Refused(..) => false,
            Self::TooOld(_) | Self::NotSynchronous | Self::NameTaken(_) | Self::Store(_) => true,
        }
    }
}

/// The result of a compare-and-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cas {
    /// The entry was written, with this revision.
    Done(u64),
    /// The entry has another revision.
    Changed,
    /// There was no answer: the entry may be written, now or later.
    NoAnswer,
}

/// The server did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Away;

/// The answer of the server: one that comes in time and is not an error.
pub(crate) async fn answer<T, E>(asked: impl Future<Output = Result<T, E>>) -> Result<T, Away> {
    let answered = tokio::time::timeout(ANSWER_WITHIN, asked).await;
    answered.map_err(|_| Away)?.map_err(|_| Away)
}

/// A bucket of entries.
#[derive(Debug, Clone)]
pub(crate) struct Bucket(kv::Store);

/// An entry, with its revision.
#[derive(Debug, Clone)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) revision: u64,
}

impl Bucket {
    /// Reads an entry from the leader. One that cannot be decoded is an error like no answer: a
    /// newer program may have written it.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<Found<T>>, Away> {
        let entry = answer(self.0.entry(key)).await?;
        let Some(entry) = entry.filter(|entry| entry.operation == kv::Operation::Put) else {
            return Ok(None);
        };
        let value = serde_json::from_slice(&entry.value).map_err(|error| {
            tracing::error!(key, %error, "an entry of the queue cannot be read");
            Away
        })?;
        Ok(Some(Found { value, revision: entry.revision }))
    }

    /// Writes an entry if it has this revision; 0 stands for none.
    pub(crate) async fn write<T: Serialize + Sync>(
        &self,
        key: &str,
        value: &T,
        revision: u64,
    ) -> Cas {
        let Ok(text) = serde_json::to_vec(value) else { return Cas::NoAnswer };
        let written = async {
            if revision == 0 {
                self.0
                    .create(key, text.into())
                    .await
                    .map_err(|error| error.kind() == CreateErrorKind::AlreadyExists)
            } else {
                self.0
                    .update(key, text.into(), revision)
                    .await
                    .map_err(|error| error.kind() == UpdateErrorKind::WrongLastRevision)
            }
        };
        match tokio::time::timeout(ANSWER_WITHIN, written).await {
            Ok(Ok(revision)) => Cas::Done(revision),
            Ok(Err(true)) => Cas::Changed,
            Ok(Err(false)) | Err(_) => Cas::NoAnswer,
        }
    }

    /// Writes an entry, whatever it was.
    pub(crate) async fn put<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), Away> {
        let text = serde_json::to_vec(value).map_err(|_| Away)?;
        answer(self.0.put(key, text.into())).await.map(drop)
    }

    /// All entries, and then each change.
    pub(crate) async fn watch(&self) -> Result<kv::Watch, Away> {
        answer(self.0.watch_with_history(">")).await
    }

    /// The keys of all entries.
    pub(crate) async fn keys(&self) -> Result<kv::Keys, Away> {
        answer(self.0.keys()).await
    }

    /// Deletes an entry and its history.
    pub(crate) async fn purge(&self, key: &str) -> Result<(), Away> {
        answer(self.0.purge(key)).await
    }
}

/// The streams and buckets of the queue.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) context: Context,
    pub(crate) work: stream::Stream,
    pub(crate) parts: Bucket,
    pub(crate) messages: Bucket,
    pub(crate) idempotency: Bucket,
    pub(crate) hosts: Bucket,
    pub(crate) later: Bucket,
    pub(crate) references: Bucket,
    pub(crate) quota: Bucket,
}

impl Server {
    /// Connects, checks the server, and creates what is missing.
    ///
    /// # Errors
    /// Fails when the server cannot be reached, is too old, or refuses a stream.
    pub(crate) async fn connect(
        config: &config::Queue,
        waiting: usize,
    ) -> Result<Self, QueueError> {
        let unreachable = |error: String| QueueError::Unreachable(error);
        let options = ConnectOptions::new()
            .name(format!("sms-gateway {}", config.host))
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(100).saturating_mul(u32::try_from(attempts).unwrap_or(20).min(20))
            })
            .connection_timeout(ANSWER_WITHIN)
            .request_timeout(Some(ANSWER_WITHIN))
            // A link that swallows everything is noticed after two pings.
            .ping_interval(Duration::from_secs(2));
        let addresses: Vec<&str> = config.nats.0.split(',').map(str::trim).collect();
        let client =
            options.connect(addresses).await.map_err(|error| unreachable(error.to_string()))?;
        check_version(&client.server_info().version)?;
        if let Some(monitor) = &config.monitor {
            check_sync(monitor).await?;
        }
        let context = jetstream::context::ContextBuilder::new()
            .timeout(ANSWER_WITHIN)
            .ack_timeout(ANSWER_WITHIN)
            .build(client.clone());
        let replicas = config.replicas;
        let work = stream::Config {
            name: "WORK".into(),
            subjects: vec!["work.>".into()],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_messages: i64::try_from(waiting).unwrap_or(i64::MAX),
            storage: StorageType::File,
            num_replicas: replicas,
            ..stream::Config::default()
        };
        let work = stream(&context, work).await?;
        let bucket = |name, age| bucket(&context, name, age, replicas);
        Ok(Self {
            work,
            parts: bucket("PARTS", None).await?,
            messages: bucket("MESSAGES", None).await?,
            idempotency: bucket("IDEMPOTENCY", Some(KEPT)).await?,
            quota: bucket("QUOTA", Some(KEPT)).await?,
            later: bucket("LATER", None).await?,
            references: bucket("REFERENCES", Some(KEPT)).await?,
            hosts: bucket("HOSTS", Some(HEARTBEAT_TTL)).await?,
            client,
            context: context.clone(),
        })
    }
}

/// A stream, which is created if it is missing.
pub(super) async fn stream(
    context: &Context,
    config: stream::Config,
) -> Result<stream::Stream, QueueError> {
    let name = config.name.clone();
    let created = context.get_or_create_stream(config).await;
    created.map_err(|error| match error.kind() {
        CreateStreamErrorKind::TimedOut => QueueError::Silent(name),
        _ => QueueError::Refused(name, error.to_string()),
    })
}

/// A consumer of a stream, which is created if it is missing.
pub(super) async fn consumer(
    stream: &stream::Stream,
    config: pull::Config,
) -> Result<Consumer<pull::Config>, QueueError> {
    let name = config.durable_name.clone().unwrap_or_default();
    let created = stream.get_or_create_consumer(&name, config).await;
    created.map_err(|error| match error.kind() {
        ConsumerErrorKind::TimedOut => QueueError::Silent(name),
        _ => QueueError::Refused(name, error.to_string()),
    })
}

/// A bucket that is read from its leader. The client's own would also ask a follower, which may
/// not have the newest revision.
async fn bucket(
    context: &Context,
    name: &str,
    age: Option<Duration>,
    replicas: usize,
) -> Result<Bucket, QueueError> {
    let config = stream::Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_age: age.unwrap_or_default(),
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: false,
        storage: StorageType::File,
        num_replicas: replicas,
        ..stream::Config::default()
    };
    stream(context, config).await?;
    let store = context.get_key_value(name).await;
    // The stream is there.
    Ok(Bucket(store.map_err(|_| QueueError::Silent(format!("KV_{name}")))?))
}

fn check_version(version: &str) -> Result<(), QueueError> {
    let mut numbers = version.split(['.', '-', '+']).map(|number| number.parse().unwrap_or(0));
    let mut number = || numbers.next().unwrap_or(0);
    if (number(), number(), number()) < OLDEST {
        return Err(QueueError::TooOld(version.into()));
    }
    Ok(())
}

/// Checks `sync_interval: always`, which only the monitoring page of a server shows.
async fn check_sync(monitor: &str) -> Result<(), QueueError> {
    let url = format!("{}/varz", monitor.trim_end_matches('/'));
    let asked = async {
        let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).build()?;
        client.get(&url).send().await?.text().await
    };
    let unreachable = |error: String| QueueError::Unreachable(format!("{url}: {error}"));
    let text = asked.await.map_err(|error| unreachable(error.without_url().to_string()))?;
    let page: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| unreachable(error.to_string()))?;
    if page["jetstream"]["config"]["sync_always"] == true {
        return Ok(());
    }
    Err(QueueError::NotSynchronous)
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn a_server_that_has_lost_messages_is_refused_in_one_sentence() {
        for version in ["2.9.10", "2.10.22", "1.4.1", "", "2.10.22-RC.2"] {
            let error = check_version(version).unwrap_err().to_string();
            assert!(error.ends_with("install 2.10.23 or later"), "{error}");
            assert_eq!(error.lines().count(), 1);
        }
        for version in ["2.10.23", "2.11.0", "2.15.1", "3.0.0-beta.1", "2.10.24+build"] {
            assert!(check_version(version).is_ok(), "{version}");
        }
    }
}
