//! What arrives at the simulated modem by itself.

use core::time::Duration;

use modem::simulator::{Simulator, Verb};

const SENDER: &str = "+491715550100";

const LONG: &str = "This message is longer than one short message can be, so the network brings it in two parts, the second one \
                    first; it is shown when both are there, and put together it reads as it was written.";

/// A class 0 message, 3GPP TS 23.040, 9.2.2.1; its coding is `10`.
const FLASH: &str = "pdu 040C9194715155100000104260102130008008CCF77B0DAAC343";

/// A status report, 9.2.2.3, on a message that another program has sent by the same SIM.
const REPORT: &str = "pdu 06070C91947151551000426010213000804260102140008000";

/// The first of two parts: `00034D0201`, 9.2.3.24.1. The second one never comes.
const HALF: &str = "pdu 440C919471515510000000426010215000802B0500034D0201A8E8F41C949E83E8E832C89C96CFE92074986D06BDCDA030A85D9ECFC3E7B20B";

/// One message is there already; a long one, an emoji, a flash, a report and half a message follow, a minute after each other.
pub(crate) fn prepare(simulator: &mut Simulator) {
    let deliver =
        |text: &str| Verb::Deliver { from: SENDER.into(), text: text.into(), reversed: true };
    let octets = |line: &str| line.parse().expect("the lines above are verbs");
    for (minute, verb) in [
        (0, deliver("I was here before you.")),
        (1, deliver(LONG)),
        (2, deliver("Good evening \u{1F98A}")),
        (3, octets(FLASH)),
        // The network repeats what was not confirmed in time, and nobody can tell that from two equal messages.
        (3, octets(FLASH)),
        (4, octets(REPORT)),
        (5, octets(HALF)),
    ] {
        simulator.schedule(verb, Duration::from_secs(60 * minute));
    }
}
