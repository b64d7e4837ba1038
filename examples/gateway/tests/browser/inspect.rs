//! The inspector.

use serde_json::json;

use crate::driver::{Browser, WIDE};
use crate::process::Site;

const LISTING: &str = "+CMGL: 1,1,,30\n\
    07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07\n\
    +CMGL: 2,0,,31\n\
    0791947101670000040B919471515500F10008621172211004040C041F04400438043204350442";

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn octets_and_fields_point_at_each_other_by_mouse_and_by_keys() {
    let site = Site::new("");
    let gateway = site.start();
    let browser = Browser::open(&gateway);
    browser.press("Inspector");
    browser.wait("document.activeElement.id === 'pdu'");
    browser.type_into("#pdu", LISTING);
    browser.sees(".report h3", "SMS-DELIVER");
    browser.wait("document.querySelectorAll('.report').length === 2");
    browser.sees(".report:last-child table", "Привет");
    browser.hover(".run[title=tp-oa]");
    let sender =
        "tp-oa\t0B 91 13 46 61 00 89 F6\tfrom +31641600986 (international, telephone plan)";
    browser.shows("tr.lit", &[sender]);
    browser.hover(".report tbody tr:nth-child(1)");
    browser.shows(".run.lit", &["07 91 13 26 04 00 00 F0"]);
    browser.run("document.querySelector('.report tbody tr').focus()", json!(null));
    browser.key(thirtyfour::Key::Down);
    browser.shows(".run.lit", &["04"]);
    browser.click(".run[title=tp-dcs]");
    browser.wait("document.activeElement.innerText.split('\\t')[0] === 'tp-dcs'");
    // Each octet is in one run, and the runs are the PDU.
    let digits: String = browser.texts(".report:first-child .run").concat().replace(' ', "");
    assert_eq!(digits, LISTING.lines().nth(1).unwrap());
    browser.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn a_link_carries_the_input_and_no_address_of_a_request_has_it() {
    let site = Site::new("");
    let gateway = site.start();
    let browser = Browser::open(&gateway);
    browser.press("Inspector");
    browser.type_into("#pdu", LISTING);
    browser.sees(".report h3", "SMS-DELIVER");
    let link = browser.value("document.getElementById('pdu-link').getAttribute('href')");
    let link = link.as_str().unwrap();
    assert!(link.starts_with("#pdu=%2BCMGL"), "{link}");

    let other = Browser::with(&gateway, WIDE);
    other.go(&format!("/{link}"));
    other.wait("document.querySelectorAll('.report').length === 2");
    assert_eq!(other.value("document.getElementById('pdu').value"), LISTING);
    let addresses = "performance.getEntriesByType('resource').map((entry) => entry.name).sort()";
    let origin = format!("http://{}", gateway.address);
    let addresses = other.value(addresses);
    for address in addresses.as_array().unwrap() {
        let address = address.as_str().unwrap();
        assert!(address.starts_with(&origin) && !address.contains("0791"), "{address}");
    }
    assert!(addresses.to_string().contains("/v1/inspect"), "{addresses}");
    assert!(!site.log().contains("0791132604"), "{}", site.log());
    other.has_no_complaints();
}

#[test]
#[ignore = "needs chromium and chromium-driver"]
fn broadcasts_ussd_and_mistakes_are_explained() {
    let site = Site::new("");
    let gateway = site.start();
    let browser = Browser::open(&gateway);
    browser.press("Inspector");
    for (sample, text) in [
        ("a cell broadcast", "cell broadcast"),
        ("USSD", "USSD"),
        ("a status report", "SMS-STATUS-REPORT"),
        ("one to the network", "SMS-SUBMIT"),
    ] {
        browser.press(sample);
        browser.sees(".report h3", text);
        browser.wait("document.querySelectorAll('.report h3').length === 1");
    }
    browser.run("const p = document.getElementById('pdu'); p.value = '0791X1'; p.dispatchEvent(new Event('input'))", json!(null));
    browser.sees("#inspect-error", "not a hexadecimal digit");
    browser.shows(".report", &[]);
    browser.has_no_complaints();
}
