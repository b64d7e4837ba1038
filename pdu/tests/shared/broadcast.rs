//! Cell broadcast pages and USSD strings.

use core::time::Duration;

use pdu::{Broadcasts, CbsDcs, Page, UssdString};
use serde_json::Value;

use crate::common::{hex, octets};
use crate::messages::octet;
use crate::{Check, Row, equal};

pub(crate) fn cell_broadcast(row: &Row) -> Check {
    let page = Page::from_hex(&row.input).map_err(|error| error.to_string())?.value;
    let mut again = [0; Page::LEN];
    let len = page.encode(&mut again).unwrap();
    equal("again", hex(&again[..len]), row.input.clone())?;
    let expected = &row.expected;
    equal("code", Some(u64::from(page.serial_number.code())), expected["message_code"].as_u64())?;
    octet(expected, "update", page.serial_number.update())?;
    equal("id", Some(u64::from(page.message_id.raw())), expected["message_id"].as_u64())?;
    octet(expected, "dcs", page.dcs.raw())?;
    octet(expected, "page", page.number())?;
    octet(expected, "pages", page.total())?;
    equal("text", page.text().as_deref(), expected["text"].as_str())?;
    equal(
        "language",
        page.language().map(|language| language.to_string()).as_deref(),
        expected["language"].as_str(),
    )
}

pub(crate) fn cell_broadcast_scenario(row: &Row) -> Check {
    let mut broadcasts = Broadcasts::default();
    let steps: Value = serde_json::from_str(&row.input).unwrap();
    for (step, expected) in steps.as_array().unwrap().iter().zip(row.expected.as_array().unwrap()) {
        let Some(pdu) = step["pdu"].as_str() else {
            broadcasts.moved();
            continue;
        };
        // The scenario gives the update number, page and number of pages with the same page.
        let mut octets = octets(pdu);
        let small = |key: &str| u8::try_from(step[key].as_u64().unwrap()).unwrap();
        octets[1] = octets[1] & 0xF0 | small("update");
        octets[5] = small("page") << 4 | small("pages");
        let message = broadcasts.insert(Duration::ZERO, Page::decode(&octets).unwrap().value);
        match expected {
            Value::String(outcome) => equal(outcome, message.is_some(), outcome == "new")?,
            _ => equal(
                "text",
                message.and_then(|message| message.text()).as_deref(),
                expected["text"].as_str(),
            )?,
        }
    }
    Ok(())
}

pub(crate) fn ussd_decode(row: &Row) -> Check {
    let dcs = CbsDcs::from_raw(u8::try_from(row.expected["dcs"].as_u64().unwrap()).unwrap());
    let string = UssdString::new(dcs, octets(&row.input));
    let text = string.text().or_else(|| String::from_utf8(string.octets().to_vec()).ok());
    equal("text", text.as_deref(), row.expected["text"].as_str())
}

pub(crate) fn ussd_encode(row: &Row) -> Check {
    let string = UssdString::encode(&row.input.replace("\\r", "\r"));
    octet(&row.expected, "dcs", string.dcs().raw())?;
    equal("octets", hex(string.octets()).as_str(), row.str("data"))
}
