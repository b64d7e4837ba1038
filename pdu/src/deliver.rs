//! SMS-DELIVER, 3GPP TS 23.040, 9.2.2.1.

use crate::address::Address;
use crate::dcs::Dcs;
use crate::deliver_ref::DeliverRef;
use crate::element::Concatenation;
use crate::error::{DecodeError, EncodeError};
use crate::header::Header;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::timestamp::Timestamp;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::user_data::UserData;
use crate::warning::{Decoded, Warnings};
use crate::writer::Writer;

/// A message from the network: SMS-DELIVER. 3GPP TS 23.040, 9.2.2.1.
///
/// A DELIVER is usually received. To build one, for a test or a simulator, call [`new`](Self::new)
/// and [`with_user_data`](Self::with_user_data), and set further fields: the struct is
/// non-exhaustive.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "SMS-DELIVER")]
#[doc(alias = "incoming SMS")]
pub struct Deliver {
    /// TP-OA: the sender of the message.
    pub originator: Address,
    /// TP-PID: the protocol identifier.
    pub pid: Pid,
    /// TP-DCS: the data coding scheme of the user data.
    pub dcs: Dcs,
    /// TP-SCTS: the time at which the service centre received the message.
    pub timestamp: Timestamp,
    /// TP-UD with TP-UDL and TP-UDHI.
    pub user_data: UserData,
    /// TP-MMS, inverted: more messages wait in the service centre.
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, and must not be forwarded again.
    pub loop_prevention: bool,
    /// TP-SRI: the sender requested a status report.
    pub status_report: bool,
    /// TP-RP: a reply path through the same service centre exists.
    pub reply_path: bool,
}

impl Deliver {
    /// Creates an empty message, with no other one waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Address, Dcs, Deliver, Timestamp, UserData};
    ///
    /// let text = UserData::text("Hi", gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &[])?;
    /// let timestamp = Timestamp::from_raw([0x62, 0x20, 0x82, 0, 0, 0, 0]);
    /// let mut deliver = Deliver::new(Address::alphanumeric("Bank")?, timestamp)
    ///     .with_user_data(Dcs::GSM7, text);
    /// deliver.reply_path = true;
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

    /// Returns the same message with this user data, in this data coding scheme.
    #[must_use]
    pub const fn with_user_data(self, dcs: Dcs, user_data: UserData) -> Self {
        Self { dcs, user_data, ..self }
    }

    /// Returns the same message with its user data in these octets, without a copy.
    #[must_use]
    #[inline]
    pub fn view(&self) -> DeliverRef<'_> {
        DeliverRef {
            originator: self.originator,
            pid: self.pid,
            dcs: self.dcs,
            timestamp: self.timestamp,
            user_data: self.user_data.view(),
            more_messages: self.more_messages,
            loop_prevention: self.loop_prevention,
            status_report: self.status_report,
            reply_path: self.reply_path,
        }
    }

    /// Returns the header of the user data, if its lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
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

    /// Writes the text of this part into `out`: see [`UserData::write_text`].
    ///
    /// # Errors
    ///
    /// [`gsm7::BufferTooSmall`] if `out` is too small; 546 bytes hold any text.
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
    /// [`DecodeError`] if the TPDU ends before the user data, or is of another type. Any other
    /// oddity is kept, and reported as a [`Warning`](crate::Warning).
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (188 octets always suffice), or the user data
    /// does not match the data coding scheme.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        tpdu::encode(self, out)
    }
}

impl Layout for Deliver {
    fn is_type(first: FirstOctet) -> bool {
        // A receiver reads the reserved type as this one.
        matches!(first.message_type(), 0b00 | 0b11)
    }

    #[cfg_attr(feature = "fast", inline(always))]
    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        Ok(DeliverRef::read(first, reader, warnings)?.to_deliver())
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
