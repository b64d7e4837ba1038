//! The states of a part and the arrows between them: a part leaves only after its claim is durable,
//! and no arrow leads from a claim back to a part that was never tried.
//!
//! A store has one primitive, [`Claims::apply`], a compare-and-set. All rules are in the table
//! [`State::after`], so that another store adds no rule.

use std::fmt;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// The state of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// The part was never tried.
    Waiting,
    /// The part may have left.
    Claimed,
    /// The part was tried and has certainly not left.
    Released,
    /// The network has accepted the part.
    Sent,
    /// The part has not left and will not be tried again.
    Failed,
    /// Nobody knows whether the part has left.
    Unknown,
    /// The recipient has the part.
    Delivered,
    /// The network could not deliver the part.
    Undelivered,
    /// The part expired before it was sent.
    Expired,
    /// The part was cancelled before it was sent.
    Cancelled,
}

/// A change of the state of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arrow {
    /// The part is about to be sent by a member, with its SIM if that is known.
    Claim { holder: String, member: String, sim: Option<String> },
    /// The network has accepted the part, with this message reference.
    Sent { holder: String, reference: u8, sim: Option<String> },
    /// The claimant knows that the part has not left. It may be tried again.
    Release { reason: String },
    /// No part that has not left is tried any more.
    Abandon { reason: String },
    /// The outcome of the part is unknown.
    GiveUp { reason: String },
    /// The claimant knows that the part has not left. It is not tried again.
    Fail { holder: String, reason: String },
    /// Another host has found that the claimant does not run: the outcome is unknown.
    Orphan { reason: String },
    /// A claim whose answer never came is withdrawn: it cannot be won any more.
    Withdraw,
    /// A status report says that the recipient has the part.
    Delivered { reason: String },
    /// A status report says that the part was not delivered.
    Undelivered { reason: String },
    /// The part expired.
    Expire,
    /// The part was cancelled.
    Cancel,
}

impl State {
    /// All states.
    pub(crate) const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Claimed,
        Self::Released,
        Self::Sent,
        Self::Failed,
        Self::Unknown,
        Self::Delivered,
        Self::Undelivered,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The state after an arrow; `None` if the arrow does not begin at this state.
    pub(crate) const fn after(self, arrow: &Arrow) -> Option<Self> {
        match (self, arrow) {
            (Self::Waiting | Self::Released, Arrow::Claim { .. }) => Some(Self::Claimed),
            (Self::Waiting | Self::Released, Arrow::Cancel) => Some(Self::Cancelled),
            (Self::Waiting | Self::Released, Arrow::Expire) => Some(Self::Expired),
            (Self::Waiting | Self::Released, Arrow::Abandon { .. }) => Some(Self::Failed),
            (Self::Claimed | Self::Unknown, Arrow::Sent { .. }) => Some(Self::Sent),
            (Self::Claimed, Arrow::Release { .. }) => Some(Self::Released),
            (Self::Claimed, Arrow::GiveUp { .. } | Arrow::Orphan { .. }) => Some(Self::Unknown),
            (Self::Claimed | Self::Unknown, Arrow::Fail { .. }) => Some(Self::Failed),
            (Self::Waiting | Self::Released | Self::Claimed, Arrow::Withdraw) => {
                Some(Self::Released)
            }
            (Self::Sent | Self::Unknown, Arrow::Delivered { .. }) => Some(Self::Delivered),
            (Self::Sent | Self::Unknown, Arrow::Undelivered { .. }) => Some(Self::Undelivered),
            _ => None,
        }
    }

    /// The name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl State {
    /// Returns `true` if nothing of the part has left and a host may claim it.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Released)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Arrow {
    /// The host process that holds the claim, where only that one may follow the arrow.
    pub(crate) fn holder(&self) -> Option<&str> {
        match self {
            Self::Sent { holder, .. } | Self::Fail { holder, .. } => Some(holder),
            _ => None,
        }
    }

    /// Returns `true` if the claimant alone may follow the arrow from a claim.
    pub(crate) const fn is_claimants(&self) -> bool {
        matches!(
            self,
            Self::Sent { .. }
                | Self::Release { .. }
                | Self::GiveUp { .. }
                | Self::Fail { .. }
                | Self::Withdraw
        )
    }
}

/// A part: the number of its message, and its index counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PartKey {
    pub(crate) message: i64,
    pub(crate) part: i64,
}

/// The answer to an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The state has changed.
    Won,
    /// The part is in a state where the arrow does not begin, or another process holds its claim.
    Lost,
    /// The store could not be reached, and nothing may follow from the arrow.
    Away,
    /// The SIM has used up its quota of the day, on this host or others.
    Spent,
}

impl From<bool> for Answer {
    fn from(is_won: bool) -> Self {
        if is_won { Self::Won } else { Self::Lost }
    }
}

/// An answer that comes later.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, StoreError>> + Send>>;

/// A store of the states of parts.
pub(crate) trait Claims: Send + Sync {
    /// Follows an arrow by a compare-and-set, durably.
    ///
    /// The arrow is on its way when the call returns: of two calls the first one goes first,
    /// whichever future is polled first.
    ///
    /// # Errors
    /// Fails when the change may not be durable.
    fn apply(&self, part: PartKey, arrow: Arrow) -> Answering;
}

#[cfg(test)]
mod tests {
    use super::{Arrow, State};

    fn arrows() -> Vec<Arrow> {
        let (holder, reason) = (String::from("boot"), String::from("a reason"));
        vec![
            Arrow::Claim { holder: holder.clone(), member: "usb0".into(), sim: None },
            Arrow::Sent { holder: holder.clone(), reference: 7, sim: None },
            Arrow::Fail { holder, reason: reason.clone() },
            Arrow::Abandon { reason: reason.clone() },
            Arrow::Release { reason: reason.clone() },
            Arrow::GiveUp { reason: reason.clone() },
            Arrow::Orphan { reason: reason.clone() },
            Arrow::Withdraw,
            Arrow::Delivered { reason: reason.clone() },
            Arrow::Undelivered { reason },
            Arrow::Expire,
            Arrow::Cancel,
        ]
    }

    #[test]
    fn a_part_that_may_have_left_is_never_claimed_again() {
        let mut reached = vec![State::Claimed];
        while let Some(state) = reached.pop() {
            for arrow in arrows() {
                // The claimant knows that nothing has left.
                if matches!(arrow, Arrow::Release { .. } | Arrow::Withdraw) {
                    continue;
                }
                assert_ne!(state.after(&arrow), Some(State::Claimed), "{state} {arrow:?}");
                assert_ne!(state.after(&arrow), Some(State::Waiting), "{state} {arrow:?}");
                reached.extend(state.after(&arrow));
            }
        }
    }

    #[test]
    fn only_a_claim_is_released_and_an_end_is_an_end() {
        for state in State::ALL {
            let release = Arrow::Release { reason: String::new() };
            assert!(release.is_claimants());
            assert_eq!(state.after(&release).is_some(), state == State::Claimed);
            let is_end = arrows().iter().all(|arrow| state.after(arrow).is_none());
            let ends = [
                State::Failed,
                State::Delivered,
                State::Undelivered,
                State::Expired,
                State::Cancelled,
            ];
            assert_eq!(is_end, ends.contains(&state), "{state}");
            assert_eq!(State::named(state.name()), Some(state));
        }
    }
}
