//! The parameters after the colon of a line, ITU-T V.250, 5.4.2 and 3GPP TS 27.007, 4.

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while};
use nom::combinator::{map, rest};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use crate::command::{ParseError, ParseErrorKind};
use crate::line::Line;

/// A parameter of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parameter<'a> {
    /// An empty field.
    Absent,
    /// The text between quotes.
    Quoted(&'a [u8]),
    /// The text between parentheses.
    List(&'a [u8]),
    /// Any other text, usually a number.
    Bare(&'a [u8]),
}

impl<'a> Parameter<'a> {
    /// The bytes without quotes or parentheses; empty for an absent parameter.
    pub const fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Absent => &[],
            Self::Quoted(bytes) | Self::List(bytes) | Self::Bare(bytes) => bytes,
        }
    }

    /// The parameter as a decimal number; `None` if it is anything else, or out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Parameter;
    ///
    /// assert_eq!(Parameter::Quoted(b"-51").number::<i16>(), Some(-51));
    /// assert_eq!(Parameter::Bare(b"256").number::<u8>(), None);
    /// assert_eq!(Parameter::Bare(b"").number::<u8>(), None);
    /// ```
    pub fn number<T: TryFrom<i64>>(self) -> Option<T> {
        decimal(self.as_bytes()).and_then(|number| T::try_from(number).ok())
    }
}

/// The parameters of a line, in order.
///
/// A quote that is not closed holds the rest of the line. A quote inside a text (no comma follows)
/// is part of the text.
///
/// # Examples
///
/// ```
/// use at_proto::{Parameter, Parameters};
///
/// let line = b"+CPBR: 1, \"+3712345\",145,\"say \"hi\" twice\",,(0-3,5)";
/// let mut parameters = Parameters::of_line(line);
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
    /// The offset of the first parameter in the line.
    start: usize,
    /// The unread parameters; `None` after the last one.
    rest: Option<&'a [u8]>,
    /// The offset of the parameter read last.
    at: usize,
}

impl<'a> Parameters<'a> {
    /// The parameters after the name and colon of a line, or of a whole line without a name.
    pub fn of_line(line: &'a [u8]) -> Self {
        Self::after(line, crate::vocabulary::named(line).map_or(line, |(_, parameters)| parameters))
    }

    /// The parameters in `parameters`, which end the line.
    pub(crate) const fn after(line: &'a [u8], parameters: &'a [u8]) -> Self {
        Self {
            line,
            start: line.len().saturating_sub(parameters.len()),
            rest: Some(parameters),
            at: 0,
        }
    }

