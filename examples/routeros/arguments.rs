//! The arguments of a command: values with and without names.

use core::fmt::Display;
use core::str::FromStr;

use crate::lexer::{Piece, Position, Word};

/// The values of a command that have not been used yet.
#[derive(Debug)]
pub(crate) struct Arguments {
    values: Vec<Value>,
}

/// A value, with its variables replaced.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    at: Position,
}

impl Arguments {
    /// Replaces the variables in words.
    pub(crate) fn new<'a>(
        words: &[Word],
        variable: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, String> {
        let value = |word: &Word| {
            let mut text = String::new();
            for piece in &word.pieces {
                text += match piece {
                    Piece::Text(text) => text,
                    Piece::Variable(name, at) => variable(name).ok_or_else(|| {
                        format!("the variable ${name} is not set: set it with :global, or pass it to the script {at}")
                    })?,
                };
            }
            Ok(Value { name: word.name.clone(), text, at: word.at })
        };
        let values: Vec<_> = words.iter().map(value).collect::<Result<_, String>>()?;
        for (count, value) in values.iter().enumerate() {
            let earlier = values.iter().take(count);
            if value.name.is_some() && earlier.clone().any(|other| other.name == value.name) {
                let name = value.name.as_deref().unwrap_or_default();
                return Err(format!("{name}= is given twice: give it once {}", value.at));
            }
        }
        Ok(Self { values })
    }

    /// The next value without a name.
    pub(crate) fn unnamed(&mut self) -> Option<Value> {
        let at = self.values.iter().position(|value| value.name.is_none())?;
        Some(self.values.remove(at))
    }

    /// The value with this name.
    pub(crate) fn named(&mut self, name: &str) -> Option<Value> {
        let at = self.values.iter().position(|value| value.name.as_deref() == Some(name))?;
        Some(self.values.remove(at))
    }

    /// The value with this name, or the next value without a name.
    pub(crate) fn positional(&mut self, name: &str) -> Result<Value, String> {
        self.named(name).or_else(|| self.unnamed()).ok_or_else(|| missing(name))
    }

    /// The value that must be given with this name.
    pub(crate) fn required(&mut self, name: &str) -> Result<Value, String> {
        self.named(name).ok_or_else(|| missing(name))
    }

    /// Returns `true` if this word is given as a value of its own.
    pub(crate) fn flag(&mut self, word: &str) -> bool {
        let at = self.values.iter().position(|value| value.name.is_none() && value.text == word);
        at.map(|at| self.values.remove(at)).is_some()
    }

    /// The arguments after this word.
    pub(crate) fn after(&mut self, word: &str) -> Option<Self> {
        let at = self.values.iter().position(|value| value.name.is_none() && value.text == word)?;
        let values = self.values.split_off(at).into_iter().skip(1).collect();
        Some(Self { values })
    }

    /// All values that are left.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        core::mem::take(&mut self.values)
    }

    /// Checks that no value is left.
    pub(crate) fn end(&self) -> Result<(), String> {
        match self.values.first() {
            None => Ok(()),
            Some(Value { name: Some(name), at, .. }) => {
                Err(format!("{name}= is not a parameter of this command: /help lists them {at}"))
            }
            Some(value) => {
                Err(format!("expected end of command, not {:?} {}", value.text, value.at))
            }
        }
    }
}

impl Value {
    /// The value as `yes` or `no`.
    pub(crate) fn yes_no(&self) -> Result<bool, String> {
        match self.text.as_str() {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            _ => Err(self.expected("yes or no")),
        }
    }

    /// The value as a number that is not negative.
    pub(crate) fn number<T: FromStr>(&self) -> Result<T, String> {
        let is_number = self.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| self.text.parse().ok()).flatten();
        number.ok_or_else(|| self.expected("a number in range"))
    }

    /// The value as one of several words.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let found = words.iter().find(|(word, _)| *word == self.text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.expected(&one_of(&words))
        })
    }

    /// The refusal of this value, for the reason given.
    pub(crate) fn refused(&self, why: impl Display) -> String {
        match &self.name {
            Some(name) => format!("the value of {name}= is invalid: {why} {}", self.at),
            None => format!("{why} {}", self.at),
        }
    }

    fn expected(&self, expected: &str) -> String {
        let name = self.name.as_deref().map_or("the value".into(), |name| format!("{name}="));
        format!("{name} must be {expected}, not {:?} {}", self.text, self.at)
    }
}

/// The sentence for a missing parameter.
pub(crate) fn missing(name: &str) -> String {
    format!("the parameter {name}= is missing: add it to the command")
}

/// The words as a list: `a`, `a or b`, `a, b or c`.
fn one_of(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
