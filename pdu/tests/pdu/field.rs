//! Messages as networks, SIMs and senders really write them: each case is a defect of some codec.

use core::time::Duration;

use gsm7::{Alphabet, Codings, Language};
use pdu::{
    Acknowledgement, Address, CharacterSet, Class, Dcs, Deliver, DeliverReport, Element, ElementId,
    Envelope, FailureCause, Header, Incoming, Information, Outcome, Ports, Reassembler, Reference,
    RelativeValidity, SplitError, Status, StatusCategory, StatusReport, Submit, SubmitReport,
    SubmitTemplate, Timestamp, TypeOfNumber, UserData, ValidityPeriod, Warning,
};

use crate::common::{hex, octets};

/// A DELIVER from +6391 with these first octet, data coding scheme, and octets from TP-UDL on.
fn deliver(first: u8, dcs: u8, user_data: &str) -> pdu::Decoded<Deliver> {
    let head = [first, 0x04, 0x91, 0x36, 0x19, 0x00, dcs, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23];
    Deliver::decode(&[&head[..], &octets(user_data)].concat()).unwrap()
}

/// An originating address in a DELIVER without text.
fn originator(address: &str) -> pdu::Decoded<Address> {
    let tail = [0x00, 0x00, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, 0x00];
    let decoded = Deliver::decode(&[&[0x04], &octets(address)[..], &tail].concat()).unwrap();
    decoded.map(|deliver| deliver.originator)
}

#[test]
fn header_octets_count_as_septets_and_text_begins_after_0_to_6_fill_bits() {
    // TP-UDL, header, "Hi!" packed after 6 - (8 * octets - 1) % 7 fill bits: from 23.040, 9.2.3.24.
    let cases = [
        ("07 02 70 00 80 4C 87 00", 4),
        ("08 03 70 01 55 40 A6 43 00", 3),
        ("09 04 70 02 55 55 20 D3 21", 2),
        ("0A 05 70 03 55 55 55 90 E9 10", 1),
        ("0B 06 70 04 55 55 55 55 C8 74 08", 0),
        ("0D 07 70 05 55 55 55 55 55 00 32 1D 02", 6),
        ("0E 08 70 06 55 55 55 55 55 55 00 99 0E 01", 5),
    ];
    for (user_data, fill_bits) in cases {
        let decoded = deliver(0x44, 0, user_data);
        assert_eq!(decoded.value.text().as_deref(), Some("Hi!"), "{fill_bits} fill bits");
        assert!(!decoded.warnings.contains(Warning::SpareBits), "{fill_bits} fill bits");
    }
}

#[test]
fn sixteen_bit_reference_leaves_no_fill_bits_and_no_character_is_lost() {
    let decoded = deliver(0x44, 0, "0A 06 08 04 12 34 02 01 C8 34");
    assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
    let part = decoded.value.concatenation().unwrap();
    assert_eq!(
        (part.reference(), part.total(), part.sequence()),
        (Reference::Sixteen(0x1234), 2, 1)
    );
}

#[test]
fn no_commercial_at_appears_after_seven_or_fifteen_septets() {
    for (text, user_data) in [
        ("abcdefg", "07 61F1985C369F01"),
        ("abcdefg@", "08 61F1985C369F01"),
        ("abcdefgh", "08 61F1985C369FD1"),
        ("abcdefghijklmno", "0F 61F1985C369FD169F59ADD76BF01"),
        ("abcdefghijklmno@", "10 61F1985C369FD169F59ADD76BF01"),
    ] {
        assert_eq!(deliver(0x04, 0, user_data).value.text().as_deref(), Some(text));
    }
}

