//! The link to the modem, and the state of the modem on it.

#[cfg(feature = "std")]
use alloc::sync::Arc;
use core::mem;

use at_proto::Instant;

use super::tickets::TicketId;
use crate::error::{Error, ErrorKind};

/// The operating system's reason for the end of a link, where there is one.
#[cfg(feature = "std")]
pub(super) type Cause = Option<Arc<std::io::Error>>;
/// Without an operating system no link has a reason for its end.
#[cfg(not(feature = "std"))]
pub(super) type Cause = Option<core::convert::Infallible>;

/// The number of resynchronisations in a row without an answer after which a new link may help.
const MAX_UNANSWERED: u8 = 3;

/// The state of the link. Data that belongs to one state only is a field of that state.
#[derive(Debug)]
pub(super) enum Link {
    /// There is no link. The waiter is set only while the jobs of the old link end, so that an
    /// initialisation under way ends with its own error.
    Closed {
        #[cfg_attr(
            not(feature = "std"),
            expect(dead_code, reason = "only an operating system has a cause to show")
        )]
        cause: Cause,
        waiter: Option<TicketId>,
    },
    /// The modem is being initialised; `again` if it restarted meanwhile, and `set_up` if its
    /// settings are made, so that a message can be sent.
    Initialising { waiter: Option<TicketId>, again: bool, set_up: bool, pulse: Pulse },
    /// The initialisation succeeded.
    Ready { pulse: Pulse },
    /// The initialisation failed. Jobs run, so that an application can unlock the SIM or find out
    /// more.
    Degraded {
        error: Error,
        /// The error has not been returned to the front-end yet.
        unreported: bool,
        /// The settings that a message needs were made.
        set_up: bool,
        pulse: Pulse,
    },
}

/// The activity of an open link.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pulse {
    /// The end of the last command.
    last_exchange: Instant,
    /// The number of resynchronisations in a row without an answer.
    unanswered: u8,
    /// The last series of them has not been returned to the front-end yet.
    unreported: bool,
}

/// The end of an initialisation, and the ticket that waits for it.
pub(super) struct Finished {
    pub(super) waiter: Option<TicketId>,
    pub(super) result: Result<(), Error>,
}

impl Link {
    pub(super) const fn closed() -> Self {
        Self::Closed { cause: None, waiter: None }
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    pub(super) const fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// Returns `true` if the initialisation failed.
    pub(super) const fn is_degraded(&self) -> bool {
        matches!(self, Self::Degraded { .. })
    }

    /// The reason why no message can be sent: the initialisation failed before it had made the
    /// settings.
    pub(super) const fn unfit(&self) -> Option<&Error> {
        match self {
            Self::Degraded { error, set_up: false, .. } => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if a ticket waits for the initialisation.
    pub(super) const fn has_waiter(&self) -> bool {
        matches!(self, Self::Initialising { waiter: Some(_), .. })
    }

    /// Returns `true` if jobs other than the initialisation may run.
    pub(super) const fn runs_jobs(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Degraded { .. })
    }

    /// Starts an initialisation. The waiter of an initialisation that has not finished stays,
    /// unless `waiter` replaces it.
    pub(super) fn initialise(&mut self, waiter: Option<TicketId>) {
        let waiter = waiter.or_else(|| self.take_waiter());
        let pulse = self.pulse().copied().unwrap_or_default();
        *self = Self::Initialising { waiter, again: false, set_up: false, pulse };
    }

    /// Notes that the settings of the modem are made, and only its identity is left to read.
    pub(super) const fn note_set_up(&mut self) {
        if let Self::Initialising { set_up, .. } = self {
            *set_up = true;
        }
    }

    /// Returns `true` if a message can be sent before the rest of the initialisation.
    pub(super) const fn is_set_up(&self) -> bool {
        matches!(self, Self::Initialising { set_up: true, .. })
    }

    /// Ends an initialisation.
    pub(super) fn initialised(&mut self, result: Result<(), Error>) -> Finished {
        let waiter = self.take_waiter();
        let set_up = self.is_set_up();
        if let Some(pulse) = self.pulse().copied() {
            *self = match &result {
                Ok(()) => Self::Ready { pulse },
                Err(error) => {
                    let (error, unreported) = (error.clone(), waiter.is_none());
                    Self::Degraded { error, unreported, set_up, pulse }
                }
            };
        }
        Finished { waiter, result }
    }

    pub(super) fn close(&mut self, cause: Cause) {
        let waiter = self.take_waiter();
        *self = Self::Closed { cause, waiter };
    }

    pub(super) fn take_waiter(&mut self) -> Option<TicketId> {
        match self {
            Self::Initialising { waiter, .. } | Self::Closed { waiter, .. } => waiter.take(),
            Self::Ready { .. } | Self::Degraded { .. } => None,
        }
    }

    /// Notes a restart of the modem in the middle of its initialisation.
    pub(super) fn restarted_meanwhile(&mut self) {
        if let Self::Initialising { again, .. } = self {
            *again = true;
        }
    }

    /// Returns `true` if the modem restarted in the middle of its initialisation.
    pub(super) const fn must_begin_again(&self) -> bool {
        matches!(self, Self::Initialising { again: true, .. })
    }

    /// Notes the end of a command.
    pub(super) fn exchanged(&mut self, now: Instant) {
        if let Some(pulse) = self.pulse_mut() {
            pulse.last_exchange = now;
        }
    }

    /// Notes the end of a resynchronisation.
    pub(super) fn resynchronised(&mut self, answered: bool) {
        let runs_jobs = self.runs_jobs();
        if let Some(pulse) = self.pulse_mut() {
            pulse.unanswered = if answered { 0 } else { pulse.unanswered.saturating_add(1) };
            pulse.unreported |= runs_jobs && pulse.unanswered >= MAX_UNANSWERED;
        }
    }

    /// The end of the last command over this link.
    pub(super) fn last_exchange(&self) -> Option<Instant> {
        self.pulse().map(|pulse| pulse.last_exchange)
    }

    /// The reason why the modem cannot be used though its link is open, once.
    pub(super) fn take_broken(&mut self) -> Option<Error> {
        if let Self::Degraded { error, unreported, .. } = self {
            if mem::take(unreported) {
                return Some(error.clone());
            }
        }
        let pulse = self.pulse_mut()?;
        mem::take(&mut pulse.unreported).then(|| ErrorKind::NoResponse.into())
    }

    #[cfg(feature = "std")]
    pub(super) const fn cause(&self) -> Option<&Arc<std::io::Error>> {
        match self {
            Self::Closed { cause, .. } => cause.as_ref(),
            _ => None,
        }
    }

    const fn pulse(&self) -> Option<&Pulse> {
        match self {
            Self::Closed { .. } => None,
            Self::Initialising { pulse, .. }
            | Self::Ready { pulse }
            | Self::Degraded { pulse, .. } => Some(pulse),
        }
    }

    const fn pulse_mut(&mut self) -> Option<&mut Pulse> {
        match self {
            Self::Closed { .. } => None,
            Self::Initialising { pulse, .. }
            | Self::Ready { pulse }
            | Self::Degraded { pulse, .. } => Some(pulse),
        }
    }
}
