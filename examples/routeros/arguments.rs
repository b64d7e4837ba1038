//! The arguments of a command: values with and without names.

use core::fmt::Display;
use core::str::FromStr;

use crate::console::{Parameter, abbreviated};
use crate::script::{Condition, Failure, Position, Value};

/// The values of a command that have not been used yet.
#[derive(Debug)]
pub(crate) struct Arguments {
    values: Vec<Argument>,
    condition: Option<Condition>,
    /// `true` if another command uses the result, so that nothing is shown.
    pub(crate) is_used: bool,
}

/// A value of a command.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    pub(crate) name: Option<String>,
    /// `true` if a `~` follows the name, not a `=`.
    pub(crate) is_pattern: bool,
    pub(crate) value: Value,
    pub(crate) at: Position,
}

impl Arguments {
    /// The values of a command, and the condition after `where`.
    pub(crate) fn new(
        values: Vec<Argument>,
        condition: Option<Condition>,
        is_used: bool,
    ) -> Result<Self, Failure> {
        let arguments = Self { values, condition, is_used };
        arguments.check_names()?;
        Ok(arguments)
    }

    fn check_names(&self) -> Result<(), Failure> {
        for (count, value) in self.values.iter().enumerate() {
            let mut earlier = self.values.iter().take(count);
            if value.name.is_some() && earlier.any(|other| other.name == value.name) {
                let name = value.name.as_deref().unwrap_or_default();
                let what = format!("{name}= is given twice: give it once");
                return Err(Failure::new(what, value.at));
            }
        }
        Ok(())
    }

    /// Completes the names of parameters that are abbreviated.
    pub(crate) fn complete(&mut self, parameters: &[Parameter]) -> Result<(), Failure> {
        let names: Vec<_> = parameters.iter().filter_map(Parameter::name).collect();
        let flags = parameters.iter().filter_map(Parameter::flag);
        for value in &mut self.values {
            let Some(name) = &mut value.name else {
                let text = value.text();
                if let ([flag], 2..) = (abbreviated(&text, flags.clone()).as_slice(), text.len()) {
                    value.value = Value::from(*flag);
                }
                continue;
            };
            if names.contains(&name.as_str()) {
                continue;
            }
            let full = abbreviated(name, names.iter().copied());
            match full.as_slice() {
                [] => {}
                [full] => *name = String::from(*full),
                several => {
                    let what = format!("{name}= is ambiguous: it may be {}", one_of(several));
                    return Err(Failure::new(what, value.at));
                }
            }
        }
        self.check_names()
    }

    /// The condition after `where`.
    pub(crate) fn condition(&mut self) -> Option<Condition> {
        self.condition.take()
    }

    /// The condition that all values express, with the one after `where`.
    pub(crate) fn as_condition(&mut self) -> Result<Option<Condition>, Failure> {
        let mut all = self.condition.take();
        for argument in self.rest() {
            let at = argument.at;
            let what = format!("expected a condition, such as name=x, not {:?}", argument.text());
            let next = Condition::of(argument).ok_or_else(|| Failure::new(what, at))?;
            all = Some(match all {
                None => next,
                Some(before) => before.and(next, at),
            });
        }
        Ok(all)
    }

    /// The next value without a name.
    pub(crate) fn unnamed(&mut self) -> Option<Argument> {
        let at = self.values.iter().position(|value| value.name.is_none())?;
        Some(self.values.remove(at))
    }

    /// The value with this name.
    pub(crate) fn named(&mut self, name: &str) -> Option<Argument> {
        let at = self.values.iter().position(|value| value.name.as_deref() == Some(name))?;
        Some(self.values.remove(at))
    }

    /// The value with this name, or the next value without a name.
    pub(crate) fn positional(&mut self, name: &str) -> Result<Argument, Failure> {
        self.named(name).or_else(|| self.unnamed()).ok_or_else(|| missing(name))
    }

    /// The value that must be given with this name.
    pub(crate) fn required(&mut self, name: &str) -> Result<Argument, Failure> {
        self.named(name).ok_or_else(|| missing(name))
    }

    /// Returns `true` if this word is given as a value of its own.
    pub(crate) fn flag(&mut self, word: &str) -> bool {
        let is_it = |value: &Argument| value.name.is_none() && value.text() == word;
        self.values.iter().position(is_it).map(|at| self.values.remove(at)).is_some()
    }

    /// All values that are left.
    pub(crate) fn rest(&mut self) -> Vec<Argument> {
        core::mem::take(&mut self.values)
    }

    /// Checks that no value is left.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        if self.condition.is_some() {
            return Err("where is not a parameter of this command: leave it out".into());
        }
        match self.values.first() {
            None => Ok(()),
            Some(Argument { name: Some(name), at, .. }) => {
                let what = format!("{name}= is not a parameter of this command: /help lists them");
                Err(Failure::new(what, *at))
            }
            Some(value) => {
                let what = format!("expected end of command, not {:?}", value.text());
                Err(Failure::new(what, value.at))
            }
        }
    }
}

impl Argument {
    /// The value as text.
    pub(crate) fn text(&self) -> String {
        self.value.text()
    }

    /// The value as `yes` or `no`.
    pub(crate) fn yes_no(&self) -> Result<bool, Failure> {
        let words = ["yes", "true", "no", "false"];
        match abbreviated(&self.text(), words.into_iter()).as_slice() {
            ["yes" | "true"] => Ok(true),
            ["no" | "false"] => Ok(false),
            _ => Err(self.expected("yes or no")),
        }
    }

    /// The value as a number that is not negative.
    pub(crate) fn number<T: FromStr>(&self) -> Result<T, Failure> {
        let text = self.text();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse().ok()).flatten();
        number.ok_or_else(|| self.expected("a number in range"))
    }

    /// The value as one of several words, which may be abbreviated.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Failure> {
        let text = self.text();
        let names = words.iter().map(|(word, _)| *word);
        let found = match abbreviated(&text, names.clone()).as_slice() {
            [found] => words.iter().find(|(word, _)| word == found),
            _ => None,
        };
        found
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| self.expected(&one_of(&names.collect::<Vec<_>>())))
    }

    /// The refusal of this value, for the reason given.
    pub(crate) fn refused(&self, why: impl Display) -> Failure {
        match &self.name {
            Some(name) => {
                Failure::new(format_args!("the value of {name}= is invalid: {why}"), self.at)
            }
            None => Failure::new(why, self.at),
        }
    }

    fn expected(&self, expected: &str) -> Failure {
        let name = self.name.as_deref().map_or("the value".into(), |name| format!("{name}="));
        Failure::new(format_args!("{name} must be {expected}, not {:?}", self.text()), self.at)
    }
}

/// The sentence for a missing parameter.
pub(crate) fn missing(name: &str) -> Failure {
    format!("the parameter {name}= is missing: add it to the command").into()
}

/// The words as a list: `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
