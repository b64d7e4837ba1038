//! How long to wait before a link is opened again.

use core::time::Duration;

use at_proto::Instant;

/// The waits between the attempts to open a link: each twice as long as the one before, up to a longest one.
///
/// It has no clock and no randomness: the same calls give the same waits. A link that has held as long as the longest wait
/// was a good one, and the waits begin anew after it; one that is lost sooner was not.
///
/// ```
/// use core::time::Duration;
/// use modem::Backoff;
/// use modem::at::Instant;
///
/// let mut backoff = Backoff::default(); // 1 s, 2 s, 4 s ... 60 s
/// let mut now = Instant::ZERO;
/// let waits: Vec<u64> = (0..8).map(|_| backoff.handle_down(now).as_secs()).collect();
/// assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
///
/// backoff.handle_up(now);
/// now = now + Duration::from_secs(10);
/// assert_eq!(backoff.handle_down(now).as_secs(), 60, "it held for 10 s only");
/// backoff.handle_up(now);
/// now = now + Duration::from_secs(60);
/// assert_eq!(backoff.handle_down(now).as_secs(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    attempts: u32,
    up_since: Option<Instant>,
}

impl Backoff {
    /// Waits of `first`, twice that, and so on, and never more than `most`; a wait is a millisecond at least.
    pub fn new(first: Duration, most: Duration) -> Self {
        let first = first.max(Duration::from_millis(1));
        Self { first, most: most.max(first), attempts: 0, up_since: None }
    }

    /// The link is open and the modem behind it ready.
    pub fn handle_up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// The link is lost, or an attempt to open it has failed: the next one is due after the time given back.
    pub fn handle_down(&mut self, now: Instant) -> Duration {
        let held = self.up_since.take().map(|since| now.saturating_duration_since(since));
        if held.is_some_and(|held| held >= self.most) {
            self.attempts = 0;
        }
        let doublings = self.attempts.min(31);
        self.attempts = self.attempts.saturating_add(1);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }

    /// The number of the attempt that is due next, the first one after a good link being 1; 0 before any is.
    pub fn attempt(&self) -> u32 {
        self.attempts
    }
}

/// From a second to a minute.
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
        for (first, most) in [(0, 0), (0, 100), (5, 1), (1, 60_000), (u64::MAX, u64::MAX)] {
            let mut backoff =
                Backoff::new(Duration::from_millis(first), Duration::from_millis(most));
            let mut last = Duration::ZERO;
            for _ in 0..100 {
                let wait = backoff.handle_down(Instant::ZERO);
                assert!(
                    wait >= last && wait >= Duration::from_millis(1),
                    "{first}, {most}: {wait:?}"
                );
                assert!(
                    wait <= Duration::from_millis(most.max(first).max(1)),
                    "{first}, {most}: {wait:?}"
                );
                last = wait;
            }
        }
    }
}
