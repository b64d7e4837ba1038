//! UTF-16BE, whole and in halves.

use gsm7::{EncodeError, Flaw, ucs2 as codec};

use super::naive;
use crate::input;

/// Input: octets as UTF-16BE and as a text.
pub fn ucs2(data: &[u8]) {
    decoding(data);
    encoding(&input::text(data));
}

fn decoding(octets: &[u8]) {
    let text = codec::decode_to_string(octets);
    assert_eq!(text, naive::decode_ucs2(octets));
    assert_eq!(text, codec::chars(octets).to_string());

    let mut buffer = vec![0; text.len()];
    let decoded = codec::decode(octets, &mut buffer).unwrap();
    assert_eq!(decoded.text, text);
    let lone = char::decode_utf16(units(octets)).position(|unit| unit.is_err()).is_some();
    match decoded.flaw {
        None => {
            assert!(!lone && octets.len() % 2 == 0);
            assert_eq!(codec::encode_to_vec(&text), octets);
        }
        Some(Flaw::LoneSurrogate { index, unit }) => {
            assert!(lone);
            assert_eq!(octets[index..index + 2], unit.to_be_bytes());
        }
        Some(Flaw::OddOctet { index, octet }) => {
            assert!(!lone && index + 1 == octets.len() && octets[index] == octet);
        }
        Some(other) => panic!("{other:?}"),
    }
    if let Some(short) = text.len().checked_sub(1) {
        let error = codec::decode(octets, &mut buffer[..short]).unwrap_err();
        assert_eq!((error.needed, error.available), (text.len(), short));
    }
}

fn units(octets: &[u8]) -> impl Iterator<Item = u16> + '_ {
    octets.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
}

fn encoding(text: &str) {
    let octets = codec::encode_to_vec(text);
    assert_eq!(octets, naive::encode_ucs2(text));
    assert_eq!(octets.len(), 2 * codec::count(text));
    assert_eq!(codec::decode_strict_to_string(&octets).as_deref(), Ok(text));
    let mut buffer = vec![0xFF; octets.len() + 1];
    assert_eq!(codec::encode(text, &mut buffer), Ok(octets.len()));
    assert_eq!(buffer, [&octets[..], &[0xFF]].concat());
    if let Some(short) = octets.len().checked_sub(1) {
        let error = codec::encode(text, &mut buffer[..short]).unwrap_err();
        assert_eq!(error, EncodeError::BufferTooSmall { needed: octets.len(), available: short });
    }
}
