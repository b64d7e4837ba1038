//! Received messages, their parts, status reports, and their receipts.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use pdu::{Address, Class, DecodeError, Deliver, Message, Ports, Reference, Timestamp};

use super::result::MessageId;
use super::slot::Receipt;
use super::waiting::WaitingMessages;

/// A received message, complete or with the parts that have arrived.
///
/// [`content`](Self::content) has the content by its kind. [`Debug`](core::fmt::Debug) does not
/// show the data of a WAP push.
#[doc(alias("SMS", "incoming"))]
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Received {
    /// The address of the sender.
    pub sender: Address,
    /// The text; `None` for 8-bit data.
    pub text: Option<String>,
    /// The bytes of 8-bit data, without the user data header; see [`content`](Self::content).
    pub data: Option<Vec<u8>>,
    /// The time at which the service centre received the message (TP-SCTS), on its own clock. Of
    /// several parts the first to arrive counts.
    pub timestamp: Timestamp,
    /// The message class.
    pub class: Option<Class>,
    /// The application ports of the recipient and the sender, if the message has them.
    pub ports: Option<Ports>,
    /// The service centre of the first part.
    #[doc(alias = "service centre")]
    pub smsc: Option<Address>,
    /// The messages that wait elsewhere, such as voice mail, if the message reports any.
    pub waiting: Vec<WaitingMessages>,
    /// The numbers of the missing parts, counted from 1; empty for a complete message.
    pub missing: Vec<u8>,
    /// `true` if the message may have been delivered before, for one of these reasons:
    ///
    /// * Its slot was read with other content, without a deletion in between, as after a byte that
    ///   was damaged in transit.
    /// * An equal message is in the same memory, or was in the same slot before the modem confirmed
    ///   its deletion.
    /// * An equal message was delivered without a slot, as when the network repeats a direct
    ///   delivery.
    /// * The memory had no name when the message was read first.
    /// * Its delivery was under way when the [restored](crate::Session::restore) session was saved.
    pub possible_duplicate: bool,
    /// The receipt for [`Session::acknowledge`](crate::Session::acknowledge) once the message is
    /// safe.
    pub receipt: Receipt,
}

impl Received {
    /// Creates the message as a whole.
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

    /// Returns `true` for a class 0 message, which is to be shown at once and not stored.
    #[doc(alias = "flash SMS")]
    pub fn is_flash(&self) -> bool {
        self.class == Some(Class::Flash)
    }

    /// Returns `true` for a WAP push, such as the notification of an MMS.
    #[doc(alias = "MMS")]
    pub fn is_wap_push(&self) -> bool {
        self.ports.is_some_and(|ports| ports.is_wap_push())
    }
}

/// A part of a long message that is not complete yet, with
/// [`Config::deliver_parts`](crate::Config::deliver_parts).
///
/// Once the part is [acknowledged](crate::Session::acknowledge), its slot in the modem is free for
/// another part: a message can have more parts than the SIM has slots. The complete message is
/// delivered after its last part, with all its parts.
#[doc(alias("long SMS", "concatenated SMS", "multipart"))]
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ReceivedPart {
    /// The address of the sender.
    pub sender: Address,
    /// The reference that all parts of the message have.
    pub reference: Option<Reference>,
    /// The number of the part, counted from 1.
    pub sequence: u8,
    /// The number of parts of the message.
    pub total: u8,
    /// The receipt for [`Session::acknowledge`](crate::Session::acknowledge) once the part is safe.
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

/// A received status report.
#[doc(alias("delivery report", "DLR", "delivery receipt"))]
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StatusReport {
    /// The TPDU of the status report, boxed, since most events are half as large.
    pub tpdu: Box<pdu::StatusReport>,
    /// The message of this session that the report is about, and the index of its part, counted
    /// from 0.
    pub about: Option<(MessageId, usize)>,
    /// `true` if the report may have been delivered before, as for a
    /// [message](Received::possible_duplicate).
    pub possible_duplicate: bool,
    /// The receipt for [`Session::acknowledge`](crate::Session::acknowledge) once the report is
    /// safe.
    pub receipt: Receipt,
}

/// A received PDU that cannot be decoded.
///
/// A modem that stays in text mode whatever it is told shows texts instead of PDUs. Such a message
/// is delivered here with its header, and acknowledging it does not delete it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Undecodable {
    /// The reason why the PDU cannot be decoded; `None` for a valid PDU of a type that a network
    /// does not send to be stored.
    pub error: Option<DecodeError>,
    /// `true` if the PDU may have been delivered before, as for a
    /// [message](Received::possible_duplicate).
    pub possible_duplicate: bool,
    /// The receipt for [`Session::acknowledge`](crate::Session::acknowledge), which has the PDU
    /// deleted.
    pub receipt: Receipt,
}