    /// The unread parameters.
    pub fn rest(&self) -> &'a [u8] {
        self.rest.unwrap_or_default().trim_ascii()
    }

    /// The next parameter, which must be a number.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Missing`] and [`ParseErrorKind::Number`], with this `name`.
    pub fn number<T: TryFrom<i64>>(&mut self, name: &'static str) -> Result<T, ParseError> {
        self.optional_number(name)?.ok_or_else(|| self.error(ParseErrorKind::Missing(name)))
    }

    /// The next parameter, a number, quoted or bare; `None` if absent.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Number`], with this `name`, if the parameter is anything else.
    pub fn optional_number<T: TryFrom<i64>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, ParseError> {
        match self.next_number().map(|number| number.map(T::try_from)) {
            Ok(None) => Ok(None),
            Ok(Some(Ok(number))) => Ok(Some(number)),
            Ok(Some(Err(_))) | Err(NotANumber) => Err(self.error(ParseErrorKind::Number(name))),
        }
    }

    /// The next parameter, if it is a number in range; `None` if it is absent or anything else.
    ///
    /// For a field that only informs: an odd one does not lose the others.
    pub fn any_number<T: TryFrom<i64>>(&mut self) -> Option<T> {
        self.next_number().ok().flatten().and_then(|number| T::try_from(number).ok())
    }

    /// The next parameter as a number; `None` if absent.
    fn next_number(&mut self) -> Result<Option<i64>, NotANumber> {
        match self.plain_number() {
            Some(number) => Ok(Some(number)),
            None => self.number_by_grammar(),
        }
    }

    #[inline(never)]
    fn number_by_grammar(&mut self) -> Result<Option<i64>, NotANumber> {
        match self.next().unwrap_or(Parameter::Absent).as_bytes().trim_ascii() {
            [] => Ok(None),
            bytes => decimal(bytes).map(Some).ok_or(NotANumber),
        }
    }

    /// Takes the next parameter if it consists of digits, as most numbers do: the grammar takes
    /// five times as long.
    fn plain_number(&mut self) -> Option<i64> {
        let input = self.rest?;
        let mut tail = input;
        while let [b' ', rest @ ..] = tail {
            tail = rest;
        }
        let with_digits = tail.len();
        let mut number = 0u32;
        while let [digit @ b'0'..=b'9', rest @ ..] = tail {
            number = number.wrapping_mul(10).wrapping_add(u32::from(digit & 0xF));
            tail = rest;
        }
        // Nine digits fit; the number of a longer field is not used.
        if !matches!(with_digits.wrapping_sub(tail.len()), 1..=9) {
            return None;
        }
        let rest = match tail {
            [] => None,
            [b',', rest @ ..] => Some(rest),
            _ => return None,
        };
        self.at = self.line.len().saturating_sub(input.len());
        self.rest = rest;
        Some(number.into())
    }

    /// The next parameter, which must be a text, quoted or bare.
    ///
    /// # Errors
    ///
    /// [`ParseErrorKind::Missing`], with this `name`.
    pub fn text(&mut self, name: &'static str) -> Result<&'a [u8], ParseError> {
        match self.next() {
            None | Some(Parameter::Absent) => Err(self.error(ParseErrorKind::Missing(name))),
            Some(parameter) => Ok(parameter.as_bytes()),
        }
    }

    /// The next parameter, a text; `None` if absent.
    pub fn optional_text(&mut self) -> Option<&'a [u8]> {
        match self.next()? {
            Parameter::Absent => None,
            parameter => Some(parameter.as_bytes()),
        }
    }

    pub(crate) fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError { line: Line::of(self.line), at: self.at, kind }
    }
}

/// A parameter that is present and not a number.
struct NotANumber;

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Parameter<'a>> {
        let input = self.rest?;
        self.at = self.line.len().saturating_sub(input.len());
        // The grammar takes any bytes.
        let (tail, parameter) = parameter(input).ok()?;
        // An empty line has no parameters rather than an absent one.
        if tail.is_empty() && parameter == Parameter::Absent && self.at == self.start {
            self.rest = None;
            return None;
        }
        // A list that follows another needs no comma.
        self.rest = tail.strip_prefix(b",").or_else(|| tail.starts_with(b"(").then_some(tail));
        Some(parameter)
    }
}

fn parameter(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let spaces = || take_while(|byte: u8| byte == b' ');
    let bare = map(take_while(|byte: u8| byte != b','), |bytes: &[u8]| match bytes.trim_ascii() {
        [] => Parameter::Absent,
        bytes => Parameter::Bare(bytes),
    });
    delimited(spaces(), alt((quoted, list, bare)), spaces()).parse(input)
}

/// A text is closed by a quote that a comma or the end follows.
fn quoted(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let (_, text) = preceded(tag("\""), rest).parse(input)?;
    let closed = text.iter().enumerate().filter(|&(_, &byte)| byte == b'"').find_map(|(at, _)| {
        let (text, tail) = text.split_at(at);
        let tail = tail.strip_prefix(b"\"")?;
        matches!(tail.trim_ascii_start(), [] | [b',' | b')', ..]).then_some((text, tail))
    });
    Ok(match closed {
        Some((text, tail)) => (tail, Parameter::Quoted(text)),
        None => (&[], Parameter::Quoted(text)),
    })
}

