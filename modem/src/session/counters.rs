//! The counters of a session, and its findings about the SIM.

use core::time::Duration;

use at_proto::{CmsError, FinalError};

use crate::error::ErrorKind;
use crate::message::PartOutcome;

/// The counters of a session since it was created, from
/// [`Session::counters`](crate::Session::counters).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Counters {
    /// Parts that the service centre accepted.
    pub sent: u64,
    /// Parts that were refused.
    pub failed: u64,
    /// Parts whose fate is unknown.
    pub unknown: u64,
    /// Messages that were delivered to the application.
    pub received: u64,
    /// Status reports that were delivered to the application.
    pub status_reports: u64,
    /// Received PDUs that could not be decoded.
    pub undecodable: u64,
    /// Initialisations of the modem.
    pub initialised: u64,
    /// Resynchronisations of the dialogue.
    pub resynchronisations: u64,
    /// The time between the Ctrl-Z and the answer of the last part that was accepted.
    pub last_latency: Option<Duration>,
    /// The longest of these times.
    pub longest_latency: Option<Duration>,
    /// The number of latest parts in a row that were refused or have an unknown fate.
    pub failures_in_a_row: u32,
    /// The problem with the SIM that the last refusal indicates; reset when a part is accepted.
    pub trouble: Option<SimTrouble>,
}

/// A problem with the SIM that a refusal indicates, 3GPP TS 24.011, annex E.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum SimTrouble {
    /// The operator or the owner has barred messages: causes 8 and 10.
    Barred,
    /// The network refused the message or the service: causes 21 and 29, which many operators use
    /// when there is no credit.
    MaybeNoCredit,
    /// The subscriber has no such service: causes 28, 30 and 50.
    NotSubscribed,
}

impl SimTrouble {
    const fn of(error: CmsError) -> Option<Self> {
        match error.0 {
            8 | 10 => Some(Self::Barred),
            21 | 29 => Some(Self::MaybeNoCredit),
            28 | 30 | 50 => Some(Self::NotSubscribed),
            _ => None,
        }
    }

    /// The problem in one sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Barred => "the SIM may not send messages: its operator or owner has barred it",
            Self::MaybeNoCredit => {
                "the network refuses to send: perhaps the SIM has no credit left"
            }
            Self::NotSubscribed => "the SIM has no subscription for this service",
        }
    }
}

impl Counters {
    /// Counts a part and its latency, the time since its Ctrl-Z.
    pub(super) fn part(&mut self, outcome: &PartOutcome, latency: Option<Duration>) {
        match outcome {
            PartOutcome::Sent { .. } => {
                count(&mut self.sent);
                self.failures_in_a_row = 0;
                self.trouble = None;
                self.last_latency = latency;
                self.longest_latency = self.longest_latency.max(latency);
            }
            PartOutcome::Failed { error } => {
                count(&mut self.failed);
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                if let ErrorKind::Refused(failure) = error.kind() {
                    if let FinalError::Cms(Some(error)) = failure.error() {
                        self.trouble = SimTrouble::of(error);
                    }
                }
            }
            PartOutcome::Unknown { .. } => {
                count(&mut self.unknown);
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
            }
            PartOutcome::NotAttempted => {}
        }
    }
}

/// Counts one more.
pub(super) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use at_proto::CmsError;

    use super::SimTrouble;

    /// 3GPP TS 24.011, annex E.
    #[test]
    fn what_a_cause_tells_about_the_sim_is_said_in_a_sentence() {
        const BARRED: &str = "the SIM may not send messages: its operator or owner has barred it";
        const CREDIT: &str = "the network refuses to send: perhaps the SIM has no credit left";
        const SERVICE: &str = "the SIM has no subscription for this service";
        for (cause, expected) in [
            (8, Some(BARRED)),
            (10, Some(BARRED)),
            (21, Some(CREDIT)),
            (29, Some(CREDIT)),
            (28, Some(SERVICE)),
            (30, Some(SERVICE)),
            (50, Some(SERVICE)),
            (38, None),
            (331, None),
        ] {
            let trouble = SimTrouble::of(CmsError(cause));
            assert_eq!(trouble.map(SimTrouble::description), expected, "{cause}");
        }
    }
}