#[test]
fn language_elements_are_0x24_for_single_and_0x25_for_locking_shift() {
    let single = deliver(0x44, 0, "0C 03 24 01 01 D8 4C 37 E7 4D 3A 08").value;
    assert_eq!(single.user_data.alphabet(), Alphabet::single(Language::TURKISH));
    assert_eq!(single.text().as_deref(), Some("ŞğıA"));
    let locking = deliver(0x44, 0, "0D 03 25 01 01 38 2C 18 9C 0E 10 4C 00").value;
    assert_eq!(locking.user_data.alphabet(), Alphabet::locking(Language::TURKISH));
    assert_eq!(locking.text().unwrap().chars().take(4).collect::<String>(), "ıĞğŞ");
    // 0x18 and 0x19 are pictures.
    let pictures = deliver(0x44, 0, "0C 03 18 01 01 D8 4C 37 E7 4D 3A 08").value;
    assert_eq!(pictures.user_data.alphabet(), Alphabet::DEFAULT);

    let mut template = SubmitTemplate::new("1".parse().unwrap());
    template.codings = Codings::GSM7.with_single(Language::TURKISH);
    let sent = template.split("Iğdır", Reference::Eight(0)).unwrap().parts[0];
    assert_eq!(sent.user_data.header_octets(), [3, 0x24, 1, 1]);
    template.codings = Codings::GSM7.with_locking(Language::TURKISH);
    let sent = template.split("Iğdır", Reference::Eight(0)).unwrap().parts[0];
    assert_eq!(sent.user_data.header_octets(), [3, 0x25, 1, 1]);
}

#[test]
fn data_coding_schemes_name_character_set_and_class() {
    let rows = [
        (0xF1, CharacterSet::Gsm7, Some(Class::Mobile), false),
        (0xF5, CharacterSet::Data, Some(Class::Mobile), false),
        (0x10, CharacterSet::Gsm7, Some(Class::Flash), false),
        (0x00, CharacterSet::Gsm7, None, false),
        (0x48, CharacterSet::Ucs2, None, true),
    ];
    for (octet, character_set, class, auto_deleted) in rows {
        let dcs = Dcs::from_raw(octet);
        assert_eq!(
            (dcs.character_set(), dcs.class(), dcs.is_auto_deleted()),
            (character_set, class, auto_deleted)
        );
    }
}

#[test]
fn reserved_data_coding_schemes_read_as_the_default_alphabet_and_stay_as_they_are() {
    // 0x84 is in use in Korea: see tests/pdu/odd.rs.
    for octet in (0x80..=0xBF).filter(|&octet| octet != 0x84) {
        let decoded = deliver(0x04, octet, "02 C8 34");
        assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
        assert_eq!((decoded.value.dcs.raw(), decoded.value.dcs.class()), (octet, None));
        assert!(decoded.warnings.contains(Warning::ReservedCoding));
    }
}

#[test]
fn octets_after_the_user_data_are_ignored_with_a_warning() {
    let decoded = deliver(0x04, 0, "02 C8 34 FF FF FF FF");
    assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
    assert!(decoded.warnings.iter().eq([Warning::TrailingOctets]));
}

#[test]
fn spare_bits_are_ignored() {
    let decoded = deliver(0x14, 0, "01 E1");
    assert_eq!(decoded.value.text().as_deref(), Some("a"));
    assert!(decoded.warnings.iter().eq([Warning::SpareBits]));
}

#[test]
fn zone_sign_is_bit_3_of_the_low_semi_octet() {
    let time =
        |zone| Timestamp::from_raw([0x51, 0x50, 0x71, 0x32, 0x20, 0x05, zone]).date_time().unwrap();
    assert_eq!(time(0x69).to_string(), "2015-05-17T23:02:50-04:00");
    assert_eq!(time(0x32).to_string(), "2015-05-17T23:02:50+05:45");
    assert_eq!(time(0x8A).to_string(), "2015-05-17T23:02:50-07:00");
}

#[test]
fn a_time_stamp_that_is_no_date_is_kept_and_so_is_the_message() {
    for raw in ["00 00 00 00 00 00 00", "51 31 71 32 20 05 23", "FF FF FF FF FF FF FF"] {
        let head = octets("04 04 91 36 19 00 00");
        let decoded =
            Deliver::decode(&[&head[..], &octets(raw), &octets("02 C8 34")].concat()).unwrap();
        assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
        assert_eq!(decoded.value.timestamp.date_time(), None);
        assert_eq!(hex(&decoded.value.timestamp.raw()), hex(&octets(raw)));
        assert!(decoded.warnings.contains(Warning::TimestampInvalid));
    }
}

