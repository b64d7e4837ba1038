//! The time of day in the simulated network.

use core::time::Duration;

use pdu::{DateTime, Timestamp};

/// A date and time of day in a time zone.
///
/// # Examples
/// ```
/// use modem_simulator::Date;
/// let date = Date::new(2024, 6, 1, 12, 30, 0, 8).unwrap();
/// assert_eq!(date.to_string(), "24/06/01,12:30:00+08");
/// assert!(Date::new(2024, 2, 30, 0, 0, 0, 0).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    /// Seconds since the start of 1970 in UTC, up to [`LATEST`].
    seconds: i64,
    /// Quarters of an hour east of UTC, -48 to 56.
    quarters: i8,
}

/// The start of 9999 in UTC, where the calendar stops.
const LATEST: i64 = 253_370_764_800;
const EPOCH: DateTime =
    DateTime { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, quarters: 0 };

impl Date {
    /// A date from its fields, with `quarters` of an hour east of UTC; `None` for a day that the
    /// calendar does not have.
    ///
    /// Years run from 1970 to 2069, the range of two digits.
    pub fn new(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
        quarters: i8,
    ) -> Option<Self> {
        let time = DateTime { year, month, day, hour, minute, second, quarters };
        // A time stamp has the same years, and refuses a day that the calendar does not have.
        let is_date = Timestamp::new(time).is_ok() && (-48..=56).contains(&quarters);
        is_date.then(|| Self { seconds: time.unix_seconds(), quarters })
    }

    /// A date from the seconds since the start of 1970 in UTC.
    #[must_use]
    pub fn from_unix(seconds: u32, quarters: i8) -> Self {
        Self { seconds: i64::from(seconds), quarters: quarters.clamp(-48, 56) }
    }

    /// The date `elapsed` later.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        // At most 100 years: after that the two digits of the calendar repeat.
        let elapsed = i64::try_from(elapsed.as_secs().min(3_155_760_000)).unwrap_or(0);
        Self { seconds: self.seconds.saturating_add(elapsed).min(LATEST), ..self }
    }

    /// The seven semi-octet pairs of TP-SCTS, 3GPP TS 23.040, 9.2.3.11.
    #[must_use]
    pub fn timestamp(self) -> [u8; 7] {
        let time = self.date_time();
        // Two digits of the year are written; the year that they name has the same leap days.
        let year = time.year % 100;
        let year = century(year).saturating_add(year);
        Timestamp::new(DateTime { year, ..time }).unwrap_or_default().raw()
    }

    /// Reads `yy/MM/dd,hh:mm:ss` with an optional zone, as in `+CCLK` (3GPP TS 27.007, 8.15).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let field = |start: usize| -> Option<u8> {
            let digits = text.get(start..)?.get(..2)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let separators = [(2, "/"), (5, "/"), (8, ","), (11, ":"), (14, ":")];
        if !separators
            .iter()
            .all(|&(at, separator)| text.get(at..).is_some_and(|rest| rest.starts_with(separator)))
        {
            return None;
        }
        let quarters = match text.get(17..)? {
            "" => 0,
            zone => zone.parse().ok()?,
        };
        let year = u16::from(field(0)?);
        let year = century(year).saturating_add(year);
        Self::new(year, field(3)?, field(6)?, field(9)?, field(12)?, field(15)?, quarters)
    }

    fn date_time(self) -> DateTime {
        // Dates up to `LATEST` always convert.
        DateTime::from_unix_seconds(self.seconds, self.quarters).unwrap_or(EPOCH)
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let DateTime { year, month, day, hour, minute, second, quarters } = self.date_time();
        let year = year % 100;
        write!(f, "{year:02}/{month:02}/{day:02},{hour:02}:{minute:02}:{second:02}{quarters:+03}")
    }
}

/// The century of a year of two digits.
const fn century(year: u16) -> u16 {
    if year < 70 { 2000 } else { 1900 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_date_is_its_day_of_the_calendar_until_the_digits_of_the_year_repeat() {
        for (days, text) in [
            (0, "70/01/01"),
            (789, "72/02/29"),
            (10_957, "00/01/01"),
            (11_016, "00/02/29"),
            (36_159, "68/12/31"),
            // 2100 is not a leap year.
            (47_540, "00/02/28"),
            (47_541, "00/03/01"),
        ] {
            let date = Date::from_unix(days * 86_400, 0);
            assert_eq!(date.to_string()[..8], *text);
            let stamp = Timestamp::from_raw(date.timestamp()).date_time().unwrap();
            assert_eq!(stamp.to_string()[2..10], text.replace('/', "-"));
        }
        let mut late = Date::from_unix(u32::MAX, 56);
        (0..200).for_each(|_| late = late.after(Duration::MAX));
        assert_eq!(late.to_string(), "99/01/01,14:00:00+56");
    }

    #[test]
    fn the_sign_of_the_zone_is_bit_3_of_the_timestamp() {
        let west = Date::new(2024, 12, 31, 23, 59, 58, -16).unwrap();
        assert_eq!(west.timestamp(), [0x42, 0x21, 0x13, 0x32, 0x95, 0x85, 0x69]);
        assert_eq!(west.after(Duration::from_secs(2)).to_string(), "25/01/01,00:00:00-16");
    }

    #[test]
    fn a_clock_command_reads_what_it_prints() {
        for text in ["24/02/29,23:59:59+08", "70/01/01,00:00:00-48", "69/12/31,12:00:00+56"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Date::parse("24/06/01,12:00:00").unwrap().to_string(), "24/06/01,12:00:00+00");
        for text in [
            "",
            "24/13/01,00:00:00+00",
            "2024/06/01,00:00:00",
            "24/06/01,00:00:00+99",
            "24/06/01,00:00:0ü",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
