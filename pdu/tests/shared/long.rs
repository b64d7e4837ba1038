//! Long messages: splitting, reassembly, and reports on them.

use core::time::Duration;

use gsm7::{Codings, Language};
use pdu::{
    Address, CharacterSet, Dcs, Deliver, Envelope, Header, Incoming, Information, Outcome,
    Reassembler, Reference, RelativeValidity, ReportRequest, StatusReport, Submit, SubmitTemplate,
    UserData,
};
use serde_json::Value;

use crate::common::{hex, octets};
use crate::{Check, Row, equal};

pub(crate) fn reference(bits: &Value, value: u64) -> Reference {
    if bits.as_u64() == Some(8) {
        Reference::Eight(u8::try_from(value).unwrap())
    } else {
        Reference::Sixteen(u16::try_from(value).unwrap())
    }
}

pub(crate) fn submit_segment(row: &Row) -> Check {
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
    let got: Vec<String> =
        split.parts.iter().map(|part| Envelope::new(*part).to_hex().unwrap()).collect();
    let expected: Vec<String> = row.expected["pdus"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pdu| pdu.as_str().unwrap().to_owned())
        .collect();
    equal("parts", got, expected)
}

pub(crate) fn submit_limit(row: &Row) -> Check {
    let template = SubmitTemplate::new("1".parse().unwrap());
    let reference = reference(&row.expected["ref_bits"], 1);
    let most = usize::try_from(row.expected["max_chars"].as_u64().unwrap()).unwrap();
    let split =
        template.split(&row.input.repeat(most), reference).map_err(|error| error.to_string())?;
    equal("parts", split.parts.len(), 255)?;
    let error =
        template.split(&row.input.repeat(most + 1), reference).err().ok_or("one more fits")?;
    equal("error", error, pdu::SplitError::TooLong { parts: 256, fits: most })
}

pub(crate) fn submit_segment_count(row: &Row) -> Check {
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
    equal("parts", Some(split.parts.len() as u64), row.expected["parts"].as_u64())
}

pub(crate) fn assembly(row: &Row) -> Check {
    let mut reassembler = Reassembler::default();
    let mut complete = None;
    for pdu in row.input.split('|') {
        let deliver =
            Envelope::<Deliver>::from_hex(pdu).map_err(|error| error.to_string())?.value.tpdu;
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            complete = Some(message);
        }
    }
    let message = complete.ok_or("not complete")?;
    equal("text", message.text().as_deref(), row.expected["text"].as_str())
}

pub(crate) fn report_matching(row: &Row) -> Check {
    let scenarios: Value = serde_json::from_str(&row.input).unwrap();
    for scenario in scenarios.as_array().unwrap() {
        let sent: Address = scenario["sent"]["to"].as_str().unwrap().parse().unwrap();
        for report in scenario["reports"].as_array().unwrap() {
            let report = StatusReport::decode(&octets(report.as_str().unwrap())).unwrap().value;
            equal("recipient matches", sent.digits_match(&report.recipient), true)?;
        }
    }
    Ok(())
}

/// Returns the octets before the user data of a TPDU, and its message type.
pub(crate) fn expected_parts(row: &Row) -> Vec<(bool, Vec<u8>)> {
    let tpdus = row.expected["tpdus"].as_array().cloned().unwrap_or_default();
    // Some rows hold an error message instead of a TPDU.
    if tpdus.iter().any(|tpdu| tpdu.as_str().is_some_and(|tpdu| tpdu.starts_with("ERR"))) {
        return Vec::new();
    }
    tpdus
        .iter()
        .map(|tpdu| octets(tpdu.as_str().unwrap()))
        .map(|tpdu| (tpdu[0] & 1 != 0, tpdu))
        .collect()
}

/// Splits as the row does, and compares the user data.
pub(crate) fn segment(row: &Row) -> Check {
    let data = octets(&row.input);
    let expected = expected_parts(row);
    if expected.is_empty() || !row.expected["udh"].as_array().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let first = Incoming::decode(&expected[0].1).map_err(|error| error.to_string())?.value;
    let Incoming::Deliver(first) = first else {
        return Ok(());
    };
    let reference = first.concatenation().map_or(Reference::Eight(1), |part| part.reference());
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
        CharacterSet::Data => {
            pdu::split_data(&data, None, reference).map_err(|error| error.to_string())?
        }
    };
    let got: Vec<String> = parts
        .into_iter()
        .map(|user_data| {
            let mut tpdu = [0; 300];
            let len = first.with_user_data(first.dcs, user_data).encode(&mut tpdu).unwrap();
            hex(&tpdu[..len])
        })
        .collect();
    equal("parts", got, expected.iter().map(|(_, tpdu)| hex(tpdu)).collect())
}

/// Encodes the text of the row again with the fields of its own TPDUs.
pub(crate) fn text_encode(row: &Row) -> Check {
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
    let foreign =
        |header: Header<'_>| header.information().any(|i| matches!(i, Information::Other(_)));
    if header.is_some_and(foreign) {
        return Ok(());
    }
    let part = header.and_then(|header| header.concatenation());
    let reference = part.map_or(Reference::Eight(1), |part| part.reference());
    let codings = codings[usize::from(dcs.character_set() == CharacterSet::Ucs2)];
    let split = pdu::split_text(&row.text(), codings, None, reference)
        .map_err(|error| error.to_string())?;
    equal("user data", split.parts, user_data)
}
