//! The rules of a pool: limits of SIMs, and times.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::route::Route;

/// The rules of a [`Pool`](super::Pool). [`Default`] limits nothing and has no routes.
///
/// ```
/// use core::time::Duration;
/// use modem::pool::{Limits, Route, Rules};
///
/// let mut rules = Rules::default();
/// rules.limits.per_day = Some(200);
/// rules.limits.min_gap = Duration::from_secs(3);
/// let mut large = Limits::default();
/// large.per_month = Some(10_000);
/// rules.sims.insert("8949020000012345678".into(), large);
/// rules.routes.push(Route::new("germany").prefix("+49").group("german", 1));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rules {
    /// The limits of each SIM that has none of its own.
    pub limits: Limits,
    /// The limits of single SIMs, by ICCID.
    pub sims: BTreeMap<String, Limits>,
    /// The routes; a recipient without a route is sent to by any member.
    pub routes: Vec<Route>,
    /// The maximum number of certain failures of a message before the message fails. Default: 5.
    ///
    /// A lost link and a part that was taken back do not count.
    pub max_attempts: u32,
    /// The longest wait of a message between two of its parts. Default: 24 h.
    ///
    /// A message whose first part was sent waits for the SIM of that part, since the recipient
    /// joins the parts of one sender only. After this time the message ends as
    /// [`Ending::Stranded`](super::Ending::Stranded).
    pub stranded_after: Duration,
    /// The first pause of a SIM or a modem in quarantine; it doubles with each failed probe.
    /// Default: 60 s.
    pub min_pause: Duration,
    /// The longest pause. Default: 1 h.
    pub max_pause: Duration,
    /// The time for which an idempotency key is remembered. Default: 7 days.
    pub key_age: Duration,
    /// The maximum number of remembered keys; the oldest ones are forgotten. Default: 100,000.
    pub max_keys: usize,
    /// The maximum number of messages that wait, or whose result is not settled; beyond it no
    /// message is accepted. Default: 1,000,000.
    pub max_messages: usize,
    /// The seed of random gaps and of the first references. Pass a random number.
    pub seed: u64,
    /// The pool emits records for a [journal](crate::journal), and no part is sent before its
    /// record is durable. Default: `false`.
    pub records: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            sims: BTreeMap::new(),
            routes: Vec::new(),
            max_attempts: 5,
            stranded_after: Duration::from_secs(24 * 60 * 60),
            min_pause: Duration::from_secs(60),
            max_pause: Duration::from_secs(60 * 60),
            key_age: Duration::from_secs(7 * 24 * 60 * 60),
            max_keys: 100_000,
            max_messages: 1_000_000,
            seed: 0,
            records: false,
        }
    }
}

/// The limits of a SIM. They count parts, as the network does. [`Default`] limits nothing.
///
/// A part that was certainly not sent is not counted in a quota; a part with an unknown outcome is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The shortest pause between the end of a part and the next part.
    pub min_gap: Duration,
    /// The longest pause; each one is drawn between the two. Less than `min_gap` means a fixed gap.
    pub max_gap: Duration,
    /// The rate of parts.
    pub rate: Option<Rate>,
    /// The maximum number of parts in a calendar day.
    pub per_day: Option<u32>,
    /// The maximum number of parts in a calendar month.
    pub per_month: Option<u32>,
    /// The time of the day in which nothing is sent.
    pub quiet: Option<QuietHours>,
}

impl Limits {
    /// Returns `true` if the limits depend on the date or the time of the day.
    pub(super) const fn need_calendar(&self) -> bool {
        self.per_day.is_some() || self.per_month.is_some() || self.quiet.is_some()
    }
}

/// A rate: `parts` in any `period`, some or all of them at once (a token bucket).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a rate is a number and a time")]
pub struct Rate {
    /// The size of the bucket; 0 counts as 1.
    pub parts: u32,
    /// The time in which an empty bucket fills.
    pub period: Duration,
}

impl Rate {
    /// The time in which one token comes.
    pub(super) fn interval(self) -> Duration {
        self.period.checked_div(self.parts).unwrap_or(self.period)
    }

    /// The time for which a full bucket is ahead of its last token.
    pub(super) fn burst(self) -> Duration {
        self.interval().saturating_mul(self.parts.saturating_sub(1))
    }
}

/// A time of the day in which nothing is sent, in seconds from midnight. A time that ends before it
/// begins lasts over midnight.
///
/// ```
/// use modem::pool::QuietHours;
///
/// let night = QuietHours { from: 22 * 3600, to: 7 * 3600 };
/// assert!(night.contains(23 * 3600) && night.contains(0) && !night.contains(7 * 3600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an interval has two ends")]
pub struct QuietHours {
    /// The first second.
    pub from: u32,
    /// The first second after the quiet hours.
    pub to: u32,
}

impl QuietHours {
    /// Returns `true` if the second of the day is one of the quiet hours.
    pub const fn contains(self, second: u32) -> bool {
        if self.from <= self.to {
            self.from <= second && second < self.to
        } else {
            self.from <= second || second < self.to
        }
    }
}

/// The date and the time of the day where the caller is.
///
/// A pool has no clock and no time zone: it compares these numbers only. It asks for the next
/// reading at midnight, at the ends of quiet hours, and at each quarter of an hour, since clocks
/// are changed at one; see [`Pool::needs_calendar`](super::Pool::needs_calendar).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the numbers that a pool compares")]
pub struct Calendar {
    /// The number of the month, counted from any month on: 12 times the year, for example.
    pub month: u32,
    /// The number of the day, counted from any day on.
    pub day: u32,
    /// The second of the day.
    pub second: u32,
}

/// The length of a quarter of an hour, in seconds.
const QUARTER: u32 = 15 * 60;

impl Calendar {
    /// The seconds until the calendar must be read again.
    pub(super) fn lasts(self, bounds: impl Iterator<Item = u32>) -> u32 {
        let quarter = QUARTER.saturating_sub(self.second.checked_rem(QUARTER).unwrap_or_default());
        let bounds = bounds.filter_map(|bound| bound.checked_sub(self.second));
        bounds.filter(|left| *left > 0).chain([quarter]).min().unwrap_or(quarter)
    }
}
