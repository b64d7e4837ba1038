//! `+CMGR`, `+CMGL`, `+CMGD`, `+CNMA`: read, delete and acknowledge messages, 3GPP TS 27.005, 3.4
//! and 4.

use alloc::vec::Vec;
use core::time::Duration;

use crate::command::{Command, ParseError, ParseErrorKind, line_of, whole};
use crate::event::Response;
use crate::line::Line;
use crate::network::number;
use crate::number_space::number_space;
use crate::parameters::{NumberSet, Parameter, Parameters};
use crate::request::Request;
use crate::vocabulary::{named, seems_pdu};

number_space! {
    /// The status of a stored message, `<stat>`, 3GPP TS 27.005, 3.1.
    MessageStatus(pub u8) {
        /// Received, not read.
        UNREAD = 0,
        /// Received and read.
        READ = 1,
        /// To be sent.
        UNSENT = 2,
        /// Sent.
        SENT = 3,
        /// All messages, for [`ListMessages`].
        ALL = 4,
    }
}

impl MessageStatus {
    /// Reads a status that only informs: one that ZTE omits, or that is not readable, is `READ`.
    fn field(parameters: &mut Parameters<'_>) -> Self {
        let field = parameters.next().unwrap_or(Parameter::Absent);
        match field.as_bytes().trim_ascii() {
            b"REC UNREAD" => Self::UNREAD,
            b"REC READ" => Self::READ,
            b"STO UNSENT" => Self::UNSENT,
            b"STO SENT" => Self::SENT,
            other => {
                let status = Parameter::Bare(other).number().filter(|status| *status <= 9);
                status.map_or(Self::READ, Self)
            }
        }
    }
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The status of the message.
    pub status: MessageStatus,
    /// The length of the TPDU in bytes, in PDU mode, if the header has it.
    pub length: Option<u16>,
    /// The header line.
    pub header: Vec<u8>,
    /// The PDU in hexadecimal with the service centre's address; in text mode the text, its lines
    /// joined by LF.
    pub data: Vec<u8>,
}

impl Message {
    /// A stored message with these fields, for tests.
    pub const fn new(
        status: MessageStatus,
        length: Option<u16>,
        header: Vec<u8>,
        data: Vec<u8>,
    ) -> Self {
        Self { status, length, header, data }
    }

    fn of(header: &[u8], mut parameters: Parameters<'_>) -> Self {
        let status = MessageStatus::field(&mut parameters);
        // <stat>,[<alpha>],<length>; Pantech leaves out the middle one. In text mode other things
        // follow.
        let length = parameters.last().and_then(Parameter::number);
        Self { status, length, header: header.to_vec(), data: Vec::new() }
    }

    /// Returns `true` if the data is a PDU, as far as can be seen.
    fn is_pdu(&self) -> bool {
        self.length.is_some() && self.data.iter().all(u8::is_ascii_hexdigit)
    }

    /// `0,,0` and nothing else. In text mode a status report has no data either, but more fields.
    fn is_empty_place(&self) -> bool {
        let commas = self.header.iter().filter(|&&octet| octet == b',').count();
        self.data.is_empty() && self.length == Some(0) && commas <= 2
    }

    /// Returns `true` if the data is a PDU of the length that the header has: `<length>` counts the
    /// octets after the service centre, TS 27.005, 3.1.
    fn is_complete(&self) -> bool {
        let octets = self
            .length
            .zip(centre_length(&self.data))
            .map(|(length, centre)| usize::from(length).saturating_add(centre).saturating_add(1));
        octets.is_some_and(|octets| self.data.len() == octets.saturating_mul(2)) && self.is_pdu()
    }

    /// Returns `true` if the status is in words, as in text mode: TS 27.005, 3.1.
    fn is_in_words(&self) -> bool {
        self.header.windows(4).any(|word| word == b"REC " || word == b"STO ")
    }

    /// Refuses a header without its PDU.
    fn has_data(&self, name: &'static str) -> Result<(), ParseError> {
        let is_stored = self.length.is_some_and(|length| length > 0);
        match self.data.is_empty() && is_stored && !self.is_in_words() {
            true => Err(damaged(&self.header, ParseErrorKind::NoData(name))),
            false => Ok(()),
        }
    }

    /// Returns `true` if the PDU has its line already, so that another one is of another message.
    fn is_followed(&self, line: &[u8]) -> bool {
        let has_line = !self.data.is_empty() && !self.is_in_words();
        self.is_complete() || (has_line && seems_pdu(line))
    }

