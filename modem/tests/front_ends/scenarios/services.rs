//! USSD, lines of the application, restarts, and the state of the modem.

use super::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "a USSD dialogue goes on as long as the network asks",
        script: "
            service *245# konta atlikums
            ussd *245# => 0 konta atlikums
            ussd *999# => failed: the USSD request has no reply: operation not supported
        ",
        races: false,
    },
    Scenario {
        name: "a command line of the application runs between the others, and one that would break the dialogue does not run",
        script: "
            raw AT+CSQ => +CSQ: 20,99
            raw AT+NOSUCH => refused
            send Hello => sent 0
        ",
        races: false,
    },
    Scenario {
        name: "a USSD code that was damaged in transit is sent again, in the same encoding",
        script: "
            fault refuse +CUSD 1 ERROR
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that the modem refuses in every encoding fails with the modem's answer",
        script: "
            fault refuse +CUSD 7 +CME ERROR: 3
            ussd *100# => failed: operation not allowed (+CME ERROR 3)
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that was accepted once is not sent in another encoding when it is refused",
        script: "
            ussd *100# => 0 Balance: 12.34 EUR
            fault refuse +CUSD 1 +CME ERROR: 30
            ussd *100# => failed: no network service (+CME ERROR 30)
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD code that the modem's character set does not have is not sent",
        script: "
            ussd *баланс# => failed: the text cannot be written for the modem: 
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "a USSD service that does not answer times out after a minute, and its late reply does not answer the next code",
        script: "
            given latency 70
            ussd *100# => failed: the modem did not answer in time
            state
            quiet
            raw AT+CSQ => +CSQ: 20,99
        ",
        races: true,
    },
    Scenario {
        name: "an encoding of USSD codes that no service has understood is not kept",
        script: "
            fault refuse +CUSD 3 ERROR
            ussd *100# => failed: the USSD request has no reply: operation not supported
            ussd *100# => 0 Balance: 12.34 EUR
        ",
        races: true,
    },
    Scenario {
        name: "USSD is refused where there is no network for it",
        script: "
            given lte-only
            ussd *245# => failed: the modem is registered in LTE or 5G only, and USSD needs 2G or 3G: let the modem use 2G or 3G, or another network
        ",
        races: true,
    },
    Scenario {
        name: "a command line that changes what all else depends on does no harm",
        script: "
            raw AT+CMGF=1
            send Hello => sent 0
            see => restarted
            raw AT+CSCS=\"UCS2\"
            raw AT+CSQ => +CSQ: 20,99
            deliver +491715550100 one
            see => restarted
            see => received one
            truth => Hello
        ",
        races: true,
    },
    Scenario {
        name: "indications that the modem has dropped are armed again, and the messages that arrived meanwhile are found",
        script: "
            raw AT+CNMI=0,0,0,0,0
            deliver +491715550100 one
            send Hello => sent 0
            see => rearmed
            see => received one
            deliver +491715550100 two
            see => received two
        ",
        races: true,
    },
    Scenario {
        name: "a modem that restarts without a report is initialised again",
        script: "
            reset
            deliver +491715550100 one
            see => restarted
            see => received one
            send Hello => sent 0
        ",
        races: true,
    },
    Scenario {
        name: "a modem that reports its restart is initialised again at once",
        script: "
            given profile quectel-ec25
            reset
            see => restarted, it says RDY
            deliver +491715550100 one
            see => received one
            send Hello => sent 0
        ",
        races: true,
    },
    Scenario {
        name: "the state of the modem is reported in common units",
        script: "
            subscriber +491715550100 rejected 21
            send Hello => failed: short message transfer rejected
            state => Some(\"Simulated Network\") Some(-73) dBm [\"+491700000001\"] Some(3) Some(87) % sent 0 received 0 initialised 1 the network refuses to send: perhaps the SIM has no credit left; Ready Some(2024) Some(true) 0
        ",
        races: false,
    },
];
