//! Septets to text, 3GPP TS 23.038, 6.2.1.

use core::fmt;
use core::iter::FusedIterator;

use crate::FAST;
use crate::alphabet::{Alphabet, ESCAPE};
use crate::chunks::{self, BySeptet, CHUNK};
use crate::error::{BufferTooSmall, Decoded, Flaw};
use crate::plain::{self, Backoff};
use crate::tables::Tables;
use crate::utf8;

/// An iterator over the characters of septets, from [`chars`].
///
/// Nothing is refused; the first flaw is available from [`flaw`](Chars::flaw). Displays as the
/// remaining text.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, chars};
///
/// assert!(chars(&[0x35, 0x20, 0x1B, 0x65], Alphabet::DEFAULT).eq("5 €".chars()));
/// assert_eq!(chars(&[0x00, 0x11], Alphabet::DEFAULT).to_string(), "@_");
/// ```
#[derive(Clone, Debug)]
pub struct Chars<'a> {
    tables: Tables,
    septets: &'a [u8],
    index: usize,
    flaw: Option<Flaw>,
}

/// Iterates over the characters of septets, one septet per octet.
#[must_use]
pub fn chars(septets: &[u8], alphabet: Alphabet) -> Chars<'_> {
    Chars { tables: Tables::of(alphabet), septets, index: 0, flaw: None }
}

/// Decodes septets, one per octet, into the caller's buffer.
///
/// Nothing is refused:
///
/// - An undefined septet reads as U+FFFD.
/// - A septet after an escape that the extension table lacks reads as if there were no escape.
/// - An escape reads as a space if another escape, or nothing, follows.
///
/// The first such flaw is reported in [`Decoded::flaw`]. At most 3 bytes are written for each
/// septet. The content of `out` after the text is unspecified.
///
/// # Errors
///
/// [`BufferTooSmall`] if the text does not fit.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, Flaw, decode};
///
/// let mut text = [0; 12];
/// assert_eq!(decode(b"5 \x1Be", Alphabet::DEFAULT, &mut text)?.strict(), Ok("5 €"));
///
/// let odd = decode(&[0x48, 0x1B, 0x69], Alphabet::DEFAULT, &mut text)?;
/// assert_eq!(odd.text, "Hi");
/// assert_eq!(odd.flaw, Some(Flaw::UndefinedExtension { index: 1, septet: 0x69 }));
/// # Ok::<(), gsm7::BufferTooSmall>(())
/// ```
pub fn decode<'a>(
    septets: &[u8],
    alphabet: Alphabet,
    out: &'a mut [u8],
) -> Result<Decoded<'a>, BufferTooSmall> {
    let mut chars = chars(septets, alphabet);
    let available = out.len();
    let text = chars.write(out);
    if chars.is_empty() {
        return Ok(Decoded { text, flaw: chars.flaw });
    }
    let needed = text.len() + chars.map(char::len_utf8).sum::<usize>();
    Err(BufferTooSmall { needed, available })
}

/// Decodes like [`decode`], into a new string, and does not report flaws.
#[cfg(feature = "alloc")]
#[must_use]
pub fn decode_to_string(septets: &[u8], alphabet: Alphabet) -> alloc::string::String {
    collect(&mut chars(septets, alphabet), septets.len())
}

/// Decodes like [`decode_to_string`], and reuses the allocation of the septets.
///
/// Septets that are plain ASCII become the text in place, up to the first other character.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, decode_vec_to_string};
///
/// let text = decode_vec_to_string(b"me\0example.org".to_vec(), Alphabet::DEFAULT);
/// assert_eq!(text, "me@example.org");
/// ```
#[cfg(feature = "alloc")]
#[must_use]
pub fn decode_vec_to_string(
    mut septets: alloc::vec::Vec<u8>,
    alphabet: Alphabet,
) -> alloc::string::String {
    if !Tables::of(alphabet).has_default_locking() {
        return decode_to_string(&septets, alphabet);
    }
    let plain = plain::to_ascii_in_place(&mut septets);
    let rest = decode_to_string(&septets[plain..], alphabet);
    septets.truncate(plain);
    // Never fails: ASCII is UTF-8.
    let mut text = alloc::string::String::from_utf8(septets).unwrap_or_default();
    text.push_str(&rest);
    text
}

/// Decodes like [`decode`], into a new string, and refuses septets with a flaw.
///
/// # Errors
///
/// The first [`Flaw`].
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, Flaw, decode_strict_to_string};
///
/// let dangling = decode_strict_to_string(&[0x48, 0x69, 0x1B], Alphabet::DEFAULT);
/// assert_eq!(dangling, Err(Flaw::DanglingEscape { index: 2 }));
/// ```
#[cfg(feature = "alloc")]
pub fn decode_strict_to_string(
    septets: &[u8],
    alphabet: Alphabet,
) -> Result<alloc::string::String, Flaw> {
    let mut chars = chars(septets, alphabet);
    let text = collect(&mut chars, septets.len());
    chars.flaw.map_or(Ok(text), Err)
}

