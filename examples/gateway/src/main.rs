//! An SMS gateway: an HTTP API in front of modems, with outcomes that survive a kill.

mod api;
mod claims;
mod clock;
mod common;
mod config;
mod engine;
#[path = "../../pdu/explain/mod.rs"]
#[allow(dead_code, reason = "the example `pdu` uses all of it")]
mod explain;
mod http;
mod keys;
mod links;
mod mask;
mod metrics;
mod problem;
mod queue;
mod rules;
mod smpp;
mod store;
#[cfg(test)]
mod tests;
mod webhook;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::engine::{Desk, Engine};
use crate::metrics::Metrics;
use crate::queue::{Ears, Queue};
use crate::store::{Endpoint, Options, Store};

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// The pause before the server of the queue is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The time in which the last outcomes may get to the server of the queue.
const QUEUE_WITHIN: Duration = Duration::from_millis(500);

/// The time in which requests may end after a stop.
const REQUESTS_WITHIN: Duration = Duration::from_secs(1);

/// The time in which sessions of SMPP may end after a stop, beside that of requests.
const SESSIONS_WITHIN: Duration = Duration::from_secs(2);

/// An SMS gateway with an HTTP API.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints the default configuration with comments
    #[arg(long)]
    print_config: bool,
    /// Prints the description of the API
    #[arg(long)]
    print_openapi: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Prints a new API key and its hash for the configuration
    Key,
    /// Prints a new secret for webhooks
    Secret,
}

fn main() -> ExitCode {
    // Without a provider the first TLS client would panic.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if arguments.print_config {
        print!("{}", config::DEFAULT);
        return Ok(());
    }
    if arguments.print_openapi {
        print!("{}", http::document());
        return Ok(());
    }
    match arguments.action {
        Some(Action::Key) => {
            let (key, hash) = keys::generate()?;
            println!("key for the client: {key}\nhash for the configuration: {hash}");
            return Ok(());
        }
        Some(Action::Secret) => {
            println!("{}", webhook::Secret::generate()?.to_text());
            return Ok(());
        }
        None => {}
    }
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::parse("", "")?,
    };
    log(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(serve(config));
    // A request that still waits does not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

fn log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| "gateway=info".into());
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if config.log.json { log.json().init() } else { log.init() }
}

/// Serves until SIGTERM, Ctrl-C or a failure of the database.
async fn serve(config: Config) -> Result<()> {
    let config = Arc::new(config);
    let listen = config.listen;
    // Before anything is opened: a second gateway on this address must not touch the modems.
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        format!("the address {listen} cannot be used, {error}: choose another one by listen")
    })?;
    let listener = Arc::new(listener);
    let smpp = match config.smpp.listen {
        Some(listen) => {
            let tls = smpp::acceptor(&config.smpp)?;
            let listener = TcpListener::bind(listen).await.map_err(|error| {
                format!("the address {listen} cannot be used, {error}: choose another one by smpp")
            })?;
            Some((listener, tls))
        }
        None => None,
    };
    let endpoints = config
        .webhooks
        .iter()
        .map(|webhook| Endpoint { name: webhook.name.clone(), events: webhook.events.clone() });
    let store = Store::open(&config.database, endpoints.collect(), Options::default())?;
    let metrics = Arc::new(Metrics::new());
    let stop = CancellationToken::new();
    let mut terminated = std::pin::pin!(terminated());
    let (queue, desk) = match &config.queue {
        Some(settings) => {
            let (queue, ears, desk) = tokio::select! {
                () = &mut terminated => return Ok(()),
                connected = connect(settings, &config, &store, &listener) => connected?,
            };
            (Some((queue, ears)), desk)
        }
        None => (None, Desk::local(&store)),
    };
    let (engine, ears, handle) =
        Engine::start(store.clone(), desk, Arc::clone(&config), Arc::clone(&metrics)).await?;
    let client = webhook::client()?;
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    for endpoint in config.webhooks.clone() {
        let (store, client, stop) = (store.clone(), client.clone(), stop.clone());
        tasks.spawn(async move { Ok(webhook::run(store, client, endpoint, stop).await?) });
    }
    let mut shared = None;
    if let Some((queue, ears)) = queue {
        shared = Some(Arc::clone(&queue));
        let (handle, stop) = (handle.clone(), stop.clone());
        tasks.spawn(async move { Ok(queue.run(ears, handle, stop).await?) });
    }
    let smpp = match smpp {
        Some((listener, tls)) => {
            let (store, handle, config) = (store.clone(), handle.clone(), Arc::clone(&config));
            let server =
                smpp::Server::new(store, handle, config, Arc::clone(&metrics), stop.clone());
            Some(tokio::spawn(smpp::serve(listener, Arc::new(server.await?), tls)))
        }
        None => None,
    };
    let app = http::App::new(store, handle, shared, config.clone(), metrics, client, stop.clone());
    let app = Arc::new(app);
    greet(&config, listener.local_addr()?);
    let server = tokio::spawn(http::serve(listener, http::router(app), stop.clone()));
    let mut engine = tokio::spawn(engine.run(ears, stop.clone()));
    let result = tokio::select! {
        () = &mut terminated => Ok(()),
        ended = &mut engine => ended?.map_err(Into::into),
        Some(task) = tasks.join_next() => task?,
    };
    stop.cancel();
    // Requests wait for the engine, so they end first.
    let _ = tokio::time::timeout(REQUESTS_WITHIN, server).await;
    if let Some(smpp) = smpp {
        let _ = tokio::time::timeout(SESSIONS_WITHIN, smpp).await;
    }
    if !engine.is_finished() {
        engine.await??;
    }
    if config.queue.is_some() {
        // The last writes of the engine are reported to the server.
        let _ = tokio::time::timeout(QUEUE_WITHIN, tasks.join_all()).await;
    }
    result
}

/// Connects to the server of the queue, however long that takes: hosts and servers start in any
/// order, and a server that elects its leaders answers late. Meanwhile requests are refused.
///
/// # Errors
/// Fails when the server must not be used.
async fn connect(
    settings: &config::Queue,
    config: &Arc<Config>,
    store: &Store,
    listener: &Arc<TcpListener>,
) -> Result<(Arc<Queue>, Ears, Desk)> {
    let mut refusing = None;
    let mut told = String::new();
    loop {
        let error = match Queue::connect(settings, config, store).await {
            Ok(connected) => return Ok(connected),
            Err(error) if error.is_final() => return Err(error.into()),
            Err(error) => error.to_string(),
        };
        if told != error {
            tracing::warn!("{error}; it is tried again until it works");
            told = error;
        }
        refusing.get_or_insert_with(|| {
            let stop = CancellationToken::new();
            let serving = http::serve(Arc::clone(listener), http::waiting(), stop.clone());
            tokio::spawn(serving);
            stop.drop_guard()
        });
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn terminated() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// Says in five lines what runs, and what to try.
fn greet(config: &Config, address: std::net::SocketAddr) {
    let names: Vec<&str> = config.modems.iter().map(|modem| modem.name.as_str()).collect();
    let simulated = config.modems.iter().all(|modem| modem.simulated);
    let kind = if simulated { "simulated modems" } else { "modems" };
    println!("gateway: http://{address}, {kind}: {}", names.join(", "));
    println!("database: {}", config.database.display());
    println!("Try:");
    println!(
        "  curl http://{address}/v1/messages --json '{{\"to\":\"{}\",\"text\":\"Hello\"}}'",
        links::ECHO
    );
    println!("  curl http://{address}/v1/inbox");
}
