//! Messages that wait elsewhere, 3GPP TS 23.040, 9.2.3.24.2 and 9.2.3.24.13.

use crate::address::Address;
use crate::field::Field;
use crate::reader::Reader;
use crate::warning::Warnings;

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
    pub(super) fn from_octets(octets: &'a [u8]) -> Option<Self> {
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
