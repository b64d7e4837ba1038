//! What a session has counted, and what it tells about the SIM.

use core::time::Duration;

use at_proto::{CmsError, FinalError};

use crate::error::ErrorKind;
use crate::message::PartOutcome;

/// What has happened since the session was made; [`Session::counters`](crate::Session::counters).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Parts that the service centre took.
    pub sent: u64,
    /// Parts that were refused.
    pub failed: u64,
    /// Parts whose fate is unknown.
    pub unknown: u64,
    /// Messages that were handed over.
    pub received: u64,
    /// Status reports that were handed over.
    pub status_reports: u64,
    /// What was received and could not be read.
    pub undecodable: u64,
    /// How many times the modem was initialised.
    pub initialised: u64,
    /// How many times the dialogue was out of step.
    pub resynchronisations: u64,
    /// How long the network took for the last part that it took, from the Ctrl-Z to the answer.
    pub last_latency: Option<Duration>,
    /// The longest of these times.
    pub longest_latency: Option<Duration>,
    /// How many parts in a row were refused or are unknown, up to now.
    pub failures_in_a_row: u32,
    /// What the last refusal tells about the SIM; forgotten when a part is taken.
    pub trouble: Option<SimTrouble>,
}

/// What a refusal tells about the SIM, 3GPP TS 24.011, annex E.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SimTrouble {
    /// The operator or the owner has barred messages: causes 8 and 10.
    Barred,
    /// The network refused the message or the service: causes 21 and 29, which many operators use when there is no credit.
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

    /// What it means, in a sentence.
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
    /// Counts a part, `latency` after its Ctrl-Z.
    pub(super) fn part(&mut self, outcome: &PartOutcome, latency: Option<Duration>) {
        match outcome {
            PartOutcome::Sent { .. } => {
                self.sent += 1;
                self.failures_in_a_row = 0;
                self.trouble = None;
                self.last_latency = latency;
                self.longest_latency = self.longest_latency.max(latency);
            }
            PartOutcome::Failed { error } => {
                self.failed += 1;
                self.failures_in_a_row += 1;
                if let ErrorKind::Refused(failure) = error.kind() {
                    if let FinalError::Cms(Some(error)) = failure.error() {
                        self.trouble = SimTrouble::of(error);
                    }
                }
            }
            PartOutcome::Unknown { .. } => {
                self.unknown += 1;
                self.failures_in_a_row += 1;
            }
            PartOutcome::NotAttempted => {}
        }
    }
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
