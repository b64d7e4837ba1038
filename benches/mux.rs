//! The frames of the multiplexer: throughput of writing and reading, against memcpy.
//!
//! `cargo bench -p benches --bench mux`

#![allow(missing_docs, reason = "criterion's macro makes a public function")]

use core::hint::black_box;

use at_proto::mux::{Frame, FrameKind, FrameReader, Framing, Piece};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// The information of all frames of one measurement.
const LENGTH: usize = 1 << 20;

/// Bytes of which one in 64 has to be escaped, as in compressed data.
fn data() -> Vec<u8> {
    let mut state = 1u64;
    let mut byte = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..LENGTH).map(|_| byte()).collect()
}

fn encode(framing: Framing, data: &[u8], information: usize, out: &mut Vec<u8>) {
    out.clear();
    for information in data.chunks(information) {
        let kind = FrameKind::Data;
        Frame { dlci: 1, command: true, kind, poll: false, information }.encode(framing, out);
    }
}

/// Copies the information of all frames, in reads of 4 KiB.
fn decode(framing: Framing, stream: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut reader = FrameReader::new(framing, 1_500);
    for mut bytes in stream.chunks(4_096) {
        loop {
            let (taken, piece) = reader.read(bytes);
            bytes = &bytes[taken..];
            match piece {
                Some(Piece::Frame(frame)) => out.extend_from_slice(frame.information),
                Some(_) => {}
                None => break,
            }
        }
    }
}

fn frames(criterion: &mut Criterion) {
    let data = data();
    let mut group = criterion.benchmark_group("frames of the multiplexer");
    group.throughput(Throughput::Bytes(u64::try_from(LENGTH).expect("a small number")));
    let mut out = Vec::with_capacity(LENGTH * 2);
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&data));
        });
    });
    for (name, framing) in [("basic", Framing::Basic), ("advanced", Framing::Advanced)] {
        for information in [127, 1_500] {
            group.bench_function(format!("write {name}, {information} octets"), |bencher| {
                bencher.iter(|| encode(framing, black_box(&data), information, &mut out));
            });
            let mut stream = Vec::new();
            encode(framing, &data, information, &mut stream);
            group.bench_function(format!("read {name}, {information} octets"), |bencher| {
                bencher.iter(|| decode(framing, black_box(&stream), &mut out));
            });
            assert_eq!(out, data);
        }
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
