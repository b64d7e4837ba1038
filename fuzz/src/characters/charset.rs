//! The character sets of `+CSCS`.

use gsm7::charset::Charset;

use crate::input;

/// Input: bytes as a string in each character set, and as a text.
pub fn charset(data: &[u8]) {
    let text = input::text(data);
    for charset in Charset::ALL {
        let decoded = charset.decode(data);
        match charset.decode_strict(data) {
            Ok(strict) => {
                assert_eq!(strict, decoded);
                let bytes = charset.encode(&strict).unwrap();
                assert_eq!(charset.decode_strict(&bytes), Ok(strict));
            }
            Err(_) => assert!(!data.is_empty()),
        }
        if let Ok(bytes) = charset.encode(&text) {
            assert_eq!(charset.decode_strict(&bytes).as_deref(), Ok(text.as_str()));
            let plain = bytes.iter().all(u8::is_ascii_hexdigit);
            assert!(plain || !matches!(charset, Charset::Ucs2 | Charset::Hex));
        } else {
            assert_ne!(charset, Charset::Ucs2, "has every character");
        }
    }
    assert!(
        Charset::from_name(&text).is_none_or(|charset| charset.name().eq_ignore_ascii_case(&text))
    );
}
