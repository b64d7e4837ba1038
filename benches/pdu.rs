//! PDUs against memcpy and the crates `sms-pdu` and `tpdu`.
//!
//! First the ratios, from calls that take turns in one process; then the figures of criterion.

mod ways;

use core::hint::black_box;

use criterion::Throughput;
use pdu::{Deliver, Envelope, Incoming, Reference, SubmitTemplate, Timestamp, UserData};
use sms_pdu::gsm_encoding::GsmMessageData;
use sms_pdu::hex::HexData;
use sms_pdu::pdu::{DeliverPdu, PduAddress, SubmitPdu};
use tpdu::{SMSAddress, SmsDeliver, SmsSubmit, unpack_gsm7};
use ways::{Task, Way, way};

/// 160 septets, all of them ASCII.
const ASCII: &str = "Your parcel 4711 leaves the depot at 08:15 and should be with you between 10:00 and 12:30. \
                     Not at home? Answer with 1 for tomorrow, 2 for a locker, 3 for a shop";
const NUMBER: &str = "+37120000000";

fn main() {
    let digits = deliver(ASCII, gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT));
    let cyrillic = deliver(
        "Ваш заказ № 4711 прибудет завтра с 10 до 12 часов, ждите звонка! 😀 Ок",
        gsm7::Coding::Ucs2,
    );
    let long: String = ASCII.chars().cycle().take(1_530).collect();
    let mut tasks = [
        reading("DELIVER of 160 septets", &digits),
        reading("DELIVER of 70 UTF-16 units", &cyrillic),
        writing("SUBMIT of 160 septets", ASCII),
        writing("SUBMIT of 10 parts", &long),
    ];
    ways::run(&mut tasks);
}

fn deliver(text: &str, coding: gsm7::Coding) -> String {
    let deliver = Deliver {
        dcs: pdu::Dcs::of(coding, None),
        user_data: UserData::text(text, coding, &[]).expect("fits"),
        ..Deliver::new(
            NUMBER.parse().expect("a number"),
            Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80]),
        )
    };
    let smsc = Some("+37129999999".parse().expect("a number"));
    Envelope { smsc, tpdu: deliver }.to_hex().expect("well-formed")
}

/// From digits to sender, time and text.
fn reading<'a>(name: &'a str, digits: &'a str) -> Task<'a> {
    let mut text = [0; 543];
    let mut copy = vec![0; digits.len()];
    let mut ways = vec![
        way("pdu", move || {
            let decoded = Envelope::<Incoming>::from_hex(black_box(digits)).expect("well-formed");
            let Incoming::Deliver(deliver) = decoded.value.tpdu else {
                unreachable!("a DELIVER")
            };
            let text = deliver.write_text(&mut text).expect("room").map(str::len);
            (deliver.originator, deliver.timestamp.date_time(), text)
        }),
        way("pdu, String", move || {
            let decoded = Envelope::<Incoming>::from_hex(black_box(digits)).expect("well-formed");
            let Incoming::Deliver(deliver) = decoded.value.tpdu else {
                unreachable!("a DELIVER")
            };
            (deliver.originator, deliver.timestamp.date_time(), deliver.text())
        }),
        way("sms-pdu 1.1", move || {
            let octets = HexData::decode(black_box(digits)).expect("digits");
            let deliver = DeliverPdu::try_from(&octets[..]).expect("well-formed");
            let text = deliver.get_message_data().decode_message().expect("text").text;
            (deliver.originating_address, deliver.scts, text)
        }),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(digits.as_bytes()));
        }),
    ];
    // It reads neither digits nor the service centre nor, of itself, UCS-2.
    if name.contains("septets") {
        ways.push(way("tpdu 2.1", move || {
            let octets = HexData::decode(black_box(digits)).expect("digits");
            let deliver = SmsDeliver::decode(&octets[1 + usize::from(octets[0])..]).expect("well-formed");
            let text =
                unpack_gsm7(&deliver.tp_user_data, deliver.tp_user_data_length.into()).expect("septets");
            (
                deliver.tp_originating_address,
                deliver.tp_service_centre_timestamp,
                text,
            )
        }));
    }
    Task {
        name,
        amount: Throughput::Bytes(digits.len() as u64 / 2),
        ways,
    }
}

/// From text to the digits of all parts.
fn writing<'a>(name: &'a str, text: &'a str) -> Task<'a> {
    let template = SubmitTemplate::new(NUMBER.parse().expect("a number"));
    let recipient: PduAddress = NUMBER.parse().expect("a number");
    let mut digits = [0; 400];
    let mut copy = vec![0; text.len()];
    let ours: Way<'_> = if text.len() <= 160 {
        way("pdu", move || {
            let (_, submit) = template.single(black_box(text)).expect("one part");
            Envelope::new(submit).write_hex(&mut digits).expect("room").len()
        })
    } else {
        way("pdu", move || {
            let split = template
                .split(black_box(text), Reference::Eight(7))
                .expect("ten parts");
            split
                .parts
                .iter()
                .map(|part| Envelope::new(*part).write_hex(&mut digits).expect("room").len())
                .sum::<usize>()
        })
    };
    let mut ways = vec![
        ours,
        way("pdu, String", move || {
            let split = template
                .split(black_box(text), Reference::Eight(7))
                .expect("fits");
            split
                .parts
                .iter()
                .map(|part| Envelope::new(*part).to_hex().expect("well-formed"))
                .collect::<Vec<_>>()
        }),
        way("sms-pdu 1.1", move || {
            let messages = GsmMessageData::encode_message(black_box(text));
            let submits = messages
                .into_iter()
                .map(|message| SubmitPdu::make_simple_message(recipient.clone(), message));
            submits
                .map(|submit| HexData(&submit.as_bytes().0).to_string())
                .collect::<Vec<_>>()
        }),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(text.as_bytes()));
        }),
    ];
    // It does not split, nor write digits.
    if text.len() <= 160 {
        ways.push(way("tpdu 2.1", move || {
            let recipient = SMSAddress {
                ton: 1,
                npi: 1,
                address: NUMBER[1..].to_owned(),
            };
            let submit = SmsSubmit::builder()
                .destination_address(recipient)
                .gsm7_text(black_box(text))
                .build()
                .expect("fits");
            HexData(&submit.encode().expect("well-formed")).to_string()
        }));
    }
    Task {
        name,
        amount: Throughput::Bytes(text.len() as u64),
        ways,
    }
}
