//! Pictures of the page for people, in three looks, and for the README.

use std::path::PathBuf;

use serde_json::json;

use crate::driver::{Browser, Look, WIDE};
use crate::process::{Gateway, Site};

const ECHO: &str = "+491715550177";

/// A site as an operator has it: a modem that is down, an echo, reports, a long text, a draft.
fn site() -> (Site, Gateway) {
    let site = Site::new(
        "[[modems]]\nname = \"sim0\"\nsimulated = true\n[[modems]]\nname = \"sim1\"\nsimulated = true\n\
         [[modems]]\nname = \"rack\"\ntcp = \"127.0.0.1:9\"\n\
         [[routes]]\nname = \"germany\"\nprefixes = [\"+49\"]\nmodems = [\"sim0\"]\nfallback = [\"sim1\"]",
    );
    let gateway = site.start_ready();
    let send = |to: &str, text: &str, from: &str| {
        let id = gateway.send(&json!({ "to": to, "text": text, "report": true, "from": from }));
        gateway.wait_for(&id, "delivered");
    };
    send("+491715550100", "Your table is booked for 19:30.", "sim0");
    send(ECHO, "Ваш заказ готов", "sim1");
    send("+491715550123", "שלום, ההזמנה בדרך", "sim1");
    send(ECHO, &"The lift in house 7 stands still, the service comes at noon. ".repeat(4), "sim0");
    gateway.send(&json!({ "to": "+491715550103", "text": "Alarm: cold store at 9 °C", "from": "rack", "priority": "alarm" }));
    (site, gateway)
}

/// Takes the pictures, if `GATEWAY_PICTURES` names a folder for them.
#[test]
#[ignore = "needs chromium and chromium-driver"]
fn the_page_fits_into_each_window() {
    let folder = std::env::var_os("GATEWAY_PICTURES").map(PathBuf::from);
    let (_site, gateway) = site();
    for (name, look) in [
        ("wide", WIDE),
        ("dark", Look { is_dark: true, ..WIDE }),
        ("narrow", Look { width: 500, ..WIDE }),
        ("page", Look { width: 1200, height: 900, ..WIDE }),
    ] {
        let browser = Browser::with(&gateway, look);
        let fits = || {
            let room =
                "document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.value(room), 0, "{name}");
        };
        let shoot = |view: &str| {
            fits();
            if let Some(folder) = &folder {
                browser.screenshot(&folder.join(format!("{name}{view}.png")));
            }
        };
        browser.go("/");
        browser.wait("document.querySelectorAll('#rows > li').length === 5");
        browser.sees("#modems .reason", "refused");
        browser.type_into("#to", "+49 171 5550100");
        browser.type_into("#text", "We’ll be there at 8…");
        browser.sees("#foreign", "ellipsis");
        if name != "page" {
            browser.click("#rows > li:nth-child(2) .row");
            browser.sees("#rows .timeline", "reference");
        }
        browser.run("scrollTo(0, 0); document.activeElement.blur()", json!(null));
        shoot("");
        browser.press("Inspector");
        browser.press("a listing");
        browser.sees(".report table", "How are you?");
        browser.run(
            "document.querySelector('.report tbody tr:nth-child(6)').focus(); scrollTo(0, 0)",
            json!(null),
        );
        shoot("-inspector");
        browser.has_no_complaints();
    }
}
