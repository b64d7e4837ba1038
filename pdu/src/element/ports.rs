//! Application ports, 3GPP TS 23.040, 9.2.3.24.3 and 9.2.3.24.4.

use super::{Element, ElementId};

/// The source and destination applications of a message. 3GPP TS 23.040, 9.2.3.24.3 and 9.2.3.24.4.
///
/// # Examples
///
/// ```
/// use pdu::Ports;
///
/// assert!(Ports::wide(2948, 9200).is_wap_push());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ports {
    destination: u16,
    source: u16,
    wide: bool,
}

impl Ports {
    /// The destination of WAP push messages, such as MMS notifications.
    pub const WAP_PUSH: u16 = 2948;
    /// The destination of WAP push messages that WTLS secures.
    pub const WAP_PUSH_SECURE: u16 = 2949;

    /// Creates ports of 16 bits.
    #[must_use]
    pub const fn wide(destination: u16, source: u16) -> Self {
        Self { destination, source, wide: true }
    }

    /// Creates ports of 8 bits, of which 240 to 255 can be used.
    #[must_use]
    pub const fn narrow(destination: u8, source: u8) -> Self {
        Self { destination: destination as u16, source: source as u16, wide: false }
    }

    /// Decodes an element, if it is of this kind.
    pub(crate) fn of(element: &Element<'_>) -> Option<Self> {
        match (element.id, element.data) {
            (ElementId::PORTS_8, &[destination, source]) => Some(Self::narrow(destination, source)),
            (ElementId::PORTS_16, &[a, b, c, d]) => {
                Some(Self::wide(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
            }
            _ => None,
        }
    }

    /// Writes the element by `put`.
    pub(super) fn write(&self, mut put: impl FnMut(ElementId, &[u8])) {
        let ([a, b], [c, d]) = (self.destination.to_be_bytes(), self.source.to_be_bytes());
        if self.wide {
            put(ElementId::PORTS_16, &[a, b, c, d]);
        } else {
            put(ElementId::PORTS_8, &[b, d]);
        }
    }

    /// Returns the application that the message is for.
    #[must_use]
    pub const fn destination(&self) -> u16 {
        self.destination
    }

    /// Returns the application that the message is from.
    #[must_use]
    pub const fn source(&self) -> u16 {
        self.source
    }

    /// Returns `true` if the ports have 16 bits.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        self.wide
    }

    /// Returns the name of the application that the message is for, if its port has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::Ports;
    ///
    /// assert_eq!(Ports::wide(9204, 0).name(), Some("vcard"));
    /// assert_eq!(Ports::wide(5505, 0).name(), Some("nokia ringing tone"));
    /// assert_eq!(Ports::wide(16_000, 0).name(), None);
    /// ```
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self.destination {
            226 | 9204 => "vcard",
            228 | 9205 => "vcalendar",
            2805 => "wta, secure",
            2923 => "wta session, secure",
            2948 => "wap push",
            2949 => "wap push, secure",
            5502 => "service card",
            5503 => "internet access configuration",
            5505 => "nokia ringing tone",
            5506 => "nokia operator logo",
            5507 => "nokia caller icon",
            5508 => "dynamic menu",
            5511 => "message access",
            5512 => "e-mail notification",
            5514 => "nokia multipart message",
            9200 => "wsp",
            9201 => "wsp session",
            9202 => "wsp, secure",
            9203 => "wsp session, secure",
            9206 => "vcard, secure",
            9207 => "vcalendar, secure",
            49_999 => "settings over the air",
            _ => return None,
        })
    }

    /// Returns `true` if the data are a vCard as text, by their port.
    #[must_use]
    pub const fn is_vcard(&self) -> bool {
        matches!(self.destination, 226 | 9204)
    }

    /// Returns `true` if the data are a vCalendar as text, by their port.
    #[must_use]
    pub const fn is_vcalendar(&self) -> bool {
        matches!(self.destination, 228 | 9205)
    }

    /// Returns `true` if the message is a WAP push.
    #[must_use]
    pub const fn is_wap_push(&self) -> bool {
        self.wide && matches!(self.destination, Self::WAP_PUSH | Self::WAP_PUSH_SECURE)
    }
}
