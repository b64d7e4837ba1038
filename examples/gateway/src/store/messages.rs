//! Messages to send: acceptance, look-up, and what waits after a start.

use modem::pool::Via;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Found, Slice, Tx};
use crate::api::{Accepted, Change, Checked, Incoming, Message, NewMessage, Part, Status};
use crate::clock;
use crate::config::EventKind;
use crate::keys::Digest;

/// The time after the validity until which an unknown outcome may become known: late reports.
pub(crate) const LATE: i64 = 48 * 3600 * 1000;

/// The time for which an idempotency key is kept at least.
const KEY_AGE: i64 = 24 * 3600 * 1000;

/// A request for a message, with its idempotency key and the digest of its body.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) checked: Checked,
    pub(crate) id: String,
    pub(crate) resend_of: Option<String>,
    pub(crate) key: Option<(Digest, Digest)>,
}

/// The result of an acceptance.
#[derive(Debug)]
pub(crate) enum Insert {
    /// The message was accepted, with the answer.
    New(Box<Waiting>, String),
    /// The key was used before for the same request, which had this answer.
    Replayed(String),
    /// The key was used before for another request.
    KeyReused,
    /// The received message that is to be answered is unknown.
    NoSuchReply,
}

/// A message that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) request: NewMessage,
    pub(crate) send_at: Option<i64>,
    pub(crate) expires_at: i64,
    /// The SIM or the modem that has received the message that this one answers, or that has sent
    /// another part of the same concatenated message.
    pub(crate) reply: Option<Via>,
    /// The name of the concatenated message whose part this is.
    pub(crate) bundle: Option<String>,
    pub(crate) pool_id: Option<i64>,
}

/// The choice of messages for a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) slice: Slice,
    pub(crate) status: Option<Status>,
    pub(crate) client_reference: Option<String>,
}

const COLUMNS: &str = "seq, id, status, reason, recipient, body, coding, created_at, updated_at,
    send_at, expires_at, final_at, wants_report, client_reference, resend_of";

