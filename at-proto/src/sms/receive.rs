//! `+CMGR`, `+CMGL`, `+CMGD`, `+CNMA`: reading, deleting, acknowledging, 3GPP TS 27.005, 3.4 and 4.

use alloc::format;
use alloc::vec::Vec;

use crate::command::{Command, ParseError, ParseErrorKind, line_of, whole};
use crate::event::Response;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameter, Parameters};
use crate::request::Request;
use crate::vocabulary::named;

number_space! {
    /// `<stat>`: what has become of a stored message, 3GPP TS 27.005, 3.1.
    Status(pub u8) {
        /// Received, not read yet.
        UNREAD = 0,
        /// Received and read.
        READ = 1,
        /// To be sent.
        UNSENT = 2,
        /// Sent.
        SENT = 3,
        /// All of them, for [`List`].
        ALL = 4,
    }
}

impl Status {
    fn field(parameters: &mut Parameters<'_>) -> Result<Self, ParseError> {
        match parameters.next() {
            // ZTE leaves it out.
            None | Some(Parameter::Absent) => Ok(Self::READ),
            Some(parameter) => match parameter.octets() {
                b"REC UNREAD" => Ok(Self::UNREAD),
                b"REC READ" => Ok(Self::READ),
                b"STO UNSENT" => Ok(Self::UNSENT),
                b"STO SENT" => Ok(Self::SENT),
                [digit @ b'0'..=b'9'] => Ok(Self(digit - b'0')),
                _ => Err(parameters.error(ParseErrorKind::Form("stat"))),
            },
        }
    }
}

/// A message as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What has become of it.
    pub status: Status,
    /// Octets of the TPDU, in PDU mode, where the header says so.
    pub length: Option<u16>,
    /// The header line.
    pub header: Vec<u8>,
    /// The PDU in hexadecimal with the service centre's address; in text mode the text, its lines joined by LF.
    pub data: Vec<u8>,
}

impl Message {
    fn new(header: &[u8], mut parameters: Parameters<'_>) -> Result<Self, ParseError> {
        let status = Status::field(&mut parameters)?;
        // <stat>,[<alpha>],<length>; Pantech leaves out the middle one. In text mode other things follow.
        let length = parameters
            .last()
            .and_then(|last| core::str::from_utf8(last.octets()).ok()?.parse().ok());
        Ok(Self { status, length, header: header.to_vec(), data: Vec::new() })
    }

    /// `0,,0` and nothing else. In text mode a status report has no data either, but more fields.
    fn is_empty_place(&self) -> bool {
        let commas = self.header.iter().filter(|&&octet| octet == b',').count();
        self.data.is_empty() && self.length == Some(0) && commas <= 2
    }

    fn add(&mut self, line: &[u8]) {
        if !self.data.is_empty() {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(line);
    }
}

fn is_header(line: &[u8], name: &str) -> bool {
    named(line).is_some_and(|(found, _)| found == name.as_bytes())
}

/// `AT+CMGR=<index>`: reads a message from the first memory of `+CPMS`.
///
/// An empty place is answered in three ways: by OK alone, by a message of length 0, by `+CMS ERROR: 321`. The
/// first two give `None`.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, sms::{Read, Status}};
///
/// let response = Response::ok(["+CMGR: 1,,24", "0791947106004034040B91"]);
/// let message = Read { index: 3 }.parse(&response)?.unwrap();
/// assert_eq!((message.status, message.length), (Status::READ, Some(24)));
/// assert_eq!(Read { index: 4 }.parse(&Response::ok::<&str>([])), Ok(None));
/// # Ok::<(), at_proto::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMessage {
    /// Its place; some modems count from 0.
    pub index: u16,
}

impl Command for ReadMessage {
    type Output = Option<Message>;

    fn request(&self) -> Request {
        Request::built(format!("AT+CMGR={}", self.index))
    }

    fn parse(&self, response: &Response) -> Result<Option<Message>, ParseError> {
        whole(response)?;
        let mut message: Option<Message> = None;
        for line in response.lines().iter() {
            match &mut message {
                Some(message) => message.add(line),
                None if is_header(line, "+CMGR") => {
                    message = Some(Message::new(line, Parameters::of_line(line))?);
                }
                None => {}
            }
        }
        Ok(message.filter(|message| !message.is_empty_place()))
    }
}

/// A message and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The place, for [`Read`] and [`Delete`].
    pub index: u16,
    /// The message.
    pub message: Message,
}

/// `AT+CMGL=<stat>`: lists the messages of the first memory of `+CPMS`, in PDU mode.
///
/// Unread ones become read by this. The order of the places is the modem's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListMessages(pub Status);

impl Command for ListMessages {
    type Output = Vec<Listed>;

    fn request(&self) -> Request {
        Request::built(format!("AT+CMGL={}", self.0.0))
    }

    fn parse(&self, response: &Response) -> Result<Vec<Listed>, ParseError> {
        whole(response)?;
        let mut listed: Vec<Listed> = Vec::new();
        for line in response.lines().iter() {
            if is_header(line, "+CMGL") {
                let mut parameters = Parameters::of_line(line);
                let index = parameters.number("index")?;
                listed.push(Listed { index, message: Message::new(line, parameters)? });
            } else if let Some(last) = listed.last_mut() {
                last.message.add(line);
            }
        }
        Ok(listed)
    }
}

