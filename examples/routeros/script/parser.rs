//! The grammar of scripts: commands, words and expressions.

use std::rc::Rc;

use super::expressions::Mode;
use super::lexer::{Cursor, Position, SyntaxError, Text, invalid};
use super::operators::{Binary, Unary};

/// The longest text of a script, in bytes.
const MAX_SCRIPT: usize = 1 << 16;

/// A list of commands.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Block(pub(crate) Vec<Command>);

/// A command: its words, and the condition after `where`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) at: Position,
    pub(crate) words: Vec<Word>,
    pub(crate) condition: Option<Expression>,
}

/// A word of a command: a value, with or without `name=` before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) at: Position,
    pub(crate) name: Option<String>,
    /// `true` if a `~` follows the name, not a `=`.
    pub(crate) is_pattern: bool,
    pub(crate) value: Expression,
}

/// Code in braces, with its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Code {
    pub(crate) text: String,
    pub(crate) block: Block,
}

/// A value that is computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Nothing,
    /// A word without quotes, whose type its characters decide.
    Literal(String),
    Text(String),
    Variable(String, Position),
    /// Values that are joined to a text.
    Join(Vec<Self>),
    /// The result of the last of the commands in brackets.
    Substitution(Rc<Block>),
    Code(Rc<Code>),
    /// The elements of an array, with their keys.
    List(Vec<(Option<Self>, Self)>),
    Unary(Unary, Box<Self>, Position),
    Binary(Binary, Box<Self>, Box<Self>, Position),
    /// A property of an item, in a condition.
    Property(String, Position),
}

/// Reads commands, which end at a line end or a `;`.
///
/// A `#` at the start of a command makes the rest of the line a comment.
pub(crate) fn read(text: &str) -> Result<Block, SyntaxError> {
    if text.len() > MAX_SCRIPT {
        let what = format!("the text has {} bytes: at most {MAX_SCRIPT} are allowed", text.len());
        return Err(invalid(what, Position::START));
    }
    Parser { cursor: Cursor::new(text), closer: None }.block()
}

/// A reader of scripts.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    /// The character that ends the current brackets.
    pub(super) closer: Option<char>,
}

