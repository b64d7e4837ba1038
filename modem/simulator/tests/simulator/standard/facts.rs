//! The facts of a simulation, and a message.

use modem_simulator::{Fact, Simulator};

/// SMS-SUBMIT of "Hi" to +491700000002, requesting a status report, after an empty service centre:
/// 15 octets.
pub(crate) const SUBMIT: &str = "0021000C91947100000020000002C834";

pub(crate) fn facts(simulator: &Simulator) -> Vec<&Fact> {
    simulator.truth().iter().map(|entry| &entry.fact).collect()
}

pub(crate) fn has(simulator: &Simulator, wanted: impl Fn(&Fact) -> bool) -> bool {
    facts(simulator).into_iter().any(wanted)
}
