//! Characters and septets.

use core::hint::black_box;
use std::io::Cursor;

use gsm7::{Alphabet, Codings};
use ref_gsm7::{Gsm7Reader, Gsm7Writer};
use sms_pdu::gsm_encoding::GsmMessageData;

use crate::measure::{Aim, Candidate, NAIVE, Task, candidate, memcpy};
use crate::naive;

const OURS: &str = "gsm7 (ours)";
const CUTS: &str = "gsm7 (ours), and its cuts";
const GSM7: &str = "gsm7 0.4.1";
const SMS_PDU: &str = "sms-pdu 1.1.0";
const STD: &str = "std";

/// A text of 160 septets, all ASCII.
pub(crate) const ASCII: &str = "Your parcel 4711 leaves the depot at 08:15 and should be with you between 10:00 and 12:30. \
                                Not at home? Answer with 1 for tomorrow, 2 for a locker, 3 for a shop";
/// A western European text of 160 septets.
pub(crate) const LATIN: &str = "Grüße aus Köln: Das Päckchen für Frau Müller, Straße 8, kommt später. Où était l'été à Meudon? \
                     Señor Nuñe è già là, così è; blåbær og fløde, ¿qué pasa? Åse på ø";
/// A text of 160 septets in which half of the characters take two septets.
const EXTENDED: &str = "{[~]}|^\\{a}[b]~c|d^e\\f{[€]}{\"k\":[1,2,{\"x\":\"€5\"}]}|~|{[~]}|^\\{a}[b]~c|d^e\\f{[€]}{[~]}|^\\{a}[b]~c";
/// A text of 70 UTF-16 units.
pub(crate) const CYRILLIC: &str =
    "Ваш заказ № 4711 прибудет завтра с 10 до 12 часов, ждите звонка! 😀 Ок";

static LONG: [u8; 65_536] = [0x61; 65_536];

pub(crate) fn tasks() -> Vec<Task<'static>> {
    let mut tasks = vec![
        packing("pack 160 septets", &LONG[..160]),
        unpacking("unpack 160 septets", 160),
        packing("pack 64 KiB", &LONG),
        unpacking("unpack 64 KiB", LONG.len()),
    ];
    for (name, text) in [("ASCII", ASCII), ("mixed Latin", LATIN), ("extension-heavy", EXTENDED)] {
        tasks.push(to_octets(name, text));
        tasks.push(to_text(name, text));
        tasks.push(counting(name, text));
        tasks.push(fitting(name, text));
    }
    tasks.push(to_ucs2());
    tasks.push(from_ucs2());
    tasks
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// The aims of packing: no other crate packs septets alone.
fn aims_of_packing(octets: usize) -> Vec<Aim> {
    if octets > 1_000 {
        return vec![Aim::Faster { than: NAIVE, aim: 40.0 }, Aim::MemcpyTimes { aim: 11.0 }];
    }
    vec![Aim::Faster { than: NAIVE, aim: 30.0 }, Aim::MemcpyTimes { aim: 6.0 }]
}

/// The aims of a text in septets or back, with the best rival of the row.
fn aims_of_text(name: &str, to_octets: bool) -> Vec<Aim> {
    let (than, aim) = match (name, to_octets) {
        ("ASCII", true) => (SMS_PDU, 15.0),
        ("ASCII", false) => (GSM7, 7.0),
        ("mixed Latin", false) => (GSM7, 2.5),
        // Mixed Latin, and many characters with an escape.
        (_, true) => (SMS_PDU, 4.0),
        (_, false) => (GSM7, 1.5),
    };
    vec![Aim::NoAllocation, Aim::Faster { than, aim }]
}

