//! The SIMs of a pool: their usage, their limits, and the messages that they have begun.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::collections::Map;

use super::cause::Strikes;
use super::member::{Identity, MemberId};
use super::priority::Lanes;
use super::rules::{Calendar, Limits};

/// The index of a SIM that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SimId(usize);

/// The identity of a SIM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SimKey {
    Iccid(String),
    Imsi(String),
    /// The SIM of a member that shows neither.
    Member(String),
}

impl SimKey {
    pub(super) fn new(identity: &Identity, member: &str) -> Self {
        match (&identity.iccid, &identity.imsi) {
            (Some(iccid), _) => Self::Iccid(iccid.clone()),
            (None, Some(imsi)) => Self::Imsi(imsi.clone()),
            (None, None) => Self::Member(member.into()),
        }
    }

    pub(super) fn iccid(&self) -> Option<&str> {
        match self {
            Self::Iccid(iccid) => Some(iccid),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Iccid(name) | Self::Imsi(name) | Self::Member(name) => name,
        }
    }
}

#[derive(Debug)]
pub(super) struct Sim {
    pub(super) key: SimKey,
    pub(super) limits: Limits,
    /// The member that has the SIM.
    pub(super) member: Option<MemberId>,
    pub(super) usage: Usage,
    /// The end of the gap after the last part.
    pub(super) gap_until: Instant,
    /// The time at which the bucket is full again, beginning from the last part.
    pub(super) full_at: Instant,
    /// The reference of the next long message.
    pub(super) reference: u16,
    /// Messages whose first part was sent by this SIM.
    pub(super) begun: Lanes,
    pub(super) strikes: Strikes,
    /// A member has a part for this SIM.
    pub(super) is_busy: bool,
}

/// The parts of a SIM by calendar day and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) days: Counts,
    pub(super) months: Counts,
}

/// The counts of the last days or months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts(pub(super) Vec<(u32, u32)>);

/// The number of days or months that are remembered, so that a clock that steps back and forth
/// resets nothing.
const MAX_COUNTS: usize = 8;

impl Counts {
    /// The parts of a day. A day before the last one, which was not seen, has the parts of the last
    /// one: a clock that steps back resets no quota.
    pub(super) fn of(&self, day: u32) -> u32 {
        let found = self.0.iter().find(|(other, _)| *other == day);
        let last = self.0.iter().max_by_key(|(day, _)| *day).filter(|(last, _)| day < *last);
        found.or(last).map_or(0, |(_, count)| *count)
    }

    pub(super) fn add(&mut self, day: u32) {
        let count = self.of(day).saturating_add(1);
        self.set(day, count);
    }

    pub(super) fn take(&mut self, day: u32) {
        let count = self.of(day).saturating_sub(1);
        self.set(day, count);
    }

    fn set(&mut self, day: u32, count: u32) {
        // The day used last is at the end.
        self.0.retain(|(other, _)| *other != day);
        if self.0.len() >= MAX_COUNTS {
            self.0.remove(0);
        }
        self.0.push((day, count));
    }
}

/// The limit that holds a SIM back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Gap(Instant),
    Rate(Instant),
    Day,
    Month,
    Quiet,
    /// The date is not known at this time.
    Calendar,
}

impl Held {
    /// Returns `true` for a limit that lasts, so that the fallback of a route has its turn.
    pub(super) const fn lasts(self) -> bool {
        matches!(self, Self::Day | Self::Month | Self::Quiet)
    }
}

impl Sim {
    pub(super) fn new(key: SimKey, limits: Limits, reference: u16) -> Self {
        Self {
            key,
            limits,
            member: None,
            usage: Usage::default(),
            gap_until: Instant::ZERO,
            full_at: Instant::ZERO,
            reference,
            begun: Lanes::default(),
            strikes: Strikes::default(),
            is_busy: false,
        }
    }

    /// The limit that holds the next part back. A lasting one is found first.
    pub(super) fn held(&self, calendar: Option<Calendar>, now: Instant) -> Option<Held> {
        self.held_by_calendar(calendar).or_else(|| {
            if now < self.gap_until {
                return Some(Held::Gap(self.gap_until));
            }
            let rate = self.limits.rate?;
            // The bucket has a token when it will be full within the time of the others.
            let ahead = self.full_at.saturating_duration_since(now);
            let wait = ahead.saturating_sub(rate.burst());
            (!wait.is_zero()).then(|| Held::Rate(now + wait))
        })
    }

