//! TP-DCS, 3GPP TS 23.040, 9.2.3.10 and TS 23.038, 4.

/// The data coding scheme of an SMS: character set, class, and message waiting indication.
///
/// Any octet is kept as received; a reserved one reads as the default alphabet without class,
/// except that 0x84 is data (KS X 1001 of Korea, which this library does not decode). Cell
/// broadcast and USSD define the octet differently: [`CbsDcs`](crate::CbsDcs). 3GPP TS 23.038, 4.
///
/// # Examples
///
/// ```
/// use pdu::{CharacterSet, Class, Dcs};
///
/// let flash = Dcs::new(CharacterSet::Ucs2, Some(Class::Flash));
/// assert_eq!(flash.raw(), 0x18);
/// assert_eq!(Dcs::from_raw(0xF5).character_set(), CharacterSet::Data);
/// assert_eq!(Dcs::from_raw(0xF5).class(), Some(Class::Mobile));
/// assert!(Dcs::from_raw(0x48).is_auto_deleted());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
#[doc(alias = "data coding scheme")]
#[doc(alias = "TP-DCS")]
pub struct Dcs(u8);

impl Dcs {
    /// The GSM 7-bit default alphabet, no class: 0x00.
    pub const GSM7: Self = Self(0x00);
    /// 8-bit data, no class: 0x04.
    pub const DATA: Self = Self(0x04);
    /// UCS-2, no class: 0x08.
    pub const UCS2: Self = Self(0x08);

    /// Returns a scheme of the general group.
    #[must_use]
    pub const fn new(character_set: CharacterSet, class: Option<Class>) -> Self {
        let class = match class {
            Some(class) => 0x10 | class as u8,
            None => 0,
        };
        Self((character_set as u8) << 2 | class)
    }

    /// Returns the scheme for text in a coding.
    #[must_use]
    pub const fn of(coding: gsm7::Coding, class: Option<Class>) -> Self {
        match coding {
            gsm7::Coding::Gsm7(_) => Self::new(CharacterSet::Gsm7, class),
            _ => Self::new(CharacterSet::Ucs2, class),
        }
    }

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

    /// Returns the character set of the user data, once decompressed.
    #[must_use]
    pub const fn character_set(self) -> CharacterSet {
        match self.0 {
            0x00..=0x7F => CharacterSet::from_bits(self.0 >> 2),
            0xE0..=0xEF => CharacterSet::Ucs2,
            // Reserved, but carriers in Korea send KS X 1001 with it, and count octets.
            0x84 => CharacterSet::Data,
            0xF0..=0xFF if self.0 & 0x04 != 0 => CharacterSet::Data,
            _ => CharacterSet::Gsm7,
        }
    }

    /// Returns the message class, if there is one.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self.0 {
            // Bits 1 and 0 count only with bit 4, and not with a reserved character set.
            0x00..=0x7F if self.0 & 0x10 != 0 && self.0 & 0x0C != 0x0C => {
                Some(Class::from_bits(self.0))
            }
            0xF0..=0xFF => Some(Class::from_bits(self.0)),
            _ => None,
        }
    }

    /// Returns `true` if the user data is compressed by 3GPP TS 23.042.
    ///
    /// This library recognises compression but cannot decompress: the standard's Huffman tables are
    /// in use nowhere.
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        matches!(self.0, 0x20..=0x3F | 0x60..=0x7F) && self.0 & 0x0C != 0x0C
    }

    /// Returns `true` if the message is to be deleted once it was read.
    #[must_use]
    pub const fn is_auto_deleted(self) -> bool {
        matches!(self.0, 0x40..=0x7F)
    }

    /// Returns the message waiting indication, such as for voice mail, if there is one.
    #[must_use]
    pub const fn waiting(self) -> Option<Waiting> {
        if !matches!(self.0, 0xC0..=0xEF) {
            return None;
        }
        Some(Waiting {
            kind: WaitingKind::from_bits(self.0),
            active: self.0 & 0x08 != 0,
            store: self.0 >= 0xD0,
        })
    }

    /// Returns `true` if the standard does not define this octet.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        match self.0 {
            0x00..=0x7F => self.0 & 0x0C == 0x0C,
            _ => matches!(self.0, 0x80..=0xBF),
        }
    }

    /// Returns `true` if a bit is set that the standard reserves in the group of this octet; it is
    /// ignored.
    ///
    /// This is bit 3 in the group 1111, and bit 2 of a message waiting indication.
    #[must_use]
    pub const fn has_reserved_bits(self) -> bool {
        match self.0 {
            0xC0..=0xEF => self.0 & 0x04 != 0,
            0xF0..=0xFF => self.0 & 0x08 != 0,
            _ => false,
        }
    }

    /// Returns `true` if TP-UDL counts septets: the default alphabet, not compressed.
    #[must_use]
    pub const fn counts_septets(self) -> bool {
        matches!(self.character_set(), CharacterSet::Gsm7) && !self.is_compressed()
    }
}

/// The character set of user data. 3GPP TS 23.038, 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "the fourth value of the two bits reads as the first")]
pub enum CharacterSet {
    /// The GSM 7-bit default alphabet, with its national language shifts.
    Gsm7 = 0,
    /// Octets without a character set.
    Data = 1,
    /// UCS-2, in fact UTF-16BE.
    Ucs2 = 2,
}

impl CharacterSet {
    pub(crate) const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            1 => Self::Data,
            2 => Self::Ucs2,
            // 3 is reserved and reads as 0.
            _ => Self::Gsm7,
        }
    }
}

/// The class of a message, which decides its destination. 3GPP TS 23.038, 4.
#[doc(alias = "flash SMS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum Class {
    /// Class 0: displayed immediately and not stored (flash SMS).
    Flash = 0,
    /// Class 1: for the mobile equipment.
    Mobile = 1,
    /// Class 2: for the SIM.
    Sim = 2,
    /// Class 3: for the terminal equipment.
    Terminal = 3,
}

impl Class {
    /// Returns the class in the low two bits of `bits`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(pdu::Class::from_bits(0), pdu::Class::Flash);
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0 => Self::Flash,
            1 => Self::Mobile,
            2 => Self::Sim,
            _ => Self::Terminal,
        }
    }

    /// Returns the number of the class, 0 to 3.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self as u8
    }
}

/// A message waiting indication: the groups 1100 to 1110. 3GPP TS 23.038, 4.
#[doc(alias = "MWI")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Waiting {
    /// The kind of messages that wait.
    pub kind: WaitingKind,
    /// Set if messages wait; `false` clears the indication.
    pub active: bool,
    /// Set if the message itself is to be stored; otherwise its text may be discarded.
    pub store: bool,
}

/// The kind of a waiting message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum WaitingKind {
    /// Voice mail.
    VoiceMail = 0,
    /// A fax.
    Fax = 1,
    /// Electronic mail.
    Email = 2,
    /// Something else.
    Other = 3,
}

impl WaitingKind {
    /// Returns the kind in the low two bits of `bits`.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 0b11 {
            0 => Self::VoiceMail,
            1 => Self::Fax,
            2 => Self::Email,
            _ => Self::Other,
        }
    }
}
