//! The reasons to refuse a message that should run a script.

use alloc::string::String;
use core::fmt;

/// The reason why a message runs no script.
///
/// The reason is meant for a log. It contains neither the configured secret nor the one in the
/// message, and of the text only the name of an unknown script. The sender should not learn the
/// reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Receiving is not enabled.
    #[error("receiving is not enabled")]
    Disabled,
    /// The sender is not among the allowed numbers.
    #[error("the sender is not an allowed number")]
    Sender,
    /// The message is data, not text.
    #[error("the message is not a text")]
    NoText,
    /// The message has several parts.
    #[error("the message has several parts")]
    Long,
    /// The message is not in the GSM 7-bit alphabet.
    #[error("the message is not in the GSM 7-bit alphabet")]
    Unicode,
    /// The text does not begin with `:cmd`: an ordinary message.
    #[error("the message is not a command")]
    NotACommand,
    /// No secret is set.
    #[error("no secret is set")]
    NoSecret,
    /// The secret is wrong.
    #[error("the secret is wrong")]
    WrongSecret,
    /// The command is malformed.
    #[error("the command is malformed: expected {expected} at column {at}")]
    Malformed {
        /// The position in the text, in bytes.
        at: usize,
        /// The missing element at that position.
        expected: Expected,
    },
    /// There is no script of this name.
    #[error("there is no script {name:?}")]
    NoSuchScript {
        /// The name.
        name: String,
    },
}

/// The missing element at the position where a command is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// The secret.
    Secret,
    /// The word `script`.
    Script,
    /// The name of a script.
    Name,
    /// A value right after the `=`.
    Value,
    /// The closing quote.
    ClosingQuote,
    /// A variable after a space, or the end.
    VariableOrEnd,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "the secret after a space",
            Self::Script => "the word `script` after a space",
            Self::Name => "the name of a script after a space",
            Self::Value => "a value right after `=`",
            Self::ClosingQuote => "a closing quote",
            Self::VariableOrEnd => "a variable after a space, or the end",
        })
    }
}