#[test]
fn odd_types_of_address_are_kept_as_received() {
    for kind in [0xC1, 0xF1, 0x9B, 0x11, 0x00] {
        let address = originator(&format!("04 {kind:02X} 36 19")).value;
        assert_eq!(address.octet(), kind);
        assert!(address.digits().eq("6391".chars()));
    }
    let empty = originator("00 91").value;
    assert!(empty.is_empty());
    assert_eq!(empty.to_string(), "+");
}

#[test]
fn an_address_is_a_name_by_its_type_bits_not_by_the_octet() {
    for kind in ["D0", "D1", "50", "DF"] {
        let address = originator(&format!("08 {kind} C2 E6 FA 06")).value;
        assert_eq!(address.type_of_number(), TypeOfNumber::Alphanumeric);
        assert_eq!(address.to_string(), "BMk7");
    }
}

#[test]
fn an_address_is_the_same_whatever_fills_its_last_octet() {
    let (odd, usual) = (originator("03 81 2103"), originator("03 81 21F3"));
    assert_eq!(odd.value, usual.value);
    assert!(odd.warnings.contains(Warning::AddressFiller));
    assert!(usual.warnings.is_empty());
}

/// 9.1.2.5: ten octets at most.
#[test]
fn a_name_has_eleven_septets_at_most() {
    assert_eq!(Address::alphanumeric("ABCDEFGHIJK").unwrap().to_string(), "ABCDEFGHIJK");
    for name in ["ABCDEFGHIJKL", "ABCDEFGHIJ€", &"A".repeat(40)] {
        assert_eq!(Address::alphanumeric(name), Err(pdu::AddressError::NameTooLong), "{name}");
    }
}

#[test]
fn a_name_is_no_number_though_its_octets_agree() {
    let (name, number) =
        (originator("0A D0 2143658709").value, originator("0A 81 2143658709").value);
    assert_eq!(number.to_string(), "1234567890");
    assert!(name.is_alphanumeric() && !name.digits_match(&number) && !number.digits_match(&name));
    assert!(name.digits_match(&name));
    assert_eq!(format!("{number:?}"), "Address(0x81, 1234567890)");
    assert_eq!((number.numbering_plan().raw(), number.is_empty()), (1, false));
    assert_eq!(originator("04 89 2143").value.numbering_plan().raw(), 9);
    assert!(originator("00 81").value.is_empty());
}

#[test]
fn star_and_hash_are_digits() {
    let address: Address = "*21#".parse().unwrap();
    let mut tpdu = [0; 32];
    Submit::new(address).encode(&mut tpdu).unwrap();
    assert_eq!(tpdu[2..6], [4, 0x81, 0x2A, 0xB1]);
    assert_eq!(originator("04 81 2A B1").value.to_string(), "*21#");
}

#[test]
fn a_name_of_seven_characters_has_no_commercial_at_whatever_its_length_says() {
    // 7 characters are 13 semi-octets; senders that count octets announce 14.
    for length in ["0D", "0E"] {
        assert_eq!(originator(&format!("{length} D0 61F1985C369F01")).value.to_string(), "abcdefg");
    }
    assert_eq!(originator("0E D0 61F1985C369FD1").value.to_string(), "abcdefgh");
    assert_eq!(Address::alphanumeric("abcdefg").unwrap(), originator("0D D0 61F1985C369F01").value);
}

#[test]
fn what_is_no_number_is_a_clear_error() {
    let error = |text: &str| text.parse::<Address>().unwrap_err().to_string();
    assert_eq!(
        error("HELLO"),
        "'H' at 0 is not allowed in a number: use 0-9 * # a b c and a leading +"
    );
    assert_eq!(
        error("+1-800-FLOWERS"),
        "'F' at 7 is not allowed in a number: use 0-9 * # a b c and a leading +"
    );
    assert_eq!(
        error("12+34"),
        "'+' at 2 is not allowed in a number: use 0-9 * # a b c and a leading +"
    );
    assert_eq!(
        error("1\"\rAT+CMGD=1,4\r"),
        "'\"' at 1 is not allowed in a number: use 0-9 * # a b c and a leading +"
    );
    assert_eq!(error("+ -"), "the address is empty");
    assert_eq!(error("123456789012345678901"), "a number has at most 20 digits");
    assert_eq!("+1 (800) 555-0.100".parse::<Address>().unwrap().to_string(), "+18005550100");
}

