//! SMS-SUBMIT, 3GPP TS 23.040, 9.2.2.2.

use crate::address::Address;
use crate::dcs::Dcs;
use crate::element::Concatenation;
use crate::error::{DecodeError, EncodeError};
use crate::field::Field;
use crate::header::Header;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::user_data::UserData;
use crate::validity::ValidityPeriod;
use crate::warning::{Decoded, Warnings};
use crate::writer::Writer;

/// A message to the network: SMS-SUBMIT. 3GPP TS 23.040, 9.2.2.2.
///
/// Applications build this struct, so it can be written as a literal: the fields are those of the
/// standard, and a later version adds none. For text of any length see
/// [`SubmitTemplate`](crate::SubmitTemplate) (feature `alloc`).
///
/// # Examples
///
/// ```
/// use pdu::{Submit, UserData};
///
/// let submit = Submit {
///     user_data: UserData::text("Hi", gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &[])?,
///     ..Submit::new("+37120000000".parse()?)
/// };
/// let mut tpdu = [0; 164];
/// let length = submit.encode(&mut tpdu)?;
/// assert_eq!(tpdu[..length], [1, 0, 11, 0x91, 0x73, 0x21, 0, 0, 0, 0xF0, 0, 0, 2, 0xC8, 0x34]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "SMS-SUBMIT")]
#[doc(alias = "outgoing SMS")]
pub struct Submit {
    /// TP-MR: the message reference, by which the sender recognises the message. Modems overwrite
    /// it with their own.
    pub message_reference: u8,
    /// TP-DA: the recipient of the message.
    pub destination: Address,
    /// TP-PID: the protocol identifier.
    pub pid: Pid,
    /// TP-DCS: the data coding scheme of the user data.
    pub dcs: Dcs,
    /// TP-VP with TP-VPF: the time for which the service centre tries to deliver the message; its
    /// own default if absent.
    pub validity: Option<ValidityPeriod>,
    /// TP-UD with TP-UDL and TP-UDHI.
    pub user_data: UserData,
    /// TP-RD: refuse the message if one with the same reference to the same recipient is still
    /// pending.
    pub reject_duplicates: bool,
    /// TP-SRR: request a status report on the message.
    #[doc(alias = "delivery report")]
    #[doc(alias = "TP-SRR")]
    pub status_report: bool,
    /// TP-RP: set a reply path for the recipient through the same service centre.
    pub reply_path: bool,
}

impl Submit {
    /// Creates an empty message.
    #[must_use]
    pub const fn new(destination: Address) -> Self {
        Self {
            message_reference: 0,
            destination,
            pid: Pid::PLAIN,
            dcs: Dcs::GSM7,
            validity: None,
            user_data: UserData::EMPTY,
            reject_duplicates: false,
            status_report: false,
            reply_path: false,
        }
    }

    /// Returns the same message with this user data, in this data coding scheme.
    #[must_use]
    pub const fn with_user_data(self, dcs: Dcs, user_data: UserData) -> Self {
        Self { dcs, user_data, ..self }
    }

    /// Returns the header of the user data, if its lengths fit.
    #[must_use]
    pub fn header(&self) -> Option<Header<'_>> {
        self.user_data.header()
    }

    /// Returns the position of this part in a concatenated message.
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

impl Layout for Submit {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() == 0b01
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        let message_reference = reader.octet(Field::MessageReference)?;
        let destination = Address::read(reader, Field::Destination, warnings)?;
        let pid = tpdu::read_pid(reader, warnings)?;
        let dcs = tpdu::read_dcs(reader, warnings)?;
        let validity = ValidityPeriod::read(first.0 >> 3, reader, warnings)?;
        let udl = reader.octet(Field::UserDataLength)?;
        Ok(Self {
            message_reference,
            destination,
            pid,
            dcs,
            validity,
            user_data: UserData::read(udl, dcs, first.has_header(), reader, warnings),
            reject_duplicates: first.has(FirstOctet::REJECT_DUPLICATES),
            status_report: first.has(FirstOctet::STATUS_REPORT),
            reply_path: first.has(FirstOctet::REPLY_PATH),
        })
    }

    fn encoded_len(&self) -> usize {
        let validity = ValidityPeriod::encoded_len(self.validity.as_ref());
        2 + self.destination.encoded_len() + 1 + 1 + validity + self.user_data.encoded_len()
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        let validity = self.validity.as_ref();
        let first = FirstOctet::new(0b01 | ValidityPeriod::format(validity) << 3)
            .with(FirstOctet::REJECT_DUPLICATES, self.reject_duplicates)
            .with(FirstOctet::STATUS_REPORT, self.status_report)
            .with(FirstOctet::HEADER, self.user_data.has_header())
            .with(FirstOctet::REPLY_PATH, self.reply_path);
        writer.octet(first.0);
        writer.octet(self.message_reference);
        self.destination.write(writer);
        writer.octet(self.pid.raw());
        writer.octet(self.dcs.raw());
        ValidityPeriod::write(validity, writer);
        self.user_data.write(self.dcs, writer)
    }
}
