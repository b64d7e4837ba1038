//! The calls by which a front-end keeps the journal of a session or a pool.

use std::io;

use at_proto::Instant;

use super::{Entry, Snapshot};
use crate::pool::Pool;
use crate::session::Session;

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
