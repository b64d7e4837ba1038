//! The acts of the outside world, as lines of text.

use alloc::string::{String, ToString};
use core::str::FromStr;

use crate::fault::Fault;
use crate::network::{Menu, Subscriber};

/// An act of the network, a subscriber or the user's hand.
///
/// The text form is a word and its arguments. Numbers have no spaces. A text runs to the end of the
/// line, in which `\n`, `\r`, `\t`, `\\` and `\u{1F600}` stand for characters that cannot be typed.
///
/// | Verb | Effect |
/// |---|---|
/// | `deliver FROM TEXT` | a message arrives, in parts if it is long |
/// | `deliver-reversed FROM TEXT` | a message arrives, the last part first |
/// | `pdu HEX` | a TPDU arrives |
/// | `report [REFERENCE STATUS]` | a status report arrives: for the last message delivered, or for this one |
/// | `subscriber NUMBER KIND` | `reachable`, `unreachable`, `expired`, `lost`, `unconfirmed`, `echo`, or `rejected CAUSE` |
/// | `reference N` | the next message gets this reference |
/// | `ussd TEXT` | the network sends a USSD string |
/// | `service CODE TEXT` | a USSD service that answers with this text |
/// | `ring FROM` | a call comes in |
/// | `hang-up` | the other side ends the call |
/// | `register N` | the registration becomes this `<stat>` |
/// | `signal N` | the signal becomes this `<rssi>` |
/// | `full` | the memory for new messages is filled up |
/// | `broadcast ID TEXT` | a cell broadcast arrives |
/// | `pin PIN` | the card requires this PIN |
/// | `reset` | the modem loses power for a moment |
/// | `disconnect` | the link breaks |
/// | `close-mux` | the modem ends the multiplexer by itself |
/// | `fault FAULT...` | a fault is added, see [`Fault`] |
/// | `fault off` | all faults end |
///
/// # Examples
/// ```
/// use modem_simulator::Verb;
/// assert_eq!("ring +49123".parse(), Ok(Verb::Ring { from: "+49123".into() }));
/// let error = "dance".parse::<Verb>().unwrap_err();
/// assert_eq!(error.to_string(), "the word `dance` is unknown");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// A message arrives.
    Deliver {
        /// The sender: a number, or a name of at most 11 characters.
        from: String,
        /// The text, of any length.
        text: String,
        /// `true` if the last part arrives first.
        reversed: bool,
    },
    /// A TPDU arrives unchanged.
    Pdu(
        /// The SMS-DELIVER or SMS-STATUS-REPORT.
        alloc::vec::Vec<u8>,
    ),
    /// A status report arrives.
    Report {
        /// The reference of the message and its TP-ST; the last message and 0 (received) if absent.
        of: Option<(u8, u8)>,
    },
    /// A subscriber changes its behaviour.
    Subscriber {
        /// The subscriber's number.
        number: String,
        /// The new behaviour.
        subscriber: Subscriber,
    },
    /// The next message gets this reference.
    Reference(
        /// The reference, TP-MR.
        u8,
    ),
    /// The network sends a USSD string.
    Ussd {
        /// The string.
        text: String,
    },
    /// A USSD service is set.
    Service {
        /// The code to dial: `*100#`.
        code: String,
        /// The answer.
        menu: Menu,
    },
    /// A call comes in.
    Ring {
        /// The caller's number.
        from: String,
    },
    /// The other side ends the call.
    HangUp,
    /// The registration changes.
    Register(
        /// The `<stat>` of `+CREG`: 0 to 11.
        u8,
    ),
    /// The signal changes.
    Signal(
        /// The `<rssi>` of `+CSQ`: 0 to 31, or 99.
        u8,
    ),
    /// The memory for new messages is filled up.
    Full,
    /// A cell broadcast arrives.
    Broadcast {
        /// The message identifier.
        channel: u16,
        /// The text, of any length.
        text: String,
    },
    /// The card requires a PIN.
    Pin(
        /// The PIN: 4 to 8 digits.
        String,
    ),
    /// The modem loses power for a moment.
    Reset,
    /// The link breaks.
    Disconnect,
    /// The modem ends the multiplexer by itself.
    CloseMux,
    /// A fault is added.
    Fault(
        /// The fault.
        Fault,
    ),
    /// All faults end.
    FaultsOff,
}

/// The reason why a line is not a verb, or a verb cannot be performed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerbError {
    /// An unknown word.
    #[error("the word `{0}` is unknown")]
    Unknown(
        /// The word.
        String,
    ),
    /// A missing argument.
    #[error("{0} is missing")]
    Missing(
        /// The argument.
        &'static str,
    ),
    /// A word that is not a number, or out of range.
    #[error("`{0}` is not a number in range")]
    Number(
        /// The word.
        String,
    ),
    /// A word that is not an even number of hexadecimal digits.
    #[error("`{0}` is not hexadecimal")]
    Hex(
        /// The word.
        String,
    ),
    /// A word that is not an address.
    #[error("`{0}` is neither a number nor a name of at most 11 characters")]
    Address(
        /// The word.
        String,
    ),
    /// An invalid escape sequence.
    #[error("`{0}` has a backslash that is not part of \\n, \\r, \\t, \\\\ or \\u{{...}}")]
    Escape(
        /// The text.
        String,
    ),
    /// A text of more than 255 parts.
    #[error("the text does not fit into 255 parts: shorten it")]
    TooLong,
    /// No such message was sent.
    #[error("no message requested a status report: send one that does")]
    NothingSent,
}

