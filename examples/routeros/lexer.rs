//! Splits text into words, by the rules of the RouterOS console.

use core::fmt;

/// A position in the text: line and column, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(line {} column {})", self.line, self.column)
    }
}

/// A word of a command: a value, with or without `name=` before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) name: Option<String>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) at: Position,
}

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Literal text.
    Text(String),
    /// The variable with this name.
    Variable(String, Position),
}

/// The reason why a text is not a list of commands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    /// The text ends early: this is missing.
    Incomplete(&'static str),
    /// The text is invalid, for this reason.
    Invalid(String),
}

/// Reads commands, which end at a line end or a `;`.
///
/// A `#` at the start of a command makes the rest of the line a comment.
pub(crate) fn read(text: &str) -> Result<Vec<Vec<Word>>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    let mut commands = Vec::new();
    let mut words = Vec::new();
    loop {
        match lexer.peek() {
            None => break,
            Some('\n' | ';') => {
                lexer.next();
                commands.push(core::mem::take(&mut words));
            }
            Some('#') if words.is_empty() => {
                while !matches!(lexer.peek(), None | Some('\n')) {
                    lexer.next();
                }
            }
            Some(' ' | '\t' | '\r') => {
                lexer.next();
            }
            Some('\\') => lexer.continuation()?,
            Some(_) => words.push(lexer.word()?),
        }
    }
    commands.push(words);
    commands.retain(|words| !words.is_empty());
    Ok(commands)
}

struct Lexer<'a> {
    text: core::iter::Peekable<core::str::Chars<'a>>,
    at: Position,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.chars().peekable(), at: Position { line: 1, column: 1 } }
    }

    fn peek(&mut self) -> Option<char> {
        self.text.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.text.next()?;
        if character == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    /// Reads a backslash outside quotes, which continues the command on the next line.
    fn continuation(&mut self) -> Result<(), SyntaxError> {
        let at = self.at;
        self.next();
        if self.peek() == Some('\r') {
            self.next();
        }
        match self.next() {
            Some('\n') if self.peek().is_some() => Ok(()),
            Some('\n') | None => Err(SyntaxError::Incomplete("the line after the \\")),
            Some(_) => Err(invalid("a \\ outside quotes must end its line", at)),
        }
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let at = self.at;
        let mut name = None;
        let mut value = Value::default();
        while let Some(character) = self.peek() {
            let position = self.at;
            match character {
                ' ' | '\t' | '\r' | '\n' | ';' | '\\' => break,
                '"' => {
                    self.next();
                    self.quoted(&mut value)?;
                }
                '$' => self.variable(&mut value)?,
                '{' if value.is_empty() => return self.block(name, at),
                '[' | ']' | '(' | ')' | '{' | '}' => {
                    return Err(invalid(
                        &format!("{character} is not allowed here: put the value in quotes"),
                        position,
                    ));
                }
                '=' if name.is_none() && value.is_name() => {
                    self.next();
                    name = value.take_name();
                }
                _ => {
                    self.next();
                    value.push(character);
                }
            }
        }
        Ok(Word { name, pieces: value.finish(at)?, at })
    }

    /// Reads the text between quotes, after the opening quote.
    fn quoted(&mut self, value: &mut Value) -> Result<(), SyntaxError> {
        value.is_quoted = true;
        loop {
            let at = self.at;
            match self.peek() {
                None => return Err(SyntaxError::Incomplete("a closing quote")),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('$') => self.variable(value)?,
                Some('\\') => {
                    self.next();
                    self.escape(value, at)?;
                }
                Some(character) => {
                    self.next();
                    value.push(character);
                }
            }
        }
    }

    fn escape(&mut self, value: &mut Value, at: Position) -> Result<(), SyntaxError> {
        let Some(character) = self.next() else {
            return Err(SyntaxError::Incomplete("a closing quote"));
        };
        match character {
            '"' | '\\' | '$' | '?' => value.push(character),
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            // The text continues after the leading blanks of the next line.
            '\r' | '\n' => {
                while matches!(self.peek(), Some(' ' | '\t' | '\n')) {
                    self.next();
                }
            }
            high => {
                let low = self.peek().and_then(|low| low.to_digit(16));
                let byte = high.to_digit(16).zip(low).map(|(high, low)| high << 4 | low);
                let byte = byte.and_then(|byte| u8::try_from(byte).ok());
                let byte = byte.ok_or_else(|| {
                    invalid(
                        r#"a \ in quotes must be followed by " \ $ ? n r t or two hexadecimal digits"#,
                        at,
                    )
                })?;
                self.next();
                value.bytes.push(byte);
            }
        }
        Ok(())
    }

    /// Reads `$name` or `$"name"`.
    fn variable(&mut self, value: &mut Value) -> Result<(), SyntaxError> {
        let at = self.at;
        self.next();
        let mut name = String::new();
        if !value.is_quoted && self.peek() == Some('"') {
            self.next();
            while let Some(character) = self.next() {
                if character == '"' {
                    break;
                }
                name.push(character);
            }
        } else {
            while let Some(character) = self.peek().filter(char::is_ascii_alphanumeric) {
                self.next();
                name.push(character);
            }
        }
        if name.is_empty() {
            return Err(invalid(
                "a $ must be followed by the name of a variable: write \\$ in quotes for the character",
                at,
            ));
        }
        value.flush(at)?;
        value.pieces.push(Piece::Variable(name, at));
        Ok(())
    }

    /// Reads the text between braces, verbatim; braces and quotes inside must be paired.
    fn block(&mut self, name: Option<String>, at: Position) -> Result<Word, SyntaxError> {
        let mut depth = 0_usize;
        let mut in_quotes = false;
        let mut text = String::new();
        loop {
            let Some(character) = self.next() else {
                return Err(SyntaxError::Incomplete("a closing brace"));
            };
            match character {
                '\\' if in_quotes => {
                    text.push(character);
                    if let Some(escaped) = self.next() {
                        text.push(escaped);
                    }
                    continue;
                }
                '"' => in_quotes = !in_quotes,
                '{' if !in_quotes => depth += 1,
                '}' if !in_quotes => depth -= 1,
                _ => {}
            }
            text.push(character);
            if depth == 0 {
                // Each brace is one byte.
                let inside = text.get(1..text.len() - 1).unwrap_or_default().trim();
                return Ok(Word { name, pieces: vec![Piece::Text(inside.to_string())], at });
            }
        }
    }
}

