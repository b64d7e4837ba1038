//! The file that keeps settings, scripts and rules across restarts.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::logging::Rule;
use crate::scripts::Script;
use crate::settings::Settings;

/// The number of handled messages that are remembered; no modem stores more.
const MAX_HANDLED: usize = 512;

/// The content of the file.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Kept {
    /// The marks of the stored messages that were checked for commands, oldest first.
    pub(crate) handled: Vec<String>,
    /// The reference of the next long message, so that its parts are not joined with those of
    /// another one.
    pub(crate) reference: Option<u16>,
    pub(crate) sms: Settings,
    /// The rules of `/system logging` after the default ones.
    pub(crate) logging: Vec<Rule>,
    pub(crate) script: Vec<Script>,
}

/// The file and its content.
pub(crate) struct Store {
    path: Option<PathBuf>,
    kept: Kept,
}

impl Store {
    /// Reads the file at `path`, which may be absent. Without a path nothing is kept.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, String> {
        let text = match &path {
            None => String::new(),
            Some(path) => match fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                Err(error) => {
                    return Err(format!("the file {} cannot be read: {error}", path.display()));
                }
            },
        };
        let kept = toml::from_str(&text).map_err(|error| {
            // The error's own text has several lines, and quotes the file with its secrets.
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            let path = path.as_deref().unwrap_or(Path::new("")).display();
            format!(
                "the file {path} is invalid at line {line}: correct or remove it ({})",
                error.message()
            )
        })?;
        Ok(Self { path, kept })
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Changes the content and writes the file; after an error nothing has changed.
    pub(crate) fn change(
        &mut self,
        change: impl FnOnce(&mut Kept) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut new = self.kept.clone();
        change(&mut new)?;
        if new != self.kept {
            if let Some(path) = &self.path {
                write(path, &new).map_err(|error| {
                    format!("the file {} cannot be written: {error}", path.display())
                })?;
            }
            self.kept = new;
        }
        Ok(())
    }

    /// Remembers a message as handled; `false` if it already was.
    pub(crate) fn handle(&mut self, mark: &str) -> Result<bool, String> {
        if self.kept.handled.iter().any(|other| other == mark) {
            return Ok(false);
        }
        self.change(|kept| {
            kept.handled.push(mark.into());
            let surplus = kept.handled.len().saturating_sub(MAX_HANDLED);
            kept.handled.drain(..surplus);
            Ok(())
        })?;
        Ok(true)
    }
}

/// Replaces the file atomically, so that a complete one exists at any moment.
///
/// Only the owner may read the file, since it holds the secret.
fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let text = toml::to_string(kept).map_err(io::Error::other)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The name is durable once the folder is synced; only Unix can open folders.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MAX_HANDLED, Store};

    #[test]
    fn what_is_kept_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/routeros.toml");
        let mut store = Store::open(Some(path.clone())).unwrap();
        store
            .change(|kept| {
                kept.sms.secret = "slepens".into();
                kept.sms.port = Some("usb3".into());
                Ok(())
            })
            .unwrap();
        assert_eq!(store.handle("1"), Ok(true));
        assert_eq!(store.handle("1"), Ok(false));
        let mut again = Store::open(Some(path.clone())).unwrap();
        assert!(again.kept() == store.kept());
        assert_eq!(again.handle("1"), Ok(false));
        again
            .change(|kept| {
                kept.handled.extend((2..MAX_HANDLED).map(|mark| mark.to_string()));
                Ok(())
            })
            .unwrap();
        assert_eq!(again.handle("last"), Ok(true));
        assert_eq!(again.handle("after it"), Ok(true));
        assert_eq!(again.kept().handled.len(), MAX_HANDLED);
        assert_eq!(again.handle("1"), Ok(true), "the oldest was forgotten");
        // The folder has no other file, and only the owner may read it.
        let names: Vec<_> = std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["routeros.toml"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn a_change_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("routeros.toml");
        let mut store = Store::open(Some(path.clone())).unwrap();
        let result = store.change(|kept| {
            kept.sms.channel = 1;
            Err("no".into())
        });
        assert_eq!((result, store.kept().sms.channel), (Err("no".into()), 0));
        assert!(!path.exists());
        // A folder with the name of the file: the write fails, and the settings stay as they were.
        std::fs::create_dir(&path).unwrap();
        let result = store.change(|kept| {
            kept.sms.channel = 1;
            Ok(())
        });
        assert!(result.unwrap_err().contains("cannot be written"));
        assert_eq!(store.kept().sms.channel, 0);
    }

    #[test]
    fn a_damaged_file_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("routeros.toml");
        let text = "[sms]\nsecret = \"slepens\"\nchannel = \"x\"\n";
        std::fs::write(&path, text).unwrap();
        let error = Store::open(Some(path.clone())).err().unwrap();
        assert!(error.contains("at line 3") && !error.contains("slepens"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
