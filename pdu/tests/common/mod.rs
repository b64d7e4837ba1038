//! Hexadecimal digits the naive way.

#![allow(dead_code, reason = "not every test uses all of it")]

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    assert_eq!(digits.len() % 2, 0, "{hex}");
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
