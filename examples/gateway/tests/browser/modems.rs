//! The cards of the modems.

use modem::simulator::Subscriber;
use serde_json::json;

use crate::driver::Browser;
use crate::process::Site;
use crate::served::Served;

const BARRED: &str = "+491715550199";

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_modem_that_rests_says_why_while_the_page_is_open() {
    let modem = Served::new(0);
    // Cause 10 of 3GPP TS 24.011: the operator has barred the calls of the SIM.
    modem.lock().set_subscriber(BARRED, Subscriber::Rejected(10));
    let site = Site::new(&format!("[[modems]]\nname = \"a\"\ntcp = \"{}\"", modem.address));
    let gateway = site.start_ready();
    let browser = Browser::open(&gateway);
    browser.sees("#modems .badge", "ready");
    gateway.send(&json!({ "to": BARRED, "text": "Hello" }));
    browser.sees("#modems .badge", "quarantined");
    browser.sees("#modems .reason", "The operator has barred the SIM: the next probe is in");
    browser.sees("#say", "Modem a: quarantined");
    browser.wait("document.querySelectorAll('#modems .card.quarantined').length === 1");
}