impl Tx<'_> {
    /// Accepts a message, once for each idempotency key.
    pub(crate) fn insert(&self, request: &Request) -> rusqlite::Result<Insert> {
        if let Some((key, body)) = &request.key {
            let before = self
                .connection
                .prepare_cached("SELECT body, answer FROM idempotency WHERE key = ?")?
                .query_row([key], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))
                .optional()?;
            match before {
                Some((other, answer)) if other == body => return Ok(Insert::Replayed(answer)),
                Some(_) => return Ok(Insert::KeyReused),
                None => {}
            }
        }
        let Request { checked, id, resend_of, .. } = request;
        let message = &checked.message;
        if let Some(received) = &message.reply_to
            && self.reply_way(received)?.is_none()
        {
            return Ok(Insert::NoSuchReply);
        }
        let status = if checked.send_at.is_some() { Status::Scheduled } else { Status::Queued };
        let body = serde_json::to_string(message).unwrap_or_default();
        let parts = i64::try_from(checked.parts).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "INSERT INTO messages (id, created_at, updated_at, recipient, body, coding, parts,
                     send_at, expires_at, final_at, wants_report, client_reference, resend_of, status)
                 VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                id,
                self.now,
                checked.recipient,
                body,
                checked.coding,
                parts,
                checked.send_at,
                checked.expires_at,
                checked.expires_at.saturating_add(LATE),
                message.report,
                message.client_reference,
                resend_of,
                status.name(),
            ])?;
        let seq = self.connection.last_insert_rowid();
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO parts (message, part, rev, state) VALUES (?, ?, 0, 'waiting')",
        )?;
        for part in 0..parts {
            insert.execute((seq, part))?;
        }
        self.connection
            .prepare_cached("INSERT INTO history (message, at, status) VALUES (?, ?, ?)")?
            .execute((seq, self.now, status.name()))?;
        let answer =
            Accepted { id: id.clone(), parts: checked.parts, coding: checked.coding.into() };
        let answer = serde_json::to_string(&answer).unwrap_or_default();
        if let Some((key, body)) = &request.key {
            self.connection
                .prepare_cached("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)")?
                .execute(params![key, body, seq, answer, self.now])?;
        }
        if let Some(view) = self.message(seq)? {
            let data = serde_json::to_string(&view).unwrap_or_default();
            self.note(EventKind::Status, &data)?;
        }
        let waiting = self.waiting_by("seq = ?", [seq])?.pop();
        let waiting = waiting.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok(Insert::New(Box::new(waiting), answer))
    }

    /// The messages that have no outcome, in the order of their acceptance.
    pub(crate) fn unfinished(&self) -> rusqlite::Result<Vec<Waiting>> {
        self.waiting_by(
            "status IN ('scheduled', 'queued', 'sending')
                 AND seq NOT IN (SELECT message FROM queue_messages WHERE elsewhere)",
            [],
        )
    }

    pub(super) fn waiting_by(
        &self,
        condition: &str,
        arguments: impl rusqlite::Params,
    ) -> rusqlite::Result<Vec<Waiting>> {
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT seq, id, body, send_at, expires_at, pool_id,
                 (SELECT bundle FROM smpp WHERE message = seq) FROM messages WHERE {condition} ORDER BY seq"
        ))?;
        let rows = query.query_map(arguments, |row| {
            Ok(Waiting {
                seq: row.get(0)?,
                id: row.get(1)?,
                request: json(row, 2)?,
                send_at: row.get(3)?,
                expires_at: row.get(4)?,
                reply: None,
                pool_id: row.get(5)?,
                bundle: row.get(6)?,
            })
        })?;
        let mut rows: Vec<Waiting> = rows.collect::<Result<_, _>>()?;
        for row in &mut rows {
            if let Some(received) = &row.request.reply_to {
                row.reply = self.reply_way(received)?;
            }
            if let Some(bundle) = &row.bundle {
                row.reply = self.bundle_way(bundle)?;
            }
        }
        Ok(rows)
    }

    /// The SIM or the modem that has received a message.
    fn reply_way(&self, received: &str) -> rusqlite::Result<Option<Via>> {
        let incoming: Option<Incoming> = self
            .connection
            .prepare_cached("SELECT body FROM inbox WHERE id = ?")?
            .query_row([received], |row| json(row, 0))
            .optional()?;
        Ok(incoming.map(|incoming| match incoming.sim {
            Some(sim) => Via::Sim(sim),
            None => Via::Member(incoming.modem),
        }))
    }

    /// Notes the number of a message in the journal of the pool.
    pub(crate) fn set_pool_id(&self, seq: i64, pool_id: u64) -> rusqlite::Result<()> {
        let pool_id = i64::try_from(pool_id).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached("UPDATE messages SET pool_id = ? WHERE seq = ?")?
            .execute((pool_id, seq))?;
        self.refresh(seq)
    }

    /// Forgets the numbers of the pool, whose journal is new.
    pub(crate) fn forget_pool(&self) -> rusqlite::Result<()> {
        self.connection.execute("UPDATE messages SET pool_id = NULL", [])?;
        Ok(())
    }

    /// The message with this number in the journal of the pool, unless its status is final by now.
    pub(crate) fn by_pool_id(&self, pool_id: u64) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT seq FROM messages WHERE pool_id = ? AND final_at > ?")?
            .query_row((i64::try_from(pool_id).unwrap_or(i64::MAX), self.now), |row| row.get(0))
            .optional()
    }

    /// A message without its history.
    pub(crate) fn message(&self, seq: i64) -> rusqlite::Result<Option<Message>> {
        let mut query = self
            .connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE seq = ?"))?;
        let found = query.query_row([seq], |row| message(row, self.now)).optional()?;
        match found {
            Some((seq, mut message)) => {
                add_parts(self.connection, seq, &mut message)?;
                Ok(Some(message))
            }
            None => Ok(None),
        }
    }

    /// Deletes what is not needed any more: old idempotency keys and events.
    pub(crate) fn prune(&self, max_events: i64) -> rusqlite::Result<()> {
        self.connection.execute(
            "DELETE FROM idempotency WHERE created_at < ? AND message NOT IN
                 (SELECT seq FROM messages WHERE status IN ('scheduled', 'queued', 'sending'))",
            [self.now.saturating_sub(KEY_AGE)],
        )?;
        self.connection.execute(
            "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?",
            [max_events],
        )?;
        Ok(())
    }
}

