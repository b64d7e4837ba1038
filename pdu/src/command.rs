//! SMS-COMMAND, 3GPP TS 23.040, 9.2.2.4.

use crate::address::Address;
use crate::dcs::Dcs;
use crate::error::{DecodeError, EncodeError};
use crate::field::Field;
use crate::number_space::number_space;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::user_data::UserData;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// A command to the service centre about a message that was sent: SMS-COMMAND. 3GPP TS 23.040,
/// 9.2.2.4.
///
/// Applications build this struct, so it can be written as a literal: the fields are those of the
/// standard, and a later version adds none.
///
/// # Examples
///
/// ```
/// use pdu::{Command, CommandType};
///
/// let enquiry = Command::new(CommandType::ENQUIRY, 42, "+6391".parse()?);
/// let mut tpdu = [0; 16];
/// let length = enquiry.encode(&mut tpdu)?;
/// assert_eq!(tpdu[..length], [0x02, 0, 0, 0, 42, 4, 0x91, 0x36, 0x19, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Command {
    /// TP-MR: the message reference, by which the sender recognises the command.
    pub message_reference: u8,
    /// TP-PID: the protocol identifier.
    pub pid: Pid,
    /// TP-CT: the type of the command.
    pub command: CommandType,
    /// TP-MN: the reference of the message that the command is about.
    pub message_number: u8,
    /// TP-DA: the recipient of that message.
    pub destination: Address,
    /// TP-CD with TP-CDL and TP-UDHI: octets for the service centre.
    #[expect(clippy::use_self, reason = "the derive of serde does not resolve `Self` there")]
    pub data: UserData<{ Command::DATA }>,
    /// TP-SRR: request a status report on the command.
    #[doc(alias = "delivery report")]
    pub status_report: bool,
}

impl Command {
    /// The maximum number of octets of command data.
    pub const DATA: usize = 157;

    /// Creates a command without data.
    #[must_use]
    pub const fn new(command: CommandType, message_number: u8, destination: Address) -> Self {
        Self {
            message_reference: 0,
            pid: Pid::PLAIN,
            command,
            message_number,
            destination,
            data: UserData::EMPTY,
            status_report: false,
        }
    }

    /// Reads the TPDU.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before the command data, or is of another type. Any other
    /// oddity is kept, and reported as a [`Warning`].
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (188 octets always suffice), or the data holds
    /// septets.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        tpdu::encode(self, out)
    }
}

impl Layout for Command {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() == 0b10
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        warnings.add_if(first.has(0x9C), Warning::SpareBits);
        let message_reference = reader.octet(Field::MessageReference)?;
        let pid = tpdu::read_pid(reader, warnings)?;
        let command = CommandType::from_raw(reader.octet(Field::CommandType)?);
        let message_number = reader.octet(Field::MessageNumber)?;
        let destination = Address::read(reader, Field::Destination, warnings)?;
        let length = reader.octet(Field::CommandDataLength)?;
        Ok(Self {
            message_reference,
            pid,
            command,
            message_number,
            destination,
            data: UserData::read(length, Dcs::DATA, first.has_header(), reader, warnings),
            status_report: first.has(FirstOctet::STATUS_REPORT),
        })
    }

    fn encoded_len(&self) -> usize {
        5 + self.destination.encoded_len() + self.data.encoded_len()
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        let first = FirstOctet::new(0b10)
            .with(FirstOctet::STATUS_REPORT, self.status_report)
            .with(FirstOctet::HEADER, self.data.has_header());
        writer.octet(first.0);
        writer.octet(self.message_reference);
        writer.octet(self.pid.raw());
        writer.octet(self.command.raw());
        writer.octet(self.message_number);
        self.destination.write(writer);
        self.data.write(Dcs::DATA, writer)
    }
}

number_space! {
    /// The type of a [`Command`]: TP-CT. 3GPP TS 23.040, 9.2.3.19.
    ///
    /// 0xE0 to 0xFF are specific to the service centre; other numbers without a name are reserved.
    CommandType(u8) {
        /// Request the status of the message.
        ENQUIRY = 0x00,
        /// Send no status report for the message.
        CANCEL_REPORT = 0x01,
        /// Delete the message.
        DELETE = 0x02,
        /// Send a status report for the message.
        ENABLE_REPORT = 0x03,
    }
}
