//! The shift tables as data, and how a character is found in them, 3GPP TS 23.038, 6.2.1 and annex A.

mod locking;
mod single;

use crate::{Alphabet, Language};

/// The code point of each septet; 0 where the standard defines none. Every character of every table is in
/// the Basic Multilingual Plane, and none is U+0000.
type Table = [u16; 128];

/// Septets in ascending order of their code point, equal ones in ascending order of the septet.
type Order = [u8; 128];

const LANGUAGES: usize = 14;

/// By language identifier; 0 is the default alphabet, and so is Spanish, which has no locking shift table.
static LOCKING: [&Table; LANGUAGES] = [
    &locking::DEFAULT,
    &locking::TURKISH,
    &locking::DEFAULT,
    &locking::PORTUGUESE,
    &locking::BENGALI,
    &locking::GUJARATI,
    &locking::HINDI,
    &locking::KANNADA,
    &locking::MALAYALAM,
    &locking::ORIYA,
    &locking::PUNJABI,
    &locking::TAMIL,
    &locking::TELUGU,
    &locking::URDU,
];

/// By language identifier; 0 is the default extension table.
static SINGLE: [&Table; LANGUAGES] = [
    &single::DEFAULT,
    &single::TURKISH,
    &single::SPANISH,
    &single::PORTUGUESE,
    &single::BENGALI,
    &single::GUJARATI,
    &single::HINDI,
    &single::KANNADA,
    &single::MALAYALAM,
    &single::ORIYA,
    &single::PUNJABI,
    &single::TAMIL,
    &single::TELUGU,
    &single::URDU,
];

static LOCKING_ORDER: [Order; LANGUAGES] = orders(&LOCKING);
static SINGLE_ORDER: [Order; LANGUAGES] = orders(&SINGLE);

/// The two tables that septets are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables {
    locking: &'static Table,
    single: &'static Table,
}

impl Tables {
    pub(crate) fn of(alphabet: Alphabet) -> Self {
        Self {
            locking: LOCKING[row(alphabet.locking)],
            single: SINGLE[row(alphabet.single)],
        }
    }

    /// The character of a septet that no escape precedes.
    pub(crate) fn character(self, septet: u8) -> Option<char> {
        cell(self.locking, septet)
    }

    /// The character of a septet behind an escape.
    pub(crate) fn extension(self, septet: u8) -> Option<char> {
        cell(self.single, septet)
    }
}

/// The septets of one character: one, or an escape and one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Septets {
    Plain(u8),
    Escaped(u8),
}

/// The two tables with their orders, to find characters in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finder {
    locking: (&'static Table, &'static Order),
    single: (&'static Table, &'static Order),
}

impl Finder {
    pub(crate) fn of(alphabet: Alphabet) -> Self {
        let (locking, single) = (row(alphabet.locking), row(alphabet.single));
        Self {
            locking: (LOCKING[locking], &LOCKING_ORDER[locking]),
            single: (SINGLE[single], &SINGLE_ORDER[single]),
        }
    }

    pub(crate) fn find(self, character: char) -> Option<Septets> {
        let code = u16::try_from(u32::from(character))
            .ok()
            .filter(|&code| code != 0)?;
        match find(self.locking, code) {
            Some(septet) => Some(Septets::Plain(septet)),
            None => find(self.single, code).map(Septets::Escaped),
        }
    }
}

/// Whether the standard has a locking shift table for this language.
pub(crate) const fn has_locking(language: Language) -> bool {
    has_single(language) && language.raw() != Language::SPANISH.raw()
}

/// Whether the standard has a single shift table for this language.
pub(crate) const fn has_single(language: Language) -> bool {
    language.raw() != 0 && (language.raw() as usize) < LANGUAGES
}

/// The row of a language: an absent or unknown one has the default tables.
fn row(language: Option<Language>) -> usize {
    language.map_or(0, |language| usize::from(language.raw())) * usize::from(language.is_some_and(has_single))
}

fn cell(table: &Table, septet: u8) -> Option<char> {
    let code = *table.get(usize::from(septet))?;
    if code == 0 {
        None
    } else {
        char::from_u32(u32::from(code))
    }
}

fn find((table, order): (&Table, &Order), code: u16) -> Option<u8> {
    let code_of = |septet: u8| table[usize::from(septet & 0x7F)];
    let place = order.partition_point(|&septet| code_of(septet) < code);
    order
        .get(place)
        .copied()
        .filter(|&septet| code_of(septet) == code)
}

/// A table from the cells that are defined.
const fn sparse(cells: &[(u8, u16)]) -> Table {
    let mut table = [0; 128];
    let mut index = 0;
    while index < cells.len() {
        table[cells[index].0 as usize] = cells[index].1;
        index += 1;
    }
    table
}

const fn orders(tables: &[&Table; LANGUAGES]) -> [Order; LANGUAGES] {
    let mut orders = [[0; 128]; LANGUAGES];
    let mut index = 0;
    while index < LANGUAGES {
        orders[index] = order(tables[index]);
        index += 1;
    }
    orders
}

/// Insertion sort: stable, so that of two equal characters the lower septet comes first.
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
