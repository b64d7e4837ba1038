//! Why a message runs no script.

use alloc::string::String;

use super::command::Expected;

/// Why a message runs no script.
///
/// It is meant for a log: it holds neither the secret that is set nor the one that was tried, and of the text nothing but the
/// name of a script that does not exist. The sender is not to be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Messages are not looked at.
    #[error("receiving is not enabled")]
    Disabled,
    /// The sender is not among the allowed numbers.
    #[error("the sender is not an allowed number")]
    Sender,
    /// The message is data, not text.
    #[error("the message is no text")]
    NoText,
    /// The message has several parts.
    #[error("the message has several parts")]
    Long,
    /// The message is not in the GSM 7-bit alphabet.
    #[error("the message is not in the GSM 7-bit alphabet")]
    Unicode,
    /// The text does not begin with `:cmd`: a message like any other.
    #[error("the message is no command")]
    NotACommand,
    /// No secret is set.
    #[error("no secret is set")]
    NoSecret,
    /// The secret is another one.
    #[error("the secret is wrong")]
    WrongSecret,
    /// The command cannot be read.
    #[error("{expected} should stand at {at}")]
    Malformed {
        /// The position in the text, in bytes.
        at: usize,
        /// What should have stood there.
        expected: Expected,
    },
    /// There is no script of this name.
    #[error("there is no script {name:?}")]
    NoSuchScript {
        /// The name.
        name: String,
    },
}
