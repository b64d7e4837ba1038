//! USSD strings as modems write them in `+CUSD`, 3GPP TS 27.007, 7.15 and TS 23.038, 5.

use alloc::string::String;
use alloc::vec::Vec;

use gsm7::charset::Charset;

use crate::cbs_dcs::CbsDcs;
use crate::dcs::{CharacterSet, Dcs};
use crate::likelihood::{code_bits, text_bits};
use crate::ussd::UssdString;

/// The encoding in which a modem writes USSD strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum UssdEncoding {
    /// In the character set of `+CSCS`.
    Plain,
    /// Packed septets in hexadecimal digits, as written by Huawei modems.
    Packed,
    /// UTF-16 units in hexadecimal digits.
    Ucs2,
    /// Bytes of ISO 8859-1 in hexadecimal digits.
    Bytes,
}

/// A reader for the strings of `+CUSD`, which modems write in several encodings.
///
/// By the standard the data coding scheme names the encoding: a string in the default alphabet is
/// in the character set of `+CSCS`, and any other one is in hexadecimal digits. Modems differ, and
/// many report a wrong scheme. The first row that applies decides:
///
/// | # | Condition | Reading | [Reason](UssdReason) |
/// |---|---|---|---|
/// | 1 | the application [forces](Self::force) an encoding that the string can have | that encoding | `Forced` |
/// | 2 | the string is not an even number of hexadecimal digits | plain | `NotHexadecimal` |
/// | 3 | the scheme names UCS-2, and there are whole units | UCS-2 | `Scheme` |
/// | 4 | the character set is UCS2, and there are whole units that read as text | plain | `CharacterSet` |
/// | 5 | only decimal digits, and the scheme is UCS-2 in SMS (such as 8) and the units read as ASCII | UCS-2 | `Scheme` |
/// | 6 | only decimal digits, and the character set is not HEX | plain | `Digits` |
/// | 7 | at most four digits, and they are letters or the modem has no other [habit](Self::habit) | plain | `Short` |
/// | 8 | any other string | the shortest description | `Shortest` |
///
/// The shortest description is the reading that needs the fewest bits in a simple model of text. A
/// letter of a small script takes 7 bits, an ideograph 13, the change to another script 8. A code
/// takes 4 bits for each digit, or 2.6 if all are letters, such as `FACE`. An encoding that neither
/// the scheme nor the standard suggests takes 10 bits more, and the habit of the modem saves 16.
/// The model covers every script of Unicode.
///
/// Texts of eight characters and more in 75 languages are read rightly in every form under every
/// scheme of 7-bit or 8-bit text, unless they are in UCS-2 and all digits are decimal. Of 10,000
/// codes of random digits at most 52 are read as texts if they have 24 digits or fewer, and 113 if
/// they have 32. A text in UCS-2 of two to five ideographs, or a packed one of up to four letters,
/// has the shape of a code, and is plain without a habit.
///
/// # Examples
///
/// ```
/// use gsm7::charset::Charset;
/// use pdu::{CbsDcs, UssdEncoding, UssdReader};
///
/// let reader = UssdReader::new(Charset::Gsm).dcs(CbsDcs::GSM7);
/// let read = |string: &str| reader.read(string.as_bytes());
/// assert_eq!(read("Balance: 5").text, "Balance: 5");
/// assert_eq!(read("447700900123").text, "447700900123");
/// assert_eq!(read("DEADBEEF").text, "DEADBEEF");
/// assert_eq!(read("EBB79B1E0685E9ECF4BADE9E03").text, "konta atlikums");
/// assert_eq!(read("60A876844F59989D").encoding, UssdEncoding::Plain);
/// assert_eq!(read("60A876844F59989D4E3A003500305143").text, "您的余额为50元");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "CUSD")]
pub struct UssdReader {
    charset: Charset,
    dcs: Option<CbsDcs>,
    habit: Option<UssdEncoding>,
    forced: Option<UssdEncoding>,
}

/// The reading of a USSD string.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UssdReading {
    /// The text.
    pub text: String,
    /// The encoding in which the string was read.
    pub encoding: UssdEncoding,
    /// The reason for that encoding.
    pub reason: UssdReason,
}

/// The reason for the encoding in which a USSD string was read; see the table of [`UssdReader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UssdReason {
    /// The application forces the encoding.
    Forced,
    /// The string is not in hexadecimal digits.
    NotHexadecimal,
    /// The data coding scheme names the encoding.
    Scheme,
    /// The character set in force names the encoding.
    CharacterSet,
    /// The string has only decimal digits.
    Digits,
    /// The string is too short to be anything but a code.
    Short,
    /// The reading is the likeliest one.
    Shortest,
}

