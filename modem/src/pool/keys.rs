//! Idempotency keys.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use at_proto::Instant;
use pdu::collections::Map;

use crate::message::MessageId;

/// A key with its message.
#[derive(Debug, Clone, Copy)]
struct Entry {
    message: MessageId,
    digest: u64,
    /// The number of the key among all keys.
    number: u64,
}

/// The remembered keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    entries: Map<String, Entry>,
    /// The keys by age, each with the time at which it was used.
    order: VecDeque<(Remembered, u64, String)>,
    number: u64,
}

/// The age of a key: it was used at `at`, and had then this age already, from before a restart.
#[derive(Debug, Clone, Copy)]
struct Remembered {
    at: Instant,
    age: Duration,
}

impl Remembered {
    fn age(self, now: Instant) -> Duration {
        now.saturating_duration_since(self.at).saturating_add(self.age)
    }
}

impl Keys {
    /// The message of a key, and the digest of its content.
    pub(super) fn find(&self, key: &str) -> Option<(MessageId, u64)> {
        self.entries.get(key).map(|entry| (entry.message, entry.digest))
    }

    pub(super) fn remember(&mut self, key: String, message: MessageId, digest: u64, now: Instant) {
        self.restore(key, message, digest, Duration::ZERO, now);
    }

    /// Remembers a key that was used `age` ago. Keys come in the order of their age.
    pub(super) fn restore(
        &mut self,
        key: String,
        message: MessageId,
        digest: u64,
        age: Duration,
        now: Instant,
    ) {
        self.number = self.number.saturating_add(1);
        let number = self.number;
        self.entries.insert(key.clone(), Entry { message, digest, number });
        self.order.push_back((Remembered { at: now, age }, number, key));
    }

    /// Forgets the keys that are too old or too many.
    pub(super) fn expire(&mut self, max_age: Duration, max: usize, now: Instant) {
        while let Some((remembered, ..)) = self.order.front() {
            if remembered.age(now) < max_age && self.order.len() <= max {
                break;
            }
            if let Some((_, number, key)) = self.order.pop_front() {
                // A key that was restored twice has a later entry.
                if self.entries.get(&key).is_some_and(|entry| entry.number == number) {
                    self.entries.remove(&key);
                }
            }
        }
    }

    /// The keys with their messages, digests and ages, the oldest first.
    pub(super) fn iter(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (&str, MessageId, u64, Duration)> {
        self.order.iter().filter_map(move |(remembered, number, key)| {
            let entry = self.entries.get(key).filter(|entry| entry.number == *number)?;
            Some((key.as_str(), entry.message, entry.digest, remembered.age(now)))
        })
    }
}
