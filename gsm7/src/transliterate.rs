//! The nearest characters of an alphabet for those that it lacks. No standard has this, so it is
//! done only on request.

use core::fmt;
use core::iter::{FusedIterator, Peekable};
use core::str::Chars;

use crate::alphabet::Alphabet;
use crate::tables::Finder;

/// Replaces characters that an alphabet lacks by near ones, if there are any.
///
/// Typographic quotes, dashes, spaces and dots become plain ones. Letters lose the accents that the
/// alphabet lacks. Characters of the alphabet stay, and so do characters that have no near one.
///
/// # Examples
///
/// ```
/// use gsm7::{Alphabet, transliterate};
///
/// let text = "“Žluťoučký kůň…” – naïve café";
/// let plain = transliterate(text, Alphabet::DEFAULT).to_string();
/// assert_eq!(plain, "\"Zlutoucky kun...\" - naive café");
/// ```
#[must_use]
pub fn transliterate(text: &str, alphabet: Alphabet) -> Transliterated<'_> {
    Transliterated {
        characters: text.chars().peekable(),
        finder: Finder::of(alphabet),
        pending: "".chars(),
    }
}

/// An iterator over the characters of a transliterated text, from [`transliterate`].
///
/// Displays as the remaining text.
#[derive(Clone, Debug)]
pub struct Transliterated<'a> {
    characters: Peekable<Chars<'a>>,
    finder: Finder,
    /// The rest of a replacement.
    pending: Chars<'static>,
}

impl Transliterated<'_> {
    fn has(&self, character: char) -> bool {
        self.finder.find(character).is_some()
    }

    /// Returns the nearest replacement that the alphabet has: without Ö, Ȫ becomes O.
    fn near(&self, character: char) -> Option<&'static str> {
        let plain = substitute(character)?;
        if plain.chars().all(|character| self.has(character)) {
            return Some(plain);
        }
        // One step nearer to ASCII, which has no replacements itself.
        let mut characters = plain.chars();
        match (characters.next(), characters.next()) {
            (Some(single), None) => self.near(single),
            _ => None,
        }
    }
}

impl Iterator for Transliterated<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(character) = self.pending.next() {
                return Some(character);
            }
            let character = self.characters.next()?;
            let composed = self.characters.peek().and_then(|&mark| compose(character, mark));
            if let Some(composed) = composed.filter(|&composed| self.has(composed)) {
                self.characters.next();
                return Some(composed);
            }
            if self.has(character) {
                return Some(character);
            }
            match self.near(character) {
                Some(plain) => self.pending = plain.chars(),
                None => return Some(character),
            }
        }
    }
}

impl FusedIterator for Transliterated<'_> {}

impl fmt::Display for Transliterated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|character| fmt::Write::write_char(f, character))
    }
}

/// Composes the letters of the default alphabet that have a combining mark when decomposed.
fn compose(base: char, mark: char) -> Option<char> {
    const MARKED: [(char, &str, &str); 7] = [
        ('\u{300}', "aeiou", "àèìòù"),
        ('\u{301}', "eE", "éÉ"),
        ('\u{303}', "nN", "ñÑ"),
        ('\u{308}', "aouAOU", "äöüÄÖÜ"),
        ('\u{30A}', "aA", "åÅ"),
        ('\u{327}', "C", "Ç"),
        ('\u{338}', "oO", "øØ"),
    ];
    let (_, bases, letters) = MARKED.iter().find(|entry| entry.0 == mark)?;
    bases.chars().zip(letters.chars()).find(|&(letter, _)| letter == base).map(|(_, letter)| letter)
}

fn substitute(character: char) -> Option<&'static str> {
    if matches!(character, '\u{300}'..='\u{36F}') {
        return Some("");
    }
    let entry = MARKS.iter().chain(LETTERS).find(|(characters, _)| characters.contains(character));
    entry.map(|&(_, plain)| plain)
}

/// Replacements of everything but letters.
const MARKS: &[(&str, &str)] = &[
    (
        "\u{A0}\t\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{2000}\u{2001}",
        " ",
    ),
    ("\u{202F}\u{205F}\u{3000}", " "),
    ("\u{AD}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}", ""),
    ("\u{2028}\u{2029}\u{85}\u{B}", "\n"),
    ("‘’‚‛′‵`´ʹʻʼʽˈ", "'"),
    ("“”„‟″‶«»", "\""),
    ("‹", "<"),
    ("›", ">"),
    ("‐‑‒–—―−⁃", "-"),
    ("…", "..."),
    ("‥", ".."),
    ("․·", "."),
    ("•‣∗", "*"),
    ("⁄÷∕", "/"),
    ("×", "x"),
    ("±", "+-"),
    ("¦", "|"),
    ("¸", ","),
    ("‼", "!!"),
    ("₤", "£"),
    ("¢", "c"),
    ("©", "(c)"),
    ("®", "(R)"),
    ("™", "(TM)"),
    ("№", "No"),
    ("¹", "1"),
    ("²", "2"),
    ("³", "3"),
    ("¼", "1/4"),
    ("½", "1/2"),
    ("¾", "3/4"),
];

