//! Frames: 3GPP TS 27.010, 5.2.

use alloc::vec::Vec;

use super::fcs::Fcs;

/// The flag of the basic option, 27.010, 5.2.6.1.
pub(super) const BASIC_FLAG: u8 = 0xF9;
/// The flag of the advanced option, 27.010, 5.2.7.1.
pub(super) const ADVANCED_FLAG: u8 = 0x7E;
/// The octet before a changed octet of the advanced option.
pub(super) const ESCAPE: u8 = 0x7D;
/// The change of an octet after an escape.
pub(super) const ESCAPED: u8 = 0x20;
/// The poll/final bit of the control octet.
const POLL_FINAL: u8 = 0x10;

/// The maximal information in a frame: its length has 15 bits.
pub(super) const MAX_INFORMATION: usize = 0x7FFF;

/// The form of frames on the line: the two options of 3GPP TS 27.010, 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Framing {
    /// The basic option, `AT+CMUX=0`: flags F9, and a length in each frame.
    #[default]
    Basic,
    /// The advanced option, `AT+CMUX=1`: flags 7E, and transparency as in HDLC. Feature
    /// `mux-advanced`.
    #[cfg(feature = "mux-advanced")]
    Advanced,
}

impl Framing {
    /// The octet before and after each frame.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::mux::Framing;
    ///
    /// assert_eq!(Framing::Basic.flag(), 0xF9);
    /// assert_eq!(Framing::Advanced.flag(), 0x7E);
    /// ```
    pub const fn flag(self) -> u8 {
        if self.is_advanced() { ADVANCED_FLAG } else { BASIC_FLAG }
    }

    /// The options that this build has.
    pub(super) const ALL: &[Self] = &[
        Self::Basic,
        #[cfg(feature = "mux-advanced")]
        Self::Advanced,
    ];

    pub(super) const fn is_advanced(self) -> bool {
        !matches!(self, Self::Basic)
    }
}

/// The kind of a frame, from its control octet: 3GPP TS 27.010, 5.2.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameKind {
    /// SABM: opens a channel.
    #[doc(alias = "SABM")]
    Open,
    /// UA: accepts an opening or a closing.
    #[doc(alias = "UA")]
    Accepted,
    /// DM: the channel is not open.
    #[doc(alias = "DM")]
    NotOpen,
    /// DISC: closes a channel.
    #[doc(alias = "DISC")]
    Close,
    /// UIH: data, whose check covers the header only.
    #[doc(alias = "UIH")]
    Data,
    /// UI: data, whose check covers the information too.
    #[doc(alias = "UI")]
    CheckedData,
}

impl FrameKind {
    const fn octet(self) -> u8 {
        match self {
            Self::Open => 0x2F,
            Self::Accepted => 0x63,
            Self::NotOpen => 0x0F,
            Self::Close => 0x43,
            Self::Data => 0xEF,
            Self::CheckedData => 0x03,
        }
    }

    pub(super) const fn of(control: u8) -> Option<Self> {
        Some(match control & !POLL_FINAL {
            0x2F => Self::Open,
            0x63 => Self::Accepted,
            0x0F => Self::NotOpen,
            0x43 => Self::Close,
            0xEF => Self::Data,
            0x03 => Self::CheckedData,
            _ => return None,
        })
    }
}

/// A frame without its flags and its check.
///
/// # Examples
///
/// ```
/// use at_proto::mux::{Frame, FrameKind, Framing};
///
/// let kind = FrameKind::Data;
/// let frame = Frame { dlci: 1, command: true, kind, poll: false, information: b"AT\r" };
/// let mut bytes = Vec::new();
/// frame.encode(Framing::Basic, &mut bytes);
/// assert_eq!(bytes, [0xF9, 0x07, 0xEF, 0x07, b'A', b'T', b'\r', 0xD3, 0xF9]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of a frame are those of the standard")]
pub struct Frame<'a> {
    /// The channel, 0 to 63; 0 is the control channel.
    pub dlci: u8,
    /// The C/R bit of the address, 27.010, 5.2.1.2.
    pub command: bool,
    /// The kind.
    pub kind: FrameKind,
    /// The poll bit of a command, the final bit of a response.
    pub poll: bool,
    /// The information; at most 32,767 octets.
    pub information: &'a [u8],
}

impl Frame<'_> {
    /// Appends the octets of the frame, with a flag at both ends.
    ///
    /// Information over 32,767 octets is cut.
    pub fn encode(&self, framing: Framing, out: &mut Vec<u8>) {
        let information = self.information.get(..MAX_INFORMATION).unwrap_or(self.information);
        let address = (self.dlci & 0x3F) << 2 | u8::from(self.command) << 1 | 1;
        let control = self.kind.octet() | if self.poll { POLL_FINAL } else { 0 };
        let [low, high] = length_octets(information.len());
        let header = [address, control, low, high];
        let header: &[u8] = match &header {
            [header @ .., _, _] if framing.is_advanced() => header,
            [header @ .., _] if low & 1 == 1 => header,
            header => header,
        };
        let mut fcs = Fcs::new().over(header);
        if self.kind != FrameKind::Data {
            fcs = fcs.over(information);
        }
        out.reserve(information.len().saturating_add(8));
        out.push(framing.flag());
        if framing.is_advanced() {
            stuff([header, information, &[fcs.octet()]], out);
        } else {
            out.extend_from_slice(header);
            out.extend_from_slice(information);
            out.push(fcs.octet());
        }
        out.push(framing.flag());
    }
}

