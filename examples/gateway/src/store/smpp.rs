//! Messages that came by SMPP, and what waits for its clients: receipts and received messages.
//!
//! Both wait in the table `deliveries`, as webhooks do, and are dead letters in the end like those.

use modem::pool::Via;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{Insert, Request, Tx};
use crate::api::{Incoming, Status};
use crate::clock;

/// The time after the validity in which the report of the service centre about its end may come.
const GRACE: i64 = 60_000;

/// The time for which the parts of one message keep to one SIM.
pub(crate) const BUNDLE_AGE: i64 = 5 * 60_000;

/// The number of receipts that are concluded in one transaction.
const MAX_CONCLUDED: i64 = 500;

/// TP-ST of a message whose validity has expired, and of one that was deleted.
const EXPIRED: u16 = 0x46;
const DELETED: [u16; 2] = [0x47, 0x48];

/// An address in SMPP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) ton: u8,
    pub(crate) npi: u8,
    pub(crate) address: String,
}

/// Both addresses of a message, as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parties {
    pub(crate) source: Party,
    pub(crate) destination: Party,
}

/// The SMPP side of a message that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// The message id, which is also that of the request in decimal digits.
    pub(crate) id: i64,
    pub(crate) account: String,
    /// Bits 0 and 1 of registered_delivery.
    pub(crate) registered: u8,
    pub(crate) parties: Parties,
    /// The name of the concatenated message whose part this is.
    pub(crate) bundle: Option<String>,
}

/// The final state of a message in a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Unknown,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    /// The code of the network: TP-ST of a status report, or that of `+CMS ERROR`.
    pub(crate) error: Option<u16>,
    pub(crate) parties: Parties,
    pub(crate) submitted_at: i64,
    pub(crate) done_at: i64,
}

/// A PDU deliver_sm that waits for its client.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) number: i64,
    pub(crate) attempts: i64,
    /// `None` for a row that another version has written.
    pub(crate) content: Option<Content>,
}

/// The content of a deliver_sm.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", content = "data")]
pub(crate) enum Content {
    #[serde(rename = "smpp.receipt")]
    Receipt(Receipt),
    #[serde(rename = "smpp.message")]
    Message(Box<Incoming>),
}

/// The state of a message for query_sm and cancel_sm.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) seq: i64,
    /// The source address as it came.
    pub(crate) source: String,
    pub(crate) status: Status,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) wants_report: bool,
    pub(crate) error: Option<u16>,
    pub(crate) updated_at: i64,
}

/// The name of an account among the endpoints of deliveries.
fn endpoint(account: &str) -> String {
    format!("smpp:{account}")
}

/// The final outcome of a status; `None` while the status may change.
fn outcome(status: Status, error: Option<u16>) -> Option<Outcome> {
    match status {
        Status::Delivered => Some(Outcome::Delivered),
        Status::Undelivered if error == Some(EXPIRED) => Some(Outcome::Expired),
        Status::Undelivered if error.is_some_and(|error| DELETED.contains(&error)) => {
            Some(Outcome::Deleted)
        }
        Status::Undelivered | Status::Failed => Some(Outcome::Undeliverable),
        Status::Expired => Some(Outcome::Expired),
        Status::Cancelled => Some(Outcome::Deleted),
        Status::Scheduled | Status::Queued | Status::Sending | Status::Sent | Status::Unknown => {
            None
        }
    }
}

