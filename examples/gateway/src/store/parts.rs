//! The claims: one compare-and-set for each arrow, and what follows from it for the message.

use rusqlite::{OptionalExtension, params};
use tokio::sync::oneshot;

use super::{Store, StoreError, Tx};
use crate::api::Status;
use crate::claims::{Answer, Answering, Arrow, Claims, PartKey, State};
use crate::config::EventKind;

impl Claims for Store {
    fn apply(&self, part: PartKey, arrow: Arrow) -> Answering {
        let (sender, receiver) = oneshot::channel();
        self.write_then(move |tx| tx.apply(part, &arrow), |result| drop(sender.send(result)));
        Box::pin(async { receiver.await.unwrap_or(Err(StoreError::Closed)).map(Answer::from) })
    }
}

impl Tx<'_> {
    /// Follows an arrow. Returns `false` if the part is in another state, or another process holds
    /// its claim.
    pub(crate) fn apply(&self, key: PartKey, arrow: &Arrow) -> rusqlite::Result<bool> {
        let row = self
            .connection
            .prepare_cached("SELECT rev, state, holder FROM parts WHERE message = ? AND part = ?")?
            .query_row((key.message, key.part), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((rev, state, holder)): Option<(i64, String, Option<String>)> = row else {
            return Ok(false);
        };
        let Some(next) = State::named(&state).and_then(|state| state.after(arrow)) else {
            return Ok(false);
        };
        if arrow.holder().is_some_and(|claimant| holder.as_deref() != Some(claimant)) {
            return Ok(false);
        }
        // An argument that is NULL keeps the column.
        let (mut new_holder, mut member, mut reference, mut sim) = (None, None, None, None);
        let mut why: Option<&str> = None;
        match arrow {
            Arrow::Claim { holder, member: name } => {
                (new_holder, member) = (Some(holder), Some(name));
            }
            Arrow::Sent { reference: number, sim: iccid, .. } => {
                (reference, sim) = (Some(number), iccid.as_ref());
            }
            Arrow::Abandon { reason }
            | Arrow::Release { reason }
            | Arrow::GiveUp { reason }
            | Arrow::Fail { reason }
            | Arrow::Orphan { reason }
            | Arrow::Delivered { reason }
            | Arrow::Undelivered { reason } => why = Some(reason),
            Arrow::Expire | Arrow::Cancel | Arrow::Withdraw => {}
        }
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE parts SET rev = rev + 1, state = ?4, holder = coalesce(?5, holder),
                     member = coalesce(?6, member), reference = coalesce(?7, reference),
                     sim = coalesce(?8, sim), reason = ?9
                 WHERE message = ?1 AND part = ?2 AND rev = ?3",
            )?
            .execute(params![
                key.message,
                key.part,
                rev,
                next.name(),
                new_holder,
                member,
                reference,
                sim,
                why
            ])?;
        if changed != 1 {
            return Ok(false);
        }
        self.mark_dirty(key)?;
        self.connection
            .prepare_cached(
                "INSERT INTO history (message, at, status, part, member, reason)
                 SELECT ?1, ?3, ?4, ?2 + 1, member, reason FROM parts WHERE message = ?1 AND part = ?2",
            )?
            .execute(params![key.message, key.part, self.now, next.name()])?;
        self.refresh(key.message)?;
        Ok(true)
    }

    /// Follows an arrow at each part of a message where it begins. Returns `true` if there was one.
    pub(crate) fn apply_all(&self, message: i64, arrow: &Arrow) -> rusqlite::Result<bool> {
        let mut any = false;
        for (part, _) in self.states(message)? {
            any |= self.apply(PartKey { message, part }, arrow)?;
        }
        Ok(any)
    }

    /// The states of the parts of a message, in order.
    pub(crate) fn states(&self, message: i64) -> rusqlite::Result<Vec<(i64, State)>> {
        let mut query = self
            .connection
            .prepare_cached("SELECT part, state FROM parts WHERE message = ? ORDER BY part")?;
        let states = query.query_map([message], |row| {
            let name: String = row.get(1)?;
            Ok((row.get(0)?, State::named(&name).unwrap_or(State::Unknown)))
        })?;
        states.collect()
    }

    /// Brings the status of a message up to date with its parts, and reports a change.
    pub(crate) fn refresh(&self, message: i64) -> rusqlite::Result<()> {
        if !self.set_status(message)? {
            return Ok(());
        }
        if let Some(view) = self.message(message)? {
            let data = serde_json::to_string(&view).unwrap_or_default();
            self.emit(EventKind::Status, &view.to, None, &data)?;
        }
        Ok(())
    }

    /// Brings the status of a message up to date with its parts. Returns `true` if it has changed.
    pub(super) fn set_status(&self, message: i64) -> rusqlite::Result<bool> {
        let states: Vec<State> =
            self.states(message)?.into_iter().map(|(_, state)| state).collect();
        let (old, is_scheduled): (String, bool) = self
            .connection
            .prepare_cached(
                "SELECT status, pool_id IS NULL AND send_at > ?2 FROM messages WHERE seq = ?1",
            )?
            .query_row((message, self.now), |row| {
                Ok((row.get(0)?, row.get::<_, Option<bool>>(1)?.unwrap_or_default()))
            })?;
        let status = status_of(&states, is_scheduled);
        let reason: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT reason FROM parts WHERE message = ?1 AND state = ?2 ORDER BY part LIMIT 1",
            )?
            .query_row((message, status.name()), |row| row.get(0))
            .optional()?
            .flatten();
        self.connection
            .prepare_cached(
                "UPDATE messages SET status = ?2, reason = ?3, updated_at = ?4 WHERE seq = ?1",
            )?
            .execute(params![message, status.name(), reason, self.now])?;
        if old == status.name() {
            return Ok(false);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO history (message, at, status, reason) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![message, self.now, status.name(), reason])?;
        Ok(true)
    }
}

