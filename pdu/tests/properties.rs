//! Written values read the same, read octets write the same, and no input panics.

use core::time::Duration;

use pdu::{
    Acknowledgement, Address, Broadcasts, CbsDcs, Command, CommandType, Concatenation, DateTime,
    Dcs, Deliver, DeliverReport, Element, ElementId, EnhancedValidity, Envelope, FailureCause,
    Incoming, Information, NumberingPlan, Outgoing, Page, Parameters, Pid, Ports, Reassembler,
    Reference, RelativeValidity, SpecialMessage, Status, StatusReport, Submit, SubmitReport,
    Timestamp, Tpdu, TypeOfNumber, UserData, UssdString, ValidityPeriod, Warning,
};
use proptest::prelude::*;

mod common;

/// Values of every kind of TPDU.
const CASES: u32 = 10_000;

fn numbers() -> impl Strategy<Value = Address> {
    const KINDS: [TypeOfNumber; 6] = [
        TypeOfNumber::Unknown,
        TypeOfNumber::International,
        TypeOfNumber::National,
        TypeOfNumber::NetworkSpecific,
        TypeOfNumber::Subscriber,
        TypeOfNumber::Abbreviated,
    ];
    const PLANS: [u8; 9] = [0, 1, 3, 4, 5, 6, 8, 9, 10];
    (0..KINDS.len(), 0..PLANS.len(), any::<u64>(), 1..=20_usize).prop_map(
        |(ton, npi, seed, len)| {
            let digits = characters("0123456789*#abc", seed, len);
            Address::new(KINDS[ton], NumberingPlan::from_bits(PLANS[npi]), &digits).unwrap()
        },
    )
}

fn addresses() -> impl Strategy<Value = Address> {
    let names = (any::<u64>(), 1..=11_usize).prop_map(|(seed, len)| {
        Address::alphanumeric(&characters("ABCxyz019 @Äß", seed, len)).unwrap()
    });
    prop_oneof![4 => numbers(), 1 => names]
}

fn characters(of: &str, seed: u64, len: usize) -> String {
    let of: Vec<char> = of.chars().collect();
    septets(seed, len).into_iter().map(|at| of[usize::from(at) % of.len()]).collect()
}

fn timestamps() -> impl Strategy<Value = Timestamp> {
    (1970_u16..2070, 1_u8..13, 1_u8..29, 0_u8..24, 0_u8..60, 0_u8..60, -79_i8..80).prop_map(
        |(year, month, day, hour, minute, second, quarters)| {
            Timestamp::new(DateTime { year, month, day, hour, minute, second, quarters }).unwrap()
        },
    )
}

fn validities() -> impl Strategy<Value = Option<ValidityPeriod>> {
    prop_oneof![
        Just(None),
        any::<u8>().prop_map(|octet| Some(RelativeValidity::from_raw(octet).into())),
        timestamps().prop_map(|until| Some(ValidityPeriod::Absolute(until))),
        (1_u64..360_000).prop_map(|seconds| {
            Some(
                EnhancedValidity::exactly(Duration::from_secs(seconds))
                    .unwrap()
                    .single_shot()
                    .into(),
            )
        }),
    ]
}

fn pids() -> impl Strategy<Value = Pid> {
    any::<u8>().prop_map(Pid::from_raw).prop_filter("reserved", |pid| !pid.is_reserved())
}

fn dcss() -> impl Strategy<Value = Dcs> {
    any::<u8>()
        .prop_map(Dcs::from_raw)
        .prop_filter("reserved", |dcs| !dcs.is_reserved() && !dcs.has_reserved_bits())
}

/// Generates well-formed elements that do not repeat, as a header that may be empty.
fn headers() -> impl Strategy<Value = Vec<Information<'static>>> {
    const OTHER: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9];
    let concatenation = (any::<u16>(), any::<bool>(), 1_u8..=255, any::<u8>()).prop_map(
        |(value, wide, total, sequence)| {
            let reference = if wide {
                Reference::Sixteen(value)
            } else {
                Reference::Eight(value.to_be_bytes()[1])
            };
            Information::Concatenation(
                Concatenation::new(reference, total, sequence % total + 1).unwrap(),
            )
        },
    );
    let ports = (any::<u16>(), any::<u16>())
        .prop_map(|(to, from)| Information::Ports(Ports::wide(to, from)));
    let narrow = (any::<u8>(), any::<u8>())
        .prop_map(|(to, from)| Information::Ports(Ports::narrow(to, from)));
    let special = (any::<u8>(), any::<u8>()).prop_map(|(indication, count)| {
        Information::SpecialMessage(SpecialMessage { indication, count })
    });
    let languages = (1_u8..14).prop_map(|id| Information::SingleShift(gsm7::Language::new(id)));
    let other = (0x80_u8..0xA0, 0..OTHER.len()).prop_map(|(id, len)| {
        Information::Other(Element { id: ElementId::from_raw(id), data: &OTHER[..len] })
    });
    let reply = numbers().prop_map(Information::ReplyAddress);
    (
        prop::option::of(concatenation),
        prop::option::of(prop_oneof![ports, narrow]),
        prop::option::of(special),
        prop::option::of(languages),
        prop::option::of(reply),
        prop::option::weighted(0.2, other),
    )
        .prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f].into_iter().flatten().collect())
        .prop_flat_map(|elements: Vec<_>| (Just(elements), prop::bool::weighted(0.5)))
        .prop_map(|(elements, with)| if with { elements } else { Vec::new() })
}

