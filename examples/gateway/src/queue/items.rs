//! Items: fetched one for each modem that waits, and decided about.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::message::Acker;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::entry::{self, Entry, Followed};
use super::fault::Fault;
use super::hosts::Life;
use super::judge::{Ending, Facts, Verdict, claimant, judge};
use super::keepers::{acknowledge, offer_again};
use super::record::Record;
use super::server::{ANSWER_WITHIN, Away};
use super::{Queue, QueueError};
use crate::claims::{Arrow, State};
use crate::clock;
use crate::config::EventKind;
use crate::engine::{Command, Ready};
use crate::store::{StoreError, queue};

/// The interval at which all lanes are looked at. New messages are announced.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The delay before an item is offered again that another process has.
const LATER: Duration = Duration::from_secs(2);

/// The subjects on which new items are announced: this prefix, and the subject of the item.
pub(super) const HINT: &str = "hint.";

/// The reason why an item was not decided about.
#[derive(Debug)]
pub(super) enum Undecided {
    /// The server did not answer, or others decide at the same time: the item comes again.
    Later,
    Store(StoreError),
}

impl From<Away> for Undecided {
    fn from(Away: Away) -> Self {
        Self::Later
    }
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Queue {
    /// Fetches items for modems that wait, until `stop`.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        mut ready: watch::Receiver<Ready>,
        stop: &CancellationToken,
    ) -> Result<(), QueueError> {
        let hints = self.server.client.subscribe(format!("{HINT}>")).await;
        let mut hints = hints.map_err(|error| QueueError::Unreachable(error.to_string()))?;
        let mut marked: BTreeSet<usize> = (0..self.served.len()).collect();
        let mut looked = Instant::now();
        while !stop.is_cancelled() {
            let mut any = false;
            if self.hosts.is_reachable() {
                for index in marked.clone() {
                    if !self.hosts.is_reachable() {
                        break;
                    }
                    let count = self.room(index, &ready.borrow_and_update());
                    if count == 0 {
                        continue;
                    }
                    let fetched = self.fetch_lane(index, count).await;
                    any |= fetched > 0;
                    if fetched < count {
                        marked.remove(&index);
                    }
                }
            }
            if any {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = ready.changed() => {}
                () = self.free.notified() => {}
                Some(hint) = hints.next() => {
                    self.mark(&hint, &mut marked);
                    while let Some(Some(hint)) = hints.next().now_or_never() {
                        self.mark(&hint, &mut marked);
                    }
                }
                () = tokio::time::sleep_until(looked + LOOK_INTERVAL) => {
                    looked = Instant::now();
                    marked.extend(0..self.served.len());
                }
            }
        }
        Ok(())
    }

    /// Marks the lane of an announced item.
    fn mark(&self, hint: &async_nats::Message, marked: &mut BTreeSet<usize>) {
        let subject = hint.subject.as_str().trim_start_matches(HINT);
        marked.extend(self.served.iter().position(|served| served.lane.subject() == subject));
    }

    /// The number of items that may be fetched from a lane: one for each modem that waits.
    fn room(&self, index: usize, ready: &Ready) -> usize {
        let Some(served) = self.served.get(index) else { return 0 };
        let idle = ready.idle.iter().filter(|name| served.members.contains(name)).count();
        let handling = self.handling.lock().map_or(usize::MAX, |handling| handling.len());
        idle.min(ready.count.saturating_sub(self.in_pool().saturating_add(handling)))
    }

    async fn fetch_lane(self: &Arc<Self>, index: usize, count: usize) -> usize {
        let Some(served) = self.served.get(index) else { return 0 };
        let request = served.consumer.fetch().max_messages(count).messages();
        let Ok(Ok(mut items)) = tokio::time::timeout(ANSWER_WITHIN, request).await else {
            return 0;
        };
        let mut fetched = 0;
        while let Ok(Some(item)) = tokio::time::timeout(ANSWER_WITHIN, items.next()).await {
            let Ok(item) = item else { continue };
            fetched += 1;
            self.take(item);
        }
        fetched
    }