#[test]
fn only_a_leading_plus_makes_a_number_international() {
    let octet = |text: &str| text.parse::<Address>().unwrap().octet();
    assert_eq!((octet("12345"), octet("+12345"), octet("0037120000000")), (0x81, 0x91, 0x81));
}

#[test]
fn relative_validity_is_by_the_table_and_rounds_up() {
    const DAY: u64 = 86_400;
    let seconds = |octet| RelativeValidity::from_raw(octet).duration().as_secs();
    assert_eq!((seconds(0), seconds(143), seconds(144)), (300, DAY / 2, DAY / 2 + 1_800));
    assert_eq!((seconds(167), seconds(168), seconds(196)), (DAY, 2 * DAY, 30 * DAY));
    assert_eq!((seconds(197), seconds(255)), (5 * 7 * DAY, 63 * 7 * DAY));
    let octet = |seconds| {
        RelativeValidity::at_least(Duration::from_secs(seconds)).map(RelativeValidity::raw)
    };
    assert_eq!((octet(0), octet(300), octet(301)), (Ok(0), Ok(0), Ok(1)));
    assert_eq!((octet(DAY + 1), octet(30 * DAY), octet(31 * DAY)), (Ok(168), Ok(196), Ok(197)));
    assert_eq!((octet(63 * 7 * DAY), octet(63 * 7 * DAY + 1).is_err()), (Ok(255), true));
}

#[test]
fn absolute_validity_takes_seven_octets() {
    let until = Timestamp::from_raw([0x71, 0x80, 0x13, 0x11, 0x12, 0x45, 0x23]);
    let submit = Submit {
        validity: Some(ValidityPeriod::Absolute(until)),
        ..Submit::new("+6391".parse().unwrap())
    };
    let mut tpdu = [0; 32];
    let len = submit.encode(&mut tpdu).unwrap();
    assert_eq!(hex(&tpdu[..len]), "1900049136190000".to_owned() + "71801311124523" + "00");
    assert_eq!(Submit::decode(&tpdu[..len]).unwrap().strict(), Ok(submit));
}

#[test]
fn a_status_has_its_class_by_range_and_a_reserved_one_is_given_up() {
    for octet in 0..=255 {
        let status = Status::from_raw(octet);
        let category = match octet {
            0x00..=0x02 | 0x10..=0x1F => StatusCategory::Completed,
            0x20..=0x25 | 0x30..=0x3F => StatusCategory::Temporary,
            0x40..=0x49 | 0x50..=0x5F => StatusCategory::Permanent,
            _ => StatusCategory::GivenUp,
        };
        assert_eq!((status.category(), status.raw()), (category, octet));
    }
}

#[test]
fn the_reserved_message_type_from_the_network_is_a_deliver() {
    let tpdu = octets("07 04 91 36 19 00 00 51 50 71 32 20 05 23 02 C8 34");
    let decoded = Incoming::decode(&tpdu).unwrap();
    let Incoming::Deliver(deliver) = decoded.value else { panic!("{:?}", decoded.value) };
    assert_eq!(deliver.text().as_deref(), Some("Hi"));
    assert!(decoded.warnings.iter().eq([Warning::ReservedMessageType]));
}

#[test]
fn of_elements_that_repeat_or_exclude_each_other_the_last_counts() {
    let header =
        octets("00 03 01 02 01 08 04 00 07 03 02 04 02 F0 F1 05 04 0B84 23F0 24 01 01 24 01 03");
    let header = Header::new(&header).unwrap();
    let part = header.concatenation().unwrap();
    assert_eq!((part.reference(), part.total(), part.sequence()), (Reference::Sixteen(7), 3, 2));
    assert_eq!(header.ports(), Some(Ports::wide(2948, 9200)));
    assert_eq!(header.alphabet().single, Some(Language::PORTUGUESE));
    assert_eq!(header.information().count(), 6);
}

