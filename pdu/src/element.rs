//! Information elements of the user data header, 3GPP TS 23.040, 9.2.3.24.

mod concatenation;
mod ports;
mod waiting;

use core::fmt;

use gsm7::Language;

use crate::address::Address;
use crate::field::Field;
use crate::number_space::number_space;
use crate::reader::Reader;
use crate::warning::Warnings;
use crate::writer::Writer;

pub use self::concatenation::{Concatenation, Reference};
pub use self::ports::Ports;
pub use self::waiting::{EnhancedVoiceMail, SpecialMessage};

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
            Self::Concatenation(part) => match part.reference() {
                Reference::Eight(_) => 3,
                Reference::Sixteen(_) => 4,
            },
            Self::Ports(ports) if ports.is_wide() => 4,
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
            Self::Concatenation(part) => part.write(put),
            Self::SpecialMessage(special) => {
                put(ElementId::SPECIAL_MESSAGE, &[special.indication, special.count]);
            }
            Self::Ports(ports) => ports.write(put),
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
