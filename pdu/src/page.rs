//! Cell broadcast pages, 3GPP TS 23.041, 9.4.1.

use core::fmt;

use crate::cbs_dcs::CbsDcs;
use crate::content::{Content, LanguageCode, in_order, trim_septets, trim_units};
use crate::dcs::CharacterSet;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::field::Field;
use crate::message_id::MessageId;
use crate::reader::Reader;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// Octets of content of a page.
const CONTENT: usize = 82;
/// Octets before the content.
const HEAD: usize = 6;

/// One page of a cell broadcast message, from `+CBM`. 3GPP TS 23.041, 9.4.1.
///
/// # Examples
///
/// ```
/// use pdu::Page;
///
/// let page = Page::from_hex("011000320111C2327BFC76BBCBEE46A3D168")?.value;
/// assert_eq!((page.message_id.raw(), page.number(), page.total()), (50, 1, 1));
/// assert_eq!(page.language().unwrap().as_str(), "en");
/// assert_eq!(page.write_text(&mut [0; 300])?, Some("Belconnen"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "cell broadcast")]
#[doc(alias = "CBM")]
pub struct Page {
    /// The serial number, which tells apart the messages with this identifier.
    pub serial_number: SerialNumber,
    /// The message identifier: the topic of the message, by which mobiles select the messages to
    /// show.
    pub message_id: MessageId,
    /// The data coding scheme of the content.
    pub dcs: CbsDcs,
    /// The page parameter as received: the page number in the high half, the total in the low half.
    parameter: u8,
    len: u8,
    content: [u8; CONTENT],
}

impl Page {
    /// The octets of a full page.
    pub const LEN: usize = HEAD + CONTENT;

    /// Creates a page with this content.
    ///
    /// Returns `None` if the content is longer than 82 octets, or the number is not in 1 to
    /// `total`, or `total` is above 15.
    #[must_use]
    pub fn new(
        serial_number: SerialNumber,
        message_id: impl Into<MessageId>,
        dcs: CbsDcs,
        number: u8,
        total: u8,
        content: &[u8],
    ) -> Option<Self> {
        if number == 0 || number > total || total > 15 {
            return None;
        }
        let mut page = Self {
            serial_number,
            message_id: message_id.into(),
            dcs,
            parameter: number << 4 | total,
            len: u8::try_from(content.len()).ok()?,
            content: [0; CONTENT],
        };
        page.content.get_mut(..content.len())?.copy_from_slice(content);
        Some(page)
    }

    /// Reads hexadecimal digits of either case; white space around octets is ignored.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a character is not a digit, the page has no content, or is longer than 88
    /// octets.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Result<Decoded<Self>, DecodeError> {
        let hex = hex.as_ref();
        let mut octets = [0; Self::LEN];
        let count = crate::envelope::read_hex(
            hex,
            &mut octets,
            Field::PageHeader,
            DecodeErrorKind::PageLength,
        )?;
        Self::decode(&octets[..count])
    }

    /// Reads octets; fewer than 88 are a shorter page.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the page ends before its content, or is longer than 88 octets.
    pub fn decode(octets: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(octets);
        let mut warnings = Warnings::NONE;
        let [a, b, c, d, dcs, parameter] = reader.array(Field::PageHeader)?;
        let rest = reader.rest();
        let mut content = [0; CONTENT];
        let Some(space) = content.get_mut(..rest.len()) else {
            let kind = DecodeErrorKind::PageLength(octets.len());
            return Err(DecodeError::new(Field::PageHeader, Self::LEN, kind));
        };
        space.copy_from_slice(rest);
        let page = Self {
            serial_number: SerialNumber(u16::from_be_bytes([a, b])),
            message_id: MessageId(u16::from_be_bytes([c, d])),
            dcs: CbsDcs::from_raw(dcs),
            parameter,
            // At most 82.
            len: u8::try_from(rest.len()).unwrap_or(u8::MAX),
            content,
        };
        warnings.add_if(
            page.dcs.is_reserved() || page.dcs.has_reserved_bits(),
            Warning::ReservedCoding,
        );
        warnings.add_if(page.valid_numbers().is_none(), Warning::PageNumber);
        Ok(Decoded { value: page, warnings })
    }

    /// Writes the page, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small; 88 octets always suffice.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut writer = Writer::new(out, HEAD + usize::from(self.len))?;
        writer.octets(&self.serial_number.0.to_be_bytes());
        writer.octets(&self.message_id.0.to_be_bytes());
        writer.octet(self.dcs.raw());
        writer.octet(self.parameter);
        writer.octets(self.content());
        Ok(writer.finish())
    }

    /// Returns the number of this page, from 1.
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self.valid_numbers() {
            Some((number, _)) => number,
            None => 1,
        }
    }

    /// Returns the number of pages of the message, 1 to 15.
    #[must_use]
    pub const fn total(&self) -> u8 {
        match self.valid_numbers() {
            Some((_, total)) => total,
            None => 1,
        }
    }

    /// Returns the octets of the content, including those that fill the page.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content[..usize::from(self.len)]
    }

    /// Returns the language that the data coding scheme or the content names.
    #[must_use]
    pub fn language(&self) -> Option<LanguageCode> {
        Content::new(self.dcs, self.content()).language()
    }

    /// Writes the text into `out` as UTF-8, without the padding of the page.
    ///
    /// Returns `None` if the page holds data or is compressed, or is a geo-fencing trigger (4400).
    /// 279 bytes hold any text.
    ///
    /// # Errors
    ///
    /// [`gsm7::BufferTooSmall`] if `out` is too small.
    pub fn write_text<'a>(
        &self,
        out: &'a mut [u8],
    ) -> Result<Option<&'a str>, gsm7::BufferTooSmall> {
        let content = Content::new(self.dcs, self.content());
        let text = match content.character_set() {
            _ if self.message_id == MessageId::GEO_FENCING => return Ok(None),
            Some(CharacterSet::Gsm7) => {
                let mut septets = [0; 93];
                let septets = trim_septets(content.septets(&mut septets));
                gsm7::decode(septets, content.alphabet(), out)?
            }
            Some(CharacterSet::Ucs2) => {
                let mut swapped = [0; CONTENT];
                gsm7::ucs2::decode(trim_units(in_order(content.units(), &mut swapped)), out)?
            }
            Some(CharacterSet::Data) | None => return Ok(None),
        };
        Ok(Some(text.text))
    }

    /// Returns the text without the padding of the page, or `None` if it holds data or is
    /// compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn text(&self) -> Option<alloc::string::String> {
        let mut text = [0; 3 * 93];
        self.write_text(&mut text).ok()?.map(Into::into)
    }

    /// Appends the text to that of the pages before, or returns `None` if there is none.
    #[cfg(feature = "alloc")]
    pub(crate) fn append_to(&self, joined: &mut crate::joined::Joined) -> Option<()> {
        use crate::joined::Script;

        let content = Content::new(self.dcs, self.content());
        match content.character_set()? {
            _ if self.message_id == MessageId::GEO_FENCING => return None,
            CharacterSet::Gsm7 => {
                let mut septets = [0; 93];
                let septets = trim_septets(content.septets(&mut septets));
                joined.push(Script::Gsm7(content.alphabet()), |units| units.extend(septets));
            }
            CharacterSet::Ucs2 => {
                let mut swapped = [0; CONTENT];
                let text = trim_units(in_order(content.units(), &mut swapped));
                joined.push(Script::Ucs2, |units| units.extend(text));
            }
            CharacterSet::Data => return None,
        }
        Some(())
    }

    /// Returns the number of the page and the total, if they are valid.
    const fn valid_numbers(&self) -> Option<(u8, u8)> {
        let (number, total) = (self.parameter >> 4, self.parameter & 0xF);
        if number == 0 || number > total { None } else { Some((number, total)) }
    }
}

