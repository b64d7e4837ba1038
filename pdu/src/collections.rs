//! Ordered maps and sets, and double-ended queues, for this crate and `modem`.
//!
//! With `fast` they are the trees and the ring buffer of `alloc`, whose operations take logarithmic
//! or constant time however many entries there are. Without it they are vectors with the same
//! methods: a microcontroller has tens of entries, and each type of tree takes four kilobytes of
//! its flash.
//!
//! [`SmallMap`] and [`SmallSet`] are such vectors with `fast` too, for entries that are few, or
//! seldom added and removed: a type of tree is five times as much code to compile.

#[cfg(feature = "fast")]
pub use alloc::collections::{BTreeMap as Map, BTreeSet as Set, VecDeque as Deque};

#[cfg(not(feature = "fast"))]
pub use deque::Deque;
pub use sorted::{Entry as SmallEntry, Map as SmallMap, Set as SmallSet};
#[cfg(not(feature = "fast"))]
pub use sorted::{Map, Set};

#[cfg(any(test, not(feature = "fast")))]
#[cfg_attr(
    feature = "fast",
    expect(unnameable_types, reason = "with `fast` only the tests have them")
)]
mod deque;

mod sorted {
    use alloc::vec::{self, Vec};
    use core::borrow::Borrow;
    use core::ops::RangeBounds;
    use core::{fmt, iter, slice};

