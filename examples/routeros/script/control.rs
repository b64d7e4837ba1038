//! The commands of the language: variables, conditions, loops and functions.

use std::rc::Rc;

use super::evaluator::{Evaluator, Stop};
use super::functions::{self, Function};
use super::host::{Failure, Host};
use super::lexer::Position;
use super::operators::{self, Binary, truth};
use super::parser::{Code, Expression, Word, read};
use super::statements::{self, Statement};
use super::value::Value;
use crate::arguments::missing;

impl<H: Host> Evaluator<'_, H> {
    /// Runs a command of the language.
    pub(super) fn statement(
        &mut self,
        statement: Statement,
        words: &[Word],
    ) -> Result<Value, Stop> {
        let mut words = Words(words.iter().collect());
        let value = match statement {
            Statement::Function(function) => return self.function(function, &words),
            Statement::If => {
                let condition = words.unnamed("the condition")?;
                let is_true = self.truth(condition)?;
                let body = words.required("do")?;
                let other = words.named("else");
                words.end()?;
                match (is_true, other) {
                    (true, _) => self.body(body)?,
                    (false, Some(other)) => self.body(other)?,
                    (false, None) => Value::Nothing,
                }
            }
            Statement::While => {
                let condition = words.unnamed("the condition")?;
                let body = words.required("do")?;
                words.end()?;
                while !self.host.is_over() && self.truth(condition)? {
                    self.host.step()?;
                    self.body(body)?;
                }
                Value::Nothing
            }
            Statement::Do => {
                let body = words.unnamed("the code")?;
                let condition = words.named("while");
                let handler = words.named("on-error");
                words.end()?;
                loop {
                    match (self.body(body), handler) {
                        (Err(Stop::Failed(failure)), Some(handler)) if !failure.is_final => {
                            self.body(handler)?;
                        }
                        (result, _) => drop(result?),
                    }
                    self.host.step()?;
                    let Some(condition) = condition else { break Value::Nothing };
                    if self.host.is_over() || !self.truth(condition)? {
                        break Value::Nothing;
                    }
                }
            }
            Statement::OnError => {
                let (name, _) = words.name()?;
                let body = words.required("in")?;
                let handler = words.named("do");
                words.end()?;
                match self.body(body) {
                    Err(Stop::Failed(failure)) if !failure.is_final => {
                        let outer = self.variables.len();
                        self.declare(name, failure.what.into())?;
                        let result =
                            handler.map_or(Ok(Value::Nothing), |handler| self.body(handler));
                        self.variables.truncate(outer);
                        result?;
                        Value::Bool(true)
                    }
                    result => result.map(|_| Value::Bool(false))?,
                }
            }
            Statement::ForEach => self.for_each(words)?,
            Statement::For => self.for_numbers(words)?,
            Statement::Local | Statement::Global => {
                let (name, _) = words.name()?;
                // The value of a function is its code.
                let value = words.named("do").or_else(|| words.optional());
                let value = value.map(|value| self.value(&value.value)).transpose()?;
                words.end()?;
                if statement == Statement::Local {
                    self.declare(name, value.unwrap_or(Value::Nothing))?;
                } else {
                    self.declare_global(name, value)?;
                }
                Value::Nothing
            }
            Statement::Set => {
                let target = words.unnamed("the variable")?;
                let value = words.optional().map(|value| self.value(&value.value)).transpose()?;
                words.end()?;
                self.set(target, value.unwrap_or(Value::Nothing))?;
                Value::Nothing
            }
            Statement::Return => {
                let value = words.optional().map(|value| self.value(&value.value)).transpose()?;
                words.end()?;
                return Err(Stop::Returned(value.unwrap_or(Value::Nothing)));
            }
            Statement::Error => {
                let text = words.unnamed("the text")?;
                words.end()?;
                return Err(Failure::from(self.value(&text.value)?.text()).into());
            }
            Statement::Put => {
                let text = words.unnamed("the parameter message=")?;
                words.end()?;
                let text = self.value(&text.value)?.text();
                self.host.print(&text);
                Value::Nothing
            }
            Statement::Parse => {
                let source = words.unnamed("the code")?;
                words.end()?;
                let text = self.value(&source.value)?.text();
                let block = read(&text).map_err(|error| Failure::new(error, source.at))?;
                Value::Code(Rc::new(Code { text, block }))
            }
            Statement::JobName => {
                words.end()?;
                Value::from(self.job)
            }
        };
        Ok(value)
    }

    fn set(&mut self, target: &Word, value: Value) -> Result<(), Stop> {
        match &target.value {
            Expression::Literal(name) | Expression::Text(name) => {
                self.assign(name, value, target.at)
            }
            Expression::Binary(operator, array, key, _) if *operator == Binary::ELEMENT => {
                let Expression::Variable(name, _) = &**array else {
                    return Err(Failure::new(
                        "only an element of a variable can be set",
                        target.at,
                    )
                    .into());
                };
                let key = self.value(key)?;
                let array = self.value(array)?.with_element(&key, value)?;
                self.assign(name, array, target.at)
            }
            _ => Err(Failure::new("expected the name of a variable, without $", target.at).into()),
        }
    }

    fn for_each(&mut self, mut words: Words<'_>) -> Result<Value, Stop> {
        let (names, at) = words.name()?;
        let array = words.required("in")?;
        let body = words.required("do")?;
        words.end()?;
        let array = functions::to_array(&self.value(&array.value)?);
        let (key, name) = match names.split_once(',') {
            Some((key, name)) => (Some(statements::variable(key, at)?), name),
            None => (None, names.as_str()),
        };
        let name = statements::variable(name, at)?;
        for (number, (own, value)) in array.into_iter().enumerate() {
            self.host.step()?;
            let outer = self.variables.len();
            if let Some(key) = &key {
                let number = || Value::Number(i64::try_from(number).unwrap_or(i64::MAX));
                self.declare(key.clone(), own.map_or_else(number, Value::Text))?;
            }
            self.declare(name.clone(), value)?;
            let result = self.body(body);
            self.variables.truncate(outer);
            result?;
        }
        Ok(Value::Nothing)
    }

    fn for_numbers(&mut self, mut words: Words<'_>) -> Result<Value, Stop> {
        let (name, at) = words.name()?;
        let name = statements::variable(&name, at)?;
        let from = words.required("from")?;
        let to = words.required("to")?;
        let step = words.named("step");
        let body = words.required("do")?;
        words.end()?;
        let mut number = self.number(from)?;
        let to = self.number(to)?;
        let step = match step {
            Some(step) => self.number(step)?,
            None if to < number => -1,
            None => 1,
        };
        if step == 0 {
            return Err(Failure::from("step= must not be 0").into());
        }
        while (step > 0 && number <= to) || (step < 0 && number >= to) {
            self.host.step()?;
            let outer = self.variables.len();
            self.declare(name.clone(), Value::Number(number))?;
            let result = self.body(body);
            self.variables.truncate(outer);
            result?;
            let Some(next) = number.checked_add(step) else { break };
            number = next;
        }
        Ok(Value::Nothing)
    }

    fn function(&mut self, function: Function, words: &Words<'_>) -> Result<Value, Stop> {
        let mut values = Vec::new();
        for word in &words.0 {
            if word.name.is_some() {
                return Err(Failure::new("this command has no named parameters", word.at).into());
            }
            values.push(self.value(&word.value)?);
        }
        Ok(function.call(&values)?)
    }

    /// Runs the code of a word.
    fn body(&mut self, word: &Word) -> Result<Value, Stop> {
        match self.value(&word.value)? {
            Value::Code(code) => self.scope(&code.block),
            other => {
                let what = format!("expected code in braces, not {}", other.description());
                Err(Failure::new(what, word.at).into())
            }
        }
    }

    fn truth(&mut self, word: &Word) -> Result<bool, Stop> {
        let value = self.value(&word.value)?;
        Ok(truth(&value).map_err(|what| Failure::new(what, word.at))?)
    }

    fn number(&mut self, word: &Word) -> Result<i64, Stop> {
        let value = self.value(&word.value)?;
        Ok(operators::number(&value).map_err(|what| Failure::new(what, word.at))?)
    }
}

