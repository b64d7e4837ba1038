//! The deliveries of a session: at most ten without an answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusmpp::CommandStatus;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Server;
use super::accounts::Member;
use super::deliver::{self, Verdict};
use super::frames;
use super::open::Opened;
use crate::clock;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::store::Store;

/// The number of deliver_sm without an answer in a session.
const WINDOW: usize = 10;

/// The pause of a session after its client has not taken a delivery, or the database has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The delays in seconds before a delivery is repeated; the last one is repeated.
const DELAYS: [i64; 7] = [5, 15, 60, 300, 900, 1_800, 3_600];

/// The number of attempts after which a delivery is a dead letter.
const MAX_ATTEMPTS: i64 = 30;

/// A deliver_sm without an answer.
#[derive(Debug, Clone, Copy)]
struct Unanswered {
    number: i64,
    attempts: i64,
    sent_at: Instant,
}

/// The deliveries of a session.
pub(super) struct Outbox {
    store: Store,
    config: Arc<Config>,
    metrics: Arc<Metrics>,
    member: Arc<Member>,
    /// Nothing is delivered to a transmitter.
    is_open: bool,
    has_tlvs: bool,
    answer_within: Duration,
    changes: watch::Receiver<()>,
    unanswered: HashMap<u32, Unanswered>,
    /// The time of the next look; `None` if nothing waits.
    look_at: Option<Instant>,
}

impl Outbox {
    pub(super) fn new(server: &Server, opened: &Opened) -> Self {
        Self {
            store: server.store.clone(),
            config: Arc::clone(&server.config),
            metrics: Arc::clone(&server.metrics),
            member: Arc::clone(&opened.bind.0),
            is_open: opened.kind.receives(),
            has_tlvs: opened.has_tlvs,
            answer_within: Duration::from_secs(server.config.smpp.answer_within),
            changes: server.store.smpp_deliveries(),
            unanswered: HashMap::new(),
            look_at: Some(Instant::now()),
        }
    }

    /// Waits until something new waits for a client.
    pub(super) async fn changed(&mut self) {
        let has_sender = self.is_open && self.changes.changed().await.is_ok();
        if !has_sender {
            std::future::pending::<()>().await;
        }
    }

    /// Looks for deliveries at the next occasion, or after the pause.
    pub(super) fn look_now(&mut self) {
        let now = Instant::now();
        // A pause has its own time, which is later.
        self.look_at = Some(self.look_at.map_or(now, |at| at.min(now + PAUSE)));
    }

    /// The time at which something is to be done.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let has_room = self.is_open && self.unanswered.len() < WINDOW;
        let look_at = self.look_at.filter(|_| has_room);
        let late_at = self.unanswered.values().map(|open| open.sent_at + self.answer_within).min();
        look_at.into_iter().chain(late_at).min()
    }

    /// Returns `true` if the client has not answered in time.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.unanswered.values().any(|open| open.sent_at + self.answer_within <= now)
    }

    /// Appends deliveries that are due, as many as the window takes.
    pub(super) async fn fill(&mut self, out: &mut Vec<u8>, mut sequence: impl FnMut() -> u32) {
        let room = WINDOW.saturating_sub(self.unanswered.len());
        let now = Instant::now();
        if !self.is_open || room == 0 || self.look_at.is_none_or(|at| at > now) {
            return;
        }
        self.changes.mark_unchanged();
        let (due, next) = match self.member.take(&self.store, room).await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::error!(%error, "deliveries of SMPP cannot be read");
                self.look_at = Some(now + PAUSE);
                return;
            }
        };
        self.look_at = if due.len() == room {
            Some(now)
        } else {
            next.map(|at| {
                let left = u64::try_from(at.saturating_sub(clock::now())).unwrap_or(0);
                now + Duration::from_millis(left.max(10))
            })
        };
        for delivery in due {
            let content = delivery.content.as_ref();
            let pdu = content
                .and_then(|content| deliver::pdu(content, &self.member.account, &self.config));
            let Some(mut pdu) = pdu else {
                self.settle(delivery.number, MAX_ATTEMPTS, Verdict::Never);
                continue;
            };
            if !self.has_tlvs && !pdu.short_message().is_empty() {
                pdu.clear_tlvs();
            }
            let sequence = sequence();
            frames::write(out, CommandStatus::EsmeRok, sequence, pdu);
            let open = Unanswered {
                number: delivery.number,
                attempts: delivery.attempts,
                sent_at: Instant::now(),
            };
            self.unanswered.insert(sequence, open);
        }
    }

    /// Takes an answer. One to another request is not about a delivery.
    pub(super) fn answered(&mut self, sequence: u32, status: u32) {
        let Some(open) = self.unanswered.remove(&sequence) else { return };
        let verdict = Verdict::of(status);
        self.metrics.smpp_delivered(&self.member.account.system_id, verdict.name());
        if verdict != Verdict::Taken {
            let (account, number) = (&self.member.account.system_id, open.number);
            tracing::warn!(account, number, status, "a client of SMPP has not taken a delivery");
        }
        if verdict == Verdict::Later {
            self.look_at = Some(Instant::now() + PAUSE);
        }
        self.settle(open.number, open.attempts, verdict);
    }

    /// Stores the end of an attempt, and gives the delivery back once that is durable.
    fn settle(&self, number: i64, attempts: i64, verdict: Verdict) {
        let (member, store) = (Arc::clone(&self.member), self.store.clone());
        self.store.write_then(
            move |tx| match verdict {
                Verdict::Taken => tx.delivered(number),
                Verdict::Later if attempts + 1 < MAX_ATTEMPTS => {
                    let index = usize::try_from(attempts).unwrap_or(0).min(DELAYS.len() - 1);
                    let at = tx.now.saturating_add(DELAYS[index] * 1000);
                    tx.not_delivered(number, "the client could not take it", Some(at))
                }
                Verdict::Later | Verdict::Never => {
                    tx.not_delivered(number, "the client has refused it", None)
                }
            },
            move |result| match result {
                Ok(()) => {
                    member.release(number);
                    if verdict == Verdict::Later {
                        // Whichever session looks next learns its new time.
                        store.wake_smpp();
                    }
                }
                // It stays taken, since the next attempt would fail like this one.
                Err(error) => tracing::error!(%error, "the end of a delivery cannot be stored"),
            },
        );
    }
}

impl Drop for Outbox {
    /// Gives everything without an answer to other sessions of the account.
    fn drop(&mut self) {
        let late = Instant::now();
        for open in self.unanswered.values() {
            if open.sent_at + self.answer_within <= late {
                self.settle(open.number, open.attempts, Verdict::Later);
            } else {
                self.member.release(open.number);
            }
        }
        if !self.unanswered.is_empty() {
            self.store.wake_smpp();
        }
    }
}
