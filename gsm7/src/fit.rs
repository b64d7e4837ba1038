//! The coding that a text needs, its cost, and its cuts, 3GPP TS 23.038, 6.2.

#[cfg(feature = "serde")]
use core::fmt;
use core::iter::FusedIterator;

use crate::alphabet::Alphabet;
use crate::encode;
use crate::error::EncodeError;
use crate::language::Language;
use crate::plain::{self, Backoff};
use crate::tables::{Finder, Septets};
use crate::ucs2;

/// The coding of a text: GSM 7-bit or UCS-2.
///
/// With the feature `serde` a coding is `{"gsm7": {"locking": null, "single": null}}` or `"ucs2"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[doc(alias = "7-bit")]
#[doc(alias = "Unicode")]
#[expect(clippy::exhaustive_enums, reason = "the standard codes text in these two ways only")]
pub enum Coding {
    /// Septets; the unit is a septet.
    Gsm7(Alphabet),
    /// UTF-16BE; the unit is a UTF-16 unit.
    Ucs2,
}

impl Coding {
    /// Returns the number of units that a character takes, 1 or 2.
    ///
    /// Returns `None` if the coding lacks the character.
    #[must_use]
    pub fn cost(self, character: char) -> Option<usize> {
        Meter::of(self).cost(character)
    }

    /// Counts the units that a text takes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInAlphabet`] for the first character that the coding lacks.
    pub fn count(self, text: &str) -> Result<usize, EncodeError> {
        match self {
            Self::Gsm7(alphabet) => encode::count(text, alphabet),
            Self::Ucs2 => Ok(ucs2::count(text)),
        }
    }

    /// Returns the bits that a text of `units` takes, with the header that names the alphabet.
    fn bits(self, units: usize) -> usize {
        match self {
            Self::Ucs2 => units.saturating_mul(16),
            Self::Gsm7(alphabet) => {
                let header = match alphabet.header_octets() {
                    0 => 0,
                    octets => (8 * (1 + octets)).div_ceil(7),
                };
                units.saturating_add(header).saturating_mul(7)
            }
        }
    }
}

/// The set of codings that a message may use.
///
/// A shift table needs a receiver that knows it; other receivers show wrong characters. So a
/// language is used only if it is named here.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, Coding, Codings, Language, fit};
///
/// let text = "Şişli'ye gidiyorum";
/// assert_eq!(fit(text, Codings::DEFAULT)?.coding(), Coding::Ucs2);
///
/// let turkish = Codings::DEFAULT.with_language(Language::TURKISH);
/// assert_eq!(fit(text, turkish)?.coding(), Coding::Gsm7(Alphabet::locking(Language::TURKISH)));
/// # Ok::<(), gsm7::EncodeError>(())
/// ```
///
/// With the feature `serde` it is the list of its codings, in the order of [`iter`](Self::iter).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Codings {
    gsm7: bool,
    ucs2: bool,
    /// One bit per language identifier; bit 0 is the default table.
    locking: u16,
    single: u16,
}

impl Codings {
    /// The default alphabet, with UCS-2 for texts that it lacks characters of.
    pub const DEFAULT: Self = Self { gsm7: true, ucs2: true, locking: 1, single: 1 };

    /// The default alphabet alone.
    pub const GSM7: Self = Self { ucs2: false, ..Self::DEFAULT };

    /// UCS-2 alone.
    pub const UCS2: Self = Self { gsm7: false, ..Self::DEFAULT };

    /// Adds the default alphabet and the locking shift table of a language, if there is one.
    #[must_use]
    pub const fn with_locking(self, language: Language) -> Self {
        let locking =
            if language.has_locking() { self.locking | 1 << language.raw() } else { self.locking };
        Self { gsm7: true, locking, ..self }
    }

    /// Adds the default alphabet and the single shift table of a language, if there is one.
    #[must_use]
    pub const fn with_single(self, language: Language) -> Self {
        let single =
            if language.has_single() { self.single | 1 << language.raw() } else { self.single };
        Self { gsm7: true, single, ..self }
    }

    /// Adds the default alphabet and the shift tables of a language, one or both.
    #[must_use]
    pub const fn with_language(self, language: Language) -> Self {
        self.with_locking(language).with_single(language)
    }