/// A message by its identifier, with its history, and its number here.
pub(crate) fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<(i64, Message)>> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE id = ?"))?;
    let found = query.query_row([id], |row| message(row, clock::now())).optional()?;
    let Some((seq, mut message)) = found else {
        return Ok(None);
    };
    add_parts(connection, seq, &mut message)?;
    let mut query = connection.prepare_cached(
        "SELECT at, status, part, member, reason FROM history WHERE message = ? ORDER BY id",
    )?;
    let history = query.query_map([seq], |row| {
        Ok(Change {
            at: clock::format(row.get(0)?),
            status: row.get(1)?,
            part: row.get(2)?,
            modem: row.get(3)?,
            reason: row.get(4)?,
        })
    })?;
    message.history = history.collect::<Result<_, _>>()?;
    Ok(Some((seq, message)))
}

/// A page of the messages to send. A search looks at the recipient, the text and the reference.
pub(crate) fn list(connection: &Connection, filter: &Filter) -> rusqlite::Result<Found<Message>> {
    let (condition, order) = filter.slice.clauses();
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM messages WHERE {condition} AND (?2 IS NULL OR status = ?2)
             AND (?3 IS NULL OR client_reference = ?3) {order}"
    ))?;
    let status = filter.status.map(Status::name);
    let mut found = filter.slice.read(
        query.query(params![filter.slice.bound(), status, filter.client_reference])?,
        |row| message(row, clock::now()),
        |message| {
            let texts = [message.request.text.as_deref(), message.client_reference.as_deref()];
            texts.into_iter().flatten().chain([message.to.as_str()]).collect()
        },
    )?;
    for (seq, message) in &mut found.items {
        add_parts(connection, *seq, message)?;
    }
    Ok(found)
}

/// The numbers of messages by their status.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<Vec<(String, i64)>> {
    let mut query =
        connection.prepare_cached("SELECT status, count(*) FROM messages GROUP BY status")?;
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn message(row: &Row<'_>, now: i64) -> rusqlite::Result<(i64, Message)> {
    let name: String = row.get(2)?;
    let status = Status::named(&name).unwrap_or(Status::Unknown);
    let (final_at, wants_report): (i64, bool) = (row.get(11)?, row.get(12)?);
    let is_final = match status {
        Status::Scheduled | Status::Queued | Status::Sending => false,
        Status::Unknown => now >= final_at,
        Status::Sent => !wants_report || now >= final_at,
        _ => true,
    };
    let send_at: Option<i64> = row.get(9)?;
    let expires_at: Option<i64> = row.get(10)?;
    Ok((
        row.get(0)?,
        Message {
            id: row.get(1)?,
            status,
            is_final,
            reason: row.get(3)?,
            to: row.get(4)?,
            request: json(row, 5)?,
            coding: row.get(6)?,
            parts: Vec::new(),
            created_at: clock::format(row.get(7)?),
            updated_at: clock::format(row.get(8)?),
            send_at: send_at.map(clock::format),
            expires_at: expires_at.map(clock::format),
            client_reference: row.get(13)?,
            resend_of: row.get(14)?,
            history: Vec::new(),
        },
    ))
}

fn add_parts(connection: &Connection, seq: i64, message: &mut Message) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(
        "SELECT part + 1, state, reference, member, sim, reason FROM parts WHERE message = ? ORDER BY part",
    )?;
    let parts = query.query_map([seq], |row| {
        Ok(Part {
            number: row.get(0)?,
            state: row.get(1)?,
            reference: row.get(2)?,
            modem: row.get(3)?,
            sim: row.get(4)?,
            reason: row.get(5)?,
        })
    })?;
    message.parts = parts.collect::<Result<_, _>>()?;
    Ok(())
}

/// A column that holds JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}
