//! Cell broadcast messages of several pages, 3GPP TS 23.041, 9.4.1.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::cell_broadcast::{CellBroadcast, UmtsBroadcast};
use crate::content::LanguageCode;
use crate::etws::EtwsPrimary;
use crate::joined::Joined;
use crate::message_id::MessageId;
use crate::page::{EtwsCode, GeographicalScope, Page, SerialNumber};

/// Reassembles cell broadcast messages from their pages, and filters out repetitions.
///
/// A network sends every message again and again. Each is returned once, and again if it is new.
/// The first row that applies decides:
///
/// | # | Compared with the messages that were heard | Result |
/// |---|---|---|
/// | 1 | another message identifier, message code or scope | new |
/// | 2 | a primary notification of ETWS beside a secondary one, or the reverse | new |
/// | 3 | scope 0 or 3: another cell, area or network (see [`locate`](Self::locate)) | new |
/// | 4 | scope 2: another area or network | new |
/// | 5 | scope 1: another network | new |
/// | 6 | an update number that is ahead by 1 to 8, modulo 16 | new |
/// | 7 | returned longer ago than the age limit, 24 hours by default | new |
/// | 8 | another update number | an earlier state: dropped |
/// | 9 | anything else | a repetition: dropped |
///
/// Times are on the caller's clock, which only has to be monotonic. At most `limit` messages are
/// remembered; beyond that, the message not heard for longest is forgotten. A page is compared with
/// all of them. 3GPP TS 23.041, 9.4.1.2.1.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use pdu::{Broadcasts, CbsDcs, Page, SerialNumber};
///
/// let page = |number, text: &[u8]| {
///     let serial = SerialNumber::from_raw(0x0110);
///     Page::new(serial, 50, CbsDcs::UCS2, number, 2, text).unwrap()
/// };
/// let mut broadcasts = Broadcasts::default();
/// let now = Duration::from_secs(1_000);
/// assert_eq!(broadcasts.insert(now, page(2, &[0, b'!'])), None);
/// let message = broadcasts.insert(now, page(1, &[0, b'H', 0, b'i'])).unwrap();
/// assert_eq!(message.text().as_deref(), Some("Hi!"));
/// // A repetition:
/// assert_eq!(broadcasts.insert(now, page(1, &[0, b'H', 0, b'i'])), None);
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "cell broadcast")]
pub struct Broadcasts {
    limit: usize,
    max_age: Duration,
    location: Location,
    /// Entries with the identity that all updates of a message share, in the order in which they
    /// were last heard.
    entries: Vec<(Identity, Entry)>,
}

/// The place of a mobile, as far as it is known: network, area and cell.
///
/// The numbers are compared only; their form is the caller's choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The network, such as the digits of country and network code.
    pub network: Option<u32>,
    /// The location, service or tracking area.
    pub area: Option<u32>,
    /// The cell.
    pub cell: Option<u64>,
}

impl Location {
    /// Creates a location.
    #[must_use]
    pub const fn new(network: Option<u32>, area: Option<u32>, cell: Option<u64>) -> Self {
        Self { network, area, cell }
    }

    /// Returns the part of the location that a scope counts.
    const fn within(self, scope: GeographicalScope) -> Self {
        match scope {
            GeographicalScope::Network => Self { area: None, cell: None, ..self },
            GeographicalScope::Area => Self { cell: None, ..self },
            GeographicalScope::Cell | GeographicalScope::CellImmediate => self,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    message_id: MessageId,
    /// The serial number without the update number.
    serial: u16,
    is_primary: bool,
    location: Location,
}

impl Identity {
    fn new(broadcast: &CellBroadcast, location: Location) -> Self {
        let serial = broadcast.serial_number();
        Self {
            message_id: broadcast.message_id(),
            serial: serial.raw() >> 4,
            is_primary: matches!(broadcast, CellBroadcast::EtwsPrimary(_)),
            location: location.within(serial.scope()),
        }
    }
}

#[derive(Debug, Clone)]
struct Entry {
    serial_number: SerialNumber,
    /// The pages by number; empty once the message is complete.
    pages: Vec<Page>,
    complete: bool,
    /// The time of the first page, or of completion.
    since: Duration,
}

/// A complete cell broadcast message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    content: BroadcastContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum BroadcastContent {
    /// At least one page.
    Pages(Vec<Page>),
    /// A message in the format of UMTS, with its pages; a geo-fencing trigger has none.
    Umts(UmtsBroadcast, Vec<Page>),
    Primary(EtwsPrimary),
}

impl Broadcasts {
    /// The default age at which a repeated message counts as new.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