/// The status of a message with these parts.
pub(crate) fn status_of(states: &[State], is_scheduled: bool) -> Status {
    let any = |wanted: State| states.contains(&wanted);
    let all = |wanted: &[State]| states.iter().all(|state| wanted.contains(state));
    if any(State::Unknown) {
        Status::Unknown
    } else if any(State::Failed) {
        Status::Failed
    } else if any(State::Expired) {
        Status::Expired
    } else if any(State::Cancelled) {
        Status::Cancelled
    } else if all(&[State::Delivered]) {
        Status::Delivered
    } else if all(&[State::Sent, State::Delivered, State::Undelivered]) {
        if any(State::Undelivered) { Status::Undelivered } else { Status::Sent }
    } else if all(&[State::Waiting, State::Released]) {
        if is_scheduled { Status::Scheduled } else { Status::Queued }
    } else {
        Status::Sending
    }
}

#[cfg(test)]
mod tests {
    use super::status_of;
    use crate::api::Status;
    use crate::claims::State::{
        self, Cancelled, Claimed, Delivered, Expired, Failed, Released, Sent, Undelivered, Unknown,
        Waiting,
    };

    #[test]
    fn the_status_of_a_message_follows_from_its_parts() {
        let table: &[(&[State], Status)] = &[
            (&[Waiting, Waiting], Status::Queued),
            (&[Released, Waiting], Status::Queued),
            (&[Claimed, Waiting], Status::Sending),
            (&[Sent, Waiting], Status::Sending),
            (&[Sent, Sent], Status::Sent),
            (&[Sent, Delivered], Status::Sent),
            (&[Delivered, Delivered], Status::Delivered),
            (&[Delivered, Undelivered], Status::Undelivered),
            (&[Sent, Failed], Status::Failed),
            (&[Unknown, Failed], Status::Unknown),
            (&[Sent, Unknown, Waiting], Status::Unknown),
            (&[Expired, Expired], Status::Expired),
            (&[Cancelled], Status::Cancelled),
        ];
        for (states, status) in table {
            assert_eq!(status_of(states, false), *status, "{states:?}");
        }
        assert_eq!(status_of(&[Waiting], true), Status::Scheduled);
    }
}
