//! Numbers, bytes and texts in the binary form of the journal.

use alloc::vec::Vec;

/// Appends a number, seven bits a byte, the lowest first (LEB128).
pub(crate) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let low = (number & 0x7F).to_le_bytes()[0];
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Appends bytes after their number.
pub(crate) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_number(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends a text after the number of its bytes.
pub(crate) fn put_text(text: &str, out: &mut Vec<u8>) {
    put_bytes(text.as_bytes(), out);
}

/// The rest of a binary form. Each method takes one value, and returns `None` if there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of bytes that are left.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            // The tenth byte has one bit.
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number plus one, 0 for none.
    pub(crate) fn optional_number(&mut self) -> Option<Option<u64>> {
        Some(self.number()?.checked_sub(1))
    }

    /// A number of 16 bits.
    pub(crate) fn small(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn optional_text(&mut self) -> Option<Option<alloc::string::String>> {
        match self.byte()? {
            0 => Some(None),
            1 => Some(Some(self.text()?.into())),
            _ => None,
        }
    }

    pub(crate) fn numbers(&mut self) -> Option<Vec<u64>> {
        let count = self.number()?;
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.number()?);
        }
        Some(numbers)
    }

    /// A number of 32 bits, the lowest byte first.
    pub(crate) fn checksum(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A number of 64 bits, the lowest byte first.
    pub(crate) fn digest(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Reader, put_number};

    #[test]
    fn a_number_is_read_as_it_was_written_and_one_of_more_than_64_bits_is_refused() {
        for number in [0, 1, 127, 128, 16_383, 16_384, u64::MAX / 2, u64::MAX] {
            let mut bytes = Vec::new();
            put_number(number, &mut bytes);
            let mut reader = Reader::new(&bytes);
            assert_eq!((reader.number(), reader.is_empty()), (Some(number), true));
            for cut in 0..bytes.len() {
                assert_eq!(Reader::new(&bytes[..cut]).number(), None);
            }
        }
        let mut bytes = [0xFF; 10];
        bytes[9] = 2;
        assert_eq!(Reader::new(&bytes).number(), None);
        assert_eq!(Reader::new(&[0xFF; 11]).number(), None);
    }
}
