//! SMS-STATUS-REPORT, 3GPP TS 23.040, 9.2.2.3.

use crate::address::Address;
use crate::error::{DecodeError, EncodeError};
use crate::field::Field;
use crate::parameters::Parameters;
use crate::reader::Reader;
use crate::status::Status;
use crate::timestamp::Timestamp;
use crate::tpdu::{self, FirstOctet, Layout};
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// A status report on a message or command that was sent: SMS-STATUS-REPORT. 3GPP TS 23.040,
/// 9.2.2.3.
///
/// A STATUS-REPORT is received. To build one, for a test or a simulator, call [`new`](Self::new)
/// and set further fields: the struct is non-exhaustive.
///
/// # Examples
///
/// ```
/// use pdu::{Status, StatusReport};
///
/// let octets = [
///     0x06, 0x18, 0x04, 0x91, 0x36, 0x19, // message 24 to +6391
///     0x11, 0x10, 0x11, 0x71, 0x95, 0x51, 0x40, // was sent on 2011-01-11, 17:59:15 +01:00
///     0x11, 0x10, 0x11, 0x71, 0x95, 0x71, 0x40, // and arrived two seconds later
///     0x00,
/// ];
/// let report = StatusReport::decode(&octets)?.strict()?;
/// assert_eq!((report.message_reference, report.status), (24, Status::DELIVERED));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[doc(alias = "delivery report")]
#[doc(alias = "delivery receipt")]
#[doc(alias = "DLR")]
pub struct StatusReport {
    /// TP-MR: the message reference, as the answer to the submission gave it.
    pub message_reference: u8,
    /// TP-RA: the recipient of the message.
    pub recipient: Address,
    /// TP-SCTS: the time at which the service centre received the message.
    pub timestamp: Timestamp,
    /// TP-DT: the time of the delivery, or of the last attempt.
    pub discharge: Timestamp,
    /// TP-ST: the delivery status.
    pub status: Status,
    /// TP-PI and the fields that it announces; `None` if even TP-PI is missing.
    #[expect(clippy::use_self, reason = "the derive of serde does not resolve `Self` there")]
    pub parameters: Option<Parameters<{ StatusReport::USER_DATA }>>,
    /// TP-MMS, inverted: more messages wait in the service centre.
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, and must not be forwarded again.
    pub loop_prevention: bool,
    /// TP-SRQ: the report is about a command, not about a message.
    pub on_command: bool,
}

impl StatusReport {
    /// The maximum number of octets of user data, in a report with the shortest address.
    pub const USER_DATA: usize = 143;

    /// Creates a report without optional fields.
    #[must_use]
    pub const fn new(
        message_reference: u8,
        recipient: Address,
        timestamp: Timestamp,
        discharge: Timestamp,
        status: Status,
    ) -> Self {
        Self {
            message_reference,
            recipient,
            timestamp,
            discharge,
            status,
            parameters: None,
            more_messages: false,
            loop_prevention: false,
            on_command: false,
        }
    }

    /// Reads the TPDU.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before the status, or is of another type. Any other oddity
    /// is kept, and reported as a [`Warning`].
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (210 octets always suffice), or the user data
    /// does not match the data coding scheme.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        tpdu::encode(self, out)
    }
}

impl Layout for StatusReport {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() == 0b10
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        warnings.add_if(first.has(0x90), Warning::SpareBits);
        let message_reference = reader.octet(Field::MessageReference)?;
        let recipient = Address::read(reader, Field::Recipient, warnings)?;
        let timestamp = Timestamp::read(reader, Field::ServiceCentreTimestamp, warnings)?;
        let discharge = Timestamp::read(reader, Field::DischargeTime, warnings)?;
        let status = Status::from_raw(reader.octet(Field::Status)?);
        warnings.add_if(status.is_reserved(), Warning::ReservedStatus);
        let parameters = if reader.is_empty() {
            warnings.add_if(first.has_header(), Warning::SpareBits);
            None
        } else {
            Parameters::<{ Self::USER_DATA }>::read_indicator(reader, warnings)
                .map(|indicator| Parameters::read(indicator, first.has_header(), reader, warnings))
        };
        Ok(Self {
            message_reference,
            recipient,
            timestamp,
            discharge,
            status,
            parameters,
            more_messages: !first.has(FirstOctet::NO_MORE_MESSAGES),
            loop_prevention: first.has(FirstOctet::LOOP_PREVENTION),
            on_command: first.has(FirstOctet::STATUS_REPORT),
        })
    }

    fn encoded_len(&self) -> usize {
        let parameters =
            self.parameters.as_ref().map_or(0, |parameters| 1 + parameters.encoded_len());
        2 + self.recipient.encoded_len() + 7 + 7 + 1 + parameters
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        let first = FirstOctet::new(0b10)
            .with(FirstOctet::NO_MORE_MESSAGES, !self.more_messages)
            .with(FirstOctet::LOOP_PREVENTION, self.loop_prevention)
            .with(FirstOctet::STATUS_REPORT, self.on_command)
            .with(FirstOctet::HEADER, self.parameters.as_ref().is_some_and(Parameters::has_header));
        writer.octet(first.0);
        writer.octet(self.message_reference);
        self.recipient.write(writer);
        writer.octets(&self.timestamp.raw());
        writer.octets(&self.discharge.raw());
        writer.octet(self.status.raw());
        match &self.parameters {
            Some(parameters) => {
                writer.octet(parameters.indicator());
                parameters.write(writer)
            }
            None => Ok(()),
        }
    }
}