/// The words of a statement that have not been used yet.
struct Words<'a>(Vec<&'a Word>);

impl<'a> Words<'a> {
    fn named(&mut self, name: &str) -> Option<&'a Word> {
        let at = self.0.iter().position(|word| word.name.as_deref() == Some(name))?;
        Some(self.0.remove(at))
    }

    fn required(&mut self, name: &str) -> Result<&'a Word, Failure> {
        self.named(name).ok_or_else(|| missing(name))
    }

    fn optional(&mut self) -> Option<&'a Word> {
        let at = self.0.iter().position(|word| word.name.is_none())?;
        Some(self.0.remove(at))
    }

    fn unnamed(&mut self, what: &str) -> Result<&'a Word, Failure> {
        self.optional().ok_or_else(|| format!("{what} is missing: add it to the command").into())
    }

    /// The name of a variable, without `$`.
    fn name(&mut self) -> Result<(String, Position), Failure> {
        let word = self.unnamed("the name of the variable")?;
        match &word.value {
            Expression::Literal(name) if !name.contains(',') => {
                Ok((statements::variable(name, word.at)?, word.at))
            }
            Expression::Literal(name) | Expression::Text(name) => Ok((name.clone(), word.at)),
            _ => Err(Failure::new("expected the name of a variable, without $", word.at)),
        }
    }

    fn end(&self) -> Result<(), Failure> {
        match self.0.first() {
            None => Ok(()),
            Some(Word { name: Some(name), at, .. }) => {
                Err(Failure::new(format_args!("{name}= is not a parameter of this command"), *at))
            }
            Some(word) => Err(Failure::new("expected end of command", word.at)),
        }
    }
}
