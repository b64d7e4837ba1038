//! Flows of several commands, as state machines: from the last answer to the next command or the
//! result.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use at_proto::{
    Command, Failure, Instant, Notification, Outcome, ParseError, Reason, Request, Response,
};

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::event::Task;
use crate::journal::Ledger;
use crate::log::masked;
use crate::profile::{Profile, Settings};
use crate::retry::TaskFailure;

/// A flow of commands that no other flow interrupts.
///
/// Procedures never interleave, since they share settings such as the memory and the character set.
/// A [`Session`](crate::Session) calls [`step`](Self::step) first with [`Input::Start`], and then
/// with the outcome of the previous step until it is [`Step::Done`].
///
/// ```
/// use modem::{Answer, Context, Input, Procedure, Step, at};
///
/// /// Restores the factory settings.
/// struct Reset;
///
/// impl Procedure for Reset {
///     type Output = Vec<String>;
///
///     fn step(&mut self, input: Input<'_>, _: &mut Context<'_>) -> Step<Vec<String>> {
///         match input {
///             Input::Start => match at::Request::raw("AT&F") {
///                 Ok(request) => Step::Run(request),
///                 Err(refused) => Step::Done(Err(refused.into())),
///             },
///             Input::Answer(answer) => Step::Done(answer.into_lines()),
///             _ => Step::Listen,
///         }
///     }
/// }
///
/// use modem::blocking::{Modem, SimulatedPort};
/// use modem::simulator::{Profile, Simulator};
///
/// let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
/// let mut modem = Modem::open(port, modem::Config::default())?;
/// assert!(modem.run(Reset)?.is_empty(), "nothing but OK");
/// # Ok::<(), modem::Error>(())
/// ```
pub trait Procedure: Send + 'static {
    /// The result of a procedure that succeeds.
    type Output: Send + 'static;

    /// Returns the next step, given the outcome of the last one.
    fn step(&mut self, input: Input<'_>, context: &mut Context<'_>) -> Step<Self::Output>;

    /// Returns `true` if the procedure depends on the settings that the session has made in the
    /// modem.
    ///
    /// A [`Raw`](crate::Raw) line may have changed these settings. They are then checked before the
    /// next procedure for which this method returns `true`.
    fn needs_settings(&self) -> bool {
        true
    }
}

/// The outcome of the last step of a [`Procedure`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The procedure begins.
    Start,
    /// The command of the last step has ended.
    Answer(Answer),
    /// The modem sent an unsolicited result code. The session handles it as well, unless the
    /// procedure claims it by [`Context::claim`].
    Notification(&'a Notification),
    /// The modem reported a failure while no command was running. The session reports it as an
    /// [unknown line](crate::Event::UnknownLine), unless the procedure claims it by
    /// [`Context::claim`].
    Refusal(&'a Failure),
    /// The time of the last [`Step::Wait`] is reached.
    Elapsed,
}

/// The next step of a [`Procedure`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<T> {
    /// Runs a command; [`Input::Answer`] follows.
    Run(Request),
    /// Waits until a time; [`Input::Elapsed`] follows, unless a notification makes the procedure go
    /// on earlier.
    Wait(Instant),
    /// Continues to wait for the command or the time of an earlier step.
    Listen,
    /// Ends the procedure.
    Done(Result<T, Error>),
}

impl<T> Step<T> {
    /// Runs a typed command.
    pub fn command<C: Command>(command: &C) -> Self {
        Self::Run(command.request())
    }

    /// Ends the procedure with an error of `kind`.
    pub fn fail(kind: ErrorKind) -> Self {
        Self::Done(Err(kind.into()))
    }
}

/// The session as seen by a procedure.
#[derive(Debug)]
pub struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) config: &'a Config,
    pub(crate) profile: &'a mut Profile,
    pub(crate) settings: &'a mut Settings,
    pub(crate) ledger: &'a mut Ledger,
    /// The modem waits at a prompt for the answer to a USSD question.
    pub(crate) at_ussd_prompt: bool,
    pub(crate) claimed: bool,
}

impl Context<'_> {
    /// The time of this step.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The configuration of the session.
    pub fn config(&self) -> &Config {
        self.config
    }

    /// The known properties of the modem.
    pub fn profile(&self) -> &Profile {
        self.profile
    }

    /// Notes a failure of the session's own work, which is tried again after a growing delay. The
    /// end of the link is not a failure of a task.
    pub(crate) fn task_failed(&mut self, task: Task, error: &Error) {
        if *error.kind() != ErrorKind::Closed {
            let delay = self.settings.retries.failed(task, self.now);
            self.task_failed_at_first(task, error.clone(), delay);
        }
    }

    /// Notes a failure of work that the session does again within `delay` anyway.
    pub(crate) fn task_failed_at_first(&mut self, task: Task, error: Error, delay: Duration) {
        let retry_after = Some(delay);
        self.settings.failures.push(TaskFailure { task, error, retry_after });
    }

    /// Claims the current notification or refusal for this procedure, so that it does not become
    /// an event of the session.
    pub fn claim(&mut self) {
        self.claimed = true;
    }
}

