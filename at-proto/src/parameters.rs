//! The parameters behind a line's colon, ITU-T V.250, 5.4.2 and 3GPP TS 27.007, 4.

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while};
use nom::combinator::{map, rest};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use crate::command::{ParseError, ParseErrorKind};
use crate::line::Line;

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parameter<'a> {
    /// Nothing between two commas.
    Absent,
    /// What stands between quotes.
    Quoted(&'a [u8]),
    /// What stands between parentheses.
    List(&'a [u8]),
    /// Anything else, a number as a rule.
    Bare(&'a [u8]),
}

impl<'a> Parameter<'a> {
    /// The octets without their quotes or parentheses; empty if there are none.
    pub const fn octets(self) -> &'a [u8] {
        match self {
            Self::Absent => &[],
            Self::Quoted(octets) | Self::List(octets) | Self::Bare(octets) => octets,
        }
    }
}

/// The parameters of one line, one after another.
///
/// A quote that nothing closes holds the rest of the line, one inside a text (no comma behind it) is text.
///
/// # Examples
///
/// ```
/// use at_proto::{Parameter, Parameters};
///
/// let mut parameters = Parameters::of_line(b"+CPBR: 1, \"+3712345\",145,\"say \"hi\" twice\",,(0-3,5)");
/// assert_eq!(parameters.number::<u16>("index")?, 1);
/// assert_eq!(parameters.next(), Some(Parameter::Quoted(b"+3712345")));
/// assert_eq!(parameters.next(), Some(Parameter::Bare(b"145")));
/// assert_eq!(parameters.next(), Some(Parameter::Quoted(b"say \"hi\" twice")));
/// assert_eq!(parameters.next(), Some(Parameter::Absent));
/// assert_eq!(parameters.next(), Some(Parameter::List(b"0-3,5")));
/// assert_eq!(parameters.next(), None);
/// # Ok::<(), at_proto::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    line: &'a [u8],
    /// Where they begin in it.
    start: usize,
    /// What is not read yet; `None` behind the last.
    rest: Option<&'a [u8]>,
    /// Where the parameter read last begins.
    at: usize,
}

impl<'a> Parameters<'a> {
    /// Those behind the name and colon of a line, or of a whole line that has no name.
    pub fn of_line(line: &'a [u8]) -> Self {
        Self::behind(
            line,
            crate::vocabulary::named(line).map_or(line, |(_, parameters)| parameters),
        )
    }

    /// Those in `parameters`, which end the line.
    pub(crate) const fn behind(line: &'a [u8], parameters: &'a [u8]) -> Self {
        Self { line, start: line.len() - parameters.len(), rest: Some(parameters), at: 0 }
    }

    /// What is left, unread.
    pub fn rest(&self) -> &'a [u8] {
        self.rest.unwrap_or_default().trim_ascii()
    }

    /// A number that has to be there.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Missing`] and [`ParseErrorKind::Number`], with this `name`.
    pub fn number<T: TryFrom<i64>>(&mut self, name: &'static str) -> Result<T, ParseError> {
        self.optional_number(name)?.ok_or_else(|| self.error(ParseErrorKind::Missing(name)))
    }

    /// A number that may be left out, in quotes or not.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Number`], with this `name`, if something else stands there.
    pub fn optional_number<T: TryFrom<i64>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, ParseError> {
        match self.next().unwrap_or(Parameter::Absent).octets().trim_ascii() {
            [] => Ok(None),
            octets => match decimal(octets).map(T::try_from) {
                Some(Ok(number)) => Ok(Some(number)),
                _ => Err(self.error(ParseErrorKind::Number(name))),
            },
        }
    }

    /// A text that has to be there, in quotes or not.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Missing`], with this `name`.
    pub fn text(&mut self, name: &'static str) -> Result<&'a [u8], ParseError> {
        match self.next() {
            None | Some(Parameter::Absent) => Err(self.error(ParseErrorKind::Missing(name))),
            Some(parameter) => Ok(parameter.octets()),
        }
    }

    /// A text that may be left out.
    pub fn optional_text(&mut self) -> Option<&'a [u8]> {
        match self.next()? {
            Parameter::Absent => None,
            parameter => Some(parameter.octets()),
        }
    }

    pub(crate) fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError { line: Line(self.line.to_vec()), at: self.at, kind }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        let input = self.rest?;
        self.at = self.line.len() - input.len();
        // The grammar takes any octets.
        let (tail, parameter) = parameter(input).ok()?;
        // A line of nothing has no parameters rather than an absent one.
        if tail.is_empty() && parameter == Parameter::Absent && self.at == self.start {
            self.rest = None;
            return None;
        }
        self.rest = tail.strip_prefix(b",");
        Some(parameter)
    }
}

fn parameter(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let spaces = || take_while(|octet: u8| octet == b' ');
    let bare =
        map(take_while(|octet: u8| octet != b','), |octets: &[u8]| match octets.trim_ascii() {
            [] => Parameter::Absent,
            octets => Parameter::Bare(octets),
        });
    delimited(spaces(), alt((quoted, list, bare)), spaces()).parse(input)
}

