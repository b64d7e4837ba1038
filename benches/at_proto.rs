//! A modem's stream through the engine, beside atat's digester and memcpy.
//!
//! `cargo bench -p benches --bench at_proto`

#![allow(missing_docs, reason = "criterion's macro makes a public function")]

use core::hint::black_box;
use core::time::Duration;

use at_proto::{Command, Dialect, Engine, Event, Instant, Request, Response, network::ReadSignal};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const PDU: &str = "07917321436587F9440B917321436587F900004201102153044088050003A1020198E8329BFD6681EE6F399B0C22A7E5EC\
                   F7BC0C1AA7CFD3B0BB3C9FD7E5A0B0BC0C9A36A7DDECB7FB0C6A97D36D507A0D0A87D3EE33E82D7FCF416D103B4D2F83D2\
                   F274D85D9ED34161D0B80D9AC3D36C361B740E8BC9A07419E40E83D0E8329BFD0635D3EE331D14A683A6F3391D94A687";

/// A listing of 60 messages as a modem with echo writes it, unsolicited lines of three kinds between them.
fn listing() -> Vec<u8> {
    let mut octets = b"AT+CMGL=4\r\r\n".to_vec();
    for index in 0..60 {
        octets.extend(format!("+CMGL: {index},1,,139\r\n{PDU}\r\n").bytes());
        match index % 6 {
            1 => octets.extend(b"\r\n^RSSI:14\r\n"),
            3 => octets.extend(b"\r\n+CMTI: \"SM\",3\r\n"),
            5 => octets.extend(b"\r\n+CREG: 1,\"5E25\",\"605F\",7\r\n"),
            _ => {}
        }
    }
    octets.extend(b"\r\nOK\r\n");
    octets
}

/// Runs listings through the engine, each as the answer to its command; events counted.
fn engine(listing: &[u8], times: usize, size: usize) -> usize {
    let mut now = 0;
    let mut engine = Engine::new(Dialect::default());
    engine.handle_opened(Instant::from_millis(now));
    let mut events = 0;
    for _ in 0..times {
        submit(&mut engine, "AT+CMGL=4", now);
        for piece in listing.chunks(size) {
            now += 1;
            engine.handle_input(piece, Instant::from_millis(now / 1_000));
            while let Some(event) = engine.poll_event() {
                events += 1;
                black_box(event);
            }
        }
    }
    assert!(engine.is_idle());
    events
}

fn submit(engine: &mut Engine, line: &str, now: u64) {
    let now = Instant::from_millis(now / 1_000);
    engine
        .submit(Request::raw(line).expect("a command line"), now)
        .expect("free");
    while let Some(length) = engine.poll_transmit().map(<[u8]>::len) {
        engine.handle_transmitted(length, now);
    }
}

struct Unsolicited;

impl atat::Parser for Unsolicited {
    fn parse(buffer: &[u8]) -> Result<(&[u8], usize), atat::digest::ParseError> {
        let start = buffer.iter().take_while(|octet| b"\r\n".contains(octet)).count();
        let line = &buffer[start..];
        if !(line.starts_with(b"^RSSI:") || line.starts_with(b"+CMTI:")) {
            return Err(atat::digest::ParseError::NoMatch);
        }
        match line.windows(2).position(|pair| pair == b"\r\n") {
            Some(end) => Ok((&line[..end], start + end + 2)),
            None => Err(atat::digest::ParseError::Incomplete),
        }
    }
}

/// The same stream through atat's digester, with its own buffer handling: what is left is digested again.
fn atat_digester(octets: &[u8], size: usize) -> usize {
    use atat::{AtDigester, DigestResult, Digester};
    let mut digester = AtDigester::<Unsolicited>::new();
    let mut buffer: Vec<u8> = Vec::with_capacity(8_192);
    let mut events = 0;
    for piece in octets.chunks(size) {
        buffer.extend_from_slice(piece);
        loop {
            let (result, used) = digester.digest(&buffer);
            let found = !matches!(result, DigestResult::None);
            events += usize::from(found);
            buffer.drain(..used);
            if !found || buffer.is_empty() {
                break;
            }
        }
    }
    events
}

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let listing = listing();
    for times in [20, 500] {
        let length = listing.len() * times;
        let megabytes = format!("{:.1} MB", length as f64 / 1e6);
        group.throughput(Throughput::Bytes(length as u64));
        for size in [1, 64, 4_096] {
            let id = BenchmarkId::new(format!("engine, {size} octets a read"), &megabytes);
            group.bench_with_input(id, &listing, |bencher, listing| {
                bencher.iter(|| engine(listing, times, size));
            });
        }
        let octets = listing.repeat(times);
        group.bench_with_input(
            BenchmarkId::new("memcpy", &megabytes),
            &octets,
            |bencher, octets| {
                let mut copy = vec![0; octets.len()];
                bencher.iter(|| {
                    copy.copy_from_slice(black_box(octets));
                    black_box(copy.last().copied())
                });
            },
        );
    }
    group.throughput(Throughput::Bytes(listing.len() as u64));
    for size in [1, 64, 4_096] {
        let id = BenchmarkId::new(format!("atat digester, {size} octets a read"), "one listing");
        group.bench_with_input(id, &listing, |bencher, octets| {
            bencher.iter(|| atat_digester(octets, size));
        });
    }
    group.finish();
}

/// A short command with its answer, from its text to its event.
fn one_command(criterion: &mut Criterion) {
    let mut engine = Engine::new(Dialect::default());
    engine.handle_opened(Instant::from_millis(0));
    criterion.bench_function("AT+CSQ, submitted and answered", |bencher| {
        bencher.iter(|| {
            submit(&mut engine, "AT+CSQ", 0);
            engine.handle_input(b"AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n", Instant::from_millis(0));
            let event = engine.poll_event();
            assert!(matches!(event, Some(Event::Completed { .. })));
            event
        });
    });
}

fn one_answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("+CSQ answer to numbers");
    let response = Response::ok(["+CSQ: 20,99"]);
    group.bench_function("at-proto", |bencher| {
        bencher.iter(|| ReadSignal.parse(black_box(&response)));
    });
    group.bench_function("at-commands", |bencher| {
        bencher.iter(|| {
            at_commands::parser::CommandParser::parse(black_box(b"+CSQ: 20,99\r\nOK\r\n"))
                .expect_identifier(b"+CSQ: ")
                .expect_int_parameter()
                .expect_int_parameter()
                .expect_identifier(b"\r\nOK\r\n")
                .finish()
        });
    });
    group.finish();
}

criterion_group!(benches, streams, one_command, one_answer);
criterion_main!(benches);
