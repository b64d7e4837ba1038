//! The parts of the other examples that `explain` needs.

#[path = "../../printable.rs"]
pub(crate) mod printable;
