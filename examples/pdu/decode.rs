//! `pdu decode`: hexadecimal digits to a tree, or to JSON.

use std::io;

use faster_hex::hex_string_upper;
use pdu::{
    Address, CbsDcs, CharacterSet, Class, Dcs, DecodeError, Decoded, Envelope, Incoming, Outgoing,
    Page, Parameters, Timestamp, UserData, UssdString, ValidityPeriod, Warnings,
};
use serde_json::{Map, Value, json};

use crate::{answer_lines, tree};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The PDU in hexadecimal digits
    #[arg(required_unless_present = "json")]
    hex: Option<String>,
    /// Read lines `mt HEX`, `mo HEX`, `cbs HEX` or `ussd DCS HEX` from standard input, and print a
    /// JSON object for each
    #[arg(long)]
    json: bool,
    /// The PDU has no service centre before its TPDU
    #[arg(long)]
    no_smsc: bool,
    /// The PDU is mobile originated (to the network), not mobile terminated
    #[arg(long)]
    mo: bool,
}

/// Decodes, and prints the result; `true` if every PDU was valid.
pub(crate) fn run(arguments: &Arguments) -> io::Result<bool> {
    if arguments.json {
        return answer_lines(|line| {
            decode_line(line, arguments.no_smsc).map_err(Failure::into_json)
        });
    }
    let hex = arguments.hex.as_deref().unwrap_or_default();
    let printed = Pdu::from_hex(hex, arguments.no_smsc, arguments.mo).map(|pdu| tree::print(&pdu));
    match printed {
        Ok(tree) => {
            print!("{tree}");
            Ok(true)
        }
        Err(failure) => {
            eprintln!("pdu: {}", failure.error);
            Ok(false)
        }
    }
}

/// A TPDU of either direction, with its octets.
pub(crate) struct Pdu {
    pub(crate) octets: Vec<u8>,
    /// The octets of the service centre; 0 if there is none.
    pub(crate) before: usize,
    pub(crate) smsc: Option<Address>,
    pub(crate) tpdu: Tpdu,
    pub(crate) warnings: Warnings,
}

pub(crate) enum Tpdu {
    Incoming(Incoming),
    Outgoing(Outgoing),
}

impl Pdu {
    pub(crate) fn from_hex(digits: &str, no_smsc: bool, outgoing: bool) -> Result<Self, Failure> {
        let octets = octets(digits.trim())?;
        let decoded = match (no_smsc, outgoing) {
            (true, false) => Incoming::decode(&octets)?.map(|tpdu| (None, Tpdu::Incoming(tpdu))),
            (true, true) => Outgoing::decode(&octets)?.map(|tpdu| (None, Tpdu::Outgoing(tpdu))),
            (false, false) => {
                Envelope::decode(&octets)?.map(|pdu| (pdu.smsc, Tpdu::Incoming(pdu.tpdu)))
            }
            (false, true) => {
                Envelope::decode(&octets)?.map(|pdu| (pdu.smsc, Tpdu::Outgoing(pdu.tpdu)))
            }
        };
        let Decoded { value: (smsc, tpdu), warnings, .. } = decoded;
        let before =
            if no_smsc { 0 } else { 1 + octets.first().map_or(0, |&len| usize::from(len)) };
        Ok(Self { octets, before, smsc, tpdu, warnings })
    }
}

/// The octets of hexadecimal digits.
fn octets(digits: &str) -> Result<Vec<u8>, Failure> {
    if let Some((offset, digit)) =
        digits.char_indices().find(|(_, digit)| !digit.is_ascii_hexdigit())
    {
        return Err(Failure {
            error: format!("the character {digit:?} at offset {offset} is not a hexadecimal digit"),
            offset,
        });
    }
    if digits.len() % 2 == 1 {
        return Err(Failure {
            error: "the number of hexadecimal digits is odd: the last octet needs two".to_owned(),
            offset: digits.len() - 1,
        });
    }
    let mut octets = vec![0; digits.len() / 2];
    faster_hex::hex_decode(digits.as_bytes(), &mut octets)
        .map_err(|error| Failure { error: error.to_string(), offset: 0 })?;
    Ok(octets)
}

/// The reason why a PDU cannot be decoded, and its offset.
pub(crate) struct Failure {
    error: String,
    offset: usize,
}

impl Failure {
    fn into_json(self) -> Value {
        json!({ "error": self.error, "offset": self.offset })
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self { offset: error.offset(), error: error.to_string() }
    }
}

