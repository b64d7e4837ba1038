//! What differs from modem to modem on the wire.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::time::Duration;

use crate::urc;

/// The oddities of one make of modem: a value, so that a program can learn them at run time.
///
/// [`Dialect::default`] suits a modem that nothing is known of. It takes every line ending (CR LF, CR CR LF,
/// LF, CR), echo or none, every prompt form, errors by number and by words, `COMMAND NOT SUPPORT` and
/// `MODEM ERROR:`, unsolicited lines of any name. The entries here are for what would be wrong to do for all.
///
/// # Examples
///
/// ```
/// use at_proto::Dialect;
///
/// let mut dialect = Dialect::default();
/// dialect.failures.push("NA".into());
/// dialect.bare_urcs.push("SYSSTART".into());
/// assert_ne!(dialect, Dialect::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// Octets that end a command line; a carriage return, and for Altair modems a line feed too.
    pub terminator: Cow<'static, [u8]>,
    /// Octets that may begin a prompt; `>` for all known modems.
    pub prompts: Cow<'static, [u8]>,
    /// Lines that end a command with failure, in addition to the known ones; one that ends in `:` is a beginning.
    pub failures: Vec<Cow<'static, str>>,
    /// Lines that end a command with success, in addition to `OK`.
    pub successes: Vec<Cow<'static, str>>,
    /// Names of information lines that end their command, such as Wavecom's `+CPIN`, which has no OK.
    pub final_names: Vec<Cow<'static, str>>,
    /// Unsolicited lines without a `+NAME`, in addition to the known ones; one that ends in `:` is a beginning.
    pub bare_urcs: Vec<Cow<'static, str>>,
    /// Names of unsolicited lines that a line of data follows, in addition to `+CMT`, `+CDS` and `+CBM`.
    pub with_data: Vec<Cow<'static, str>>,
    /// Names of lines whose quoted text may hold line ends, in addition to `+CUSD`.
    pub with_line_ends: Vec<Cow<'static, str>>,
    /// The pause between a final result and the next command line; slow modems lose what comes at once.
    pub gap: Duration,
    /// How long an answer may come after its OK, and the OK of an answer that some modems leave without one.
    pub grace: Grace,
    /// How long the rest of an unsolicited message may take: its data line or its closing quote.
    pub rest: Duration,
    /// The resynchronisation after a timeout or a cancel.
    pub resync: Resync,
    /// The bounds of what is kept.
    pub limits: Limits,
}

/// How long to wait for what should have come already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grace {
    /// For the answer, after an OK that came first or alone; 0.2 s.
    pub answer: Duration,
    /// For the OK, after `+CPIN: READY`, which some modems send without one; 3 s.
    pub ok: Duration,
}

/// How long the steps of a resynchronisation take at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resync {
    /// For the answer to a probe; 2 s.
    pub probe: Duration,
    /// For silence, where the probe's answer proves nothing; 0.5 s.
    pub quiet: Duration,
    /// For all of it; 8 s.
    pub limit: Duration,
}

/// How much is kept at the most, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Of one line, and of one quoted text with line ends; 4,096.
    pub line: usize,
    /// Of all lines of one answer; 262,144, enough to list 500 messages.
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
            grace: Grace { answer: Duration::from_millis(200), ok: Duration::from_secs(3) },
            rest: Duration::from_secs(2),
            resync: Resync {
                probe: Duration::from_secs(2),
                quiet: Duration::from_millis(500),
                limit: Duration::from_secs(8),
            },
            limits: Limits { line: 4_096, answer: 262_144 },
        }
    }
}

impl Dialect {
    /// For a microcontroller: 1 KiB a line, 4 KiB an answer.
    ///
    /// An answer of 4 KiB holds eleven messages; read them one by one (`+CMGR`) rather than list them.
    pub fn small() -> Self {
        Self { limits: Limits { line: 1_024, answer: 4_096 }, ..Self::default() }
    }

    /// The dialect of a maker, by what it answers to `AT+CGMI`; the default for all that it suits.
    ///
    /// It suits Huawei (`^NAME:` lines at any time, `COMMAND NOT SUPPORT`), Quectel, u-blox, ZTE, Telit, Fibocom,
    /// Option (`_NAME:`), MediaTek (`*NAME:`) and Motorola (`MODEM ERROR:`) among others.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::Dialect;
    ///
    /// assert_eq!(Dialect::of_vendor("Cinterion"), Dialect::cinterion());
    /// assert_eq!(Dialect::of_vendor("huawei"), Dialect::default());
    /// ```
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

    /// Altair: a command line ends in CR LF.
    pub fn altair() -> Self {
        Self { terminator: Cow::Borrowed(b"\r\n"), ..Self::default() }
    }

    /// Siemens and Cinterion: a pause of 0.1 s between commands, which the older ones need.
    pub fn cinterion() -> Self {
        Self { gap: Duration::from_millis(100), ..Self::default() }
    }

    /// Nokia phones: slow to wake.
    pub fn nokia() -> Self {
        let mut dialect = Self::default();
        dialect.resync.probe = Duration::from_secs(3);
        dialect
    }

    /// Samsung phones: the error is `NA`.
    pub fn samsung() -> Self {
        Self { failures: Vec::from([Cow::Borrowed("NA")]), ..Self::default() }
    }

    /// SIMCom: answers that come behind their OK.
    pub fn simcom() -> Self {
        let mut dialect = Self::default();
        dialect.grace.answer = Duration::from_millis(500);
        dialect
    }

    /// Wavecom and Sierra Wireless SL: `+CPIN: READY` ends `AT+CPIN?`, no OK follows.
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
        urc::has_data(name) || is_in(&self.with_data, name)
    }

    /// Spares most lines a look for their name.
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