    /// Adds a line of data, unless the PDU is complete without it.
    fn add(&mut self, line: &[u8]) {
        if self.is_complete() {
            return;
        }
        if !self.data.is_empty() {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(line);
    }
}

/// The damage of an answer at this line.
fn damaged(line: &[u8], kind: ParseErrorKind) -> ParseError {
    ParseError { line: Line::of(line), at: 0, kind }
}

fn is_header(line: &[u8], name: &str) -> bool {
    named(line).is_some_and(|(found, _)| found == name.as_bytes())
}

/// `AT+CMGR=<index>`: reads a message from the first memory of `+CPMS`.
///
/// An answer that holds the same message twice is one message; one with two messages is an error.
///
/// Modems answer for an empty slot in three ways: by OK alone, by a message of length 0, by `+CMS
/// ERROR: 321`. The first two give `None`.
///
/// # Examples
///
/// ```
/// use at_proto::{Command, Response, sms::{MessageStatus, ReadMessage}};
///
/// let response = Response::ok(["+CMGR: 1,,24", "0791947106004034040B91"]);
/// let message = ReadMessage { index: 3 }.parse(&response)?.unwrap();
/// assert_eq!((message.status, message.length), (MessageStatus::READ, Some(24)));
/// assert_eq!(ReadMessage { index: 4 }.parse(&Response::ok::<&str>([])), Ok(None));
/// # Ok::<(), at_proto::ParseError>(())
/// ```
#[doc(alias = "CMGR")]
#[doc(alias = "+CMGR")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMessage {
    /// The slot; some modems count from 0.
    pub index: u16,
}

impl Command for ReadMessage {
    type Output = Option<Message>;

    fn request(&self) -> Request {
        Request::numbers("AT+CMGR=", &[self.index.into()])
    }

    fn parse(&self, response: &Response) -> Result<Option<Message>, ParseError> {
        whole(response)?;
        let mut first: Option<Message> = None;
        let mut last: Option<Message> = None;
        let mut several = false;
        // The same message may come twice. Of two messages nobody knows which one is in the slot.
        let mut end = |message: Message| match &first {
            None => first = Some(message),
            Some(first) => several |= *first != message,
        };
        for line in response.lines().iter() {
            match &mut last {
                // Any line of a text may look like a header.
                Some(last) if !(last.is_pdu() && is_header(line, "+CMGR")) => last.add(line),
                None if seems_pdu(line) => {
                    return Err(damaged(line, ParseErrorKind::NoHeader("+CMGR")));
                }
                None if !is_header(line, "+CMGR") => {}
                last => {
                    let message = Message::of(line, Parameters::of_line(line));
                    last.replace(message).map(&mut end);
                }
            }
        }
        last.map(end);
        if several {
            let line = Line::from(first.map(|message| message.header).unwrap_or_default());
            return Err(ParseError { line, at: 0, kind: ParseErrorKind::Several("+CMGR") });
        }
        let message = first.filter(|message| !message.is_empty_place());
        message.iter().try_for_each(|message| message.has_data("+CMGR"))?;
        Ok(message)
    }
}

/// A message and its slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedMessage {
    /// The slot, for [`ReadMessage`] and [`DeleteMessage`].
    pub index: u16,
    /// The message.
    pub message: Message,
}

impl ListedMessage {
    /// A listed message with these fields, for tests.
    pub const fn new(index: u16, message: Message) -> Self {
        Self { index, message }
    }
}

/// `AT+CMGL=<stat>`: lists the messages of the first memory of `+CPMS`, in PDU mode.
///
/// Listing marks unread messages as read. The order of the slots is the modem's.
///
/// A listing that lacks a header or a PDU is an error, since it hides a message: ask for it again.
#[doc(alias = "CMGL")]
#[doc(alias = "+CMGL")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListMessages(pub MessageStatus);

impl ListMessages {
    /// The request for a memory that holds this many messages.
    ///
    /// Its timeout is a minute and 2 s for each message: at 9600 baud a message takes 0.4 s, and
    /// slow SIMs need a second. It expires after a minute without a line of the list.
    ///
    /// # Examples
    ///
    /// ```
    /// use at_proto::sms::{ListMessages, MessageStatus};
    /// use core::time::Duration;
    ///
    /// let request = ListMessages(MessageStatus::ALL).request_for(20);
    /// assert_eq!(request.deadline(), Duration::from_secs(100));
    /// ```
    pub fn request_for(&self, stored: u32) -> Request {
        // A count is a number from outside; hardly a memory holds more.
        let seconds = u64::from(stored.min(1_000)).saturating_mul(2).saturating_add(60);
        self.request().timeout(Duration::from_secs(seconds))
    }
}