    /// A map in a vector that is sorted by key, with the methods of a `BTreeMap`.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Map<K, V> {
        entries: Vec<(K, V)>,
    }

    /// A set in a sorted vector, with the methods of a `BTreeSet`.
    #[derive(Clone, PartialEq, Eq)]
    pub struct Set<K> {
        map: Map<K, ()>,
    }

    /// The position of a key in a map.
    #[derive(Debug)]
    pub struct Entry<'a, K, V> {
        map: &'a mut Map<K, V>,
        key: K,
    }

    impl<K, V> Map<K, V> {
        /// Creates an empty map.
        pub const fn new() -> Self {
            Self { entries: Vec::new() }
        }

        /// The number of entries.
        pub fn len(&self) -> usize {
            self.entries.len()
        }

        /// Returns `true` if there is no entry.
        pub fn is_empty(&self) -> bool {
            self.entries.is_empty()
        }

        /// Removes all entries.
        pub fn clear(&mut self) {
            self.entries.clear();
        }

        /// The entries in the order of their keys.
        pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
            self.into_iter()
        }

        /// The entries in the order of their keys, with mutable values.
        pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
            self.into_iter()
        }

        /// The keys in their order.
        pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
            self.entries.iter().map(|(key, _)| key)
        }

        /// The values in the order of their keys.
        pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
            self.entries.iter().map(|(_, value)| value)
        }

        /// The entry with the lowest key.
        pub fn first_key_value(&self) -> Option<(&K, &V)> {
            self.entries.first().map(|(key, value)| (key, value))
        }

        /// Removes and returns the entry with the lowest key.
        pub fn pop_first(&mut self) -> Option<(K, V)> {
            (!self.is_empty()).then(|| self.entries.remove(0))
        }
    }

    impl<K: Ord, V> Map<K, V> {
        /// The index of a key, or the index at which it would stand.
        fn search<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
        where
            K: Borrow<Q>,
        {
            self.entries.binary_search_by(|(other, _)| other.borrow().cmp(key))
        }

        /// Returns `true` if there is an entry for the key.
        pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
        where
            K: Borrow<Q>,
        {
            self.search(key).is_ok()
        }

        /// The value of a key.
        pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
        where
            K: Borrow<Q>,
        {
            let at = self.search(key).ok()?;
            self.entries.get(at).map(|(_, value)| value)
        }

        /// The mutable value of a key.
        pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
        where
            K: Borrow<Q>,
        {
            let at = self.search(key).ok()?;
            self.entries.get_mut(at).map(|(_, value)| value)
        }

        /// Sets the value of a key, and returns the value that it had.
        pub fn insert(&mut self, key: K, value: V) -> Option<V> {
            match self.search(&key) {
                Ok(at) => {
                    let (_, former) = self.entries.get_mut(at)?;
                    Some(core::mem::replace(former, value))
                }
                Err(at) => {
                    self.entries.insert(at, (key, value));
                    None
                }
            }
        }

        /// Removes a key, and returns its value.
        pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
        where
            K: Borrow<Q>,
        {
            let at = self.search(key).ok()?;
            Some(self.entries.remove(at).1)
        }

        /// The position of a key, for a value that may be there.
        pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
            Entry { map: self, key }
        }

        /// The entries whose keys are in the range.
        pub fn range(
            &self,
            range: impl RangeBounds<K>,
        ) -> impl DoubleEndedIterator<Item = (&K, &V)> {
            let entries = self.entries.iter().map(|(key, value)| (key, value));
            entries.filter(move |(key, _)| range.contains(key))
        }
    }

    impl<'a, K: Ord, V> Entry<'a, K, V> {
        /// The value of the key, which `make` creates if there is none.
        pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
            let Self { map, key } = self;
            let at = map.search(&key).unwrap_or_else(|at| {
                map.entries.insert(at, (key, make()));
                at
            });
            // The index was found or has just been filled.
            &mut map.entries[at].1
        }

        /// The value of the key, which is the default if there is none.
        pub fn or_default(self) -> &'a mut V
        where
            V: Default,
        {
            self.or_insert_with(V::default)
        }
    }

    impl<K, V> Default for Map<K, V> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
        fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
            let mut map = Self::new();
            for (key, value) in entries {
                map.insert(key, value);
            }
            map
        }
    }

    impl<'a, K, V> IntoIterator for &'a Map<K, V> {
        type Item = (&'a K, &'a V);
        type IntoIter = iter::Map<slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> Self::Item>;

        fn into_iter(self) -> Self::IntoIter {
            self.entries.iter().map(|(key, value)| (key, value))
        }
    }

    impl<'a, K, V> IntoIterator for &'a mut Map<K, V> {
        type Item = (&'a K, &'a mut V);
        type IntoIter = iter::Map<slice::IterMut<'a, (K, V)>, fn(&'a mut (K, V)) -> Self::Item>;

        fn into_iter(self) -> Self::IntoIter {
            self.entries.iter_mut().map(|(key, value)| (&*key, value))
        }
    }

    impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_map().entries(self.iter()).finish()
        }
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

        /// Returns `true` if there is no member.
        pub fn is_empty(&self) -> bool {
            self.map.is_empty()
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
            for member in members {
                set.insert(member);
            }
            set
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
        type IntoIter = iter::Map<vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

        fn into_iter(self) -> Self::IntoIter {
            self.map.entries.into_iter().map(|(member, ())| member)
        }
    }

    impl<'a, K> IntoIterator for &'a Set<K> {
        type Item = &'a K;
        type IntoIter = iter::Map<slice::Iter<'a, (K, ())>, fn(&'a (K, ())) -> &'a K>;

        fn into_iter(self) -> Self::IntoIter {
            self.map.entries.iter().map(|(member, ())| member)
        }
    }

    impl<K: fmt::Debug> fmt::Debug for Set<K> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_set().entries(self.iter()).finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::deque::Deque;
    use super::sorted::{Map, Set};

    proptest! {
        #[test]
        fn a_deque_in_a_vector_does_what_a_ring_buffer_does(
            start in prop::collection::vec(0..12_u8, 0..12),
            steps in prop::collection::vec((0..8_u8, 0..12_u8), 0..200),
        ) {
            let mut deque = Deque::from(start.clone());
            let mut ring = VecDeque::from(start);
            for (step, entry) in steps {
                match step {
                    0 | 1 => { deque.push_back(entry); ring.push_back(entry); }
                    2 => { deque.push_front(entry); ring.push_front(entry); }
                    3 => prop_assert_eq!(deque.pop_front(), ring.pop_front()),
                    4 => {
                        prop_assert_eq!(deque.remove(entry.into()), ring.remove(entry.into()));
                    }
                    5 => { deque.retain(|other| *other != entry); ring.retain(|other| *other != entry); }
                    6 => { deque.extend([entry; 2]); ring.extend([entry; 2]); }
                    _ => {
                        let raise = |other: &mut u8| *other = other.wrapping_add(entry);
                        (&mut deque).into_iter().for_each(raise);
                        ring.iter_mut().for_each(raise);
                    }
                }
                prop_assert!(deque.iter().eq(ring.iter()));
                prop_assert_eq!(deque.front(), ring.front());
                prop_assert_eq!(deque.contains(&entry), ring.contains(&entry));
                prop_assert_eq!((deque.len(), deque.is_empty()), (ring.len(), ring.is_empty()));
            }
            prop_assert_eq!(alloc::format!("{:?}", &*deque), alloc::format!("{ring:?}"));
            let copy: Deque<u8> = deque.iter().copied().collect();
            prop_assert_eq!(Vec::from(copy), Vec::from(ring.clone()));
            prop_assert!(deque.clone().into_iter().eq(ring));
            deque.clear();
            prop_assert_eq!(deque, Deque::default());
        }

        #[test]
        fn a_sorted_map_does_what_a_tree_does(
            steps in prop::collection::vec((0..6_u8, 0..12_u8, 0..12_u8), 0..200),
        ) {
            let (mut map, mut tree) = (Map::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 | 1 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                    2 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                    3 => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                    4 => {
                        let sum = |all: &mut u8| *all = all.wrapping_add(value);
                        sum(map.entry(key).or_default());
                        sum(tree.entry(key).or_default());
                    }
                    _ => {
                        let raise = |all: &mut u8| *all = all.wrapping_add(1);
                        map.get_mut(&key).map(raise);
                        tree.get_mut(&key).map(raise);
                    }
                }
                prop_assert!(map.iter().eq(tree.iter()));
                prop_assert!(map.iter_mut().eq(tree.iter_mut()));
                prop_assert!(map.keys().rev().eq(tree.keys().rev()));
                prop_assert!(map.values().eq(tree.values()));
                prop_assert!(map.range(key..).eq(tree.range(key..)));
                prop_assert!(map.range(..=key).eq(tree.range(..=key)));
                let (low, high) = (key.min(value), key.max(value));
                prop_assert!(map.range(low..high).eq(tree.range(low..high)));
                prop_assert_eq!(map.get(&key), tree.get(&key));
                prop_assert_eq!(map.contains_key(&value), tree.contains_key(&value));
                prop_assert_eq!(map.first_key_value(), tree.first_key_value());
                prop_assert_eq!((map.len(), map.is_empty()), (tree.len(), tree.is_empty()));
            }
            prop_assert_eq!(alloc::format!("{map:?}"), alloc::format!("{tree:?}"));
        }

        #[test]
        fn a_sorted_set_does_what_a_tree_does(
            steps in prop::collection::vec((any::<bool>(), 0..12_u8), 0..200),
            others in prop::collection::vec(0..12_u8, 0..12),
        ) {
            let (mut set, mut tree) = (Set::new(), BTreeSet::new());
            let other_set: Set<u8> = others.iter().copied().collect();
            let other_tree: BTreeSet<u8> = others.iter().copied().collect();
            for (insert, member) in steps {
                match insert {
                    true => prop_assert_eq!(set.insert(member), tree.insert(member)),
                    false => prop_assert_eq!(set.remove(&member), tree.remove(&member)),
                }
                prop_assert!(set.iter().eq(tree.iter()));
                prop_assert!(set.range(member..).eq(tree.range(member..)));
                prop_assert_eq!(set.contains(&member), tree.contains(&member));
                prop_assert_eq!(set.is_subset(&other_set), tree.is_subset(&other_tree));
                prop_assert_eq!((set.len(), set.is_empty()), (tree.len(), tree.is_empty()));
            }
            set.extend(&others);
            tree.extend(&others);
            prop_assert_eq!(alloc::format!("{set:?}"), alloc::format!("{tree:?}"));
            prop_assert!(set.into_iter().eq(tree.into_iter().collect::<Vec<_>>()));
        }
    }
}
