//! Character sets of `+CSCS`, 3GPP TS 27.007, 5.5.

use alloc::string::String;
use alloc::vec::Vec;

use crate::alphabet::Alphabet;
use crate::error::{EncodeError, Flaw};
use crate::{decode, encode, ucs2};

/// The character set that a modem and its host write strings in, 3GPP TS 27.007, 5.5.
///
/// It is selected with `AT+CSCS` and holds for the strings of commands and answers.
///
/// # Examples
///
/// ```
/// use gsm7::charset::Charset;
///
/// assert_eq!(Charset::Gsm.encode("@home"), Ok(b"\x00home".to_vec()));
/// assert_eq!(Charset::Ucs2.encode("Жук"), Ok(b"04160443043A".to_vec()));
/// assert_eq!(Charset::Ucs2.decode(b"04160443043A"), "Жук");
/// ```
///
/// With the feature `serde` a character set is its name in `AT+CSCS`: `"UCS2"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "AT+CSCS")]
#[non_exhaustive]
pub enum Charset {
    /// `GSM`: a septet of the default alphabet in each octet.
    #[cfg_attr(feature = "serde", serde(rename = "GSM"))]
    Gsm,
    /// `IRA`: the international reference alphabet of ITU-T T.50, which is ASCII.
    #[cfg_attr(feature = "serde", serde(rename = "IRA"))]
    Ira,
    /// `UCS2`: four hexadecimal digits for each UTF-16 unit.
    #[cfg_attr(feature = "serde", serde(rename = "UCS2"))]
    Ucs2,
    /// `HEX`: two hexadecimal digits for each septet of the default alphabet.
    #[cfg_attr(feature = "serde", serde(rename = "HEX"))]
    Hex,
    /// `8859-1`: ISO 8859-1, Latin 1.
    #[cfg_attr(feature = "serde", serde(rename = "8859-1"))]
    Iso8859_1,
}

impl Charset {
    /// All character sets of this type.
    pub const ALL: [Self; 5] = [Self::Gsm, Self::Ira, Self::Ucs2, Self::Hex, Self::Iso8859_1];

    /// The name in `AT+CSCS`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gsm => "GSM",
            Self::Ira => "IRA",
            Self::Ucs2 => "UCS2",
            Self::Hex => "HEX",
            Self::Iso8859_1 => "8859-1",
        }
    }

    /// Returns the character set with this name in `AT+CSCS`, in upper or lower case.
    ///
    /// # Examples
    ///
    /// ```
    /// use gsm7::charset::Charset;
    ///
    /// assert_eq!(Charset::from_name("UCS2"), Some(Charset::Ucs2));
    /// assert_eq!(Charset::from_name("PCCP437"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|charset| charset.name().eq_ignore_ascii_case(name))
    }

    /// Encodes a text as the octets between the quotes of a string.
    ///
    /// The octets are not escaped: in `GSM` the letter Ξ is Ctrl-Z, and an extension character has
    /// an escape.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInAlphabet`] for the first character that the set lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Gsm => encode::encode_to_vec(text, Alphabet::DEFAULT),
            Self::Hex => {
                encode::encode_to_vec(text, Alphabet::DEFAULT).map(|septets| hex(&septets))
            }
            Self::Ucs2 => Ok(hex(&ucs2::encode_to_vec(text))),
            Self::Ira => narrow(text, 0x7F),
            Self::Iso8859_1 => narrow(text, 0xFF),
        }
    }

    /// Decodes the octets between the quotes of a string.
    ///
    /// Nothing is refused: an octet without a character reads as U+FFFD. Octets that should be
    /// hexadecimal and are not read as `IRA`, since some modems that are set to `UCS2` still write
    /// some answers plainly.
    #[must_use]
    pub fn decode(self, octets: &[u8]) -> String {
        self.read(octets).0
    }

    /// Decodes like [`decode`](Self::decode), but refuses octets with a flaw.
    ///
    /// # Errors
    ///
    /// The first [`Flaw`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gsm7::{Flaw, charset::Charset};
    ///
    /// assert_eq!(Charset::Ucs2.decode(b"MegaFon"), "MegaFon");
    /// assert_eq!(
    ///     Charset::Ucs2.decode_strict(b"MegaFon"),
    ///     Err(Flaw::NotHexadecimal { index: 0, octet: b'M' }),
    /// );
    /// ```
    pub fn decode_strict(self, octets: &[u8]) -> Result<String, Flaw> {
        let (text, flaw) = self.read(octets);
        flaw.map_or(Ok(text), Err)
    }

    fn read(self, octets: &[u8]) -> (String, Option<Flaw>) {
        match self {
            Self::Gsm => septets(octets),
            Self::Hex => match unhex(octets) {
                Ok(octets) => septets(&octets),
                Err(flaw) => (widen(octets, 0x7F).0, Some(flaw)),
            },
            Self::Ucs2 => match unhex(octets) {
                Ok(octets) => {
                    let mut chars = ucs2::chars(&octets);
                    (chars.by_ref().collect(), chars.flaw())
                }
                Err(flaw) => (widen(octets, 0x7F).0, Some(flaw)),
            },
            Self::Ira => widen(octets, 0x7F),
            Self::Iso8859_1 => widen(octets, 0xFF),
        }
    }
}

fn septets(octets: &[u8]) -> (String, Option<Flaw>) {
    let mut chars = decode::chars(octets, Alphabet::DEFAULT);
    (chars.by_ref().collect(), chars.flaw())
}

/// Encodes one octet per character; no code point may be above `last`.
fn narrow(text: &str, last: u8) -> Result<Vec<u8>, EncodeError> {
    let octet = |(position, character)| {
        let octet = u8::try_from(u32::from(character)).ok().filter(|&octet| octet <= last);
        octet.ok_or(EncodeError::NotInAlphabet { position, character })
    };
    text.char_indices().map(octet).collect()
}

/// Decodes one character per octet; an octet above `last` reads as U+FFFD.
fn widen(octets: &[u8], last: u8) -> (String, Option<Flaw>) {
    let character = |&octet| {
        if octet <= last { char::from(octet) } else { char::REPLACEMENT_CHARACTER }
    };
    let flaw = octets.iter().position(|&octet| octet > last);
    let flaw = flaw.map(|index| Flaw::Undefined { index, septet: octets[index] });
    (octets.iter().map(character).collect(), flaw)
}

fn hex(octets: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 0x0F])
        .map(|nibble| DIGITS[usize::from(nibble)])
        .collect()
}

fn unhex(digits: &[u8]) -> Result<Vec<u8>, Flaw> {
    let odd = if digits.len() % 2 == 1 { digits.len().checked_sub(1) } else { None };
    let stray = digits.iter().position(|digit| !digit.is_ascii_hexdigit()).or(odd);
    if let Some(index) = stray {
        return Err(Flaw::NotHexadecimal { index, octet: digits[index] });
    }
    let value = |digit: u8| {
        if digit <= b'9' { digit & 0x0F } else { (digit & 0x0F) + 9 }
    };
    Ok(digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect())
}
