//! Splitting into the fewest parts, 3GPP TS 23.040, 9.2.3.24.1.

use alloc::vec::Vec;
use core::ops::Range;

use gsm7::{Alphabet, Coding, Codings};
#[cfg(feature = "graphemes")]
use unicode_segmentation::UnicodeSegmentation;

use crate::element::{Concatenation, Information, Ports, Reference};
use crate::user_data::{UserData, UserDataError, fill};

/// Octets of user data in one message.
const CAPACITY: usize = 140;
/// Septets of user data in one message.
const SEPTETS: usize = 160;
/// Parts of the longest message, since their number is one octet.
const MAX_PARTS: usize = 255;

/// A text split into parts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Split<T> {
    /// The coding of the text, the same for all parts.
    pub coding: Coding,
    /// The parts in their order, 1 to 255.
    pub parts: Vec<T>,
}

/// Splits a text into the user data of one message or several.
///
/// Takes the fewest parts over all allowed codings, and of equal ones the first of
/// [`Codings::iter`]. A cut never falls inside an escape sequence or surrogate pair. With the
/// feature `graphemes` it avoids grapheme clusters (what a reader takes for one character) unless
/// that would need another part. A single part has no reference. For messages to be sent, see
/// [`SubmitTemplate`](crate::SubmitTemplate).
///
/// # Errors
///
/// [`SplitError`] if no allowed coding has all characters, or the text needs more than 255 parts.
///
/// # Examples
///
/// ```
/// use gsm7::Codings;
/// use pdu::{Deliver, Dcs, Reference, Timestamp, split_text};
///
/// let split = split_text(&"Hello. ".repeat(30), Codings::DEFAULT, None, Reference::Eight(7))?;
/// let dcs = Dcs::of(split.coding, None);
/// let empty = Deliver::new("+37120000000".parse()?, Timestamp::default());
/// let delivers: Vec<Deliver> =
///     split.parts.into_iter().map(|user_data| empty.with_user_data(dcs, user_data)).collect();
/// assert_eq!(delivers.len(), 2);
/// assert_eq!(delivers[1].concatenation().unwrap().sequence(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "concatenated SMS")]
#[doc(alias = "multipart")]
#[doc(alias = "segments")]
pub fn split_text(
    text: &str,
    codings: Codings,
    ports: Option<Ports>,
    reference: Reference,
) -> Result<Split<UserData>, SplitError> {
    split_into(text, codings, ports, reference, |_, _| UserData::EMPTY, |part| part)
}