/// A list is closed by the parenthesis of its own level that is outside quotes; an unclosed list
/// holds the rest of the line.
fn list(input: &[u8]) -> IResult<&[u8], Parameter<'_>> {
    let (_, inner) = preceded(tag("("), rest).parse(input)?;
    // If a quote is missing, the parentheses alone decide.
    let Some(at) = end_of_list(inner, true).or_else(|| end_of_list(inner, false)) else {
        return Ok((&[], Parameter::List(inner)));
    };
    let (inner, after) = inner.split_at(at);
    let junk = after.iter().position(|byte| matches!(byte, b',' | b'('));
    let (_, tail) = after.split_at(junk.unwrap_or(after.len()));
    Ok((tail, Parameter::List(inner)))
}

/// The position of the parenthesis that closes a list; `None` if there is none, or if texts count
/// and one of them is not closed before the next begins.
fn end_of_list(inner: &[u8], has_texts: bool) -> Option<usize> {
    let mut depth = 1usize;
    let mut quoted = false;
    // The last byte that is not a space.
    let mut last = b'(';
    for (at, &byte) in inner.iter().enumerate() {
        match byte {
            b'"' if has_texts => {
                let begins = matches!(last, b',' | b'(');
                let (_, tail) = inner.split_at(at.saturating_add(1));
                let ends = matches!(tail.trim_ascii_start(), [] | [b',' | b')', ..]);
                match quoted {
                    true if ends => quoted = false,
                    true if begins => return None,
                    true => {}
                    false => quoted = begins,
                }
            }
            b'(' if !quoted => depth = depth.saturating_add(1),
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        if byte != b' ' {
            last = byte;
        }
    }
    None
}

/// A decimal number of up to 18 digits, with leading zeros and a sign.
///
/// The parsers of `core` take a third of a kilobyte for each type.
pub(crate) fn decimal(bytes: &[u8]) -> Option<i64> {
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    let mut number = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() || number >= MAX_TENTH {
            return None;
        }
        // In range: the number so far has at most 17 digits.
        number = number.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')));
    }
    (!digits.is_empty()).then(|| number.wrapping_mul(sign))
}

/// The lowest number that takes no further digit.
const MAX_TENTH: i64 = 100_000_000_000_000_000;

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
    /// Reads the text between the parentheses; fields that are not numbers are skipped.
    pub fn parse(bytes: &[u8]) -> Self {
        let number = |bytes: &[u8]| {
            let digits = bytes.trim_ascii_start();
            let digits = digits.split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
            decimal(digits).and_then(|number| u32::try_from(number).ok())
        };
        Self(
            bytes
                .split(|byte| matches!(byte, b',' | b'(' | b')'))
                .filter_map(|part| {
                    let mut ends = part.splitn(2, |&byte| byte == b'-');
                    let from = number(ends.next()?)?;
                    let to = ends.next().map_or(Some(from), number)?;
                    (from <= to).then_some((from, to))
                })
                .collect(),
        )
    }

    /// Returns `true` if `number` is offered.
    pub fn contains(&self, number: u32) -> bool {
        self.0.iter().any(|&(from, to)| (from..=to).contains(&number))
    }

    /// Returns `true` if no number is offered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The offered number that is nearest to `number`; `None` if no number is offered.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::NumberSet;
    ///
    /// let offered = NumberSet::parse(b"10-100");
    /// assert_eq!(offered.nearest(127), Some(100));
    /// assert_eq!(offered.nearest(31), Some(31));
    /// ```
    pub fn nearest(&self, number: u32) -> Option<u32> {
        let ends = self.0.iter().map(|&(from, to)| number.clamp(from, to));
        ends.min_by_key(|near| near.abs_diff(number))
    }

    /// The offered numbers, in the modem's order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(|&(from, to)| from..=to)
    }
}

