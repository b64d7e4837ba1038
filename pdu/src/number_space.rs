//! Open number spaces: a newtype with named numbers that keeps every other number.

/// Defines a number space from the table of its names, with `from_raw` and `raw`.
///
/// Meanings beyond a name (words, categories) are ordinary code beside the table.
macro_rules! number_space {
    (
        $(#[$about:meta])*
        $name:ident($field:vis $raw:ty) {
            $($(#[$meaning:meta])* $constant:ident = $number:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name($field $raw);

        impl $name {
            $($(#[$meaning])* pub const $constant: Self = Self($number);)*

            /// Returns the value with this number, named or not.
            #[must_use]
            pub const fn from_raw(raw: $raw) -> Self {
                Self(raw)
            }

            /// Returns the number.
            #[must_use]
            pub const fn raw(self) -> $raw {
                self.0
            }
        }
    };
}
pub(crate) use number_space;
