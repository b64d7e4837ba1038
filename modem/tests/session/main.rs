//! The session and its verbs: what each gives and refuses, what it keeps, and how it starts again.
extern crate alloc;

#[cfg(all(feature = "std", feature = "simulator"))]
mod asking;
#[cfg(feature = "simulator")]
mod bare_session;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod inbox;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod limits;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod old_bytes;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod opening;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod phone;
#[cfg(all(feature = "remote", feature = "simulator", feature = "std"))]
mod remote;
#[cfg(all(feature = "simulator", feature = "serde"))]
mod restart;
#[cfg(feature = "simulator")]
mod sending;
#[cfg(all(feature = "serde", feature = "simulator", feature = "std"))]
mod serialised;
#[cfg(all(feature = "simulator", feature = "serde"))]
mod surviving;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod trouble;
