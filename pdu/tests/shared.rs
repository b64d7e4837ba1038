//! Runs over vectors and tables of others, where `MODEM_SHARED` names the folder that holds them.
//!
//! Rows that differ on purpose are listed in `DIFFERENCES` and explained in this folder's README.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use gsm7::{Codings, Language};
use pdu::{
    Acknowledgement, Address, Broadcasts, CbsDcs, CharacterSet, Class, Dcs, Deliver, DeliverReport, Element,
    ElementId, EnhancedValidity, Envelope, FailureCause, Header, Incoming, Information, Outcome, Outgoing,
    Page, Parameters, Pid, Reassembler, Reference, RelativeValidity, ReportRequest, Status, StatusCategory,
    StatusReport, Submit, SubmitReport, SubmitTemplate, Timestamp, UserData, UssdString, ValidityPeriod,
};
use serde_json::Value;

mod common;
use common::{hex, octets};

/// Rows whose answer is wrong by the standard, or strict where we are lenient: see README.md.
const DIFFERENCES: &[&str] = &[
    "ofono-sr-3",
    "deliver-report-003",
    "submit-report-004",
    "smsc-decode-006",
    "address-encode-001",
    "address-encode-004",
    "address-encode-005",
    "address-encode-008",
    "address-encode-009",
    "timestamp-encode-005",
    "timestamp-encode-006",
    "vp-encode-011",
];

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("MODEM_SHARED").map(PathBuf::from);
    if folder.is_none() {
        println!("MODEM_SHARED is not set: nothing to check");
    }
    folder
}

struct Row {
    id: String,
    kind: String,
    input: String,
    expected: Value,
}

impl Row {
    fn text(&self) -> String {
        String::from_utf8(octets(&self.input)).unwrap()
    }

    fn str(&self, key: &str) -> &str {
        self.expected[key].as_str().unwrap_or_default()
    }
}

fn rows(folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in ["ofono.tsv", "warthog618.tsv"] {
        let text = fs::read_to_string(folder.join("vectors").join(file)).unwrap();
        rows.extend(text.lines().skip(1).map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [id, kind, input, expected] = columns[..] else {
                panic!("{line}")
            };
            Row {
                id: id.to_owned(),
                kind: kind.to_owned(),
                input: input.to_owned(),
                expected: serde_json::from_str(expected).unwrap_or(Value::Null),
            }
        }));
    }
    rows
}

#[test]
fn vectors_agree_but_for_the_differences_that_are_listed() {
    let Some(folder) = shared() else { return };
    let mut disagree = Vec::new();
    let mut checked = 0;
    for row in rows(&folder) {
        let Some(result) = check(&row) else { continue };
        checked += 1;
        match (result, DIFFERENCES.contains(&row.id.as_str())) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => {
                disagree.push(format!("{}: agrees, though it is listed as a difference", row.id));
            }
            (Err(error), false) => disagree.push(format!("{} ({}): {error}", row.id, row.kind)),
        }
    }
    println!("{checked} rows checked");
    assert!(checked > 300);
    assert!(
        disagree.is_empty(),
        "{} rows disagree:\n{}",
        disagree.len(),
        disagree.join("\n")
    );
}

type Check = Result<(), String>;

