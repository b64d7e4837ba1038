//! Formatting of the Enhanced Messaging Service, 3GPP TS 23.040, 9.2.3.24.10.

use crate::element::{Element, ElementId};
use crate::header::Header;

/// An element of the Enhanced Messaging Service (EMS).
///
/// Positions count characters from the start of the text of this part; the header is not counted.
///
/// # Examples
///
/// ```
/// use pdu::{Element, ElementId, Ems};
///
/// let element = Element { id: ElementId::from_raw(0x0A), data: &[0, 5, 0x10] };
/// let Some(Ems::Format(format)) = Ems::of(&element) else { panic!() };
/// assert_eq!((format.start(), format.length(), format.is_bold()), (0, 5, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ems<'a> {
    /// The style of some characters.
    Format(TextFormat),
    /// A sound that the mobile knows by its number.
    PredefinedSound {
        /// The position in characters.
        position: u8,
        /// The number of the sound.
        number: u8,
    },
    /// A sound in iMelody.
    UserSound {
        /// The position in characters.
        position: u8,
        /// The melody.
        melody: &'a [u8],
    },
    /// An animation that the mobile knows by its number.
    PredefinedAnimation {
        /// The position in characters.
        position: u8,
        /// The number of the animation.
        number: u8,
    },
    /// Four frames of 8 x 8 points, or of 16 x 16.
    Animation {
        /// The position in characters.
        position: u8,
        /// Points of a side.
        size: u8,
        /// The frames, row by row, the most significant bit left.
        frames: &'a [u8],
    },
    /// A picture of black and white points.
    Picture {
        /// The position in characters.
        position: u8,
        /// The width in points, a multiple of 8.
        width: u16,
        /// The height in points.
        height: u8,
        /// The points, row by row, the most significant bit left.
        bitmap: &'a [u8],
    },
    /// The number of objects that follow and belong together.
    UserPrompt {
        /// The number of objects.
        objects: u8,
    },
}

impl<'a> Ems<'a> {
    /// Reads an element, or returns `None` if it is of another kind, or has another length.
    #[must_use]
    pub fn of(element: &Element<'a>) -> Option<Self> {
        Some(match (element.id.raw(), element.data) {
            (0x0A, &[start, length, style]) => {
                Self::Format(TextFormat { start, length, style, colours: None })
            }
            (0x0A, &[start, length, style, colours]) => {
                Self::Format(TextFormat { start, length, style, colours: Some(colours) })
            }
            (0x0B, &[position, number]) => Self::PredefinedSound { position, number },
            (0x0C, &[position, ref melody @ ..]) => Self::UserSound { position, melody },
            (0x0D, &[position, number]) => Self::PredefinedAnimation { position, number },
            (0x0E, &[position, ref frames @ ..]) if frames.len() == 128 => {
                Self::Animation { position, size: 16, frames }
            }
            (0x0F, &[position, ref frames @ ..]) if frames.len() == 32 => {
                Self::Animation { position, size: 8, frames }
            }
            (0x10, &[position, ref bitmap @ ..]) if bitmap.len() == 128 => {
                Self::Picture { position, width: 32, height: 32, bitmap }
            }
            (0x11, &[position, ref bitmap @ ..]) if bitmap.len() == 32 => {
                Self::Picture { position, width: 16, height: 16, bitmap }
            }
            (0x12, &[position, width, height, ref bitmap @ ..])
                if bitmap.len() == usize::from(width) * usize::from(height) =>
            {
                Self::Picture { position, width: 8 * u16::from(width), height, bitmap }
            }
            (0x13, &[objects]) => Self::UserPrompt { objects },
            _ => return None,
        })
    }
}

impl<'a> Header<'a> {
    /// Iterates over the elements of the Enhanced Messaging Service in their order.
    pub fn ems(&self) -> impl Iterator<Item = Ems<'a>> + use<'a> {
        self.elements().filter_map(|element| Ems::of(&element))
    }
}

impl ElementId {
    /// Text formatting of EMS.
    pub const TEXT_FORMATTING: Self = Self::from_raw(0x0A);
}

/// The style of some characters. 3GPP TS 23.040, 9.2.3.24.10.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextFormat {
    start: u8,
    length: u8,
    style: u8,
    colours: Option<u8>,
}

impl TextFormat {
    /// Returns the position of the first character.
    #[must_use]
    pub const fn start(&self) -> u8 {
        self.start
    }

    /// Returns the number of characters; 0 means that the style is the default from there on.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Returns the alignment.
    #[must_use]
    pub const fn alignment(&self) -> Alignment {
        match self.style & 0b11 {
            0 => Alignment::Left,
            1 => Alignment::Centre,
            2 => Alignment::Right,
            _ => Alignment::ByLanguage,
        }
    }

    /// Returns the size of the characters; the reserved value reads as normal.
    #[must_use]
    pub const fn size(&self) -> TextSize {
        match self.style >> 2 & 0b11 {
            1 => TextSize::Large,
            2 => TextSize::Small,
            _ => TextSize::Normal,
        }
    }

    /// Returns `true` if the characters are bold.
    #[must_use]
    pub const fn is_bold(&self) -> bool {
        self.style & 0x10 != 0
    }

    /// Returns `true` if the characters are italic.
    #[must_use]
    pub const fn is_italic(&self) -> bool {
        self.style & 0x20 != 0
    }

    /// Returns `true` if the characters are underlined.
    #[must_use]
    pub const fn is_underlined(&self) -> bool {
        self.style & 0x40 != 0
    }

    /// Returns `true` if the characters are struck through.
    #[must_use]
    pub const fn is_struck_through(&self) -> bool {
        self.style & 0x80 != 0
    }

    /// Returns the colour of the characters, 0 to 15, if the element names colours.
    ///
    /// [`colour_name`](Self::colour_name) has the words.
    #[must_use]
    pub const fn colour(&self) -> Option<u8> {
        match self.colours {
            Some(colours) => Some(colours & 0xF),
            None => None,
        }
    }

    /// Returns the colour of the background, 0 to 15, if the element names colours.
    #[must_use]
    pub const fn background(&self) -> Option<u8> {
        match self.colours {
            Some(colours) => Some(colours >> 4),
            None => None,
        }
    }

    /// Returns the name of a colour; only the low four bits count.
    #[must_use]
    pub const fn colour_name(colour: u8) -> &'static str {
        match colour & 0xF {
            0 => "black",
            1 => "dark grey",
            2 => "dark red",
            3 => "dark yellow",
            4 => "dark green",
            5 => "dark cyan",
            6 => "dark blue",
            7 => "dark magenta",
            8 => "grey",
            9 => "white",
            10 => "bright red",
            11 => "bright yellow",
            12 => "bright green",
            13 => "bright cyan",
            14 => "bright blue",
            _ => "bright magenta",
        }
    }
}

/// The alignment of formatted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "two bits, all four values are here")]
pub enum Alignment {
    /// Left.
    Left,
    /// Centre.
    Centre,
    /// Right.
    Right,
    /// As the language is written.
    ByLanguage,
}

/// The size of formatted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the fourth value of the two bits is reserved")]
pub enum TextSize {
    /// Normal.
    Normal,
    /// Large.
    Large,
    /// Small.
    Small,
}
