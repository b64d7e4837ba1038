//! The codec of 3GPP TS 23.038 against the naive way, memcpy and the crate `gsm7`.
//!
//! First the ratios, from calls that take turns in one process; then the figures of criterion.

#[path = "../gsm7/tests/gsm7/naive.rs"]
mod naive;
mod ways;

use core::hint::black_box;
use std::io::Cursor;

use criterion::Throughput;
use gsm7::{Alphabet, Codings};
use ref_gsm7::{Gsm7Reader, Gsm7Writer};
use ways::{Task, way};

const DEFAULT: Alphabet = Alphabet::DEFAULT;

/// 160 septets, all of them ASCII.
const ASCII: &str = "Your parcel 4711 leaves the depot at 08:15 and should be with you between 10:00 and 12:30. \
                     Not at home? Answer with 1 for tomorrow, 2 for a locker, 3 for a shop";
/// 160 septets of western European text.
const LATIN: &str = "Grüße aus Köln: Das Päckchen für Frau Müller, Straße 8, kommt später. Où était l'été à Meudon? \
                     Señor Nuñe è già là, così è; blåbær og fløde, ¿qué pasa? Åse på ø";
/// Half of the characters take two septets.
const EXTENDED: &str = "{[~]}|^\\{a}[b]~c|d^e\\f{[€]}{\"k\":[1,2,{\"x\":\"€5\"}]}|~|{[~]}|^\\{a}[b]~c|d^e\\f{[€]}{[~]}|^\\{a}[b]~c";
/// 70 UTF-16 units.
const CYRILLIC: &str = "Ваш заказ № 4711 прибудет завтра с 10 до 12 часов, ждите звонка! 😀 Ок";

fn main() {
    let long = vec![0x61; 65_536];
    let long_octets = gsm7::pack_to_vec(&long, 0).expect("septets");
    let inputs = [ASCII, LATIN, EXTENDED].map(Input::new);
    let cyrillic = gsm7::ucs2::encode_to_vec(CYRILLIC);
    let mut tasks = vec![
        packing("pack 160 septets", &inputs[0].septets),
        unpacking("unpack 160 septets", &inputs[0].octets, 160),
        packing("pack 64 KiB", &long),
        unpacking("unpack 64 KiB", &long_octets, long.len()),
    ];
    for (name, input) in ["ASCII", "Latin", "extended"].into_iter().zip(&inputs) {
        tasks.extend(text(name, input));
    }
    tasks.extend(ucs2(&cyrillic));
    ways::run(&mut tasks);
}

struct Input {
    text: &'static str,
    septets: Vec<u8>,
    octets: Vec<u8>,
}

impl Input {
    fn new(text: &'static str) -> Self {
        let septets = gsm7::encode_to_vec(text, DEFAULT).expect("in the alphabet");
        let octets = gsm7::pack_to_vec(&septets, 0).expect("septets");
        Self {
            text,
            septets,
            octets,
        }
    }
}

fn packing<'a>(name: &'a str, septets: &'a [u8]) -> Task<'a> {
    let mut out = vec![0; septets.len()];
    let mut copy = vec![0; septets.len()];
    let ways = vec![
        way("gsm7", move || {
            gsm7::pack(black_box(septets), 0, black_box(&mut out))
        }),
        way("naive", move || naive::pack(black_box(septets), 0)),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(septets));
        }),
    ];
    Task {
        name,
        amount: Throughput::Bytes(septets.len() as u64),
        ways,
    }
}

fn unpacking<'a>(name: &'a str, octets: &'a [u8], count: usize) -> Task<'a> {
    let mut out = vec![0; count];
    let mut copy = vec![0; count];
    let source = vec![0x61; count];
    let ways = vec![
        way("gsm7", move || {
            gsm7::unpack(black_box(octets), 0, black_box(&mut out))
        }),
        way("naive", move || naive::unpack(black_box(octets), 0, count)),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(&source));
        }),
    ];
    Task {
        name,
        amount: Throughput::Bytes(count as u64),
        ways,
    }
}

fn text<'a>(name: &str, input: &'a Input) -> [Task<'a>; 4] {
    let (mut septets, mut octets) = ([0; 160], [0; 140]);
    let mut copy = vec![0; input.septets.len()];
    let there = vec![
        way("gsm7", move || {
            let count = gsm7::encode(black_box(input.text), DEFAULT, &mut septets).expect("in the alphabet");
            gsm7::pack(&septets[..count], 0, black_box(&mut octets))
        }),
        way("naive", || {
            naive::pack(
                &naive::encode(black_box(input.text), DEFAULT).expect("in the alphabet"),
                0,
            )
        }),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(&input.septets));
        }),
        way("gsm7 0.4", || {
            let mut writer = Gsm7Writer::new(Vec::new());
            writer.write_str(black_box(input.text)).expect("in the alphabet");
            writer.into_writer()
        }),
    ];
    let (mut septets, mut out) = ([0; 160], [0; 480]);
    let count = input.septets.len();
    let mut copy = vec![0; input.septets.len()];
    let back = vec![
        way("gsm7", move || {
            gsm7::unpack(black_box(&input.octets), 0, &mut septets[..count]).expect("whole");
            gsm7::decode(&septets[..count], DEFAULT, black_box(&mut out)).map(|decoded| decoded.text.len())
        }),
        way("naive", move || {
            naive::decode(&naive::unpack(black_box(&input.octets), 0, count), DEFAULT)
        }),
        way("memcpy", move || {
            black_box(&mut copy).copy_from_slice(black_box(&input.septets));
        }),
        way("gsm7 0.4", || {
            Gsm7Reader::new(Cursor::new(black_box(&input.octets))).collect::<Result<String, _>>()
        }),
    ];
    let counting = vec![
        way("gsm7", || gsm7::count(black_box(input.text), DEFAULT)),
        way("naive", || {
            naive::encode(black_box(input.text), DEFAULT).map(|septets| septets.len())
        }),
    ];
    let fitting = vec![
        way("gsm7", || {
            gsm7::fit(black_box(input.text), Codings::DEFAULT).map(|fit| fit.units())
        }),
        way("cuts", || {
            let fit = gsm7::fit(black_box(input.text), Codings::DEFAULT).expect("fits");
            fit.cuts(70).map(str::len).max()
        }),
    ];
    let task = |what, ways| Task {
        name: leak(format!("{name} {what}")),
        amount: Throughput::Bytes(count as u64),
        ways,
    };
    [
        task("text to packed", there),
        task("packed to text", back),
        task("count", counting),
        task("fit", fitting),
    ]
}

fn ucs2(octets: &[u8]) -> [Task<'_>; 2] {
    let mut out = vec![0; octets.len()];
    let there = vec![
        way("gsm7", move || {
            gsm7::ucs2::encode(black_box(CYRILLIC), black_box(&mut out))
        }),
        way("naive", || naive::encode_ucs2(black_box(CYRILLIC))),
    ];
    let mut out = vec![0; 2 * octets.len()];
    let back = vec![
        way("gsm7", move || {
            gsm7::ucs2::decode(black_box(octets), black_box(&mut out)).map(|decoded| decoded.text.len())
        }),
        way("naive", || naive::decode_ucs2(black_box(octets))),
    ];
    [
        Task {
            name: "UCS-2 encode 70 units",
            amount: Throughput::Bytes(octets.len() as u64),
            ways: there,
        },
        Task {
            name: "UCS-2 decode 70 units",
            amount: Throughput::Bytes(octets.len() as u64),
            ways: back,
        },
    ]
}

fn leak(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}
