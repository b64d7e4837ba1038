//! The serial ports of this machine.

use core::error::Error;
use core::time::Duration;

use modem::blocking::{open_serial, probe_all};
use modem::{ModemManager, PortState};
use serde_json::json;

use crate::common::interrupt;
use crate::common::output::{self, say, waiting};

/// Prints the devices with serial ports, and asks each port whether it speaks AT.
pub(crate) fn list(baud: u32) -> Result<(), Box<dyn Error>> {
    interrupt::listen();
    let devices = modem::ports()
        .map_err(|error| format!("the serial ports of this machine cannot be listed ({error})"))?;
    if devices.is_empty() {
        say!("this machine has no serial ports");
    }
    for device in &devices {
        match &device.usb {
            Some(usb) => {
                let name = [&usb.manufacturer, &usb.name].into_iter().flatten();
                let name: Vec<&str> = name.map(String::as_str).collect();
                say!("{} ({:04x}:{:04x})", name.join(" "), usb.vendor, usb.product);
            }
            None => say!("not a USB device"),
        }
        for port in &device.ports {
            // One at a time, so that each line is printed at once: a port that does not answer
            // takes all three seconds.
            let open = |name: &str| open_serial(name, baud);
            if interrupt::requested() {
                return Err("interrupted".into());
            }
            let probe = || probe_all([port.name.as_str()], open, Duration::from_secs(3));
            for (name, probed) in waiting(&format!("probing {}", port.name), probe) {
                let usb = device.usb.as_ref().map(|usb| {
                    json!({
                        "vendor": format!("{:04x}", usb.vendor),
                        "product": format!("{:04x}", usb.product),
                        "manufacturer": usb.manufacturer,
                        "name": usb.name,
                    })
                });
                output::object(&json!({
                    "type": "port",
                    "name": name,
                    "stable_name": port.stable_name,
                    "driver": port.driver,
                    "usb": usb,
                    "speaks_at": matches!(probed, PortState::SpeaksAt),
                    "state": probed.to_string(),
                    "modem_manager": port.modem_manager == ModemManager::MayOpen,
                }));
                let driver = port.driver.as_deref().unwrap_or("unknown driver");
                say!("  {name} ({driver}): {probed}");
            }
            if port.stable_name != port.name {
                say!("    stable name: {}", port.stable_name);
            }
            if port.modem_manager == ModemManager::MayOpen {
                say!("    ModemManager is running and may open this port");
            }
        }
    }
    Ok(())
}
