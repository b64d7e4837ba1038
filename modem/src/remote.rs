//! Scripts that run when an SMS asks for them: `:cmd SECRET script NAME [[VAR[=VAL]] ...]`.
//!
//! The syntax and what it means are those of RouterOS. A [`Policy`] reads a received message and gives the script that is to be
//! run, or a [`Refusal`] that says why none is. It does neither run nor answer anything: that is for the application, which
//! keeps silent on a refusal, so that a stranger learns nothing.
//!
//! | Text | What becomes of it, where the secret is `slepens` |
//! |---|---|
//! | `:cmd slepens script mans_skripts` | runs `mans_skripts` |
//! | `:cmd slepens script "mans skripts"` | runs `mans skripts` |
//! | `:cmd slepens script mans_skripts var` | `var` is empty |
//! | `:cmd slepens script mans_skripts var=a` | `var` is `a` |
//! | `:cmd slepens script mans_skripts var="a a"`, `"var"="a"` | quotes hold spaces; a backslash is a character like others |
//! | `:cmd script mans_skripts` | refused: no secret |
//! | `:cmd slepens script mans skripts` | refused unless there is a script `mans`, which gets a variable `skripts` |
//! | `:cmd slepens script mans_skripts var=` | refused: no value |
//! | `:cmd slepens script mans_skripts var= a` | refused: no value right behind the `=` |
//! | `:cmd slepens script mans_skripts var=a a` | `var` is `a`, and a second variable `a` is empty |
//! | `:cmd slepens script mans_skripts var="\""` | refused: a quote that nothing closes |
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

pub use self::command::{Expected, ScriptCall};
pub use self::message::Message;
pub use self::numbers::{AllowedNumbers, NumberError};
pub use self::refusal::Refusal;
pub use self::secret::Secret;

/// Who may have scripts run by SMS, and how; the default lets nobody.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Policy {
    /// Whether messages are looked at; `false`.
    pub receive_enabled: bool,
    /// Who may; empty means anyone who knows the secret.
    pub allowed_numbers: AllowedNumbers,
    /// What a message must name; while it is empty every message is refused.
    pub secret: Secret,
    /// Whether a message may have several parts; `false`, as RouterOS has it.
    pub long_messages: bool,
    /// Whether a message may be in UCS-2; `false`, as RouterOS has it.
    pub unicode: bool,
}

impl Policy {
    /// Reads a message that was received: the script that it calls, if it may and `is_script` knows the name.
    ///
    /// What is looked at, in this order: whether messages are received at all, the sender, the form of the message, `:cmd`, the
    /// secret, the rest of the syntax, the name.
    ///
    /// # Errors
    /// The first reason to refuse it.
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
