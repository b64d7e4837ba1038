//! Messages that bend the standard, as the field sends them: no octet of them is lost.

use core::time::Duration;

use gsm7::{Alphabet, Coding};
use pdu::{
    Address, CbsDcs, CharacterSet, Class, Concatenation, Dcs, DecodeErrorKind, Decoded, Deliver,
    Envelope, GeographicalScope, Information, Outcome, Outgoing, Page, Reassembler, Reference,
    Timestamp, UserData, UssdString, Warning,
};

use crate::common::{hex, octets};

/// Decodes the digits, and checks that they are written again.
fn read(digits: &str) -> Decoded<Envelope<Deliver>> {
    let decoded = Envelope::<Deliver>::from_hex(digits).unwrap();
    assert_eq!(decoded.value.to_hex().unwrap(), digits);
    decoded
}

#[test]
fn an_address_of_22_semi_octets_keeps_its_digits() {
    // The length says 22 semi-octets, and the last one is 1111. That is an end mark and not a digit
    // (3GPP TS 23.040, 9.1.2.3), so that the number has 21 digits. A reading with 22 digits would
    // need another value in its place, as in the second line.
    let decoded = read("0004169121436587092143658709F10000622090028543800831D98C56B3DD70");
    assert_eq!(decoded.value.tpdu.originator.to_string(), "+123456789012345678901");
    assert!(decoded.warnings.contains(Warning::AddressTooLong));
    let decoded = read(
        "000416912143658709214365870921000062209002854380 0831D98C56B3DD70"
            .replace(' ', "")
            .as_str(),
    );
    assert_eq!(decoded.value.tpdu.originator.to_string(), "+1234567890123456789012");
    assert!(decoded.warnings.contains(Warning::AddressTooLong));
    // A name of 16 characters, too.
    let mut packed = [0; 14];
    gsm7::pack(b"SixteenSeptets!!", 0, &mut packed).unwrap();
    let decoded = read(&format!("00041CD0{}00006220900285438000", hex(&packed)));
    assert_eq!(decoded.value.tpdu.originator.to_string(), "SixteenSeptets!!");
    // Numbers that are made here stay within the standard.
    assert!("123456789012345678901".parse::<Address>().is_err());
}

