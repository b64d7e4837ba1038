//! TP-VP, 3GPP TS 23.040, 9.2.3.12.

use core::time::Duration;

use crate::error::DecodeError;
use crate::field::Field;
use crate::reader::Reader;
use crate::timestamp::{Timestamp, decimals, not_decimal, swapped};
use crate::warning::{Warning, Warnings};
use crate::writer::Writer;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// The validity period: the time for which the service centre tries to deliver a message. 3GPP TS
/// 23.040, 9.2.3.12.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use pdu::{RelativeValidity, ValidityPeriod};
///
/// // 31 days are not on the scale: the next step is 5 weeks.
/// let validity = RelativeValidity::at_least(Duration::from_secs(31 * 86_400))?;
/// assert_eq!(validity.duration(), Duration::from_secs(5 * 7 * 86_400));
/// assert_eq!(ValidityPeriod::from(validity).duration(), Some(validity.duration()));
/// # Ok::<(), pdu::ValidityError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "the two bits of TP-VPF name these and none")]
#[doc(alias = "TP-VP")]
#[doc(alias = "expiry")]
pub enum ValidityPeriod {
    /// A duration from when the service centre receives the message, in one octet.
    Relative(RelativeValidity),
    /// An expiry date and time.
    Absolute(Timestamp),
    /// Seven octets with finer steps.
    Enhanced(EnhancedValidity),
}

impl ValidityPeriod {
    /// Returns the duration from when the service centre receives the message; `None` if absolute
    /// or unset.
    #[must_use]
    pub const fn duration(&self) -> Option<Duration> {
        match self {
            Self::Relative(relative) => Some(relative.duration()),
            Self::Absolute(_) => None,
            Self::Enhanced(enhanced) => enhanced.duration(),
        }
    }

    /// Returns TP-VPF, the two bits of the first octet.
    pub(crate) const fn format(validity: Option<&Self>) -> u8 {
        match validity {
            None => 0b00,
            Some(Self::Enhanced(_)) => 0b01,
            Some(Self::Relative(_)) => 0b10,
            Some(Self::Absolute(_)) => 0b11,
        }
    }

    pub(crate) const fn encoded_len(validity: Option<&Self>) -> usize {
        match validity {
            None => 0,
            Some(Self::Relative(_)) => 1,
            Some(Self::Enhanced(_) | Self::Absolute(_)) => 7,
        }
    }

    pub(crate) fn read(
        format: u8,
        reader: &mut Reader<'_>,
        warnings: &mut Warnings,
    ) -> Result<Option<Self>, DecodeError> {
        let field = Field::ValidityPeriod;
        Ok(match format & 0b11 {
            0b00 => None,
            0b10 => Some(Self::Relative(RelativeValidity(reader.octet(field)?))),
            0b01 => {
                let enhanced = EnhancedValidity(reader.array(field)?);
                warnings.add_if(!enhanced.is_known(), Warning::ReservedValidity);
                Some(Self::Enhanced(enhanced))
            }
            _ => Some(Self::Absolute(Timestamp::read(reader, field, warnings)?)),
        })
    }

    pub(crate) fn write(validity: Option<&Self>, writer: &mut Writer<'_>) {
        match validity {
            None => {}
            Some(Self::Relative(relative)) => writer.octet(relative.0),
            Some(Self::Absolute(until)) => writer.octets(&until.raw()),
            Some(Self::Enhanced(enhanced)) => writer.octets(&enhanced.0),
        }
    }
}

impl From<RelativeValidity> for ValidityPeriod {
    fn from(relative: RelativeValidity) -> Self {
        Self::Relative(relative)
    }
}

impl From<EnhancedValidity> for ValidityPeriod {
    fn from(enhanced: EnhancedValidity) -> Self {
        Self::Enhanced(enhanced)
    }
}

/// A validity on the scale of one octet: 5 minutes to 63 weeks. 3GPP TS 23.040, 9.2.3.12.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct RelativeValidity(u8);

impl RelativeValidity {
    /// The longest: 63 weeks.
    pub const MAX: Self = Self(0xFF);

    /// Returns the validity with this octet.
    #[must_use]
    pub const fn from_raw(octet: u8) -> Self {
        Self(octet)
    }

    /// Returns the octet.
    #[must_use]
    pub const fn raw(self) -> u8 {
        self.0
    }

    /// Returns the duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        let value = self.0 as u64;
        Duration::from_secs(match value {
            0..=143 => (value + 1) * 5 * MINUTE,
            144..=167 => 12 * HOUR + (value - 143) * 30 * MINUTE,
            168..=196 => (value - 166) * DAY,
            _ => (value - 192) * WEEK,
        })
    }

    /// Returns the shortest validity that is not shorter than `duration`.
    ///
    /// # Errors
    ///
    /// [`ValidityError`] if `duration` exceeds 63 weeks.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use pdu::RelativeValidity;
    ///
    /// assert_eq!(RelativeValidity::at_least(Duration::from_secs(300))?.raw(), 0);
    /// assert_eq!(RelativeValidity::at_least(Duration::from_secs(301))?.raw(), 1);
    /// # Ok::<(), pdu::ValidityError>(())
    /// ```
    pub const fn at_least(duration: Duration) -> Result<Self, ValidityError> {
        let seconds = duration.as_secs().saturating_add((duration.subsec_nanos() > 0) as u64);
        let value = if seconds <= 12 * HOUR {
            seconds.div_ceil(5 * MINUTE).saturating_sub(1)
        } else if seconds <= DAY {
            143 + (seconds - 12 * HOUR).div_ceil(30 * MINUTE)
        } else if seconds <= 30 * DAY {
            166 + seconds.div_ceil(DAY)
        } else if seconds <= 63 * WEEK {
            // 30 days and a second are five weeks begun.
            192 + seconds.div_ceil(WEEK)
        } else {
            return Err(ValidityError::TooLong);
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "every branch ends at its step of the octet"
        )]
        Ok(Self(value as u8))
    }
}

