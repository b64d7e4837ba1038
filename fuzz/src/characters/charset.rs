//! The character sets of `+CSCS`.

use gsm7::charset::Charset;

use crate::input;

/// Octets that are taken for a string in each set, and for a text.
pub fn charset(data: &[u8]) {
    let text = input::text(data);
    for charset in Charset::ALL {
        let decoded = charset.decode(data);
        match charset.decode_strict(data) {
            Ok(strict) => {
                assert_eq!(strict, decoded);
                let octets = charset.encode(&strict).unwrap();
                assert_eq!(charset.decode_strict(&octets), Ok(strict));
            }
            Err(_) => assert!(!data.is_empty()),
        }
        if let Ok(octets) = charset.encode(&text) {
            assert_eq!(charset.decode_strict(&octets).as_deref(), Ok(text.as_str()));
            let plain = octets.iter().all(u8::is_ascii_hexdigit);
            assert!(plain || !matches!(charset, Charset::Ucs2 | Charset::Hex));
        } else {
            assert_ne!(charset, Charset::Ucs2, "has every character");
        }
    }
    assert!(
        Charset::from_name(&text).is_none_or(|charset| charset.name().eq_ignore_ascii_case(&text))
    );
}
