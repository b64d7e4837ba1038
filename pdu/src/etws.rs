//! ETWS primary notifications, 3GPP TS 23.041, 9.4.1.3.

use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::field::Field;
use crate::message_id::MessageId;
use crate::page::SerialNumber;
use crate::reader::Reader;
use crate::timestamp::Timestamp;
use crate::warning::{Decoded, Warning, Warnings};
use crate::writer::Writer;

/// Octets before the warning security information.
const HEAD: usize = 6;
/// Octets of warning security information: a time stamp and a signature.
const SECURITY: usize = 50;

/// The primary notification of the Earthquake and Tsunami Warning System: a warning without text.
///
/// The text follows in a page with the same identifier, the secondary notification. 3GPP TS 23.041,
/// 9.4.1.3.
///
/// # Examples
///
/// ```
/// use pdu::{EtwsPrimary, WarningType};
///
/// let warning = EtwsPrimary::decode(&[0x30, 0x40, 0x11, 0x02, 0x05, 0x80])?.value;
/// assert_eq!(warning.warning_type.value(), WarningType::EARTHQUAKE_AND_TSUNAMI);
/// assert!(warning.warning_type.is_emergency_user_alert() && warning.warning_type.is_popup());
/// assert_eq!(warning.issued_at(), None);
/// # Ok::<(), pdu::DecodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias = "earthquake warning")]
pub struct EtwsPrimary {
    /// The serial number, whose alert bits normally agree with those of the warning type.
    pub serial_number: SerialNumber,
    /// The message identifier, 4352 to 4359.
    pub message_id: MessageId,
    /// The warning type.
    pub warning_type: WarningType,
    len: u8,
    security: [u8; SECURITY],
}

impl EtwsPrimary {
    /// The octets of a full notification.
    pub const LEN: usize = HEAD + SECURITY;

    /// Returns `true` if octets are a primary notification: an ETWS identifier, and at most 56
    /// octets.
    ///
    /// Only the length tells it apart from a page. A page that a modem cuts to 56 octets is read as
    /// a notification, and its octets are kept.
    #[must_use]
    pub fn recognises(octets: &[u8]) -> bool {
        let id = match *octets {
            [_, _, a, b, ..] => MessageId(u16::from_be_bytes([a, b])),
            _ => return false,
        };
        octets.len() <= Self::LEN && id.is_etws()
    }

    /// Reads octets; the warning security information may be missing or cut.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the notification ends before its warning type, or is longer than 56
    /// octets.
    pub fn decode(octets: &[u8]) -> Result<Decoded<Self>, DecodeError> {
        let mut reader = Reader::new(octets);
        let [a, b, c, d, e, f] = reader.array(Field::PageHeader)?;
        let rest = reader.rest();
        let mut security = [0; SECURITY];
        let Some(space) = security.get_mut(..rest.len()) else {
            let kind = DecodeErrorKind::PageLength(octets.len());
            return Err(DecodeError::new(Field::PageHeader, Self::LEN, kind));
        };
        space.copy_from_slice(rest);
        let value = Self {
            serial_number: SerialNumber::from_raw(u16::from_be_bytes([a, b])),
            message_id: MessageId(u16::from_be_bytes([c, d])),
            warning_type: WarningType(u16::from_be_bytes([e, f])),
            // At most 50.
            len: u8::try_from(rest.len()).unwrap_or(u8::MAX),
            security,
        };
        let mut warnings = Warnings::NONE;
        warnings.add_if(value.warning_type.0 & 0x7F != 0, Warning::SpareBits);
        Ok(Decoded { value, warnings })
    }

    /// Writes the notification as it was read, and returns its length.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the buffer is too small; 56 octets always suffice.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        let mut writer = Writer::new(out, HEAD + usize::from(self.len))?;
        writer.octets(&self.serial_number.raw().to_be_bytes());
        writer.octets(&self.message_id.0.to_be_bytes());
        writer.octets(&self.warning_type.0.to_be_bytes());
        writer.octets(self.security());
        Ok(writer.finish())
    }

    /// Returns the warning security information as received: at most 50 octets.
    #[must_use]
    pub fn security(&self) -> &[u8] {
        &self.security[..usize::from(self.len)]
    }

    /// Returns the time of the signature, if there is one.
    ///
    /// Networks that do not sign omit the security information, or fill it with zeros.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        let stamp = Timestamp::from_raw(*self.security().first_chunk()?);
        (stamp != Timestamp::default()).then_some(stamp)
    }

    /// Returns the digital signature, 43 octets unless it was cut.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.security().get(7..).unwrap_or_default()
    }
}

/// The warning type of an ETWS primary notification. 3GPP TS 23.041, 9.3.24.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct WarningType(u16);

impl WarningType {
    /// The value of an earthquake.
    pub const EARTHQUAKE: u8 = 0;
    /// The value of a tsunami.
    pub const TSUNAMI: u8 = 1;
    /// The value of an earthquake and a tsunami.
    pub const EARTHQUAKE_AND_TSUNAMI: u8 = 2;
    /// The value of a test.
    pub const TEST: u8 = 3;
    /// The value of another emergency.
    pub const OTHER: u8 = 4;

    /// Returns the warning type with these bits.
    #[must_use]
    pub const fn from_raw(bits: u16) -> Self {
        Self(bits)
    }

    /// Returns the bits.
    #[must_use]
    pub const fn raw(self) -> u16 {
        self.0
    }

    /// Returns the value, 0 to 127; 5 and above are reserved.
    #[must_use]
    pub const fn value(self) -> u8 {
        (self.0 >> 9) as u8
    }

    /// Returns `true` if the mobile is to alert its user by sound and vibration.
    #[must_use]
    pub const fn is_emergency_user_alert(self) -> bool {
        self.0 & 0x100 != 0
    }

    /// Returns `true` if the mobile is to show the warning at once.
    #[must_use]
    pub const fn is_popup(self) -> bool {
        self.0 & 0x80 != 0
    }
}
