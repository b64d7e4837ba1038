//! Text to septets, 3GPP TS 23.038, 6.2.1.

use crate::FAST;
use crate::alphabet::Alphabet;
use crate::chunks::{self, ByOctet, CHUNK};
use crate::error::EncodeError;
use crate::plain::{self, Backoff};
use crate::tables::{Finder, Septets};

/// Counts the septets that a text takes: 2 for a character that needs an escape, 1 for others.
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character that has no septet.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, count};
///
/// assert_eq!(count("{5 €}", Alphabet::DEFAULT), Ok(8));
/// ```
pub fn count(text: &str, alphabet: Alphabet) -> Result<usize, EncodeError> {
    let finder = Finder::of(alphabet);
    let (octets, table) = (text.as_bytes(), finder.by_octet());
    let (mut total, mut from) = (0, 0);
    let mut backoff = Backoff::new();
    while from < octets.len() {
        while plain_block(&finder, &octets[from..], &mut [0; plain::BLOCK]) {
            total += plain::BLOCK;
            from += plain::BLOCK;
            backoff.reset();
        }
        let until = octets.len().min(from + backoff.after_miss());
        while from < until {
            let done = table.and_then(|table| count_chunk(table, &octets[from..]));
            if let Some((read, written)) = done {
                (from, total) = (from + read, total + written);
                continue;
            }
            let mut characters = text.get(from..).unwrap_or_default().chars();
            for character in characters.by_ref().take(CHUNK) {
                let Some(septets) = finder.find(character) else {
                    return Err(missing(text, characters.as_str(), character));
                };
                total += septets.len();
                if chunks::is_other(character) {
                    break;
                }
            }
            from = octets.len() - characters.as_str().len();
        }
    }
    Ok(total)
}

/// Encodes a text as septets, one per octet, and returns the number of septets written.
///
/// The content of `out` after the septets is unspecified.
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character that has no septet,
/// [`EncodeError::BufferTooSmall`] if `out` is shorter than [`count`]. `out` may then be partly
/// written.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, EncodeError, encode};
///
/// let mut septets = [0; 160];
/// assert_eq!(encode("5 €", Alphabet::DEFAULT, &mut septets), Ok(4));
/// assert_eq!(&septets[..4], [0x35, 0x20, 0x1B, 0x65]);
/// assert_eq!(
///     encode("5 ₤", Alphabet::DEFAULT, &mut septets),
///     Err(EncodeError::NotInAlphabet { position: 2, character: '₤' }),
/// );
/// ```
pub fn encode(text: &str, alphabet: Alphabet, out: &mut [u8]) -> Result<usize, EncodeError> {
    write(text, Finder::of(alphabet), None, out)
}

/// Encodes like [`encode`], with a replacement for every character that the alphabet lacks.
///
/// # Errors
///
/// [`EncodeError::Replacement`] if the replacement is not in the alphabet,
/// [`EncodeError::BufferTooSmall`] if `out` is too short; `out` may then be partly written.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, encode_lossy};
///
/// let mut septets = [0; 160];
/// assert_eq!(encode_lossy("5 ₤", Alphabet::DEFAULT, '?', &mut septets), Ok(3));
/// assert_eq!(&septets[..3], b"5 ?");
/// ```
pub fn encode_lossy(
    text: &str,
    alphabet: Alphabet,
    replacement: char,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let finder = Finder::of(alphabet);
    match finder.find(replacement) {
        Some(septets) => write(text, finder, Some(septets), out),
        None => Err(EncodeError::Replacement(replacement)),
    }
}

/// Encodes like [`encode`], into a new vector.
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character that has no septet.
#[cfg(feature = "alloc")]
pub fn encode_to_vec(text: &str, alphabet: Alphabet) -> Result<alloc::vec::Vec<u8>, EncodeError> {
    let mut septets = alloc::vec![0; count(text, alphabet)?];
    encode(text, alphabet, &mut septets)?;
    Ok(septets)
}

