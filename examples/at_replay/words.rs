//! Commands and their answers in words.

use at_proto::Command as _;
use at_proto::Response;
use at_proto::general::{ReadActivity, ReadBattery, ReadFunctionality};
use at_proto::network::{Domain, ReadOperator, ReadRegistration, ReadSignal, Registration, Signal};
use at_proto::sim::{PinState, ReadPin};
use at_proto::sms::{ReadFormat, ReadStorage, StorageUse};

/// The purpose of commands, by the part before `=` and `?`.
const PURPOSES: &[(&str, &str)] = &[
    ("", "is anyone there"),
    ("D", "dial, or a USSD code"),
    ("E", "echo"),
    ("I", "identity"),
    ("H", "hang up"),
    ("V", "answers in words"),
    ("Q", "result codes"),
    ("S", "a register"),
    ("Z", "load the stored settings"),
    ("&F", "factory settings"),
    ("+C5GREG", "registration, 5G"),
    ("+CBC", "battery"),
    ("+CCLK", "clock"),
    ("+CEER", "reason of the last failure"),
    ("+CEREG", "registration, LTE"),
    ("+CESQ", "signal, in detail"),
    ("+CFUN", "radio on or off"),
    ("+CGATT", "attachment to packet data"),
    ("+CGMI", "manufacturer"),
    ("+CGMM", "model"),
    ("+CGMR", "firmware"),
    ("+CGREG", "registration, packet data"),
    ("+CGSMS", "the bearer of messages"),
    ("+CGSN", "IMEI"),
    ("+CIMI", "IMSI of the SIM"),
    ("+CLCC", "calls"),
    ("+CLCK", "locks"),
    ("+CLIP", "numbers of callers"),
    ("+CMEE", "errors in numbers or words"),
    ("+CMGC", "send a command about a message"),
    ("+CMGD", "delete a stored message"),
    ("+CMGF", "PDU mode or text mode"),
    ("+CMGL", "list the stored messages"),
    ("+CMGR", "read a stored message"),
    ("+CMGS", "send a message"),
    ("+CMGW", "store a message"),
    ("+CMMS", "keep the link between messages"),
    ("+CMSS", "send a stored message"),
    ("+CNMA", "acknowledge a message"),
    ("+CNMI", "how new messages are announced"),
    ("+CNUM", "own numbers"),
    ("+COPS", "operator"),
    ("+CPAS", "activity"),
    ("+CPBR", "read the phone book"),
    ("+CPBS", "choose a phone book"),
    ("+CPIN", "PIN of the SIM"),
    ("+CPINR", "PIN attempts left"),
    ("+CPMS", "choose the storage of messages"),
    ("+CREG", "registration"),
    ("+CSCA", "number of the service centre"),
    ("+CSCB", "topics of cell broadcast"),
    ("+CSCS", "character set of strings"),
    ("+CSDH", "details in text mode"),
    ("+CSMP", "settings of text mode"),
    ("+CSMS", "service for messages"),
    ("+CSQ", "signal"),
    ("+CUSD", "USSD"),
    ("+GCAP", "capabilities"),
    ("+GMI", "manufacturer"),
    ("+GMM", "model"),
    ("+GMR", "firmware"),
    ("+GSN", "IMEI"),
    ("+ICCID", "number of the SIM card"),
    ("+CCID", "number of the SIM card"),
    ("+IPR", "speed of the port"),
    ("+CRSM", "read a file of the SIM"),
];

/// Returns the name of a command, such as `+CMGS` for `AT+CMGS=18`.
pub(crate) fn name(command: &str) -> String {
    let upper = command.trim().to_ascii_uppercase();
    let body = upper.strip_prefix("AT").unwrap_or(&upper);
    let end = body.find(['=', '?', ';']).unwrap_or(body.len());
    body[..end].trim().to_owned()
}

