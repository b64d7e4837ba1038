//! The grammar of `:cmd SECRET script NAME [[VAR[=VAL]] ...]`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{cut, eof, opt, peek, verify};
use nom::error::ParseError;
use nom::multi::many0;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::refusal::{Expected, Refusal};

/// The call of a script by a message, with its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptCall {
    /// The name of the script.
    pub name: String,
    /// The names and values in the order of the message; a variable without a value is empty.
    pub variables: Vec<(String, String)>,
}

impl ScriptCall {
    /// The value of a variable; the last value if the message has several.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let mut backwards = self.variables.iter().rev();
        backwards.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A command up to its secret.
pub(super) struct Opening<'a> {
    pub(super) secret: &'a str,
    pub(super) rest: &'a str,
}

/// Reads `:cmd` and the secret.
pub(super) fn opening(text: &str) -> Result<Opening<'_>, Refusal> {
    let keyword: Parsed<'_, _> = terminated(tag(":cmd"), peek(alt((tag(" "), eof)))).parse(text);
    // An ordinary message.
    let Ok((rest, _)) = keyword else {
        return Err(Refusal::NotACommand);
    };
    let mut secret = expecting(Expected::Secret, preceded(spaces, word));
    match secret.parse(rest) {
        Ok((rest, secret)) => Ok(Opening { secret, rest }),
        Err(error) => Err(refusal(text, error)),
    }
}

/// Reads the rest of `text` after the secret.
pub(super) fn call(text: &str, rest: &str) -> Result<ScriptCall, Refusal> {
    let script = expecting(Expected::Script, preceded(spaces, tag("script")));
    let name =
        expecting(Expected::Name, preceded(spaces, verify(word, |name: &str| !name.is_empty())));
    let end = expecting(Expected::VariableOrEnd, preceded(take_while(is_space), eof));
    let variables = many0(preceded(spaces, variable));
    let mut command = (script, name, variables, end);
    match command.parse(rest) {
        Ok((_, (_, name, variables, _))) => Ok(ScriptCall { name: name.to_string(), variables }),
        Err(error) => Err(refusal(text, error)),
    }
}

/// `VAR` or `VAR=VAL`, with or without quotes.
fn variable(input: &str) -> Parsed<'_, (String, String)> {
    let is_name = |character| is_bare(character) && character != '=';
    let name = verify(alt((quoted, take_while1(is_name))), |name: &str| !name.is_empty());
    let value = expecting(Expected::Value, verify(word, |value: &str| !value.is_empty()));
    let (rest, (name, value)) = (name, opt(preceded(char('='), cut(value)))).parse(input)?;
    Ok((rest, (name.to_string(), value.unwrap_or_default().to_string())))
}

fn word(input: &str) -> Parsed<'_, &str> {
    alt((quoted, take_while1(is_bare))).parse(input)
}

/// The text between two quotes; there is no escape character.
fn quoted(input: &str) -> Parsed<'_, &str> {
    let inside = take_while(|character: char| character != '"' && !character.is_control());
    let close = cut(expecting(Expected::ClosingQuote, char('"')));
    delimited(char('"'), inside, close).parse(input)
}

fn spaces(input: &str) -> Parsed<'_, &str> {
    take_while1(is_space).parse(input)
}

fn is_space(character: char) -> bool {
    character == ' '
}

fn is_bare(character: char) -> bool {
    character != '"' && !character.is_whitespace() && !character.is_control()
}

type Parsed<'a, T> = IResult<&'a str, T, Unread<'a>>;

/// The position where reading stopped, and the missing element.
struct Unread<'a> {
    rest: &'a str,
    expected: Expected,
}

impl<'a> ParseError<&'a str> for Unread<'a> {
    fn from_error_kind(rest: &'a str, _: nom::error::ErrorKind) -> Self {
        Self { rest, expected: Expected::VariableOrEnd }
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

/// Names the missing element if `parser` fails, unless `parser` names it itself.
fn expecting<'a, T>(
    expected: Expected,
    mut parser: impl Parser<&'a str, Output = T, Error = Unread<'a>>,
) -> impl Parser<&'a str, Output = T, Error = Unread<'a>> {
    move |input| {
        parser.parse(input).map_err(|error| match error {
            nom::Err::Error(unread) => nom::Err::Error(Unread { expected, ..unread }),
            known => known,
        })
    }
}

fn refusal(text: &str, error: nom::Err<Unread<'_>>) -> Refusal {
    let (rest, expected) = match error {
        nom::Err::Error(unread) | nom::Err::Failure(unread) => (unread.rest, unread.expected),
        // Never: no parser here waits for more input.
        nom::Err::Incomplete(_) => ("", Expected::VariableOrEnd),
    };
    // `rest` is the end of `text`.
    let at = text.len().saturating_sub(rest.len());
    Refusal::Malformed { at, expected }
}
