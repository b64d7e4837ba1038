//! What is fuzzed: functions of any octets that panic where a promise of a crate is broken.
//!
//! On nightly `cargo fuzz` calls them; on stable `tests/seeds.rs` does, over `seeds/`, and so does each binary of
//! `fuzz_targets/` over the files that it is given.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod characters;
pub mod dialogue;
mod input;
pub mod messages;
pub mod procedures;

use std::path::Path;

/// A fuzz target: panics if the octets show a mistake.
pub type Body = fn(&[u8]);

/// Every target with its name, which is that of its binary and of its folder in `seeds/`.
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
    ("broadcast", messages::broadcast),
    ("split", messages::split),
    ("reassembly", messages::reassembly),
    ("parameters", dialogue::parameters),
    ("commands", dialogue::commands),
    ("engine", dialogue::engine),
    ("session", procedures::session),
    ("remote_command", procedures::remote_command),
];

/// Runs a target over the files named on the command line, and those in the folders named there.
///
/// # Errors
///
/// What the operating system refuses.
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

/// Makes a binary of a target: for libFuzzer where `cargo fuzz` builds it, else for [`replay`].
#[cfg(fuzzing)]
#[macro_export]
macro_rules! target {
    ($body:path) => {
        libfuzzer_sys::fuzz_target!(|octets: &[u8]| $body(octets));
    };
}

/// Makes a binary of a target: for libFuzzer where `cargo fuzz` builds it, else for [`replay`].
#[cfg(not(fuzzing))]
#[macro_export]
macro_rules! target {
    ($body:path) => {
        fn main() -> std::io::Result<()> {
            $crate::replay($body)
        }
    };
}
