//! Errors: the command that failed, the modem's last line, its meaning, and what to do.

mod advice;
#[cfg(feature = "serialport")]
mod open_error;
mod origin;

use alloc::boxed::Box;
use alloc::string::String;
#[cfg(feature = "std")]
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use at_proto::ussd::Wanted;
use at_proto::{Failure, ParseError, Refused};
use pdu::{EncodeError, SplitError};

#[cfg(feature = "serialport")]
pub use self::open_error::OpenError;
pub use self::origin::Origin;
use crate::log::WireLine;

/// The reason why a procedure ended without its result.
///
/// [`Display`](fmt::Display) gives one sentence: what failed, the answer of the modem, and what to
/// do. The operating system's reason for a lost link is the [`source`](core::error::Error::source),
/// and is not repeated there.
///
/// ```
/// use modem::{Error, ErrorKind, Origin};
///
/// let error = Error::from(ErrorKind::Closed);
/// assert_eq!(error.to_string(), "the link to the modem has ended: open it again");
/// assert!(error.is_temporary());
/// assert_eq!(error.origin(), Origin::Link);
/// ```
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

/// The parts of an error, in memory of their own: a result that holds an error is moved often, and
/// an error is rare.
#[derive(Debug, Clone)]
struct Parts {
    kind: ErrorKind,
    exchange: Option<Exchange>,
    trouble: Trouble,
}

/// The circumstances of a failure of the dialogue itself.
#[derive(Debug, Clone, Default)]
struct Trouble {
    recent: Vec<WireLine>,
    #[cfg(feature = "std")]
    cause: Option<Arc<std::io::Error>>,
}

/// The command that caused an error.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Exchange {
    command: String,
    last_line: Option<String>,
    elapsed: Duration,
}

/// The kind of an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The modem refused a command.
    #[error("{0}")]
    Refused(Failure),
    /// The command was not sent, since it would have ended its line early.
    #[error("the command was not sent: {0}")]
    Unsafe(Refused),
    /// A command was not answered in time.
    #[error("the modem did not answer in time")]
    Timeout,
    /// The modem ended the command before it had the message: nothing was sent.
    #[error("the modem ended the command before it had the message: {}", advice::ENDED)]
    Ended,
    /// The modem restarted, or goes down, during the command, as its own message says.
    #[error("the modem restarted during the command")]
    Restarted,
    /// The first `AT` was not answered in any of its attempts.
    #[error("the modem does not answer AT: {}", advice::NO_RESPONSE)]
    NoResponse,
    /// The link to the modem has ended.
    #[error("the link to the modem has ended: {}", advice::CLOSED)]
    Closed,
    /// The answer does not have the form of the standard.
    #[error("the answer cannot be read: {0}")]
    Malformed(ParseError),
    /// The SIM asks for a PIN, and the configuration has none.
    #[error("the SIM asks for its PIN: {}", advice::PIN_REQUIRED)]
    PinRequired,
    /// The SIM refused the PIN of the configuration. The PIN is not tried again.
    #[error("the SIM refused the PIN: {}", advice::PIN_REFUSED)]
    PinRefused,
    /// Only this many attempts of the PIN are left, 0 or 1: the PIN was not tried.
    #[error(
        "the SIM has only {0} PIN attempt{s} left, and the PIN was not tried: {advice}",
        s = if *.0 == 1 { "" } else { "s" },
        advice = advice::CODE_REQUIRED
    )]
    LastPinRetry(u8),
    /// The SIM asks for a code other than its PIN, which is named in the modem's words.
    #[error("the SIM asks for {0}: {advice}", advice = advice::CODE_REQUIRED)]
    CodeRequired(String),
    /// The SIM asks for its PIN again, and is not known to be the one of the first opening: the PIN
    /// was not tried.
    #[error("the SIM may be another one, and the PIN was not tried: {}", advice::UNKNOWN_SIM)]
    UnknownSim,
    /// There is no SIM, or it cannot be read.
    #[error("no SIM was found: {}", advice::NO_SIM)]
    NoSim,
    /// The modem did not become ready in time.
    #[error("the modem did not become ready in time: {}", advice::NOT_READY)]
    NotReady,
    /// The modem does not support the function named here.
    #[error("the modem does not support {0}")]
    Unsupported(&'static str),
    /// The modem has confirmed a deletion, and still has the message.
    #[error("the modem has confirmed the deletion, but still has the message")]
    NotDeleted,
    /// The modem has accepted the announcement of new messages (`+CNMI`), and reports it as off.
    #[error("the modem has accepted the announcement of messages, and reports it as off")]
    NotAnnounced,
    /// The modem answered in text mode, as after a silent restart or a command of another program:
    /// what it holds cannot be read safely.
    #[error("the modem answered in text mode, and the session uses PDU mode")]
    TextMode,
    /// The message cannot be split into parts.
    #[error("{0}{cause}", cause = Cause(core::error::Error::source(.0)))]
    Split(SplitError),
    /// The message cannot be encoded.
    #[error("{0}")]
    Encode(EncodeError),
    /// The text cannot be written in the character set or the alphabet that the modem takes.
    #[error("the text cannot be written for the modem: {0}")]
    Text(gsm7::EncodeError),
    /// The request cannot be sent, for the reason given.
    #[error("{0}")]
    Invalid(String),
    /// The message expired before it was sent.
    #[error("the message expired before it was sent")]
    Expired,
    /// The program ended between the Ctrl-Z of a part and its outcome.
    #[error("the program ended while the message was being sent")]
    Interrupted,
    /// The modem is registered in LTE or 5G only, where there is no USSD.
    #[error(
        "the modem is registered in LTE or 5G only, and USSD needs 2G or 3G: {}",
        advice::NO_CIRCUIT
    )]
    NoCircuitNetwork,
    /// The USSD dialogue ended without a reply, for the reason of the network given in `+CUSD`.
    #[error("the USSD request has no reply: {}", .0.description())]
    UssdEnded(Wanted),
    /// The radio of the modem is off (`+CFUN` 0 or 4).
    #[error("the radio of the modem is off: {}", advice::RADIO_OFF)]
    RadioOff,
    /// The request was withdrawn before it was carried out.
    #[error("the request was withdrawn before it was carried out")]
    Withdrawn,
    /// Too many requests are waiting.
    #[error("too many requests are waiting: {}", advice::FULL)]
    Full,
    /// The record that an irreversible action waits for is not durable: the action was not carried
    /// out.
    #[error("the journal is not durable, and nothing irreversible was done: {}", advice::JOURNAL)]
    Journal,
    /// The port cannot be opened, for the reason given.
    #[error("{0}")]
    Port(String),
}

