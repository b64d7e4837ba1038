//! What the engine has to say.

use alloc::string::String;
use core::fmt;

use crate::dialect::Dialect;
use crate::final_result::{Final, FinalError};
use crate::line::{Line, Lines};
use crate::request::RequestId;
use crate::urc::Urc;

/// What happened, from [`Engine::poll_event`](crate::Engine::poll_event).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request is over: exactly one for each that was accepted, and the engine takes the next one.
    Completed {
        /// Which.
        id: RequestId,
        /// How it ended.
        outcome: Outcome,
    },
    /// A message that no command asked for.
    Urc(Urc),
    /// A line that nothing explains: a final result with no command in flight, or words that are not known.
    UnknownLine(Line),
    /// A command line that this engine did not send, echoed: another program talks to the same modem.
    ForeignEcho(Line),
    /// The modem asks for the payload.
    Prompt {
        /// Of which request.
        id: RequestId,
    },
    /// The payload of a [held](crate::Request::hold) request is written; the Ctrl-Z waits for
    /// [`Engine::commit`](crate::Engine::commit).
    ReadyToCommit {
        /// Which.
        id: RequestId,
    },
    /// A request was given up; the engine is busy until the modem is known to be done with it.
    Resynchronising {
        /// Which; its [`Event::Completed`] follows at the end.
        id: RequestId,
    },
    /// The resynchronisation is over.
    Resynchronised {
        /// Whether the modem answered. If not, the next request begins with another probe.
        answered: bool,
    },
    /// More came than is kept.
    Overflow(Overflow),
}

/// What was longer than [`Limits`](crate::Limits) allows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// A line; this is its beginning, the rest is dropped. An answer that it may have been part of is
    /// [truncated](Response::is_truncated).
    Line(Line),
    /// An answer: its further lines are dropped, and it is [truncated](Response::is_truncated).
    Answer(RequestId),
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// With success.
    Response(Response),
    /// With a final result that says why not.
    Error(Failure),
    /// Nothing happened: the command never left, or its prompt was closed before the Ctrl-Z.
    NotSent {
        /// Why not.
        reason: Reason,
        /// What had been answered so far.
        lines: Lines,
    },
    /// The payload's Ctrl-Z may have left and no result came: what was asked for may have been done.
    Unknown {
        /// Why nothing is known.
        reason: Reason,
        /// What had been answered so far.
        lines: Lines,
    },
    /// No final result came in time.
    Timeout {
        /// What had been answered so far.
        lines: Lines,
    },
    /// It was cancelled, and no result came meanwhile.
    Cancelled {
        /// What had been answered so far.
        lines: Lines,
    },
    /// The link was lost.
    Closed {
        /// What had been answered so far.
        lines: Lines,
    },
}

impl Outcome {
    /// The information lines that came, however it ended.
    pub const fn lines(&self) -> &Lines {
        match self {
            Self::Response(response) => &response.lines,
            Self::Error(failure) => &failure.lines,
            Self::NotSent { lines, .. }
            | Self::Unknown { lines, .. }
            | Self::Timeout { lines }
            | Self::Cancelled { lines }
            | Self::Closed { lines } => lines,
        }
    }
}

/// Why a request with a payload has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The deadline passed.
    #[error("no result came in time")]
    Timeout,
    /// The caller gave it up.
    #[error("the request was cancelled")]
    Cancelled,
    /// The link was lost.
    #[error("the link was lost")]
    Closed,
    /// The modem said OK before it had the whole payload.
    #[error("the modem ended the command before it had the payload")]
    Ended,
    /// The modem prompted, and the request has no payload.
    #[error("the modem asks for a payload and the request has none")]
    NoPayload,
    /// The modem has not answered since the last timeout, and the command was kept back.
    #[error("the modem does not answer")]
    NoAnswer,
}

/// A command's answer: its information lines and the final result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    pub(crate) lines: Lines,
    pub(crate) final_line: Option<Line>,
    pub(crate) truncated: bool,
}

impl Response {
    /// An answer of these lines that ended in `OK`, as a test may need it.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Response;
    ///
    /// let response = Response::ok(["+CSQ: 20,99"]);
    /// assert_eq!(response.lines().first(), Some(&b"+CSQ: 20,99"[..]));
    /// assert_eq!(response.final_text(), "OK");
    /// ```
    pub fn ok<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self {
            lines: lines.into_iter().collect(),
            final_line: Some(Line(b"OK".to_vec())),
            truncated: false,
        }
    }

    /// The information lines.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The final result as it came, such as `OK` or `CONNECT 9600`; empty if the answer proved the success
    /// and no final result came.
    pub fn final_text(&self) -> String {
        self.final_line.as_ref().map(Line::to_text).unwrap_or_default()
    }

    /// Whether lines are missing because more came than is kept.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }
}

/// A final result other than success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) error: FinalError,
    pub(crate) line: Line,
    pub(crate) lines: Lines,
    pub(crate) committed: bool,
}

impl Failure {
    /// Reads a failure that came without a command, as some modems report the refusal of a request after their OK;
    /// `None` for any other line.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::{CmeError, Dialect, Failure, FinalError};
    ///
    /// let failure = Failure::parse(b"+CME ERROR: 132", &Dialect::default()).expect("it is a failure");
    /// assert_eq!(failure.error(), FinalError::Cme(Some(CmeError(132))));
    /// assert_eq!(Failure::parse(b"OK", &Dialect::default()), None);
    /// ```
    pub fn parse(line: &[u8], dialect: &Dialect) -> Option<Self> {
        match Final::of(line.trim_ascii(), dialect)? {
            Final::Failure(error) => Some(Self {
                error,
                line: Line(line.to_vec()),
                lines: Lines::default(),
                committed: false,
            }),
            Final::Success | Final::Connected | Final::CallEnded(_) => None,
        }
    }

    /// What kind, with its number where it has one.
    pub const fn error(&self) -> FinalError {
        self.error
    }

    /// The final result as it came.
    pub fn final_text(&self) -> String {
        self.line.to_text()
    }

    /// The information lines that came before it.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Whether the payload's Ctrl-Z may have left before: then some codes do not prove that nothing was done.
    pub const fn is_committed(&self) -> bool {
        self.committed
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            FinalError::Cme(Some(code)) => code.fmt(f),
            FinalError::Cms(Some(code)) => code.fmt(f),
            error => match error.description() {
                Some(words) => write!(f, "{words} ({})", self.final_text()),
                None => write!(f, "the modem answered {:?}", self.final_text()),
            },
        }
    }
}

impl core::error::Error for Failure {}
