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
            Arrow::Claim { holder, member: name, sim: iccid } => {
                (new_holder, member, sim) = (Some(holder), Some(name), iccid.as_ref());
            }
            Arrow::Sent { reference: number, sim: iccid, .. } => {
                (reference, sim) = (Some(number), iccid.as_ref());
            }
            Arrow::Abandon { reason }
            | Arrow::Release { reason }
            | Arrow::GiveUp { reason }
            | Arrow::Orphan { reason }
            | Arrow::Fail { reason, .. }
            | Arrow::Delivered { reason }
            | Arrow::Undelivered { reason } => why = Some(reason),
            Arrow::Expire | Arrow::Cancel | Arrow::Withdraw => {}
        }
        let claimed_at = matches!(arrow, Arrow::Claim { .. }).then_some(self.now);
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE parts SET rev = rev + 1, state = ?4, holder = coalesce(?5, holder),
                     member = coalesce(?6, member), reference = coalesce(?7, reference),
                     sim = iif(?10 IS NULL, coalesce(?8, sim), ?8),
                     claimed_at = coalesce(?10, claimed_at), reason = ?9
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
                why,
                claimed_at,
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
        let Some(status) = self.set_status(message)? else { return Ok(()) };
        if let Some(view) = self.message(message)? {
            let data = serde_json::to_string(&view).unwrap_or_default();
            self.emit(EventKind::Status, &view.to, None, &data)?;
        }
        self.receipt_smpp(message, status)
    }

    /// Brings the status of a message up to date with its parts. Returns a status that is new.
    pub(super) fn set_status(&self, message: i64) -> rusqlite::Result<Option<Status>> {
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
            return Ok(None);
        }
        self.connection
            .prepare_cached(
                "INSERT INTO history (message, at, status, reason) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![message, self.now, status.name(), reason])?;
        Ok(Some(status))
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
    use super::super::{Options, Store};
    use super::status_of;
    use crate::api::Status;
    use crate::claims::{
        Answer, Arrow, Claims as _, PartKey,
        State::{
            self, Cancelled, Claimed, Delivered, Expired, Failed, Released, Sent, Undelivered,
            Unknown, Waiting,
        },
    };

    /// Each state, and the states after the arrows that begin there; no other arrow begins there.
    const ARROWS: [(State, &[(&str, State)]); 10] = [
        (
            Waiting,
            &[
                ("claim", Claimed),
                ("abandon", Failed),
                ("expire", Expired),
                ("cancel", Cancelled),
                ("withdraw", Released),
            ],
        ),
        (
            Released,
            &[
                ("claim", Claimed),
                ("abandon", Failed),
                ("expire", Expired),
                ("cancel", Cancelled),
                ("withdraw", Released),
            ],
        ),
        (
            Claimed,
            &[
                ("sent", Sent),
                ("fail", Failed),
                ("release", Released),
                ("give up", Unknown),
                ("orphan", Unknown),
                ("withdraw", Released),
            ],
        ),
        (
            Unknown,
            &[
                ("sent", Sent),
                ("fail", Failed),
                ("delivered", Delivered),
                ("undelivered", Undelivered),
            ],
        ),
        (Sent, &[("delivered", Delivered), ("undelivered", Undelivered)]),
        (Failed, &[]),
        (Delivered, &[]),
        (Undelivered, &[]),
        (Expired, &[]),
        (Cancelled, &[]),
    ];

    /// All arrows, as the process with this name follows them.
    fn arrows(holder: &str) -> [(&'static str, Arrow); 12] {
        let (holder, reason) = (String::from(holder), String::from("a reason"));
        let (member, sim) = (String::from("usb0"), Some(String::from("sim")));
        [
            ("claim", Arrow::Claim { holder: holder.clone(), member, sim }),
            ("sent", Arrow::Sent { holder: holder.clone(), reference: 7, sim: None }),
            ("fail", Arrow::Fail { holder, reason: reason.clone() }),
            ("release", Arrow::Release { reason: reason.clone() }),
            ("abandon", Arrow::Abandon { reason: reason.clone() }),
            ("give up", Arrow::GiveUp { reason: reason.clone() }),
            ("orphan", Arrow::Orphan { reason: reason.clone() }),
            ("withdraw", Arrow::Withdraw),
            ("delivered", Arrow::Delivered { reason: reason.clone() }),
            ("undelivered", Arrow::Undelivered { reason }),
            ("expire", Arrow::Expire),
            ("cancel", Arrow::Cancel),
        ]
    }

    const KEY: PartKey = PartKey { message: 1, part: 0 };

    fn open(folder: &tempfile::TempDir) -> Store {
        let path = folder.path().join("gateway.db");
        let store = Store::open(&path, Vec::new(), Options::default()).unwrap();
        store.write_then(
            |tx| {
                tx.connection.execute_batch(
                    "INSERT INTO messages (seq, id, created_at, updated_at, recipient, body, coding,
                         parts, final_at, wants_report, status)
                     VALUES (1, 'm', 0, 0, '1', '{\"to\":\"1\"}', 'gsm7', 1, 0, 1, 'queued')",
                )
            },
            Result::unwrap,
        );
        store
    }

    /// Puts the only part into a state, after a claim by the process `mine`.
    async fn put(store: &Store, state: State) {
        let put = store.write(move |tx| {
            tx.connection.execute(
                "INSERT OR REPLACE INTO parts (message, part, rev, state, holder)
                 VALUES (1, 0, 0, ?, 'mine')",
                [state.name()],
            )
        });
        put.await.unwrap();
    }

    #[tokio::test]
    async fn each_state_has_its_arrows_and_no_others() {
        assert!(State::ALL.iter().all(|state| ARROWS.iter().any(|row| row.0 == *state)));
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        for (state, expected) in ARROWS {
            for (name, arrow) in arrows("mine") {
                put(&store, state).await;
                let next = expected.iter().find(|(other, _)| *other == name).map(|row| row.1);
                let is_followed = store.apply(KEY, arrow).await.unwrap();
                assert_eq!(is_followed, Answer::from(next.is_some()), "{state}, {name}");
                let states = store.write(|tx| tx.states(1)).await.unwrap();
                assert_eq!(states, [(0, next.unwrap_or(state))], "{state}, {name}");
            }
        }
    }

    #[tokio::test]
    async fn another_process_neither_ends_a_claim_nor_corrects_an_unknown_outcome() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        for state in [Claimed, Unknown] {
            for (name, arrow) in arrows("other").into_iter().filter(|(_, a)| a.holder().is_some()) {
                put(&store, state).await;
                assert_eq!(store.apply(KEY, arrow).await.unwrap(), Answer::Lost, "{state}, {name}");
            }
        }
    }

    #[tokio::test]
    async fn of_a_claim_and_a_cancellation_the_first_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        for (first, second) in [("claim", "cancel"), ("cancel", "claim"), ("expire", "claim")] {
            put(&store, Waiting).await;
            let arrow = |name| arrows("mine").into_iter().find(|row| row.0 == name).unwrap().1;
            let (first, second) = (store.apply(KEY, arrow(first)), store.apply(KEY, arrow(second)));
            // The order of the calls decides, not that of the answers.
            let answers = (second.await.unwrap(), first.await.unwrap());
            assert_eq!(answers, (Answer::Lost, Answer::Won));
        }
    }
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
