//! Frames: the octets of the standard, cuts, and damage.

use at_proto::mux::{FrameKind, FrameReader, Framing, Piece};

use super::naive::{self, Owned};

/// A frame as octets in hexadecimal: channel, C/R, kind, P/F, information.
type Row = (&'static str, u8, bool, FrameKind, bool, &'static [u8]);

const BASIC: &[Row] = &[
    ("F9 03 3F 01 1C F9", 0, true, FrameKind::Open, true, b""),
    ("F9 07 3F 01 DE F9", 1, true, FrameKind::Open, true, b""),
    ("F9 0B 3F 01 59 F9", 2, true, FrameKind::Open, true, b""),
    ("F9 0F 3F 01 9B F9", 3, true, FrameKind::Open, true, b""),
    ("F9 03 73 01 D7 F9", 0, true, FrameKind::Accepted, true, b""),
    ("F9 07 73 01 15 F9", 1, true, FrameKind::Accepted, true, b""),
    ("F9 07 1F 01 F4 F9", 1, true, FrameKind::NotOpen, true, b""),
    ("F9 07 53 01 3F F9", 1, true, FrameKind::Close, true, b""),
    ("F9 03 53 01 FD F9", 0, true, FrameKind::Close, true, b""),
    ("F9 07 EF 07 41 54 0D D3 F9", 1, true, FrameKind::Data, false, b"AT\r"),
    ("F9 05 EF 0D 0D 0A 4F 4B 0D 0A 5F F9", 1, false, FrameKind::Data, false, b"\r\nOK\r\n"),
    ("F9 07 03 07 41 54 0D 44 F9", 1, true, FrameKind::CheckedData, false, b"AT\r"),
    ("F9 01 EF 09 E3 05 07 8D 9A F9", 0, false, FrameKind::Data, false, b"\xE3\x05\x07\x8D"),
    ("F9 01 EF 0B E3 07 07 0D 01 79 F9", 0, false, FrameKind::Data, false, b"\xE3\x07\x07\x0D\x01"),
    // UIH with P set, as some modems send it.
    ("F9 01 FF 09 E1 05 07 8D 8F F9", 0, false, FrameKind::Data, true, b"\xE1\x05\x07\x8D"),
    ("F9 03 EF 0D 23 09 70 69 6E 67 FC F9", 0, true, FrameKind::Data, false, b"\x23\x09ping"),
];

const ADVANCED: &[Row] = &[
    ("7E 03 3F FC 7E", 0, true, FrameKind::Open, true, b""),
    ("7E 07 3F 89 7E", 1, true, FrameKind::Open, true, b""),
    ("7E 03 73 85 7E", 0, true, FrameKind::Accepted, true, b""),
    ("7E 07 73 F0 7E", 1, true, FrameKind::Accepted, true, b""),
    ("7E 07 EF 41 54 0D 05 7E", 1, true, FrameKind::Data, false, b"AT\r"),
    ("7E 07 03 41 54 0D FD 7E", 1, true, FrameKind::CheckedData, false, b"AT\r"),
    (
        "7E 07 EF 7D 5E 7D 5D 7D 31 7D 33 F9 05 7E",
        1,
        true,
        FrameKind::Data,
        false,
        b"\x7E\x7D\x11\x13\xF9",
    ),
    ("7E 03 EF C3 01 70 7E", 0, true, FrameKind::Data, false, b"\xC3\x01"),
    ("7E 01 EF E3 05 07 8D AA 7E", 0, false, FrameKind::Data, false, b"\xE3\x05\x07\x8D"),
];

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|octet| u8::from_str_radix(octet, 16).unwrap()).collect()
}

fn rows() -> impl Iterator<Item = (Framing, Vec<u8>, Owned)> {
    let basic = BASIC.iter().map(|row| (Framing::Basic, row));
    let advanced = ADVANCED.iter().map(|row| (Framing::Advanced, row));
    basic.chain(advanced).map(|(framing, &(octets, dlci, command, kind, poll, information))| {
        let information = information.to_vec();
        (framing, unhex(octets), Owned { dlci, command, kind, poll, information })
    })
}

#[test]
fn the_worked_examples_are_written_and_read_octet_by_octet() {
    for (framing, octets, frame) in rows() {
        assert_eq!(frame.encoded(framing), octets, "{frame:?}");
        assert_eq!(naive::write(framing, &frame), octets, "{frame:?}");
        let expected = (vec![frame], vec![]);
        assert_eq!(naive::read_by(framing, 127, octets.chunks(1)), expected);
        for cut in 0..=octets.len() {
            let (head, tail) = octets.split_at(cut);
            assert_eq!(naive::read_by(framing, 127, [head, tail]), expected, "cut at {cut}");
        }
    }
}

