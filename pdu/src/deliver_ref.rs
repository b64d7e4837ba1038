//! SMS-DELIVER in the octets of its TPDU, without a copy.

use crate::address::Address;
use crate::dcs::Dcs;
use crate::deliver::Deliver;
use crate::element::Concatenation;
use crate::envelope::{self, Envelope, MAX_OCTETS};
use crate::error::DecodeError;
use crate::field::Field;
use crate::header::Header;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::timestamp::Timestamp;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::user_data::UserData;
use crate::user_data_ref::UserDataRef;
use crate::warning::{Decoded, Warning, Warnings};

/// A message from the network in the octets of its TPDU: a [`Deliver`] whose user data is not
/// copied.
///
/// Reading one takes about half the time of a `Deliver`, which is built on this. Its oddities and
/// errors are the same. 3GPP TS 23.040, 9.2.2.1.
///
/// # Examples
///
/// ```
/// use pdu::{DeliverRef, Envelope};
///
/// let digits = "07911326040000F0040B911346610089F60000208062917314480CC8F71D14969741F977FD07";
/// let mut octets = [0; Envelope::<DeliverRef>::MAX_OCTETS];
/// let deliver = Envelope::<DeliverRef>::view_hex(digits, &mut octets)?.value.tpdu;
/// assert_eq!(deliver.originator.to_string(), "+31641600986");
/// assert_eq!(deliver.write_text(&mut [0; 160]), Ok(Some("How are you?")));
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeliverRef<'a> {
    /// TP-OA: the sender of the message.
    pub originator: Address,
    /// TP-PID: the protocol identifier.
    pub pid: Pid,
    /// TP-DCS: the data coding scheme of the user data.
    pub dcs: Dcs,
    /// TP-SCTS: the time at which the service centre received the message.
    pub timestamp: Timestamp,
    /// TP-UD with TP-UDL and TP-UDHI.
    pub user_data: UserDataRef<'a>,
    /// TP-MMS, inverted: more messages wait in the service centre.
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, and must not be forwarded again.
    pub loop_prevention: bool,
    /// TP-SRI: the sender requested a status report.
    pub status_report: bool,
    /// TP-RP: a reply path through the same service centre exists.
    pub reply_path: bool,
}

impl<'a> DeliverRef<'a> {
    /// Reads the TPDU.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before the user data, or is of another type. Any other
    /// oddity is kept, and reported as a [`Warning`].
    #[cfg_attr(feature = "fast", inline(always))]
    #[cfg_attr(not(feature = "fast"), inline)]
    pub fn decode(tpdu: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode_with(tpdu, Deliver::is_type, Self::read)
    }

    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn read(
        first: FirstOctet,
        reader: &mut Reader<'a>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        warnings.add_if(first.message_type() == 0b11, Warning::ReservedMessageType);
        warnings.add_if(first.has(0x10), Warning::SpareBits);
        let originator = Address::read(reader, Field::Originator, warnings)?;
        let pid = tpdu::read_pid(reader, warnings)?;
        let dcs = tpdu::read_dcs(reader, warnings)?;
        let timestamp = Timestamp::read(reader, Field::ServiceCentreTimestamp, warnings)?;
        let udl = reader.octet(Field::UserDataLength)?;
        let max = UserData::<140>::MAX_OCTETS;
        Ok(Self {
            originator,
            pid,
            dcs,
            timestamp,
            user_data: UserDataRef::read(udl, max, dcs, first.has_header(), reader, warnings),
            more_messages: !first.has(FirstOctet::NO_MORE_MESSAGES),
            loop_prevention: first.has(FirstOctet::LOOP_PREVENTION),
            status_report: first.has(FirstOctet::STATUS_REPORT),
            reply_path: first.has(FirstOctet::REPLY_PATH),
        })
    }

    /// Returns the message with its user data copied.
    #[must_use]
    #[cfg_attr(feature = "fast", inline(always))]
    pub fn to_deliver(&self) -> Deliver {
        Deliver { user_data: UserData::copied(self.user_data), ..self.to_empty() }
    }

    /// Returns the message without its user data.
    #[cfg_attr(feature = "fast", inline(always))]
    pub(crate) fn to_empty(self) -> Deliver {
        Deliver {
            originator: self.originator,
            pid: self.pid,
            dcs: self.dcs,
            timestamp: self.timestamp,
            user_data: UserData::EMPTY,
            more_messages: self.more_messages,
            loop_prevention: self.loop_prevention,
            status_report: self.status_report,
            reply_path: self.reply_path,
        }
    }

    /// Returns the header of the user data, if its lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'a>> {
        self.user_data.header()
    }

    /// Returns the position of this part in a concatenated message.
    #[doc(alias = "concatenated SMS")]
    #[must_use]
    pub fn concatenation(&self) -> Option<Concatenation> {
        self.header()?.concatenation()
    }

    /// Returns the text of this part, or `None` if it holds data or is compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn text(&self) -> Option<alloc::string::String> {
        self.user_data.to_text(self.dcs)
    }

    /// Writes the text of this part into `out`: see [`UserDataRef::write_text`].
    ///
    /// # Errors
    ///
    /// [`gsm7::BufferTooSmall`] if `out` is too small; 546 bytes hold any text.
    pub fn write_text<'b>(
        &self,
        out: &'b mut [u8],
    ) -> Result<Option<&'b str>, gsm7::BufferTooSmall> {
        self.user_data.write_text(self.dcs, out)
    }
}

impl<'a> From<&'a Deliver> for DeliverRef<'a> {
    #[inline]
    fn from(deliver: &'a Deliver) -> Self {
        deliver.view()
    }
}

impl<'a> Envelope<DeliverRef<'a>> {
    /// The octets that hold the longest PDU that is read.
    pub const MAX_OCTETS: usize = MAX_OCTETS;

    /// Reads hexadecimal digits like [`from_hex`](Envelope::from_hex). The octets remain in the
    /// caller's buffer.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if a character is not a digit, or the parts of the PDU cannot be found.
    #[cfg_attr(feature = "fast", inline(always))]
    #[cfg_attr(not(feature = "fast"), inline)]
    pub fn view_hex(
        hex: impl AsRef<[u8]>,
        octets: &'a mut [u8; MAX_OCTETS],
    ) -> Result<Decoded<Self>, DecodeError> {
        let count = envelope::read_envelope_hex(hex.as_ref(), octets)?;
        Self::view(&octets[..count])
    }

    /// Reads octets.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the parts of the PDU cannot be found; its offset counts from the service
    /// centre on.
    #[cfg_attr(feature = "fast", inline(always))]
    #[cfg_attr(not(feature = "fast"), inline)]
    pub fn view(octets: &'a [u8]) -> Result<Decoded<Self>, DecodeError> {
        envelope::decode_with(octets, DeliverRef::decode)
    }
}
