//! PDUs, parts and hexadecimal digits.

use core::hint::black_box;
use core::time::Duration;
use std::collections::HashMap;

use gsm7::{Alphabet, Coding};
use pdu::{
    Concatenation, Dcs, Deliver, DeliverRef, Envelope, Incoming, Information, Outcome, Reassembler,
    Reference, Submit, SubmitTemplate, Timestamp, UserData,
};
use sms_pdu::gsm_encoding::GsmMessageData;
use sms_pdu::hex::HexData;
use sms_pdu::pdu::{DeliverPdu, PduAddress, SubmitPdu};
use tpdu::{SMSAddress, SmsDeliver, SmsSubmit, unpack_gsm7};

use crate::characters::{ASCII, CYRILLIC, LATIN};
use crate::measure::{Aim, Candidate, NAIVE, Task, candidate, memcpy};

const OURS: &str = "pdu (ours)";
const VIEW: &str = "pdu (ours), a view";
const OWNED: &str = "pdu (ours), into a String";
const SMS_PDU: &str = "sms-pdu 1.1.0";
const TPDU: &str = "tpdu 2.1.0";
const NUMBER: &str = "+37120000000";
const PLAIN: Coding = Coding::Gsm7(Alphabet::DEFAULT);

pub(crate) fn tasks() -> Vec<Task<'static>> {
    let long: String = ASCII.chars().cycle().take(1_530).collect();
    let part = Concatenation::new(Reference::Sixteen(0x2A2A), 2, 1).map(Information::Concatenation);
    let header: Vec<Information<'_>> = part.into_iter().collect();
    let faster = |aim| vec![Aim::NoAllocation, Aim::Faster { than: SMS_PDU, aim }];
    vec![
        Task { aims: faster(18.0), ..reading("DELIVER from hex, 160 septets", ASCII, PLAIN, &[]) },
        Task {
            aims: faster(8.0),
            ..reading("DELIVER from hex, 160 septets of mixed Latin", LATIN, PLAIN, &[])
        },
        Task {
            aims: faster(8.0),
            ..reading("DELIVER from hex, 70 UTF-16 units", CYRILLIC, Coding::Ucs2, &[])
        },
        Task {
            aims: faster(15.0),
            ..reading("DELIVER from hex, a part of a long message", &ASCII[..152], PLAIN, &header)
        },
        Task { aims: faster(5.0), ..reading("DELIVER from hex, 7 septets", "Hi {}", PLAIN, &[]) },
        Task { aims: faster(20.0), ..writing("SUBMIT to hex, 160 septets", ASCII) },
        Task { aims: faster(8.0), ..writing("SUBMIT to hex, 160 septets of mixed Latin", LATIN) },
        Task { aims: faster(15.0).split_off(1), ..writing("SUBMIT to hex, 10 parts", leak(long)) },
        reassembling(),
        to_hex(),
        from_hex(),
    ]
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn deliver(sender: &str, text: &str, coding: Coding, header: &[Information<'_>]) -> String {
    let stamp = Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80]);
    let user_data = UserData::text(text, coding, header).expect("fits");
    let tpdu = Deliver::new(sender.parse().expect("a number"), stamp)
        .with_user_data(Dcs::of(coding, None), user_data);
    let smsc = Some("+37129999999".parse().expect("a number"));
    Envelope { smsc, tpdu }.to_hex().expect("well-formed")
}