fn packing(name: &str, septets: &'static [u8]) -> Task<'static> {
    let candidates = vec![
        candidate(
            OURS,
            vec![0; septets.len()],
            |out| gsm7::pack(black_box(septets), 0, out).expect("septets"),
            |out, count| hex(&out[..count]),
        ),
        candidate(NAIVE, (), |()| naive::pack(black_box(septets), 0), |(), octets| hex(&octets)),
        memcpy(septets),
    ];
    Task {
        name: name.into(),
        bytes: septets.len(),
        expected: hex(&naive::pack(septets, 0)),
        candidates,
        aims: aims_of_packing(septets.len()),
    }
}

fn unpacking(name: &str, count: usize) -> Task<'static> {
    let octets = gsm7::pack_to_vec(&LONG[..count], 0).expect("septets");
    let candidates = vec![
        candidate(
            OURS,
            (octets.clone(), vec![0; count]),
            |(octets, out)| gsm7::unpack(black_box(octets), 0, out).expect("whole"),
            |(_, out), ()| hex(out),
        ),
        candidate(
            NAIVE,
            octets,
            move |octets| naive::unpack(black_box(octets), 0, count),
            |_, septets| hex(&septets),
        ),
        memcpy(&LONG[..count]),
    ];
    Task {
        name: name.into(),
        bytes: count,
        expected: hex(&LONG[..count]),
        candidates,
        aims: aims_of_packing(count),
    }
}