#[test]
fn a_length_over_127_has_two_octets_in_the_basic_option_only() {
    for (length, start, check) in
        [(127, "F9 07 EF FF", 0x69), (128, "F9 07 EF 00 01", 0x9D), (1_500, "F9 07 EF B8 0B", 0x0D)]
    {
        let information = vec![0; length];
        let frame = Owned {
            dlci: 1,
            command: true,
            kind: FrameKind::Data,
            poll: false,
            information: information.clone(),
        };
        let octets = frame.encoded(Framing::Basic);
        let start = unhex(start);
        assert_eq!(octets[..start.len()], start);
        assert_eq!(octets[octets.len() - 2..], [check, 0xF9]);
        assert_eq!(octets.len(), start.len() + length + 2);
        assert_eq!(frame.encoded(Framing::Advanced).len(), 3 + length + 2);
        assert_eq!(naive::read_by(Framing::Basic, 1_500, [&octets[..]]).0, [frame]);
        assert!(naive::read_by(Framing::Basic, length - 1, [&octets[..]]).0.is_empty());
    }
}

#[test]
fn frames_share_a_flag_or_have_many_between_them() {
    for framing in [Framing::Basic, Framing::Advanced] {
        let frames: Vec<Owned> =
            rows().filter(|row| row.0 == framing).map(|(_, _, frame)| frame).collect();
        let flag = framing.flag();
        for (before, between) in [(&b"\r\nRDY\r\n"[..], 0), (b"", 1), (b"", 5)] {
            let mut stream = before.to_vec();
            stream.push(flag);
            for frame in &frames {
                let octets = frame.encoded(framing);
                stream.extend(&octets[1..]);
                stream.extend(vec![flag; between]);
            }
            let (found, noise) = naive::read_by(framing, 127, [&stream[..]]);
            assert_eq!(found, frames);
            assert_eq!(noise, before);
        }
    }
}

#[test]
fn a_damaged_length_does_not_swallow_the_frames_after_it() {
    let good: Vec<Owned> = rows().filter(|row| row.0 == Framing::Basic).map(|row| row.2).collect();
    let mut damaged = unhex("F9 07 EF 07 41 54 0D D3 F9");
    for length in [0x09, 0x0F, 0x41, 0xFF, 0x02, 0x00] {
        damaged[3] = length;
        let mut stream = damaged.clone();
        good.iter().for_each(|frame| stream.extend(frame.encoded(Framing::Basic)));
        let (found, _) = naive::read_by(Framing::Basic, 127, [&stream[..]]);
        assert_eq!(found, good, "length {length:02X}");
        assert_eq!(naive::read_by(Framing::Basic, 127, stream.chunks(1)).0, good);
    }
}

#[test]
fn every_flipped_bit_of_a_header_or_a_check_loses_the_frame_and_says_so() {
    for (framing, octets, frame) in rows() {
        let covered = match (framing, frame.kind) {
            (Framing::Basic, FrameKind::Data) => 1..4,
            (_, FrameKind::Data) => 1..3,
            _ => 1..octets.len() - 1,
        };
        let check = octets.len() - 2;
        for at in covered.chain([check]) {
            for bit in 0..8 {
                let mut octets = octets.clone();
                octets[at] ^= 1 << bit;
                // More frames: a longer length reaches into them.
                let next = naive::write(framing, &frame);
                let stream = [&octets[..], &next.repeat(5)].concat();
                let mut reader = FrameReader::new(framing, 20);
                let (mut bytes, mut frames, mut invalid) = (&stream[..], 0, 0);
                loop {
                    let (taken, piece) = reader.read(bytes);
                    bytes = &bytes[taken..];
                    match piece {
                        Some(Piece::Frame(found)) => {
                            assert_eq!(Owned::of(&found), frame, "octet {at}, bit {bit}");
                            frames += 1;
                        }
                        Some(Piece::Invalid | Piece::Noise(_)) => invalid += 1,
                        Some(_) => {}
                        None => break,
                    }
                }
                assert!((1..=5).contains(&frames) && invalid > 0, "{framing:?} {at} {bit}");
            }
        }
    }
}

#[test]
fn an_unfinished_frame_that_is_given_up_yields_the_frame_inside_it() {
    let mut reader = FrameReader::new(Framing::Basic, 127);
    // The length says 100 octets, but another frame follows, and then nothing.
    let stream = unhex("F9 07 EF C9 41 F9 07 EF 07 41 54 0D D3 F9");
    assert!(matches!(reader.read(&stream), (1, Some(Piece::Flags))));
    assert!(matches!(reader.read(&stream[1..]), (13, None)));
    assert!(reader.is_mid_frame());
    reader.abandon();
    let mut frames = 0;
    while let (_, Some(piece)) = reader.read(&[]) {
        frames += usize::from(matches!(piece, Piece::Frame(_)));
    }
    assert_eq!(frames, 1);
    assert!(!reader.is_mid_frame());
}

#[test]
fn an_escape_before_the_flag_aborts_a_frame() {
    let stream = unhex("7E 07 EF 41 54 7D 7E 07 EF 41 54 0D 05 7E");
    let (frames, _) = naive::read_by(Framing::Advanced, 127, [&stream[..]]);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].information, b"AT\r");
}

#[test]
fn any_octet_after_an_escape_is_changed_back() {
    // 93, XOFF with parity, escaped by a sender that uses parity.
    let stream = unhex("7E 07 EF 7D B3 05 7E");
    assert_eq!(naive::read_by(Framing::Advanced, 127, [&stream[..]]).0[0].information, [0x93]);
}