    /// Creates a filter that remembers at most `limit` messages, at least one.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            max_age: Self::DEFAULT_MAX_AGE,
            location: Location::new(None, None, None),
            entries: Vec::new(),
        }
    }

    /// Sets the age at which a repeated message counts as new.
    #[must_use]
    pub const fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Takes a page, or a whole message, and returns the message if it is complete and new.
    pub fn insert(
        &mut self,
        now: Duration,
        broadcast: impl Into<CellBroadcast>,
    ) -> Option<Broadcast> {
        let broadcast = broadcast.into();
        let serial_number = broadcast.serial_number();
        let identity = Identity::new(&broadcast, self.location);
        let known = self.entries.iter().position(|(other, _)| *other == identity);
        let known = known.map(|at| self.entries.remove(at).1).filter(|entry| {
            let is_old = now.saturating_sub(entry.since) >= self.max_age;
            !is_old && !serial_number.is_newer_than(entry.serial_number)
        });
        let mut entry = known.unwrap_or_else(|| Entry::new(serial_number, now));
        let message = entry.insert(broadcast);
        if message.is_some() {
            entry.since = now;
        }
        self.entries.push((identity, entry));
        if self.entries.len() > self.limit.max(1) {
            self.entries.remove(0);
        }
        message
    }

    /// Sets the place of the mobile, whose numbers of cell and area count from now on.
    ///
    /// Messages heard in a place are remembered: they are not new on return.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use pdu::{Broadcasts, CbsDcs, Location, Page, SerialNumber};
    ///
    /// let page = Page::new(SerialNumber::from_raw(0xC110), 50, CbsDcs::GSM7, 1, 1, b"x").unwrap();
    /// let mut broadcasts = Broadcasts::default();
    /// for (cell, is_new) in [(1, true), (2, true), (1, false)] {
    ///     broadcasts.locate(Location::new(None, Some(0xC9), Some(cell)));
    ///     assert_eq!(broadcasts.insert(Duration::ZERO, page).is_some(), is_new);
    /// }
    /// ```
    pub const fn locate(&mut self, location: Location) {
        self.location = location;
    }

    /// Returns the place that was set last.
    #[must_use]
    pub const fn location(&self) -> Location {
        self.location
    }

    /// Forgets all messages but those of the whole network.
    ///
    /// Call this method when the mobile is in another cell or area that has no known number;
    /// otherwise [`locate`](Self::locate) is better.
    pub fn moved(&mut self) {
        let is_network_wide =
            |entry: &Entry| entry.serial_number.scope() == GeographicalScope::Network;
        self.entries.retain(|(_, entry)| is_network_wide(entry));
    }
}

impl Default for Broadcasts {
    /// Creates a filter that remembers 256 messages.
    fn default() -> Self {
        Self::new(256)
    }
}

impl Entry {
    const fn new(serial_number: SerialNumber, since: Duration) -> Self {
        Self { serial_number, pages: Vec::new(), complete: false, since }
    }

