//! The grammar of expressions and conditions.

use super::lexer::{Position, SyntaxError, invalid};
use super::operators::{Binary, Unary};
use super::parser::{Expression, Parser};

/// The largest number of operators that follow each other.
const MAX_OPERATORS: usize = 64;

/// The meaning of words without quotes in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Plain,
    /// A condition: a word is the name of a property.
    Where,
    /// The value that a property is compared with.
    Value,
}

impl Parser<'_> {
    /// Reads the elements of a value that `->` selects.
    pub(super) fn elements(&mut self, mut value: Expression) -> Result<Expression, SyntaxError> {
        for _ in 0..MAX_OPERATORS {
            let at = self.cursor.at();
            if !self.cursor.take("->") {
                return Ok(value);
            }
            let key = match self.cursor.peek() {
                Some('$') => {
                    let (name, at) = self.cursor.variable(true)?;
                    Expression::Variable(name, at)
                }
                _ => self.primary(Mode::Plain)?,
            };
            value = Expression::Binary(Binary::ELEMENT, Box::new(value), Box::new(key), at);
        }
        Err(self.too_many())
    }

    /// Reads an expression in parentheses.
    pub(super) fn group(&mut self, mode: Mode) -> Result<Expression, SyntaxError> {
        let value = self.inside(')', "a closing )", |parser| {
            parser.cursor.lines()?;
            if parser.cursor.peek() == Some(')') {
                return Ok(Expression::Nothing);
            }
            let value = parser.expression(0, mode)?;
            parser.cursor.lines()?;
            Ok(value)
        })?;
        self.elements(value)
    }

    /// Reads the condition after `where`, up to the end of the command; comparisons that follow
    /// each other must all hold.
    pub(super) fn condition(&mut self, at: Position) -> Result<Expression, SyntaxError> {
        let mut condition: Option<Expression> = None;
        for _ in 0..MAX_OPERATORS {
            self.cursor.blanks()?;
            if self.is_end() {
                let what = "where has no condition: add one, such as phone=+37120000000";
                return condition.ok_or_else(|| invalid(what, at));
            }
            let position = self.cursor.at();
            let next = self.expression(0, Mode::Where)?;
            condition = Some(match condition {
                None => next,
                Some(before) => {
                    Expression::Binary(Binary::AND, Box::new(before), Box::new(next), position)
                }
            });
        }
        Err(self.too_many())
    }

    /// Reads an expression whose operators bind at least as tightly as `least`.
    fn expression(&mut self, least: u8, mode: Mode) -> Result<Expression, SyntaxError> {
        let mut left = self.unary(mode)?;
        for _ in 0..MAX_OPERATORS {
            if self.closer == Some(')') {
                self.cursor.lines()?;
            } else {
                self.cursor.blanks()?;
            }
            let at = self.cursor.at();
            let Some(operator) = Binary::at_start(self.cursor.rest()) else {
                return Ok(left);
            };
            let level = operator.level();
            let is_allowed = mode == Mode::Plain || operator.is_condition();
            if level < least || !is_allowed {
                return Ok(left);
            }
            self.cursor.take(operator.sign());
            self.cursor.blanks()?;
            let mode = match mode {
                Mode::Where if operator.is_comparison() => Mode::Value,
                other => other,
            };
            let right = self.expression(level + 1, mode)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right), at);
        }
        Err(self.too_many())
    }

    fn too_many(&self) -> SyntaxError {
        let what = format!("an expression has at most {MAX_OPERATORS} operators in a row");
        invalid(what, self.cursor.at())
    }

    fn unary(&mut self, mode: Mode) -> Result<Expression, SyntaxError> {
        self.cursor.blanks()?;
        let at = self.cursor.at();
        let Some(operator) = Unary::at_start(self.cursor.rest()) else {
            return self.primary(mode);
        };
        // A value such as -1 or !a in a condition is a word.
        if mode == Mode::Value {
            return self.primary(mode);
        }
        self.cursor.take(operator.sign());
        self.cursor.deeper()?;
        let value = self.unary(mode)?;
        self.cursor.shallower();
        Ok(Expression::Unary(operator, Box::new(value), at))
    }

    fn primary(&mut self, mode: Mode) -> Result<Expression, SyntaxError> {
        let at = self.cursor.at();
        match self.cursor.peek() {
            Some('"') => self.quoted(),
            Some('$') => self.variable(),
            Some('(') => self.group(if mode == Mode::Value { Mode::Plain } else { mode }),
            Some('[') => self.substitution(),
            Some('{') => {
                let list = self.list()?;
                self.elements(list)
            }
            next => {
                let word = self.bare(mode);
                if word.is_empty() {
                    return Err(match next {
                        None => SyntaxError::Incomplete("a value"),
                        Some(next) => invalid(format_args!("expected a value, not {next}"), at),
                    });
                }
                let is_name =
                    mode == Mode::Where && !word.starts_with(|c: char| c.is_ascii_digit());
                Ok(if is_name { Expression::Property(word, at) } else { Expression::Literal(word) })
            }
        }
    }

    /// Reads a word without quotes in an expression.
    fn bare(&mut self, mode: Mode) -> String {
        let mut word = String::new();
        while let Some(next) = self.cursor.peek() {
            let after = self.cursor.rest().chars().nth(1);
            let is_part = match mode {
                Mode::Value => !next.is_whitespace() && !";\\\"$()[]{}&|".contains(next),
                Mode::Where => next.is_alphanumeric() || "-_.".contains(next),
                Mode::Plain => {
                    let joins = ":.".contains(next) && !word.is_empty();
                    next.is_alphanumeric()
                        || next == '_'
                        || next == '*' && word.is_empty()
                        || joins && after.is_some_and(char::is_alphanumeric)
                }
            };
            if !is_part {
                break;
            }
            word.push(next);
            self.cursor.next();
        }
        word
    }
}
