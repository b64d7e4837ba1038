//! The source of the values that are compared.

/// Numbers that look random and are the same in every run.
pub(crate) struct Source(pub(crate) u64);

impl Source {
    pub(crate) fn below(&mut self, limit: u8) -> u8 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [_, _, octet, ..] = self.0.to_be_bytes();
        octet % limit
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(crate) fn pick<'a>(
        &mut self,
        of: &'a str,
        len: u8,
    ) -> impl Iterator<Item = char> + use<'a, '_> {
        let of: Vec<char> = of.chars().collect();
        let count = u8::try_from(of.len()).expect("few characters");
        (0..len).map(move |_| of[usize::from(self.below(count))])
    }

    /// Returns one of a few values.
    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.below(u8::try_from(of.len()).expect("few values")))]
    }
}