fn decode_line(line: &str, no_smsc: bool) -> Result<Value, Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["mt", hex] => Ok(describe(&Pdu::from_hex(hex, no_smsc, false)?)),
        ["mo", hex] => Ok(describe(&Pdu::from_hex(hex, no_smsc, true)?)),
        ["cbs", hex] => Ok(describe_page(&Page::decode(&octets(hex)?)?)),
        ["ussd", dcs, hex] => describe_ussd(dcs, hex),
        ["ussd", dcs] => describe_ussd(dcs, ""),
        _ => Err(Failure {
            error: "the line is not a command: use mt HEX, mo HEX, cbs HEX or ussd DCS HEX"
                .to_owned(),
            offset: 0,
        }),
    }
}

/// The keys of every object.
const KEYS: [&str; 25] = [
    "type",
    "smsc",
    "number",
    "ton",
    "npi",
    "pid",
    "dcs",
    "character_set",
    "class",
    "text",
    "data",
    "udh",
    "concatenation",
    "ports",
    "language",
    "timestamp",
    "message_reference",
    "status",
    "discharge",
    "validity",
    "failure_cause",
    "command",
    "message_number",
    "tpdu_length",
    "warnings",
];

/// An object with all keys; those that are not set are null.
struct Object(Map<String, Value>);

impl Object {
    fn new(kind: &str, warnings: Warnings) -> Self {
        let mut object = Self(KEYS.iter().map(|&key| (key.to_owned(), Value::Null)).collect());
        object.set("type", kind);
        object.set("warnings", warnings.iter().map(pdu::Warning::name).collect::<Vec<_>>());
        object
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn address(&mut self, address: &Address) {
        self.set("number", address.to_string());
        self.set("ton", address.type_of_number() as u8);
        self.set("npi", address.numbering_plan().raw());
    }

    fn timestamp(&mut self, key: &str, timestamp: Timestamp) {
        self.set(key, timestamp.date_time().map(|time| time.to_string()));
    }

    fn dcs(&mut self, dcs: Dcs) {
        self.set("dcs", dcs.raw());
        self.set("character_set", name(dcs.character_set()));
        self.set("class", dcs.class().map(Class::raw));
    }

    fn user_data<const N: usize>(&mut self, dcs: Dcs, user_data: &UserData<N>) {
        let text = user_data.to_text(dcs);
        if text.is_none() {
            self.set("data", hex_string_upper(user_data.body_octets()));
        }
        self.set("text", text);
        if !user_data.header_octets().is_empty() {
            self.set("udh", hex_string_upper(user_data.header_octets()));
        }
        let Some(header) = user_data.header() else { return };
        self.set(
            "concatenation",
            header.concatenation().map(|part| {
                json!({
                    "reference": part.reference().value(),
                    "total": part.total(),
                    "sequence": part.sequence(),
                    "wide": matches!(part.reference(), pdu::Reference::Sixteen(_)),
                })
            }),
        );
        let ports = header.ports();
        self.set(
            "ports",
            ports.map(
                |ports| json!({ "source": ports.source(), "destination": ports.destination() }),
            ),
        );
        let alphabet = header.alphabet();
        if alphabet != gsm7::Alphabet::DEFAULT {
            let (locking, single) = (
                alphabet.locking.map(|language| language.raw()),
                alphabet.single.map(|language| language.raw()),
            );
            self.set("language", json!({ "locking": locking, "single": single }));
        }
    }

    fn parameters<const N: usize>(&mut self, parameters: &Parameters<N>) {
        self.set("pid", parameters.pid.map(|pid| pid.raw()));
        if let Some(dcs) = parameters.dcs {
            self.dcs(dcs);
        }
        if let Some(user_data) = &parameters.user_data {
            let dcs = parameters.dcs.unwrap_or_default();
            self.set("character_set", name(dcs.character_set()));
            self.user_data(dcs, user_data);
        }
    }
}

fn describe(pdu: &Pdu) -> Value {
    let mut object = Object::new(pdu.tpdu.kind(), pdu.warnings);
    object.set("smsc", pdu.smsc.map(|smsc| smsc.to_string()));
    object.set("tpdu_length", pdu.octets.len() - pdu.before);
    match &pdu.tpdu {
        Tpdu::Incoming(Incoming::Deliver(deliver)) => {
            object.address(&deliver.originator);
            object.set("pid", deliver.pid.raw());
            object.dcs(deliver.dcs);
            object.timestamp("timestamp", deliver.timestamp);
            object.user_data(deliver.dcs, &deliver.user_data);
        }
        Tpdu::Incoming(Incoming::StatusReport(report)) => {
            object.address(&report.recipient);
            object.set("message_reference", report.message_reference);
            object.timestamp("timestamp", report.timestamp);
            object.timestamp("discharge", report.discharge);
            object.set("status", report.status.raw());
            if let Some(parameters) = &report.parameters {
                object.parameters(parameters);
            }
        }
        Tpdu::Incoming(Incoming::SubmitReport(report)) => {
            object.set("failure_cause", report.failure.map(|cause| cause.raw()));
            object.timestamp("timestamp", report.timestamp);
            object.parameters(&report.parameters);
        }
        Tpdu::Outgoing(Outgoing::Submit(submit)) => {
            object.set("message_reference", submit.message_reference);
            object.address(&submit.destination);
            object.set("pid", submit.pid.raw());
            object.dcs(submit.dcs);
            object.set("validity", submit.validity.as_ref().map(validity));
            object.user_data(submit.dcs, &submit.user_data);
        }
        Tpdu::Outgoing(Outgoing::Command(command)) => {
            object.set("message_reference", command.message_reference);
            object.set("pid", command.pid.raw());
            object.set("command", command.command.raw());
            object.set("message_number", command.message_number);
            object.address(&command.destination);
            object.user_data(Dcs::DATA, &command.data);
        }
        Tpdu::Outgoing(Outgoing::DeliverReport(report)) => {
            object.set("failure_cause", report.failure.map(|cause| cause.raw()));
            object.parameters(&report.parameters);
        }
    }
    Value::Object(object.0)
}

impl Tpdu {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Incoming(Incoming::Deliver(_)) => "deliver",
            Self::Incoming(Incoming::StatusReport(_)) => "status-report",
            Self::Incoming(Incoming::SubmitReport(_)) => "submit-report",
            Self::Outgoing(Outgoing::Submit(_)) => "submit",
            Self::Outgoing(Outgoing::Command(_)) => "command",
            Self::Outgoing(Outgoing::DeliverReport(_)) => "deliver-report",
        }
    }
}

