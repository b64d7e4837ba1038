//! The pool of modems: every rule as a scenario on a virtual clock, and random plans against a
//! model of sessions and against real ones, compared with the network's truth.
//!
//! `cargo test -p modem --all-features --test pool -- --nocapture` prints the figures.
//! `MODEM_POOL_PLANS=100000` runs that many plans against the model, and `MODEM_POOL_REAL=200` that
//! many against real sessions with simulated modems.
#![cfg(all(feature = "simulator", feature = "std"))]
#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

mod accept;
mod bench;
mod failover;
mod limits;
mod model;
mod plans;
#[cfg(feature = "tokio")]
mod program;
#[cfg(feature = "tokio")]
mod real;
mod restart;
mod routes;