/// Splits a text. Each part is built by `make` from its coding and a flag for the last one, and has
/// its user data in `user_data`.
pub(crate) fn split_into<T>(
    text: &str,
    codings: Codings,
    ports: Option<Ports>,
    reference: Reference,
    make: impl Fn(Coding, bool) -> T,
    user_data: impl Fn(&mut T) -> &mut UserData,
) -> Result<Split<T>, SplitError> {
    let mut only = UserData::EMPTY;
    if let Some(coding) = one_part(text, codings, ports, &mut only) {
        let mut part = make(coding, true);
        *user_data(&mut part) = only;
        return Ok(Split { coding, parts: Vec::from([part]) });
    }
    let characters = text.chars().count();
    let mut best: Option<Plan> = None;
    let mut first_error = None;
    for coding in codings.iter() {
        let limit = best.as_ref().map_or(usize::MAX, |best| best.parts);
        match Plan::new(text, characters, coding, ports, reference, limit) {
            Ok(Some(plan)) => best = Some(plan),
            Ok(None) => {}
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    }
    match best {
        Some(plan) => plan.split(text, make, user_data),
        None => Err(SplitError::Text(first_error.unwrap_or_else(|| unknown_character(text)))),
    }
}

/// Splits octets into the user data of one message or several. A single part has no reference.
///
/// # Errors
///
/// [`SplitError`] if the octets need more than 255 parts.
///
/// # Examples
///
/// ```
/// use pdu::{Ports, Reference, split_data};
///
/// let parts = split_data(&[0; 300], Some(Ports::wide(2948, 9200)), Reference::Sixteen(1))?;
/// let lengths: Vec<_> = parts.iter().map(|part| part.body_octets().len()).collect();
/// assert_eq!(lengths, [127, 127, 46]);
/// # Ok::<(), pdu::SplitError>(())
/// ```
pub fn split_data(
    data: &[u8],
    ports: Option<Ports>,
    reference: Reference,
) -> Result<Vec<UserData>, SplitError> {
    let head = Head::new(Alphabet::DEFAULT, ports, None);
    if head.octets() + data.len() <= CAPACITY {
        return Ok(Vec::from([head.data(data)?]));
    }
    let head = Head::new(Alphabet::DEFAULT, ports, Some(reference));
    let each = CAPACITY - head.octets();
    let parts = data.len().div_ceil(each);
    let Ok(total) = u8::try_from(parts) else {
        return Err(SplitError::TooLong { parts, fits: each * MAX_PARTS });
    };
    (1..=total)
        .zip(data.chunks(each))
        .map(|(sequence, data)| Ok(head.part(total, sequence).data(data)?))
        .collect()
}

/// Writes the text into the user data of one message without reference, in the first coding in
/// which it fits.
pub(crate) fn one_part(
    text: &str,
    codings: Codings,
    ports: Option<Ports>,
    user_data: &mut UserData,
) -> Option<Coding> {
    // No character takes more than four bytes or less than a septet.
    if text.len() > 4 * SEPTETS {
        return None;
    }
    codings.iter().find(|coding| {
        let head = Head::new(alphabet(*coding), ports, None);
        user_data.set_text(text, *coding, head.information()).is_ok()
    })
}

fn alphabet(coding: Coding) -> Alphabet {
    match coding {
        Coding::Gsm7(alphabet) => alphabet,
        _ => Alphabet::DEFAULT,
    }
}

/// An error of splitting a text or data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// No allowed coding has all characters of the text.
    #[error("the text cannot be written in the codings allowed")]
    Text(#[source] gsm7::EncodeError),
    /// The message needs more than 255 parts.
    #[error("the message needs {parts} parts but has at most 255: {fits} characters or octets fit")]
    TooLong {
        /// Parts that are needed.
        parts: usize,
        /// Characters of the text, or octets of the data, that fit 255 parts.
        fits: usize,
    },
    /// A part does not fit a message.
    #[error("a part does not fit")]
    Part(#[from] UserDataError),
}

/// Returns the error for an empty set of codings: the first character is the first that none has.
fn unknown_character(text: &str) -> gsm7::EncodeError {
    gsm7::EncodeError::NotInAlphabet {
        position: 0,
        character: text.chars().next().unwrap_or_default(),
    }
}

/// The header of all parts of a message; the concatenation comes last.
#[derive(Debug, Clone, Copy)]
struct Head<'a> {
    elements: [Information<'a>; 4],
    count: usize,
    reference: Option<Reference>,
}

impl Head<'_> {
    fn new(alphabet: Alphabet, ports: Option<Ports>, reference: Option<Reference>) -> Self {
        let elements = [
            ports.map(Information::Ports),
            alphabet.locking.map(Information::LockingShift),
            alphabet.single.map(Information::SingleShift),
            reference
                .and_then(|reference| Concatenation::new(reference, 1, 1))
                .map(Information::Concatenation),
        ];
        let mut head = Self { elements: [Information::Source(0); 4], count: 0, reference };
        for element in elements.into_iter().flatten() {
            head.elements[head.count] = element;
            head.count += 1;
        }
        head
    }

    fn part(mut self, total: u8, sequence: u8) -> Self {
        let concatenation =
            self.reference.and_then(|reference| Concatenation::new(reference, total, sequence));
        if let (Some(concatenation), Some(last)) =
            (concatenation, self.elements[..self.count].last_mut())
        {
            *last = Information::Concatenation(concatenation);
        }
        self
    }

    fn information(&self) -> &[Information<'_>] {
        &self.elements[..self.count]
    }

    fn data(&self, data: &[u8]) -> Result<UserData, UserDataError> {
        UserData::data(data, self.information())
    }

    /// Returns the octets of the header with its length octet.
    fn octets(&self) -> usize {
        match self.information() {
            [] => 0,
            information => 1 + information.iter().map(Information::encoded_len).sum::<usize>(),
        }
    }
}

/// A text in one coding: its units (septets, or UTF-16 units of two octets), and the units per
/// part.
struct Plan<'a> {
    coding: Coding,
    head: Head<'a>,
    encoded: Vec<u8>,
    each: usize,
    parts: usize,
}

