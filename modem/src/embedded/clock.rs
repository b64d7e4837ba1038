//! The clock of the embedded front-end.

use core::task::{Context, Poll};

use at_proto::Instant;

/// A monotonic clock with one timer.
///
/// The front-end has one timer and arms it again, so that a dropped wait leaves nothing in the
/// timer queue of the program.
///
/// ```
/// use core::task::{Context, Poll, Waker};
/// use core::time::Duration;
/// use modem::at::Instant;
/// use modem::embedded::Clock;
///
/// /// A hardware counter of milliseconds whose interrupt wakes the task.
/// #[derive(Default)]
/// struct Counter {
///     milliseconds: u64,
///     alarm: Option<(Instant, Waker)>,
/// }
///
/// impl Clock for Counter {
///     fn now(&self) -> Instant {
///         Instant::from(Duration::from_millis(self.milliseconds))
///     }
///
///     fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
///         if self.now() >= deadline {
///             return Poll::Ready(());
///         }
///         self.alarm = Some((deadline, context.waker().clone()));
///         Poll::Pending
///     }
/// }
///
/// let mut clock = Counter::default();
/// let deadline = Instant::from(Duration::from_millis(5));
/// let mut context = Context::from_waker(Waker::noop());
/// assert!(clock.poll_until(deadline, &mut context).is_pending());
/// clock.milliseconds = 5;
/// assert!(clock.poll_until(deadline, &mut context).is_ready());
/// ```
pub trait Clock {
    /// The current time since a start of its own choice. It never goes backwards.
    fn now(&self) -> Instant;

    /// Returns [`Poll::Ready`] once `deadline` is reached. Otherwise arms the timer for `deadline`,
    /// and wakes the task of `context` then or earlier.
    ///
    /// Each call replaces the deadline and the task of the call before.
    fn poll_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()>;
}
