//! The cost of a unit as the number of units grows.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant as Clock;

use at_proto::{Command, Dialect, Engine, Event, Instant, Outcome, sms};
use gsm7::{Alphabet, Codings};
use pdu::{
    Address, Concatenation, Dcs, Deliver, Envelope, Information, Limits, Reassembler, Reference,
    Timestamp, UserData,
};

use crate::measure::{Effort, calls_in, fastest};
use crate::report::Form;

/// The limit of the last cost, as a multiple of the lowest cost.
const MAX_GROWTH: f64 = 12.0;

/// Prints a table for each kind of growth, and returns the tables that grow too fast.
pub(crate) fn tables(effort: Effort, form: Form) -> Vec<String> {
    let is_full = effort == Effort::FULL;
    let texts = [10, 100, 1_000, 10_000, 100_000, 1 << 20];
    let reads = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536];
    let pending = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    let inbox = [10, 100, 1_000, 10_000];
    let shorter = |sizes: &[usize], max: usize| {
        sizes.iter().copied().filter(|&size| is_full || size <= max).collect()
    };
    [
        // The cost of the call dominates for small texts.
        Table {
            what: "text to septets and back, octets",
            unit: "octet",
            skip: 2,
            rows: rows(shorter(&texts, usize::MAX), effort, text),
        },
        Table {
            what: "cheapest coding and cuts of a text, octets",
            unit: "octet",
            skip: 2,
            rows: rows(shorter(&texts, usize::MAX), effort, fit),
        },
        Table {
            what: "AT stream, bytes per read",
            unit: "byte",
            skip: 3,
            rows: rows(shorter(&reads, usize::MAX), effort, stream),
        },
        Table {
            what: "reassembly, pending parts",
            unit: "part",
            skip: 0,
            rows: rows(shorter(&pending, 100_000), effort, reassembly),
        },
        Table {
            what: "listing to texts, stored messages",
            unit: "message",
            skip: 0,
            rows: rows(shorter(&inbox, 1_000), effort, listing),
        },
    ]
    .iter()
    .filter_map(|table| table.print(form))
    .collect()
}

/// The cost of a unit at a size.
type Row = (usize, f64);

struct Table {
    what: &'static str,
    unit: &'static str,
    /// The number of first rows that are not compared, since the cost of a call dominates them.
    skip: usize,
    rows: Vec<Row>,
}

impl Table {
    fn print(&self, form: Form) -> Option<String> {
        let Self { what, unit, .. } = self;
        if form == Form::Table {
            println!("\n| {what} | ns per {unit} |\n|---:|---:|");
        }
        for (size, cost) in &self.rows {
            match form {
                Form::Table => println!("| {size} | {cost:.2} |"),
                Form::Json => {
                    println!("{{\"growth\":{what:?},\"size\":{size},\"ns_per_unit\":{cost:.3}}}");
                }
            }
        }
        let mut costs = self.rows.iter().skip(self.skip).map(|row| row.1);
        let least = costs.clone().fold(f64::INFINITY, f64::min);
        let last = costs.next_back().unwrap_or(least);
        (last > MAX_GROWTH * least).then(|| {
            format!("{what}: the last {unit} costs {:.1} times the cheapest", last / least)
        })
    }
}

/// Times a task at each size; `task` returns the call and its number of units.
fn rows<'a>(sizes: Vec<usize>, effort: Effort, task: impl Fn(usize) -> Timed<'a>) -> Vec<Row> {
    let cost = |size: usize| {
        let (mut run, units) = task(size);
        let count = calls_in(effort.turn, &mut run);
        let times: Vec<f64> = (0..effort.rounds.min(31))
            .map(|_| {
                let start = Clock::now();
                (0..count).for_each(|_| run());
                start.elapsed().as_nanos() as f64 / f64::from(count) / units as f64
            })
            .collect();
        (size, fastest(&times))
    };
    sizes.into_iter().map(cost).collect()
}

type Timed<'a> = (Box<dyn FnMut() + 'a>, usize);

fn long_text(octets: usize) -> String {
    "The parcel 4711 costs 12.50 and waits at the corner for you. "
        .chars()
        .cycle()
        .take(octets)
        .collect()
}

