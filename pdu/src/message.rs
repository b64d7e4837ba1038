//! A message put together from its parts.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use gsm7::Alphabet;

use crate::address::Address;
use crate::dcs::{CharacterSet, Dcs};
use crate::deliver::Deliver;
use crate::element::{Ports, Reference};
use crate::timestamp::Timestamp;

/// A message with all the parts that came, in their order.
///
/// `T` is what the caller tagged each part with, such as the place where it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<T> {
    pub(crate) parts: Vec<Part<T>>,
    pub(crate) reference: Option<Reference>,
    pub(crate) total: u8,
}

/// One part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<T> {
    /// Which part it is, from 1.
    pub sequence: u8,
    /// The part as it came.
    pub deliver: Deliver,
    /// What the caller tagged it with.
    pub tag: T,
}

impl<T> Message<T> {
    /// A message of one part, or one part of a message looked at alone.
    pub fn single(deliver: Deliver, tag: T) -> Self {
        let reference = deliver.concatenation().map(|concatenation| concatenation.reference());
        Self { parts: Vec::from([Part { sequence: 1, deliver, tag }]), reference, total: 1 }
    }

    /// The parts that came, at least one, by their sequence.
    #[must_use]
    pub fn parts(&self) -> &[Part<T>] {
        &self.parts
    }

    /// The parts that came, with their tags.
    #[must_use]
    pub fn into_parts(self) -> Vec<Part<T>> {
        self.parts
    }

    /// The tags of the parts that came, by their sequence.
    pub fn tags(&self) -> impl Iterator<Item = &T> {
        self.parts.iter().map(|part| &part.tag)
    }

    /// How many parts the message has.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// The reference that the parts share, if the message says that it is a long one.
    #[must_use]
    pub const fn reference(&self) -> Option<Reference> {
        self.reference
    }

    /// Whether all parts came.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.len() == usize::from(self.total)
    }

    /// The numbers of the parts that did not come.
    #[must_use]
    pub fn missing(&self) -> Vec<u8> {
        (1..=self.total)
            .filter(|sequence| !self.parts.iter().any(|part| part.sequence == *sequence))
            .collect()
    }

    /// Who sent the message.
    #[must_use]
    pub fn sender(&self) -> Address {
        self.first().originator
    }

    /// When the service centre got the first of the parts that came.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.first().timestamp
    }

    /// The coding scheme of the first of the parts that came.
    #[must_use]
    pub fn dcs(&self) -> Dcs {
        self.first().dcs
    }

    /// The applications that the message is for and from, if it has ports.
    #[must_use]
    pub fn ports(&self) -> Option<Ports> {
        self.first().header()?.ports()
    }

    /// The text of the parts that came; `None` if one of them holds data, or is compressed.
    ///
    /// Septets and UTF-16 units are joined before they are decoded, since some senders cut an escape or surrogate
    /// pair in two. Where a part is missing nothing stands in its place.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        // No part has more septets or octets than this.
        let mut run = Run { units: Vec::with_capacity(160 * self.parts.len()), ..Run::default() };
        for part in &self.parts {
            let script = Script::of(&part.deliver)?;
            if run.script != Some(script) || run.next != Some(part.sequence) {
                run.flush(&mut text);
            }
            run.push(script, part);
        }
        run.flush(&mut text);
        Some(text)
    }

    /// The octets behind the headers of the parts that came; of 7-bit text the septets, one an octet.
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
        // A message is made with its first part, and loses none.
        &self.parts[0].deliver
    }
}

/// What text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Gsm7(Alphabet),
    Ucs2,
}

impl Script {
    fn of(deliver: &Deliver) -> Option<Self> {
        match deliver.dcs.character_set() {
            _ if deliver.dcs.is_compressed() => None,
            CharacterSet::Gsm7 => Some(Self::Gsm7(deliver.user_data.alphabet())),
            CharacterSet::Ucs2 => Some(Self::Ucs2),
            CharacterSet::Data => None,
        }
    }
}

/// Parts that follow each other in one script, not decoded yet.
#[derive(Debug, Default)]
struct Run {
    script: Option<Script>,
    units: Vec<u8>,
    /// The part that can go on.
    next: Option<u8>,
}

impl Run {
    fn push<T>(&mut self, script: Script, part: &Part<T>) {
        let user_data = &part.deliver.user_data;
        match script {
            Script::Gsm7(_) => user_data.append_septets(&mut self.units),
            Script::Ucs2 => self.units.extend_from_slice(user_data.body_octets()),
        }
        self.script = Some(script);
        self.next = part.sequence.checked_add(1);
    }

    fn flush(&mut self, text: &mut String) {
        let decoded = match self.script.take() {
            Some(Script::Gsm7(alphabet)) => {
                gsm7::decode_vec_to_string(mem::take(&mut self.units), alphabet)
            }
            Some(Script::Ucs2) => gsm7::ucs2::decode_to_string(&mem::take(&mut self.units)),
            None => return,
        };
        if text.is_empty() {
            // Nearly always there is one run.
            *text = decoded;
        } else {
            text.push_str(&decoded);
        }
    }
}
