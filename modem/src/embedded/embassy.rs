//! The clock of `embassy-time`.

use core::fmt;
use core::future::Future as _;
use core::pin::pin;
use core::task::{Context, Poll};
use core::time::Duration;

use at_proto::Instant;
use embassy_time::Timer;

use super::Clock;

/// A [`Clock`] on `embassy-time`, whose time driver the program provides.
///
/// There is one timer for all deadlines. It is replaced only for an earlier deadline, so a time
/// driver that keeps the entries of dropped timers has few of them.
#[derive(Default)]
pub struct EmbassyClock {
    armed: Option<(embassy_time::Instant, Timer)>,
}

impl EmbassyClock {
    /// A clock that begins with the time driver.
    pub const fn new() -> Self {
        Self { armed: None }
    }
}

// Inline, so that a program without this clock needs no time driver to link.
impl Clock for EmbassyClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant::from(Duration::from_micros(embassy_time::Instant::now().as_micros()))
    }

    #[inline]
    fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let now = embassy_time::Instant::now();
        let at = ticks(deadline);
        if now >= at {
            self.armed = None;
            return Poll::Ready(());
        }
        // An earlier wake-up is harmless, and a later one comes after it.
        let kept = self.armed.take().filter(|(armed, _)| now < *armed && *armed <= at);
        let (_, timer) = self.armed.insert(kept.unwrap_or_else(|| (at, Timer::at(at))));
        // Polled each time: another timer of the same task may have replaced its entry.
        pin!(timer).poll(context)
    }
}

/// The first tick at which `deadline` is reached.
fn ticks(deadline: Instant) -> embassy_time::Instant {
    let deadline = deadline.since_epoch();
    let whole = deadline.as_secs().saturating_mul(1_000_000);
    let micros = whole.saturating_add(u64::from(deadline.subsec_micros()));
    let at = embassy_time::Instant::try_from_micros(micros).unwrap_or(embassy_time::Instant::MAX);
    // The conversion rounds down.
    at.saturating_add(embassy_time::Duration::from_ticks(1))
}

impl fmt::Debug for EmbassyClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let armed = self.armed.as_ref().map(|(at, _)| at);
        f.debug_struct("EmbassyClock").field("armed", &armed).finish()
    }
}
