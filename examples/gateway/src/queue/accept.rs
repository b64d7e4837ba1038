//! Acceptance, look-up and cancelling: on any host, whichever has the message.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::{ConsumerInfoErrorKind, PublishErrorKind};
use serde::{Deserialize, Serialize};

use super::Queue;
use super::entry::{self, Entry, Followed};
use super::items::{HINT, Undecided};
use super::names::Lane;
use super::record::Record;
use super::server::{ANSWER_WITHIN, Away, Bucket, Cas};
use crate::api::{self, Message, Status};
use crate::claims::{Arrow, State};
use crate::clock;
use crate::problem::{Kind, Problem};
use crate::store::{Request, inbox};

/// The attempts to write what a request needs.
const ATTEMPTS: usize = 3;

/// The pause between them.
const PAUSE: Duration = Duration::from_millis(200);

/// The result of an acceptance.
#[derive(Debug)]
pub(crate) enum Accepted {
    New(String),
    Replayed(String),
    KeyReused,
    NoSuchReply,
}

/// An idempotency key that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    /// The digest of the request.
    body: String,
    record: Record,
}

impl From<Away> for Problem {
    fn from(Away: Away) -> Self {
        let detail = "the NATS server does not answer: send the request again later";
        Self::new(Kind::Unavailable, detail)
    }
}

/// The reason why a message is not known to be on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAccepted {
    /// Nothing was written that the server has not refused.
    Nothing,
    /// There was no answer: the message may be on the server, now or later.
    Perhaps,
}

impl NotAccepted {
    /// The problem for a message with this identifier.
    fn problem(self, id: &str) -> Problem {
        let detail = match self {
            Self::Nothing => return Away.into(),
            Self::Perhaps => format!(
                "the NATS server has not answered in time, and the message may be accepted: send \
                 the request again with its Idempotency-Key, or look for /v1/messages/{id}"
            ),
        };
        Problem::new(Kind::Unavailable, detail)
    }
}

impl Queue {
    /// Accepts a message: it is durable on the server, once for each idempotency key.
    ///
    /// # Errors
    /// Fails when no host serves the route, or the server does not answer.
    pub(crate) async fn accept(&self, request: &Request) -> Result<Accepted, Problem> {
        if !self.is_connected() {
            return Err(Away.into());
        }
        let reply = match &request.checked.message.reply_to {
            Some(received) => match self.reply_way(received).await? {
                Some(member) => Some(member),
                None => return Ok(Accepted::NoSuchReply),
            },
            None => None,
        };
        let mut record = Record::new(request, reply);
        let lane = record.lane(&self.config);
        self.check_lane(&lane).await?;
        let mut is_repeated = false;
        if let Some((key, body)) = &request.key {
            let used = Used { body: faster_hex::hex_string(body), record: record.clone() };
            let found =
                use_key(&self.server.idempotency, &faster_hex::hex_string(key), used.clone())
                    .await?;
            if found.body != used.body {
                return Ok(Accepted::KeyReused);
            }
            is_repeated = found.record.id != record.id;
            record = found.record;
        }
        let answer = api::Accepted {
            id: record.id.clone(),
            parts: record.parts,
            coding: record.coding.clone(),
        };
        let answer = serde_json::to_string(&answer).unwrap_or_default();
        let written = self.server.messages.read::<Record>(&record.id);
        if is_repeated && written.await?.is_some() {
            return Ok(Accepted::Replayed(answer));
        }
        // A process that was killed here has left a key without a message: this request goes on.
        // Two items of one message are harmless.
        let lane = record.lane(&self.config);
        let placed = if record.send_at.is_some_and(|at| at > clock::now()) {
            self.write_once(&self.server.later, &record).await
        } else {
            self.publish(&record, &lane).await
        };
        placed.map_err(|error| error.problem(&record.id))?;
        let written = self.write_once(&self.server.messages, &record).await;
        written.map_err(|_| NotAccepted::Perhaps.problem(&record.id))?;
        self.hint(&lane).await;
        Ok(if is_repeated { Accepted::Replayed(answer) } else { Accepted::New(answer) })
    }

    /// The modem that has received a message.
    async fn reply_way(&self, received: &str) -> Result<Option<String>, Problem> {
        let id = received.to_owned();
        let found = self.store.read(move |connection| inbox::find(connection, &id)).await?;
        Ok(found.map(|incoming| incoming.modem))
    }

    /// Checks that a lane has a consumer: without one, a message would wait without end.
    async fn check_lane(&self, lane: &Lane) -> Result<(), Problem> {
        if self.served.iter().any(|served| served.lane == *lane) {
            return Ok(());
        }
        if self.lanes.lock().is_ok_and(|lanes| lanes.contains(lane)) {
            return Ok(());
        }
        let name = lane.consumer();
        let asked =
            tokio::time::timeout(ANSWER_WITHIN, self.server.work.consumer_info(&name)).await;
        match asked.map_err(|_| Away)? {
            Ok(_) => {
                if let Ok(mut lanes) = self.lanes.lock() {
                    lanes.insert(lane.clone());
                }
                Ok(())
            }
            Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {
                Err(Problem::new(Kind::NoRoute, "no host has a modem for this message"))
            }
            Err(_) => Err(Away.into()),
        }
    }

