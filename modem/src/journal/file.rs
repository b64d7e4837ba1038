//! A journal in one file.

use alloc::vec::Vec;
use core::time::Duration;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fs4::{FileExt, TryLockError};

use super::log::{Damaged, Entry, History, Snapshot};
use super::store::Store;

/// The size of a file that a snapshot replaces, unless the snapshot itself is large.
const MIN_FULL: u64 = 1024 * 1024;

/// A journal in a file, for one process at a time.
///
/// Three files have the name of the journal: the log itself, the lock with `.lock` appended, and,
/// for a moment, the next snapshot with `.new` appended. A snapshot replaces the log by a rename,
/// so that a crash leaves the one or the other. Records are appended by one write for each batch,
/// and made durable by one `fdatasync` for each gate. On Unix a new log is readable for its owner
/// only, since it holds messages.
///
/// # Examples
/// ```
/// use modem::at::Instant;
/// use modem::blocking::{Modem, SimulatedPort};
/// use modem::journal::File;
/// use modem::simulator::{Profile, Simulator};
/// use modem::{Config, Confirm, OutgoingMessage, Session};
///
/// # let folder = std::env::temp_dir().join(format!("modem-journal-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("journal");
/// let mut config = Config::default();
/// config.confirm = Confirm::Records;
/// let (file, history) = File::open(&path)?;
/// let mut session = Session::new(config);
/// session.replay(history, Instant::ZERO)?;
///
/// let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
/// let mut modem = Modem::open_journaled(port, session, file)?;
/// let result = modem.send(&OutgoingMessage::text("+491715550100".parse()?, "Hello"))?;
/// modem.settle(result.message);
/// # drop(modem);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    file: fs::File,
    /// Held as long as the journal is open.
    _lock: fs::File,
    length: u64,
    /// The length right after the last snapshot.
    snapshot: u64,
}

/// The reason why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenJournalError {
    /// Another process has the journal open.
    #[error("the journal {} is in use by another process: end that process first", .0.display())]
    InUse(PathBuf),
    /// The file cannot be read or written.
    #[error("the journal {} cannot be opened: check the file and its folder", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        source: io::Error,
    },
    /// The file is damaged other than at its end. It is left as it is.
    #[error("the journal {} is damaged: restore a copy, or move it away", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage and its position.
        source: Damaged,
    },
}

impl File {
    /// Opens a journal and reads its content, or creates an empty journal.
    ///
    /// A tail that was lost in a crash is cut off, durably, before anything is appended.
    ///
    /// # Errors
    /// Fails when another process has the journal open, or the file cannot be read or is damaged.
    pub fn open(path: impl Into<PathBuf>) -> Result<(Self, History), OpenJournalError> {
        let path = path.into();
        let lock = lock(&path)?;
        let io = |source| OpenJournalError::Io { path: path.clone(), source };
        let mut bytes = Vec::new();
        match fs::File::open(&path) {
            Ok(mut file) => drop(file.read_to_end(&mut bytes).map_err(io)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        let damaged = |source| OpenJournalError::Damaged { path: path.clone(), source };
        let history = History::read(&bytes, time()).map_err(damaged)?;
        let (file, length) = match bytes.is_empty() {
            true => create(&path, &Snapshot::default()).map_err(io)?,
            false => cut(&path, history.valid_length() as u64, bytes.len() as u64).map_err(io)?,
        };
        let journal = Self { path, file, _lock: lock, length, snapshot: length };
        Ok((journal, history))
    }

    /// The path of the log.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Store for File {
    fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let time = time();
        let mut bytes = Vec::new();
        for entry in entries {
            entry.encode(time, &mut bytes);
        }
        self.file.write_all(&bytes)?;
        self.length = self.length.saturating_add(bytes.len() as u64);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn replace(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        (self.file, self.length) = create(&self.path, snapshot)?;
        self.snapshot = self.length;
        Ok(())
    }

    /// The log is full at four times the size of its snapshot, and at a megabyte at least: the
    /// snapshots then cost a fraction of the records.
    fn is_full(&self) -> bool {
        self.length >= self.snapshot.saturating_mul(4).max(MIN_FULL)
    }
}

/// The time since 1970; a clock before 1970 counts as 1970.
fn time() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    name.into()
}

/// Locks the journal. The lock is on a file of its own, since a snapshot replaces the log.
fn lock(path: &Path) -> Result<fs::File, OpenJournalError> {
    let name = with_suffix(path, ".lock");
    let io = |source| OpenJournalError::Io { path: name.clone(), source };
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(io)?;
    // Named in full, since newer standard libraries have a method of this name.
    match FileExt::try_lock(&lock) {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenJournalError::InUse(path.into())),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

/// Writes a log that begins with `snapshot`, and puts it in the place of the old one.
fn create(path: &Path, snapshot: &Snapshot) -> io::Result<(fs::File, u64)> {
    let mut bytes = Vec::new();
    snapshot.encode(time(), &mut bytes);
    let new = with_suffix(path, ".new");
    let mut file = private().create(true).truncate(true).write(true).open(&new)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)?;
    Ok((file, bytes.len() as u64))
}

/// The options for a file with messages: a new one is readable for its owner only.
#[cfg(unix)]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Only Unix has the permissions of a file in its mode.
#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

/// Opens a log to append to it, without what follows its last record.
fn cut(path: &Path, valid: u64, length: u64) -> io::Result<(fs::File, u64)> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    if valid < length {
        file.set_len(valid)?;
    }
    // The content read may not be durable yet, and the session takes it for durable.
    file.sync_all()?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, valid))
}

/// Makes a rename durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Only Unix opens a folder to synchronise it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
