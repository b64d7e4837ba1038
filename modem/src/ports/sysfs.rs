//! The ports of Linux, from `/sys/class/tty`, the udev links in `/dev/serial`, and the udev
//! database.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Device, ModemManager, PortInfo, UsbDevice, manager_runs};

/// Lists the ports found in the folders below `root`, which is `/`.
pub(super) fn list(root: &Path) -> io::Result<Vec<Device>> {
    let by_id = links(root, "dev/serial/by-id");
    let by_path = links(root, "dev/serial/by-path");
    let manager = manager_runs(root);
    // Each port with the folder of its USB device, which is the same for all ports of one stick.
    let mut found: Vec<(Option<PathBuf>, PortInfo)> = Vec::new();
    for entry in fs::read_dir(root.join("sys/class/tty"))? {
        let Ok(folder) = entry.and_then(|entry| entry.path().canonicalize()) else {
            continue;
        };
        // Consoles and pseudoterminals are not devices.
        let (Ok(device), Some(name)) = (folder.join("device").canonicalize(), file_name(&folder))
        else {
            continue;
        };
        // A UART that is not fitted has a port anyway, of type 0.
        let node = root.join("dev").join(&name);
        if text(&folder.join("type")).as_deref() == Some("0") || !node.exists() {
            continue;
        }
        let interface = ancestor(&device, root, "bInterfaceNumber");
        let usb = ancestor(&device, root, "idVendor");
        let named = |links: &[(PathBuf, String)]| {
            let node = node.canonicalize().ok()?;
            let (_, link) = links.iter().find(|(target, _)| *target == node)?;
            Some(link.clone())
        };
        let ignored = || {
            [Some(&folder), usb.as_ref()]
                .into_iter()
                .flatten()
                .any(|folder| is_ignored(root, folder))
        };
        let name = format!("/dev/{name}");
        let port = PortInfo {
            stable_name: name.clone(),
            by_id: named(&by_id),
            by_path: named(&by_path),
            interface: interface
                .as_deref()
                .and_then(|folder| hexadecimal(&folder.join("bInterfaceNumber")))
                .and_then(|number| u8::try_from(number).ok()),
            driver: driver(interface.as_deref()).or_else(|| driver(Some(&device))),
            modem_manager: match manager {
                false => ModemManager::Absent,
                true if ignored() => ModemManager::Ignores,
                true => ModemManager::MayOpen,
            },
            name,
        };
        found.push((usb, port));
    }
    // ttyUSB2 before ttyUSB10.
    found.sort_by_cached_key(|(_, port)| (port.name.len(), port.name.clone()));
    Ok(grouped(found))
}

/// The ports, grouped by USB device and ordered by interface.
fn grouped(found: Vec<(Option<PathBuf>, PortInfo)>) -> Vec<Device> {
    let mut groups: Vec<(Option<PathBuf>, Device)> = Vec::new();
    for (folder, port) in found {
        let same = groups.iter_mut().find(|(other, _)| other.is_some() && *other == folder);
        match same {
            Some((_, device)) => device.ports.push(port),
            None => {
                let usb = folder.as_deref().and_then(usb_device);
                let ports = Vec::from([port]);
                groups.push((folder, Device { usb, ports }));
            }
        }
    }
    let mut devices: Vec<Device> = groups.into_iter().map(|(_, device)| device).collect();
    // The parts of the name in `by-id`.
    let identities: Vec<_> = devices
        .iter()
        .map(|device| {
            let usb = device.usb.as_ref()?;
            Some((usb.vendor, usb.product, usb.serial.clone()))
        })
        .collect();
    for (device, identity) in devices.iter_mut().zip(&identities) {
        device.ports.sort_by_key(|port| port.interface);
        // Of two sticks with one identity udev gives the name to the later one.
        let is_alone =
            identity.is_none() || identities.iter().filter(|other| *other == identity).count() == 1;
        for port in &mut device.ports {
            let best = match (&port.by_id, &port.by_path) {
                (Some(by_id), _) if is_alone => Some(by_id),
                (_, Some(by_path)) => Some(by_path),
                (by_id, None) => by_id.as_ref(),
            };
            if let Some(best) = best {
                port.stable_name.clone_from(best);
            }
        }
    }
    devices
}

