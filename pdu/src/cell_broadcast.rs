//! Cell broadcasts in each format of 3GPP TS 23.041, 9.4.

use alloc::vec::Vec;

use crate::cbs_dcs::CbsDcs;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::etws::EtwsPrimary;
use crate::field::Field;
use crate::message_id::MessageId;
use crate::page::{Page, SerialNumber};
use crate::reader::Reader;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// The octets that a modem reports by `+CBM`: a page, a warning without text, or a whole message.
///
/// | Octets | Identifier | Format |
/// |---|---|---|
/// | at most 56 | 4352 to 4359 | [`EtwsPrimary`] |
/// | at most 88, first octet 1 | octets 2 and 3: 4400 | [`UmtsBroadcast`], which is then short |
/// | at most 88 | any other | [`Page`] |
/// | more than 88 | any | [`UmtsBroadcast`] |
///
/// # Examples
///
/// ```
/// use pdu::CellBroadcast;
///
/// let decoded = CellBroadcast::from_hex("011000320111C2327BFC76BBCBEE46A3D168")?;
/// let CellBroadcast::Page(page) = decoded.value else { panic!() };
/// assert_eq!(page.text().as_deref(), Some("Belconnen"));
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "CBM")]
pub enum CellBroadcast {
    /// One page.
    Page(Page),
    /// A primary notification of the Earthquake and Tsunami Warning System.
    EtwsPrimary(EtwsPrimary),
    /// All pages in the format of UMTS.
    Umts(UmtsBroadcast),
}

impl CellBroadcast {
    /// Reads hexadecimal digits of either case; white space around octets is ignored.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a character is not a digit, or the octets are not a cell broadcast.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Result<Decoded<Self>, DecodeError> {
        let mut octets = [0; UmtsBroadcast::MAX_LEN];
        let count = crate::envelope::read_hex(
            hex.as_ref(),
            &mut octets,
            Field::PageHeader,
            DecodeErrorKind::PageLength,
        )?;
        Self::decode(&octets[..count])
    }

    /// Reads octets in the format that their length and identifier tell.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the octets end before the content, or are too many.
    pub fn decode(octets: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        if EtwsPrimary::recognises(octets) {
            let Decoded { value, warnings } = EtwsPrimary::decode(octets)?;
            Ok(Decoded { value: Self::EtwsPrimary(value), warnings })
        } else if octets.len() > Page::LEN || is_geo_fencing(octets) {
            let Decoded { value, warnings } = UmtsBroadcast::decode(octets)?;
            Ok(Decoded { value: Self::Umts(value), warnings })
        } else {
            Ok(Page::decode(octets)?.map(Self::Page))
        }
    }

    /// Writes the octets as they were read, and returns their number.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        match self {
            Self::Page(page) => page.encode(out),
            Self::EtwsPrimary(warning) => warning.encode(out),
            Self::Umts(message) => {
                let mut writer = Writer::new(out, message.octets.len())?;
                writer.octets(&message.octets);
                Ok(writer.finish())
            }
        }
    }

    /// Returns the serial number.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        match self {
            Self::Page(page) => page.serial_number,
            Self::EtwsPrimary(warning) => warning.serial_number,
            Self::Umts(message) => message.serial_number(),
        }
    }

    /// Returns the message identifier.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        match self {
            Self::Page(page) => page.message_id,
            Self::EtwsPrimary(warning) => warning.message_id,
            Self::Umts(message) => message.message_id(),
        }
    }
}

impl From<Page> for CellBroadcast {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

impl From<&Page> for CellBroadcast {
    fn from(page: &Page) -> Self {
        Self::Page(*page)
    }
}

impl From<EtwsPrimary> for CellBroadcast {
    fn from(warning: EtwsPrimary) -> Self {
        Self::EtwsPrimary(warning)
    }
}

impl From<UmtsBroadcast> for CellBroadcast {
    fn from(message: UmtsBroadcast) -> Self {
        Self::Umts(message)
    }
}

fn is_geo_fencing(octets: &[u8]) -> bool {
    match *octets {
        [CBS_MESSAGE, a, b, _, _, _, _, ..] => {
            MessageId(u16::from_be_bytes([a, b])) == MessageId::GEO_FENCING
        }
        _ => false,
    }
}

/// The message type of text; others are schedules and messages of ANSI-41 networks (25.324).
const CBS_MESSAGE: u8 = 1;
const HEAD: usize = 7;
/// The content of a page, and the octet that says how many of its octets count.
const PAGE: usize = 83;

/// A cell broadcast in the format of UMTS: all pages at once, and perhaps a warning area.
///
/// Keeps the octets as received. 3GPP TS 23.041, 9.4.2.
///
/// # Examples
///
/// ```
/// use pdu::UmtsBroadcast;
///
/// let mut octets = vec![1, 0x00, 0x32, 0xC0, 0x00, 0x40, 1];
/// octets.extend([0xC8, 0x34]);
/// octets.resize(7 + 82, 0);
/// octets.push(2);
/// let message = UmtsBroadcast::decode(&octets)?.value;
/// assert_eq!(message.message_id(), 50);
/// let pages: Vec<_> = message.pages().collect();
/// assert_eq!(pages[0].text().as_deref(), Some("Hi"));
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UmtsBroadcast {
    /// At least the head.
    octets: Vec<u8>,
}

impl UmtsBroadcast {
    /// The maximum number of octets that are read: 15 pages, and a warning area of 1024 octets.
    pub const MAX_LEN: usize = HEAD + 15 * PAGE + 2 + 1024;

