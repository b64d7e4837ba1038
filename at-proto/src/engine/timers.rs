//! The engine's clocks: each named, each absolute.

use crate::time::Instant;

/// What the engine can be waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// The deadline of the command in flight.
    Deadline,
    /// The pause before the next command line may leave.
    Gap,
    /// The time for an answer that comes after its OK, or for the OK of an answer that needs none.
    Grace,
    /// The time for the rest of an unsolicited message: its data line, or its closing quote.
    Rest,
    /// The current step of a resynchronisation.
    Step,
    /// The end of a resynchronisation, answered or not.
    GiveUp,
}

impl Timer {
    const ALL: [Self; 6] =
        [Self::Rest, Self::Grace, Self::Deadline, Self::Step, Self::GiveUp, Self::Gap];
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    at: [Option<Instant>; 6],
    /// The earliest of them: it is asked for at every read.
    next: Option<Instant>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.at[timer as usize] = Some(at);
        self.find_next();
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.at[timer as usize] = None;
        self.find_next();
    }

    /// The earliest moment at which one of them runs out.
    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }

    fn find_next(&mut self) {
        self.next = self.at.iter().flatten().min().copied();
    }

    /// Takes one that has run out by `now`: the earliest, and of equal ones the first in the order of `ALL`.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<Timer> {
        let (timer, at) = Timer::ALL
            .into_iter()
            .filter_map(|timer| Some((timer, self.at[timer as usize]?)))
            .min_by_key(|&(_, at)| at)?;
        (at <= now).then(|| {
            self.stop(timer);
            timer
        })
    }
}
