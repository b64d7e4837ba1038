//! The modem's clock, 3GPP TS 27.007, 8.15, 8.40 and 8.41.

use alloc::format;
use alloc::string::String;

use crate::command::{Command, ParseError, ParseErrorKind, line_of};
use crate::event::Response;
use crate::request::Request;

/// A date and time of day with its time zone, `yy/MM/dd,hh:mm:ss[+zz]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    /// The year, of four digits. Two digits on the wire mean a year from 2000 to 2099.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day, 1 to 31.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 60; 60 is a leap second.
    pub second: u8,
    /// Quarters of an hour from UTC to local time; `None` if the modem does not say.
    pub zone: Option<i8>,
}

impl Time {
    fn of(text: &str) -> Option<Self> {
        let (clock, zone) = text.split_at(text.rfind(['+', '-']).unwrap_or(text.len()));
        let mut numbers = clock.split(['/', ',', ':', ' ']).filter(|part| !part.is_empty());
        let year: u16 = numbers.next()?.parse().ok()?;
        let mut number = |range: core::ops::RangeInclusive<u8>| -> Option<u8> {
            numbers.next()?.parse().ok().filter(|number| range.contains(number))
        };
        Some(Self {
            year: match year {
                0..=99 => year.saturating_add(2000),
                _ => year,
            },
            month: number(1..=12)?,
            day: number(1..=31)?,
            hour: number(0..=23)?,
            minute: number(0..=59)?,
            // 60 is a leap second.
            second: number(0..=60)?,
            zone: zone.parse().ok(),
        })
    }
}

/// `AT+CCLK?`: reads the clock.
#[doc(alias = "CCLK")]
#[doc(alias = "+CCLK")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadClock;

impl Command for ReadClock {
    type Output = Time;

    fn request(&self) -> Request {
        Request::built("AT+CCLK?")
    }

    fn parse(&self, response: &Response) -> Result<Time, ParseError> {
        let parameters = line_of(response, "+CCLK")?;
        // The quotes do not matter, and without them the comma between date and time looks like one
        // between fields.
        let is_around = |letter: &char| matches!(letter, '"' | '(' | ')');
        let text = String::from_utf8_lossy(parameters.rest());
        let text: String = text.chars().filter(|letter| !is_around(letter)).collect();
        Time::of(text.trim()).ok_or_else(|| parameters.error(ParseErrorKind::Form("time")))
    }
}

/// `AT+CCLK="yy/MM/dd,hh:mm:ss+zz"`: sets the clock.
#[doc(alias = "CCLK")]
#[doc(alias = "+CCLK")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetClock(pub Time);

impl Command for SetClock {
    type Output = ();

    fn request(&self) -> Request {
        let Time { year, month, day, hour, minute, second, zone } = self.0;
        let year = year % 100;
        let zone = zone.map(|zone| format!("{zone:+03}")).unwrap_or_default();
        Request::built(format!(
            "AT+CCLK=\"{year:02}/{month:02}/{day:02},{hour:02}:{minute:02}:{second:02}{zone}\""
        ))
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CTZU=<onoff>`: turns the update of the clock by the network on or off.
#[doc(alias = "CTZU")]
#[doc(alias = "+CTZU")]
#[doc(alias = "NITZ")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTimeUpdate(pub bool);

impl Command for SetTimeUpdate {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CTZU=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CTZU?`: returns `true` if the network updates the clock.
#[doc(alias = "CTZU")]
#[doc(alias = "+CTZU")]
#[doc(alias = "NITZ")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTimeUpdate;

impl Command for ReadTimeUpdate {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built("AT+CTZU?")
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CTZU")?.number::<u8>("onoff")? == 1)
    }
}

/// `AT+CTZR=<reporting>`: sets the URC for changes of the time zone.
///
/// The values are 0 none, 1 `+CTZV`, 2 `+CTZE`, 3 `+CTZEU`.
#[doc(alias = "CTZR")]
#[doc(alias = "+CTZR")]
#[doc(alias = "CTZV")]
#[doc(alias = "CTZE")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetZoneReports(pub u8);

impl Command for SetZoneReports {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CTZR=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_read_in_every_form() {
        let time =
            |year, zone| Time { year, month: 6, day: 27, hour: 19, minute: 1, second: 4, zone };
        for (line, expected) in [
            ("+CCLK: \"16/06/27,19:01:04+08\"", time(2016, Some(8))),
            ("+CCLK: \"16/06/27,19:01:04-32\"", time(2016, Some(-32))),
            ("+CCLK: \"16/06/27,19:01:04\"", time(2016, None)),
            ("+CCLK: \"2016/06/27,19:01:04\"", time(2016, None)),
            ("+CCLK: 2016/06/27,19:01:04", time(2016, None)),
            ("+CCLK: \"16/06/27,19:01:04+8\"", time(2016, Some(8))),
            ("+CCLK: \"99/06/27,19:01:04-47\"", time(2099, Some(-47))),
        ] {
            assert_eq!(ReadClock.parse(&Response::ok([line])), Ok(expected), "{line}");
        }
        for line in ["+CCLK: \"\"", "+CCLK: \"16/13/27,19:01:04\"", "+CCLK: \"x\""] {
            assert!(ReadClock.parse(&Response::ok([line])).is_err(), "{line}");
        }
    }

    #[test]
    fn the_clock_is_written_with_its_zone() {
        let time =
            Time { year: 2016, month: 6, day: 27, hour: 9, minute: 1, second: 4, zone: Some(-4) };
        assert_eq!(SetClock(time).request().line(), b"AT+CCLK=\"16/06/27,09:01:04-04\"");
    }
}