#[test]
fn the_parameter_indicator_of_a_report_is_an_octet_of_its_own() {
    let report = octets("02 42 04 91 36 19 51507132200523 51408132200542 00");
    let with = |tail: &str| StatusReport::decode(&[&report[..], &octets(tail)].concat()).unwrap();
    assert_eq!(with("").value.parameters, None);
    let parameters = with("04 02 C8 34").value.parameters.unwrap();
    assert_eq!(
        (parameters.pid, parameters.dcs, parameters.text().as_deref()),
        (None, None, Some("Hi"))
    );
    // Bit 7 announces another octet of the indicator.
    let extended = with("84 00 02 C8 34");
    assert_eq!(extended.value.parameters.unwrap().text().as_deref(), Some("Hi"));
    assert!(extended.warnings.iter().eq([Warning::ParameterIndicator]));
}

#[test]
fn a_report_on_an_rp_ack_has_no_failure_cause() {
    let ack = DeliverReport::decode(&[0x00, 0x00]).unwrap().strict().unwrap();
    assert_eq!(ack, DeliverReport::ACCEPTED);
    let error = DeliverReport::decode(&[0x00, 0xD3, 0x00]).unwrap().strict().unwrap();
    assert_eq!(error, DeliverReport::refused(FailureCause::STORAGE_FULL));
    // The caller's choice overrides the guess.
    let known =
        DeliverReport::decode_as(&[0x00, 0x12, 0x00], Acknowledgement::Error).unwrap().value;
    assert_eq!(known.failure, Some(FailureCause::from_raw(0x12)));
    let known = SubmitReport::decode_as(&octets("01 80 00 51507132200523"), Acknowledgement::Ack)
        .unwrap()
        .value;
    assert_eq!(known.failure, None);
    assert_eq!(known.timestamp.date_time().unwrap().to_string(), "2015-05-17T23:02:50+08:00");
}

#[test]
fn an_element_that_runs_past_the_header_spoils_the_header_but_not_the_text() {
    // TP-UDHL 3, but the element in it has length 5; then "Hi" after 3 fill bits.
    let decoded = deliver(0x44, 0, "07 03 00 05 01 40 A6 01");
    assert_eq!(decoded.value.header(), None);
    assert_eq!(decoded.value.concatenation(), None);
    assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
    assert!(decoded.warnings.iter().eq([Warning::HeaderMalformed]));
    // TP-UDHL beyond the end: all octets stay.
    let decoded = deliver(0x44, 4, "03 09 00 03");
    assert_eq!(decoded.value.user_data.body_octets(), [9, 0, 3]);
    assert!(decoded.warnings.iter().eq([Warning::HeaderMalformed]));
}

#[test]
fn a_part_that_cannot_be_is_a_message_of_its_own() {
    for part in ["00 00", "00 01", "02 00", "02 03"] {
        let decoded = deliver(0x44, 0, &format!("09 05 00 03 07 {part} 90 69"));
        assert_eq!(decoded.value.concatenation(), None, "{part}");
        let mut reassembler = Reassembler::default();
        let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &decoded.value, ())
        else {
            panic!("{part} waits for others");
        };
        assert_eq!(message.text().as_deref(), Some("Hi"));
    }
}

#[test]
#[cfg_attr(miri, ignore = "splits 78,000 characters: 45 s")]
fn more_than_255_parts_are_an_error_that_says_how_much_fits() {
    let template = SubmitTemplate::new("1".parse().unwrap());
    let split = |count| {
        template.split(&"a".repeat(count), Reference::Eight(0)).map(|split| split.parts.len())
    };
    assert_eq!(split(255 * 153), Ok(255));
    assert_eq!(split(255 * 153 + 1), Err(SplitError::TooLong { parts: 256, fits: 255 * 153 }));
    let error = template.split_data(&[0; 140 * 256], Reference::Sixteen(0)).unwrap_err();
    assert_eq!(error, SplitError::TooLong { parts: 270, fits: 255 * 133 });
    assert_eq!(
        error.to_string(),
        "the message needs 270 parts but has at most 255: 33915 characters or octets fit"
    );
}