fn usb_device(folder: &Path) -> Option<UsbDevice> {
    Some(UsbDevice {
        vendor: hexadecimal(&folder.join("idVendor"))?,
        product: hexadecimal(&folder.join("idProduct"))?,
        manufacturer: text(&folder.join("manufacturer")),
        name: text(&folder.join("product")),
        serial: text(&folder.join("serial")),
        bus_path: file_name(folder),
    })
}

/// The next folder upwards from `folder` with a file called `name`, at most up to `root`.
fn ancestor(folder: &Path, root: &Path, name: &str) -> Option<PathBuf> {
    folder
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .find(|folder| folder.join(name).is_file())
        .map(Path::to_path_buf)
}

/// The targets of the links in a folder, and their names.
fn links(root: &Path, folder: &str) -> Vec<(PathBuf, String)> {
    let mut links: Vec<_> = fs::read_dir(root.join(folder))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let target = entry.path().canonicalize().ok()?;
            Some((target, format!("/{folder}/{}", entry.file_name().to_str()?)))
        })
        .collect();
    // Newer udev has two names for a position; all versions have the shorter one.
    links.sort_by_cached_key(|(_, name)| (name.len(), name.clone()));
    links
}

fn driver(folder: Option<&Path>) -> Option<String> {
    file_name(&fs::read_link(folder?.join("driver")).ok()?)
}

/// Returns `true` if udev has a property for this device that keeps ModemManager away.
fn is_ignored(root: &Path, folder: &Path) -> bool {
    let Some(number) = text(&folder.join("dev")) else {
        return false;
    };
    let database =
        fs::read_to_string(root.join(format!("run/udev/data/c{number}"))).unwrap_or_default();
    database.lines().any(|line| {
        matches!(
            line.strip_prefix("E:").and_then(|line| line.split_once('=')),
            Some(("ID_MM_DEVICE_IGNORE" | "ID_MM_PORT_IGNORE", "1" | "true"))
        )
    })
}

fn hexadecimal(path: &Path) -> Option<u16> {
    u16::from_str_radix(&text(path)?, 16).ok()
}