/// The additional bits of an encoding that neither the scheme nor the standard suggests.
const SURPRISE: i32 = 10;

/// The bits of UCS-2 text that ends before the last octet, or of spare bits that are set.
const FLAW: u32 = 24;

/// The bits that the habit of a modem saves.
const HABIT: i32 = 16;

impl UssdReader {
    /// Creates a reader for strings of a modem whose character set (`+CSCS`) is `charset`.
    #[must_use]
    pub const fn new(charset: Charset) -> Self {
        Self { charset, dcs: None, habit: None, forced: None }
    }

    /// Sets the data coding scheme that the modem reports with the string.
    #[must_use]
    pub const fn dcs(mut self, dcs: CbsDcs) -> Self {
        self.dcs = Some(dcs);
        self
    }

    /// Sets the encoding of the modem's earlier strings, as far as
    /// [`UssdReading::habit`] found one.
    #[must_use]
    pub const fn habit(mut self, encoding: UssdEncoding) -> Self {
        self.habit = Some(encoding);
        self
    }

    /// Forces an encoding. A string that cannot have it is plain.
    #[must_use]
    pub const fn force(mut self, encoding: UssdEncoding) -> Self {
        self.forced = Some(encoding);
        self
    }

    /// Reads a string: the bytes between the quotes of `+CUSD`.
    ///
    /// Any string is read: a character that cannot be decoded is U+FFFD. A language before the text
    /// is left out, as is a carriage return that fills the last octet of packed septets. UCS-2 text
    /// ends at U+0000 or U+FFFF, after which some modems write the rest of their buffer.
    #[must_use]
    pub fn read(&self, string: &[u8]) -> UssdReading {
        let octets = unhex(string);
        if let Some(forced) = self.forced {
            return match self.read_as(forced, string, octets.as_deref()) {
                Some(text) => UssdReading { text, encoding: forced, reason: UssdReason::Forced },
                None => self.plain(string, UssdReason::NotHexadecimal),
            };
        }
        let Some(octets) = octets else {
            return self.plain(string, UssdReason::NotHexadecimal);
        };
        let has_units = octets.len() % 2 == 0;
        if has_units && self.character_set() == CharacterSet::Ucs2 && !self.is_compressed() {
            return self.ucs2(&octets, UssdReason::Scheme);
        }
        if has_units && self.charset == Charset::Ucs2 {
            let reading = self.plain(string, UssdReason::CharacterSet);
            if text_bits(&reading.text) <= code_bits(string) {
                return reading;
            }
        }
        let is_number = string.iter().all(u8::is_ascii_digit);
        if is_number && has_units && self.is_ucs2_in_sms() && is_ascii(&octets) {
            return self.ucs2(&octets, UssdReason::Scheme);
        }
        // The digits are not in UCS2 then: some modems write some answers plainly.
        let reader = match self.charset {
            Charset::Ucs2 => Self { charset: Charset::Ira, ..*self },
            _ => *self,
        };
        let is_hex = self.charset == Charset::Hex;
        if is_number && !is_hex {
            return reader.plain(string, UssdReason::Digits);
        }
        let has_habit = self.habit.is_some_and(|habit| habit != UssdEncoding::Plain);
        let is_word = !has_habit || string.iter().all(u8::is_ascii_alphabetic);
        if string.len() <= 4 && is_word && !is_hex {
            return reader.plain(string, UssdReason::Short);
        }
        reader.shortest(string, &octets)
    }

    /// The reading with the shortest description; of equal ones the plainest.
    fn shortest(&self, string: &[u8], octets: &[u8]) -> UssdReading {
        use UssdEncoding::{Bytes, Packed, Plain, Ucs2};

        let is_code = self.charset != Charset::Hex;
        let candidates = [Plain, Ucs2, Packed, Bytes].into_iter().filter_map(|encoding| {
            let text = self.read_as(encoding, string, Some(octets))?;
            (!text.is_empty()).then_some(())?;
            let bits = match encoding {
                Plain if is_code => code_bits(string),
                Ucs2 if is_cut(octets) => text_bits(&text) + FLAW,
                Packed if has_spare_bits(octets) => text_bits(&text) + FLAW,
                _ => text_bits(&text),
            };
            let bits = i32::try_from(bits).unwrap_or(i32::MAX / 2);
            let surprise = if self.suggests(encoding) { 0 } else { SURPRISE };
            let habit = if self.habit == Some(encoding) { HABIT } else { 0 };
            Some((bits + surprise - habit, text, encoding))
        });
        match candidates.min_by_key(|(bits, ..)| *bits) {
            Some((_, text, encoding)) => {
                UssdReading { text, encoding, reason: UssdReason::Shortest }
            }
            None => self.plain(string, UssdReason::Shortest),
        }
    }

