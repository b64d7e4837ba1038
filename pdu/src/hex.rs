//! Hexadecimal digits to octets.

/// Writes the octets of pairs of hexadecimal digits to `octets`, which has room for exactly these.
/// Returns `None` if there is another character, or another number of them.
#[cfg(feature = "fast")]
#[inline]
pub(crate) fn decode(digits: &[u8], octets: &mut [u8]) -> Option<()> {
    faster_hex::hex_decode(digits, octets).ok()
}

#[cfg(not(feature = "fast"))]
pub(crate) use self::by_digit as decode;

/// The same without the tables of `faster_hex`, which take half a kilobyte.
#[cfg(any(test, not(feature = "fast")))]
pub(crate) fn by_digit(digits: &[u8], octets: &mut [u8]) -> Option<()> {
    if digits.len() != octets.len() * 2 {
        return None;
    }
    let mut digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
    for octet in octets {
        let (high, low) = (digits.next()??, digits.next()??);
        *octet = u8::try_from(high << 4 | low).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{by_digit, decode};

    proptest! {
        #[test]
        fn digits_are_read_alike_with_and_without_tables(
            digits in prop_oneof!["[0-9A-Fa-f]{0,40}", "[0-9A-Fa-f@-]{0,6}", "\\PC{0,6}"],
        ) {
            let digits = digits.as_bytes();
            let (mut ours, mut fast) = ([0; 40], [0; 40]);
            let length = digits.len() / 2;
            let done = by_digit(digits, &mut ours[..length]);
            prop_assert_eq!(done, decode(digits, &mut fast[..length]));
            if done.is_some() {
                prop_assert_eq!(ours, fast);
            }
        }
    }
}
