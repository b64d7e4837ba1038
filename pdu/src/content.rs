//! The content of cell broadcast pages and USSD strings, 3GPP TS 23.038, 5 and 6.1.2.

use core::fmt;

use gsm7::Alphabet;

use crate::cbs_dcs::CbsDcs;
use crate::dcs::CharacterSet;
use crate::header::Header;
use crate::user_data::fill;

const CARRIAGE_RETURN: u8 = 0x0D;

/// A language as two letters of ISO 639.
///
/// # Examples
///
/// ```
/// assert_eq!(pdu::CbsDcs::from_raw(0x01).language(), Some("en"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageCode([u8; 2]);

impl LanguageCode {
    pub(crate) fn new(letters: [u8; 2]) -> Option<Self> {
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(letters.map(|letter| letter.to_ascii_lowercase())))
    }

    /// Returns the two letters, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Never fails: both are ASCII letters.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Octets in a coding of cell broadcast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content<'a> {
    dcs: CbsDcs,
    /// The header with its length octet.
    header: &'a [u8],
    body: &'a [u8],
}

impl<'a> Content<'a> {
    pub(crate) fn new(dcs: CbsDcs, octets: &'a [u8]) -> Self {
        let header = match octets.first() {
            Some(&len) if dcs.has_header() => octets.get(..usize::from(len) + 1),
            _ => None,
        };
        let header = header.unwrap_or_default();
        Self { dcs, header, body: &octets[header.len()..] }
    }

    pub(crate) fn language(&self) -> Option<LanguageCode> {
        match self.dcs.raw() {
            0x10 => {
                let mut septets = [0; 2];
                gsm7::unpack(self.body, 0, &mut septets).ok()?;
                LanguageCode::new(septets)
            }
            0x11 => {
                let mut septets = [0; 2];
                gsm7::unpack(self.body.get(..2)?, 0, &mut septets).ok()?;
                LanguageCode::new(septets)
            }
            _ => LanguageCode::new(self.dcs.language()?.as_bytes().try_into().ok()?),
        }
    }

    /// Returns the number of octets that `septets` needs.
    pub(crate) fn septet_count(&self) -> usize {
        gsm7::septet_capacity(self.body.len(), self.fill())
    }

    /// Unpacks septets without the language into `out`, which must hold
    /// [`septet_count`](Self::septet_count).
    pub(crate) fn septets<'b>(&self, out: &'b mut [u8]) -> &'b [u8] {
        let Some(out) = out.get_mut(..self.septet_count()) else {
            return &[];
        };
        if gsm7::unpack(self.body, self.fill(), out).is_err() {
            return &[];
        }
        match &*out {
            [_, _, CARRIAGE_RETURN, text @ ..] if self.dcs.raw() == 0x10 => text,
            text => text,
        }
    }

    /// Returns the UTF-16 units without the language, up to the first U+0000 or U+FFFF. Some modems
    /// append the rest of their buffer after it.
    pub(crate) fn units(&self) -> &'a [u8] {
        let units = match self.dcs.raw() {
            0x11 => self.body.get(2..).unwrap_or_default(),
            _ => self.body,
        };
        let end = units.chunks_exact(2).position(|unit| matches!(unit, [0, 0] | [0xFF, 0xFF]));
        end.map_or(units, |end| &units[..2 * end])
    }

    /// Returns the alphabet of 7-bit text.
    pub(crate) fn alphabet(&self) -> Alphabet {
        let header = self.header.get(1..).and_then(Header::new);
        header.map_or(Alphabet::DEFAULT, |header| header.alphabet())
    }

    /// Returns the character set of the octets, or `None` if they are compressed.
    pub(crate) fn character_set(&self) -> Option<CharacterSet> {
        (!self.dcs.is_compressed()).then(|| self.dcs.character_set())
    }

    fn fill(&self) -> u8 {
        fill(self.header.len()).0
    }
}

/// Removes the carriage returns that fill a page, from septets.
pub(crate) fn trim_septets(septets: &[u8]) -> &[u8] {
    let end =
        septets.iter().rposition(|&septet| septet != CARRIAGE_RETURN).map_or(0, |last| last + 1);
    &septets[..end]
}

/// Removes the carriage returns that fill a page, from UTF-16 units.
pub(crate) fn trim_units(mut units: &[u8]) -> &[u8] {
    while let [rest @ .., 0, CARRIAGE_RETURN] = units {
        units = rest;
    }
    units
}

/// Returns the UTF-16 units after a byte order mark, in the order of the standard.
///
/// 3GPP TS 23.038, 6.2.3 knows only the high octet first and no mark, but some senders write one,
/// and other mobiles obey it. `swapped` holds at most as many octets as it has.
#[inline]
pub(crate) fn in_order<'a>(units: &'a [u8], swapped: &'a mut [u8]) -> &'a [u8] {
    match units {
        [0xFE, 0xFF, rest @ ..] => rest,
        [0xFF, 0xFE, rest @ ..] if rest.len() <= swapped.len() => {
            let swapped = &mut swapped[..rest.len()];
            swapped.copy_from_slice(rest);
            swapped.chunks_exact_mut(2).for_each(<[u8]>::reverse);
            swapped
        }
        _ => units,
    }
}
