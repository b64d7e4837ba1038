//! The ports as listed by the crate serialport, for systems other than Linux.

use alloc::vec::Vec;

use serialport::{SerialPortInfo, SerialPortType};

use super::{Device, ModemManager, PortInfo, UsbDevice};

/// The ports, grouped by USB device.
pub(super) fn grouped(listed: Vec<SerialPortInfo>) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for SerialPortInfo { port_name, port_type } in listed {
        let usb = match port_type {
            SerialPortType::UsbPort(usb) => Some(UsbDevice {
                vendor: usb.vid,
                product: usb.pid,
                manufacturer: usb.manufacturer,
                name: usb.product,
                serial: usb.serial_number,
                bus_path: None,
            }),
            _ => None,
        };
        let port = PortInfo {
            stable_name: port_name.clone(),
            name: port_name,
            by_id: None,
            by_path: None,
            interface: None,
            driver: None,
            modem_manager: ModemManager::Unknown,
        };
        // The names of the interfaces differ; the numbers are those of the device.
        let same = |device: &&mut Device| match (&device.usb, &usb) {
            (Some(one), Some(other)) => {
                (one.vendor, one.product, &one.serial)
                    == (other.vendor, other.product, &other.serial)
            }
            _ => false,
        };
        match devices.iter_mut().find(same) {
            Some(device) => device.ports.push(port),
            None => devices.push(Device { usb, ports: Vec::from([port]) }),
        }
    }
    devices
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use serialport::{SerialPortInfo, SerialPortType, UsbPortInfo};

    use super::grouped;

    fn usb(name: &str, pid: u16, serial: &str) -> SerialPortInfo {
        SerialPortInfo {
            port_name: name.into(),
            port_type: SerialPortType::UsbPort(UsbPortInfo {
                vid: 0x12D1,
                pid,
                serial_number: Some(serial.into()),
                manufacturer: None,
                product: Some(name.into()),
            }),
        }
    }

    #[test]
    fn the_ports_of_one_stick_are_together() {
        let lone = |name: &str| SerialPortInfo {
            port_name: name.into(),
            port_type: SerialPortType::Unknown,
        };
        let devices = grouped(Vec::from([
            usb("COM3", 0x1001, "A"),
            lone("COM1"),
            usb("COM4", 0x1001, "A"),
            usb("COM5", 0x1001, "B"),
            lone("COM2"),
        ]));
        let names: Vec<Vec<String>> = devices
            .into_iter()
            .map(|device| device.ports.into_iter().map(|port| port.name).collect())
            .collect();
        assert_eq!(names, [&["COM3", "COM4"][..], &["COM1"], &["COM5"], &["COM2"]]);
    }
}
