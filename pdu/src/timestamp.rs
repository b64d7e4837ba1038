//! TP-SCTS, 3GPP TS 23.040, 9.2.3.11, and the fields of the same layout.

use core::fmt;
use core::str::FromStr;

use crate::error::DecodeError;
use crate::field::Field;
use crate::reader::Reader;
use crate::warning::{Warning, Warnings};

/// The time at which the service centre received a message, or discharged it (TP-DT): seven octets
/// as received.
///
/// Some networks send octets that are not a date. They are kept, and [`date_time`](Self::date_time)
/// then returns `None`. 3GPP TS 23.040, 9.2.3.11.
///
/// [`Display`](fmt::Display) writes RFC 3339 with the offset, such as `2026-02-28T23:59:01+02:00`.
/// A time stamp that is not a date, an unset one among them, is written as its 14 hexadecimal
/// digits. With the feature `serde` it is saved in the same way, except that the digits are also
/// used if the date would lose something of the received octets.
///
/// # Examples
///
/// ```
/// use pdu::Timestamp;
///
/// let stamp = Timestamp::from_raw([0x11, 0x10, 0x11, 0x71, 0x95, 0x51, 0x69]);
/// assert_eq!(stamp.date_time().unwrap().to_string(), "2011-01-11T17:59:15-04:00");
/// assert_eq!(stamp.to_string(), "2011-01-11T17:59:15-04:00");
/// assert_eq!(Timestamp::default().date_time(), None);
/// assert_eq!(Timestamp::default().to_string(), "00000000000000");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "TP-SCTS")]
#[doc(alias = "RFC 3339")]
// Aligned like a number: a small processor copies it in two steps. A fast one would wait for the
// octets that were written one by one.
#[cfg_attr(not(feature = "fast"), repr(align(8)))]
pub struct Timestamp([u8; 7]);

impl Timestamp {
    /// Returns the time stamp with these octets.
    #[must_use]
    pub const fn from_raw(octets: [u8; 7]) -> Self {
        Self(octets)
    }

    /// Returns the octets.
    #[must_use]
    pub const fn raw(self) -> [u8; 7] {
        self.0
    }

    /// Returns the calendar date and time of the octets, if they are valid.
    ///
    /// A semi-octet that is not a decimal digit counts as 0. The two digits of the year stand for
    /// 1970 to 2069.
    #[must_use]
    #[inline]
    pub const fn date_time(self) -> Option<DateTime> {
        let [year, month, day, hour, minute, second, quarters, _] =
            decimals(self.digits()).to_le_bytes();
        let date_time = DateTime {
            year: if year >= 70 { 1900 + year as u16 } else { 2000 + year as u16 },
            month,
            day,
            hour,
            minute,
            second,
            // At most 79.
            quarters: if self.is_offset_negative() { -(quarters as i8) } else { quarters as i8 },
        };
        if date_time.is_valid() { Some(date_time) } else { None }
    }

    /// Creates the time stamp of a date and time.
    ///
    /// # Errors
    ///
    /// [`DateTimeError`] if the date is invalid, the year is outside 1970 to 2069, or the offset
    /// exceeds 79 quarters.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::{DateTime, Timestamp};
    ///
    /// let time = DateTime {
    ///     year: 2026,
    ///     month: 2,
    ///     day: 28,
    ///     hour: 23,
    ///     minute: 59,
    ///     second: 1,
    ///     quarters: -16,
    /// };
    /// let stamp = Timestamp::new(time)?;
    /// assert_eq!(stamp.raw(), [0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x69]);
    /// assert_eq!(stamp.date_time(), Some(time));
    /// # Ok::<(), pdu::DateTimeError>(())
    /// ```
    pub const fn new(time: DateTime) -> Result<Self, DateTimeError> {
        if !time.is_valid()
            || time.year < 1970
            || time.year > 2069
            || time.quarters.unsigned_abs() > 79
        {
            return Err(DateTimeError);
        }
        let sign = if time.quarters < 0 { 0x08 } else { 0 };
        Ok(Self([
            swapped(time.year % 100),
            swapped(time.month as u16),
            swapped(time.day as u16),
            swapped(time.hour as u16),
            swapped(time.minute as u16),
            swapped(time.second as u16),
            swapped(time.quarters.unsigned_abs() as u16) | sign,
        ]))
    }

