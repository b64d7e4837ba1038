//! UCS-2, which is UTF-16BE, 3GPP TS 23.038, 6.2.3.
//!
//! The standard says UCS-2; in practice surrogate pairs are sent and received, emoji among them.

use core::fmt;
use core::iter::FusedIterator;

use crate::FAST;
use crate::error::{BufferTooSmall, Decoded, EncodeError, Flaw};
use crate::plain::{BLOCK, Backoff};
use crate::utf8;

/// Units that are decoded together.
const CHUNK: usize = 8;

/// Counts the UTF-16 units that a text takes: 1 or 2 per character, each of 2 octets.
///
/// # Examples
///
/// ```
/// assert_eq!(gsm7::ucs2::count("né 😀"), 5);
/// ```
#[must_use]
#[doc(alias = "emoji")]
pub fn count(text: &str) -> usize {
    // The first octet of each character counts, and that of a character of two units twice.
    let units = |octet: u8| usize::from(octet & 0xC0 != 0x80) + usize::from(octet >= 0xF0);
    text.bytes().map(units).sum()
}

/// Encodes a text as UTF-16BE and returns the number of octets written: two per unit.
///
/// # Errors
///
/// [`EncodeError::BufferTooSmall`] if `out` is shorter than two octets per unit. `out` may then be
/// partly written.
///
/// # Examples
///
/// ```
/// let mut octets = [0; 4];
/// assert_eq!(gsm7::ucs2::encode("😀", &mut octets), Ok(4));
/// assert_eq!(octets, [0xD8, 0x3D, 0xDE, 0x00]);
/// ```
pub fn encode(text: &str, out: &mut [u8]) -> Result<usize, EncodeError> {
    let available = out.len();
    let mut targets = out.chunks_exact_mut(2);
    let mut put = |unit: u16| match targets.next() {
        Some(target) => {
            target.copy_from_slice(&unit.to_be_bytes());
            Ok(())
        }
        None => Err(EncodeError::BufferTooSmall { needed: 2 * count(text), available }),
    };
    // By octets, which takes half the time of `encode_utf16`. A text ends after a whole character.
    let bits = |octet: &u8| u16::from(octet & 0x3F);
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (0x80..=0xDF, [second, rest @ ..]) => {
                put(u16::from(first & 0x1F) << 6 | bits(second))?;
                rest
            }
            (0xE0..=0xEF, [second, third, rest @ ..]) => {
                put(u16::from(*first) << 12 | bits(second) << 6 | bits(third))?;
                rest
            }
            (0xF0.., [second, third, fourth, rest @ ..]) => {
                // The highest ten bits, less the code point at which pairs begin.
                let high = u16::from(first & 7) << 8 | bits(second) << 2 | bits(third) >> 4;
                put(0xD800 + (high - 0x40))?;
                put(0xDC00 | (bits(third) & 0xF) << 6 | bits(fourth))?;
                rest
            }
            _ => {
                put(u16::from(*first))?;
                tail
            }
        };
    }
    let left = 2 * targets.len() + targets.into_remainder().len();
    Ok(available - left)
}

/// An iterator over the characters of UTF-16BE, from [`chars`].
///
/// Nothing is refused; the first flaw is available from [`flaw`](Chars::flaw). Displays as the
/// remaining text.
#[derive(Clone, Debug)]
pub struct Chars<'a> {
    octets: &'a [u8],
    index: usize,
    flaw: Option<Flaw>,
}

/// Iterates over the characters of UTF-16BE.
///
/// # Examples
///
/// ```
/// assert!(gsm7::ucs2::chars(&[0xD8, 0x3D, 0xDE, 0x00]).eq(['😀']));
/// ```
#[must_use]
pub fn chars(octets: &[u8]) -> Chars<'_> {
    Chars { octets, index: 0, flaw: None }
}

