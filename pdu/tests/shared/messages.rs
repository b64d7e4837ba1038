//! TPDUs and their envelope.

use pdu::{
    Acknowledgement, Address, CharacterSet, Dcs, DeliverReport, Envelope, Incoming, Outgoing,
    Parameters, SubmitReport, Timestamp, UserData, ValidityPeriod,
};
use serde_json::Value;

use crate::common::{hex, octets};
use crate::fields::validity_is;
use crate::{Check, Row, equal};

pub(crate) fn pdu_mode(row: &Row, outgoing: bool) -> Check {
    let octets = octets(&row.input);
    let smsc = row.expected["smsc"].clone();
    let (got, rest) = if outgoing {
        let envelope =
            Envelope::<Outgoing>::from_hex(&row.input).map_err(|error| error.to_string())?.value;
        equal("again", envelope.to_hex().unwrap(), row.input.to_uppercase())?;
        equal("length", row.expected["tpdu_len"].as_u64(), Some(envelope.length() as u64))?;
        (envelope.smsc, octets.len() - envelope.length())
    } else {
        let decoded =
            Envelope::<Incoming>::from_hex(&row.input).map_err(|error| error.to_string())?;
        let envelope = decoded.value;
        if decoded.strict().is_ok() {
            equal("again", envelope.to_hex().unwrap(), row.input.to_uppercase())?;
        }
        (envelope.smsc, 1 + usize::from(octets[0]))
    };
    let addr = smsc["addr"].as_str().or(smsc.as_str().filter(|smsc| !smsc.is_empty()));
    equal(
        "smsc",
        got.map(|smsc| smsc.to_string().trim_start_matches('+').to_owned()),
        addr.map(|addr| addr.trim_start_matches('+').to_owned()),
    )?;
    fields(row, &octets[rest..], outgoing)
}

pub(crate) fn tpdu(row: &Row, outgoing: bool) -> Check {
    fields(row, &octets(&row.input), outgoing)
}

pub(crate) fn fields(row: &Row, tpdu: &[u8], outgoing: bool) -> Check {
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
            let len = decoded.value.encode(&mut again).map_err(|error| error.to_string())?;
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
            let len = decoded.value.encode(&mut again).map_err(|error| error.to_string())?;
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

/// Returns the acknowledgement of the report. Many failure causes of the vectors are below 0x80,
/// which only the context can tell apart.
pub(crate) fn acknowledgement(row: &Row) -> Acknowledgement {
    if row.expected["fcs"].is_null() && row.expected["error"].is_null() {
        Acknowledgement::Ack
    } else {
        Acknowledgement::Error
    }
}

pub(crate) fn deliver_report(row: &Row) -> Check {
    let decoded = DeliverReport::decode_as(&octets(&row.input), acknowledgement(row));
    if row.expected["error"].is_string() {
        return equal("accepted", decoded.is_ok_and(|decoded| decoded.strict().is_ok()), false);
    }
    let report = decoded.map_err(|error| error.to_string())?.value;
    let mut again = [0; 300];
    let len = report.encode(&mut again).map_err(|error| error.to_string())?;
    equal("again", hex(&again[..len]), row.input.to_uppercase())?;
    equal("fcs", report.failure.map(|cause| u64::from(cause.raw())), row.expected["fcs"].as_u64())?;
    parameters(&row.expected, &report.parameters)
}

pub(crate) fn submit_report(row: &Row) -> Check {
    let decoded = SubmitReport::decode_as(&octets(&row.input), acknowledgement(row));
    if row.expected["error"].is_string() {
        return equal("accepted", decoded.is_ok_and(|decoded| decoded.strict().is_ok()), false);
    }
    let report = decoded.map_err(|error| error.to_string())?.value;
    let mut again = [0; 300];
    let len = report.encode(&mut again).map_err(|error| error.to_string())?;
    equal("again", hex(&again[..len]), row.input.to_uppercase())?;
    equal("fcs", report.failure.map(|cause| u64::from(cause.raw())), row.expected["fcs"].as_u64())?;
    time(&row.expected, "scts", report.timestamp)?;
    parameters(&row.expected, &report.parameters)
}

pub(crate) fn octet(expected: &Value, key: &str, got: u8) -> Check {
    match expected[key].as_u64() {
        Some(octet) => equal(key, u64::from(got), octet),
        None => Ok(()),
    }
}

pub(crate) fn flag(expected: &Value, key: &str, got: bool) -> Check {
    match expected[key].as_bool() {
        Some(flag) => equal(key, got, flag),
        None => Ok(()),
    }
}

pub(crate) fn time(expected: &Value, key: &str, got: Timestamp) -> Check {
    match expected[key].as_str() {
        Some(time) => {
            equal(key, got.date_time().map(|time| time.to_string()), Some(time.to_owned()))
        }
        None => Ok(()),
    }
}

pub(crate) fn number(expected: &Value, got: &Address) -> Check {
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

pub(crate) fn user_data<const N: usize>(expected: &Value, dcs: Dcs, got: &UserData<N>) -> Check {
    if let Some(udl) = expected["udl"].as_u64() {
        equal("udl", u64::from(got.length()), udl)?;
    }
    if let Some(alphabet) = expected["alphabet"].as_str() {
        equal("alphabet", name(dcs.character_set()), alphabet)?;
    }
    if !expected["class"].is_null() {
        equal("class", dcs.class().map(|class| class as u64), expected["class"].as_u64())?;
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
            Some(header) => {
                header.elements().map(|e| format!("{:02X}:{}", e.id.raw(), hex(e.data))).collect()
            }
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
        let got =
            if dcs.counts_septets() { got.body_septets(&mut septets) } else { got.body_octets() };
        equal("units", hex(got), units.to_uppercase())?;
    }
    Ok(())
}

pub(crate) fn parameters<const N: usize>(expected: &Value, got: &Parameters<N>) -> Check {
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

pub(crate) const fn name(character_set: CharacterSet) -> &'static str {
    match character_set {
        CharacterSet::Gsm7 => "gsm7",
        CharacterSet::Data => "8bit",
        CharacterSet::Ucs2 => "ucs2",
    }
}
