//! How many parts each sender has pending.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::pending::SenderKey;

/// The senders who have parts pending, each under a number that stays the same as long as there are any: to count one
/// more part needs no search.
#[derive(Debug, Clone, Default)]
pub(crate) struct Senders {
    numbers: BTreeMap<SenderKey, usize>,
    counts: Vec<Count>,
    /// Numbers not in use.
    free: Vec<usize>,
    /// By magnitude of how many parts they have, which changes less often than their number.
    magnitudes: BTreeSet<(u32, SenderKey)>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    sender: SenderKey,
    parts: usize,
}

impl Senders {
    pub(crate) const fn new() -> Self {
        Self {
            numbers: BTreeMap::new(),
            counts: Vec::new(),
            free: Vec::new(),
            magnitudes: BTreeSet::new(),
        }
    }

    /// The number of a sender, who is about to get a part.
    pub(crate) fn enter(&mut self, sender: SenderKey) -> usize {
        *self.numbers.entry(sender).or_insert_with(|| {
            let count = Count { sender, parts: 0 };
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
    pub(crate) fn parts(&self, sender: SenderKey) -> usize {
        self.numbers
            .get(&sender)
            .map_or(0, |&number| self.counts[number].parts)
    }

    /// Counts one more part.
    pub(crate) fn add(&mut self, number: usize) {
        self.change(number, |parts| parts + 1);
    }

    /// Counts so many parts less; at none the sender leaves.
    pub(crate) fn remove(&mut self, number: usize, parts: usize) {
        self.change(number, |all| all - parts);
        let Count { sender, parts } = self.counts[number];
        if parts == 0 {
            self.numbers.remove(&sender);
            self.free.push(number);
        }
    }

    /// The senders by magnitude of how many parts they have, those with the most first.
    pub(crate) fn heaviest(&self) -> impl Iterator<Item = SenderKey> + '_ {
        self.magnitudes.iter().rev().map(|&(_, sender)| sender)
    }

    fn change(&mut self, number: usize, change: impl FnOnce(usize) -> usize) {
        // Numbers come from `enter` and are in use until `remove` counts down to none.
        let Count { sender, parts } = &mut self.counts[number];
        let before = magnitude(*parts);
        *parts = change(*parts);
        let after = magnitude(*parts);
        if before != after {
            before.and_then(|before| self.magnitudes.take(&(before, *sender)));
            after.map(|after| self.magnitudes.insert((after, *sender)));
        }
    }
}

/// The binary logarithm of a number of parts, if there are any.
fn magnitude(parts: usize) -> Option<u32> {
    parts.checked_ilog2()
}
