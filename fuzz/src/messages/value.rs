//! TPDUs made of their fields: what is written is read again.

use gsm7::{Coding, Language};
use pdu::{
    Address, Command, CommandType, Concatenation, Dcs, Deliver, DeliverReport, Element, ElementId,
    EncodeError, EnhancedValidity, FailureCause, Information, NumberingPlan, Parameters, Pid,
    Ports, Reference, RelativeValidity, Status, StatusReport, Submit, SubmitReport, Timestamp,
    Tpdu, TypeOfNumber, UserData, ValidityPeriod,
};

use super::encoded;
use crate::input::{self, Input};

/// Choices of fields; the user data is what is left.
pub fn value(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte() % 6;
    let flags = input.byte();
    let flag = |bit: u8| flags >> bit & 1 == 1;
    let pid = Pid::from_raw(input.byte());
    let dcs = Dcs::from_raw(input.byte());
    let address = address(&mut input);
    let timestamp = Timestamp::from_raw(input.array());
    match kind {
        0 => {
            let mut deliver =
                Deliver::new(address, timestamp).with_user_data(dcs, user_data(&mut input, dcs));
            deliver.pid = pid;
            deliver.more_messages = flag(0);
            deliver.loop_prevention = flag(1);
            deliver.status_report = flag(2);
            deliver.reply_path = flag(3);
            survives(&deliver);
        }
        1 => survives(&Submit {
            message_reference: input.byte(),
            pid,
            dcs,
            validity: validity(&mut input),
            user_data: user_data(&mut input, dcs),
            reject_duplicates: flag(0),
            status_report: flag(1),
            reply_path: flag(2),
            ..Submit::new(address)
        }),
        2 => {
            let parameters = flag(0).then(|| parameters(flags, pid, dcs, &mut input));
            let status = Status::from_raw(flags);
            let discharge = Timestamp::default();
            let mut report = StatusReport::new(input.byte(), address, timestamp, discharge, status);
            report.parameters = parameters;
            report.more_messages = flag(4);
            report.loop_prevention = flag(5);
            report.on_command = flag(6);
            survives(&report);
        }
        3 => {
            let mut report = SubmitReport::accepted(timestamp);
            report.failure = failure(&mut input);
            report.parameters = parameters(flags, pid, dcs, &mut input);
            survives(&report);
        }
        4 => survives(&DeliverReport {
            failure: failure(&mut input),
            parameters: parameters(flags, pid, dcs, &mut input),
        }),
        _ => survives(&Command {
            message_reference: input.byte(),
            pid,
            data: user_data(&mut input, Dcs::DATA),
            status_report: flag(0),
            ..Command::new(CommandType::from_raw(flags), input.byte(), address)
        }),
    }
}

fn survives<T: Tpdu + PartialEq + core::fmt::Debug>(tpdu: &T) {
    let octets = encoded(tpdu);
    assert_eq!(octets.len(), tpdu.encoded_len());
    let decoded = T::decode(&octets).unwrap();
    assert_eq!(decoded.value, *tpdu, "{octets:02X?}");
    assert_eq!(encoded(&decoded.value), octets);
    let short = octets.len() - 1;
    let error = tpdu.encode(&mut vec![0; short]).unwrap_err();
    assert_eq!(error, EncodeError::BufferTooSmall { needed: octets.len(), available: short });
}

fn address(input: &mut Input<'_>) -> Address {
    let kind = input.byte();
    let count = usize::from(input.byte() % 21);
    let digits: String = input
        .bytes(count)
        .iter()
        .map(|&octet| char::from(b"0123456789*#abc"[usize::from(octet % 15)]))
        .collect();
    let ton = TypeOfNumber::from_bits(kind >> 4);
    Address::new(ton, NumberingPlan::from_bits(kind), &digits)
        .unwrap_or_else(|_| "1".parse().unwrap())
}

fn validity(input: &mut Input<'_>) -> Option<ValidityPeriod> {
    Some(match input.byte() % 4 {
        0 => return None,
        1 => RelativeValidity::from_raw(input.byte()).into(),
        2 => EnhancedValidity::from_raw(input.array()).into(),
        _ => ValidityPeriod::Absolute(Timestamp::from_raw(input.array())),
    })
}

/// A failure cause is told from what may stand in its place by its top bit.
fn failure(input: &mut Input<'_>) -> Option<FailureCause> {
    let octet = input.byte();
    (octet >= 0x80).then(|| FailureCause::from_raw(octet))
}

fn parameters<const N: usize>(
    flags: u8,
    pid: Pid,
    dcs: Dcs,
    input: &mut Input<'_>,
) -> Parameters<N> {
    let dcs = (flags & 2 != 0).then_some(dcs);
    Parameters {
        pid: (flags & 4 != 0).then_some(pid),
        dcs,
        user_data: (flags & 8 != 0).then(|| user_data(input, dcs.unwrap_or_default())),
    }
}

/// The rest of the input after up to three elements, as far as it fits.
fn user_data<const N: usize>(input: &mut Input<'_>, dcs: Dcs) -> UserData<N> {
    let header: Vec<Information<'_>> = (0..input.byte() % 4).map(|_| information(input)).collect();
    let octets = input.rest();
    for end in (0..=octets.len()).rev() {
        let user_data = if dcs.counts_septets() {
            let septets: Vec<u8> = octets[..end].iter().map(|octet| octet & 0x7F).collect();
            UserData::septets(&septets, &header)
        } else {
            UserData::data(&octets[..end], &header)
        };
        if let Ok(user_data) = user_data {
            text_fits_too(&octets[..end], &header, dcs);
            return user_data;
        }
    }
    UserData::EMPTY
}

/// A text that fits reads as itself.
fn text_fits_too(octets: &[u8], header: &[Information<'_>], dcs: Dcs) {
    let text = input::text(octets);
    if let (true, Ok(user_data)) =
        (!dcs.counts_septets(), UserData::<140>::text(&text, Coding::Ucs2, header))
    {
        // A byte order mark is not part of the text; U+FFFE would be one.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        if !text.starts_with('\u{FFFE}') {
            assert_eq!(user_data.to_text(Dcs::UCS2).as_deref(), Some(text));
        }
    }
}

fn information<'a>(input: &mut Input<'a>) -> Information<'a> {
    match input.byte() % 6 {
        0 => {
            let [reference, total, sequence] = input.array();
            match Concatenation::new(Reference::Eight(reference), total, sequence) {
                Some(concatenation) => Information::Concatenation(concatenation),
                None => Information::Source(total),
            }
        }
        1 => {
            let [a, b] = input.array();
            Information::Ports(Ports::narrow(a, b))
        }
        2 => Information::SingleShift(Language::new(input.byte())),
        3 => Information::LockingShift(Language::new(input.byte())),
        4 => Information::WirelessControl(input.bytes(5)),
        _ => {
            let id = ElementId::from_raw(input.byte());
            Information::Other(Element { id, data: input.bytes(7) })
        }
    }
}
