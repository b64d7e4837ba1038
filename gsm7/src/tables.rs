//! The shift tables as data, and the search for characters in them, 3GPP TS 23.038, 6.2.1 and annex
//! A.

#[cfg_attr(not(feature = "languages"), allow(dead_code, reason = "the default table is used"))]
mod locking;
#[cfg_attr(not(feature = "languages"), allow(dead_code, reason = "the default table is used"))]
mod single;

use crate::chunks::{ByOctet, BySeptet, FromOctet, FromSeptet};
use crate::{Alphabet, ESCAPE, FAST, Language};

/// The code point of each septet; 0 where the standard defines none. Every character of every table
/// is in the Basic Multilingual Plane, and none of them is U+0000.
type Table = [u16; 128];

/// Septets in ascending order of their code point, equal ones in ascending order of the septet.
type Order = [u8; 128];

/// The rows of languages, the default one included.
const LANGUAGES: usize = if cfg!(feature = "languages") { 14 } else { 1 };

/// Tables and their orders by language identifier. Each is a static of its own, so that a program
/// that names its alphabet is linked with no other table.
macro_rules! by_language {
    ($tables:ident, $orders:ident: $default:path; $($table:path,)*) => {
        static $tables: [&Table; LANGUAGES] =
            [&$default, $(#[cfg(feature = "languages")] &$table),*];
        static $orders: [&Order; LANGUAGES] =
            [&order(&$default), $(#[cfg(feature = "languages")] &order(&$table)),*];
    };
}

// Spanish has no locking shift table.
by_language! {
    LOCKING, LOCKING_ORDER:
    locking::DEFAULT;
    locking::TURKISH,
    locking::DEFAULT,
    locking::PORTUGUESE,
    locking::BENGALI,
    locking::GUJARATI,
    locking::HINDI,
    locking::KANNADA,
    locking::MALAYALAM,
    locking::ORIYA,
    locking::PUNJABI,
    locking::TAMIL,
    locking::TELUGU,
    locking::URDU,
}

by_language! {
    SINGLE, SINGLE_ORDER:
    single::DEFAULT;
    single::TURKISH,
    single::SPANISH,
    single::PORTUGUESE,
    single::BENGALI,
    single::GUJARATI,
    single::HINDI,
    single::KANNADA,
    single::MALAYALAM,
    single::ORIYA,
    single::PUNJABI,
    single::TAMIL,
    single::TELUGU,
    single::URDU,
}

/// The default alphabet and extension by the octets of Latin 1 in UTF-8.
static BY_OCTET: ByOctet = {
    let mut by_octet = [FromOctet::OTHER; 384];
    // The octet before it may be an odd one.
    by_octet[0xC2] = FromOctet::FIRST;
    by_octet[0xC2 + 128] = FromOctet::FIRST;
    by_octet[0xC3] = FromOctet::FIRST;
    by_octet[0xC3 + 128] = FromOctet::FIRST;
    let mut septet = 0u8;
    while septet < 128 {
        let (plain, escaped) =
            (locking::DEFAULT[septet as usize], single::DEFAULT[septet as usize]);
        if matches!(plain, 1..=0xFF) {
            by_octet[last_octet(plain)] = FromOctet::new(Septets::plain(septet));
        }
        // No character is in both tables.
        if matches!(escaped, 1..=0xFF) {
            by_octet[last_octet(escaped)] = FromOctet::new(Septets::escaped(septet));
        }
        septet += 1;
    }
    by_octet
};

const GREEK_FIRST: char = 'Α';
const GREEK_LAST: char = 'Ω';

/// The septets of the Greek capitals of the default alphabet that Latin has no letter for.
static GREEK: [Option<Septets>; GREEK_LAST as usize - GREEK_FIRST as usize + 1] = {
    let mut greek = [None; GREEK_LAST as usize - GREEK_FIRST as usize + 1];
    let mut septet = 0u8;
    while septet < 128 {
        let code = locking::DEFAULT[septet as usize] as usize;
        if GREEK_FIRST as usize <= code && code <= GREEK_LAST as usize {
            greek[code - GREEK_FIRST as usize] = Some(Septets::plain(septet));
        }
        septet += 1;
    }
    greek
};

/// The septet of the euro sign in the extension table.
const EURO: u8 = 0x65;

/// Returns the place of a code point of Latin 1 in [`ByOctet`].
const fn last_octet(code: u16) -> usize {
    if code < 0xC0 { code as usize } else { (code - 0x40 + 0x80) as usize }
}

/// The default alphabet and extension in UTF-8.
static BY_SEPTET: BySeptet = {
    let mut by_septet = [FromSeptet::FLAW; 256];
    let mut septet = 0;
    while septet < 128 {
        by_septet[septet] = FromSeptet::new(locking::DEFAULT[septet]);
        by_septet[septet + 128] = FromSeptet::new(single::DEFAULT[septet]);
        septet += 1;
    }
    by_septet[ESCAPE as usize] = FromSeptet::ESCAPE;
    by_septet
};

/// The two tables that septets are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    locking: &'static Table,
    single: &'static Table,
}

impl Tables {
    pub(crate) fn of(alphabet: Alphabet) -> Self {
        Self { locking: LOCKING[row(alphabet.locking)], single: SINGLE[row(alphabet.single)] }
    }

    /// Returns `true` if septets without an escape are those of the default alphabet.
    #[inline]
    pub(crate) fn has_default_locking(self) -> bool {
        LANGUAGES == 1 || core::ptr::eq(self.locking, LOCKING[0])
    }

    /// Returns the UTF-8 of the septets, if both tables are the default ones.
    #[inline]
    pub(crate) fn by_septet(self) -> Option<&'static BySeptet> {
        let is_default =
            LANGUAGES == 1 || self.has_default_locking() && core::ptr::eq(self.single, SINGLE[0]);
        (FAST && is_default).then_some(&BY_SEPTET)
    }

    /// Returns the character of a septet that no escape precedes.
    pub(crate) fn character(self, septet: u8) -> Option<char> {
        cell(self.locking, septet)
    }

    /// Returns the character of a septet after an escape.
    pub(crate) fn extension(self, septet: u8) -> Option<char> {
        cell(self.single, septet)
    }
}

/// The septets of one character: one septet, or an escape and one septet. A single septet is never
/// an escape, and the octet after it is unspecified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Septets([u8; 2]);

impl Septets {
    pub(crate) const fn new(first: u8, second: u8) -> Self {
        Self([first, second])
    }

    const fn plain(septet: u8) -> Self {
        Self([septet, septet])
    }

    const fn escaped(septet: u8) -> Self {
        Self([ESCAPE, septet])
    }

    /// Returns the number of septets.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        1 + (self.0[0] == ESCAPE) as usize
    }

    /// Returns both octets, of which the first [`len`](Self::len) count.
    #[inline]
    pub(crate) const fn octets(self) -> [u8; 2] {
        self.0
    }
}

/// The two tables with their orders, to find characters in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finder {
    locking: (&'static Table, &'static Order),
    single: (&'static Table, &'static Order),
    /// Set if both tables are the default ones.
    default: bool,
}

