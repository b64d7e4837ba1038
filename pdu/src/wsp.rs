//! WAP push and its headers: OMA Wireless Session Protocol, 8.2.4 and 8.4.

use core::fmt;

use crate::mms::Mms;
use crate::wap_names::{content_type_name, header_name};
use crate::wbxml::{ServiceIndication, ServiceLoading};

/// A text of a WAP push: octets, and the character set that they are in.
///
/// [`Display`](fmt::Display) writes UTF-8 and UTF-16 as such, and other octets as ISO 8859-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WapText<'a> {
    octets: &'a [u8],
    charset: Option<u16>,
}

/// MIBenum numbers of character sets.
const LATIN_1: u16 = 4;
const UCS2: u16 = 1000;
const UTF16: u16 = 1015;

impl<'a> WapText<'a> {
    pub(crate) const fn new(octets: &'a [u8], charset: Option<u16>) -> Self {
        Self { octets, charset }
    }

    /// Returns the octets, without the final zero.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Returns the character set that the text names, as a MIBenum number of IANA: 106 is UTF-8.
    #[must_use]
    pub const fn charset(&self) -> Option<u16> {
        self.charset
    }

    /// Returns the text, if it is UTF-8 or US-ASCII.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self.charset {
            Some(LATIN_1 | UCS2 | UTF16) if !self.octets.is_ascii() => None,
            Some(UCS2 | UTF16) => None,
            _ => core::str::from_utf8(self.octets).ok(),
        }
    }
}

impl fmt::Display for WapText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        if let Some(text) = self.as_str() {
            return f.write_str(text);
        }
        match self.charset {
            Some(UCS2 | UTF16) => fmt::Display::fmt(&gsm7::ucs2::chars(self.octets), f),
            _ => self.octets.iter().try_for_each(|&octet| f.write_char(char::from(octet))),
        }
    }
}

impl fmt::Debug for WapText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The value of a header, by its first octet. OMA WSP, 8.4.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WapValue<'a> {
    /// A number of seven bits, the value of the octet 0x80 and above without its top bit.
    Short(u8),
    /// A text.
    Text(WapText<'a>),
    /// Octets after their length, such as a long integer.
    Data(&'a [u8]),
}

impl<'a> WapValue<'a> {
    /// Returns the value as a number: a short integer, or a long one of at most eight octets.
    #[must_use]
    pub fn integer(&self) -> Option<u64> {
        match self {
            Self::Short(value) => Some(u64::from(*value)),
            Self::Data(octets) => long_integer(octets),
            Self::Text(_) => None,
        }
    }

    /// Returns the value as a text.
    #[must_use]
    pub const fn text(&self) -> Option<WapText<'a>> {
        match self {
            Self::Text(text) => Some(*text),
            _ => None,
        }
    }
}

/// Returns a quoted string without its quotation mark. OMA WSP, 8.4.2.1.
fn unquoted(value: WapValue<'_>) -> WapValue<'_> {
    match value {
        WapValue::Text(WapText { octets: [b'"', octets @ ..], charset }) => {
            WapValue::Text(WapText { octets, charset })
        }
        value => value,
    }
}

fn long_integer(octets: &[u8]) -> Option<u64> {
    let is_one = (1..=8).contains(&octets.len());
    is_one.then(|| octets.iter().fold(0, |value, &octet| value << 8 | u64::from(octet)))
}

/// A cursor over octets in the encoding of WSP.
#[derive(Debug, Clone)]
pub(crate) struct WapReader<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> WapReader<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn octet(&mut self) -> Option<u8> {
        let (&octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(octet)
    }

    pub(crate) fn octets(&mut self, count: usize) -> Option<&'a [u8]> {
        let (octets, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(octets)
    }

    /// Reads seven bits an octet, at most five octets.
    pub(crate) fn uintvar(&mut self) -> Option<u32> {
        let mut value = 0_u64;
        for _ in 0..5 {
            let octet = self.octet()?;
            value = value << 7 | u64::from(octet & 0x7F);
            if octet & 0x80 == 0 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    /// Reads a length that is a uintvar.
    pub(crate) fn long_length(&mut self) -> Option<usize> {
        usize::try_from(self.uintvar()?).ok()
    }

    /// Reads octets up to a zero, which is not part of them.
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|&octet| octet == 0)?;
        let string = self.octets(end)?;
        self.octet()?;
        Some(string)
    }

    /// Reads a text without the quote that precedes a first character above 0x7F.
    ///
    /// A quotation mark at the beginning belongs to the text, as in an entity tag. Only
    /// the header Content-ID is a quoted string, see [`unquoted`].
    pub(crate) fn text(&mut self) -> Option<WapText<'a>> {
        let octets = match self.string()? {
            [0x7F, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            octets => octets,
        };
        Some(WapText::new(octets, None))
    }

    pub(crate) fn value(&mut self) -> Option<WapValue<'a>> {
        let &first = self.rest.first()?;
        Some(match first {
            0x00..=0x1F => WapValue::Data(self.data()?),
            0x20..=0x7F => WapValue::Text(self.text()?),
            _ => WapValue::Short(self.octet()? & 0x7F),
        })
    }

    /// Reads a value-length and so many octets.
    fn data(&mut self) -> Option<&'a [u8]> {
        let length = match self.octet()? {
            0x1F => self.long_length()?,
            length => usize::from(length),
        };
        self.octets(length)
    }
}