fn check(row: &Row) -> Option<Check> {
    Some(match row.kind.as_str() {
        "deliver" | "pdumode-deliver" => pdu_mode(row, false),
        "submit" => pdu_mode(row, true),
        "tpdu-deliver" | "status-report-tpdu" | "status-report" | "tpdu-reserved" => tpdu(row, false),
        "submit-tpdu" | "tpdu-submit" | "tpdu-command" => tpdu(row, true),
        "deliver-report" => deliver_report(row),
        "submit-report" => submit_report(row),
        "address-decode" => address_decode(row),
        "address-encode" => address_encode(row),
        "smsc-decode" => smsc_decode(row),
        "smsc-encode" => smsc_encode(row),
        "timestamp-decode" => timestamp_decode(row),
        "timestamp-encode" => timestamp_encode(row),
        "vp-decode" => validity_decode(row),
        "vp-encode" => validity_encode(row),
        "dcs-decode" => dcs_decode(row),
        "udh-decode" => header_decode(row),
        "submit-segment" => submit_segment(row),
        "submit-limit" => submit_limit(row),
        "submit-segment-count" => submit_segment_count(row),
        "assembly" => assembly(row),
        "status-report-assembly-scenario" => report_matching(row),
        "cbs" => cell_broadcast(row),
        "cbs-assembly-scenario" => cell_broadcast_scenario(row),
        "ussd-decode" => ussd_decode(row),
        "ussd-encode" => ussd_encode(row),
        "segment" => segment(row),
        "text-encode" => text_encode(row),
        _ => return None,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the values are made for the call")]
fn equal<T: PartialEq + core::fmt::Debug>(what: &str, got: T, expected: T) -> Check {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: {got:?} instead of {expected:?}"))
    }
}

fn pdu_mode(row: &Row, outgoing: bool) -> Check {
    let octets = octets(&row.input);
    let smsc = row.expected["smsc"].clone();
    let (got, rest) = if outgoing {
        let envelope = Envelope::<Outgoing>::from_hex(&row.input)
            .map_err(|error| error.to_string())?
            .value;
        equal("again", envelope.to_hex().unwrap(), row.input.to_uppercase())?;
        equal(
            "length",
            row.expected["tpdu_len"].as_u64(),
            Some(envelope.length() as u64),
        )?;
        (envelope.smsc, octets.len() - envelope.length())
    } else {
        let decoded = Envelope::<Incoming>::from_hex(&row.input).map_err(|error| error.to_string())?;
        let envelope = decoded.value;
        if decoded.strict().is_ok() {
            equal("again", envelope.to_hex().unwrap(), row.input.to_uppercase())?;
        }
        (envelope.smsc, 1 + usize::from(octets[0]))
    };
    let addr = smsc["addr"]
        .as_str()
        .or(smsc.as_str().filter(|smsc| !smsc.is_empty()));
    equal(
        "smsc",
        got.map(|smsc| smsc.to_string().trim_start_matches('+').to_owned()),
        addr.map(|addr| addr.trim_start_matches('+').to_owned()),
    )?;
    fields(row, &octets[rest..], outgoing)
}

fn tpdu(row: &Row, outgoing: bool) -> Check {
    fields(row, &octets(&row.input), outgoing)
}

fn fields(row: &Row, tpdu: &[u8], outgoing: bool) -> Check {
    let expected = &row.expected;
    if expected["error"].is_string() {
        let result = if outgoing {
            Outgoing::decode(tpdu).map(|d| d.strict().is_ok())
        } else {
            Incoming::decode(tpdu).map(|d| d.strict().is_ok())
        };
        return equal("accepted without a warning", result.unwrap_or(false), false);
    }
    let mut again = [0; 300];
    if outgoing {
        let decoded = Outgoing::decode(tpdu).map_err(|error| error.to_string())?;
        if decoded.warnings.is_empty() {
            let len = decoded
                .value
                .encode(&mut again)
                .map_err(|error| error.to_string())?;
            equal("again", hex(&again[..len]), hex(tpdu))?;
        }
        match decoded.value {
            Outgoing::Submit(submit) => {
                number(&expected["da"], &submit.destination)?;
                octet(expected, "mr", submit.message_reference)?;
                octet(expected, "pid", submit.pid.raw())?;
                octet(expected, "dcs", submit.dcs.raw())?;
                flag(expected, "rd", submit.reject_duplicates)?;
                flag(expected, "srr", submit.status_report)?;
                flag(expected, "rp", submit.reply_path)?;
                flag(expected, "udhi", submit.user_data.has_header())?;
                match (&expected["vp"], submit.validity) {
                    (Value::Number(octet), Some(ValidityPeriod::Relative(validity))) => {
                        equal("vp", u64::from(validity.raw()), octet.as_u64().unwrap())?;
                    }
                    (Value::Object(vp), validity) => {
                        validity_is(&Value::Object(vp.clone()), validity.as_ref())?;
                    }
                    _ => {}
                }
                user_data(expected, submit.dcs, &submit.user_data)
            }
            Outgoing::Command(command) => {
                number(&expected["da"], &command.destination)?;
                octet(expected, "mr", command.message_reference)?;
                octet(expected, "pid", command.pid.raw())?;
                octet(expected, "ct", command.command.raw())?;
                octet(expected, "mn", command.message_number)?;
                equal(
                    "data",
                    hex(command.data.octets()),
                    row.str("ud_septets_or_octets").to_uppercase(),
                )
            }
            Outgoing::DeliverReport(report) => Err(format!("{report:?}")),
        }
    } else {
        let decoded = Incoming::decode(tpdu).map_err(|error| error.to_string())?;
        if decoded.warnings.is_empty() {
            let len = decoded
                .value
                .encode(&mut again)
                .map_err(|error| error.to_string())?;
            equal("again", hex(&again[..len]), hex(tpdu))?;
        }
        match decoded.value {
            Incoming::Deliver(deliver) => {
                number(&expected["oa"], &deliver.originator)?;
                octet(expected, "pid", deliver.pid.raw())?;
                octet(expected, "dcs", deliver.dcs.raw())?;
                flag(expected, "mms", deliver.more_messages)?;
                flag(expected, "sri", deliver.status_report)?;
                flag(expected, "rp", deliver.reply_path)?;
                flag(expected, "udhi", deliver.user_data.has_header())?;
                time(expected, "scts", deliver.timestamp)?;
                user_data(expected, deliver.dcs, &deliver.user_data)
            }
            Incoming::StatusReport(report) => {
                number(&expected["ra"], &report.recipient)?;
                octet(expected, "mr", report.message_reference)?;
                octet(expected, "st", report.status.raw())?;
                time(expected, "scts", report.timestamp)?;
                time(expected, "dt", report.discharge)?;
                flag(expected, "srq", report.on_command)?;
                parameters(expected, &report.parameters.unwrap_or_default())
            }
            Incoming::SubmitReport(report) => Err(format!("{report:?}")),
        }
    }
}

/// What the report came with: many failure causes of the vectors are below 0x80, which only the context can tell.
fn acknowledgement(row: &Row) -> Acknowledgement {
    if row.expected["fcs"].is_null() && row.expected["error"].is_null() {
        Acknowledgement::Ack
    } else {
        Acknowledgement::Error
    }
}

fn deliver_report(row: &Row) -> Check {
    let decoded = DeliverReport::decode_as(&octets(&row.input), acknowledgement(row));
    if row.expected["error"].is_string() {
        return equal(
            "accepted",
            decoded.is_ok_and(|decoded| decoded.strict().is_ok()),
            false,
        );
    }
    let report = decoded.map_err(|error| error.to_string())?.value;
    let mut again = [0; 200];
    let len = report.encode(&mut again).map_err(|error| error.to_string())?;
    equal("again", hex(&again[..len]), row.input.to_uppercase())?;
    equal(
        "fcs",
        report.failure.map(|cause| u64::from(cause.raw())),
        row.expected["fcs"].as_u64(),
    )?;
    parameters(&row.expected, &report.parameters)
}

fn submit_report(row: &Row) -> Check {
    let decoded = SubmitReport::decode_as(&octets(&row.input), acknowledgement(row));
    if row.expected["error"].is_string() {
        return equal(
            "accepted",
            decoded.is_ok_and(|decoded| decoded.strict().is_ok()),
            false,
        );
    }
    let report = decoded.map_err(|error| error.to_string())?.value;
    let mut again = [0; 200];
    let len = report.encode(&mut again).map_err(|error| error.to_string())?;
    equal("again", hex(&again[..len]), row.input.to_uppercase())?;
    equal(
        "fcs",
        report.failure.map(|cause| u64::from(cause.raw())),
        row.expected["fcs"].as_u64(),
    )?;
    time(&row.expected, "scts", report.timestamp)?;
    parameters(&row.expected, &report.parameters)
}

fn octet(expected: &Value, key: &str, got: u8) -> Check {
    match expected[key].as_u64() {
        Some(octet) => equal(key, u64::from(got), octet),
        None => Ok(()),
    }
}

fn flag(expected: &Value, key: &str, got: bool) -> Check {
    match expected[key].as_bool() {
        Some(flag) => equal(key, got, flag),
        None => Ok(()),
    }
}

fn time(expected: &Value, key: &str, got: Timestamp) -> Check {
    match expected[key].as_str() {
        Some(time) => equal(
            key,
            got.date_time().map(|time| time.to_string()),
            Some(time.to_owned()),
        ),
        None => Ok(()),
    }
}

fn number(expected: &Value, got: &Address) -> Check {
    let Some(addr) = expected["addr"].as_str() else {
        return Ok(());
    };
    let plain = |number: &str| number.trim_start_matches('+').to_owned();
    equal("address", plain(&got.to_string()), plain(addr))?;
    match (expected["toa"].as_u64(), expected["ton"].as_u64()) {
        (Some(toa), _) => equal("type of address", u64::from(got.octet()), toa),
        (_, Some(ton)) => equal("type of number", got.type_of_number() as u64, ton),
        _ => Ok(()),
    }
}

fn user_data<const N: usize>(expected: &Value, dcs: Dcs, got: &UserData<N>) -> Check {
    if let Some(udl) = expected["udl"].as_u64() {
        equal("udl", u64::from(got.length()), udl)?;
    }
    if let Some(alphabet) = expected["alphabet"].as_str() {
        equal("alphabet", name(dcs.character_set()), alphabet)?;
    }
    if !expected["class"].is_null() {
        equal(
            "class",
            dcs.class().map(|class| class as u64),
            expected["class"].as_u64(),
        )?;
    }
    if let Some(text) = expected["text"].as_str() {
        let got = got.to_text(dcs).unwrap_or_default();
        if name(dcs.character_set()) != "8bit" {
            equal("text", got.as_str(), text)?;
        }
    }
    if let Some(data) = expected["data"].as_str() {
        equal("data", hex(got.body_octets()), data.to_uppercase())?;
    }
    if let Some(elements) = expected["udh"].as_array() {
        let got: Vec<String> = match got.header() {
            Some(header) => header
                .elements()
                .map(|e| format!("{:02X}:{}", e.id.raw(), hex(e.data)))
                .collect(),
            None => Vec::new(),
        };
        let expected: Vec<String> = elements
            .iter()
            .map(|element| match element {
                Value::String(element) => element.to_uppercase(),
                element => format!(
                    "{:02X}:{}",
                    element["iei"].as_u64().unwrap(),
                    element["data"].as_str().unwrap()
                ),
            })
            .collect();
        equal("udh", got, expected)?;
    }
    if let Some(units) = expected["ud_septets_or_octets"].as_str() {
        let mut septets = [0; 182];
        let got = if dcs.counts_septets() {
            got.body_septets(&mut septets)
        } else {
            got.body_octets()
        };
        equal("units", hex(got), units.to_uppercase())?;
    }
    Ok(())
}

fn parameters<const N: usize>(expected: &Value, got: &Parameters<N>) -> Check {
    let Some(indicator) = expected["pi"].as_u64() else {
        return Ok(());
    };
    if indicator & 1 != 0 {
        octet(expected, "pid", got.pid.unwrap_or_default().raw())?;
    }
    if indicator & 2 != 0 {
        octet(expected, "dcs", got.dcs.unwrap_or_default().raw())?;
    }
    match (&got.user_data, indicator & 4 != 0) {
        (Some(got_data), true) => user_data(expected, got.dcs.unwrap_or_default(), got_data),
        (None, false) => Ok(()),
        (got, _) => Err(format!("user data: {got:?}")),
    }
}

const fn name(character_set: CharacterSet) -> &'static str {
    match character_set {
        CharacterSet::Gsm7 => "gsm7",
        CharacterSet::Data => "8bit",
        CharacterSet::Ucs2 => "ucs2",
    }
}

/// A DELIVER from this address, in octets of a TPDU.
fn deliver_from(address: &[u8]) -> Vec<u8> {
    [
        &[0x04],
        address,
        &[0, 0, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, 0],
    ]
    .concat()
}

fn address_decode(row: &Row) -> Check {
    let decoded = Deliver::decode(&deliver_from(&octets(&row.input)));
    if row.expected["error"].is_string() {
        // A truncated address takes octets of what follows; what is left is then too short.
        let refused = decoded.is_err() || decoded.is_ok_and(|decoded| !decoded.warnings.is_empty());
        return equal("refused or warned of", refused, true);
    }
    let address = decoded.map_err(|error| error.to_string())?.value.originator;
    equal(
        "address",
        address.to_string().trim_start_matches('+'),
        row.str("addr"),
    )?;
    octet(&row.expected, "toa", address.octet())
}

fn address_encode(row: &Row) -> Check {
    let toa = row.expected["toa"].as_u64().unwrap();
    let number = match row.expected["number"].as_str() {
        Some(number) => number.to_owned(),
        None if toa == 0x91 => format!("+{}", row.text()),
        None => row.text(),
    };
    let address: Result<Address, _> = if toa & 0x70 == 0x50 {
        Address::alphanumeric(&number)
    } else {
        number.parse()
    };
    if row.expected["error"].is_string() {
        return equal("refused", address.is_err(), true);
    }
    let address = address.map_err(|error| error.to_string())?;
    let mut tpdu = [0; 64];
    let len = Deliver::new(address, Timestamp::default())
        .encode(&mut tpdu)
        .unwrap();
    equal("octets", hex(&tpdu[1..len - 10]), row.str("out").to_uppercase())
}

fn smsc_decode(row: &Row) -> Check {
    // An empty SUBMIT-REPORT of an RP-ACK behind it.
    let octets = octets(&row.input);
    let smsc_len = 1 + usize::from(*octets.first().unwrap_or(&0));
    let mut pdu = octets.get(..smsc_len).unwrap_or(&octets).to_vec();
    if pdu.len() == smsc_len {
        pdu.extend([0x01, 0x00, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23]);
    }
    let decoded = Envelope::<Incoming>::decode(&pdu);
    if row.expected["error"].is_string() {
        return equal("refused", decoded.is_err(), true);
    }
    let smsc = decoded.map_err(|error| error.to_string())?.value.smsc;
    let got = smsc.map(|smsc| smsc.to_string().trim_start_matches('+').to_owned());
    equal("smsc", got.unwrap_or_default().as_str(), row.str("addr"))
}

fn smsc_encode(row: &Row) -> Check {
    let number = row.text();
    let smsc = if number.is_empty() {
        None
    } else {
        Some(format!("+{number}").parse())
    };
    if row.expected["error"].is_string() {
        return equal(
            "refused",
            smsc.is_some_and(|smsc: Result<Address, _>| smsc.is_err()),
            true,
        );
    }
    let smsc = smsc.transpose().map_err(|error| error.to_string())?;
    let mut pdu = [0; 64];
    let envelope = Envelope {
        smsc,
        tpdu: Submit::new("1".parse().unwrap()),
    };
    let len = envelope.encode(&mut pdu).unwrap();
    equal(
        "octets",
        hex(&pdu[..len - envelope.length()]),
        row.str("out").to_uppercase(),
    )
}

fn timestamp_decode(row: &Row) -> Check {
    let octets = octets(&row.input);
    let Ok(raw) = <[u8; 7]>::try_from(octets) else {
        return Ok(());
    };
    let time = Timestamp::from_raw(raw).date_time().map(|time| time.to_string());
    if row.expected["error"].is_string() {
        let tpdu = [&[0x04, 0x02, 0x91, 0x21, 0, 0][..], &raw, &[0]].concat();
        return equal(
            "without warning",
            Deliver::decode(&tpdu).unwrap().warnings.is_empty(),
            false,
        );
    }
    equal("time", time.as_deref(), Some(row.str("time")))
}

fn timestamp_encode(row: &Row) -> Check {
    if row.expected["error"].is_string() {
        return Ok(());
    }
    let raw: [u8; 7] = octets(row.str("out")).try_into().unwrap();
    let time = Timestamp::from_raw(raw).date_time().ok_or("no date")?;
    equal("time", time.to_string().as_str(), row.str("time"))?;
    equal("octets", Timestamp::new(time).unwrap().raw(), raw)
}

fn validity_is(expected: &Value, got: Option<&ValidityPeriod>) -> Check {
    let seconds = |duration: Duration| duration.as_secs();
    match expected["fmt"].as_u64() {
        Some(0) | None => equal("validity", got, None),
        Some(3) => match got {
            Some(ValidityPeriod::Absolute(until)) => equal(
                "until",
                until.date_time().map(|time| time.to_string()),
                expected["time"].as_str().map(str::to_owned),
            ),
            got => Err(format!("validity: {got:?}")),
        },
        Some(_) => {
            let got = got.and_then(ValidityPeriod::duration).map_or(0, seconds);
            equal("seconds", got, expected["secs"].as_u64().unwrap_or(0))
        }
    }
}

fn submit_with_validity(format: u64, validity: &[u8]) -> Vec<u8> {
    let first = 0x01 | u8::try_from(format & 3).unwrap() << 3;
    [&[first, 0, 2, 0x91, 0x21, 0, 0][..], validity, &[0]].concat()
}

fn validity_decode(row: &Row) -> Check {
    let format = row.expected["vpf"].as_u64().unwrap_or(2);
    if format > 3 {
        return Ok(());
    }
    let decoded = Submit::decode(&submit_with_validity(format, &octets(&row.input)));
    if row.expected["error"].is_string() {
        let odd = decoded.is_err() || decoded.is_ok_and(|decoded| !decoded.warnings.is_empty());
        return equal("refused or warned of", odd, true);
    }
    let decoded = decoded.map_err(|error| error.to_string())?;
    validity_is(&row.expected["out"], decoded.value.validity.as_ref())
}

fn validity_encode(row: &Row) -> Check {
    let vp = &row.expected["vp"];
    if row.expected["error"].is_string() || vp["fmt"].as_u64() == Some(0) {
        return Ok(());
    }
    let out = octets(row.str("out"));
    let got: Vec<u8> = match vp["fmt"].as_u64() {
        Some(2) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            vec![
                RelativeValidity::at_least(duration)
                    .map_err(|error| error.to_string())?
                    .raw(),
            ]
        }
        Some(1) if vp["efi"].as_u64() == Some(1) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            let relative = RelativeValidity::at_least(duration).map_err(|error| error.to_string())?;
            EnhancedValidity::relative(relative).raw().to_vec()
        }
        Some(1) if vp["efi"].as_u64() == Some(0) => EnhancedValidity::UNSET.raw().to_vec(),
        Some(1) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            EnhancedValidity::exactly(duration)
                .map_err(|error| error.to_string())?
                .raw()
                .to_vec()
        }
        _ => {
            let raw: [u8; 7] = out.clone().try_into().unwrap();
            let time = Timestamp::from_raw(raw).date_time().ok_or("no date")?;
            Timestamp::new(time).unwrap().raw().to_vec()
        }
    };
    equal("octets", hex(&got), hex(&out))
}

