//! The crate `at-proto`: one dialogue with one modem.

mod commands;
mod engine;
mod parameters;
mod script;

pub use commands::commands;
pub use engine::engine;
pub use parameters::parameters;
