//! The parts of the other examples that `explain` needs.

#[path = "../../printable.rs"]
#[allow(dead_code, reason = "the other examples use all of it")]
pub(crate) mod printable;
