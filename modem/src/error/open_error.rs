//! The reasons why a serial port cannot be opened, and their remedies.

use alloc::format;
use alloc::string::{String, ToString};
use std::io;
use std::path::{Path, PathBuf};

use crate::ports::{Holder, manager_runs, other_holder};

/// The reason why a serial port cannot be opened, with its remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such port.
    #[error(
        "there is no port {path}: plug the modem in, or list the ports with `ls /dev/serial/by-id`"
    )]
    NotFound {
        /// The requested port.
        path: String,
    },
    /// Another program has the port.
    #[error("the port {path} is in use{}: end the other program, or choose another port", by(.holder.as_ref(), *.modem_manager))]
    Busy {
        /// The requested port.
        path: String,
        /// The program that has the port, if the system names it.
        holder: Option<Holder>,
        /// `true` if ModemManager is running, which opens every port that looks like a modem's for
        /// at least 10 s after it was plugged in.
        modem_manager: bool,
    },
    /// The user may not open the port.
    #[error(
        "you may not open the port {path}: become a member of the group that owns it (often dialout)"
    )]
    Forbidden {
        /// The requested port.
        path: String,
    },
    /// The name does not belong to a usable serial port.
    #[error("{path} is not a usable serial port: name a device such as /dev/ttyUSB2")]
    Unusable {
        /// The requested port.
        path: String,
        /// The error of the operating system.
        source: io::Error,
    },
}

fn by(holder: Option<&Holder>, modem_manager: bool) -> String {
    const RULE: &str = "a udev rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\" keeps it away";
    match holder {
        Some(holder) if holder.is_modem_manager() => format!(" by {holder}; {RULE}"),
        Some(holder) => format!(" by {holder}"),
        None if modem_manager => format!(", perhaps by ModemManager, which is running; {RULE}"),
        None => String::new(),
    }
}

impl OpenError {
    pub(crate) fn new(path: &str, error: &serialport::Error) -> Self {
        let exists = Path::new(path).exists();
        let source = io::Error::other(error.to_string());
        match error.kind() {
            serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
                Self::Forbidden { path: path.into() }
            }
            serialport::ErrorKind::Io(io::ErrorKind::NotFound)
            | serialport::ErrorKind::NoDevice
                if !exists =>
            {
                Self::NotFound { path: path.into() }
            }
            // The lock that another program holds on an existing device is reported as "no device".
            serialport::ErrorKind::NoDevice
            | serialport::ErrorKind::Io(io::ErrorKind::ResourceBusy) => {
                Self::busy(path, holder(path))
            }
            _ => Self::Unusable { path: path.into(), source },
        }
    }

    /// Creates the error for a port that `holder` has.
    fn busy(path: &str, holder: Option<Holder>) -> Self {
        Self::Busy { path: path.into(), holder, modem_manager: manager_runs(Path::new("/")) }
    }

    /// Fails if another program has the port; checked before the port is opened.
    ///
    /// Not every program locks its port, and the lock of the system does not bind a superuser.
    /// Merely opening a port that another program uses disturbs that program. Pseudoterminals are
    /// not checked: programs at their other side often hold the host side open too.
    pub(crate) fn if_taken(path: &str) -> Result<(), Self> {
        let is_pseudoterminal = device(path).is_some_and(|device| device.starts_with("/dev/pts"));
        match holder(path).filter(|_| !is_pseudoterminal) {
            Some(holder) => Err(Self::busy(path, Some(holder))),
            None => Ok(()),
        }
    }
}

/// The device that a name, such as one in `/dev/serial/by-id`, leads to.
fn device(path: &str) -> Option<PathBuf> {
    Path::new(path).canonicalize().ok()
}

fn holder(path: &str) -> Option<Holder> {
    other_holder(Path::new("/"), &device(path)?)
}

/// Keeps the kind, so that a program that only handles `io::Error` can tell a missing port from a
/// busy one.
impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        let kind = match &error {
            OpenError::NotFound { .. } => io::ErrorKind::NotFound,
            OpenError::Busy { .. } => io::ErrorKind::ResourceBusy,
            OpenError::Forbidden { .. } => io::ErrorKind::PermissionDenied,
            OpenError::Unusable { .. } => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use alloc::string::ToString;
    use std::io;

    use super::{OpenError, by};
    use crate::ports::Holder;

    /// The errors of a system for a port that exists (`/dev/null`) and for one that does not.
    #[test]
    fn what_the_system_says_becomes_what_a_person_can_do() {
        use serialport::ErrorKind::{InvalidInput, Io, NoDevice};

        const THERE: &str = "/dev/null";
        const MISSING: &str = "/dev/no-such-port";
        for (path, kind, begin, end, io_kind) in [
            (
                MISSING,
                NoDevice,
                "there is no port /dev/no-such-port",
                "plug the modem in, or list the ports with `ls /dev/serial/by-id`",
                io::ErrorKind::NotFound,
            ),
            (
                MISSING,
                Io(io::ErrorKind::NotFound),
                "there is no port /dev/no-such-port",
                "plug the modem in, or list the ports with `ls /dev/serial/by-id`",
                io::ErrorKind::NotFound,
            ),
            (
                THERE,
                Io(io::ErrorKind::PermissionDenied),
                "you may not open the port /dev/null",
                "become a member of the group that owns it (often dialout)",
                io::ErrorKind::PermissionDenied,
            ),
            // The lock of another program.
            (
                THERE,
                NoDevice,
                "the port /dev/null is in use",
                "end the other program, or choose another port",
                io::ErrorKind::ResourceBusy,
            ),
            (
                THERE,
                Io(io::ErrorKind::ResourceBusy),
                "the port /dev/null is in use",
                "end the other program, or choose another port",
                io::ErrorKind::ResourceBusy,
            ),
            (
                THERE,
                InvalidInput,
                "/dev/null is not a usable serial port",
                "name a device such as /dev/ttyUSB2",
                io::ErrorKind::Other,
            ),
        ] {
            let error = OpenError::new(path, &serialport::Error::new(kind, "Not a typewriter"));
            let said = error.to_string();
            assert!(said.starts_with(begin) && said.ends_with(end), "{kind:?}: {said}");
            let error = io::Error::from(error);
            assert_eq!((error.kind(), error.to_string()), (io_kind, said));
        }
    }

    #[test]
    fn who_has_a_port_is_named_and_how_to_keep_modem_manager_away() {
        let minicom = Holder { name: "minicom".into(), process: 4711 };
        let manager = Holder { name: "ModemManager".into(), process: 731 };
        for (holder, modem_manager, expected) in [
            (None, false, ""),
            (Some(&minicom), true, " by minicom (process 4711)"),
            (
                Some(&manager),
                true,
                " by ModemManager (process 731); a udev rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\" keeps it away",
            ),
            (
                None,
                true,
                ", perhaps by ModemManager, which is running; a udev rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\" keeps it away",
            ),
        ] {
            assert_eq!(by(holder, modem_manager), expected);
        }
    }
}