    /// Iterates over the codings, each pair of tables as one.
    ///
    /// The default alphabet comes first and UCS-2 last.
    pub fn iter(self) -> impl Iterator<Item = Coding> + Clone {
        let rows = |bits: u16| {
            (0..16u8)
                .filter(move |row| bits >> row & 1 == 1)
                .map(|row| (row != 0).then(|| Language::new(row)))
        };
        let pairs = rows(self.locking).flat_map(move |locking| {
            rows(self.single).map(move |single| Alphabet { locking, single })
        });
        pairs.filter(move |_| self.gsm7).map(Coding::Gsm7).chain(self.ucs2.then_some(Coding::Ucs2))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Codings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Codings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> serde::de::Visitor<'de> for List {
            type Value = Codings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of one or more codings")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Codings, A::Error> {
                let mut codings = Codings { gsm7: false, ucs2: false, ..Codings::DEFAULT };
                while let Some(coding) = list.next_element()? {
                    codings = match coding {
                        Coding::Gsm7(Alphabet { locking, single }) => {
                            let codings = Codings { gsm7: true, ..codings };
                            let codings = locking.map_or(codings, |it| codings.with_locking(it));
                            single.map_or(codings, |it| codings.with_single(it))
                        }
                        Coding::Ucs2 => Codings { ucs2: true, ..codings },
                    };
                }
                if codings.gsm7 || codings.ucs2 {
                    Ok(codings)
                } else {
                    Err(serde::de::Error::invalid_length(0, &self))
                }
            }
        }

        deserializer.deserialize_seq(List)
    }
}

impl Default for Codings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Chooses the cheapest of the allowed codings that has every character of a text.
///
/// The cheapest coding takes the fewest bits, including the header that names a language. Of equal
/// ones the first of [`Codings::iter`] is taken.
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character outside the default alphabet, if no
/// allowed coding has every character.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, Coding, Codings, fit};
///
/// let plain = fit("5 €", Codings::DEFAULT)?;
/// assert_eq!((plain.coding(), plain.units()), (Coding::Gsm7(Alphabet::DEFAULT), 4));
///
/// let forced = fit("5 ₤", Codings::DEFAULT)?;
/// assert_eq!((forced.coding(), forced.units()), (Coding::Ucs2, 3));
/// assert_eq!(forced.forced_by(), Some((2, '₤')));
/// # Ok::<(), gsm7::EncodeError>(())
/// ```
pub fn fit(text: &str, allowed: Codings) -> Result<Fit<'_>, EncodeError> {
    let plain = encode::count(text, Alphabet::DEFAULT);
    // Only a locking shift table can take fewer septets: `€` is one septet in Turkish.
    if let (Ok(units), true) = (plain, allowed.gsm7 && allowed.locking == 1) {
        return Ok(Fit { text, coding: Coding::Gsm7(Alphabet::DEFAULT), units });
    }
    let fits = allowed.iter().filter_map(|coding| Fit::new(text, coding).ok());
    match fits.min_by_key(|fit| fit.coding.bits(fit.units)) {
        Some(fit) => Ok(fit),
        // Every set of codings has the default alphabet or UCS-2, and UCS-2 has every character.
        None => {
            Err(plain.err().unwrap_or(EncodeError::NotInAlphabet { position: 0, character: '\0' }))
        }
    }
}

/// A text in a coding that has all its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit<'a> {
    text: &'a str,
    coding: Coding,
    units: usize,
}

impl<'a> Fit<'a> {
    /// Fits a text into this coding.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInAlphabet`] for the first character that the coding lacks.
    pub fn new(text: &'a str, coding: Coding) -> Result<Self, EncodeError> {
        Ok(Self { text, coding, units: coding.count(text)? })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The coding.
    #[must_use]
    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// The length of the text: septets, or UTF-16 units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Returns the first character outside the default alphabet, with its byte position.
    ///
    /// It is the reason why the text needs another coding.
    #[must_use]
    pub fn forced_by(&self) -> Option<(usize, char)> {
        match encode::count(self.text, Alphabet::DEFAULT) {
            Err(EncodeError::NotInAlphabet { position, character }) => Some((position, character)),
            _ => None,
        }
    }

    /// Iterates over the characters with their costs.
    ///
    /// # Examples
    ///
    /// ```
    /// use gsm7::{Codings, fit};
    ///
    /// let text = fit("a€b", Codings::DEFAULT)?;
    /// assert!(text.costs().map(|cost| cost.units).eq([1, 2, 1]));
    /// # Ok::<(), gsm7::EncodeError>(())
    /// ```
    #[must_use]
    pub fn costs(&self) -> Costs<'a> {
        Costs { characters: self.text.char_indices(), meter: Meter::of(self.coding) }
    }

