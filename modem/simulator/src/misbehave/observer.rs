//! The log of the command lines, and the watch for lines that repeat.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::{Behaviour, Misbehaviour, Times};
use crate::truth::Fact;

/// A command line of the host and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The time at which the line was read.
    pub at: Duration,
    /// The first command of the line, without `AT` and parameters.
    pub command: String,
    /// The line, without `AT`.
    pub line: String,
    /// `true` if the modem prompted for a message body.
    pub is_prompted: bool,
    /// The number of its information lines.
    pub information: usize,
    /// The final result; empty while there is none.
    pub result: String,
    /// `true` if the modem misbehaved at this line.
    pub is_odd: bool,
}

/// The maximal number of exchanges that are kept; the oldest are dropped.
pub(super) const EXCHANGES_LIMIT: usize = 10_000;

/// The period in which repeated lines are counted.
const STORM_PERIOD: Duration = Duration::from_secs(60);

/// An armed misbehaviour.
#[derive(Debug, Clone)]
pub(crate) struct Armed {
    pub(super) misbehaviour: Misbehaviour,
    pub(super) seen: u16,
}

impl Armed {
    /// The behaviour at the next line.
    pub(super) fn next(&mut self, command: &str) -> Option<Behaviour> {
        let Misbehaviour { command: of, nth, behaviour, times } = &self.misbehaviour;
        if of != command {
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let is_due = match times {
            Times::Once => self.seen == *nth,
            Times::Ten => self.seen.checked_sub(*nth).is_some_and(|after| after < 10),
            Times::Always => self.seen >= *nth,
        };
        is_due.then(|| behaviour.clone())
    }
}

/// The log of the command lines, and the watch for lines that repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observer {
    pub(crate) armed: Vec<Armed>,
    pub(crate) exchanges: Vec<Exchange>,
    /// The maximal number of equal exchanges a minute.
    pub(super) limit: Option<u16>,
    pub(super) repeats: BTreeMap<(String, String), Vec<Duration>>,
    pub(super) storm: Option<String>,
    /// A final result that comes with the next line, and `true` if it comes after it.
    pub(super) withheld: Option<(String, bool)>,
    /// The state of the SIM before the misbehaviour.
    pub(super) swapped: bool,
}

impl Observer {
    /// Notes that something has changed: lines may repeat.
    pub(crate) fn note(&mut self, fact: &Fact) {
        if !matches!(fact, Fact::Read { .. }) {
            self.reopened();
        }
    }

    /// Notes that a dialogue begins on a channel, as one does on a link: lines may repeat.
    pub(crate) fn reopened(&mut self) {
        self.repeats.clear();
    }

    /// Notes the end of a line. Returns `true` if the host repeats it too often.
    pub(crate) fn ended(&mut self, now: Duration, result: &str, answer: &[u8]) -> bool {
        let Some(exchange) = self.exchanges.last_mut() else {
            return false;
        };
        exchange.result = result.to_string();
        let Some(limit) = self.limit else {
            return false;
        };
        let answer = format!("{}{result}", String::from_utf8_lossy(answer));
        let times = self.repeats.entry((exchange.line.clone(), answer)).or_default();
        times.retain(|at| at.saturating_add(STORM_PERIOD) > now);
        times.push(now);
        let storms = times.len() > usize::from(limit);
        if storms && self.storm.is_none() {
            self.storm = Some(format!("AT{}", exchange.line));
        }
        storms
    }
}
