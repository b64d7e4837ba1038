//! Writes the memory map of the machine, for the linker.

use std::path::PathBuf;
use std::{env, fs};

/// The memory of `musca-b1`, by the secure aliases, where the core starts.
const MEMORY: &str = "MEMORY {
  FLASH : ORIGIN = 0x10000000, LENGTH = 8M
  RAM : ORIGIN = 0x30000000, LENGTH = 512K
}
";

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(folder.join("memory.x"), MEMORY).expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
}