    fn insert(&mut self, broadcast: CellBroadcast) -> Option<Broadcast> {
        if self.complete || broadcast.serial_number() != self.serial_number {
            return None;
        }
        match broadcast {
            CellBroadcast::Page(page) => self.insert_page(page),
            CellBroadcast::EtwsPrimary(warning) => {
                self.complete = true;
                Some(Broadcast { content: BroadcastContent::Primary(warning) })
            }
            CellBroadcast::Umts(message) => {
                self.complete = true;
                self.pages.clear();
                Some(Broadcast::from_umts(message))
            }
        }
    }

    fn insert_page(&mut self, page: Page) -> Option<Broadcast> {
        // A page with another total belongs to an earlier state of the message.
        self.pages.retain(|other| other.total() == page.total());
        match self.pages.binary_search_by_key(&page.number(), Page::number) {
            Ok(at) => self.pages[at] = page,
            Err(at) => self.pages.insert(at, page),
        }
        self.complete = self.pages.len() == usize::from(page.total());
        if !self.complete {
            return None;
        }
        Broadcast::from_pages(core::mem::take(&mut self.pages))
    }
}

impl Broadcast {
    pub(crate) fn from_pages(pages: Vec<Page>) -> Option<Self> {
        (!pages.is_empty()).then_some(Self { content: BroadcastContent::Pages(pages) })
    }

    pub(crate) fn from_umts(message: UmtsBroadcast) -> Self {
        let pages = message.pages().collect();
        Self { content: BroadcastContent::Umts(message, pages) }
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn from_primary(warning: EtwsPrimary) -> Self {
        Self { content: BroadcastContent::Primary(warning) }
    }

    /// Returns the pages in their order; a primary notification and a geo-fencing trigger
    /// (4400) have none.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        match &self.content {
            BroadcastContent::Pages(pages) | BroadcastContent::Umts(_, pages) => pages,
            BroadcastContent::Primary(_) => &[],
        }
    }

    /// Returns the warning without text, if the message is a primary notification of the Earthquake
    /// and Tsunami Warning System.
    #[must_use]
    pub const fn etws_primary(&self) -> Option<&EtwsPrimary> {
        match &self.content {
            BroadcastContent::Primary(warning) => Some(warning),
            _ => None,
        }
    }

    /// Returns the message as it was received, if it is one in the format of UMTS, with its warning
    /// area.
    #[must_use]
    pub const fn umts(&self) -> Option<&UmtsBroadcast> {
        match &self.content {
            BroadcastContent::Umts(message, _) => Some(message),
            _ => None,
        }
    }

    /// Returns the serial number, which tells apart the messages with one identifier.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        self.numbers().0
    }

    /// Returns the message identifier.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        self.numbers().1
    }

    /// Returns the alert bits of the serial number, if the identifier is one of the Earthquake and
    /// Tsunami Warning System.
    ///
    /// They normally agree with those of the [`warning_type`](EtwsPrimary::warning_type).
    #[must_use]
    pub fn etws(&self) -> Option<EtwsCode> {
        self.serial_number().etws(self.message_id())
    }

    /// Returns the language that the first page names.
    #[must_use]
    pub fn language(&self) -> Option<LanguageCode> {
        self.pages().first()?.language()
    }

    /// Returns the text of all pages, or `None` if a page holds data or is compressed, or there is
    /// no page.
    ///
    /// The pages are joined before they are decoded, without the carriage returns that fill them,
    /// since networks cut texts anywhere: between the halves of a surrogate pair, after an escape.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let pages = self.pages();
        if pages.is_empty() {
            return None;
        }
        let mut joined = Joined::with_capacity(93 * pages.len());
        for page in pages {
            page.append_to(&mut joined)?;
        }
        Some(joined.finish())
    }

    fn numbers(&self) -> (SerialNumber, MessageId) {
        match &self.content {
            BroadcastContent::Primary(warning) => (warning.serial_number, warning.message_id),
            BroadcastContent::Umts(message, _) => (message.serial_number(), message.message_id()),
            // Never panics: a message has at least one page.
            BroadcastContent::Pages(pages) => (pages[0].serial_number, pages[0].message_id),
        }
    }
}
