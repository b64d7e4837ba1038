//! The listeners that a host connects to: a pty, a TCP port, a Unix socket.

use core::time::Duration;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// A listener, which accepts one host at a time.
pub(crate) enum Listener {
    Pty { master: File, link: PathBuf },
    Tcp(TcpListener),
    Unix(UnixListener, Option<PathBuf>),
}

impl Listener {
    /// Opens a new pseudoterminal, with a symbolic link to it.
    pub(crate) fn pty(link: &Path) -> io::Result<Self> {
        Ok(Self::Pty { master: open_pty(link)?, link: link.to_path_buf() })
    }

    /// Opens a socket: `host:port`, a path, or an abstract name with a leading `@`.
    pub(crate) fn socket(address: &str) -> io::Result<Self> {
        let listener = if let Some(name) = address.strip_prefix('@') {
            let address = SocketAddr::from_abstract_name(name)?;
            Self::Unix(UnixListener::bind_addr(&address)?, None)
        } else if address.contains('/') {
            remove(Path::new(address))?;
            Self::Unix(UnixListener::bind(address)?, Some(PathBuf::from(address)))
        } else {
            Self::Tcp(TcpListener::bind(address)?)
        };
        match &listener {
            Self::Tcp(listener) => listener.set_nonblocking(true)?,
            Self::Unix(listener, _) => listener.set_nonblocking(true)?,
            Self::Pty { .. } => {}
        }
        Ok(listener)
    }

    /// The handle that becomes readable when a host connects; `None` for a pty.
    pub(crate) fn handle(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Pty { .. } => None,
            Self::Tcp(listener) => Some(listener.as_fd()),
            Self::Unix(listener, _) => Some(listener.as_fd()),
        }
    }

    /// The time until the next check for a host.
    pub(crate) fn poll_interval(&self, connected: bool) -> Duration {
        match self {
            Self::Pty { .. } if !connected => Duration::from_millis(10),
            _ => Duration::from_secs(60),
        }
    }

    /// Accepts a host, if one has connected.
    pub(crate) fn accept(&mut self) -> io::Result<Option<Link>> {
        let accepted = match self {
            // The master reports a hang-up until the other side is opened.
            Self::Pty { master, .. } => {
                let mut handle = [PollFd::new(&*master, PollFlags::IN)];
                poll(&mut handle, Some(&Timespec::default()))?;
                if handle[0].revents().contains(PollFlags::HUP) {
                    return Ok(None);
                }
                Ok(OwnedFd::from(master.try_clone()?))
            }
            Self::Tcp(listener) => listener.accept().map(|(stream, _)| OwnedFd::from(stream)),
            Self::Unix(listener, _) => listener.accept().map(|(stream, _)| OwnedFd::from(stream)),
        };
        match accepted {
            Ok(handle) => Link::new(handle).map(Some),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Breaks the link. A host on a pty notices only when the pty is removed.
    pub(crate) fn hang_up(&mut self) -> io::Result<()> {
        if let Self::Pty { master, link } = self {
            *master = open_pty(link)?;
        }
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Pty { link: path, .. } | Self::Unix(_, Some(path)) = self {
            // A leftover link or socket does no harm.
            let _ = fs::remove_file(path);
        }
    }
}

fn open_pty(link: &Path) -> io::Result<File> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let name = name.to_str().map_err(io::Error::other)?;
    // Opened and closed once, so that the host finds it in raw mode, and the master finds it
    // closed.
    let side = OpenOptions::new().read(true).write(true).open(name)?;
    let mut attributes = tcgetattr(&side)?;
    attributes.make_raw();
    tcsetattr(&side, OptionalActions::Now, &attributes)?;
    drop(side);
    remove(link)?;
    symlink(name, link)?;
    Ok(File::from(master))
}

/// Removes the link or socket of an earlier run, but not a file.
fn remove(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() || metadata.file_type().is_socket() => {
            fs::remove_file(path)
        }
        Ok(_) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            format!("the file {} exists: choose another path, or remove it", path.display()),
        )),
        Err(_) => Ok(()),
    }
}

/// A host that is connected.
pub(crate) struct Link {
    file: File,
    output: Vec<u8>,
}

impl Link {
    fn new(handle: OwnedFd) -> io::Result<Self> {
        fcntl_setfl(&handle, fcntl_getfl(&handle)? | OFlags::NONBLOCK)?;
        Ok(Self { file: File::from(handle), output: Vec::new() })
    }

    /// Reads the bytes that the host has written; an error if the host has disconnected.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 4096];
        match self.file.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.output.extend(bytes);
    }

    /// Writes the bytes that the host accepts; `read` notices a host that has disconnected.
    pub(crate) fn flush(&mut self) {
        while !self.output.is_empty() {
            match self.file.write(&self.output) {
                Ok(count) if count > 0 => drop(self.output.drain(..count)),
                _ => break,
            }
        }
    }

    /// Writes everything, as long as the host accepts some bytes every second.
    pub(crate) fn finish(&mut self) {
        while self.has_output() {
            let before = self.output.len();
            let mut handle = [PollFd::new(&self.file, PollFlags::OUT)];
            let waited = poll(&mut handle, Some(&Timespec { tv_sec: 1, tv_nsec: 0 }));
            self.flush();
            if waited.is_err() || self.output.len() == before {
                break;
            }
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.output.len()
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
