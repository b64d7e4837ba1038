//! The differences between modems on the wire.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::time::Duration;

use crate::urc;

/// The peculiarities of one modem model: a value, so that a program can learn them at run time.
///
/// [`Dialect::default`] suits an unknown modem. It takes:
///
/// - every line ending (CR LF, CR CR LF, LF, CR), with echo or without;
/// - every prompt form;
/// - errors by number and by words, `COMMAND NOT SUPPORT` and `MODEM ERROR:`;
/// - unsolicited lines of any name.
///
/// The fields are for behaviour that would be wrong for other modems.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Dialect {
    /// The bytes that end a command line: a carriage return, for Altair modems followed by a line
    /// feed.
    pub terminator: Cow<'static, [u8]>,
    /// Bytes that may begin a prompt; `>` for all known modems.
    pub prompts: Cow<'static, [u8]>,
    /// Further lines that end a command with failure; an entry that ends in `:` is a prefix.
    pub failures: Vec<Cow<'static, str>>,
    /// Further lines that end a command with success, beside `OK`.
    pub successes: Vec<Cow<'static, str>>,
    /// Names of information lines that end their command, such as Wavecom's `+CPIN`, which has no
    /// OK.
    pub final_names: Vec<Cow<'static, str>>,
    /// Further unsolicited lines without a `+NAME`; an entry that ends in `:` is a prefix.
    #[doc(alias = "unasked_words")]
    pub bare_urcs: Vec<Cow<'static, str>>,
    /// Further names of URCs that a line of data follows, beside `+CMT`, `+CDS` and `+CBM`.
    pub with_data: Vec<Cow<'static, str>>,
    /// Further names of lines whose quoted text may hold line ends, beside `+CUSD`.
    pub with_line_ends: Vec<Cow<'static, str>>,
    /// The pause between a final result and the next command line; slow modems lose a line that
    /// comes immediately.
    pub gap: Duration,
    /// The pause between the OK to `AT+CMUX` and the first frame; 0.4 s. A modem that gets a frame
    /// too early may lock up.
    pub mux_delay: Duration,
    /// The timeouts for the late part of an answer.
    pub grace: Grace,
    /// The timeout for the rest of an unsolicited message: its data line or its closing quote; 2 s.
    pub rest: Duration,
    /// The timeouts of the resynchronisation after a timeout or a cancel.
    pub resync: Resync,
    /// The limits of buffers.
    pub limits: Limits,
}

/// Timeouts for the late part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Grace {
    /// The timeout for the answer after an OK that came first or alone; 0.2 s.
    pub answer: Duration,
    /// The timeout for the OK after `+CPIN: READY`, which some modems send without one; 3 s.
    pub ok: Duration,
}

/// Timeouts of the steps of a resynchronisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Resync {
    /// The timeout for the answer to a probe; 2 s.
    pub probe: Duration,
    /// The pause without a line that ends the resynchronisation where the probe's answer proves
    /// nothing; 0.5 s.
    pub quiet: Duration,
    /// The timeout of the whole resynchronisation; 8 s.
    pub limit: Duration,
}

/// The limits of buffers, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct Limits {
    /// The limit of one line, and of one quoted text with line ends; 4,096, and never less than 64.
    pub line: usize,
    /// The limit of all lines of one answer; 262,144, enough to list 500 messages.
    pub answer: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            terminator: Cow::Borrowed(b"\r"),
            prompts: Cow::Borrowed(b">"),
            failures: Vec::new(),
            successes: Vec::new(),
            final_names: Vec::new(),
            bare_urcs: Vec::new(),
            with_data: Vec::new(),
            with_line_ends: Vec::new(),
            gap: Duration::ZERO,
            mux_delay: Duration::from_millis(400),
            grace: Grace::default(),
            rest: Duration::from_secs(2),
            resync: Resync::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Grace {
    fn default() -> Self {
        Self { answer: Duration::from_millis(200), ok: Duration::from_secs(3) }
    }
}

impl Default for Resync {
    fn default() -> Self {
        Self {
            probe: Duration::from_secs(2),
            quiet: Duration::from_millis(500),
            limit: Duration::from_secs(8),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 4_096, answer: 262_144 }
    }
}

impl Dialect {
    /// The dialect for a microcontroller: 1 KiB a line, 4 KiB an answer.
    ///
    /// An answer of 4 KiB holds 11 messages: read them one by one (`+CMGR`) rather than list them.
    pub fn small() -> Self {
        Self { limits: Limits { line: 1_024, answer: 4_096 }, ..Self::default() }
    }

