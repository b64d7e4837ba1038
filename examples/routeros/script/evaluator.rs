//! Runs commands, and computes expressions.

use super::host::{Condition, Failure, Host, Target};
use super::lexer::Position;
use super::parser::{Block, Command, Expression, Word, read};
use super::statements;
use super::value::{Element, Value};
use crate::arguments::{Argument, Arguments};

/// The largest number of variables of a script.
const MAX_VARIABLES: usize = 512;

/// The deepest nesting of values, blocks and functions that run.
const MAX_DEPTH: usize = 160;

/// The reason why a block ends before its last command.
pub(super) enum Stop {
    Failed(Failure),
    Returned(Value),
}

impl<E: Into<Failure>> From<E> for Stop {
    fn from(failure: E) -> Self {
        Self::Failed(failure.into())
    }
}

/// Runs a text, with these variables.
pub(crate) fn run<H: Host>(
    host: &mut H,
    text: &str,
    variables: Vec<(String, Value)>,
    job: &str,
) -> Result<Value, Failure> {
    let block = read(text)?;
    run_block(host, &block, variables, job)
}

/// Runs commands, with these variables.
pub(crate) fn run_block<H: Host>(
    host: &mut H,
    block: &Block,
    variables: Vec<(String, Value)>,
    job: &str,
) -> Result<Value, Failure> {
    let mut evaluator = Evaluator { host, variables, depth: 0, job };
    match evaluator.block(block, false) {
        Ok(value) | Err(Stop::Returned(value)) => Ok(value),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

/// A run of a script.
pub(super) struct Evaluator<'a, H> {
    pub(super) host: &'a mut H,
    /// The local variables; a later one hides an earlier one.
    pub(super) variables: Vec<(String, Value)>,
    depth: usize,
    /// The name of the script.
    pub(super) job: &'a str,
}

impl<H: Host> Evaluator<'_, H> {
    /// Runs commands; the value is that of the last one.
    fn block(&mut self, block: &Block, is_used: bool) -> Result<Value, Stop> {
        let mut value = Value::Nothing;
        for command in &block.0 {
            if self.host.is_over() {
                break;
            }
            self.host.step()?;
            value =
                self.deeper(|evaluator| evaluator.command(command, is_used)).map_err(|stop| {
                    match stop {
                        Stop::Failed(failure) => Stop::Failed(failure.located(command.at)),
                        returned @ Stop::Returned(_) => returned,
                    }
                })?;
        }
        Ok(value)
    }

    /// Runs commands whose local variables end with them.
    pub(super) fn scope(&mut self, block: &Block) -> Result<Value, Stop> {
        let outer = self.variables.len();
        let result = self.block(block, false);
        self.variables.truncate(outer);
        result
    }

    fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if self.depth == MAX_DEPTH {
            return Err(Failure::ending(
                "the script is nested too deeply: a function may call itself without end",
            )
            .into());
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    fn command(&mut self, command: &Command, is_used: bool) -> Result<Value, Stop> {
        let Some((first, rest)) = command.words.split_first() else {
            return Ok(Value::Nothing);
        };
        let name = match (&first.name, &first.value) {
            (None, Expression::Code(code)) if rest.is_empty() => return self.scope(&code.block),
            (None, Expression::Literal(name)) => name.as_str(),
            (None, Expression::Variable(..)) => {
                let function = self.value(&first.value)?;
                return self.call(&function, rest, first.at);
            }
            _ => return Err(Failure::new("expected the name of a command", first.at).into()),
        };
        let target = match name.strip_prefix(':') {
            Some(name) => match statements::find(name, first.at)? {
                Some(statement) => return self.statement(statement, rest),
                None => self.host.find(&command.words)?,
            },
            None => match (self.host.find(&command.words), statements::exact(name)) {
                (Err(_), Some(statement)) => return self.statement(statement, rest),
                (target, _) => target?,
            },
        };
        match target {
            Target::Menu(menu) => {
                *self.host.menu() = menu;
                Ok(Value::Nothing)
            }
            Target::Action { action, menu, words } => {
                // Commands in the brackets of the arguments belong to the same menu.
                let outer = core::mem::replace(self.host.menu(), menu);
                let words = command.words.get(words..).unwrap_or_default();
                let arguments = self.arguments(words, command.condition.as_ref(), is_used);
                *self.host.menu() = outer;
                Ok(self.host.act(action, arguments?)?)
            }
        }
    }

    fn arguments(
        &mut self,
        words: &[Word],
        condition: Option<&Expression>,
        is_used: bool,
    ) -> Result<Arguments, Stop> {
        let mut values = Vec::new();
        for word in words {
            values.push(Argument {
                name: word.name.clone(),
                is_pattern: word.is_pattern,
                value: self.value(&word.value)?,
                at: word.at,
            });
        }
        let condition = condition.map(|condition| self.condition(condition)).transpose()?;
        Ok(Arguments::new(values, condition, is_used)?)
    }

    /// Computes everything of a condition except the properties.
    fn condition(&mut self, condition: &Expression) -> Result<Condition, Stop> {
        Ok(match condition {
            Expression::Property(name, _) if Value::literal(name).truth().is_some() => {
                Condition::Value(Value::literal(name))
            }
            Expression::Property(name, at) => Condition::Property(name.clone(), *at),
            Expression::Unary(operator, value, at) => {
                Condition::Unary(*operator, Box::new(self.condition(value)?), *at)
            }
            Expression::Binary(operator, left, right, at) if operator.is_condition() => {
                let left = self.condition(left)?;
                let right = self.condition(right)?;
                Condition::Binary(*operator, Box::new(left), Box::new(right), *at)
            }
            other => Condition::Value(self.value(other)?),
        })
    }

    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Stop> {
        self.deeper(|evaluator| evaluator.value_of(expression))
    }

    fn value_of(&mut self, expression: &Expression) -> Result<Value, Stop> {
        Ok(match expression {
            Expression::Nothing => Value::Nothing,
            Expression::Literal(text) | Expression::Property(text, _) => Value::literal(text),
            Expression::Text(text) => Value::from(text.as_str()),
            Expression::Variable(name, at) => self.variable(name, *at)?,
            Expression::Join(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    text += &self.value(piece)?.text();
                }
                Value::from_text(text)?
            }
            Expression::Substitution(block) => {
                let menu = self.host.menu().clone();
                let value = self.block(block, true);
                *self.host.menu() = menu;
                value?
            }
            Expression::Code(code) => Value::Code(code.clone()),
            Expression::List(elements) => {
                let mut values: Vec<Element> = Vec::new();
                for (key, value) in elements {
                    let key = key.as_ref().map(|key| self.value(key)).transpose()?;
                    values.push((key.map(|key| key.text().into()), self.value(value)?));
                }
                Value::array(values)?
            }
            Expression::Unary(operator, value, at) => {
                let value = self.value(value)?;
                operator.apply(&value).map_err(|what| Failure::new(what, *at))?
            }
            Expression::Binary(operator, left, right, at) => {
                let left = self.value(left)?;
                if let Some(decided) = operator.decided(&left) {
                    return Ok(Value::Bool(decided));
                }
                let right = self.value(right)?;
                operator.apply(&left, &right).map_err(|what| Failure::new(what, *at))?
            }
        })
    }

    fn variable(&mut self, name: &str, at: Position) -> Result<Value, Stop> {
        let local = self.variables.iter().rev().find(|(other, _)| other == name);
        let value = local.map(|(_, value)| value).or_else(|| self.host.globals().get(name));
        Ok(value.cloned().ok_or_else(|| {
            Failure::new(
                format_args!("the variable ${name} is not set: set it with :local or :global, or pass it to the script"),
                at,
            )
        })?)
    }

    /// Sets a local variable in the current block.
    pub(super) fn declare(&mut self, name: String, value: Value) -> Result<(), Stop> {
        if self.variables.len() == MAX_VARIABLES {
            return Err(
                Failure::from(format!("a script has at most {MAX_VARIABLES} variables")).into()
            );
        }
        self.variables.push((name, value));
        Ok(())
    }

    pub(super) fn declare_global(
        &mut self,
        name: String,
        value: Option<Value>,
    ) -> Result<(), Stop> {
        let globals = self.host.globals();
        if globals.len() >= MAX_VARIABLES && !globals.contains_key(&name) {
            let what = format!("at most {MAX_VARIABLES} global variables are allowed");
            return Err(Failure::from(what).into());
        }
        match value {
            Some(value) => drop(globals.insert(name, value)),
            None => drop(globals.entry(name).or_insert(Value::Nothing)),
        }
        Ok(())
    }

    /// Changes a variable that was declared.
    pub(super) fn assign(&mut self, name: &str, value: Value, at: Position) -> Result<(), Stop> {
        let local = self.variables.iter_mut().rev().find(|(other, _)| other == name);
        let variable = local.map(|(_, value)| value);
        let variable = variable.or_else(|| self.host.globals().get_mut(name)).ok_or_else(|| {
            Failure::new(
                format_args!(
                    "the variable ${name} does not exist: declare it with :local or :global"
                ),
                at,
            )
        })?;
        *variable = value;
        Ok(())
    }

    /// Calls a function: code with `$1`, `$2` and the named values as its variables.
    fn call(&mut self, function: &Value, words: &[Word], at: Position) -> Result<Value, Stop> {
        let Value::Code(code) = function else {
            let what = format!("expected a function, not {}", function.description());
            return Err(Failure::new(what, at).into());
        };
        let mut variables = Vec::new();
        let mut count = 0;
        for word in words {
            let value = self.value(&word.value)?;
            let name = word.name.clone().unwrap_or_else(|| {
                count += 1;
                count.to_string()
            });
            variables.push((name, value));
        }
        let outer = core::mem::replace(&mut self.variables, variables);
        let result = self.block(&code.block, false);
        self.variables = outer;
        match result {
            Err(Stop::Returned(value)) => Ok(value),
            result => result,
        }
    }
}
