//! Final result codes, ITU-T V.250, 5.7.1, 3GPP TS 27.007, 9.2, 3GPP TS 27.005, 3.2.5.

use crate::dialect::Dialect;
use crate::error::{CmeError, CmsError};
use crate::parameters::Parameter;

/// A final result that reports a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinalError {
    /// `ERROR`: no reason is known.
    Error,
    /// `+CME ERROR`; `None` if neither its number nor its words are known.
    Cme(Option<CmeError>),
    /// `+CMS ERROR`; `None` if neither its number nor its words are known.
    Cms(Option<CmsError>),
    /// `NO CARRIER`: the call ended.
    NoCarrier,
    /// `BUSY`: the called party is busy.
    Busy,
    /// `NO ANSWER`: the called party does not answer.
    NoAnswer,
    /// `NO DIALTONE`: there is no dial tone.
    NoDialtone,
    /// `ABORTED`: the command was aborted.
    Aborted,
    /// A vendor's own words, such as `COMMAND NOT SUPPORT`.
    Vendor,
}

impl FinalError {
    /// Reads a final result that reports a failure; `None` for any other line.
    ///
    /// The engine does this for the command in flight. Use it to explain a result that came without
    /// a command.
    pub fn parse(line: &[u8]) -> Option<Self> {
        match Final::of(line.trim_ascii(), &Dialect::default())? {
            Final::Failure(error) | Final::CallEnded(error) => Some(error),
            Final::Success | Final::Connected => None,
        }
    }

    /// The meaning of the result; `None` if only the modem's own words explain it.
    pub fn description(self) -> Option<&'static str> {
        match self {
            Self::Error => Some("the modem refused the command and gave no reason"),
            Self::Cme(code) => code.and_then(CmeError::description),
            Self::Cms(code) => code.and_then(CmsError::description),
            Self::NoCarrier => Some("the call ended or was never connected"),
            Self::Busy => Some("the called party is busy"),
            Self::NoAnswer => Some("the called party does not answer"),
            Self::NoDialtone => Some("there is no dial tone"),
            Self::Aborted => Some("the command was aborted"),
            Self::Vendor => None,
        }
    }

    /// Returns `true` if the same command may succeed later without any change.
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::Cme(Some(code)) => code.is_temporary(),
            Self::Cms(Some(code)) => code.is_temporary(),
            Self::Busy | Self::NoAnswer => true,
            _ => false,
        }
    }
}

/// The meaning of a final result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Final {
    Success,
    Failure(FinalError),
    /// Ends a call command with success; for any other command it is not a final result.
    Connected,
    /// Ends a call command with failure; unsolicited when a call ends.
    CallEnded(FinalError),
}

impl Final {
    /// Reads a whole line, without the spaces at its ends.
    pub(crate) fn of(line: &[u8], dialect: &Dialect) -> Option<Self> {
        // The first byte spares most lines the comparisons.
        let found = match line.first()? {
            b'O' if line == b"OK" => Self::Success,
            b'E' if line == b"ERROR" => Self::Failure(FinalError::Error),
            b'+' => match (line.strip_prefix(b"+CM"), dialect) {
                (Some([b'E', rest @ ..]), _) => {
                    let words = after_error(rest)?;
                    let code = number(words).map(CmeError);
                    let code = code.or_else(|| CmeError::from_words(words));
                    Self::Failure(FinalError::Cme(code))
                }
                (Some([b'S', rest @ ..]), _) => {
                    let words = after_error(rest)?;
                    let code = number(words).map(CmsError);
                    let code = code.or_else(|| CmsError::from_words(words));
                    Self::Failure(FinalError::Cms(code))
                }
                _ => {
                    return dialect.is_failure(line).then_some(Self::Failure(FinalError::Vendor));
                }
            },
            b'C' if is_connect(line) => Self::Connected,
            b'M' if line.starts_with(b"MODEM ERROR:") => Self::Failure(FinalError::Vendor),
            first => {
                let words = if first.is_ascii_uppercase() { WORDS } else { &[] };
                match words.iter().find(|(word, _)| *word == line) {
                    Some((_, found)) => *found,
                    None if dialect.is_failure(line) => Self::Failure(FinalError::Vendor),
                    None if dialect.is_success(line) => Self::Success,
                    None => return None,
                }
            }
        };
        Some(found)
    }
}

