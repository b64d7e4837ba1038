//! The SMPP 3.4 server: other programs send and receive through the modems as through a service
//! centre.
//!
//! A message is accepted like one by HTTP: it is durable before it is answered, and the engine gets
//! it after its answer, so that its receipt cannot overtake the answer. What clients are told waits
//! in the database until they have it.

mod accounts;
mod body;
mod deliver;
mod frames;
mod ids;
mod open;
mod outbox;
mod session;
mod submission;
mod submit;
#[cfg(test)]
mod tests;
mod times;
mod tls;
mod wire;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use self::accounts::{Accounts, Refusals};
use self::ids::Ids;
use self::session::Session;
pub(crate) use self::tls::acceptor;
use self::wire::Wire;
use crate::api::Incoming;
use crate::clock;
use crate::config::Config;
use crate::engine::Handle;
use crate::metrics::Metrics;
use crate::store::{Follow, Store, StoreError, smpp};

/// The maximum number of connections; a further one waits.
const MAX_CONNECTIONS: usize = 1024;

/// The time for the handshake of TLS.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// The interval at which messages are looked for whose validity has ended.
const CONCLUDE_INTERVAL: Duration = Duration::from_secs(1);

/// The state that all sessions share.
pub(crate) struct Server {
    store: Store,
    engine: Handle,
    config: Arc<Config>,
    metrics: Arc<Metrics>,
    accounts: Accounts,
    refusals: Refusals,
    ids: Ids,
    stop: CancellationToken,
}

impl Server {
    /// The server of a configuration.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub(crate) async fn new(
        store: Store,
        engine: Handle,
        config: Arc<Config>,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Result<Self, StoreError> {
        let last = store.read(smpp::last_id).await?;
        Ok(Self {
            accounts: Accounts::new(&config.smpp),
            refusals: Refusals::default(),
            ids: Ids::new(config.smpp.node, last),
            store,
            engine,
            config,
            metrics,
            stop,
        })
    }
}

/// The accounts that are to have a received message.
pub(crate) fn follows(config: &Config, incoming: &Incoming) -> Vec<Follow> {
    // A PDU that cannot be decoded stays in the inbox.
    if incoming.text.is_none() && incoming.data.is_none() {
        return Vec::new();
    }
    let accounts = config.smpp.accounts.iter().filter(|account| {
        if account.receive_from.is_empty() {
            account.receive
        } else {
            account.receive_from.contains(&incoming.modem)
        }
    });
    accounts.map(|account| Follow::Smpp { account: account.system_id.clone() }).collect()
}

/// Serves until the stop, and until the sessions have ended.
pub(crate) async fn serve(listener: TcpListener, server: Arc<Server>, tls: Option<TlsAcceptor>) {
    let conclusions = tokio::spawn(conclude(server.store.clone(), server.stop.clone()));
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    while let Some(Ok(permit)) =
        server.stop.run_until_cancelled(Arc::clone(&permits).acquire_owned()).await
    {
        let (stream, peer) = match server.stop.run_until_cancelled(listener.accept()).await {
            None => break,
            Some(Ok(accepted)) => accepted,
            Some(Err(error)) => {
                // Such as too many open files: other connections may end meanwhile.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Answers are small, and each is written at once.
        let _ = stream.set_nodelay(true);
        let (server, tls, peer) = (Arc::clone(&server), tls.clone(), peer.ip());
        connections.spawn(async move {
            match tls {
                None => session(server, stream, peer).await,
                Some(tls) => {
                    match tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
                        Ok(Ok(stream)) => session(server, stream, peer).await,
                        _ => tracing::debug!(%peer, "a client of SMPP does not speak TLS"),
                    }
                }
            }
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    while connections.join_next().await.is_some() {}
    // It has ended, or will with the runtime.
    drop(conclusions);
}

/// Serves one connection from its bind to its end.
async fn session<S: AsyncRead + AsyncWrite>(server: Arc<Server>, stream: S, peer: IpAddr) {
    let mut wire = Wire::new(stream);
    let Some(opened) = open::open(&server, &mut wire, peer).await else { return };
    let account = opened.bind.0.account.system_id.clone();
    tracing::info!(account, kind = ?opened.kind, %peer, "a client of SMPP has bound");
    server.metrics.smpp_session(&account, true);
    let ended = Session::new(Arc::clone(&server), opened, wire).run().await;
    server.metrics.smpp_session(&account, false);
    match ended {
        Ok(()) => tracing::info!(account, %peer, "a client of SMPP has unbound"),
        Err(error) => tracing::info!(account, %peer, %error, "a session of SMPP has ended"),
    }
}

/// Adds the receipts of messages whose outcome is unknown at the end of their validity.
async fn conclude(store: Store, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(CONCLUDE_INTERVAL)).await.is_some() {
        let now = clock::now();
        let is_overdue = store.read(move |connection| smpp::is_overdue(connection, now)).await;
        let concluded = match is_overdue {
            Ok(false) => continue,
            Ok(true) => store.write(|tx| tx.conclude_smpp()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = concluded {
            tracing::error!(%error, "receipts of SMPP cannot be stored");
        }
    }
}
