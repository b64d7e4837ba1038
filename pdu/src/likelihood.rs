//! The length of a text in bits, in a simple model of text in any script of Unicode.
//!
//! A text that was decoded with a wrong encoding changes its script all the time, so that it takes
//! more bits than the right reading. Only differences matter, and the figures are rough.

use self::Sign::{Common, Letter, Unlikely};

/// The bits of an unlikely character: a control character, one for private use, U+FFFD.
const UNLIKELY: u32 = 24;

/// The bits of the change to another script. The change to Latin letters takes half as many.
const CHANGE: u32 = 8;

/// The bits of a change between small letters, capitals and digits in a word.
const MIXED: u32 = 4;

/// The bits of a capital that begins a word.
const CAPITAL: u32 = 1;

/// Returns the bits of a text: of each character in its script, and of the changes between scripts.
pub(crate) fn text_bits(text: &str) -> u32 {
    let mut script = None;
    let mut kind = Kind::Other;
    let mut bits: u32 = 0;
    for character in text.chars() {
        let next = Kind::of(character);
        bits = bits.saturating_add(kind.change(next));
        kind = next;
        bits = bits.saturating_add(match sign(character) {
            Common(own) => own,
            Letter(next, own) if script == Some(next) => own,
            Letter(next, own) => {
                script = Some(next);
                own + if next == LATIN { CHANGE / 2 } else { CHANGE }
            }
            Unlikely => UNLIKELY,
        });
    }
    bits
}

/// Returns the bits of hexadecimal digits as a code: 4 for each digit, or 2.6 if all are letters.
pub(crate) fn code_bits(digits: &[u8]) -> u32 {
    let count = u32::try_from(digits.len()).unwrap_or(u32::MAX).min(u32::MAX / 16);
    if digits.iter().all(u8::is_ascii_alphabetic) { count * 13 / 5 } else { count * 4 }
}

/// The kind of a character of ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Small,
    Capital,
    Digit,
    Other,
}

impl Kind {
    const fn of(character: char) -> Self {
        match character {
            'a'..='z' => Self::Small,
            'A'..='Z' => Self::Capital,
            '0'..='9' => Self::Digit,
            _ => Self::Other,
        }
    }

    /// The bits of the one kind after the other.
    const fn change(self, next: Self) -> u32 {
        match (self, next) {
            (Self::Other, Self::Capital) => CAPITAL,
            (Self::Small, Self::Capital | Self::Digit)
            | (Self::Capital, Self::Digit)
            | (Self::Digit, Self::Small | Self::Capital) => MIXED,
            _ => 0,
        }
    }
}

/// A character with its bits.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A character of any script.
    Common(u32),
    /// A letter of a script, which is named by its first character.
    Letter(u32, u32),
    Unlikely,
}

const LATIN: u32 = 0x41;
const HAN: u32 = 0x4E00;
const HANGUL: u32 = 0xAC00;
const ARABIC: u32 = 0x600;
const CYRILLIC: u32 = 0x400;

