//! Open number spaces: a newtype, constants for the numbers with a name, and every other number
//! kept.

/// Defines a number space from the table of its names, with `from_raw` and `raw`.
///
/// The meaning of the numbers beyond a name (words, categories) is ordinary code beside the table.
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

            /// The value with this number, named or not.
            #[must_use]
            pub const fn from_raw(raw: $raw) -> Self {
                Self(raw)
            }

            /// The number.
            #[must_use]
            pub const fn raw(self) -> $raw {
                self.0
            }
        }
    };
}
pub(crate) use number_space;