fn text(octets: usize) -> Timed<'static> {
    let text = long_text(octets);
    let mut septets = vec![0; octets];
    let mut packed = vec![0; octets];
    let mut back = vec![0; 3 * octets];
    let run = move || {
        let count = gsm7::encode(black_box(&text), Alphabet::DEFAULT, &mut septets)
            .expect("in the alphabet");
        gsm7::pack(&septets[..count], 0, &mut packed).expect("septets");
        gsm7::unpack(&packed, 0, &mut septets[..count]).expect("whole");
        let decoded = gsm7::decode(&septets[..count], Alphabet::DEFAULT, &mut back).expect("room");
        black_box(decoded.text.len());
    };
    (Box::new(run), octets)
}

fn fit(octets: usize) -> Timed<'static> {
    let text = long_text(octets);
    let run = move || {
        let fit = gsm7::fit(black_box(&text), Codings::DEFAULT).expect("fits");
        black_box(fit.parts(160, 153));
    };
    (Box::new(run), octets)
}

fn stream(size: usize) -> Timed<'static> {
    let bytes = b"\r\n+CREG: 1,\"5E25\",\"605F\",7\r\n\r\n^RSSI:14\r\n\r\n+CMTI: \"SM\",3\r\n"
        .repeat(1_200);
    let length = bytes.len();
    let mut engine = Engine::new(Dialect::default());
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let run = move || {
        for piece in black_box(&bytes).chunks(size) {
            engine.handle_input(piece, now);
            while let Some(event) = engine.poll_event() {
                black_box(event);
            }
        }
    };
    (Box::new(run), length)
}

fn deliver(sender: usize, reference: Reference, sequence: u8) -> Deliver {
    let sender: Address = format!("+371{sender:08}").parse().expect("a number");
    let part = Concatenation::new(reference, 2, sequence).expect("a part");
    let header = [Information::Concatenation(part)];
    let text = "One of the parts of a long message. ".repeat(4);
    let coding = gsm7::Coding::Gsm7(Alphabet::DEFAULT);
    let user_data = UserData::text(&text, coding, &header).expect("fits");
    Deliver::new(sender, Timestamp::default()).with_user_data(Dcs::of(coding, None), user_data)
}

/// Inserts both parts of a message, among `pending` incomplete messages.
fn reassembly(pending: usize) -> Timed<'static> {
    let limits = Limits { parts: usize::MAX, ..Limits::default() };
    let mut reassembler = Reassembler::new(limits);
    for sender in 0..pending {
        let _ = reassembler.insert(Duration::ZERO, &deliver(sender, Reference::Sixteen(1), 1), ());
    }
    let parts: Vec<[Deliver; 2]> = (0..64)
        .map(|at| [1, 2].map(|sequence| deliver(at * pending / 64, Reference::Eight(1), sequence)))
        .collect();
    let run = move || {
        for part in parts.iter().flatten() {
            let _ = black_box(reassembler.insert(Duration::ZERO, black_box(part), ()));
        }
    };
    (Box::new(run), 128)
}

/// Reads a listing from the modem's bytes to the texts of all messages, with joined parts.
fn listing(messages: usize) -> Timed<'static> {
    let mut bytes = Vec::new();
    for index in 0..messages {
        let sequence = if index % 2 == 0 { 1 } else { 2 };
        let deliver = deliver(index / 2, Reference::Eight(1), sequence);
        let envelope = Envelope::new(deliver);
        let (length, hex) = (envelope.length(), envelope.to_hex().expect("well-formed"));
        bytes.extend(format!("+CMGL: {index},1,,{length}\r\n{hex}\r\n").bytes());
    }
    bytes.extend(b"\r\nOK\r\n");
    let mut dialect = Dialect::default();
    dialect.limits.answer = usize::MAX;
    let mut engine = Engine::new(dialect);
    let now = Instant::ZERO;
    engine.handle_opened(now);
    let run = move || {
        let list = sms::ListMessages(sms::MessageStatus::ALL);
        engine.submit(list.request(), now).expect("free");
        while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
            engine.handle_transmitted(length, now);
        }
        for piece in black_box(&bytes).chunks(4_096) {
            engine.handle_input(piece, now);
        }
        let Some(Event::Completed { outcome: Outcome::Response(response), .. }) =
            engine.poll_event()
        else {
            unreachable!("an answer")
        };
        let mut reassembler = Reassembler::default();
        let mut texts = 0;
        for listed in list.parse(&response).expect("a listing") {
            let decoded = Envelope::<Deliver>::from_hex(&listed.message.data).expect("well-formed");
            if let pdu::Outcome::Complete(message) =
                reassembler.insert(Duration::ZERO, &decoded.value.tpdu, listed.index)
            {
                texts += usize::from(black_box(message.text()).is_some());
            }
        }
        assert_eq!(texts, messages / 2);
    };
    (Box::new(run), messages)
}
