//! The inbox and the outbox: live, searched, by keys, and with texts of strangers.

use serde_json::json;
use thirtyfour::Key;

use crate::driver::Browser;
use crate::process::{Site, until_none_left};
use crate::served::Served;

const RECIPIENT: &str = "+491715550100";
const SENDER: &str = "+491715550188";

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_message_arrives_while_the_page_is_open_and_its_text_is_only_a_text() {
    let modem = Served::new(0);
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    let text = "<img src=x onerror=alert(1)> \u{202e}gpj.exe\u{200b} שלום";
    modem.deliver(SENDER, text);
    browser.sees("#new", "1 new");
    browser.sees("#say", &format!("Message from {SENDER}: <img"));
    browser.wait("document.title === '(1) SMS gateway'");
    browser.click("#tab-inbox");
    browser.sees("#rows .words", "<img src=x onerror=alert(1)>");
    browser.click("#rows .row");
    browser.sees("#rows .detail", "<img src=x onerror=alert(1)> U+202Egpj.exeU+200B שלום");
    browser.shows("#rows .detail > p .ghost", &["U+202E", "U+200B"]);
    assert_eq!(browser.value("document.querySelectorAll('#rows img').length"), 0);
    assert_eq!(browser.value("document.querySelector('#rows .detail > p').dir"), "auto");
    browser.wait("document.title === 'SMS gateway'");

    browser.press("Answer");
    browser.type_into("#text", "Got it");
    browser.sees("#reply", "The answer leaves by the SIM that has the message, in a.");
    browser.click("#send");
    browser.sees("#result .badge", "delivered");
    let sent = gateway.all("/v1/messages").remove(0);
    let received = gateway.all("/v1/inbox").remove(0);
    assert_eq!((&sent["request"]["reply_to"], &sent["to"]), (&received["id"], &json!(SENDER)));
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn long_lists_come_by_pages_and_are_searched_and_filtered() {
    let site = Site::new("");
    let gateway = site.start_ready();
    for number in 0..60 {
        gateway.send(&json!({ "to": RECIPIENT, "text": format!("Number {number}.") }));
    }
    let sent = "/v1/messages?status=sent&limit=100";
    until_none_left(|| 60 - gateway.get(sent).json()["items"].as_array().unwrap().len());
    let browser = Browser::open(&gateway);
    browser.wait("document.querySelectorAll('#rows > li').length === 50");
    browser.press("Older messages");
    browser.wait("document.querySelectorAll('#rows > li').length === 60");
    assert_eq!(browser.texts("#rows .words").last().unwrap(), "Number 0.");
    browser.type_into("#search", "NUMBER 7.");
    browser.wait("document.querySelectorAll('#rows > li').length === 1");
    // A message that does not fit the search stays out of sight when it comes.
    gateway.send(&json!({ "to": RECIPIENT, "text": "Another" }));
    gateway.send(&json!({ "to": RECIPIENT, "text": "Again number 7." }));
    browser.wait("document.querySelectorAll('#rows > li').length === 2");
    browser.shows("#rows .words", &["Again number 7.", "Number 7."]);
    browser.run("const s = document.getElementById('status'); s.value = 'failed'; s.dispatchEvent(new Event('change'))", json!(null));
    browser.sees("#empty", "No message fits.");
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn keys_write_search_and_move_and_leave_fields_alone() {
    let site = Site::new("");
    let gateway = site.start_ready();
    for text in ["One", "Two", "Three"] {
        let id = gateway.send(&json!({ "to": RECIPIENT, "text": text }));
        gateway.wait_for(&id, "sent");
    }
    let browser = Browser::open(&gateway);
    browser.wait("document.querySelectorAll('#rows > li').length === 3");
    let focused = "document.activeElement.querySelector?.('.words')?.innerText";
    for (key, text) in [("j", "Three"), ("j", "Two"), ("j", "One"), ("j", "One"), ("k", "Two")] {
        browser.keys(key);
        browser.wait(&format!("{focused} === {}", json!(text)));
    }
    browser.key(Key::Enter);
    browser.sees("#rows .timeline", "accepted by the network");
    // An event redraws the row, and the focus stays.
    gateway.send(&json!({ "to": RECIPIENT, "text": "Four" }));
    browser.wait("document.querySelectorAll('#rows > li').length === 4");
    browser.wait(&format!("{focused} === 'Two'"));
    browser.key(Key::Escape);
    browser.wait("!document.querySelector('#rows .detail')");
    browser.keys("/");
    browser.wait("document.activeElement.id === 'search'");
    browser.keys("jn");
    browser.wait("document.getElementById('search').value === 'jn'");
    browser.key(Key::Escape);
    browser.keys("n");
    browser.wait("document.activeElement.id === 'to'");
    browser.key(Key::Escape);
    browser.keys("?");
    browser.wait("document.getElementById('help').open");
    browser.key(Key::Escape);
    browser.wait("!document.getElementById('help').open");
    browser.keys("i");
    browser.wait("document.getElementById('tab-inbox').ariaSelected === 'true'");
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_modem_shows_its_network_or_why_it_is_down_and_counts_by_itself() {
    let modem = Served::new(0);
    let site = Site::new(&format!(
        "[[modems]]\nname = \"rack\"\ntcp = \"{}\"\n[[modems]]\nname = \"gone\"\ntcp = \"127.0.0.1:9\"",
        modem.address
    ));
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    browser.sees("#modems .idle", "−73 dBm");
    browser.sees("#modems .idle", "Simulated Network");
    browser.sees("#modems .idle", "0 of 20");
    browser.sees("#modems .down .reason", "Connection refused");
    gateway.send(&json!({ "to": RECIPIENT, "text": "Counted", "from": "rack" }));
    browser.sees("#modems .idle figcaption", "1 sent");
    browser.wait(
        "document.querySelector('#modems .idle .plot').ariaLabel.startsWith('Last hour: 1 sent')",
    );
    browser.has_no_complaints();
}
