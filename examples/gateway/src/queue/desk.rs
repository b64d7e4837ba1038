//! The claims of a host with a queue: on the server, and in the journal of the host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use uuid::Uuid;

use super::entry::{self, Claimant, Followed};
use super::fault::Fault;
use super::quota::{Quota, today};
use super::server::Bucket;
use crate::claims::{Answer, Answering, Arrow, Claims, PartKey, State};
use crate::store::queue::Intent;
use crate::store::{Store, StoreError};

/// One lock for each part, so that a claim and the report of its end do not cross.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<PartKey, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// The lock of a part.
    pub(crate) fn of(&self, key: PartKey) -> Arc<tokio::sync::Mutex<()>> {
        let Ok(mut locks) = self.0.lock() else { return Arc::default() };
        if let Some(lock) = locks.get(&key).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= 1024 {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(key, Arc::downgrade(&lock));
        lock
    }
}

/// The process of a host, and where it claims.
#[derive(Debug, Clone)]
pub(crate) struct QueueClaims {
    pub(super) store: Store,
    pub(super) parts: Bucket,
    pub(super) host: String,
    pub(super) boot: String,
    pub(super) locks: Arc<Locks>,
    pub(super) fault: Fault,
    pub(super) quota: Quota,
}

impl Claims for QueueClaims {
    fn apply(&self, part: PartKey, arrow: Arrow) -> Answering {
        if matches!(arrow, Arrow::Claim { .. }) {
            let claims = self.clone();
            return Box::pin(async move { claims.claim(part, arrow).await });
        }
        self.store.apply(part, arrow)
    }
}

impl QueueClaims {
    /// The claimant with a token.
    pub(super) fn by(&self, token: &str) -> Claimant {
        Claimant { host: self.host.clone(), boot: self.boot.clone(), token: token.into() }
    }

    /// Claims a part: the token becomes durable here, the claim on the server, and the claim here.
    async fn claim(&self, key: PartKey, arrow: Arrow) -> Result<Answer, StoreError> {
        let lock = self.locks.of(key);
        let _held = lock.lock().await;
        let token = Uuid::now_v7().to_string();
        let noted = token.clone();
        let (id, before) = match self.store.write(move |tx| tx.intend(key, &noted)).await? {
            Intent::Local => return self.store.apply(key, arrow).await,
            Intent::Late => return Ok(Answer::Lost),
            Intent::Begun { id, before } => (id, before),
        };
        let sim = match &arrow {
            Arrow::Claim { sim, .. } => sim.clone(),
            _ => None,
        };
        let day = today();
        if let Some(sim) = &sim {
            match self.quota.take(sim, day).await {
                Ok(true) => {}
                Ok(false) => return Ok(Answer::Spent),
                Err(_) => return Ok(Answer::Away),
            }
        }
        let answer = if self.fault == Fault::NoClaim {
            Answer::Won
        } else {
            self.claim_on_server(&id, key.part, &arrow, &token, before.as_deref()).await
        };
        if answer != Answer::Won {
            if let Some(sim) = &sim {
                // Without an answer one part too many is counted.
                let _ = self.quota.give(sim, day).await;
            }
            return Ok(answer);
        }
        let is_claimed = self.store.write(move |tx| tx.claimed(key, &arrow)).await?;
        // The message may have expired here meanwhile: its state is reported to the server.
        Ok(is_claimed.into())
    }

    async fn claim_on_server(
        &self,
        id: &str,
        part: i64,
        arrow: &Arrow,
        token: &str,
        before: Option<&str>,
    ) -> Answer {
        let by = self.by(token);
        loop {
            let Ok(followed) = entry::follow(&self.parts, id, part, arrow, &by).await else {
                return Answer::Away;
            };
            let entry = match followed {
                Followed::Won(_) => return Answer::Won,
                Followed::Lost(entry) => entry,
            };
            let is_own =
                entry.state == State::Claimed && before.is_some() && entry.token() == before;
            let earlier = match entry.token() {
                // The journal of this host says that its earlier claim has ended without sending.
                Some(earlier) if is_own => self.by(earlier),
                Some(other) if self.fault == Fault::Steal => self.by(other),
                _ => return Answer::Lost,
            };
            let release =
                Arrow::Release { reason: "the part was not sent, and is tried again".into() };
            if entry::follow(&self.parts, id, part, &release, &earlier).await.is_err() {
                return Answer::Away;
            }
        }
    }
}