impl Error {
    /// An error that no command caused.
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Parts { kind, exchange: None, trouble: Trouble::default() }))
    }

    /// An error of the exchange that began with `command`, which is shown with its secrets masked.
    pub(crate) fn of_command(
        kind: ErrorKind,
        command: &[u8],
        last_line: Option<String>,
        elapsed: Duration,
    ) -> Self {
        // An answer at a USSD prompt has no command line.
        let exchange = (!command.is_empty()).then(|| Exchange {
            command: crate::log::masked(command),
            last_line,
            elapsed,
        });
        Self(Box::new(Parts { kind, exchange, trouble: Trouble::default() }))
    }

    /// Returns `true` if the dialogue itself failed, where the lines before the failure help to
    /// find the reason.
    pub(crate) fn is_trouble(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Timeout
                | ErrorKind::Ended
                | ErrorKind::Restarted
                | ErrorKind::NoResponse
                | ErrorKind::Closed
                | ErrorKind::NotReady
                | ErrorKind::Malformed(_)
        )
    }

    /// Returns `true` if another attempt over a new link may succeed without anything being
    /// repaired.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Timeout
                | ErrorKind::Ended
                | ErrorKind::Restarted
                | ErrorKind::NoResponse
                | ErrorKind::Closed
                | ErrorKind::Malformed(_)
                | ErrorKind::NoSim
                | ErrorKind::NotReady
                | ErrorKind::Refused(_)
        )
    }

    /// Returns `true` if the SIM waits for a code that the session does not enter.
    pub(crate) fn concerns_lock(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::PinRequired
                | ErrorKind::PinRefused
                | ErrorKind::LastPinRetry(_)
                | ErrorKind::CodeRequired(_)
                | ErrorKind::UnknownSim
        )
    }

    /// Adds the last lines of the dialogue.
    pub(crate) fn set_recent(&mut self, recent: Vec<WireLine>) {
        self.0.trouble.recent = recent;
    }

    /// Adds the operating system's reason for the end of the link.
    #[cfg(feature = "std")]
    pub(crate) fn set_cause(&mut self, cause: Arc<std::io::Error>) {
        self.0.trouble.cause = Some(cause);
    }

    /// The kind of the failure.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The command that failed, with secrets masked; `None` if no command was involved.
    pub fn command(&self) -> Option<&str> {
        self.0.exchange.as_ref().map(|exchange| exchange.command.as_str())
    }

    /// The last line that the modem answered to the command.
    pub fn last_line(&self) -> Option<&str> {
        self.0.exchange.as_ref().and_then(|exchange| exchange.last_line.as_deref())
    }

    /// The time that the command had been running.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.exchange.as_ref().map(|exchange| exchange.elapsed)
    }

    /// The remedy for a person, in a few words; `None` where only the program can do something.
    ///
    /// ```
    /// use modem::{Error, ErrorKind};
    ///
    /// let error = Error::from(ErrorKind::NoSim);
    /// assert_eq!(error.advice(), Some("insert a SIM, or check its contacts"));
    /// ```
    pub fn advice(&self) -> Option<&'static str> {
        advice::on(&self.0.kind)
    }

    /// The last lines of the dialogue before the failure, oldest first, with secrets masked.
    ///
    /// Lines are kept in these cases; a plain refusal has none.
    ///
    /// * A command has no answer, or an unreadable one.
    /// * The link ended during a command.
    /// * The fate of a message is unknown.
    ///
    /// [`Config::recent_lines`](crate::Config::recent_lines) sets their number. Without the feature
    /// `recent-lines` there are none.
    pub fn recent(&self) -> &[WireLine] {
        &self.0.trouble.recent
    }

    /// The operating system's reason for the end of the link;
    /// [`source`](core::error::Error::source) returns the same.
    #[cfg(feature = "std")]
    pub fn link_error(&self) -> Option<&std::io::Error> {
        self.0.trouble.cause.as_deref()
    }

    /// Returns `true` if the same request may succeed later without any change: after congestion,
    /// over the next link, or once an unresponsive modem answers again.
    pub fn is_temporary(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Refused(failure) => failure.error().is_temporary(),
            ErrorKind::UssdEnded(Wanted::NETWORK_TIMEOUT)
            | ErrorKind::Timeout
            | ErrorKind::Ended
            | ErrorKind::Restarted
            | ErrorKind::NoResponse
            | ErrorKind::Closed
            | ErrorKind::NotReady
            | ErrorKind::Full => true,
            _ => false,
        }
    }

    /// The party at fault: for a failure of [`Origin::Recipient`] or [`Origin::Caller`] another
    /// modem would not do better.
    pub fn origin(&self) -> Origin {
        Origin::of(&self.0.kind)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(exchange) = &self.0.exchange {
            // Without floating-point numbers, whose texts take ten kilobytes of flash.
            let rounded = exchange.elapsed.saturating_add(Duration::from_millis(50));
            let (seconds, tenths) = (rounded.as_secs(), rounded.subsec_millis() / 100);
            write!(f, "{} failed after {seconds}.{tenths} s: ", exchange.command)?;
        }
        write!(f, "{}", self.0.kind)?;
        // The other kinds have their advice in their own sentence.
        if let (ErrorKind::Refused(_) | ErrorKind::UssdEnded(_), Some(advice)) =
            (&self.0.kind, self.advice())
        {
            write!(f, ": {advice}")?;
        }
        match self.last_line() {
            Some(line) => write!(f, " (last line {line:?})"),
            None => Ok(()),
        }
    }
}

