//! UTF-16BE, 3GPP TS 23.038, 6.2.3.

use gsm7::{EncodeError, Flaw, ucs2};
use proptest::prelude::*;

use crate::naive;

#[test]
fn surrogate_pairs_go_both_ways() {
    let cases: &[(&str, &[u8])] = &[
        ("", &[]),
        ("A", &[0x00, 0x41]),
        ("Ж", &[0x04, 0x16]),
        ("\u{FFFF}", &[0xFF, 0xFF]),
        ("\u{10000}", &[0xD8, 0x00, 0xDC, 0x00]),
        ("😀", &[0xD8, 0x3D, 0xDE, 0x00]),
        ("\u{10FFFF}", &[0xDB, 0xFF, 0xDF, 0xFF]),
        ("a😀b", &[0x00, 0x61, 0xD8, 0x3D, 0xDE, 0x00, 0x00, 0x62]),
    ];
    for &(text, octets) in cases {
        assert_eq!(ucs2::encode_to_vec(text), octets);
        assert_eq!(2 * ucs2::count(text), octets.len());
        assert_eq!(ucs2::decode_strict_to_string(octets).as_deref(), Ok(text));
        let mut buffer = [0xEE; 12];
        assert_eq!(ucs2::encode(text, &mut buffer), Ok(octets.len()));
        assert_eq!(&buffer[..octets.len()], octets);
        assert!(buffer[octets.len()..].iter().all(|&octet| octet == 0xEE));
    }
}

#[test]
fn the_first_flaw_is_told_with_its_index() {
    let cases: &[(&[u8], &str, Flaw)] = &[
        (&[0xD8, 0x3D], "\u{FFFD}", Flaw::LoneSurrogate { index: 0, unit: 0xD83D }),
        (&[0xD8, 0x3D, 0x00, 0x41], "\u{FFFD}A", Flaw::LoneSurrogate { index: 0, unit: 0xD83D }),
        (
            &[0x00, 0x41, 0xDE, 0x00, 0x00, 0x42],
            "A\u{FFFD}B",
            Flaw::LoneSurrogate { index: 2, unit: 0xDE00 },
        ),
        (
            &[0xD8, 0x3D, 0xD8, 0x3D, 0xDE, 0x00],
            "\u{FFFD}😀",
            Flaw::LoneSurrogate { index: 0, unit: 0xD83D },
        ),
        (&[0x00, 0x41, 0x42], "A", Flaw::OddOctet { index: 2, octet: 0x42 }),
        (&[0x42], "", Flaw::OddOctet { index: 0, octet: 0x42 }),
        (&[0xD8, 0x3D, 0xDE], "\u{FFFD}", Flaw::LoneSurrogate { index: 0, unit: 0xD83D }),
    ];
    for &(octets, text, flaw) in cases {
        assert_eq!(ucs2::decode_to_string(octets), text, "{octets:02X?}");
        assert_eq!(ucs2::decode_strict_to_string(octets), Err(flaw));
        let mut out = [0; 12];
        assert_eq!(ucs2::decode(octets, &mut out).unwrap().strict(), Err(flaw));
    }
}

#[test]
fn a_buffer_that_is_too_short_is_refused_with_what_is_needed() {
    for available in 0..6 {
        let refused = ucs2::encode("a😀", &mut vec![0; available]);
        assert_eq!(refused, Err(EncodeError::BufferTooSmall { needed: 6, available }));
    }
    for available in 0..5 {
        let mut out = vec![0; available];
        let refused = ucs2::decode(&[0, 0x61, 0xD8, 0x3D, 0xDE, 0], &mut out).unwrap_err();
        assert_eq!((refused.needed, refused.available), (5, available));
    }
}

#[test]
fn a_run_of_any_unit_is_that_unit() {
    let step = if cfg!(miri) { 43 } else { 1 };
    for unit in
        (0..=0x00FF).chain(0x8000..=0x81FF).step_by(step).chain([0x00FF, 0x0100, 0x7F00, 0xFF00])
    {
        let text: String = core::iter::repeat_n(char::from_u32(unit).unwrap(), 70).collect();
        let octets = naive::encode_ucs2(&text);
        assert_eq!(ucs2::decode_to_string(&octets), text, "{unit:04X}");
        let mut out = [0; 210];
        let decoded = ucs2::decode(&octets, &mut out).unwrap();
        assert_eq!(decoded.strict(), Ok(&*text), "{unit:04X}");
    }
}

#[test]
fn a_buffer_of_an_odd_length_keeps_its_last_octet() {
    for (length, written) in [(2, 2), (3, 2), (5, 2)] {
        assert_eq!(ucs2::encode("A", &mut vec![0; length]), Ok(written));
    }
}

#[test]
fn as_many_characters_as_units_are_left_or_half_as_many() {
    let mut characters = ucs2::chars(&[0x00, 0x61, 0xD8, 0x3D, 0xDE, 0x00, 0x00, 0x62, 0x63]);
    for hint in [(2, Some(4)), (2, Some(3)), (1, Some(1)), (0, Some(0)), (0, Some(0))] {
        assert_eq!(characters.size_hint(), hint);
        characters.next();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

    #[test]
    fn any_text_agrees_with_the_standard_library(text in "[ -~]{0,40}[а-яА-Я ]{0,80}\\PC{0,20}[a-z日本😀]{0,60}") {
        let octets = naive::encode_ucs2(&text);
        prop_assert_eq!(ucs2::count(&text) * 2, octets.len());
        prop_assert_eq!(&ucs2::encode_to_vec(&text), &octets);
        let mut out = vec![0; octets.len()];
        prop_assert_eq!(ucs2::encode(&text, &mut out), Ok(octets.len()));
        prop_assert_eq!(&out, &octets);
        let mut out = vec![0; text.len()];
        prop_assert_eq!(ucs2::decode(&octets, &mut out).unwrap().strict(), Ok(&*text));
        prop_assert_eq!(ucs2::decode_strict_to_string(&octets), Ok(text));
    }

    #[test]
    fn any_octets_agree_with_the_standard_library(
        octets in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(0xD6..=0xE0u8, 0..60),
            prop::collection::vec(0..=2u8, 0..200),
        ],
        room in 0..40usize,
    ) {
        let text = naive::decode_ucs2(&octets);
        prop_assert_eq!(&ucs2::decode_to_string(&octets), &text);
        prop_assert_eq!(&ucs2::chars(&octets).to_string(), &text);
        let mut out = vec![0; 2 * octets.len()];
        let decoded = ucs2::decode(&octets, &mut out).unwrap();
        prop_assert_eq!(decoded.text, &text);
        let units = octets.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
        let strange = char::decode_utf16(units).any(|unit| unit.is_err());
        prop_assert_eq!(decoded.flaw.is_some(), strange || octets.len() % 2 == 1);
        let _ = ucs2::decode(&octets, &mut vec![0; room]);
    }
}
