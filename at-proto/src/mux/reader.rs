//! The reader of frames in a stream of bytes: 3GPP TS 27.010, 5.2.6 and 5.2.7.

use alloc::vec::Vec;

use super::bytes::Bytes;
use super::fcs::Fcs;
use super::frame::{ESCAPE, ESCAPED, Frame, FrameKind, Framing};

/// The octets of a basic frame beside its information: address, control, length, check, end flag.
const OVERHEAD: usize = 6;

/// A reader of frames, for input in any pieces.
///
/// Bytes before the first flag are noise. A frame that is not valid is dropped: a wrong check, no
/// flag at its end, too much information, an address with more than one octet, an unknown kind.
/// After it the next flag is looked for inside it, because its length may be what was damaged.
/// Flags between frames may be many, or one that two frames share.
///
/// The reader keeps at most one unfinished frame.
///
/// # Examples
///
/// ```
/// use at_proto::mux::{FrameReader, Framing, Piece};
///
/// let mut reader = FrameReader::new(Framing::Basic, 127);
/// let mut input = &b"\r\n\xF9\x07\xEF\x07AT\r\xD3\xF9"[..];
/// let mut texts = Vec::new();
/// while !input.is_empty() {
///     let (taken, piece) = reader.read(input);
///     if let Some(Piece::Frame(frame)) = piece {
///         assert_eq!(frame.dlci, 1);
///         texts.push(frame.information.to_vec());
///     }
///     input = &input[taken..];
/// }
/// assert_eq!(texts, [b"AT\r"]);
/// ```
#[derive(Debug, Clone)]
pub struct FrameReader {
    rules: Rules,
    /// A flag was read, and a frame may follow.
    opened: bool,
    /// The bytes after the flag that are not a whole frame yet.
    held: Bytes,
    /// The bytes of `held` that the last piece has used.
    used: usize,
    /// The octets of a frame without its escapes.
    plain: Vec<u8>,
}

/// A piece of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece<'a> {
    /// A valid frame.
    Frame(Frame<'a>),
    /// Flags: the other side is awake.
    Flags,
    /// A frame that is not valid; its bytes follow as noise.
    Invalid,
    /// Bytes outside frames, in pieces of any size.
    Noise(&'a [u8]),
}

/// The beginning of a stretch of bytes.
#[derive(Clone, Copy)]
enum Step {
    /// At least this many more bytes are needed.
    More(usize),
    Flags(usize),
    Noise(usize),
    Invalid,
    /// A frame: its octets, and its length with the flag at the end.
    Frame(Shape, usize),
}

/// The frames that are valid.
#[derive(Debug, Clone, Copy)]
struct Rules {
    framing: Framing,
    max_information: usize,
}

/// A frame in octets that are known to hold it.
#[derive(Clone, Copy)]
struct Shape {
    address: u8,
    control: u8,
    /// The information begins here, in the octets without escapes.
    begin: usize,
    end: usize,
    /// The octets are in [`FrameReader::plain`].
    is_plain: bool,
}

impl FrameReader {
    /// A reader of frames with at most `max_information` octets of information.
    pub const fn new(framing: Framing, max_information: usize) -> Self {
        Self {
            rules: Rules { framing, max_information },
            opened: false,
            held: Bytes::new(),
            used: 0,
            plain: Vec::new(),
        }
    }

    /// Reads the next piece of `input`, and returns the number of bytes that were taken from it.
    ///
    /// Call this until all bytes are taken and no piece is returned.
    pub fn read<'a>(&'a mut self, input: &'a [u8]) -> (usize, Option<Piece<'a>>) {
        self.held.take(core::mem::take(&mut self.used));
        let mut taken = 0;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let is_held = !self.held.is_empty();
            let bytes = if is_held { self.held.as_slice() } else { rest };
            if bytes.is_empty() {
                return (taken, None);
            }
            let step = self.rules.step(self.opened, bytes, &mut self.plain);
            let length = match step {
                Step::More(_) if rest.is_empty() => return (taken, None),
                Step::More(needed) => {
                    let more = if is_held { self.rules.more(needed, rest) } else { rest };
                    self.held.extend(more);
                    taken = taken.saturating_add(more.len());
                    continue;
                }
                // The flag at the end may be the first of the next frame.
                Step::Flags(count) | Step::Noise(count) | Step::Frame(_, count) => count,
                Step::Invalid => 0,
            };
            self.opened = matches!(step, Step::Flags(_) | Step::Frame(..));
            let bytes = if is_held {
                self.used = length;
                self.held.as_slice()
            } else {
                taken = taken.saturating_add(length);
                rest
            };
            let piece = match step {
                Step::Flags(_) => Piece::Flags,
                Step::Noise(count) => Piece::Noise(bytes.get(..count).unwrap_or_default()),
                Step::Frame(shape, _) => {
                    let octets = if shape.is_plain { self.plain.as_slice() } else { bytes };
                    shape.frame(octets).map_or(Piece::Invalid, Piece::Frame)
                }
                Step::Invalid | Step::More(_) => Piece::Invalid,
            };
            return (taken, Some(piece));
        }
    }

    /// Returns `true` while a frame is unfinished.
    pub fn is_mid_frame(&self) -> bool {
        self.used < self.held.len()
    }

    /// Gives up the unfinished frame, whose rest does not come: the next flag is looked for inside
    /// it. Call [`read`](Self::read) afterwards, with or without input.
    pub fn abandon(&mut self) {
        if self.is_mid_frame() {
            self.opened = false;
        }
    }
}

