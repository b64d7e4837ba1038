//! Writes the memory map of the machine, for the linker.

use std::path::PathBuf;
use std::{env, fs};

/// The memory of `musca-b1`, by the secure aliases, where the core starts.
const MUSCA_B1: &str = "MEMORY {
  FLASH : ORIGIN = 0x10000000, LENGTH = 8M
  RAM : ORIGIN = 0x30000000, LENGTH = 512K
}
";

/// The memory of `lm3s6965evb`.
const LM3S6965EVB: &str = "MEMORY {
  FLASH : ORIGIN = 0x00000000, LENGTH = 256K
  RAM : ORIGIN = 0x20000000, LENGTH = 64K
}
";

fn main() {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let small = env::var_os("CARGO_FEATURE_LM3S6965EVB").is_some();
    let memory = if small { LM3S6965EVB } else { MUSCA_B1 };
    fs::write(folder.join("memory.x"), memory).expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
}
