//! Messages that are received, listed and deleted.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a message is received, delivered, acknowledged and deleted",
        script: "
            deliver +491715550100 Hello
            wait => received +491715550100 Hello
            wait => released SM 1
            stored => nothing
        ",
        races: false,
    },
    Scenario {
        name: "the parts of a long message are merged whatever their order",
        script: "
            deliver-reversed +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            wait => received +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            wait => released SM 2
            wait => released SM 1
            stored => nothing
        ",
        races: false,
    },
    Scenario {
        name: "a message that comes while one is sent is not lost",
        script: "
            deliver +491715550199 one
            send Hello => sent 0
            deliver +491715550199 two
            messages => +491715550199 one | +491715550199 two
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "an inbox on the SIM is listed, oldest first, and keeps its messages until they are deleted",
        script: "
            given receive kept
            deliver +491715550100 one
            deliver +491715550199 two
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => received one
            see => received two
            see => received 1d (168)
            deliver Bank three
            see => received three
            list => SM1 +491715550100 one | SM2 +491715550199 two | SM3 +491715550100 (168) | SM5 Bank three
            list-separate => SM1 +491715550100 one | SM2 +491715550199 two | SM3 +491715550100 (153) | SM4 +491715550100 4567890 the end | SM5 Bank three
            list
            delete 3 => free SM3 SM4
            delete 3 => free
            delete 1 => free SM1
            list => SM2 +491715550199 two | SM5 Bank three
            delete-read => free SM2 SM5
            list => nothing
            deliver +491715550100 four
            delete-all => free SM1
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a deletion that waits when the link ends reports it",
        script: "
            given receive kept
            deliver +491715550100 one
            see => received one
            fault disconnect 10
            delete-all => failed: the link to the modem has ended
            see => closed
        ",
        races: true,
    },
    Scenario {
        name: "what was not read before it is listed is shown as new, once",
        script: "
            given receive off
            deliver +491715550100 one
            see => nothing
            list => SM1 new +491715550100 one
            list => SM1 +491715550100 one
        ",
        races: true,
    },
    Scenario {
        name: "a full memory is reported, and if configured the oldest message is deleted and reported",
        script: "
            given slots 3
            given receive kept
            given erase-oldest
            deliver +491715550100 one
            deliver +491715550100 two
            see => received one
            see => received two
            deliver +491715550100 three
            deliver +491715550100 four
            see => received three
            see => full 3/3
            see => erased one
            see => received four
            see => full 3/3
            see => erased two
            see => nothing
            list => SM1 +491715550100 four | SM3 +491715550100 three
        ",
        races: true,
    },
    Scenario {
        name: "a full memory stops the reception until a message is acknowledged",
        script: "
            given slots 2
            deliver +491715550100 one
            deliver +491715550100 two
            deliver +491715550100 three
            see => received one
            see => received two
            see => full 2/2
            see => nothing
            acknowledge 1
            see => received three
        ",
        races: true,
    },
    Scenario {
        name: "a message with more parts than the SIM has slots is delivered whole, part by part",
        script: "
            given slots 2
            given parts
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => part 1/4
            acknowledge 1
            see => part 2/4
            acknowledge 2
            see => part 3/4
            acknowledge 3
            see => received 1d (468)
            acknowledge 4
            see => nothing
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a reference that is in use again ends the message before, and the part that does so is delivered",
        script: "
            given parts
            pdu 440C9194715155010000086220823295108008050003070302004F
            see => part 2/3
            acknowledge 1
            pdu 440C9194715155010000086220823295108008050003070302004E
            see => received O without [1, 3]
            see => part 2/3
            acknowledge 2
            acknowledge 3
            see => nothing
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a message with more parts than the SIM has slots does not stop the reception if parts are not delivered",
        script: "
            given slots 2
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => full 2/2
            see => received 16 (306) without [3, 4]
            acknowledge 1
            see => full 2/2
            see => received 7d (162) without [1, 2]
            acknowledge 2
            deliver +491715550100 one
            see => received one
        ",
        races: true,
    },
    Scenario {
        name: "a direct delivery is acknowledged to the network once the application has acknowledged it, or after ten seconds",
        script: "
            given receive direct
            deliver +491715550100 one
            see => received one
            acknowledged => 0
            acknowledge 1
            quiet
            acknowledged => 1
            deliver +491715550100 two
            see => received two
            acknowledged => 1
            see => nothing
            acknowledged => 2
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a listing that fails is not an empty list, and the messages deleted meanwhile are reported",
        script: "
            deliver +491715550100 one
            see => received one
            fault lose to-host 1000
            list => failed: the modem did not answer in time
            delete-all => failed: the modem did not answer in time
            fault off
            list => SM1 +491715550100 one
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports its messages as ready is swept",
        script: "
            fault lose to-host 1000
            deliver +491715550100 one
            fault off
            fault insert 0 SMS DONE
            raw AT+CSQ => +CSQ: 20,99
            wait => received +491715550100 one
            wait => released SM 1
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports a full memory is trusted, and swept",
        script: "
            given profile huawei-e173
            given receive kept
            given slots 1
            deliver +491715550100 one
            see => received one
            deliver +491715550100 two
            see => full
            list
            delete 1 => free SM0
            see => received two
        ",
        races: true,
    },
    Scenario {
        name: "the parts of a direct delivery that are not delivered to the application yet are acknowledged at once",
        script: "
            given receive direct
            deliver +491715550100 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890 the end
            see => received 1d (168)
            acknowledged => 1
            acknowledge 1
            quiet
            acknowledged => 2
            stored => nothing
        ",
        races: true,
    },
    Scenario {
        name: "a cell broadcast is merged from its pages",
        script: "
            raw AT+CSCB=0,\"0-999\",\"0-15\"
            broadcast 50 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
            see => broadcast 1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890
        ",
        races: true,
    },
];
