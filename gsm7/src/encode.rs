//! Text to septets, 3GPP TS 23.038, 6.2.1.

use core::str::Chars;

use crate::alphabet::Alphabet;
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
    let mut total = 0;
    let mut rest = text;
    let mut backoff = Backoff::new();
    while !rest.is_empty() {
        while let Some(more) = plain_block(&finder, rest, &mut [0; plain::BLOCK]) {
            total += plain::BLOCK;
            rest = more;
            backoff.reset();
        }
        let mut characters = rest.chars();
        for character in characters.by_ref().take(backoff.after_miss()) {
            let Some(septets) = finder.find(character) else {
                return Err(missing(text, characters.as_str(), character));
            };
            total += septets.len();
        }
        rest = characters.as_str();
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
    let mut at = 0;
    let mut rest = text;
    let mut backoff = Backoff::new();
    while !rest.is_empty() {
        while let Some(target) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            let Some(more) = plain_block(&finder, rest, target) else {
                break;
            };
            at += plain::BLOCK;
            rest = more;
            backoff.reset();
        }
        let mut characters = rest.chars();
        let mut left = backoff.after_miss();
        while left > 0 {
            if let Some(latin) = finder.latin() {
                (left, at) = write_latin(latin, &mut characters, left, out, at);
            }
            let Some(character) = characters.next() else { break };
            left = left.saturating_sub(1);
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
        }
        rest = characters.as_str();
    }
    Ok(at)
}

/// Writes up to `left` characters from `at` on, while they are in the table and there is room for
/// two septets. Returns the number that remain and the next position.
#[inline]
fn write_latin(
    latin: &[Septets; 256],
    characters: &mut Chars<'_>,
    mut left: usize,
    out: &mut [u8],
    mut at: usize,
) -> (usize, usize) {
    while left > 0 {
        let before = characters.clone();
        let Some(character) = characters.next() else { break };
        let entry = latin.get(character as usize).filter(|&&entry| entry != Septets::NONE);
        let (Some(entry), Some(target)) = (entry, out.get_mut(at..at + 2)) else {
            *characters = before;
            break;
        };
        target.copy_from_slice(&entry.octets());
        at += entry.len();
        left -= 1;
    }
    (left, at)
}

/// Writes the septets of the first block of a text and returns the text after that block, if the
/// block is plain and the alphabet is the default one.
#[inline]
pub(crate) fn plain_block<'a>(
    finder: &Finder,
    text: &'a str,
    septets: &mut [u8; plain::BLOCK],
) -> Option<&'a str> {
    let block = text.as_bytes().first_chunk().filter(|_| finder.has_default_locking())?;
    if plain::to_septets(block, septets) { text.get(plain::BLOCK..) } else { None }
}

/// Returns the error for a character, given the text that remains after it.
#[cold]
fn missing(text: &str, left: &str, character: char) -> EncodeError {
    EncodeError::NotInAlphabet {
        position: text.len() - left.len() - character.len_utf8(),
        character,
    }
}
