//! The gateway is killed while a client submits: at most an answer is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::client::{BIND_RECEIVER, BIND_TRANSMITTER, RESPONSE, SUBMIT, SmppSite, Submit};
use crate::process::{WITHIN, until_none_left};
use crate::served::Served;

fn submit(text: &str) -> Submit {
    Submit { message: text.into(), registered: 1, ..Submit::default() }
}

#[test]
fn a_kill_between_submit_sm_and_its_answer_loses_nothing_else() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let mut answered: BTreeMap<String, String> = BTreeMap::new();
    let mut texts = BTreeSet::new();
    for life in 0..25 {
        let mut gateway = site.site.start();
        let mut client = site.bind(BIND_TRANSMITTER);
        let mut open = BTreeMap::new();
        // In one life of five nothing is stored, and so nothing is answered.
        let database = rusqlite::Connection::open(site.site.path("gateway.db")).unwrap();
        database.busy_timeout(WITHIN).unwrap();
        let is_held = life % 5 == 4;
        if is_held {
            database.execute_batch("BEGIN IMMEDIATE").unwrap();
        }
        for number in 0..20 {
            let text = format!("life {life} number {number}");
            open.insert(client.send(SUBMIT, submit(&text).body()), text.clone());
            texts.insert(text);
        }
        // The kill comes after so many answers, while others are on their way.
        let mut before = if is_held { 0 } else { life.min(open.len()) };
        loop {
            if before == 0 {
                gateway.kill();
            }
            before = before.saturating_sub(1);
            let Some(pdu) = client.read() else { break };
            assert_eq!((pdu.id, pdu.status), (SUBMIT | RESPONSE, 0));
            answered.insert(pdu.string(), open.remove(&pdu.sequence).unwrap());
        }
    }
    let gateway = site.site.start_ready();
    let mut client = site.bind(BIND_TRANSMITTER);
    for number in 0..10 {
        let text = format!("not killed number {number}");
        let id = client.submit(&submit(&text));
        gateway.wait_for(&id, "delivered");
        answered.insert(id, text.clone());
        texts.insert(text);
    }
    let mut messages = Vec::new();
    until_none_left(|| {
        messages = gateway.all("/v1/messages");
        // A status report that comes while the process is killed is lost, as the README says.
        let is_open = |message: &&Value| {
            let status = message["status"].as_str().unwrap();
            !["sent", "delivered", "unknown", "failed"].contains(&status)
        };
        messages.iter().filter(is_open).count()
    });
    let stored: BTreeMap<&str, &Value> =
        messages.iter().map(|message| (message["id"].as_str().unwrap(), message)).collect();
    let submitted = modem.submitted();
    let mut once = BTreeSet::new();
    for text in &submitted {
        assert!(once.insert(text.as_str()) && texts.contains(text), "{text} went out twice");
    }
    let mut delivered = BTreeSet::new();
    for (id, text) in &answered {
        let message = stored.get(id.as_str()).unwrap_or_else(|| panic!("{text} is lost"));
        assert_eq!(message["request"]["text"], **text);
        match message["status"].as_str().unwrap() {
            "delivered" => drop(delivered.insert(id.as_str())),
            "sent" => assert!(once.contains(text.as_str()), "{message}"),
            "unknown" => {}
            _ => panic!("{message}"),
        }
    }
    assert!(answered.len() > 50 && answered.len() < texts.len(), "{}", answered.len());
    assert!(messages.len() >= answered.len() && delivered.len() >= 10, "{}", delivered.len());

    // All receipts are there, and each once. A report may have come since the list was read.
    let mut receiver = site.bind(BIND_RECEIVER);
    let all: BTreeSet<&str> = stored
        .iter()
        .filter(|(_, message)| message["status"] == "delivered")
        .map(|(id, _)| *id)
        .collect();
    let mut receipts = BTreeSet::new();
    while receipts.len() < all.len() || receiver.has_more(Duration::from_millis(300)) {
        let text = receiver.deliver(0).text();
        let id = text["id:".len()..].split(' ').next().unwrap().to_owned();
        assert!(receipts.insert(id), "{text} came twice");
    }
    assert!(receipts.iter().all(|id| stored.contains_key(id.as_str())));
    assert!(all.iter().all(|id| receipts.contains(*id)));
}
