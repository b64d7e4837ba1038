//! The part of a host in the queue: its copies of messages, the claims that it has begun, and the
//! states that the server does not have yet.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Insert, Request, Tx, Waiting};
use crate::claims::{Arrow, PartKey, State};
use crate::config::EventKind;
use crate::queue::Hook;

/// The result of taking a message from the queue.
#[derive(Debug)]
pub(crate) enum Adopted {
    /// The message is new here, or was given back before.
    New(Box<Waiting>),
    /// The engine has the message already.
    Live(i64),
    /// All that this host had to do is done.
    Over,
}

/// The beginning of a claim.
#[derive(Debug)]
pub(crate) enum Intent {
    /// The message did not come from the queue.
    Local,
    /// The part is in a state where no claim begins.
    Late,
    /// The token is durable. `before` is the token of an earlier claim of this host, which has
    /// ended without sending.
    Begun { id: String, before: Option<String> },
}

/// A part as this host knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) part: i64,
    pub(crate) rev: i64,
    pub(crate) state: State,
    pub(crate) token: Option<String>,
    pub(crate) member: Option<String>,
    pub(crate) sim: Option<String>,
    pub(crate) reference: Option<u8>,
    pub(crate) reason: Option<String>,
    pub(crate) is_dirty: bool,
}

/// A message of the queue as this host knows it.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    pub(crate) id: String,
    pub(crate) recipient: String,
    pub(crate) wants_report: bool,
    pub(crate) is_elsewhere: bool,
    pub(crate) parts: Vec<Row>,
}

/// The state of a part on the server, for a copy that follows it.
#[derive(Debug, Clone)]
pub(crate) struct Mirrored {
    pub(crate) part: i64,
    pub(crate) state: State,
    pub(crate) member: Option<String>,
    pub(crate) sim: Option<String>,
    pub(crate) reference: Option<u8>,
    pub(crate) reason: Option<String>,
}

