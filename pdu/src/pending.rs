//! A long message of which parts are missing, and how the reassembler finds it.

use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::element::{Concatenation, Reference};
use crate::message::{Message, Part};

/// A message of which parts are missing.
#[derive(Debug, Clone)]
pub(crate) struct Pending<T> {
    age: Age,
    /// The number of the sender.
    sender: usize,
    sequences: Sequences,
    /// By sequence, fewer than the message has.
    parts: Vec<Part<T>>,
}

impl<T> Pending<T> {
    pub(crate) fn new(age: Age, sender: usize) -> Self {
        Self { age, sender, sequences: Sequences::default(), parts: Vec::new() }
    }

    pub(crate) const fn age(&self) -> Age {
        self.age
    }

    pub(crate) const fn sender(&self) -> usize {
        self.sender
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn parts(&self) -> &[Part<T>] {
        &self.parts
    }

    pub(crate) fn get(&self, sequence: u8) -> Option<&Part<T>> {
        if self.sequences.contains(sequence) {
            self.parts.get(self.sequences.below(sequence))
        } else {
            None
        }
    }

    /// Adds a part that is not there yet of a message of `total`, and gives how many there are.
    #[inline]
    pub(crate) fn push(&mut self, total: u8, part: Part<T>) -> u8 {
        let len = self.parts.len();
        if len == self.parts.capacity() {
            // The message may never be complete: no room in advance for 255 parts. Next to none has more than ten.
            self.parts.reserve_exact(len.max(10).min(usize::from(total).saturating_sub(len)));
        }
        let sequence = part.sequence;
        let at = self.sequences.below(sequence);
        if at == len {
            // Nearly always.
            self.parts.push(part);
        } else {
            self.parts.insert(at, part);
        }
        self.sequences.insert(sequence);
        // At most 255, since every sequence is there once.
        u8::try_from(len + 1).unwrap_or(u8::MAX)
    }

    pub(crate) fn into_message(self, key: Key) -> Message<T> {
        Message { parts: self.parts, reference: Some(key.reference()), total: key.total() }
    }
}

/// What the parts of one message have in common, in one number, since trees compare it at every step: the sender, and
/// in the low 32 bits the width of the reference, the reference, and how many parts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u128);

impl Key {
    const WIDE: u128 = 1 << 24;

    pub(crate) fn new(sender: &Address, concatenation: Concatenation) -> Self {
        let wide = match concatenation.reference() {
            Reference::Eight(_) => 0,
            Reference::Sixteen(_) => Self::WIDE,
        };
        let reference = u128::from(concatenation.reference().value()) << 8;
        Self(sender.to_number() << 32 | wide | reference | u128::from(concatenation.total()))
    }

    /// The sender's address in one number of 96 bits.
    pub(crate) const fn sender(self) -> u128 {
        self.0 >> 32
    }

    /// No key of the same sender is lower.
    pub(crate) const fn first_of_sender(self) -> Self {
        Self(self.sender() << 32)
    }

    pub(crate) const fn reference(self) -> Reference {
        let [.., high, low, _] = self.0.to_be_bytes();
        if self.0 & Self::WIDE == 0 {
            Reference::Eight(low)
        } else {
            Reference::Sixteen(u16::from_be_bytes([high, low]))
        }
    }

    pub(crate) const fn total(self) -> u8 {
        let [.., total] = self.0.to_be_bytes();
        total
    }
}

/// The number tells messages of one time apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Age {
    pub(crate) expiry: Duration,
    pub(crate) number: u64,
}

impl Age {
    pub(crate) const FIRST: Self = Self { expiry: Duration::ZERO, number: 0 };
    pub(crate) const LAST: Self = Self { expiry: Duration::MAX, number: u64::MAX };
}

/// Which parts are there: a bit each, so that the parts themselves, which are far apart, need not be looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Sequences([u64; 4]);

impl Sequences {
    const fn contains(self, sequence: u8) -> bool {
        self.0[(sequence / 64) as usize] >> (sequence % 64) & 1 != 0
    }

    const fn insert(&mut self, sequence: u8) {
        self.0[(sequence / 64) as usize] |= 1 << (sequence % 64);
    }

    /// How many there are below a sequence: the index of its part.
    fn below(self, sequence: u8) -> usize {
        let (word, bit) = (usize::from(sequence / 64), sequence % 64);
        let whole: u32 = self.0[..word].iter().map(|word| word.count_ones()).sum();
        // At most 255.
        (whole + (self.0[word] & ((1 << bit) - 1)).count_ones()) as usize
    }
}