/// A media type: a number of the registry of WAP, or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum MediaType<'a> {
    /// A well-known type.
    Number(u16),
    /// A type in words.
    Text(WapText<'a>),
}

impl<'a> MediaType<'a> {
    /// The number of MMS messages, `application/vnd.wap.mms-message`.
    pub const MMS: u16 = 0x3E;
    /// The number of service indications, `application/vnd.wap.sic`.
    pub const SERVICE_INDICATION: u16 = 0x2E;
    /// The number of service loadings, `application/vnd.wap.slc`.
    pub const SERVICE_LOADING: u16 = 0x30;

    /// Returns the type in words, such as `text/plain`; `None` for a number without one.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        match self {
            Self::Number(number) => content_type_name(*number),
            Self::Text(text) => text.as_str(),
        }
    }

    /// Returns `true` if the type is the well-known one of this number, as a number or in words.
    fn is(&self, number: u16) -> bool {
        match self {
            Self::Number(own) => *own == number,
            Self::Text(text) => content_type_name(number)
                .is_some_and(|name| text.octets().eq_ignore_ascii_case(name.as_bytes())),
        }
    }
}

/// A content type with its parameters. OMA WSP, 8.4.2.24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ContentType<'a> {
    /// The media type.
    pub media: MediaType<'a>,
    /// The encoded parameters.
    pub parameters: &'a [u8],
}

impl<'a> ContentType<'a> {
    fn read(reader: &mut WapReader<'a>) -> Option<Self> {
        let (media, parameters) = match reader.value()? {
            WapValue::Short(number) => (MediaType::Number(u16::from(number)), &[][..]),
            WapValue::Text(text) => (MediaType::Text(text), &[][..]),
            WapValue::Data(data) => {
                let mut inside = WapReader::new(data);
                let media = match inside.value()? {
                    WapValue::Text(text) => MediaType::Text(text),
                    number => MediaType::Number(u16::try_from(number.integer()?).ok()?),
                };
                (media, inside.rest)
            }
        };
        Some(Self { media, parameters })
    }

    /// Returns the character set that a parameter names, as a MIBenum number: 106 is UTF-8.
    #[must_use]
    pub fn charset(&self) -> Option<u16> {
        const QUALITY: u64 = 0;
        const CHARSET: u64 = 1;
        let mut reader = WapReader::new(self.parameters);
        loop {
            let name = reader.value()?;
            if name.integer() == Some(QUALITY) {
                // The one parameter whose first octet does not show its form. OMA WSP, 8.4.2.3.
                reader.uintvar()?;
                continue;
            }
            let value = reader.value()?;
            if name.integer() == Some(CHARSET) {
                return u16::try_from(value.integer()?).ok();
            }
        }
    }
}

/// A header of a WAP push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WapHeader<'a> {
    /// The code page of the name; 1 is the one of the standard.
    pub page: u8,
    /// The name: a short number, or a text.
    pub name: WapValue<'a>,
    /// The value. The one of Content-ID is without the quotation mark of its encoding.
    pub value: WapValue<'a>,
}

impl<'a> WapHeader<'a> {
    /// Returns the name in words, such as `X-Wap-Application-Id`.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        match self.name {
            WapValue::Short(code) if self.page == 1 => header_name(code),
            WapValue::Text(text) => text.as_str(),
            _ => None,
        }
    }
}

/// A WAP push: a content type, headers and data, in the user data of port 2948.
///
/// Only the first part of a concatenated message carries the headers: join the parts first
/// ([`Message::data`](crate::Message::data)).
///
/// # Examples
///
/// ```
/// use pdu::{PushContent, WapPush};
///
/// let octets = [
///     0x01, 0x06, 0x01, 0xAE, // transaction 1, push, a service indication
///     0x02, 0x05, 0x6A, 0x00, 0x45, 0xC6, 0x0C, 0x03, b'm', b'.', b'e', 0x00, 0x85, 0x01, //
///     0x03, b'H', b'i', 0x00, 0x01, 0x01,
/// ];
/// let push = WapPush::decode(&octets).unwrap();
/// assert_eq!(push.content_type().media.name(), Some("application/vnd.wap.sic"));
/// let PushContent::ServiceIndication(indication) = push.content() else { panic!() };
/// assert_eq!(indication.href().unwrap().to_string(), "http://m.e.com/");
/// assert_eq!(indication.text().to_string(), "Hi");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "WSP")]
pub struct WapPush<'a> {
    transaction: u8,
    confirmed: bool,
    content_type: ContentType<'a>,
    headers: &'a [u8],
    data: &'a [u8],
}