/// A text is closed by a quote behind which comes a comma or the end.
fn quoted(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let closed = |input: &'_ [u8]| -> Option<usize> {
        (0..input.len()).find(|&at| {
            input[at] == b'"'
                && matches!(input[at + 1..].trim_ascii_start(), [] | [b',' | b')', ..])
        })
    };
    let (tail, text) = preceded(tag("\""), rest).parse(input)?;
    let _ = tail;
    Ok(match closed(text) {
        Some(end) => (&text[end + 1..], Parameter::Quoted(&text[..end])),
        None => (&[], Parameter::Quoted(text)),
    })
}

/// A list is closed by the parenthesis of its own level; one that is not holds the rest of the line.
fn list(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let (_, inner) = preceded(tag("("), rest).parse(input)?;
    let mut depth = 1;
    for (at, octet) in inner.iter().enumerate() {
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let after = &inner[at..];
            let junk = after.iter().position(|&octet| octet == b',').unwrap_or(after.len());
            return Ok((&after[junk..], Parameter::List(&inner[..at])));
        }
    }
    Ok((&[], Parameter::List(inner)))
}

/// A decimal number, with leading zeros and a sign.
fn decimal(octets: &[u8]) -> Option<i64> {
    let text = core::str::from_utf8(octets).ok()?;
    text.parse().ok()
}

/// The numbers that a test form offers, such as `(0-3,5)`.
///
/// # Examples
///
/// ```
/// use at_proto::NumberSet;
///
/// let offered = NumberSet::parse(b"0-1,3");
/// assert!(offered.contains(1) && !offered.contains(2) && offered.contains(3));
/// assert_eq!(offered.iter().collect::<Vec<_>>(), [0, 1, 3]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberSet(Vec<(u32, u32)>);

impl NumberSet {
    /// Reads what stands between the parentheses; what is no number is skipped.
    pub fn parse(octets: &[u8]) -> Self {
        let number = |octets: &[u8]| {
            let digits = octets.trim_ascii_start();
            let digits = digits.split(|octet| !octet.is_ascii_digit()).next().unwrap_or_default();
            decimal(digits).and_then(|number| u32::try_from(number).ok())
        };
        Self(
            octets
                .split(|octet| matches!(octet, b',' | b'(' | b')'))
                .filter_map(|part| {
                    let mut ends = part.splitn(2, |&octet| octet == b'-');
                    let from = number(ends.next()?)?;
                    let to = ends.next().map_or(Some(from), number)?;
                    (from <= to).then_some((from, to))
                })
                .collect(),
        )
    }

    /// Whether this one is offered.
    pub fn contains(&self, number: u32) -> bool {
        self.0.iter().any(|&(from, to)| (from..=to).contains(&number))
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are offered, in the modem's order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(from, to)| from..=to)
    }
}

impl<'a> Parameters<'a> {
    /// The numbers of a list; a bare number or range is a list of its own. Empty if left out.
    pub fn number_set(&mut self) -> NumberSet {
        NumberSet::parse(self.next().unwrap_or(Parameter::Absent).octets())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_parentheses_that_nothing_closes_hold_the_rest() {
        let all = |line: &'static str| Parameters::of_line(line.as_bytes()).collect::<Vec<_>>();
        assert_eq!(
            all("+X: 2,1,\"5E25"),
            [Parameter::Bare(b"2"), Parameter::Bare(b"1"), Parameter::Quoted(b"5E25")]
        );
        assert_eq!(all("+X: (0-2"), [Parameter::List(b"0-2")]);
        assert_eq!(all("+X: ((1),(2)),(3)"), [Parameter::List(b"(1),(2)"), Parameter::List(b"3")]);
        assert_eq!(
            all("+X: (),(0-1,)x,2"),
            [Parameter::List(b""), Parameter::List(b"0-1,"), Parameter::Bare(b"2")]
        );
        assert_eq!(all("+X: "), []);
        assert_eq!(all("+X: ,24"), [Parameter::Absent, Parameter::Bare(b"24")]);
        assert_eq!(all("+X: 1,"), [Parameter::Bare(b"1"), Parameter::Absent]);
    }

    #[test]
    fn a_number_that_is_too_large_is_an_error_with_its_place() {
        let mut parameters = Parameters::of_line(b"+X: 1,99999999999999999999");
        assert_eq!(parameters.number::<u8>("a"), Ok(1));
        let error = parameters.number::<u8>("b").unwrap_err();
        assert_eq!((error.at, error.kind), (6, ParseErrorKind::Number("b")));
        assert_eq!(
            Parameters::of_line(b"+X: 256").number::<u8>("a").unwrap_err().kind,
            ParseErrorKind::Number("a")
        );
    }

    #[test]
    fn a_huge_range_costs_nothing_until_it_is_walked() {
        assert!(NumberSet::parse(b"0-4294967295").contains(7));
        assert!(NumberSet::parse(b"5-2,x,99999999999").is_empty());
        assert!(!NumberSet::parse(b"0").is_empty());
    }
}
