//! Errors of decoding and encoding one PDU.

use crate::field::Field;

/// An error of reading a PDU: the field, the offset, and the kind of error.
///
/// Decoding is lenient: this is returned only if the parts of the message cannot be found. Any
/// other oddity is a [`Warning`](crate::Warning) beside the value.
///
/// # Examples
///
/// ```
/// let error = pdu::Deliver::decode(&[0x04, 0x0B, 0x91]).unwrap_err();
/// assert_eq!(error.to_string(), "tp-oa: needs 6 more octets but 0 are left at offset 3");
/// assert_eq!(error.offset(), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind} at offset {offset}")]
pub struct DecodeError {
    field: Field,
    offset: usize,
    kind: DecodeErrorKind,
}

impl DecodeError {
    pub(crate) const fn new(field: Field, offset: usize, kind: DecodeErrorKind) -> Self {
        Self { field, offset, kind }
    }

    /// Returns the same error in a PDU with `octets` more in front.
    pub(crate) const fn shifted(self, octets: usize) -> Self {
        Self { offset: self.offset + octets, ..self }
    }

    /// Returns the field that could not be read.
    #[must_use]
    pub const fn field(&self) -> Field {
        self.field
    }

    /// Returns the offset of the error in the input: in octets, or in digits for an invalid
    /// hexadecimal digit.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the kind of error.
    #[must_use]
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }
}

/// The kind of a [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The PDU ends inside a mandatory field.
    #[error("needs {} more octet{} but {left} {} left", .needed, if *.needed == 1 { "" } else { "s" }, if *.left == 1 { "is" } else { "are" })]
    Truncated {
        /// Octets that the field needs from the offset on.
        needed: usize,
        /// Octets that are available.
        left: usize,
    },
    /// The message type in the first octet is another one than requested.
    #[error("message type {0} is another kind of tpdu")]
    MessageType(
        /// TP-MTI, 0 to 3.
        u8,
    ),
    /// The service centre address is longer than the 14 octets of digits that fit.
    #[error("an address of {0} octets is longer than 15")]
    AddressLength(
        /// The length octet.
        u8,
    ),
    /// A character is not a hexadecimal digit.
    #[error("character {:?} is not a hexadecimal digit", char::from(*.0))]
    HexDigit(
        /// The character.
        u8,
    ),
    /// The number of hexadecimal digits is odd: the last octet is cut in half.
    #[error("the last octet has only one hexadecimal digit")]
    HalfOctet,
    /// The PDU has more octets than any PDU.
    #[error("a pdu of {0} octets is longer than 300")]
    TooLong(
        /// The number of octets.
        usize,
    ),
    /// A cell broadcast page has more octets than any page.
    #[error("a page of {0} octets is longer than 88")]
    PageLength(
        /// The number of octets.
        usize,
    ),
}

/// An error of writing a value as a PDU.
///
/// # Examples
///
/// ```
/// let submit = pdu::Submit::new("+37120000000".parse()?);
/// let error = submit.encode(&mut [0; 4]).unwrap_err();
/// assert_eq!(error.to_string(), "the buffer holds 4 octets but 13 are needed");
/// # Ok::<(), pdu::AddressError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small.
    #[error("the buffer holds {available} octets but {needed} are needed")]
    BufferTooSmall {
        /// Octets (or hex digits) that the value takes.
        needed: usize,
        /// Octets (or hex digits) that the buffer holds.
        available: usize,
    },
    /// The user data counts septets and the data coding scheme octets, or the reverse.
    #[error("the user data holds {} but the data coding scheme {dcs:#04x} says {}", if *.septets { "septets" } else { "octets" }, if *.septets { "octets" } else { "septets" })]
    CodingMismatch {
        /// TP-DCS.
        dcs: u8,
        /// Set if the user data counts septets.
        septets: bool,
    },
}
