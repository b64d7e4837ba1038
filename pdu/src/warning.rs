//! Oddities of a PDU that was read anyway.

use core::fmt;

/// A value that was read leniently, with the warnings about its octets.
///
/// # Examples
///
/// ```
/// use pdu::{Deliver, Warning};
///
/// // A record of a SIM is padded with FF after the end of the user data.
/// let octets = [
///     0x04, 0x04, 0x91, 0x36, 0x19, 0, 0, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, // head
///     1, 0x61, 0xFF,
/// ];
/// let decoded = Deliver::decode(&octets)?;
/// assert!(decoded.warnings.contains(Warning::TrailingOctets));
/// assert_eq!(decoded.value.originator.to_string(), "+6391");
/// assert_eq!(decoded.strict().unwrap_err().to_string(), "octets follow the end of the tpdu");
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// The oddities that were found.
    pub warnings: Warnings,
}

impl<T> Decoded<T> {
    /// Returns the value, if there are no warnings.
    ///
    /// # Errors
    ///
    /// The warnings, if there are any.
    pub fn strict(self) -> Result<T, Warnings> {
        if self.warnings.is_empty() { Ok(self.value) } else { Err(self.warnings) }
    }

    /// Returns the same warnings beside another value.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded { value: value(self.value), warnings: self.warnings }
    }
}

/// An oddity of a PDU that was read anyway.
///
/// Displays as one sentence without full stop. [`name`](Self::name) is a short word for logs and
/// filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[repr(u8)]
#[non_exhaustive]
pub enum Warning {
    /// Octets follow the end of the TPDU (records of a SIM are padded with FF); they are ignored.
    TrailingOctets,
    /// The TPDU ends before its announced length; the octets received are kept.
    Truncated,
    /// Bits that the standard leaves unused are set; they are ignored.
    SpareBits,
    /// The message type is the reserved one (3); it is handled as a DELIVER.
    ReservedMessageType,
    /// An address has more than 20 semi-octets; the first 28 are kept.
    AddressTooLong,
    /// An address lacks a required filler, or has one before its end; the digits end at the first
    /// filler.
    AddressFiller,
    /// An address has a reserved type of number or numbering plan, or its extension bit is clear.
    ///
    /// It is kept as received.
    AddressType,
    /// The protocol identifier is reserved; it is handled as 0.
    ReservedProtocol,
    /// The data coding scheme is reserved, or has a reserved bit.
    ///
    /// It is handled as the default alphabet without class, or as if the bit were clear; 0x84 is
    /// data.
    ReservedCoding,
    /// The status is reserved; it is handled as 0x63, service rejected and given up.
    ReservedStatus,
    /// The failure cause is reserved; it is handled as 0xFF, unspecified.
    ReservedFailureCause,
    /// The parameter indicator has reserved bits or an extension; they are ignored.
    ParameterIndicator,
    /// A time stamp has a semi-octet that is not a decimal digit; it is read as 0.
    TimestampDigit,
    /// A time stamp is not a date; it is kept as received.
    TimestampInvalid,
    /// The validity period has a reserved form; it is kept as received.
    ReservedValidity,
    /// The user data is longer than this kind of TPDU allows; the first 160 octets are kept.
    UserDataTooLong,
    /// The lengths in the user data header do not fit; the header is ignored, the user data kept.
    HeaderMalformed,
    /// An element of the header has a length or value that its kind does not allow; it is ignored.
    ElementInvalid,
    /// An element of the header is repeated, or two exclude each other; the last is used.
    ElementRepeated,
    /// The header names an unknown national language; the element is ignored.
    UnknownLanguage,
    /// UCS-2 text has an odd number of octets; the last octet is not read as text.
    OddOctets,
    /// A cell broadcast page has a page number of 0, or one above the number of pages.
    ///
    /// It is handled as page 1 of 1.
    PageNumber,
}

