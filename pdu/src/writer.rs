//! A cursor over the buffer that a PDU is written into.

use crate::error::EncodeError;

/// Writes into a buffer whose size was checked on creation.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    /// Creates a writer for `needed` octets.
    pub(crate) fn new(out: &'a mut [u8], needed: usize) -> Result<Self, EncodeError> {
        let available = out.len();
        match out.get_mut(..needed) {
            Some(out) => Ok(Self { out, at: 0 }),
            None => Err(EncodeError::BufferTooSmall { needed, available }),
        }
    }

    #[inline]
    pub(crate) fn octet(&mut self, octet: u8) {
        self.out[self.at] = octet;
        self.at += 1;
    }

    #[inline]
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        self.out[self.at..self.at + octets.len()].copy_from_slice(octets);
        self.at += octets.len();
    }

    /// Returns the number of octets written: all that were announced.
    pub(crate) fn finish(self) -> usize {
        debug_assert_eq!(self.at, self.out.len(), "a tpdu knows its length");
        self.at
    }
}