/// Decodes hexadecimal digits to sender, time and text.
fn reading(name: &str, text: &str, coding: Coding, header: &[Information<'_>]) -> Task<'static> {
    let digits = leak(deliver(NUMBER, text, coding, header));
    let read = |digits: &str| match Envelope::<Incoming>::from_hex(digits)
        .expect("well-formed")
        .value
        .tpdu
    {
        Incoming::Deliver(deliver) => deliver,
        _ => unreachable!("a DELIVER"),
    };
    let show = |sender: &dyn core::fmt::Display, minute: u8, text: &str| {
        format!("{sender} {minute} {text}")
    };
    let mut candidates = vec![
        candidate(
            VIEW,
            ([0; 543], [0; Envelope::<DeliverRef<'_>>::MAX_OCTETS]),
            move |(text, octets)| {
                let view = Envelope::<DeliverRef<'_>>::view_hex(black_box(digits), octets);
                let deliver = view.expect("well-formed").value.tpdu;
                let length = deliver.write_text(text).expect("room").map_or(0, str::len);
                (deliver.originator, deliver.timestamp.date_time(), length)
            },
            |(text, _), (sender, time, length)| {
                let text = String::from_utf8_lossy(&text[..length]);
                show(&sender, time.map_or(0, |time| time.minute), &text)
            },
        ),
        candidate(
            OURS,
            [0; 543],
            move |text| {
                let deliver = read(black_box(digits));
                let length = deliver.write_text(text).expect("room").map_or(0, str::len);
                (deliver.originator, deliver.timestamp.date_time(), length)
            },
            |text, (sender, time, length)| {
                let text = String::from_utf8_lossy(&text[..length]);
                show(&sender, time.map_or(0, |time| time.minute), &text)
            },
        ),
        candidate(
            OWNED,
            (),
            move |()| {
                let deliver = read(black_box(digits));
                (deliver.originator, deliver.timestamp.date_time(), deliver.text())
            },
            |(), (sender, time, text)| {
                show(&sender, time.map_or(0, |time| time.minute), &text.unwrap_or_default())
            },
        ),
        candidate(
            SMS_PDU,
            (),
            move |()| {
                let octets = HexData::decode(black_box(digits)).expect("digits");
                let deliver = DeliverPdu::try_from(&octets[..]).expect("well-formed");
                let text = deliver.get_message_data().decode_message().map(|message| message.text);
                (deliver.originating_address, deliver.scts, text)
            },
            |(), (sender, time, text)| show(&sender, time.minute, &text.unwrap_or_default()),
        ),
    ];
    // `tpdu` does not read hexadecimal digits, the service centre or UCS-2.
    if coding == PLAIN {
        candidates.push(candidate(
            TPDU,
            (),
            move |()| {
                let octets = HexData::decode(black_box(digits)).expect("digits");
                let deliver =
                    SmsDeliver::decode(&octets[1 + usize::from(octets[0])..]).expect("well-formed");
                let text = unpack_gsm7(&deliver.tp_user_data, deliver.tp_user_data_length.into());
                (deliver.tp_originating_address, deliver.tp_service_centre_timestamp, text)
            },
            |(), (sender, _, text)| {
                // The time is not compared.
                show(&format_args!("+{}", sender.address), 59, &text.unwrap_or_default())
            },
        ));
    }
    candidates.push(memcpy(digits.as_bytes()));
    Task {
        name: name.into(),
        bytes: digits.len() / 2,
        expected: format!("{NUMBER} 59 {text}"),
        candidates,
        aims: Vec::new(),
    }
}

/// Decodes the digits of all parts with `pdu`: recipient and text.
fn recipient_and_text<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut reassembler = Reassembler::default();
    for digits in parts {
        let Ok(decoded) = Envelope::<Submit>::from_hex(digits) else {
            return "not readable".into();
        };
        let submit = decoded.value.tpdu;
        let deliver = Deliver::new(submit.destination, Timestamp::default())
            .with_user_data(submit.dcs, submit.user_data);
        if let Outcome::Complete(message) = reassembler.insert(Duration::ZERO, &deliver, ()) {
            return format!("{} {}", message.sender(), message.text().unwrap_or_default());
        }
    }
    "not complete".into()
}

/// Encodes a text to the digits of all parts.
fn writing(name: &str, text: &'static str) -> Task<'static> {
    let template = SubmitTemplate::new(NUMBER.parse().expect("a number"));
    let recipient: PduAddress = NUMBER.parse().expect("a number");
    let is_single = template.single(text).is_some();
    let ours: Candidate<'static> = if is_single {
        candidate(
            OURS,
            [0; 400],
            move |digits| {
                let (_, submit) = template.single(black_box(text)).expect("one part");
                Envelope::new(submit).write_hex(digits).expect("room").len()
            },
            |digits, length| {
                recipient_and_text([core::str::from_utf8(&digits[..length]).unwrap_or_default()])
            },
        )
    } else {
        candidate(
            OURS,
            [([0; 400], 0); 10],
            move |parts| {
                let split =
                    template.split(black_box(text), Reference::Eight(7)).expect("ten parts");
                for (part, (digits, length)) in split.parts.iter().zip(parts) {
                    *length = Envelope::new(*part).write_hex(digits).expect("room").len();
                }
            },
            |parts, ()| {
                let digits =
                    parts.iter().map(|(digits, length)| core::str::from_utf8(&digits[..*length]));
                recipient_and_text(digits.map(Result::unwrap_or_default))
            },
        )
    };
    let mut candidates = vec![
        ours,
        candidate(
            OWNED,
            (),
            move |()| {
                let split = template.split(black_box(text), Reference::Eight(7)).expect("fits");
                let parts = split
                    .parts
                    .iter()
                    .map(|part| Envelope::new(*part).to_hex().expect("well-formed"));
                parts.collect::<Vec<_>>()
            },
            |(), parts| recipient_and_text(parts.iter().map(String::as_str)),
        ),
        candidate(
            SMS_PDU,
            recipient,
            move |recipient| {
                let messages = GsmMessageData::encode_message(black_box(text)).into_iter();
                let submits = messages
                    .map(|message| SubmitPdu::make_simple_message(recipient.clone(), message));
                submits.map(|submit| HexData(&submit.as_bytes().0).to_string()).collect::<Vec<_>>()
            },
            |_, parts| recipient_and_text(parts.iter().map(String::as_str)),
        ),
    ];
    // `tpdu` does not split messages or write hexadecimal digits.
    if is_single {
        candidates.push(candidate(
            TPDU,
            (),
            move |()| {
                let recipient = SMSAddress { ton: 1, npi: 1, address: NUMBER[1..].to_owned() };
                let builder = SmsSubmit::builder().destination_address(recipient);
                let submit = builder.gsm7_text(black_box(text)).build().expect("fits");
                HexData(&submit.encode().expect("well-formed")).to_string()
            },
            // `tpdu` omits the service centre.
            |(), digits| recipient_and_text([format!("00{digits}").as_str()]),
        ));
    }
    candidates.push(memcpy(text.as_bytes()));
    Task {
        name: name.into(),
        bytes: text.len(),
        expected: format!("{NUMBER} {text}"),
        candidates,
        aims: Vec::new(),
    }
}

/// Reassembles 300 messages of ten parts; all first parts come before all second parts.
fn reassembling() -> Task<'static> {
    let text = &ASCII[..152];
    let digits: &'static [String] = Vec::leak(
        (0..3_000_u16)
            .map(|at| {
                let sequence = u8::try_from(at / 300 + 1).expect("ten parts");
                let part =
                    Concatenation::new(Reference::Sixteen(at % 300), 10, sequence).expect("a part");
                deliver(
                    &format!("+371{:08}", at % 300),
                    text,
                    PLAIN,
                    &[Information::Concatenation(part)],
                )
            })
            .collect(),
    );
    let found = |complete: usize, octets: usize| format!("{complete} messages of {octets} octets");
    Task {
        name: "reassembly of 3,000 interleaved parts, from hex".into(),
        bytes: digits.iter().map(|digits| digits.len() / 2).sum(),
        expected: found(300, 300 * 10 * text.len()),
        candidates: vec![
            candidate(
                OURS,
                (),
                move |()| {
                    let mut reassembler = Reassembler::default();
                    let (mut complete, mut octets) = (0, 0);
                    let mut buffer = [0; Envelope::<DeliverRef<'_>>::MAX_OCTETS];
                    for digits in digits {
                        let view =
                            Envelope::<DeliverRef<'_>>::view_hex(black_box(digits), &mut buffer);
                        let deliver = view.expect("well-formed").value.tpdu;
                        if let Outcome::Complete(message) =
                            reassembler.insert(Duration::ZERO, deliver, ())
                        {
                            complete += 1;
                            octets += message.text().map_or(0, |text| text.len());
                        }
                    }
                    (complete, octets)
                },
                |(), (complete, octets)| found(complete, octets),
            ),
            candidate(
                SMS_PDU,
                (),
                |()| with_sms_pdu(digits),
                |(), (complete, octets)| found(complete, octets),
            ),
        ],
        aims: vec![Aim::Faster { than: SMS_PDU, aim: 12.0 }],
    }
}

/// Reassembles the parts with the types of `sms-pdu`, as an application would.
fn with_sms_pdu(digits: &[String]) -> (usize, usize) {
    let mut pending: HashMap<(String, u16, u8), Vec<(u8, String)>> = HashMap::new();
    let (mut complete, mut octets) = (0, 0);
    for digits in digits {
        let data = HexData::decode(black_box(digits)).expect("digits");
        let deliver = DeliverPdu::try_from(&data[..]).expect("well-formed");
        let message = deliver.get_message_data().decode_message().expect("text");
        let part =
            message.udh.and_then(|header| header.get_concatenated_sms_data()).expect("a part");
        let key = (deliver.originating_address.to_string(), part.reference, part.parts);
        let parts = pending.entry(key.clone()).or_default();
        parts.push((part.sequence, message.text));
        if parts.len() == usize::from(part.parts) {
            parts.sort();
            let text: String = parts.drain(..).map(|(_, text)| text).collect();
            complete += 1;
            octets += text.len();
            pending.remove(&key);
        }
    }
    (complete, octets)
}

/// The octets of a TPDU-like pattern, whose hexadecimal digits and letters are unpredictable.
fn octets() -> &'static [u8] {
    let octet = |at: u8| at.wrapping_mul(167) ^ at.rotate_left(3) ^ 0x5A;
    Vec::leak((0..154).map(octet).collect())
}

const HEX: &str = "faster-hex, as in pdu";

fn to_hex() -> Task<'static> {
    let octets = octets();
    Task {
        name: "hex encode, 154 octets".into(),
        bytes: octets.len(),
        expected: hex(octets),
        candidates: vec![
            candidate(
                HEX,
                [0; 308],
                |out| faster_hex::hex_encode_upper(black_box(octets), out).expect("room").len(),
                |out, length| String::from_utf8_lossy(&out[..length]).into_owned(),
            ),
            candidate(
                NAIVE,
                (),
                move |()| octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>(),
                |(), digits| digits,
            ),
            candidate(
                SMS_PDU,
                (),
                |()| HexData(black_box(octets)).to_string(),
                |(), digits| digits,
            ),
            memcpy(octets),
        ],
        aims: vec![Aim::Faster { than: SMS_PDU, aim: 30.0 }],
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

fn from_hex() -> Task<'static> {
    let digits = leak(hex(octets()));
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit - b'A' + 10,
    };
    Task {
        name: "hex decode, 154 octets".into(),
        bytes: digits.len() / 2,
        expected: format!("{:02X?}", octets()),
        candidates: vec![
            candidate(
                HEX,
                [0; 154],
                |out| faster_hex::hex_decode(black_box(digits.as_bytes()), out).expect("digits"),
                |out, ()| format!("{out:02X?}"),
            ),
            candidate(
                NAIVE,
                (),
                move |()| {
                    let pairs = black_box(digits.as_bytes()).chunks_exact(2);
                    pairs.map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect::<Vec<u8>>()
                },
                |(), octets| format!("{octets:02X?}"),
            ),
            candidate(
                SMS_PDU,
                (),
                |()| HexData::decode(black_box(digits)).expect("digits"),
                |(), octets| format!("{octets:02X?}"),
            ),
            memcpy(octets()),
        ],
        aims: vec![Aim::Faster { than: SMS_PDU, aim: 15.0 }],
    }
}
