//! `+CMGS`, `+CMSS`, `+CMGW`, `+CMGC`: send and write messages, 3GPP TS 27.005, 3.5 and 4.3 to 4.5.

use alloc::vec::Vec;

use crate::command::{Command, ParseError, line_of};
use crate::event::Response;
use crate::request::{Refused, Request};
use crate::sms::MessageStatus;

/// A checked PDU in hexadecimal, and its length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pdu {
    length: u16,
    hex: Vec<u8>,
}

impl Pdu {
    fn new(length: u16, hex: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        let hex = hex.into();
        Refused::check(&hex, |_, byte| byte.is_ascii_hexdigit())?;
        Ok(Self { length, hex })
    }

    fn request(&self, beginning: &str, status: Option<MessageStatus>) -> Request {
        let length = self.length.into();
        let mut request = match status {
            Some(status) => Request::numbers(beginning, &[length, status.0.into()]),
            None => Request::numbers(beginning, &[length]),
        };
        request.0.payload = Some(self.hex.clone());
        request
    }
}

/// The modem's answer to a sent message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SentMessage {
    /// TP-MR: the message reference, 3GPP TS 23.040, 9.2.3.6, which the status report repeats.
    #[doc(alias = "TP-MR")]
    #[doc(alias = "message reference")]
    pub reference: u8,
}

impl SentMessage {
    /// An answer with these fields, for tests.
    pub const fn new(reference: u8) -> Self {
        Self { reference }
    }
}

fn sent(response: &Response, name: &'static str) -> Result<SentMessage, ParseError> {
    Ok(SentMessage { reference: line_of(response, name)?.number("mr")? })
}

/// `AT+CMGS=<length>`, then the PDU: sends a message in PDU mode.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, sms::SendMessage};
///
/// let send = SendMessage::new(18, "0011000B919471161111F10000AA04C8329B0D")?;
/// assert_eq!(send.request().line(), b"AT+CMGS=18");
/// assert_eq!(send.parse(&Response::ok(["+CMGS: 65"]))?.reference, 65);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "CMGS")]
#[doc(alias = "+CMGS")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage(Pdu);

impl SendMessage {
    /// Takes the length of the TPDU in bytes, without the service centre's address, and the
    /// hexadecimal of both.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a character that is not a hexadecimal digit.
    pub fn new(length: u16, pdu: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        Pdu::new(length, pdu).map(Self)
    }
}

impl Command for SendMessage {
    type Output = SentMessage;

    fn request(&self) -> Request {
        self.0.request("AT+CMGS=", None)
    }

    fn parse(&self, response: &Response) -> Result<SentMessage, ParseError> {
        sent(response, "+CMGS")
    }
}

/// `AT+CMGC=<length>`, then the PDU: sends an SMS-COMMAND.
#[doc(alias = "CMGC")]
#[doc(alias = "+CMGC")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendCommand(Pdu);

impl SendCommand {
    /// Takes the length of the TPDU in bytes, without the service centre's address, and the
    /// hexadecimal of both.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a character that is not a hexadecimal digit.
    pub fn new(length: u16, pdu: impl Into<Vec<u8>>) -> Result<Self, Refused> {
        Pdu::new(length, pdu).map(Self)
    }
}

impl Command for SendCommand {
    type Output = SentMessage;

    fn request(&self) -> Request {
        self.0.request("AT+CMGC=", None)
    }

    fn parse(&self, response: &Response) -> Result<SentMessage, ParseError> {
        sent(response, "+CMGC")
    }
}

/// `AT+CMSS=<index>`: sends a message from the second memory of `+CPMS`.
#[doc(alias = "CMSS")]
#[doc(alias = "+CMSS")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendStored {
    /// The slot of the message.
    pub index: u16,
}

impl Command for SendStored {
    type Output = SentMessage;

    fn request(&self) -> Request {
        Request::numbers("AT+CMSS=", &[self.index.into()])
    }

    fn parse(&self, response: &Response) -> Result<SentMessage, ParseError> {
        sent(response, "+CMSS")
    }
}

/// `AT+CMGW=<length>[,<stat>]`, then the PDU: writes a message to the second memory of `+CPMS`.
#[doc(alias = "CMGW")]
#[doc(alias = "+CMGW")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteMessage {
    pdu: Pdu,
    status: Option<MessageStatus>,
}

impl WriteMessage {
    /// Takes the length of the TPDU in bytes, without the service centre's address, and the
    /// hexadecimal of both.
    ///
    /// Without a status the modem chooses one.
    ///
    /// # Errors
    ///
    /// [`Refused::Byte`] for a character that is not a hexadecimal digit.
    pub fn new(
        length: u16,
        pdu: impl Into<Vec<u8>>,
        status: Option<MessageStatus>,
    ) -> Result<Self, Refused> {
        Ok(Self { pdu: Pdu::new(length, pdu)?, status })
    }
}

impl Command for WriteMessage {
    /// The slot of the written message.
    type Output = u16;

    fn request(&self) -> Request {
        self.pdu.request("AT+CMGW=", self.status)
    }

    fn parse(&self, response: &Response) -> Result<u16, ParseError> {
        line_of(response, "+CMGW")?.number("index")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::ParseErrorKind;

    #[test]
    fn a_reference_is_read_with_and_without_what_may_follow() {
        let send = SendMessage::new(10, "00").unwrap();
        for line in ["+CMGS: 12", "+CMGS: 12,\"20/05/01,10:37:38+32\"", "+CMGS:12,0791"] {
            assert_eq!(
                send.parse(&Response::ok([line])),
                Ok(SentMessage { reference: 12 }),
                "{line}"
            );
        }
        assert_eq!(
            send.parse(&Response::ok::<&str>([])).unwrap_err().kind,
            ParseErrorKind::NoLine("+CMGS")
        );
        assert!(send.parse(&Response::ok(["+CMGS: 99999999999"])).is_err());
    }

    #[test]
    fn a_body_that_is_not_hexadecimal_is_refused() {
        assert_eq!(SendMessage::new(1, "00\x1a"), Err(Refused::Byte { at: 2, byte: 0x1A }));
    }
}
