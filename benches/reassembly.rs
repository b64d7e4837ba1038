//! What a part costs the reassembler, whatever is pending.
//!
//! First the ratios, from calls that take turns in one process; then the figures of criterion.

mod ways;

use core::hint::black_box;
use core::time::Duration;

use criterion::Throughput;
use pdu::{
    Address, Concatenation, Deliver, Envelope, Information, Limits, Outcome, Reassembler, Reference,
    Timestamp, UserData,
};
use sms_pdu::hex::HexData;
use sms_pdu::pdu::DeliverPdu;
use std::collections::HashMap;
use ways::{Task, way};

const NOW: Duration = Duration::ZERO;
/// Parts of the task that others can be measured against.
const PARTS: u16 = 3_000;

fn main() {
    let digits = interleaved();
    let mut tasks = vec![Task {
        name: "3,000 interleaved parts, from hex",
        amount: Throughput::Elements(PARTS.into()),
        ways: vec![
            way("pdu", || {
                let mut reassembler = Reassembler::default();
                digits
                    .iter()
                    .filter(|digits| take(&mut reassembler, digits))
                    .count()
            }),
            way("sms-pdu 1.1", || with_sms_pdu(&digits)),
        ],
    }];
    // The same two parts of a message, with more and more of others pending.
    let quick = std::env::args().any(|argument| argument == "--test");
    let most = if quick { 10_000 } else { 1_000_000 };
    let pending = [1_000, 10_000, 100_000, 1_000_000]
        .into_iter()
        .filter(|pending| *pending <= most);
    let names = [
        "1,000 pending",
        "10,000 pending",
        "100,000 pending",
        "1,000,000 pending",
    ];
    for (pending, name) in pending.zip(names) {
        let mut reassembler = filled(pending);
        let parts = [1, 2].map(|sequence| part(sender(pending / 2), Reference::Eight(1), 2, sequence));
        let two = way("two parts", move || {
            let first = reassembler.insert(NOW, black_box(&parts[0]), 0_u32);
            assert!(matches!(first, Outcome::Pending { displaced: None, .. }));
            reassembler.insert(NOW, black_box(&parts[1]), 1)
        });
        tasks.push(Task {
            name,
            amount: Throughput::Elements(2),
            ways: vec![two],
        });
    }
    ways::run(&mut tasks);
}

/// Whether a message is complete with this part.
fn take(reassembler: &mut Reassembler<()>, digits: &str) -> bool {
    let deliver = Envelope::<Deliver>::from_hex(black_box(digits))
        .expect("well-formed")
        .value
        .tpdu;
    match reassembler.insert(NOW, &deliver, ()) {
        Outcome::Complete(message) => message.text().is_some(),
        _ => false,
    }
}

/// Puts the parts together with the other crate's types, as an application would.
fn with_sms_pdu(digits: &[String]) -> usize {
    let mut pending: HashMap<(String, u16, u8), Vec<(u8, String)>> = HashMap::new();
    let mut complete = 0;
    for digits in digits {
        let octets = HexData::decode(black_box(digits)).expect("digits");
        let deliver = DeliverPdu::try_from(&octets[..]).expect("well-formed");
        let message = deliver.get_message_data().decode_message().expect("text");
        let part = message
            .udh
            .and_then(|header| header.get_concatenated_sms_data())
            .expect("a part");
        let key = (
            deliver.originating_address.to_string(),
            part.reference,
            part.parts,
        );
        let parts = pending.entry(key.clone()).or_default();
        parts.push((part.sequence, message.text));
        if parts.len() == usize::from(part.parts) {
            parts.sort();
            let text: String = parts.drain(..).map(|(_, text)| text).collect();
            complete += usize::from(!black_box(text).is_empty());
            pending.remove(&key);
        }
    }
    complete
}

/// 300 messages of ten parts, all first parts before all second ones.
fn interleaved() -> Vec<String> {
    let parts = (0..PARTS).map(|at| {
        let (sequence, message) = (at / 300, at % 300);
        let sequence = u8::try_from(sequence + 1).expect("ten parts");
        part(
            sender(u32::from(message)),
            Reference::Sixteen(message),
            10,
            sequence,
        )
    });
    parts
        .map(|part| Envelope::new(part).to_hex().expect("well-formed"))
        .collect()
}

/// One part each of so many messages.
fn filled(pending: u32) -> Reassembler<u32> {
    let limits = Limits {
        parts: usize::MAX,
        ..Limits::default()
    };
    let mut reassembler = Reassembler::new(limits);
    for number in 0..pending {
        let outcome = reassembler.insert(NOW, &part(sender(number), Reference::Sixteen(1), 2, 1), number);
        assert!(matches!(outcome, Outcome::Pending { .. }));
    }
    reassembler
}

fn sender(number: u32) -> Address {
    format!("+371{number:08}").parse().expect("a number")
}

fn part(sender: Address, reference: Reference, total: u8, sequence: u8) -> Deliver {
    let concatenation = Concatenation::new(reference, total, sequence).expect("a part");
    let header = [Information::Concatenation(concatenation)];
    let text = "This is one of the parts of a long message, as full as it can be, but for what the header of it takes. \
                Others are to come before and behind it. 12345";
    let user_data = UserData::text(text, gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT), &header).expect("fits");
    Deliver {
        user_data,
        ..Deliver::new(
            sender,
            Timestamp::from_raw([0x62, 0x20, 0x82, 0x32, 0x95, 0x10, 0x80]),
        )
    }
}
