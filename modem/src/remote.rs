//! Scripts that are run by SMS: `:cmd SECRET script NAME [[VAR[=VAL]] ...]`.
//!
//! The syntax and its meaning are those of RouterOS. A [`Policy`] checks a received message and
//! returns the script to run, or a [`Refusal`] with the reason. It neither runs scripts nor answers
//! messages: that is up to the application. The application should not answer a refused message, so
//! that a stranger learns nothing.
//!
//! | Text | Result, with the secret `slepens` |
//! |---|---|
//! | `:cmd slepens script mans_skripts` | runs `mans_skripts` |
//! | `:cmd slepens script "mans skripts"` | runs `mans skripts` |
//! | `:cmd slepens script mans_skripts var` | `var` is empty |
//! | `:cmd slepens script mans_skripts var=a` | `var` is `a` |
//! | `:cmd slepens script mans_skripts var="a a"`, `"var"="a"` | quotes hold spaces; a backslash is an ordinary character |
//! | `:cmd script mans_skripts` | refused: no secret |
//! | `:cmd slepens script mans skripts` | refused unless there is a script `mans`, which gets a variable `skripts` |
//! | `:cmd slepens script mans_skripts var=` | refused: no value |
//! | `:cmd slepens script mans_skripts var= a` | refused: no value right after the `=` |
//! | `:cmd slepens script mans_skripts var=a a` | `var` is `a`, and a second variable `a` is empty |
//! | `:cmd slepens script mans_skripts var="\""` | refused: an unclosed quote |
//!
//! # Examples
//! ```
//! use modem::remote::{Message, Policy, Refusal, Secret};
//!
//! let mut policy = Policy::default();
//! policy.receive_enabled = true;
//! policy.secret = Secret::new("slepens");
//! policy.allowed_numbers = "+37120000000, +37120000001".parse()?;
//!
//! let sender = "+37120000001".parse()?;
//! let message = Message::new(sender, ":cmd slepens script reboot delay=10s");
//! let call = policy.check(&message, |script| script == "reboot")?;
//! assert_eq!((call.name.as_str(), call.variable("delay")), ("reboot", Some("10s")));
//!
//! let wrong = Message::new(sender, ":cmd guess script reboot");
//! assert_eq!(policy.check(&wrong, |_| true), Err(Refusal::WrongSecret));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod command;
mod message;
mod numbers;
mod refusal;
mod secret;

pub use self::command::ScriptCall;
pub use self::message::Message;
pub use self::numbers::{AllowedNumbers, NumberError};
pub use self::refusal::{Expected, Refusal};
pub use self::secret::Secret;

/// The conditions under which a message may run a script. The default allows no message.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Policy {
    /// Enables the check of messages. Default: `false`.
    pub receive_enabled: bool,
    /// The allowed senders; an empty list allows anyone who knows the secret.
    pub allowed_numbers: AllowedNumbers,
    /// The secret that a message must contain; an empty secret refuses every message.
    pub secret: Secret,
    /// Allows messages of several parts. Default: `false`, as in RouterOS.
    pub long_messages: bool,
    /// Allows messages in UCS-2. Default: `false`, as in RouterOS.
    pub unicode: bool,
}

impl Policy {
    /// Returns the script that a received message calls, if the message is allowed and `is_script`
    /// knows the name.
    ///
    /// The checks are made in this order: receiving is enabled, the sender, the form of the
    /// message, `:cmd`, the secret, the rest of the syntax, the name.
    ///
    /// # Errors
    /// Fails with the first reason to refuse the message.
    pub fn check(
        &self,
        message: &Message<'_>,
        is_script: impl FnOnce(&str) -> bool,
    ) -> Result<ScriptCall, Refusal> {
        if !self.receive_enabled {
            return Err(Refusal::Disabled);
        }
        if !self.allowed_numbers.allow(&message.sender) {
            return Err(Refusal::Sender);
        }
        let text = message.text.ok_or(Refusal::NoText)?;
        if message.parts != 1 && !self.long_messages {
            return Err(Refusal::Long);
        }
        if !message.is_gsm7 && !self.unicode {
            return Err(Refusal::Unicode);
        }
        let opening = command::opening(text)?;
        if self.secret.is_empty() {
            return Err(Refusal::NoSecret);
        }
        if !self.secret.is(opening.secret) {
            return Err(Refusal::WrongSecret);
        }
        let call = command::call(text, opening.rest)?;
        if !is_script(&call.name) {
            return Err(Refusal::NoSuchScript { name: call.name });
        }
        Ok(call)
    }
}