#[test]
fn a_service_centre_of_12_octets_is_read() {
    // The length counts the octets, and no end mark (1111) cuts the number: all 22 semi-octets are
    // digits (3GPP TS 24.011, 8.2.5.2). The number +37120000000 is followed by eleven zeros that a
    // sender may have meant as padding, but nothing says so, and nothing is lost.
    let decoded = read("0C917321000000000000000000040B917321000000F000006211527131248002C834");
    assert_eq!(decoded.value.tpdu.text().as_deref(), Some("Hi"));
    assert_eq!(decoded.value.smsc.unwrap().to_string(), "+3712000000000000000000");
    assert!(decoded.warnings.contains(Warning::AddressTooLong));
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_text() {
    let read = |data: &str| {
        let digits = format!("00040B917321000000F0000862115271312480{:02X}{data}", data.len() / 2);
        let deliver = read(&digits).value.tpdu;
        let text = deliver.text();
        assert_eq!(deliver.write_text(&mut [0; 546]).unwrap().map(Into::into), text);
        text.unwrap()
    };
    assert_eq!(read("FEFF0030003000300031"), "0001");
    // The low octet first.
    assert_eq!(read("FFFE3000300030003100"), "0001");
    assert_eq!(read("FFFE3DD825DD"), "\u{1F525}");
    assert_eq!(read("0030FEFF"), "0\u{FEFF}");
    assert_eq!(read("FEFF"), "");
    let string = |data: &str| UssdString::new(CbsDcs::UCS2, octets(data)).text();
    assert_eq!(string("FEFF0031").as_deref(), Some("1"));
    assert_eq!(string("FFFE3100").as_deref(), Some("1"));
    let page = Page::from_hex("411011124811FFFE31000D00").unwrap().value;
    assert_eq!(page.text().as_deref(), Some("1"));
}

#[test]
fn a_reserved_bit_of_a_scheme_is_ignored_with_a_warning() {
    let decoded = read("00040B917321000000F000FB6211527131248006D220958A4C02");
    assert_eq!(decoded.value.tpdu.text().as_deref(), Some("RATTHI"));
    assert_eq!(decoded.value.tpdu.dcs.class(), Some(Class::Terminal));
    assert!(decoded.warnings.contains(Warning::ReservedCoding));
    for octet in 0..=0xFF {
        let expected = octet >= 0xF8 || matches!(octet, 0xC0..=0xEF if octet & 4 != 0);
        assert_eq!(Dcs::from_raw(octet).has_reserved_bits(), expected, "{octet:#04x}");
        assert_eq!(CbsDcs::from_raw(octet).has_reserved_bits(), octet >= 0xF8, "{octet:#04x}");
    }
}

#[test]
fn a_message_in_the_korean_scheme_keeps_its_octets() {
    let data =
        "BEC8B3E7C7CFBCBCBFE420B0EDB0B4B4D420C0CEC1F5B9F8C8A3205B3438323931335D20C0D4B4CFB4D9";
    let decoded = read(&format!("00040B917321000000F00084621152713124802A{data}"));
    let deliver = decoded.value.tpdu;
    assert_eq!(deliver.user_data.body_octets(), octets(data));
    assert_eq!((deliver.text(), deliver.dcs.character_set()), (None, CharacterSet::Data));
    assert!(deliver.dcs.is_reserved() && decoded.warnings.contains(Warning::ReservedCoding));
    assert!(!decoded.warnings.contains(Warning::TrailingOctets));
}

#[test]
fn user_data_of_141_octets_is_read_to_its_end() {
    let digits =
        format!("00440B917321000000F00008621152713124808D06080402610201{}", "0431".repeat(67));
    let decoded = read(&digits);
    assert_eq!(decoded.value.tpdu.text().unwrap(), "б".repeat(67));
    assert!(decoded.warnings.contains(Warning::UserDataTooLong));
    assert!(!decoded.warnings.contains(Warning::OddOctets));
    // 161 septets.
    let mut packed = [0; 141];
    gsm7::pack(&[b'a'; 161], 0, &mut packed).unwrap();
    let decoded = read(&format!("00040B917321000000F0000062115271312480A1{}", hex(&packed)));
    assert_eq!(decoded.value.tpdu.text().unwrap(), "a".repeat(161));
    // User data that is made here stays within the standard.
    assert!(UserData::<140>::data(&[0; 141], &[]).is_err());
    assert!(UserData::<140>::text(&"a".repeat(161), Coding::Gsm7(Alphabet::DEFAULT), &[]).is_err());
    assert!(UserData::<140>::text(&"б".repeat(71), Coding::Ucs2, &[]).is_err());
}

#[test]
fn hexadecimal_digits_may_have_spaces_between_octets() {
    let digits = "00040B917321000000F000006211527131248002C834";
    let expected = read(digits);
    let pairs: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
    for spaced in [
        pairs.join(" "),
        pairs.join("\t"),
        format!(" {}\r\n", pairs.join("  ")),
        pairs.chunks(8).map(<[_]>::concat).collect::<Vec<_>>().join("\n"),
    ] {
        assert_eq!(Envelope::<Deliver>::from_hex(&spaced).unwrap(), expected, "{spaced}");
    }
    let error = |text: &str| {
        let error = Envelope::<Deliver>::from_hex(text).unwrap_err();
        (error.kind(), error.offset())
    };
    assert_eq!(error("00 0 4"), (DecodeErrorKind::HexDigit(b' '), 2));
    assert_eq!(error(" 00 g4"), (DecodeErrorKind::HexDigit(b'g'), 4));
    let long = "00 ".repeat(301);
    assert_eq!(error(&long).0, DecodeErrorKind::TooLong(301));
    // As many characters as 301 octets without spaces, but fewer octets.
    let spaced = format!("{digits}{}", " 00".repeat(190));
    assert!(Envelope::<Deliver>::from_hex(spaced).is_ok());
}

/// The text of two parts of septets.
fn joined(parts: [&[u8]; 2]) -> String {
    let mut reassembler = Reassembler::default();
    let mut text = None;
    for (sequence, septets) in (1..).zip(parts) {
        let part = Concatenation::new(Reference::Eight(1), 2, sequence).unwrap();
        let user_data = UserData::septets(septets, &[Information::Concatenation(part)]).unwrap();
        let deliver = Deliver::new("1".parse().unwrap(), Timestamp::default())
            .with_user_data(Dcs::GSM7, user_data);
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            // The octets have both.
            assert_eq!(message.data(), parts.concat());
            text = message.text();
        }
    }
    text.unwrap()
}

