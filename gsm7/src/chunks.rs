//! Mixed text of the default alphabet: one chunk at a time, through tables, without a branch for
//! each character. Half of a character at the end of a chunk is left to the next one.

use crate::ESCAPE;
use crate::tables::Septets;

/// Octets of text, or septets, in a chunk.
pub(crate) const CHUNK: usize = 16;

/// The least that is left at the end for a padded chunk to be worth its while.
pub(crate) const MIN: usize = 10;

/// The room that the septets of a chunk need: two for each octet, and two for the last write.
pub(crate) const SEPTETS_ROOM: usize = 2 * CHUNK + 2;

/// The room that the text of a chunk needs: at most three bytes for each septet, and four for the
/// last write.
pub(crate) const TEXT_ROOM: usize = 4 * CHUNK + 4;

/// Returns the number of octets of a chunk of UTF-8 that are converted with it.
///
/// Apart from the conversion, so that a processor can begin the next chunk meanwhile.
#[inline]
pub(crate) fn whole_text(chunk: &[u8; CHUNK]) -> usize {
    CHUNK - usize::from(chunk[CHUNK - 1] >= 0xC0)
}

/// Returns the number of septets of a chunk that are converted with it.
#[inline]
pub(crate) fn whole_septets(chunk: &[u8; CHUNK]) -> usize {
    CHUNK - usize::from(chunk[CHUNK - 1] == ESCAPE)
}

/// Returns `true` if no table has a character, so that the general path is for this one alone.
pub(crate) const fn is_other(character: char) -> bool {
    character as u32 > 0xFF
}

/// Copies the beginning of a text or of septets into a chunk, filled with letters that take one
/// each. Returns the number of these letters too.
#[inline]
pub(crate) fn padded(rest: &[u8]) -> ([u8; CHUNK], usize) {
    let mut chunk = [b'a'; CHUNK];
    for (octet, last) in chunk.iter_mut().zip(rest) {
        *octet = *last;
    }
    (chunk, CHUNK - rest.len().min(CHUNK))
}

/// The septets of an octet of UTF-8: two octets of which the length counts, then the length, then
/// flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FromOctet(u32);

impl FromOctet {
    /// An octet of a character that is left to the general path.
    pub(crate) const OTHER: Self = Self(1 << 31);

    /// The first octet of a character of Latin 1, whose second octet has all its septets.
    pub(crate) const FIRST: Self = Self(0);

    pub(crate) const fn new(septets: Septets) -> Self {
        let [first, second] = septets.octets();
        let count = if first == ESCAPE { 2 } else { 1 };
        Self(u32::from_le_bytes([first, second, count, 0]))
    }

    /// Returns the septets of the character that ends with this octet, if it is in the table.
    pub(crate) const fn septets(self) -> Option<Septets> {
        let [first, second, count, _] = self.0.to_le_bytes();
        if count == 0 { None } else { Some(Septets::new(first, second)) }
    }

    /// Returns both octets.
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    const fn octets(self) -> [u8; 2] {
        (self.0 as u16).to_le_bytes()
    }

    /// Returns the number of septets; more than a chunk can have for [`OTHER`](Self::OTHER).
    const fn count(self) -> usize {
        (self.0 >> 16) as usize
    }
}

/// The septets by octet of UTF-8: 128 further on for the second octet of a character after C3.
pub(crate) type ByOctet = [FromOctet; 384];

#[inline(always)]
fn from_octet(table: &ByOctet, before: u8, octet: u8) -> FromOctet {
    let octet = usize::from(octet);
    // Only an octet above 7F keeps the lowest bit of the one before it, which is set in C3. For the
    // others above BF the table has equal halves.
    table[octet + (usize::from(before) << 7 & octet)]
}

/// Writes the septets of a chunk of UTF-8 that begins with a whole character, and returns their
/// number; `None` if the table lacks a character.
#[inline(never)]
pub(crate) fn to_septets(
    table: &ByOctet,
    chunk: &[u8; CHUNK],
    out: &mut [u8; SEPTETS_ROOM],
) -> Option<usize> {
    let (mut written, mut before) = (0, 0);
    for &octet in chunk {
        let found = from_octet(table, before, octet);
        // Without effect on a chunk of the table, which adds at most two for each octet.
        let at = written & (2 * CHUNK - 1);
        out[at..at + 2].copy_from_slice(&found.octets());
        written += found.count();
        before = octet;
    }
    within_chunk(written)
}

/// Counts the septets of a chunk of UTF-8 like [`to_septets`].
#[inline(never)]
pub(crate) fn count(table: &ByOctet, chunk: &[u8; CHUNK]) -> Option<usize> {
    let (mut written, mut before) = (0, 0);
    for &octet in chunk {
        written += from_octet(table, before, octet).count();
        before = octet;
    }
    within_chunk(written)
}

/// The count of an octet that the table leaves out exceeds that of any chunk.
fn within_chunk(written: usize) -> Option<usize> {
    (written <= 2 * CHUNK).then_some(written)
}

/// The UTF-8 of a septet: three bytes of which the length counts, then the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FromSeptet(u32);

impl FromSeptet {
    /// A septet that is left to the general path: longer than any chunk.
    pub(crate) const FLAW: Self = Self(1 << 31);

    /// An escape, which has no text of its own.
    pub(crate) const ESCAPE: Self = Self(0);

    /// The UTF-8 of a code point; 0 where the standard defines none.
    pub(crate) const fn new(code: u16) -> Self {
        let [high, low] = code.to_be_bytes();
        let (top, middle, last) = (high >> 4, high << 2 & 0x3F | low >> 6, low & 0x3F);
        Self(u32::from_le_bytes(match code {
            0 => return Self::FLAW,
            1..=0x7F => [low, 0, 0, 1],
            0x80..=0x7FF => [0xC0 | middle, 0x80 | last, 0, 2],
            0x800.. => [0xE0 | top, 0x80 | middle, 0x80 | last, 3],
        }))
    }
}

/// The UTF-8 by septet: 128 further on for a septet after an escape.
pub(crate) type BySeptet = [FromSeptet; 256];

/// Writes the UTF-8 of a chunk of septets that begins with a whole character, and returns its
/// length; `None` if a septet has a flaw.
#[inline(never)]
pub(crate) fn to_utf8(
    table: &BySeptet,
    chunk: &[u8; CHUNK],
    out: &mut [u8; TEXT_ROOM],
) -> Option<usize> {
    let all = chunk.iter().fold(0, |all, septet| all | septet);
    let escapes = chunk.iter().fold(false, |any, &septet| any | (septet == ESCAPE));
    match (all, escapes) {
        (0x80.., _) => None,
        (_, true) => septets_to_utf8::<true>(table, chunk, out),
        (_, false) => septets_to_utf8::<false>(table, chunk, out),
    }
}

/// Converts a chunk; `ESCAPES` is set if it may have escapes, which few have.
#[inline(always)]
fn septets_to_utf8<const ESCAPES: bool>(
    table: &BySeptet,
    chunk: &[u8; CHUNK],
    out: &mut [u8; TEXT_ROOM],
) -> Option<usize> {
    let (mut written, mut escaped) = (0, 0);
    for &septet in chunk {
        let FromSeptet(found) = table[usize::from(septet | escaped)];
        // Without effect on a chunk without flaw, which adds at most three for each septet.
        let at = written & (4 * CHUNK - 1);
        out[at..at + 4].copy_from_slice(&found.to_le_bytes());
        written += (found >> 24) as usize;
        escaped = if ESCAPES { u8::from(septet == ESCAPE) << 7 } else { 0 };
    }
    (written <= 3 * CHUNK).then_some(written)
}
