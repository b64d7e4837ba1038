//! Septets in octets, 3GPP TS 23.038, 6.1.2.1.

use crate::FAST;
use crate::error::{PackError, UnpackError};

/// The maximum number of fill bits before the first septet: 7 bits would hold another septet.
const MAX_FILL_BITS: u8 = 6;

/// Septets in a block of the fast path.
const BLOCK: usize = 64;
const PACKED_BLOCK: usize = 56;

/// Returns the number of octets that hold `septets` septets after `fill_bits` fill bits.
///
/// # Examples
///
/// ```
/// assert_eq!(gsm7::packed_len(160, 0), 140);
/// assert_eq!(gsm7::packed_len(153, 1), 134);
/// ```
#[must_use]
pub const fn packed_len(septets: usize, fill_bits: u8) -> usize {
    septets / 8 * 7 + (septets % 8 * 7 + fill_bits as usize).div_ceil(8)
}

/// Returns the number of whole septets that `octets` octets hold after `fill_bits` fill bits.
///
/// A message can hold one septet less: 7 spare bits look like a septet of zeros (`@`). So the count
/// has to come with the message.
///
/// # Examples
///
/// ```
/// assert_eq!(gsm7::septet_capacity(140, 0), 160);
/// assert_eq!(gsm7::septet_capacity(134, 1), 153);
/// ```
#[must_use]
pub const fn septet_capacity(octets: usize, fill_bits: u8) -> usize {
    if octets == 0 {
        return 0;
    }
    let (whole, last) = ((octets - 1) / 7, (octets - 1) % 7 + 1);
    whole.saturating_mul(8).saturating_add((last * 8).saturating_sub(fill_bits as usize) / 7)
}

/// Packs septets, one per octet, after `fill_bits` zero bits (0 to 6).
///
/// Returns the number of octets written. Spare bits at the end are zero.
///
/// # Errors
/// [`PackError`] if `out` is shorter than [`packed_len`], an octet of `septets` is above 0x7F, or
/// `fill_bits` is above 6. `out` may then be partly written.
///
/// # Examples
///
/// ```
/// let mut octets = [0; 5];
/// assert_eq!(gsm7::pack(b"hello", 0, &mut octets), Ok(5));
/// assert_eq!(octets, [0xE8, 0x32, 0x9B, 0xFD, 0x06]);
/// ```
pub fn pack(septets: &[u8], fill_bits: u8, out: &mut [u8]) -> Result<usize, PackError> {
    if fill_bits > MAX_FILL_BITS {
        return Err(PackError::FillBits(fill_bits));
    }
    let (needed, available) = (packed_len(septets.len(), fill_bits), out.len());
    let Some(out) = out.get_mut(..needed) else {
        return Err(PackError::BufferTooSmall { needed, available });
    };
    let octets = if fill_bits == 0 {
        pack_aligned(septets, out)
    } else {
        // After n fill bits, n septets end on an octet boundary: n + 7n = 8n.
        let (head, body) = septets.split_at(septets.len().min(usize::from(fill_bits)));
        let (out_head, out_body) = out.split_at_mut(packed_len(head.len(), fill_bits));
        put(pack_word(padded(head)) << fill_bits, out_head);
        padded(head) | pack_aligned(body, out_body)
    };
    if octets & 0x8080_8080_8080_8080 == 0 { Ok(needed) } else { Err(not_a_septet(septets)) }
}

