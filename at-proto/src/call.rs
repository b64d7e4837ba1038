//! Voice calls: caller, answer, hang-up, 3GPP TS 27.007, 6.5, 6.11, 7.6 and 7.18, ITU-T V.250, 6.3.

use alloc::vec::Vec;

use crate::command::{Command, ParseError, lines_of, whole};
use crate::event::Response;
use crate::parameters::Parameters;
use crate::request::{Refused, Request};

/// The other party of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Caller {
    /// The number, in the modem's character set; empty if it is withheld.
    pub number: Vec<u8>,
    /// The type of address; 145 with a leading `+`.
    pub kind: Option<u8>,
}

impl Caller {
    /// A caller with these fields, for tests.
    pub const fn new(number: Vec<u8>, kind: Option<u8>) -> Self {
        Self { number, kind }
    }

    pub(crate) fn of(mut parameters: Parameters<'_>) -> Self {
        let number = parameters.optional_text().unwrap_or_default().to_vec();
        Self { number, kind: parameters.any_number() }
    }
}

/// `AT+CLIP=<n>`: turns the caller's number after each ring on or off.
#[doc(alias = "CLIP")]
#[doc(alias = "+CLIP")]
#[doc(alias = "caller ID")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetCallerId(pub bool);

impl Command for SetCallerId {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CLIP=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CRC=<mode>`: turns the type of the call in each ring (`+CRING`) on or off.
#[doc(alias = "CRC")]
#[doc(alias = "+CRC")]
#[doc(alias = "CRING")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetRingType(pub bool);

impl Command for SetRingType {
    type Output = ();

    fn request(&self) -> Request {
        Request::numbers("AT+CRC=", &[self.0.into()])
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// A call in the list of `+CLCC`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The call's number in the list.
    pub id: u8,
    /// `true` for an incoming call, `false` for an outgoing one.
    pub incoming: bool,
    /// The state: 0 active, 1 held, 2 dialling, 3 alerting, 4 incoming, 5 waiting.
    pub state: u8,
    /// The mode: 0 voice, 1 data, 2 fax, 9 unknown.
    pub mode: u8,
    /// The other party, if known.
    pub peer: Option<Caller>,
}

impl Call {
    /// A call with these fields, for tests.
    pub const fn new(id: u8, incoming: bool, state: u8, mode: u8, peer: Option<Caller>) -> Self {
        Self { id, incoming, state, mode, peer }
    }
}

/// `AT+CLCC`: lists the current calls.
#[doc(alias = "CLCC")]
#[doc(alias = "+CLCC")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCalls;

impl Command for ListCalls {
    type Output = Vec<Call>;

    fn request(&self) -> Request {
        Request::built("AT+CLCC")
    }

    fn parse(&self, response: &Response) -> Result<Vec<Call>, ParseError> {
        whole(response)?;
        // A call that cannot be read does not hide the others.
        let call = |mut parameters: Parameters<'_>| {
            let id = parameters.any_number()?;
            let incoming = parameters.any_number::<u8>()? == 1;
            let state = parameters.any_number()?;
            let mode = parameters.any_number().unwrap_or(9);
            parameters.next();
            let peer = (!parameters.rest().is_empty()).then(|| Caller::of(parameters));
            Some(Call { id, incoming, state, mode, peer })
        };
        Ok(lines_of(response, "+CLCC").filter_map(call).collect())
    }
}

/// `ATD<number>;`: sets up a voice call.
///
/// Some modems answer OK immediately, others when the call is answered.
#[doc(alias = "ATD")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial(Vec<u8>);

impl Dial {
    /// Takes digits, `*`, `#`, `A` to `D`, and a leading `+`.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for any other character.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::{Command, call::Dial};
    ///
    /// assert_eq!(Dial::new("+37120000000")?.request().line(), b"ATD+37120000000;");
    /// assert!(Dial::new("1;+CMGD=1,4").is_err());
    /// # Ok::<(), at_proto::Refused>(())
    /// ```
    pub fn new(number: &str) -> Result<Self, Refused> {
        Refused::check(number.as_bytes(), |at, byte| match byte {
            b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D' => true,
            b'+' => at == 0,
            _ => false,
        })?;
        Ok(Self(number.as_bytes().to_vec()))
    }
}

impl Command for Dial {
    type Output = ();

    fn request(&self) -> Request {
        Request::built([b"ATD", self.0.as_slice(), b";"].concat())
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `ATA`: answers an incoming call.
#[doc(alias = "ATA")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer;

impl Command for Answer {
    type Output = ();

    fn request(&self) -> Request {
        Request::built("ATA")
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CHUP` or `ATH`: hangs up.
#[doc(alias = "CHUP")]
#[doc(alias = "+CHUP")]
#[doc(alias = "ATH")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HangUp {
    /// `AT+CHUP`.
    Cellular,
    /// `ATH`, for modems that do not know `AT+CHUP`.
    Plain,
}

impl Command for HangUp {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self {
            Self::Cellular => "AT+CHUP",
            Self::Plain => "ATH",
        })
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_listed_with_and_without_a_number() {
        let calls = ListCalls
            .parse(&Response::ok([
                "+CLCC: 1,1,4,0,0,\"+37120000000\",145,\"\"",
                "+CLCC: 2,0,0,0,0",
            ]))
            .unwrap();
        assert_eq!(calls[0].peer.as_ref().unwrap().number, b"+37120000000");
        assert!(calls[0].incoming && !calls[1].incoming && calls[1].peer.is_none());
    }

    #[test]
    fn a_number_that_could_be_a_command_is_refused() {
        assert_eq!(Dial::new("+37120000000").unwrap().request().line(), b"ATD+37120000000;");
        assert_eq!(Dial::new("1;+CMGD=1,4"), Err(Refused::Byte { at: 1, byte: b';' }));
        assert_eq!(Dial::new("1+2"), Err(Refused::Byte { at: 1, byte: b'+' }));
    }
}
