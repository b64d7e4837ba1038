//! SMS-DELIVER-REPORT, 3GPP TS 23.040, 9.2.2.1a.

use crate::error::{DecodeError, EncodeError};
use crate::failure_cause::FailureCause;
use crate::parameters::Parameters;
use crate::reader::Reader;
use crate::tpdu::{self, Acknowledgement, FirstOctet, Layout};
use crate::warning::{Decoded, Warnings};
use crate::writer::Writer;

/// The answer to a DELIVER or STATUS-REPORT: SMS-DELIVER-REPORT. 3GPP TS 23.040, 9.2.2.1a.
///
/// Applications build this struct, so it can be written as a literal: the fields are those of the
/// standard, and a later version adds none.
///
/// # Examples
///
/// ```
/// use pdu::{DeliverReport, FailureCause};
///
/// let full = DeliverReport::refused(FailureCause::STORAGE_FULL);
/// let mut tpdu = [0; 3];
/// assert_eq!(full.encode(&mut tpdu), Ok(3));
/// assert_eq!(tpdu, [0x00, 0xD3, 0x00]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DeliverReport {
    /// TP-FCS: the cause of a refusal (RP-ERROR); `None` if the message was accepted (RP-ACK).
    pub failure: Option<FailureCause>,
    /// The fields that TP-PI announces.
    #[expect(clippy::use_self, reason = "the derive of serde does not resolve `Self` there")]
    pub parameters: Parameters<{ DeliverReport::USER_DATA }>,
}

impl DeliverReport {
    /// The maximum number of octets of user data.
    pub const USER_DATA: usize = 159;

    /// The report that accepts a message.
    pub const ACCEPTED: Self = Self { failure: None, parameters: Parameters::NONE };

    /// Creates a report that refuses a message.
    #[must_use]
    pub const fn refused(cause: FailureCause) -> Self {
        Self { failure: Some(cause), parameters: Parameters::NONE }
    }

    /// Reads the TPDU, and infers the acknowledgement: a second octet of 0x80 and above is a
    /// failure cause.
    ///
    /// Prefer [`decode_as`](Self::decode_as) if the acknowledgement is known.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before TP-PI, or is of another type.
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        tpdu::decode(tpdu)
    }

    /// Reads the TPDU of an RP-ACK or of an RP-ERROR.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before TP-PI, or is of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{Acknowledgement, DeliverReport, FailureCause};
    ///
    /// // Without context this would be TP-PI with reserved bits; here it is a cause.
    /// let report = DeliverReport::decode_as(&[0x00, 0x12, 0x00], Acknowledgement::Error)?.value;
    /// assert_eq!(report.failure, Some(FailureCause::from_raw(0x12)));
    /// # Ok::<(), pdu::DecodeError>(())
    /// ```
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
        let parameters = Parameters::read(indicator, first.has_header(), reader, warnings);
        Ok(Self { failure, parameters })
    }
}

impl Layout for DeliverReport {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() == 0b00
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        Self::read_as(None, first, reader, warnings)
    }

    fn encoded_len(&self) -> usize {
        2 + usize::from(self.failure.is_some()) + self.parameters.encoded_len()
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        writer
            .octet(FirstOctet::new(0b00).with(FirstOctet::HEADER, self.parameters.has_header()).0);
        if let Some(cause) = self.failure {
            writer.octet(cause.raw());
        }
        writer.octet(self.parameters.indicator());
        self.parameters.write(writer)
    }
}
