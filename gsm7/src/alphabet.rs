//! 7-bit alphabets: a locking and a single shift table, 3GPP TS 23.038, 6.2.1.

use crate::Language;
use crate::tables::{Finder, Septets, Tables};

/// The escape to the extension or single shift table, 3GPP TS 23.038, 6.2.1.1.
pub const ESCAPE: u8 = 0x1B;

/// The pair of tables that septets are read with, 3GPP TS 23.038, 6.2.1.2.
///
/// A language that is absent, unknown, or without such a table stands for the default table.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, Language};
///
/// assert_eq!(Alphabet::DEFAULT.cost('€'), Some(2));
/// assert_eq!(Alphabet::locking(Language::TURKISH).cost('€'), Some(1));
/// assert_eq!(Alphabet::DEFAULT.cost('ş'), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "national language shift table")]
#[doc(alias = "GSM 03.38")]
pub struct Alphabet {
    /// The language of the locking shift table, in place of the default alphabet.
    pub locking: Option<Language>,
    /// The language of the single shift table, in place of the default extension table.
    pub single: Option<Language>,
}

impl Alphabet {
    /// The default alphabet and its extension table.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// The locking shift table of a language, with the default extension table.
    #[must_use]
    pub const fn locking(language: Language) -> Self {
        Self { locking: Some(language), single: None }
    }

    /// The default alphabet with the single shift table of a language.
    #[must_use]
    pub const fn single(language: Language) -> Self {
        Self { locking: None, single: Some(language) }
    }

    /// Both shift tables of a language.
    #[must_use]
    pub const fn both(language: Language) -> Self {
        Self { locking: Some(language), single: Some(language) }
    }

    /// Returns the character of a septet that follows no escape.
    ///
    /// Returns `None` for an undefined septet and for the escape.
    #[must_use]
    pub fn character(self, septet: u8) -> Option<char> {
        Tables::of(self).character(septet)
    }

    /// Returns the character of a septet that follows an escape.
    ///
    /// Returns `None` if the table has none; a receiver then shows [`character`](Self::character).
    #[must_use]
    pub fn extension(self, septet: u8) -> Option<char> {
        Tables::of(self).extension(septet)
    }

    /// Returns the number of septets that a character takes, 1 or 2.
    ///
    /// Returns `None` if the character is not in the alphabet.
    #[must_use]
    pub fn cost(self, character: char) -> Option<usize> {
        Finder::of(self).find(character).map(Septets::len)
    }

    /// Returns the number of octets that the shift tables take in a user data header: 0, 3 or 6.
    ///
    /// These are the information elements of 3GPP TS 23.040, 9.2.3.24.15 and 9.2.3.24.16. The
    /// length octet of the header is not counted.
    #[must_use]
    pub const fn header_octets(self) -> usize {
        3 * (self.locking.is_some() as usize + self.single.is_some() as usize)
    }
}