impl Tx<'_> {
    /// Takes a message from the queue.
    pub(crate) fn adopt(&self, request: &Request) -> rusqlite::Result<Option<Adopted>> {
        let found: Option<(i64, bool)> = self
            .connection
            .prepare_cached(
                "SELECT m.seq, q.elsewhere FROM messages m JOIN queue_messages q ON q.message = m.seq
                 WHERE m.id = ?",
            )?
            .query_row([&request.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((seq, is_elsewhere)) = found else {
            let Insert::New(waiting, _) = self.insert(request)? else { return Ok(None) };
            self.connection
                .prepare_cached("INSERT INTO queue_messages (message) VALUES (?)")?
                .execute([waiting.seq])?;
            self.connection
                .prepare_cached(
                    "INSERT INTO queue_parts (message, part)
                     SELECT message, part FROM parts WHERE message = ?",
                )?
                .execute([waiting.seq])?;
            return Ok(Some(Adopted::New(waiting)));
        };
        let is_open =
            self.states(seq)?.iter().any(|(_, state)| state.is_open() || *state == State::Claimed);
        if !is_elsewhere {
            return Ok(Some(if is_open { Adopted::Live(seq) } else { Adopted::Over }));
        }
        if !self.states(seq)?.iter().all(|(_, state)| state.is_open()) {
            return Ok(Some(Adopted::Over));
        }
        self.connection
            .prepare_cached("UPDATE queue_messages SET elsewhere = 0 WHERE message = ?")?
            .execute([seq])?;
        let waiting = self.waiting_by("seq = ?", [seq])?.pop();
        Ok(waiting.map(|waiting| Adopted::New(Box::new(Waiting { pool_id: None, ..waiting }))))
    }

    /// Notes the token of a claim before the server is asked for it.
    pub(crate) fn intend(&self, key: PartKey, token: &str) -> rusqlite::Result<Intent> {
        let found: Option<(String, String, Option<String>)> = self
            .connection
            .prepare_cached(
                "SELECT m.id, p.state, q.token FROM queue_parts q
                 JOIN parts p ON p.message = q.message AND p.part = q.part
                 JOIN messages m ON m.seq = q.message WHERE q.message = ? AND q.part = ?",
            )?
            .query_row((key.message, key.part), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((id, state, before)) = found else { return Ok(Intent::Local) };
        if !State::named(&state).is_some_and(State::is_open) {
            return Ok(Intent::Late);
        }
        self.connection
            .prepare_cached(
                "UPDATE queue_parts SET token = ?3, dirty = 1 WHERE message = ?1 AND part = ?2",
            )?
            .execute((key.message, key.part, token))?;
        Ok(Intent::Begun { id, before })
    }

    /// Follows the arrow of a claim that the server has acknowledged.
    pub(crate) fn claimed(&self, key: PartKey, arrow: &Arrow) -> rusqlite::Result<bool> {
        let is_claimed = self.apply(key, arrow)?;
        if is_claimed {
            self.connection
                .prepare_cached("UPDATE queue_parts SET dirty = 0 WHERE message = ? AND part = ?")?
                .execute((key.message, key.part))?;
        }
        Ok(is_claimed)
    }

    /// Notes that the server does not have the state of a part.
    pub(super) fn mark_dirty(&self, key: PartKey) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("UPDATE queue_parts SET dirty = 1 WHERE message = ? AND part = ?")?
            .execute((key.message, key.part))?;
        Ok(())
    }

    /// Notes that the server has the state of a part, unless it has changed since.
    pub(crate) fn pushed(&self, seq: i64, row: &Row) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE queue_parts SET dirty = 0 WHERE message = ?1 AND part = ?2 AND token IS ?4
                     AND ?3 = (SELECT rev FROM parts WHERE message = ?1 AND part = ?2)",
            )?
            .execute(params![seq, row.part, row.rev, row.token])?;
        Ok(())
    }

    /// Notes that another host decides about a message. Returns `false` if it is not of the queue.
    pub(crate) fn set_elsewhere(&self, seq: i64) -> rusqlite::Result<bool> {
        let changed = self
            .connection
            .prepare_cached("UPDATE queue_messages SET elsewhere = 1 WHERE message = ?")?
            .execute([seq])?;
        Ok(changed == 1)
    }

    /// Notes a received message for the webhooks of all hosts.
    pub(super) fn share_received(
        &self,
        lane: &str,
        webhook_id: &str,
        data: &str,
    ) -> rusqlite::Result<()> {
        self.note(EventKind::Received, data)?;
        self.connection
            .prepare_cached("INSERT INTO queue_received (webhook_id, lane, data) VALUES (?, ?, ?)")?
            .execute((webhook_id, lane, data))?;
        Ok(())
    }

    /// Forgets a received message that the server has.
    pub(crate) fn forget_received(&self, number: i64) -> rusqlite::Result<()> {
        self.connection.execute("DELETE FROM queue_received WHERE id = ?", [number])?;
        Ok(())
    }

    /// Adds the webhooks of a received message, of whichever host.
    pub(crate) fn deliver_received(&self, hook: &Hook) -> rusqlite::Result<()> {
        let kind = EventKind::Received;
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.events.contains(&kind)) {
            self.deliver(&endpoint.name, kind, &hook.lane, &hook.webhook_id, &hook.data)?;
        }
        Ok(())
    }

    /// Brings the copy of a message up to date with the server, without an event. A copy of which
    /// this host has tried nothing is deleted.
    pub(crate) fn mirror(&self, seq: i64, parts: &[Mirrored]) -> rusqlite::Result<()> {
        for part in parts {
            self.connection
                .prepare_cached(
                    "UPDATE parts SET rev = rev + 1, state = ?3, member = ?4, sim = ?5,
                         reference = ?6, reason = ?7 WHERE message = ?1 AND part = ?2",
                )?
                .execute(params![
                    seq,
                    part.part,
                    part.state.name(),
                    part.member,
                    part.sim,
                    part.reference,
                    part.reason
                ])?;
        }
        self.connection
            .prepare_cached("UPDATE queue_parts SET dirty = 0 WHERE message = ?")?
            .execute([seq])?;
        let tried: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM history WHERE message = ? AND part IS NOT NULL")?
            .query_row([seq], |row| row.get(0))?;
        if tried == 0 {
            for table in ["queue_parts", "queue_messages", "history", "parts"] {
                self.connection
                    .prepare_cached(&format!("DELETE FROM {table} WHERE message = ?"))?
                    .execute([seq])?;
            }
            self.connection.prepare_cached("DELETE FROM messages WHERE seq = ?")?.execute([seq])?;
            return Ok(());
        }
        self.set_status(seq)?;
        Ok(())
    }
}

