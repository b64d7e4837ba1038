//! The shift tables as data, and the search for characters in them, 3GPP TS 23.038, 6.2.1 and annex
//! A.

mod locking;
mod single;

use crate::{Alphabet, ESCAPE, Language};

/// The code point of each septet; 0 where the standard defines none. Every character of every table
/// is in the Basic Multilingual Plane, and none of them is U+0000.
type Table = [u16; 128];

/// Septets in ascending order of their code point, equal ones in ascending order of the septet.
type Order = [u8; 128];

const LANGUAGES: usize = 14;

/// Tables and their orders by language identifier. Each is a static of its own, so that a program
/// that names its alphabet is linked with no other table.
macro_rules! by_language {
    ($tables:ident, $orders:ident: $($table:path,)*) => {
        static $tables: [&Table; LANGUAGES] = [$(&$table),*];
        static $orders: [&Order; LANGUAGES] = [$(&order(&$table)),*];
    };
}

// Spanish has no locking shift table.
by_language! {
    LOCKING, LOCKING_ORDER:
    locking::DEFAULT,
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
    single::DEFAULT,
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

/// The default alphabet and extension by the code points of Latin 1.
static LATIN: [Septets; 256] = {
    let mut latin = [Septets::NONE; 256];
    let mut septet = 0u8;
    while septet < 128 {
        let (plain, escaped) =
            (locking::DEFAULT[septet as usize], single::DEFAULT[septet as usize]);
        if matches!(plain, 1..=0xFF) {
            latin[plain as usize] = Septets::plain(septet);
        }
        // No character is in both tables.
        if matches!(escaped, 1..=0xFF) {
            latin[escaped as usize] = Septets::escaped(septet);
        }
        septet += 1;
    }
    latin
};

/// A character in UTF-8, of at most three bytes, with its length in the last.
pub(crate) type Utf8 = [u8; 4];

/// The default alphabet and extension in UTF-8; nothing has length 0.
static UTF8: [[Utf8; 128]; 2] = [utf8_table(&locking::DEFAULT), utf8_table(&single::DEFAULT)];

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
        core::ptr::eq(self.locking, LOCKING[0])
    }

    /// Returns the UTF-8 of the septets, if both tables are the default ones.
    pub(crate) fn utf8(self) -> Option<&'static [[Utf8; 128]; 2]> {
        (self.has_default_locking() && core::ptr::eq(self.single, SINGLE[0])).then_some(&UTF8)
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
    /// A value that is not the septets of any character.
    pub(crate) const NONE: Self = Self([0xFF; 2]);

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
        core::ptr::eq(self.locking.0, LOCKING[0])
    }

    /// Returns the septets of Latin 1, if both tables are the default ones.
    #[inline]
    pub(crate) fn latin(&self) -> Option<&'static [Septets; 256]> {
        self.default.then_some(&LATIN)
    }

    /// Returns the septets of a character: the fewest, and of those the lowest.
    #[inline]
    pub(crate) fn find(&self, character: char) -> Option<Septets> {
        match LATIN.get(character as usize) {
            Some(&found) if self.default => Some(found).filter(|&found| found != Septets::NONE),
            _ => self.search(character),
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

const fn utf8_table(table: &Table) -> [Utf8; 128] {
    let mut utf8 = [[0; 4]; 128];
    let mut septet = 0;
    while septet < 128 {
        let [high, low] = table[septet].to_be_bytes();
        let (top, middle, last) = (high >> 4, high << 2 & 0x3F | low >> 6, low & 0x3F);
        utf8[septet] = match table[septet] {
            0 => [0; 4],
            1..=0x7F => [low, 0, 0, 1],
            0x80..=0x7FF => [0xC0 | middle, 0x80 | last, 0, 2],
            0x800.. => [0xE0 | top, 0x80 | middle, 0x80 | last, 3],
        };
        septet += 1;
    }
    utf8
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

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
                (tables.utf8().is_some(), finder.latin().is_some()),
                (both, both),
                "{alphabet:?}"
            );
        }
    }

    #[test]
    fn the_text_of_each_septet_is_its_character() {
        let tables = Tables::of(Alphabet::DEFAULT);
        let utf8 = tables.utf8().unwrap();
        for septet in 0..128 {
            for (entry, character) in [
                (utf8[0][usize::from(septet)], tables.character(septet)),
                (utf8[1][usize::from(septet)], tables.extension(septet)),
            ] {
                let mut text = [0; 4];
                let length =
                    character.map_or(0, |character| character.encode_utf8(&mut text).len());
                assert_eq!(entry[..3], text[..3], "{septet:02X}");
                assert_eq!(usize::from(entry[3]), length, "{septet:02X}");
            }
        }
    }
}
