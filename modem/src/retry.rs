//! The growing delays before the tasks of a session are tried again.

use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;

use crate::error::Error;
use crate::event::Task;

/// The delay after the first failure; each further one in a row doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(5);

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(300);

/// The maximum number of failing tasks that are remembered; beyond it the oldest is forgotten.
const MAX_TASKS: usize = 64;

/// The delay before one task is tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Delay {
    length: Duration,
    /// The end of the delay; `None` while the next attempt is under way.
    until: Option<Instant>,
}

impl Delay {
    /// A delay that is over, after a success.
    pub(crate) fn due(now: Instant) -> Self {
        Self { length: Duration::ZERO, until: Some(now) }
    }

    /// Notes a failure, and returns the time until the next attempt. Failures during a delay do
    /// not prolong it.
    pub(crate) fn failed(&mut self, now: Instant) -> Duration {
        let until = match self.until {
            Some(until) if until > now => until,
            _ => {
                self.length = doubled(self.length, 1).clamp(FIRST_DELAY, MAX_DELAY);
                now + self.length
            }
        };
        self.until = Some(until);
        until.saturating_duration_since(now)
    }

    /// The end of the delay.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Ends a delay that is over. Returns `true` if it was.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        self.until.take_if(|until| *until <= now).is_some()
    }
}

/// A delay that is doubled so often.
///
/// By sums: a product of durations takes 1 KB of flash in a processor without 64 bits.
pub(crate) fn doubled(delay: Duration, times: u32) -> Duration {
    (0..times).fold(delay, |delay, _| delay.saturating_add(delay))
}

/// A failure of a task that has not been reported yet.
#[derive(Debug, Clone)]
pub(crate) struct TaskFailure {
    pub(crate) task: Task,
    pub(crate) error: Error,
    /// The delay before the next attempt; `None` if there is none.
    pub(crate) retry_after: Option<Duration>,
}

/// The tasks that have failed, and their delays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Retries {
    failed: Vec<(Task, Delay)>,
}

impl Retries {
    /// Returns `true` unless the delay of the task is still running.
    pub(crate) fn may_run(&self, task: Task, now: Instant) -> bool {
        let mut delays = self.failed.iter().filter(|(failed, _)| *failed == task);
        delays.all(|(_, delay)| delay.until.is_none_or(|until| until <= now))
    }

    /// Notes a failure, and returns the time until the next attempt.
    pub(crate) fn failed(&mut self, task: Task, now: Instant) -> Duration {
        if let Some((_, delay)) = self.failed.iter_mut().find(|(failed, _)| *failed == task) {
            return delay.failed(now);
        }
        if self.failed.len() >= MAX_TASKS {
            self.failed.remove(0);
        }
        let mut delay = Delay::default();
        let wait = delay.failed(now);
        self.failed.push((task, delay));
        wait
    }

    /// Notes a success.
    pub(crate) fn succeeded(&mut self, task: Task) {
        self.failed.retain(|(failed, _)| *failed != task);
    }

    /// Forgets all failures, as at the end of a link.
    pub(crate) fn clear(&mut self) {
        self.failed.clear();
    }

    /// The next time at which a delay ends.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.failed.iter().filter_map(|(_, delay)| delay.until).min()
    }

    /// Returns the tasks whose delay is over, each once.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Task> {
        let due =
            self.failed.iter_mut().filter_map(|(task, delay)| delay.take_due(now).then_some(*task));
        due.collect()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use at_proto::Instant;

    use super::{MAX_TASKS, Retries};
    use crate::event::Task;
    use crate::message::Slot;

    #[test]
    fn a_delay_doubles_from_five_seconds_to_five_minutes_and_a_success_resets_it() {
        let (mut retries, mut now) = (Retries::default(), Instant::ZERO);
        let mut delays = [0; 8];
        for delay in &mut delays {
            let wait = retries.failed(Task::CheckSettings, now);
            assert!(!retries.may_run(Task::CheckSettings, now));
            now = now + wait;
            assert!(retries.may_run(Task::CheckSettings, now));
            assert_eq!(retries.take_due(now), [Task::CheckSettings]);
            assert_eq!((retries.take_due(now).len(), retries.next()), (0, None));
            *delay = wait.as_secs();
        }
        assert_eq!(delays, [5, 10, 20, 40, 80, 160, 300, 300]);
        retries.succeeded(Task::CheckSettings);
        assert_eq!(retries.failed(Task::CheckSettings, now).as_secs(), 5);
    }

    #[test]
    fn failures_during_a_delay_neither_prolong_it_nor_grow_without_a_bound() {
        let mut retries = Retries::default();
        let now = Instant::ZERO;
        retries.failed(Task::CheckSettings, now);
        for second in 1..5 {
            let wait = retries.failed(Task::CheckSettings, now + Duration::from_secs(second));
            assert_eq!(wait.as_secs(), 5 - second);
        }
        for index in 0..1000 {
            let slot = Slot::new(at_proto::sms::Memory::SIM, index);
            retries.failed(Task::ReadSlot(slot), now);
        }
        assert_eq!(retries.failed.len(), MAX_TASKS);
    }
}
