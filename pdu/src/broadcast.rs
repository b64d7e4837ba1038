//! Cell broadcast messages of several pages, 3GPP TS 23.041, 9.4.1.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::content::LanguageCode;
use crate::page::{GeographicalScope, Page, SerialNumber};

/// Reassembles cell broadcast messages from their pages, and filters out repetitions.
///
/// A network sends every message again and again. Each is returned once, and again only if its
/// update number is ahead of the last one by 1 to 8. At most `limit` messages are remembered;
/// beyond that, the message not heard for longest is forgotten.
///
/// # Examples
///
/// ```
/// use pdu::{Broadcasts, CbsDcs, Page, SerialNumber};
///
/// let page = |number, text: &[u8]| {
///     let serial = SerialNumber::from_raw(0x0110);
///     Page::new(serial, 50, CbsDcs::UCS2, number, 2, text).unwrap()
/// };
/// let mut broadcasts = Broadcasts::default();
/// assert_eq!(broadcasts.insert(&page(2, &[0, b'!'])), None);
/// let message = broadcasts.insert(&page(1, &[0, b'H', 0, b'i'])).unwrap();
/// assert_eq!(message.text().as_deref(), Some("Hi!"));
/// // A repetition:
/// assert_eq!(broadcasts.insert(&page(1, &[0, b'H', 0, b'i'])), None);
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "cell broadcast")]
pub struct Broadcasts {
    limit: usize,
    /// Entries by the identity that all updates of a message share.
    entries: BTreeMap<Identity, Entry>,
    /// Identities by the tick at which they were last heard.
    heard: BTreeMap<u64, Identity>,
    clock: u64,
}

type Identity = (u16, u16);

#[derive(Debug, Clone)]
struct Entry {
    serial_number: SerialNumber,
    /// The pages by number; empty once the message is complete.
    pages: Vec<Page>,
    complete: bool,
    heard: u64,
}

/// A complete cell broadcast message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    pages: Vec<Page>,
}

impl Broadcasts {
    /// Creates a filter that remembers at most `limit` messages, at least one.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, entries: BTreeMap::new(), heard: BTreeMap::new(), clock: 0 }
    }

    /// Takes a page, and returns the message if this page completes it.
    pub fn insert(&mut self, page: &Page) -> Option<Broadcast> {
        let identity = (page.message_id, page.serial_number.raw() >> 4);
        let heard = self.tick();
        let entry = self.entries.entry(identity).or_insert_with(|| Entry::new(page.serial_number));
        self.heard.remove(&entry.heard);
        self.heard.insert(heard, identity);
        if page.serial_number.is_newer_than(entry.serial_number) {
            *entry = Entry::new(page.serial_number);
        }
        entry.heard = heard;
        let message = entry.insert(page);
        if self.entries.len() > self.limit.max(1) {
            if let Some((_, identity)) = self.heard.pop_first() {
                self.entries.remove(&identity);
            }
        }
        message
    }

    /// Forgets all messages but those of the whole network.
    ///
    /// Call this method when the mobile is in another cell or area, where the same numbers may
    /// stand for other messages.
    pub fn moved(&mut self) {
        self.entries.retain(|_, entry| entry.serial_number.scope() == GeographicalScope::Network);
        let entries = &self.entries;
        self.heard.retain(|_, identity| entries.contains_key(identity));
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

impl Default for Broadcasts {
    /// Creates a filter that remembers 256 messages.
    fn default() -> Self {
        Self::new(256)
    }
}

impl Entry {
    const fn new(serial_number: SerialNumber) -> Self {
        Self { serial_number, pages: Vec::new(), complete: false, heard: 0 }
    }

    fn insert(&mut self, page: &Page) -> Option<Broadcast> {
        if self.complete || page.serial_number != self.serial_number {
            return None;
        }
        // A page with another total belongs to an earlier state of the message.
        self.pages.retain(|other| other.total() == page.total());
        match self.pages.binary_search_by_key(&page.number(), Page::number) {
            Ok(at) => self.pages[at] = *page,
            Err(at) => self.pages.insert(at, *page),
        }
        self.complete = self.pages.len() == usize::from(page.total());
        self.complete.then(|| Broadcast { pages: core::mem::take(&mut self.pages) })
    }
}

impl Broadcast {
    #[cfg(feature = "serde")]
    pub(crate) fn from_pages(pages: Vec<Page>) -> Option<Self> {
        (!pages.is_empty()).then_some(Self { pages })
    }

    /// Returns the pages in their order, at least one.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// Returns the serial number, which tells apart the messages with one identifier.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        self.first().serial_number
    }

    /// Returns the message identifier.
    #[must_use]
    pub fn message_id(&self) -> u16 {
        self.first().message_id
    }

    /// Returns the language that the first page names.
    #[must_use]
    pub fn language(&self) -> Option<LanguageCode> {
        self.first().language()
    }

    /// Returns the text of all pages, or `None` if a page holds data or is compressed.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.pages.iter().map(Page::text).collect()
    }

    fn first(&self) -> &Page {
        // Never panics: a complete message has at least one page.
        &self.pages[0]
    }
}
