//! Which serial ports there are, which of them belong together, and who has them.

#[cfg(any(test, not(target_os = "linux")))]
mod enumerated;
mod holder;
#[cfg(target_os = "linux")]
mod sysfs;
#[cfg(all(test, target_os = "linux"))]
mod tree;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::io;

pub use self::holder::Holder;
pub(crate) use self::holder::{manager_runs, other_holder};
use crate::{OpenError, ProbeResult};

/// A device with serial ports: a USB stick or module with several, or a single port of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// What USB tells of it; `None` where it is not on USB.
    pub usb: Option<UsbDevice>,
    /// Its ports, in the order of their interfaces and names; at least one.
    ///
    /// Which of them speaks AT is not told by any list: [`blocking::probe_all`](crate::blocking::probe_all) asks them. Several may,
    /// and often only one of those has the announcements of the modem.
    pub ports: Vec<PortInfo>,
}

/// What USB tells of a [`Device`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsbDevice {
    /// The number of the vendor, such as 0x12D1 for Huawei.
    pub vendor: u16,
    /// The vendor's number of the product. A stick that shows itself as a disk at first has another one then.
    pub product: u16,
    /// The name of the vendor.
    pub manufacturer: Option<String>,
    /// The name of the product.
    pub name: Option<String>,
    /// The serial number. Many sticks have none, or the same one each.
    pub serial: Option<String>,
    /// Where it is plugged in, such as `1-1.2`: bus, and port after port. It stays so after a replug in the same place.
    pub place: Option<String>,
}

/// One serial port of a [`Device`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortInfo {
    /// The name to open it by now, such as `/dev/ttyUSB2`; it may be another one after a replug.
    pub name: String,
    /// The best name to open it by later: `by_id`, or `by_path` where another stick has the same identity, or else `name`.
    pub stable_name: String,
    /// The name in `/dev/serial/by-id`, made of vendor, product, serial number and interface.
    pub by_id: Option<String>,
    /// The name in `/dev/serial/by-path`, made of the place where it is plugged in.
    pub by_path: Option<String>,
    /// The number of its USB interface.
    pub interface: Option<u8>,
    /// The driver, such as `option`, `qcserial` or `cdc_acm`.
    pub driver: Option<String>,
    /// What ModemManager makes of it.
    pub modem_manager: ModemManager,
}

/// What ModemManager, which opens every port that looks like a modem's, makes of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModemManager {
    /// It does not run.
    Absent,
    /// It runs, and leaves the port alone, as a udev rule with `ID_MM_DEVICE_IGNORE` or `ID_MM_PORT_IGNORE` has told it.
    Ignores,
    /// It runs, and may open the port.
    MayOpen,
    /// Nothing is known of it on this system.
    Unknown,
}

/// What a port is that was asked whether it speaks AT.
#[derive(Debug)]
#[non_exhaustive]
pub enum PortState {
    /// `AT` was answered.
    SpeaksAt,
    /// Something comes, and none of it is an answer to `AT`.
    OtherProtocol,
    /// Nothing comes.
    NoResponse,
    /// Another program has it.
    Busy {
        /// Who has it, where the system tells.
        holder: Option<Holder>,
    },
    /// It cannot be opened.
    Refused(OpenError),
    /// It ended while it was asked.
    Lost(io::Error),
}

/// Lists the devices with serial ports, whatever they are; on Linux from `/sys`, elsewhere as far as the system tells.
///
/// ```
/// for device in modem::ports()? {
///     for port in &device.ports {
///         println!("{} ({:?}, interface {:?})", port.stable_name, port.driver, port.interface);
///     }
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// When the system does not tell its ports.
pub fn ports() -> io::Result<Vec<Device>> {
    #[cfg(target_os = "linux")]
    return sysfs::list(std::path::Path::new("/"));
    #[cfg(not(target_os = "linux"))]
    return Ok(enumerated::grouped(serialport::available_ports()?));
}

impl fmt::Display for PortState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SpeaksAt => f.write_str("speaks AT"),
            Self::OtherProtocol => f.write_str("says something, and does not answer AT"),
            Self::NoResponse => f.write_str("silent"),
            Self::Busy { holder: Some(holder) } => write!(f, "busy: {holder} has it"),
            Self::Busy { holder: None } => f.write_str("busy"),
            Self::Refused(error) => write!(f, "refused: {error}"),
            Self::Lost(error) => write!(f, "lost: {error}"),
        }
    }
}

impl From<io::Result<ProbeResult>> for PortState {
    fn from(heard: io::Result<ProbeResult>) -> Self {
        match heard {
            Ok(ProbeResult::At) => Self::SpeaksAt,
            Ok(ProbeResult::Other) => Self::OtherProtocol,
            Ok(ProbeResult::NoResponse) => Self::NoResponse,
            Err(error) => Self::Lost(error),
        }
    }
}

impl From<OpenError> for PortState {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Busy { holder, .. } => Self::Busy { holder },
            error => Self::Refused(error),
        }
    }
}