/// The number of a message of the queue that the engine has.
pub(crate) fn live_by_id(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    let found = connection
        .prepare_cached(
            "SELECT m.seq FROM messages m JOIN queue_messages q ON q.message = m.seq
             WHERE m.id = ? AND NOT q.elsewhere AND EXISTS (SELECT 1 FROM parts p
                 WHERE p.message = m.seq AND p.state IN ('waiting', 'claimed', 'released'))",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The messages of which the server does not have all states.
pub(crate) fn dirty(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<i64>> {
    let mut query = connection
        .prepare_cached("SELECT DISTINCT message FROM queue_parts WHERE dirty LIMIT ?")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.query_map([limit], |row| row.get(0))?.collect()
}

/// The copy of a message of the queue.
pub(crate) fn copy(connection: &Connection, seq: i64) -> rusqlite::Result<Option<Copy>> {
    let found = connection
        .prepare_cached(
            "SELECT m.id, m.recipient, m.wants_report, q.elsewhere FROM messages m
             JOIN queue_messages q ON q.message = m.seq WHERE m.seq = ?",
        )?
        .query_row([seq], |row| {
            Ok(Copy {
                id: row.get(0)?,
                recipient: row.get(1)?,
                wants_report: row.get(2)?,
                is_elsewhere: row.get(3)?,
                parts: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut copy) = found else { return Ok(None) };
    let mut query = connection.prepare_cached(
        "SELECT p.part, p.rev, p.state, q.token, p.member, p.sim, p.reference, p.reason, q.dirty
         FROM parts p JOIN queue_parts q ON q.message = p.message AND q.part = p.part
         WHERE p.message = ? ORDER BY p.part",
    )?;
    let rows = query.query_map([seq], |row| {
        let state: String = row.get(2)?;
        Ok(Row {
            part: row.get(0)?,
            rev: row.get(1)?,
            state: State::named(&state).unwrap_or(State::Unknown),
            token: row.get(3)?,
            member: row.get(4)?,
            sim: row.get(5)?,
            reference: row.get(6)?,
            reason: row.get(7)?,
            is_dirty: row.get(8)?,
        })
    })?;
    copy.parts = rows.collect::<Result<_, _>>()?;
    Ok(Some(copy))
}

/// The copy of a message of the queue by its identifier.
pub(crate) fn copy_by_id(connection: &Connection, id: &str) -> rusqlite::Result<Option<Copy>> {
    let seq = connection
        .prepare_cached("SELECT seq FROM messages WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    seq.map_or(Ok(None), |seq| copy(connection, seq))
}

/// The received messages that the server does not have, with their numbers.
pub(crate) fn received(
    connection: &Connection,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, Hook)>> {
    let mut query = connection.prepare_cached(
        "SELECT id, webhook_id, lane, data FROM queue_received ORDER BY id LIMIT ?",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map([limit], |row| {
        Ok((row.get(0)?, Hook { webhook_id: row.get(1)?, lane: row.get(2)?, data: row.get(3)? }))
    })?;
    rows.collect()
}
