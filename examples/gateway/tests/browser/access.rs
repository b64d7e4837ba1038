//! The page for everybody: with a screen reader, without the script, and with a key.

use std::fs;

use serde_json::{Value, json};

use crate::driver::{Browser, Look, WIDE};
use crate::process::Site;

const ECHO: &str = "+491715550177";

/// The violations that axe-core finds in the page as it is.
fn violations(browser: &Browser, axe: &str, state: &str) -> Vec<String> {
    browser.run(axe, json!(null));
    let found = browser.run_later(
        "const done = arguments[0];
         axe.run(document).then(({ violations }) => done(violations.map((violation) =>
             `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`)))",
    );
    let found: Vec<String> = serde_json::from_value(found).unwrap();
    found.into_iter().map(|violation| format!("{state}: {violation}")).collect()
}

#[test]
#[ignore = "needs chromium, chromium-driver, and the path of axe.min.js of axe-core in GATEWAY_AXE"]
fn axe_core_finds_nothing_in_any_view_light_dark_and_narrow() {
    let axe = std::env::var("GATEWAY_AXE").expect("GATEWAY_AXE has the path of axe.min.js");
    let axe = fs::read_to_string(axe).unwrap();
    let site = Site::new(
        "[[modems]]\nname = \"sim0\"\nsimulated = true\n[[modems]]\nname = \"gone\"\ntcp = \"127.0.0.1:9\"",
    );
    let gateway = site.start_ready();
    for text in ["Hello", "Привет \u{202e}", "שלום"] {
        let id = gateway.send(&json!({ "to": ECHO, "text": text, "report": true, "from": "sim0" }));
        gateway.wait_for(&id, "delivered");
    }
    gateway.send(&json!({ "to": ECHO, "text": "Waits", "from": "gone" }));
    let mut found = Vec::new();
    for (name, look) in [
        ("light", WIDE),
        ("dark", Look { is_dark: true, ..WIDE }),
        ("narrow", Look { width: 500, ..WIDE }),
    ] {
        let browser = Browser::with(&gateway, look);
        browser.go("/");
        let is_dark = browser.value("matchMedia('(prefers-color-scheme: dark)').matches");
        assert_eq!(is_dark, look.is_dark);
        browser.wait("document.querySelectorAll('#rows > li').length === 4");
        browser.sees("#modems .reason", "refused");
        browser.type_into("#to", "nobody!");
        browser.type_into("#text", "Ж…");
        browser.sees("#to-error", "is not allowed in a number");
        browser.sees("#foreign", "Cyrillic");
        browser.click("#rows > li:nth-child(1) .row");
        browser.sees("#rows .actions", "Cancel");
        found.extend(violations(&browser, &axe, &format!("{name}, outbox")));
        browser.click("#tab-inbox");
        browser.click("#rows > li:nth-child(2) .row");
        browser.sees("#rows .detail", "Answer");
        found.extend(violations(&browser, &axe, &format!("{name}, inbox")));
        browser.run("document.getElementById('help').showModal()", json!(null));
        found.extend(violations(&browser, &axe, &format!("{name}, help")));
        browser.run("document.getElementById('help').close()", json!(null));
        browser.press("Inspector");
        browser.press("a listing");
        browser.sees(".report table", "How are you?");
        found.extend(violations(&browser, &axe, &format!("{name}, inspector")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_gateway_with_keys_asks_for_one_once_and_keeps_it_in_the_tab() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_gateway")).arg("key").output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    let mut words = printed.lines().map(|line| line.rsplit(' ').next().unwrap());
    let (key, hash) = (words.next().unwrap(), words.next().unwrap());
    let site = Site::new(&format!(
        "[[keys]]\nname = \"k\"\nhash = \"{hash}\"\nscopes = [\"read\", \"receive\"]"
    ));
    let gateway = site.start();
    let browser = Browser::with(&gateway, WIDE);
    browser.go("/");
    browser.sees("#key-form", "This gateway needs a key");
    browser.type_into("#key", "wrong");
    browser.click("#key-form button");
    browser.sees("#key-error", "The key is unknown: check it.");
    browser.type_into("#key", key);
    browser.click("#key-form button");
    browser.sees("#link", "live");
    browser.sees("#modems", "sim0");
    browser.reload();
    browser.sees("#link", "live");
    let kept = "[localStorage.length, document.cookie, location.href.includes(sessionStorage.getItem('key'))]";
    assert_eq!(browser.value(kept), json!([0, "", false]));

    // A key without a scope says so where the scope is needed.
    browser.type_into("#text", "Hello");
    browser.sees("#compose-error", "The key k does not have the scope send.");
    browser.press("Forget the key");
    browser.sees("#key-form", "This gateway needs a key");
    browser.wait("sessionStorage.length === 0");
    assert!(!site.log().contains(key));
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn without_the_script_the_page_says_what_the_api_is() {
    let site = Site::new("");
    let gateway = site.start();
    let browser = Browser::with(&gateway, Look { has_no_script: true, ..WIDE });
    browser.go("/");
    browser.sees("noscript", "POST /v1/messages");
    browser.sees("noscript", "/openapi.json describes the API");
    assert_eq!(
        browser.value("document.getElementById('desk').checkVisibility()"),
        Value::Bool(false)
    );
}
