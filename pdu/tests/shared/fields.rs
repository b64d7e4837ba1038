//! Addresses, time stamps, validity periods, coding schemes and headers by themselves.

use core::time::Duration;

use pdu::{
    Address, Dcs, Deliver, EnhancedValidity, Envelope, Header, Incoming, RelativeValidity, Submit,
    Timestamp, ValidityPeriod,
};
use serde_json::Value;

use crate::common::{hex, octets};
use crate::messages::{flag, name, octet};
use crate::{Check, Row, equal};

/// A DELIVER from this address, in octets of a TPDU.
pub(crate) fn deliver_from(address: &[u8]) -> Vec<u8> {
    [&[0x04], address, &[0, 0, 0x51, 0x50, 0x71, 0x32, 0x20, 0x05, 0x23, 0]].concat()
}

pub(crate) fn address_decode(row: &Row) -> Check {
    let decoded = Deliver::decode(&deliver_from(&octets(&row.input)));
    if row.expected["error"].is_string() {
        // A truncated address takes octets of the next field, which is then too short.
        let refused = decoded.is_err() || decoded.is_ok_and(|decoded| !decoded.warnings.is_empty());
        return equal("refused or warned of", refused, true);
    }
    let address = decoded.map_err(|error| error.to_string())?.value.originator;
    equal("address", address.to_string().trim_start_matches('+'), row.str("addr"))?;
    octet(&row.expected, "toa", address.octet())
}

pub(crate) fn address_encode(row: &Row) -> Check {
    let toa = row.expected["toa"].as_u64().unwrap();
    let number = match row.expected["number"].as_str() {
        Some(number) => number.to_owned(),
        None if toa == 0x91 => format!("+{}", row.text()),
        None => row.text(),
    };
    let address: Result<Address, _> =
        if toa & 0x70 == 0x50 { Address::alphanumeric(&number) } else { number.parse() };
    if row.expected["error"].is_string() {
        return equal("refused", address.is_err(), true);
    }
    let address = address.map_err(|error| error.to_string())?;
    let mut tpdu = [0; 64];
    let len = Deliver::new(address, Timestamp::default()).encode(&mut tpdu).unwrap();
    equal("octets", hex(&tpdu[1..len - 10]), row.str("out").to_uppercase())
}

pub(crate) fn smsc_decode(row: &Row) -> Check {
    // An empty SUBMIT-REPORT of an RP-ACK follows.
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

pub(crate) fn smsc_encode(row: &Row) -> Check {
    let number = row.text();
    let smsc = if number.is_empty() { None } else { Some(format!("+{number}").parse()) };
    if row.expected["error"].is_string() {
        return equal("refused", smsc.is_some_and(|smsc: Result<Address, _>| smsc.is_err()), true);
    }
    let smsc = smsc.transpose().map_err(|error| error.to_string())?;
    let mut pdu = [0; 64];
    let envelope = Envelope { smsc, tpdu: Submit::new("1".parse().unwrap()) };
    let len = envelope.encode(&mut pdu).unwrap();
    equal("octets", hex(&pdu[..len - envelope.length()]), row.str("out").to_uppercase())
}

pub(crate) fn timestamp_decode(row: &Row) -> Check {
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

pub(crate) fn timestamp_encode(row: &Row) -> Check {
    if row.expected["error"].is_string() {
        return Ok(());
    }
    let raw: [u8; 7] = octets(row.str("out")).try_into().unwrap();
    let time = Timestamp::from_raw(raw).date_time().ok_or("no date")?;
    equal("time", time.to_string().as_str(), row.str("time"))?;
    equal("octets", Timestamp::new(time).unwrap().raw(), raw)
}

pub(crate) fn validity_is(expected: &Value, got: Option<&ValidityPeriod>) -> Check {
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

pub(crate) fn submit_with_validity(format: u64, validity: &[u8]) -> Vec<u8> {
    let first = 0x01 | u8::try_from(format & 3).unwrap() << 3;
    [&[first, 0, 2, 0x91, 0x21, 0, 0][..], validity, &[0]].concat()
}

pub(crate) fn validity_decode(row: &Row) -> Check {
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

pub(crate) fn validity_encode(row: &Row) -> Check {
    let vp = &row.expected["vp"];
    if row.expected["error"].is_string() || vp["fmt"].as_u64() == Some(0) {
        return Ok(());
    }
    let out = octets(row.str("out"));
    let got: Vec<u8> = match vp["fmt"].as_u64() {
        Some(2) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            vec![RelativeValidity::at_least(duration).map_err(|error| error.to_string())?.raw()]
        }
        Some(1) if vp["efi"].as_u64() == Some(1) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            let relative =
                RelativeValidity::at_least(duration).map_err(|error| error.to_string())?;
            EnhancedValidity::relative(relative).raw().to_vec()
        }
        Some(1) if vp["efi"].as_u64() == Some(0) => EnhancedValidity::UNSET.raw().to_vec(),
        Some(1) => {
            let duration = Duration::from_secs(vp["secs"].as_u64().unwrap());
            EnhancedValidity::exactly(duration).map_err(|error| error.to_string())?.raw().to_vec()
        }
        _ => {
            let raw: [u8; 7] = out.clone().try_into().unwrap();
            let time = Timestamp::from_raw(raw).date_time().ok_or("no date")?;
            Timestamp::new(time).unwrap().raw().to_vec()
        }
    };
    equal("octets", hex(&got), hex(&out))
}

pub(crate) fn dcs_decode(row: &Row) -> Check {
    let dcs = Dcs::from_raw(octets(&row.input)[0]);
    let expected = &row.expected;
    equal("alphabet", name(dcs.character_set()), row.str("alphabet"))?;
    equal("class", dcs.class().map(|class| class as u64), expected["class"].as_u64())?;
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

pub(crate) fn header_decode(row: &Row) -> Check {
    let octets = octets(&row.input);
    let header =
        octets.split_first().and_then(|(&len, rest)| Header::new(rest.get(..usize::from(len))?));
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
