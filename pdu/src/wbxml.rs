//! Service indication and service loading in WBXML: WAP-167, WAP-168 and WAP-192.

use core::fmt;

use crate::timestamp::DateTime;
use crate::wsp::{WapReader, WapText};

/// A service indication: a text with a link, and how urgently to show it. WAP-167.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "SI")]
pub struct ServiceIndication<'a> {
    action: Option<SignalAction>,
    href: Option<WbxmlText<'a>>,
    id: Option<WbxmlText<'a>>,
    created: Option<DateTime>,
    expires: Option<DateTime>,
    text: WbxmlText<'a>,
}

/// The urgency of a service indication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these")]
pub enum SignalAction {
    /// Not to be shown by itself.
    None,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Delete the earlier indication with the same identifier.
    Delete,
}

/// A service loading: a link to load without a question. WAP-168.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "SL")]
pub struct ServiceLoading<'a> {
    action: Option<LoadAction>,
    href: Option<WbxmlText<'a>>,
}

/// The way to load a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard has these")]
pub enum LoadAction {
    /// Load and show it when the user is idle.
    ExecuteLow,
    /// Load and show it at once.
    ExecuteHigh,
    /// Load it for later.
    Cache,
}

/// A text of WBXML, put together from strings and tokens.
///
/// [`Display`](fmt::Display) writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WbxmlText<'a> {
    prefix: &'static str,
    tokens: &'a [u8],
    document: Head<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Head<'a> {
    charset: Option<u16>,
    strings: &'a [u8],
}

const END: u8 = 0x01;
const ENTITY: u8 = 0x02;
const STRING: u8 = 0x03;
const STRING_IN_TABLE: u8 = 0x83;
const OPAQUE: u8 = 0xC3;
const HAS_ATTRIBUTES: u8 = 0x80;
const HAS_CONTENT: u8 = 0x40;

impl<'a> ServiceIndication<'a> {
    /// Reads the data of a push, or returns `None` if it is not a service indication.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (document, mut reader) = head(octets)?;
        // <si>, perhaps with attributes, and <indication> in it.
        let si = reader.octet()?;
        if si & !HAS_ATTRIBUTES != 0x05 | HAS_CONTENT {
            return None;
        }
        if si & HAS_ATTRIBUTES != 0 {
            while attribute(&mut reader)?.is_some() {}
        }
        let indication = reader.octet()?;
        if indication & 0x3F != 0x06 {
            return None;
        }
        let text = |prefix, tokens| WbxmlText { prefix, tokens, document };
        let mut found = Self {
            action: None,
            href: None,
            id: None,
            created: None,
            expires: None,
            text: text("", &[]),
        };
        if indication & HAS_ATTRIBUTES != 0 {
            while let Some((token, tokens)) = attribute(&mut reader)? {
                match token {
                    0x05 => found.action = Some(SignalAction::None),
                    0x06 => found.action = Some(SignalAction::Low),
                    0x07 => found.action = Some(SignalAction::Medium),
                    0x08 => found.action = Some(SignalAction::High),
                    0x09 => found.action = Some(SignalAction::Delete),
                    0x0A => found.created = date(tokens),
                    0x0B => found.href = Some(text("", tokens)),
                    0x0C => found.href = Some(text("http://", tokens)),
                    0x0D => found.href = Some(text("http://www.", tokens)),
                    0x0E => found.href = Some(text("https://", tokens)),
                    0x0F => found.href = Some(text("https://www.", tokens)),
                    0x10 => found.expires = date(tokens),
                    0x11 => found.id = Some(text("", tokens)),
                    _ => {}
                }
            }
        }
        if indication & HAS_CONTENT != 0 {
            found.text = text("", values(&mut reader)?);
        }
        Some(found)
    }

    /// Returns the urgency. A missing one means medium.
    #[must_use]
    pub const fn action(&self) -> Option<SignalAction> {
        self.action
    }

    /// Returns the link.
    #[must_use]
    pub const fn href(&self) -> Option<WbxmlText<'a>> {
        self.href
    }

    /// Returns the identifier, by which later indications replace this one.
    #[must_use]
    pub const fn id(&self) -> Option<WbxmlText<'a>> {
        self.id
    }

    /// Returns the time of creation.
    #[must_use]
    pub const fn created(&self) -> Option<DateTime> {
        self.created
    }

    /// Returns the time at which the indication expires.
    #[must_use]
    pub const fn expires(&self) -> Option<DateTime> {
        self.expires
    }

    /// Returns the text to show.
    #[must_use]
    pub const fn text(&self) -> WbxmlText<'a> {
        self.text
    }
}

