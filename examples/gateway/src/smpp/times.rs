//! Times of SMPP 3.4, 7.1.1: `YYMMDDhhmmsstnnp`, absolute with an offset to UTC, or relative.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// A time of a PDU, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmppTime {
    /// The time since 1970.
    Absolute(i64),
    /// The time from now.
    Relative(i64),
}

impl SmppTime {
    /// Reads a time of 16 characters; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || !bytes[..15].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let pair = |at: usize| {
            let digits = [bytes.get(at), bytes.get(at + 1)];
            digits.into_iter().flatten().fold(0, |sum, digit| sum * 10 + (digit - b'0'))
        };
        let [year, month, day, hour, minute, second] = [0, 2, 4, 6, 8, 10].map(pair);
        let tenths = i64::from(bytes[12] - b'0');
        let sign = match bytes[15] {
            b'R' => {
                // A year and a month are taken for 365 and 30 days.
                let days = i64::from(year) * 365 + i64::from(month) * 30 + i64::from(day);
                let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
                return Some(Self::Relative((days * 86_400 + seconds) * 1000));
            }
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let quarters = pair(13);
        if quarters > 48 {
            return None;
        }
        let month = Month::try_from(month).ok()?;
        let date = Date::from_calendar_date(2000 + i32::from(year), month, day).ok()?;
        let time = Time::from_hms(hour, minute, second).ok()?;
        let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
        let offset = sign * i64::from(quarters) * 15 * 60;
        Some(Self::Absolute((seconds - offset) * 1000 + tenths * 100))
    }

    /// The time since 1970, seen from `now`.
    pub(super) const fn at(self, now: i64) -> i64 {
        match self {
            Self::Absolute(at) => at,
            Self::Relative(left) => now.saturating_add(left),
        }
    }
}

/// The date of a receipt: ten digits, `YYMMDDhhmm`, in a time zone given in minutes east of UTC.
pub(super) fn date(millis: i64, offset: i16) -> String {
    let time = local(millis, offset);
    format!(
        "{:02}{:02}{:02}{:02}{:02}",
        time.year().rem_euclid(100),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute()
    )
}

/// An absolute time of 16 characters in UTC.
pub(super) fn absolute(millis: i64) -> String {
    let time = local(millis, 0);
    let tenths = millis.rem_euclid(1000) / 100;
    format!("{}{:02}{tenths}00+", date(millis, 0), time.second())
}

fn local(millis: i64, offset: i16) -> OffsetDateTime {
    let seconds = millis.div_euclid(1000).saturating_add(i64::from(offset) * 60);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::{SmppTime, absolute, date};

    #[test]
    fn times_are_read_as_the_standard_says() {
        use SmppTime::{Absolute, Relative};
        let table = [
            ("000001000000000R", Some(Relative(86_400_000))),
            ("020610233429000R", Some(Relative((920 * 86_400 + 84_869) * 1000))),
            ("000000000000000R", Some(Relative(0))),
            ("231114221320500+", Some(Absolute(1_700_000_000_500))),
            ("231114231320004+", Some(Absolute(1_700_000_000_000))),
            ("231114171320020-", Some(Absolute(1_700_000_000_000))),
            ("231114231320049+", None),
            ("231314231320000+", None),
            ("231114241320000+", None),
            ("230230000000000+", None),
            ("zzzzzzzzzzzzzzzz", None),
            ("000001000000000r", None),
            ("0000010000000000", None),
            ("00000100000000R", None),
            ("", None),
            ("00000100000000€", None),
        ];
        for (text, expected) in table {
            assert_eq!(SmppTime::read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_has_ten_digits_in_the_zone_of_the_account() {
        assert_eq!(date(1_700_000_000_500, 0), "2311142213");
        assert_eq!(date(1_700_000_000_500, 120), "2311150013");
        assert_eq!(date(1_700_000_000_500, -210), "2311141843");
        assert_eq!(absolute(1_700_000_000_500), "231114221320500+");
        let text = absolute(1_700_000_000_500);
        assert_eq!(SmppTime::read(&text), Some(SmppTime::Absolute(1_700_000_000_500)));
    }
}