/// Unpacks as many septets as `out` has room for, one per octet, after `fill_bits` fill bits (0 to
/// 6).
///
/// Fill bits, spare bits and further octets are ignored.
///
/// # Errors
///
/// [`UnpackError`] if `octets` holds fewer septets, or `fill_bits` is above 6. `out` is then
/// untouched.
///
/// # Examples
///
/// ```
/// let mut septets = [0; 5];
/// gsm7::unpack(&[0xE8, 0x32, 0x9B, 0xFD, 0x06], 0, &mut septets)?;
/// assert_eq!(&septets, b"hello");
/// # Ok::<(), gsm7::UnpackError>(())
/// ```
pub fn unpack(octets: &[u8], fill_bits: u8, out: &mut [u8]) -> Result<(), UnpackError> {
    if fill_bits > MAX_FILL_BITS {
        return Err(UnpackError::FillBits(fill_bits));
    }
    if out.is_empty() {
        return Ok(());
    }
    let (needed, available) = (packed_len(out.len(), fill_bits), octets.len());
    let Some(octets) = octets.get(..needed) else {
        return Err(UnpackError::Truncated { needed, available });
    };
    if fill_bits == 0 {
        unpack_aligned(octets, out);
    } else {
        let (out_head, out_body) = out.split_at_mut(out.len().min(usize::from(fill_bits)));
        let (head, body) = octets.split_at(packed_len(out_head.len(), fill_bits));
        put(unpack_word(padded(head) >> fill_bits), out_head);
        unpack_aligned(body, out_body);
    }
    Ok(())
}

/// Packs like [`pack`], into a new vector.
///
/// # Errors
///
/// [`PackError`] if an octet of `septets` is above 0x7F, or `fill_bits` is above 6.
#[cfg(feature = "alloc")]
pub fn pack_to_vec(septets: &[u8], fill_bits: u8) -> Result<alloc::vec::Vec<u8>, PackError> {
    let mut octets = alloc::vec![0; packed_len(septets.len(), fill_bits)];
    pack(septets, fill_bits, &mut octets)?;
    Ok(octets)
}

/// Unpacks `count` septets like [`unpack`], into a new vector.
///
/// # Errors
///
/// [`UnpackError`] if `octets` holds fewer septets, or `fill_bits` is above 6.
#[cfg(feature = "alloc")]
pub fn unpack_to_vec(
    octets: &[u8],
    fill_bits: u8,
    count: usize,
) -> Result<alloc::vec::Vec<u8>, UnpackError> {
    // Checked before the allocation: the count comes from outside.
    if count > septet_capacity(octets.len(), fill_bits) {
        return Err(UnpackError::Truncated {
            needed: packed_len(count, fill_bits),
            available: octets.len(),
        });
    }
    let mut septets = alloc::vec![0; count];
    unpack(octets, fill_bits, &mut septets)?;
    Ok(septets)
}

/// Packs septets from an octet boundary on, in blocks that the compiler can vectorise.
///
/// Returns the union of all octets that were packed, eight by eight.
fn pack_aligned(mut septets: &[u8], mut out: &mut [u8]) -> u64 {
    let mut octets = 0;
    while let (true, Some((block, more)), Some(_)) =
        (FAST, septets.split_first_chunk::<BLOCK>(), out.get(..PACKED_BLOCK))
    {
        let (target, rest) = out.split_at_mut(PACKED_BLOCK);
        let words = words(block);
        octets |= words.iter().fold(0, |all, word| all | word);
        target.copy_from_slice(&pack_block(words));
        (septets, out) = (more, rest);
    }
    while let (Some((group, more)), Some(_)) = (septets.split_first_chunk(), out.get(..7)) {
        let (target, rest) = out.split_at_mut(7);
        let word = u64::from_le_bytes(*group);
        octets |= word;
        target.copy_from_slice(&pack_word(word).to_le_bytes()[..7]);
        (septets, out) = (more, rest);
    }
    put(pack_word(padded(septets)), out);
    octets | padded(septets)
}

/// Unpacks septets from an octet boundary on, in blocks that the compiler can vectorise.
fn unpack_aligned(mut octets: &[u8], mut out: &mut [u8]) {
    while let (true, Some((block, more)), Some(_)) =
        (FAST, octets.split_first_chunk(), out.get(..BLOCK))
    {
        let (target, rest) = out.split_at_mut(BLOCK);
        target.copy_from_slice(&unpack_block(block));
        (octets, out) = (more, rest);
    }
    while let (Some((group, more)), Some(_)) = (octets.split_first_chunk::<7>(), out.get(..8)) {
        let (target, rest) = out.split_at_mut(8);
        target.copy_from_slice(&unpack_word(padded(group)).to_le_bytes());
        (octets, out) = (more, rest);
    }
    put(unpack_word(padded(octets)), out);
}

