//! A concatenated message with missing parts, and the key by which the reassembler finds it.

use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::deliver_ref::DeliverRef;
use crate::element::{Concatenation, Reference};
use crate::message::{Message, Part};

/// A message with missing parts.
#[derive(Debug, Clone)]
pub(crate) struct Pending<T> {
    age: Age,
    /// The number of the sender.
    sender: usize,
    sequences: Sequences,
    /// By sequence, fewer than the total of the message.
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

    /// Adds a part that is missing from a message of `total`, and returns the number of parts
    /// received.
    #[inline]
    pub(crate) fn push(&mut self, total: u8, sequence: u8, deliver: &DeliverRef<'_>, tag: T) -> u8 {
        let len = self.parts.len();
        if len == self.parts.capacity() {
            // The message may never be complete, so no space is reserved for 255 parts. Nearly all
            // messages have at most ten.
            self.parts.reserve_exact(len.max(10).min(usize::from(total).saturating_sub(len)));
        }
        let part = Part { sequence, deliver: deliver.to_empty(), tag };
        let at = self.sequences.below(sequence);
        self.parts.insert(at, part);
        if let Some(part) = self.parts.get_mut(at) {
            // Copied once, since a part is large.
            part.deliver.user_data.copy(deliver.user_data);
        }
        self.sequences.insert(sequence);
        // At most 255, since every sequence is there once.
        u8::try_from(len + 1).unwrap_or(u8::MAX)
    }

    pub(crate) fn into_message(self, key: Key) -> Message<T> {
        Message { parts: self.parts, reference: Some(key.reference()), total: key.total() }
    }
}

/// The identity of a message in two numbers, since trees compare it at every step: the sender, then
/// the width of the reference, the reference, and the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    sender: u128,
    message: u32,
}

impl Key {
    const WIDE: u32 = 1 << 24;

    pub(crate) fn new(sender: &Address, concatenation: Concatenation) -> Self {
        let wide = match concatenation.reference() {
            Reference::Eight(_) => 0,
            Reference::Sixteen(_) => Self::WIDE,
        };
        let reference = u32::from(concatenation.reference().value()) << 8;
        let message = wide | reference | u32::from(concatenation.total());
        Self { sender: sender.to_number(), message }
    }

    /// Returns the sender's address as one number of 128 bits.
    pub(crate) const fn sender(self) -> u128 {
        self.sender
    }

    /// Returns a key such that no key of the same sender is lower.
    pub(crate) const fn first_of_sender(self) -> Self {
        Self { message: 0, ..self }
    }

    pub(crate) const fn reference(self) -> Reference {
        let [_, high, low, _] = self.message.to_be_bytes();
        if self.message & Self::WIDE == 0 {
            Reference::Eight(low)
        } else {
            Reference::Sixteen(u16::from_be_bytes([high, low]))
        }
    }

    pub(crate) const fn total(self) -> u8 {
        let [.., total] = self.message.to_be_bytes();
        total
    }
}

/// The expiry of a message, with a number that tells apart messages of the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Age {
    pub(crate) expiry: Duration,
    pub(crate) number: u64,
}

impl Age {
    pub(crate) const FIRST: Self = Self { expiry: Duration::ZERO, number: 0 };
    pub(crate) const LAST: Self = Self { expiry: Duration::MAX, number: u64::MAX };
}

/// The sequences that are present, one bit each, so that the parts themselves, which are far apart,
/// need no look.
#[derive(Debug, Clone, Copy, Default)]
struct Sequences([u64; 4]);

impl Sequences {
    const fn contains(self, sequence: u8) -> bool {
        self.0[(sequence / 64) as usize] >> (sequence % 64) & 1 != 0
    }

    const fn insert(&mut self, sequence: u8) {
        self.0[(sequence / 64) as usize] |= 1 << (sequence % 64);
    }

    /// Returns the number of sequences below this one: the index of its part.
    fn below(self, sequence: u8) -> usize {
        let (word, bit) = (usize::from(sequence / 64), sequence % 64);
        let whole: u32 = self.0[..word].iter().map(|word| word.count_ones()).sum();
        // At most 255.
        (whole + (self.0[word] & ((1 << bit) - 1)).count_ones()) as usize
    }
}
