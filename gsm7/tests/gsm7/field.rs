//! Defects of other libraries, one test each.

use gsm7::{
    Alphabet, EncodeError, Flaw, decode_strict_to_string, decode_to_string, encode_to_vec,
    pack_to_vec, pack_ussd_to_vec, ucs2, unpack_to_vec, unpack_ussd_to_vec,
};

const DEFAULT: Alphabet = Alphabet::DEFAULT;

fn encoded(text: &str) -> Vec<u8> {
    encode_to_vec(text, DEFAULT).unwrap()
}

fn packed(text: &str) -> Vec<u8> {
    pack_to_vec(&encoded(text), 0).unwrap()
}

fn unpacked(octets: &[u8], count: usize) -> String {
    decode_to_string(&unpack_to_vec(octets, 0, count).unwrap(), DEFAULT)
}

#[test]
fn one_letter_leaves_its_spare_bit_clear() {
    assert_eq!(packed("a"), [0x61]);
}

#[test]
fn seven_or_fifteen_septets_gain_no_at_sign() {
    for text in
        ["1234567", "123456789012345", "12345678901234567890123", "12345678", "1234567890123456"]
    {
        let octets = packed(text);
        assert_eq!(octets.len(), (7 * text.len()).div_ceil(8));
        assert_eq!(unpacked(&octets, text.len()), text);
    }
    // The same octets with one septet more: only the count tells them apart.
    assert_eq!(unpacked(&packed("1234567"), 8), "1234567@");
}

#[test]
fn a_text_that_ends_in_an_at_sign_keeps_it() {
    for text in ["@", "1234567@", "123456@", "12345678@", "123456789012345@", "@@@@@@@@"] {
        assert_eq!(unpacked(&packed(text), text.len()), text);
    }
    assert_eq!(packed("1234567@"), packed("1234567"));
}

#[test]
fn an_escape_with_an_undefined_septet_reads_as_the_septet_alone() {
    assert_eq!(decode_to_string(&[0x48, 0x1B, 0x69, 0x21], DEFAULT), "Hi!");
    let turkish = Alphabet::locking(gsm7::Language::TURKISH);
    assert_eq!(decode_to_string(&[0x1B, 0x0B], turkish), "Ğ");
    let flaw = Flaw::UndefinedExtension { index: 1, septet: 0x69 };
    assert_eq!(decode_strict_to_string(&[0x48, 0x1B, 0x69], DEFAULT), Err(flaw));
}

#[test]
fn two_escapes_read_as_a_space_and_an_escape_at_the_end_too() {
    assert_eq!(decode_to_string(&[0x1B, 0x1B], DEFAULT), " ");
    assert_eq!(decode_to_string(&[0x61, 0x1B, 0x1B, 0x65], DEFAULT), "a e");
    assert_eq!(decode_to_string(&[0x61, 0x1B], DEFAULT), "a ");
    assert_eq!(decode_to_string(&[0x1B], DEFAULT), " ");
    assert_eq!(decode_to_string(&[0x1B, 0x1B, 0x1B], DEFAULT), "  ");
}

#[test]
fn an_escape_in_a_text_is_not_in_the_alphabet() {
    let error = EncodeError::NotInAlphabet { position: 1, character: '\u{1B}' };
    assert_eq!(encode_to_vec("a\u{1B}b", DEFAULT), Err(error));
}

#[test]
fn septet_5f_is_a_section_sign_and_the_grave_accent_has_none() {
    assert_eq!(decode_to_string(&[0x5F], DEFAULT), "§");
    assert_eq!(encoded("§"), [0x5F]);
    assert_eq!(DEFAULT.cost('`'), None);
}

#[test]
fn extension_0a_is_a_form_feed_both_ways() {
    assert_eq!(decode_to_string(&[0x1B, 0x0A], DEFAULT), "\u{C}");
    assert_eq!(encoded("\u{C}\n"), [0x1B, 0x0A, 0x0A]);
}

#[test]
fn a_lone_surrogate_is_replaced_alone() {
    assert_eq!(ucs2::decode_to_string(&[0xDE, 0x01, 0x00, 0x41]), "\u{FFFD}A");
    assert_eq!(ucs2::decode_to_string(&[0xD8, 0x3D, 0x00, 0x41]), "\u{FFFD}A");
    assert_eq!(ucs2::decode_to_string(&[0x00, 0x48, 0xD8, 0x3D]), "H\u{FFFD}");
    assert_eq!(ucs2::decode_to_string(&[0xD8, 0x3D, 0xD8, 0x3D, 0xDE, 0x01]), "\u{FFFD}😁");
}

#[test]
fn an_odd_octet_leaves_the_whole_units_and_is_told() {
    let odd = [0x01, 0x02, 0x03, 0x04, 0x05];
    assert_eq!(ucs2::decode_to_string(&odd), "\u{102}\u{304}");
    assert_eq!(ucs2::decode_strict_to_string(&odd), Err(Flaw::OddOctet { index: 4, octet: 0x05 }));
}

#[test]
fn ussd_has_one_carriage_return_where_seven_bits_would_be_spare_and_nowhere_else() {
    assert_eq!(pack_ussd_to_vec(b"abcdefg"), Ok(vec![0x61, 0xF1, 0x98, 0x5C, 0x36, 0x9F, 0x1B]));
    // 14 septets leave 6 spare bits, 15 leave 7.
    assert_eq!(pack_ussd_to_vec(&[0; 14]), Ok(vec![0; 13]));
    let octets = pack_ussd_to_vec(&[0; 15]).unwrap();
    assert_eq!((octets.len(), octets[13]), (14, 0x1A));
    // On an octet boundary.
    assert_eq!(
        pack_ussd_to_vec(b"abcdefg\r"),
        Ok(vec![0x61, 0xF1, 0x98, 0x5C, 0x36, 0x9F, 0x1B, 0x0D])
    );
    assert_eq!(pack_ussd_to_vec(b"abcdefgh"), pack_to_vec(b"abcdefgh", 0));
}

#[test]
fn ussd_loses_a_carriage_return_that_fills_seven_bits_and_no_other_character() {
    for text in ["Balance: 5", "1", "1234567", "12345678", "a\rb", "a\r", "123456789\r", "menu@"] {
        let octets = pack_ussd_to_vec(&encoded(text)).unwrap();
        assert_eq!(decode_to_string(&unpack_ussd_to_vec(&octets), DEFAULT), text);
    }
}
