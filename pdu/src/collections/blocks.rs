//! An ordered map in blocks of sorted vectors.

use alloc::vec::{self, Vec};
use core::borrow::Borrow;
use core::ops::RangeBounds;
use core::{fmt, mem, slice};

use super::{End, ends, position, search};

/// A map in sorted vectors of limited length, with the methods of a `BTreeMap`.
///
/// The vectors are the blocks. All keys of a block are below those of the next one, and none of
/// several blocks is empty. A key is found by a search among the first keys of the blocks, and a
/// search within its block. An insertion or a removal moves the entries of one block, and seldom
/// the blocks.
#[derive(Clone)]
pub struct Map<K, V> {
    blocks: Vec<Vec<(K, V)>>,
    /// The index of the first block. Those before it are empty.
    start: usize,
    len: usize,
}

/// The position of an entry: its block, and its index within the block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    block: usize,
    index: usize,
}

/// The position of a key in a map.
#[derive(Debug)]
pub struct Entry<'a, K, V> {
    map: &'a mut Map<K, V>,
    key: K,
}

/// Iterates over entries in the order of their keys.
#[derive(Debug)]
pub struct Iter<'a, K, V> {
    front: slice::Iter<'a, (K, V)>,
    blocks: slice::Iter<'a, Vec<(K, V)>>,
    back: slice::Iter<'a, (K, V)>,
}

/// Iterates over entries in the order of their keys, with mutable values.
#[derive(Debug)]
pub struct IterMut<'a, K, V> {
    front: slice::IterMut<'a, (K, V)>,
    blocks: slice::IterMut<'a, Vec<(K, V)>>,
}

impl<K, V> Map<K, V> {
    /// The maximum number of entries of a block while the blocks are few. More would take longer to
    /// move, fewer longer to find.
    const BLOCK: usize = match 512 / (size_of::<(K, V)>() + 1) {
        // Tests split and join blocks that are small enough for their steps.
        _ if cfg!(test) => 8,
        entries @ 8..=64 => entries,
        0..8 => 8,
        _ => 64,
    };

    /// Creates an empty map.
    pub const fn new() -> Self {
        Self { blocks: Vec::new(), start: 0, len: 0 }
    }

    /// The number of entries.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns `true` if the map is empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let blocks = self.blocks.get(self.start..).unwrap_or_default();
        Iter { front: [].iter(), blocks: blocks.iter(), back: [].iter() }
    }

    /// The entries in the order of their keys, with mutable values.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut { front: [].iter_mut(), blocks: self.blocks.iter_mut() }
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the lowest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        let (key, value) = self.entries(self.start).first()?;
        Some((key, value))
    }

    /// The entry with the highest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Removes and returns the entry with the lowest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.remove_at(self.front())
    }

    /// The entries of a block.
    fn entries(&self, block: usize) -> &[(K, V)] {
        self.blocks.get(block).map_or(&[], Vec::as_slice)
    }

    /// The position of the first entry.
    const fn front(&self) -> At {
        At { block: self.start, index: 0 }
    }

    /// The position after all entries.
    fn back(&self) -> At {
        At { block: self.blocks.len(), index: 0 }
    }

    /// The entries between two positions, the second of which is not before the first.
    fn between(&self, start: At, end: At) -> Iter<'_, K, V> {
        let first = self.entries(start.block);
        if start.block == end.block {
            let entries = first.get(start.index..end.index).unwrap_or_default();
            return Iter { front: entries.iter(), blocks: [].iter(), back: [].iter() };
        }
        let blocks = self.blocks.get(start.block + 1..end.block).unwrap_or_default();
        Iter {
            front: first.get(start.index..).unwrap_or_default().iter(),
            blocks: blocks.iter(),
            back: self.entries(end.block).get(..end.index).unwrap_or_default().iter(),
        }
    }

    /// Removes an entry.
    fn remove_at(&mut self, At { block, index }: At) -> Option<(K, V)> {
        let entries = self.blocks.get_mut(block).filter(|entries| index < entries.len())?;
        let entry = entries.remove(index);
        self.len -= 1;
        let len = entries.len();
        if len < Self::BLOCK / 4 && self.blocks.len() - self.start > 1 {
            self.settle(block);
        }
        Some(entry)
    }

    /// Removes one of several blocks if it is empty, or joins it with a neighbour if both are
    /// small.
    #[cold]
    fn settle(&mut self, block: usize) {
        if self.entries(block).is_empty() {
            if block == self.start {
                self.leave_first();
            } else {
                self.blocks.remove(block);
            }
            return;
        }
        for left in block.saturating_sub(1).max(self.start)..=block {
            let Some([one, other, ..]) = self.blocks.get_mut(left..) else {
                continue;
            };
            if one.len() + other.len() <= Self::BLOCK / 2 {
                one.append(other);
                self.blocks.remove(left + 1);
                return;
            }
        }
    }

    /// Removes the first block, which is empty. The others move when as many have been removed.
    fn leave_first(&mut self) {
        self.blocks[self.start] = Vec::new();
        self.start += 1;
        if self.start > self.blocks.len() / 2 {
            self.blocks = self.blocks.split_off(self.start);
            self.start = 0;
        }
    }
}

