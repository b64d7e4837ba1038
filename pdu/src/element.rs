//! Information elements of the user data header, 3GPP TS 23.040, 9.2.3.24.

use core::fmt;

use gsm7::Language;

use crate::address::Address;
use crate::field::Field;
use crate::number_space::number_space;
use crate::reader::Reader;
use crate::warning::Warnings;
use crate::writer::Writer;

/// One information element as it stands in a header: its kind, and its octets.
#[doc(alias = "information element")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Element<'a> {
    /// The kind.
    pub id: ElementId,
    /// The octets after the length, at most 137 in a message.
    pub data: &'a [u8],
}

number_space! {
    /// The kind of an information element: the information element identifier.
    ///
    /// [`Display`](fmt::Display) writes the standard's name. 3GPP TS 23.040, 9.2.3.24.
    ///
    /// # Examples
    ///
    /// ```
    /// let id = pdu::ElementId::PORTS_16;
        /// assert_eq!(id.to_string(), "application port addressing, 16 bit");
    /// ```
    ElementId(u8) {
        /// Concatenated short messages with an 8-bit reference.
        CONCATENATION_8 = 0x00,
        /// Special SMS message indication.
        SPECIAL_MESSAGE = 0x01,
        /// Application ports of 8 bits.
        PORTS_8 = 0x04,
        /// Application ports of 16 bits.
        PORTS_16 = 0x05,
        /// SMSC control parameters.
        SERVICE_CENTRE_CONTROL = 0x06,
        /// The origin of the elements that follow.
        SOURCE = 0x07,
        /// Concatenated short messages with a 16-bit reference.
        CONCATENATION_16 = 0x08,
        /// Wireless control message protocol.
        WIRELESS_CONTROL = 0x09,
        /// The address to reply to.
        REPLY_ADDRESS = 0x22,
        /// Enhanced voice mail information.
        ENHANCED_VOICE_MAIL = 0x23,
        /// National language of the single shift table.
        SINGLE_SHIFT = 0x24,
        /// National language of the locking shift table.
        LOCKING_SHIFT = 0x25,
    }
}

