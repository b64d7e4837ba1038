//! 7-bit alphabets: a locking and a single shift table, 3GPP TS 23.038, 6.2.1.

use crate::Language;
use crate::tables::{Finder, Septets, Tables};

/// The escape to the extension or single shift table, 3GPP TS 23.038, 6.2.1.1.
pub const ESCAPE: u8 = 0x1B;

/// Which tables the septets of a message are read with, 3GPP TS 23.038, 6.2.1.2.
///
/// A language that is absent, unknown, or without such a table stands for the default one.
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

    /// The character that a septet stands for, without an escape before it; none for an undefined septet
    /// and for the escape.
    #[must_use]
    pub fn character(self, septet: u8) -> Option<char> {
        Tables::of(self).character(septet)
    }

    /// The character that a septet stands for behind an escape; none where a receiver shows
    /// [`character`](Self::character) instead.
    #[must_use]
    pub fn extension(self, septet: u8) -> Option<char> {
        Tables::of(self).extension(septet)
    }

    /// The number of septets that a character takes, 1 or 2; none if it is not in the alphabet.
    #[must_use]
    pub fn cost(self, character: char) -> Option<usize> {
        Finder::of(self).find(character).map(Septets::len)
    }

    /// The number of octets that the information elements of the shift tables take in a user data header,
    /// 3GPP TS 23.040, 9.2.3.24.15 and 9.2.3.24.16: 0, 3 or 6, the length octet of the header not counted.
    #[must_use]
    pub const fn header_octets(self) -> usize {
        3 * (self.locking.is_some() as usize + self.single.is_some() as usize)
    }
}