impl<'a> Parameters<'a> {
    /// The next parameter, a list of numbers; a bare number or range is a list of its own. Empty if
    /// absent.
    pub fn number_set(&mut self) -> NumberSet {
        NumberSet::parse(self.next().unwrap_or(Parameter::Absent).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn a_number_is_read_as_core_reads_it_up_to_18_digits() {
        for text in [
            "0",
            "7",
            "007",
            "-51",
            "+12",
            "-0",
            "999999999999999999",
            "-999999999999999999",
            "",
            "+",
            "-",
            "+-1",
            "--1",
            "1 ",
            " 1",
            "12a",
            "1.5",
            "\u{b2}",
            "0000000000000000000000012",
        ] {
            assert_eq!(decimal(text.as_bytes()), text.parse().ok(), "{text:?}");
        }
        for text in ["1000000000000000000", "9223372036854775807", "9223372036854775808"] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn unclosed_quotes_and_parentheses_hold_the_rest() {
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
    fn a_parenthesis_in_quotes_closes_no_list() {
        let lists = |line: &'static str| {
            let parameters = Parameters::of_line(line.as_bytes());
            parameters.map(|parameter| str::from_utf8(parameter.as_bytes()).unwrap()).collect()
        };
        let table: &[(&'static str, &[&str])] = &[
            ("+X: (\"A)\"),2", &["\"A)\"", "2"]),
            ("+X: (2,\"D (1\",26201),(1,\"B\")", &["2,\"D (1\",26201", "1,\"B\""]),
            ("+X: ( \"say \"hi)\" twice\" ),(3)", &[" \"say \"hi)\" twice\" ", "3"]),
            ("+X: (\"\",\"(\")(4)", &["\"\",\"(\"", "4"]),
            // A quote is missing.
            ("+X: (\"A),(\"B\")", &["\"A", "\"B\""]),
            ("+X: (2,\"A\",\"26201),(1,\"B\")", &["2,\"A\",\"26201", "1,\"B\""]),
            ("+X: (A\"),(B)", &["A\"", "B"]),
            ("+X: (\"A),2", &["\"A", "2"]),
        ];
        for (line, expected) in table {
            let found: Vec<&str> = lists(line);
            assert_eq!(found, *expected, "{line}");
        }
    }

    #[test]
    fn a_number_that_is_too_large_is_an_error_with_its_position() {
        let mut parameters = Parameters::of_line(b"+X: 1,99999999999999999999");
        assert_eq!(parameters.number::<u8>("a"), Ok(1));
        let error = parameters.number::<u8>("b").unwrap_err();
        assert_eq!((error.at, error.kind), (6, ParseErrorKind::Number("b")));
        assert_eq!(
            Parameters::of_line(b"+X: 256").number::<u8>("a").unwrap_err().kind,
            ParseErrorKind::Number("a")
        );
    }

    /// Every line of up to six of these bytes.
    #[test]
    fn digits_are_read_as_by_the_grammar() {
        const BYTES: &[u8] = b" 1,9\"(x";
        for index in 0..BYTES.len().pow(6) {
            let digits = (0..6).map(|place| BYTES[index / BYTES.len().pow(place) % BYTES.len()]);
            let line: Vec<u8> = digits.collect();
            let mut fast = Parameters::after(&line, &line);
            let mut by_grammar = fast.clone();
            while fast.rest.is_some() {
                let before = by_grammar.clone();
                let Some(number) = fast.plain_number() else {
                    assert_eq!(format!("{fast:?}"), format!("{before:?}"));
                    fast.next();
                    by_grammar.next();
                    continue;
                };
                let bytes = by_grammar.next().unwrap_or(Parameter::Absent).as_bytes();
                assert_eq!(decimal(bytes.trim_ascii()), Some(number), "{before:?}");
                assert_eq!(format!("{fast:?}"), format!("{by_grammar:?}"));
            }
        }
    }

    #[test]
    fn a_long_number_is_read_as_a_short_one() {
        for (line, number) in [
            ("+X: 999999999", Some(999_999_999)),
            ("+X: 4294967296", Some(4_294_967_296_i64)),
            ("+X: 999999999999999999", Some(999_999_999_999_999_999)),
            ("+X: 1000000000000000000", None),
            ("+X: 0000000000000000000020", Some(20)),
        ] {
            assert_eq!(Parameters::of_line(line.as_bytes()).any_number(), number, "{line}");
        }
    }

    #[test]
    fn a_huge_range_costs_nothing_until_it_is_walked() {
        assert!(NumberSet::parse(b"0-4294967295").contains(7));
        assert!(NumberSet::parse(b"5-2,x,99999999999").is_empty());
        assert!(!NumberSet::parse(b"0").is_empty());
    }
}
