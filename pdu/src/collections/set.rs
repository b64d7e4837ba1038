//! An ordered set.

use core::ops::RangeBounds;
use core::{fmt, iter};

use super::Map;

/// A set on top of the map, with the methods of a `BTreeSet`.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<K> {
    map: Map<K, ()>,
}

impl<K> Set<K> {
    /// Creates an empty set.
    pub const fn new() -> Self {
        Self { map: Map::new() }
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns `true` if the set is empty.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The lowest member.
    pub fn first(&self) -> Option<&K> {
        self.map.first_key_value().map(|(member, ())| member)
    }

    /// Removes and returns the lowest member.
    pub fn pop_first(&mut self) -> Option<K> {
        self.map.pop_first().map(|(member, ())| member)
    }

    /// The members in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.map.keys()
    }
}

impl<K: Ord> Set<K> {
    /// Returns `true` if there is the member.
    pub fn contains(&self, member: &K) -> bool {
        self.map.contains_key(member)
    }

    /// Adds a member. Returns `true` if it was not there.
    pub fn insert(&mut self, member: K) -> bool {
        self.map.insert(member, ()).is_none()
    }

    /// Removes a member. Returns `true` if it was there.
    pub fn remove(&mut self, member: &K) -> bool {
        self.map.remove(member).is_some()
    }

    /// The members in the range.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = &K> {
        self.map.range(range).map(|(member, ())| member)
    }

    /// Returns `true` if all members are members of another set.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|member| other.contains(member))
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(members: I) -> Self {
        let mut set = Self::new();
        set.extend(members);
        set
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<'a, K: Ord + Copy + 'a> Extend<&'a K> for Set<K> {
    fn extend<I: IntoIterator<Item = &'a K>>(&mut self, members: I) {
        for member in members {
            self.insert(*member);
        }
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = iter::Map<<Map<K, ()> as IntoIterator>::IntoIter, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(member, ())| member)
    }
}

impl<'a, K> IntoIterator for &'a Set<K> {
    type Item = &'a K;
    type IntoIter =
        iter::Map<<&'a Map<K, ()> as IntoIterator>::IntoIter, fn((&'a K, &'a ())) -> &'a K>;

    fn into_iter(self) -> Self::IntoIter {
        (&self.map).into_iter().map(|(member, _)| member)
    }
}

impl<K: fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
