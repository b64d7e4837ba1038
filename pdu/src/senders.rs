//! How many parts each sender has pending.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::pending::SenderKey;

/// The senders who have parts pending, each under a number that stays the same as long as there are any: to count one
/// more part needs no search.
#[derive(Debug, Clone)]
pub(crate) struct Senders {
    numbers: BTreeMap<SenderKey, usize>,
    counts: Vec<Count>,
    /// Numbers not in use.
    free: Vec<usize>,
    /// The numbers in use, in no order, by magnitude of how many parts they have: that changes less often than how
    /// many there are, and who has the most is asked only where there is no room.
    magnitudes: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    sender: SenderKey,
    parts: usize,
    /// Where the number stands among those of its magnitude.
    place: usize,
}

impl Senders {
    pub(crate) const fn new() -> Self {
        Self {
            numbers: BTreeMap::new(),
            counts: Vec::new(),
            free: Vec::new(),
            magnitudes: Vec::new(),
        }
    }

    /// The number of a sender, who is about to get a part.
    pub(crate) fn enter(&mut self, sender: SenderKey) -> usize {
        *self.numbers.entry(sender).or_insert_with(|| {
            let count = Count {
                sender,
                parts: 0,
                place: 0,
            };
            match self.free.pop() {
                Some(number) => {
                    self.counts[number] = count;
                    number
                }
                None => {
                    self.counts.push(count);
                    self.counts.len() - 1
                }
            }
        })
    }

    /// How many parts a sender has.
    pub(crate) fn parts(&self, number: usize) -> usize {
        // Numbers come from `enter` and are in use until `remove` counts down to none.
        self.counts[number].parts
    }

    /// Counts one more part.
    pub(crate) fn add(&mut self, number: usize) {
        self.change(number, self.parts(number) + 1);
    }

    /// Counts so many parts less; at none the sender leaves.
    pub(crate) fn remove(&mut self, number: usize, parts: usize) {
        self.change(number, self.parts(number) - parts);
        let Count { sender, parts, .. } = self.counts[number];
        if parts == 0 {
            self.numbers.remove(&sender);
            self.free.push(number);
        }
    }

    /// The senders by magnitude of how many parts they have, those with the most first.
    pub(crate) fn heaviest(&self) -> impl Iterator<Item = usize> + '_ {
        self.magnitudes.iter().rev().flatten().copied()
    }

    fn change(&mut self, number: usize, parts: usize) {
        let count = &mut self.counts[number];
        let (before, after) = (magnitude(count.parts), magnitude(parts));
        count.parts = parts;
        if before == after {
            return;
        }
        let place = count.place;
        if let Some(before) = before {
            let others = &mut self.magnitudes[before];
            others.swap_remove(place);
            if let Some(&moved) = others.get(place) {
                self.counts[moved].place = place;
            }
        }
        if let Some(after) = after {
            if self.magnitudes.len() <= after {
                self.magnitudes.resize(after + 1, Vec::new());
            }
            self.counts[number].place = self.magnitudes[after].len();
            self.magnitudes[after].push(number);
        }
    }
}

/// The binary logarithm of a number of parts, if there are any.
fn magnitude(parts: usize) -> Option<usize> {
    // At most 63.
    parts.checked_ilog2().map(|magnitude| magnitude as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_are_those_that_a_look_at_every_count_finds() {
        let mut senders = Senders::new();
        let mut naive: BTreeMap<SenderKey, usize> = BTreeMap::new();
        let mut seed = 1_u64;
        for _ in 0..5_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let sender = SenderKey::from(seed >> 60);
            let number = senders.enter(sender);
            let parts = naive.entry(sender).or_default();
            assert_eq!(senders.parts(number), *parts);
            if seed >> 40 & 0x1F == 0 && *parts > 0 {
                senders.remove(number, *parts);
                naive.remove(&sender);
            } else {
                senders.add(number);
                *parts += 1;
            }
            let heaviest: Vec<usize> = senders.heaviest().map(|number| senders.parts(number)).collect();
            let mut expected: Vec<usize> = naive.values().copied().collect();
            expected.sort_unstable_by(|one, other| other.cmp(one));
            let magnitudes =
                |parts: &[usize]| parts.iter().map(|&parts| magnitude(parts)).collect::<Vec<_>>();
            assert_eq!(magnitudes(&heaviest), magnitudes(&expected));
        }
    }
}
