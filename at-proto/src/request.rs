//! One command line on its way to the modem, ITU-T V.250, 5.2.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::expect::Expect;

/// The longest command line that is accepted, in octets.
///
/// Modems take far less (the longest in use are `+CSIM` and `+CUSD`), none takes more.
pub const MAX_LINE: usize = 2_048;

/// The number by which the engine names one accepted [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A command line, what to send after its prompt, and what the engine may expect in answer.
///
/// The typed commands (the chapters [`sms`](crate::sms), [`network`](crate::network) and so on) make their
/// own requests by [`Command::request`](crate::Command::request); [`Request::raw`] is for all else.
/// The names of the answer lines, whether a prompt comes, and a deadline are found from the line itself.
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
pub struct Request {
    pub(crate) line: Vec<u8>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) hold: bool,
    pub(crate) timeout: Duration,
    pub(crate) expect: Expect,
    pub(crate) finals: Vec<Cow<'static, str>>,
}

impl Request {
    /// Takes a whole command line, `AT` included, without the carriage return.
    ///
    /// # Errors
    ///
    /// [`Refused::Octet`] for a control character, which would end the line or the prompt early (all below
    /// 0x20, and 0x7F, outside quotes; inside quotes those that [`WireString`](crate::WireString) refuses),
    /// [`Refused::NotACommand`] if it does not begin with `AT` or `A/`, [`Refused::TooLong`] above
    /// [`MAX_LINE`] octets.
    pub fn raw(line: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let line = line.into();
        if !matches!(line.as_slice(), [b'A' | b'a', b'T' | b't' | b'/', ..]) {
            return Err(Refused::NotACommand);
        }
        if line.len() > MAX_LINE {
            return Err(Refused::TooLong { length: line.len() });
        }
        let mut quoted = false;
        for (at, &octet) in line.iter().enumerate() {
            quoted ^= octet == b'"';
            let ends = matches!(octet, b'\r' | b'\n' | 0x1A | 0x1B);
            if ends || (!quoted && octet.is_ascii_control()) {
                return Err(Refused::Octet { at, octet });
            }
        }
        Ok(Self::built(line))
    }

    /// Takes a line that was put together from safe parts.
    pub(crate) fn built(line: impl Into<Vec<u8>>) -> Self {
        let line = line.into();
        let expect = Expect::of(&line);
        let timeout = expect.timeout();
        Self { line, payload: None, hold: false, timeout, expect, finals: Vec::new() }
    }

    /// Sets what is sent once the modem prompts for it, without the Ctrl-Z that ends it.
    ///
    /// # Errors
    ///
    /// [`Refused::Octet`] for a Ctrl-Z or escape in it, which would end it early.
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let payload = payload.into();
        if let Some(at) = payload.iter().position(|&octet| matches!(octet, 0x1A | 0x1B)) {
            return Err(Refused::Octet { at, octet: payload[at] });
        }
        self.payload = Some(payload);
        self.expect.prompt = true;
        Ok(self)
    }

    /// Stops between the payload and its Ctrl-Z until [`Engine::commit`](crate::Engine::commit).
    ///
    /// The deadline runs on meanwhile.
    #[must_use]
    pub const fn hold(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Sets the time from acceptance to the final result; it covers the writing.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a line that ends this command with success, such as `SHUT OK`.
    #[must_use]
    pub fn final_result(mut self, line: impl Into<Cow<'static, str>>) -> Self {
        self.finals.push(line.into());
        self
    }

    /// Adds the name of an information line that belongs to the answer, such as `^CPIN`.
    #[must_use]
    pub fn answer_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.expect.add_name(name.into());
        self
    }

    /// The command line, without its carriage return.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// The time from acceptance to the final result.
    pub const fn deadline(&self) -> Duration {
        self.timeout
    }

    /// Whether the modem asks for a payload behind this line, as behind `AT+CMGS=18`.
    pub const fn prompts(&self) -> bool {
        self.expect.prompt
    }

    /// Whether the line holds a PIN or a password.
    ///
    /// `Debug` does not show such a line.
    pub const fn is_secret(&self) -> bool {
        self.expect.secret
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.is_secret() {
            self.line.split(|&octet| octet == b'=').next().unwrap_or_default()
        } else {
            self.line.as_slice()
        };
        let mut out = f.debug_struct("Request");
        out.field("line", &format_args!("\"{}\"", shown.escape_ascii()));
        if let Some(payload) = &self.payload {
            out.field("payload", &format_args!("\"{}\"", payload.escape_ascii()));
        }
        out.field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Why a line, a string or a payload cannot go to the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// An octet that would end the string, the line or the payload early.
    #[error("octet {octet:#04x} at position {at} would end the command early: leave it out")]
    Octet {
        /// Its position.
        at: usize,
        /// The octet.
        octet: u8,
    },
    /// The line does not begin with `AT`.
    #[error("a command line begins with AT")]
    NotACommand,
    /// A PIN has 4 to 8 digits.
    #[error("a PIN has 4 to 8 digits, not {length}")]
    Digits {
        /// How many there are.
        length: usize,
    },
    /// The line is longer than any modem takes.
    #[error("the command line has {length} octets, {MAX_LINE} is the most")]
    TooLong {
        /// Its length.
        length: usize,
    },
}
