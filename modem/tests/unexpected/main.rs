//! Modems, SIMs and networks that do something unexpected in perfect bytes, procedure by procedure.
extern crate alloc;

#[cfg(all(feature = "simulator", feature = "tokio"))]
mod content;
#[cfg(all(feature = "std", feature = "simulator"))]
mod engine;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod opening;
#[cfg(all(feature = "simulator", feature = "tokio", feature = "serde"))]
mod receiving;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod sending;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod sim;
#[cfg(feature = "simulator")]
mod simulator;
#[cfg(feature = "simulator")]
mod speed;
#[cfg(feature = "simulator")]
mod tasks;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod ussd;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod ussd_forms;
#[cfg(all(feature = "simulator", feature = "tokio"))]
mod ussd_prompt;
