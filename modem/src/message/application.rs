//! Values that an application builds to test its own handlers: they are what a session delivers,
//! without a modem.

use alloc::boxed::Box;
use alloc::vec::Vec;

use at_proto::sms::MessageStatus;
use pdu::{DecodeError, Deliver, Envelope, Incoming, Message, Submit};

use super::received::{Received, ReceivedPart, StatusReport, Undecodable};
use super::result::{Attempt, MessageId, PartOutcome, SendResult, SentPart};
use super::slot::{Held, PduLine, Receipt};
use super::stored::{StoredContent, StoredMessage};

impl From<Deliver> for Received {
    /// The message of one part that a session delivers for this TPDU, with a receipt that stands
    /// for no slot.
    ///
    /// # Examples
    /// ```
    /// use modem::pdu::{Deliver, Timestamp, UserData};
    /// use modem::{Event, Received, gsm7};
    ///
    /// /// The handler of an application.
    /// fn reply_to(event: &Event) -> Option<String> {
    ///     match event {
    ///         Event::Received(message) if message.text.as_deref() == Some("status?") => {
    ///             Some(format!("all is well, {}", message.sender))
    ///         }
    ///         _ => None,
    ///     }
    /// }
    ///
    /// let mut deliver = Deliver::new("+491715550100".parse()?, Timestamp::from_raw([0; 7]));
    /// let coding = gsm7::Coding::Gsm7(gsm7::Alphabet::DEFAULT);
    /// deliver.user_data = UserData::text("status?", coding, &[])?;
    /// let event = Event::Received(Received::from(deliver));
    /// assert_eq!(reply_to(&event).as_deref(), Some("all is well, +491715550100"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn from(deliver: Deliver) -> Self {
        Self::new(&Message::single(deliver, ()), None, Receipt::default())
    }
}

impl From<Deliver> for ReceivedPart {
    /// The part that a session delivers for this TPDU, with a receipt that stands for no slot.
    fn from(deliver: Deliver) -> Self {
        Self::new(&deliver, Receipt::default())
    }
}

impl From<pdu::StatusReport> for StatusReport {
    /// The report that a session delivers for this TPDU, about a message that is not known.
    ///
    /// # Examples
    /// ```
    /// use modem::pdu::{self, Status, Timestamp};
    /// use modem::{MessageId, StatusReport};
    ///
    /// let time = Timestamp::from_raw([0; 7]);
    /// let recipient = "+491715550100".parse()?;
    /// let tpdu = pdu::StatusReport::new(7, recipient, time, time, Status::DELIVERED);
    /// let mut report = StatusReport::from(tpdu);
    /// report.about = Some((MessageId::from(1), 0));
    /// assert_eq!(report.tpdu.message_reference, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn from(tpdu: pdu::StatusReport) -> Self {
        Self {
            tpdu: Box::new(tpdu),
            about: None,
            possible_duplicate: false,
            receipt: Receipt::default(),
        }
    }
}

impl Undecodable {
    /// The value that a session delivers for a line of this text; `None` if the line can be
    /// decoded.
    ///
    /// # Examples
    /// ```
    /// use modem::Undecodable;
    ///
    /// let undecodable = Undecodable::of_line("00040B91").expect("the address is cut short");
    /// assert!(undecodable.error.is_some());
    /// assert_eq!(undecodable.receipt.pdus().collect::<Vec<_>>(), ["00040B91"]);
    /// ```
    pub fn of_line(line: &str) -> Option<Self> {
        let pdu = PduLine::new(line.as_bytes());
        let error: Option<DecodeError> = match Envelope::<Incoming>::from_hex(pdu.as_bytes())
            .map(|decoded| decoded.value.tpdu)
        {
            Ok(Incoming::Deliver(_) | Incoming::StatusReport(_)) => return None,
            Ok(_) => None,
            Err(error) => Some(error),
        };
        let receipt = Receipt::of(Held { key: 0, slots: Vec::new(), pdu });
        Some(Self { error, possible_duplicate: false, receipt })
    }
}

impl SentPart {
    /// A part with its outcome.
    pub const fn new(submit: Submit, outcome: PartOutcome) -> Self {
        Self { submit, outcome }
    }
}

impl SendResult {
    /// The result of a message with these parts.
    ///
    /// # Examples
    /// ```
    /// use modem::pdu::{Reference, SubmitTemplate};
    /// use modem::{Event, MessageId, PartOutcome, SendOutcome, SendResult, SentPart};
    ///
    /// let template = SubmitTemplate::new("+491715550100".parse()?);
    /// let submit = template.split("Hello", Reference::Eight(0))?.parts[0];
    /// let part = SentPart::new(submit, PartOutcome::Sent { reference: 12 });
    /// let event = Event::SendFinished(SendResult::new(MessageId::from(1), vec![part]));
    /// let Event::SendFinished(result) = &event else { unreachable!() };
    /// assert_eq!(result.outcome(), SendOutcome::Sent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new(message: MessageId, parts: Vec<SentPart>) -> Self {
        Self { message, coding: None, parts, smsc: None }
    }
}

impl Attempt {
    /// The attempt to send part `part` of `parts`, counted from 0, as this PDU in hexadecimal
    /// digits.
    pub fn new(message: MessageId, part: usize, parts: usize, pdu: &str) -> Self {
        Self { message, part, parts, pdu: pdu.into() }
    }
}

impl StoredMessage {
    /// A message as a listing returns it.
    pub const fn new(status: MessageStatus, content: StoredContent) -> Self {
        Self { status, content }
    }
}