    /// Iterates over the pieces of the text, each of at most `budget` units and as long as
    /// possible.
    ///
    /// A cut never falls inside an escape sequence or a surrogate pair. An empty text is one empty
    /// piece. The minimum `budget` is 2, the highest cost of a character; a lower one counts as 2.
    ///
    /// # Examples
    ///
    /// ```
    /// use gsm7::{Codings, fit};
    ///
    /// let text = fit("ab€cd", Codings::DEFAULT)?;
    /// assert!(text.cuts(3).eq(["ab", "€c", "d"]));
    /// # Ok::<(), gsm7::EncodeError>(())
    /// ```
    #[must_use]
    pub fn cuts(&self, budget: usize) -> Cuts<'a> {
        Cuts { rest: Some(self.text), meter: Meter::of(self.coding), budget: budget.max(2) }
    }

    /// Returns the number of parts: 1 if the text has at most `single` units.
    ///
    /// A longer text has one part for each piece of at most `each` units.
    #[doc(alias = "segments")]
    ///
    /// # Examples
    ///
    /// ```
    /// use gsm7::{Codings, fit};
    ///
    /// let text = "a".repeat(161);
    /// assert_eq!(fit(&text, Codings::DEFAULT)?.parts(160, 153), 2);
    /// assert_eq!(fit(&text[1..], Codings::DEFAULT)?.parts(160, 153), 1);
    /// # Ok::<(), gsm7::EncodeError>(())
    /// ```
    #[must_use]
    pub fn parts(&self, single: usize, each: usize) -> usize {
        if self.units <= single { 1 } else { self.cuts(each).count() }
    }
}

/// The cost of one character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// The byte position in the text.
    pub position: usize,
    /// The character.
    pub character: char,
    /// Its septets or UTF-16 units, 1 or 2.
    pub units: usize,
}

/// The cost of each character of a text, from [`Fit::costs`].
#[derive(Clone, Debug)]
pub struct Costs<'a> {
    characters: core::str::CharIndices<'a>,
    meter: Meter,
}

impl Iterator for Costs<'_> {
    type Item = Cost;

    fn next(&mut self) -> Option<Cost> {
        let (position, character) = self.characters.next()?;
        Some(Cost { position, character, units: self.meter.known_cost(character) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.characters.size_hint()
    }
}

impl FusedIterator for Costs<'_> {}

/// The pieces of a text, from [`Fit::cuts`].
#[derive(Clone, Debug)]
pub struct Cuts<'a> {
    rest: Option<&'a str>,
    meter: Meter,
    budget: usize,
}

impl<'a> Iterator for Cuts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let mut rest = text;
        let mut left = self.budget;
        let mut backoff = Backoff::new();
        'full: while !rest.is_empty() {
            while let (Some(more), true) = (self.meter.plain_block(rest), left >= plain::BLOCK) {
                (rest, left) = (more, left - plain::BLOCK);
                backoff.reset();
            }
            let mut characters = rest.chars();
            for _ in 0..backoff.after_miss() {
                let before = characters.as_str();
                let Some(character) = characters.next() else { break };
                let Some(less) = left.checked_sub(self.meter.known_cost(character)) else {
                    rest = before;
                    break 'full;
                };
                left = less;
            }
            rest = characters.as_str();
        }
        let (piece, rest) = text.split_at(text.len() - rest.len());
        self.rest = Some(rest).filter(|rest| !rest.is_empty());
        Some(piece)
    }
}

impl FusedIterator for Cuts<'_> {}

/// A coding prepared for measuring characters.
#[derive(Clone, Copy, Debug)]
enum Meter {
    Gsm7(Finder),
    Ucs2,
}

impl Meter {
    fn of(coding: Coding) -> Self {
        match coding {
            Coding::Gsm7(alphabet) => Self::Gsm7(Finder::of(alphabet)),
            Coding::Ucs2 => Self::Ucs2,
        }
    }

    fn cost(&self, character: char) -> Option<usize> {
        match self {
            Self::Gsm7(finder) => finder.find(character).map(Septets::len),
            Self::Ucs2 => Some(character.len_utf16()),
        }
    }

    /// Returns the text after its first block, if each character of the block costs 1.
    fn plain_block<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Gsm7(finder)
                if encode::plain_block(finder, text.as_bytes(), &mut [0; plain::BLOCK]) =>
            {
                text.get(plain::BLOCK..)
            }
            _ => None,
        }
    }

    /// Returns the cost of a character that the coding has.
    fn known_cost(&self, character: char) -> usize {
        self.cost(character).unwrap_or(1)
    }
}
