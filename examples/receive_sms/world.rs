//! The messages that the simulated network delivers.

use core::time::Duration;

use modem::simulator::{Simulator, Verb};

const SENDER: &str = "+491715550100";

const LONG: &str = "This message is longer than a short message can be, so the network delivers it in two parts, the second one \
                    first. It is shown when both have arrived, joined in the right order.";

/// A class 0 message, 3GPP TS 23.040, 9.2.2.1; its coding is `10`.
const FLASH: &str = "pdu 040C9194715155100000104260102130008008CCF77B0DAAC343";

/// A status report, 9.2.2.3, about a message that another program sent with the same SIM.
const REPORT: &str = "pdu 06070C91947151551000426010213000804260102140008000";

/// The first of two parts: `00034D0201`, 9.2.3.24.1. The second part never arrives.
const HALF: &str = "pdu 440C919471515510000000426010215000802B0500034D0201A8E8F41C949E83E8E832C89C96CFE92074986D06BDCDA030A85D9ECFC3E7B20B";

/// Schedules one message now, then a long one, an emoji, a flash message twice, a status report and
/// half a message, one a minute.
pub(crate) fn prepare(simulator: &mut Simulator) {
    let deliver =
        |text: &str| Verb::Deliver { from: SENDER.into(), text: text.into(), reversed: true };
    let pdu = |line: &str| line.parse().expect("the lines above are verbs");
    for (minute, verb) in [
        (0, deliver("I was here before you.")),
        (1, deliver(LONG)),
        (2, deliver("Good evening \u{1F98A}")),
        (3, pdu(FLASH)),
        // A network repeats a message that was not acknowledged in time. Two equal messages look
        // the same.
        (3, pdu(FLASH)),
        (4, pdu(REPORT)),
        (5, pdu(HALF)),
    ] {
        simulator.schedule(verb, Duration::from_secs(60 * minute));
    }
}
