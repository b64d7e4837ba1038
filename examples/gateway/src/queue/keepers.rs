//! The items that this process has: the server hears that they are in progress, until their message
//! is over or goes to another host.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::record::Record;
use super::server::ANSWER_WITHIN;
use super::{Queue, QueueError};
use crate::engine::Command;

/// The time after which a message that no modem here has taken may go to another host.
const GIVE_BACK_AFTER: Duration = Duration::from_secs(10);

/// An item that this process has.
#[derive(Clone)]
pub(crate) struct Keeper {
    acker: Arc<Acker>,
    seq: i64,
    /// The engine has the message.
    is_in_pool: bool,
    since: Instant,
}

impl Queue {
    pub(super) fn keep_item(&self, record: &Record, acker: &Arc<Acker>, seq: i64) {
        let keeper =
            Keeper { acker: Arc::clone(acker), seq, is_in_pool: true, since: Instant::now() };
        if let Ok(mut keepers) = self.keepers.lock() {
            keepers.insert(record.id.clone(), keeper);
        }
    }

    /// Notes that the engine does not have a message any more.
    pub(super) fn ended(&self, seq: i64) {
        if let Ok(mut keepers) = self.keepers.lock() {
            for keeper in keepers.values_mut().filter(|keeper| keeper.seq == seq) {
                keeper.is_in_pool = false;
            }
        }
        self.free.notify_one();
    }

    /// Ends an item: it is acknowledged if its message is over, and offered again otherwise.
    pub(super) async fn finish(&self, id: &str, is_over: bool) {
        let keeper = self.keepers.lock().map_or(None, |mut keepers| keepers.remove(id));
        self.free.notify_one();
        let Some(keeper) = keeper else { return };
        if is_over {
            acknowledge(&keeper.acker).await;
        } else {
            offer_again(keeper.acker, Duration::from_millis(500));
        }
    }

    /// Tells the server that items are in progress, and gives back what no modem here takes, until
    /// `stop`.
    pub(super) async fn keep(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        let interval = Duration::from_secs(self.settings.ack_wait).div_f64(3.0);
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            let keepers: Vec<Keeper> = match self.keepers.lock() {
                Ok(keepers) => keepers.values().cloned().collect(),
                Err(_) => return Ok(()),
            };
            for keeper in keepers {
                let progress = keeper.acker.ack_with(AckKind::Progress);
                // Without an answer the item comes again, to one who looks at its claim.
                let _ = tokio::time::timeout(ANSWER_WITHIN, progress).await;
                if keeper.is_in_pool
                    && keeper.since.elapsed() > GIVE_BACK_AFTER
                    && let Some(engine) = self.engine()
                {
                    engine.send(Command::GiveBack(keeper.seq));
                }
            }
        }
        self.leave().await;
        Ok(())
    }

    /// Offers the items again of which nothing was tried here: another host need not wait for them.
    async fn leave(&self) {
        let keepers: Vec<(String, Keeper)> = match self.keepers.lock() {
            Ok(mut keepers) => keepers.drain().collect(),
            Err(_) => return,
        };
        for (_, keeper) in keepers {
            let again = keeper.acker.ack_with(AckKind::Nak(None));
            let _ = tokio::time::timeout(Duration::from_millis(200), again).await;
        }
    }

    /// Notes that an item has come again. Returns `false` if this process does not have it.
    pub(super) fn renew(&self, id: &str, acker: &Arc<Acker>) -> bool {
        let Ok(mut keepers) = self.keepers.lock() else { return false };
        let keeper = keepers.get_mut(id);
        keeper.map(|keeper| keeper.acker = Arc::clone(acker)).is_some()
    }

    /// The number of messages that the engine has.
    pub(super) fn in_pool(&self) -> usize {
        let keepers = self.keepers.lock();
        keepers.map_or(usize::MAX, |keepers| {
            keepers.values().filter(|keeper| keeper.is_in_pool).count()
        })
    }
}

/// Acknowledges an item, and waits until the server has noted that. An item whose acknowledgement
/// is lost comes again, and is acknowledged then.
pub(super) async fn acknowledge(acker: &Acker) {
    let acked = tokio::time::timeout(ANSWER_WITHIN, acker.double_ack()).await;
    if !matches!(acked, Ok(Ok(()))) {
        tracing::debug!("an item was not acknowledged, and will come again");
    }
}

/// Offers an item again after a delay.
pub(super) fn offer_again(acker: Arc<Acker>, delay: Duration) {
    tokio::spawn(async move {
        let again = acker.ack_with(AckKind::Nak(Some(delay)));
        let _ = tokio::time::timeout(ANSWER_WITHIN, again).await;
    });
}
