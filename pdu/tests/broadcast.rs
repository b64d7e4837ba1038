//! Cell broadcast pages, messages of several, and USSD strings.

use gsm7::{Alphabet, Language};
use pdu::{Broadcasts, CbsDcs, GeographicalScope, Page, SerialNumber, UssdString, Warning};

mod common;
use common::octets;

fn page(serial: u16, number: u8, total: u8, text: &str) -> Page {
    let content = gsm7::ucs2::encode_to_vec(text);
    Page::new(SerialNumber::from_raw(serial), 4_370, CbsDcs::UCS2, number, total, &content).unwrap()
}

#[test]
fn a_page_names_its_language_by_scheme_or_by_prefix() {
    let read = |page: &str| {
        let page = Page::from_hex(page.replace(' ', "")).unwrap().value;
        (page.language().map(|language| language.to_string()), page.text())
    };
    let both = |language: &str, text: &str| (Some(language.to_owned()), Some(text.to_owned()));
    assert_eq!(read("0110 0032 01 11 C834"), both("en", "Hi"));
    // Two letters and a carriage return, then text: "en\rHi" packed.
    assert_eq!(read("0110 0032 10 11 6577039906"), both("en", "Hi"));
    // Two letters in two octets, then UCS-2, up to the rest of the modem's buffer.
    assert_eq!(read("0110 0032 11 11 6139 0631 0635 FFFF 60B1"), both("ar", "رص"));
    assert_eq!(read("0110 0032 11 11 6139 0631 0635 0631 0000 60B1"), both("ar", "رصر"));
    assert_eq!(read("0110 0032 44 11 0102"), (None, None));
    let language = Page::from_hex("011000320111C834").unwrap().value.language().unwrap();
    assert_eq!(format!("{language:?} {language}"), "\"en\" en");
}

#[test]
fn carriage_returns_that_fill_a_page_are_left_out() {
    let full = Page::from_hex(format!("011000320111{}", padded()));
    assert_eq!(full.unwrap().value.text().as_deref(), Some("Hi"));
    assert_eq!(page(0x0110, 1, 1, "Hi\r\r").text().as_deref(), Some("Hi"));
    assert_eq!(page(0x0110, 1, 1, "Hi\rHo\r").text().as_deref(), Some("Hi\rHo"));
}

/// "Hi" and 91 carriage returns, packed bit by bit.
fn padded() -> String {
    let septets = [b'H', b'i'].into_iter().chain([0x0D; 91]);
    let bits: Vec<u8> =
        septets.flat_map(|septet| (0..7).map(move |bit| septet >> bit & 1)).collect();
    let octets =
        bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |octet, bit| octet << 1 | bit));
    common::hex(&octets.collect::<Vec<u8>>())
}

#[test]
fn a_serial_number_has_scope_code_and_update() {
    let serial = SerialNumber::from_raw(0xC01F);
    assert_eq!((serial.scope(), serial.code(), serial.update()), (GeographicalScope::Cell, 1, 15));
    assert_eq!(SerialNumber::from_raw(0x7A3C).code(), 0x3A3);
    assert_eq!(SerialNumber::from_raw(0x7A3C).to_string(), "931 update 12");
    for (bits, scope) in [
        (0x0000, GeographicalScope::CellImmediate),
        (0x4000, GeographicalScope::Network),
        (0x8000, GeographicalScope::Area),
        (0xC000, GeographicalScope::Cell),
    ] {
        assert_eq!(SerialNumber::from_raw(bits).scope(), scope, "{bits:#06x}");
        assert_eq!(SerialNumber::from_raw(bits | 0x3FFF).scope(), scope, "{bits:#06x}");
    }
    let update = |update: u16| SerialNumber::from_raw(0x4110 | update);
    assert!(update(1).is_newer_than(update(15)));
    assert!(update(8).is_newer_than(update(0)));
    assert!(!update(9).is_newer_than(update(0)));
    assert!(!update(0).is_newer_than(update(0)));
    assert!(!SerialNumber::from_raw(0x4121).is_newer_than(update(0)));
}

#[test]
fn a_message_comes_out_once_and_again_when_it_is_updated() {
    let mut broadcasts = Broadcasts::default();
    let mut text = |page: Page| broadcasts.insert(&page).and_then(|message| message.text());
    assert_eq!(text(page(0x4110, 3, 3, "c")), None);
    assert_eq!(text(page(0x4110, 1, 3, "a")), None);
    assert_eq!(text(page(0x4110, 1, 3, "a")), None);
    assert_eq!(text(page(0x4110, 2, 3, "b")).as_deref(), Some("abc"));
    assert_eq!(text(page(0x4110, 2, 3, "b")), None);
    // An update of fewer pages, then the old state again.
    assert_eq!(text(page(0x4111, 1, 1, "new")).as_deref(), Some("new"));
    assert_eq!(text(page(0x4110, 1, 3, "a")), None);
}

#[test]
fn no_more_messages_are_remembered_than_the_limit() {
    let mut broadcasts = Broadcasts::new(2);
    for code in [0x4110, 0x4120, 0x4110, 0x4130] {
        broadcasts.insert(&page(code, 1, 1, "x"));
    }
    // 0x4120 was not heard for longest, and is new again; the others are remembered.
    assert_eq!(broadcasts.insert(&page(0x4130, 1, 1, "x")), None);
    assert_eq!(broadcasts.insert(&page(0x4110, 1, 1, "x")), None);
    assert!(broadcasts.insert(&page(0x4120, 1, 1, "x")).is_some());
}

