//! The parts that the examples share: the command line, the link, the output and the end.

#![allow(dead_code, unused_imports, unused_macros, reason = "an example uses what it needs")]

#[path = "../errors.rs"]
pub(crate) mod errors;
pub(crate) mod interrupt;
pub(crate) mod json;
pub(crate) mod link;
pub(crate) mod output;
pub(crate) mod port;
#[path = "../printable.rs"]
pub(crate) mod printable;
pub(crate) mod private;
pub(crate) mod status;

pub(crate) use link::{Link, sentence};