/// Generates septets that look random: a strategy for each would take most of the time.
fn septets(mut seed: u64, len: usize) -> Vec<u8> {
    let next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 57) as u8
    };
    core::iter::repeat_with(next).take(len).collect()
}

/// Generates user data of the kind that a coding scheme requires.
fn user_data<const N: usize>(dcs: Dcs) -> impl Strategy<Value = UserData<N>> {
    (headers(), any::<u64>(), 0..=80_usize).prop_map(move |(header, seed, len)| {
        let mut units = septets(seed, len);
        if dcs.character_set() == pdu::CharacterSet::Ucs2 && units.len() % 2 == 1 {
            units.pop();
        }
        let user_data = if dcs.counts_septets() {
            UserData::septets(&units, &header)
        } else {
            UserData::data(&units, &header)
        };
        user_data.unwrap()
    })
}

fn parameters<const N: usize>() -> impl Strategy<Value = Parameters<N>> {
    (prop::option::of(pids()), prop::option::of(dcss()), any::<bool>()).prop_flat_map(
        |(pid, dcs, with)| {
            user_data(dcs.unwrap_or_default()).prop_map(move |user_data| Parameters {
                pid,
                dcs,
                user_data: with.then_some(user_data),
            })
        },
    )
}

fn causes() -> impl Strategy<Value = Option<FailureCause>> {
    prop::option::of(
        any::<u8>()
            .prop_map(FailureCause::from_raw)
            .prop_filter("reserved", |cause| !cause.is_reserved()),
    )
}

fn delivers() -> impl Strategy<Value = Deliver> {
    dcss().prop_flat_map(|dcs| {
        (addresses(), pids(), timestamps(), user_data(dcs), any::<[bool; 4]>()).prop_map(
            move |(originator, pid, timestamp, user_data, [a, b, c, d])| {
                let mut deliver =
                    Deliver::new(originator, timestamp).with_user_data(dcs, user_data);
                deliver.pid = pid;
                deliver.more_messages = a;
                deliver.loop_prevention = b;
                deliver.status_report = c;
                deliver.reply_path = d;
                deliver
            },
        )
    })
}

fn submits() -> impl Strategy<Value = Submit> {
    dcss().prop_flat_map(|dcs| {
        (addresses(), pids(), validities(), user_data(dcs), any::<[bool; 3]>(), any::<u8>())
            .prop_map(
                move |(destination, pid, validity, user_data, [a, b, c], message_reference)| {
                    Submit {
                        message_reference,
                        destination,
                        pid,
                        dcs,
                        validity,
                        user_data,
                        reject_duplicates: a,
                        status_report: b,
                        reply_path: c,
                    }
                },
            )
    })
}

fn status_reports() -> impl Strategy<Value = StatusReport> {
    let statuses = any::<u8>()
        .prop_map(Status::from_raw)
        .prop_filter("reserved", |status| !status.is_reserved());
    (
        any::<u8>(),
        addresses(),
        timestamps(),
        timestamps(),
        statuses,
        prop::option::of(parameters()),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(
                message_reference,
                recipient,
                timestamp,
                discharge,
                status,
                parameters,
                [a, b, c],
            )| {
                let mut report =
                    StatusReport::new(message_reference, recipient, timestamp, discharge, status);
                report.parameters = parameters;
                report.more_messages = a;
                report.loop_prevention = b;
                report.on_command = c;
                report
            },
        )
}

fn commands() -> impl Strategy<Value = Command> {
    (
        any::<u8>(),
        pids(),
        any::<u8>(),
        any::<u8>(),
        addresses(),
        user_data(Dcs::DATA),
        any::<bool>(),
    )
        .prop_map(
            |(
                message_reference,
                pid,
                command,
                message_number,
                destination,
                data,
                status_report,
            )| Command {
                message_reference,
                pid,
                command: CommandType::from_raw(command),
                message_number,
                destination,
                data,
                status_report,
            },
        )
}

