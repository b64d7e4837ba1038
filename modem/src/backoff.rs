//! The delays between attempts to open a link.

use core::time::Duration;

use at_proto::Instant;

use crate::retry::doubled;

/// The delays between attempts to open a link: each is twice the one before, up to a maximum.
///
/// A backoff has no clock and no randomness: the same calls return the same delays. A link that
/// stays open for at least the maximum delay resets the backoff; a link that is lost sooner does
/// not.
///
/// ```
/// use core::time::Duration;
/// use modem::Backoff;
/// use modem::at::Instant;
///
/// let mut backoff = Backoff::default(); // 1 s, 2 s, 4 s ... 60 s
/// let mut now = Instant::ZERO;
/// let delays: Vec<u64> = (0..8).map(|_| backoff.handle_down(now).as_secs()).collect();
/// assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60]);
///
/// backoff.handle_up(now);
/// now = now + Duration::from_secs(10);
/// assert_eq!(backoff.handle_down(now).as_secs(), 60, "the link was open for 10 s only");
/// backoff.handle_up(now);
/// now = now + Duration::from_secs(60);
/// assert_eq!(backoff.handle_down(now).as_secs(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    max: Duration,
    attempts: u32,
    up_since: Option<Instant>,
}

impl Backoff {
    /// Creates a backoff with the delays `first`, twice `first`, and so on, up to `max`. Each delay
    /// is at least a millisecond.
    pub fn new(first: Duration, max: Duration) -> Self {
        let first = first.max(Duration::from_millis(1));
        Self { first, max: max.max(first), attempts: 0, up_since: None }
    }

    /// Records that the link is open and its modem is ready.
    pub fn handle_up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// Records that the link is lost or could not be opened, and returns the delay before the next
    /// attempt.
    pub fn handle_down(&mut self, now: Instant) -> Duration {
        let held = self.up_since.take().map(|since| now.saturating_duration_since(since));
        if held.is_some_and(|held| held >= self.max) {
            self.attempts = 0;
        }
        let doublings = self.attempts.min(31);
        self.attempts = self.attempts.saturating_add(1);
        doubled(self.first, doublings).min(self.max)
    }

    /// The number of the next attempt; 1 is the first attempt after a good link, and 0 means that
    /// none is due.
    pub fn attempt(&self) -> u32 {
        self.attempts
    }
}

/// Delays from one second to one minute.
impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(60))
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use at_proto::Instant;

    use super::Backoff;

    #[test]
    fn no_wait_is_none_and_none_is_longer_than_the_longest_however_often_it_is_asked() {
        for (first, max) in [(0, 0), (0, 100), (5, 1), (1, 60_000), (u64::MAX, u64::MAX)] {
            let mut backoff =
                Backoff::new(Duration::from_millis(first), Duration::from_millis(max));
            let mut last = Duration::ZERO;
            for _ in 0..100 {
                let wait = backoff.handle_down(Instant::ZERO);
                assert!(
                    wait >= last && wait >= Duration::from_millis(1),
                    "{first}, {max}: {wait:?}"
                );
                assert!(
                    wait <= Duration::from_millis(max.max(first).max(1)),
                    "{first}, {max}: {wait:?}"
                );
                last = wait;
            }
        }
    }
}
