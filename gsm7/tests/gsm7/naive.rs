//! Slow and obvious implementations, to check the fast ones against.

use gsm7::{Alphabet, ESCAPE};

/// Packs bit by bit, least significant first.
pub(crate) fn pack(septets: &[u8], fill_bits: u8) -> Vec<u8> {
    let start = usize::from(fill_bits);
    let mut octets = vec![0; (start + 7 * septets.len()).div_ceil(8)];
    for (index, septet) in septets.iter().enumerate() {
        for bit in 0..7 {
            let at = start + 7 * index + bit;
            octets[at / 8] |= (septet >> bit & 1) << (at % 8);
        }
    }
    octets
}

/// Unpacks bit by bit, least significant first.
pub(crate) fn unpack(octets: &[u8], fill_bits: u8, count: usize) -> Vec<u8> {
    let bit = |at: usize| octets[at / 8] >> (at % 8) & 1;
    let start = usize::from(fill_bits);
    (0..count)
        .map(|index| (0..7).fold(0, |septet, n| septet | bit(start + 7 * index + n) << n))
        .collect()
}

/// Searches both tables for each character.
pub(crate) fn encode(text: &str, alphabet: Alphabet) -> Result<Vec<u8>, (usize, char)> {
    let mut septets = Vec::new();
    for (position, character) in text.char_indices() {
        if let Some(septet) = (0..128).find(|&septet| alphabet.character(septet) == Some(character))
        {
            septets.push(septet);
        } else if let Some(septet) =
            (0..128).find(|&septet| alphabet.extension(septet) == Some(character))
        {
            septets.extend([ESCAPE, septet]);
        } else {
            return Err((position, character));
        }
    }
    Ok(septets)
}

/// Decodes septet by septet.
pub(crate) fn decode(septets: &[u8], alphabet: Alphabet) -> String {
    let mut text = String::new();
    let mut septets = septets.iter().copied();
    while let Some(septet) = septets.next() {
        text.push(match (septet, (septet == ESCAPE).then(|| septets.next()).flatten()) {
            (ESCAPE, None | Some(ESCAPE)) => ' ',
            (ESCAPE, Some(septet)) => {
                alphabet.extension(septet).or(alphabet.character(septet)).unwrap_or('\u{FFFD}')
            }
            (septet, _) => alphabet.character(septet).unwrap_or('\u{FFFD}'),
        });
    }
    text
}

pub(crate) fn encode_ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

pub(crate) fn decode_ucs2(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')).collect()
}