#[test]
fn an_escape_or_surrogate_pair_is_not_split_but_is_joined_where_others_split_it() {
    let template = SubmitTemplate::new("1".parse().unwrap());
    let escapes =
        template.split(&("a".to_owned() + &"€".repeat(100)), Reference::Eight(0)).unwrap();
    for part in &escapes.parts {
        assert!(!part.text().unwrap().contains(' '));
    }
    let pairs = template.split(&"😱".repeat(50), Reference::Eight(0)).unwrap();
    for part in &pairs.parts {
        assert!(!part.text().unwrap().contains('\u{FFFD}'));
    }

    // "a€" cut after the escape, and U+1F631 cut in its middle.
    for (dcs, first, second, text) in [
        (0, "09 05 00 03 07 02 01 C2 1B", "08 05 00 03 07 02 02 CA", "a€"),
        (8, "08 05 00 03 07 02 01 D8 3D", "08 05 00 03 07 02 02 DE 31", "😱"),
    ] {
        let mut reassembler = Reassembler::default();
        let now = Duration::ZERO;
        let second = deliver(0x44, dcs, second).value;
        assert!(matches!(reassembler.insert(now, &second, ()), Outcome::Pending { .. }));
        let first = deliver(0x44, dcs, first).value;
        let Outcome::Complete(message) = reassembler.insert(now, &first, ()) else {
            panic!("{text}")
        };
        assert_eq!(message.text().as_deref(), Some(text));
    }
}

#[test]
fn the_reference_is_the_one_that_the_caller_counts() {
    let template = SubmitTemplate::new("1".parse().unwrap());
    for reference in [Reference::Eight(0), Reference::Eight(255), Reference::Sixteen(0x1B0A)] {
        let split = template.split(&"a".repeat(161), reference).unwrap();
        let references: Vec<Reference> =
            split.parts.iter().map(|part| part.concatenation().unwrap().reference()).collect();
        assert_eq!(references, [reference, reference]);
    }
}

#[test]
fn every_16_bit_reference_is_read() {
    for reference in (0..=u16::MAX).step_by(if cfg!(miri) { 0x1111 } else { 1 }) {
        let [high, low] = reference.to_be_bytes();
        let decoded = deliver(0x44, 0, &format!("0A 06 08 04 {high:02X} {low:02X} 02 01 C8 34"));
        assert_eq!(
            decoded.value.concatenation().unwrap().reference(),
            Reference::Sixteen(reference)
        );
        assert_eq!(decoded.value.text().as_deref(), Some("Hi"));
    }
}

#[test]
fn a_template_is_not_changed_by_what_is_made_from_it() {
    let template = SubmitTemplate::new("+37120000000".parse().unwrap());
    let before = template;
    let long = template.split(&"a".repeat(500), Reference::Eight(1)).unwrap();
    let short = template.split("b", Reference::Eight(2)).unwrap();
    assert_eq!(template, before);
    assert!(
        long.parts.iter().chain(&short.parts).all(|part| part.destination == before.destination)
    );
    assert_eq!(short.parts[0].header(), None);
}

#[test]
fn an_empty_message_is_one_empty_tpdu() {
    // Empty user data is neither septets nor octets, and goes with any scheme.
    assert_eq!(UserData::<140>::septets(&[], &[]), Ok(UserData::default()));
    assert_eq!(UserData::<140>::data(&[], &[]), Ok(UserData::default()));
    let split =
        SubmitTemplate::new("+6391".parse().unwrap()).split("", Reference::Eight(0)).unwrap();
    let [part] = split.parts[..] else { panic!("{} parts", split.parts.len()) };
    assert_eq!(Envelope::new(part).to_hex().unwrap(), "00010004913619000000");
}

#[test]
fn a_lone_surrogate_or_odd_octet_costs_itself_alone() {
    let decoded = deliver(0x04, 8, "07 00 41 D8 3D 00 42 00");
    assert_eq!(decoded.value.text().as_deref(), Some("A\u{FFFD}B"));
    assert!(decoded.warnings.iter().eq([Warning::OddOctets]));
}

#[test]
fn behind_an_odd_header_ucs2_text_leaves_one_octet_unused() {
    // A header of six octets leaves 67 units, one of nine leaves 65 and an octet.
    let element = Information::Other(Element { id: ElementId::from_raw(0x70), data: &[0; 3] });
    for (header, most) in [(&[element][..], 67), (&[element, Information::Source(1)], 65)] {
        let text =
            |count: usize| UserData::<140>::text(&"ж".repeat(count), gsm7::Coding::Ucs2, header);
        assert!(text(most).is_ok());
        assert_eq!(
            text(most + 1).unwrap_err().to_string(),
            "user data of 142 octets does not fit 140"
                .replace("142", &(2 * (most + 1) + header.len() * 3 + 3).to_string())
        );
    }
}