/// Writes, reads and writes again, in octets and in digits.
fn survives<T: Tpdu + Copy + PartialEq + core::fmt::Debug>(
    tpdu: T,
    smsc: Option<Address>,
) -> Result<(), TestCaseError> {
    let mut octets = [0; 300];
    let len = tpdu.encode(&mut octets).unwrap();
    prop_assert_eq!(len, tpdu.encoded_len());
    let decoded = T::decode(&octets[..len]).unwrap();
    prop_assert_eq!(decoded.strict(), Ok(tpdu));
    let mut again = [0; 300];
    let len_again = tpdu.encode(&mut again).unwrap();
    prop_assert_eq!(&again[..len_again], &octets[..len]);

    let envelope = Envelope { smsc, tpdu };
    let digits = envelope.to_hex().unwrap();
    prop_assert_eq!(Envelope::<T>::from_hex(&digits).unwrap().strict(), Ok(envelope));
    prop_assert!(digits.ends_with(&common::hex(&octets[..len])));
    prop_assert_eq!(envelope.length(), len);

    // One octet less is never enough.
    prop_assert!(tpdu.encode(&mut vec![0; len - 1]).is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_deliver_survives(tpdu in delivers(), smsc in prop::option::of(numbers())) {
        survives(tpdu, smsc)?;
        survives(Incoming::Deliver(tpdu), smsc)?;
    }

    #[test]
    fn a_submit_survives(tpdu in submits(), smsc in prop::option::of(numbers())) {
        survives(tpdu, smsc)?;
        survives(Outgoing::Submit(tpdu), smsc)?;
    }

    #[test]
    fn a_status_report_survives(tpdu in status_reports()) {
        survives(tpdu, None)?;
        survives(Incoming::StatusReport(tpdu), None)?;
    }

    #[test]
    fn a_command_survives(tpdu in commands()) {
        survives(tpdu, None)?;
        survives(Outgoing::Command(tpdu), None)?;
    }

    #[test]
    fn a_deliver_report_survives(failure in causes(), parameters in parameters()) {
        let tpdu = DeliverReport { failure, parameters };
        survives(tpdu, None)?;
        survives(Outgoing::DeliverReport(tpdu), None)?;
    }

    #[test]
    fn a_submit_report_survives(failure in causes(), timestamp in timestamps(), parameters in parameters()) {
        let mut tpdu = SubmitReport::accepted(timestamp);
        tpdu.failure = failure;
        tpdu.parameters = parameters;
        survives(tpdu, None)?;
        survives(Incoming::SubmitReport(tpdu), None)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_octets_are_read_without_a_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let decoded = [
            Incoming::decode(&octets).map(|decoded| (decoded.warnings, reencode(&decoded.value))),
            Outgoing::decode(&octets).map(|decoded| (decoded.warnings, reencode(&decoded.value))),
        ];
        for (warnings, again) in decoded.into_iter().flatten() {
            if warnings.is_empty() {
                prop_assert_eq!(&again, &octets);
            }
        }
        for on in [Acknowledgement::Ack, Acknowledgement::Error] {
            let _ = DeliverReport::decode_as(&octets, on);
            let _ = SubmitReport::decode_as(&octets, on);
        }
        let _ = Envelope::<Incoming>::decode(&octets);
    }

    /// Random octets are hardly ever a message: here only what follows the first ones is random.
    #[test]
    fn odd_delivers_are_kept_and_their_text_is_bounded(
        mut tpdu in delivers().prop_map(|deliver| reencode(&deliver)),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        for (index, octet) in changes {
            let at = index.index(tpdu.len());
            tpdu[at] = octet;
        }
        for tpdu in [&tpdu[..], &tpdu[..cut.index(tpdu.len())]] {
            let Ok(decoded) = Deliver::decode(tpdu) else { continue };
            let deliver = decoded.value;
            let mut buffer = [0; 546];
            let text = deliver.text();
            prop_assert_eq!(deliver.write_text(&mut buffer).unwrap(), text.as_deref());
            if let Some(header) = deliver.header() {
                prop_assert_eq!(1 + header.octets().len(), deliver.user_data.header_octets().len());
            }
            // The kept parts are well-formed from now on, but for those that are kept raw.
            let again = reencode(&deliver);
            prop_assert_eq!(Deliver::decode(&again).unwrap().value, deliver);
            let _ = Reassembler::default().insert(Duration::ZERO, &deliver, ());
        }
    }

    #[test]
    fn any_page_and_any_string_are_read_without_a_panic(octets in prop::collection::vec(any::<u8>(), 0..=88), dcs: u8) {
        if let Ok(decoded) = Page::decode(&octets) {
            let page = decoded.value;
            let mut again = [0; Page::LEN];
            let len = page.encode(&mut again).unwrap();
            prop_assert_eq!(&again[..len], &octets);
            let _ = (page.text(), page.language(), Broadcasts::new(1).insert(Duration::ZERO, page));
        }
        let string = UssdString::new(CbsDcs::from_raw(dcs), octets);
        let _ = (string.text(), string.language(), string.warnings());
    }

    #[test]
    fn a_ussd_string_survives(text in "[ -Za-z0-9@£$¥èéùìòÇ€{}äöü\n]{0,182}") {
        // A text that ends in CR on an octet boundary is the one exception, and none of these does.
        prop_assert_eq!(UssdString::encode(&text).text(), Some(text));
    }

    #[test]
    fn a_date_is_the_one_that_its_digits_say(mut raw in any::<[u8; 7]>(), dates in any::<[bool; 6]>()) {
        // Of seven random octets next to none are a date.
        for (octet, date) in raw.iter_mut().zip(dates) {
            *octet = if date { 0x01 } else { *octet };
        }
        let digit = |digit: u8| if digit > 9 { 0 } else { digit };
        let numbers = raw.map(|octet| 10 * digit(octet & 0xF) + digit(octet >> 4));
        let zone = 10 * digit(raw[6] & 0x7) + digit(raw[6] >> 4);
        let date = Timestamp::from_raw(raw).date_time();
        let said = date.map(|date| {
            let year = u8::try_from(date.year % 100).unwrap();
            [year, date.month, date.day, date.hour, date.minute, date.second, date.quarters.unsigned_abs()]
        });
        if let Some(said) = said {
            prop_assert_eq!(&said[..6], &numbers[..6]);
            prop_assert_eq!(said[6], zone);
        }
        let [_, month, day, hour, minute, second, _] = numbers;
        let may_be = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
        prop_assert!(said.is_none() || may_be);
        prop_assert!(said.is_some() || !may_be || day > 28);
    }

    #[test]
    fn the_octets_of_an_address_are_read_one_as_all(
        kind: u8, len in 0_u8..32, octets in any::<[u8; 16]>(), filled: bool, after in 0..16_usize
    ) {
        let mut octets = octets.to_vec();
        octets.truncate(usize::from(len).div_ceil(2));
        if let Some(last) = octets.last_mut().filter(|_| filled && len % 2 == 1) {
            *last |= 0xF0;
        }
        let mut tpdu = vec![0x02, 0, len, kind];
        tpdu.extend(&octets);
        // Fewer octets after it than are read at once, and more.
        tpdu.extend([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80, 0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80, 0]);
        tpdu.extend(vec![0; after]);
        let decoded = StatusReport::decode(&tpdu).unwrap();
        let address = decoded.value.recipient;
        let semi_octets: Vec<u8> = octets.iter().flat_map(|octet| [octet & 0xF, octet >> 4]).collect();
        let len = usize::from(len.min(28));
        if address.is_alphanumeric() {
            prop_assert!(!decoded.warnings.contains(Warning::AddressFiller));
        } else {
            let digits = semi_octets[..len].iter().take_while(|&&digit| digit != 0xF);
            let digits: String = digits.map(|&digit| "0123456789*#abc".as_bytes()[usize::from(digit)] as char).collect();
            prop_assert_eq!(address.digits().collect::<String>(), &*digits);
            let odd = digits.len() < len || len % 2 == 1 && semi_octets[len] != 0xF;
            prop_assert_eq!(decoded.warnings.contains(Warning::AddressFiller), odd);
        }
        prop_assert_eq!(address.octet(), kind);
    }

    #[test]
    fn a_date_survives(raw in any::<[u8; 7]>(), stamp in timestamps()) {
        prop_assert_eq!(Timestamp::new(stamp.date_time().unwrap()), Ok(stamp));
        if let Some(time) = Timestamp::from_raw(raw).date_time() {
            prop_assert_eq!(Timestamp::new(time).unwrap().date_time(), Some(time));
        }
    }

    #[test]
    fn a_relative_validity_is_the_shortest_that_is_long_enough(seconds in 0_u64..=63 * 7 * 86_400) {
        let wanted = Duration::from_secs(seconds);
        let steps = (0..=255).map(RelativeValidity::from_raw);
        let naive = steps.into_iter().find(|step| step.duration() >= wanted);
        prop_assert_eq!(RelativeValidity::at_least(wanted).ok(), naive);
    }

    #[test]
    fn a_number_survives(text in "\\+?[0-9*#abc]{1,20}") {
        let address: Address = text.parse().unwrap();
        prop_assert_eq!(address.to_string(), text);
    }

    #[test]
    fn no_text_is_a_number_by_mistake(text in ".{0,24}") {
        if let Ok(address) = text.parse::<Address>() {
            let plain: String = text.chars().filter(|c| !" -.()".contains(*c)).collect();
            prop_assert_eq!(address.to_string(), plain);
        }
    }
}

fn reencode<T: Tpdu>(tpdu: &T) -> Vec<u8> {
    let mut octets = vec![0; tpdu.encoded_len()];
    let len = tpdu.encode(&mut octets).unwrap();
    octets.truncate(len);
    octets
}
