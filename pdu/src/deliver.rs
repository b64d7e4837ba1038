//! SMS-DELIVER, 3GPP TS 23.040, 9.2.2.1.

use crate::address::Address;
use crate::dcs::Dcs;
use crate::element::Concatenation;
use crate::error::{DecodeError, EncodeError};
use crate::field::Field;
use crate::header::Header;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::timestamp::Timestamp;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::user_data::UserData;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// A message from the network: SMS-DELIVER. 3GPP TS 23.040, 9.2.2.1.
///
/// # Examples
///
/// ```
/// use pdu::Deliver;
///
/// let octets = [
///     0x04, 0x0B, 0x91, 0x73, 0x21, 0x00, 0x00, 0x00, 0xF0, 0x00, 0x00, // from +37120000000
///     0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80, // on 2026-02-28, 23:59:01 +02:00
///     0x02, 0xC8, 0x34,
/// ];
/// let deliver = Deliver::decode(&octets)?.value;
/// assert_eq!(deliver.originator.to_string(), "+37120000000");
/// assert_eq!(deliver.text().as_deref(), Some("Hi"));
///
/// let mut again = [0; 21];
/// assert_eq!(deliver.encode(&mut again), Ok(21));
/// assert_eq!(again, octets);
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Deliver {
    /// TP-OA: who sent the message.
    pub originator: Address,
    /// TP-PID.
    pub pid: Pid,
    /// TP-DCS: what the user data is written in.
    pub dcs: Dcs,
    /// TP-SCTS: when the service centre got the message.
    pub timestamp: Timestamp,
    /// TP-UD with TP-UDL and TP-UDHI.
    pub user_data: UserData,
    /// TP-MMS, the other way round: more messages wait in the service centre.
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, and must not be once more.
    pub loop_prevention: bool,
    /// TP-SRI: the sender asked for a status report.
    pub status_report: bool,
    /// TP-RP: there is a path for an answer through the same service centre.
    pub reply_path: bool,
}

impl Deliver {
    /// An empty message, the only one that waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Address, Deliver, Timestamp, UserData};
    ///
    /// let text = UserData::text("Hi", gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &[])?;
    /// let deliver = Deliver {
    ///     user_data: text,
    ///     ..Deliver::new(Address::alphanumeric("Bank")?, Timestamp::from_raw([0x62, 0x20, 0x82, 0, 0, 0, 0]))
    /// };
    /// assert_eq!(deliver.text().as_deref(), Some("Hi"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(originator: Address, timestamp: Timestamp) -> Self {
        Self {
            originator,
            pid: Pid::PLAIN,
            dcs: Dcs::GSM7,
            timestamp,
            user_data: UserData::EMPTY,
            more_messages: false,
            loop_prevention: false,
            status_report: false,
            reply_path: false,
        }
    }

    /// The header of the user data, if there is one whose lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        self.user_data.header()
    }

    /// Which part of a long message this is, if it is one.
    #[must_use]
    pub fn concatenation(&self) -> Option<Concatenation> {
        self.header()?.concatenation()
    }

    /// The text of this part; `None` if there is no text but data, or it is compressed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn text(&self) -> Option<alloc::string::String> {
        self.user_data.to_text(self.dcs)
    }

    /// The text of this part, written into `out`: see [`UserData::write_text`].
    ///
    /// # Errors
    ///
    /// [`gsm7::BufferTooSmall`] if `out` is too small; 543 bytes hold any text.
    pub fn write_text<'a>(
        &self,
        out: &'a mut [u8],
    ) -> Result<Option<&'a str>, gsm7::BufferTooSmall> {
        self.user_data.write_text(self.dcs, out)
    }

    /// Reads the TPDU.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it ends before the user data, or is of another type. Everything else that is odd is kept,
    /// and a [`Warning`] tells it.
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Writes the TPDU, and gives its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (164 octets always do), or the user data is not of the kind
    /// that the data coding scheme says.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        tpdu::encode(self, out)
    }
}

impl Layout for Deliver {
    fn is_type(first: FirstOctet) -> bool {
        // A receiver takes the reserved type for this one.
        matches!(first.message_type(), 0b00 | 0b11)
    }

    #[inline(always)]
    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        warnings.add_if(first.message_type() == 0b11, Warning::ReservedMessageType);
        warnings.add_if(first.has(0x10), Warning::SpareBits);
        let originator = Address::read(reader, Field::Originator, warnings)?;
        let pid = tpdu::read_pid(reader, warnings)?;
        let dcs = tpdu::read_dcs(reader, warnings)?;
        let timestamp = Timestamp::read(reader, Field::ServiceCentreTimestamp, warnings)?;
        let udl = reader.octet(Field::UserDataLength)?;
        Ok(Self {
            originator,
            pid,
            dcs,
            timestamp,
            user_data: UserData::read(udl, dcs, first.has_header(), reader, warnings),
            more_messages: !first.has(FirstOctet::NO_MORE_MESSAGES),
            loop_prevention: first.has(FirstOctet::LOOP_PREVENTION),
            status_report: first.has(FirstOctet::STATUS_REPORT),
            reply_path: first.has(FirstOctet::REPLY_PATH),
        })
    }

    fn encoded_len(&self) -> usize {
        1 + self.originator.encoded_len() + 1 + 1 + 7 + self.user_data.encoded_len()
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        let first = FirstOctet::new(0b00)
            .with(FirstOctet::NO_MORE_MESSAGES, !self.more_messages)
            .with(FirstOctet::LOOP_PREVENTION, self.loop_prevention)
            .with(FirstOctet::STATUS_REPORT, self.status_report)
            .with(FirstOctet::HEADER, self.user_data.has_header())
            .with(FirstOctet::REPLY_PATH, self.reply_path);
        writer.octet(first.0);
        self.originator.write(writer);
        writer.octet(self.pid.raw());
        writer.octet(self.dcs.raw());
        writer.octets(&self.timestamp.raw());
        self.user_data.write(self.dcs, writer)
    }
}
