//! Cell broadcast pages, and their assembly to messages.

use std::collections::HashMap;
use std::time::Duration;

use pdu::{Broadcast, Broadcasts, CbsDcs, CellBroadcast, Page, SerialNumber, UmtsBroadcast};

use crate::input::Input;

/// The number of remembered messages, more than the identities in use, so that none is forgotten.
const LIMIT: usize = 256;

/// Input: the octets as one page, then as the heads of many pages, three octets each: message and
/// page.
pub fn broadcast(data: &[u8]) {
    page(data);
    any_format(data);
    let mut broadcasts = Broadcasts::new(LIMIT);
    let mut heard = HashMap::new();
    for head in data.chunks_exact(3) {
        let page = made(head);
        assert_eq!(
            broadcasts.insert(Duration::ZERO, page).as_ref().map(Broadcast::pages),
            expected(&mut heard, &page).as_deref()
        );
    }
}

/// Every format keeps its octets, and no reader of it panics.
fn any_format(data: &[u8]) {
    let Ok(decoded) = CellBroadcast::decode(data) else { return };
    let mut octets = vec![0; UmtsBroadcast::MAX_LEN];
    let count = decoded.value.encode(&mut octets).unwrap();
    assert_eq!(octets[..count], *data);
    if let CellBroadcast::EtwsPrimary(warning) = &decoded.value {
        assert!(warning.message_id.is_etws() && warning.security().len() + 6 == data.len());
        let _ = (warning.issued_at(), warning.signature(), warning.warning_type.value());
    }
    if let CellBroadcast::Umts(message) = &decoded.value {
        assert!(message.octets().ends_with(message.warning_area()));
        assert!(message.pages().count() <= 15 && message.geo_fencing().count() < 32);
    }
    let is_page = matches!(decoded.value, CellBroadcast::Page(_));
    match Broadcasts::default().insert(Duration::ZERO, decoded.value) {
        Some(message) => {
            let _ = (message.text(), message.language(), message.etws(), message.message_id());
        }
        None => assert!(is_page),
    }
}

fn page(data: &[u8]) {
    let decoded = match Page::decode(data) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(data.len() < 6 || data.len() > Page::LEN, "{error}");
            return;
        }
    };
    let page = decoded.value;
    let mut octets = [0; Page::LEN];
    let count = page.encode(&mut octets).unwrap();
    assert_eq!(octets[..count], *data);
    assert!((1..=page.total()).contains(&page.number()) && page.total() <= 15);
    let hex: String = data.iter().map(|octet| format!("{octet:02X}")).collect();
    assert_eq!(Page::from_hex(&hex), Ok(decoded));
    let text = page.text();
    assert_eq!(page.write_text(&mut [0; 279]).unwrap(), text.as_deref());
    if let Some(language) = page.language() {
        assert_eq!(language.as_str().len(), 2);
    }
    if decoded.warnings.is_empty() {
        let again = Page::new(
            page.serial_number,
            page.message_id,
            page.dcs,
            page.number(),
            page.total(),
            page.content(),
        );
        assert_eq!(again, Some(page));
    }
}

fn made(head: &[u8]) -> Page {
    let mut input = Input::new(head);
    let [which, update, number] = input.array();
    let serial = SerialNumber::from_raw(u16::from(which & 0x30) << 4 | u16::from(update % 16));
    let total = (number >> 4).max(1);
    let number = (number & 0xF).clamp(1, total);
    Page::new(
        serial,
        u16::from(which & 3),
        CbsDcs::from_raw(0x0F),
        number,
        total,
        &[update, number],
    )
    .unwrap()
}

/// The state of a message: its update, its pages, and `true` if it was complete.
type State = (SerialNumber, Vec<Page>, bool);

/// The pages of the message that this page completes.
fn expected(heard: &mut HashMap<(u16, u16), State>, page: &Page) -> Option<Vec<Page>> {
    let identity = (page.message_id.raw(), page.serial_number.raw() >> 4);
    let (serial, pages, complete) =
        heard.entry(identity).or_insert((page.serial_number, Vec::new(), false));
    let ahead = page.serial_number.update().wrapping_sub(serial.update()) % 16;
    if (1..=8).contains(&ahead) {
        (*serial, *complete) = (page.serial_number, false);
        pages.clear();
    }
    if page.serial_number != *serial || *complete {
        return None;
    }
    pages.retain(|other| other.total() == page.total() && other.number() != page.number());
    pages.push(*page);
    pages.sort_by_key(Page::number);
    *complete = pages.len() == usize::from(page.total());
    complete.then(|| core::mem::take(pages))
}