fn write(
    text: &str,
    finder: Finder,
    replacement: Option<Septets>,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let available = out.len();
    let (octets, table) = (text.as_bytes(), finder.by_octet());
    let (mut from, mut at) = (0, 0);
    let mut backoff = Backoff::new();
    while from < octets.len() {
        while let Some(target) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            if !plain_block(&finder, &octets[from..], target) {
                break;
            }
            at += plain::BLOCK;
            from += plain::BLOCK;
            backoff.reset();
        }
        let until = octets.len().min(from + backoff.after_miss());
        while from < until {
            let done = table.and_then(|table| write_chunk(table, &octets[from..], &mut out[at..]));
            if let Some((read, written)) = done {
                (from, at) = (from + read, at + written);
                continue;
            }
            let mut characters = text.get(from..).unwrap_or_default().chars();
            for character in characters.by_ref().take(CHUNK) {
                let Some(septets) = finder.find(character).or(replacement) else {
                    return Err(missing(text, characters.as_str(), character));
                };
                let octets = septets.octets();
                if let Some(target) = out.get_mut(at..at + 2) {
                    target.copy_from_slice(&octets);
                } else if let (Some(target), 1) = (out.get_mut(at), septets.len()) {
                    *target = octets[0];
                } else {
                    let left = characters
                        .as_str()
                        .chars()
                        .filter_map(|left| finder.find(left).or(replacement));
                    let needed = at + septets.len() + left.map(Septets::len).sum::<usize>();
                    return Err(EncodeError::BufferTooSmall { needed, available });
                }
                at += septets.len();
                if chunks::is_other(character) {
                    break;
                }
            }
            from = octets.len() - characters.as_str().len();
        }
    }
    Ok(at)
}

/// Writes the septets of the first block of a text, if the block is plain and the alphabet is the
/// default one.
#[inline]
pub(crate) fn plain_block(finder: &Finder, text: &[u8], septets: &mut [u8; plain::BLOCK]) -> bool {
    FAST && finder.has_default_locking()
        && text.first_chunk().is_some_and(|block| plain::to_septets(block, septets))
}

/// Counts the septets of the first chunk of a text, if it is in the table: the octets that were
/// read, and the septets.
#[inline]
fn count_chunk(table: &ByOctet, text: &[u8]) -> Option<(usize, usize)> {
    match text.first_chunk() {
        Some(chunk) => Some((chunks::whole_text(chunk), chunks::count(table, chunk)?)),
        None => {
            let (chunk, padding) = chunks::padded(text);
            Some((text.len(), chunks::count(table, &chunk)? - padding))
        }
    }
}

/// Writes the septets of the first chunk of a text, if it is in the table and there is room: the
/// octets that were read, and the septets.
#[inline]
fn write_chunk(table: &ByOctet, text: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    match (text.first_chunk(), out.first_chunk_mut()) {
        (Some(chunk), Some(target)) => {
            Some((chunks::whole_text(chunk), chunks::to_septets(table, chunk, target)?))
        }
        _ => write_last_chunk(table, text, out),
    }
}

/// Writes a chunk like [`write_chunk`] at the end of the text or of the room.
#[inline(never)]
fn write_last_chunk(table: &ByOctet, text: &[u8], out: &mut [u8]) -> Option<(usize, usize)> {
    if text.len() < chunks::MIN {
        return None;
    }
    let (chunk, padding) = chunks::padded(text);
    let mut septets = [0; chunks::SEPTETS_ROOM];
    let written = chunks::to_septets(table, &chunk, &mut septets)? - padding;
    out.get_mut(..written)?.copy_from_slice(&septets[..written]);
    Some((text.len().min(chunks::whole_text(&chunk)), written))
}

/// Returns the error for a character, given the text that remains after it.
#[cold]
fn missing(text: &str, left: &str, character: char) -> EncodeError {
    EncodeError::NotInAlphabet {
        position: text.len() - left.len() - character.len_utf8(),
        character,
    }
}