impl ElementId {
    /// Returns `true` if a header may hold several elements of this kind.
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        // Kinds that are reserved or specific to others are not judged.
        !matches!(self.0, 0x00 | 0x04..=0x06 | 0x08 | 0x16 | 0x1A | 0x20 | 0x22..=0x25 | 0x70..=0x7F)
    }

    /// Returns `true` if [`Element::information`] decodes this kind.
    pub(crate) const fn is_understood(self) -> bool {
        matches!(self.0, 0x00 | 0x01 | 0x04..=0x09 | 0x22..=0x25)
    }

    /// Returns the standard's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x00 => "concatenated short messages, 8-bit reference",
            0x01 => "special sms message indication",
            0x04 => "application port addressing, 8 bit",
            0x05 => "application port addressing, 16 bit",
            0x06 => "smsc control parameters",
            0x07 => "udh source indicator",
            0x08 => "concatenated short messages, 16-bit reference",
            0x09 => "wireless control message protocol",
            0x0A => "text formatting",
            0x0B => "predefined sound",
            0x0C => "user defined sound",
            0x0D => "predefined animation",
            0x0E => "large animation",
            0x0F => "small animation",
            0x10 => "large picture",
            0x11 => "small picture",
            0x12 => "variable picture",
            0x13 => "user prompt indicator",
            0x14 => "extended object",
            0x15 => "reused extended object",
            0x16 => "compression control",
            0x17 => "object distribution indicator",
            0x18 => "standard wvg object",
            0x19 => "character size wvg object",
            0x1A => "extended object data request",
            0x20 => "e-mail header",
            0x21 => "hyperlink format",
            0x22 => "reply address",
            0x23 => "enhanced voice mail information",
            0x24 => "national language single shift",
            0x25 => "national language locking shift",
            0x70..=0x7F => "sim toolkit security header",
            0x80..=0x9F => "specific to the two ends",
            0xC0..=0xDF => "specific to the service centre",
            _ => "reserved",
        }
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The content of an element, for the kinds that this library decodes; others are kept as octets.
///
/// # Examples
///
/// ```
/// use pdu::{Element, ElementId, Information, Ports};
///
/// let element = Element { id: ElementId::PORTS_16, data: &[0x0B, 0x84, 0x23, 0xF0] };
/// assert_eq!(element.information(), Information::Ports(Ports::wide(2948, 9200)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Information<'a> {
    /// The position of a part in a concatenated message.
    Concatenation(Concatenation),
    /// The number of messages that wait elsewhere.
    SpecialMessage(SpecialMessage),
    /// The source and destination applications of the message.
    Ports(Ports),
    /// The events that the service centre is to report: the octet of selective status reports.
    ServiceCentreControl(u8),
    /// The origin of the elements that follow: 1 the sender, 2 the recipient, 3 the service centre.
    Source(u8),
    /// A message of the wireless control message protocol.
    WirelessControl(&'a [u8]),
    /// The address to reply to.
    ReplyAddress(Address),
    /// Enhanced voice mail information.
    EnhancedVoiceMail(EnhancedVoiceMail<'a>),
    /// The language of the single shift table.
    SingleShift(Language),
    /// The language of the locking shift table.
    LockingShift(Language),
    /// Any other element, or one whose length or value its kind does not allow.
    Other(Element<'a>),
}

impl<'a> Element<'a> {
    /// Returns the content of the element.
    #[must_use]
    #[inline]
    pub fn information(&self) -> Information<'a> {
        self.known().unwrap_or(Information::Other(*self))
    }

    #[inline]
    fn known(&self) -> Option<Information<'a>> {
        Some(match (self.id, self.data) {
            (ElementId::CONCATENATION_8 | ElementId::CONCATENATION_16, _) => {
                Information::Concatenation(Concatenation::of(self)?)
            }
            (ElementId::PORTS_8 | ElementId::PORTS_16, _) => Information::Ports(Ports::of(self)?),
            (ElementId::SPECIAL_MESSAGE, &[indication, count]) => {
                Information::SpecialMessage(SpecialMessage { indication, count })
            }
            (ElementId::SERVICE_CENTRE_CONTROL, &[events]) => {
                Information::ServiceCentreControl(events)
            }
            (ElementId::SOURCE, &[source]) => Information::Source(source),
            (ElementId::WIRELESS_CONTROL, data) => Information::WirelessControl(data),
            (ElementId::REPLY_ADDRESS, data) => {
                let mut reader = Reader::new(data);
                let address =
                    Address::read(&mut reader, Field::UserData, &mut Warnings::NONE.clone())
                        .ok()?;
                if data.len() != address.encoded_len() {
                    return None;
                }
                Information::ReplyAddress(address)
            }
            (ElementId::ENHANCED_VOICE_MAIL, data) => {
                Information::EnhancedVoiceMail(EnhancedVoiceMail::from_octets(data)?)
            }
            (ElementId::SINGLE_SHIFT, &[language]) => {
                Information::SingleShift(Language::new(language))
            }
            (ElementId::LOCKING_SHIFT, &[language]) => {
                Information::LockingShift(Language::new(language))
            }
            _ => return None,
        })
    }
}