impl Tx<'_> {
    /// Accepts a message that came by SMPP, like [`insert`](Self::insert).
    pub(crate) fn insert_smpp(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> rusqlite::Result<Insert> {
        let (mut waiting, answer) = match self.insert(request)? {
            Insert::New(waiting, answer) => (waiting, answer),
            before => return Ok(before),
        };
        let due_at = (origin.registered != 0).then_some(waiting.expires_at);
        self.connection
            .prepare_cached(
                "INSERT INTO smpp (message, id, account, registered, addresses, bundle, due_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                waiting.seq,
                origin.id,
                origin.account,
                origin.registered,
                serde_json::to_string(&origin.parties).unwrap_or_default(),
                origin.bundle,
                due_at,
            ])?;
        if let Some(bundle) = &origin.bundle {
            waiting.reply = self.bundle_way(bundle)?;
            waiting.bundle = Some(bundle.clone());
        }
        Ok(Insert::New(waiting, answer))
    }

    /// The SIM or the modem by which another part of a concatenated message has left lately.
    pub(super) fn bundle_way(&self, bundle: &str) -> rusqlite::Result<Option<Via>> {
        let found: Option<(Option<String>, String)> = self
            .connection
            .prepare_cached(
                "SELECT p.sim, p.member FROM smpp s JOIN parts p USING (message)
                     JOIN messages m ON m.seq = s.message
                 WHERE s.bundle = ? AND m.created_at > ? AND p.member IS NOT NULL
                     AND p.state IN ('sent', 'delivered', 'undelivered', 'unknown')
                 ORDER BY m.seq DESC LIMIT 1",
            )?
            .query_row(params![bundle, self.now.saturating_sub(BUNDLE_AGE)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.map(|(sim, member)| sim.map_or(Via::Member(member), Via::Sim)))
    }

    /// Notes the code with which the network has refused a message or has given it up.
    pub(crate) fn set_smpp_error(&self, message: i64, code: u16) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("UPDATE smpp SET error = ?2 WHERE message = ?1")?
            .execute(params![message, code])?;
        Ok(())
    }

    /// Adds the receipt of a message whose status is final, if it came by SMPP and wants one.
    pub(super) fn receipt_smpp(&self, message: i64, status: Status) -> rusqlite::Result<()> {
        let error: Option<Option<u16>> = self
            .connection
            .prepare_cached("SELECT error FROM smpp WHERE message = ? AND due_at IS NOT NULL")?
            .query_row([message], |row| row.get(0))
            .optional()?;
        match error.and_then(|error| outcome(status, error)) {
            Some(outcome) => self.conclude(message, outcome),
            None => Ok(()),
        }
    }

    /// Adds receipts for messages whose outcome is still unknown at the end of their validity.
    pub(crate) fn conclude_smpp(&self) -> rusqlite::Result<()> {
        let mut query = self.connection.prepare_cached(
            "SELECT s.message FROM smpp s JOIN messages m ON m.seq = s.message
             WHERE s.due_at <= ?1 AND (m.status = 'unknown' OR m.status = 'sent' AND s.due_at <= ?2)
             ORDER BY s.due_at LIMIT ?3",
        )?;
        let arguments = params![self.now, self.now.saturating_sub(GRACE), MAX_CONCLUDED];
        let overdue: Vec<i64> =
            query.query_map(arguments, |row| row.get(0))?.collect::<Result<_, _>>()?;
        for message in overdue {
            self.conclude(message, Outcome::Unknown)?;
        }
        Ok(())
    }

    fn conclude(&self, message: i64, outcome: Outcome) -> rusqlite::Result<()> {
        let (account, registered, error, receipt) = self
            .connection
            .prepare_cached(
                "SELECT account, registered, error, m.id, addresses, created_at
                 FROM smpp s JOIN messages m ON m.seq = s.message WHERE message = ?",
            )?
            .query_row([message], |row| {
                let error: Option<u16> = row.get(2)?;
                let receipt = Receipt {
                    id: row.get(3)?,
                    outcome,
                    error,
                    parties: super::messages::json(row, 4)?,
                    submitted_at: row.get(5)?,
                    done_at: self.now,
                };
                Ok((row.get::<_, String>(0)?, row.get::<_, u8>(1)?, error, receipt))
            })?;
        let is_success = outcome == Outcome::Delivered;
        let is_wanted = match registered {
            2 => !is_success,
            3 => is_success,
            _ => true,
        };
        // The code of an attempt that was repeated says nothing about a message that was delivered.
        let receipt = Receipt { error: error.filter(|_| !is_success), ..receipt };
        if is_wanted {
            let data = serde_json::to_string(&receipt).unwrap_or_default();
            self.deliver_smpp(&account, "smpp.receipt", &receipt.id, &data)?;
        }
        self.connection
            .prepare_cached("UPDATE smpp SET due_at = NULL WHERE message = ?")?
            .execute([message])?;
        Ok(())
    }

    /// Adds a deliver_sm for an account.
    pub(super) fn deliver_smpp(
        &self,
        account: &str,
        kind: &str,
        id: &str,
        data: &str,
    ) -> rusqlite::Result<()> {
        let at = clock::format(self.now);
        let body = format!(r#"{{"type":"{kind}","timestamp":"{at}","data":{data}}}"#);
        self.connection
            .prepare_cached(
                "INSERT INTO deliveries (endpoint, lane, webhook_id, type, body, created_at, next_at)
                 VALUES (?1, '', ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![endpoint(account), id, kind, body, self.now])?;
        self.has_delivery.set(true);
        Ok(())
    }
}

/// The deliveries of an account that are due, oldest first, and the time of the next other one.
pub(crate) fn due(
    connection: &Connection,
    account: &str,
    now: i64,
    limit: usize,
) -> rusqlite::Result<(Vec<Delivery>, Option<i64>)> {
    let endpoint = endpoint(account);
    let mut query = connection.prepare_cached(
        "SELECT id, attempts, body FROM deliveries
         WHERE endpoint = ?1 AND dead = 0 AND lane = '' AND next_at <= ?2 ORDER BY id LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let due: Vec<Delivery> = query
        .query_map(params![endpoint, now, limit], |row| {
            let body: String = row.get(2)?;
            Ok(Delivery {
                number: row.get(0)?,
                attempts: row.get(1)?,
                content: serde_json::from_str(&body).ok(),
            })
        })?
        .collect::<Result<_, _>>()?;
    // A full list is followed by more that is due.
    if i64::try_from(due.len()).is_ok_and(|count| count >= limit) {
        return Ok((due, None));
    }
    let next = connection
        .prepare_cached(
            "SELECT min(next_at) FROM deliveries
             WHERE endpoint = ?1 AND dead = 0 AND lane = '' AND next_at > ?2",
        )?
        .query_row(params![endpoint, now], |row| row.get(0))?;
    Ok((due, next))
}

/// Returns `true` if the validity of a message without a receipt has ended.
pub(crate) fn is_overdue(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM smpp WHERE due_at <= ?)")?
        .query_row([now], |row| row.get(0))
}

/// The highest message id so far.
pub(crate) fn last_id(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT max(id) FROM smpp", [], |row| row.get(0))
}

/// A message of an account by its message id.
pub(crate) fn find(
    connection: &Connection,
    account: &str,
    id: i64,
) -> rusqlite::Result<Option<Known>> {
    connection
        .prepare_cached(
            "SELECT m.seq, m.status, s.error, m.updated_at, m.expires_at, m.wants_report,
                 s.addresses
             FROM smpp s JOIN messages m ON m.seq = s.message WHERE s.id = ? AND s.account = ?",
        )?
        .query_row(params![id, account], |row| {
            let name: String = row.get(1)?;
            let status = Status::named(&name).unwrap_or(Status::Unknown);
            let error = row.get(2)?;
            let is_over = clock::now() >= row.get::<_, i64>(4)?;
            let unknown = (status == Status::Unknown && is_over).then_some(Outcome::Unknown);
            let outcome = outcome(status, error).or(unknown);
            let parties: Parties = super::messages::json(row, 6)?;
            Ok(Known {
                seq: row.get(0)?,
                source: parties.source.address,
                status,
                outcome,
                wants_report: row.get(5)?,
                error,
                updated_at: row.get(3)?,
            })
        })
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::NewMessage;
    use crate::claims::{Arrow, PartKey};
    use crate::config::Config;
    use crate::store::{Options, Store};

    /// A message that wants a receipt, and is with a modem. Returns its number.
    fn sending(tx: &Tx<'_>, id: i64, registered: u8) -> rusqlite::Result<i64> {
        let config = Config::parse("", "").unwrap();
        let new = NewMessage {
            to: "+491715550100".into(),
            text: Some("Hello".into()),
            report: true,
            expires_in: Some(600),
            ..NewMessage::default()
        };
        let checked = new.check(&config, tx.now).unwrap();
        let request = Request { checked, id: id.to_string(), resend_of: None, key: None };
        let origin = Origin {
            id,
            account: "shop".into(),
            registered,
            parties: Parties::default(),
            bundle: None,
        };
        let Insert::New(waiting, _) = tx.insert_smpp(&request, &origin)? else { panic!() };
        let claim = Arrow::Claim { holder: "boot".into(), member: "usb0".into(), sim: None };
        assert!(tx.apply(PartKey { message: waiting.seq, part: 0 }, &claim)?);
        Ok(waiting.seq)
    }

    /// The transaction so many milliseconds later.
    fn later<'a>(tx: &Tx<'a>, millis: i64) -> Tx<'a> {
        let has_delivery = std::cell::Cell::new(false);
        Tx {
            shares_received: false,
            connection: tx.connection,
            endpoints: tx.endpoints,
            has_delivery,
            now: tx.now + millis,
        }
    }

    /// The identifiers and the outcomes of the receipts so far.
    fn receipts(tx: &Tx<'_>) -> rusqlite::Result<Vec<(String, Outcome, Option<u16>)>> {
        let (due, _) = due(tx.connection, "shop", i64::MAX, 100)?;
        let receipts = due.into_iter().map(|delivery| match delivery.content {
            Some(Content::Receipt(receipt)) => (receipt.id, receipt.outcome, receipt.error),
            other => panic!("{other:?}"),
        });
        Ok(receipts.collect())
    }

    async fn in_store(test: impl FnOnce(&Tx<'_>) -> rusqlite::Result<()> + Send + 'static) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.db");
        let store = Store::open(&path, Vec::new(), Options::default()).unwrap();
        store.write(test).await.unwrap();
    }

    #[tokio::test]
    async fn an_unknown_outcome_has_its_receipt_at_the_end_of_the_validity_and_only_one() {
        in_store(|tx| {
            let seq = sending(tx, 7, 1)?;
            let key = PartKey { message: seq, part: 0 };
            tx.apply(key, &Arrow::GiveUp { reason: "killed".into() })?;
            later(tx, 599_999).conclude_smpp()?;
            assert_eq!(receipts(tx)?, [], "it may still become known");
            later(tx, 600_000).conclude_smpp()?;
            let expected = [("7".into(), Outcome::Unknown, None)];
            assert_eq!(receipts(tx)?, expected);
            // A report that comes later has no second receipt.
            later(tx, 700_000).apply(key, &Arrow::Delivered { reason: "late".into() })?;
            later(tx, 800_000).conclude_smpp()?;
            assert_eq!(receipts(tx)?, expected);
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_report_before_the_end_of_the_validity_decides_about_an_unknown_outcome() {
        in_store(|tx| {
            let seq = sending(tx, 7, 1)?;
            let key = PartKey { message: seq, part: 0 };
            tx.apply(key, &Arrow::GiveUp { reason: "killed".into() })?;
            tx.apply(key, &Arrow::Delivered { reason: "received".into() })?;
            later(tx, 900_000).conclude_smpp()?;
            assert_eq!(receipts(tx)?, [("7".into(), Outcome::Delivered, None)]);
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_report_that_never_comes_is_an_unknown_outcome_after_a_while() {
        in_store(|tx| {
            let seq = sending(tx, 7, 1)?;
            let sent = Arrow::Sent { holder: "boot".into(), reference: 1, sim: None };
            tx.apply(PartKey { message: seq, part: 0 }, &sent)?;
            later(tx, 600_000 + GRACE - 1).conclude_smpp()?;
            assert_eq!(receipts(tx)?, []);
            later(tx, 600_000 + GRACE).conclude_smpp()?;
            assert_eq!(receipts(tx)?, [("7".into(), Outcome::Unknown, None)]);
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn the_code_of_the_network_is_that_of_a_failure_and_tells_an_expiry() {
        in_store(|tx| {
            for (id, code, outcome) in [
                (1, 0x46, Outcome::Expired),
                (2, 0x47, Outcome::Deleted),
                (3, 0x41, Outcome::Undeliverable),
            ] {
                let seq = sending(tx, id, 1)?;
                let key = PartKey { message: seq, part: 0 };
                // An attempt before was refused.
                tx.set_smpp_error(seq, 38)?;
                tx.apply(key, &Arrow::Sent { holder: "boot".into(), reference: 1, sim: None })?;
                tx.set_smpp_error(seq, code)?;
                tx.apply(key, &Arrow::Undelivered { reason: "reported".into() })?;
                let last = receipts(tx)?.pop().unwrap();
                assert_eq!(last, (id.to_string(), outcome, Some(code)));
            }
            let seq = sending(tx, 4, 1)?;
            let key = PartKey { message: seq, part: 0 };
            tx.set_smpp_error(seq, 38)?;
            tx.apply(key, &Arrow::Sent { holder: "boot".into(), reference: 1, sim: None })?;
            tx.apply(key, &Arrow::Delivered { reason: "reported".into() })?;
            assert_eq!(receipts(tx)?.pop().unwrap(), ("4".into(), Outcome::Delivered, None));
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn the_parts_of_a_message_follow_the_sim_of_one_that_has_left_for_five_minutes() {
        in_store(|tx| {
            let seq = sending(tx, 1, 0)?;
            tx.connection.execute("UPDATE smpp SET bundle = 'b'", [])?;
            assert_eq!(tx.bundle_way("b")?, None, "it may still go elsewhere");
            let sim = Some("894902".into());
            let sent = Arrow::Sent { holder: "boot".into(), reference: 1, sim };
            tx.apply(PartKey { message: seq, part: 0 }, &sent)?;
            assert_eq!(tx.bundle_way("b")?, Some(Via::Sim("894902".into())));
            assert_eq!(tx.bundle_way("c")?, None);
            assert_eq!(later(tx, BUNDLE_AGE).bundle_way("b")?, None);
            Ok(())
        })
        .await;
    }

    #[tokio::test]
    async fn a_database_of_the_first_version_is_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("schema.sql")).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        drop(old);
        let store = Store::open(&path, Vec::new(), Options::default()).unwrap();
        store.write(|tx| sending(tx, 1, 1)).await.unwrap();
        assert_eq!(store.read(last_id).await.unwrap(), Some(1));
    }
}
