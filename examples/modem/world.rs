//! The simulated modem of this example.

use core::time::Duration;

use modem::simulator::{Simulator, Verb};

use crate::{Task, call, pin};

const PEER: &str = "+491715550100";

/// Prepares what the task needs: messages in the inbox, a call that rings, a locked SIM.
pub(crate) fn prepare(simulator: &mut Simulator, task: &Task) {
    let deliver =
        |text: &str, reversed| Verb::Deliver { from: PEER.into(), text: text.into(), reversed };
    let ring = Verb::Ring { from: PEER.into() };
    match task {
        Task::Inbox(_) | Task::Hook(_) => {
            simulator.schedule(deliver("I was here before you.", false), Duration::ZERO);
            let long = "A long message takes two slots. ".repeat(6);
            simulator.schedule(deliver(&long, true), Duration::ZERO);
        }
        Task::Call(call::Task::Watch { .. } | call::Task::Answer { .. } | call::Task::List) => {
            simulator.schedule(ring, Duration::from_secs(1));
        }
        Task::Pin(pin::Arguments { task: pin::Task::Enter, .. }) => simulator.set_pin(Some("1234")),
        _ => {}
    }
}