impl<'a> ServiceLoading<'a> {
    /// Reads the data of a push, or returns `None` if it is not a service loading.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (document, mut reader) = head(octets)?;
        let tag = reader.octet()?;
        if tag & !HAS_CONTENT != 0x05 | HAS_ATTRIBUTES {
            return None;
        }
        let mut found = Self { action: None, href: None };
        while let Some((token, tokens)) = attribute(&mut reader)? {
            let text = |prefix| Some(WbxmlText { prefix, tokens, document });
            match token {
                0x05 => found.action = Some(LoadAction::ExecuteLow),
                0x06 => found.action = Some(LoadAction::ExecuteHigh),
                0x07 => found.action = Some(LoadAction::Cache),
                0x08 => found.href = text(""),
                0x09 => found.href = text("http://"),
                0x0A => found.href = text("http://www."),
                0x0B => found.href = text("https://"),
                0x0C => found.href = text("https://www."),
                _ => {}
            }
        }
        Some(found)
    }

    /// Returns the way to load. A missing one means to execute it at low priority.
    #[must_use]
    pub const fn action(&self) -> Option<LoadAction> {
        self.action
    }

    /// Returns the link.
    #[must_use]
    pub const fn href(&self) -> Option<WbxmlText<'a>> {
        self.href
    }
}

/// Reads version, public identifier, character set and string table.
fn head(octets: &[u8]) -> Option<(Head<'_>, WapReader<'_>)> {
    let mut reader = WapReader::new(octets);
    let version = reader.octet()?;
    if reader.uintvar()? == 0 {
        reader.uintvar()?;
    }
    let charset = if version == 0 { None } else { Some(reader.uintvar()?) };
    let length = reader.long_length()?;
    let strings = reader.octets(length)?;
    let charset = charset.and_then(|charset| u16::try_from(charset).ok());
    Some((Head { charset, strings }, reader))
}

/// Reads an attribute: its token, and the tokens of its value. `Some(None)` is the end of the list.
#[expect(clippy::option_option, reason = "the outer one is for octets that cannot be read")]
fn attribute<'a>(reader: &mut WapReader<'a>) -> Option<Option<(u8, &'a [u8])>> {
    match reader.octet()? {
        END => Some(None),
        // Attributes in words and other code pages are unknown here.
        0x00 | 0x04 => None,
        token => Some(Some((token, values(reader)?))),
    }
}

/// Reads the tokens and strings up to the next attribute or end.
fn values<'a>(reader: &mut WapReader<'a>) -> Option<&'a [u8]> {
    let start = reader.rest;
    while let Some(true) = reader.rest.first().map(|&token| is_value(token)) {
        piece(reader)?;
    }
    start.get(..start.len() - reader.rest.len())
}

const fn is_value(token: u8) -> bool {
    matches!(token, ENTITY | STRING | 0x40..=0x42 | 0x80..=0xFF)
}

/// A string or token of a value.
enum Piece<'a> {
    Octets(&'a [u8]),
    Name(&'static str),
    Character(char),
    /// The offset in the string table.
    InTable(usize),
}

fn piece<'a>(reader: &mut WapReader<'a>) -> Option<Piece<'a>> {
    Some(match reader.octet()? {
        ENTITY => Piece::Character(char::from_u32(reader.uintvar()?)?),
        STRING => Piece::Octets(reader.string()?),
        STRING_IN_TABLE => Piece::InTable(reader.long_length()?),
        OPAQUE => {
            let length = reader.long_length()?;
            Piece::Octets(reader.octets(length)?)
        }
        0x85 => Piece::Name(".com/"),
        0x86 => Piece::Name(".edu/"),
        0x87 => Piece::Name(".net/"),
        0x88 => Piece::Name(".org/"),
        // Extensions, of which these documents have none.
        0x40..=0x42 => {
            reader.string()?;
            Piece::Name("")
        }
        0x80..=0x82 => {
            reader.uintvar()?;
            Piece::Name("")
        }
        _ => Piece::Name(""),
    })
}

/// Reads the digits of a date: `yyyymmddhhmmss`, two an octet, without zeros at the end.
fn date(tokens: &[u8]) -> Option<DateTime> {
    let Piece::Octets(octets) = piece(&mut WapReader::new(tokens))? else {
        return None;
    };
    if octets.len() > 7 {
        return None;
    }
    let number = |at: usize| match octets.get(at) {
        Some(octet) if octet >> 4 <= 9 && octet & 0xF <= 9 => {
            Some((octet >> 4) * 10 + (octet & 0xF))
        }
        Some(_) => None,
        None => Some(0),
    };
    let time = DateTime {
        year: u16::from(number(0)?) * 100 + u16::from(number(1)?),
        month: number(2)?,
        day: number(3)?,
        hour: number(4)?,
        minute: number(5)?,
        second: number(6)?,
        quarters: 0,
    };
    time.is_valid().then_some(time)
}

impl WbxmlText<'_> {
    /// Returns `true` if there is no character.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.prefix.is_empty() && self.tokens.is_empty()
    }
}

impl fmt::Display for WbxmlText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        f.write_str(self.prefix)?;
        let mut reader = WapReader::new(self.tokens);
        while let Some(piece) = piece(&mut reader) {
            let octets = match piece {
                Piece::Octets(octets) => octets,
                Piece::Name(name) => {
                    f.write_str(name)?;
                    continue;
                }
                Piece::Character(character) => {
                    f.write_char(character)?;
                    continue;
                }
                Piece::InTable(at) => {
                    let rest = self.document.strings.get(at..).unwrap_or_default();
                    rest.split(|&octet| octet == 0).next().unwrap_or_default()
                }
            };
            WapText::new(octets, self.document.charset).fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for WbxmlText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