    /// The dialect of a vendor, found by the answer to `AT+CGMI`; the default for every vendor that
    /// it suits.
    ///
    /// The default suits, among others:
    ///
    /// - Huawei (`^NAME:` lines at any time, `COMMAND NOT SUPPORT`), Quectel, u-blox, ZTE, Telit,
    ///   Fibocom;
    /// - Option (`_NAME:`), MediaTek (`*NAME:`) and Motorola (`MODEM ERROR:`).
    pub fn of_vendor(name: &str) -> Self {
        let is = |known: &str| {
            name.as_bytes()
                .windows(known.len())
                .any(|part| part.eq_ignore_ascii_case(known.as_bytes()))
        };
        if is("altair") {
            Self::altair()
        } else if is("cinterion") || is("siemens") {
            Self::cinterion()
        } else if is("nokia") {
            Self::nokia()
        } else if is("samsung") {
            Self::samsung()
        } else if is("simcom") || is("simtech") {
            Self::simcom()
        } else if is("wavecom") {
            Self::wavecom()
        } else {
            Self::default()
        }
    }

    /// The dialect of Altair: a command line ends in CR LF.
    pub fn altair() -> Self {
        Self { terminator: Cow::Borrowed(b"\r\n"), ..Self::default() }
    }

    /// The dialect of Siemens and Cinterion: a pause of 0.1 s between commands, which the older
    /// models need.
    pub fn cinterion() -> Self {
        Self { gap: Duration::from_millis(100), ..Self::default() }
    }

    /// The dialect of Nokia phones, which are slow to wake: 3 s for a probe.
    pub fn nokia() -> Self {
        let mut dialect = Self::default();
        dialect.resync.probe = Duration::from_secs(3);
        dialect
    }

    /// The dialect of Samsung phones: the error is `NA`.
    pub fn samsung() -> Self {
        Self { failures: Vec::from([Cow::Borrowed("NA")]), ..Self::default() }
    }

    /// The dialect of SIMCom: the answer may follow its OK, within 0.5 s.
    pub fn simcom() -> Self {
        let mut dialect = Self::default();
        dialect.grace.answer = Duration::from_millis(500);
        dialect
    }

    /// The dialect of Wavecom and Sierra Wireless SL: `+CPIN: READY` ends `AT+CPIN?` without an OK.
    pub fn wavecom() -> Self {
        Self { final_names: Vec::from([Cow::Borrowed("+CPIN")]), ..Self::default() }
    }

    pub(crate) fn is_failure(&self, line: &[u8]) -> bool {
        matches(&self.failures, line)
    }

    pub(crate) fn is_success(&self, line: &[u8]) -> bool {
        matches(&self.successes, line)
    }

    pub(crate) fn is_bare_urc(&self, line: &[u8]) -> bool {
        matches(&self.bare_urcs, line)
    }

    pub(crate) fn ends(&self, name: &[u8]) -> bool {
        is_in(&self.final_names, name)
    }

    pub(crate) fn has_data(&self, name: &[u8]) -> bool {
        urc::has_data(name) || self.adds_data(name)
    }

    /// Returns `true` if the dialect gives no line another meaning.
    pub(crate) fn is_plain(&self) -> bool {
        self.failures.is_empty() && self.final_names.is_empty() && self.with_line_ends.is_empty()
    }

    /// Returns `true` for a name of [`with_data`](Self::with_data).
    pub(crate) fn adds_data(&self, name: &[u8]) -> bool {
        is_in(&self.with_data, name)
    }

    /// Spares most lines a search for their name.
    pub(crate) fn may_have_line_ends(&self, line: &[u8]) -> bool {
        line.starts_with(b"+CUSD") || !self.with_line_ends.is_empty()
    }

    pub(crate) fn has_line_ends(&self, name: &[u8]) -> bool {
        urc::has_line_ends(name) || is_in(&self.with_line_ends, name)
    }
}

fn matches(known: &[Cow<'static, str>], line: &[u8]) -> bool {
    known.iter().any(|known| {
        line == known.as_bytes() || (known.ends_with(':') && line.starts_with(known.as_bytes()))
    })
}

fn is_in(known: &[Cow<'static, str>], name: &[u8]) -> bool {
    known.iter().any(|known| known.as_bytes() == name)
}
