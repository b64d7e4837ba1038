//! Reassembly of concatenated messages, 3GPP TS 23.040, 9.2.3.24.1.

use alloc::vec::Vec;
use core::time::Duration;

use crate::collections::Map;
use crate::deliver::Deliver;
use crate::deliver_ref::DeliverRef;
use crate::message::{Message, Part};
use crate::pending::{Age, Key, Pending};
use crate::senders::Senders;
#[cfg(feature = "serde")]
use crate::{
    error::EncodeError,
    saved::{RestoreError, Saved, SavedMessage},
};

/// Reassembles concatenated messages from their parts.
///
/// Call [`insert`](Self::insert) with every DELIVER, owned or a view, and
/// [`expire`](Self::expire) when [`next_expiry`](Self::next_expiry) is reached. `now` is the time
/// on the caller's clock since any fixed moment; this type reads no clock. `T` is a tag for each
/// part, such as the slot in which it is stored, and is returned with the part.
///
/// Parts belong together if sender, reference, width of the reference and total are equal; their
/// order does not matter. A part that was received before, equal octet by octet, is a
/// [`Duplicate`](Outcome::Duplicate). If its content differs, the sender has reused the reference:
/// the earlier message is returned incomplete.
///
/// Memory is bounded by [`Limits`]. If a sender reaches their limit, their oldest incomplete
/// message is returned. If all senders together reach the limit, it is the oldest message of a
/// sender with the most parts, by order of magnitude. So nobody can displace the parts of others
/// while holding at least twice as many. A part takes time logarithmic in the number of pending
/// parts, whatever a sender puts into it.
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
/// let sender = "+37120000000".parse()?;
/// let mut delivers = split.parts.into_iter().map(|user_data| {
///     Deliver::new(sender, Timestamp::default()).with_user_data(Dcs::GSM7, user_data)
/// });
///
/// let mut reassembler = Reassembler::default();
/// let now = Duration::ZERO;
/// let first = reassembler.insert(now, &delivers.next().unwrap(), "slot 1");
/// assert!(matches!(first, Outcome::Pending { received: 1, total: 2, .. }));
/// let second = reassembler.insert(now, &delivers.next().unwrap(), "slot 2");
/// let Outcome::Complete(message) = second else { panic!("incomplete") };
/// assert_eq!(message.text(), Some(text));
/// assert!(message.tags().eq(&["slot 1", "slot 2"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "concatenated SMS")]
#[doc(alias = "multipart")]
pub struct Reassembler<T> {
    limits: Limits,
    messages: Map<Key, Pending<T>>,
    /// Keys by expiry, and so by age.
    ages: Map<Age, Key>,
    /// The same for each sender, by the sender's number.
    ages_by_sender: Map<(usize, Age), Key>,
    senders: Senders,
    parts: usize,
    count: u64,
}

/// The limits of a [`Reassembler`]: number of parts, and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// Pending parts of all senders together; less than 255 counts as 255.
    pub parts: usize,
    /// Pending parts of one sender; less than 255 counts as 255.
    pub parts_per_sender: usize,
    /// The time that a message may be incomplete, counted from its first part.
    pub age: Duration,
}

impl Default for Limits {
    /// 10,000 parts, 1,000 of one sender, 24 hours.
    fn default() -> Self {
        Self { parts: 10_000, parts_per_sender: 1_000, age: Duration::from_secs(24 * 60 * 60) }
    }
}

impl Limits {
    /// Returns `true` if there is no room for another part of a sender who has `own` of `all`
    /// parts.
    fn reached(&self, all: usize, own: usize) -> bool {
        // Below 255 one message might not fit.
        all >= self.parts.max(255) || self.reached_by_one(own)
    }

    /// Returns `true` if a sender has the maximum number of parts.
    fn reached_by_one(&self, own: usize) -> bool {
        own >= self.parts_per_sender.max(255)
    }
}

/// The outcome of inserting a part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a complete message is in here"]
#[expect(clippy::exhaustive_enums, reason = "a part completes a message, waits, or came before")]
pub enum Outcome<T> {
    /// The message is complete: this was the last part, or the only one.
    Complete(Message<T>),
    /// Parts are missing.
    Pending {
        /// The number of parts received.
        received: u8,
        /// The number of parts of the message.
        total: u8,
        /// An incomplete message that was displaced: its reference was reused, or a limit was
        /// reached.
        displaced: Option<Message<T>>,
    },
    /// The same part with the same content was received before.
    Duplicate {
        /// The tag of the part that was not inserted.
        tag: T,
    },
}