    #[inline]
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        field: Field,
        warnings: &mut Warnings,
    ) -> Result<Self, DecodeError> {
        let stamp = Self(reader.array(field)?);
        stamp.check(warnings);
        Ok(stamp)
    }

    #[inline]
    pub(crate) fn check(self, warnings: &mut Warnings) {
        warnings.add_if(not_decimal(self.digits()) != 0, Warning::TimestampDigit);
        warnings.add_if(self.date_time().is_none(), Warning::TimestampInvalid);
    }

    /// Returns the octets without the sign of the zone, in one number, since every message has
    /// them.
    const fn digits(self) -> u64 {
        let [year, month, day, hour, minute, second, zone] = self.0;
        u64::from_le_bytes([year, month, day, hour, minute, second, zone & !ZONE_SIGN, 0])
    }

    /// Returns `true` if the offset from UTC is negative.
    const fn is_offset_negative(self) -> bool {
        self.0[6] & ZONE_SIGN != 0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date_time() {
            Some(time) => time.fmt(f),
            None => self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}")),
        }
    }
}

/// The sign of the zone is the top bit of its first digit.
const ZONE_SIGN: u8 = 0x08;

/// Years after which the Gregorian calendar repeats, and their days.
const ERA_YEARS: i64 = 400;
const ERA_DAYS: i64 = 146_097;
/// The days from 0000-03-01 to 1970-01-01.
const EPOCH_DAY: i64 = 719_468;
const DAY_SECONDS: i64 = 24 * 60 * 60;
const QUARTER_SECONDS: i64 = 15 * 60;

/// A calendar date and time of day with its offset from UTC.
///
/// [`Display`](fmt::Display) writes RFC 3339, and [`FromStr`] reads it. So does the feature
/// `serde`. Other calendar libraries read the same text, or take
/// [`unix_seconds`](Self::unix_seconds).
///
/// # Examples
///
/// ```
/// let time: pdu::DateTime = "2026-02-28T23:59:01+02:00".parse()?;
/// assert_eq!((time.year, time.quarters), (2026, 8));
/// assert_eq!(time.to_string(), "2026-02-28T23:59:01+02:00");
/// # Ok::<(), pdu::DateTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "RFC 3339")]
pub struct DateTime {
    /// The year.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 59.
    pub second: u8,
    /// The offset of local time from UTC, in quarters of an hour; positive if local time is ahead.
    pub quarters: i8,
}

impl DateTime {
    /// Returns the seconds since 1970-01-01 00:00:00 UTC; negative before.
    ///
    /// # Examples
    ///
    /// ```
    /// let stamp = pdu::Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80]);
    /// assert_eq!(stamp.date_time().unwrap().unix_seconds(), 1_772_315_941);
    /// ```
    #[must_use]
    pub const fn unix_seconds(&self) -> i64 {
        // Years begin in March, so that the leap day is the last one.
        let year = self.year as i64 - (self.month <= 2) as i64;
        let month = (self.month as i64 + 9) % 12;
        let (era, year) = (year.div_euclid(ERA_YEARS), year.rem_euclid(ERA_YEARS));
        let day = year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + self.day as i64 - 1;
        let days = era * ERA_DAYS + day - EPOCH_DAY;
        let seconds = (self.hour as i64 * 60 + self.minute as i64) * 60 + self.second as i64;
        days * DAY_SECONDS + seconds - self.quarters as i64 * QUARTER_SECONDS
    }

