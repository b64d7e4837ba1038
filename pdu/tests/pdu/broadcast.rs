//! Cell broadcast pages, messages of several, and USSD strings.

use core::time::Duration;

use gsm7::{Alphabet, Language};
use pdu::{
    Broadcasts, CbsDcs, CellBroadcast, Certainty, EtwsPrimary, GeographicalScope, Location,
    MessageId, Page, SerialNumber, Severity, Topic, UmtsBroadcast, Urgency, UssdString, Warning,
    WarningSystem, WarningType,
};

use crate::common::octets;

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
    crate::common::hex(&octets.collect::<Vec<u8>>())
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
    let mut text =
        |page: Page| broadcasts.insert(Duration::ZERO, page).and_then(|message| message.text());
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
        broadcasts.insert(Duration::ZERO, page(code, 1, 1, "x"));
    }
    // 0x4120 was not heard for longest, and is new again; the others are remembered.
    assert_eq!(broadcasts.insert(Duration::ZERO, page(0x4130, 1, 1, "x")), None);
    assert_eq!(broadcasts.insert(Duration::ZERO, page(0x4110, 1, 1, "x")), None);
    assert!(broadcasts.insert(Duration::ZERO, page(0x4120, 1, 1, "x")).is_some());
}

#[test]
fn in_another_cell_the_numbers_of_cells_and_areas_begin_again() {
    let mut broadcasts = Broadcasts::default();
    let (network, cell) = (page(0x4110, 1, 1, "network"), page(0xC110, 1, 1, "cell"));
    assert!(
        broadcasts.insert(Duration::ZERO, network).is_some()
            && broadcasts.insert(Duration::ZERO, cell).is_some()
    );
    broadcasts.moved();
    assert_eq!(broadcasts.insert(Duration::ZERO, network), None);
    assert!(broadcasts.insert(Duration::ZERO, cell).is_some());
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
    assert_eq!(broadcasts.insert(Duration::ZERO, pages[1]), None);
    let message = broadcasts.insert(Duration::ZERO, pages[0]).unwrap();
    assert_eq!(message.pages(), pages);
    assert_eq!((message.message_id().raw(), message.serial_number().raw()), (0x0032, 0x0110));
    assert_eq!(message.language().map(|language| language.to_string()).as_deref(), Some("en"));
}