impl Parser<'_> {
    fn block(&mut self) -> Result<Block, SyntaxError> {
        let mut commands = Vec::new();
        loop {
            self.cursor.lines()?;
            match self.cursor.peek() {
                Some(';') => {
                    self.cursor.next();
                }
                None => break,
                closer if closer == self.closer => break,
                Some(_) => commands.push(self.command()?),
            }
        }
        Ok(Block(commands))
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        let at = self.cursor.at();
        let mut words: Vec<Word> = Vec::new();
        let mut condition = None;
        loop {
            self.cursor.blanks()?;
            if self.is_end() {
                break;
            }
            let word = self.word(&words)?;
            let is_where = word.name.is_none() && word.value == Expression::Literal("where".into());
            if is_where
                && words.first().and_then(Word::literal).is_some_and(|word| !word.starts_with(':'))
            {
                condition = Some(self.condition(word.at)?);
                break;
            }
            words.push(word);
        }
        Ok(Command { at, words, condition })
    }

    /// Returns `true` at the end of a command.
    pub(super) fn is_end(&self) -> bool {
        let next = self.cursor.peek();
        matches!(next, None | Some('\n' | ';')) || next == self.closer
    }

    fn word(&mut self, before: &[Word]) -> Result<Word, SyntaxError> {
        let at = self.cursor.at();
        let mut ahead = self.cursor.clone();
        let name =
            ahead.take_while(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter));
        let is_pattern = ["~\"", "~$", "~("].iter().any(|next| ahead.rest().starts_with(next));
        let mut given = None;
        if !name.is_empty() && (is_pattern || ahead.peek() == Some('=')) {
            ahead.next();
            given = Some(String::from(name));
            self.cursor = ahead;
        }
        let is_pattern = given.is_some() && is_pattern;
        let value = match self.cursor.peek() {
            Some('{') if is_code(before, given.as_deref()) => self.code()?,
            Some('{') if given.is_none() && is_control(before) => {
                let what = "expected do= or else= before the braces, without a blank";
                return Err(invalid(what, at));
            }
            _ => self.value()?,
        };
        Ok(Word { at, name: given, is_pattern, value })
    }

    /// Reads the value of a word: pieces without blanks between them.
    fn value(&mut self) -> Result<Expression, SyntaxError> {
        let at = self.cursor.at();
        let mut text = Text::default();
        let mut pieces = Vec::new();
        loop {
            if self.is_end() || matches!(self.cursor.peek(), Some(' ' | '\t' | '\r' | '\\')) {
                break;
            }
            let position = self.cursor.at();
            let Some(character) = self.cursor.peek() else { break };
            let piece = match character {
                '"' => self.quoted()?,
                '$' => self.variable()?,
                '(' => self.group(Mode::Plain)?,
                '[' => self.substitution()?,
                '{' if self.cursor.at() == at => self.list()?,
                ')' | ']' | '}' | '{' => {
                    let what = match self.closer {
                        Some(closer) if character != '{' => {
                            format!("expected {closer}, not {character}")
                        }
                        _ => format!("{character} is not allowed here: put the value in quotes"),
                    };
                    return Err(invalid(what, position));
                }
                _ => {
                    let letters =
                        self.cursor.take_while(|letter| !" \t\r\n;\\\"$()[]{}".contains(letter));
                    letters.chars().for_each(|letter| text.push(letter));
                    Expression::Literal(text.finish(at)?)
                }
            };
            pieces.push(piece);
        }
        Ok(match pieces.len() {
            0 => Expression::Text(String::new()),
            1 => pieces.remove(0),
            _ => Expression::Join(pieces),
        })
    }

    /// Reads a text in quotes, with the variables and commands in it.
    pub(super) fn quoted(&mut self) -> Result<Expression, SyntaxError> {
        let start = self.cursor.at();
        self.cursor.next();
        let mut text = Text::default();
        let mut pieces = Vec::new();
        loop {
            let at = self.cursor.at();
            let Some(character) = self.cursor.peek() else {
                return Err(SyntaxError::Incomplete("a closing quote"));
            };
            match character {
                '"' => {
                    self.cursor.next();
                    break;
                }
                '$' => {
                    pieces.push(Expression::Text(text.finish(start)?));
                    let rest = self.cursor.rest();
                    pieces.push(if rest.starts_with("$[") {
                        self.cursor.next();
                        self.substitution()?
                    } else if rest.starts_with("$(") {
                        self.cursor.next();
                        self.group(Mode::Plain)?
                    } else {
                        let (name, at) = self.cursor.variable(false)?;
                        Expression::Variable(name, at)
                    });
                }
                '\\' => {
                    self.cursor.next();
                    self.cursor.escape(&mut text, at)?;
                }
                _ => {
                    self.cursor.next();
                    text.push(character);
                }
            }
        }
        let last = text.finish(start)?;
        if pieces.is_empty() {
            return Ok(Expression::Text(last));
        }
        pieces.push(Expression::Text(last));
        pieces.retain(|piece| *piece != Expression::Text(String::new()));
        Ok(Expression::Join(pieces))
    }

    /// Reads `$name` or `$"name"`, and the elements that `->` selects.
    pub(super) fn variable(&mut self) -> Result<Expression, SyntaxError> {
        let (name, at) = self.cursor.variable(true)?;
        self.elements(Expression::Variable(name, at))
    }

    /// Reads up to `closer` with `read`, after the opening bracket.
    pub(super) fn inside<T>(
        &mut self,
        closer: char,
        missing: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.cursor.deeper()?;
        let outer = self.closer.replace(closer);
        self.cursor.next();
        let result = read(self)?;
        self.closer = outer;
        self.cursor.shallower();
        match self.cursor.peek() {
            Some(next) if next == closer => {
                self.cursor.next();
                Ok(result)
            }
            None => Err(SyntaxError::Incomplete(missing)),
            Some(next) => {
                Err(invalid(format_args!("expected {closer}, not {next}"), self.cursor.at()))
            }
        }
    }

    pub(super) fn substitution(&mut self) -> Result<Expression, SyntaxError> {
        let block = self.inside(']', "a closing ]", Self::block)?;
        Ok(Expression::Substitution(Rc::new(block)))
    }

    fn code(&mut self) -> Result<Expression, SyntaxError> {
        let start = self.cursor.rest();
        let block = self.inside('}', "a closing brace", Self::block)?;
        let text = start.get(1..start.len() - self.cursor.rest().len() - 1).unwrap_or_default();
        Ok(Expression::Code(Rc::new(Code { text: text.trim().into(), block })))
    }

    pub(super) fn list(&mut self) -> Result<Expression, SyntaxError> {
        self.inside('}', "a closing brace", |parser| {
            let mut elements = Vec::new();
            loop {
                parser.cursor.lines()?;
                match parser.cursor.peek() {
                    Some(';') => {
                        parser.cursor.next();
                    }
                    None | Some('}') => break,
                    Some(_) => elements.push(parser.element()?),
                }
            }
            Ok(Expression::List(elements))
        })
    }

    fn element(&mut self) -> Result<(Option<Expression>, Expression), SyntaxError> {
        let before = self.cursor.clone();
        let key = match self.cursor.peek() {
            Some('"') => self.quoted()?,
            Some('$') => self.variable()?,
            _ => {
                let name = self
                    .cursor
                    .take_while(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter));
                Expression::Literal(name.into())
            }
        };
        let key = if self.cursor.take("=") {
            Some(key)
        } else {
            self.cursor = before;
            None
        };
        let value = self.value()?;
        self.cursor.blanks()?;
        if !self.is_end() {
            let what =
                "the elements of an array are divided by ;: put a text with blanks in quotes";
            return Err(invalid(what, self.cursor.at()));
        }
        Ok((key, value))
    }
}

impl Word {
    /// The text of a word without quotes and without a name.
    pub(crate) fn literal(&self) -> Option<&str> {
        match (&self.name, &self.value) {
            (None, Expression::Literal(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of a word in the path of a command.
    pub(crate) fn name_of_command(&self) -> Option<&str> {
        match (&self.name, &self.value) {
            (None, Expression::Literal(text) | Expression::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Returns `true` after a command whose code has a name.
fn is_control(before: &[Word]) -> bool {
    let command = before.first().and_then(Word::literal).unwrap_or_default();
    ["if", "for", "foreach", "while"].contains(&command.trim_start_matches(':'))
}

/// Returns `true` if braces hold code there, and not an array.
fn is_code(before: &[Word], name: Option<&str>) -> bool {
    let command = before.first().and_then(Word::literal).unwrap_or_default();
    let command = command.trim_start_matches(':');
    match name {
        Some("do" | "else" | "on-error" | "source") => true,
        Some("in") => command == "onerror",
        Some(_) => false,
        None => before.is_empty() || ["do", "execute", "onerror", "parse"].contains(&command),
    }
}
