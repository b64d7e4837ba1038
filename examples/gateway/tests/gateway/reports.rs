//! Status reports about parts whose outcome is unknown.

use serde_json::json;

use crate::process::{Gateway, Site, until};
use crate::served::Served;

const RECIPIENT: &str = "+491715550100";

/// A modem whose network reports when the test says so, and a gateway for it.
fn start() -> (Served, Site, Gateway) {
    let modem = Served::new(0);
    modem.lock().set_report_delay(None);
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    (modem, site, gateway)
}

/// Sends a message that leaves, and whose answer is lost with the link.
fn send_into_the_unknown(modem: &Served, gateway: &Gateway, text: &str) -> String {
    modem.cut_after_next();
    let id = gateway.send(&json!({ "to": RECIPIENT, "text": text, "report": true }));
    gateway.wait_for(&id, "unknown");
    until(|| gateway.get("/readyz").status == 200);
    id
}

#[test]
fn a_late_report_ends_an_unknown_message_over_a_kill_and_is_no_other_ones_when_it_comes_again() {
    let (modem, site, mut gateway) = start();
    let first = send_into_the_unknown(&modem, &gateway, "First");
    assert_eq!(gateway.message(&first)["final"], false);
    gateway.kill();
    let gateway = site.start_ready();
    modem.report(modem.references()[0]);
    let message = gateway.wait_for(&first, "delivered");
    assert_eq!(message["final"], true);
    let reason = message["reason"].as_str().unwrap();
    assert!(reason.ends_with("by a report with this recipient and time"), "{message}");
    assert!(message["parts"][0]["sim"].is_string(), "{message}");

    let second = send_into_the_unknown(&modem, &gateway, "Second");
    modem.report(modem.references()[0]);
    until(|| site.log().contains("a status report is about no message of ours"));
    assert_eq!(gateway.message(&second)["status"], "unknown");
    assert_eq!(modem.submitted(), ["First", "Second"], "nothing is sent again");
}

#[test]
fn a_report_that_fits_an_unknown_part_and_another_one_is_neither_ones() {
    let (modem, site, gateway) = start();
    let unknown = send_into_the_unknown(&modem, &gateway, "Unknown");
    let sent = gateway.send(&json!({ "to": RECIPIENT, "text": "Sent", "report": true }));
    gateway.wait_for(&sent, "sent");
    let references = modem.references();
    modem.report(references[0]);
    until(|| site.log().contains("a status report is about no message of ours"));
    assert_eq!(gateway.message(&unknown)["status"], "unknown");
    assert_eq!(gateway.message(&sent)["status"], "sent");
    // Once the other part has its own report, only one is left.
    modem.report(references[1]);
    gateway.wait_for(&sent, "delivered");
    modem.report(references[0]);
    gateway.wait_for(&unknown, "delivered");
}
