//! Files with messages or secrets, which only their owner can read.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file to append to it; a new one is readable for its owner only.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().append(true), path)
}

/// Replaces a file; a new one is readable for its owner only.
#[allow(dead_code, reason = "a program that only appends includes this file too")]
pub(crate) fn replace(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).truncate(true), path)
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.create(true).open(path)
}
