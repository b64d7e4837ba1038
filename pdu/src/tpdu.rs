//! TP-MTI and the six kinds of TPDU by direction, 3GPP TS 23.040, 9.2.3.1.

use crate::command::Command;
use crate::dcs::Dcs;
use crate::deliver::Deliver;
use crate::deliver_report::DeliverReport;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::failure_cause::FailureCause;
use crate::field::Field;
use crate::parameters::Parameters;
use crate::pid::Pid;
use crate::reader::Reader;
use crate::status_report::StatusReport;
use crate::submit::Submit;
use crate::submit_report::SubmitReport;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// A TPDU from the network to the mobile.
///
/// # Examples
///
/// ```
/// use pdu::Incoming;
///
/// let octets = [
///     0x04, 0x04, 0x91, 0x36, 0x19, 0, 0, // from +6391
///     0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, 0,
/// ];
/// let decoded = Incoming::decode(&octets)?;
/// let Incoming::Deliver(deliver) = decoded.value else { panic!("not a DELIVER") };
/// assert_eq!(deliver.originator.to_string(), "+6391");
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(
    clippy::exhaustive_enums,
    reason = "the standard has these three, and takes the fourth type for the first"
)]
pub enum Incoming {
    /// A message.
    Deliver(Deliver),
    /// A status report on a message.
    StatusReport(StatusReport),
    /// The answer to a message that was sent.
    SubmitReport(SubmitReport),
}

/// A TPDU from the mobile to the network.
///
/// # Examples
///
/// ```
/// use pdu::Outgoing;
///
/// let decoded = Outgoing::decode(&[0x01, 0, 4, 0x91, 0x36, 0x19, 0, 0, 2, 0xC8, 0x34])?;
/// let Outgoing::Submit(submit) = decoded.value else { panic!("not a SUBMIT") };
/// assert_eq!(submit.text().as_deref(), Some("Hi"));
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the standard has these three")]
pub enum Outgoing {
    /// A message.
    Submit(Submit),
    /// A command about a message that was sent.
    Command(Command),
    /// The answer to a message or report that was received.
    DeliverReport(DeliverReport),
}

/// The carrier of a report, which accepts or refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the relay layer has these two")]
pub enum Acknowledgement {
    /// RP-ACK: no failure cause.
    Ack,
    /// RP-ERROR: with a failure cause.
    Error,
}

impl Incoming {
    /// Reads a TPDU from the network; the reserved message type is read as a DELIVER.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before its user data. Any other oddity is kept, and
    /// reported as a [`Warning`].
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        decode(tpdu)
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (210 octets always suffice), or the user data
    /// does not match the data coding scheme.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        encode(self, out)
    }
}

impl Outgoing {
    /// Reads a TPDU to the network.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the TPDU ends before its user data, or its message type is reserved. Any
    /// other oddity is kept, and reported as a [`Warning`].
    pub fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        decode(tpdu)
    }

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small (188 octets always suffice), or the user data
    /// does not match the data coding scheme.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        encode(self, out)
    }
}

impl Layout for Incoming {
    fn is_type(_: FirstOctet) -> bool {
        true
    }

    #[inline]
    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        Ok(match first.message_type() {
            0b01 => Self::SubmitReport(SubmitReport::read(first, reader, warnings)?),
            0b10 => Self::StatusReport(StatusReport::read(first, reader, warnings)?),
            _ => Self::Deliver(Deliver::read(first, reader, warnings)?),
        })
    }

    fn encoded_len(&self) -> usize {
        match self {
            Self::Deliver(deliver) => Layout::encoded_len(deliver),
            Self::StatusReport(report) => Layout::encoded_len(report),
            Self::SubmitReport(report) => Layout::encoded_len(report),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        match self {
            Self::Deliver(deliver) => deliver.write(writer),
            Self::StatusReport(report) => report.write(writer),
            Self::SubmitReport(report) => report.write(writer),
        }
    }
}

impl Layout for Outgoing {
    fn is_type(first: FirstOctet) -> bool {
        first.message_type() != 0b11
    }

    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        Ok(match first.message_type() {
            0b01 => Self::Submit(Submit::read(first, reader, warnings)?),
            0b10 => Self::Command(Command::read(first, reader, warnings)?),
            _ => Self::DeliverReport(DeliverReport::read(first, reader, warnings)?),
        })
    }

    fn encoded_len(&self) -> usize {
        match self {
            Self::Submit(submit) => Layout::encoded_len(submit),
            Self::Command(command) => Layout::encoded_len(command),
            Self::DeliverReport(report) => Layout::encoded_len(report),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
        match self {
            Self::Submit(submit) => submit.write(writer),
            Self::Command(command) => command.write(writer),
            Self::DeliverReport(report) => report.write(writer),
        }
    }
}

/// A TPDU, or several kinds of one direction: the content of an [`Envelope`](crate::Envelope).
///
/// Implemented by the six kinds, [`Incoming`] and [`Outgoing`], whose inherent methods do the same.
/// It cannot be implemented elsewhere.
pub trait Tpdu: sealed::Sealed + Sized {
    /// Reads the TPDU.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the parts of the TPDU cannot be found, or it is of another kind.
    fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError>;

    /// Writes the TPDU, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small, or the user data does not match the data coding
    /// scheme.
    fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError>;

    /// Returns the octets that [`encode`](Self::encode) writes.
    fn encoded_len(&self) -> usize;
}

mod sealed {
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}

    impl<T: super::Layout> Sealed for T {}
}