/// The text after `+CME ERROR` or `+CMS ERROR`: usually a colon, then a number, words, or nothing.
/// The final results of fixed words, but for the most frequent ones.
const WORDS: &[(&[u8], Final)] = &[
    (b"VOICE", Final::Connected),
    (b"NO CARRIER", Final::CallEnded(FinalError::NoCarrier)),
    (b"NO ANSWER", Final::CallEnded(FinalError::NoAnswer)),
    (b"NO DIALTONE", Final::CallEnded(FinalError::NoDialtone)),
    (b"NO DIAL TONE", Final::CallEnded(FinalError::NoDialtone)),
    (b"BUSY", Final::CallEnded(FinalError::Busy)),
    (b"DELAYED", Final::CallEnded(FinalError::Vendor)),
    (b"BLACKLISTED", Final::CallEnded(FinalError::Vendor)),
    (b"ABORTED", Final::Failure(FinalError::Aborted)),
    (b"COMMAND NOT SUPPORT", Final::Failure(FinalError::Vendor)),
    (b"TOO MANY PARAMETERS", Final::Failure(FinalError::Vendor)),
];

fn after_error(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b" ERROR")?;
    match rest {
        [] => Some(rest),
        [b':' | b' ', rest @ ..] => Some(rest.trim_ascii()),
        _ => None,
    }
}

/// Returns `true` for `CONNECT`, alone or with a speed or a protocol: `CONNECT 9600`, `CONNECT:
/// 57600`.
fn is_connect(line: &[u8]) -> bool {
    line.strip_prefix(b"CONNECT").is_some_and(|text| matches!(text, [] | [b' ' | b':', ..]))
}

