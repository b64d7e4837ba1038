//! The serial ports of this machine.

use core::error::Error;
use core::time::Duration;

use modem::ModemManager;
use modem::blocking::{open_serial, probe_all};

/// Prints the devices with serial ports, and asks each port whether it speaks AT.
pub(crate) fn list(baud: u32) -> Result<(), Box<dyn Error>> {
    let devices = modem::ports()
        .map_err(|error| format!("the ports of this machine cannot be listed: {error}"))?;
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
            None => println!("a port of the machine"),
        }
        for port in &device.ports {
            // One by one, so that each line is shown at once: a silent port takes the whole three seconds.
            let open = |name: &str| open_serial(name, baud);
            for (name, probed) in probe_all([port.name.as_str()], open, Duration::from_secs(3)) {
                let driver = port.driver.as_deref().unwrap_or("driver unknown");
                println!("  {name} ({driver}): {probed}");
            }
            if port.stable_name != port.name {
                println!("    better: {}", port.stable_name);
            }
            if port.modem_manager == ModemManager::MayOpen {
                println!("    ModemManager runs, and may open it");
            }
        }
    }
    Ok(())
}