impl Warning {
    /// All warnings.
    pub const ALL: [Self; 22] = [
        Self::TrailingOctets,
        Self::Truncated,
        Self::SpareBits,
        Self::ReservedMessageType,
        Self::AddressTooLong,
        Self::AddressFiller,
        Self::AddressType,
        Self::ReservedProtocol,
        Self::ReservedCoding,
        Self::ReservedStatus,
        Self::ReservedFailureCause,
        Self::ParameterIndicator,
        Self::TimestampDigit,
        Self::TimestampInvalid,
        Self::ReservedValidity,
        Self::UserDataTooLong,
        Self::HeaderMalformed,
        Self::ElementInvalid,
        Self::ElementRepeated,
        Self::UnknownLanguage,
        Self::OddOctets,
        Self::PageNumber,
    ];

    /// Returns a short name in lower case with dashes, such as `trailing-octets`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TrailingOctets => "trailing-octets",
            Self::Truncated => "truncated",
            Self::SpareBits => "spare-bits",
            Self::ReservedMessageType => "reserved-message-type",
            Self::AddressTooLong => "address-too-long",
            Self::AddressFiller => "address-filler",
            Self::AddressType => "address-type",
            Self::ReservedProtocol => "reserved-protocol",
            Self::ReservedCoding => "reserved-coding",
            Self::ReservedStatus => "reserved-status",
            Self::ReservedFailureCause => "reserved-failure-cause",
            Self::ParameterIndicator => "parameter-indicator",
            Self::TimestampDigit => "timestamp-digit",
            Self::TimestampInvalid => "timestamp-invalid",
            Self::ReservedValidity => "reserved-validity",
            Self::UserDataTooLong => "user-data-too-long",
            Self::HeaderMalformed => "header-malformed",
            Self::ElementInvalid => "element-invalid",
            Self::ElementRepeated => "element-repeated",
            Self::UnknownLanguage => "unknown-language",
            Self::OddOctets => "odd-octets",
            Self::PageNumber => "page-number",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::TrailingOctets => "octets follow the end of the tpdu",
            Self::Truncated => "the tpdu ends before its announced length",
            Self::SpareBits => "unused bits are set",
            Self::ReservedMessageType => "the message type is reserved",
            Self::AddressTooLong => "an address has more than 20 digits",
            Self::AddressFiller => "an address has a filler in the wrong place",
            Self::AddressType => "an address has a reserved type",
            Self::ReservedProtocol => "the protocol identifier is reserved",
            Self::ReservedCoding => "the data coding scheme is reserved",
            Self::ReservedStatus => "the status is reserved",
            Self::ReservedFailureCause => "the failure cause is reserved",
            Self::ParameterIndicator => "the parameter indicator has reserved bits",
            Self::TimestampDigit => "a time stamp has a digit that is not decimal",
            Self::TimestampInvalid => "a time stamp is not a date",
            Self::ReservedValidity => "the validity period has a reserved form",
            Self::UserDataTooLong => "the user data is longer than allowed",
            Self::HeaderMalformed => "the user data header does not fit its length",
            Self::ElementInvalid => "an element of the user data header is not valid",
            Self::ElementRepeated => "an element of the user data header is repeated",
            Self::UnknownLanguage => "a national language is not known",
            Self::OddOctets => "ucs-2 text has an odd number of octets",
            Self::PageNumber => "the page number is not in the range of the pages",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// A set of [`Warning`]s.
///
/// As an error (see [`Decoded::strict`]) it displays all warnings, joined by `; `.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Warnings(u32);

impl Warnings {
    /// No warning.
    pub const NONE: Self = Self(0);

    /// Returns `true` if there are no warnings.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns `true` if `warning` is in the set.
    #[must_use]
    pub const fn contains(self, warning: Warning) -> bool {
        self.0 & 1 << warning as u8 != 0
    }

    /// Iterates over the warnings in the order of [`Warning::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |&warning| self.contains(warning))
    }

    pub(crate) fn add(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }

    pub(crate) fn add_if(&mut self, condition: bool, warning: Warning) {
        self.0 |= u32::from(condition) << warning as u8;
    }

    pub(crate) fn add_all(&mut self, others: Self) {
        self.0 |= others.0;
    }
}

impl FromIterator<Warning> for Warnings {
    fn from_iter<I: IntoIterator<Item = Warning>>(warnings: I) -> Self {
        let mut set = Self::NONE;
        for warning in warnings {
            set.add(warning);
        }
        set
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, warning) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            warning.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Warnings {}