fn dcs_decode(row: &Row) -> Check {
    let dcs = Dcs::from_raw(octets(&row.input)[0]);
    let expected = &row.expected;
    equal("alphabet", name(dcs.character_set()), row.str("alphabet"))?;
    equal(
        "class",
        dcs.class().map(|class| class as u64),
        expected["class"].as_u64(),
    )?;
    flag(expected, "compressed", dcs.is_compressed())?;
    flag(expected, "auto_delete", dcs.is_auto_deleted())?;
    flag(expected, "reserved", dcs.is_reserved())?;
    equal("waiting", dcs.waiting().is_some(), expected["mwi"].is_object())?;
    match dcs.waiting() {
        Some(waiting) => {
            flag(&expected["mwi"], "active", waiting.active)?;
            flag(&expected["mwi"], "store", waiting.store)
        }
        None => Ok(()),
    }
}

fn header_decode(row: &Row) -> Check {
    let octets = octets(&row.input);
    let header = octets
        .split_first()
        .and_then(|(&len, rest)| Header::new(rest.get(..usize::from(len))?));
    if row.expected["error"].is_string() {
        return equal("ignored", header.is_none(), true);
    }
    let expected: Vec<String> = row.expected["ies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ie| ie.as_str().unwrap().to_uppercase())
        .collect();
    let got: Vec<String> = header
        .ok_or("ignored")?
        .elements()
        .map(|element| format!("{:02X}:{}", element.id.raw(), hex(element.data)))
        .collect();
    equal("elements", got, expected)
}

fn reference(bits: &Value, value: u64) -> Reference {
    if bits.as_u64() == Some(8) {
        Reference::Eight(u8::try_from(value).unwrap())
    } else {
        Reference::Sixteen(u16::try_from(value).unwrap())
    }
}

fn submit_segment(row: &Row) -> Check {
    let input: Value = serde_json::from_str(&row.input).map_err(|error| error.to_string())?;
    let mut template = SubmitTemplate::new(input["number"].as_str().unwrap().parse().unwrap());
    template.codings = match input["national_language"].as_str() {
        Some("turkish") => Codings::DEFAULT.with_single(Language::TURKISH),
        Some("spanish") => Codings::DEFAULT.with_single(Language::SPANISH),
        Some("portuguese") => Codings::DEFAULT.with_single(Language::PORTUGUESE),
        _ => Codings::DEFAULT,
    };
    if input["srr"] == true {
        template.status_report = ReportRequest::All;
    }
    let validity = u8::try_from(input["vp_relative"].as_u64().unwrap()).unwrap();
    template.validity = Some(RelativeValidity::from_raw(validity).into());
    let reference = reference(&input["ref_bits"], input["ref"].as_u64().unwrap());
    let split = template
        .split(input["text"].as_str().unwrap(), reference)
        .map_err(|error| error.to_string())?;
    let got: Vec<String> = split
        .parts
        .iter()
        .map(|part| Envelope::new(*part).to_hex().unwrap())
        .collect();
    let expected: Vec<String> = row.expected["pdus"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pdu| pdu.as_str().unwrap().to_owned())
        .collect();
    equal("parts", got, expected)
}

fn submit_limit(row: &Row) -> Check {
    let template = SubmitTemplate::new("1".parse().unwrap());
    let reference = reference(&row.expected["ref_bits"], 1);
    let most = usize::try_from(row.expected["max_chars"].as_u64().unwrap()).unwrap();
    let split = template
        .split(&row.input.repeat(most), reference)
        .map_err(|error| error.to_string())?;
    equal("parts", split.parts.len(), 255)?;
    let error = template
        .split(&row.input.repeat(most + 1), reference)
        .err()
        .ok_or("one more fits")?;
    equal(
        "error",
        error,
        pdu::SplitError::TooLong {
            parts: 256,
            fits: most,
        },
    )
}

fn submit_segment_count(row: &Row) -> Check {
    // "a*4560 b*152 c*152 d*152 (152*33 chars)"
    let input: Value = serde_json::from_str(&row.input).unwrap();
    let text: String = input["text"]
        .as_str()
        .unwrap()
        .split_whitespace()
        .take_while(|run| !run.starts_with('('))
        .map(|run| {
            run.split_once('*')
                .map_or(String::new(), |(text, count)| text.repeat(count.parse().unwrap()))
        })
        .collect();
    let split = SubmitTemplate::new("1".parse().unwrap())
        .split(&text, reference(&input["ref_bits"], 1))
        .unwrap();
    equal(
        "parts",
        Some(split.parts.len() as u64),
        row.expected["parts"].as_u64(),
    )
}

fn assembly(row: &Row) -> Check {
    let mut reassembler = Reassembler::default();
    let mut complete = None;
    for pdu in row.input.split('|') {
        let deliver = Envelope::<Deliver>::from_hex(pdu)
            .map_err(|error| error.to_string())?
            .value
            .tpdu;
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            complete = Some(message);
        }
    }
    let message = complete.ok_or("not complete")?;
    equal("text", message.text().as_deref(), row.expected["text"].as_str())
}