impl Finder {
    pub(crate) fn of(alphabet: Alphabet) -> Self {
        let (locking, single) = (row(alphabet.locking), row(alphabet.single));
        Self {
            locking: (LOCKING[locking], LOCKING_ORDER[locking]),
            single: (SINGLE[single], SINGLE_ORDER[single]),
            default: core::ptr::eq(LOCKING[locking], LOCKING[0]) && single == 0,
        }
    }

    /// Returns `true` if septets without an escape are those of the default alphabet.
    #[inline]
    pub(crate) fn has_default_locking(&self) -> bool {
        LANGUAGES == 1 || core::ptr::eq(self.locking.0, LOCKING[0])
    }

    /// Returns `true` if [`BY_OCTET`] is for these tables. A program without languages then has no
    /// search, and a small one nothing else.
    #[inline]
    const fn is_by_octet(&self) -> bool {
        FAST && (LANGUAGES == 1 || self.default)
    }

    /// Returns the septets of Latin 1, if both tables are the default ones.
    #[inline]
    pub(crate) fn by_octet(&self) -> Option<&'static ByOctet> {
        self.is_by_octet().then_some(&BY_OCTET)
    }

    /// Returns the septets of a character: the fewest, and of those the lowest.
    #[inline]
    pub(crate) fn find(&self, character: char) -> Option<Septets> {
        if !self.is_by_octet() {
            return self.search(character);
        }
        match character {
            '\0'..='\u{FF}' => BY_OCTET[last_octet(character as u16)].septets(),
            GREEK_FIRST..=GREEK_LAST => GREEK[character as usize - GREEK_FIRST as usize],
            '€' => Some(Septets::escaped(EURO)),
            _ => None,
        }
    }

    fn search(&self, character: char) -> Option<Septets> {
        let code = u16::try_from(u32::from(character)).ok().filter(|&code| code != 0)?;
        match find(self.locking, code) {
            Some(septet) => Some(Septets::plain(septet)),
            None => find(self.single, code).map(Septets::escaped),
        }
    }
}

