//! A queue of two stacks, which is smaller in flash than a ring.

use alloc::vec::Vec;

/// Values that leave in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    added: Vec<T>,
    /// The values that leave first, the next one at the end; empty only if no value waits.
    leaving: Vec<T>,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { added: Vec::new(), leaving: Vec::new() }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.leaving.is_empty() {
            self.leaving.push(value);
        } else {
            self.added.push(value);
        }
    }

    /// Returns `true` if no value waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.leaving.is_empty()
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let value = self.leaving.pop();
        if self.leaving.is_empty() {
            core::mem::swap(&mut self.added, &mut self.leaving);
            self.leaving.reverse();
        }
        value
    }

    /// The value that was added last, if it still waits.
    pub(crate) fn last(&self) -> Option<&T> {
        self.added.last().or(self.leaving.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_leave_in_their_order_while_others_are_added() {
        let mut queue = Queue::new();
        let mut left = Vec::new();
        for value in 0..100 {
            queue.push(value);
            assert_eq!(queue.last(), Some(&value));
            if value % 3 == 0 {
                left.extend(queue.pop());
            }
        }
        left.extend(core::iter::from_fn(|| queue.pop()));
        assert!(left.iter().copied().eq(0..100));
    }
}