/// The end of a command of a [`Procedure`].
#[derive(Debug)]
pub struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) command: CommandLine,
    pub(crate) elapsed: Duration,
}

/// A command line, which is shown with its secrets masked.
#[derive(Clone)]
pub(crate) struct CommandLine(Written);

/// The lines of most commands are short, and take no memory of their own.
#[derive(Clone)]
enum Written {
    Short([u8; 22], u8),
    Long(Box<[u8]>),
}

impl CommandLine {
    pub(crate) fn new(line: &[u8]) -> Self {
        let mut short = [0; 22];
        Self(match (short.get_mut(..line.len()), u8::try_from(line.len())) {
            (Some(start), Ok(length)) => {
                start.copy_from_slice(line);
                Written::Short(short, length)
            }
            _ => Written::Long(line.into()),
        })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Written::Short(line, length) => line.get(..usize::from(*length)).unwrap_or_default(),
            Written::Long(line) => line,
        }
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", masked(self.as_bytes()))
    }
}

impl Answer {
    /// The outcome as reported by the engine.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The response, if the command succeeded.
    ///
    /// # Errors
    /// Fails with the failure of the command, its command line, and the modem's last line.
    pub fn response(self) -> Result<Response, Error> {
        match self.outcome {
            Outcome::Response(response) => Ok(response),
            _ => Err(self.error()),
        }
    }

    /// The result of the typed command that was run.
    ///
    /// # Errors
    /// Fails like [`response`](Self::response), and when the answer cannot be read.
    pub fn parse<C: Command>(&self, command: &C) -> Result<C::Output, Error> {
        match &self.outcome {
            Outcome::Response(response) => {
                command.parse(response).map_err(|error| self.malformed(error))
            }
            _ => Err(self.error()),
        }
    }

    /// Nothing, if the command succeeded.
    ///
    /// # Errors
    /// Fails like [`response`](Self::response).
    pub(crate) fn result(&self) -> Result<(), Error> {
        if self.is_ok() { Ok(()) } else { Err(self.error()) }
    }

    /// Returns `true` if the command succeeded, for commands whose answer does not matter.
    pub fn is_ok(&self) -> bool {
        matches!(self.outcome, Outcome::Response(_))
    }
}

impl Answer {
    /// The failure of a command that has not succeeded.
    #[cold]
    pub(crate) fn error(&self) -> Error {
        let (kind, last_line) = failure(&self.outcome);
        Error::of_command(kind, self.command.as_bytes(), last_line, self.elapsed)
    }

    /// The failure of a command whose answer cannot be read.
    #[cold]
    fn malformed(&self, error: ParseError) -> Error {
        let kind = ErrorKind::Malformed(error);
        Error::of_command(kind, self.command.as_bytes(), last_line(&self.outcome), self.elapsed)
    }

    /// Returns `true` if the link ended during the command.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(failure(&self.outcome), (ErrorKind::Closed, _))
    }

    /// The lines of the answer as text, if the command succeeded.
    ///
    /// # Errors
    /// Fails like [`response`](Self::response).
    pub fn into_lines(self) -> Result<Vec<String>, Error> {
        let response = self.response()?;
        Ok(response.lines().iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect())
    }
}

impl<T> Step<T> {
    /// The same step, with its result mapped by `change`.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Run(request) => Step::Run(request),
            Self::Wait(until) => Step::Wait(until),
            Self::Listen => Step::Listen,
            Self::Done(result) => Step::Done(result.map(change)),
        }
    }
}

/// The last line before the final result.
fn last_line(outcome: &Outcome) -> Option<String> {
    outcome.lines().iter().next_back().map(|line| String::from_utf8_lossy(line).into_owned())
}

/// The kind of failure of an outcome, and the modem's last line.
fn failure(outcome: &Outcome) -> (ErrorKind, Option<String>) {
    let last = last_line(outcome);
    match outcome {
        Outcome::Error(failure) => {
            (ErrorKind::Refused(failure.clone()), Some(failure.final_text()))
        }
        Outcome::Closed { .. } => (ErrorKind::Closed, last),
        Outcome::Cancelled { .. } => (ErrorKind::Withdrawn, last),
        Outcome::NotSent { reason, .. }
        | Outcome::Unknown { reason, .. }
        | Outcome::Interrupted { reason, .. } => (without_result(*reason), last),
        _ => (ErrorKind::Timeout, last),
    }
}

/// The kind of failure of a command that ended for this reason.
fn without_result(reason: Reason) -> ErrorKind {
    match reason {
        Reason::Closed => ErrorKind::Closed,
        Reason::Ended => ErrorKind::Ended,
        Reason::Restarted | Reason::GoingDown => ErrorKind::Restarted,
        Reason::NoPayload => ErrorKind::Invalid(reason.to_string()),
        _ => ErrorKind::Timeout,
    }
}
