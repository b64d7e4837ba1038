//! The events of the engine.

use alloc::string::String;
use core::fmt;

use crate::dialect::Dialect;
use crate::final_result::{Final, FinalError};
use crate::line::{Line, Lines};
use crate::request::RequestId;
use crate::urc::Urc;

/// An event, from [`Engine::poll_event`](crate::Engine::poll_event).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request is completed: exactly one event for each accepted request; the engine takes the
    /// next one.
    Completed {
        /// The request.
        id: RequestId,
        /// The result of the request.
        outcome: Outcome,
    },
    /// An unsolicited result code (URC).
    Urc(Urc),
    /// An unknown line: a final result with no command in flight, or words that are not known.
    UnknownLine(Line),
    /// The echo of a command line that this engine did not send: another program uses the same
    /// modem.
    ForeignEcho(Line),
    /// The modem asks for the payload.
    Prompt {
        /// The request.
        id: RequestId,
    },
    /// The payload of a [held](crate::Request::hold) request is written; its Ctrl-Z waits for
    /// [`Engine::commit`](crate::Engine::commit).
    ReadyToCommit {
        /// The request.
        id: RequestId,
    },
    /// A resynchronisation began; the engine is busy until the modem is known to be done with the
    /// abandoned request.
    Resynchronising {
        /// The request; its [`Event::Completed`] follows the resynchronisation.
        id: RequestId,
    },
    /// The resynchronisation is over.
    Resynchronised {
        /// `true` if the modem answered. If not, the next request begins with another probe.
        answered: bool,
    },
    /// A line or an answer exceeded its limit.
    Overflow(Overflow),
}

/// An excess over the [`Limits`](crate::Limits) of the dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The beginning of a line that is too long; the rest is dropped.
    ///
    /// The answer that the line may have been part of is [truncated](Response::is_truncated).
    Line(Line),
    /// An answer that is too long: its further lines are dropped, and it is
    /// [truncated](Response::is_truncated).
    Answer(RequestId),
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Success: the answer.
    Response(Response),
    /// Failure: a final result such as `ERROR`.
    Error(Failure),
    /// Nothing happened: the command never left, or its prompt was closed before the Ctrl-Z.
    NotSent {
        /// The reason.
        reason: Reason,
        /// The information lines so far.
        lines: Lines,
    },
    /// No result came, but the payload's Ctrl-Z may have left: the message may have been sent.
    Unknown {
        /// The reason.
        reason: Reason,
        /// The information lines so far.
        lines: Lines,
    },
    /// No final result came in time.
    Timeout {
        /// The information lines so far.
        lines: Lines,
    },
    /// The request was cancelled, and no result came meanwhile.
    Cancelled {
        /// The information lines so far.
        lines: Lines,
    },
    /// The link was lost.
    Closed {
        /// The information lines so far.
        lines: Lines,
    },
    /// The modem restarted or went down during the command, or prompted for the answer to a USSD
    /// question instead of a result.
    Interrupted {
        /// The reason.
        reason: Reason,
        /// The information lines so far.
        lines: Lines,
    },
}

impl Outcome {
    /// The information lines, for any result.
    pub const fn lines(&self) -> &Lines {
        match self {
            Self::Response(response) => &response.lines,
            Self::Error(failure) => &failure.lines,
            Self::NotSent { lines, .. }
            | Self::Unknown { lines, .. }
            | Self::Timeout { lines }
            | Self::Cancelled { lines }
            | Self::Closed { lines }
            | Self::Interrupted { lines, .. } => lines,
        }
    }
}

/// The reason why a request has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The deadline passed.
    #[error("no result came in time")]
    Timeout,
    /// The caller cancelled the request.
    #[error("the request was cancelled")]
    Cancelled,
    /// The link was lost.
    #[error("the link was lost")]
    Closed,
    /// The modem answered OK before it had the whole payload.
    #[error("the modem ended the command before it had the payload")]
    Ended,
    /// The modem prompted for a payload, and the request has none.
    #[error("the modem asks for a payload: add one to the request")]
    NoPayload,
    /// The modem has not answered since the last timeout, so the command was held back.
    #[error("the modem does not answer")]
    NoAnswer,
    /// The modem restarted, as its boot message says.
    #[error("the modem restarted")]
    Restarted,
    /// The modem goes down, as its message says.
    #[error("the modem goes down")]
    GoingDown,
    /// An answer to a USSD question, and the modem does not prompt for one.
    #[error("the modem does not wait for an answer to a USSD question")]
    NoPrompt,
    /// The modem has prompted for the answer to a USSD question, and may have taken the command
    /// line for a part of it.
    #[error("the modem waited for the answer to a USSD question")]
    AtPrompt,
}

/// The answer to a command: its information lines and the final result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    pub(crate) lines: Lines,
    pub(crate) final_line: Option<Line>,
    pub(crate) truncated: bool,
}

impl Response {
    /// An answer of these lines that ended in `OK`, for tests.
    pub fn ok<L: AsRef<[u8]>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self {
            lines: lines.into_iter().collect(),
            final_line: Some(Line::of(b"OK")),
            truncated: false,
        }
    }

    /// The information lines.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// The final result as it came, such as `OK` or `CONNECT 9600`.
    ///
    /// Empty if the answer proved the success and no final result came.
    pub fn final_text(&self) -> String {
        self.final_line.as_ref().map(Line::to_text).unwrap_or_default()
    }

    /// Returns `true` if lines are missing because the answer exceeded a limit.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }
}

/// A final result that reports a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) error: FinalError,
    pub(crate) line: Line,
    pub(crate) lines: Lines,
    pub(crate) committed: bool,
}

impl Failure {
    /// Reads a failure that came without a command, as some modems report the refusal of a request
    /// after their OK; `None` for any other line.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::{CmeError, Dialect, Failure, FinalError};
    ///
    /// let failure = Failure::parse(b"+CME ERROR: 132", &Dialect::default()).unwrap();
    /// assert_eq!(failure.error(), FinalError::Cme(Some(CmeError(132))));
    /// assert_eq!(Failure::parse(b"OK", &Dialect::default()), None);
    /// ```
    pub fn parse(line: &[u8], dialect: &Dialect) -> Option<Self> {
        match Final::of(line.trim_ascii(), dialect)? {
            Final::Failure(error) => Some(Self {
                error,
                line: Line::of(line),
                lines: Lines::default(),
                committed: false,
            }),
            Final::Success | Final::Connected | Final::CallEnded(_) => None,
        }
    }

    /// The kind of the failure, with its number if it has one.
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

    /// Returns `true` if the payload's Ctrl-Z may have left before: then some codes do not prove
    /// that nothing was sent.
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