/// Returns the purpose of a command in words.
pub(crate) fn purpose(command: &str) -> Option<&'static str> {
    let name = name(command);
    let exact = PURPOSES.iter().find(|(known, _)| *known == name);
    // `ATE0` and `ATD*100#` have their parameter right after the letter.
    let basic = || {
        let letter = name.get(..1).filter(|letter| *letter != "+")?;
        PURPOSES.iter().find(|(known, _)| *known == letter)
    };
    exact.or_else(basic).map(|(_, purpose)| *purpose)
}

/// Returns what a successful answer says, for the commands that a person asks about.
pub(crate) fn answer(command: &str, response: &Response) -> Option<String> {
    let upper = command.trim().to_ascii_uppercase();
    match upper.as_str() {
        "AT+CSQ" => ReadSignal.parse(response).ok().map(|signal| strength(&signal)),
        "AT+CREG?" => registration(Domain::Circuit, response),
        "AT+CGREG?" => registration(Domain::Packet, response),
        "AT+CEREG?" => registration(Domain::Eps, response),
        "AT+C5GREG?" => registration(Domain::FiveG, response),
        "AT+CPIN?" => ReadPin.parse(response).ok().map(|state| pin(&state)),
        "AT+CPMS?" => ReadStorage.parse(response).ok().map(|storage| storage_words(&storage)),
        "AT+CMGF?" => ReadFormat
            .parse(response)
            .ok()
            .map(|text| if text { "text mode" } else { "PDU mode" }.to_owned()),
        "AT+COPS?" => {
            let operator = ReadOperator.parse(response).ok()?.name?;
            Some(format!("the operator is {}", String::from_utf8_lossy(&operator)))
        }
        "AT+CFUN?" => {
            ReadFunctionality.parse(response).ok()?.map(|functionality| match functionality {
                0 => "minimum: the radio is off".to_owned(),
                1 => "full: the radio is on".to_owned(),
                4 => "the radio is off".to_owned(),
                other => format!("functionality {other}"),
            })
        }
        "AT+CPAS" => ReadActivity.parse(response).ok().map(|activity| match activity {
            0 => "ready".to_owned(),
            3 => "ringing".to_owned(),
            4 => "in a call".to_owned(),
            other => format!("activity {other}"),
        }),
        "AT+CBC" => {
            let percent = ReadBattery.parse(response).ok()?.percent?;
            Some(format!("the battery holds {percent} %"))
        }
        _ if upper.starts_with("AT+CMGS=") => {
            let line = response.lines().iter().find(|line| line.starts_with(b"+CMGS:"))?;
            let line = String::from_utf8_lossy(line).into_owned();
            let reference = line.get(6..)?.trim();
            Some(format!("accepted by the network, message reference {reference}"))
        }
        _ => None,
    }
}

fn registration(domain: Domain, response: &Response) -> Option<String> {
    let state = ReadRegistration(domain).parse(response).ok()?;
    Some(registered(state.status))
}

pub(crate) fn registered(status: Registration) -> String {
    status.description().to_owned()
}

pub(crate) fn strength(signal: &Signal) -> String {
    match signal.dbm() {
        Some(dbm) => format!("signal strength {dbm} dBm"),
        None => "signal strength unknown".into(),
    }
}

pub(crate) fn pin(state: &PinState) -> String {
    match state {
        PinState::Ready => "the SIM is ready".to_owned(),
        PinState::SimPin => "the SIM asks for its PIN".to_owned(),
        PinState::SimPuk => "the SIM asks for its PUK".to_owned(),
        PinState::SimPin2 => "the SIM asks for its second PIN".to_owned(),
        PinState::SimPuk2 => "the SIM asks for its second PUK".to_owned(),
        PinState::Other(state) => format!("the SIM is in the state {state}"),
        _ => "the SIM is in another state".to_owned(),
    }
}

fn storage_words(storage: &[StorageUse]) -> String {
    let mut words: Vec<String> = Vec::new();
    for storage in storage {
        let memory = storage.memory.map_or("a memory".to_owned(), |memory| memory.to_string());
        let holds = format!("{memory} holds {} of {}", storage.used, storage.total);
        if !words.contains(&holds) {
            words.push(holds);
        }
    }
    words.join(", ")
}
