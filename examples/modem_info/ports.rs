//! The serial ports of this machine.

use core::error::Error;
use core::time::Duration;

use modem::ModemManager;
use modem::blocking::{open_serial, probe_all};

/// Prints the devices with serial ports, and asks each port whether it speaks AT.
pub(crate) fn list(baud: u32) -> Result<(), Box<dyn Error>> {
    let devices = modem::ports()
        .map_err(|error| format!("the serial ports of this machine cannot be listed ({error})"))?;
    if devices.is_empty() {
        println!("this machine has no serial ports");
    }
    for device in &devices {
        match &device.usb {
            Some(usb) => {
                let name = [&usb.manufacturer, &usb.name].into_iter().flatten();
                let name: Vec<&str> = name.map(String::as_str).collect();
                println!("{} ({:04x}:{:04x})", name.join(" "), usb.vendor, usb.product);
            }
            None => println!("not a USB device"),
        }
        for port in &device.ports {
            // One at a time, so that each line is printed at once: a port that does not answer
            // takes all three seconds.
            let open = |name: &str| open_serial(name, baud);
            for (name, probed) in probe_all([port.name.as_str()], open, Duration::from_secs(3)) {
                let driver = port.driver.as_deref().unwrap_or("unknown driver");
                println!("  {name} ({driver}): {probed}");
            }
            if port.stable_name != port.name {
                println!("    stable name: {}", port.stable_name);
            }
            if port.modem_manager == ModemManager::MayOpen {
                println!("    ModemManager is running and may open this port");
            }
        }
    }
    Ok(())
}
