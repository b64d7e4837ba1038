//! Character sets of `+CSCS`, 3GPP TS 27.007, 5.5.

use gsm7::charset::Charset;
use gsm7::{EncodeError, Flaw};
use proptest::prelude::*;

#[test]
fn texts_are_written_as_each_set_has_it() {
    let cases: &[(Charset, &str, &[u8])] = &[
        (Charset::Gsm, "a@_€", b"a\x00\x11\x1Be"),
        (Charset::Gsm, "Ξ", b"\x1A"),
        (Charset::Ira, "a@_~", b"a@_~"),
        (Charset::Ucs2, "*100#", b"002A0031003000300023"),
        (Charset::Ucs2, "€😀", b"20ACD83DDE00"),
        (Charset::Hex, "a@€", b"61001B65"),
        (Charset::Iso8859_1, "é\u{A0}ÿ", b"\xE9\xA0\xFF"),
        (Charset::Ucs2, "", b""),
        (Charset::Hex, "", b""),
    ];
    for &(charset, text, octets) in cases {
        assert_eq!(charset.encode(text).as_deref(), Ok(octets), "{charset:?} {text:?}");
        assert_eq!(charset.decode_strict(octets).as_deref(), Ok(text));
        assert_eq!(charset.decode(octets), text);
    }
}

#[test]
fn hexadecimal_is_read_in_both_cases_and_written_in_upper_case() {
    assert_eq!(Charset::Ucs2.decode(b"043a043A"), "кк");
    assert_eq!(Charset::Ucs2.encode("к").as_deref(), Ok(&b"043A"[..]));
}

#[test]
fn a_character_outside_the_set_is_told_with_its_position() {
    for (charset, text, position, character) in [
        (Charset::Ira, "né", 1, 'é'),
        (Charset::Gsm, "né`", 3, '`'),
        (Charset::Hex, "ж", 0, 'ж'),
        (Charset::Iso8859_1, "é€", 2, '€'),
    ] {
        assert_eq!(charset.encode(text), Err(EncodeError::NotInAlphabet { position, character }));
    }
}

#[test]
fn what_a_modem_writes_wrongly_is_read_and_told() {
    let cases: &[(Charset, &[u8], &str, Flaw)] = &[
        // A Huawei stick answers AT+COPS? in ASCII although it is set to UCS2.
        (Charset::Ucs2, b"MegaFon", "MegaFon", Flaw::NotHexadecimal { index: 0, octet: b'M' }),
        (Charset::Ucs2, b"004", "004", Flaw::NotHexadecimal { index: 2, octet: b'4' }),
        (Charset::Ucs2, b"004100", "A", Flaw::OddOctet { index: 2, octet: 0 }),
        (Charset::Ucs2, b"D83D0041", "\u{FFFD}A", Flaw::LoneSurrogate { index: 0, unit: 0xD83D }),
        (Charset::Hex, b"6", "6", Flaw::NotHexadecimal { index: 0, octet: b'6' }),
        (Charset::Hex, b"80", "\u{FFFD}", Flaw::Undefined { index: 0, septet: 0x80 }),
        (Charset::Ira, b"n\xE9", "n\u{FFFD}", Flaw::Undefined { index: 1, septet: 0xE9 }),
        (Charset::Gsm, b"a\xFF", "a\u{FFFD}", Flaw::Undefined { index: 1, septet: 0xFF }),
    ];
    for &(charset, octets, text, flaw) in cases {
        assert_eq!(charset.decode(octets), text, "{charset:?}");
        assert_eq!(charset.decode_strict(octets), Err(flaw));
    }
}

#[test]
fn names_are_those_of_the_command() {
    let names = ["GSM", "IRA", "UCS2", "HEX", "8859-1"];
    assert_eq!(Charset::ALL.map(Charset::name), names);
    for (charset, name) in Charset::ALL.into_iter().zip(names) {
        assert_eq!(Charset::from_name(name), Some(charset));
        assert_eq!(Charset::from_name(&name.to_ascii_lowercase()), Some(charset));
    }
    assert_eq!(Charset::from_name(""), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

    #[test]
    fn what_can_be_written_reads_the_same(text in "\\PC{0,20}[a-z@_€]{0,10}") {
        for charset in Charset::ALL {
            if let Ok(octets) = charset.encode(&text) {
                prop_assert_eq!(charset.decode_strict(&octets), Ok(text.clone()));
            }
        }
    }

    #[test]
    fn any_octets_are_read(octets: Vec<u8>, digits in "[0-9A-F]{0,40}") {
        for charset in Charset::ALL {
            let _ = charset.decode(&octets);
            let _ = charset.decode(digits.as_bytes());
        }
    }
}
