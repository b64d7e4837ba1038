//! What a session hands over: messages, their parts, reports, and the receipts for them.

use alloc::string::String;
use alloc::vec::Vec;

use pdu::{
    Address, Class, DecodeError, Deliver, Information, Message, Ports, Reference, SpecialMessage,
    Timestamp, WaitingKind,
};

use super::result::MessageId;
use super::slot::Receipt;

/// A message that was received, whole as far as its parts have come.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Received {
    /// Who sent it.
    pub sender: Address,
    /// The text; `None` for 8-bit data.
    pub text: Option<String>,
    /// The octets of 8-bit data, without header.
    pub data: Option<Vec<u8>>,
    /// When the service centre took it (TP-SCTS), on its clock; that of the first part that came.
    pub timestamp: Timestamp,
    /// The message class.
    pub class: Option<Class>,
    /// The applications that it is for and from, where it names them.
    pub ports: Option<Ports>,
    /// The service centre of the first part.
    pub smsc: Option<Address>,
    /// What waits elsewhere, such as voice mail, where the message is about that.
    pub waiting: Vec<WaitingMessages>,
    /// The numbers of the parts that have not come in time, counted from 1; none of a whole message.
    pub missing: Vec<u8>,
    /// Whether it may be one that was handed over before: its place has read otherwise without a deletion in between, as after
    /// a byte that was damaged on its way, an equal one is in the same memory, or it was on its way to the application when what
    /// the session [restored](crate::Session::restore) was saved.
    pub possible_duplicate: bool,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes once the message is safe.
    pub receipt: Receipt,
}

impl Received {
    /// What a message is as a whole.
    pub(crate) fn new<T>(message: &Message<T>, smsc: Option<Address>, receipt: Receipt) -> Self {
        let text = message.text();
        Self {
            sender: message.sender(),
            data: text.is_none().then(|| message.data()),
            text,
            timestamp: message.timestamp(),
            class: message.dcs().class(),
            ports: message.ports(),
            smsc,
            waiting: WaitingMessages::of(message),
            missing: message.missing(),
            possible_duplicate: false,
            receipt,
        }
    }

    /// Whether it is to be shown at once and not kept: class 0.
    pub fn is_flash(&self) -> bool {
        self.class == Some(Class::Flash)
    }

    /// Whether it is a WAP push, such as the notification of an MMS.
    pub fn is_wap_push(&self) -> bool {
        self.ports.is_some_and(|ports| ports.is_wap_push())
    }
}

/// Messages that wait elsewhere, as the coding scheme (3GPP TS 23.038, 4) or the header (3GPP TS 23.040, 9.2.3.24.2) of a
/// message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WaitingMessages {
    /// What waits.
    pub kind: WaitingKind,
    /// How many wait; `None` for some, where the number is not said, and 0 for none any more.
    pub count: Option<u8>,
    /// Whether the message that says so is to be kept.
    pub store: bool,
}

impl WaitingMessages {
    fn of<T>(message: &Message<T>) -> Vec<Self> {
        let counted = message.parts().iter().filter_map(|part| part.deliver.header());
        let mut waiting: Vec<Self> = counted
            .flat_map(|header| header.information())
            .filter_map(|information| match information {
                Information::SpecialMessage(special) => Some(Self::counted(special)),
                _ => None,
            })
            .collect();
        // The header says more, and both are about the same.
        if let (true, Some(indication)) = (waiting.is_empty(), message.dcs().waiting()) {
            waiting.push(Self {
                kind: indication.kind,
                count: (!indication.active).then_some(0),
                store: indication.store,
            });
        }
        waiting
    }

    const fn counted(special: SpecialMessage) -> Self {
        Self { kind: special.kind(), count: Some(special.count), store: special.store() }
    }
}

/// A part of a long message whose other parts have not all come, with [`Config::deliver_parts`](crate::Config::deliver_parts).
///
/// Once it is [acknowledged](crate::Session::acknowledge) its place in the modem is free for another part: a message can
/// have more parts than the SIM has places. The message itself comes when it is complete, with all its parts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReceivedPart {
    /// Who sent it.
    pub sender: Address,
    /// The reference that the parts of the message share.
    pub reference: Option<Reference>,
    /// Which part it is, from 1.
    pub sequence: u8,
    /// How many parts the message has.
    pub total: u8,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes once the part is safe.
    pub receipt: Receipt,
}

impl ReceivedPart {
    /// The part that a TPDU is.
    pub(crate) fn new(deliver: &Deliver, receipt: Receipt) -> Self {
        let concatenation = deliver.concatenation();
        Self {
            sender: deliver.originator,
            reference: concatenation.map(|concatenation| concatenation.reference()),
            sequence: concatenation.map_or(1, |concatenation| concatenation.sequence()),
            total: concatenation.map_or(1, |concatenation| concatenation.total()),
            receipt,
        }
    }
}

/// A status report that was received.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StatusReport {
    /// The report.
    pub tpdu: pdu::StatusReport,
    /// The message of this session that it is about, and which part, the first being 0.
    pub about: Option<(MessageId, usize)>,
    /// Whether it may be one that was handed over before, as with a [message](Received::possible_duplicate).
    pub possible_duplicate: bool,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes once the report is safe.
    pub receipt: Receipt,
}

/// Something that was received and cannot be read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Undecodable {
    /// Why it cannot be read; `None` if it can, but is nothing that a network sends to be stored.
    pub error: Option<DecodeError>,
    /// Whether it may be one that was handed over before, as with a [message](Received::possible_duplicate).
    pub possible_duplicate: bool,
    /// What [`Session::acknowledge`](crate::Session::acknowledge) takes to have it deleted.
    pub receipt: Receipt,
}