fn number(words: &[u8]) -> Option<u16> {
    if words.len() > 5 || !words.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Parameter::Bare(words).number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_result_is_a_whole_line() {
        use Final::*;
        let dialect = Dialect::default();
        for (line, expected) in [
            ("OK", Some(Success)),
            ("ERROR", Some(Failure(FinalError::Error))),
            ("+CME ERROR: 10", Some(Failure(FinalError::Cme(Some(CmeError(10)))))),
            ("+CME ERROR: SIM busy", Some(Failure(FinalError::Cme(Some(CmeError(14)))))),
            ("+CME ERROR: ", Some(Failure(FinalError::Cme(None)))),
            ("+CME ERROR:", Some(Failure(FinalError::Cme(None)))),
            ("+CME ERROR", Some(Failure(FinalError::Cme(None)))),
            ("+CMS ERROR:538", Some(Failure(FinalError::Cms(Some(CmsError(538)))))),
            ("+CMS ERROR: bananas", Some(Failure(FinalError::Cms(None)))),
            ("+CMS ERROR: 99999999999", Some(Failure(FinalError::Cms(None)))),
            ("+CMS ERROR: 65536", Some(Failure(FinalError::Cms(None)))),
            ("+CMS ERROR: 65535", Some(Failure(FinalError::Cms(Some(CmsError(65535)))))),
            ("+CMS ERROR: 000038", Some(Failure(FinalError::Cms(None)))),
            ("MODEM ERROR: 5", Some(Failure(FinalError::Vendor))),
            ("COMMAND NOT SUPPORT", Some(Failure(FinalError::Vendor))),
            ("TOO MANY PARAMETERS", Some(Failure(FinalError::Vendor))),
            ("CONNECT", Some(Connected)),
            ("CONNECT 9600", Some(Connected)),
            ("CONNECT: 57600", Some(Connected)),
            ("VOICE", Some(Connected)),
            ("NO CARRIER", Some(CallEnded(FinalError::NoCarrier))),
            ("NO ANSWER", Some(CallEnded(FinalError::NoAnswer))),
            ("NO DIALTONE", Some(CallEnded(FinalError::NoDialtone))),
            ("NO DIAL TONE", Some(CallEnded(FinalError::NoDialtone))),
            ("BUSY", Some(CallEnded(FinalError::Busy))),
            ("DELAYED", Some(CallEnded(FinalError::Vendor))),
            ("BLACKLISTED", Some(CallEnded(FinalError::Vendor))),
            ("ABORTED", Some(Failure(FinalError::Aborted))),
            ("ERROR in your bill", None),
            ("OKAY", None),
            ("OK?", None),
            ("BUSY now", None),
            ("+CMEE: 1", None),
            ("+CME ERRORS: 1", None),
            ("+CMS", None),
            ("CONNECTED", None),
            ("VOICE MAIL", None),
            ("NO", None),
            ("NO ANSWER YET", None),
            ("BLACK", None),
            ("DIALLING", None),
            ("ABORT", None),
            ("TOO MANY", None),
            ("MODEM", None),
            ("", None),
        ] {
            assert_eq!(Final::of(line.as_bytes(), &dialect), expected, "{line}");
        }
    }

    #[test]
    fn the_words_of_an_error_are_recognised_with_octets_between_them_that_are_not_utf_8() {
        let line = b"+CME ERROR: SIM\xFF busy\x80";
        let busy = Final::Failure(FinalError::Cme(Some(CmeError(14))));
        assert_eq!(Final::of(line, &Dialect::default()), Some(busy));
    }

    #[test]
    fn a_dialect_adds_results_of_its_own() {
        let mut dialect = Dialect::default();
        dialect.successes.push("SEND OK".into());
        dialect.failures.push("NA".into());
        dialect.failures.push("FAIL:".into());
        for (line, expected) in [
            ("SEND OK", Some(Final::Success)),
            ("NA", Some(Final::Failure(FinalError::Vendor))),
            ("FAIL: 7", Some(Final::Failure(FinalError::Vendor))),
            ("NAME", None),
            ("SEND OK now", None),
            ("FAIL", None),
            ("text:", None),
        ] {
            assert_eq!(Final::of(line.as_bytes(), &dialect), expected, "{line}");
        }
    }

    /// 3GPP TS 27.005, 3.2.5, TS 27.007, 9.2, and TS 24.011, E.2.
    #[test]
    fn an_error_says_what_it_means_and_whether_it_passes() {
        for (line, words, is_temporary) in [
            ("ERROR", Some("the modem refused the command and gave no reason"), false),
            ("+CME ERROR: 14", Some("SIM busy"), true),
            ("+CME ERROR: 10", Some("SIM not inserted"), false),
            ("+CME ERROR: 60000", None, false),
            ("+CME ERROR", None, false),
            ("+CMS ERROR: 314", Some("(U)SIM busy"), true),
            ("+CMS ERROR: 310", Some("(U)SIM not inserted"), false),
            ("+CMS ERROR: x", None, false),
            ("NO CARRIER", Some("the call ended or was never connected"), false),
            ("BUSY", Some("the called party is busy"), true),
            ("NO ANSWER", Some("the called party does not answer"), true),
            ("NO DIALTONE", Some("there is no dial tone"), false),
            ("ABORTED", Some("the command was aborted"), false),
            ("COMMAND NOT SUPPORT", None, false),
        ] {
            let error = FinalError::parse(line.as_bytes()).unwrap();
            assert_eq!(
                (error.description(), error.is_temporary()),
                (words, is_temporary),
                "{line}"
            );
        }
        for line in ["OK", "CONNECT", "+CSQ: 20,99", ""] {
            assert_eq!(FinalError::parse(line.as_bytes()), None, "{line}");
        }
    }
}
