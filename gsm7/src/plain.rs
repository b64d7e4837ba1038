//! Runs of plain ASCII, which most texts consist of: one block at a time, in a form that the
//! compiler can vectorise.

/// Octets in a block.
pub(crate) const BLOCK: usize = 32;

/// Writes the septets of a block of ASCII. Returns `true` if each character takes one septet of the
/// default alphabet.
#[inline]
pub(crate) fn to_septets(block: &[u8; BLOCK], septets: &mut [u8; BLOCK]) -> bool {
    if is_same(block) {
        *septets = *block;
        return true;
    }
    let mut odd = 0;
    for (septet, &octet) in septets.iter_mut().zip(block) {
        // `[ \ ] ^` and `{ | } ~` take two septets; the grave accent and most controls have none.
        let line = (octet == b'\n') | (octet == b'\r');
        let far = (octet > b'z') | (octet.wrapping_sub(b'[') < 4) | (octet == b'`');
        odd |= u8::from(far | ((octet < b' ') & !line));
        *septet = match octet {
            b'@' => 0x00,
            b'$' => 0x02,
            b'_' => 0x11,
            same => same,
        };
    }
    odd == 0
}

/// Returns the ASCII of a block of septets, if each is ASCII and not an escape.
#[inline]
pub(crate) fn to_ascii(block: &[u8; BLOCK]) -> Option<[u8; BLOCK]> {
    if is_same(block) {
        return Some(*block);
    }
    let mut ascii = [0; BLOCK];
    let mut odd = 0;
    for (octet, &septet) in ascii.iter_mut().zip(block) {
        // Other characters stand at `$ @ [ \ ] ^ _` and the grave accent of ASCII.
        let moved = (septet == b'$') | (septet == b'@') | (septet.wrapping_sub(b'[') < 6);
        let low = (septet < b' ') & (septet != b'\n') & (septet != b'\r');
        let known = (septet == 0x00) | (septet == 0x02) | (septet == 0x11);
        odd |= u8::from((septet > b'z') | moved | (low & !known));
        *octet = match septet {
            0x00 => b'@',
            0x02 => b'$',
            0x11 => b'_',
            same => same,
        };
    }
    (odd == 0).then_some(ascii)
}

/// Turns septets of the default alphabet into ASCII, up to the first block with another character.
/// Returns the length of the converted run.
#[cfg(feature = "alloc")]
pub(crate) fn to_ascii_in_place(septets: &mut [u8]) -> usize {
    let (mut done, len) = (0, septets.len());
    while let Some(block) = septets.get_mut(done..).and_then(<[u8]>::first_chunk_mut) {
        if !is_same(block) {
            match to_ascii(block) {
                Some(ascii) => *block = ascii,
                None => return done,
            }
        }
        done += BLOCK;
    }
    let last = &mut septets[done..];
    let mut block = [b' '; BLOCK];
    block[..last.len()].copy_from_slice(last);
    match to_ascii(&block) {
        Some(ascii) => last.copy_from_slice(&ascii[..last.len()]),
        None => return done,
    }
    len
}

/// Returns `true` if each octet is the same character as ASCII and as a septet. This is nearly
/// always so, and cheaper to check than to convert the others.
#[inline]
fn is_same(block: &[u8; BLOCK]) -> bool {
    let mut other = false;
    for &octet in block {
        let moved = (octet == b'$') | (octet == b'@') | (octet.wrapping_sub(b'[') < 6);
        other |= moved | (octet.wrapping_sub(b' ') > b'z' - b' ');
    }
    !other
}

/// The number of characters to take one by one after a block that was not plain. A failed try costs
/// more than it saves, so that mixed text earns its next try.
#[derive(Debug)]
pub(crate) struct Backoff(usize);

impl Backoff {
    const MIN: usize = 64;
    const MAX: usize = 256;

    pub(crate) const fn new() -> Self {
        Self(Self::MIN)
    }

    /// Records a block that was plain.
    pub(crate) const fn reset(&mut self) {
        self.0 = Self::MIN;
    }

