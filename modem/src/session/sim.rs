//! Changes of the SIM while the link is open, and the initialisations that they need.

use core::time::Duration;

use at_proto::sim::PinState;
use at_proto::{CmeError, CmsError, FinalError, Instant, Outcome};

use crate::procedures::SimCondition;
use crate::retry::doubled;

/// The first delay between two initialisations for the sake of the SIM.
const FIRST_DELAY: Duration = Duration::from_secs(5);

/// The longest delay between two initialisations for the sake of the SIM.
const MAX_DELAY: Duration = Duration::from_secs(300);

/// The shortest delay before another initialisation after one that failed, or that has asked the
/// SIM before a command was refused for its sake.
const REFUSED_DELAY: Duration = Duration::from_secs(30);

/// The known changes of the SIM, and the initialisation that they need.
///
/// A contact that is loose must not make a session initialise its modem all the time, so that the
/// initialisations are spaced by a delay that grows.
#[derive(Debug, Default)]
pub(super) struct SimWatch {
    /// The SIM was removed, or is not ready.
    is_away: bool,
    /// The time of the next initialisation.
    due: Option<Instant>,
    /// The time of the last initialisation, and the delay after it.
    last: Option<(Instant, Duration)>,
}

/// The reaction to a state of the SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SimChange {
    /// The SIM is as it was.
    None,
    /// The SIM is away, and with it its identity.
    Away,
    /// The SIM has to be identified, and perhaps unlocked.
    New,
}

impl SimWatch {
    /// Notes a state that the modem has reported by itself; `failed` if the modem could not be
    /// initialised.
    pub(super) fn handle_state(
        &mut self,
        state: &PinState,
        failed: bool,
        now: Instant,
    ) -> SimChange {
        match (SimCondition::of(state), state) {
            (Some(_), _) => {
                self.is_away = true;
                SimChange::Away
            }
            (None, PinState::Ready) if !self.is_away && !failed => SimChange::None,
            // The second PIN does not protect messages.
            (None, PinState::SimPin2 | PinState::SimPuk2) => SimChange::None,
            (None, _) => {
                self.is_away = false;
                self.require(now);
                SimChange::New
            }
        }
    }

    /// Requires an initialisation, as soon as the delay after the last one allows it.
    pub(super) fn require(&mut self, now: Instant) {
        self.require_after(Duration::ZERO, now);
    }

    /// Notes that a command was refused for want of the SIM or its PIN.
    pub(super) fn refused(&mut self, refusal: SimRefusal, now: Instant) {
        self.is_away |= refusal == SimRefusal::Absent;
        self.require_after(REFUSED_DELAY, now);
    }

    /// Notes that an initialisation failed that the session had begun itself.
    pub(super) fn failed(&mut self, now: Instant) {
        let delay = self.last.map_or(FIRST_DELAY, |(_, delay)| delay);
        self.due = Some(now + delay.max(REFUSED_DELAY));
    }

    fn require_after(&mut self, least: Duration, now: Instant) {
        let earliest = self.last.map_or(now, |(last, delay)| last + delay.max(least));
        self.due.get_or_insert(earliest.max(now));
    }

    /// The time of the next initialisation, if one is required.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Returns `true`, once, if an initialisation is due.
    pub(super) fn take_due(&mut self, now: Instant) -> bool {
        let is_due = self.due.take_if(|due| *due <= now).is_some();
        if is_due {
            let delay = match self.last {
                Some((last, delay))
                    if now.saturating_duration_since(last) < MAX_DELAY.saturating_add(delay) =>
                {
                    doubled(delay, 1).min(MAX_DELAY)
                }
                _ => FIRST_DELAY,
            };
            self.last = Some((now, delay));
        }
        is_due
    }

    /// Notes that the SIM was identified.
    pub(super) const fn identified(&mut self) {
        self.is_away = false;
    }

    /// Forgets what was noted on a link that has ended.
    pub(super) fn closed(&mut self) {
        self.is_away = false;
        self.due = None;
    }
}

/// The reason of the SIM for which a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SimRefusal {
    /// The SIM asks for its PIN.
    Locked,
    /// There is no SIM.
    Absent,
}

impl SimRefusal {
    /// The reason, if a command was refused for the sake of the SIM.
    pub(super) fn of(outcome: &Outcome) -> Option<Self> {
        let Outcome::Error(failure) = outcome else {
            return None;
        };
        match failure.error() {
            FinalError::Cms(Some(CmsError(311))) | FinalError::Cme(Some(CmeError(11))) => {
                Some(Self::Locked)
            }
            FinalError::Cms(Some(CmsError(310))) | FinalError::Cme(Some(CmeError(10))) => {
                Some(Self::Absent)
            }
            _ => None,
        }
    }
}
