//! The strings of `+CUSD`, in every character set, under every scheme, with every habit.

use gsm7::charset::Charset;
use pdu::{CbsDcs, CharacterSet, UssdEncoding, UssdReader, UssdReason};

use crate::input::Input;

const ENCODINGS: [UssdEncoding; 4] =
    [UssdEncoding::Plain, UssdEncoding::Packed, UssdEncoding::Ucs2, UssdEncoding::Bytes];

/// Input: an octet of choices (character set, habit, a scheme or none), the scheme, the string.
pub fn ussd(data: &[u8]) {
    let mut input = Input::new(data);
    let (choices, scheme) = (input.byte(), input.byte());
    let string = input.rest();
    let charset = Charset::ALL[usize::from(choices & 7) % Charset::ALL.len()];
    let mut reader = UssdReader::new(charset);
    if choices & 0x80 != 0 {
        reader = reader.dcs(CbsDcs::from_raw(scheme));
    }
    if let Some(habit) = ENCODINGS.get(usize::from(choices >> 3 & 7)) {
        reader = reader.habit(*habit);
    }
    let reading = reader.read(string);

    // Hexadecimal digits are the same in capitals and in small letters, but a plain string keeps
    // them.
    let is_hex =
        !string.is_empty() && string.len() % 2 == 0 && string.iter().all(u8::is_ascii_hexdigit);
    let small = reader.read(&string.to_ascii_lowercase());
    if is_hex {
        assert_eq!((small.encoding, small.reason), (reading.encoding, reading.reason));
        assert!(small.text == reading.text || small.encoding == UssdEncoding::Plain);
    } else {
        assert_eq!(reading.encoding, UssdEncoding::Plain);
        assert_eq!(reading.reason, UssdReason::NotHexadecimal);
    }

    // The scheme decides first, and digits are digits.
    let names = (choices & 0x80 != 0).then(|| CbsDcs::from_raw(scheme).character_set());
    let is_compressed = CbsDcs::from_raw(scheme).is_compressed() && names.is_some();
    if names == Some(CharacterSet::Ucs2) && !is_compressed && is_hex && string.len() % 4 == 0 {
        assert_eq!(reading.encoding, UssdEncoding::Ucs2);
    }
    if names.is_none() && charset != Charset::Hex && string.iter().all(u8::is_ascii_digit) {
        assert_eq!(reading.encoding, UssdEncoding::Plain);
        if charset != Charset::Ucs2 {
            assert_eq!(reading.text.as_bytes(), string);
        }
    }

    // A habit decides nothing that the string does not allow.
    assert!(reading.habit().is_none_or(|habit| habit == reading.encoding));
    for encoding in ENCODINGS {
        let forced = reader.force(encoding).read(string);
        match forced.reason {
            UssdReason::Forced => assert_eq!(forced.encoding, encoding),
            _ => assert_eq!(forced.encoding, UssdEncoding::Plain),
        }
        assert_eq!(forced.habit().is_some(), forced.reason == UssdReason::NotHexadecimal);
        // A reading in an encoding is the one that is forced, but for a set that the modem ignores.
        if encoding == reading.encoding && charset != Charset::Ucs2 {
            assert_eq!(forced.text, reading.text);
        }
    }
}
