//! Frames of the multiplexer, octet by octet: 3GPP TS 27.010, 5.2.

use alloc::vec::Vec;

pub(super) const SABM: u8 = 0x2F;
pub(super) const UA: u8 = 0x63;
pub(super) const DM: u8 = 0x0F;
pub(super) const DISC: u8 = 0x43;
pub(super) const UIH: u8 = 0xEF;
pub(super) const UI: u8 = 0x03;
/// The poll/final bit.
pub(super) const PF: u8 = 0x10;

const ESCAPE: u8 = 0x7D;

/// The maximal length of an unfinished frame.
const FRAME_LIMIT: usize = 8_192;

/// A frame of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) dlci: u8,
    /// The control octet without the poll/final bit.
    pub(super) kind: u8,
    pub(super) is_polled: bool,
    pub(super) information: Vec<u8>,
}

/// The check over the covered octets, bit by bit: 27.010, 5.2.1.6.
fn check(octets: &[u8]) -> u8 {
    let mut remainder = 0xFFu8;
    for octet in octets {
        remainder ^= octet;
        for _ in 0..8 {
            let carry = remainder & 1 == 1;
            remainder >>= 1;
            if carry {
                remainder ^= 0xE0;
            }
        }
    }
    !remainder
}

/// The octets of a frame of the modem: address, control, information.
pub(super) fn write(advanced: bool, address: u8, control: u8, information: &[u8]) -> Vec<u8> {
    let mut body = alloc::vec![address, control];
    if !advanced {
        let length = information.len();
        if length < 128 {
            body.push(low_octet(length << 1 | 1));
        } else {
            body.push(low_octet((length & 0x7F) << 1));
            body.push(low_octet(length >> 7));
        }
    }
    let mut covered = body.clone();
    if control & !PF != UIH {
        covered.extend(information);
    }
    body.extend(information);
    body.push(check(&covered));
    if !advanced {
        return [&[0xF9], body.as_slice(), &[0xF9]].concat();
    }
    let mut bytes = alloc::vec![0x7E];
    for octet in body {
        match octet {
            0x7E | ESCAPE | 0x11 | 0x13 => bytes.extend([ESCAPE, octet ^ 0x20]),
            _ => bytes.push(octet),
        }
    }
    bytes.push(0x7E);
    bytes
}

fn low_octet(number: usize) -> u8 {
    u8::try_from(number & 0xFF).unwrap_or_default()
}

/// The reader of the host's frames.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    advanced: bool,
    bytes: Vec<u8>,
}

impl Reader {
    pub(super) fn new(advanced: bool) -> Self {
        Self { advanced, bytes: Vec::new() }
    }

    /// Takes one byte; returns the frame that it completes.
    pub(super) fn push(&mut self, byte: u8) -> Option<Frame> {
        self.bytes.push(byte);
        let flag = if self.advanced { 0x7E } else { 0xF9 };
        loop {
            // The bytes begin with one flag, and nothing else follows it twice.
            let noise = self.bytes.iter().position(|byte| *byte == flag);
            self.bytes.drain(..noise.unwrap_or(self.bytes.len()));
            while self.bytes.get(1) == Some(&flag) {
                self.bytes.remove(0);
            }
            let end = if self.advanced { self.advanced_end() } else { self.basic_end() };
            match end {
                End::Unknown if self.bytes.len() < FRAME_LIMIT => return None,
                End::At(end) => {
                    let frame = self.frame(end);
                    if frame.is_some() {
                        // The flag at the end may begin the next frame.
                        self.bytes.drain(..end);
                        return frame;
                    }
                    self.bytes.remove(0);
                }
                // The next flag is looked for inside.
                End::Unknown | End::Nowhere => {
                    self.bytes.remove(0);
                }
            }
        }
    }

    /// The position of the flag at the end of a basic frame.
    fn basic_end(&self) -> End {
        let &[_, address, control, low, ..] = self.bytes.as_slice() else { return End::Unknown };
        if address & 1 == 0 || ![SABM, DISC, UA, DM, UIH, UI].contains(&(control & !PF)) {
            return End::Nowhere;
        }
        let (mut length, mut header) = (usize::from(low >> 1), 4_usize);
        if low & 1 == 0 {
            let Some(high) = self.bytes.get(4) else { return End::Unknown };
            length |= usize::from(*high) << 7;
            header = 5;
        }
        let end = header.saturating_add(length).saturating_add(1);
        match self.bytes.get(end) {
            _ if length > FRAME_LIMIT / 2 => End::Nowhere,
            None => End::Unknown,
            Some(0xF9) => End::At(end),
            Some(_) => End::Nowhere,
        }
    }

    fn advanced_end(&self) -> End {
        let end = self.bytes.iter().enumerate().skip(1).find(|(_, byte)| **byte == 0x7E);
        end.map_or(End::Unknown, |(end, _)| End::At(end))
    }

    /// The frame up to the flag at `end`, if its check is right.
    fn frame(&self, end: usize) -> Option<Frame> {
        let mut octets = self.bytes.get(1..end)?.to_vec();
        if self.advanced {
            let stuffed = core::mem::take(&mut octets);
            let mut stuffed = stuffed.into_iter();
            while let Some(octet) = stuffed.next() {
                octets.push(if octet == ESCAPE { stuffed.next()? ^ 0x20 } else { octet });
            }
        }
        let given = octets.pop()?;
        let (&address, &control) = (octets.first()?, octets.get(1)?);
        let header = match (self.advanced, octets.get(2)) {
            (true, _) => 2,
            (false, Some(low)) if low & 1 == 1 => 3,
            _ => 4,
        };
        let covered = if control & !PF == UIH { header } else { octets.len() };
        (check(octets.get(..covered)?) == given && address & 1 == 1).then(|| Frame {
            dlci: address >> 2,
            kind: control & !PF,
            is_polled: control & PF != 0,
            information: octets.split_off(header),
        })
    }
}

enum End {
    Unknown,
    Nowhere,
    At(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_are_those_of_the_standard() {
        // UA on DLCI 0, and the status of channel 1, in both options.
        assert_eq!(write(false, 0x03, UA | PF, b""), [0xF9, 0x03, 0x73, 0x01, 0xD7, 0xF9]);
        assert_eq!(write(true, 0x03, UA | PF, b""), [0x7E, 0x03, 0x73, 0x85, 0x7E]);
        let status = b"\xE3\x05\x07\x8D";
        assert_eq!(write(false, 0x01, UIH, status), b"\xF9\x01\xEF\x09\xE3\x05\x07\x8D\x9A\xF9");
        assert_eq!(write(true, 0x01, UIH, status), b"\x7E\x01\xEF\xE3\x05\x07\x8D\xAA\x7E");
    }

    #[test]
    fn a_frame_after_a_damaged_one_is_read() {
        let mut reader = Reader::new(false);
        // A length that reaches into the next frame.
        let stream = b"\xF9\x07\xEF\x0FAT\r\xD3\xF9\xF9\x07\xEF\x07AT\r\xD3\xF9\xF9";
        let frames: Vec<Frame> = stream.iter().filter_map(|byte| reader.push(*byte)).collect();
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].information, b"AT\r");
    }
}
