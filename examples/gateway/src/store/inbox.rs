//! Received messages, each once, with the webhooks and messages that follow from them.

use rusqlite::{Connection, params};

use super::{Found, Insert, Request, Slice, Tx, Waiting};
use crate::api::Incoming;
use crate::config::EventKind;

/// A consequence of a received message by a rule, durable together with it.
#[derive(Debug, Clone)]
pub(crate) enum Follow {
    /// A message, at most so many of the rule in an hour.
    Send { rule: String, max_per_hour: u32, request: Box<Request> },
    /// A webhook to this endpoint.
    Webhook { endpoint: String },
    /// A deliver_sm for this account of SMPP.
    Smpp { account: String },
}

/// The result of storing a received message.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// `false` if the message had been stored before.
    pub(crate) is_new: bool,
    /// The messages that follow from rules.
    pub(crate) messages: Vec<Waiting>,
}

impl Tx<'_> {
    /// Stores a received message, unless it is stored already.
    pub(crate) fn receive(
        &self,
        incoming: &Incoming,
        follows: &[Follow],
    ) -> rusqlite::Result<Arrived> {
        let body = serde_json::to_string(incoming).unwrap_or_default();
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO inbox (id, received_at, sender, member, body)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![incoming.id, self.now, incoming.from, incoming.modem, body])?;
        let mut messages = Vec::new();
        if inserted == 0 {
            return Ok(Arrived { is_new: false, messages });
        }
        let webhook_id = format!("msg_{}", incoming.id);
        let lane = &incoming.from;
        if self.shares_received {
            self.share_received(lane, &webhook_id, &body)?;
        } else {
            self.emit(EventKind::Received, lane, Some(&webhook_id), &body)?;
        }
        for follow in follows {
            match follow {
                Follow::Webhook { endpoint } => {
                    let kind = EventKind::Received;
                    self.deliver(endpoint, kind, lane, &webhook_id, &body)?;
                }
                Follow::Smpp { account } => {
                    self.deliver_smpp(account, "smpp.message", &webhook_id, &body)?;
                }
                Follow::Send { rule, max_per_hour, request } => {
                    if self.sent_by(rule)? >= i64::from(*max_per_hour) {
                        tracing::warn!(rule, id = incoming.id, "the rule has reached max_per_hour");
                        continue;
                    }
                    if let Insert::New(waiting, _) = self.insert(request)? {
                        messages.push(*waiting);
                    }
                }
            }
        }
        Ok(Arrived { is_new: true, messages })
    }

    /// The number of messages of a rule in the last hour.
    fn sent_by(&self, rule: &str) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(
                "SELECT count(*) FROM messages WHERE client_reference = ?1 AND created_at > ?2",
            )?
            .query_row((reference_of(rule), self.now.saturating_sub(3600 * 1000)), |row| row.get(0))
    }
}

/// The reference of the messages of a rule, at most 64 characters.
pub(crate) fn reference_of(rule: &str) -> String {
    let name: String = rule.chars().take(59).collect();
    format!("rule:{name}")
}

/// A page of the received messages. A search looks at the sender and the text.
pub(crate) fn list(connection: &Connection, slice: &Slice) -> rusqlite::Result<Found<Incoming>> {
    let (condition, order) = slice.clauses();
    let mut query = connection
        .prepare_cached(&format!("SELECT seq, body FROM inbox WHERE {condition} {order}"))?;
    slice.read(
        query.query([slice.bound()])?,
        |row| Ok((row.get(0)?, super::messages::json(row, 1)?)),
        |incoming: &Incoming| vec![&incoming.from, incoming.text.as_deref().unwrap_or_default()],
    )
}

/// A received message by its identifier.
pub(crate) fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<Incoming>> {
    use rusqlite::OptionalExtension as _;
    connection
        .prepare_cached("SELECT body FROM inbox WHERE id = ?")?
        .query_row([id], |row| super::messages::json(row, 0))
        .optional()
}