#[test]
fn text_that_was_cut_in_a_septet_ends_before_it() {
    // Eleven septets are announced; eight octets hold nine, and a bit of the tenth.
    let decoded = deliver(0x04, 0x00, "0B E8329BFD06DDDFF2");
    assert!(decoded.warnings.contains(Warning::Truncated));
    let user_data = decoded.value.user_data;
    assert_eq!(hex(user_data.octets()), "E8329BFD06DDDF72");
    assert_eq!((user_data.length(), user_data.is_empty()), (9, false));
    assert_eq!(
        format!("{user_data:?}"),
        "UserData(9 septets, header: false, [E8, 32, 9B, FD, 06, DD, DF, 72])"
    );
    // Seven octets hold eight.
    let whole = deliver(0x04, 0x00, "0B E8329BFD06DDDF").value.user_data;
    assert_eq!((whole.length(), hex(whole.octets()).as_str()), (8, "E8329BFD06DDDF"));
    let none = deliver(0x04, 0x00, "0B").value.user_data;
    assert_eq!((none.length(), none.is_empty()), (0, true));
    // Octets are kept as they are.
    let octets = deliver(0x04, 0x04, "0B E8329BFD06DDDFF2").value.user_data;
    assert_eq!((octets.length(), hex(octets.octets()).as_str()), (8, "E8329BFD06DDDFF2"));
}

#[test]
fn too_many_septets_are_told_with_those_of_the_header() {
    let header = [Information::LockingShift(Language::TURKISH)];
    for (letters, needed) in [(156, 161), (255, 260), (300, 305)] {
        let refused = UserData::<140>::text(
            &"a".repeat(letters),
            gsm7::Coding::Gsm7(Alphabet::DEFAULT),
            &header,
        );
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!("user data of {needed} septets does not fit 160")
        );
    }
}

#[test]
fn every_kind_of_tpdu_is_written_as_it_was_read() {
    let mut out = [0; 300];
    let written =
        |result: Result<usize, pdu::EncodeError>, out: &[u8; 300]| hex(&out[..result.unwrap()]);
    let text = "040491361900005150713220052302C834";
    let read = Deliver::decode(&octets(text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
    let text = "010004913619000002C834";
    let read = Submit::decode(&octets(text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
    assert_eq!(read.text().as_deref(), Some("Hi"));
    let mut buffer = [0; 546];
    assert_eq!(read.write_text(&mut buffer), Ok(Some("Hi")));
    // Septets are not UCS-2; empty user data is both.
    let other = Submit { dcs: Dcs::UCS2, ..read };
    assert_eq!(
        other.encode(&mut out),
        Err(pdu::EncodeError::CodingMismatch { dcs: 0x08, septets: true })
    );
    let empty = Submit { user_data: UserData::default(), ..other };
    assert!(empty.encode(&mut out).is_ok());
    let text = "0242049136195150713220052351507132200523 00".replace(' ', "");
    let read = StatusReport::decode(&octets(&text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
    let text = "0200000107049136190101";
    let read = pdu::Command::decode(&octets(text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
    let text = "00D300";
    let read = DeliverReport::decode(&octets(text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
    let text = "01D30051507132200523";
    let read = SubmitReport::decode(&octets(text)).unwrap().value;
    assert_eq!(written(read.encode(&mut out), &out), text);
}

#[test]
fn the_longest_tpdu_has_its_digits() {
    let address: Address = "+12345678901234567890".parse().unwrap();
    let envelope = Envelope {
        smsc: Some(address),
        tpdu: Deliver::new(address, Timestamp::default())
            .with_user_data(Dcs::DATA, UserData::data(&[0xA5; 140], &[]).unwrap()),
    };
    let digits = envelope.to_hex().unwrap();
    // Twelve octets of each address, the twelve others, and the data.
    assert_eq!(digits.len(), 2 * (12 + 1 + 12 + 2 + 7 + 1 + 140));
    assert!(digits.ends_with(&"A5".repeat(140)));
}
