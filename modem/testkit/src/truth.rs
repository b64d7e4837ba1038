//! Questions to the log of facts of a simulated modem.

use core::time::Duration;

use modem::pdu::Submit;
use modem::simulator::{Fact, Profile, Simulator};

use crate::RECIPIENT;

/// The facts so far.
pub fn facts(simulator: &Simulator) -> impl Iterator<Item = &Fact> {
    simulator.truth().iter().map(|entry| &entry.fact)
}

/// The number of facts of a kind.
pub fn count(simulator: &Simulator, is_counted: impl Fn(&Fact) -> bool) -> usize {
    facts(simulator).filter(|fact| is_counted(fact)).count()
}

/// The texts that subscribers have read.
pub fn texts(simulator: &Simulator) -> Vec<String> {
    let text = |fact: &Fact| match fact {
        Fact::Received { text, .. } => text.clone(),
        _ => None,
    };
    facts(simulator).filter_map(text).collect()
}

/// The TPDUs of the parts that the network has accepted.
pub fn submitted(simulator: &Simulator) -> Vec<Vec<u8>> {
    let tpdu = |fact: &Fact| match fact {
        Fact::Submitted { tpdu, .. } => Some(tpdu.clone()),
        _ => None,
    };
    facts(simulator).filter_map(tpdu).collect()
}

/// The parts that the network has accepted, decoded.
pub fn submits(simulator: &Simulator) -> Vec<Submit> {
    let decode = |tpdu: &Vec<u8>| Submit::decode(tpdu).unwrap().value;
    submitted(simulator).iter().map(decode).collect()
}

/// The TPDUs that the modem has stored.
pub fn stored(simulator: &Simulator) -> Vec<Vec<u8>> {
    let tpdu = |fact: &Fact| match fact {
        Fact::Stored { tpdu, .. } => Some(tpdu.clone()),
        _ => None,
    };
    facts(simulator).filter_map(tpdu).collect()
}

/// The TPDUs of a message from `from`, as a network delivers them.
pub fn deliver_tpdus(from: &str, text: &str) -> Vec<Vec<u8>> {
    let mut network = Simulator::new(Profile::GENERIC);
    network.deliver(from, text, Duration::ZERO).unwrap();
    stored(&network)
}

/// The TPDUs of a message from [`RECIPIENT`], as a network delivers them.
pub fn tpdus(text: &str) -> Vec<Vec<u8>> {
    deliver_tpdus(RECIPIENT, text)
}