impl Rules {
    /// The maximal length of a frame in the advanced option, with every octet escaped.
    const fn max_stuffed(self) -> usize {
        self.max_information.saturating_add(OVERHEAD).saturating_mul(2)
    }

    /// The bytes of `rest` to add to an unfinished frame that needs so many more: never much of the
    /// next frame, which is read where it is.
    fn more(self, needed: usize, rest: &[u8]) -> &[u8] {
        let needed = if self.framing.is_advanced() {
            let end = position(self.framing.flag(), rest);
            end.map_or(rest.len(), |at| at.saturating_add(1)).min(self.max_stuffed())
        } else {
            needed
        };
        rest.get(..needed).unwrap_or(rest)
    }

    /// Looks at the beginning of `bytes`, after a flag if `opened`. Decides the same whatever
    /// follows later.
    fn step(self, opened: bool, bytes: &[u8], plain: &mut Vec<u8>) -> Step {
        let flag = self.framing.flag();
        if !opened {
            return match position(flag, bytes) {
                Some(0) => Step::Flags(1),
                Some(at) => Step::Noise(at),
                None => Step::Noise(bytes.len()),
            };
        }
        match bytes.iter().position(|&byte| byte != flag) {
            None => Step::Flags(bytes.len()),
            Some(0) if self.framing.is_advanced() => self.advanced(bytes, plain),
            Some(0) => self.basic(bytes),
            Some(count) => Step::Flags(count),
        }
    }

    fn basic(self, bytes: &[u8]) -> Step {
        let (Some(&address), control) = (bytes.first(), bytes.get(1).copied()) else {
            return Step::More(1);
        };
        if is_malformed(address, control) {
            return Step::Invalid;
        }
        let (Some(control), Some(&low)) = (control, bytes.get(2)) else { return Step::More(1) };
        let (length, begin) = if low & 1 == 1 {
            (usize::from(low >> 1), 3usize)
        } else {
            let Some(&high) = bytes.get(3) else { return Step::More(1) };
            (usize::from(high) << 7 | usize::from(low >> 1), 4)
        };
        if length > self.max_information {
            return Step::Invalid;
        }
        let end = begin.saturating_add(length);
        let last = end.saturating_add(1);
        let (Some(&check), Some(&flag)) = (bytes.get(end), bytes.get(last)) else {
            return Step::More(last.saturating_add(1).saturating_sub(bytes.len()));
        };
        let shape = Shape { address, control, begin, end, is_plain: false };
        if flag == self.framing.flag() && shape.has_check(check, bytes) {
            Step::Frame(shape, last.saturating_add(1))
        } else {
            Step::Invalid
        }
    }

