//! The programs that have a port open, from `/proc` and the lock files of other programs.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use std::fs;
use std::path::Path;

/// A program that has a port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The name of the program.
    pub name: String,
    /// The process number.
    pub process: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.process)
    }
}

impl Holder {
    /// Returns `true` for ModemManager, which has a switch of its own to keep it away.
    pub(crate) fn is_modem_manager(&self) -> bool {
        self.name == MODEM_MANAGER
    }

    fn of(root: &Path, process: u32) -> Option<Self> {
        let name = fs::read_to_string(root.join(format!("proc/{process}/comm"))).ok()?;
        Some(Self { name: name.trim().to_string(), process })
    }
}

const MODEM_MANAGER: &str = "ModemManager";

/// Another process that has the port `device` open, or has locked it; `root` is `/`.
///
/// The open files of a process of another user are visible to root only; its lock file is visible
/// to all.
pub(crate) fn other_holder(root: &Path, device: &Path) -> Option<Holder> {
    let own = std::process::id();
    opened_by(root, device, own).or_else(|| locked_by(root, device, own))
}

fn opened_by(root: &Path, device: &Path, own: u32) -> Option<Holder> {
    processes(root).find_map(|process| {
        let files = fs::read_dir(root.join(format!("proc/{process}/fd"))).ok()?;
        let has_it =
            |file: fs::DirEntry| fs::read_link(file.path()).is_ok_and(|target| target == device);
        if process == own || !files.flatten().any(has_it) {
            return None;
        }
        Holder::of(root, process)
    })
}

/// The process named in a lock file of the Filesystem Hierarchy Standard, 5.9: its number in ASCII.
///
/// Such files are written by minicom, gammu, smstools and pppd. The lock file of a dead process is
/// ignored.
fn locked_by(root: &Path, device: &Path, own: u32) -> Option<Holder> {
    let name = device.file_name()?.to_str()?;
    ["var/lock", "run/lock"].into_iter().find_map(|folder| {
        let lock = fs::read_to_string(root.join(folder).join(format!("LCK..{name}"))).ok()?;
        let process = lock.split_ascii_whitespace().next()?.parse().ok()?;
        (process != own).then(|| Holder::of(root, process)).flatten()
    })
}

/// Returns `true` if ModemManager is running; `root` is `/`.
pub(crate) fn manager_runs(root: &Path) -> bool {
    processes(root)
        .filter_map(|process| Holder::of(root, process))
        .any(|holder| holder.is_modem_manager())
}

fn processes(root: &Path) -> impl Iterator<Item = u32> + use<> {
    fs::read_dir(root.join("proc"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use alloc::string::{String, ToString};
    use std::path::Path;

    use super::super::tree::Tree;
    use super::{manager_runs, other_holder};

    #[test]
    fn the_program_that_has_a_port_is_named_by_its_open_file_or_by_its_lock_file() {
        // Files and their texts; `-> ` stands for a link, `OWN` for this process.
        for (case, files, expected) in [
            (
                "another program has it open",
                &[
                    ("proc/77/comm", "gammu-smsd\n"),
                    ("proc/77/fd/0", "-> /dev/null"),
                    ("proc/77/fd/5", "-> /dev/ttyUSB2"),
                ][..],
                Some("gammu-smsd (process 77)"),
            ),
            (
                "another program has another port",
                &[
                    ("proc/77/comm", "gammu-smsd\n"),
                    ("proc/77/fd/5", "-> /dev/ttyUSB1"),
                    ("var/lock/LCK..ttyUSB1", "        77\n"),
                ],
                None,
            ),
            (
                "a program of another user, whose files are hidden, has locked it",
                &[
                    ("proc/77/comm", "minicom\n"),
                    ("run/lock/LCK..ttyUSB2", "        77 minicom root\n"),
                ],
                Some("minicom (process 77)"),
            ),
            (
                "a program that is gone has left its lock file",
                &[("var/lock/LCK..ttyUSB2", "        78\n")],
                None,
            ),
            ("a lock file that nobody can read", &[("var/lock/LCK..ttyUSB2", "x\0\0y")], None),
            (
                "this program itself",
                &[
                    ("proc/OWN/comm", "self\n"),
                    ("proc/OWN/fd/5", "-> /dev/ttyUSB2"),
                    ("var/lock/LCK..ttyUSB2", "OWN\n"),
                ],
                None,
            ),
        ] {
            let tree = Tree::new();
            let own = std::process::id().to_string();
            for (path, text) in files {
                let (path, text) = (path.replace("OWN", &own), text.replace("OWN", &own));
                match text.strip_prefix("-> ") {
                    Some(target) => tree.link(&path, target),
                    None => tree.write(&path, &text),
                }
            }
            let holder = other_holder(tree.root(), Path::new("/dev/ttyUSB2"));
            assert_eq!(
                holder.map(|holder| holder.to_string()),
                expected.map(String::from),
                "{case}"
            );
        }
    }

    #[test]
    fn modem_manager_is_known_by_its_name() {
        let tree = Tree::new();
        assert!(!manager_runs(tree.root()));
        tree.write("proc/77/comm", "gammu-smsd\n");
        tree.write("proc/uptime", "1 1\n");
        assert!(!manager_runs(tree.root()));
        tree.write("proc/78/comm", "ModemManager\n");
        assert!(manager_runs(tree.root()));
    }
}
