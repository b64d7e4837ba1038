//! A log on a disk that loses any of its unsynchronised blocks when the power fails.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use modem::SavedSession;
use modem::journal::{Damaged, Entry, History, Snapshot, Store};

/// The size of a block. Small, so that records lie over several blocks.
const BLOCK: usize = 16;

/// The steps that are left to the process; once they are spent, nothing it does has an effect.
#[derive(Debug, Clone)]
pub(crate) struct Life(Arc<AtomicU64>);

impl Life {
    pub(crate) fn new(steps: u64) -> Self {
        Self(Arc::new(AtomicU64::new(steps)))
    }

    pub(crate) fn step(&self) -> io::Result<()> {
        let spend = |left: u64| left.checked_sub(1);
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spend) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("killed")),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// The content of the disk: durable, and as the operating system shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    durable: Vec<u8>,
    shown: Vec<u8>,
}

impl Disk {
    pub(crate) fn new(time: Duration) -> Self {
        let mut shown = Vec::new();
        SavedSession::default().encode(time, &mut shown);
        Self { durable: shown.clone(), shown }
    }

    /// The power fails: each block that was not synchronised is lost or not, as `random` says.
    pub(crate) fn fail_power(&mut self, random: &mut impl FnMut() -> bool) {
        let mut left = Vec::new();
        let mut end = self.durable.len();
        for start in (0..self.shown.len()).step_by(BLOCK) {
            let until = self.shown.len().min(start + BLOCK);
            let block = &self.shown[start..until];
            let durable = self.durable.get(start..self.durable.len().min(until)).unwrap_or(&[]);
            // A block that grew is not smaller than before, and what is missing reads as zeros.
            if durable == block || random() {
                left.extend_from_slice(block);
                end = end.max(left.len());
            } else {
                left.extend_from_slice(durable);
                left.resize(until, 0);
            }
        }
        // The length of the file may be lost as well, where nothing follows.
        if random() {
            left.truncate(end);
        }
        self.shown.clone_from(&left);
        self.durable = left;
    }

    pub(crate) fn read(&mut self, time: Duration) -> Result<History, Damaged> {
        let history = History::read(&self.shown, time)?;
        self.shown.truncate(history.valid_length());
        self.durable.clone_from(&self.shown);
        Ok(history)
    }

    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }
}

/// The store of one process.
#[derive(Debug)]
pub(crate) struct DiskStore {
    pub(crate) disk: Arc<Mutex<Disk>>,
    pub(crate) life: Life,
    pub(crate) time: Duration,
    /// The size beyond which a snapshot replaces the log.
    pub(crate) full: usize,
}

impl Store for DiskStore {
    fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for entry in entries {
            entry.encode(self.time, &mut bytes);
        }
        // A kill at every byte of every write.
        for byte in bytes {
            self.life.step()?;
            self.disk.lock().unwrap().shown.push(byte);
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.life.step()?;
        let mut disk = self.disk.lock().unwrap();
        disk.durable = disk.shown.clone();
        drop(disk);
        // Durable, and killed before anybody knows.
        self.life.step()
    }

    fn replace(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.life.step()?;
        let mut bytes = Vec::new();
        snapshot.encode(self.time, &mut bytes);
        *self.disk.lock().unwrap() = Disk { durable: bytes.clone(), shown: bytes };
        self.life.step()
    }

    fn is_full(&self) -> bool {
        self.disk.lock().unwrap().len() >= self.full
    }
}
