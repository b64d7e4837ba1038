//! The bodies of the fuzz targets: functions of any bytes that panic if a crate breaks a promise.
//!
//! On nightly, `cargo fuzz` calls them. On stable, `tests/seeds.rs` calls them with the files of
//! `seeds/`, and each binary of `fuzz_targets/` with the files on its command line.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod characters;
pub mod dialogue;
mod input;
pub mod messages;
pub mod procedures;

use std::path::Path;

/// The body of a fuzz target, which panics if the bytes reveal a mistake.
pub type Body = fn(&[u8]);

/// All targets with their names, which are also the names of their binaries and of their folders in
/// `seeds/`.
pub const TARGETS: &[(&str, Body)] = &[
    ("septets", characters::septets),
    ("text", characters::text),
    ("ucs2", characters::ucs2),
    ("charset", characters::charset),
    ("incoming", messages::incoming),
    ("outgoing", messages::outgoing),
    ("value", messages::value),
    ("header", messages::header),
    ("address", messages::address),
    ("timestamp", messages::timestamp),
    ("application", messages::application),
    ("broadcast", messages::broadcast),
    ("ussd", messages::ussd),
    ("split", messages::split),
    ("reassembly", messages::reassembly),
    ("parameters", dialogue::parameters),
    ("commands", dialogue::commands),
    ("engine", dialogue::engine),
    ("mux", dialogue::mux),
    ("session", procedures::session),
    ("front_end", procedures::front_end),
    ("restore", procedures::restore),
    ("journal", procedures::journal),
    ("simulator", procedures::simulator),
    ("remote_command", procedures::remote_command),
];

/// Runs a target with the files on the command line, and with the files of the folders there.
///
/// # Errors
///
/// Returns an error if a file or folder cannot be read.
pub fn replay(body: Body) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        replay_path(body, Path::new(&path))?;
    }
    Ok(())
}

fn replay_path(body: Body, path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            replay_path(body, &entry?.path())?;
        }
        return Ok(());
    }
    println!("{}", path.display());
    body(&std::fs::read(path)?);
    Ok(())
}

/// Defines the binary of a target: for libFuzzer in a build by `cargo fuzz`, otherwise for
/// [`replay`].
#[cfg(fuzzing)]
#[macro_export]
macro_rules! target {
    ($body:path) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $body(bytes));
    };
}

/// Defines the binary of a target: for libFuzzer in a build by `cargo fuzz`, otherwise for
/// [`replay`].
#[cfg(not(fuzzing))]
#[macro_export]
macro_rules! target {
    ($body:path) => {
        fn main() -> std::io::Result<()> {
            $crate::replay($body)
        }
    };
}