    /// The limit of the calendar that holds a part back.
    pub(super) fn held_by_calendar(&self, calendar: Option<Calendar>) -> Option<Held> {
        if !self.limits.need_calendar() {
            return None;
        }
        let Some(Calendar { month, day, second }) = calendar else {
            return Some(Held::Calendar);
        };
        let is_over = |limit: Option<u32>, count: u32| limit.is_some_and(|limit| count >= limit);
        if is_over(self.limits.per_month, self.usage.months.of(month)) {
            return Some(Held::Month);
        }
        if is_over(self.limits.per_day, self.usage.days.of(day)) {
            return Some(Held::Day);
        }
        self.limits.quiet.is_some_and(|quiet| quiet.contains(second)).then_some(Held::Quiet)
    }

    /// Counts a part for a month and a day.
    pub(super) fn count(&mut self, counted: Option<(u32, u32)>) {
        if let Some((month, day)) = counted {
            self.usage.months.add(month);
            self.usage.days.add(day);
        }
    }

    /// Counts a part for this month and day too, if it was counted for other ones: the network may
    /// have counted it when it answered.
    pub(super) fn count_also(&mut self, counted: Option<(u32, u32)>, (month, day): (u32, u32)) {
        if counted.is_none_or(|(other, _)| other != month) {
            self.usage.months.add(month);
        }
        if counted.is_none_or(|(_, other)| other != day) {
            self.usage.days.add(day);
        }
    }

    /// Takes back the count of a part that was not sent.
    pub(super) fn uncount(&mut self, counted: Option<(u32, u32)>) {
        if let Some((month, day)) = counted {
            self.usage.months.take(month);
            self.usage.days.take(day);
        }
    }

    /// Notes the end of a part that may have been sent, and the gap after it.
    pub(super) fn part_ended(&mut self, gap: Duration, now: Instant) {
        self.gap_until = self.gap_until.max(now + gap);
        if let Some(rate) = self.limits.rate {
            self.full_at = self.full_at.max(now) + rate.interval();
        }
    }
}

/// All SIMs that were seen.
#[derive(Debug, Default)]
pub(super) struct Sims {
    list: Vec<Sim>,
    index: Map<SimKey, SimId>,
}

/// The maximum number of SIMs: modems that invent numbers must not fill the memory.
const MAX_SIMS: usize = 16_384;

impl Sims {
    pub(super) fn find(&self, key: &SimKey) -> Option<SimId> {
        self.index.get(key).copied()
    }

    /// Adds a SIM, in place of one that nobody uses if there are too many; `None` if all are in
    /// use.
    pub(super) fn add(&mut self, sim: Sim) -> Option<SimId> {
        if self.list.len() < MAX_SIMS {
            let id = SimId(self.list.len());
            self.index.insert(sim.key.clone(), id);
            self.list.push(sim);
            return Some(id);
        }
        let is_unused = |sim: &Sim| sim.member.is_none() && sim.begun.is_empty() && !sim.is_busy;
        let at = self.list.iter().position(is_unused)?;
        let old = self.list.get_mut(at)?;
        self.index.remove(&old.key);
        self.index.insert(sim.key.clone(), SimId(at));
        *old = sim;
        Some(SimId(at))
    }

    pub(super) fn get(&self, id: SimId) -> Option<&Sim> {
        self.list.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: SimId) -> Option<&mut Sim> {
        self.list.get_mut(id.0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SimId, &Sim)> {
        self.list.iter().enumerate().map(|(index, sim)| (SimId(index), sim))
    }
}

impl SimId {
    /// The number of the SIM in records.
    pub(super) const fn number(self) -> u64 {
        self.0 as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn a_clock_that_steps_back_and_forth_resets_no_count() {
        let mut days = Counts::default();
        for _ in 0..3 {
            days.add(10);
        }
        assert_eq!((days.of(10), days.of(11), days.of(9)), (3, 0, 3));
        days.add(9);
        assert_eq!((days.of(9), days.of(10)), (4, 3));
        days.add(11);
        assert_eq!((days.of(9), days.of(10), days.of(11)), (4, 3, 1));
        days.take(11);
        assert_eq!(days.of(11), 0);
        for day in 12..100 {
            days.add(day);
        }
        assert_eq!(days.0.len(), super::MAX_COUNTS);
    }
}
