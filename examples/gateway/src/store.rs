//! The database: one thread writes, and commits all writes that wait in one transaction.

pub(crate) mod deliveries;
pub(crate) mod inbox;
mod journal;
mod listing;
pub(crate) mod messages;
mod parts;
pub(crate) mod queue;
pub(crate) mod reports;
pub(crate) mod smpp;

use std::cell::Cell;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use crate::clock;

pub(crate) use self::deliveries::{Delivery, Endpoint};
pub(crate) use self::inbox::Follow;
pub(crate) use self::listing::{Found, Slice};
pub(crate) use self::messages::{Filter, Insert, LATE, Request, Waiting};
pub(crate) use self::parts::status_of;
pub(crate) use self::reports::Late;

/// The scripts that lead from each version of the schema to the next one.
const MIGRATIONS: [&str; 3] = [
    include_str!("store/schema.sql"),
    include_str!("store/smpp.sql"),
    include_str!("store/queue.sql"),
];

/// The version of the schema that this program writes.
const VERSION: i64 = MIGRATIONS.len() as i64;

/// The maximum number of writes in a transaction.
const MAX_GROUP: usize = 256;

/// The number of prepared statements that are kept: more than there are.
const STATEMENTS: usize = 96;

/// The number of connections that read.
const READERS: usize = 4;

/// The database. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<tokio::sync::Semaphore>,
    path: Arc<Path>,
    /// The identifier of the last event, for those who wait for the next one.
    last_event: watch::Sender<i64>,
    /// Changes whenever something waits for a client of SMPP.
    smpp: watch::Sender<()>,
    endpoints: Arc<Vec<Endpoint>>,
    /// Received messages go to the webhooks of all hosts.
    shares_received: Arc<AtomicBool>,
    /// The lock that keeps a second process out.
    _lock: Arc<File>,
}

/// A failure of the database.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StoreError {
    /// Another process has the database.
    #[error(
        "the database {0} is in use by another process: stop that process, or name another file"
    )]
    InUse(String),
    /// The file cannot be opened.
    #[error("the database {0} cannot be opened, {1}: check its folder and its permissions")]
    Open(String, String),
    /// A newer version has written the database.
    #[error(
        "the database {0} has version {1}, and this program reads up to {VERSION}: start the newer program"
    )]
    Newer(String, i64),
    /// The disk is full.
    #[error("the database cannot be written, the disk is full: free some space")]
    Full,
    /// Another failure.
    #[error("the database has failed, {0}: check the disk and the permissions of the file")]
    Failed(String),
    /// The thread that writes has ended.
    #[error("the database is closed: start the gateway again")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// A transaction that is being written.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    connection: &'a Connection,
    endpoints: &'a [Endpoint],
    /// Something waits for a client of SMPP.
    has_delivery: Cell<bool>,
    /// Received messages go to the webhooks of all hosts.
    shares_received: bool,
    /// The time in milliseconds since 1970.
    pub(crate) now: i64,
}

/// Reports the end of a write: the transaction was committed or was not.
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Writes in the transaction; without one it reports the reason, and returns nothing.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Option<Finish> + Send>;

/// The moments at which a test has the writer end.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Before the commit with this number, counted from 0.
    pub(crate) die_before: Option<u64>,
    /// After the commit with this number, which nobody hears of.
    pub(crate) die_after: Option<u64>,
    /// The number of pages at which the disk is full.
    pub(crate) max_pages: Option<u32>,
}

