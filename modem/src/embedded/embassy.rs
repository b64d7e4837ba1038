//! The clock of `embassy-time`.

use core::future::Future as _;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use at_proto::Instant;
use embassy_time::Timer;

use super::Clock;

/// A [`Clock`] on `embassy-time`, whose time driver the program provides.
///
/// Timers of `embassy-time` are entries of the queue of the time driver. A new entry is made only
/// for an earlier deadline than the armed one, so a driver that keeps the entries of dropped timers
/// has few of them.
#[derive(Debug, Default)]
pub struct EmbassyClock {
    armed: Option<(embassy_time::Instant, Waker)>,
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
        let is_armed = self.armed.as_ref().is_some_and(|(armed, waker)| {
            now < *armed && *armed <= at && waker.will_wake(context.waker())
        });
        if !is_armed {
            if pin!(Timer::at(at)).poll(context).is_ready() {
                return Poll::Ready(());
            }
            self.armed = Some((at, context.waker().clone()));
        }
        Poll::Pending
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