/// Decodes UTF-16BE into the caller's buffer.
///
/// Nothing is refused: half of a surrogate pair reads as U+FFFD, and an octet after the last whole
/// unit is not read. The first such flaw is reported in [`Decoded::flaw`]. At most 3 bytes are
/// written for each unit.
///
/// # Errors
///
/// [`BufferTooSmall`] if the text does not fit.
///
/// # Examples
///
/// ```
/// use gsm7::{Flaw, ucs2};
///
/// let mut text = [0; 12];
/// assert_eq!(ucs2::decode(&[0x04, 0x16], &mut text)?.strict(), Ok("Ж"));
///
/// let odd = ucs2::decode(&[0xD8, 0x3D, 0x00, 0x41], &mut text)?;
/// assert_eq!(odd.text, "\u{FFFD}A");
/// assert_eq!(odd.flaw, Some(Flaw::LoneSurrogate { index: 0, unit: 0xD83D }));
/// # Ok::<(), gsm7::BufferTooSmall>(())
/// ```
pub fn decode<'a>(octets: &[u8], out: &'a mut [u8]) -> Result<Decoded<'a>, BufferTooSmall> {
    let mut chars = chars(octets);
    let available = out.len();
    let text = chars.write(out);
    let needed = text.len() + chars.by_ref().map(char::len_utf8).sum::<usize>();
    if needed > text.len() {
        return Err(BufferTooSmall { needed, available });
    }
    Ok(Decoded { text, flaw: chars.flaw })
}

/// Encodes like [`encode`], into a new vector.
#[cfg(feature = "alloc")]
#[must_use]
pub fn encode_to_vec(text: &str) -> alloc::vec::Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Decodes like [`decode`], into a new string, and does not report flaws.
#[cfg(feature = "alloc")]
#[must_use]
pub fn decode_to_string(octets: &[u8]) -> alloc::string::String {
    collect(&mut chars(octets))
}

/// Decodes like [`decode`], into a new string, and refuses octets with a flaw.
///
/// # Errors
///
/// The first [`Flaw`].
#[cfg(feature = "alloc")]
pub fn decode_strict_to_string(octets: &[u8]) -> Result<alloc::string::String, Flaw> {
    let mut chars = chars(octets);
    let text = collect(&mut chars);
    chars.flaw.map_or(Ok(text), Err)
}

#[cfg(feature = "alloc")]
fn collect(chars: &mut Chars<'_>) -> alloc::string::String {
    let mut text = alloc::string::String::with_capacity(chars.octets.len());
    let mut buffer = [0; 512];
    loop {
        let piece = chars.write(&mut buffer);
        if piece.is_empty() {
            return text;
        }
        text.push_str(piece);
    }
}

