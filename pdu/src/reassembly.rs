//! Putting long messages together, 3GPP TS 23.040, 9.2.3.24.1.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::deliver::Deliver;
use crate::message::{Message, Part};
use crate::pending::{Age, Key, Pending};
use crate::senders::Senders;
#[cfg(feature = "serde")]
use crate::{
    error::EncodeError,
    saved::{RestoreError, Saved, SavedMessage},
};

/// Puts the parts of long messages together.
///
/// Call [`insert`](Self::insert) with every DELIVER, and [`expire`](Self::expire) when
/// [`next_expiry`](Self::next_expiry) is reached. `now` is the time on the caller's clock since any moment: nothing
/// here reads a clock. `T` tags each part, with the place where it is stored for instance, and comes back with it.
///
/// Parts belong together if sender, reference, its width and the total are the same; their order does not matter.
/// A part that came already, equal octet by octet, is a [`Duplicate`](Outcome::Duplicate). If its content differs,
/// the sender uses the reference for another message: the earlier one is handed over incomplete.
///
/// Memory is bounded by [`Limits`]. Where a limit is reached, the oldest incomplete message of the sender who has
/// reached it is handed over; where all senders together reach it, the oldest one of a sender with the most parts, by
/// order of magnitude. So nobody can push out the parts of others as long as he holds twice as many. A part costs the
/// logarithm of what is pending, whatever a sender puts into it.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use gsm7::Codings;
/// use pdu::{Dcs, Deliver, Outcome, Reassembler, Reference, Timestamp, split_text};
///
/// let text = "A long message. ".repeat(12);
/// let split = split_text(&text, Codings::DEFAULT, None, Reference::Eight(1))?;
/// let mut delivers = split.parts.into_iter().map(|user_data| Deliver {
///     user_data,
///     ..Deliver::new("+37120000000".parse().unwrap(), Timestamp::default())
/// });
///
/// let mut reassembler = Reassembler::default();
/// let now = Duration::ZERO;
/// assert!(matches!(reassembler.insert(now, &delivers.next().unwrap(), "slot 1"), Outcome::Pending { .. }));
/// let Outcome::Complete(message) = reassembler.insert(now, &delivers.next().unwrap(), "slot 2") else { panic!() };
/// assert_eq!(message.text(), Some(text));
/// assert!(message.tags().eq(&["slot 1", "slot 2"]));
/// # Ok::<(), pdu::SplitError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reassembler<T> {
    limits: Limits,
    messages: BTreeMap<Key, Pending<T>>,
    /// By when they are incomplete for too long, and so by age.
    ages: BTreeMap<Age, Key>,
    /// The same for each sender, by his number.
    ages_by_sender: BTreeMap<(usize, Age), Key>,
    senders: Senders,
    parts: usize,
    count: u64,
}

/// How much a [`Reassembler`] keeps, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parts pending of all senders together; less than 255 counts as 255.
    pub parts: usize,
    /// Parts pending of one sender; less than 255 counts as 255.
    pub parts_per_sender: usize,
    /// How long a message may be incomplete, counted from its first part.
    pub age: Duration,
}

impl Default for Limits {
    /// 10,000 parts, 1,000 of one sender, 24 hours.
    fn default() -> Self {
        Self { parts: 10_000, parts_per_sender: 1_000, age: Duration::from_secs(24 * 60 * 60) }
    }
}

impl Limits {
    /// Whether there is no room for another part of a sender who has `own` of `all` parts.
    fn reached(&self, all: usize, own: usize) -> bool {
        // Below 255 one message might not fit.
        all >= self.parts.max(255) || self.reached_by_one(own)
    }

