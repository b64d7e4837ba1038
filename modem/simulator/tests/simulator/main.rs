//! The simulated modem in the place of a real one: what it answers, remembers and gets wrong on
//! purpose.

mod dialogue;
mod faults;
mod misbehaviour;
mod mux;
mod profiles;
mod services;
mod standard;
mod world;