#[test]
fn in_another_cell_the_numbers_of_cells_and_areas_begin_again() {
    let mut broadcasts = Broadcasts::default();
    let (network, cell) = (page(0x4110, 1, 1, "network"), page(0xC110, 1, 1, "cell"));
    assert!(broadcasts.insert(&network).is_some() && broadcasts.insert(&cell).is_some());
    broadcasts.moved();
    assert_eq!(broadcasts.insert(&network), None);
    assert!(broadcasts.insert(&cell).is_some());
}

#[test]
fn a_ussd_string_is_filled_with_one_carriage_return_where_seven_bits_are_left() {
    assert_eq!(UssdString::encode("abcdefg").octets(), octets("61F1985C369F1B"));
    assert_eq!(UssdString::encode("abcdefg").text().as_deref(), Some("abcdefg"));
    // A character that is not a carriage return stays.
    let answer = UssdString::new(CbsDcs::GSM7, octets("C2303BEC1E97413A90DA06"));
    assert_eq!(answer.text().map(|text| text.len()), Some(12));
    assert_eq!(UssdString::encode("Balance: 5").text().as_deref(), Some("Balance: 5"));
}

#[test]
fn a_ussd_string_is_read_by_its_scheme() {
    let text = |dcs, hex: &str| UssdString::new(CbsDcs::from_raw(dcs), octets(hex)).text();
    assert_eq!(text(0x0F, "AA180C3602").as_deref(), Some("*100#"));
    assert_eq!(text(0x48, "002A").as_deref(), Some("*"));
    assert_eq!(text(0x11, "6139 0631 0635 FFFF 60B1").as_deref(), Some("رص"));
    assert_eq!(text(0x44, "2A"), None);
    assert_eq!(UssdString::encode("ж").dcs(), CbsDcs::UCS2);
}

#[test]
fn a_message_of_several_pages_says_which_it_is() {
    let mut broadcasts = Broadcasts::default();
    let pages =
        ["011000320112C834", "011000320122C834"].map(|page| Page::from_hex(page).unwrap().value);
    assert_eq!(broadcasts.insert(&pages[1]), None);
    let message = broadcasts.insert(&pages[0]).unwrap();
    assert_eq!(message.pages(), pages);
    assert_eq!((message.message_id(), message.serial_number().raw()), (0x0032, 0x0110));
    assert_eq!(message.language().map(|language| language.to_string()).as_deref(), Some("en"));
}

#[test]
fn what_was_updated_lately_is_not_the_first_to_be_forgotten() {
    let mut broadcasts = Broadcasts::new(2);
    for code in [0x4110, 0x4111, 0x4120, 0x4111, 0x4130] {
        broadcasts.insert(&page(code, 1, 1, "x"));
    }
    assert_eq!(broadcasts.insert(&page(0x4111, 1, 1, "x")), None);
    assert!(broadcasts.insert(&page(0x4120, 1, 1, "x")).is_some());
}

/// 3GPP TS 23.038, 5, the group 1001, with the elements of TS 23.040, 9.2.3.24.16.
#[test]
fn a_string_with_a_header_begins_after_its_fill_bits_in_its_language() {
    let turkish = Alphabet::locking(Language::TURKISH);
    let septets = gsm7::encode_to_vec("ışık", turkish).unwrap();
    // Four octets of header are 32 bits; three more make five septets.
    let mut octets = vec![0x03, 0x25, 0x01, 0x01];
    octets.extend(gsm7::pack_to_vec(&septets, 3).unwrap());
    let string = UssdString::new(CbsDcs::from_raw(0x90), octets);
    assert_eq!(string.text().as_deref(), Some("ışık"));
}

#[test]
fn a_ussd_string_says_its_language_and_what_is_odd() {
    let string = |dcs: u8, digits: &str| UssdString::new(CbsDcs::from_raw(dcs), octets(digits));
    let english = string(0x01, "C834");
    assert_eq!(english.language().map(|language| language.to_string()).as_deref(), Some("en"));
    for (string, expected) in [
        (english, &[][..]),
        (string(0x0F, "C834"), &[]),
        (string(0x0F, "C83400"), &[]),
        (string(0x48, "00480069"), &[]),
        (string(0x48, "0048"), &[]),
        (string(0x48, "004800"), &[Warning::OddOctets]),
        (string(0x48, "0048006900"), &[Warning::OddOctets]),
        (string(0x44, "004800"), &[]),
        (string(0x4C, "C834"), &[Warning::ReservedCoding]),
    ] {
        let warnings: Vec<_> = string.warnings().iter().collect();
        assert_eq!(warnings, expected, "{string:?}");
    }
}

#[test]
fn a_page_is_full_with_93_letters_or_41_characters() {
    let septets = gsm7::encode_to_vec(&"Δ".repeat(93), Alphabet::DEFAULT).unwrap();
    let letters = gsm7::pack_to_vec(&septets, 0).unwrap();
    let serial = SerialNumber::from_raw(0x0110);
    let full = Page::new(serial, 50, CbsDcs::GSM7, 1, 1, &letters).unwrap();
    assert_eq!(full.text(), Some("Δ".repeat(93)));
    assert_eq!(page(0x0110, 1, 1, &"語".repeat(41)).text(), Some("語".repeat(41)));
}
