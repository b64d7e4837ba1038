//! Choices made by octets.

/// Octets that are used up by the choices that they make; behind their end every choice is the first one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) fn octet(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        let taken = self.octets(N);
        octets[..taken.len()].copy_from_slice(taken);
        octets
    }

    /// At most `count` octets.
    pub(crate) fn octets(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// All that are left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        self.octets(usize::MAX)
    }
}

/// The text that octets are in UTF-8, with replacement characters where they are none.
pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