/// The content of a WAP push, as far as this library reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushContent<'a> {
    /// A service indication: a text with a link.
    ServiceIndication(ServiceIndication<'a>),
    /// A service loading: a link to load without a question.
    ServiceLoading(ServiceLoading<'a>),
    /// A notification or report of MMS.
    Mms(Mms<'a>),
    /// Data of another type, or that cannot be read.
    Data(&'a [u8]),
}

const PUSH: u8 = 0x06;
const CONFIRMED_PUSH: u8 = 0x07;
const APPLICATION_ID: u8 = 0x2F;
const CONTENT_ID: u8 = 0x40;
const PUSH_FLAG: u8 = 0x34;

impl<'a> WapPush<'a> {
    /// Reads the octets after the user data header, joined if there are several parts.
    ///
    /// Returns `None` if they are not a push.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let mut reader = WapReader::new(octets);
        let transaction = reader.octet()?;
        let kind = reader.octet()?;
        if !matches!(kind, PUSH | CONFIRMED_PUSH) {
            return None;
        }
        let length = reader.long_length()?;
        let mut headers = WapReader::new(reader.octets(length)?);
        let content_type = ContentType::read(&mut headers)?;
        Some(Self {
            transaction,
            confirmed: kind == CONFIRMED_PUSH,
            content_type,
            headers: headers.rest,
            data: reader.rest,
        })
    }

    /// Returns the transaction identifier.
    #[must_use]
    pub const fn transaction(&self) -> u8 {
        self.transaction
    }

    /// Returns `true` if the push is a confirmed one.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Returns the content type.
    #[must_use]
    pub const fn content_type(&self) -> ContentType<'a> {
        self.content_type
    }

    /// Iterates over the headers, up to the first that cannot be read.
    pub fn headers(&self) -> impl Iterator<Item = WapHeader<'a>> + use<'a> {
        let mut reader = WapReader::new(self.headers);
        let mut page = 1;
        core::iter::from_fn(move || {
            loop {
                match *reader.rest {
                    [0x7F, shifted, ..] => (page, reader.rest) = (shifted, &reader.rest[2..]),
                    [shifted @ 0x01..=0x1F, ..] => {
                        (page, reader.rest) = (shifted, &reader.rest[1..]);
                    }
                    _ => break,
                }
            }
            let name = reader.value()?;
            let value = reader.value()?;
            let is_quoted = page == 1 && name == WapValue::Short(CONTENT_ID);
            Some(WapHeader { page, name, value: if is_quoted { unquoted(value) } else { value } })
        })
    }

    /// Returns the encoded headers after the content type.
    #[must_use]
    pub const fn header_octets(&self) -> &'a [u8] {
        self.headers
    }

    /// Returns the application that the push is for, a number or a URI; a browser if it is missing.
    #[must_use]
    pub fn application_id(&self) -> Option<WapValue<'a>> {
        self.header(APPLICATION_ID)
    }

    /// Returns the flags of the push.
    #[must_use]
    pub fn flags(&self) -> Option<PushFlags> {
        let flags = self.header(PUSH_FLAG)?.integer()?;
        Some(PushFlags {
            authenticated: flags & 1 != 0,
            trusted: flags & 2 != 0,
            last: flags & 4 != 0,
        })
    }

    /// Returns the data as received.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Reads the data as its content type says. Data that cannot be read stays data.
    #[must_use]
    pub fn content(&self) -> PushContent<'a> {
        let media = self.content_type.media;
        let content = if media.is(MediaType::SERVICE_INDICATION) {
            ServiceIndication::decode(self.data).map(PushContent::ServiceIndication)
        } else if media.is(MediaType::SERVICE_LOADING) {
            ServiceLoading::decode(self.data).map(PushContent::ServiceLoading)
        } else if media.is(MediaType::MMS) {
            Mms::decode(self.data).map(PushContent::Mms)
        } else {
            None
        };
        content.unwrap_or(PushContent::Data(self.data))
    }

    fn header(&self, code: u8) -> Option<WapValue<'a>> {
        let wanted =
            |header: &WapHeader<'_>| header.page == 1 && header.name == WapValue::Short(code);
        self.headers().find(wanted).map(|header| header.value)
    }
}

/// The flags of a WAP push. OMA WSP, 8.4.2.59.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PushFlags {
    /// Set if the initiator is authenticated.
    pub authenticated: bool,
    /// Set if the content is trusted.
    pub trusted: bool,
    /// Set if this is the last push.
    pub last: bool,
}
