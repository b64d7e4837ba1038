//! The crate `at-proto`: one dialogue with one modem.

mod commands;
mod engine;
mod mux;
mod parameters;
mod script;

pub use commands::commands;
pub use engine::engine;
pub use mux::mux;
pub use parameters::parameters;
