//! The characters of a script: positions, blanks, names and escape sequences.

use core::fmt;

/// A position in the text: line and column, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

impl Position {
    /// The begin of a text.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(line {} column {})", self.line, self.column)
    }
}

/// The reason why a text is not a list of commands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    /// The text ends early: this is missing.
    Incomplete(&'static str),
    /// The text is invalid, for this reason.
    Invalid(String, Position),
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(what) => write!(f, "the text ends too early: {what} is missing"),
            Self::Invalid(what, at) => write!(f, "{what} {at}"),
        }
    }
}

pub(super) fn invalid(what: impl fmt::Display, at: Position) -> SyntaxError {
    SyntaxError::Invalid(what.to_string(), at)
}

/// The deepest nesting of brackets, parentheses, braces and quotes.
const MAX_NESTING: usize = 24;

/// A reader of characters that knows its position.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    at: Position,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, at: Position::START, depth: 0 }
    }

    pub(super) const fn at(&self) -> Position {
        self.at
    }

    /// The text that is not read yet.
    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    /// Reads this text if it is next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let is_next = self.rest.starts_with(text);
        if is_next {
            for _ in text.chars() {
                self.next();
            }
        }
        is_next
    }

    /// Reads characters while `accepts` holds.
    pub(super) fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let start = self.rest;
        while self.peek().is_some_and(&accepts) {
            self.next();
        }
        start.get(..start.len() - self.rest.len()).unwrap_or_default()
    }

    /// Reads blanks, and line ends that a `\` continues.
    pub(super) fn blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => {
                    self.next();
                }
                Some('\\') => self.continuation()?,
                _ => return Ok(()),
            }
        }
    }

    /// Reads blanks, line ends and comments.
    pub(super) fn lines(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.blanks()?;
            match self.peek() {
                Some('\n') => {
                    self.next();
                }
                Some('#') => {
                    self.take_while(|character| character != '\n');
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads a backslash outside quotes, which continues the command on the next line.
    fn continuation(&mut self) -> Result<(), SyntaxError> {
        let at = self.at;
        self.next();
        self.take_while(|character| character == '\r');
        match self.next() {
            Some('\n') if self.peek().is_some() => Ok(()),
            Some('\n') | None => Err(SyntaxError::Incomplete("the line after the \\")),
            Some(_) => Err(invalid("a \\ outside quotes must end its line", at)),
        }
    }

    /// Counts a bracket that opens.
    pub(super) fn deeper(&mut self) -> Result<(), SyntaxError> {
        if self.depth == MAX_NESTING {
            let what = format!("brackets are nested too deeply: at most {MAX_NESTING} are allowed");
            return Err(invalid(what, self.at));
        }
        self.depth += 1;
        Ok(())
    }

    /// Counts a bracket that closes.
    pub(super) const fn shallower(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reads the name after a `$`, which may be in quotes where `quotes` says so.
    pub(super) fn variable(&mut self, quotes: bool) -> Result<(String, Position), SyntaxError> {
        let at = self.at;
        self.next();
        let name = if quotes && self.take("\"") {
            let name = self.take_while(|character| character != '"' && character != '\n');
            if !self.take("\"") {
                return Err(SyntaxError::Incomplete("a closing quote"));
            }
            name
        } else {
            self.take_while(|character| character.is_ascii_alphanumeric())
        };
        if name.is_empty() {
            return Err(invalid(
                "a $ must be followed by the name of a variable: write \\$ in quotes for the character",
                at,
            ));
        }
        Ok((name.into(), at))
    }

    /// Reads an escape sequence in quotes, after its backslash at `at`.
    pub(super) fn escape(&mut self, text: &mut Text, at: Position) -> Result<(), SyntaxError> {
        let Some(character) = self.next() else {
            return Err(SyntaxError::Incomplete("a closing quote"));
        };
        match character {
            '"' | '\\' | '$' | '?' => text.push(character),
            '_' => text.push(' '),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            // The text continues after the leading blanks of the next line.
            '\r' | '\n' => {
                self.take_while(|character| matches!(character, ' ' | '\t' | '\n'));
            }
            high => {
                let low = self.peek().and_then(|low| low.to_digit(16));
                let byte = high.to_digit(16).zip(low).map(|(high, low)| high << 4 | low);
                let byte = byte.and_then(|byte| u8::try_from(byte).ok()).ok_or_else(|| {
                    let what = "a \\ in quotes must be followed by \" \\ $ ? _ n r t or two hexadecimal digits";
                    invalid(what, at)
                })?;
                self.next();
                text.0.push(byte);
            }
        }
        Ok(())
    }
}

/// Text that is being read; its bytes may be written as `\XX`.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<u8>);

impl Text {
    pub(super) fn push(&mut self, character: char) {
        self.0.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// The text so far, which begins at `at`.
    pub(super) fn finish(&mut self, at: Position) -> Result<String, SyntaxError> {
        String::from_utf8(core::mem::take(&mut self.0)).map_err(|error| {
            invalid(format_args!("the bytes written as \\XX are not valid UTF-8: {error}"), at)
        })
    }
}