/// The text of a file of one line; `None` if it is empty.
fn text(path: &Path) -> Option<String> {
    let text = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text).trim().to_string();
    (!text.is_empty()).then_some(text)
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_string())
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::super::tree::Tree;
    use super::super::{Device, ModemManager};
    use super::list;

    const HUB: &str = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1";

    /// A USB device at `place` of the hub.
    fn stick(tree: &Tree, place: &str, ids: (&str, &str), serial: Option<&str>, minor: u32) {
        let folder = format!("{HUB}/{place}");
        tree.write(&format!("{folder}/idVendor"), &format!("{}\n", ids.0));
        tree.write(&format!("{folder}/idProduct"), &format!("{}\n", ids.1));
        tree.write(&format!("{folder}/manufacturer"), "HUAWEI Technology\n");
        tree.write(&format!("{folder}/product"), "HUAWEI Mobile\n");
        tree.write(&format!("{folder}/dev"), &format!("189:{minor}\n"));
        if let Some(serial) = serial {
            tree.write(&format!("{folder}/serial"), &format!("{serial}\n"));
        }
    }

    /// A port of an interface of a USB device: the ports of usb-serial are folders of their own,
    /// the ports of CDC-ACM are not.
    fn port(tree: &Tree, place: &str, interface: u8, driver: &str, name: &str, minor: u32) {
        let folder = format!("{HUB}/{place}/{place}:1.{interface}");
        tree.write(&format!("{folder}/bInterfaceNumber"), &format!("{interface:02x}\n"));
        tree.link(
            &format!("{folder}/driver"),
            &format!("../../../../../../../bus/usb/drivers/{driver}"),
        );
        let (tty, device) = if driver == "cdc_acm" {
            (format!("{folder}/tty/{name}"), "../..")
        } else {
            (format!("{folder}/{name}/tty/{name}"), "../..")
        };
        tree.link(&format!("{tty}/device"), device);
        tree.write(&format!("{tty}/dev"), &format!("188:{minor}\n"));
        let target = tty.strip_prefix("sys/").unwrap();
        tree.link(&format!("sys/class/tty/{name}"), &format!("../../{target}"));
        tree.write(&format!("dev/{name}"), "");
    }

    fn by_id(tree: &Tree, id: &str, name: &str) {
        tree.link(&format!("dev/serial/by-id/{id}"), &format!("../../{name}"));
    }

    fn by_path(tree: &Tree, path: &str, name: &str) {
        tree.link(&format!("dev/serial/by-path/{path}"), &format!("../../{name}"));
    }

    fn names(devices: &[Device]) -> Vec<Vec<&str>> {
        devices
            .iter()
            .map(|device| device.ports.iter().map(|port| port.name.as_str()).collect())
            .collect()
    }

    #[test]
    fn the_ports_of_a_stick_are_together_in_the_order_of_their_interfaces() {
        let tree = Tree::new();
        stick(&tree, "1-1.2", ("12d1", "1506"), None, 5);
        // The kernel numbers them as they appear.
        port(&tree, "1-1.2", 2, "option", "ttyUSB9", 9);
        port(&tree, "1-1.2", 0, "option", "ttyUSB10", 10);
        stick(&tree, "1-1.3", ("1bc7", "0021"), Some("357164041234567"), 6);
        port(&tree, "1-1.3", 0, "cdc_acm", "ttyACM0", 0);
        by_id(&tree, "usb-HUAWEI_Mobile-if00-port0", "ttyUSB10");
        by_id(&tree, "usb-HUAWEI_Mobile-if02-port0", "ttyUSB9");
        by_path(&tree, "pci-0000:00:14.0-usbv2-0:1.2:1.2-port0", "ttyUSB9");
        by_path(&tree, "pci-0000:00:14.0-usb-0:1.2:1.2-port0", "ttyUSB9");

        let devices = list(tree.root()).unwrap();
        assert_eq!(names(&devices), [&["/dev/ttyACM0"][..], &["/dev/ttyUSB10", "/dev/ttyUSB9"]]);
        let [telit, huawei] = &devices[..] else { panic!() };
        let usb = huawei.usb.as_ref().unwrap();
        assert_eq!((usb.vendor, usb.product), (0x12D1, 0x1506));
        assert_eq!(usb.bus_path.as_deref(), Some("1-1.2"));
        assert_eq!(usb.name.as_deref(), Some("HUAWEI Mobile"));
        assert_eq!(usb.serial, None);
        assert_eq!(telit.usb.as_ref().unwrap().serial.as_deref(), Some("357164041234567"));
        let shown: Vec<_> = huawei
            .ports
            .iter()
            .map(|port| (port.interface, port.driver.as_deref(), port.stable_name.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (Some(0), Some("option"), "/dev/serial/by-id/usb-HUAWEI_Mobile-if00-port0"),
                (Some(2), Some("option"), "/dev/serial/by-id/usb-HUAWEI_Mobile-if02-port0"),
            ]
        );
        assert_eq!(
            huawei.ports[1].by_path.as_deref(),
            Some("/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.2-port0")
        );
        assert_eq!(telit.ports[0].driver.as_deref(), Some("cdc_acm"));
        // Without the udev links only the current name is left.
        assert_eq!(telit.ports[0].stable_name, "/dev/ttyACM0");
    }

    #[test]
    fn two_sticks_that_cannot_be_told_apart_are_named_by_their_places() {
        let tree = Tree::new();
        for (place, name, minor) in [("1-1.2", "ttyUSB0", 5), ("1-1.4", "ttyUSB1", 6)] {
            stick(&tree, place, ("12d1", "1506"), None, minor);
            port(&tree, place, 0, "option", name, minor);
            by_path(&tree, &format!("pci-usb-0:{place}:1.0-port0"), name);
        }
        by_id(&tree, "usb-HUAWEI_Mobile-if00-port0", "ttyUSB1");
        let devices = list(tree.root()).unwrap();
        let stable: Vec<&str> =
            devices.iter().map(|device| device.ports[0].stable_name.as_str()).collect();
        assert_eq!(
            stable,
            [
                "/dev/serial/by-path/pci-usb-0:1-1.2:1.0-port0",
                "/dev/serial/by-path/pci-usb-0:1-1.4:1.0-port0",
            ]
        );
    }

    #[test]
    fn ports_of_the_machine_are_listed_if_they_are_there_and_consoles_are_not() {
        let tree = Tree::new();
        for (name, kind) in [("ttyS0", "4"), ("ttyS1", "0"), ("ttyAMA0", "32")] {
            let folder = format!("sys/devices/platform/serial/tty/{name}");
            tree.write(&format!("{folder}/type"), &format!("{kind}\n"));
            tree.link(&format!("{folder}/device"), "../..");
            tree.link(
                &format!("sys/class/tty/{name}"),
                &format!("../../devices/platform/serial/tty/{name}"),
            );
            tree.write(&format!("dev/{name}"), "");
        }
        tree.write("sys/devices/virtual/tty/tty1/dev", "4:1\n");
        tree.link("sys/class/tty/tty1", "../../devices/virtual/tty/tty1");
        tree.write("dev/tty1", "");
        tree.link("sys/class/tty/ttyGONE", "../../devices/gone");
        // A USB port without a device node, as in a container.
        stick(&tree, "1-1.2", ("12d1", "1506"), None, 5);
        port(&tree, "1-1.2", 0, "option", "ttyUSB0", 0);
        std::fs::remove_file(tree.root().join("dev/ttyUSB0")).unwrap();

        let devices = list(tree.root()).unwrap();
        assert_eq!(names(&devices), [["/dev/ttyS0"], ["/dev/ttyAMA0"]]);
        assert!(devices.iter().all(|device| device.usb.is_none()));
        assert_eq!(list(Tree::new().root()).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }

    #[test]
    fn what_modem_manager_makes_of_a_port_is_told_where_udev_knows_it() {
        for (case, runs, records, expected) in [
            ("it does not run", false, &[][..], ModemManager::Absent),
            ("it runs", true, &[], ModemManager::MayOpen),
            (
                "a rule for the stick",
                true,
                &[("c189:5", "I:12\nE:ID_MODEL=x\nE:ID_MM_DEVICE_IGNORE=1\n")],
                ModemManager::Ignores,
            ),
            (
                "a rule for the port",
                true,
                &[("c188:0", "E:ID_MM_PORT_IGNORE=1\n")],
                ModemManager::Ignores,
            ),
            (
                "a rule for another stick",
                true,
                &[("c189:6", "E:ID_MM_DEVICE_IGNORE=1\n"), ("c188:0", "E:ID_MM_CANDIDATE=1\n")],
                ModemManager::MayOpen,
            ),
            (
                "a rule that was taken back",
                true,
                &[("c189:5", "E:ID_MM_DEVICE_IGNORE=0\n")],
                ModemManager::MayOpen,
            ),
        ] {
            let tree = Tree::new();
            stick(&tree, "1-1.2", ("12d1", "1506"), None, 5);
            port(&tree, "1-1.2", 0, "option", "ttyUSB0", 0);
            if runs {
                tree.write("proc/77/comm", "ModemManager\n");
            }
            for (record, text) in records {
                tree.write(&format!("run/udev/data/{record}"), text);
            }
            let devices = list(tree.root()).unwrap();
            assert_eq!(devices[0].ports[0].modem_manager, expected, "{case}");
        }
    }

    #[test]
    fn what_is_odd_in_the_tree_is_left_out_and_stops_nothing() {
        let tree = Tree::new();
        stick(&tree, "1-1.2", ("nonsense", "1506"), None, 5);
        port(&tree, "1-1.2", 0, "option", "ttyUSB0", 0);
        tree.write(&format!("{HUB}/1-1.2/1-1.2:1.0/bInterfaceNumber"), "zz\n");
        by_id(&tree, "usb-loop", "serial/by-id/usb-loop");
        let devices = list(tree.root()).unwrap();
        let device = &devices[0];
        assert_eq!(device.usb, None);
        assert_eq!(device.ports[0].interface, None);
        let none: Option<String> = None;
        assert_eq!(device.ports[0].by_id, none);
    }
}
