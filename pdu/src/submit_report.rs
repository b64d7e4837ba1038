//! SMS-SUBMIT-REPORT, 3GPP TS 23.040, 9.2.2.2a.

use crate::error::{DecodeError, EncodeError};
use crate::failure_cause::FailureCause;
use crate::field::Field;
use crate::parameters::Parameters;
use crate::reader::Reader;
use crate::timestamp::Timestamp;
use crate::tpdu::{self, Acknowledgement, FirstOctet, Layout};
use crate::warning::{Decoded, Warnings};
use crate::writer::Writer;

/// The answer of the service centre to a SUBMIT or COMMAND: SMS-SUBMIT-REPORT. 3GPP TS 23.040,
/// 9.2.2.2a.
///
/// With `+CSMS` 1 a modem may return it in the answer to `+CMGS`. To build one, for a test or a
/// simulator, call [`accepted`](Self::accepted) or [`refused`](Self::refused) and set further
/// fields: the struct is non-exhaustive.
///
/// # Examples
///
/// ```
/// use pdu::SubmitReport;
///
/// let octets = [0x01, 0x00, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23];
/// let report = SubmitReport::decode(&octets)?.strict()?;
/// assert_eq!(report.failure, None);
/// assert_eq!(report.timestamp.date_time().unwrap().to_string(), "2015-05-17T23:02:50+08:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SubmitReport {
    /// TP-FCS: the cause of a refusal (RP-ERROR); `None` if the message was accepted (RP-ACK).
    pub failure: Option<FailureCause>,
    /// TP-SCTS: the time at which the service centre received the message.
    pub timestamp: Timestamp,
    /// The fields that TP-PI announces.
    #[expect(clippy::use_self, reason = "the derive of serde does not resolve `Self` there")]
    pub parameters: Parameters<{ SubmitReport::USER_DATA }>,
}

impl SubmitReport {
    /// The maximum number of octets of user data.
    pub const USER_DATA: usize = 152;

    /// Creates a report that accepts a message, without optional fields.
    #[must_use]
    pub const fn accepted(timestamp: Timestamp) -> Self {
        Self { failure: None, timestamp, parameters: Parameters::NONE }
    }

    /// Creates a report that refuses a message, without optional fields.
    #[must_use]
    pub const fn refused(cause: FailureCause, timestamp: Timestamp) -> Self {
        Self { failure: Some(cause), timestamp, parameters: Parameters::NONE }
    }

    /// Reads the TPDU, and infers the acknowledgement: a second octet of 0x80 and above is a
    /// failure cause.
    ///
    /// Prefer [`decode_as`](Self::decode_as) if the acknowledgement is known.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before the end of the time stamp, or is of another type.
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Reads the TPDU of an RP-ACK or of an RP-ERROR.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before the end of the time stamp, or is of another type.
    pub fn decode_as(tpdu: &[u8], on: Acknowledgement) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode_with(tpdu, Self::is_type, |first, reader, warnings| {
            Self::read_as(Some(on), first, reader, warnings)
        })
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (173 octets always suffice), or the user data
    /// does not match the data coding scheme.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        tpdu::encode(self, out)
    }

    fn read_as(
        on: Option<Acknowledgement>,
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        first.check_report(warnings);
        let (failure, indicator) = tpdu::read_failure(on, reader, warnings)?;
        let timestamp = Timestamp::read(reader, Field::ServiceCentreTimestamp, warnings)?;
        let parameters = Parameters::read(indicator, first.has_header(), reader, warnings);
        Ok(Self { failure, timestamp, parameters })
    }
}

impl Layout for SubmitReport {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() == 0b01
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        Self::read_as(None, first, reader, warnings)
    }

    fn encoded_len(&self) -> usize {
        2 + usize::from(self.failure.is_some()) + 7 + self.parameters.encoded_len()
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        writer
            .octet(FirstOctet::new(0b01).with(FirstOctet::HEADER, self.parameters.has_header()).0);
        if let Some(cause) = self.failure {
            writer.octet(cause.raw());
        }
        writer.octet(self.parameters.indicator());
        writer.octets(&self.timestamp.raw());
        self.parameters.write(writer)
    }
}