#[test]
fn what_was_updated_lately_is_not_the_first_to_be_forgotten() {
    let mut broadcasts = Broadcasts::new(2);
    for code in [0x4110, 0x4111, 0x4120, 0x4111, 0x4130] {
        broadcasts.insert(Duration::ZERO, page(code, 1, 1, "x"));
    }
    assert_eq!(broadcasts.insert(Duration::ZERO, page(0x4111, 1, 1, "x")), None);
    assert!(broadcasts.insert(Duration::ZERO, page(0x4120, 1, 1, "x")).is_some());
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

fn read(hex: &str) -> CellBroadcast {
    let decoded = CellBroadcast::from_hex(hex).unwrap();
    let mut again = [0; UmtsBroadcast::MAX_LEN];
    let count = decoded.value.encode(&mut again).unwrap();
    assert_eq!(crate::common::hex(&again[..count]), hex, "octets were lost");
    decoded.value
}

/// The message of one page or several, from the hexadecimal digits of `+CBM`.
fn whole(pages: &[&str]) -> pdu::Broadcast {
    let mut broadcasts = Broadcasts::default();
    let messages = pages.iter().filter_map(|page| broadcasts.insert(Duration::ZERO, read(page)));
    messages.last().unwrap()
}

#[test]
fn a_surrogate_pair_between_two_pages_is_read_as_one_character() {
    let message = whole(&[
        "411011124812005700610072006E0075006E006700210020005700610072006E0075006E006700210020005700610072006E0075006E006700210020005700610072006E0075006E006700210020004800690074007AD83D",
        "411011124822DD2500200062006C0065006900620065006E00200053006900650020007A0075002000480061007500730065000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D000D",
    ]);
    let expected = "Warnung! Warnung! Warnung! Warnung! Hitz\u{1F525} bleiben Sie zu Hause";
    assert_eq!(message.text().as_deref(), Some(expected));
}

#[test]
fn an_escape_between_two_pages_is_read_with_its_character() {
    let pages = [&[b'a', 0x1B][..], &[0x65, b'b', 0x0D]].map(|septets| {
        let mut packed = [0; 82];
        let count = gsm7::pack(septets, 0, &mut packed).unwrap();
        packed[..count].to_vec()
    });
    let mut broadcasts = Broadcasts::default();
    let mut text = None;
    for (number, content) in (1..).zip(&pages) {
        let serial = SerialNumber::from_raw(0x4110);
        let page = Page::new(serial, 50, CbsDcs::GSM7, number, 2, content).unwrap();
        text = broadcasts.insert(Duration::ZERO, page);
    }
    assert_eq!(text.unwrap().text().as_deref(), Some("a€b"));
}

/// One code in two cells, with scope 0.
const NEXT_CELL: [&str; 2] = [
    "001011120F1153FA5BDE06A5DDA07199CD06051B8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100",
    "001011120F1146F6FB4D06A5DDA07199CD06091B8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100",
];

#[test]
fn the_same_code_in_the_next_cell_is_another_message() {
    let mut broadcasts = Broadcasts::default();
    let now = Duration::from_secs(5);
    let texts = NEXT_CELL.map(|page| {
        let message = broadcasts.insert(now, read(page));
        broadcasts.locate(Location::new(None, Some(0xC9), Some(0x1F2B)));
        message.and_then(|message| message.text())
    });
    let texts = texts.map(Option::unwrap);
    assert!(texts[0].starts_with("Storm") && texts[1].starts_with("Flood"), "{texts:?}");
    // The same cell again.
    assert_eq!(broadcasts.insert(now, read(NEXT_CELL[1])), None);
}

#[test]
fn the_scope_says_which_moves_make_a_message_new() {
    let here = Location::new(Some(24_701), Some(1), Some(7));
    let moves = [
        Location::new(Some(24_701), Some(1), Some(8)),
        Location::new(Some(24_701), Some(2), Some(8)),
        Location::new(Some(24_702), Some(2), Some(8)),
    ];
    for (serial, new_after) in [
        (0x0110, [true, true, true]),
        (0xC110, [true, true, true]),
        (0x8110, [false, true, true]),
        (0x4110, [false, false, true]),
    ] {
        for (there, expected) in moves.iter().zip(new_after) {
            let mut broadcasts = Broadcasts::default();
            broadcasts.locate(here);
            assert!(broadcasts.insert(Duration::ZERO, page(serial, 1, 1, "x")).is_some());
            broadcasts.locate(*there);
            assert_eq!(broadcasts.location(), *there);
            let message = broadcasts.insert(Duration::ZERO, page(serial, 1, 1, "x"));
            assert_eq!(message.is_some(), expected, "{serial:#06x} {there:?}");
            // Back again, where the message was heard already.
            broadcasts.locate(here);
            assert_eq!(broadcasts.insert(Duration::ZERO, page(serial, 1, 1, "x")), None);
        }
    }
}

#[test]
fn a_message_is_new_again_after_a_day() {
    let mut broadcasts = Broadcasts::default();
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    assert!(broadcasts.insert(hours(1), page(0x4110, 1, 1, "x")).is_some());
    // Repetitions do not put it off.
    assert_eq!(broadcasts.insert(hours(24), page(0x4110, 1, 1, "x")), None);
    assert!(broadcasts.insert(hours(25), page(0x4110, 1, 1, "x")).is_some());
    assert_eq!(broadcasts.insert(hours(26), page(0x4110, 1, 1, "x")), None);
    // A clock that goes back harms nothing.
    assert_eq!(broadcasts.insert(hours(0), page(0x4110, 1, 1, "x")), None);

    let mut broadcasts = Broadcasts::new(8).with_max_age(Duration::from_secs(60));
    let at = Duration::from_secs;
    // A page of yesterday does not complete a message of today.
    assert_eq!(broadcasts.insert(at(0), page(0x4110, 1, 2, "old")), None);
    assert_eq!(broadcasts.insert(at(60), page(0x4110, 2, 2, "b")), None);
    let message = broadcasts.insert(at(61), page(0x4110, 1, 2, "a")).unwrap();
    assert_eq!(message.text().as_deref(), Some("ab"));
    assert_eq!(broadcasts.insert(at(120), page(0x4110, 1, 2, "a")), None);
}

#[test]
fn an_etws_primary_notification_is_a_warning_without_text() {
    let CellBroadcast::EtwsPrimary(warning) = read(
        "30401102058062115221318063000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A",
    ) else {
        panic!()
    };
    assert_eq!(warning.serial_number.scope(), GeographicalScope::CellImmediate);
    let code = warning.serial_number.etws(warning.message_id).unwrap();
    assert!(code.emergency_user_alert && code.popup);
    assert_eq!((code.code, warning.serial_number.update()), (4, 0));
    assert_eq!(warning.message_id.topic(), Topic::EarthquakeAndTsunami);
    assert_eq!(warning.message_id.system(), Some(WarningSystem::Etws));
    assert_eq!(warning.warning_type.value(), WarningType::EARTHQUAKE_AND_TSUNAMI);
    assert!(warning.warning_type.is_emergency_user_alert() && warning.warning_type.is_popup());
    assert_eq!(warning.issued_at().unwrap().to_string(), "2026-11-25T12:13:08+09:00");
    assert_eq!(warning.signature(), (0..=0x2A).collect::<Vec<u8>>());

    let message = Broadcasts::default().insert(Duration::ZERO, warning).unwrap();
    assert_eq!((message.text(), message.language()), (None, None));
    assert_eq!(message.etws_primary(), Some(&warning));
    assert!(message.pages().is_empty() && message.etws() == Some(code));
}

#[test]
fn the_security_of_an_etws_primary_notification_may_be_absent_or_zero() {
    for hex in ["304011020580".to_owned(), format!("304011020580{}", "00".repeat(50))] {
        let CellBroadcast::EtwsPrimary(warning) = read(&hex) else { panic!() };
        assert_eq!(warning.issued_at(), None);
        assert_eq!(warning.security().len(), hex.len() / 2 - 6);
    }
    assert!(CellBroadcast::from_hex("3040110205").is_err());
    assert!(EtwsPrimary::decode(&[0; 57]).is_err());
    // A page that was cut has bits where the notification has padding.
    assert!(
        CellBroadcast::from_hex("304011020111C834").unwrap().warnings.contains(Warning::SpareBits)
    );
}

#[test]
fn the_primary_and_the_secondary_notification_are_two_messages() {
    let mut broadcasts = Broadcasts::default();
    let mut secondary = "304011020111C834".to_owned();
    secondary.extend(["00"; 80]);
    assert!(broadcasts.insert(Duration::ZERO, read("304011020580")).is_some());
    let text = broadcasts.insert(Duration::ZERO, read(&secondary)).unwrap().text().unwrap();
    assert!(text.starts_with("Hi"));
    assert_eq!(broadcasts.insert(Duration::ZERO, read("304011020580")), None);
    assert_eq!(broadcasts.insert(Duration::ZERO, read(&secondary)), None);
}

#[test]
fn alert_bits_count_only_for_the_earthquake_and_tsunami_warning_system() {
    let serial = SerialNumber::from_raw(0x7FF0);
    for id in 4_352..=4_359 {
        let code = serial.etws(MessageId::from_raw(id)).unwrap();
        assert!(code.emergency_user_alert && code.popup);
        let code = SerialNumber::from_raw(0xCFF0).etws(MessageId::from_raw(id)).unwrap();
        assert!(!code.emergency_user_alert && !code.popup && code.code == 0xFF);
    }
    for id in [0, 4_351, 4_360, 4_370, 0xFFFF] {
        assert_eq!(serial.etws(MessageId::from_raw(id)), None);
    }
}

#[test]
fn the_format_of_umts_has_all_pages_at_once() {
    let hex = "010032C000400141D071DA0491CBE6709D4D0785D97074585CA683DAE5F93C7C2E83EE693A1A340ECBE5E9F0B90C9297E975B91B040F93C969F7B9D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D10034";
    let message = whole(&[hex]);
    let text = "A GSM default alphabet message with carriage return padding";
    assert_eq!(message.text().as_deref(), Some(text));
    assert_eq!((message.message_id(), message.serial_number().raw()), (50.into(), 0xC000));
    assert_eq!(message.umts().unwrap().dcs(), CbsDcs::from_raw(0x40));
    assert!(message.umts().unwrap().warning_area().is_empty());

    // Two pages with a surrogate pair between them, then a warning area.
    let mut octets = octets("01 1112 4110 48 02 0041 D83D");
    octets.resize(7 + 82, 0x55);
    octets.push(4);
    octets.extend([0xDD, 0x25, 0, b'!']);
    octets.resize(7 + 83 + 82, 0x55);
    octets.push(4);
    octets.extend([3, 0, 0xAA, 0xBB, 0xCC]);
    let message = whole(&[&crate::common::hex(&octets)]);
    assert_eq!(message.text().as_deref(), Some("A\u{1F525}!"));
    assert_eq!(message.umts().unwrap().warning_area(), [3, 0, 0xAA, 0xBB, 0xCC]);
    assert_eq!(message.pages().iter().map(Page::total).collect::<Vec<_>>(), [2, 2]);
    // One page is missing.
    let cut = CellBroadcast::decode(&octets[..100]).unwrap();
    assert!(cut.warnings.contains(Warning::Truncated));
    // A schedule is not a message.
    octets[0] = 2;
    assert!(CellBroadcast::decode(&octets).is_err());
}

#[test]
fn a_geo_fencing_trigger_carries_no_text() {
    // Type 1, ten octets, two messages.
    let message = whole(&["011130C00000011140111200101113C110"]);
    assert_eq!(message.text(), None);
    let message = message.umts().unwrap();
    let triggers: Vec<_> =
        message.geo_fencing().map(|(id, serial)| (id.raw(), serial.raw())).collect();
    assert_eq!(triggers, [(0x1112, 0x0010), (0x1113, 0xC110)]);
    assert_eq!(message.message_id().topic(), Topic::GeoFencing);
    // As a page, too.
    assert_eq!(whole(&["C0001130011148656C6C6F"]).text(), None);
    assert_eq!(whole(&["C0001131011148656C6C6F"]).text().map(|text| text.len()), Some(5));
}

#[test]
fn an_extreme_alert_is_named_in_three_systems() {
    let message = whole(&[
        "6A5311200011422931E90C2AABCD6908642DD3E56190347D0E83D869B21E14C3E9603017081A66A7CBE374990EA297D9F0F0DCD568341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100",
    ]);
    let serial = message.serial_number();
    assert_eq!(
        (serial.scope(), serial.code(), serial.update()),
        (GeographicalScope::Network, 677, 3)
    );
    let id = message.message_id();
    assert_eq!((id, id.system()), (4_384.into(), Some(WarningSystem::Cmas)));
    assert_eq!((id.topic(), id.severity()), (Topic::Extreme, Some(Severity::Extreme)));
    assert_eq!(id.urgency(), Some(Urgency::Immediate));
    assert_eq!(id.certainty(), Some(Certainty::Observed));
    assert!(id.is_additional_language());
    assert_eq!((id.eu_alert(), id.kpas()), (Some("EU-Alert level 2"), Some("class 1")));
    let text = "BRDINAJUMS! Vetra Riga lidz 18:00. Palieciet telpas.";
    assert_eq!(message.text().as_deref(), Some(text));
    assert_eq!(message.etws(), None);
}

#[test]
fn every_message_identifier_has_its_meaning() {
    use Topic::{
        Allocated, Amber, EtwsOther, EtwsTest, EuInfo, Exercise, Extreme, GeoFencing, LocalTest,
        LocationService, MonthlyTest, Operator, OperatorDefined, Presidential, PublicSafety,
        Reserved, ReservedWarning, SecuredSimData, Severe, SimData,
    };
    let rows = [
        (0, 999, Allocated),
        (1000, 1003, LocationService),
        (1004, 4095, Reserved),
        (4096, 4223, SimData),
        (4224, 4351, SecuredSimData),
        (4352, 4352, Topic::Earthquake),
        (4353, 4353, Topic::Tsunami),
        (4354, 4354, Topic::EarthquakeAndTsunami),
        (4355, 4355, EtwsTest),
        (4356, 4356, EtwsOther),
        (4357, 4369, ReservedWarning),
        (4370, 4370, Presidential),
        (4371, 4372, Extreme),
        (4373, 4378, Severe),
        (4379, 4379, Amber),
        (4380, 4380, MonthlyTest),
        (4381, 4381, Exercise),
        (4382, 4382, OperatorDefined),
        (4383, 4383, Presidential),
        (4384, 4385, Extreme),
        (4386, 4391, Severe),
        (4392, 4392, Amber),
        (4393, 4393, MonthlyTest),
        (4394, 4394, Exercise),
        (4395, 4395, OperatorDefined),
        (4396, 4397, PublicSafety),
        (4398, 4399, LocalTest),
        (4400, 4400, GeoFencing),
        (4401, 6399, ReservedWarning),
        (6400, 6400, EuInfo),
        (6401, 40_959, Reserved),
        (40_960, 45_055, Operator),
        (45_056, 61_439, Reserved),
        (61_440, 65_534, Operator),
        (65_535, 65_535, Reserved),
    ];
    let mut next = 0_u32;
    for (first, last, topic) in rows {
        assert_eq!(u32::from(first), next);
        for id in first..=last {
            assert_eq!(MessageId::from_raw(id).topic(), topic, "{id}");
        }
        next = u32::from(last) + 1;
    }
    // Severity, urgency and certainty of the alerts in the default language, and 13 further on.
    let alerts = [
        (4371, "Extreme Immediate Observed"),
        (4372, "Extreme Immediate Likely"),
        (4373, "Extreme Expected Observed"),
        (4374, "Extreme Expected Likely"),
        (4375, "Severe Immediate Observed"),
        (4376, "Severe Immediate Likely"),
        (4377, "Severe Expected Observed"),
        (4378, "Severe Expected Likely"),
    ];
    for (id, expected) in alerts {
        for id in [id, id + 13].map(MessageId::from_raw) {
            let (Some(severity), Some(urgency), Some(certainty)) =
                (id.severity(), id.urgency(), id.certainty())
            else {
                panic!("{id}")
            };
            assert_eq!(format!("{severity:?} {urgency:?} {certainty:?}"), expected, "{id}");
        }
    }
    let others = [4370, 4379, 4383, 4396, 4352, 50].map(MessageId::from_raw);
    assert!(others.iter().all(|id| id.severity().is_none() && id.certainty().is_none()));
    assert_eq!(MessageId::EU_INFO.eu_alert(), Some("EU-Info"));
    assert!(GeoFencing.is_for_machines() && !Amber.is_for_machines());
}
