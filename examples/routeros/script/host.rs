//! The surroundings of a script: their commands, their conditions, and failures.

use core::fmt;
use std::collections::BTreeMap;

use super::lexer::{Position, SyntaxError};
use super::operators::{Binary, Unary, truth};
use super::parser::Word;
use super::value::Value;
use crate::arguments::{Argument, Arguments};

/// The surroundings of a script: its commands, and what they share.
pub(crate) trait Host {
    /// A command of the menus.
    type Action: Copy;

    /// Counts a step.
    ///
    /// # Errors
    /// Fails when there were too many, or the reader interrupts.
    fn step(&mut self) -> Result<(), Failure>;

    /// Looks up the path at the start of a command.
    ///
    /// # Errors
    /// Fails when there is no such command.
    fn find(&self, words: &[Word]) -> Result<Target<Self::Action>, Failure>;

    /// Runs a command.
    ///
    /// # Errors
    /// Fails with the reason of the command.
    fn act(&mut self, action: Self::Action, arguments: Arguments) -> Result<Value, Failure>;

    /// The current menu.
    fn menu(&mut self) -> &mut Vec<&'static str>;

    /// The variables that outlive a script.
    fn globals(&mut self) -> &mut BTreeMap<String, Value>;

    /// Shows a line.
    fn print(&mut self, line: &str);

    /// Returns `true` if no further command is to run.
    fn is_over(&self) -> bool;
}

/// The target of a path at the start of a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<A> {
    /// A command, the menu that it belongs to, and the number of words of its path.
    Action { action: A, menu: Vec<&'static str>, words: usize },
    /// A menu to enter.
    Menu(Vec<&'static str>),
}

/// The reason why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(super) what: String,
    at: Option<Position>,
    /// `true` if `on-error=` does not handle it.
    pub(super) is_final: bool,
}

impl Failure {
    pub(crate) fn new(what: impl fmt::Display, at: Position) -> Self {
        Self { what: what.to_string(), at: Some(at), is_final: false }
    }

    /// A failure that ends the script.
    pub(crate) fn ending(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), at: None, is_final: true }
    }

    /// The failure, at the command that caused it; a single command needs no position.
    pub(super) fn located(mut self, at: Position) -> Self {
        if at != Position::START {
            self.at.get_or_insert(at);
        }
        self
    }

    /// The failure with the name of the script before it.
    pub(crate) fn of_script(self, name: &str) -> Self {
        Self { what: format!("script {name}: {self}"), at: None, is_final: self.is_final }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.at.map_or(Ok(()), |at| write!(f, " {at}"))
    }
}

impl From<String> for Failure {
    fn from(what: String) -> Self {
        Self { what, at: None, is_final: false }
    }
}

impl From<&str> for Failure {
    fn from(what: &str) -> Self {
        String::from(what).into()
    }
}

impl From<SyntaxError> for Failure {
    fn from(error: SyntaxError) -> Self {
        match error {
            SyntaxError::Invalid(what, at) => Self::new(what, at),
            incomplete @ SyntaxError::Incomplete(_) => incomplete.to_string().into(),
        }
    }
}

/// A condition for items: properties, and values that are computed already.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    Value(Value),
    Property(String, Position),
    Unary(Unary, Box<Self>, Position),
    Binary(Binary, Box<Self>, Box<Self>, Position),
}

impl Condition {
    /// Both conditions.
    pub(crate) fn and(self, other: Self, at: Position) -> Self {
        Self::Binary(Binary::AND, Box::new(self), Box::new(other), at)
    }

    /// The condition that an argument such as `phone=x` or `message~"x"` expresses.
    pub(crate) fn of(argument: Argument) -> Option<Self> {
        let operator = if argument.is_pattern { Binary::MATCH } else { Binary::EQUAL };
        let at = argument.at;
        let property = Self::Property(argument.name?, at);
        Some(Self::Binary(operator, Box::new(property), Box::new(Self::Value(argument.value)), at))
    }

    /// Checks that the items have the properties.
    pub(crate) fn check(
        &self,
        property: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<(), Failure> {
        match self {
            Self::Value(_) => Ok(()),
            Self::Property(name, at) => property(name).map_err(|what| Failure::new(what, *at)),
            Self::Unary(_, value, _) => value.check(property),
            Self::Binary(_, left, right, _) => {
                left.check(property).and_then(|()| right.check(property))
            }
        }
    }

    /// Returns `true` if an item with these properties satisfies the condition.
    pub(crate) fn matches(
        &self,
        property: &dyn Fn(&str) -> Result<Value, String>,
    ) -> Result<bool, Failure> {
        Ok(truth(&self.value(property)?)?)
    }

    fn value(&self, property: &dyn Fn(&str) -> Result<Value, String>) -> Result<Value, Failure> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Property(name, at) => property(name).map_err(|what| Failure::new(what, *at)),
            Self::Unary(operator, value, at) => {
                operator.apply(&value.value(property)?).map_err(|what| Failure::new(what, *at))
            }
            Self::Binary(operator, left, right, at) => operator
                .apply(&left.value(property)?, &right.value(property)?)
                .map_err(|what| Failure::new(what, *at)),
        }
    }
}