impl<K: Ord, V> Map<K, V> {
    /// The last block whose first key is at most the key, or the first block.
    fn block<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let starts_below =
            |entries: &Vec<(K, V)>| entries.first().is_some_and(|(first, _)| first.borrow() <= key);
        match self.blocks.get(self.start..) {
            Some(blocks @ [_, _, ..]) => {
                self.start + blocks.partition_point(starts_below).saturating_sub(1)
            }
            _ => self.start,
        }
    }

    /// The position of a key, or the position at which it would stand.
    fn search<Q: Ord + ?Sized>(&self, key: &Q) -> Result<At, At>
    where
        K: Borrow<Q>,
    {
        let block = self.block(key);
        match search(self.entries(block), key) {
            Ok(index) => Ok(At { block, index }),
            Err(index) => Err(At { block, index }),
        }
    }

    /// The same for a key that is probably new and above all others, as those of new messages are.
    fn search_back(&self, key: &K) -> Result<At, At> {
        let block = self.blocks.len().saturating_sub(1);
        let entries = self.entries(block);
        match entries.last() {
            Some((last, _)) if last < key => Err(At { block, index: entries.len() }),
            _ => self.search(key),
        }
    }

    /// Inserts an entry at the position at which it stands.
    fn insert_at(&mut self, At { mut block, mut index }: At, entry: (K, V)) -> At {
        self.len += 1;
        match self.blocks.get(block) {
            None => self.blocks.push(Vec::new()),
            // Longer blocks when they are many, since a split moves the blocks after it.
            Some(entries) if entries.len() < Self::BLOCK.max(self.blocks.len() / 1024) => {}
            Some(_) => (block, index) = self.split(block, index),
        }
        self.blocks[block].insert(index, entry);
        At { block, index }
    }

    /// Makes room in a full block, and returns the new position.
    #[cold]
    fn split(&mut self, block: usize, index: usize) -> (usize, usize) {
        let is_last = block + 1 == self.blocks.len();
        let entries = &mut self.blocks[block];
        let middle = match is_last && index == entries.len() {
            // Keys that rise fill their blocks.
            true => index,
            false => entries.len() / 2,
        };
        let upper = entries.split_off(middle);
        self.blocks.insert(block + 1, upper);
        match index.checked_sub(middle) {
            Some(index) => (block + 1, index),
            None => (block, index),
        }
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
        let At { block, index } = self.search(key).ok()?;
        Some(&self.blocks[block][index].1)
    }

    /// The mutable value of a key.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let At { block, index } = self.search(key).ok()?;
        Some(&mut self.blocks[block][index].1)
    }

    /// Sets the value of a key, and returns the value that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.search_back(&key) {
            Ok(At { block, index }) => Some(mem::replace(&mut self.blocks[block][index].1, value)),
            Err(at) => {
                self.insert_at(at, (key, value));
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
        self.remove_at(at).map(|(_, value)| value)
    }

    /// The position of a key, for a value that may be there.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    /// The entries whose keys are in the range.
    pub fn range(&self, range: impl RangeBounds<K>) -> Iter<'_, K, V> {
        let (start, end) = ends(&range);
        let start = start.map_or(self.front(), |end| self.position(&end));
        let end = end.map_or(self.back(), |end| self.position(&end));
        self.between(start, end.max(start))
    }

    /// The position of an end of a range.
    fn position(&self, end: &End<'_, K>) -> At {
        let block = self.block(end.key);
        At { block, index: position(self.entries(block), end) }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.front.next() {
                return Some((key, value));
            }
            match self.blocks.next() {
                Some(entries) => self.front = entries.iter(),
                None => return self.back.next().map(|(key, value)| (key, value)),
            }
        }
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.back.next_back() {
                return Some((key, value));
            }
            match self.blocks.next_back() {
                Some(entries) => self.back = entries.iter(),
                None => return self.front.next_back().map(|(key, value)| (key, value)),
            }
        }
    }
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// The value of the key, which `make` creates if there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let Self { map, key } = self;
        let At { block, index } =
            map.search_back(&key).unwrap_or_else(|at| map.insert_at(at, (key, make())));
        // The position was found or has just been filled.
        &mut map.blocks[block][index].1
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

