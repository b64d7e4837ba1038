//! The bytes between two quotes of a command line, 3GPP TS 27.007, 5.5 and ITU-T V.250, 5.4.2.2.

use alloc::vec::Vec;
use core::fmt;

use crate::request::Refused;

/// A quoted string of a command line, in the modem's current character set.
///
/// The coding depends on `+CSCS` and is the caller's. This type ensures that the string stays one
/// string: a quote would end it, and a control character would end or edit the line. No number,
/// code or text can inject a command.
///
/// In the default alphabet of 3GPP TS 23.038 some letters have the codes of control characters: `@`
/// is 0x00, `ò` is 0x08. Write these in hexadecimal, in the character set `UCS2` or `HEX`.
///
/// # Examples
///
/// ```
/// use at_proto::WireString;
///
/// assert_eq!(WireString::new("*100#")?.as_bytes(), b"*100#");
/// assert!(WireString::new("1\"\rAT+CMGD=1,4\r").is_err());
/// # Ok::<(), at_proto::Refused>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct WireString(Vec<u8>);

impl WireString {
    /// Takes bytes that are coded already.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] with the position of the first quote or control character.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let bytes = bytes.into();
        Refused::check(&bytes, |_, byte| byte != b'"' && !byte.is_ascii_control())?;
        Ok(Self(bytes))
    }

    /// The bytes between the quotes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WireString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl TryFrom<&str> for WireString {
    type Error = Refused;

    fn try_from(text: &str) -> Result<Self, Refused> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_would_end_or_edit_the_line_is_refused() {
        for byte in (0..0x20).chain([b'"', 0x7F]) {
            assert_eq!(WireString::new([b'a', byte]), Err(Refused::Byte { at: 1, byte }));
        }
        assert_eq!(alloc::format!("{:?}", WireString::new([b'a', 0xFF]).unwrap()), r#""a\xff""#);
        for byte in (0x20..=0xFF).filter(|byte| !matches!(byte, b'"' | 0x7F)) {
            assert_eq!(WireString::new([byte]).unwrap().as_bytes(), [byte]);
        }
    }
}