/// Replacements of letters: the same letter with fewer marks, or two letters.
const LETTERS: &[(&str, &str)] = &[
    ("ÀÁÂÃÄÅĀĂĄǍǠȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ", "A"),
    ("ªàáâãäåāăąǎǡȁȃȧḁạảấầẩẫậắằẳẵặ", "a"),
    ("Ǟ", "Ä"),
    ("Ǻ", "Å"),
    ("ǟ", "ä"),
    ("ǻ", "å"),
    ("ḂḄḆ", "B"),
    ("ḃḅḇ", "b"),
    ("ÇĆĈĊČ", "C"),
    ("çćĉċčḉ", "c"),
    ("Ḉ", "Ç"),
    ("ÐĎĐḊḌḎḐḒ", "D"),
    ("ðďđḋḍḏḑḓ", "d"),
    ("ÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ", "E"),
    ("èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ", "e"),
    ("Ḟ", "F"),
    ("ḟ", "f"),
    ("ĜĞĠĢǦǴḠ", "G"),
    ("ĝğġģǧǵḡ", "g"),
    ("ĤĦȞḢḤḦḨḪ", "H"),
    ("ĥħȟḣḥḧḩḫẖ", "h"),
    ("ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ", "I"),
    ("ìíîïĩīĭįıǐȉȋḭḯỉị", "i"),
    ("Ĵ", "J"),
    ("ĵǰ", "j"),
    ("ĶǨḰḲḴ", "K"),
    ("ķĸǩḱḳḵ", "k"),
    ("ĹĻĽŁḶḸḺḼ", "L"),
    ("ĺļľłḷḹḻḽ", "l"),
    ("ḾṀṂ", "M"),
    ("ḿṁṃ", "m"),
    ("ÑŃŅŇŊǸṄṆṈṊ", "N"),
    ("ñńņňŋǹṅṇṉṋ", "n"),
    ("ÒÓÔÕÖØŌŎŐƠǑǪǬȌȎȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ", "O"),
    ("ºòóôõöøōŏőơǒǫǭȍȏȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ", "o"),
    ("Ȫ", "Ö"),
    ("ȫ", "ö"),
    ("ṔṖ", "P"),
    ("ṕṗ", "p"),
    ("ŔŖŘȐȒṘṚṜṞ", "R"),
    ("ŕŗřȑȓṙṛṝṟ", "r"),
    ("ŚŜŞŠȘṠṢṤṦṨ", "S"),
    ("śŝşšſșṡṣṥṧṩ", "s"),
    ("ŢŤŦȚṪṬṮṰ", "T"),
    ("ţťŧțṫṭṯṱẗ", "t"),
    ("ÙÚÛÜŨŪŬŮŰŲƯǓȔȖṲṴṶṸṺỤỦỨỪỬỮỰ", "U"),
    ("µùúûüũūŭůűųưǔȕȗṳṵṷṹṻụủứừửữự", "u"),
    ("ǕǗǙǛ", "Ü"),
    ("ǖǘǚǜ", "ü"),
    ("ṼṾ", "V"),
    ("ṽṿ", "v"),
    ("ŴẀẂẄẆẈ", "W"),
    ("ŵẁẃẅẇẉẘ", "w"),
    ("ẊẌ", "X"),
    ("ẋẍ", "x"),
    ("ÝŶŸȲẎỲỴỶỸ", "Y"),
    ("ýÿŷȳẏẙỳỵỷỹ", "y"),
    ("ŹŻŽƵẐẒẔ", "Z"),
    ("źżžƶẑẓẕ", "z"),
    ("ǢǼ", "Æ"),
    ("ǣǽ", "æ"),
    ("Ǿ", "Ø"),
    ("ǿ", "ø"),
    ("Æ", "AE"),
    ("æ", "ae"),
    ("ß", "ss"),
    ("Œ", "OE"),
    ("œ", "oe"),
    ("Ĳ", "IJ"),
    ("ĳ", "ij"),
    ("ŉ", "'n"),
    ("Þ", "TH"),
    ("þ", "th"),
    ("ẞ", "ß"),
    ("Ǆ", "DZ"),
    ("ǅ", "Dz"),
    ("ǆ", "dz"),
    ("Ǉ", "LJ"),
    ("ǈ", "Lj"),
    ("ǉ", "lj"),
    ("Ǌ", "NJ"),
    ("ǋ", "Nj"),
    ("ǌ", "nj"),
    ("Ǳ", "DZ"),
    ("ǲ", "Dz"),
    ("ǳ", "dz"),
];