fn report_matching(row: &Row) -> Check {
    let scenarios: Value = serde_json::from_str(&row.input).unwrap();
    for scenario in scenarios.as_array().unwrap() {
        let sent: Address = scenario["sent"]["to"].as_str().unwrap().parse().unwrap();
        for report in scenario["reports"].as_array().unwrap() {
            let report = StatusReport::decode(&octets(report.as_str().unwrap()))
                .unwrap()
                .value;
            equal("recipient matches", sent.digits_match(&report.recipient), true)?;
        }
    }
    Ok(())
}

fn cell_broadcast(row: &Row) -> Check {
    let page = Page::from_hex(&row.input)
        .map_err(|error| error.to_string())?
        .value;
    let mut again = [0; Page::LEN];
    let len = page.encode(&mut again).unwrap();
    equal("again", hex(&again[..len]), row.input.clone())?;
    let expected = &row.expected;
    equal(
        "code",
        Some(u64::from(page.serial_number.code())),
        expected["message_code"].as_u64(),
    )?;
    octet(expected, "update", page.serial_number.update())?;
    equal(
        "id",
        Some(u64::from(page.message_id)),
        expected["message_id"].as_u64(),
    )?;
    octet(expected, "dcs", page.dcs.raw())?;
    octet(expected, "page", page.number())?;
    octet(expected, "pages", page.total())?;
    equal("text", page.text().as_deref(), expected["text"].as_str())?;
    equal(
        "language",
        page.language().map(|language| language.to_string()).as_deref(),
        expected["language"].as_str(),
    )
}