impl Command for ListMessages {
    type Output = Vec<ListedMessage>;

    fn request(&self) -> Request {
        Request::numbers("AT+CMGL=", &[self.0.0.into()])
    }

    fn parse(&self, response: &Response) -> Result<Vec<ListedMessage>, ParseError> {
        whole(response)?;
        let mut listed: Vec<ListedMessage> = Vec::new();
        for line in response.lines().iter() {
            if is_header(line, "+CMGL") {
                let mut parameters = Parameters::of_line(line);
                let index = parameters.number("index")?;
                listed.push(ListedMessage { index, message: Message::of(line, parameters) });
                continue;
            }
            match listed.last_mut() {
                Some(last) if !last.message.is_followed(line) => last.message.add(line),
                // The line is of another message, whose header was damaged in transit.
                _ if seems_pdu(line) => {
                    return Err(damaged(line, ParseErrorKind::NoHeader("+CMGL")));
                }
                _ => {}
            }
        }
        listed.iter().try_for_each(|one| one.message.has_data("+CMGL"))?;
        Ok(listed)
    }
}

number_space! {
    /// The messages to delete, `<delflag>` of `+CMGD`.
    DeleteFlag(pub u8) {
        /// The message at the index.
        ONE = 0,
        /// All messages that were read.
        READ = 1,
        /// All messages that were read or sent.
        READ_SENT = 2,
        /// All messages that were read, sent, or are to be sent.
        READ_SENT_UNSENT = 3,
        /// All messages.
        ALL = 4,
    }
}

/// `AT+CMGD=<index>[,<delflag>]`: deletes messages from the first memory of `+CPMS`.
#[doc(alias = "CMGD")]
#[doc(alias = "+CMGD")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteMessage {
    /// The slot.
    pub index: u16,
    /// The messages; [`DeleteFlag::ONE`] is not written, since not every modem takes the flag.
    pub flag: DeleteFlag,
}

impl Command for DeleteMessage {
    type Output = ();

    fn request(&self) -> Request {
        let index = self.index.into();
        match self.flag {
            DeleteFlag::ONE => Request::numbers("AT+CMGD=", &[index]),
            DeleteFlag(flag) => Request::numbers("AT+CMGD=", &[index, flag.into()]),
        }
    }

    fn parse(&self, _: &Response) -> Result<(), ParseError> {
        Ok(())
    }
}

/// `AT+CMGD=?`: reads the supported slots and flags.
#[doc(alias = "CMGD")]
#[doc(alias = "+CMGD")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestDelete;

/// The slots and flags for [`DeleteMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DeleteOffered {
    /// The slots: with some modems only those in use, with others all.
    pub indices: NumberSet,
    /// The flags; empty if the modem takes none.
    pub flags: NumberSet,
}

impl DeleteOffered {
    /// An offer with these fields, for tests.
    pub const fn new(indices: NumberSet, flags: NumberSet) -> Self {
        Self { indices, flags }
    }
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

/// `AT+CNMA[=<n>]`: acknowledges a `+CMT` or `+CDS`.
///
/// Needed with `+CSMS` service 1, within about 10 seconds.
#[doc(alias = "CNMA")]
#[doc(alias = "+CNMA")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcknowledgeMessage {
    /// `AT+CNMA=0`: received, in PDU mode. Many modems refuse an acknowledgement PDU, so none is
    /// sent.
    Received,
    /// `AT+CNMA`: received, in text mode.
    Text,
    /// `AT+CNMA=2`: not received; the network retries.
    Refused,
}

impl Command for AcknowledgeMessage {
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

/// The number of octets in the service centre address of a PDU in hexadecimal digits, 3GPP TS
/// 27.005, 3.1.
///
/// The first two digits announce it. `None` if they are not such digits.
///
/// ```
/// use at_proto::sms::centre_length;
///
/// assert_eq!(centre_length(b"0791947122"), Some(7));
/// assert_eq!(centre_length(b"Hello"), None);
/// ```
pub fn centre_length(pdu: &[u8]) -> Option<usize> {
    number(pdu.get(..2)?, 16).and_then(|length| usize::try_from(length).ok())
}

#[cfg(test)]
mod tests {
    use alloc::format;

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
        let listed = ListMessages(MessageStatus::ALL).parse(&response).unwrap();
        assert_eq!(listed.iter().map(|one| one.index).collect::<Vec<_>>(), [7, 0]);
        assert_eq!(listed[1].message.data, b"00BB");
        assert_eq!(
            ListMessages(MessageStatus::ALL).parse(&Response::ok::<&str>([])),
            Ok(Vec::new())
        );
    }

