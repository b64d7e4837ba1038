//! National language identifier, 3GPP TS 23.038, 6.2.1.2.4.

use core::fmt;

use crate::tables;

/// A national language identifier, which selects a shift table, 3GPP TS 23.038, 6.2.1.2.4.
///
/// The number space is open: a reserved identifier is kept, and stands for the default tables.
///
/// # Examples
///
/// ```
/// use gsm7::Language;
///
/// assert_eq!(Language::TURKISH.raw(), 1);
/// assert_eq!(Language::URDU.name(), Some("Urdu"));
/// assert_eq!(Language::new(200).name(), None);
/// ```
///
/// With the feature `serde` a language is its identifier: `1` for Turkish.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
#[doc(alias = "national language identifier")]
pub struct Language(u8);

impl Language {
    /// Turkish, annexes A.3.1 and A.2.1.
    pub const TURKISH: Self = Self(1);
    /// Spanish, annex A.2.2; it has no locking shift table.
    pub const SPANISH: Self = Self(2);
    /// Portuguese, annexes A.3.3 and A.2.3.
    pub const PORTUGUESE: Self = Self(3);
    /// Bengali and Assamese, annexes A.3.4 and A.2.4.
    pub const BENGALI: Self = Self(4);
    /// Gujarati, annexes A.3.5 and A.2.5.
    pub const GUJARATI: Self = Self(5);
    /// Hindi, annexes A.3.6 and A.2.6.
    pub const HINDI: Self = Self(6);
    /// Kannada, annexes A.3.7 and A.2.7.
    pub const KANNADA: Self = Self(7);
    /// Malayalam, annexes A.3.8 and A.2.8.
    pub const MALAYALAM: Self = Self(8);
    /// Oriya, annexes A.3.9 and A.2.9.
    pub const ORIYA: Self = Self(9);
    /// Punjabi, annexes A.3.10 and A.2.10.
    pub const PUNJABI: Self = Self(10);
    /// Tamil, annexes A.3.11 and A.2.11.
    pub const TAMIL: Self = Self(11);
    /// Telugu, annexes A.3.12 and A.2.12.
    pub const TELUGU: Self = Self(12);
    /// Urdu, annexes A.3.13 and A.2.13.
    pub const URDU: Self = Self(13);

    /// All languages that have tables, in the order of their identifiers.
    pub const ALL: [Self; 13] = [
        Self::TURKISH,
        Self::SPANISH,
        Self::PORTUGUESE,
        Self::BENGALI,
        Self::GUJARATI,
        Self::HINDI,
        Self::KANNADA,
        Self::MALAYALAM,
        Self::ORIYA,
        Self::PUNJABI,
        Self::TAMIL,
        Self::TELUGU,
        Self::URDU,
    ];

    /// Returns the language with this identifier, assigned or not.
    #[must_use]
    pub const fn new(raw: u8) -> Self {
        Self(raw)
    }

    /// Returns the identifier as it stands in the information element.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self.0
    }

    /// Returns the English name, if the standard assigns the identifier.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.known().map(|(name, _)| name)
    }

    /// Returns the two letters of ISO 639-1, if the standard assigns the identifier.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(gsm7::Language::HINDI.iso639(), Some("hi"));
    /// ```
    #[must_use]
    pub fn iso639(self) -> Option<&'static str> {
        self.known().map(|(_, code)| code)
    }

    /// Returns `true` if the language has a locking shift table, annex A.3.
    ///
    /// All assigned languages but Spanish have one.
    #[must_use]
    pub const fn has_locking(self) -> bool {
        tables::has_locking(self)
    }

    /// Returns `true` if the language has a single shift table, annex A.2.
    ///
    /// All assigned languages have one.
    #[must_use]
    pub const fn has_single(self) -> bool {
        tables::has_single(self)
    }

    fn known(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::TURKISH => ("Turkish", "tr"),
            Self::SPANISH => ("Spanish", "es"),
            Self::PORTUGUESE => ("Portuguese", "pt"),
            Self::BENGALI => ("Bengali", "bn"),
            Self::GUJARATI => ("Gujarati", "gu"),
            Self::HINDI => ("Hindi", "hi"),
            Self::KANNADA => ("Kannada", "kn"),
            Self::MALAYALAM => ("Malayalam", "ml"),
            Self::ORIYA => ("Oriya", "or"),
            Self::PUNJABI => ("Punjabi", "pa"),
            Self::TAMIL => ("Tamil", "ta"),
            Self::TELUGU => ("Telugu", "te"),
            Self::URDU => ("Urdu", "ur"),
            _ => return None,
        })
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Language({})", self.0),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "language {}", self.0),
        }
    }
}

impl From<u8> for Language {
    fn from(raw: u8) -> Self {
        Self(raw)
    }
}

impl From<Language> for u8 {
    fn from(language: Language) -> Self {
        language.0
    }
}