fn cell_broadcast_scenario(row: &Row) -> Check {
    let mut broadcasts = Broadcasts::default();
    let steps: Value = serde_json::from_str(&row.input).unwrap();
    for (step, expected) in steps
        .as_array()
        .unwrap()
        .iter()
        .zip(row.expected.as_array().unwrap())
    {
        let Some(pdu) = step["pdu"].as_str() else {
            broadcasts.moved();
            continue;
        };
        // The scenario gives the update number, page and number of pages beside one and the same page.
        let mut octets = octets(pdu);
        let small = |key: &str| u8::try_from(step[key].as_u64().unwrap()).unwrap();
        octets[1] = octets[1] & 0xF0 | small("update");
        octets[5] = small("page") << 4 | small("pages");
        let message = broadcasts.insert(&Page::decode(&octets).unwrap().value);
        match expected {
            Value::String(outcome) => equal(outcome, message.is_some(), outcome == "new")?,
            _ => equal(
                "text",
                message.and_then(|message| message.text()).as_deref(),
                expected["text"].as_str(),
            )?,
        }
    }
    Ok(())
}

fn ussd_decode(row: &Row) -> Check {
    let dcs = CbsDcs::from_raw(u8::try_from(row.expected["dcs"].as_u64().unwrap()).unwrap());
    let string = UssdString::new(dcs, octets(&row.input));
    let text = string
        .text()
        .or_else(|| String::from_utf8(string.octets().to_vec()).ok());
    equal("text", text.as_deref(), row.expected["text"].as_str())
}