/// A cause after a colon, if there is one.
struct Cause<'a>(Option<&'a dyn core::error::Error>);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        #[cfg(feature = "std")]
        if let Some(cause) = self.link_error() {
            return Some(cause);
        }
        None
    }
}

/// As `{"message", "origin", "temporary", "command", "last_line", "cause"}`, to be shown or logged.
#[cfg(feature = "serde")]
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use alloc::string::ToString;

        use serde::ser::SerializeStruct as _;

        let cause = core::error::Error::source(self).map(ToString::to_string);
        let mut fields = serializer.serialize_struct("Error", 6)?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("origin", &self.origin())?;
        fields.serialize_field("temporary", &self.is_temporary())?;
        fields.serialize_field("command", &self.command())?;
        fields.serialize_field("last_line", &self.last_line())?;
        fields.serialize_field("cause", &cause)?;
        fields.end()
    }
}

impl PartialEq for Error {
    /// Compares all visible parts; of the operating system's reason its kind and its text.
    fn eq(&self, other: &Self) -> bool {
        #[cfg(feature = "std")]
        {
            use alloc::string::ToString;

            let cause =
                |error: &Self| error.link_error().map(|cause| (cause.kind(), cause.to_string()));
            if cause(self) != cause(other) {
                return false;
            }
        }
        (&self.0.kind, &self.0.exchange, self.recent())
            == (&other.0.kind, &other.0.exchange, other.recent())
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::new(ErrorKind::Unsafe(refused))
    }
}

#[cfg(feature = "serialport")]
impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        use alloc::string::ToString;

        let mut this = Self::new(ErrorKind::Port(error.to_string()));
        if let OpenError::Unusable { source, .. } = error {
            this.set_cause(Arc::new(source));
        }
        this
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}
