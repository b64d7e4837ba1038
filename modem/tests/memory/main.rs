//! The memory of a session: its allocations for a message, and its bounds under attack.

mod allocations;
#[cfg(all(feature = "simulator", feature = "std"))]
mod bounds;
#[cfg(all(feature = "simulator", feature = "std"))]
mod small_memory;