impl Plan<'_> {
    /// Creates the plan, if it needs fewer than `limit` parts.
    fn new(
        text: &str,
        characters: usize,
        coding: Coding,
        ports: Option<Ports>,
        reference: Reference,
        limit: usize,
    ) -> Result<Option<Self>, gsm7::EncodeError> {
        let head = Head::new(alphabet(coding), ports, Some(reference));
        let each = match coding {
            Coding::Gsm7(_) => SEPTETS - fill(head.octets()).1,
            _ => (CAPACITY - head.octets()) / 2,
        };
        // Every character takes at least one unit.
        if characters.div_ceil(each) >= limit {
            return Ok(None);
        }
        // No character takes more than twice its octets of UTF-8.
        let mut encoded = alloc::vec![0; 2 * text.len()];
        let count = match coding {
            Coding::Gsm7(alphabet) => gsm7::encode(text, alphabet, &mut encoded)?,
            _ => gsm7::ucs2::encode(text, &mut encoded)?,
        };
        encoded.truncate(count);
        let mut plan = Self { coding, head, encoded, each, parts: 0 };
        let mut end = 0;
        while end < plan.units() {
            end = plan.furthest(end);
            plan.parts += 1;
        }
        Ok((plan.parts < limit).then_some(plan))
    }

    fn split<T>(
        self,
        text: &str,
        make: impl Fn(Coding, bool) -> T,
        user_data: impl Fn(&mut T) -> &mut UserData,
    ) -> Result<Split<T>, SplitError> {
        let Ok(total) = u8::try_from(self.parts) else {
            let end = (0..MAX_PARTS).fold(0, |start, _| self.furthest(start));
            return Err(SplitError::TooLong { parts: self.parts, fits: self.characters(end) });
        };
        let joints = self.joints(text);
        let mut start = 0;
        let mut parts = Vec::with_capacity(self.parts);
        for sequence in 1..=total {
            let furthest = self.furthest(start);
            let end = match &joints {
                Some(joints) => joints.last(furthest, total - sequence),
                None => furthest,
            };
            parts.push(make(self.coding, sequence == total));
            if let Some(part) = parts.last_mut() {
                self.write_part(total, sequence, start..end, user_data(part))?;
            }
            start = end;
        }
        Ok(Split { coding: self.coding, parts })
    }

    fn write_part(
        &self,
        total: u8,
        sequence: u8,
        units: Range<usize>,
        user_data: &mut UserData,
    ) -> Result<(), UserDataError> {
        let head = self.head.part(total, sequence);
        let width = self.width();
        let encoded = &self.encoded[units.start * width..units.end * width];
        match self.coding {
            Coding::Gsm7(_) => user_data.set_septets(encoded, head.information()),
            _ => user_data.set_data(encoded, head.information()),
        }
    }

    /// Returns the octets of `encoded` per unit.
    fn width(&self) -> usize {
        if matches!(self.coding, Coding::Gsm7(_)) { 1 } else { 2 }
    }

    fn units(&self) -> usize {
        self.encoded.len() / self.width()
    }

    /// Returns `true` if a part may end before the unit at `at`: not between the two units of a
    /// character.
    fn is_between_characters(&self, at: usize) -> bool {
        match self.coding {
            // Only an extended character has an escape, which is its first septet.
            Coding::Gsm7(_) => at == 0 || self.encoded[at - 1] != gsm7::ESCAPE,
            _ => self.encoded.get(2 * at).is_none_or(|high| high & 0xFC != 0xDC),
        }
    }

    /// Returns the last possible end of a part that begins at `start`.
    fn furthest(&self, start: usize) -> usize {
        let end = (start + self.each).min(self.units());
        if self.is_between_characters(end) { end } else { end - 1 }
    }

    /// Finds the positions between grapheme clusters; `None` if that is every position.
    #[cfg(feature = "graphemes")]
    fn joints(&self, text: &str) -> Option<Joints> {
        if text.is_ascii() && !text.contains("\r\n") {
            return None;
        }
        let mut boundaries = alloc::vec![false; self.units() + 1];
        let mut at = 0;
        for grapheme in text.graphemes(true) {
            at += grapheme
                .chars()
                .map(|character| self.coding.cost(character).unwrap_or(1))
                .sum::<usize>();
            boundaries[at] = true;
        }
        let mut start = self.units();
        let mut earliest_starts = Vec::with_capacity(self.parts);
        for _ in 0..self.parts {
            earliest_starts.push(start);
            start = start.saturating_sub(self.each);
            start += usize::from(!self.is_between_characters(start));
        }
        Some(Joints { boundaries, earliest_starts })
    }

    /// Without the tables of Unicode every character stands alone.
    #[cfg(not(feature = "graphemes"))]
    fn joints(&self, _: &str) -> Option<Joints> {
        None
    }

    fn characters(&self, end: usize) -> usize {
        (0..end).filter(|&at| self.is_between_characters(at)).count()
    }
}

/// The positions at which the parts of a text can end.
struct Joints {
    /// For every unit and the end: set if a grapheme cluster begins there.
    boundaries: Vec<bool>,
    /// For 0, 1, 2 ... parts: the first unit from which on that many parts hold the rest.
    earliest_starts: Vec<usize>,
}

impl Joints {
    /// Returns the end of a part that reaches to `furthest`, if `left` parts are to hold the rest.
    fn last(&self, furthest: usize, left: u8) -> usize {
        // After the start of the part, since otherwise there would be one part less.
        let least = self.earliest_starts[usize::from(left)];
        (least..=furthest).rev().find(|&end| self.boundaries[end]).unwrap_or(furthest)
    }
}