/// A validity in the enhanced form: an indicator octet and six more. 3GPP TS 23.040, 9.2.3.12.3.
///
/// Kept as received, valid or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedValidity([u8; 7]);

impl EnhancedValidity {
    /// An unset period.
    pub const UNSET: Self = Self([0; 7]);

    /// Returns the validity with these octets.
    #[must_use]
    pub const fn from_raw(octets: [u8; 7]) -> Self {
        Self(octets)
    }

    /// Returns the octets.
    #[must_use]
    pub const fn raw(self) -> [u8; 7] {
        self.0
    }

    /// Returns a validity on the scale of one octet.
    #[must_use]
    pub const fn relative(validity: RelativeValidity) -> Self {
        Self([0b001, validity.0, 0, 0, 0, 0, 0])
    }

    /// Returns a validity of 1 to 359,999 seconds (99:59:59), rounded up to whole seconds.
    ///
    /// # Errors
    ///
    /// [`ValidityError`] if `duration` is zero, or exceeds 99 hours, 59 minutes and 59 seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::time::Duration;
    /// use pdu::EnhancedValidity;
    ///
    /// let half_a_minute = EnhancedValidity::exactly(Duration::from_secs(30))?;
    /// assert_eq!(half_a_minute.raw(), [2, 30, 0, 0, 0, 0, 0]);
    /// let an_hour = EnhancedValidity::exactly(Duration::from_secs(3_723))?;
    /// assert_eq!(an_hour.raw(), [3, 0x10, 0x20, 0x30, 0, 0, 0]);
    /// # Ok::<(), pdu::ValidityError>(())
    /// ```
    #[expect(clippy::cast_possible_truncation, reason = "the ranges are checked")]
    pub const fn exactly(duration: Duration) -> Result<Self, ValidityError> {
        let seconds = duration.as_secs().saturating_add((duration.subsec_nanos() > 0) as u64);
        match seconds {
            0 => Err(ValidityError::Zero),
            1..=255 => Ok(Self([0b010, seconds as u8, 0, 0, 0, 0, 0])),
            256..=359_999 => {
                let (hours, minutes, seconds) =
                    (seconds / HOUR, seconds / MINUTE % 60, seconds % 60);
                Ok(Self([
                    0b011,
                    swapped(hours as u16),
                    swapped(minutes as u16),
                    swapped(seconds as u16),
                    0,
                    0,
                    0,
                ]))
            }
            _ => Err(ValidityError::TooLong),
        }
    }

    /// Returns the same validity with a request for a single attempt to deliver.
    #[must_use]
    pub const fn single_shot(mut self) -> Self {
        self.0[0] |= 0x40;
        self
    }

    /// Returns `true` if the service centre is to try only once.
    #[must_use]
    pub const fn is_single_shot(self) -> bool {
        self.0[0] & 0x40 != 0
    }

    /// Returns the duration, if it is set and its form is known.
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        // A further indicator octet of unknown meaning may precede the value.
        if self.0[0] & 0x80 != 0 {
            return None;
        }
        let [_, first, second, third, ..] = self.0;
        match self.0[0] & 0b111 {
            0b001 => Some(RelativeValidity(first).duration()),
            0b010 if first > 0 => Some(Duration::from_secs(first as u64)),
            0b011 => {
                let [hours, minutes, seconds, ..] =
                    decimals(in_one(first, second, third)).to_le_bytes();
                Some(Duration::from_secs(
                    hours as u64 * HOUR + minutes as u64 * MINUTE + seconds as u64,
                ))
            }
            _ => None,
        }
    }

    const fn is_known(self) -> bool {
        // Octets that a form does not use must be zero.
        match self.0 {
            [0b000 | 0x40, 0, 0, 0, 0, 0, 0] | [0b001 | 0x41, _, 0, 0, 0, 0, 0] => true,
            [0b010 | 0x42, seconds, 0, 0, 0, 0, 0] => seconds > 0,
            [0b011 | 0x43, hours, minutes, seconds, 0, 0, 0] => {
                not_decimal(in_one(hours, minutes, seconds)) == 0
            }
            _ => false,
        }
    }
}

/// Returns hours, minutes and seconds in one number.
const fn in_one(hours: u8, minutes: u8, seconds: u8) -> u64 {
    u64::from_le_bytes([hours, minutes, seconds, 0, 0, 0, 0, 0])
}

/// An error of writing a validity in the requested form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    /// The validity is longer than the form allows.
    #[error(
        "the validity is longer than can be written: 63 weeks, or 99:59:59 in the enhanced form"
    )]
    TooLong,
    /// The validity is zero.
    #[error("a validity of zero cannot be written")]
    Zero,
}