fn to_octets(name: &str, text: &'static str) -> Task<'static> {
    let candidates = vec![
        candidate(
            OURS,
            ([0; 160], [0; 140]),
            |(septets, octets)| {
                let count = gsm7::encode(black_box(text), Alphabet::DEFAULT, septets)
                    .expect("in the alphabet");
                gsm7::pack(&septets[..count], 0, octets).expect("septets")
            },
            |(_, octets), count| hex(&octets[..count]),
        ),
        candidate(
            NAIVE,
            (),
            |()| {
                naive::pack(
                    &naive::encode(black_box(text), Alphabet::DEFAULT).expect("in the alphabet"),
                    0,
                )
            },
            |(), octets| hex(&octets),
        ),
        candidate(
            GSM7,
            (),
            |()| {
                let mut writer = Gsm7Writer::new(Vec::new());
                writer.write_str(black_box(text)).expect("in the alphabet");
                writer.into_writer().expect("memory")
            },
            |(), octets| hex(&octets),
        ),
        candidate(
            SMS_PDU,
            (),
            |()| GsmMessageData::encode_message(black_box(text)),
            |(), messages| messages.iter().map(|message| hex(message.as_bytes())).collect(),
        ),
        memcpy(text.as_bytes()),
    ];
    Task {
        name: format!("{name} text to packed, 160 septets"),
        bytes: 160,
        expected: hex(&naive::pack(
            &naive::encode(text, Alphabet::DEFAULT).expect("in the alphabet"),
            0,
        )),
        candidates,
        aims: aims_of_text(name, true),
    }
}

fn to_text(name: &str, text: &'static str) -> Task<'static> {
    let septets = naive::encode(text, Alphabet::DEFAULT).expect("in the alphabet");
    let (octets, count) = (naive::pack(&septets, 0), septets.len());
    let ours: Candidate<'_> = candidate(
        OURS,
        (octets.clone(), [0; 160], [0; 480]),
        move |(octets, septets, out)| {
            gsm7::unpack(black_box(octets), 0, &mut septets[..count]).expect("whole");
            gsm7::decode(&septets[..count], Alphabet::DEFAULT, out).expect("room").text.len()
        },
        |(_, _, out), length| String::from_utf8_lossy(&out[..length]).into_owned(),
    );
    let candidates = vec![
        ours,
        candidate(
            NAIVE,
            octets.clone(),
            move |octets| {
                naive::decode(&naive::unpack(black_box(octets), 0, count), Alphabet::DEFAULT)
            },
            |_, text| text,
        ),
        candidate(
            GSM7,
            octets,
            |octets| Gsm7Reader::new(Cursor::new(black_box(octets))).collect::<Result<String, _>>(),
            |_, text| text.unwrap_or_default().to_string(),
        ),
        memcpy(text.as_bytes()),
    ];
    Task {
        name: format!("packed to {name} text, 160 septets"),
        bytes: 160,
        expected: text.into(),
        candidates,
        aims: aims_of_text(name, false),
    }
}

fn counting(name: &str, text: &'static str) -> Task<'static> {
    let candidates = vec![
        candidate(
            OURS,
            (),
            |()| gsm7::count(black_box(text), Alphabet::DEFAULT).expect("in the alphabet"),
            |(), count| count.to_string(),
        ),
        candidate(
            NAIVE,
            (),
            |()| naive::encode(black_box(text), Alphabet::DEFAULT).expect("in the alphabet").len(),
            |(), count| count.to_string(),
        ),
        memcpy(text.as_bytes()),
    ];
    Task {
        name: format!("count the septets of {name} text, 160"),
        bytes: 160,
        expected: "160".into(),
        candidates,
        aims: vec![Aim::NoAllocation],
    }
}

/// Finds the cheapest coding, and the cuts into parts of 70 septets.
fn fitting(name: &str, text: &'static str) -> Task<'static> {
    let candidates = vec![
        candidate(
            OURS,
            (),
            |()| gsm7::fit(black_box(text), Codings::DEFAULT).expect("fits").units(),
            |(), units| units.to_string(),
        ),
        candidate(
            CUTS,
            (),
            |()| {
                let fit = gsm7::fit(black_box(text), Codings::DEFAULT).expect("fits");
                fit.cuts(70).map(str::len).sum::<usize>()
            },
            |(), octets| {
                // The parts contain the whole text.
                assert_eq!(octets, text.len());
                "160".into()
            },
        ),
        memcpy(text.as_bytes()),
    ];
    Task {
        name: format!("cheapest coding of {name} text, 160 septets"),
        bytes: 160,
        expected: "160".into(),
        candidates,
        aims: vec![Aim::NoAllocation],
    }
}

fn to_ucs2() -> Task<'static> {
    let candidates = vec![
        candidate(
            OURS,
            [0; 140],
            |out| gsm7::ucs2::encode(black_box(CYRILLIC), out).expect("room"),
            |out, count| hex(&out[..count]),
        ),
        candidate(
            NAIVE,
            (),
            |()| naive::encode_ucs2(black_box(CYRILLIC)),
            |(), octets| hex(&octets),
        ),
        candidate(
            STD,
            Vec::with_capacity(140),
            |octets| {
                octets.clear();
                octets.extend(black_box(CYRILLIC).encode_utf16().flat_map(u16::to_be_bytes));
            },
            |octets, ()| hex(octets),
        ),
        memcpy(CYRILLIC.as_bytes()),
    ];
    Task {
        name: "UCS-2 encode, 70 units".into(),
        bytes: 140,
        expected: hex(&naive::encode_ucs2(CYRILLIC)),
        candidates,
        aims: vec![Aim::NoAllocation, Aim::Faster { than: STD, aim: 3.0 }],
    }
}

fn from_ucs2() -> Task<'static> {
    let octets = naive::encode_ucs2(CYRILLIC);
    let candidates = vec![
        candidate(
            OURS,
            (octets.clone(), [0; 210]),
            |(octets, out)| gsm7::ucs2::decode(black_box(octets), out).expect("room").text.len(),
            |(_, out), length| String::from_utf8_lossy(&out[..length]).into_owned(),
        ),
        candidate(
            NAIVE,
            octets.clone(),
            |octets| naive::decode_ucs2(black_box(octets)),
            |_, text| text,
        ),
        candidate(
            STD,
            (octets, [0; 70]),
            |(octets, units)| {
                let pairs = black_box(octets).chunks_exact(2);
                for (unit, pair) in units.iter_mut().zip(pairs) {
                    *unit = u16::from_be_bytes([pair[0], pair[1]]);
                }
                String::from_utf16(units)
            },
            |_, text| text.unwrap_or_default(),
        ),
        memcpy(CYRILLIC.as_bytes()),
    ];
    Task {
        name: "UCS-2 decode, 70 units".into(),
        bytes: 140,
        expected: CYRILLIC.into(),
        candidates,
        aims: vec![Aim::NoAllocation, Aim::Faster { than: STD, aim: 1.8 }],
    }
}