impl FromStr for Verb {
    type Err = VerbError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let (word, rest) = split(line.trim());
        let needed = |what| {
            if rest.is_empty() { Err(VerbError::Missing(what)) } else { Ok(rest) }
        };
        Ok(match word {
            "deliver" | "deliver-reversed" => {
                let (from, text) = split(needed("the sender")?);
                Self::Deliver {
                    from: from.to_string(),
                    text: unescape(text)?,
                    reversed: word == "deliver-reversed",
                }
            }
            "pdu" => Self::Pdu(unhex(needed("a TPDU")?)?),
            "report" if rest.is_empty() => Self::Report { of: None },
            "report" => {
                let (reference, status) = split(rest);
                Self::Report { of: Some((number(reference)?, number(status)?)) }
            }
            "subscriber" => {
                let (number, kind) = split(needed("a number")?);
                Self::Subscriber { number: number.to_string(), subscriber: kind.parse()? }
            }
            "reference" => Self::Reference(number(rest)?),
            "ussd" => Self::Ussd { text: unescape(rest)? },
            "service" => {
                let (code, text) = split(needed("a code")?);
                Self::Service { code: code.to_string(), menu: Menu::new(&unescape(text)?) }
            }
            "ring" => Self::Ring { from: needed("a number")?.to_string() },
            "hang-up" => Self::HangUp,
            "register" => Self::Register(ranged(rest, 0..=11)?),
            "signal" => Self::Signal(ranged(rest, 0..=99)?),
            "full" => Self::Full,
            "broadcast" => {
                let (channel, text) = split(needed("a channel")?);
                Self::Broadcast { channel: number(channel)?, text: unescape(text)? }
            }
            "pin" => Self::Pin(needed("a PIN")?.to_string()),
            "reset" => Self::Reset,
            "disconnect" => Self::Disconnect,
            "close-mux" => Self::CloseMux,
            "fault" if rest == "off" => Self::FaultsOff,
            "fault" => Self::Fault(rest.parse()?),
            "" => return Err(VerbError::Missing("a verb")),
            _ => return Err(VerbError::Unknown(word.to_string())),
        })
    }
}

impl FromStr for Subscriber {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match split(text) {
            ("reachable", "") => Self::Reachable,
            ("unreachable", "") => Self::Unreachable,
            ("expired", "") => Self::Expired,
            ("lost", "") => Self::Lost,
            ("unconfirmed", "") => Self::Unconfirmed,
            ("echo", "") => Self::Echo,
            ("rejected", cause) => Self::Rejected(number(cause)?),
            _ => return Err(VerbError::Unknown(text.to_string())),
        })
    }
}

fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn number<T: FromStr>(word: &str) -> Result<T, VerbError> {
    word.parse().ok().ok_or_else(|| VerbError::Number(word.to_string()))
}

fn ranged(word: &str, range: core::ops::RangeInclusive<u8>) -> Result<u8, VerbError> {
    number(word).and_then(|value| {
        if range.contains(&value) { Ok(value) } else { Err(VerbError::Number(word.to_string())) }
    })
}

/// The octets of pairs of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Result<alloc::vec::Vec<u8>, VerbError> {
    let error = || VerbError::Hex(text.to_string());
    if text.len() % 2 != 0 {
        return Err(error());
    }
    let pairs = text.as_bytes().chunks_exact(2);
    let digit =
        |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect::<Option<_>>()
        .ok_or_else(error)
}

fn unescape(text: &str) -> Result<String, VerbError> {
    let error = || VerbError::Escape(text.to_string());
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match characters.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('\\') => '\\',
            Some('u') => {
                let (code, rest) = characters
                    .as_str()
                    .strip_prefix('{')
                    .and_then(|rest| rest.split_once('}'))
                    .ok_or_else(error)?;
                characters = rest.chars();
                u32::from_str_radix(code, 16).ok().and_then(char::from_u32).ok_or_else(error)?
            }
            _ => return Err(error()),
        });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_runs_to_the_end_of_the_line() {
        let deliver = |text: &str| Verb::Deliver {
            from: "+49123".into(),
            text: text.into(),
            reversed: false,
        };
        assert_eq!("deliver +49123 Hello  there".parse(), Ok(deliver("Hello  there")));
        assert_eq!(r"deliver +49123 a\nb\\c \u{1F600}".parse(), Ok(deliver("a\nb\\c \u{1f600}")));
        assert_eq!("deliver +49123".parse(), Ok(deliver("")));
    }

    #[test]
    fn an_error_names_the_wrong_word() {
        let says = |line: &str| line.parse::<Verb>().unwrap_err().to_string();
        assert_eq!(says("deliver"), "the sender is missing");
        assert_eq!(says("register 12"), "`12` is not a number in range");
        assert_eq!(says("pdu 0"), "`0` is not hexadecimal");
        assert_eq!(says("pdu äö"), "`äö` is not hexadecimal");
        assert_eq!(says("subscriber +1 asleep"), "the word `asleep` is unknown");
        assert_eq!(
            says(r"deliver +1 \x"),
            r"`\x` has a backslash that is not part of \n, \r, \t, \\ or \u{...}"
        );
        assert_eq!(says(""), "a verb is missing");
    }
}
