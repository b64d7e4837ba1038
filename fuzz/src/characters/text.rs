//! Text and septets in every alphabet.

use gsm7::{Alphabet, EncodeError};

use super::{alphabet, fit, naive};
use crate::input::{self, Input};

/// Input: a pair of tables, then octets as septets and as a text.
pub fn text(data: &[u8]) {
    // A longer text is slow in the naive way, and reveals nothing more.
    let data = &data[..data.len().min(400)];
    let mut input = Input::new(data);
    let alphabet = alphabet(&mut input);
    fit::fit(&mut input.clone(), &input::text(data));
    let octets = input.rest();
    decoding(octets, alphabet);
    let text = input::text(octets);
    encoding(&text, alphabet);
    lossy(&text, alphabet);
    transliterating(&text, alphabet);
}

fn decoding(septets: &[u8], alphabet: Alphabet) {
    let text = gsm7::decode_to_string(septets, alphabet);
    assert_eq!(gsm7::decode_vec_to_string(septets.to_vec(), alphabet), text);
    assert_eq!(text, naive::decode(septets, alphabet));
    assert_eq!(text, gsm7::chars(septets, alphabet).to_string());
    let mut chars = gsm7::chars(septets, alphabet);
    assert_eq!(text, chars.by_ref().collect::<String>());

    let mut buffer = vec![0; text.len()];
    let decoded = gsm7::decode(septets, alphabet, &mut buffer).unwrap();
    assert_eq!((decoded.text, decoded.flaw), (text.as_str(), chars.flaw()));
    assert_eq!(decoded.flaw.is_none(), gsm7::decode_strict_to_string(septets, alphabet).is_ok());
    if let Some(short) = text.len().checked_sub(1) {
        let error = gsm7::decode(septets, alphabet, &mut buffer[..short]).unwrap_err();
        assert_eq!((error.needed, error.available), (text.len(), short));
    }
    if chars.flaw().is_none() {
        let again = gsm7::encode_to_vec(&text, alphabet).unwrap();
        assert_eq!(gsm7::decode_to_string(&again, alphabet), text);
        assert!(again.len() <= septets.len());
    }
}

fn encoding(text: &str, alphabet: Alphabet) {
    let septets = match (gsm7::encode_to_vec(text, alphabet), naive::encode(text, alphabet)) {
        (Ok(septets), Ok(naive)) => {
            assert_eq!(septets, naive);
            septets
        }
        (Err(EncodeError::NotInAlphabet { position, character }), Err(naive)) => {
            assert_eq!((position, character), naive);
            assert_eq!(
                gsm7::count(text, alphabet),
                Err(EncodeError::NotInAlphabet { position, character })
            );
            return;
        }
        (ours, naive) => panic!("{ours:?} {naive:?}"),
    };
    assert_eq!(gsm7::count(text, alphabet), Ok(septets.len()));
    assert_eq!(gsm7::decode_strict_to_string(&septets, alphabet).as_deref(), Ok(text));
    if let Some(short) = septets.len().checked_sub(1) {
        let error = gsm7::encode(text, alphabet, &mut vec![0; short]).unwrap_err();
        assert_eq!(error, EncodeError::BufferTooSmall { needed: septets.len(), available: short });
    }
}

fn lossy(text: &str, alphabet: Alphabet) {
    let mut buffer = vec![0; 2 * text.len()];
    for replacement in ['?', '€', 'Ω', 'ş', '\u{1B}'] {
        let result = gsm7::encode_lossy(text, alphabet, replacement, &mut buffer);
        if alphabet.cost(replacement).is_none() {
            assert_eq!(result, Err(EncodeError::Replacement(replacement)));
            continue;
        }
        let replaced: String = text
            .chars()
            .map(|character| alphabet.cost(character).map_or(replacement, |_| character))
            .collect();
        let expected = naive::encode(&replaced, alphabet).unwrap();
        assert_eq!(buffer[..result.unwrap()], expected);
    }
}

fn transliterating(text: &str, alphabet: Alphabet) {
    let plain = gsm7::transliterate(text, alphabet).to_string();
    assert_eq!(gsm7::transliterate(&plain, alphabet).to_string(), plain, "from {text:?}");
    if gsm7::count(text, alphabet).is_ok() {
        assert_eq!(plain, text);
    }
}