number_space! {
    /// Which messages to delete, `<delflag>` of `+CMGD`.
    DeleteFlag(pub u8) {
        /// The one at the index.
        ONE = 0,
        /// All that were read.
        READ = 1,
        /// All that were read or sent.
        READ_SENT = 2,
        /// All that were read, sent, or are to be sent.
        READ_SENT_UNSENT = 3,
        /// All.
        ALL = 4,
    }
}

/// `AT+CMGD=<index>[,<delflag>]`: deletes from the first memory of `+CPMS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteMessage {
    /// The place.
    pub index: u16,
    /// Which; [`DeleteFlag::ONE`] is not written, since not every modem takes the flag.
    pub flag: DeleteFlag,
}

impl Command for DeleteMessage {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self.flag {
            DeleteFlag::ONE => format!("AT+CMGD={}", self.index),
            DeleteFlag(flag) => format!("AT+CMGD={},{flag}", self.index),
        })
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CMGD=?`: which places and flags there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestDelete;

/// What can be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteOffered {
    /// The places; with some modems those that are taken, with others all.
    pub indices: NumberSet,
    /// The flags; empty if the modem takes none.
    pub flags: NumberSet,
}

impl Command for TestDelete {
    type Output = DeleteOffered;

    fn request(&self) -> Request {
        Request::built("AT+CMGD=?")
    }

    fn parse(&self, response: &Response) -> Result<DeleteOffered, ParseError> {
        let mut parameters = line_of(response, "+CMGD")?;
        Ok(DeleteOffered { indices: parameters.number_set(), flags: parameters.number_set() })
    }
}

/// `AT+CNMA[=<n>]`: acknowledges a `+CMT` or `+CDS`, with `+CSMS` service 1 within some 10 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acknowledge {
    /// `AT+CNMA=0`: well received, in PDU mode; with acknowledgement PDU many modems refuse.
    Received,
    /// `AT+CNMA`: well received, in text mode.
    Text,
    /// `AT+CNMA=2`: not received; the network tries again.
    Refused,
}

impl Command for Acknowledge {
    type Output = ();

    fn request(&self) -> Request {
        Request::built(match self {
            Self::Received => "AT+CNMA=0",
            Self::Text => "AT+CNMA",
            Self::Refused => "AT+CNMA=2",
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
    fn the_headers_seen_are_read() {
        for (line, status, length) in [
            ("+CMGR: 1,,24", 1, Some(24)),
            ("+CMGR: 0,\"\",50", 0, Some(50)),
            ("+CMGR: 0,\"Max Muster\",50", 0, Some(50)),
            ("+CMGR: 1,24", 1, Some(24)),
            ("+CMGR: ,,24", 1, Some(24)),
            ("+CMGR: \"REC READ\",\"+1\",,", 1, None),
            ("+CMGR: \"STO UNSENT\",\"+1\",,", 2, None),
            ("+CMGR: \"STO SENT\",\"+1\",,", 3, None),
            ("+CMGR: \"REC UNREAD\",\"+1234\",,\"24/01/01,00:00:00+04\"", 0, None),
        ] {
            let message =
                ReadMessage { index: 1 }.parse(&Response::ok([line, "00"])).unwrap().unwrap();
            assert_eq!((message.status.0, message.length), (status, length), "{line}");
        }
    }

    #[test]
    fn a_listing_keeps_the_modems_order_and_every_data_line() {
        let response = Response::ok(["+CMGL: 7,1,,3", "00AA", "+CMGL: 0,0,,3", "00BB"]);
        let listed = ListMessages(Status::ALL).parse(&response).unwrap();
        assert_eq!(listed.iter().map(|one| one.index).collect::<Vec<_>>(), [7, 0]);
        assert_eq!(listed[1].message.data, b"00BB");
        assert_eq!(ListMessages(Status::ALL).parse(&Response::ok::<&str>([])), Ok(Vec::new()));
    }

    #[test]
    fn an_empty_place_is_no_message() {
        assert_eq!(ReadMessage { index: 1 }.parse(&Response::ok(["+CMGR: 0,,0"])), Ok(None));
        let read = |lines: &[&str]| ReadMessage { index: 1 }.parse(&Response::ok(lines)).unwrap();
        // Neither one whose PDU is missing nor one whose length is wrong is empty.
        assert_eq!(read(&["+CMGR: 0,,24"]).unwrap().length, Some(24));
        assert_eq!(read(&["something", "+CMGR: 0,,0", "00"]).unwrap().data, b"00");
        assert_eq!(read(&["something"]), None);
        assert!(read(&["+CMGR: \"REC READ\",6,0,\"+49\",145,\"a\",\"b\",0"]).is_some());
    }

    #[test]
    fn what_can_be_deleted_is_two_lists() {
        let offered = TestDelete.parse(&Response::ok(["+CMGD: (1,3-5),(0-4)"])).unwrap();
        assert_eq!(offered.indices, NumberSet::parse(b"1,3-5"));
        assert_eq!(offered.flags, NumberSet::parse(b"0-4"));
    }
}