impl Information<'_> {
    /// Returns the octets in a header: kind, length, data.
    pub(crate) fn encoded_len(&self) -> usize {
        2 + match self {
            Self::Concatenation(Concatenation { reference: Reference::Eight(_), .. }) => 3,
            Self::Concatenation(Concatenation { reference: Reference::Sixteen(_), .. }) => 4,
            Self::Ports(ports) if ports.wide => 4,
            Self::SpecialMessage(_) | Self::Ports(_) => 2,
            Self::ServiceCentreControl(_)
            | Self::Source(_)
            | Self::SingleShift(_)
            | Self::LockingShift(_) => 1,
            Self::WirelessControl(data) => data.len(),
            Self::ReplyAddress(address) => address.encoded_len(),
            Self::EnhancedVoiceMail(mail) => mail.octets().len(),
            Self::Other(element) => element.data.len(),
        }
    }

    /// Writes the element. Its length was checked to fit a header, which is below 256.
    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        let data_len = u8::try_from(self.encoded_len() - 2).unwrap_or(u8::MAX);
        let mut put = |id: ElementId, data: &[u8]| {
            writer.octet(id.raw());
            writer.octet(data_len);
            writer.octets(data);
        };
        match self {
            Self::Concatenation(Concatenation { reference, total, sequence }) => match reference {
                Reference::Eight(reference) => {
                    put(ElementId::CONCATENATION_8, &[*reference, *total, *sequence]);
                }
                Reference::Sixteen(reference) => {
                    let [high, low] = reference.to_be_bytes();
                    put(ElementId::CONCATENATION_16, &[high, low, *total, *sequence]);
                }
            },
            Self::SpecialMessage(special) => {
                put(ElementId::SPECIAL_MESSAGE, &[special.indication, special.count]);
            }
            Self::Ports(Ports { destination, source, wide }) => {
                let ([a, b], [c, d]) = (destination.to_be_bytes(), source.to_be_bytes());
                if *wide {
                    put(ElementId::PORTS_16, &[a, b, c, d]);
                } else {
                    put(ElementId::PORTS_8, &[b, d]);
                }
            }
            Self::ServiceCentreControl(events) => {
                put(ElementId::SERVICE_CENTRE_CONTROL, &[*events]);
            }
            Self::Source(source) => put(ElementId::SOURCE, &[*source]),
            Self::WirelessControl(data) => put(ElementId::WIRELESS_CONTROL, data),
            Self::ReplyAddress(address) => {
                put(ElementId::REPLY_ADDRESS, &[]);
                address.write(writer);
            }
            Self::EnhancedVoiceMail(mail) => put(ElementId::ENHANCED_VOICE_MAIL, mail.octets()),
            Self::SingleShift(language) => put(ElementId::SINGLE_SHIFT, &[language.raw()]),
            Self::LockingShift(language) => put(ElementId::LOCKING_SHIFT, &[language.raw()]),
            Self::Other(element) => put(element.id, element.data),
        }
    }
}

/// The position of a part in a concatenated message. 3GPP TS 23.040, 9.2.3.24.1 and 9.2.3.24.8.
///
/// # Examples
///
/// ```
/// use pdu::{Concatenation, Reference};
///
/// let part = Concatenation::new(Reference::Eight(7), 3, 2).unwrap();
/// assert_eq!((part.total(), part.sequence()), (3, 2));
/// // Part 0 and part 4 of 3 do not exist: such an element is ignored.
/// assert_eq!(Concatenation::new(Reference::Eight(7), 3, 4), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "concatenated SMS")]
#[doc(alias = "multipart")]
pub struct Concatenation {
    reference: Reference,
    total: u8,
    sequence: u8,
}

impl Concatenation {
    /// Creates part `sequence` (from 1) of `total`, or `None` if there is no such part.
    #[must_use]
    pub const fn new(reference: Reference, total: u8, sequence: u8) -> Option<Self> {
        if sequence == 0 || sequence > total {
            None
        } else {
            Some(Self { reference, total, sequence })
        }
    }

    /// Decodes an element, if it is of this kind.
    pub(crate) fn of(element: &Element<'_>) -> Option<Self> {
        match (element.id, element.data) {
            (ElementId::CONCATENATION_8, &[reference, total, sequence]) => {
                Self::new(Reference::Eight(reference), total, sequence)
            }
            (ElementId::CONCATENATION_16, &[high, low, total, sequence]) => {
                Self::new(Reference::Sixteen(u16::from_be_bytes([high, low])), total, sequence)
            }
            _ => None,
        }
    }

    /// Returns the reference that the parts of one message share.
    #[must_use]
    pub const fn reference(&self) -> Reference {
        self.reference
    }

    /// Returns the number of parts of the message, from 1.
    #[must_use]
    pub const fn total(&self) -> u8 {
        self.total
    }

    /// Returns the number of this part, from 1 to [`total`](Self::total).
    #[must_use]
    pub const fn sequence(&self) -> u8 {
        self.sequence
    }
}

