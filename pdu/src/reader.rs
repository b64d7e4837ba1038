//! A cursor over the octets of a PDU that knows the field it reads.

use crate::error::{DecodeError, DecodeErrorKind};
use crate::field::Field;

#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.at
    }

    pub(crate) fn left(&self) -> usize {
        self.octets.len() - self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left() == 0
    }

    #[inline]
    pub(crate) fn octet(&mut self, field: Field) -> Result<u8, DecodeError> {
        match self.octets.get(self.at) {
            Some(&octet) => {
                self.at += 1;
                Ok(octet)
            }
            None => Err(self.truncated(field, 1)),
        }
    }

    #[inline]
    pub(crate) fn octets(&mut self, count: usize, field: Field) -> Result<&'a [u8], DecodeError> {
        // `at` is never beyond the end, so the slice exists.
        match self.octets[self.at..].get(..count) {
            Some(octets) => {
                self.at += count;
                Ok(octets)
            }
            None => Err(self.truncated(field, count)),
        }
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self, field: Field) -> Result<[u8; N], DecodeError> {
        match self.octets[self.at..].first_chunk::<N>() {
            Some(octets) => {
                self.at += N;
                Ok(*octets)
            }
            None => Err(self.truncated(field, N)),
        }
    }

    /// Reads `count` octets as a number, the first one its low end; octets beyond the
    /// fourteenth are left out.
    #[inline]
    pub(crate) fn number(&mut self, count: usize, field: Field) -> Result<u128, DecodeError> {
        let rest = &self.octets[self.at..];
        if count > rest.len() {
            return Err(self.truncated(field, count));
        }
        self.at += count;
        let count = count.min(14);
        // All at once if enough octets follow, which is nearly always so. One by one takes several
        // times as long.
        let octets = match rest.first_chunk() {
            Some(octets) => *octets,
            None => {
                let mut octets = [0; 16];
                octets[..rest.len()].copy_from_slice(rest);
                octets
            }
        };
        Ok(u128::from_le_bytes(octets) & !(u128::MAX << (8 * count)))
    }

    /// Returns all remaining octets.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.octets[self.at..];
        self.at = self.octets.len();
        rest
    }

    #[cold]
    fn truncated(&self, field: Field, needed: usize) -> DecodeError {
        DecodeError::new(field, self.at, DecodeErrorKind::Truncated { needed, left: self.left() })
    }
}
