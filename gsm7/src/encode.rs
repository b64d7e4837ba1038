//! Text to septets, 3GPP TS 23.038, 6.2.1.

use crate::alphabet::{Alphabet, ESCAPE};
use crate::error::EncodeError;
use crate::tables::{Finder, Septets};

/// The number of septets that a text takes; one that is not in the extension table takes 1, others 2.
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
    text.char_indices()
        .try_fold(0, |total, (position, character)| match finder.find(character) {
            Some(Septets::Plain(_)) => Ok(total + 1),
            Some(Septets::Escaped(_)) => Ok(total + 2),
            None => Err(EncodeError::NotInAlphabet { position, character }),
        })
}

/// Encodes a text as septets, one an octet, and gives the number of septets written.
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character that has no septet,
/// [`EncodeError::BufferTooSmall`] if `out` is shorter than [`count`]; `out` may then be partly written.
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

/// [`encode`] with a replacement for every character that is not in the alphabet.
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

/// [`encode`] into a new vector.
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
    for (position, character) in text.char_indices() {
        let Some(septets) = finder.find(character).or(replacement) else {
            return Err(EncodeError::NotInAlphabet { position, character });
        };
        match (septets, out.get_mut(at..)) {
            (Septets::Plain(septet), Some([first, ..])) => {
                *first = septet;
                at += 1;
            }
            (Septets::Escaped(septet), Some([first, second, ..])) => {
                (*first, *second) = (ESCAPE, septet);
                at += 2;
            }
            _ => {
                let cost = |septets| {
                    if matches!(septets, Septets::Plain(_)) {
                        1
                    } else {
                        2
                    }
                };
                let rest = text[position..]
                    .chars()
                    .filter_map(|character| finder.find(character).or(replacement));
                let needed = at + rest.map(cost).sum::<usize>();
                return Err(EncodeError::BufferTooSmall { needed, available });
            }
        }
    }
    Ok(at)
}
