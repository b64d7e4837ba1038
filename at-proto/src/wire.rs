//! The octets between two quotes of a command line, 3GPP TS 27.007, 5.5 and ITU-T V.250, 5.4.2.2.

use alloc::vec::Vec;
use core::fmt;

use crate::request::Refused;

/// The content of a quoted string of a command line, in the modem's current character set.
///
/// What stands between the quotes depends on `+CSCS`; the coding is the caller's, this type makes
/// sure that the result stays one string: an octet that would end the string or the line is refused,
/// so that no number, code or text can smuggle in a command.
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
    /// Takes octets that are coded already.
    ///
    /// # Errors
    ///
    /// [`Refused::Octet`] with the position of the first quote, carriage return, line feed, Ctrl-Z or escape.
    pub fn new(octets: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let octets = octets.into();
        match octets.iter().position(|&octet| matches!(octet, b'"' | b'\r' | b'\n' | 0x1A | 0x1B)) {
            Some(at) => Err(Refused::Octet { at, octet: octets[at] }),
            None => Ok(Self(octets)),
        }
    }

    /// The octets as they go between the quotes.
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
    fn what_would_end_the_string_or_the_line_is_refused() {
        for octet in [b'"', b'\r', b'\n', 0x1A, 0x1B] {
            assert_eq!(WireString::new([b'a', octet]), Err(Refused::Octet { at: 1, octet }));
        }
        assert_eq!(alloc::format!("{:?}", WireString::new([b'a', 0]).unwrap()), r#""a\x00""#);
        for octet in (0..=255u8).filter(|octet| !b"\"\r\n\x1a\x1b".contains(octet)) {
            assert_eq!(WireString::new([octet]).unwrap().as_bytes(), [octet]);
        }
    }
}
