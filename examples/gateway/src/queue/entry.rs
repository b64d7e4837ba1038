//! The state of a part on the server, and the arrows: each is one compare-and-set on the revision
//! that was read.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use super::names::part_key;
use super::server::{Away, Bucket, Cas, Found};
use crate::claims::{Arrow, State};
use crate::clock;

/// The time in which an arrow is decided about, or its answer is that the server is away.
const DECIDED_WITHIN: Duration = Duration::from_secs(6);

/// The pause before the server is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// The changes of a part that are kept.
const MAX_HISTORY: usize = 32;

/// The process that a claim belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claimant {
    pub(crate) host: String,
    pub(crate) boot: String,
    pub(crate) token: String,
}

/// A change of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub(crate) at: i64,
    pub(crate) state: State,
    pub(crate) host: String,
    pub(crate) member: Option<String>,
    pub(crate) reason: Option<String>,
}

/// The state of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) state: State,
    /// The holder of the last claim.
    pub(crate) claimant: Option<Claimant>,
    pub(crate) member: Option<String>,
    pub(crate) sim: Option<String>,
    pub(crate) reference: Option<u8>,
    pub(crate) reason: Option<String>,
    /// The name of the write: an entry with it was written by the arrow that has it.
    pub(crate) stamp: String,
    pub(crate) history: Vec<Changed>,
}

impl Entry {
    /// A part that was never tried.
    pub(crate) const fn waiting() -> Self {
        Self {
            state: State::Waiting,
            claimant: None,
            member: None,
            sim: None,
            reference: None,
            reason: None,
            stamp: String::new(),
            history: Vec::new(),
        }
    }

    /// The token of the last claim.
    pub(crate) fn token(&self) -> Option<&str> {
        self.claimant.as_ref().map(|claimant| claimant.token.as_str())
    }

    /// The time of a claim that has not ended, in milliseconds since 1970.
    pub(crate) fn claimed_at(&self) -> Option<i64> {
        let last = self.history.last().filter(|_| self.state == State::Claimed)?;
        Some(last.at)
    }

    /// The entry after an arrow; `None` if the arrow does not begin here, or belongs to a claimant
    /// who is not `by`.
    pub(crate) fn after(&self, arrow: &Arrow, by: &Claimant) -> Option<Self> {
        let state = self.state.after(arrow)?;
        let is_claimed = !self.state.is_open();
        if is_claimed && arrow.is_claimants() && self.token() != Some(&by.token) {
            return None;
        }
        let mut next = Self { state, reason: None, ..self.clone() };
        match arrow {
            Arrow::Claim { member, sim, .. } => {
                next.claimant = Some(by.clone());
                next.member = Some(member.clone());
                next.sim.clone_from(sim);
            }
            Arrow::Sent { reference, sim, .. } => {
                next.reference = Some(*reference);
                next.sim.clone_from(sim);
            }
            Arrow::Abandon { reason }
            | Arrow::Release { reason }
            | Arrow::GiveUp { reason }
            | Arrow::Fail { reason, .. }
            | Arrow::Orphan { reason }
            | Arrow::Delivered { reason }
            | Arrow::Undelivered { reason } => next.reason = Some(reason.clone()),
            Arrow::Expire | Arrow::Cancel | Arrow::Withdraw => {}
        }
        next.history.push(Changed {
            at: clock::now(),
            state,
            host: by.host.clone(),
            member: next.member.clone(),
            reason: next.reason.clone(),
        });
        if next.history.len() > MAX_HISTORY {
            next.history.remove(0);
        }
        Some(next)
    }
}

/// The end of an arrow.
#[derive(Debug, Clone)]
pub(crate) enum Followed {
    /// The arrow was followed.
    Won(Entry),
    /// The arrow does not begin at this entry.
    Lost(Entry),
}

/// Reads the state of a part.
///
/// # Errors
/// Fails when the server does not answer.
pub(crate) async fn read(parts: &Bucket, message: &str, part: i64) -> Result<Found<Entry>, Away> {
    let found = parts.read(&part_key(message, part)).await?;
    Ok(found.unwrap_or(Found { value: Entry::waiting(), revision: 0 }))
}

/// Follows an arrow. A compare-and-set without an answer is asked again: its own stamp says that it
/// was carried out, anything newer that it was not.
///
/// # Errors
/// Fails when the server does not answer in time. The arrow may be followed anyway, now or later.
pub(crate) async fn follow(
    parts: &Bucket,
    message: &str,
    part: i64,
    arrow: &Arrow,
    by: &Claimant,
) -> Result<Followed, Away> {
    let key = part_key(message, part);
    let stamp = Uuid::now_v7().to_string();
    let deadline = Instant::now() + DECIDED_WITHIN;
    while Instant::now() < deadline {
        let Ok(found) = read(parts, message, part).await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if found.value.stamp == stamp {
            return Ok(Followed::Won(found.value));
        }
        let Some(mut next) = found.value.after(arrow, by) else {
            return Ok(Followed::Lost(found.value));
        };
        next.stamp.clone_from(&stamp);
        match parts.write(&key, &next, found.revision).await {
            Cas::Done(_) => return Ok(Followed::Won(next)),
            Cas::Changed => {}
            Cas::NoAnswer => tokio::time::sleep(PAUSE).await,
        }
    }
    Err(Away)
}

/// The next arrow by which the server comes to the state that the claimant knows; `None` if it has
/// it, or another one has decided.
pub(crate) fn toward(server: State, row: &crate::store::queue::Row, holder: &str) -> Option<Arrow> {
    let reason = row.reason.clone().unwrap_or_default();
    let sent = || {
        let (holder, sim) = (String::from(holder), row.sim.clone());
        Some(Arrow::Sent { holder, reference: row.reference?, sim })
    };
    match (server, row.state) {
        (State::Claimed | State::Unknown, State::Sent) => sent(),
        (State::Claimed, State::Delivered | State::Undelivered) => sent(),
        (State::Claimed, State::Unknown) => Some(Arrow::GiveUp { reason }),
        (State::Claimed | State::Unknown, State::Failed) => {
            Some(Arrow::Fail { holder: holder.into(), reason })
        }
        (State::Claimed, State::Released | State::Expired | State::Cancelled) => {
            Some(Arrow::Release { reason })
        }
        (State::Unknown, State::Released | State::Expired | State::Cancelled | State::Waiting) => {
            let reason = "the claim was called unknown, and the part has certainly not left";
            Some(Arrow::Fail { holder: holder.into(), reason: reason.into() })
        }
        (State::Sent | State::Unknown, State::Delivered) => Some(Arrow::Delivered { reason }),
        (State::Sent | State::Unknown, State::Undelivered) => Some(Arrow::Undelivered { reason }),
        (State::Waiting | State::Released, State::Failed) => Some(Arrow::Abandon { reason }),
        (State::Waiting | State::Released, State::Expired) => Some(Arrow::Expire),
        (State::Waiting | State::Released, State::Cancelled) => Some(Arrow::Cancel),
        // A claim that was begun, and not won.
        (State::Waiting | State::Released | State::Claimed, State::Waiting) => {
            row.token.as_ref().map(|_| Arrow::Withdraw)
        }
        _ => None,
    }
}