    /// Returns `true` if the server has answered lately. The client keeps what it is given while it
    /// has no connection, and sends it later: a message that was refused would go out.
    fn is_connected(&self) -> bool {
        !self.hosts.is_silent()
            && self.server.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Adds an item to the stream.
    pub(super) async fn publish(&self, record: &Record, lane: &Lane) -> Result<(), NotAccepted> {
        let mut failed = NotAccepted::Nothing;
        let Ok(payload) = serde_json::to_vec(record) else { return Err(failed) };
        let payload = bytes::Bytes::from(payload);
        for _ in 0..ATTEMPTS {
            if !self.is_connected() {
                break;
            }
            let mut headers = HeaderMap::new();
            // Fewer duplicates while the server remembers; it is not relied on.
            headers.insert("Nats-Msg-Id", record.id.as_str());
            let context = &self.server.context;
            let sent = context.publish_with_headers(lane.subject(), headers, payload.clone());
            let sent = async { sent.await?.await };
            match tokio::time::timeout(ANSWER_WITHIN, sent).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) if error.kind() == PublishErrorKind::Other => {
                    tracing::warn!(%error, "the NATS server has not taken a message");
                }
                _ => failed = NotAccepted::Perhaps,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(failed)
    }

    /// Writes the record of a message, unless it is there.
    pub(super) async fn write_once(
        &self,
        bucket: &Bucket,
        record: &Record,
    ) -> Result<(), NotAccepted> {
        let mut failed = NotAccepted::Nothing;
        for _ in 0..ATTEMPTS {
            if !self.is_connected() {
                break;
            }
            match bucket.write(&record.id, record, 0).await {
                Cas::Done(_) | Cas::Changed => return Ok(()),
                Cas::NoAnswer => failed = NotAccepted::Perhaps,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(failed)
    }

    /// Announces a new item.
    pub(super) async fn hint(&self, lane: &Lane) {
        // Without the announcement the item is found a moment later.
        let _ = self.server.client.publish(format!("{HINT}{}", lane.subject()), "".into()).await;
    }

    /// A message with the states of its parts; `None` if the queue does not have it.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Message>, Problem> {
        Ok(self.look_up(id).await?.map(|(record, entries)| record.view(&entries, clock::now())))
    }

    async fn look_up(&self, id: &str) -> Result<Option<(Record, Vec<Entry>)>, Problem> {
        // A key has no other characters than these.
        if id.is_empty() || !id.bytes().all(|octet| octet.is_ascii_hexdigit() || octet == b'-') {
            return Ok(None);
        }
        let Some(found) = self.server.messages.read::<Record>(id).await? else { return Ok(None) };
        let entries = self.entries(&found.value).await?;
        Ok(Some((found.value, entries)))
    }

    /// Cancels a message of which nothing has left. Returns `None` if the queue does not have it,
    /// and whether it is cancelled.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub(crate) async fn cancel(&self, id: &str) -> Result<Option<(bool, Message)>, Problem> {
        let Some((record, entries)) = self.look_up(id).await? else { return Ok(None) };
        let before = record.view(&entries, clock::now());
        let is_untouched = entries.iter().all(|entry| entry.state.is_open());
        if !is_untouched {
            return Ok(Some((before.status == Status::Cancelled, before)));
        }
        let by = self.claims.by("");
        let mut is_cancelled = false;
        for part in 0..i64::try_from(record.parts).unwrap_or(i64::MAX) {
            let arrow = Arrow::Cancel;
            let followed = entry::follow(&self.server.parts, &record.id, part, &arrow, &by).await?;
            // The first part decides: no host claims another one before it.
            if let (0, Followed::Lost(entry)) = (part, &followed) {
                is_cancelled = entry.state == State::Cancelled;
                break;
            }
            is_cancelled = true;
        }
        if is_cancelled {
            match self.announce(&record).await {
                Ok(()) | Err(Undecided::Later) => {}
                Err(Undecided::Store(error)) => return Err(error.into()),
            }
        }
        let entries = self.entries(&record).await?;
        Ok(Some((is_cancelled, record.view(&entries, clock::now()))))
    }
}

/// Uses an idempotency key. Returns what it was used for first.
async fn use_key(bucket: &Bucket, key: &str, used: Used) -> Result<Used, Away> {
    for _ in 0..ATTEMPTS {
        match bucket.write(key, &used, 0).await {
            Cas::Done(_) => return Ok(used),
            Cas::Changed | Cas::NoAnswer => {
                if let Ok(Some(found)) = bucket.read::<Used>(key).await {
                    return Ok(found.value);
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Away)
}
