//! What a command is told: values with names and without.

use core::fmt::Display;
use core::str::FromStr;

use crate::lexer::{Piece, Place, Word};

/// The values of one command that have not been taken yet.
#[derive(Debug)]
pub(crate) struct Arguments {
    values: Vec<Value>,
}

/// A value, with its variables put in.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) name: Option<String>,
    pub(crate) text: String,
    at: Place,
}

impl Arguments {
    /// Puts the variables into words.
    pub(crate) fn new<'a>(
        words: &[Word],
        variable: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, String> {
        let value = |word: &Word| {
            let mut text = String::new();
            for piece in &word.pieces {
                text += match piece {
                    Piece::Text(text) => text,
                    Piece::Variable(name, at) => variable(name)
                        .ok_or_else(|| format!("there is no variable ${name} {at}"))?,
                };
            }
            Ok(Value { name: word.name.clone(), text, at: word.at })
        };
        let values: Vec<_> = words.iter().map(value).collect::<Result<_, String>>()?;
        for (count, value) in values.iter().enumerate() {
            let earlier = values.iter().take(count);
            if value.name.is_some() && earlier.clone().any(|other| other.name == value.name) {
                let name = value.name.as_deref().unwrap_or_default();
                return Err(format!("{name} is given twice {}", value.at));
            }
        }
        Ok(Self { values })
    }

    /// The next value without a name.
    pub(crate) fn unnamed(&mut self) -> Option<Value> {
        let at = self.values.iter().position(|value| value.name.is_none())?;
        Some(self.values.remove(at))
    }

    /// The value of this name.
    pub(crate) fn named(&mut self, name: &str) -> Option<Value> {
        let at = self.values.iter().position(|value| value.name.as_deref() == Some(name))?;
        Some(self.values.remove(at))
    }

    /// The value of this name, or the next one without a name.
    pub(crate) fn wanted(&mut self, name: &str) -> Result<Value, String> {
        self.named(name)
            .or_else(|| self.unnamed())
            .ok_or_else(|| format!("missing value of {name}: give {name}="))
    }

    /// The value of this name, which must be given with it.
    pub(crate) fn needed(&mut self, name: &str) -> Result<Value, String> {
        self.named(name).ok_or_else(|| format!("missing value of {name}: give {name}="))
    }

    /// Whether this word stands there by itself.
    pub(crate) fn flag(&mut self, word: &str) -> bool {
        let at = self.values.iter().position(|value| value.name.is_none() && value.text == word);
        at.map(|at| self.values.remove(at)).is_some()
    }

    /// What stands behind this word.
    pub(crate) fn behind(&mut self, word: &str) -> Option<Self> {
        let at = self.values.iter().position(|value| value.name.is_none() && value.text == word)?;
        let values = self.values.split_off(at).into_iter().skip(1).collect();
        Some(Self { values })
    }

    /// All that are left, as they are.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        core::mem::take(&mut self.values)
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), String> {
        match self.values.first() {
            None => Ok(()),
            Some(Value { name: Some(name), at, .. }) => {
                Err(format!("this command has no parameter {name} {at}"))
            }
            Some(value) => {
                Err(format!("expected end of command, not {:?} {}", value.text, value.at))
            }
        }
    }
}

impl Value {
    /// `yes` or `no`.
    pub(crate) fn yes_no(&self) -> Result<bool, String> {
        match self.text.as_str() {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            _ => Err(self.wrong("yes or no")),
        }
    }

    /// A number that is not negative.
    pub(crate) fn number<T: FromStr>(&self) -> Result<T, String> {
        let is_number = self.text.bytes().all(|octet| octet.is_ascii_digit());
        let number = is_number.then(|| self.text.parse().ok()).flatten();
        number.ok_or_else(|| self.wrong("a number"))
    }

    /// One of several words.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let found = words.iter().find(|(word, _)| *word == self.text);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(&words.join(" or "))
        })
    }

    /// What is wrong with the value.
    pub(crate) fn refused(&self, why: impl Display) -> String {
        let name = self.name.as_ref().map(|name| format!("value of {name}: ")).unwrap_or_default();
        format!("{name}{why} {}", self.at)
    }

    fn wrong(&self, wanted: &str) -> String {
        self.refused(format_args!("{wanted} is wanted, not {:?}", self.text))
    }
}
