//! Kills between all writes: a process that ends before or after each commit, the next one, and the
//! facts of the simulated network.

use std::future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use modem::simulator::{Fact, Profile, Simulator};
use modem::tokio::{Inbox, Modem, SimulatedStream, SimulatorHandle};
use modem::{Backoff, Confirm, Session};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api::{Message, NewMessage, Status};
use crate::clock;
use crate::config::{Config, EventKind};
use crate::engine::{Command, Desk, Engine, Handle};
use crate::metrics::Metrics;
use crate::store::{Endpoint, Filter, Insert, Options, Request, Slice, Store, StoreError};
use crate::store::{deliveries, inbox, messages};

const RECIPIENT: &str = "+491715550100";
const SENDER: &str = "+491715550188";

/// The longest run of a process.
const WITHIN: Duration = Duration::from_secs(120);

fn config() -> Arc<Config> {
    Arc::new(Config::parse("[[modems]]\nname = \"sim0\"\nsimulated = true", "").unwrap())
}

fn world() -> SimulatorHandle {
    let mut simulator = Simulator::new(Profile::GENERIC);
    simulator.set_report_delay(Some(Duration::from_millis(5)));
    SimulatedStream::new(simulator).1
}

/// A modem whose driver ends with the set, as in a process that is killed.
fn link(world: &SimulatorHandle, drivers: &mut JoinSet<()>) -> (Modem, Inbox) {
    let mut settings = modem::Config::default();
    settings.confirm = Confirm::Attempts;
    let world = world.clone();
    let open = move || future::ready(Ok::<_, io::Error>(world.reconnect()));
    let session = Session::new(settings);
    let (modem, inbox, driver) = Modem::with_reconnecting_driver(open, session, Backoff::default());
    drivers.spawn(driver);
    (modem, inbox)
}

fn open(path: &Path, options: Options) -> Result<Store, StoreError> {
    let endpoint = Endpoint { name: "all".into(), events: vec![EventKind::Received] };
    Store::open(path, vec![endpoint], options)
}

/// A long message, a short one, and one with a report. Their identifiers are those of a client who
/// sends a request again until it has an answer.
fn requests(config: &Config) -> Vec<Request> {
    let texts = ["Parts. ".repeat(40), "Short.".into(), "With a report.".into()];
    let request = |(index, text): (usize, String)| {
        let new = NewMessage {
            to: RECIPIENT.into(),
            text: Some(text),
            report: index == 2,
            ..NewMessage::default()
        };
        let checked = new.check(config, clock::now()).unwrap();
        let key = crate::keys::sha256(index.to_string().as_bytes());
        let id = format!("message-{index}");
        Request { checked, id, resend_of: None, key: Some((key, key)) }
    };
    texts.into_iter().enumerate().map(request).collect()
}

async fn all(store: &Store) -> Vec<Message> {
    let slice = Slice { limit: 10_000, ..Slice::default() };
    let filter = Filter { slice, ..Filter::default() };
    let found = store.read(move |connection| messages::list(connection, &filter)).await.unwrap();
    found.items.into_iter().map(|(_, message)| message).collect()
}

async fn received(store: &Store) -> Vec<String> {
    let slice = Slice { limit: 100, ..Slice::default() };
    let found = store.read(move |connection| inbox::list(connection, &slice)).await.unwrap();
    found.items.into_iter().map(|(_, incoming)| incoming.text.unwrap_or_default()).collect()
}

/// Posts the messages as a client does, and waits until everything has its outcome.
async fn work(store: &Store, handle: &Handle, config: &Config) -> Result<(), StoreError> {
    for request in requests(config) {
        if let Insert::New(waiting, _) = store.write(move |tx| tx.insert(&request)).await? {
            handle.send(Command::Accept(waiting));
        }
    }
    let mut changes = store.last_event();
    loop {
        let messages = all(store).await;
        // This modem does not store a status report: a process that is killed loses it.
        let is_over = |message: &Message| {
            message.is_final || matches!(message.status, Status::Sent | Status::Unknown)
        };
        if messages.iter().all(is_over) && !received(store).await.is_empty() {
            return Ok(());
        }
        let _ = tokio::time::timeout(Duration::from_millis(20), changes.changed()).await;
        // A writer that has ended changes nothing more.
        store.write(|_| Ok(())).await?;
    }
}