/// Ranges of code points with their sign; the first row that has a code point counts. These are the
/// characters of any script, and the scripts whose letters are in several blocks or in one that is
/// not of 128 code points.
const SIGNS: &[(u32, u32, Sign)] = &[
    (0x0A, 0x0A, Common(5)),
    (0x0D, 0x0D, Common(5)),
    (0x09, 0x09, Common(8)),
    (0x00, 0x1F, Unlikely),
    (0x7F, 0x9F, Unlikely),
    (0x20, 0x20, Common(3)),
    (0x30, 0x39, Common(4)),
    (0x2C, 0x2F, Common(5)),
    (0x3A, 0x3A, Common(5)),
    (0x41, 0x5A, Letter(LATIN, 5)),
    (0x61, 0x7A, Letter(LATIN, 5)),
    // The characters of codes: # * +
    (0x23, 0x23, Common(7)),
    (0x2A, 0x2A, Common(7)),
    (0x2B, 0x2B, Common(7)),
    (0x21, 0x7E, Common(9)),
    (0xA0, 0xBF, Common(11)),
    (0xD7, 0xD7, Common(11)),
    (0xF7, 0xF7, Common(11)),
    (0xC0, 0x24F, Letter(LATIN, 9)),
    (0x1E00, 0x1EFF, Letter(LATIN, 9)),
    (0x250, 0x2AF, Letter(LATIN, 12)),
    (0x1D00, 0x1DBF, Letter(LATIN, 12)),
    (0x2C60, 0x2C7F, Letter(LATIN, 12)),
    (0xA720, 0xA7FF, Letter(LATIN, 12)),
    (0xAB30, 0xAB6F, Letter(LATIN, 12)),
    // Letters and marks that modify others.
    (0x2B0, 0x36F, Common(13)),
    (0x1AB0, 0x1AFF, Common(13)),
    (0x1DC0, 0x1DFF, Common(13)),
    (0x20D0, 0x20FF, Common(13)),
    (0x370, 0x3FF, Letter(0x370, 7)),
    (0x1F00, 0x1FFF, Letter(0x370, 7)),
    (0x400, 0x52F, Letter(CYRILLIC, 7)),
    (0x1C80, 0x1C8F, Letter(CYRILLIC, 7)),
    (0x2DE0, 0x2DFF, Letter(CYRILLIC, 7)),
    (0xA640, 0xA69F, Letter(CYRILLIC, 7)),
    (0x530, 0x58F, Letter(0x530, 7)),
    (0xFB13, 0xFB17, Letter(0x530, 7)),
    (0x590, 0x5FF, Letter(0x590, 7)),
    (0xFB1D, 0xFB4F, Letter(0x590, 7)),
    (0x600, 0x6FF, Letter(ARABIC, 7)),
    (0x750, 0x77F, Letter(ARABIC, 7)),
    (0x870, 0x8FF, Letter(ARABIC, 7)),
    (0xFB50, 0xFDCF, Letter(ARABIC, 10)),
    (0xFDF0, 0xFDFF, Letter(ARABIC, 10)),
    (0xFE70, 0xFEFC, Letter(ARABIC, 10)),
    // Syriac, Thaana, N'Ko, Samaritan, Mandaic.
    (0x700, 0x74F, Letter(0x700, 7)),
    (0x780, 0x7BF, Letter(0x780, 7)),
    (0x7C0, 0x7FF, Letter(0x7C0, 7)),
    (0x800, 0x86F, Letter(0x800, 7)),
    (0x900, 0x97F, Letter(0x900, 7)),
    (0xA8E0, 0xA8FF, Letter(0x900, 7)),
    (0xF00, 0xFFF, Letter(0xF00, 8)),
    (0x1000, 0x109F, Letter(0x1000, 8)),
    (0xA9E0, 0xA9FF, Letter(0x1000, 8)),
    (0xAA60, 0xAA7F, Letter(0x1000, 8)),
    (0x10A0, 0x10FF, Letter(0x10A0, 7)),
    (0x1C90, 0x1CBF, Letter(0x10A0, 7)),
    (0x2D00, 0x2D2F, Letter(0x10A0, 7)),
    (0x1200, 0x139F, Letter(0x1200, 9)),
    (0x2D80, 0x2DDF, Letter(0x1200, 9)),
    (0xAB00, 0xAB2F, Letter(0x1200, 9)),
    (0x13A0, 0x13FF, Letter(0x13A0, 7)),
    (0xAB70, 0xABBF, Letter(0x13A0, 7)),
    (0x1400, 0x167F, Letter(0x1400, 10)),
    (0x18B0, 0x18FF, Letter(0x1400, 10)),
    (0x1780, 0x17FF, Letter(0x1780, 7)),
    (0x19E0, 0x19FF, Letter(0x1780, 7)),
    (0x1800, 0x18AF, Letter(0x1800, 8)),
    (0x1950, 0x19DF, Letter(0x1950, 8)),
    (0x1A20, 0x1AAF, Letter(0x1A20, 8)),
    (0x1CD0, 0x1CFF, Common(13)),
    (0xA830, 0xA83F, Common(13)),
    (0x2000, 0x206F, Common(10)),
    (0x20A0, 0x20CF, Common(10)),
    (0x2100, 0x2BFF, Common(15)),
    (0x2D30, 0x2D7F, Letter(0x2D30, 7)),
    (0x2E00, 0x2E7F, Common(15)),
    // Chinese, Japanese.
    (0x3000, 0x303F, Common(8)),
    (0x3040, 0x312F, Letter(HAN, 8)),
    (0x31A0, 0x31BF, Letter(HAN, 8)),
    (0x31F0, 0x31FF, Letter(HAN, 8)),
    (0xFF61, 0xFF9F, Letter(HAN, 8)),
    (0x2E80, 0x2FFF, Letter(HAN, 15)),
    (0x31C0, 0x31EF, Letter(HAN, 15)),
    (0x3400, 0x4DBF, Letter(HAN, 15)),
    (0xF900, 0xFAFF, Letter(HAN, 15)),
    (0x4E00, 0x9FFF, Letter(HAN, 13)),
    (0x2_0000, 0x3_FFFF, Letter(HAN, 18)),
    (0x3200, 0x33FF, Common(14)),
    (0xFE10, 0xFE1F, Common(14)),
    (0xFE30, 0xFE6F, Common(14)),
    (0xFE00, 0xFE0F, Common(6)),
    (0xFF00, 0xFF60, Common(8)),
    (0xFFE0, 0xFFEF, Common(8)),
    (0x1100, 0x11FF, Letter(HANGUL, 9)),
    (0x3130, 0x318F, Letter(HANGUL, 9)),
    (0xA960, 0xA97F, Letter(HANGUL, 9)),
    (0xFFA0, 0xFFDF, Letter(HANGUL, 9)),
    (0xAC00, 0xD7FF, Letter(HANGUL, 12)),
    (0xA000, 0xA4CF, Letter(0xA000, 11)),
    (0xA500, 0xA63F, Letter(0xA500, 9)),
    (0xE000, 0xF8FF, Unlikely),
    (0xFE20, 0xFE2F, Unlikely),
    (0xFDD0, 0xFDEF, Unlikely),
    (0xFFF0, 0xFFFF, Unlikely),
    // Symbols for mathematics and music, pictures.
    (0x1_D000, 0x1_D7FF, Common(12)),
    (0x1_F000, 0x1_FAFF, Common(12)),
    (0x4_0000, 0x10_FFFF, Common(2 * UNLIKELY)),
];

/// The sign of a character. Outside of the table each block of 128 code points is a script.
fn sign(character: char) -> Sign {
    let code = u32::from(character);
    let row = SIGNS.iter().find(|(first, last, _)| (*first..=*last).contains(&code));
    match row {
        Some((.., sign)) => *sign,
        None => Letter(code & !0x7F, if code < 0x1_0000 { 7 } else { 12 }),
    }
}
