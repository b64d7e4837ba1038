//! A queue of bytes in one piece, which is smaller in flash than a ring.

use alloc::vec::Vec;

/// Bytes that are added at the end and taken at the beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct Bytes {
    held: Vec<u8>,
    /// The bytes of `held` that were taken; at most half of them.
    taken: usize,
}

impl Bytes {
    pub(super) const fn new() -> Self {
        Self { held: Vec::new(), taken: 0 }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.held.get(self.taken..).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// Removes this number of bytes at the beginning.
    pub(super) fn take(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count).min(self.held.len());
        // A byte is moved only for another one that was taken.
        let (room, rest) = self.held.split_at_mut(self.taken);
        let left = rest.len();
        // The two do not overlap, and need no `memmove`, which takes 1.3 KB of flash.
        if let Some(room) = room.get_mut(..left) {
            room.copy_from_slice(rest);
            self.held.truncate(left);
            self.taken = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_their_order_and_taken_ones_do_not_remain() {
        let (mut bytes, mut next, mut expected) = (Bytes::new(), 0u8, 0u8);
        for round in 0..1_000usize {
            let more: Vec<u8> = (0..round % 7)
                .map(|_| {
                    next = next.wrapping_add(1);
                    next
                })
                .collect();
            bytes.extend(&more);
            let count = (round % 5).min(bytes.len());
            for byte in &bytes.as_slice()[..count] {
                expected = expected.wrapping_add(1);
                assert_eq!(*byte, expected);
            }
            bytes.take(count);
            assert!(bytes.taken <= bytes.len() && bytes.held.len() == bytes.taken + bytes.len());
        }
        bytes.take(usize::MAX);
        assert!(bytes.is_empty() && bytes.held.is_empty());
    }
}
