//! A folder that stands for `/` in a test.

use alloc::format;
use core::sync::atomic::{AtomicU32, Ordering};
use std::fs;
use std::path::{Path, PathBuf};

/// A temporary folder, removed at the end.
pub(super) struct Tree(PathBuf);

static MADE: AtomicU32 = AtomicU32::new(0);

impl Tree {
    pub(super) fn new() -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let root =
            std::env::temp_dir().join(format!("modem-ports-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        Self(root.canonicalize().unwrap())
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.prepared(path), text).unwrap();
    }

    /// A symbolic link at `path` to `target`.
    pub(super) fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.prepared(path)).unwrap();
    }

    fn prepared(&self, path: &str) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // A folder left in the temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
