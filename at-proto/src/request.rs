//! A command line for the modem, ITU-T V.250, 5.2.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::expect::Expect;

/// The maximal length of a command line, in bytes.
///
/// No modem takes more; the longest commands in use are `+CSIM` and `+CUSD`.
pub const MAX_LINE: usize = 2_048;

/// The timeout of a listing whose length is not known: 255 messages of 2 s each, and a minute.
const LISTING_TIMEOUT: Duration = Duration::from_secs(570);

/// The engine's number of an accepted [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A command line, the payload for its prompt, and the answer to expect.
///
/// The typed commands (the modules [`sms`](crate::sms), [`network`](crate::network) and so on) make
/// their requests by [`Command::request`](crate::Command::request). [`Request::raw`] is for every
/// other command. The names of the answer lines, the prompt, and a deadline are found from the line
/// itself.
///
/// # Examples
///
/// ```
/// use at_proto::Request;
/// use core::time::Duration;
///
/// let request = Request::raw("AT+CMGS=18")?
///     .payload("0011000B919471161111F10000AA04C8329B0D")?
///     .timeout(Duration::from_secs(60));
/// assert_eq!(request.line(), b"AT+CMGS=18");
/// assert!(Request::raw("AT+CMGD=1\r").is_err());
/// # Ok::<(), at_proto::Refused>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Request(pub(crate) Box<Parts>);

/// The parts of a request, in memory of their own: a request is moved more often than it is read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) line: Vec<u8>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) hold: bool,
    pub(crate) timeout: Duration,
    pub(crate) idle: Option<Duration>,
    pub(crate) expect: Expect,
    pub(crate) finals: Vec<Cow<'static, str>>,
}

impl Request {
    /// Takes a whole command line, including `AT`, without the carriage return.
    ///
    /// # Errors
    ///
    /// - [`Refused::Byte`] for a control character, which would end the line or edit it: all below
    ///   0x20, and 0x7F, also inside quotes.
    /// - [`Refused::NotACommand`] if the line does not begin with `AT` or `A/`.
    /// - [`Refused::TooLong`] above [`MAX_LINE`] bytes.
    pub fn raw(line: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let line = line.into();
        if !matches!(line.as_slice(), [b'A' | b'a', b'T' | b't' | b'/', ..]) {
            return Err(Refused::NotACommand);
        }
        if line.len() > MAX_LINE {
            return Err(Refused::TooLong { length: line.len() });
        }
        Refused::check(&line, |_, byte| !byte.is_ascii_control())?;
        Ok(Self::built(line))
    }

    /// Answers the question of a USSD service at the prompt that the modem has put after
    /// `+CUSD: 1`, without a command line.
    ///
    /// The text is in the character set of the modem. The answer is
    /// [`NotSent`](crate::Outcome::NotSent) if no such prompt is open
    /// ([`Engine::is_at_ussd_prompt`](crate::Engine::is_at_ussd_prompt)).
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a control character, which would edit the answer or end it: all below
    /// 0x20, and 0x7F.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Request;
    ///
    /// assert!(Request::ussd_answer("1")?.has_prompt());
    /// assert!(Request::ussd_answer("1\r").is_err());
    /// # Ok::<(), at_proto::Refused>(())
    /// ```
    pub fn ussd_answer(text: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let text = text.into();
        Refused::check(&text, |_, byte| !byte.is_ascii_control())?;
        if text.len() > MAX_LINE {
            return Err(Refused::TooLong { length: text.len() });
        }
        // The network has as much time for the reply as after `AT+CUSD=1,"..."`.
        let mut answer = Self::built("AT+CUSD=1");
        answer.0.expect = Expect::of_ussd_answer();
        answer.0.line.clear();
        answer.0.payload = Some(text);
        Ok(answer)
    }

    /// Returns `true` for an answer at the prompt of a USSD question.
    pub(crate) fn is_ussd_answer(&self) -> bool {
        self.0.line.is_empty()
    }

    /// Takes a line that was built from safe parts.
    pub(crate) fn built(line: impl Into<Vec<u8>>) -> Self {
        let line = line.into();
        let expect = Expect::of(&line);
        let (timeout, idle) = match expect.timeout() {
            idle if expect.is_listing => (LISTING_TIMEOUT, Some(idle)),
            timeout => (timeout, None),
        };
        let finals = Vec::new();
        Self(Box::new(Parts { line, payload: None, hold: false, timeout, idle, expect, finals }))
    }