fn ussd_encode(row: &Row) -> Check {
    let string = UssdString::encode(&row.input.replace("\\r", "\r"));
    octet(&row.expected, "dcs", string.dcs().raw())?;
    equal("octets", hex(string.octets()).as_str(), row.str("data"))
}

/// What stands before the user data of a TPDU, and its message type.
fn expected_parts(row: &Row) -> Vec<(bool, Vec<u8>)> {
    let tpdus = row.expected["tpdus"].as_array().cloned().unwrap_or_default();
    // Some hold an error message in place of a TPDU.
    if tpdus
        .iter()
        .any(|tpdu| tpdu.as_str().is_some_and(|tpdu| tpdu.starts_with("ERR")))
    {
        return Vec::new();
    }
    tpdus
        .iter()
        .map(|tpdu| octets(tpdu.as_str().unwrap()))
        .map(|tpdu| (tpdu[0] & 1 != 0, tpdu))
        .collect()
}

/// Splits as the row does, and compares the user data.
fn segment(row: &Row) -> Check {
    let data = octets(&row.input);
    let expected = expected_parts(row);
    if expected.is_empty() || !row.expected["udh"].as_array().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let first = Incoming::decode(&expected[0].1)
        .map_err(|error| error.to_string())?
        .value;
    let Incoming::Deliver(first) = first else {
        return Ok(());
    };
    let reference = first
        .concatenation()
        .map_or(Reference::Eight(1), |part| part.reference());
    let parts: Vec<UserData> = match first.dcs.character_set() {
        CharacterSet::Gsm7 => {
            let text = gsm7::decode_to_string(&data, gsm7::Alphabet::DEFAULT);
            pdu::split_text(&text, Codings::GSM7, None, reference)
                .map_err(|error| error.to_string())?
                .parts
        }
        CharacterSet::Ucs2 => {
            let text = gsm7::ucs2::decode_to_string(&data);
            pdu::split_text(&text, Codings::UCS2, None, reference)
                .map_err(|error| error.to_string())?
                .parts
        }
        CharacterSet::Data => pdu::split_data(&data, None, reference).map_err(|error| error.to_string())?,
    };
    let got: Vec<String> = parts
        .into_iter()
        .map(|user_data| {
            let mut tpdu = [0; 200];
            let len = Deliver { user_data, ..first }.encode(&mut tpdu).unwrap();
            hex(&tpdu[..len])
        })
        .collect();
    equal("parts", got, expected.iter().map(|(_, tpdu)| hex(tpdu)).collect())
}

