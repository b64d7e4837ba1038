//! The number of pending parts of each sender.

use alloc::vec::Vec;

/// The senders who have pending parts, each under a number that stays the same while there are any.
/// So counting another part needs no search.
#[derive(Debug, Clone)]
pub(crate) struct Senders {
    counts: Vec<Count>,
    /// Numbers that are not in use.
    free: Vec<usize>,
    /// The numbers in use, in no order, by magnitude of the number of parts. The magnitude changes
    /// less often than the number, and the heaviest sender is needed only if there is no room.
    magnitudes: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    parts: usize,
    /// The position of the number among those of its magnitude.
    place: usize,
}

impl Senders {
    pub(crate) const fn new() -> Self {
        Self { counts: Vec::new(), free: Vec::new(), magnitudes: Vec::new() }
    }

    /// Returns a number for a new sender, who is about to get a part.
    pub(crate) fn enter(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.counts.push(Count { parts: 0, place: 0 });
            self.counts.len() - 1
        })
    }

    /// Returns the number of parts of a sender.
    pub(crate) fn parts(&self, number: usize) -> usize {
        // Never panics: numbers come from `enter`, and are in use until `remove` counts down to
        // zero.
        self.counts[number].parts
    }

    /// Counts another part.
    #[inline]
    pub(crate) fn add(&mut self, number: usize) {
        let parts = self.parts(number) + 1;
        if parts.is_power_of_two() {
            self.change(number, parts);
        } else {
            // The magnitude is the same.
            self.counts[number].parts = parts;
        }
    }

    /// Subtracts `parts` from the count; at zero the sender is removed.
    pub(crate) fn remove(&mut self, number: usize, parts: usize) {
        self.change(number, self.parts(number) - parts);
        if self.parts(number) == 0 {
            self.free.push(number);
        }
    }

    /// Iterates over the senders by magnitude of the number of parts, heaviest first.
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

/// Returns the binary logarithm of a number of parts, or `None` for zero.
fn magnitude(parts: usize) -> Option<usize> {
    // At most 63.
    parts.checked_ilog2().map(|magnitude| magnitude as usize)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn the_heaviest_are_those_that_a_look_at_every_count_finds() {
        let mut senders = Senders::new();
        let mut naive: Vec<Option<(usize, usize)>> = vec![None; 16];
        let mut seed = 1_u64;
        for _ in 0..if cfg!(miri) { 200 } else { 5_000 } {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let sender = &mut naive[usize::from(seed.to_be_bytes()[0] >> 4)];
            let (number, parts) = sender.unwrap_or_else(|| (senders.enter(), 0));
            assert_eq!(senders.parts(number), parts);
            if seed >> 40 & 0x1F == 0 && parts > 0 {
                senders.remove(number, parts);
                *sender = None;
            } else {
                senders.add(number);
                *sender = Some((number, parts + 1));
            }
            let heaviest = senders.heaviest().map(|number| senders.parts(number));
            let heaviest: Vec<_> = heaviest.map(magnitude).collect();
            let mut expected: Vec<_> =
                naive.iter().flatten().map(|&(_, parts)| magnitude(parts)).collect();
            expected.sort_unstable_by(|one, other| other.cmp(one));
            assert_eq!(heaviest, expected);
        }
    }
}