    /// A line that begins so and goes on with numbers: `AT+CMGD=` and 3, 4 is `AT+CMGD=3,4`.
    ///
    /// Texts that are formatted take 3 KB of flash, and a microcontroller needs no others.
    pub(crate) fn numbers(beginning: &str, numbers: &[u32]) -> Self {
        // Room for two numbers of any command, so that the line is allocated once.
        let mut line = Vec::with_capacity(beginning.len().saturating_add(12));
        line.extend_from_slice(beginning.as_bytes());
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 {
                line.push(b',');
            }
            push_decimal(&mut line, *number);
        }
        Self::built(line)
    }

    /// A line of these pieces.
    pub(crate) fn pieces(pieces: &[&str]) -> Self {
        Self::built(pieces.concat())
    }

    /// Sets the payload to send after the modem's prompt, without the Ctrl-Z that ends the payload.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a Ctrl-Z or escape in the payload, which would end it early.
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let payload = payload.into();
        Refused::check(&payload, |_, byte| !matches!(byte, 0x1A | 0x1B))?;
        self.0.payload = Some(payload);
        self.0.expect.prompt = true;
        Ok(self)
    }

    /// Holds the request between the payload and its Ctrl-Z until
    /// [`Engine::commit`](crate::Engine::commit).
    ///
    /// The deadline continues to run.
    #[must_use]
    pub const fn hold(mut self) -> Self {
        self.0.hold = true;
        self
    }

    /// Sets the time from acceptance to the final result; it covers the writing.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// Sets the time without a line of the answer after which the request expires before its
    /// timeout.
    ///
    /// For a listing: each line of the answer extends it, up to the timeout, and nothing else does.
    #[must_use]
    pub const fn idle_timeout(mut self, idle: Duration) -> Self {
        self.0.idle = Some(idle);
        self
    }

    /// Adds a line that ends this command with success, such as `SHUT OK`.
    #[must_use]
    pub fn final_result(mut self, line: impl Into<Cow<'static, str>>) -> Self {
        self.0.finals.push(line.into());
        self
    }

    /// Adds the name of an information line that belongs to the answer, such as `^CPIN`.
    #[must_use]
    pub fn answer_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.expect.add_name(name.into());
        self
    }

    /// The command line, without its carriage return.
    pub fn line(&self) -> &[u8] {
        &self.0.line
    }

    /// The time from acceptance to the final result.
    pub const fn deadline(&self) -> Duration {
        self.0.timeout
    }

    /// Returns `true` if the modem prompts for a payload after this line, as after `AT+CMGS=18`.
    pub const fn has_prompt(&self) -> bool {
        self.0.expect.prompt
    }

    /// Returns `true` if the line holds a PIN or a password.
    ///
    /// `Debug` masks such a line.
    pub const fn is_secret(&self) -> bool {
        self.0.expect.secret
    }
}

/// Appends a number in decimal digits.
pub(crate) fn push_decimal(line: &mut Vec<u8>, number: u32) {
    if number >= 10 {
        push_decimal(line, number / 10);
    }
    line.extend(u8::try_from(number % 10).map(|digit| digit | b'0'));
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.expect.secret {
            self.line.split(|&byte| byte == b'=').next().unwrap_or_default()
        } else {
            self.line.as_slice()
        };
        let mut out = f.debug_struct("Request");
        out.field("line", &format_args!("\"{}\"", shown.escape_ascii()));
        if let Some(payload) = &self.payload {
            out.field("payload", &format_args!("\"{}\"", payload.escape_ascii()));
        }
        if let Some(idle) = &self.idle {
            out.field("idle_timeout", idle);
        }
        out.field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// A reason why a line, a string or a payload cannot go to the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A byte that would end the string, the line or the payload early, or edit the line.
    #[error("the byte {byte:#04x} at position {at} would end or change the command: omit it")]
    Byte {
        /// The position of the byte.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// The line does not begin with `AT`.
    #[error("the command line does not begin with AT: add it")]
    NotACommand,
    /// A PIN that has not 4 to 8 digits.
    #[error("the PIN has {length} digits: enter 4 to 8 digits")]
    Digits {
        /// The number of digits.
        length: usize,
    },
    /// A line of more than [`MAX_LINE`] bytes.
    #[error("the command line has {length} bytes: shorten it to at most {MAX_LINE}")]
    TooLong {
        /// The length of the line in bytes.
        length: usize,
    },
}

impl Refused {
    /// Refuses the first byte that is not allowed at its position.
    pub(crate) fn check(bytes: &[u8], is_allowed: impl Fn(usize, u8) -> bool) -> Result<(), Self> {
        match bytes.iter().copied().enumerate().find(|&(at, byte)| !is_allowed(at, byte)) {
            Some((at, byte)) => Err(Self::Byte { at, byte }),
            None => Ok(()),
        }
    }
}