/// Packs 64 septets into 56 octets: eight words of 56 bits become seven of 64.
fn pack_block(words: [u64; 8]) -> [u8; PACKED_BLOCK] {
    // Step by step for all words, not word by word, so that they are vectorised.
    let words = words.map(pack_pairs).map(pack_fours).map(pack_eights);
    let mut octets = [0; PACKED_BLOCK];
    for (index, target) in octets.chunks_exact_mut(8).enumerate() {
        let word = words[index] >> (8 * index) | words[index + 1] << (56 - 8 * index);
        target.copy_from_slice(&word.to_le_bytes());
    }
    octets
}

/// Unpacks 56 octets to 64 septets: seven words of 64 bits become eight of 56.
fn unpack_block(octets: &[u8; PACKED_BLOCK]) -> [u8; BLOCK] {
    let words = words(octets);
    let mut septets = [0; BLOCK];
    for (index, target) in septets.chunks_exact_mut(8).enumerate() {
        let low = if index == 0 { 0 } else { words[index - 1] >> (64 - 8 * index) };
        let word = unpack_word(low | words[index] << (8 * index));
        target.copy_from_slice(&word.to_le_bytes());
    }
    septets
}

/// Packs eight septets in the octets of a word into 56 bits.
const fn pack_word(word: u64) -> u64 {
    pack_eights(pack_fours(pack_pairs(word)))
}

/// Packs four times 7 + 7 bits in 16 into 14 bits.
const fn pack_pairs(word: u64) -> u64 {
    word - ((word & 0x7F00_7F00_7F00_7F00) >> 1)
}

/// Packs twice 14 + 14 bits in 32 into 28 bits.
const fn pack_fours(word: u64) -> u64 {
    word & 0x0000_3FFF_0000_3FFF | word >> 2 & 0x0FFF_C000_0FFF_C000
}

/// Packs 28 + 28 bits in 64 into 56 bits.
const fn pack_eights(word: u64) -> u64 {
    word & 0xFFFF_FFFF | word >> 32 << 28
}

/// Unpacks 56 bits to eight septets in the octets of a word.
const fn unpack_word(word: u64) -> u64 {
    let fours = word & 0x0FFF_FFFF | (word & 0x00FF_FFFF_F000_0000) << 4;
    let pairs = fours & 0x0000_3FFF_0000_3FFF | (fours & 0x0FFF_C000_0FFF_C000) << 2;
    pairs & 0x007F_007F_007F_007F | (pairs & 0x3F80_3F80_3F80_3F80) << 1
}

/// Returns the words of a block, or of its packed octets.
#[inline(always)]
fn words(octets: &[u8]) -> [u64; 8] {
    let mut words = [0; 8];
    for (word, group) in words.iter_mut().zip(octets.chunks_exact(8)) {
        *word = padded(group);
    }
    words
}

/// Returns at most eight octets as the low end of a word.
#[inline(always)]
fn padded(octets: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (byte, octet) in bytes.iter_mut().zip(octets) {
        *byte = *octet;
    }
    u64::from_le_bytes(bytes)
}

/// Writes the low end of a word into at most eight octets.
#[inline(always)]
fn put(word: u64, out: &mut [u8]) {
    for (octet, byte) in out.iter_mut().zip(word.to_le_bytes()) {
        *octet = byte;
    }
}

#[cold]
fn not_a_septet(septets: &[u8]) -> PackError {
    let index = septets.iter().position(|&octet| octet > 0x7F).unwrap_or(0);
    PackError::NotASeptet { index, value: septets.get(index).copied().unwrap_or(0) }
}
