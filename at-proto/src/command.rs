//! A typed command: a request, and the parser of its answer.

use alloc::vec::Vec;
use core::fmt;

use crate::event::Response;
use crate::line::Line;
use crate::parameters::Parameters;
use crate::request::Request;
use crate::vocabulary::parameters_of;

/// A command whose answer has a type.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, network::ReadSignal};
///
/// assert_eq!(ReadSignal.request().line(), b"AT+CSQ");
/// let signal = ReadSignal.parse(&Response::ok(["+CSQ: 20,99"]))?;
/// assert_eq!(signal.dbm(), Some(-73));
/// # Ok::<(), at_proto::ParseError>(())
/// ```
pub trait Command {
    /// The value of a successful answer.
    type Output;

    /// The request: the command line, the answer to expect, and a deadline that suits the command.
    fn request(&self) -> Request;

    /// Reads a successful answer.
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the line with the value is missing or malformed.
    fn parse(&self, response: &Response) -> Result<Self::Output, ParseError>;
}

/// An answer that does not match its command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct ParseError {
    /// The line; empty if the answer has none of this name.
    pub line: Line,
    /// The position in the line at which the unreadable field begins.
    pub at: usize,
    /// The kind of mismatch.
    pub kind: ParseErrorKind,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ParseErrorKind::NoLine(_)
            | ParseErrorKind::NoHeader(_)
            | ParseErrorKind::NoData(_)
            | ParseErrorKind::Several(_)
            | ParseErrorKind::Truncated => self.kind.fmt(f),
            kind => write!(f, "{kind} at position {} of {:?}", self.at, self.line),
        }
    }
}

/// A kind of mismatch between an answer and its command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The answer has no line of this name.
    #[error("the answer has no {0} line")]
    NoLine(&'static str),
    /// Lines are missing, because the answer exceeded [`Limits::answer`](crate::Limits::answer).
    #[error("the answer exceeds the limit of the dialect: raise it or ask for less")]
    Truncated,
    /// The answer has several values where one was asked for.
    #[error("the answer has several {0} lines")]
    Several(&'static str),
    /// Data has no line of this name before it: the line was damaged in transit.
    #[error("a PDU has no {0} line: read it again")]
    NoHeader(&'static str),
    /// A line of this name has no data after it: the data was damaged in transit.
    #[error("a {0} line has no PDU: read it again")]
    NoData(&'static str),
    /// A field is missing.
    #[error("<{0}> is missing")]
    Missing(&'static str),
    /// A field is not a number, or out of its range.
    #[error("<{0}> is not a number in range")]
    Number(&'static str),
    /// A field is not text of the expected form.
    #[error("<{0}> is malformed")]
    Form(&'static str),
}

/// The parameters of every line of this name.
pub(crate) fn lines_of<'a>(
    response: &'a Response,
    name: &'static str,
) -> impl Iterator<Item = Parameters<'a>> {
    response.lines().iter().filter_map(move |line| {
        parameters_of(line, name).map(|parameters| Parameters::after(line, parameters))
    })
}

/// The parameters of the first line of this name.
#[inline]
pub(crate) fn line_of<'a>(
    response: &'a Response,
    name: &'static str,
) -> Result<Parameters<'a>, ParseError> {
    // Nearly always the only line.
    let line = response.lines().first().unwrap_or_default();
    match parameters_of(line, name) {
        Some(parameters) => Ok(Parameters::after(line, parameters)),
        None => later_line_of(response, name),
    }
}

#[inline(never)]
fn later_line_of<'a>(
    response: &'a Response,
    name: &'static str,
) -> Result<Parameters<'a>, ParseError> {
    lines_of(response, name).next().ok_or_else(|| no_line(response, name))
}

pub(crate) fn no_line(response: &Response, name: &'static str) -> ParseError {
    let kind = if response.is_truncated() {
        ParseErrorKind::Truncated
    } else {
        ParseErrorKind::NoLine(name)
    };
    ParseError { line: Line::default(), at: 0, kind }
}

/// Refuses a truncated listing.
pub(crate) fn whole(response: &Response) -> Result<(), ParseError> {
    match response.is_truncated() {
        true => Err(ParseError { line: Line::default(), at: 0, kind: ParseErrorKind::Truncated }),
        false => Ok(()),
    }
}

/// The text of an answer, bare or after one of these names, in quotes or not: modems differ.
pub(crate) fn bare_text(response: &Response, names: &[&str]) -> Vec<u8> {
    let mut text = Vec::new();
    for line in response.lines().iter() {
        let value = names.iter().find_map(|name| parameters_of(line, name));
        let value = value.unwrap_or(line).trim_ascii();
        let value =
            value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value);
        if !text.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(value);
    }
    text
}
