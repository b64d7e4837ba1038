//! Dates and times of day: 3GPP TS 23.040, 9.2.3.11.

use pdu::{DateTime, Timestamp};

const fn at(year: u16, month: u8, day: u8, time: (u8, u8, u8), quarters: i8) -> DateTime {
    let (hour, minute, second) = time;
    DateTime { year, month, day, hour, minute, second, quarters }
}

/// Seconds as `date -u -d DATE +%s` prints them.
#[test]
fn seconds_are_counted_from_1970_in_utc() {
    for (time, seconds) in [
        (at(0, 1, 1, (0, 0, 0), 0), -62_167_219_200),
        (at(0, 2, 29, (0, 0, 0), 0), -62_162_121_600),
        (at(1, 1, 1, (0, 0, 0), 0), -62_135_596_800),
        (at(1582, 10, 15, (0, 0, 0), 0), -12_219_292_800),
        (at(1900, 2, 28, (23, 59, 59), 0), -2_203_891_201),
        (at(1900, 3, 1, (0, 0, 0), 0), -2_203_891_200),
        (at(1969, 12, 31, (23, 59, 59), 0), -1),
        (at(1970, 1, 1, (0, 0, 0), 0), 0),
        (at(1970, 1, 1, (0, 0, 0), 1), -900),
        (at(1970, 1, 1, (0, 0, 0), -4), 3_600),
        (at(1970, 3, 1, (0, 0, 0), 0), 5_097_600),
        (at(1972, 2, 29, (1, 2, 3), 0), 68_173_323),
        (at(1999, 12, 31, (23, 59, 59), 0), 946_684_799),
        (at(2000, 2, 29, (12, 0, 0), 0), 951_825_600),
        (at(2000, 3, 1, (0, 0, 0), 0), 951_868_800),
        (at(2001, 9, 9, (1, 46, 40), 0), 1_000_000_000),
        (at(2026, 2, 28, (23, 59, 1), 8), 1_772_315_941),
        (at(2038, 1, 19, (3, 14, 8), 0), 2_147_483_648),
        (at(2069, 12, 31, (23, 59, 59), 0), 3_155_759_999),
        (at(2100, 2, 28, (23, 59, 59), 0), 4_107_542_399),
        (at(2100, 3, 1, (0, 0, 0), 0), 4_107_542_400),
        (at(2400, 2, 29, (0, 0, 0), 0), 13_574_563_200),
        (at(9999, 12, 31, (23, 59, 59), 0), 253_402_300_799),
    ] {
        assert_eq!(time.unix_seconds(), seconds, "{time}");
        assert_eq!(DateTime::from_unix_seconds(seconds, time.quarters), Some(time), "{time}");
    }
}

#[test]
fn a_year_of_fewer_or_more_than_four_digits_has_no_date() {
    let (first, last) = (-62_167_219_200, 253_402_300_799);
    for (seconds, quarters) in [
        (first - 1, 0),
        (first, -1),
        (last + 1, 0),
        (last, 1),
        (i64::MIN, i8::MIN),
        (i64::MAX, i8::MAX),
    ] {
        assert_eq!(DateTime::from_unix_seconds(seconds, quarters), None, "{seconds}");
    }
}

/// Each day follows the one before, whatever its month.
#[test]
fn days_follow_each_other_from_1970_to_2069() {
    let mut days = 0;
    let last = if cfg!(miri) { 1972 } else { 2069 };
    for year in 1970..=last {
        let february = if year % 4 == 0 { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1..).zip(lengths) {
            for day in 1..=length {
                let time = at(year, month, day, (0, 0, 0), 0);
                assert_eq!(time.unix_seconds(), days * 86_400, "{time}");
                assert_eq!(DateTime::from_unix_seconds(days * 86_400, 0), Some(time));
                let stamp = Timestamp::new(time).expect("a date");
                assert_eq!(stamp.date_time(), Some(time));
                days += 1;
            }
            let none = at(year, month, length + 1, (0, 0, 0), 0);
            assert!(Timestamp::new(none).is_err(), "{none}");
        }
    }
}

#[test]
fn a_day_has_24_hours_of_60_minutes_of_60_seconds() {
    assert!(Timestamp::new(at(2026, 1, 1, (23, 59, 59), 0)).is_ok());
    for time in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
        assert!(Timestamp::new(at(2026, 1, 1, time, 0)).is_err(), "{time:?}");
    }
    for octets in [
        [0x62, 0x10, 0x10, 0x42, 0x00, 0x00, 0x00],
        [0x62, 0x10, 0x10, 0x00, 0x06, 0x00, 0x00],
        [0x62, 0x10, 0x10, 0x00, 0x00, 0x06, 0x00],
        [0x62, 0x31, 0x10, 0x00, 0x00, 0x00, 0x00],
        [0x62, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00],
    ] {
        assert_eq!(Timestamp::from_raw(octets).date_time(), None, "{octets:02X?}");
    }
}

#[test]
fn a_time_is_written_with_its_offset() {
    for (quarters, offset) in [
        (0, "+00:00"),
        (1, "+00:15"),
        (-1, "-00:15"),
        (23, "+05:45"),
        (-38, "-09:30"),
        (56, "+14:00"),
    ] {
        let time = at(2026, 2, 3, (4, 5, 6), quarters);
        assert_eq!(time.to_string(), format!("2026-02-03T04:05:06{offset}"));
    }
}

#[test]
fn a_time_stamp_displays_as_rfc_3339_or_as_its_digits() {
    for (octets, text) in [
        ([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80], "2026-02-28T23:59:01+02:00"),
        ([0x11, 0x10, 0x11, 0x71, 0x95, 0x51, 0x69], "2011-01-11T17:59:15-04:00"),
        ([0; 7], "00000000000000"),
        ([0x62, 0x20, 0x03, 0x32, 0x95, 0x10, 0x80], "62200332951080"),
    ] {
        assert_eq!(Timestamp::from_raw(octets).to_string(), text);
    }
}

#[test]
fn a_time_that_is_not_rfc_3339_is_refused() {
    let seconds = |text: &str| text.parse::<DateTime>().map(|time| time.unix_seconds()).ok();
    assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(seconds("1970-01-01T05:45:00+05:45"), Some(0));
    for text in [
        "",
        "1970-01-01",
        "1970-01-01 00:00:00Z",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.5Z",
        "1970-13-01T00:00:00Z",
        "1970-02-30T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00+00:07",
        "1970-01-01T00:00:00+00:75",
        "1970-01-01T00:00:00+99:00",
        "1970-01-01T00:00:00+02:0é",
        "+970-01-01T00:00:00Z",
    ] {
        assert_eq!(seconds(text), None, "{text}");
    }
}