    /// Records a block that was not plain, and returns the number of characters to take one by one.
    pub(crate) const fn after_miss(&mut self) -> usize {
        let characters = self.0;
        self.0 = if characters < Self::MAX { 2 * characters } else { Self::MAX };
        characters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alphabet;
    use crate::tables::{Finder, Tables};

    /// Returns blocks of one octet alone, of letters with that octet at each position, and of the
    /// same with one more octet.
    fn blocks(more: u8) -> impl Iterator<Item = (u8, [u8; BLOCK])> {
        let step = if cfg!(miri) { 17 } else { 1 };
        (0..=255).step_by(step).flat_map(move |octet| {
            let among_letters = (0..BLOCK).flat_map(move |at| {
                let mut block = [b'a'; BLOCK];
                block[at] = octet;
                let mut other = block;
                other[(at + 1) % BLOCK] = more;
                [(octet, block), (octet, other)]
            });
            core::iter::once((octet, [octet; BLOCK])).chain(among_letters)
        })
    }

    #[test]
    fn a_block_is_plain_if_each_ascii_character_takes_one_septet() {
        let finder = Finder::of(Alphabet::DEFAULT);
        for (octet, block) in blocks(b'@') {
            let one = |octet: u8| {
                finder
                    .find(char::from(octet))
                    .filter(|septets| octet.is_ascii() && septets.len() == 1)
                    .map(|septets| septets.octets()[0])
            };
            let mut septets = [0; BLOCK];
            let is_plain = to_septets(&block, &mut septets);
            assert_eq!(is_plain, one(octet).is_some(), "{octet:02X}");
            if is_plain {
                assert_eq!(septets.map(Some), block.map(one), "{octet:02X}");
            }
        }
    }

    #[test]
    fn a_block_of_septets_is_plain_if_each_is_an_ascii_character() {
        let tables = Tables::of(Alphabet::DEFAULT);
        for (septet, block) in blocks(0x00) {
            let one = |septet: u8| {
                let character = tables.character(septet).filter(char::is_ascii)?;
                u8::try_from(character).ok()
            };
            match to_ascii(&block) {
                Some(ascii) => assert_eq!(ascii.map(Some), block.map(one), "{septet:02X}"),
                None => assert_eq!(one(septet), None, "{septet:02X}"),
            }
        }
    }

    #[test]
    fn a_block_is_the_same_if_each_octet_is() {
        let tables = Tables::of(Alphabet::DEFAULT);
        for (octet, block) in blocks(b'z') {
            // Line ends are the same too, and are left to the general path.
            let same = octet >= b' ' && tables.character(octet) == Some(char::from(octet));
            assert_eq!(is_same(&block), same, "{octet:02X}");
        }
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn septets_become_ascii_up_to_the_block_of_the_first_that_is_not() {
        let step = if cfg!(miri) { 9 } else { 1 };
        for length in (0..100).step_by(step) {
            let mut septets = alloc::vec![0x00; length];
            assert_eq!(to_ascii_in_place(&mut septets), length);
            assert_eq!(septets, alloc::vec![b'@'; length]);
            for odd in 0..length {
                let mut septets = alloc::vec![0x00; length];
                septets[odd] = 0x1B;
                let done = to_ascii_in_place(&mut septets);
                assert_eq!(done, odd / BLOCK * BLOCK, "{odd} of {length}");
                assert!(septets[..done].iter().all(|&octet| octet == b'@'));
                assert!(septets[done..].iter().all(|&octet| octet != b'@'));
            }
        }
    }

    #[test]
    fn backoff_doubles_with_each_miss_until_a_block_is_plain() {
        let mut backoff = Backoff::new();
        let five = |backoff: &mut Backoff| [(); 5].map(|()| backoff.after_miss());
        assert_eq!(five(&mut backoff), [64, 128, 256, 256, 256]);
        backoff.reset();
        assert_eq!(five(&mut backoff), [64, 128, 256, 256, 256]);
    }
}
