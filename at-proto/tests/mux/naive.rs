//! A naive reader and writer of frames: octet by octet, the check bit by bit.

use at_proto::mux::{Frame, FrameKind, FrameReader, Framing, Piece};

/// A frame that owns its information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) dlci: u8,
    pub(crate) command: bool,
    pub(crate) kind: FrameKind,
    pub(crate) poll: bool,
    pub(crate) information: Vec<u8>,
}

impl Owned {
    pub(crate) fn of(frame: &Frame<'_>) -> Self {
        let Frame { dlci, command, kind, poll, information } = *frame;
        Self { dlci, command, kind, poll, information: information.to_vec() }
    }

    pub(crate) fn encoded(&self, framing: Framing) -> Vec<u8> {
        let Self { dlci, command, kind, poll, ref information } = *self;
        let mut bytes = Vec::new();
        Frame { dlci, command, kind, poll, information }.encode(framing, &mut bytes);
        bytes
    }
}

pub(crate) const KINDS: [(FrameKind, u8); 6] = [
    (FrameKind::Open, 0x2F),
    (FrameKind::Accepted, 0x63),
    (FrameKind::NotOpen, 0x0F),
    (FrameKind::Close, 0x43),
    (FrameKind::Data, 0xEF),
    (FrameKind::CheckedData, 0x03),
];

fn kind_of(control: u8) -> Option<FrameKind> {
    KINDS.iter().find(|(_, octet)| *octet == control & 0xEF).map(|(kind, _)| *kind)
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

fn check(octets: &[u8]) -> u8 {
    let mut remainder = 0xFFu8;
    for octet in octets {
        remainder ^= octet;
        for _ in 0..8 {
            remainder = if remainder & 1 == 1 { remainder >> 1 ^ 0xE0 } else { remainder >> 1 };
        }
    }
    0xFF - remainder
}

/// The octets of a frame.
pub(crate) fn write(framing: Framing, frame: &Owned) -> Vec<u8> {
    let control = KINDS.iter().find(|(kind, _)| *kind == frame.kind).unwrap().1;
    let control = control + if frame.poll { 0x10 } else { 0 };
    let mut header = vec![frame.dlci * 4 + if frame.command { 2 } else { 0 } + 1, control];
    if framing == Framing::Basic {
        let length = frame.information.len();
        if length < 128 {
            header.push(octet(length * 2 + 1));
        } else {
            header.extend([octet(length % 128 * 2), octet(length / 128)]);
        }
    }
    let mut covered = header.clone();
    if frame.kind != FrameKind::Data {
        covered.extend(&frame.information);
    }
    let mut body = header;
    body.extend(&frame.information);
    body.push(check(&covered));
    let mut bytes = vec![framing.flag()];
    for octet in body {
        if framing == Framing::Advanced && [0x7E, 0x7D, 0x11, 0x13].contains(&octet) {
            bytes.extend([0x7D, octet ^ 0x20]);
        } else {
            bytes.push(octet);
        }
    }
    bytes.push(framing.flag());
    bytes
}

/// The valid frames of a whole stream.
pub(crate) fn read(framing: Framing, most: usize, bytes: &[u8]) -> Vec<Owned> {
    let mut frames = Vec::new();
    let (mut at, mut opened) = (0, false);
    while at < bytes.len() {
        if bytes[at] == framing.flag() {
            opened = true;
            at += 1;
        } else if !opened {
            at += 1;
        } else {
            let found = match framing {
                Framing::Basic => basic(most, &bytes[at..]),
                _ => advanced(most, &bytes[at..]),
            };
            match found {
                Found::Frame(frame, length) => {
                    frames.push(frame);
                    at += length;
                }
                Found::Nothing => opened = false,
                Found::Unfinished => break,
            }
        }
    }
    frames
}

enum Found {
    Frame(Owned, usize),
    Nothing,
    Unfinished,
}

fn basic(most: usize, bytes: &[u8]) -> Found {
    if bytes[0] % 2 == 0 || bytes.len() > 1 && kind_of(bytes[1]).is_none() {
        return Found::Nothing;
    }
    if bytes.len() < 3 || bytes[2] % 2 == 0 && bytes.len() < 4 {
        return Found::Unfinished;
    }
    let (length, header) = match bytes[2] % 2 {
        1 => (usize::from(bytes[2]) / 2, 3),
        _ => (usize::from(bytes[3]) * 128 + usize::from(bytes[2]) / 2, 4),
    };
    if length > most {
        return Found::Nothing;
    }
    let end = header + length;
    if bytes.len() < end + 2 {
        return Found::Unfinished;
    }
    if bytes[end + 1] != 0xF9 {
        return Found::Nothing;
    }
    match whole(&bytes[..header], &bytes[header..end], bytes[end]) {
        Some(frame) => Found::Frame(frame, end + 2),
        None => Found::Nothing,
    }
}

fn advanced(most: usize, bytes: &[u8]) -> Found {
    let end = bytes.iter().position(|octet| *octet == 0x7E);
    let (mut octets, mut escaped) = (Vec::new(), false);
    for octet in &bytes[..end.unwrap_or(bytes.len())] {
        match (escaped, octet) {
            (true, octet) => {
                octets.push(octet ^ 0x20);
                escaped = false;
            }
            (false, 0x7D) => escaped = true,
            (false, octet) => octets.push(*octet),
        }
    }
    let malformed = octets.first().is_some_and(|address| address % 2 == 0)
        || octets.get(1).is_some_and(|control| kind_of(*control).is_none());
    if malformed {
        return Found::Nothing;
    }
    let Some(end) = end else {
        return if bytes.len() > (most + 6) * 2 { Found::Nothing } else { Found::Unfinished };
    };
    if escaped || octets.len() < 3 || octets.len() > most + 3 || end > (most + 6) * 2 {
        return Found::Nothing;
    }
    let (last, rest) = octets.split_last().unwrap();
    match whole(&rest[..2], &rest[2..], *last) {
        Some(frame) => Found::Frame(frame, end + 1),
        None => Found::Nothing,
    }
}

fn whole(header: &[u8], information: &[u8], last: u8) -> Option<Owned> {
    let kind = kind_of(header[1])?;
    let mut covered = header.to_vec();
    if kind != FrameKind::Data {
        covered.extend(information);
    }
    (check(&covered) == last).then(|| Owned {
        dlci: header[0] / 4,
        command: header[0] & 2 != 0,
        kind,
        poll: header[1] & 0x10 != 0,
        information: information.to_vec(),
    })
}

/// The frames that the reader of the crate finds in pieces, and the noise between them.
pub(crate) fn read_by<'a>(
    framing: Framing,
    most: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Owned>, Vec<u8>) {
    let mut reader = FrameReader::new(framing, most);
    let (mut frames, mut noise) = (Vec::new(), Vec::new());
    for mut bytes in pieces {
        loop {
            let (taken, piece) = reader.read(bytes);
            bytes = &bytes[taken..];
            match piece {
                Some(Piece::Frame(frame)) => frames.push(Owned::of(&frame)),
                Some(Piece::Noise(bytes)) => noise.extend(bytes),
                Some(_) => {}
                None => break,
            }
        }
        assert!(bytes.is_empty());
    }
    (frames, noise)
}
