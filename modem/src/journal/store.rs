//! The store of a journal, and the passage of records from a session into it.

use alloc::vec::Vec;
use core::fmt;
use std::io;

use at_proto::Instant;

use super::log::{Entry, Snapshot};
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
        let snapshot = Snapshot::from(&session.compact(now).map_err(io::Error::other)?);
        store.replace(&snapshot)?;
        session.handle_durable(snapshot.last_record(), now);
    }
    Ok(())
}