    /// PDUs of a service centre of two bytes and a TPDU of seven, the second with a damaged digit.
    const PDU: &str = "010105000291210000";
    const DAMAGED: &str = "0101050002912100x0";

    #[test]
    fn a_listing_that_lacks_a_header_or_a_pdu_is_an_error() {
        let kind = |lines: &[&str]| {
            let listed = ListMessages(MessageStatus::ALL).parse(&Response::ok(lines));
            listed.map(|listed| listed.len()).map_err(|error| error.kind)
        };
        let header = "+CMGL: 1,1,,7";
        assert_eq!(kind(&[header, PDU, "+CMGL: 2,1,,7", PDU]), Ok(2));
        let no_header = Err(ParseErrorKind::NoHeader("+CMGL"));
        for hidden in [PDU, DAMAGED] {
            assert_eq!(kind(&[hidden, header, PDU]), no_header);
            assert_eq!(kind(&[header, PDU, hidden]), no_header);
            assert_eq!(kind(&[header, PDU, "?CMGL: 2,1,,7", hidden]), no_header);
            assert_eq!(kind(&[header, "010105", hidden]), no_header);
        }
        let no_data = Err(ParseErrorKind::NoData("+CMGL"));
        assert_eq!(kind(&[header, "+CMGL: 2,1,,7", PDU]), no_data);
        assert_eq!(kind(&[header, PDU, "+CMGL: 2,1,,7"]), no_data);
        // Lines that are not the PDU of a message are ignored, and so are empty slots.
        assert_eq!(kind(&["something", header, PDU, "^RSSI: 12", "\u{7f}", "FADE"]), Ok(1));
        assert_eq!(kind(&["+CMGL: 1,0,,0", "+CMGL: 2,1,,7", PDU]), Ok(2));
    }

    #[test]
    fn every_line_of_a_text_or_of_a_damaged_pdu_is_kept() {
        let data = |lines: &[&str]| {
            let listed = ListMessages(MessageStatus::ALL).parse(&Response::ok(lines)).unwrap();
            listed.into_iter().map(|one| one.message.data).collect::<Vec<_>>()
        };
        let text = ["+CMGL: 1,\"REC READ\",\"+1\",,,145,9", "01010500029121?", PDU];
        assert_eq!(data(&text), [format!("01010500029121?\n{PDU}").into_bytes()]);
        let damaged = ["+CMGL: 1,1,,7", "0101050002", "noise"];
        assert_eq!(data(&damaged), [b"0101050002\nnoise"]);
    }

    #[test]
    fn a_pdu_without_the_header_of_its_slot_is_not_an_empty_slot() {
        let kind = |lines: &[&str]| {
            let read = ReadMessage { index: 1 }.parse(&Response::ok(lines));
            read.map(|read| read.is_some()).map_err(|error| error.kind)
        };
        assert_eq!(kind(&[PDU]), Err(ParseErrorKind::NoHeader("+CMGR")));
        assert_eq!(kind(&["?CMGR: 1,,7", DAMAGED]), Err(ParseErrorKind::NoHeader("+CMGR")));
        assert_eq!(kind(&["+CMGR: 1,,7"]), Err(ParseErrorKind::NoData("+CMGR")));
        assert_eq!(kind(&["+CMGR: 1,,7", PDU]), Ok(true));
        assert_eq!(kind(&["something"]), Ok(false));
    }

    #[test]
    fn an_empty_slot_is_not_a_message() {
        assert_eq!(ReadMessage { index: 1 }.parse(&Response::ok(["+CMGR: 0,,0"])), Ok(None));
        let read = |lines: &[&str]| ReadMessage { index: 1 }.parse(&Response::ok(lines)).unwrap();
        // A message with a wrong length is not an empty slot.
        assert_eq!(read(&["something", "+CMGR: 0,,0", "00"]).unwrap().data, b"00");
        assert_eq!(read(&["something"]), None);
        assert!(read(&["+CMGR: \"REC READ\",6,0,\"+49\",145,\"a\",\"b\",0"]).is_some());
    }

    #[test]
    fn the_slots_and_flags_to_delete_are_two_lists() {
        let offered = TestDelete.parse(&Response::ok(["+CMGD: (1,3-5),(0-4)"])).unwrap();
        assert_eq!(offered.indices, NumberSet::parse(b"1,3-5"));
        assert_eq!(offered.flags, NumberSet::parse(b"0-4"));
    }
}