    fn advanced(self, bytes: &[u8], plain: &mut Vec<u8>) -> Step {
        let mut header = unstuffed(bytes);
        match (header.next(), header.next()) {
            (Some(address), control) if is_malformed(address, control) => return Step::Invalid,
            _ => {}
        }
        let Some(end) = position(self.framing.flag(), bytes) else {
            return match bytes.len() > self.max_stuffed() {
                true => Step::Invalid,
                false => Step::More(1),
            };
        };
        let stuffed = bytes.get(..end).unwrap_or_default();
        // An escape before the flag aborts the frame.
        if end > self.max_stuffed() || stuffed.last() == Some(&ESCAPE) {
            return Step::Invalid;
        }
        let is_plain = position(ESCAPE, stuffed).is_some();
        let octets = if is_plain {
            plain.clear();
            unstuff(stuffed, plain);
            plain.as_slice()
        } else {
            stuffed
        };
        let [address, control, .., check] = *octets else { return Step::Invalid };
        let last = octets.len().saturating_sub(1);
        let shape = Shape { address, control, begin: 2, end: last, is_plain };
        let is_too_long = last.saturating_sub(2) > self.max_information;
        if is_too_long || !shape.has_check(check, octets) {
            return Step::Invalid;
        }
        Step::Frame(shape, end.saturating_add(1))
    }
}

impl Shape {
    /// Returns `true` if `check` is right for the octets that it covers.
    fn has_check(self, check: u8, octets: &[u8]) -> bool {
        let covered = match FrameKind::of(self.control) {
            Some(FrameKind::Data) => self.begin,
            _ => self.end,
        };
        Fcs::new().over(octets.get(..covered).unwrap_or_default()).octet() == check
    }

    fn frame(self, octets: &[u8]) -> Option<Frame<'_>> {
        Some(Frame {
            dlci: self.address >> 2,
            command: self.address & 2 != 0,
            kind: FrameKind::of(self.control)?,
            poll: self.control & 0x10 != 0,
            information: octets.get(self.begin..self.end)?,
        })
    }
}

/// Returns `true` if no frame begins with these octets.
fn is_malformed(address: u8, control: Option<u8>) -> bool {
    address & 1 == 0 || control.is_some_and(|control| FrameKind::of(control).is_none())
}

/// The octets of a stretch without its escapes, one by one.
fn unstuffed(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = bytes.iter();
    core::iter::from_fn(move || match *bytes.next()? {
        ESCAPE => bytes.next().map(|octet| octet ^ ESCAPED),
        octet => Some(octet),
    })
}

/// Appends octets without their escapes. An escaped escape is an octet of its own.
fn unstuff(stuffed: &[u8], plain: &mut Vec<u8>) {
    plain.reserve(stuffed.len());
    let mut begin = 0;
    for at in memchr::memchr_iter(ESCAPE, stuffed) {
        if at < begin {
            continue;
        }
        plain.extend_from_slice(stuffed.get(begin..at).unwrap_or_default());
        begin = at.saturating_add(1);
        if let Some(&octet) = stuffed.get(begin) {
            plain.push(octet ^ ESCAPED);
            begin = begin.saturating_add(1);
        }
    }
    plain.extend_from_slice(stuffed.get(begin..).unwrap_or_default());
}

/// The position of the first octet like this one.
fn position(octet: u8, octets: &[u8]) -> Option<usize> {
    // The search of small processors takes less flash than the one by words.
    if cfg!(target_pointer_width = "64") {
        memchr::memchr(octet, octets)
    } else {
        octets.iter().position(|other| *other == octet)
    }
}
