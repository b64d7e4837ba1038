//! Messages that are sent.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a text is sent in one part, a long one in several, and the recipient reads what was written",
        script: "
            send Hello => sent 0
            send Grüße {€} an alle => sent 1
            send 1234567890123456789012345678901234567890123456789012345678901234567890\u{1F98A} => sent 2 3
            send 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567{} => sent 4 5
            quiet
            truth => Hello | Grüße {€} an alle | 1234567890123456789012345678901234567890123456789012345678901234567890\u{1F98A} | 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567{}
        ",
        races: false,
    },
    Scenario {
        name: "a status report is matched with its part",
        script: "
            report Hello => sent 0
            wait => report 0 of part 0: received by the recipient
        ",
        races: false,
    },
    Scenario {
        name: "a refused message fails with the network's reason, and the next one goes out",
        script: "
            subscriber +491715550100 rejected 38
            send Hello => failed, temporary: network out of order
            subscriber +491715550100 rejected 1
            send Hello => failed: unassigned (unallocated) number
            subscriber +491715550100 reachable
            send Hello => sent 0
        ",
        races: false,
    },
    Scenario {
        name: "no response after the message was sent is an unknown outcome, and the modem is usable afterwards",
        script: "
            subscriber +491715550100 unconfirmed
            send Hello => unknown
            subscriber +491715550100 reachable
            send World => sent 1
            truth => Hello | World
        ",
        races: false,
    },
    Scenario {
        name: "a command that is not answered before the prompt has sent nothing",
        script: "
            fault ignore +CMGS 1
            send Hello => failed, temporary
            send World => sent 0
            truth => World
        ",
        races: false,
    },
    Scenario {
        name: "a message waits for a modem that is not registered, and goes out when it is",
        script: "
            register 2
            quiet
            enqueue Hello => #1
            see => nothing
            truth =>
            register 5
            see => #1 sent 0
            truth => Hello
        ",
        races: true,
    },
    Scenario {
        name: "a modem that is registered, and whose report of it was lost, is asked",
        script: "
            register 2
            quiet
            fault lose to-host 1000
            register 1
            fault off
            enqueue Hello => #1
            see => #1 sent 0
        ",
        races: true,
    },
    Scenario {
        name: "a message that has expired is not sent, and one that is sent late is valid for its remaining time",
        script: "
            register 2
            quiet
            enqueue-for 200 Hello => #1
            enqueue-for 3600 World => #2
            see => #1 failed: the message expired before it was sent
            register 1
            see => #2 sent 0
            truth => World
            validity => 3600
        ",
        races: true,
    },
    Scenario {
        name: "a message without an expiry is tried after a minute, and the network gives the reason of its failure",
        script: "
            register 2
            quiet
            send Hello => failed, temporary: no network service
            truth =>
        ",
        races: true,
    },
    Scenario {
        name: "a part that is to be confirmed goes out once it is, and not before",
        script: "
            given confirm
            enqueue 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end => #1
            confirm => part 1/2
            truth =>
            confirm => part 2/2
            see => #1 sent 0 1
        ",
        races: true,
    },
];
