//! The store of an async modem or pool: it is written off the executor.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future as _;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::{Mutex, PoisonError};

use ::tokio::task::JoinHandle;
use at_proto::Instant;

use crate::journal::{Entry, Recording, Store};

/// A store, and the one write that is under way.
pub(super) struct Journal {
    store: Arc<Mutex<Box<dyn Store>>>,
    /// The write under way ends with the number of the last durable record.
    writing: Option<JoinHandle<io::Result<u64>>>,
    /// The records up to this number are wanted durable.
    wanted: u64,
}

impl Journal {
    pub(super) fn new(store: impl Store) -> Self {
        Self { store: Arc::new(Mutex::new(Box::new(store))), writing: None, wanted: 0 }
    }

    /// Asks for all records up to `number` to be durable.
    pub(super) fn want(&mut self, number: u64) {
        self.wanted = self.wanted.max(number);
    }

    /// Returns `true` if a write is under way.
    pub(super) const fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Takes the end of the write under way, and begins the next one. Returns `true` if the session
    /// may have something to do.
    pub(super) fn poll(
        &mut self,
        session: &mut impl Recording,
        now: Instant,
        context: &mut Context<'_>,
    ) -> bool {
        let mut progress = false;
        loop {
            if let Some(writing) = &mut self.writing {
                let Poll::Ready(written) = Pin::new(writing).poll(context) else {
                    return progress;
                };
                self.writing = None;
                progress = true;
                match written.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
                    Ok(number) => session.handle_durable(number, now),
                    Err(error) => session.handle_journal_lost(error, now),
                }
            }
            if !self.begin(session, now) {
                return progress;
            }
        }
    }

    /// Begins the next write, if there is anything to write.
    fn begin(&mut self, session: &mut impl Recording, now: Instant) -> bool {
        let batch: Vec<Entry> = core::iter::from_fn(|| session.poll_record()).collect();
        let last = session.last_record();
        let wanted = session.needs_sync() || !session.is_durable(self.wanted.min(last));
        let sync = wanted && !session.is_durable(last);
        let is_full = self.store.lock().unwrap_or_else(PoisonError::into_inner).is_full();
        if (batch.is_empty() && !sync && !is_full) || !session.is_recording() {
            return false;
        }
        let snapshot = match is_full {
            true => match session.snapshot(now) {
                Ok(snapshot) => Some(snapshot),
                Err(error) => {
                    session.handle_journal_lost(error, now);
                    return false;
                }
            },
            false => None,
        };
        let store = Arc::clone(&self.store);
        self.writing = Some(::tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            // A snapshot includes the batch.
            if let Some(snapshot) = snapshot {
                store.replace(&snapshot)?;
                return Ok(snapshot.last_record());
            }
            store.append(&batch)?;
            if sync {
                store.sync()?;
                return Ok(last);
            }
            Ok(0)
        }));
        true
    }
}
