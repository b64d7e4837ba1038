//! Why something could not be done: which command, the modem's last line, what it means, and what to do.

mod advice;
#[cfg(feature = "serialport")]
mod open_error;

use alloc::boxed::Box;
use alloc::string::String;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use at_proto::{Failure, ParseError, Refused};

#[cfg(feature = "serialport")]
pub use self::open_error::OpenError;
use crate::log::WireLine;

/// Why a procedure ended without its result.
///
/// [`Display`](fmt::Display) gives one sentence: what failed, what the modem said, and what can be done about it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    exchange: Option<Box<Exchange>>,
    trouble: Option<Box<Trouble>>,
}

/// What is known only where something went wrong with the dialogue itself.
#[derive(Debug, Clone, Default)]
struct Trouble {
    recent: Vec<WireLine>,
    #[cfg(feature = "std")]
    cause: Option<Arc<std::io::Error>>,
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
    #[error("no answer to AT: {}", advice::SILENT)]
    Silent,
    /// The link to the modem has ended.
    #[error("the link to the modem has ended: {}", advice::CLOSED)]
    Closed,
    /// An answer that does not have the form of the standard.
    #[error("the answer cannot be read: {0}")]
    Malformed(ParseError),
    /// The SIM asks for a PIN and none was given.
    #[error("the SIM asks for its PIN: {}", advice::PIN_REQUIRED)]
    PinRequired,
    /// The SIM refused the PIN that was given; it is not tried again.
    #[error("the SIM refused the PIN: {}", advice::PIN_REFUSED)]
    PinRefused,
    /// The SIM takes only so many more tries of its PIN, and none is used up.
    #[error(
        "the SIM takes {0} more wrong PIN before it wants its PUK, and none is tried: {advice}",
        advice = advice::CODE_REQUIRED
    )]
    LastTry(u8),
    /// The SIM asks for another code than its PIN, named here as the modem names it.
    #[error("the SIM asks for {0}: {advice}", advice = advice::CODE_REQUIRED)]
    CodeRequired(String),
    /// There is no SIM, or it cannot be read.
    #[error("no SIM: {}", advice::NO_SIM)]
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
        "the modem is registered in LTE or 5G only, and USSD needs 2G or 3G: {}",
        advice::NO_CIRCUIT
    )]
    NoCircuit,
    /// The request was withdrawn before it was carried out.
    #[error("withdrawn before it was carried out")]
    Withdrawn,
    /// Too much is waiting already.
    #[error("too many requests are waiting: {}", advice::FULL)]
    Full,
}

impl Error {
    /// An error that no command caused.
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            exchange: None,
            trouble: None,
        }
    }

    /// An error of the exchange that began with `command`, which is shown with its secrets masked.
    pub(crate) fn of_command(
        kind: ErrorKind,
        command: &[u8],
        last_line: Option<String>,
        elapsed: Duration,
    ) -> Self {
        let command = crate::log::masked(command);
        Self {
            kind,
            exchange: Some(Box::new(Exchange {
                command,
                last_line,
                elapsed,
            })),
            trouble: None,
        }
    }

    /// Whether the dialogue itself is in trouble, where the lines before it help to see why.
    pub(crate) fn is_trouble(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Timeout
                | ErrorKind::Silent
                | ErrorKind::Closed
                | ErrorKind::NotReady
                | ErrorKind::Malformed(_)
        )
    }

    /// Whether another try over a new link may go better, without anyone doing something about it.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Timeout
                | ErrorKind::Silent
                | ErrorKind::Closed
                | ErrorKind::Malformed(_)
                | ErrorKind::NoSim
                | ErrorKind::NotReady
                | ErrorKind::Refused(_)
        )
    }

    /// Brings the last lines of the dialogue along.
    pub(crate) fn set_recent(&mut self, recent: Vec<WireLine>) {
        self.trouble.get_or_insert_default().recent = recent;
    }

    /// Brings the reason along for which the link has ended.
    #[cfg(feature = "std")]
    pub(crate) fn set_cause(&mut self, cause: Arc<std::io::Error>) {
        self.trouble.get_or_insert_default().cause = Some(cause);
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

    /// What the user can do about it, in a few words; `None` where only the program can do something.
    ///
    /// ```
    /// use modem::{Error, ErrorKind};
    ///
    /// let error = Error::from(ErrorKind::NoSim);
    /// assert_eq!(error.advice(), Some("insert one, or check its contacts"));
    /// ```
    pub fn advice(&self) -> Option<&'static str> {
        advice::on(&self.kind)
    }

    /// The last lines of the dialogue before the failure, oldest first, with secrets masked.
    ///
    /// Only where there was trouble: a command that was not answered or not in a form that can be read, a link that ended under
    /// it, a message whose fate is unknown. A plain refusal has none. [`Config::recent_lines`](crate::Config::recent_lines)
    /// says how many.
    pub fn recent(&self) -> &[WireLine] {
        self.trouble.as_deref().map_or(&[], |trouble| &trouble.recent)
    }

    /// What the operating system says of the link that has ended; [`source`](core::error::Error::source) leads to it as well.
    #[cfg(feature = "std")]
    pub fn link_error(&self) -> Option<&std::io::Error> {
        self.trouble.as_deref()?.cause.as_deref()
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
        if let Some(exchange) = &self.exchange {
            let seconds = exchange.elapsed.as_secs_f32();
            write!(f, "{} after {seconds:.1} s: ", exchange.command)?;
        }
        write!(f, "{}", self.kind)?;
        // The other kinds say it themselves.
        if let (ErrorKind::Refused(_), Some(advice)) = (&self.kind, self.advice()) {
            write!(f, ": {advice}")?;
        }
        #[cfg(feature = "std")]
        if let Some(cause) = self.link_error() {
            write!(f, " ({cause})")?;
        }
        match self.last_line() {
            Some(line) => write!(f, " (last line {line:?})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        #[cfg(feature = "std")]
        if let Some(cause) = self.link_error() {
            return Some(cause);
        }
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