/// The validity period in seconds, or its end.
fn validity(validity: &ValidityPeriod) -> Value {
    match validity {
        ValidityPeriod::Absolute(until) => until.date_time().map(|time| time.to_string()).into(),
        _ => validity.duration().map(|duration| duration.as_secs()).into(),
    }
}

pub(crate) const fn name(character_set: CharacterSet) -> &'static str {
    match character_set {
        CharacterSet::Gsm7 => "gsm7",
        CharacterSet::Data => "8bit",
        CharacterSet::Ucs2 => "ucs2",
    }
}

fn describe_page(decoded: &Decoded<Page>) -> Value {
    let page = &decoded.value;
    let mut object = Object::new("cell-broadcast", decoded.warnings);
    object.cbs(page.dcs, page.text(), page.content());
    object.set("language", page.language().map(|language| language.to_string()));
    object.set("serial_number", page.serial_number.raw());
    object.set("message_id", page.message_id.raw());
    object.set("page", page.number());
    object.set("pages", page.total());
    Value::Object(object.0)
}

fn describe_ussd(dcs: &str, digits: &str) -> Result<Value, Failure> {
    let parsed = match dcs.strip_prefix("0x").or_else(|| dcs.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16),
        None => dcs.parse(),
    };
    let Ok(dcs) = parsed else {
        return Err(Failure {
            error: format!("{dcs:?} is not a data coding scheme: use 0 to 255 or 0x00 to 0xff"),
            offset: 0,
        });
    };
    let string = UssdString::new(CbsDcs::from_raw(dcs), octets(digits)?);
    let mut object = Object::new("ussd", string.warnings());
    object.cbs(string.dcs(), string.text(), string.octets());
    object.set("language", string.language().map(|language| language.to_string()));
    Ok(Value::Object(object.0))
}

impl Object {
    fn cbs(&mut self, dcs: CbsDcs, text: Option<String>, octets: &[u8]) {
        self.set("dcs", dcs.raw());
        self.set("character_set", name(dcs.character_set()));
        self.set("class", dcs.class().map(Class::raw));
        if text.is_none() {
            self.set("data", hex_string_upper(octets));
        }
        self.set("text", text);
    }
}