    /// Begins to decide about an item.
    fn take(self: &Arc<Self>, item: jetstream::Message) {
        let is_repeated = item.info().is_ok_and(|info| info.delivered > 1);
        let (message, acker) = item.split();
        let acker = Arc::new(acker);
        let record = match serde_json::from_slice::<Record>(&message.payload) {
            Ok(record) => record,
            Err(error) => {
                // A newer program may have written it, and other hosts may understand it.
                tracing::error!(%error, "an item of the queue cannot be read");
                offer_again(acker, LATER.saturating_mul(15));
                return;
            }
        };
        if self.renew(&record.id, &acker) {
            return;
        }
        let is_first = self.handling.lock().is_ok_and(|mut ids| ids.insert(record.id.clone()));
        if !is_first {
            offer_again(acker, LATER);
            return;
        }
        let queue = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = queue.decide(&record, &acker, is_repeated).await {
                if let Undecided::Store(error) = error {
                    tracing::error!(%error, "an item cannot be decided about");
                }
                offer_again(acker, LATER);
            }
            if let Ok(mut ids) = queue.handling.lock() {
                ids.remove(&record.id);
            }
            queue.free.notify_one();
        });
    }

    /// The states of all parts of a message.
    pub(super) async fn entries(&self, record: &Record) -> Result<Vec<Entry>, Away> {
        let parts = i64::try_from(record.parts).unwrap_or(i64::MAX);
        let reads = (0..parts).map(|part| entry::read(&self.server.parts, &record.id, part));
        let mut reads = futures_util::stream::iter(reads).buffered(16);
        let mut entries = Vec::new();
        while let Some(read) = reads.next().await {
            entries.push(read?.value);
        }
        Ok(entries)
    }

    async fn decide(
        &self,
        record: &Record,
        acker: &Arc<Acker>,
        is_repeated: bool,
    ) -> Result<(), Undecided> {
        // Others may decide at the same time.
        for _ in 0..8 {
            let entries = self.entries(record).await?;
            let id = record.id.clone();
            let live =
                self.store.read(move |connection| queue::live_by_id(connection, &id)).await?;
            let facts = Facts {
                host: &self.settings.host,
                boot: &self.boot,
                is_repeated,
                is_expired: clock::now() >= record.expires_at,
                is_live: live.is_some(),
                orphan_after: Duration::from_secs(self.settings.orphan_after),
            };
            let life: Option<Life> = match claimant(&entries, &facts) {
                Some(claimant) => Some(self.hosts.life(claimant).await?),
                None => None,
            };
            let mut verdict = judge(&entries, life, &facts);
            let is_claimed = entries.iter().any(|entry| entry.state == State::Claimed);
            if self.fault == Fault::Steal && is_repeated && is_claimed && live.is_none() {
                verdict = Verdict::Take;
            }
            match verdict {
                Verdict::Over => {
                    acknowledge(acker).await;
                    return Ok(());
                }
                Verdict::Take => return self.adopt(record, acker).await,
                Verdict::InProgress => {
                    let seq = live.ok_or(Undecided::Later)?;
                    self.keep_item(record, acker, seq);
                    return Ok(());
                }
                Verdict::Later => {
                    self.withdraw(record, &entries).await?;
                    offer_again(Arc::clone(acker), LATER);
                    return Ok(());
                }
                Verdict::Orphaned(parts) => {
                    let reason = "the host that had the part does not run: it may have left";
                    self.end(record, &parts, &Arrow::Orphan { reason: reason.into() }).await?;
                }
                Verdict::Close(ending, parts) => self.end(record, &parts, &arrow(ending)).await?,
            }
        }
        Err(Undecided::Later)
    }

    /// Follows an arrow at parts that this host does not have, and reports the change.
    pub(super) async fn end(
        &self,
        record: &Record,
        parts: &[i64],
        arrow: &Arrow,
    ) -> Result<(), Undecided> {
        let by = self.claims.by("");
        let mut is_changed = false;
        for part in parts {
            let followed = entry::follow(&self.server.parts, &record.id, *part, arrow, &by).await?;
            is_changed |= matches!(followed, Followed::Won(_));
        }
        if is_changed {
            tracing::info!(id = record.id, ?arrow, "a message of another host was decided about");
            self.announce(record).await?;
        }
        Ok(())
    }

    /// Reports the status of a message that this host has no copy of.
    pub(super) async fn announce(&self, record: &Record) -> Result<(), Undecided> {
        let entries = self.entries(record).await?;
        let mut view = record.view(&entries, clock::now());
        view.history.clear();
        let data = serde_json::to_string(&view).unwrap_or_default();
        Ok(self.store.write(move |tx| tx.emit(EventKind::Status, &view.to, None, &data)).await?)
    }

    /// Withdraws claims of this process that it does not know: their answer came after it had
    /// stopped asking.
    async fn withdraw(&self, record: &Record, entries: &[Entry]) -> Result<(), Undecided> {
        for (part, entry) in (0..).zip(entries) {
            let own = entry.claimant.as_ref().filter(|claimant| claimant.boot == self.boot);
            let Some(own) = own.filter(|_| entry.state == State::Claimed) else { continue };
            let id = record.id.clone();
            let copy =
                self.store.read(move |connection| queue::copy_by_id(connection, &id)).await?;
            let row = copy.and_then(|copy| copy.parts.into_iter().find(|row| row.part == part));
            if row.is_none_or(|row| row.state.is_open()) {
                let arrow = Arrow::Withdraw;
                entry::follow(&self.server.parts, &record.id, part, &arrow, own).await?;
            }
        }
        Ok(())
    }

    async fn adopt(&self, record: &Record, acker: &Arc<Acker>) -> Result<(), Undecided> {
        let request = record.request();
        match self.store.write(move |tx| tx.adopt(&request)).await? {
            Some(queue::Adopted::New(waiting)) => {
                self.keep_item(record, acker, waiting.seq);
                if let Some(engine) = self.engine() {
                    engine.send(Command::Accept(waiting));
                }
                // The host that took the message may have heard no answer, and its client asks for
                // the message.
                let _ = self.write_once(&self.server.messages, record).await;
                Ok(())
            }
            Some(queue::Adopted::Live(seq)) => {
                self.keep_item(record, acker, seq);
                Ok(())
            }
            Some(queue::Adopted::Over) | None => Err(Undecided::Later),
        }
    }
}

/// The arrow of parts that nobody has tried.
fn arrow(ending: Ending) -> Arrow {
    match ending {
        Ending::Expired => Arrow::Expire,
        Ending::Cancelled => Arrow::Cancel,
        Ending::Rest => Arrow::Abandon {
            reason: "the part was not tried, since another part has failed or is unknown".into(),
        },
        Ending::Stranded => Arrow::Abandon {
            reason: "the host that has sent the first part did not come back in time".into(),
        },
    }
}