    /// Whether a sender has as many parts as one may have.
    fn reached_by_one(&self, own: usize) -> bool {
        own >= self.parts_per_sender.max(255)
    }
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a complete message is in here"]
#[expect(clippy::exhaustive_enums, reason = "a part completes a message, waits, or came before")]
pub enum Outcome<T> {
    /// The message is complete: this was the last part, or the only one.
    Complete(Message<T>),
    /// Parts are missing.
    Pending {
        /// How many parts of the message are here.
        received: u8,
        /// How many parts the message has.
        total: u8,
        /// An incomplete message that had to go: its reference is in use again, or a limit was reached.
        displaced: Option<Message<T>>,
    },
    /// The same part with the same content came already.
    Duplicate {
        /// The tag of the part that was not taken.
        tag: T,
    },
}

impl<T> Reassembler<T> {
    /// A reassembler with nothing pending.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            messages: BTreeMap::new(),
            ages: BTreeMap::new(),
            ages_by_sender: BTreeMap::new(),
            senders: Senders::new(),
            parts: 0,
            count: 0,
        }
    }

    /// Takes a message, or a part of one.
    pub fn insert(&mut self, now: Duration, deliver: &Deliver, tag: T) -> Outcome<T> {
        self.insert_until(now.saturating_add(self.limits.age), deliver, tag)
    }

    /// Hands over the messages that are incomplete for too long, oldest first.
    pub fn expire(&mut self, now: Duration) -> Vec<Message<T>> {
        let mut expired = Vec::new();
        while let Some((age, &key)) = self.ages.first_key_value() {
            if now < age.expiry {
                break;
            }
            expired.extend(self.remove(key));
        }
        expired
    }

    /// When the oldest message will have been incomplete for too long, on the clock of `now`.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Duration> {
        self.ages.first_key_value().map(|(age, _)| age.expiry)
    }

    /// Hands over the oldest incomplete message, to make room where its parts are stored for instance.
    pub fn take_oldest(&mut self) -> Option<Message<T>> {
        let (_, &key) = self.ages.first_key_value()?;
        self.remove(key)
    }

    /// How many parts are pending.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parts
    }

    /// Whether no part is pending.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts == 0
    }

    /// The parts that are pending, by sender and message.
    pub fn parts(&self) -> impl Iterator<Item = &Part<T>> {
        self.messages.values().flat_map(Pending::parts)
    }

    /// What is pending, to be saved: ages, not times, so that the clock may begin anew.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if a DELIVER that was inserted cannot be written, which those that were received always can.
    #[cfg(feature = "serde")]
    pub fn save(&self, now: Duration) -> Result<Saved<T>, EncodeError>
    where
        T: Clone,
    {
        let messages =
            self.ages.iter().filter_map(|(age, key)| Some((age, self.messages.get(key)?)));
        let messages = messages.map(|(age, pending)| {
            let left = age.expiry.saturating_sub(now);
            SavedMessage::new(self.limits.age.saturating_sub(left), pending.parts())
        });
        Ok(Saved { messages: messages.collect::<Result<_, _>>()? })
    }

    /// Takes back what was saved, and hands over the messages that are complete with it, or that the limits do not
    /// allow to keep.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if what was saved is damaged; then nothing was taken.
    #[cfg(feature = "serde")]
    pub fn restore(
        &mut self,
        now: Duration,
        saved: Saved<T>,
    ) -> Result<Vec<Message<T>>, RestoreError> {
        let mut handed_over = Vec::new();
        for (age, deliver, tag) in saved.into_parts()? {
            let expiry = now.saturating_add(self.limits.age.saturating_sub(age));
            match self.insert_until(expiry, &deliver, tag) {
                Outcome::Complete(message) => handed_over.push(message),
                Outcome::Pending { displaced, .. } => handed_over.extend(displaced),
                Outcome::Duplicate { .. } => {}
            }
        }
        Ok(handed_over)
    }

    /// How much is kept, and how long.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes a part; if it is the first of its message, that one is incomplete for too long at `expiry`.
    fn insert_until(&mut self, expiry: Duration, deliver: &Deliver, tag: T) -> Outcome<T> {
        let concatenation = match deliver.concatenation() {
            Some(concatenation) if concatenation.total() > 1 => concatenation,
            _ => return Outcome::Complete(Message::single(*deliver, tag)),
        };
        let (total, sequence) = (concatenation.total(), concatenation.sequence());
        let key = Key::new(&deliver.originator, concatenation);
        // A part is large, so that it is made where it stays.
        let part = |tag| Part { sequence, deliver: *deliver, tag };
        let mut displaced = None;
        if let Some(pending) = self.messages.get_mut(&key) {
            match pending.get(sequence) {
                Some(other) if is_same(&other.deliver, deliver) => {
                    return Outcome::Duplicate { tag };
                }
                // The reference is in use for another message.
                Some(_) => displaced = self.remove(key),
                None if pending.len() + 1 == usize::from(total) => {
                    return self.complete(key, part(tag));
                }
                None if self.limits.reached(self.parts, self.senders.parts(pending.sender())) => {}
                None => {
                    let received = pending.push(total, part(tag));
                    self.parts += 1;
                    self.senders.add(pending.sender());
                    return Outcome::Pending { received, total, displaced: None };
                }
            }
        }
        let mut sender = self.number_of_sender(key);
        let own = sender.map_or(0, |sender| self.senders.parts(sender));
        if displaced.is_none() && self.limits.reached(self.parts, own) {
            displaced = self.make_room(key, sender);
            // The last message of the sender may have been taken out, and he with it.
            sender = self.number_of_sender(key);
        }
        let sender = sender.unwrap_or_else(|| self.senders.enter());
        let received = self.add(expiry, key, sender, part(tag));
        Outcome::Pending { received, total, displaced }
    }

    /// Adds a part that is not there yet, and gives how many there are of its message.
    fn add(&mut self, expiry: Duration, key: Key, sender: usize, part: Part<T>) -> u8 {
        let pending = self.messages.entry(key).or_insert_with(|| {
            let age = Age { expiry, number: self.count };
            self.count += 1;
            self.ages.insert(age, key);
            self.ages_by_sender.insert((sender, age), key);
            Pending::new(age, sender)
        });
        let received = pending.push(key.total(), part);
        self.parts += 1;
        self.senders.add(sender);
        received
    }

    /// The number of the sender of a message, if any message of his is there.
    fn number_of_sender(&self, key: Key) -> Option<usize> {
        let (first, pending) = self.messages.range(key.first_of_sender()..).next()?;
        (first.sender() == key.sender()).then_some(pending.sender())
    }

    /// Takes out a message, so that the part of `key` is within the limits.
    fn make_room(&mut self, key: Key, sender: Option<usize>) -> Option<Message<T>> {
        let heavy = sender.filter(|&sender| self.limits.reached_by_one(self.senders.parts(sender)));
        let victim = if let Some(sender) = heavy {
            self.oldest_but(sender, key)
        } else {
            // The message of `key` has fewer than 255 parts, so that another one is there.
            self.senders.heaviest().find_map(|sender| self.oldest_but(sender, key))
        };
        self.remove(victim?)
    }

    /// The oldest message of a sender other than the one that is to grow.
    fn oldest_but(&self, sender: usize, but: Key) -> Option<Key> {
        let of_sender = (sender, Age::FIRST)..=(sender, Age::LAST);
        self.ages_by_sender.range(of_sender).map(|(_, &key)| key).find(|&key| key != but)
    }

    fn remove(&mut self, key: Key) -> Option<Message<T>> {
        let pending = self.messages.remove(&key)?;
        self.ages.remove(&pending.age());
        self.ages_by_sender.remove(&(pending.sender(), pending.age()));
        self.parts -= pending.len();
        self.senders.remove(pending.sender(), pending.len());
        Some(pending.into_message(key))
    }

    /// Takes out a message, with its last part.
    fn complete(&mut self, key: Key, last: Part<T>) -> Outcome<T> {
        match self.remove(key) {
            Some(mut message) => {
                let at = message.parts.partition_point(|part| part.sequence < last.sequence);
                message.parts.insert(at, last);
                Outcome::Complete(message)
            }
            // Never: the message is there.
            None => Outcome::Complete(Message::single(last.deliver, last.tag)),
        }
    }
}

impl<T> Default for Reassembler<T> {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Whether two DELIVERs are the same part: a network that sends one again may change the flags.
fn is_same(one: &Deliver, other: &Deliver) -> bool {
    one.user_data == other.user_data && one.dcs == other.dcs
}
