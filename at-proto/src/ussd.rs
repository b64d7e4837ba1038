//! USSD: dialogues with the network by `+CUSD`, 3GPP TS 27.007, 7.15.

use alloc::vec::Vec;

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameters};
use crate::request::{Request, push_decimal};
use crate::wire::WireString;

/// `AT+CUSD=1,"..."[,<dcs>]`: begins a dialogue, or answers the network's question.
///
/// The network answers with a [`Reply`], before or after the OK.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, ussd::SendUssd};
///
/// let balance = SendUssd { text: "*100#".try_into()?, coding: Some(15) };
/// assert_eq!(balance.request().line(), b"AT+CUSD=1,\"*100#\",15");
/// # Ok::<(), at_proto::Refused>(())
/// ```
#[doc(alias = "CUSD")]
#[doc(alias = "+CUSD")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendUssd {
    /// The text, in the coding that the modem wants.
    pub text: WireString,
    /// The data coding scheme, 3GPP TS 23.038, 5; usually 15.
    pub coding: Option<u8>,
}

impl Command for SendUssd {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = b"AT+CUSD=1,\"".to_vec();
        line.extend_from_slice(self.text.as_bytes());
        line.push(b'"');
        if let Some(coding) = self.coding {
            line.push(b',');
            push_decimal(&mut line, coding.into());
        }
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CUSD=<n>` without a text: turns the presentation of replies on or off, or ends the dialogue.
#[doc(alias = "CUSD")]
#[doc(alias = "+CUSD")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetPresentation {
    /// `0`: replies are not presented.
    Off,
    /// `1`: replies are presented.
    On,
    /// `2`: ends the dialogue; some modems always refuse.
    Cancel,
}

impl Command for SetPresentation {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self {
            Self::Off => "AT+CUSD=0",
            Self::On => "AT+CUSD=1",
            Self::Cancel => "AT+CUSD=2",
        })
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CUSD?`: returns `true` if replies are presented.
#[doc(alias = "CUSD")]
#[doc(alias = "+CUSD")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPresentation;

impl Command for ReadPresentation {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built("AT+CUSD?")
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CUSD")?.number::<u8>("n")? == 1)
    }
}

/// `AT+CUSD=?`: reads the supported values of `<n>`.
#[doc(alias = "CUSD")]
#[doc(alias = "+CUSD")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestPresentation;

impl Command for TestPresentation {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CUSD=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CUSD")?.rest()))
    }
}

number_space! {
    /// The network's request in a reply, `<m>`.
    Wanted(pub u8) {
        /// Nothing: the dialogue is over.
        NOTHING = 0,
        /// An answer.
        ANSWER = 1,
        /// The network ended the dialogue.
        ENDED = 2,
        /// Another client answered.
        OTHER_CLIENT = 3,
        /// The network does not support the code.
        NOT_SUPPORTED = 4,
        /// The network did not answer.
        NETWORK_TIMEOUT = 5,
    }
}

impl Wanted {
    /// The standard's words.
    pub const fn description(self) -> &'static str {
        match self.0 {
            0 => "no further user action required",
            1 => "further user action required",
            2 => "terminated by the network",
            3 => "another local client has responded",
            4 => "operation not supported",
            5 => "network time out",
            _ => "reserved",
        }
    }
}

/// A reply of the network: `+CUSD: <m>[,<str>[,<dcs>]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The network's request: nothing, or an answer.
    pub wanted: Wanted,
    /// The text as it came, including line ends; its coding depends on modem and network. `None` if
    /// the reply has no text.
    pub text: Option<Vec<u8>>,
    /// The data coding scheme, which is only a hint. `None` if the reply has none.
    pub coding: Option<u8>,
}

impl Reply {
    /// A reply with these fields, for tests.
    pub const fn new(wanted: Wanted, text: Option<Vec<u8>>, coding: Option<u8>) -> Self {
        Self { wanted, text, coding }
    }

    pub(crate) fn of(mut parameters: Parameters<'_>) -> Result<Self, ParseError> {
        let wanted = Wanted(parameters.number("m")?);
        // A text may contain quotes: it ends at the last quote that at most <dcs> follows.
        let quoted = parameters.rest().strip_prefix(b"\"");
        let mut parts = quoted.unwrap_or_default().rsplitn(2, |&byte| byte == b'"');
        let (text, mut tail) = match (quoted, parts.next(), parts.next()) {
            (Some(inner), Some(after), Some(text)) if is_coding(after) => {
                (Some(text), Parameters::after(inner, after))
            }
            (Some(inner), ..) => (Some(inner), Parameters::after(&[], &[])),
            (None, ..) => (parameters.optional_text(), parameters),
        };
        if quoted.is_some() {
            tail.next();
        }
        // An unreadable coding does not lose the text.
        let coding = tail.optional_number("dcs").unwrap_or_default();
        Ok(Self { wanted, text: text.map(<[u8]>::to_vec), coding })
    }
}

/// Returns `true` for an empty text, or a comma and a number.
fn is_coding(text: &[u8]) -> bool {
    let number = text.trim_ascii();
    number.is_empty()
        || number
            .strip_prefix(b",")
            .is_some_and(|number| number.trim_ascii().iter().all(u8::is_ascii_digit))
}
