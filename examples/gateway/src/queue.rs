//! Many hosts: messages wait in a stream of a NATS server, each host fetches one for each modem
//! that waits, and each part is claimed on the server before it can leave.

mod accept;
mod desk;
mod entry;
mod fault;
mod hosts;
mod inbound;
mod items;
mod judge;
mod keepers;
mod later;
mod names;
mod purge;
mod push;
mod quota;
mod record;
mod reports;
mod server;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::consumer::{AckPolicy, Consumer};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

pub(crate) use self::accept::Accepted;
use self::desk::QueueClaims;
use self::fault::Fault;
use self::hosts::Hosts;
pub(crate) use self::inbound::Hook;
use self::keepers::Keeper;
use self::names::Lane;
use self::quota::Quota;
pub(crate) use self::reports::Report;
use self::server::Server;
pub(crate) use self::server::{Away, QueueError};
use crate::config::{self, Config};
use crate::engine::{Desk, Handle, Note, Notes, Ready};
use crate::store::Store;

/// The reason why a host claims nothing.
pub(crate) const UNREACHABLE: &str = "the NATS server cannot be reached: nothing new is sent";

/// The items of a consumer that may be in the hands of hosts: more than all modems.
const MAX_ACK_PENDING: i64 = 10_000;

/// A lane that this host serves.
#[derive(Debug)]
struct Served {
    lane: Lane,
    members: Vec<String>,
    consumer: Consumer<pull::Config>,
}

/// The queue of several hosts.
pub(crate) struct Queue {
    config: Arc<Config>,
    settings: config::Queue,
    boot: String,
    server: Server,
    store: Store,
    claims: QueueClaims,
    hosts: Hosts,
    served: Vec<Served>,
    /// The consumer of received messages.
    inbound: Consumer<pull::Config>,
    engine: OnceLock<Handle>,
    /// The items that this process has, by the identifier of their message.
    keepers: Mutex<HashMap<String, Keeper>>,
    /// The messages whose item is being decided about.
    handling: Mutex<HashSet<String>>,
    /// Lanes of which a consumer is known.
    lanes: Mutex<HashSet<Lane>>,
    /// Wakes the task that fetches.
    free: Notify,
    fault: Fault,
}

/// The channels by which the queue hears of the engine.
pub(crate) struct Ears {
    notes: mpsc::UnboundedReceiver<Note>,
    ready: watch::Receiver<Ready>,
}

impl Queue {
    /// Connects to the server, and returns the queue, its ears, and the desk for the engine.
    ///
    /// # Errors
    /// Fails when the server cannot be reached, is too old, or refuses a stream.
    pub(crate) async fn connect(
        settings: &config::Queue,
        config: &Arc<Config>,
        store: &Store,
    ) -> Result<(Arc<Self>, Ears, Desk), QueueError> {
        let server = Server::connect(settings, config.limits.waiting).await?;
        let boot = uuid::Uuid::now_v7().to_string();
        let fault = Fault::chosen();
        let claims = QueueClaims {
            store: store.clone(),
            parts: server.parts.clone(),
            host: settings.host.clone(),
            boot: boot.clone(),
            locks: Arc::default(),
            fault,
            quota: Quota { bucket: server.quota.clone(), per_day: config.limits.per_day },
        };
        let mut served = Vec::new();
        for (lane, members) in names::lanes(config) {
            let consumer = Self::consumer(&server, settings, &lane).await?;
            served.push(Served { lane, members, consumer });
        }
        let inbound = inbound::consumer(&server, settings).await?;
        store.set_shares_received(Self::shares(config));
        let (notes, note_ears) = mpsc::unbounded_channel();
        let (ready, ready_ears) = watch::channel(Ready::default());
        let desk = Desk { claims: Arc::new(claims.clone()), notes: Some(Notes { notes, ready }) };
        let queue = Self {
            hosts: Hosts::new(server.hosts.clone(), &settings.host, &boot),
            config: Arc::clone(config),
            settings: settings.clone(),
            boot,
            server,
            store: store.clone(),
            claims,
            served,
            inbound,
            engine: OnceLock::new(),
            keepers: Mutex::default(),
            handling: Mutex::default(),
            lanes: Mutex::default(),
            free: Notify::new(),
            fault,
        };
        Ok((Arc::new(queue), Ears { notes: note_ears, ready: ready_ears }, desk))
    }

    async fn consumer(
        server: &Server,
        settings: &config::Queue,
        lane: &Lane,
    ) -> Result<Consumer<pull::Config>, QueueError> {
        let config = pull::Config {
            durable_name: Some(lane.consumer()),
            filter_subject: lane.subject(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_secs(settings.ack_wait),
            max_deliver: -1,
            max_ack_pending: MAX_ACK_PENDING,
            ..pull::Config::default()
        };
        server::consumer(&server.work, config).await
    }

    /// Runs until `stop`.
    ///
    /// # Errors
    /// Fails when the database fails, or another process has the name of this host.
    pub(crate) async fn run(
        self: Arc<Self>,
        ears: Ears,
        engine: Handle,
        stop: CancellationToken,
    ) -> Result<(), QueueError> {
        let _ = self.engine.set(engine);
        let Ears { notes, ready } = ears;
        let ended = tokio::try_join!(
            self.hosts.beat(&stop),
            self.push(notes, &stop),
            self.fetch(ready, &stop),
            self.keep(&stop),
            self.submit_later(&stop),
            self.share_inbound(&stop),
            self.purge(&stop),
        );
        ended?;
        Ok(())
    }

    /// The reason why nothing new can be claimed; `None` if the server can be reached.
    pub(crate) fn unreachable(&self) -> Option<&'static str> {
        (!self.hosts.is_reachable()).then_some(UNREACHABLE)
    }

    /// The number of messages of the queue that this host has.
    pub(crate) fn in_hand(&self) -> usize {
        self.keepers.lock().map_or(0, |keepers| keepers.len())
    }

    fn engine(&self) -> Option<&Handle> {
        self.engine.get()
    }
}
