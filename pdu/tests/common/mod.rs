//! Naive conversion of hexadecimal digits.

#![allow(dead_code, reason = "not every test uses all of it")]

pub(crate) fn hex(octets: &[u8]) -> String {
    let digits = b"0123456789ABCDEF";
    let digits = octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 0xF])
        .map(|digit| digits[usize::from(digit)]);
    digits.map(char::from).collect()
}

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    assert_eq!(digits.len() % 2, 0, "{hex}");
    (0..digits.len() / 2)
        .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
