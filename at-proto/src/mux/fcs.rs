//! The frame check sequence, 3GPP TS 27.010, 5.2.1.6: CRC-8 with the polynomial x^8 + x^2 + x + 1.

/// The remainder of each half of a byte, reflected: a table of all bytes would be faster for long
/// UI frames only, and takes 240 bytes more.
static TABLE: [u8; 16] = table();

#[allow(clippy::indexing_slicing, reason = "evaluated at compile time, where a wrong index fails")]
const fn table() -> [u8; 16] {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        #[allow(clippy::cast_possible_truncation, reason = "the loop ends at 15")]
        let mut remainder = value as u8;
        let mut bit = 0u8;
        while bit < 4 {
            remainder = if remainder & 1 == 1 { (remainder >> 1) ^ 0xE0 } else { remainder >> 1 };
            bit = bit.wrapping_add(1);
        }
        table[value] = remainder;
        value = value.wrapping_add(1);
    }
    table
}

/// The running check over the covered bytes of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fcs(u8);

impl Fcs {
    pub(super) const fn new() -> Self {
        Self(0xFF)
    }

    pub(super) fn over(self, bytes: &[u8]) -> Self {
        let half = |check: u8, bits: u8| {
            let remainder = TABLE.get(usize::from((check ^ bits) & 0x0F)).copied();
            check >> 4 ^ remainder.unwrap_or_default()
        };
        Self(bytes.iter().fold(self.0, |check, &byte| half(half(check, byte), byte >> 4)))
    }

    /// The octet that is sent.
    pub(super) const fn octet(self) -> u8 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_over_the_covered_octets_and_their_fcs_is_the_constant_of_the_standard() {
        for covered in [&[0x03, 0x3F, 0x01][..], &[0x07, 0xEF, 0x07], b"any other octets"] {
            let check = Fcs::new().over(covered);
            assert_eq!(check.over(&[check.octet()]).0, 0xCF);
        }
        assert_eq!(Fcs::new().over(&[0x03, 0x3F, 0x01]).octet(), 0x1C);
    }
}