/// The octets of a length; the second one is unused if the first has its EA bit: 27.010, 5.2.1.5.
#[allow(clippy::cast_possible_truncation, reason = "the masks leave seven and eight bits")]
pub(super) const fn length_octets(length: usize) -> [u8; 2] {
    if length < 0x80 {
        [(length << 1) as u8 | 1, 0]
    } else {
        [((length & 0x7F) << 1) as u8, (length >> 7 & 0xFF) as u8]
    }
}

/// Appends octets with the transparency of the advanced option: 27.010, 5.2.7.1.1.
///
/// XON and XOFF are changed as well, so that software flow control may be in use.
fn stuff(pieces: [&[u8]; 3], out: &mut Vec<u8>) {
    let octets = pieces.iter().fold(0usize, |sum, piece| sum.saturating_add(piece.len()));
    let begin = out.len();
    // Room for an escape before each octet: written in place, since a processor waits for octets
    // that are copied right after they were written one by one.
    out.resize(begin.saturating_add(octets.saturating_mul(2)), 0);
    let mut room = out.get_mut(begin..).unwrap_or_default();
    for piece in pieces {
        room = stuff_one(piece, room);
    }
    let unused = room.len();
    out.truncate(out.len().saturating_sub(unused));
}

/// Writes one piece to the beginning of `room`, and returns the rest of it.
fn stuff_one<'a>(mut octets: &[u8], mut room: &'a mut [u8]) -> &'a mut [u8] {
    // A processor with smaller words gains nothing by eight octets at once.
    let has_words = cfg!(target_pointer_width = "64");
    while let Some((word, rest)) = octets.split_first_chunk().filter(|_| has_words) {
        // All eight octets, of which those from the first escape on are written again.
        if let Some(place) = room.first_chunk_mut() {
            *place = *word;
        }
        let plain = plain_octets(u64::from_le_bytes(*word));
        // A branch, so that the next eight octets do not wait for the number.
        if plain == word.len() {
            octets = rest;
            room = room.get_mut(8..).unwrap_or_default();
            continue;
        }
        let (_, escaped) = octets.split_at(plain);
        let (escaped, rest) = escaped.split_at(1);
        room = stuff_each(escaped, room.get_mut(plain..).unwrap_or_default());
        octets = rest;
    }
    stuff_each(octets, room)
}

/// Writes octets one by one, without branches: an escape that is not needed is overwritten by its
/// octet.
fn stuff_each<'a>(octets: &[u8], room: &'a mut [u8]) -> &'a mut [u8] {
    let mut length = 0usize;
    for &octet in octets {
        let escapes = needs_escape(octet);
        if let Some(place) = room.get_mut(length) {
            *place = ESCAPE;
        }
        length = length.wrapping_add(usize::from(escapes));
        if let Some(place) = room.get_mut(length) {
            *place = octet ^ if escapes { ESCAPED } else { 0 };
        }
        length = length.wrapping_add(1);
    }
    room.get_mut(length..).unwrap_or_default()
}

/// The number of octets before the first that [needs an escape](needs_escape), the lowest octet
/// first; 8 if none does.
const fn plain_octets(word: u64) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    /// The highest bit of each octet that is zero; above the lowest such octet it may be wrong.
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word & ONES << 7
    }
    const fn all(octet: u8) -> u64 {
        ONES.wrapping_mul(octet as u64)
    }
    let found = zeros(word ^ all(ADVANCED_FLAG))
        | zeros(word ^ all(ESCAPE))
        | zeros((word | all(2)) ^ all(0x13));
    found.trailing_zeros() as usize / 8
}

/// Returns `true` for the flag, the escape, XON (11) and XOFF (13).
const fn needs_escape(octet: u8) -> bool {
    // Without short circuit, since most octets need none.
    (octet == ADVANCED_FLAG) | (octet == ESCAPE) | (octet | 2 == 0x13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_before_the_first_escape_are_counted_as_one_by_one() {
        for octet in 0..=u8::MAX {
            for after in [0, 0x11, 0x12, 0x7C, 0x7E, 0x80, 0xFD, 0xFF, octet] {
                for place in 0..8 {
                    let mut octets = [after; 8];
                    octets[..place].fill(0x7F);
                    octets[place] = octet;
                    let one_by_one = octets.iter().position(|&octet| needs_escape(octet));
                    assert_eq!(
                        plain_octets(u64::from_le_bytes(octets)),
                        one_by_one.unwrap_or(8),
                        "{octets:02X?}"
                    );
                }
            }
        }
    }
}
