//! modem
#![no_std]

extern crate alloc;

/// A modem in memory, with a small network behind it.
#[cfg(feature = "simulator")]
pub mod simulator;
