//! Where the modem stores a message, and the claim on what was delivered from there.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::sms::{Memory, Message, Status};

/// One place in a memory of the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Slot {
    /// The memory, such as `SM`.
    pub memory: Memory,
    /// The place in it. Most modems count from 1, some from 0.
    pub index: u16,
}

impl Slot {
    /// The place `index` of `memory`.
    pub const fn new(memory: Memory, index: u16) -> Self {
        Self { memory, index }
    }
}

/// What stands for the stored parts of something that was received.
///
/// Given to [`Session::acknowledge`](crate::Session::acknowledge) it has them deleted from the modem. It holds the octets of each
/// part, and a place is read again before it is erased: what has come into it meanwhile stays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt {
    pub(crate) parts: Vec<Held>,
}

impl Receipt {
    /// The places that the parts are stored in; none for what was delivered without being stored.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.parts.iter().flat_map(|part| &part.slots)
    }

    pub(crate) fn of(part: Held) -> Self {
        Self {
            parts: Vec::from([part]),
        }
    }

    /// The parts as the modem gave them, in order: service centre address and TPDU in upper-case hexadecimal digits.
    pub fn pdus(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.pdu.as_str())
    }
}

/// One part, and the places where the modem has it. Some modems show one place in two memories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) key: u64,
    pub(crate) slots: Vec<Slot>,
    pub(crate) pdu: String,
}

/// What one place of the modem's store holds.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) slot: Slot,
    pub(crate) status: Status,
    pub(crate) line: Vec<u8>,
}

impl Stored {
    /// `None` for a place that is empty, which some modems list as a message without octets.
    pub(crate) fn new(slot: Slot, message: Message) -> Option<Self> {
        (!message.data.is_empty()).then_some(Self {
            slot,
            status: message.status,
            line: message.data,
        })
    }

    /// Whether the host has written it itself, to send it.
    pub(crate) fn is_outgoing(&self) -> bool {
        matches!(self.status, Status::UNSENT | Status::SENT)
    }
}

/// The hexadecimal digits of a PDU in one form, so that two readings of it are equal; other lines as they are, since a
/// letter that is no digit came in by damage, and two readings that were damaged in two ways are not to be equal.
pub(crate) fn normal(line: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(line.trim_ascii()).into_owned();
    if text.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        text.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn two_readings_are_equal_in_either_case_but_not_if_each_was_damaged_in_its_way() {
        assert_eq!(normal(b" 07919471\t"), normal(b"07919471"));
        assert_eq!(normal(b"0791abcd"), normal(b"0791ABCD"));
        assert_ne!(normal(b"0791pbcd"), normal(b"0791Pbcd"));
    }
}
