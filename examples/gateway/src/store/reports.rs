//! Status reports about parts whose reference is unknown.
//!
//! A part whose outcome is unknown has no message reference: the modem chooses it, and its answer
//! has not come. A late report about the part is found by the SIM, the recipient and the time. It
//! counts only if nothing else can be meant, since a wrong guess would report as delivered what has
//! never left.

use modem::pdu::Address;
use rusqlite::params;

use super::Tx;
use crate::claims::{Arrow, PartKey, State};

/// The longest time between a claim and the time stamp of the service centre, in milliseconds.
/// Modems repeat a submission for minutes, and the clocks differ.
const WINDOW: i64 = 10 * 60 * 1000;

/// A status report that the pool has not found a part for.
#[derive(Debug, Clone)]
pub(crate) struct Late {
    pub(crate) sim: String,
    pub(crate) recipient: Address,
    pub(crate) reference: u8,
    /// The time at which the service centre received the message, in milliseconds since 1970.
    pub(crate) sent_at: i64,
    pub(crate) arrow: Arrow,
}

impl Tx<'_> {
    /// The part that a late report is about: the only one of this SIM, recipient and time that may
    /// have left and has no report, if its outcome is unknown.
    pub(crate) fn owner(&self, late: &Late) -> rusqlite::Result<Option<PartKey>> {
        let mut query = self.connection.prepare_cached(
            "SELECT message, part, parts.state, reference, recipient
             FROM parts JOIN messages ON seq = message
             WHERE sim = ?1 AND claimed_at BETWEEN ?2 AND ?3 AND wants_report AND final_at > ?4",
        )?;
        let (first, last) =
            (late.sent_at.saturating_sub(WINDOW), late.sent_at.saturating_add(WINDOW));
        let mut rows = query.query(params![late.sim, first, last, self.now])?;
        let mut owner = None;
        while let Some(row) = rows.next()? {
            let recipient = row.get::<_, String>(4)?.parse::<Address>();
            if !recipient.is_ok_and(|recipient| recipient.digits_match(&late.recipient)) {
                continue;
            }
            let key = PartKey { message: row.get(0)?, part: row.get(1)? };
            let reference: Option<u8> = row.get(3)?;
            let may_be_repeated = reference.is_none_or(|number| number == late.reference);
            match State::named(&row.get::<_, String>(2)?) {
                Some(State::Unknown) if owner.is_none() => owner = Some(key),
                // Another part may be meant.
                Some(State::Unknown | State::Claimed | State::Sent) => return Ok(None),
                // The report of another part may have come a second time.
                Some(State::Delivered | State::Undelivered) if may_be_repeated => return Ok(None),
                _ => {}
            }
        }
        Ok(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Store};
    use super::{Late, WINDOW};
    use crate::claims::{
        Arrow, PartKey,
        State::{self, Claimed, Delivered, Failed, Sent, Undelivered, Unknown},
    };

    const TO: &str = "+491715550100";

    /// A part of a message of its own.
    #[derive(Debug, Clone, Copy)]
    struct Row {
        state: State,
        to: &'static str,
        sim: &'static str,
        reference: Option<u8>,
        wants_report: bool,
        /// The time of the claim after the time stamp of the report, in milliseconds.
        claimed: i64,
    }

    const UNKNOWN: Row = Row {
        state: Unknown,
        to: TO,
        sim: "sim",
        reference: None,
        wants_report: true,
        claimed: -1000,
    };

    const fn with_reference(state: State, reference: u8) -> Row {
        Row { state, reference: Some(reference), ..UNKNOWN }
    }

    /// The number of the row that a report with the reference 7 is about.
    async fn owner(rows: &[Row], is_final: bool) -> Option<i64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.db");
        let store = Store::open(&path, Vec::new(), Options::default()).unwrap();
        let rows = rows.to_vec();
        let found = store.write(move |tx| {
            let final_at = if is_final { tx.now } else { tx.now + 1 };
            for (seq, row) in (0_i64..).zip(&rows) {
                tx.connection.execute(
                    "INSERT INTO messages (seq, id, created_at, updated_at, recipient, body, coding,
                         parts, final_at, wants_report, status)
                     VALUES (?1, ?1, 0, 0, ?2, '{}', 'gsm7', 1, ?3, ?4, 'sending')",
                    (seq, row.to, final_at, row.wants_report),
                )?;
                tx.connection.execute(
                    "INSERT INTO parts (message, part, rev, state, sim, reference, claimed_at)
                     VALUES (?, 0, 0, ?, ?, ?, ?)",
                    (seq, row.state.name(), row.sim, row.reference, tx.now + row.claimed),
                )?;
            }
            tx.owner(&Late {
                sim: "sim".into(),
                recipient: TO.parse().unwrap(),
                reference: 7,
                sent_at: tx.now,
                arrow: Arrow::Delivered { reason: String::new() },
            })
        });
        found.await.unwrap().map(|PartKey { message, .. }| message)
    }

    #[tokio::test]
    async fn a_report_belongs_to_the_only_unknown_part_of_its_sim_recipient_and_time() {
        let national = Row { to: "01715550100", ..UNKNOWN };
        let other = Row { to: "+491715550101", ..UNKNOWN };
        let elsewhere = Row { sim: "other", ..UNKNOWN };
        let without_report = Row { wants_report: false, ..UNKNOWN };
        let early = Row { claimed: -WINDOW - 1, ..UNKNOWN };
        let late = Row { claimed: WINDOW + 1, ..UNKNOWN };
        let not_sent = Row { state: Failed, ..UNKNOWN };
        let delivered_late = Row { state: Delivered, ..UNKNOWN };
        let table: &[(&str, &[Row], Option<i64>)] = &[
            ("one unknown part", &[UNKNOWN], Some(0)),
            ("dialled otherwise", &[national], Some(0)),
            ("none", &[], None),
            ("two unknown parts", &[UNKNOWN, UNKNOWN], None),
            ("another recipient", &[other], None),
            ("another SIM", &[elsewhere], None),
            ("no report requested", &[without_report], None),
            ("claimed too early", &[early], None),
            ("claimed too late", &[late], None),
            ("others of which none fits", &[other, elsewhere, early, not_sent, UNKNOWN], Some(4)),
            ("beside a sent part", &[UNKNOWN, with_reference(Sent, 8)], None),
            ("beside a part under way", &[UNKNOWN, Row { state: Claimed, ..UNKNOWN }], None),
            ("beside a part with its report", &[UNKNOWN, with_reference(Delivered, 8)], Some(0)),
            ("perhaps the same report again", &[UNKNOWN, with_reference(Delivered, 7)], None),
            ("perhaps its failure again", &[UNKNOWN, with_reference(Undelivered, 7)], None),
            ("perhaps a late one again", &[UNKNOWN, delivered_late], None),
            ("only a sent part", &[with_reference(Sent, 7)], None),
        ];
        for (name, rows, expected) in table {
            assert_eq!(owner(rows, false).await, *expected, "{name}");
        }
        assert_eq!(owner(&[UNKNOWN], true).await, None, "a final status stays");
    }
}