    /// Returns the local date and time `seconds` after 1970-01-01 00:00:00 UTC, at an offset of
    /// `quarters`.
    ///
    /// This is the inverse of [`unix_seconds`](Self::unix_seconds), in the proleptic Gregorian
    /// calendar. Returns `None` outside the years 0 to 9999, which RFC 3339 can write.
    ///
    /// # Examples
    ///
    /// ```
    /// use pdu::DateTime;
    ///
    /// let time = DateTime::from_unix_seconds(1_772_315_941, 8).unwrap();
    /// assert_eq!(time.to_string(), "2026-02-28T23:59:01+02:00");
    /// assert_eq!(time.unix_seconds(), 1_772_315_941);
    /// let before = DateTime::from_unix_seconds(-1, 0).unwrap();
    /// assert_eq!(before.to_string(), "1969-12-31T23:59:59+00:00");
    /// assert_eq!(DateTime::from_unix_seconds(i64::MAX, 0), None);
    /// ```
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "each field is in its range"
    )]
    pub const fn from_unix_seconds(seconds: i64, quarters: i8) -> Option<Self> {
        let local = seconds.saturating_add(quarters as i64 * QUARTER_SECONDS);
        let (days, second) = (local.div_euclid(DAY_SECONDS), local.rem_euclid(DAY_SECONDS));
        // Days since 0000-03-01; years begin in March, as above.
        let days = days + EPOCH_DAY;
        let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * ERA_YEARS + year + (month <= 2) as i64;
        if year < 0 || year > 9999 {
            return None;
        }
        Some(Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            quarters,
        })
    }

    pub(crate) const fn is_valid(&self) -> bool {
        self.day >= 1
            && self.day <= days_in(self.year, self.month)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, quarters } = *self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let sign = if quarters < 0 { '-' } else { '+' };
        let minutes = u16::from(quarters.unsigned_abs()) * 15;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for DateTime {
    type Err = DateTimeError;

    /// Reads RFC 3339 without a fraction, such as `2026-02-28T23:59:01+02:00`; `Z` is an offset of
    /// zero, and any other one is a multiple of 15 minutes.
    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        let two = |at: usize| match text.as_bytes().get(at..at + 2) {
            Some(&[tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => {
                Ok(10 * (tens - b'0') + (ones - b'0'))
            }
            _ => Err(DateTimeError),
        };
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if separators.iter().any(|&(at, separator)| text.as_bytes().get(at) != Some(&separator)) {
            return Err(DateTimeError);
        }
        let quarters = match text.as_bytes().get(19..) {
            Some(b"Z") => 0,
            Some([sign @ (b'+' | b'-'), _, _, b':', _, _]) => {
                let minutes = two(23)?;
                // At most 99 hours are 399 quarters.
                let quarters = 4 * i16::from(two(20)?) + i16::from(minutes / 15);
                let quarters = if *sign == b'-' { -quarters } else { quarters };
                match i8::try_from(quarters) {
                    Ok(quarters) if minutes < 60 && minutes % 15 == 0 => quarters,
                    _ => return Err(DateTimeError),
                }
            }
            _ => return Err(DateTimeError),
        };
        let time = Self {
            year: 100 * u16::from(two(0)?) + u16::from(two(2)?),
            month: two(5)?,
            day: two(8)?,
            hour: two(11)?,
            minute: two(14)?,
            second: two(17)?,
            quarters,
        };
        if time.is_valid() { Ok(time) } else { Err(DateTimeError) }
    }
}

/// The date and time are invalid, or seven octets cannot represent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the time is invalid: use RFC 3339, years 1970 to 2069, and an offset of at most 79 quarters of an hour"
)]
pub struct DateTimeError;

/// Returns the days of a month, or 0 if there is no such month.
const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        // Every fourth year that seven octets can represent is a leap year, 2000 too.
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 0,
    }
}

/// Returns the two digits of each octet, low semi-octet first; a semi-octet above 9 counts as 0.
pub(crate) const fn decimals(octets: u64) -> u64 {
    let digits = octets & !((not_decimal(octets) >> 3) * 0xF);
    (digits & 0x0F0F_0F0F_0F0F_0F0F) * 10 + (digits >> 4 & 0x0F0F_0F0F_0F0F_0F0F)
}

/// Returns the top bit of each semi-octet that is not a decimal digit: 8 is set, and 4 or 2.
pub(crate) const fn not_decimal(octets: u64) -> u64 {
    octets & (octets << 1 | octets << 2) & 0x8888_8888_8888_8888
}

/// Returns two digits with the tens in the low semi-octet. `value` is below 100.
pub(crate) const fn swapped(value: u16) -> u8 {
    (value / 10 % 10) as u8 | ((value % 10) as u8) << 4
}