/// A value that is being read.
#[derive(Default)]
struct Value {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    is_quoted: bool,
}

impl Value {
    fn push(&mut self, character: char) {
        self.bytes.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.pieces.is_empty() && !self.is_quoted
    }

    /// Returns `true` if the text so far can be the name of a parameter.
    fn is_name(&self) -> bool {
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        !self.is_quoted
            && self.pieces.is_empty()
            && !self.bytes.is_empty()
            && self.bytes.iter().all(is_letter)
    }

    fn take_name(&mut self) -> Option<String> {
        String::from_utf8(core::mem::take(&mut self.bytes)).ok()
    }

    fn flush(&mut self, at: Position) -> Result<(), SyntaxError> {
        if !self.bytes.is_empty() {
            let text = String::from_utf8(core::mem::take(&mut self.bytes)).map_err(|error| {
                invalid(&format!("the bytes written as \\XX are not valid UTF-8: {error}"), at)
            })?;
            self.pieces.push(Piece::Text(text));
        }
        Ok(())
    }

    fn finish(mut self, at: Position) -> Result<Vec<Piece>, SyntaxError> {
        self.flush(at)?;
        Ok(self.pieces)
    }
}

fn invalid(what: &str, at: Position) -> SyntaxError {
    SyntaxError::Invalid(format!("{what} {at}"))
}

#[cfg(test)]
mod tests {
    use super::{Piece, SyntaxError, read};

