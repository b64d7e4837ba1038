//! `+CUSD`: dialogues with the network, 3GPP TS 27.007, 7.15.

use alloc::format;
use alloc::vec::Vec;

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameters};
use crate::request::Request;
use crate::wire::WireString;

/// `AT+CUSD=1,"..."[,<dcs>]`: begins a dialogue, or answers the network's question.
///
/// The network's reply is a [`Reply`], before or after the OK.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, ussd::Start};
///
/// let start = Start { text: "*100#".try_into()?, coding: Some(15) };
/// assert_eq!(start.request().line(), b"AT+CUSD=1,\"*100#\",15");
/// # Ok::<(), at_proto::Refused>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What to send, in the coding that the modem wants.
    pub text: WireString,
    /// The data coding scheme, 3GPP TS 23.038, 5; 15 as a rule.
    pub coding: Option<u8>,
}

impl Command for Start {
    type Output = ();

    fn request(&self) -> Request {
        let mut line = b"AT+CUSD=1,\"".to_vec();
        line.extend_from_slice(self.text.as_bytes());
        line.push(b'"');
        if let Some(coding) = self.coding {
            line.extend_from_slice(format!(",{coding}").as_bytes());
        }
        Request::built(line)
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CUSD=<n>` without a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetReports {
    /// `0`: replies are not shown.
    Off,
    /// `1`: replies are shown.
    On,
    /// `2`: ends the dialogue; some modems refuse this always.
    Cancel,
}

impl Command for SetReports {
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

/// `AT+CUSD?`: whether replies are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadReports;

impl Command for ReadReports {
    type Output = bool;

    fn request(&self) -> Request {
        Request::built("AT+CUSD?")
    }

    fn parse(&self, response: &Response) -> Result<bool, ParseError> {
        Ok(line_of(response, "+CUSD")?.number::<u8>("n")? == 1)
    }
}

/// `AT+CUSD=?`: what `<n>` can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestReports;

impl Command for TestReports {
    type Output = NumberSet;

    fn request(&self) -> Request {
        Request::built("AT+CUSD=?")
    }

    fn parse(&self, response: &Response) -> Result<NumberSet, ParseError> {
        Ok(NumberSet::parse(line_of(response, "+CUSD")?.rest()))
    }
}

number_space! {
    /// `<m>`: what the network wants.
    Wanted(pub u8) {
        /// Nothing more: the dialogue is over.
        NOTHING = 0,
        /// An answer.
        ANSWER = 1,
        /// The network ended the dialogue.
        ENDED = 2,
        /// Another client answered.
        OTHER_CLIENT = 3,
        /// The network does not support it.
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

/// `+CUSD: <m>[,<str>[,<dcs>]]`: what the network says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it wants.
    pub wanted: Wanted,
    /// The text as it came, line ends included; its coding is a matter of modem and network. `None` if there is none.
    pub text: Option<Vec<u8>>,
    /// The data coding scheme, a hint only. `None` if there is none.
    pub coding: Option<u8>,
}

impl Reply {
    pub(crate) fn of(mut parameters: Parameters<'_>) -> Result<Self, ParseError> {
        let wanted = Wanted(parameters.number("m")?);
        // A text may have quotes of its own: it ends at the last one that nothing but <dcs> follows.
        let quoted = parameters.rest().strip_prefix(b"\"");
        let end = quoted.and_then(|inner| inner.iter().rposition(|&octet| octet == b'"'));
        let (text, mut behind) = match (quoted, end) {
            (Some(inner), Some(end)) if is_coding(&inner[end + 1..]) => {
                (Some(&inner[..end]), Parameters::behind(inner, &inner[end + 1..]))
            }
            (Some(inner), _) => (Some(inner), Parameters::behind(&[], &[])),
            (None, _) => (parameters.optional_text(), parameters),
        };
        if quoted.is_some() {
            behind.next();
        }
        // One that is unreadable is no reason to lose the text.
        let coding = behind.optional_number("dcs").unwrap_or_default();
        Ok(Self { wanted, text: text.map(<[u8]>::to_vec), coding })
    }
}

/// Whether this is nothing, or a comma and a number.
fn is_coding(behind: &[u8]) -> bool {
    let number = behind.trim_ascii();
    number.is_empty()
        || number
            .strip_prefix(b",")
            .is_some_and(|number| number.trim_ascii().iter().all(u8::is_ascii_digit))
}