/// Encodes the text of the row anew with the fields of its own TPDUs.
fn text_encode(row: &Row) -> Check {
    let expected = expected_parts(row);
    if row.str("roundtrip") != "roundtrip-ok" || expected.is_empty() {
        return Ok(());
    }
    let codings = [Codings::DEFAULT.with_language(Language::URDU), Codings::UCS2];
    let (user_data, dcs): (Vec<UserData>, Dcs) = expected
        .iter()
        .map(|(submit, tpdu)| {
            if *submit {
                let submit = Submit::decode(tpdu).unwrap().value;
                (submit.user_data, submit.dcs)
            } else {
                let deliver = Deliver::decode(tpdu).unwrap().value;
                (deliver.user_data, deliver.dcs)
            }
        })
        .fold((Vec::new(), Dcs::GSM7), |(mut all, _), (user_data, dcs)| {
            all.push(user_data);
            (all, dcs)
        });
    let header = user_data[0].header();
    let foreign = |header: Header<'_>| header.information().any(|i| matches!(i, Information::Other(_)));
    if header.is_some_and(foreign) {
        return Ok(());
    }
    let part = header.and_then(|header| header.concatenation());
    let reference = part.map_or(Reference::Eight(1), |part| part.reference());
    let codings = codings[usize::from(dcs.character_set() == CharacterSet::Ucs2)];
    let split = pdu::split_text(&row.text(), codings, None, reference).map_err(|error| error.to_string())?;
    equal("user data", split.parts, user_data)
}

