//! The engine's clock: milliseconds that the caller counts.

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;
use core::time::Duration;

/// A moment on the caller's clock, in milliseconds since an epoch of the caller's choice.
///
/// The engine never reads a clock: every `handle_*` call brings the time with it. Only differences
/// count, so the time since the program started serves as well as the time of day. A clock that
/// steps back is treated as a clock that stands still.
///
/// # Examples
///
/// ```
/// use at_proto::Instant;
/// use core::time::Duration;
///
/// let start = Instant::from_millis(1_000);
/// let later = start + Duration::from_secs(2);
/// assert_eq!(later.saturating_duration_since(start), Duration::from_secs(2));
/// assert_eq!(start.saturating_duration_since(later), Duration::ZERO);
/// assert_eq!(later, Instant::from(Duration::from_secs(3)));
/// ```
// Shifted by 1, so that an `Option<Instant>` takes no more memory and instructions than an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(NonZeroU64);

/// Omits the shift.
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instant").field(&self.as_millis()).finish()
    }
}

impl Default for Instant {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Instant {
    /// The epoch.
    pub const ZERO: Self = Self(NonZeroU64::MIN);

    /// The moment `millis` milliseconds after the epoch; the last moment is that of `u64::MAX - 1`.
    pub const fn from_millis(millis: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(millis))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0.get().wrapping_sub(1)
    }

    /// The time that passed from the epoch to `self`.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Instant;
    /// use core::time::Duration;
    ///
    /// let elapsed = Duration::from_millis(1_500);
    /// assert_eq!(Instant::from(elapsed).since_epoch(), elapsed);
    /// ```
    pub const fn since_epoch(self) -> Duration {
        duration_of(self.as_millis())
    }

    /// The time that passed from `earlier` to `self`; zero if `earlier` is later than `self`.
    // Not inline: the subtraction takes 20 bytes of flash for each call.
    #[inline(never)]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        duration_of(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The moment `duration` later, rounded up to the millisecond; saturates at the last moment.
    // Not inline: each call would take 60 bytes of flash more.
    #[inline(never)]
    fn add(self, duration: Duration) -> Self {
        let millis = duration.as_secs().saturating_mul(1_000);
        let rest = u64::from(millis_of(duration.subsec_nanos()));
        Self(self.0.saturating_add(millis.saturating_add(rest)))
    }
}

// Not inline: its division takes 50 bytes of flash for each call.
#[inline(never)]
const fn duration_of(millis: u64) -> Duration {
    if cfg!(target_pointer_width = "64") {
        return Duration::from_millis(millis);
    }
    let (seconds, millis) = seconds_of(millis);
    // Less than a second.
    Duration::new(seconds, millis.saturating_mul(1_000_000))
}

/// Milliseconds as whole seconds and the milliseconds of the rest.
///
/// A division digit by digit: the one of 64 bits takes 1 KB of flash in a processor without it.
#[allow(clippy::cast_possible_truncation, reason = "the lowest digit is meant")]
const fn seconds_of(millis: u64) -> (u64, u32) {
    let (mut seconds, mut rest, mut digits, mut left) = (0u64, 0u32, millis, 4u32);
    while left > 0 {
        digits = digits.rotate_left(16);
        let part = rest << 16 | digits as u16 as u32;
        seconds = seconds << 16 | (part / 1_000) as u64;
        rest = part % 1_000;
        left = left.wrapping_sub(1);
    }
    (seconds, rest)
}

/// The milliseconds of less than a second in nanoseconds, rounded up.
///
/// A multiplication: small processors divide by a function, which takes 400 bytes of flash. The
/// factor is 2^38 / 15,625 rounded up, and exact for all nanoseconds of a second.
#[allow(clippy::cast_possible_truncation, reason = "at most 1,000")]
const fn millis_of(nanos: u32) -> u32 {
    // 1,000,000 is 64 times 15,625; the rest below 64 does not change the quotient.
    let sixty_fourths = (nanos.saturating_add(999_999) >> 6) as u64;
    (sixty_fourths.wrapping_mul(17_592_187) >> 38) as u32
}

impl From<Duration> for Instant {
    /// The moment `since_epoch` after the epoch, rounded up to the millisecond: `Instant::ZERO +
    /// since_epoch`.
    fn from(since_epoch: Duration) -> Self {
        Self::ZERO + since_epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early() {
        assert_eq!(Instant::from_millis(5) + Duration::from_micros(1), Instant::from_millis(6));
        assert_eq!(Instant::from_millis(u64::MAX) + Duration::MAX, Instant::from_millis(u64::MAX));
        assert_eq!(Instant::from(Duration::from_micros(1)), Instant::from_millis(1));
        assert_eq!(Instant::from(Duration::MAX), Instant::from_millis(u64::MAX));
    }

    #[test]
    fn nanoseconds_are_rounded_up_as_by_a_division() {
        let near = |millis: u32| {
            let nanos = millis.saturating_mul(1_000_000);
            [nanos.saturating_sub(1), nanos, nanos.saturating_add(1)]
        };
        let nanos = (0..1_000).flat_map(near).chain((0..1_000_000_000).step_by(997));
        for nanos in nanos {
            assert_eq!(millis_of(nanos), nanos.div_ceil(1_000_000), "{nanos}");
        }
    }

    #[test]
    fn milliseconds_are_divided_digit_by_digit_as_at_once() {
        let shifted = |shift: u32| [u64::MAX >> shift, 1_764_288_000_123 >> shift, 999 << shift];
        for millis in (0..54).flat_map(shifted).chain(0..3_000) {
            let (seconds, rest) = seconds_of(millis);
            assert_eq!((seconds, u64::from(rest)), (millis / 1_000, millis % 1_000), "{millis}");
        }
    }

    #[test]
    fn the_time_between_is_never_negative() {
        let (early, late) = (Instant::from_millis(5), Instant::from_millis(7));
        assert_eq!(late.saturating_duration_since(early), Duration::from_millis(2));
        assert_eq!(early.saturating_duration_since(late), Duration::ZERO);
    }
}
