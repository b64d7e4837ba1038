//! Ordered maps and sets, and double-ended queues, for this crate and `modem`.
//!
//! With `fast` a map is kept in blocks of sorted vectors, and a queue is the ring buffer of
//! `alloc`. Without it both are one vector with the same methods: a microcontroller has tens of
//! entries, and little flash.
//!
//! The blocks take the place of the trees of `alloc`, which are eight thousand lines of LLVM for
//! each pair of types; blocks are two thousand. Nanoseconds of an insertion in random order, of a
//! search, and of adding to a queue and taking from it, with entries of 8 octets and of 120 (Intel
//! Xeon of the Sapphire Rapids family, the lesser of two runs beside other builds):
//!
//! | entries | tree, 8 | blocks, 8 | tree, 120 | blocks, 120 |
//! |---:|---:|---:|---:|---:|
//! | 10 | 11, 7, 20 | 20, 7, 12 | 17, 7, 42 | 25, 11, 30 |
//! | 1,000 | 65, 53, 48 | 55, 33, 12 | 82, 55, 77 | 88, 55, 26 |
//! | 100,000 | 364, 362, 105 | 350, 303, 13 | 678, 535, 168 | 1334, 696, 50 |
//! | 1,000,000 | 830, 958, 117 | 1163, 787, 14 | 1819, 1220, 179 | 4368, 1847, 82 |
//!
//! Blocks are thus good for any number of entries of which the highest are added and the lowest are
//! removed, as of messages by their numbers. In random order they are good for 100,000 small
//! entries, and take twice as long as a tree for 100,000 large ones.

#[cfg(feature = "fast")]
pub use alloc::collections::VecDeque as Deque;
use core::borrow::Borrow;
use core::ops::{Bound, RangeBounds};

#[cfg(feature = "fast")]
pub use blocks::{Entry, IntoIter, Iter, IterMut, Map};
#[cfg(not(feature = "fast"))]
pub use deque::Deque;
pub use set::Set;
#[cfg(not(feature = "fast"))]
pub use sorted::{Entry, Map};

#[cfg(any(test, feature = "fast"))]
#[cfg_attr(
    not(feature = "fast"),
    expect(unnameable_types, reason = "without `fast` only the tests have them")
)]
mod blocks;
#[cfg(any(test, not(feature = "fast")))]
#[cfg_attr(
    feature = "fast",
    expect(unnameable_types, reason = "with `fast` only the tests have them")
)]
mod deque;
mod set;
#[cfg(any(test, not(feature = "fast")))]
#[cfg_attr(
    feature = "fast",
    expect(unnameable_types, reason = "with `fast` only the tests have them")
)]
mod sorted;

/// An end of a range of keys: before the key, or after it.
struct End<'a, K> {
    key: &'a K,
    is_after: bool,
}

/// The ends of a range, as far as it has any.
fn ends<K>(range: &impl RangeBounds<K>) -> (Option<End<'_, K>>, Option<End<'_, K>>) {
    let end = |bound, is_after_included| match bound {
        Bound::Included(key) => Some(End { key, is_after: is_after_included }),
        Bound::Excluded(key) => Some(End { key, is_after: !is_after_included }),
        Bound::Unbounded => None,
    };
    (end(range.start_bound(), false), end(range.end_bound(), true))
}

/// The index of a key in sorted entries, or the index at which it would stand.
fn search<K: Borrow<Q>, V, Q: Ord + ?Sized>(entries: &[(K, V)], key: &Q) -> Result<usize, usize> {
    entries.binary_search_by(|(other, _)| other.borrow().cmp(key))
}

/// The index of the first entry that is not before the end.
fn position<K: Ord, V>(entries: &[(K, V)], end: &End<'_, K>) -> usize {
    match search(entries, end.key) {
        Ok(index) => index + usize::from(end.is_after),
        Err(index) => index,
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::deque::Deque;
    use super::{Set, blocks, sorted};

    /// The same steps for a map and a tree, with keys for several blocks.
    macro_rules! does_what_a_tree_does {
        ($($name:ident: $map:ty),*) => {
            proptest! {
                $(#[test]
                fn $name(
                    steps in prop::collection::vec((0..8_u8, 0..80_u8, 0..80_u8), 0..400),
                ) {
                    let (mut map, mut tree) = (<$map>::new(), BTreeMap::new());
                    for (step, key, value) in steps {
                        match step {
                            0..=3 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                            4 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                            5 => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                            6 => {
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
                        prop_assert!(map.range(low..high).rev().eq(tree.range(low..high).rev()));
                        prop_assert!(high == low || map.range(high..low).next().is_none());
                        prop_assert_eq!(map.get(&key), tree.get(&key));
                        prop_assert_eq!(map.contains_key(&value), tree.contains_key(&value));
                        prop_assert_eq!(map.first_key_value(), tree.first_key_value());
                        prop_assert_eq!(map.last_key_value(), tree.last_key_value());
                        prop_assert_eq!((map.len(), map.is_empty()), (tree.len(), tree.is_empty()));
                    }
                    prop_assert_eq!(alloc::format!("{map:?}"), alloc::format!("{tree:?}"));
                    let copy: $map = tree.iter().map(|(key, value)| (*key, *value)).collect();
                    prop_assert_eq!(&copy, &map);
                    prop_assert!(map.into_iter().eq(tree));
                })*
            }
        };
    }

    does_what_a_tree_does! {
        a_map_in_blocks_does_what_a_tree_does: blocks::Map<u8, u8>,
        a_map_in_a_sorted_vector_does_what_a_tree_does: sorted::Map<u8, u8>
    }

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
        fn a_set_does_what_a_tree_does(
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