impl Chars<'_> {
    /// Returns the first flaw among the characters taken so far.
    #[must_use]
    pub fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    fn is_empty(&self) -> bool {
        self.index >= self.septets.len()
    }

    /// Writes as many characters as fit.
    fn write<'b>(&mut self, out: &'b mut [u8]) -> &'b str {
        let mut at = 0;
        let table = self.tables.by_septet();
        let mut backoff = Backoff::new();
        'full: while !self.is_empty() {
            while let Some(ascii) = self.plain_block() {
                let Some(target) = out.get_mut(at..at + plain::BLOCK) else {
                    break;
                };
                target.copy_from_slice(&ascii);
                at += plain::BLOCK;
                self.index += plain::BLOCK;
                backoff.reset();
            }
            let until = self.septets.len().min(self.index + backoff.after_miss());
            while self.index < until {
                let done = table.and_then(|table| {
                    write_chunk(table, &self.septets[self.index..], &mut out[at..])
                });
                if let Some((read, written)) = done {
                    (self.index, at) = (self.index + read, at + written);
                    continue;
                }
                let end = self.index + CHUNK;
                while self.index < end {
                    let before = (self.index, self.flaw);
                    let Some(character) = self.next() else { break };
                    let Some(target) = out.get_mut(at..at + character.len_utf8()) else {
                        (self.index, self.flaw) = before;
                        break 'full;
                    };
                    at += character.encode_utf8(target).len();
                }
            }
        }
        utf8::checked(&out[..at])
    }

    /// Returns the next block, if it is plain and the alphabet is the default one.
    #[inline]
    fn plain_block(&self) -> Option<[u8; plain::BLOCK]> {
        let block = self
            .septets
            .get(self.index..)?
            .first_chunk()
            .filter(|_| FAST && self.tables.has_default_locking())?;
        plain::to_ascii(block)
    }

    fn odd(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }
}

/// Writes the text of the first chunk of septets, if nothing is odd and there is room: the septets
/// that were read, and the length of the text.
#[inline]
fn write_chunk(table: &BySeptet, septets: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    match (septets.first_chunk(), out.first_chunk_mut()) {
        (Some(chunk), Some(target)) => {
            Some((chunks::whole_septets(chunk), chunks::to_utf8(table, chunk, target)?))
        }
        _ => write_last_chunk(table, septets, out),
    }
}

/// Writes a chunk like [`write_chunk`] at the end of the septets or of the room.
#[inline(never)]
fn write_last_chunk(table: &BySeptet, septets: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    if septets.len() < chunks::MIN {
        return None;
    }
    let (chunk, padding) = chunks::padded(septets);
    let mut text = [0; chunks::TEXT_ROOM];
    let written = chunks::to_utf8(table, &chunk, &mut text)? - padding;
    out.get_mut(..written)?.copy_from_slice(&text[..written]);
    Some((septets.len().min(chunks::whole_septets(&chunk)), written))
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let index = self.index;
        let septet = *self.septets.get(index)?;
        self.index += 1;
        if septet != ESCAPE {
            return self.tables.character(septet).or_else(|| {
                self.odd(Flaw::Undefined { index, septet });
                Some(char::REPLACEMENT_CHARACTER)
            });
        }
        let Some(&septet) = self.septets.get(self.index) else {
            self.odd(Flaw::DanglingEscape { index });
            return Some(' ');
        };
        self.index += 1;
        if septet == ESCAPE {
            self.odd(Flaw::ReservedEscape { index });
            return Some(' ');
        }
        self.tables.extension(septet).or_else(|| {
            self.odd(Flaw::UndefinedExtension { index, septet });
            self.tables.character(septet).or(Some(char::REPLACEMENT_CHARACTER))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.septets.len() - self.index.min(self.septets.len());
        (left.div_ceil(2), Some(left))
    }
}

impl FusedIterator for Chars<'_> {}

impl fmt::Display for Chars<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.clone();
        let mut buffer = [0; 512];
        while !rest.is_empty() {
            f.write_str(rest.write(&mut buffer))?;
        }
        Ok(())
    }
}

#[cfg(feature = "alloc")]
fn collect(chars: &mut Chars<'_>, capacity: usize) -> alloc::string::String {
    let mut text = alloc::string::String::with_capacity(capacity);
    let mut buffer = [0; 512];
    while !chars.is_empty() {
        text.push_str(chars.write(&mut buffer));
    }
    text
}