impl<T: Layout> Tpdu for T {
    #[inline]
    fn decode(tpdu: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        decode(tpdu)
    }

    #[inline]
    fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        encode(self, out)
    }

    fn encoded_len(&self) -> usize {
        Layout::encoded_len(self)
    }
}

/// The layout of a kind of TPDU.
pub(crate) trait Layout: Sized {
    fn is_type(first: FirstOctet) -> bool;
    fn read(
        first: FirstOctet,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError>;
    fn encoded_len(&self) -> usize;
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), EncodeError>;
}

/// The first octet of a TPDU: the message type, and flags that depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FirstOctet(pub(crate) u8);

impl FirstOctet {
    pub(crate) const NO_MORE_MESSAGES: u8 = 0x04;
    pub(crate) const REJECT_DUPLICATES: u8 = 0x04;
    pub(crate) const LOOP_PREVENTION: u8 = 0x08;
    pub(crate) const STATUS_REPORT: u8 = 0x20;
    pub(crate) const HEADER: u8 = 0x40;
    pub(crate) const REPLY_PATH: u8 = 0x80;

    pub(crate) const fn new(message_type: u8) -> Self {
        Self(message_type)
    }

    pub(crate) const fn with(self, flag: u8, set: bool) -> Self {
        Self(if set { self.0 | flag } else { self.0 })
    }

    pub(crate) const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    pub(crate) const fn message_type(self) -> u8 {
        self.0 & 0b11
    }

    pub(crate) const fn has_header(self) -> bool {
        self.has(Self::HEADER)
    }

    /// Checks that a report has no flag but the one for the header.
    pub(crate) fn check_report(self, warnings: &mut Warnings) {
        warnings.add_if(self.has(0xBC), Warning::SpareBits);
    }
}

#[cfg_attr(feature = "fast", inline(always))]
pub(crate) fn decode<T: Layout>(tpdu: &[u8]) -> Result<Decoded<T>, DecodeError> {
    decode_with(tpdu, T::is_type, T::read)
}

/// Reads a TPDU of these types with a given function.
///
/// Always inlined with `fast`, and so are the larger fields. A value returned through memory is
/// written in pieces and read as a whole, which stalls a processor longer than anything else here.
#[cfg_attr(feature = "fast", inline(always))]
pub(crate) fn decode_with<'a, T>(
    tpdu: &'a [u8],
    is_type: impl FnOnce(FirstOctet) -> bool,
    read: impl FnOnce(FirstOctet, &mut Reader<'a>, &mut Warnings) -> Result<T, DecodeError>,
) -> Result<Decoded<T>, DecodeError> {
    let mut reader = Reader::new(tpdu);
    let mut warnings = Warnings::NONE;
    let first = FirstOctet(reader.octet(Field::FirstOctet)?);
    if !is_type(first) {
        let kind = DecodeErrorKind::MessageType(first.message_type());
        return Err(DecodeError::new(Field::FirstOctet, 0, kind));
    }
    let value = read(first, &mut reader, &mut warnings)?;
    warnings.add_if(!reader.is_empty(), Warning::TrailingOctets);
    Ok(Decoded { value, warnings })
}

#[inline]
pub(crate) fn encode<T: Layout>(tpdu: &T, out: &mut [u8]) -> Result<usize, EncodeError> {
    let mut writer = Writer::new(out, tpdu.encoded_len())?;
    tpdu.write(&mut writer)?;
    Ok(writer.finish())
}

#[inline]
pub(crate) fn read_pid(
    reader: &mut Reader<'_>,
    warnings: &mut Warnings,
) -> Result<Pid, DecodeError> {
    let pid = Pid::from_raw(reader.octet(Field::ProtocolIdentifier)?);
    warnings.add_if(pid.is_reserved(), Warning::ReservedProtocol);
    Ok(pid)
}

#[inline]
pub(crate) fn read_dcs(
    reader: &mut Reader<'_>,
    warnings: &mut Warnings,
) -> Result<Dcs, DecodeError> {
    let dcs = Dcs::from_raw(reader.octet(Field::DataCodingScheme)?);
    warnings.add_if(dcs.is_reserved() || dcs.has_reserved_bits(), Warning::ReservedCoding);
    Ok(dcs)
}

/// Reads TP-FCS, which only a refusal has, and TP-PI.
pub(crate) fn read_failure(
    on: Option<Acknowledgement>,
    reader: &mut Reader<'_>,
    warnings: &mut Warnings,
) -> Result<(Option<FailureCause>, u8), DecodeError> {
    let offset = reader.offset();
    // No failure cause is below 0x80, and no TP-PI is above: its top bit announces another octet of
    // it.
    let refused = match (on, reader.clone().octet(Field::FailureCause)?) {
        (Some(on), _) => on == Acknowledgement::Error,
        (None, second) => second >= 0x80,
    };
    let failure = if refused {
        let cause = FailureCause::from_raw(reader.octet(Field::FailureCause)?);
        warnings.add_if(cause.is_reserved(), Warning::ReservedFailureCause);
        Some(cause)
    } else {
        None
    };
    let missing = || {
        let kind = DecodeErrorKind::Truncated { needed: 1, left: 0 };
        DecodeError::new(Field::ParameterIndicator, offset + usize::from(refused), kind)
    };
    let indicator = Parameters::<0>::read_indicator(reader, warnings).ok_or_else(missing)?;
    Ok((failure, indicator))
}