    /// Reads octets.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the octets end before the first page, are too many, or are a schedule
    /// instead of a message.
    pub fn decode(octets: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        let [kind, .., dcs, pages] = Reader::new(octets).array::<HEAD>(Field::PageHeader)?;
        if kind != CBS_MESSAGE || octets.len() > Self::MAX_LEN {
            let kind = DecodeErrorKind::PageLength(octets.len());
            return Err(DecodeError::new(Field::PageHeader, 0, kind));
        }
        let value = Self { octets: octets.to_vec() };
        let mut warnings = Warnings::NONE;
        if value.message_id() != MessageId::GEO_FENCING {
            warnings.add_if(CbsDcs::from_raw(dcs).is_reserved(), Warning::ReservedCoding);
            warnings.add_if(!(1..=15).contains(&pages), Warning::PageNumber);
            let whole = (octets.len() - HEAD) / PAGE;
            warnings.add_if(whole < usize::from(pages), Warning::Truncated);
        }
        Ok(Decoded { value, warnings })
    }

    /// Returns the octets as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Returns the serial number.
    #[must_use]
    pub fn serial_number(&self) -> SerialNumber {
        let [_, _, _, a, b, ..] = self.head();
        SerialNumber::from_raw(u16::from_be_bytes([a, b]))
    }

    /// Returns the message identifier.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        let [_, a, b, ..] = self.head();
        MessageId(u16::from_be_bytes([a, b]))
    }

    /// Returns the data coding scheme.
    #[must_use]
    pub fn dcs(&self) -> CbsDcs {
        let [.., dcs, _] = self.head();
        CbsDcs::from_raw(dcs)
    }

    /// Iterates over the pages with the octets that count, without those that fill the page.
    ///
    /// A page that was cut has the octets that are left.
    pub fn pages(&self) -> impl Iterator<Item = Page> + '_ {
        let total = self.page_count();
        (1..).zip(self.page_octets().chunks(PAGE)).filter_map(move |(number, page)| {
            let content = match page.split_last() {
                Some((&used, content)) if page.len() == PAGE => {
                    content.get(..usize::from(used)).unwrap_or(content)
                }
                _ => page,
            };
            let (serial, id) = (self.serial_number(), self.message_id());
            Page::new(serial, id, self.dcs(), number, total, content)
        })
    }

    /// Returns the octets after the last page: a length, low octet first, and the coordinates of
    /// the warning area (ATIS-0700041), which this library does not read.
    #[must_use]
    pub fn warning_area(&self) -> &[u8] {
        self.octets.get(HEAD + self.page_octets().len()..).unwrap_or_default()
    }

    /// Iterates over the messages whose area the mobile is to check again, of a geo-fencing trigger
    /// (4400).
    pub fn geo_fencing(&self) -> impl Iterator<Item = (MessageId, SerialNumber)> + '_ {
        let content = match (self.message_id(), self.octets.get(HEAD..)) {
            (MessageId::GEO_FENCING, Some(content)) => content,
            _ => &[],
        };
        // Four bits of type, seven of length in octets with these two, five spare.
        let messages = match *content {
            [a, b, ref messages @ ..] if a >> 4 == 1 => {
                let length = usize::from((a & 0xF) << 3 | b >> 5);
                messages.get(..length.saturating_sub(2)).unwrap_or(messages)
            }
            _ => &[],
        };
        messages.chunks_exact(4).map(|message| {
            let number = |at: usize| u16::from_be_bytes([message[at], message[at + 1]]);
            (MessageId(number(0)), SerialNumber::from_raw(number(2)))
        })
    }

    fn head(&self) -> [u8; HEAD] {
        self.octets.first_chunk().copied().unwrap_or_default()
    }

    /// Returns the octets of the pages that are there; a geo-fencing trigger has none.
    fn page_octets(&self) -> &[u8] {
        let rest = self.octets.get(HEAD..).unwrap_or_default();
        if self.message_id() == MessageId::GEO_FENCING {
            return &[];
        }
        let [.., pages] = self.head();
        let count = if (1..=15).contains(&pages) { usize::from(pages) } else { 15 };
        // Without a valid number of pages only whole ones count.
        let there = if pages == 0 || pages > 15 { rest.len() / PAGE * PAGE } else { rest.len() };
        &rest[..there.min(count * PAGE)]
    }

    fn page_count(&self) -> u8 {
        // At most 15.
        u8::try_from(self.page_octets().len().div_ceil(PAGE)).unwrap_or(15)
    }
}
