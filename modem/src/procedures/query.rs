//! One command and its answer.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::{Command, Refused, Request};

use crate::procedure::{Context, Input, Procedure, Step};

/// Runs one typed command.
#[derive(Debug)]
pub struct Query<C> {
    command: C,
}

impl<C: Command> Query<C> {
    /// Creates a procedure that runs `command`.
    pub const fn new(command: C) -> Self {
        Self { command }
    }
}

impl<C: Command + Send + 'static> Procedure for Query<C>
where
    C::Output: Send + 'static,
{
    type Output = C::Output;

    fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<C::Output> {
        match input {
            Input::Start => Step::command(&self.command),
            Input::Answer(answer) => Step::Done(answer.parse(&self.command)),
            _ => Step::Listen,
        }
    }
}

/// Runs one command line of the application.
///
/// A prompt caused by the line is closed, so that the modem does not wait for text.
#[derive(Debug)]
pub struct Raw {
    request: Request,
}

impl Raw {
    /// Creates a procedure that runs `line`, which begins with `AT`.
    ///
    /// # Errors
    /// Fails when `line` would end early or is not a command line.
    pub fn new(line: &str) -> Result<Self, Refused> {
        Ok(Self { request: Request::raw(line)? })
    }

    /// Creates a procedure that runs a request with a payload or a timeout of its own.
    pub const fn from_request(request: Request) -> Self {
        Self { request }
    }
}

impl Procedure for Raw {
    type Output = Vec<String>;

    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Vec<String>> {
        match input {
            Input::Start => Step::Run(self.request.clone()),
            Input::Answer(answer) => {
                // The line may have changed any setting.
                context.settings.forget();
                Step::Done(answer.into_lines())
            }
            _ => Step::Listen,
        }
    }

    fn needs_settings(&self) -> bool {
        false
    }
}
