//! Why a serial port cannot be opened, and what to do about it.

use alloc::format;
use alloc::string::{String, ToString};
use std::io;
use std::path::Path;

/// Why a serial port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such port.
    #[error(
        "there is no port {path}: plug the modem in, or look which ports there are with `ls /dev/serial/by-id`"
    )]
    NotFound {
        /// The port that was asked for.
        path: String,
    },
    /// Another program has the port.
    #[error("the port {path} is in use{}: end the other program, or choose another port", by(.holder))]
    Busy {
        /// The port that was asked for.
        path: String,
        /// The program that has it, where the system tells.
        holder: Option<String>,
    },
    /// The user may not open the port.
    #[error("no permission to open {path}: become a member of the group that owns it (often dialout)")]
    Forbidden {
        /// The port that was asked for.
        path: String,
    },
    /// There is something else under this name.
    #[error("{path} is no usable serial port ({source}): name a device such as /dev/ttyUSB2")]
    Unusable {
        /// The port that was asked for.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

fn by(holder: &Option<String>) -> String {
    match holder.as_deref() {
        None => String::new(),
        Some("ModemManager") => {
            " by ModemManager (a udev rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\" keeps it away)".into()
        }
        Some(holder) => format!(" by {holder}"),
    }
}

impl OpenError {
    pub(crate) fn new(path: &str, error: &serialport::Error) -> Self {
        let exists = Path::new(path).exists();
        let path = path.to_string();
        let source = io::Error::other(error.to_string());
        match error.kind() {
            serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => Self::Forbidden { path },
            serialport::ErrorKind::Io(io::ErrorKind::NotFound) | serialport::ErrorKind::NoDevice
                if !exists =>
            {
                Self::NotFound { path }
            }
            // The lock that another program holds on an existing device is reported as "no device".
            serialport::ErrorKind::NoDevice | serialport::ErrorKind::Io(io::ErrorKind::ResourceBusy) => {
                Self::Busy {
                    holder: holder(&path),
                    path,
                }
            }
            _ => Self::Unusable { path, source },
        }
    }
}

/// The name of a process that has the file open, where /proc shows it.
fn holder(path: &str) -> Option<String> {
    let device = Path::new(path).canonicalize().ok()?;
    let own = std::process::id().to_string();
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let files = std::fs::read_dir(process.path().join("fd")).ok()?;
        let has_it =
            |file: std::fs::DirEntry| std::fs::read_link(file.path()).is_ok_and(|target| target == device);
        if process.file_name() == own.as_str() || !files.flatten().any(has_it) {
            return None;
        }
        Some(
            std::fs::read_to_string(process.path().join("comm"))
                .ok()?
                .trim()
                .to_string(),
        )
    })
}
