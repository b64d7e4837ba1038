//! The command line of an example, and its exit status.

use core::error::Error;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::process::ExitCode;

use clap::{Arg, ArgAction, CommandFactory, FromArgMatches};
use clap_complete::Shell;
use modem::{ErrorKind, SendOutcome};

use super::interrupt;
use super::output::{self, complain};

/// The work failed, and nothing was sent or changed.
pub(crate) const FAILED: u8 = 1;
/// The work may have been done, or was done in part: only a person can decide to do it again.
pub(crate) const UNKNOWN: u8 = 2;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 3;

const HELP: &str = "\
Exit status:
  0  confirmed: all was done
  1  failed: nothing was sent or changed
  2  unknown: it may have been done, or was done in part; check before you try again
  3  wrong usage: nothing was tried";

/// Reads the command line, or returns the exit status of a program that ends here.
///
/// Adds `--version`, `--completions` and the exit status in `--help` to every program.
pub(crate) fn arguments<C: CommandFactory + FromArgMatches>() -> Result<C, ExitCode> {
    let mut command = C::command().version(env!("CARGO_PKG_VERSION")).after_help(HELP).arg(
        Arg::new("completions")
            .long("completions")
            .value_name("SHELL")
            .value_parser(clap::value_parser!(Shell))
            .action(ArgAction::Set)
            .exclusive(true)
            .help("Print the completions for a shell, and do nothing else"),
    );
    // Ahead of the rest, whose arguments may be required.
    let mut words = std::env::args().skip(1);
    if let (Some("--completions"), Some(Ok(shell))) =
        (words.next().as_deref(), words.next().map(|shell| shell.parse::<Shell>()))
    {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command, name, &mut script);
        return Err(match io::Write::write_all(&mut io::stdout(), &script) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                complain!("standard output cannot be written ({error})");
                ExitCode::from(FAILED)
            }
            _ => ExitCode::SUCCESS,
        });
    }
    let parsed = command.try_get_matches().and_then(|matches| C::from_arg_matches(&matches));
    parsed.map_err(|error| {
        // Standard output or standard error may be closed.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
    })
}

/// An error with an exit status of its own.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    sentence: String,
}

impl Failure {
    /// Returns `true` if the work may have been done, or was done in part.
    pub(crate) fn is_unknown(&self) -> bool {
        self.status == UNKNOWN
    }

    /// Adds words to the sentence.
    pub(crate) fn and(mut self, words: &str) -> Self {
        self.sentence.push_str(words);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for Failure {}

/// The error of a wrong command line.
pub(crate) fn usage(sentence: impl Into<String>) -> Failure {
    Failure { status: USAGE, sentence: sentence.into() }
}

/// The error of work that may have been done, or was done in part.
pub(crate) fn unknown(sentence: impl Into<String>) -> Failure {
    Failure { status: UNKNOWN, sentence: sentence.into() }
}

/// The error of work of which nothing was done.
pub(crate) fn failed(sentence: impl Into<String>) -> Failure {
    Failure { status: FAILED, sentence: sentence.into() }
}

/// The error of a message that was not sent as a whole; `None` for one that was.
pub(crate) fn of_message(result: &modem::SendResult, subject: &str) -> Option<Failure> {
    if result.references().next().is_some() {
        has_changed();
    }
    let why = match result.error() {
        Some(error) => format!(": {}", super::sentence(error)),
        None if interrupt::requested() => String::from(": interrupted"),
        None => String::new(),
    };
    match result.outcome() {
        SendOutcome::Sent => None,
        SendOutcome::Failed if result.references().next().is_some() => {
            Some(unknown(format!("{subject} was sent only in part{why}")))
        }
        SendOutcome::Failed => Some(failed(format!("{subject} was not sent{why}"))),
        SendOutcome::Unknown => Some(unknown(format!(
            "{subject} may have been sent{why}; sending it again may deliver it twice"
        ))),
    }
}

/// The error of a message of which nothing was tried.
pub(crate) fn not_sent(subject: &str, error: &modem::Error) -> Failure {
    failed(format!("{subject} was not sent: {}", super::sentence(error)))
}

/// The error of a command that changes something: without an answer its outcome is not known.
pub(crate) fn of_change(error: &modem::Error) -> Failure {
    let sentence = super::sentence(error);
    let is_open = matches!(
        error.kind(),
        ErrorKind::Timeout | ErrorKind::Closed | ErrorKind::Restarted | ErrorKind::Malformed(_)
    );
    match is_open && error.command().is_some() {
        true => unknown(sentence),
        false => failed(sentence),
    }
}

/// Returns the exit status of a program that only prints; `Ok(false)` if its input was wrong.
pub(crate) fn of_output(program: &str, result: io::Result<bool>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        // The reader has closed the pipe, and wants no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain!("{program}: {error}");
            ExitCode::from(FAILED)
        }
    }
}

static CHANGED: AtomicBool = AtomicBool::new(false);
static SIMULATED: AtomicBool = AtomicBool::new(false);

/// Notes that something was sent or changed, which a later failure does not undo.
pub(crate) fn has_changed() {
    CHANGED.store(true, Ordering::Relaxed);
}

/// Notes that the modem is the simulated one, which the end of the program says.
pub(crate) fn is_simulated() {
    SIMULATED.store(true, Ordering::Relaxed);
}

/// Returns the exit status of a program, and prints its last words on standard error.
pub(crate) fn exit(program: &str, result: Result<(), Box<dyn Error>>) -> ExitCode {
    let mut status = 0;
    if let Err(error) = result {
        status = error.downcast_ref::<Failure>().map_or(FAILED, |failure| failure.status);
        complain!("{program}: {}", super::sentence(&*error));
    }
    let has_changed = CHANGED.load(Ordering::Relaxed);
    match output::lost() {
        // The reader has closed the pipe, and wants no more.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Some(error) => {
            complain!(
                "{program}: standard output cannot be written: redirect it elsewhere ({error})"
            );
            status = status.max(FAILED);
        }
        None => {}
    }
    if status == FAILED && has_changed {
        status = UNKNOWN;
    }
    if SIMULATED.load(Ordering::Relaxed) {
        complain!("-- no modem was used: this was the simulator; --port and --tcp choose a modem");
    }
    ExitCode::from(status)
}