impl<T> Reassembler<T> {
    /// Creates a reassembler with nothing pending.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            messages: Map::new(),
            ages: Map::new(),
            ages_by_sender: Map::new(),
            senders: Senders::new(),
            parts: 0,
            count: 0,
        }
    }

    /// Inserts a message, or a part of one: a reference to a [`Deliver`], or a [`DeliverRef`].
    ///
    /// The user data of a view is copied only once, to the final position of the part.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use pdu::{DeliverRef, Envelope, Outcome, Reassembler};
    ///
    /// let digits = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";
    /// let mut octets = [0; Envelope::<DeliverRef>::MAX_OCTETS];
    /// let deliver = Envelope::<DeliverRef>::view_hex(digits, &mut octets)?.value.tpdu;
    /// let outcome = Reassembler::default().insert(Duration::ZERO, deliver, "slot 1");
    /// let Outcome::Complete(message) = outcome else { panic!("incomplete") };
    /// assert_eq!(message.text().as_deref(), Some("How are you?"));
    /// # Ok::<(), pdu::DecodeError>(())
    /// ```
    #[inline]
    pub fn insert<'a>(
        &mut self,
        now: Duration,
        deliver: impl Into<DeliverRef<'a>>,
        tag: T,
    ) -> Outcome<T> {
        self.insert_until(now.saturating_add(self.limits.age), &deliver.into(), tag)
    }

    /// Inserts a message, or a part of one, that was received `age` ago, as after a restart.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use gsm7::Codings;
    /// use pdu::{Dcs, Deliver, Outcome, Reassembler, Reference, Timestamp, split_text};
    ///
    /// let split = split_text(&"Long. ".repeat(40), Codings::DEFAULT, None, Reference::Eight(1))?;
    /// let part = Deliver::new("+37120000000".parse()?, Timestamp::default())
    ///     .with_user_data(Dcs::GSM7, split.parts[0]);
    ///
    /// let mut reassembler = Reassembler::default();
    /// let hour = Duration::from_secs(3600);
    /// let outcome = reassembler.insert_aged(Duration::ZERO, 23 * hour, &part, "slot 1");
    /// assert!(matches!(outcome, Outcome::Pending { .. }));
    /// assert_eq!(reassembler.next_expiry(), Some(hour));
    /// assert_eq!(reassembler.ages(hour / 2).next(), Some((23 * hour + hour / 2, &"slot 1")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn insert_aged<'a>(
        &mut self,
        now: Duration,
        age: Duration,
        deliver: impl Into<DeliverRef<'a>>,
        tag: T,
    ) -> Outcome<T> {
        let expiry = now.saturating_add(self.limits.age.saturating_sub(age));
        self.insert_until(expiry, &deliver.into(), tag)
    }

    /// Iterates over the tags of the pending parts, each with the age of its message, oldest first.
    pub fn ages(&self, now: Duration) -> impl Iterator<Item = (Duration, &T)> {
        self.ages.iter().flat_map(move |(age, key)| {
            let age = self.limits.age.saturating_sub(age.expiry.saturating_sub(now));
            let parts = self.messages.get(key).into_iter().flat_map(Pending::parts);
            parts.map(move |part| (age, &part.tag))
        })
    }

    /// Removes and returns the messages that have expired, oldest first.
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

    /// Returns the time at which the oldest message expires, on the clock of `now`.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Duration> {
        self.ages.first_key_value().map(|(age, _)| age.expiry)
    }

    /// Removes and returns the oldest incomplete message, for instance to free the slots of its
    /// parts.
    pub fn take_oldest(&mut self) -> Option<Message<T>> {
        let (_, &key) = self.ages.first_key_value()?;
        self.remove(key)
    }

    /// Returns the number of pending parts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parts
    }

    /// Returns `true` if no part is pending.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts == 0
    }

    /// Iterates over the pending parts, by sender and message.
    pub fn parts(&self) -> impl Iterator<Item = &Part<T>> {
        self.messages.values().flat_map(Pending::parts)
    }

    /// Saves the pending parts, with ages instead of times, so that the clock may restart.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if an inserted DELIVER cannot be written; received ones always can.
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

    /// Restores saved parts.
    ///
    /// Returns the messages that become complete, and those that the limits do not allow to keep.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] if the saved state is damaged; then nothing is restored.
    #[cfg(feature = "serde")]
    pub fn restore(
        &mut self,
        now: Duration,
        saved: Saved<T>,
    ) -> Result<Vec<Message<T>>, RestoreError> {
        let mut handed_over = Vec::new();
        for (age, deliver, tag) in saved.into_parts()? {
            match self.insert_aged(now, age, &deliver, tag) {
                Outcome::Complete(message) => handed_over.push(message),
                Outcome::Pending { displaced, .. } => handed_over.extend(displaced),
                Outcome::Duplicate { .. } => {}
            }
        }
        Ok(handed_over)
    }

    /// Returns the limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Inserts a part. If it is the first one of its message, the message expires at `expiry`.
    fn insert_until(&mut self, expiry: Duration, deliver: &DeliverRef<'_>, tag: T) -> Outcome<T> {
        let concatenation = match deliver.concatenation() {
            Some(concatenation) if concatenation.total() > 1 => concatenation,
            _ => return Outcome::Complete(Message::single(deliver.to_deliver(), tag)),
        };
        let (total, sequence) = (concatenation.total(), concatenation.sequence());
        let key = Key::new(&deliver.originator, concatenation);
        let mut displaced = None;
        if let Some(pending) = self.messages.get_mut(&key) {
            match pending.get(sequence) {
                Some(other) if is_same(&other.deliver, &deliver.to_deliver()) => {
                    return Outcome::Duplicate { tag };
                }
                // The reference is in use for another message.
                Some(_) => displaced = self.remove(key),
                None if pending.len() + 1 == usize::from(total) => {
                    // Always so: the message is pending.
                    if let Some(mut pending) = self.take(key) {
                        pending.push(total, sequence, deliver, tag);
                        return Outcome::Complete(pending.into_message(key));
                    }
                }
                None if self.limits.reached(self.parts, self.senders.parts(pending.sender())) => {}
                None => {
                    let received = pending.push(total, sequence, deliver, tag);
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
            // The last message of the sender may have been removed, and the sender with it.
            sender = self.number_of_sender(key);
        }
        let sender = sender.unwrap_or_else(|| self.senders.enter());
        let pending = self.messages.entry(key).or_insert_with(|| {
            let age = Age { expiry, number: self.count };
            self.count += 1;
            self.ages.insert(age, key);
            self.ages_by_sender.insert((sender, age), key);
            Pending::new(age, sender)
        });
        let received = pending.push(total, sequence, deliver, tag);
        self.parts += 1;
        self.senders.add(sender);
        Outcome::Pending { received, total, displaced }
    }

    /// Returns the number of the sender of a message, if any message of that sender is pending.
    fn number_of_sender(&self, key: Key) -> Option<usize> {
        let (first, pending) = self.messages.range(key.first_of_sender()..).next()?;
        (first.sender() == key.sender()).then_some(pending.sender())
    }

    /// Removes a message, so that the part of `key` is within the limits.
    fn make_room(&mut self, key: Key, sender: Option<usize>) -> Option<Message<T>> {
        let heavy = sender.filter(|&sender| self.limits.reached_by_one(self.senders.parts(sender)));
        let victim = if let Some(sender) = heavy {
            self.oldest_but(sender, key)
        } else {
            // The message of `key` has fewer than 255 parts, so another message is pending.
            self.senders.heaviest().find_map(|sender| self.oldest_but(sender, key))
        };
        self.remove(victim?)
    }

    /// Returns the oldest message of a sender other than the one that is to grow.
    fn oldest_but(&self, sender: usize, but: Key) -> Option<Key> {
        let of_sender = (sender, Age::FIRST)..=(sender, Age::LAST);
        self.ages_by_sender.range(of_sender).map(|(_, &key)| key).find(|&key| key != but)
    }

    fn remove(&mut self, key: Key) -> Option<Message<T>> {
        Some(self.take(key)?.into_message(key))
    }

    /// Removes a message, to which a part may be added.
    fn take(&mut self, key: Key) -> Option<Pending<T>> {
        let pending = self.messages.remove(&key)?;
        self.ages.remove(&pending.age());
        self.ages_by_sender.remove(&(pending.sender(), pending.age()));
        self.parts -= pending.len();
        self.senders.remove(pending.sender(), pending.len());
        Some(pending)
    }
}

impl<T> Default for Reassembler<T> {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Returns `true` if two DELIVERs are the same part; a network that repeats one may change the
/// flags.
fn is_same(one: &Deliver, other: &Deliver) -> bool {
    one.user_data == other.user_data && one.dcs == other.dcs
}