/// The serial number of a cell broadcast message. 3GPP TS 23.041, 9.4.1.2.1.
///
/// It tells apart the messages with one message identifier, and the states of one message.
///
/// # Examples
///
/// ```
/// use pdu::{GeographicalScope, SerialNumber};
///
/// let serial = SerialNumber::from_raw(0x4113);
/// assert_eq!(serial.scope(), GeographicalScope::Network);
/// assert_eq!((serial.code(), serial.update()), (0x11, 3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SerialNumber(u16);

impl SerialNumber {
    /// Returns the serial number with these bits.
    #[must_use]
    pub const fn from_raw(bits: u16) -> Self {
        Self(bits)
    }

    /// Returns the bits.
    #[must_use]
    pub const fn raw(self) -> u16 {
        self.0
    }

    /// Returns the area in which the serial number stands for the same message.
    #[must_use]
    pub const fn scope(self) -> GeographicalScope {
        match self.0 >> 14 {
            0 => GeographicalScope::CellImmediate,
            1 => GeographicalScope::Network,
            2 => GeographicalScope::Area,
            _ => GeographicalScope::Cell,
        }
    }

    /// Returns the message code, 0 to 1023, which tells apart messages with one identifier.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0 >> 4 & 0x3FF
    }

    /// Returns the update number, 0 to 15, which is incremented when the content changes.
    #[must_use]
    pub const fn update(self) -> u8 {
        (self.0 & 0xF) as u8
    }

    /// Returns the parts of the message code of a message of the Earthquake and Tsunami Warning
    /// System.
    ///
    /// The alert bits count only with the identifiers 4352 to 4359.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{MessageId, SerialNumber};
    ///
    /// let serial = SerialNumber::from_raw(0x3040);
    /// let code = serial.etws(MessageId::EARTHQUAKE).unwrap();
    /// assert!(code.emergency_user_alert && code.popup);
    /// assert_eq!(code.code, 4);
    /// assert_eq!(serial.etws(MessageId::PRESIDENTIAL), None);
    /// ```
    #[must_use]
    pub const fn etws(self, message_id: MessageId) -> Option<EtwsCode> {
        if !message_id.is_etws() {
            return None;
        }
        Some(EtwsCode {
            emergency_user_alert: self.0 & 0x2000 != 0,
            popup: self.0 & 0x1000 != 0,
            code: (self.0 >> 4 & 0xFF) as u8,
        })
    }

    /// Returns `true` if this is a newer state of the same message.
    ///
    /// Its update number is then ahead by 1 to 8, modulo 16.
    #[must_use]
    pub const fn is_newer_than(self, other: Self) -> bool {
        let ahead = self.update().wrapping_sub(other.update()) & 0xF;
        self.0 >> 4 == other.0 >> 4 && ahead >= 1 && ahead <= 8
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} update {}", self.code(), self.update())
    }
}

/// The message code of the Earthquake and Tsunami Warning System. 3GPP TS 23.041, 9.4.1.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EtwsCode {
    /// Set if the mobile is to alert its user by sound and vibration.
    pub emergency_user_alert: bool,
    /// Set if the mobile is to show the message at once.
    pub popup: bool,
    /// The rest of the message code.
    pub code: u8,
}

/// The area in which a serial number stands for the same message. 3GPP TS 23.041, 9.4.1.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum GeographicalScope {
    /// One cell, and the message is to be displayed immediately.
    CellImmediate,
    /// The whole network.
    Network,
    /// One location, service or tracking area.
    Area,
    /// One cell.
    Cell,
}