    /// Returns `true` for an encoding that the scheme, or the standard without a scheme, suggests.
    fn suggests(&self, encoding: UssdEncoding) -> bool {
        match encoding {
            UssdEncoding::Plain => true,
            UssdEncoding::Packed => false,
            UssdEncoding::Ucs2 => {
                self.character_set() == CharacterSet::Ucs2 || self.is_ucs2_in_sms()
            }
            UssdEncoding::Bytes => self.character_set() == CharacterSet::Data,
        }
    }

    /// Reads a string in an encoding; `None` if the string cannot have it.
    fn read_as(
        &self,
        encoding: UssdEncoding,
        string: &[u8],
        octets: Option<&[u8]>,
    ) -> Option<String> {
        let decode = |wanted: CharacterSet, fallback: CbsDcs| {
            let fits = self.character_set() == wanted && !self.is_compressed();
            let dcs = self.dcs.filter(|_| fits).unwrap_or(fallback);
            UssdString::new(dcs, octets?.to_vec()).text()
        };
        match encoding {
            UssdEncoding::Plain => Some(self.plain_text(string)),
            UssdEncoding::Packed => decode(CharacterSet::Gsm7, CbsDcs::GSM7),
            UssdEncoding::Ucs2 => {
                octets.filter(|octets| octets.len() > 1)?;
                decode(CharacterSet::Ucs2, CbsDcs::UCS2)
            }
            UssdEncoding::Bytes => Some(octets?.iter().copied().map(char::from).collect()),
        }
    }

    fn ucs2(&self, octets: &[u8], reason: UssdReason) -> UssdReading {
        let text = self.read_as(UssdEncoding::Ucs2, &[], Some(octets)).unwrap_or_default();
        UssdReading { text, encoding: UssdEncoding::Ucs2, reason }
    }

    fn plain(&self, string: &[u8], reason: UssdReason) -> UssdReading {
        UssdReading { text: self.plain_text(string), encoding: UssdEncoding::Plain, reason }
    }

    /// The string in the character set in force, without the language that its scheme announces.
    fn plain_text(&self, string: &[u8]) -> String {
        let text = self.charset.decode(string);
        let announces = self.character_set() == CharacterSet::Gsm7
            && self.dcs.is_some_and(CbsDcs::has_language_prefix);
        match text.as_bytes() {
            [a, b, b'\r', ..] if announces && [a, b].iter().all(|a| a.is_ascii_alphabetic()) => {
                text.get(3..).unwrap_or_default().into()
            }
            _ => text,
        }
    }

    fn character_set(&self) -> CharacterSet {
        self.dcs.map_or(CharacterSet::Gsm7, CbsDcs::character_set)
    }

    fn is_compressed(&self) -> bool {
        self.dcs.is_some_and(CbsDcs::is_compressed)
    }

    /// Returns `true` for a scheme that is UCS-2 in SMS, which some modems report for USSD.
    fn is_ucs2_in_sms(&self) -> bool {
        self.dcs.is_some_and(|dcs| {
            Dcs::from_raw(dcs.raw()).character_set() == CharacterSet::Ucs2
                && dcs.character_set() == CharacterSet::Gsm7
        })
    }
}

impl UssdReading {
    /// Returns the encoding as a habit of the modem for [`UssdReader::habit`], if the string
    /// proves one: the string was long enough, and neither forced nor named by its scheme.
    #[must_use]
    pub const fn habit(&self) -> Option<UssdEncoding> {
        match self.reason {
            UssdReason::NotHexadecimal | UssdReason::Shortest => Some(self.encoding),
            _ => None,
        }
    }
}

/// The octets of a string that is an even number of hexadecimal digits.
fn unhex(string: &[u8]) -> Option<Vec<u8>> {
    let mut octets = alloc::vec![0; string.len() / 2];
    (!string.is_empty()).then_some(())?;
    crate::hex::decode(string, &mut octets)?;
    Some(octets)
}

/// Returns `true` if UCS-2 text ends within a unit, or before the rest of a buffer.
fn is_cut(units: &[u8]) -> bool {
    units.chunks(2).any(|unit| matches!(unit, [_] | [0, 0] | [0xFF, 0xFF]))
}

/// Returns `true` if bits after the last whole septet are set.
fn has_spare_bits(packed: &[u8]) -> bool {
    let spare = packed.len() * 8 % 7;
    packed.last().is_some_and(|last| u32::from(*last) >> (8 - spare) != 0)
}

/// Returns `true` if all units are printable characters of ASCII.
fn is_ascii(units: &[u8]) -> bool {
    units.chunks_exact(2).all(|unit| matches!(unit, [0, 0x20..=0x7E]))
}
