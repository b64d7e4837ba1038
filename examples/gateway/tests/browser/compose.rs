//! Writing a message, and what becomes of it.

use modem::simulator::{Fault, FaultPlan};
use serde_json::json;

use crate::driver::Browser;
use crate::process::{Site, in_a_month, rfc_3339, until};
use crate::served::Served;

const RECIPIENT: &str = "+491715550100";

fn site(modem: &Served) -> Site {
    Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address))
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_message_shows_its_cost_while_it_is_written_and_its_way_once_it_is_sent() {
    let modem = Served::new(0);
    let site = site(&modem);
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    browser.type_into("#text", "Hello");
    browser.sees("#cost", "GSM 7-bit 1 part, room for 155 more");
    browser.type_into("#text", " Ж “x”");
    browser.sees("#cost", "UCS-2 1 part, room for 59 more");
    for name in ["Cyrillic capital letter U+0416", "left double quotation mark U+201C"] {
        browser.sees("#foreign li", name);
    }
    browser.type_into("#to", "+49 (171) 555-0100");
    browser.click("#send");
    browser.sees("#result", "To +491715550100");
    browser.sees("#result .timeline", "waits for a modem");
    browser.sees("#result .timeline", "with the modem");
    browser.sees("#result .timeline", "accepted by the network · a · reference");
    browser.sees("#result .timeline", "delivered to the recipient");
    browser.sees("#result .badge", "delivered");
    browser.sees("#rows li .badge", "delivered");
    assert_eq!(modem.submitted(), ["Hello Ж “x”"]);
    browser.wait("document.getElementById('text').value === ''");
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn typographic_characters_are_replaced_on_request() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    browser.type_into("#text", "“Don’t”…");
    browser.press("Write the nearest plain characters");
    browser.sees("#cost", "GSM 7-bit 1 part");
    browser.wait("document.getElementById('text').value === '\"Don\\'t\"...'");
    browser.wait("document.getElementById('foreign').hidden");
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn an_error_of_the_server_is_shown_in_words_at_its_field_and_nothing_is_lost() {
    let site = Site::new("");
    let mut gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    browser.type_into("#text", "Kept");
    browser.type_into("#to", "nobody!");
    browser.sees("#to-error", "is not allowed in a number");
    browser.sees("#cost", "GSM 7-bit 1 part");
    browser.click("#send");
    browser.wait("document.activeElement.id === 'to'");
    browser.wait("document.getElementById('to').getAttribute('aria-invalid') === 'true'");
    assert_eq!(gateway.all("/v1/messages"), Vec::<serde_json::Value>::new());

    browser.run(
        "arguments[0] || (document.getElementById('to').value = '+491715550100')",
        json!(null),
    );
    gateway.kill();
    browser.click("#send");
    browser.sees(
        "#compose-error",
        "The gateway does not answer. Send again: the message goes out once.",
    );
    assert_eq!(browser.value("document.getElementById('text').value"), "Kept");
    let gateway = site.start_ready();
    browser.click("#send");
    browser.sees("#result", "To +491715550100");
    assert_eq!(gateway.all("/v1/messages").len(), 1);
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_message_that_waits_is_cancelled_and_never_leaves() {
    let site = Site::new("");
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    let later = json!({ "to": RECIPIENT, "text": "Later", "send_at": rfc_3339(in_a_month(), 0) });
    let id = gateway.send(&later);
    browser.sees("#rows .badge", "scheduled");
    browser.click("#rows .row");
    browser.press("Cancel the message");
    browser.sees("#rows .badge", "cancelled");
    browser.sees("#rows .timeline", "cancelled, not sent");
    gateway.wait_for(&id, "cancelled");
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn an_unknown_message_says_what_that_means_and_what_a_second_copy_risks() {
    let modem = Served::new(0);
    let site = site(&modem);
    let mut gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    let silence = Fault::Silence { command: "+CMGS".into(), times: 1 };
    modem.lock().set_faults(FaultPlan::new(1).with(silence));
    browser.type_into("#to", RECIPIENT);
    browser.type_into("#text", "Once or twice");
    browser.click("#send");
    browser.sees("#result .badge", "sending");
    until(|| !modem.submitted().is_empty());
    // The network has the message, and the gateway never hears of it.
    gateway.kill();
    browser.sees("#link", "no connection");
    let gateway = site.start_ready();
    browser.sees("#result .badge", "unknown");
    browser.sees("#result .timeline", "nobody knows whether it has left");
    browser.sees("#result .warning", "the recipient may get it twice");
    assert_eq!(modem.submitted().len(), 1);
    browser.press("Send again, and risk a second copy");
    browser.sees("#result .badge", "delivered");
    assert_eq!(modem.submitted(), ["Once or twice", "Once or twice"]);
    assert_eq!(gateway.all("/v1/messages").len(), 2);
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_restart_of_the_server_loses_nothing_and_shows_nothing_twice() {
    let modem = Served::new(0);
    let site = site(&modem);
    let mut gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    gateway.send(&json!({ "to": RECIPIENT, "text": "Before" }));
    browser.sees("#rows .badge", "sent");
    for round in 0..3 {
        gateway.kill();
        browser.sees("#link", "no connection");
        modem.deliver("+491715550188", &format!("Meanwhile {round}"));
        gateway = site.start_ready();
        // The page may not be connected yet.
        let id = gateway.send(&json!({ "to": RECIPIENT, "text": format!("Round {round}") }));
        gateway.wait_for(&id, "sent");
        until(|| gateway.all("/v1/inbox").len() == round + 1);
        browser.sees("#link", "live");
        browser.sees("#rows .words", &format!("Round {round}"));
    }
    browser.shows("#rows .badge", &["sent"; 4]);
    browser.shows("#rows .words", &["Round 2", "Round 1", "Round 0", "Before"]);
    browser.sees("#new", "3 new");
    browser.click("#tab-inbox");
    browser.wait("document.querySelectorAll('#rows > li').length === 3");
    browser.has_no_complaints();
}