/// Returns `true` if the standard has a locking shift table for this language.
pub(crate) const fn has_locking(language: Language) -> bool {
    has_single(language) && language.raw() != Language::SPANISH.raw()
}

/// Returns `true` if the standard has a single shift table for this language.
pub(crate) const fn has_single(language: Language) -> bool {
    language.raw() != 0 && (language.raw() as usize) < LANGUAGES
}

/// Returns the row of a language: an absent or unknown one has the default tables.
fn row(language: Option<Language>) -> usize {
    if LANGUAGES == 1 {
        return 0;
    }
    language
        .filter(|&language| has_single(language))
        .map_or(0, |language| usize::from(language.raw()))
}

fn cell(table: &Table, septet: u8) -> Option<char> {
    let code = *table.get(usize::from(septet))?;
    if code == 0 { None } else { char::from_u32(u32::from(code)) }
}

fn find((table, order): (&Table, &Order), code: u16) -> Option<u8> {
    let code_of = |septet: u8| table[usize::from(septet & 0x7F)];
    let place = order.partition_point(|&septet| code_of(septet) < code);
    order.get(place).copied().filter(|&septet| code_of(septet) == code)
}

/// Builds a table from the cells that are defined.
const fn sparse(cells: &[(u8, u16)]) -> Table {
    let mut table = [0; 128];
    let mut index = 0;
    while index < cells.len() {
        table[cells[index].0 as usize] = cells[index].1;
        index += 1;
    }
    table
}

/// Sorts by insertion, which is stable: of two equal characters the lower septet comes first.
const fn order(table: &Table) -> Order {
    let mut order = [0; 128];
    let mut septet = 0u8;
    while septet < 128 {
        let mut place = septet as usize;
        while place > 0 && table[order[place - 1] as usize] > table[septet as usize] {
            order[place] = order[place - 1];
            place -= 1;
        }
        order[place] = septet;
        septet += 1;
    }
    order
}

#[cfg(all(test, feature = "fast"))]
mod tests {
    use super::*;

    #[cfg(feature = "languages")]
    #[test]
    fn the_default_tables_are_known_as_such() {
        let other = Language::TURKISH;
        for (alphabet, locking, both) in [
            (Alphabet::DEFAULT, true, true),
            (Alphabet::single(other), true, false),
            (Alphabet::locking(other), false, false),
            (Alphabet::both(other), false, false),
        ] {
            let (tables, finder) = (Tables::of(alphabet), Finder::of(alphabet));
            assert_eq!(
                (tables.has_default_locking(), finder.has_default_locking()),
                (locking, locking),
                "{alphabet:?}"
            );
            assert_eq!(
                (tables.by_septet().is_some(), finder.by_octet().is_some()),
                (both, both),
                "{alphabet:?}"
            );
        }
    }

    #[test]
    fn the_text_of_each_septet_is_its_character() {
        let tables = Tables::of(Alphabet::DEFAULT);
        let by_septet = tables.by_septet().unwrap();
        for septet in 0..128 {
            for (entry, character) in [
                (by_septet[usize::from(septet)], tables.character(septet)),
                (by_septet[128 + usize::from(septet)], tables.extension(septet)),
            ] {
                let code =
                    character.map_or(0, |character| u16::try_from(u32::from(character)).unwrap());
                let is_escape = septet == ESCAPE && entry == FromSeptet::ESCAPE;
                assert!(is_escape || entry == FromSeptet::new(code), "{septet:02X}");
            }
        }
    }

    #[test]
    fn the_septets_of_each_octet_are_those_of_its_character() {
        let finder = Finder::of(Alphabet::DEFAULT);
        let by_octet = finder.by_octet().unwrap();
        for character in '\u{1}'..='\u{FF}' {
            let mut text = [0; 2];
            let found = match *character.encode_utf8(&mut text).as_bytes() {
                [octet] | [0xC2, octet] => by_octet[usize::from(octet)],
                [0xC3, octet] => by_octet[usize::from(octet) + 128],
                _ => unreachable!("at most two octets"),
            };
            assert_eq!(found.septets(), finder.search(character), "{character:?}");
            assert_eq!(finder.find(character), finder.search(character), "{character:?}");
        }
        for character in '\u{100}'..='\u{2FFF}' {
            assert_eq!(finder.find(character), finder.search(character), "{character:?}");
        }
        for octet in [0xC2, 0xC3] {
            assert_eq!([by_octet[octet], by_octet[octet + 128]], [FromOctet::FIRST; 2]);
        }
        assert!(by_octet[0xC4..0x100].iter().all(|&found| found == FromOctet::OTHER));
    }
}
