//! Events, and the webhooks that wait for their delivery.

use rusqlite::{Connection, OptionalExtension, params};

use super::Tx;
use crate::api::DeadLetter;
use crate::clock;
use crate::config::EventKind;

/// An endpoint of webhooks and the events that it has chosen.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) events: Vec<EventKind>,
}

/// A webhook that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) webhook_id: String,
    pub(crate) body: String,
    pub(crate) attempts: i64,
}

impl Tx<'_> {
    /// Adds an event, and a delivery for each endpoint that has chosen its type. Deliveries of one
    /// lane go in order.
    pub(crate) fn emit(
        &self,
        kind: EventKind,
        lane: &str,
        webhook_id: Option<&str>,
        data: &str,
    ) -> rusqlite::Result<()> {
        self.note(kind, data)?;
        let random = new_id();
        let webhook_id = webhook_id.unwrap_or(&random);
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.events.contains(&kind)) {
            self.deliver(&endpoint.name, kind, lane, webhook_id, data)?;
        }
        Ok(())
    }

    /// Adds an event for those who read the stream. Endpoints do not get it.
    pub(crate) fn note(&self, kind: EventKind, data: &str) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("INSERT INTO events (at, type, data) VALUES (?, ?, ?)")?
            .execute(params![self.now, kind.name(), data])?;
        Ok(())
    }

    /// Adds a delivery for one endpoint, unless it has this webhook already or is disabled.
    pub(crate) fn deliver(
        &self,
        endpoint: &str,
        kind: EventKind,
        lane: &str,
        webhook_id: &str,
        data: &str,
    ) -> rusqlite::Result<()> {
        let body = body(kind.name(), self.now, data);
        self.connection
            .prepare_cached(
                "INSERT INTO deliveries (endpoint, lane, webhook_id, type, body, created_at, next_at,
                     dead, error)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6, d.endpoint IS NOT NULL,
                     iif(d.endpoint IS NOT NULL, 'the endpoint has answered 410', NULL)
                 FROM (SELECT 1) LEFT JOIN disabled d ON d.endpoint = ?1
                 WHERE NOT EXISTS
                     (SELECT 1 FROM deliveries WHERE endpoint = ?1 AND webhook_id = ?3)",
            )?
            .execute(params![endpoint, lane, webhook_id, kind.name(), body, self.now])?;
        Ok(())
    }

    /// Ends a delivery that has succeeded.
    pub(crate) fn delivered(&self, id: i64) -> rusqlite::Result<()> {
        self.connection.prepare_cached("DELETE FROM deliveries WHERE id = ?")?.execute([id])?;
        Ok(())
    }

    /// Notes a failure. The next attempt is at `next_at`; without one there is none, and the
    /// delivery is a dead letter.
    pub(crate) fn not_delivered(
        &self,
        id: i64,
        error: &str,
        next_at: Option<i64>,
    ) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE deliveries SET attempts = attempts + 1, error = ?2, dead = ?3 IS NULL,
                     next_at = coalesce(?3, next_at) WHERE id = ?1",
            )?
            .execute(params![id, error, next_at])?;
        Ok(())
    }

    /// Disables an endpoint that has answered 410: what waits for it becomes dead letters.
    pub(crate) fn disable(&self, endpoint: &str, url: &str) -> rusqlite::Result<()> {
        self.connection.execute(
            "INSERT OR REPLACE INTO disabled VALUES (?, ?, ?)",
            params![endpoint, self.now, url],
        )?;
        self.connection.execute(
            "UPDATE deliveries SET dead = 1, error = 'the endpoint has answered 410'
             WHERE endpoint = ? AND NOT dead",
            [endpoint],
        )?;
        Ok(())
    }

    /// Enables an endpoint whose address in the configuration is another one than that which has
    /// answered 410.
    pub(crate) fn enable_moved(&self, endpoint: &str, url: &str) -> rusqlite::Result<()> {
        self.connection
            .execute("DELETE FROM disabled WHERE endpoint = ? AND url <> ?", [endpoint, url])?;
        Ok(())
    }

    /// Sends a dead letter again. Returns `false` if there is none with this number.
    pub(crate) fn revive(&self, id: i64) -> rusqlite::Result<bool> {
        let revived = self.connection.execute(
            "UPDATE deliveries SET dead = 0, attempts = 0, next_at = ?2 WHERE id = ?1 AND dead",
            (id, self.now),
        )?;
        self.connection.execute(
            "DELETE FROM disabled WHERE endpoint = (SELECT endpoint FROM deliveries WHERE id = ?)",
            [id],
        )?;
        Ok(revived == 1)
    }
}

/// A new identifier of a webhook.
pub(crate) fn new_id() -> String {
    format!("evt_{}", uuid::Uuid::now_v7().simple())
}

/// The body of a webhook with data in JSON.
pub(crate) fn body(kind: &str, now: i64, data: &str) -> String {
    let at = clock::format(now);
    format!(r#"{{"type":"{kind}","timestamp":"{at}","data":{data}}}"#)
}

/// The first delivery of each lane of an endpoint, of those that are due.
pub(crate) fn due(
    connection: &Connection,
    endpoint: &str,
    now: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Delivery>> {
    let mut query = connection.prepare_cached(
        "SELECT id, webhook_id, body, attempts FROM deliveries WHERE id IN
             (SELECT min(id) FROM deliveries WHERE endpoint = ?1 AND NOT dead GROUP BY lane)
         AND next_at <= ?2 ORDER BY id LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map(params![endpoint, now, limit], |row| {
        Ok(Delivery {
            id: row.get(0)?,
            webhook_id: row.get(1)?,
            body: row.get(2)?,
            attempts: row.get(3)?,
        })
    })?;
    rows.collect()
}

/// The time of the next delivery of an endpoint, if any waits.
pub(crate) fn next_at(connection: &Connection, endpoint: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT min(next_at) FROM deliveries WHERE id IN
                 (SELECT min(id) FROM deliveries WHERE endpoint = ? AND NOT dead GROUP BY lane)",
        )?
        .query_row([endpoint], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

/// The dead letters after a number, with their numbers.
pub(crate) fn dead(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, DeadLetter)>> {
    let mut query = connection.prepare_cached(
        "SELECT id, endpoint, webhook_id, type, attempts, error, created_at FROM deliveries
         WHERE dead AND id > ? ORDER BY id LIMIT ?",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map((after, limit), |row| {
        let id = row.get(0)?;
        let letter = DeadLetter {
            id,
            endpoint: row.get(1)?,
            webhook_id: row.get(2)?,
            kind: row.get(3)?,
            attempts: row.get(4)?,
            error: row.get(5)?,
            created_at: clock::format(row.get(6)?),
        };
        Ok((id, letter))
    })?;
    rows.collect()
}

/// The numbers of waiting and dead deliveries.
pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    connection.query_row(
        "SELECT count(*) FILTER (WHERE NOT dead), count(*) FILTER (WHERE dead) FROM deliveries",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The events after a number, oldest first: number, type and data.
pub(crate) fn events(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, String, String)>> {
    let mut query = connection
        .prepare_cached("SELECT id, type, data FROM events WHERE id > ? ORDER BY id LIMIT ?")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.query_map((after, limit), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
