//! Errors of encoding and packing, and flaws of decoded octets.

use thiserror::Error;

/// An error of packing septets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PackError {
    /// The caller's buffer cannot hold the packed octets.
    #[error("the buffer has room for {available} octets and {needed} are needed")]
    BufferTooSmall {
        /// Octets that would be written.
        needed: usize,
        /// Octets that the buffer has.
        available: usize,
    },
    /// An octet of the input does not fit into 7 bits.
    #[error("octet {value:#04x} at index {index} is not a septet")]
    NotASeptet {
        /// The index in the input.
        index: usize,
        /// The octet there.
        value: u8,
    },
    /// More than 6 fill bits.
    #[error("{0} fill bits: at most 6 can stand before the first septet")]
    FillBits(u8),
}

/// An error of unpacking octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The octets end before the last septet.
    #[error("the septets need {needed} octets and there are {available}")]
    Truncated {
        /// Octets that the septets take.
        needed: usize,
        /// Octets that are available.
        available: usize,
    },
    /// The caller's buffer cannot hold the septets.
    #[error("the buffer has room for {available} septets and {needed} are needed")]
    BufferTooSmall {
        /// Septets that would be written.
        needed: usize,
        /// Septets that the buffer has room for.
        available: usize,
    },
    /// More than 6 fill bits.
    #[error("{0} fill bits: at most 6 can stand before the first septet")]
    FillBits(u8),
}

/// An error of encoding a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A character is not in the alphabet.
    #[error("character {character:?} at byte {position} is not in the alphabet")]
    NotInAlphabet {
        /// The byte position in the text.
        position: usize,
        /// The character there.
        character: char,
    },
    /// The replacement for characters that the alphabet lacks is not in the alphabet.
    #[error("replacement {0:?} is not in the alphabet")]
    Replacement(char),
    /// The caller's buffer cannot hold the result.
    #[error("the buffer has room for {available} octets and {needed} are needed")]
    BufferTooSmall {
        /// Octets that would be written.
        needed: usize,
        /// Octets that the buffer has.
        available: usize,
    },
}

/// The caller's buffer cannot hold the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the buffer has room for {available} bytes and {needed} are needed")]
#[non_exhaustive]
pub struct BufferTooSmall {
    /// Bytes that the text has in UTF-8.
    pub needed: usize,
    /// Bytes that the buffer has.
    pub available: usize,
}

/// A flaw of octets that were decoded anyway: the first one, with its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The alphabet has no character at this position; it reads as U+FFFD.
    #[error("septet {septet:#04x} at index {index} has no character")]
    Undefined {
        /// The index among the septets.
        index: usize,
        /// The septet there.
        septet: u8,
    },
    /// The extension table has no character for the septet; it reads as if there were no escape,
    /// 3GPP TS 23.038, 6.2.1.1.
    #[error("septet {septet:#04x} after the escape at index {index} has no character")]
    UndefinedExtension {
        /// The index of the escape among the septets.
        index: usize,
        /// The septet after the escape.
        septet: u8,
    },
    /// An escape follows an escape, which is reserved for another table. Both read as one space,
    /// 3GPP TS 23.038, 6.2.1.1.
    #[error("the escape at index {index} is followed by a reserved escape")]
    ReservedEscape {
        /// The index of the first escape among the septets.
        index: usize,
    },
    /// Nothing follows the escape; it reads as a space.
    #[error("nothing follows the escape at index {index}")]
    DanglingEscape {
        /// The index of the escape among the septets.
        index: usize,
    },
    /// Half of a surrogate pair stands alone; it reads as U+FFFD.
    #[error("half of a surrogate pair, {unit:#06x}, stands alone at octet {index}")]
    LoneSurrogate {
        /// The index among the octets.
        index: usize,
        /// The UTF-16 unit there.
        unit: u16,
    },
    /// An octet follows the last whole UTF-16 unit; it is not read.
    #[error("octet {octet:#04x} at index {index} is half of a UTF-16 unit")]
    OddOctet {
        /// The index among the octets.
        index: usize,
        /// The octet there.
        octet: u8,
    },
    /// Octets that should be pairs of hexadecimal digits are not; they are read as they are.
    #[error("octet {octet:#04x} at index {index} is not one of a pair of hexadecimal digits")]
    NotHexadecimal {
        /// The index of the first octet that is not a digit, or that has no second digit.
        index: usize,
        /// The octet there.
        octet: u8,
    },
}

/// A decoded text with its first flaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// The complete text: octets with a flaw are replaced, never left out.
    pub text: &'a str,
    /// The first flaw.
    pub flaw: Option<Flaw>,
}

impl<'a> Decoded<'a> {
    /// Returns the text, if it has no flaw.
    ///
    /// # Errors
    ///
    /// The first [`Flaw`].
    pub fn strict(self) -> Result<&'a str, Flaw> {
        self.flaw.map_or(Ok(self.text), Err)
    }
}
