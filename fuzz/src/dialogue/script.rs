//! Octets as they are typed: `\r`, `\n`, `\z` (Ctrl-Z), `\e` (ESC), `\0`, `\"` and `\\`; others stand for themselves.

pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.iter().copied();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'\\' => match rest.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'z') => 0x1A,
                Some(b'e') => 0x1B,
                Some(b'0') => 0,
                Some(other) => other,
                None => break,
            },
            octet => octet,
        });
    }
    octets
}

/// The decimal number at the start, 0 without one, at most `most`.
pub(super) fn number(text: &[u8], most: u64) -> u64 {
    let digits = text.trim_ascii().iter().take_while(|octet| octet.is_ascii_digit());
    digits.fold(0, |number: u64, digit| (10 * number + u64::from(digit - b'0')).min(most))
}
