//! The time of day in the simulated network.

use core::time::Duration;

/// A moment of local time and its distance from UTC.
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
    /// Seconds of local time since the start of 1970.
    seconds: i64,
    /// Quarters of an hour east of UTC, -48 to 56.
    quarters: i8,
}

impl Date {
    /// A date from its fields, `quarters` of an hour east of UTC; none for a day that the calendar does not have.
    ///
    /// Years run from 1970 to 2069, as two digits can tell them apart.
    pub fn new(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
        quarters: i8,
    ) -> Option<Self> {
        if !(1970..=2069).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 59
            || !(-48..=56).contains(&quarters)
        {
            return None;
        }
        let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
        let clock = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let date = Self {
            seconds: days * 86_400 + clock,
            quarters,
        };
        (date.civil() == (i64::from(year), i64::from(month), i64::from(day))).then_some(date)
    }

    /// A date from the seconds since the start of 1970 in UTC.
    #[must_use]
    pub fn from_unix(seconds: u32, quarters: i8) -> Self {
        let quarters = quarters.clamp(-48, 56);
        Self {
            seconds: i64::from(seconds) + i64::from(quarters) * 900,
            quarters,
        }
    }

    /// The date `elapsed` later.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        // A hundred years at most: the calendar repeats its two digits after that anyway.
        let elapsed = i64::try_from(elapsed.as_secs().min(3_155_760_000)).unwrap_or(0);
        Self {
            seconds: self.seconds + elapsed,
            ..self
        }
    }

    /// The seven semi-octet pairs of TP-SCTS, 3GPP TS 23.040, 9.2.3.11.
    #[must_use]
    pub fn timestamp(self) -> [u8; 7] {
        let (year, month, day) = self.civil();
        let (hour, minute, second) = self.clock();
        let zone = swapped(i64::from(self.quarters.unsigned_abs()));
        let sign = if self.quarters < 0 { 0x08 } else { 0 };
        let [year, month, day, hour, minute, second] =
            [year % 100, month, day, hour, minute, second].map(swapped);
        [year, month, day, hour, minute, second, zone | sign]
    }

    /// Reads `yy/MM/dd,hh:mm:ss` with an optional zone, as `+CCLK` has it (3GPP TS 27.007, 8.15).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let field = |start: usize| -> Option<u8> {
            let digits = text.get(start..start + 2)?;
            digits
                .bytes()
                .all(|octet| octet.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let separators = [(2, "/"), (5, "/"), (8, ","), (11, ":"), (14, ":")];
        if separators
            .iter()
            .any(|&(at, separator)| text.get(at..at + 1) != Some(separator))
        {
            return None;
        }
        let quarters = match text.get(17..)? {
            "" => 0,
            zone => zone.parse().ok()?,
        };
        let year = u16::from(field(0)?);
        let year = if year < 70 { 2000 + year } else { 1900 + year };
        Self::new(
            year,
            field(3)?,
            field(6)?,
            field(9)?,
            field(12)?,
            field(15)?,
            quarters,
        )
    }

    /// Year, month, day.
    fn civil(self) -> (i64, i64, i64) {
        civil_from_days(self.seconds.div_euclid(86_400))
    }

    /// Hour, minute, second.
    fn clock(self) -> (i64, i64, i64) {
        let second = self.seconds.rem_euclid(86_400);
        (second / 3600, second / 60 % 60, second % 60)
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (year, month, day) = self.civil();
        let (hour, minute, second) = self.clock();
        let year = year % 100;
        write!(
            f,
            "{year:02}/{month:02}/{day:02},{hour:02}:{minute:02}:{second:02}{:+03}",
            self.quarters
        )
    }
}

fn swapped(number: i64) -> u8 {
    let number = u8::try_from(number.rem_euclid(100)).unwrap_or(0);
    ((number % 10) << 4) | (number / 10)
}

/// Days since the start of 1970, of the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn days_follow_each_other_through_leap_years() {
        let mut expected = days_from_civil(1970, 1, 1);
        assert_eq!(expected, 0);
        for year in 1970..=2069 {
            for month in 1..=12 {
                let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                let length = match month {
                    2 => 28 + i64::from(leap),
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for day in 1..=length {
                    assert_eq!(days_from_civil(year, month, day), expected);
                    assert_eq!(civil_from_days(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn the_sign_of_the_zone_is_bit_3_of_the_timestamp() {
        let west = Date::new(2024, 12, 31, 23, 59, 58, -16).unwrap();
        assert_eq!(west.timestamp(), [0x42, 0x21, 0x13, 0x32, 0x95, 0x85, 0x69]);
        assert_eq!(
            west.after(Duration::from_secs(2)).to_string(),
            "25/01/01,00:00:00-16"
        );
    }

    #[test]
    fn a_clock_command_reads_what_it_prints() {
        for text in [
            "24/02/29,23:59:59+08",
            "70/01/01,00:00:00-48",
            "69/12/31,12:00:00+56",
        ] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Date::parse("24/06/01,12:00:00").unwrap().to_string(),
            "24/06/01,12:00:00+00"
        );
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
