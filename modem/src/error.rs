//! Why something could not be done: which command, the modem's last line, what it means, and what to do.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use at_proto::{Failure, ParseError, Refused};

/// Why a procedure ended without its result.
///
/// [`Display`](fmt::Display) gives one sentence: what failed, what the modem said, and what can be done about it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    exchange: Option<Box<Exchange>>,
}

/// The command that an error is about.
#[derive(Debug, Clone)]
struct Exchange {
    command: String,
    last_line: Option<String>,
    elapsed: Duration,
}

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The modem refused a command.
    #[error("the modem refused it: {0}")]
    Refused(Failure),
    /// What would have ended a command line early, and was not sent.
    #[error("it was not sent: {0}")]
    Unsafe(Refused),
    /// A command was not answered in time.
    #[error("the modem did not answer in time")]
    Timeout,
    /// The first `AT` was not answered, however often it was tried.
    #[error("no answer to AT: is this the modem's AT port, and is no other program using it?")]
    Silent,
    /// The link to the modem has ended.
    #[error("the link to the modem has ended: open it again")]
    Closed,
    /// An answer that does not have the form of the standard.
    #[error("the answer cannot be read: {0}")]
    Malformed(ParseError),
    /// The SIM asks for a PIN and none was given.
    #[error("the SIM asks for its PIN: give it in the configuration")]
    PinRequired,
    /// The SIM refused the PIN that was given; it is not tried again.
    #[error("the SIM refused the PIN: check it before you try again, since few tries remain")]
    PinRefused,
    /// The SIM takes only so many more tries of its PIN, and none is used up.
    #[error(
        "the SIM takes {0} more wrong PIN before it wants its PUK, and none is tried: unlock it in a phone"
    )]
    LastTry(u8),
    /// The SIM asks for another code than its PIN, named here as the modem names it.
    #[error("the SIM asks for {0}: unlock it in a phone")]
    CodeRequired(String),
    /// There is no SIM, or it cannot be read.
    #[error("no SIM: insert one, or check its contacts")]
    NoSim,
    /// The modem did not become ready in time.
    #[error("the modem did not become ready in time: its SIM is still busy")]
    NotReady,
    /// The modem lacks what is needed, named here.
    #[error("the modem cannot do this: it has no {0}")]
    Unsupported(&'static str),
    /// What was asked for cannot be sent, for the reason given.
    #[error("{0}")]
    Invalid(String),
    /// The time that a message was given is over.
    #[error("its time is over, and it was not sent")]
    Expired,
    /// The program ended while a part was on its way.
    #[error("the program ended while it was on its way")]
    Interrupted,
    /// USSD was asked for where only LTE or 5G is there.
    #[error(
        "the modem is registered in LTE or 5G only, and USSD needs 2G or 3G: let it use one of them, or try a network that has one"
    )]
    NoCircuit,
    /// The request was withdrawn before it was carried out.
    #[error("withdrawn before it was carried out")]
    Withdrawn,
    /// Too much is waiting already.
    #[error("too many requests are waiting: let some of them end first")]
    Full,
}

impl Error {
    /// An error that no command caused.
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, exchange: None }
    }

    /// An error of the exchange that began with `command`, which is shown with its secrets masked.
    pub(crate) fn of_command(
        kind: ErrorKind,
        command: &[u8],
        last_line: Option<String>,
        elapsed: Duration,
    ) -> Self {
        let command = crate::wire_log::masked(command);
        Self {
            kind,
            exchange: Some(Box::new(Exchange {
                command,
                last_line,
                elapsed,
            })),
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The command that failed, with secrets masked; `None` where no command was at fault.
    pub fn command(&self) -> Option<&str> {
        self.exchange.as_deref().map(|exchange| exchange.command.as_str())
    }

    /// The last line that the modem answered to the command.
    pub fn last_line(&self) -> Option<&str> {
        self.exchange
            .as_deref()
            .and_then(|exchange| exchange.last_line.as_deref())
    }

    /// How long the command had been running.
    pub fn elapsed(&self) -> Option<Duration> {
        self.exchange.as_deref().map(|exchange| exchange.elapsed)
    }

    /// Whether the same request may succeed later without anything being changed.
    pub fn is_temporary(&self) -> bool {
        match &self.kind {
            ErrorKind::Refused(failure) => failure.error().is_temporary(),
            ErrorKind::Timeout | ErrorKind::NotReady | ErrorKind::Full => true,
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(exchange) = &self.exchange else {
            return write!(f, "{}", self.kind);
        };
        write!(
            f,
            "{} after {:.1} s: {}",
            exchange.command,
            exchange.elapsed.as_secs_f32(),
            self.kind
        )?;
        match &exchange.last_line {
            Some(line) => write!(f, " (last line {line:?})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.kind)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::new(ErrorKind::Unsafe(refused))
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}
