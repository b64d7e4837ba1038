//! The time of the calendar, in milliseconds since 1970, and as RFC 3339 in UTC.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time since 1970.
pub(crate) fn since_epoch() -> Duration {
    // A clock before 1970 counts as 1970.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.saturating_add(ahead())
}

/// The time by which a test of a debug build lets this clock be ahead.
fn ahead() -> Duration {
    static AHEAD: OnceLock<Duration> = OnceLock::new();
    if !cfg!(debug_assertions) {
        return Duration::ZERO;
    }
    *AHEAD.get_or_init(|| {
        let seconds = std::env::var("GATEWAY_CLOCK_AHEAD").ok();
        Duration::from_secs(seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(0))
    })
}

/// The date and the time of day in UTC.
pub(crate) fn utc() -> OffsetDateTime {
    utc_at(now())
}

/// The date and the time of day in UTC at a time in milliseconds since 1970.
pub(crate) fn utc_at(millis: i64) -> OffsetDateTime {
    let nanos = i128::from(millis).saturating_mul(1_000_000);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The time in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

/// The time as RFC 3339, to the millisecond.
pub(crate) fn format(millis: i64) -> String {
    utc_at(millis).format(&Rfc3339).unwrap_or_default()
}

/// The milliseconds of a time in RFC 3339; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos().checked_div(1_000_000)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn a_time_is_written_in_utc_and_read_in_any_zone() {
        assert_eq!(format(1_700_000_000_500), "2023-11-14T22:13:20.5Z");
        assert_eq!(parse("2023-11-14T23:13:20.5+01:00"), Some(1_700_000_000_500));
        assert_eq!(parse("tomorrow"), None);
    }
}
