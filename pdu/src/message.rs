//! A message reassembled from its parts.

use alloc::string::String;
use alloc::vec::Vec;

use crate::address::Address;
use crate::content::in_order;
use crate::dcs::{CharacterSet, Dcs};
use crate::deliver::Deliver;
use crate::element::{Ports, Reference};
use crate::joined::{Joined, Script};
use crate::timestamp::Timestamp;

/// A message with the parts that were received, in their order.
///
/// `T` is the caller's tag for each part, such as the slot in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(alias = "concatenated SMS")]
pub struct Message<T> {
    pub(crate) parts: Vec<Part<T>>,
    pub(crate) reference: Option<Reference>,
    pub(crate) total: u8,
}

/// One part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Part<T> {
    /// The number of the part, from 1.
    pub sequence: u8,
    /// The part as received.
    pub deliver: Deliver,
    /// The caller's tag for the part.
    pub tag: T,
}

impl<T> Message<T> {
    /// Creates a message of one part, or of one part of a longer message alone.
    pub fn single(deliver: Deliver, tag: T) -> Self {
        let reference = deliver.concatenation().map(|concatenation| concatenation.reference());
        Self { parts: Vec::from([Part { sequence: 1, deliver, tag }]), reference, total: 1 }
    }

    /// Returns the parts that were received, at least one, by their sequence.
    #[must_use]
    pub fn parts(&self) -> &[Part<T>] {
        &self.parts
    }

    /// Returns the parts that were received, with their tags.
    #[must_use]
    pub fn into_parts(self) -> Vec<Part<T>> {
        self.parts
    }

    /// Iterates over the tags of the parts that were received, by their sequence.
    pub fn tags(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().map(|part| &part.tag)
    }

    /// Returns the number of parts that the message has.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// Returns the reference that the parts share, if the message is a concatenated one.
    #[must_use]
    pub const fn reference(&self) -> Option<Reference> {
        self.reference
    }

    /// Returns `true` if all parts were received.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.len() == usize::from(self.total)
    }

    /// Returns the numbers of the parts that were not received.
    #[must_use]
    pub fn missing(&self) -> Vec<u8> {
        (1..=self.total)
            .filter(|sequence| !self.parts.iter().any(|part| part.sequence == *sequence))
            .collect()
    }

    /// Returns the sender of the message.
    #[must_use]
    pub fn sender(&self) -> Address {
        self.first().originator
    }

    /// Returns the time at which the service centre received the first of the parts.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.first().timestamp
    }

    /// Returns the data coding scheme of the first of the parts.
    #[must_use]
    pub fn dcs(&self) -> Dcs {
        self.first().dcs
    }

    /// Returns the source and destination applications, if the message has ports.
    #[must_use]
    pub fn ports(&self) -> Option<Ports> {
        self.first().header()?.ports()
    }

    /// Returns the text of the parts, or `None` if a part holds data or is compressed.
    ///
    /// Septets and UTF-16 units are joined before they are decoded, since some senders cut an
    /// escape or a surrogate pair in two. An escape repeated at a joint counts
    /// once. Nothing marks the position of a missing part.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        // No part has more septets or octets than this.
        let mut joined = Joined::with_capacity(160 * self.parts.len());
        let mut next = None;
        for part in &self.parts {
            let script = script(&part.deliver)?;
            if next != Some(part.sequence) {
                joined.interrupt();
            }
            let user_data = &part.deliver.user_data;
            joined.push(script, |units| match script {
                Script::Gsm7(_) => user_data.append_septets(units),
                Script::Ucs2 => {
                    units.extend_from_slice(in_order(user_data.body_octets(), &mut [0; 160]));
                }
            });
            next = part.sequence.checked_add(1);
        }
        Some(joined.finish())
    }

    /// Returns the octets after the headers of the parts; of 7-bit text the septets, one per octet.
    #[must_use]
    pub fn data(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for Part { deliver, .. } in &self.parts {
            if deliver.dcs.counts_septets() {
                deliver.user_data.append_septets(&mut data);
            } else {
                data.extend_from_slice(deliver.user_data.body_octets());
            }
        }
        data
    }

    fn first(&self) -> &Deliver {
        // Never panics: a message starts with its first part, and loses none.
        &self.parts[0].deliver
    }
}

fn script(deliver: &Deliver) -> Option<Script> {
    match deliver.dcs.character_set() {
        _ if deliver.dcs.is_compressed() => None,
        CharacterSet::Gsm7 => Some(Script::Gsm7(deliver.user_data.alphabet())),
        CharacterSet::Ucs2 => Some(Script::Ucs2),
        CharacterSet::Data => None,
    }
}
