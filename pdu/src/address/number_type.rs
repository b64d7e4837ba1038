//! The type of address: the octet before the digits, 3GPP TS 23.040, 9.1.2.5.

/// The type of number: bits 6 to 4 of the type of address. 3GPP TS 23.040, 9.1.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "three bits, all eight values are here")]
#[doc(alias = "TON")]
pub enum TypeOfNumber {
    /// Not known in advance; the number may begin with prefix digits.
    Unknown = 0,
    /// With the country code, without prefix digits.
    International = 1,
    /// Without prefix digits.
    National = 2,
    /// An administration or service number of the serving network.
    NetworkSpecific = 3,
    /// A short form that the service centre holds.
    Subscriber = 4,
    /// A name in the GSM default alphabet.
    Alphanumeric = 5,
    /// An abbreviated number.
    Abbreviated = 6,
    /// Reserved for extension.
    Reserved = 7,
}

impl TypeOfNumber {
    /// Returns the type in the low three bits of `bits`.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 0b111 {
            0 => Self::Unknown,
            1 => Self::International,
            2 => Self::National,
            3 => Self::NetworkSpecific,
            4 => Self::Subscriber,
            5 => Self::Alphanumeric,
            6 => Self::Abbreviated,
            _ => Self::Reserved,
        }
    }
}

/// The numbering plan: bits 3 to 0 of the type of address. 3GPP TS 23.040, 9.1.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "u8", into = "u8"))]
#[doc(alias = "NPI")]
pub struct NumberingPlan(u8);

#[cfg(feature = "serde")]
impl From<u8> for NumberingPlan {
    fn from(bits: u8) -> Self {
        Self::from_bits(bits)
    }
}

#[cfg(feature = "serde")]
impl From<NumberingPlan> for u8 {
    fn from(plan: NumberingPlan) -> Self {
        plan.0
    }
}

impl NumberingPlan {
    /// Not known.
    pub const UNKNOWN: Self = Self(0);
    /// Telephone numbers (E.164).
    pub const ISDN: Self = Self(1);
    /// Data (X.121).
    pub const DATA: Self = Self(3);
    /// Telex.
    pub const TELEX: Self = Self(4);
    /// National.
    pub const NATIONAL: Self = Self(8);
    /// Private.
    pub const PRIVATE: Self = Self(9);
    /// ERMES paging.
    pub const ERMES: Self = Self(10);

    /// Returns the plan in the low four bits of `bits`.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0xF)
    }

    /// Returns the four bits.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self.0
    }

    /// Returns `true` if the standard defines these bits (5 and 6 are specific to the service
    /// centre).
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(self.0, 0 | 1 | 3..=6 | 8..=10)
    }
}
