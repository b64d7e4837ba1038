//! The gateway is killed while a client submits: at most an answer is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::client::{BIND_RECEIVER, BIND_TRANSMITTER, RESPONSE, SUBMIT, SmppSite, Submit};
use crate::process::until;
use crate::served::Served;

#[test]
fn a_kill_between_submit_sm_and_its_answer_loses_nothing_else() {
    let modem = Served::new(0);
    let site = SmppSite::with_modem("", &modem);
    let mut answered: BTreeMap<String, String> = BTreeMap::new();
    let mut texts = BTreeSet::new();
    for life in 0..25_u64 {
        let mut gateway = site.site.start();
        let mut client = site.bind(BIND_TRANSMITTER);
        let mut open = BTreeMap::new();
        for number in 0..20 {
            let text = format!("life {life} number {number}");
            let message = text.clone().into_bytes();
            let submit = Submit { message, registered: 1, ..Submit::default() };
            open.insert(client.send(SUBMIT, submit.body()), text.clone());
            texts.insert(text);
        }
        thread::sleep(Duration::from_micros(life * life * 120));
        gateway.kill();
        while let Some(pdu) = client.read() {
            assert_eq!((pdu.id, pdu.status), (SUBMIT | RESPONSE, 0));
            answered.insert(pdu.string(), open.remove(&pdu.sequence).unwrap());
        }
    }
    let gateway = site.site.start_ready();
    let mut messages = Vec::new();
    until(|| {
        messages = gateway.all("/v1/messages");
        // A status report that comes while the process is killed is lost, as the README says.
        let is_over = |message: &Value| {
            let status = message["status"].as_str().unwrap();
            ["sent", "delivered", "unknown", "failed"].contains(&status)
        };
        messages.iter().all(is_over)
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
    assert!(messages.len() >= answered.len() && delivered.len() > 50, "{}", delivered.len());

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