#[test]
fn tables_of_the_standard_agree() {
    let Some(folder) = shared() else { return };
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = fs::read_to_string(folder.join("data").join(name)).unwrap();
        text.lines()
            .skip(1)
            .map(|line| line.split('\t').map(str::to_owned).collect())
            .collect()
    };
    let octet = |text: &str| u8::from_str_radix(text.trim_start_matches("0x"), 16).unwrap();
    let class = |class: Option<Class>| class.map_or("-".to_owned(), |class| class.raw().to_string());
    let bit = |flag: bool| if flag { "1" } else { "0" };

    for row in table("dcs.tsv") {
        let dcs = Dcs::from_raw(octet(&row[0]));
        assert_eq!(name(dcs.character_set()), row[2], "{row:?}");
        assert_eq!(class(dcs.class()), row[3], "{row:?}");
        assert_eq!(bit(dcs.is_compressed()), row[4], "{row:?}");
        assert_eq!(bit(dcs.is_auto_deleted()), row[5], "{row:?}");
        let waiting = dcs.waiting();
        assert_eq!(
            waiting.map_or("-", |waiting| if waiting.store { "store" } else { "discard" }),
            row[6],
            "{row:?}"
        );
        assert_eq!(
            waiting.map_or("-", |waiting| bit(waiting.active)),
            row[7],
            "{row:?}"
        );
        let kind = waiting.map_or("-".to_owned(), |waiting| {
            format!("{:?}", waiting.kind).to_lowercase()
        });
        assert_eq!(kind, row[8], "{row:?}");
        assert_eq!(bit(dcs.is_reserved()), row[9], "{row:?}");
    }
    for row in table("cbs_dcs.tsv") {
        let dcs = CbsDcs::from_raw(octet(&row[0]));
        assert_eq!(name(dcs.character_set()), row[2], "{row:?}");
        assert_eq!(dcs.language().unwrap_or("-"), row[3], "{row:?}");
        assert_eq!(class(dcs.class()), row[4], "{row:?}");
        assert_eq!(bit(dcs.is_compressed()), row[5], "{row:?}");
        assert_eq!(bit(dcs.has_header()), row[6], "{row:?}");
        assert_eq!(dcs.has_language_prefix(), row[7] != "-", "{row:?}");
        assert_eq!(bit(dcs.is_reserved()), row[8], "{row:?}");
    }
    for row in table("tp_st.tsv") {
        let status = Status::from_raw(octet(&row[0]));
        let category = match status.category() {
            StatusCategory::Completed => "completed",
            StatusCategory::Temporary => "temporary-trying",
            StatusCategory::Permanent => "permanent",
            StatusCategory::GivenUp => "temporary-given-up",
        };
        assert_eq!(category, row[5], "{row:?}");
        assert_eq!(status.is_reserved(), row[3] == "reserved", "{row:?}");
    }
    for row in table("tp_fcs.tsv") {
        assert_eq!(
            FailureCause::from_raw(octet(&row[0])).is_reserved(),
            row[2] == "reserved",
            "{row:?}"
        );
    }
    for row in table("tp_pid.tsv") {
        assert_eq!(
            Pid::from_raw(octet(&row[0])).is_reserved(),
            row[3] == "reserved",
            "{row:?}"
        );
    }
    for row in table("vp_relative.tsv") {
        let validity = RelativeValidity::from_raw(row[0].parse().unwrap());
        let duration = Duration::from_secs(row[1].parse().unwrap());
        assert_eq!(validity.duration(), duration, "{row:?}");
        assert_eq!(RelativeValidity::at_least(duration), Ok(validity), "{row:?}");
    }
    for row in table("iei.tsv") {
        let id = ElementId::from_raw(octet(&row[0]));
        assert_eq!(id.is_repeatable(), row[3] != "no", "{row:?}");
        let reserved = row[1].starts_with("Reserved") || row[1].starts_with("Value not used");
        assert_eq!(id.name() == "reserved", reserved, "{row:?}");
        // A fixed length is the only one that is understood.
        if let (Ok(len), true) = (row[4].parse::<usize>(), id.raw() < 0x0A || id.raw() > 0x21) {
            let data = vec![1; len + 1];
            for wrong in [&data[..len - 1], &data] {
                assert!(
                    matches!(Element { id, data: wrong }.information(), Information::Other(_)),
                    "{row:?}"
                );
            }
        }
    }
}