impl Chars<'_> {
    /// Returns the first flaw among the characters taken so far.
    #[must_use]
    pub fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    fn unit(&self, index: usize) -> Option<u16> {
        self.octets.get(index..)?.first_chunk().map(|&octets| u16::from_be_bytes(octets))
    }

    /// Writes as many characters as fit.
    fn write<'b>(&mut self, out: &'b mut [u8]) -> &'b str {
        let mut at = 0;
        let mut backoff = Backoff::new();
        'full: loop {
            while let (Some(ascii), Some(target)) =
                (self.ascii_block(), out.get_mut(at..at + BLOCK))
            {
                target.copy_from_slice(&ascii);
                at += BLOCK;
                self.index += 2 * BLOCK;
                backoff.reset();
            }
            let until = self.index + 2 * backoff.after_miss();
            while self.index < until {
                if let Some(length) = self.write_chunk(out.get_mut(at..).unwrap_or_default()) {
                    at += length;
                    continue;
                }
                let end = self.index + 2 * CHUNK;
                while self.index < end {
                    let before = (self.index, self.flaw);
                    let Some(character) = self.next() else { break 'full };
                    let length = character.len_utf8();
                    let Some(target) = out.get_mut(at..at + length) else {
                        (self.index, self.flaw) = before;
                        break 'full;
                    };
                    character.encode_utf8(target);
                    at += length;
                }
            }
        }
        utf8::checked(&out[..at])
    }

    /// Writes the next units and returns the number of bytes, if none is a surrogate and there is
    /// room.
    #[inline]
    fn write_chunk(&mut self, out: &mut [u8]) -> Option<usize> {
        let chunk: &[u8; 2 * CHUNK] =
            self.octets.get(self.index..)?.first_chunk().filter(|_| FAST)?;
        let out: &mut [u8; 4 * CHUNK + 4] = out.first_chunk_mut()?;
        let mut units = [0; CHUNK];
        for (unit, octets) in units.iter_mut().zip(chunk.chunks_exact(2)) {
            *unit = u16::from_be_bytes([octets[0], octets[1]]);
        }
        let written = if units.iter().fold(0, |all, unit| all | unit) < 0x800 {
            write_units::<false>(&units, out)
        } else if units.iter().fold(false, |any, unit| any | (unit & 0xF800 == 0xD800)) {
            return None;
        } else {
            write_units::<true>(&units, out)
        };
        self.index += 2 * CHUNK;
        Some(written)
    }

    /// Returns the next block, if it is ASCII. Most of a text is, if one character alone forced
    /// UTF-16.
    #[inline]
    fn ascii_block(&self) -> Option<[u8; BLOCK]> {
        let block: &[u8; 2 * BLOCK] =
            self.octets.get(self.index..)?.first_chunk().filter(|_| FAST)?;
        let mut ascii = [0; BLOCK];
        let mut odd = 0;
        for (octet, unit) in ascii.iter_mut().zip(block.chunks_exact(2)) {
            odd |= unit[0] | unit[1] & 0x80;
            *octet = unit[1];
        }
        (odd == 0).then_some(ascii)
    }
}

/// Writes units that are not surrogates as UTF-8, and returns its length. `LONG` is set if a unit
/// may take three bytes.
///
/// The length of each is chosen without a branch, which mixed text would mislead.
#[inline]
fn write_units<const LONG: bool>(units: &[u16; CHUNK], out: &mut [u8; 4 * CHUNK + 4]) -> usize {
    let mut written = 0;
    for &unit in units {
        let unit = u32::from(unit);
        let (top, middle, last) = (unit >> 12, unit >> 6 & 0x3F, unit & 0x3F);
        let (is_two, is_three) = (unit >= 0x80, LONG && unit >= 0x800);
        let utf8 = if is_three {
            0x80_80E0 | top | middle << 8 | last << 16
        } else if is_two {
            0x80C0 | unit >> 6 | last << 8
        } else {
            unit
        };
        // Without effect, since each unit adds at most three; the compiler needs it.
        let at = written & (4 * CHUNK - 1);
        out[at..at + 4].copy_from_slice(&utf8.to_le_bytes());
        written += 1 + usize::from(is_two) + usize::from(is_three);
    }
    written
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let index = self.index;
        let Some(unit) = self.unit(index) else {
            if let Some(&octet) = self.octets.get(index) {
                self.flaw.get_or_insert(Flaw::OddOctet { index, octet });
            }
            return None;
        };
        self.index += 2;
        if let Some(character) = char::from_u32(u32::from(unit)) {
            return Some(character);
        }
        let pair = [unit, self.unit(self.index).unwrap_or(0)];
        if let Some(Ok(character)) = char::decode_utf16(pair).next() {
            self.index += 2;
            return Some(character);
        }
        self.flaw.get_or_insert(Flaw::LoneSurrogate { index, unit });
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let units = (self.octets.len() - self.index) / 2;
        (units.div_ceil(2), Some(units))
    }
}

impl FusedIterator for Chars<'_> {}

impl fmt::Display for Chars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|character| fmt::Write::write_char(f, character))
    }
}
