//! A double-ended queue in a vector.

use alloc::vec::{self, Vec};
use core::ops::{Deref, DerefMut};

/// A double-ended queue in a vector, with the methods of a `VecDeque`.
///
/// Taking from its front moves the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deque<T> {
    entries: Vec<T>,
}

impl<T> Deque<T> {
    /// Creates an empty deque.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds an entry at the back.
    pub fn push_back(&mut self, entry: T) {
        self.entries.push(entry);
    }

    /// Adds an entry at the front.
    pub fn push_front(&mut self, entry: T) {
        self.entries.insert(0, entry);
    }

    /// The entry at the front.
    pub fn front(&self) -> Option<&T> {
        self.entries.first()
    }

    /// Removes and returns the entry at the front.
    pub fn pop_front(&mut self) -> Option<T> {
        self.remove(0)
    }

    /// Removes and returns the entry at an index.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        (index < self.len()).then(|| self.entries.remove(index))
    }

    /// Removes the entries that `keep` refuses.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.entries.retain(keep);
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl<T> Deref for Deque<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.entries
    }
}

impl<T> DerefMut for Deque<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }
}

impl<T> Default for Deque<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<Vec<T>> for Deque<T> {
    fn from(entries: Vec<T>) -> Self {
        Self { entries }
    }
}

impl<T> From<Deque<T>> for Vec<T> {
    fn from(deque: Deque<T>) -> Self {
        deque.entries
    }
}

impl<T> Extend<T> for Deque<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        self.entries.extend(entries);
    }
}

impl<T> FromIterator<T> for Deque<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

impl<T> IntoIterator for Deque<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Deque<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Deque<T> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter_mut()
    }
}
