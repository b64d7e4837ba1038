//! The engine's timers, each with an absolute time.

use crate::time::Instant;

/// A timer of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// The deadline of the command in flight.
    Deadline,
    /// The pause before the next command line may leave.
    Gap,
    /// The timeout of an answer that follows its OK, or of the OK of an answer that needs none.
    Grace,
    /// The timeout of the rest of a URC: its data line, or its closing quote.
    Rest,
    /// The current step of a resynchronisation.
    Step,
    /// The end of a resynchronisation, answered or not.
    GiveUp,
    /// The timeout of the prompt after a USSD question.
    Prompt,
}

impl Timer {
    const ALL: [Self; 7] = [
        Self::Rest,
        Self::Grace,
        Self::Deadline,
        Self::Step,
        Self::GiveUp,
        Self::Gap,
        Self::Prompt,
    ];
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    at: [Option<Instant>; 7],
    /// The earliest time, cached because every read asks for it.
    next: Option<Instant>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        if self.slot(timer).replace(at) != Some(at) {
            self.find_next();
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        if self.slot(timer).take().is_some() {
            self.find_next();
        }
    }

    /// Returns `true` if the timer has not expired.
    #[expect(clippy::indexing_slicing, reason = "there is one slot for each timer")]
    pub(super) const fn is_set(&self, timer: Timer) -> bool {
        self.at[timer as usize].is_some()
    }

    #[expect(clippy::indexing_slicing, reason = "there is one slot for each timer")]
    const fn slot(&mut self, timer: Timer) -> &mut Option<Instant> {
        &mut self.at[timer as usize]
    }

    /// The earliest time at which a timer expires.
    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }

    fn find_next(&mut self) {
        self.next = self.at.iter().flatten().min().copied();
    }

    /// Takes a timer that has expired by `now`: the earliest, and of equal ones the first in the
    /// order of `ALL`.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<Timer> {
        let next = self.next.filter(|next| *next <= now);
        let timer =
            *Timer::ALL.iter().find(|timer| next.is_some() && *self.slot(**timer) == next)?;
        self.stop(timer);
        Some(timer)
    }
}
