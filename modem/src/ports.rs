//! The serial ports of the system, grouped by device, with the programs that have them open.

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
    /// The USB properties of the device; `None` if it is not a USB device.
    pub usb: Option<UsbDevice>,
    /// The ports of the device, ordered by interface and name; at least one.
    ///
    /// No list tells which of the ports speaks AT:
    /// [`blocking::probe_all`](crate::blocking::probe_all) finds out. Several ports may speak AT,
    /// and often only one of them reports unsolicited result codes.
    pub ports: Vec<PortInfo>,
}

/// The USB properties of a [`Device`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsbDevice {
    /// The vendor number, such as 0x12D1 for Huawei.
    pub vendor: u16,
    /// The product number. A stick that first appears as a disk has another number then.
    pub product: u16,
    /// The name of the vendor.
    pub manufacturer: Option<String>,
    /// The name of the product.
    pub name: Option<String>,
    /// The serial number. Many sticks have none, or all of a model have the same one.
    pub serial: Option<String>,
    /// The position in the USB tree, such as `1-1.2`: the bus, and port after port. It is stable
    /// across a replug at the same position.
    pub bus_path: Option<String>,
}

/// One serial port of a [`Device`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortInfo {
    /// The current name of the port, such as `/dev/ttyUSB2`; it may change at a replug.
    pub name: String,
    /// The best name for a later opening: `by_id`, or `by_path` if another stick has the same
    /// identity, or else `name`.
    pub stable_name: String,
    /// The name in `/dev/serial/by-id`, made of vendor, product, serial number and interface.
    pub by_id: Option<String>,
    /// The name in `/dev/serial/by-path`, made of the position in the USB tree.
    pub by_path: Option<String>,
    /// The number of the USB interface.
    pub interface: Option<u8>,
    /// The driver, such as `option`, `qcserial` or `cdc_acm`.
    pub driver: Option<String>,
    /// The way in which ModemManager treats the port.
    pub modem_manager: ModemManager,
}

/// The way in which ModemManager treats a port. It opens every port that looks like a modem's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModemManager {
    /// ModemManager is not running.
    Absent,
    /// ModemManager is running and ignores the port, by a udev rule with `ID_MM_DEVICE_IGNORE` or
    /// `ID_MM_PORT_IGNORE`.
    Ignores,
    /// ModemManager is running, and may open the port.
    MayOpen,
    /// This system gives no information about ModemManager.
    Unknown,
}

/// The state of a probed port.
#[derive(Debug)]
#[non_exhaustive]
pub enum PortState {
    /// The port answered `AT`.
    SpeaksAt,
    /// The port sends data, but does not answer `AT`.
    OtherProtocol,
    /// The port sends nothing.
    NoResponse,
    /// Another program has the port.
    Busy {
        /// The program that has the port, if the system names it.
        holder: Option<Holder>,
    },
    /// The port cannot be opened.
    Refused(OpenError),
    /// The link ended during the probe.
    Lost(io::Error),
}

/// Lists all devices with serial ports: on Linux from `/sys`, elsewhere as far as the system
/// reports them.
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
/// Fails when the system does not list its ports.
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
            Self::OtherProtocol => f.write_str("sends data, but does not answer AT"),
            Self::NoResponse => f.write_str("no response"),
            Self::Busy { holder: Some(holder) } => write!(f, "busy: in use by {holder}"),
            Self::Busy { holder: None } => f.write_str("busy"),
            Self::Refused(error) => write!(f, "refused: {error}"),
            Self::Lost(error) => write!(f, "lost: {error}"),
        }
    }
}

impl From<io::Result<ProbeResult>> for PortState {
    fn from(result: io::Result<ProbeResult>) -> Self {
        match result {
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
