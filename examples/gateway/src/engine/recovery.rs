//! The start: which messages go on after a kill, and what is known about the parts under way.
//!
//! An attempt has two witnesses. The claim, in the table `parts`, is durable before the record of
//! the attempt, in the table `journal`, and both are durable before the part can leave. The outcome
//! and its record are one transaction. So, after a kill at any moment:
//!
//! | claim | record of the attempt | the part | the rule |
//! |---|---|---|---|
//! | no | no | has not left | it is sent |
//! | yes | no | has not left | the claim is released, and the part is sent |
//! | yes | yes, without an outcome | may have left | it is unknown, and is not sent |
//! | outcome | outcome | is known | it stays so |
//!
//! Anything else is a database that was put together from two. Then the more cautious witness wins:
//! a part that either of them calls attempted is not sent.

use modem::MessageId;
use modem::at::Instant;
use modem::journal::{Damaged, History};
use modem::pool::Ending;

use super::{Arrow, Engine, Known};
use crate::claims::State;
use crate::clock;
use crate::store::{StoreError, Waiting};

/// The reason why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal of the pool is damaged.
    #[error("{0}: restore the database from a backup")]
    Damaged(#[from] Damaged),
    /// The journal of the pool contradicts itself.
    #[error("{0}: restore the database from a backup")]
    Replay(#[from] modem::RestoreError),
    /// The journal of the pool cannot be written.
    #[error("the journal cannot be written, {0}: restore the database from a backup")]
    Snapshot(#[from] modem::Error),
}

/// The state of a message in the journal of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The message waits, and no part of it is under way.
    Waits(MessageId),
    /// The message has ended; the event of its end follows.
    Ended(MessageId, Ending),
    /// The journal has no such message.
    Nothing,
}

impl Engine {
    /// Reads the journal and the claims, and decides about each message without an outcome.
    pub(super) async fn recover(&mut self) -> Result<(), StartError> {
        let log = self.store.write(|tx| tx.journal()).await?;
        if log.is_empty() {
            self.store.write(|tx| tx.forget_pool()).await?;
        }
        let history = History::read(&log, clock::since_epoch())?;
        self.pool.replay(history, Instant::ZERO)?;
        let unfinished = self.store.write(|tx| tx.unfinished()).await?;
        let mut resubmit = Vec::new();
        for message in unfinished {
            if let Some(message) = self.decide(message).await? {
                resubmit.push(message);
            }
        }
        let snapshot = self.pool.compact(Instant::ZERO)?;
        let mut log = Vec::new();
        snapshot.encode(clock::since_epoch(), &mut log);
        self.store.write(move |tx| tx.replace_journal(&log)).await?;
        self.compacted = snapshot.last_record();
        self.pool.handle_durable(snapshot.last_record(), Instant::ZERO);
        for message in resubmit {
            self.accept(message);
        }
        Ok(())
    }

    /// Decides about a message. Returns it if the pool is to have it.
    async fn decide(&mut self, message: Waiting) -> Result<Option<Waiting>, StartError> {
        let seq = message.seq;
        let fate = self.fate(&message);
        let states = self.store.write(move |tx| tx.states(seq)).await?;
        let arrow = match fate {
            // A part that was attempted would have ended the message.
            Fate::Waits(id) => {
                if let Some(bundle) = &message.bundle {
                    self.bundles.lead(bundle, seq);
                }
                let known =
                    Known { seq, id: message.id, bundle: message.bundle, is_elsewhere: false };
                self.messages.insert(id, known);
                released()
            }
            Fate::Ended(id, ending) => {
                let known =
                    Known { seq, id: message.id, bundle: message.bundle, is_elsewhere: false };
                self.messages.insert(id, known);
                if ending == Ending::Unknown { unknown() } else { released() }
            }
            Fate::Nothing => {
                let is_untouched =
                    |(_, state): &(i64, State)| matches!(state, State::Waiting | State::Released);
                if states.iter().all(is_untouched) {
                    return Ok(Some(message));
                }
                unknown()
            }
        };
        if fate == Fate::Nothing {
            let reason = "the part was not tried: the journal does not know its message";
            let rest = Arrow::Abandon { reason: reason.into() };
            self.store
                .write(move |tx| {
                    tx.apply_all(seq, &arrow)?;
                    tx.apply_all(seq, &rest)
                })
                .await?;
        } else {
            self.store.write(move |tx| tx.apply_all(seq, &arrow)).await?;
        }
        Ok(None)
    }

    fn fate(&self, message: &Waiting) -> Fate {
        let id = message.pool_id.and_then(|id| u64::try_from(id).ok()).map(MessageId::from);
        let Some(id) = id else {
            return Fate::Nothing;
        };
        if self.pool.why(id).is_some() {
            return Fate::Waits(id);
        }
        let ended = self.pool.unsettled().find(|result| result.message == id);
        ended.map_or(Fate::Nothing, |result| Fate::Ended(id, result.ending))
    }
}

/// The arrow of a claim without an attempt.
fn released() -> Arrow {
    Arrow::Release { reason: "the gateway ended before the part was sent".into() }
}

/// The arrow of a claim with an attempt.
fn unknown() -> Arrow {
    let reason = "the gateway ended while the part was under way: it may have left";
    Arrow::GiveUp { reason: reason.into() }
}