#[test]
fn an_escape_that_is_repeated_at_a_joint_counts_once() {
    assert_eq!(joined([&[b'a', 0x1B], &[0x1B, 0x65]]), "a€");
    assert_eq!(joined([&[b'a', 0x1B], &[0x65]]), "a€");
    assert_eq!(joined([b"a", &[0x1B, 0x65]]), "a€");
    // Only at the joint.
    assert_eq!(
        joined([&[0x1B, 0x1B, 0x65], b"b"]),
        gsm7::decode_to_string(&[0x1B, 0x1B, 0x65, b'b'], Alphabet::DEFAULT)
    );
}

#[test]
fn parts_of_two_senders_whose_addresses_differ_in_their_type_are_not_mixed() {
    let part = |sender: &str, sequence| {
        let part = Concatenation::new(Reference::Eight(1), 2, sequence).unwrap();
        let user_data = UserData::septets(b"a", &[Information::Concatenation(part)]).unwrap();
        Deliver::new(sender.parse().unwrap(), Timestamp::default())
            .with_user_data(Dcs::GSM7, user_data)
    };
    // The same digits with another type, and with another number of them.
    for other in ["12340", "+1234"] {
        let mut reassembler = Reassembler::default();
        let outcome = reassembler.insert(Duration::ZERO, &part("1234", 1), ());
        assert!(matches!(outcome, Outcome::Pending { .. }));
        let outcome = reassembler.insert(Duration::ZERO, &part(other, 2), ());
        assert!(matches!(outcome, Outcome::Pending { .. }), "{other}: {outcome:?}");
    }
}

#[test]
fn a_submit_is_read_by_its_type_bits_in_its_direction() {
    // `+CMGL` lists both kinds. The type bits 01 are a SUBMIT from the mobile, and a SUBMIT-REPORT
    // from the network, which no modem stores.
    let digits = "0001000B917321000000F0000004D4F29C0E";
    let decoded = Envelope::<Outgoing>::from_hex(digits).unwrap();
    let Outgoing::Submit(submit) = decoded.value.tpdu else { panic!("{decoded:?}") };
    assert_eq!(submit.destination.to_string(), "+37120000000");
    assert_eq!(submit.text().as_deref(), Some("Test"));
    assert!(decoded.warnings.is_empty());
}

#[test]
fn a_page_is_read_from_digits_alone() {
    let page = Page::from_hex("676011120F1654747A0E4ACF416110BD3CA783DE66").unwrap().value;
    assert_eq!(page.serial_number.scope(), GeographicalScope::Network);
    assert_eq!((page.serial_number.code(), page.serial_number.update()), (0x276, 0));
    assert_eq!((page.message_id.raw(), page.number(), page.total()), (4370, 1, 6));
    assert_eq!(page.message_id.eu_alert(), Some("EU-Alert level 1"));
    assert_eq!(page.text().as_deref(), Some("This is a test of"));
}

#[test]
fn marks_that_combine_are_part_of_the_text() {
    let digits = "00040B917321000000F0000862115271312480140E2A0E270E310E2A0E140E350E040E230E310E1A";
    assert_eq!(read(digits).value.tpdu.text().as_deref(), Some("สวัสดีครับ"));
}

#[test]
fn a_message_that_was_cut_after_its_header_keeps_the_last_octet_of_the_header() {
    // 40 septets are announced, and only the header is there: part 5 of 6.
    let digits = "00440B917321000000F000006211527131248028050003070605";
    let decoded = Envelope::<Deliver>::from_hex(digits).unwrap();
    let part = Concatenation::new(Reference::Eight(7), 6, 5);
    let position = |deliver: &Deliver| deliver.header().and_then(|header| header.concatenation());
    assert_eq!(position(&decoded.value.tpdu), part);
    assert_eq!(decoded.warnings.iter().collect::<Vec<_>>(), [Warning::Truncated]);
    // Written again, it is the same part.
    let again = Envelope::<Deliver>::from_hex(decoded.value.to_hex().unwrap()).unwrap();
    assert_eq!(position(&again.value.tpdu), part);
    assert_eq!(again.warnings.iter().collect::<Vec<_>>(), [Warning::Truncated]);
}
