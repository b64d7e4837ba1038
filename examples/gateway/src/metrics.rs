//! Metrics by the Prometheus conventions.

use std::sync::atomic::AtomicI64;

use modem::PartOutcome;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::api::ModemView;
use crate::store::{Store, StoreError, deliveries, messages};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartLabels {
    modem: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModemLabels {
    modem: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountLabels {
    account: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    account: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    account: String,
    /// The command_status.
    status: u32,
}

/// The metrics of the gateway.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    parts: Family<PartLabels, Counter>,
    received: Family<ModemLabels, Counter>,
    requests: Family<CodeLabels, Counter>,
    /// The time from the announcement of an attempt to its durable claim.
    pub(crate) claim: Histogram,
    messages: Family<StatusLabels, Gauge<i64, AtomicI64>>,
    up: Family<ModemLabels, Gauge>,
    signal: Family<ModemLabels, Gauge>,
    webhooks: Gauge,
    dead: Gauge,
    queue_up: Gauge,
    queue_in_hand: Gauge,
    smpp_sessions: Family<AccountLabels, Gauge>,
    smpp_submits: Family<AnswerLabels, Counter>,
    smpp_deliveries: Family<DeliveryLabels, Counter>,
}

impl Metrics {
    /// Creates all metrics at zero.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("sms");
        let claim = Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0]);
        let mut metrics = Self {
            parts: Family::default(),
            received: Family::default(),
            requests: Family::default(),
            claim,
            messages: Family::default(),
            up: Family::default(),
            signal: Family::default(),
            webhooks: Gauge::default(),
            dead: Gauge::default(),
            queue_up: Gauge::default(),
            queue_in_hand: Gauge::default(),
            smpp_sessions: Family::default(),
            smpp_submits: Family::default(),
            smpp_deliveries: Family::default(),
            registry: Registry::default(),
        };
        registry.register("parts", "Parts by their outcome", metrics.parts.clone());
        registry.register(
            "received",
            "Received messages and status reports",
            metrics.received.clone(),
        );
        registry.register("http_requests", "Answers by their status", metrics.requests.clone());
        registry.register(
            "claim_seconds",
            "Time to a durable claim of a part",
            metrics.claim.clone(),
        );
        registry.register("messages", "Messages by their status", metrics.messages.clone());
        registry.register("modem_up", "1 if the modem is ready", metrics.up.clone());
        registry.register("modem_signal_dbm", "Signal strength", metrics.signal.clone());
        registry.register("webhooks_waiting", "Webhooks that wait", metrics.webhooks.clone());
        registry.register("webhooks_dead", "Dead letters of webhooks", metrics.dead.clone());
        let text = "1 if the NATS server of the queue answers";
        registry.register("queue_up", text, metrics.queue_up.clone());
        let text = "Messages of the queue that this host has";
        registry.register("queue_in_hand", text, metrics.queue_in_hand.clone());
        let text = "Sessions of SMPP that are bound";
        registry.register("smpp_sessions", text, metrics.smpp_sessions.clone());
        let text = "Answers to submit_sm by their command_status";
        registry.register("smpp_submits", text, metrics.smpp_submits.clone());
        let text = "Answers of clients to deliver_sm by what follows";
        registry.register("smpp_deliveries", text, metrics.smpp_deliveries.clone());
        metrics.registry = registry;
        metrics
    }

    /// Counts a part.
    pub(crate) fn part(&self, modem: &str, outcome: &PartOutcome) {
        let outcome = match outcome {
            PartOutcome::Sent { .. } => "sent",
            PartOutcome::Unknown { .. } => "unknown",
            PartOutcome::Failed { .. } => "failed",
            _ => "returned",
        };
        self.parts.get_or_create(&PartLabels { modem: modem.into(), outcome }).inc();
    }

    /// Counts a received message or status report.
    pub(crate) fn received(&self, modem: &str) {
        self.received.get_or_create(&ModemLabels { modem: modem.into() }).inc();
    }

    /// Notes the state of the queue.
    pub(crate) fn queue(&self, is_up: bool, in_hand: usize) {
        self.queue_up.set(i64::from(is_up));
        self.queue_in_hand.set(i64::try_from(in_hand).unwrap_or(i64::MAX));
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, code: u16) {
        self.requests.get_or_create(&CodeLabels { code }).inc();
    }

    /// Notes that a session of SMPP has bound, or has ended.
    pub(crate) fn smpp_session(&self, account: &str, is_bound: bool) {
        let sessions = self.smpp_sessions.get_or_create(&AccountLabels { account: account.into() });
        let _ = if is_bound { sessions.inc() } else { sessions.dec() };
    }

    /// Counts an answer to submit_sm.
    pub(crate) fn smpp_submitted(&self, account: &str, status: u32) {
        self.smpp_submits.get_or_create(&AnswerLabels { account: account.into(), status }).inc();
    }

    /// Counts an answer to deliver_sm. Its status is the client's, and may be any number.
    pub(crate) fn smpp_delivered(&self, account: &str, outcome: &'static str) {
        let labels = DeliveryLabels { account: account.into(), outcome };
        self.smpp_deliveries.get_or_create(&labels).inc();
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub(crate) async fn text(
        &self,
        store: &Store,
        modems: &[ModemView],
    ) -> Result<String, StoreError> {
        let (counts, (waiting, dead)) = store
            .read(|connection| Ok((messages::count(connection)?, deliveries::counts(connection)?)))
            .await?;
        for status in crate::api::Status::ALL {
            let name = status.name();
            let count =
                counts.iter().find(|(other, _)| other == name).map_or(0, |(_, count)| *count);
            self.messages.get_or_create(&StatusLabels { status: name.into() }).set(count);
        }
        self.webhooks.set(waiting);
        self.dead.set(dead);
        for modem in modems {
            let labels = ModemLabels { modem: modem.name.clone() };
            self.up.get_or_create(&labels).set(i64::from(modem.state != "down"));
            match modem.signal {
                Some(signal) => drop(self.signal.get_or_create(&labels).set(signal.into())),
                None => drop(self.signal.remove(&labels)),
            }
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        Ok(text)
    }
}
