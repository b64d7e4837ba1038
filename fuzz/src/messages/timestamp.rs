//! Timestamps and validity periods.

use core::time::Duration;

use pdu::{
    Address, Deliver, EnhancedValidity, RelativeValidity, Submit, Timestamp, ValidityPeriod,
    Warning,
};

use super::encoded;
use crate::input::Input;

/// Input: a timestamp of seven octets, then a validity period: seconds in four octets, a step in
/// one, the enhanced form in seven.
pub fn timestamp(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = input.array::<7>();
    stamp(raw);
    let duration = Duration::from_secs(u32::from_be_bytes(input.array()).into());
    relative(duration, input.byte());
    exactly(duration);
    let enhanced = EnhancedValidity::from_raw(input.array());
    for validity in
        [ValidityPeriod::Enhanced(enhanced), ValidityPeriod::Absolute(Timestamp::from_raw(raw))]
    {
        survives(validity);
    }
}

fn stamp(raw: [u8; 7]) {
    let stamp = Timestamp::from_raw(raw);
    let mut deliver = Deliver::new("12345".parse::<Address>().unwrap(), stamp);
    deliver.more_messages = true;
    let decoded = Deliver::decode(&encoded(&deliver)).unwrap();
    assert_eq!(decoded.value.timestamp, stamp);
    assert_eq!(decoded.warnings.contains(Warning::TimestampInvalid), stamp.date_time().is_none());
    let digits = raw.map(|octet| [octet & 0xF, octet >> 4]);
    let zone = [digits[6][0] & 0x7, digits[6][1]];
    let decimal = digits[..6].iter().flatten().chain(&zone).all(|&digit| digit <= 9);
    assert_eq!(decoded.warnings.contains(Warning::TimestampDigit), !decimal);

    let Some(time) = stamp.date_time() else { return };
    let again = Timestamp::new(time).unwrap();
    assert_eq!(again.date_time(), Some(time));
    if decimal && time.quarters != 0 {
        assert_eq!(again, stamp);
    }
    assert_eq!(time.unix_seconds(), seconds_by_counting_days(&time));
    assert_eq!(pdu::DateTime::from_unix_seconds(time.unix_seconds(), time.quarters), Some(time));
    let text = time.to_string();
    assert_eq!(text.len(), 25);
    assert!(text.starts_with(&format!("{:04}-{:02}-{:02}T", time.year, time.month, time.day)));
}

fn seconds_by_counting_days(time: &pdu::DateTime) -> i64 {
    let is_leap = |year: u16| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut days: i64 = (1970..time.year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths =
        [31, if is_leap(time.year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths[..usize::from(time.month) - 1].iter().sum::<i64>() + i64::from(time.day) - 1;
    let minutes = (days * 24 + i64::from(time.hour)) * 60 + i64::from(time.minute);
    minutes * 60 + i64::from(time.second) - i64::from(time.quarters) * 900
}

fn relative(duration: Duration, step: u8) {
    let given = RelativeValidity::from_raw(step);
    assert_eq!(RelativeValidity::at_least(given.duration()), Ok(given));
    if let Some(next) = step.checked_add(1) {
        assert!(RelativeValidity::from_raw(next).duration() > given.duration());
    }
    match RelativeValidity::at_least(duration) {
        Ok(validity) => {
            assert!(validity.duration() >= duration);
            if let Some(before) = validity.raw().checked_sub(1) {
                assert!(RelativeValidity::from_raw(before).duration() < duration);
            }
            survives(ValidityPeriod::Relative(validity));
        }
        Err(_) => assert!(duration > RelativeValidity::MAX.duration()),
    }
}

fn exactly(duration: Duration) {
    if let Ok(validity) = EnhancedValidity::exactly(duration) {
        assert_eq!(validity.duration(), Some(duration));
        assert_eq!(validity.single_shot().duration(), Some(duration));
        assert!(validity.single_shot().is_single_shot() && !validity.is_single_shot());
    } else {
        assert!(duration.is_zero() || duration.as_secs() > 359_999);
    }
}

fn survives(validity: ValidityPeriod) {
    let mut submit = Submit::new("12345".parse::<Address>().unwrap());
    submit.validity = Some(validity);
    assert_eq!(Submit::decode(&encoded(&submit)).unwrap().value, submit);
}