/// Takes entries in the order of their keys.
#[derive(Debug)]
pub struct IntoIter<K, V> {
    front: vec::IntoIter<(K, V)>,
    blocks: vec::IntoIter<Vec<(K, V)>>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.front.next() {
                return Some(entry);
            }
            self.front = self.blocks.next()?.into_iter();
        }
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter { front: Vec::new().into_iter(), blocks: self.blocks.into_iter() }
    }
}

impl<'a, K, V> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.front.next() {
                return Some((key, value));
            }
            self.front = self.blocks.next()?.iter_mut();
        }
    }
}

impl<'a, K, V> IntoIterator for &'a mut Map<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Map;

    fn lengths(map: &Map<u32, ()>) -> Vec<usize> {
        map.blocks[map.start..].iter().map(Vec::len).collect()
    }

    #[test]
    fn rising_keys_fill_their_blocks() {
        let map: Map<u32, ()> = (0..20).map(|key| (key, ())).collect();
        assert_eq!(lengths(&map), [8, 8, 4]);
    }

    #[test]
    fn a_full_block_is_split_where_a_key_is_inserted() {
        let mut map: Map<u32, ()> = (0..20).map(|key| (10 * key, ())).collect();
        map.insert(5, ());
        assert_eq!(lengths(&map), [5, 4, 8, 4]);
        map.insert(155, ());
        assert_eq!(lengths(&map), [5, 4, 4, 5, 4]);
        assert_eq!(map.len(), 22);
    }

    #[test]
    fn a_block_without_entries_is_removed_unless_it_is_the_only_one() {
        let mut map: Map<u32, ()> = (0..20).map(|key| (key, ())).collect();
        for left in [[8, 4].as_slice(), &[4], &[0]] {
            for _ in 0..lengths(&map)[0] {
                map.pop_first();
            }
            assert_eq!(lengths(&map), left);
        }
        map.insert(7, ());
        assert_eq!(lengths(&map), [1]);
    }

    #[test]
    fn small_neighbours_are_joined() {
        let mut map: Map<u32, ()> = (0..800).map(|key| (key, ())).collect();
        for key in (0..800).filter(|key| key % 8 != 0) {
            map.remove(&key);
        }
        assert!(map.keys().copied().eq((0..800).step_by(8)));
        // No two neighbours fit in half a block, where either is below a quarter.
        let lengths = lengths(&map);
        assert_eq!(lengths.iter().sum::<usize>(), 100);
        assert!(
            lengths.windows(2).all(|two| two[0] + two[1] > 4 || two.iter().all(|len| *len >= 2))
        );
    }
}
