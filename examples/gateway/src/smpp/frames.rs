//! Frames: the header of a PDU, and the status with which a broken body is answered.
//!
//! Each frame is decoded by itself, so that one bad PDU does not end the session: the codec of
//! `rusmpp` would end it together with everything in its window.

use bytes::{Buf as _, BytesMut};
use rusmpp::decode::{DecodeError, DecodeErrorKind, DecodeWithLength as _};
use rusmpp::encode::{Encode as _, Length as _};
use rusmpp::fields::SmppField;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio_util::codec::LengthDelimitedCodec;

/// The length of a header.
const HEADER: usize = 16;

/// The longest PDU: a payload of 255 parts has 39,015 octets, and a TLV at most 65,535.
const MAX_PDU: usize = 66_000;

/// The bit of answers in a command id.
const RESPONSE: u32 = 0x8000_0000;

/// The command id of generic_nack.
const GENERIC_NACK: u32 = RESPONSE;

/// The framing by the length at the beginning of each PDU.
pub(super) fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_length(4)
        // The length counts itself, and stays in the frame.
        .length_adjustment(0)
        .num_skip(0)
        .max_frame_length(MAX_PDU)
        .new_codec()
}

/// The header of a PDU, whatever its body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u32,
    pub(super) status: u32,
    pub(super) sequence: u32,
}

impl Header {
    /// The header of a frame; `None` if the frame is too short, so that its length is broken.
    pub(super) fn of(frame: &[u8]) -> Option<Self> {
        let mut rest = frame.get(4..HEADER)?;
        Some(Self { id: rest.get_u32(), status: rest.get_u32(), sequence: rest.get_u32() })
    }

    /// Returns `true` for answers, which are never answered.
    pub(super) const fn is_response(self) -> bool {
        self.id & RESPONSE != 0
    }
}

/// Reads a frame with its body.
///
/// # Errors
/// Fails with the status for the answer if the body is broken.
pub(super) fn read(mut frame: BytesMut) -> Result<Command, CommandStatus> {
    if frame.len() < HEADER {
        return Err(CommandStatus::EsmeRinvcmdlen);
    }
    // The length is not part of the command.
    frame.advance(4);
    let length = frame.len();
    let (command, _) = Command::decode(&mut frame, length).map_err(|error| status(&error))?;
    Ok(command)
}

/// The status that names the field of an error.
fn status(error: &DecodeError) -> CommandStatus {
    const FIELDS: [(SmppField, CommandStatus); 12] = [
        (SmppField::system_id, CommandStatus::EsmeRinvsysid),
        (SmppField::password, CommandStatus::EsmeRinvpaswd),
        (SmppField::system_type, CommandStatus::EsmeRinvsystyp),
        (SmppField::service_type, CommandStatus::EsmeRinvsertyp),
        (SmppField::source_addr, CommandStatus::EsmeRinvsrcadr),
        (SmppField::destination_addr, CommandStatus::EsmeRinvdstadr),
        (SmppField::schedule_delivery_time, CommandStatus::EsmeRinvsched),
        (SmppField::validity_period, CommandStatus::EsmeRinvexpiry),
        (SmppField::message_id, CommandStatus::EsmeRinvmsgid),
        (SmppField::short_message, CommandStatus::EsmeRinvmsglen),
        (SmppField::sm_length, CommandStatus::EsmeRinvmsglen),
        (SmppField::tlvs, CommandStatus::EsmeRinvtlvstream),
    ];
    let named = FIELDS.into_iter().find(|(field, _)| error.field_exists(*field));
    match (named, error.kind()) {
        (Some((_, status)), _) => status,
        (None, DecodeErrorKind::UnexpectedEof) => CommandStatus::EsmeRinvcmdlen,
        (None, _) => CommandStatus::EsmeRsyserr,
    }
}

/// Appends a PDU.
pub(super) fn write(out: &mut Vec<u8>, status: CommandStatus, sequence: u32, pdu: impl Into<Pdu>) {
    let command = Command::new(status, sequence, pdu);
    let (start, length) = (out.len(), 4 + command.length());
    out.resize(start + length, 0);
    let frame = &mut out[start..];
    frame[..4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    command.encode(&mut frame[4..]);
}

/// Appends the answer to a request that has failed: SMPP 3.4 gives it no body.
pub(super) fn write_error(out: &mut Vec<u8>, id: u32, sequence: u32, status: CommandStatus) {
    for field in [16, id | RESPONSE, status.into(), sequence] {
        out.extend_from_slice(&u32::to_be_bytes(field));
    }
}

/// Appends generic_nack.
pub(super) fn write_nack(out: &mut Vec<u8>, sequence: u32, status: CommandStatus) {
    write_error(out, GENERIC_NACK, sequence, status);
}