impl Store {
    /// Opens or creates a database, and brings its schema up to date.
    ///
    /// # Errors
    /// Fails when another process has the database, a newer program has written it, or it cannot be
    /// read or written.
    pub(crate) fn open(
        path: &Path,
        endpoints: Vec<Endpoint>,
        options: Options,
    ) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let lock = File::create(path.with_extension("lock"))
            .map_err(|error| StoreError::Open(name.clone(), error.to_string()))?;
        lock.try_lock().map_err(|_| StoreError::InUse(name.clone()))?;
        let mut connection = Connection::open(path)
            .map_err(|error| StoreError::Open(name.clone(), error.to_string()))?;
        // A program of the user's may hold the file for a moment.
        connection.busy_timeout(std::time::Duration::from_secs(30))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection, &name)?;
        if let Some(pages) = options.max_pages {
            // The answer is the limit in force.
            connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            readers.push(Connection::open_with_flags(path, flags)?);
        }
        let last = "SELECT coalesce(max(id), 0) FROM events";
        let last = connection.query_row(last, [], |row| row.get(0))?;
        let (writer, jobs) = mpsc::channel();
        thread::Builder::new()
            .name("database".into())
            .spawn(move || write(connection, &jobs, options))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self {
            writer,
            readers: Arc::new(Mutex::new(readers)),
            permits: Arc::new(tokio::sync::Semaphore::new(READERS)),
            path: path.into(),
            last_event: watch::Sender::new(last),
            smpp: watch::Sender::new(()),
            endpoints: Arc::new(endpoints),
            shares_received: Arc::default(),
            _lock: Arc::new(lock),
        })
    }

    /// Writes, and calls `finish` once the write is durable or has failed. Writes are carried out
    /// in the order of their calls.
    pub(crate) fn write_then<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
        finish: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) {
        let (last_event, smpp) = (self.last_event.clone(), self.smpp.clone());
        let endpoints = Arc::clone(&self.endpoints);
        let shares_received = Arc::clone(&self.shares_received);
        let job: Job = Box::new(move |transaction| {
            let connection = match transaction {
                Ok(connection) => connection,
                Err(error) => {
                    finish(Err(error));
                    return None;
                }
            };
            let has_delivery = Cell::new(false);
            let tx = Tx {
                connection,
                endpoints: &endpoints,
                has_delivery,
                shares_received: shares_received.load(Ordering::Relaxed),
                now: clock::now(),
            };
            let result = in_savepoint(&tx, work);
            let has_delivery = tx.has_delivery.get();
            let event = last_event_of(connection);
            Some(Box::new(move |committed: Result<(), StoreError>| {
                let result = match (result, committed) {
                    (Ok(value), Ok(())) => Ok(value),
                    (Err(error), _) => Err(error.into()),
                    (_, Err(error)) => Err(error),
                };
                if let (true, Ok(Some(event))) = (result.is_ok(), event) {
                    last_event.send_if_modified(|last| {
                        let is_new = *last < event;
                        *last = event.max(*last);
                        is_new
                    });
                }
                if result.is_ok() && has_delivery {
                    smpp.send_replace(());
                }
                finish(result);
            }) as Finish)
        });
        if let Err(mpsc::SendError(job)) = self.writer.send(job) {
            job(Err(StoreError::Closed));
        }
    }

    /// Writes, and waits until the write is durable.
    ///
    /// # Errors
    /// Fails when the write may not be durable.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        // Nobody waits any more if the request was dropped; the write counts anyway.
        self.write_then(work, |result| drop(sender.send(result)));
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Reads from a connection of its own.
    ///
    /// # Errors
    /// Fails when the database cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
        let readers = Arc::clone(&self.readers);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let path = Arc::clone(&self.path);
        let read = tokio::task::spawn_blocking(move || {
            let idle = readers.lock().map_or(None, |mut idle| idle.pop());
            let connection = match idle {
                Some(connection) => connection,
                None => Connection::open_with_flags(&*path, flags)?,
            };
            let result = work(&connection);
            if let Ok(mut idle) = readers.lock() {
                idle.push(connection);
            }
            result
        });
        Ok(read.await.map_err(|_| StoreError::Closed)??)
    }

    /// Changes whenever something waits for a client of SMPP.
    pub(crate) fn smpp_deliveries(&self) -> watch::Receiver<()> {
        self.smpp.subscribe()
    }

    /// Reports that something waits again for a client of SMPP.
    pub(crate) fn wake_smpp(&self) {
        self.smpp.send_replace(());
    }

    /// Chooses whether received messages go to the webhooks of all hosts.
    pub(crate) fn set_shares_received(&self, shares: bool) {
        self.shares_received.store(shares, Ordering::Relaxed);
    }

    /// Returns `true` if received messages go to the webhooks of all hosts.
    pub(crate) fn shares_received(&self) -> bool {
        self.shares_received.load(Ordering::Relaxed)
    }

    /// Wakes those who wait for the next event: a webhook was added without one.
    pub(crate) fn wake_webhooks(&self) {
        self.last_event.send_modify(|_| {});
    }

    /// The identifier of the last event, which changes with each event.
    pub(crate) fn last_event(&self) -> watch::Receiver<i64> {
        self.last_event.subscribe()
    }
}

impl Tx<'_> {
    /// Writes something, so that a disk that is full is noticed.
    pub(crate) fn touch(&self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "user_version", VERSION)
    }
}

/// Runs a write in a savepoint, so that its failure is its own.
fn in_savepoint<T>(
    tx: &Tx<'_>,
    work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let connection = tx.connection;
    connection.prepare_cached("SAVEPOINT job")?.execute([])?;
    match work(tx) {
        Ok(value) => {
            connection.prepare_cached("RELEASE job")?.execute([])?;
            Ok(value)
        }
        Err(error) => {
            // The transaction may be gone as a whole, as after a full disk.
            let _ = connection.execute_batch("ROLLBACK TO job; RELEASE job");
            Err(error)
        }
    }
}

/// The identifier of the last event, if any.
fn last_event_of(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached("SELECT max(id) FROM events")?.query_row([], |row| row.get(0))
}

/// Carries out all writes that wait in one transaction, again and again.
fn write(mut connection: Connection, jobs: &mpsc::Receiver<Job>, options: Options) {
    let mut commits = 0;
    while let Ok(first) = jobs.recv() {
        if options.die_before == Some(commits) {
            first(Err(StoreError::Closed));
            return;
        }
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = match begun {
            Ok(transaction) => transaction,
            Err(error) => {
                first(Err(error.into()));
                continue;
            }
        };
        let mut finished: Vec<Finish> = first(Ok(&transaction)).into_iter().collect();
        // Some failures, such as a full disk, roll the whole transaction back.
        while finished.len() < MAX_GROUP && !transaction.is_autocommit() {
            let Ok(job) = jobs.try_recv() else { break };
            finished.extend(job(Ok(&transaction)));
        }
        let mut committed = transaction.commit().map_err(StoreError::from);
        let is_dead = options.die_after == Some(commits);
        if is_dead {
            committed = Err(StoreError::Closed);
        }
        commits += 1;
        for finish in finished {
            finish(committed.clone());
        }
        if is_dead {
            return;
        }
    }
}

/// Brings the schema up to date, by its number in `user_version`.
fn migrate(connection: &mut Connection, name: &str) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).ok();
    let Some(missing) = done.and_then(|done| MIGRATIONS.get(done..)) else {
        return Err(StoreError::Newer(name.into(), version));
    };
    for script in missing {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}
