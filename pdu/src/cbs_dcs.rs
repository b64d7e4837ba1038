//! The data coding scheme of cell broadcast and USSD, 3GPP TS 23.038, 5.

use crate::dcs::{CharacterSet, Class};

/// The data coding scheme of a cell broadcast page or a USSD string.
///
/// Its octets mean something else than those of an SMS ([`Dcs`](crate::Dcs)). Any octet is kept as
/// received; a reserved one reads as 0x0F, the default alphabet without language. 3GPP TS 23.038,
/// 5.
///
/// # Examples
///
/// ```
/// use pdu::{CbsDcs, CharacterSet};
///
/// assert_eq!(CbsDcs::from_raw(0x01).language(), Some("en"));
/// assert_eq!(CbsDcs::from_raw(0x48).character_set(), CharacterSet::Ucs2);
/// assert_eq!(CbsDcs::from_raw(0x11).character_set(), CharacterSet::Ucs2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
#[doc(alias = "data coding scheme")]
pub struct CbsDcs(u8);

impl CbsDcs {
    /// The default alphabet, no language: 0x0F, the usual value of USSD.
    pub const GSM7: Self = Self(0x0F);
    /// 8-bit data: 0x44.
    pub const DATA: Self = Self(0x44);
    /// UCS-2: 0x48.
    pub const UCS2: Self = Self(0x48);

    /// Returns the scheme with this octet.
    #[must_use]
    pub const fn from_raw(octet: u8) -> Self {
        Self(octet)
    }

    /// Returns the octet.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self.0
    }

    /// Returns the character set of the content.
    #[must_use]
    pub const fn character_set(self) -> CharacterSet {
        match self.0 {
            0x11 => CharacterSet::Ucs2,
            0x40..=0x7F | 0x90..=0x9F => CharacterSet::from_bits(self.0 >> 2),
            0xF0..=0xFF if self.0 & 0x04 != 0 => CharacterSet::Data,
            _ => CharacterSet::Gsm7,
        }
    }

    /// Returns the language that the octet names, as a code of ISO 639.
    #[must_use]
    pub const fn language(self) -> Option<&'static str> {
        Some(match self.0 {
            0x00 => "de",
            0x01 => "en",
            0x02 => "it",
            0x03 => "fr",
            0x04 => "es",
            0x05 => "nl",
            0x06 => "sv",
            0x07 => "da",
            0x08 => "pt",
            0x09 => "fi",
            0x0A => "no",
            0x0B => "el",
            0x0C => "tr",
            0x0D => "hu",
            0x0E => "pl",
            0x20 => "cs",
            0x21 => "he",
            0x22 => "ar",
            0x23 => "ru",
            0x24 => "is",
            _ => return None,
        })
    }

    /// Returns `true` if the content begins with its language.
    ///
    /// With 0x10 it takes three septets (two letters and a carriage return), with 0x11 two octets
    /// (two packed letters).
    #[must_use]
    pub const fn has_language_prefix(self) -> bool {
        matches!(self.0, 0x10 | 0x11)
    }

    /// Returns `true` if the content begins with a user data header.
    #[must_use]
    pub const fn has_header(self) -> bool {
        matches!(self.0, 0x90..=0x9B)
    }

    /// Returns the message class, if there is one.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self.0 {
            0x50..=0x5F | 0x70..=0x7F | 0x90..=0x9F if self.0 & 0x0C != 0x0C => {
                Some(Class::from_bits(self.0))
            }
            // Class 0 is not defined for cell broadcast.
            0xF0..=0xFF if self.0 & 0b11 != 0 => Some(Class::from_bits(self.0)),
            _ => None,
        }
    }

    /// Returns `true` if the content is compressed, which this library recognises but cannot
    /// decompress.
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        matches!(self.0, 0x60..=0x7F) && self.0 & 0x0C != 0x0C
    }

    /// Returns `true` if a bit is set that the standard reserves in the group of this octet; it is
    /// ignored. This is bit 3 in the group 1111.
    #[must_use]
    pub const fn has_reserved_bits(self) -> bool {
        matches!(self.0, 0xF8..=0xFF)
    }

    /// Returns `true` if the standard does not define this octet, or defines it for another one.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        match self.0 {
            0x12..=0x1F | 0x25..=0x3F | 0x80..=0x8F | 0xA0..=0xEF => true,
            0x40..=0x7F | 0x90..=0x9F => self.0 & 0x0C == 0x0C,
            _ => false,
        }
    }
}
