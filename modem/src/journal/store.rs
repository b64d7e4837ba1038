//! The store of a journal, and the passage of records from a session into it.

use alloc::vec::Vec;
use core::fmt;
use std::io;

use at_proto::Instant;

use super::log::{Entry, Snapshot};
use crate::pool::Pool;
use crate::session::Session;

/// A log that outlives the process: a file, a database, a stream.
///
/// A front-end with a store appends the records of its session, makes them durable when an
/// irreversible action waits for that, and confirms them. A failure shuts all gates for good:
/// after a failed synchronisation nobody knows what is durable.
///
/// The content begins with a snapshot ([`Snapshot::encode`]), and the records follow in order
/// ([`Entry::encode`]). [`File`](super::File) is the store for one file.
pub trait Store: fmt::Debug + Send + 'static {
    /// Appends records. They need not be durable when the call returns.
    ///
    /// # Errors
    /// Fails when a record may not have been appended.
    fn append(&mut self, entries: &[Entry]) -> io::Result<()>;

    /// Makes all appended records durable before it returns, over a loss of power too.
    ///
    /// # Errors
    /// Fails when an appended record may not be durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Replaces the whole content by a snapshot, durably. After a crash the store has the old
    /// content or the new one.
    ///
    /// # Errors
    /// Fails when the snapshot may not be durable.
    fn replace(&mut self, snapshot: &Snapshot) -> io::Result<()>;

    /// Returns `true` if the content has grown so much that a snapshot should replace it.
    fn is_full(&self) -> bool {
        false
    }
}

/// A machine with records: a session or a pool.
pub(crate) trait Recording {
    fn poll_record(&mut self) -> Option<Entry>;
    fn last_record(&self) -> u64;
    fn is_durable(&self, number: u64) -> bool;
    /// An irreversible action waits for a record.
    fn needs_sync(&self) -> bool;
    /// The machine records, and its journal has not failed.
    fn is_recording(&self) -> bool;
    fn snapshot(&mut self, now: Instant) -> io::Result<Snapshot>;
    fn handle_durable(&mut self, number: u64, now: Instant);
    fn handle_journal_lost(&mut self, reason: io::Error, now: Instant);
}

/// Forwards the methods that a session and a pool have under the same names.
macro_rules! recording {
    ($machine:ty, $is_recording:ident) => {
        fn poll_record(&mut self) -> Option<Entry> {
            <$machine>::poll_record(self)
        }

        fn last_record(&self) -> u64 {
            <$machine>::last_record(self)
        }

        fn is_durable(&self, number: u64) -> bool {
            <$machine>::is_durable(self, number)
        }

        fn needs_sync(&self) -> bool {
            <$machine>::needs_sync(self)
        }

        fn is_recording(&self) -> bool {
            <$machine>::$is_recording(self)
        }

        fn handle_durable(&mut self, number: u64, now: Instant) {
            <$machine>::handle_durable(self, number, now);
        }

        fn handle_journal_lost(&mut self, reason: io::Error, now: Instant) {
            <$machine>::handle_journal_lost(self, reason, now);
        }
    };
}

impl Recording for Session {
    recording!(Self, records);

    fn snapshot(&mut self, now: Instant) -> io::Result<Snapshot> {
        Ok(Snapshot::from(&self.compact(now).map_err(io::Error::other)?))
    }
}

impl Recording for Pool {
    recording!(Self, is_recording);

    fn snapshot(&mut self, now: Instant) -> io::Result<Snapshot> {
        self.compact(now).map_err(io::Error::other)
    }
}

/// Appends the records of a session, and makes them durable if an action waits for that or
/// `durably` is set. A failure shuts the gates of the session.
pub(crate) fn flush(store: &mut dyn Store, session: &mut Session, durably: bool, now: Instant) {
    if let Err(error) = try_flush(store, session, durably, now) {
        session.handle_journal_lost(error, now);
    }
}

fn try_flush(
    store: &mut dyn Store,
    session: &mut Session,
    durably: bool,
    now: Instant,
) -> io::Result<()> {
    // A gate that opens may lead to further records.
    while session.records() {
        let batch: Vec<Entry> = core::iter::from_fn(|| session.poll_record()).collect();
        if !batch.is_empty() {
            store.append(&batch)?;
        }
        let number = session.last_record();
        if !(durably || session.needs_sync()) || session.is_durable(number) {
            break;
        }
        store.sync()?;
        session.handle_durable(number, now);
    }
    if store.is_full() {
        let snapshot = Recording::snapshot(session, now)?;
        store.replace(&snapshot)?;
        session.handle_durable(snapshot.last_record(), now);
    }
    Ok(())
}
