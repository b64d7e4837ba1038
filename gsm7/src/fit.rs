//! Which coding a text needs, what it costs, and where it can be cut, 3GPP TS 23.038, 6.2.

use core::iter::FusedIterator;

use crate::alphabet::Alphabet;
use crate::encode;
use crate::error::EncodeError;
use crate::language::Language;
use crate::plain::{self, Patience};
use crate::tables::{Finder, Septets};
use crate::ucs2;

/// How the text of a message is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard codes text in these two ways only")]
pub enum Coding {
    /// Septets; the unit is a septet.
    Gsm7(Alphabet),
    /// UTF-16BE; the unit is a UTF-16 unit.
    Ucs2,
}

impl Coding {
    /// The number of units that a character takes, 1 or 2; none if the coding lacks it.
    #[must_use]
    pub fn cost(self, character: char) -> Option<usize> {
        Meter::of(self).cost(character)
    }

    /// The number of units that a text takes.
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

    /// The bits that a text of `units` takes, with the header that names the alphabet.
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

/// The codings that a message may use.
///
/// A shift table needs a receiver that knows it; one that does not shows other characters. So languages are
/// used only where they are named here.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Codings {
    gsm7: bool,
    ucs2: bool,
    /// A bit for each language identifier; bit 0 is the default table.
    locking: u16,
    single: u16,
}

impl Codings {
    /// The default alphabet, and UCS-2 where it does not do.
    pub const DEFAULT: Self = Self { gsm7: true, ucs2: true, locking: 1, single: 1 };

    /// Only the default alphabet.
    pub const GSM7: Self = Self { ucs2: false, ..Self::DEFAULT };

    /// Only UCS-2.
    pub const UCS2: Self = Self { gsm7: false, ..Self::DEFAULT };

    /// Also the locking shift table of a language, if it has one; and the default alphabet.
    #[must_use]
    pub const fn with_locking(self, language: Language) -> Self {
        let locking =
            if language.has_locking() { self.locking | 1 << language.raw() } else { self.locking };
        Self { gsm7: true, locking, ..self }
    }

    /// Also the single shift table of a language, if it has one; and the default alphabet.
    #[must_use]
    pub const fn with_single(self, language: Language) -> Self {
        let single =
            if language.has_single() { self.single | 1 << language.raw() } else { self.single };
        Self { gsm7: true, single, ..self }
    }

    /// Also the shift tables of a language, one or both; and the default alphabet.
    #[must_use]
    pub const fn with_language(self, language: Language) -> Self {
        self.with_locking(language).with_single(language)
    }

    /// The codings, every pair of tables as one; the default alphabet comes first and UCS-2 last.
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

impl Default for Codings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The cheapest of the allowed codings that has every character of a text: the one with the fewest bits, the
/// header that names a language counted, and of equal ones the first of [`Codings::iter`].
///
/// # Errors
///
/// [`EncodeError::NotInAlphabet`] for the first character outside the default alphabet, if no allowed coding
/// has them all.
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
    // Only a locking shift table has what the default alphabet has for fewer septets: `€` is one in the Turkish.
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
    /// A text in this coding.
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

    /// The first character outside the default alphabet with its byte position: why the coding is another.
    #[must_use]
    pub fn forced_by(&self) -> Option<(usize, char)> {
        match encode::count(self.text, Alphabet::DEFAULT) {
            Err(EncodeError::NotInAlphabet { position, character }) => Some((position, character)),
            _ => None,
        }
    }

    /// What each character costs.
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

    /// The text in pieces of at most `budget` units, each as long as can be, cut between characters only: never
    /// inside an escape or a surrogate pair.
    ///
    /// An empty text is one empty piece. A budget below 2, the most that a character costs, is taken as 2.
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

    /// The number of parts: one if the text has at most `single` units, else that of the pieces of at most
    /// `each` units.
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

/// What one character of a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let mut patience = Patience::new();
        'full: while !rest.is_empty() {
            while let (Some(more), true) = (self.meter.plain_block(rest), left >= plain::BLOCK) {
                (rest, left) = (more, left - plain::BLOCK);
                patience.reset();
            }
            let mut characters = rest.chars();
            for _ in 0..patience.after_miss() {
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

/// A coding, ready to measure characters.
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

    /// The text behind its first block, if each character of the block costs 1.
    fn plain_block<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Gsm7(finder) => encode::plain_block(finder, text, &mut [0; plain::BLOCK]),
            Self::Ucs2 => None,
        }
    }

    /// The cost of a character that the coding has.
    fn known_cost(&self, character: char) -> usize {
        self.cost(character).unwrap_or(1)
    }
}
