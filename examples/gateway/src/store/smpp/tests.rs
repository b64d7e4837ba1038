//! Receipts at their times, and the SIM of parts.

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
        connection: tx.connection,
        endpoints: tx.endpoints,
        has_delivery,
        shares_received: false,
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
    old.execute_batch(include_str!("../schema.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let store = Store::open(&path, Vec::new(), Options::default()).unwrap();
    store.write(|tx| sending(tx, 1, 1)).await.unwrap();
    assert_eq!(store.read(last_id).await.unwrap(), Some(1));
}
