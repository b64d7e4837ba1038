//! Octets that cannot be read are refused with one clear sentence: the field, and the reason.

use pdu::{
    Command, DecodeErrorKind, Deliver, DeliverReport, Envelope, Incoming, Outgoing, Page,
    StatusReport, Submit, SubmitReport,
};

#[test]
fn bad_hexadecimal_digits_are_named_with_their_position() {
    let error = |hex: &str| Envelope::<Incoming>::from_hex(hex).unwrap_err();
    assert_eq!(
        error("0004x4").to_string(),
        "smsc: character 'x' is not a hexadecimal digit at offset 4"
    );
    assert_eq!(error("\r\n00 4").offset(), 4);
    assert_eq!(
        error("00049").to_string(),
        "smsc: the last octet has only one hexadecimal digit at offset 4"
    );
    assert_eq!(error("").to_string(), "smsc: needs 1 more octet but 0 are left at offset 0");
    assert_eq!(
        error(&"00".repeat(301)).to_string(),
        "smsc: a pdu of 301 octets is longer than 300 at offset 0"
    );
}

#[test]
fn white_space_around_the_digits_and_lower_case_do_not_matter() {
    let plain = Envelope::<Submit>::from_hex("0031000B915155449499F90000A705E8329BFD06").unwrap();
    let other =
        Envelope::<Submit>::from_hex(" 0031000b915155449499f90000a705e8329bfd06\r\n").unwrap();
    assert_eq!(plain, other);
}

#[test]
fn a_truncated_pdu_names_the_field_that_is_cut() {
    let whole = crate::common::octets(
        "07 91 1326040000F0 04 0B 91 1346610089F6 00 00 20806291731448 02 C834",
    );
    let fields = [
        (0, "smsc"),
        (3, "smsc"),
        (8, "first octet"),
        (9, "tp-oa"),
        (12, "tp-oa"),
        (17, "tp-pid"),
        (18, "tp-dcs"),
        (20, "tp-scts"),
        (26, "tp-udl"),
    ];
    for (len, field) in fields {
        let error = Envelope::<Incoming>::decode(&whole[..len]).unwrap_err();
        assert_eq!(error.field().to_string(), field, "{len}: {error}");
        assert!(error.offset() <= len, "{len}: {error}");
    }
    // From the user data on nothing is lost that matters.
    assert!(Envelope::<Incoming>::decode(&whole[..27]).is_ok());
}

/// The offset counts from the start of the input, the service centre included.
#[test]
fn the_place_of_an_error_is_one_in_the_whole() {
    for (digits, words) in [
        ("00", "first octet: needs 1 more octet but 0 are left at offset 1"),
        ("0791132604000000", "first octet: needs 1 more octet but 0 are left at offset 8"),
        ("0004", "tp-oa: needs 1 more octet but 0 are left at offset 2"),
    ] {
        let error = Envelope::<Incoming>::from_hex(digits).unwrap_err();
        assert_eq!(error.to_string(), words, "{digits}");
    }
    for (tpdu, field, offset) in [(&[0x00][..], "tp-fcs", 1), (&[0x00, 0xD3], "tp-pi", 2)] {
        let error = Outgoing::decode(tpdu).unwrap_err();
        assert_eq!(
            (error.field().to_string().as_str(), error.offset()),
            (field, offset),
            "{tpdu:02X?}"
        );
    }
}

#[test]
fn another_kind_of_tpdu_is_refused_by_its_type() {
    let error = Deliver::decode(&[0x01]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "first octet: message type 1 is another kind of tpdu at offset 0"
    );
    assert!(Outgoing::decode(&[0x03, 0, 0, 0]).is_err());
    let types = [0b00, 0b01, 0b10, 0b11];
    let refused = |decode: &dyn Fn(&[u8]) -> Option<DecodeErrorKind>| {
        types.map(|octet| matches!(decode(&[octet]), Some(DecodeErrorKind::MessageType(_))))
    };
    let kind = |error: pdu::DecodeError| error.kind();
    for (name, found, expected) in [
        // The reserved type from the network is read as a message.
        (
            "deliver",
            refused(&|octets| Deliver::decode(octets).err().map(kind)),
            [false, true, true, false],
        ),
        (
            "submit",
            refused(&|octets| Submit::decode(octets).err().map(kind)),
            [true, false, true, true],
        ),
        (
            "command",
            refused(&|octets| Command::decode(octets).err().map(kind)),
            [true, true, false, true],
        ),
        (
            "status",
            refused(&|octets| StatusReport::decode(octets).err().map(kind)),
            [true, true, false, true],
        ),
        (
            "deliver report",
            refused(&|octets| DeliverReport::decode(octets).err().map(kind)),
            [false, true, true, true],
        ),
        (
            "submit report",
            refused(&|octets| SubmitReport::decode(octets).err().map(kind)),
            [true, false, true, true],
        ),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_service_centre_address_of_which_octets_would_be_lost_is_refused() {
    let error = Envelope::<Incoming>::decode(&[16; 20]).unwrap_err();
    assert_eq!(error.to_string(), "smsc: an address of 16 octets is longer than 15 at offset 0");
}

#[test]
fn a_page_has_88_octets_at_most() {
    let error = Page::decode(&[0x11; 89]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "page header: a page of 89 octets is longer than 88 at offset 88"
    );
    assert_eq!(Page::from_hex("0110").unwrap_err().field().to_string(), "page header");
}