/// Runs a process until everything has its outcome, or its writer ends.
async fn process(path: &Path, world: &SimulatorHandle, options: Options) -> Result<(), StoreError> {
    let config = config();
    let store = open(path, options)?;
    let mut drivers = JoinSet::new();
    let links = vec![link(world, &mut drivers)];
    let metrics = Arc::new(Metrics::new());
    let started =
        Engine::start_with(store.clone(), Desk::local(&store), config.clone(), metrics, links)
            .await;
    let Ok((engine, ears, handle)) = started else {
        return Err(StoreError::Closed);
    };
    let stop = CancellationToken::new();
    let engine = tokio::spawn(engine.run(ears, stop.clone()));
    let worked = tokio::time::timeout(WITHIN, work(&store, &handle, &config)).await;
    let Ok(worked) = worked else {
        panic!("no outcome in time: {options:?} {:?}", all(&store).await);
    };
    if worked.is_ok() {
        // A received message is deleted in the modem after its acknowledgement.
        let is_empty = || world.with(|simulator, _| simulator.stored().is_empty());
        let emptied = tokio::time::timeout(WITHIN, async {
            while !is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        emptied.await.expect("the modem's copy is deleted");
        stop.cancel();
        engine.await.unwrap()?;
    } else {
        engine.abort();
        let _ = engine.await;
    }
    // A process that is killed writes nothing more to its modem.
    drivers.shutdown().await;
    worked
}

/// The texts of all parts that the network has taken.
fn submitted(world: &SimulatorHandle) -> Vec<Vec<u8>> {
    let part = |fact: &Fact| match fact {
        Fact::Submitted { tpdu, .. } => Some(tpdu.clone()),
        _ => None,
    };
    world.with(|simulator, _| simulator.truth().iter().filter_map(|e| part(&e.fact)).collect())
}

/// Kills a process at one moment, runs the next one to its end, and compares. Returns `false` if
/// the process came to its end first.
async fn trial(options: Options) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let world = world();
    world.with(|simulator, now| simulator.deliver(SENDER, "Incoming", now)).unwrap();
    let was_killed = process(&path, &world, options).await.is_err();
    process(&path, &world, Options::default()).await.unwrap();

    let context = format!("{options:?}");
    let store = open(&path, Options::default()).unwrap();
    let messages = all(&store).await;
    assert_eq!(messages.len(), 3, "{context}: each request has one message");
    let parts = submitted(&world);
    let mut once = parts.clone();
    once.sort();
    once.dedup();
    // The references of the modem are not in the octets yet, so that equal parts are the same part.
    assert_eq!(parts.len(), once.len(), "{context}: a part was sent twice");
    let mut claimed = 0;
    let mut unknown = 0;
    for message in &messages {
        for part in &message.parts {
            match part.state.as_str() {
                "sent" | "delivered" => claimed += 1,
                "unknown" => unknown += 1,
                // The parts after an unknown one are not tried.
                "failed" => assert_eq!(message.status, Status::Unknown, "{context}: {message:?}"),
                _ => panic!("{context}: {message:?}"),
            }
        }
    }
    assert!(claimed <= parts.len(), "{context}: a part is called sent that has not left");
    assert!(parts.len() <= claimed + unknown, "{context}: a part that has left is called unsent");
    assert!(unknown <= 1, "{context}: one part was under way");
    assert_eq!(received(&store).await, ["Incoming"], "{context}");
    let due = store.read(|connection| deliveries::due(connection, "all", i64::MAX, 10)).await;
    assert_eq!(due.unwrap().len(), 1, "{context}: one webhook for one message");
    let stored = world.with(|simulator, _| simulator.stored().len());
    assert_eq!(stored, 0, "{context}: the modem's copy is deleted");
    was_killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_before_any_commit_loses_nothing_and_sends_nothing_twice() {
    let mut moments = 0;
    while trial(Options { die_before: Some(moments), ..Options::default() }).await {
        moments += 1;
    }
    assert!(moments > 15, "{moments} commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_after_any_commit_loses_nothing_and_sends_nothing_twice() {
    let mut moments = 0;
    while trial(Options { die_after: Some(moments), ..Options::default() }).await {
        moments += 1;
    }
    assert!(moments > 15, "{moments} commits");
}

#[tokio::test]
async fn a_disk_that_is_full_refuses_in_one_sentence_and_keeps_what_was_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let options = Options { max_pages: Some(60), ..Options::default() };
    let store = open(&path, options).unwrap();
    let mut accepted = Vec::new();
    let error = loop {
        let mut request = requests(&config()).remove(0);
        request.id = format!("message-{}", accepted.len());
        request.key = None;
        let id = request.id.clone();
        match store.write(move |tx| tx.insert(&request)).await {
            Ok(_) => accepted.push(id),
            Err(error) => break error,
        }
    };
    assert!(accepted.len() > 10, "{accepted:?}");
    let sentence = "the database cannot be written, the disk is full: free some space";
    assert_eq!(error.to_string(), sentence);
    // Work that needs no more room goes on.
    store.write(|tx| tx.touch()).await.unwrap();
    drop(store);
    let store = open(&path, Options::default()).unwrap();
    let found: Vec<String> = all(&store).await.into_iter().map(|message| message.id).collect();
    assert_eq!(found, accepted);
}