    /// The words of a text: `name=` and values, variables as `<name>`; commands are divided by `|`.
    fn shown(text: &str) -> Result<String, SyntaxError> {
        let commands = read(text)?;
        let commands = commands.iter().map(|words| {
            let words = words.iter().map(|word| {
                let name = word.name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
                let value: String = word
                    .pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.clone(),
                        Piece::Variable(name, _) => format!("<{name}>"),
                    })
                    .collect();
                format!("{name}[{value}]")
            });
            words.collect::<Vec<_>>().join(" ")
        });
        Ok(commands.collect::<Vec<_>>().join(" | "))
    }

    #[test]
    fn words_are_read_as_the_console_has_them() {
        for (text, words) in [
            ("/tool sms send usb3", "[/tool] [sms] [send] [usb3]"),
            ("/tool/sms/print;/port print\n", "[/tool/sms/print] | [/port] [print]"),
            ("set port=usb3 secret=\"\"", "[set] port=[usb3] secret=[]"),
            (r#"x message="a\"b\\c\$d\?e\n\r\t\41\C3\BC""#, "[x] message=[a\"b\\c$d?e\n\r\tAü]"),
            ("x \"20000000\" \\\n  message=\"a\"", "[x] [20000000] message=[a]"),
            ("x \"a \\\r\n   b\"", "[x] [a b]"),
            ("x \"a\nb\"", "[x] [a\nb]"),
            ("x message=\"Hello $name!\" $a$b", "[x] message=[Hello <name>!] [<a><b>]"),
            ("x $\"a name\"", "[x] [<a name>]"),
            ("x \"a=b\" *245# \"c\"d", "[x] [a=b] [*245#] [cd]"),
            ("x topics=lte,!raw", "[x] topics=[lte,!raw]"),
            ("x a=b=c", "[x] a=[b=c]"),
            ("# nothing\nx # y", "[x] [#] [y]"),
            ("x source={:put \"}\"; :put {a}}", "[x] source=[:put \"}\"; :put {a}]"),
            ("", ""),
            (" ;\n; ", ""),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(words), "{text}");
        }
    }

    #[test]
    fn text_that_ends_early_waits_for_more() {
        for (text, missing) in [
            ("x \\", "the line after the \\"),
            ("x \\\n", "the line after the \\"),
            ("x \"a", "a closing quote"),
            ("x \"a\\", "a closing quote"),
            ("x {a {b}", "a closing brace"),
        ] {
            assert_eq!(shown(text), Err(SyntaxError::Incomplete(missing)), "{text}");
        }
    }

    #[test]
    fn invalid_text_is_refused_with_its_position() {
        for (text, what) in [
            ("x \\ y", "a \\ outside quotes must end its line (line 1 column 3)"),
            (
                "x\ny \"a\\q\"",
                "a \\ in quotes must be followed by \" \\ $ ? n r t or two hexadecimal digits (line 2 column 5)",
            ),
            ("x [find]", "[ is not allowed here: put the value in quotes (line 1 column 3)"),
            (
                "x \"5$\"",
                "a $ must be followed by the name of a variable: write \\$ in quotes for the character (line 1 column 5)",
            ),
        ] {
            assert_eq!(shown(text), Err(SyntaxError::Invalid(what.into())), "{text}");
        }
        assert!(
            matches!(shown(r#"x "\E9""#), Err(SyntaxError::Invalid(what)) if what.contains("UTF-8"))
        );
    }

    #[test]
    fn every_beginning_of_a_text_is_read_or_waits_or_is_invalid() {
        let text = "/tool sms send usb3 \"20000000\" \\\n message=\"a\\\"b\\C3\\BC $x \\\n c\" source={:put \"}\"; {}} # ü\n;x";
        let ends = text.char_indices().map(|(end, _)| end);
        let incomplete =
            ends.filter(|end| matches!(read(&text[..*end]), Err(SyntaxError::Incomplete(_))));
        assert!(incomplete.count() > 30);
        assert!(read(text).is_ok());
    }
}