/// The number that the parts of one concatenated message share, of 8 or 16 bits.
///
/// With the feature `serde` it is `{"Eight": 7}` or `{"Sixteen": 7}`, as in saved states.
///
/// The sender increments it from message to message. Two references of different width are never
/// equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these two")]
pub enum Reference {
    /// One octet.
    Eight(u8),
    /// Two octets: they take one or two characters of each part, but are not reused for long.
    Sixteen(u16),
}

impl Reference {
    /// Returns the number without its width.
    #[must_use]
    pub const fn value(self) -> u16 {
        match self {
            Self::Eight(value) => value as u16,
            Self::Sixteen(value) => value,
        }
    }
}

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

/// The number of messages of one kind that wait elsewhere. 3GPP TS 23.040, 9.2.3.24.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpecialMessage {
    /// The indication octet.
    ///
    /// Bit 7: store the message; bits 6 and 5: the profile; bits 4 to 2: the extended kind; bits 1
    /// and 0: the kind.
    pub indication: u8,
    /// The number of waiting messages; 255 stands for 255 or more.
    pub count: u8,
}

impl SpecialMessage {
    /// Returns the kind of the waiting messages.
    #[must_use]
    pub const fn kind(&self) -> crate::WaitingKind {
        crate::WaitingKind::from_bits(self.indication)
    }

    /// Returns the extended kind, bits 4 to 2: 0 for none, 1 for video messages among "other".
    #[must_use]
    pub const fn extended_kind(&self) -> u8 {
        self.indication >> 2 & 0b111
    }

    /// Returns `true` if the message with the indication is to be stored.
    #[must_use]
    pub const fn store(&self) -> bool {
        self.indication & 0x80 != 0
    }

    /// Returns the subscriber profile, 1 to 4.
    #[must_use]
    pub const fn profile(&self) -> u8 {
        (self.indication >> 5 & 0b11) + 1
    }
}

/// Enhanced voice mail information. 3GPP TS 23.040, 9.2.3.24.13.
///
/// # Examples
///
/// ```
/// use pdu::{Element, ElementId, Information};
///
/// // The mailbox +37120000000, two messages.
/// let data = [0x00, 0x0B, 0x91, 0x73, 0x21, 0x00, 0x00, 0x00, 0xF0, 2, 0];
/// let element = Element { id: ElementId::ENHANCED_VOICE_MAIL, data: &data };
/// let Information::EnhancedVoiceMail(mail) = element.information() else { panic!() };
/// assert_eq!(mail.mailbox().to_string(), "+37120000000");
/// assert_eq!(mail.waiting(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedVoiceMail<'a> {
    octets: &'a [u8],
    mailbox: Address,
    waiting: u8,
}

impl<'a> EnhancedVoiceMail<'a> {
    fn from_octets(octets: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(octets);
        reader.octet(Field::UserData).ok()?;
        let mailbox =
            Address::read(&mut reader, Field::UserData, &mut Warnings::NONE.clone()).ok()?;
        let waiting = reader.octet(Field::UserData).ok()?;
        Some(Self { octets, mailbox, waiting })
    }

    /// Returns the octets of the element, with the details of each message.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Returns `true` if messages were deleted; otherwise some wait.
    #[must_use]
    pub fn is_delete_confirmation(&self) -> bool {
        self.first() & 1 != 0
    }

    fn first(&self) -> u8 {
        self.octets.first().copied().unwrap_or_default()
    }

    /// Returns `true` if the message with the element is to be stored.
    #[must_use]
    pub fn store(&self) -> bool {
        self.first() & 0x10 != 0
    }

    /// Returns the subscriber profile, 1 to 4.
    #[must_use]
    pub fn profile(&self) -> u8 {
        (self.first() >> 2 & 0b11) + 1
    }

    /// Returns `true` if the mailbox is almost full, or full.
    #[must_use]
    pub fn is_almost_full(&self) -> bool {
        self.first() & 0x60 != 0
    }

    /// Returns `true` if the mailbox is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.first() & 0x40 != 0
    }

    /// Returns the number to call to listen to the messages.
    #[must_use]
    pub const fn mailbox(&self) -> Address {
        self.mailbox
    }

    /// Returns the number of messages that were not listened to.
    #[must_use]
    pub const fn waiting(&self) -> u8 {
        self.waiting
    }
}
