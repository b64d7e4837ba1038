//! The storage slots of the modem, and the receipts for messages delivered from them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use at_proto::sms::{Memory, Message, MessageStatus, centre_length};
use bytes::Bytes;

use super::shape::proves_text_mode;
use crate::fnv::fnv_1a;

/// One slot in a memory of the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Slot {
    /// The memory, such as `SM`; `_CUR` is the memory in use of a modem that lets none be selected.
    pub memory: Memory,
    /// The index of the slot. Most modems count from 1, some from 0.
    pub index: u16,
}

impl Slot {
    /// The slot `index` of `memory`.
    pub const fn new(memory: Memory, index: u16) -> Self {
        Self { memory, index }
    }
}

/// A receipt for the stored parts of a received message, which
/// [`Session::acknowledge`](crate::Session::acknowledge) takes to delete them from the modem.
///
/// The receipt holds the bytes of each part. A slot is read again before it is deleted: a message
/// that replaced the part meanwhile stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Receipt {
    pub(crate) parts: Vec<Held>,
}

impl Receipt {
    /// The slots that the parts are stored in; none for a direct delivery.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.parts.iter().flat_map(|part| &part.slots)
    }

    pub(crate) fn of(part: Held) -> Self {
        Self { parts: Vec::from([part]) }
    }

    /// The PDUs of the parts in order: service centre address and TPDU, in upper-case hexadecimal
    /// digits.
    pub fn pdus(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.pdu.as_str())
    }
}

/// One part, and the slots that the modem shows it in. Some modems show one slot in two memories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Held {
    pub(crate) key: u64,
    pub(crate) slots: Vec<Slot>,
    pub(crate) pdu: PduLine,
}

/// The content of one slot of the modem.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) slot: Slot,
    pub(crate) status: MessageStatus,
    pub(crate) pdu: PduLine,
    /// The modem has shown the slot in text mode: the PDU is not known.
    pub(crate) in_text_mode: bool,
}

impl Stored {
    /// `None` for an empty slot, which some modems list as a message without data.
    pub(crate) fn new(slot: Slot, message: &Message) -> Option<Self> {
        let in_text_mode = proves_text_mode(message);
        let pdu = match in_text_mode {
            true => PduLine::of_text(&message.header, &message.data),
            false => PduLine::new(&message.data),
        };
        (in_text_mode || !message.data.is_empty()).then_some(Self {
            slot,
            status: message.status,
            pdu,
            in_text_mode,
        })
    }

    /// Returns `true` if the host itself has written the message, to send it.
    pub(crate) fn is_outgoing(&self) -> bool {
        matches!(self.status, MessageStatus::UNSENT | MessageStatus::SENT)
    }
}

/// A PDU line of a modem in a normal form, in which two readings of the same PDU are equal: without
/// spaces at its ends, in upper-case digits.
///
/// A line that is not hexadecimal keeps its letters as they are. A letter that is not a digit is
/// transmission damage, and two readings with different damage must not be equal. Two lines are
/// not a PDU: they are joined by `|`, which is not a digit. Receipts, jobs and events share the
/// bytes; a clone copies none.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PduLine(Bytes);

impl PduLine {
    /// The normal form of a line.
    pub(crate) fn new(line: &[u8]) -> Self {
        let mut digits = line.trim_ascii().to_vec();
        if digits.iter().all(u8::is_ascii_hexdigit) {
            digits.make_ascii_uppercase();
            return Self(digits.into());
        }
        // The header of the second line was damaged, so that it may be of another message.
        for end in digits.iter_mut().filter(|byte| **byte == b'\n') {
            *end = b'|';
        }
        Self::as_it_came(&digits)
    }

    /// Returns `true` if a line is another reading of the PDU: its normal form is equal.
    pub(crate) fn reads(&self, line: &[u8]) -> bool {
        let digits = line.trim_ascii();
        match digits.iter().all(u8::is_ascii_hexdigit) {
            true => digits.eq_ignore_ascii_case(&self.0),
            false => Self::new(line) == *self,
        }
    }

    /// The header and the text of a modem in text mode; the header has the sender and the time.
    /// The header is never hexadecimal, so that no text is taken for a PDU.
    pub(crate) fn of_text(header: &[u8], text: &[u8]) -> Self {
        Self::as_it_came([b"text mode: ", header, b"\n", text].concat().trim_ascii())
    }

    fn as_it_came(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned().into_bytes().into())
    }

    /// The line of a PDU with these octets.
    pub(crate) fn of_octets(octets: &[u8]) -> Self {
        let mut digits = alloc::vec![0; octets.len().saturating_mul(2)];
        // Never fails: there are two digits for each octet.
        let _ = faster_hex::hex_encode_upper(octets, &mut digits);
        Self(digits.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        // `new` lets in UTF-8 only.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digits after the service centre; all of an invalid PDU.
    pub(crate) fn tpdu(&self) -> &[u8] {
        let pdu = self.as_bytes();
        let digits = centre_length(pdu).map(|length| length.saturating_mul(2).saturating_add(2));
        digits.and_then(|digits| pdu.get(digits..)).unwrap_or(pdu)
    }
}

/// A digest of the TPDU of a PDU (FNV-1a), which two TPDUs may share by chance.
pub(crate) fn digest(pdu: &PduLine) -> u64 {
    fnv_1a(pdu.tpdu().iter())
}

#[cfg(feature = "serde")]
impl serde::Serialize for PduLine {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for PduLine {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        Ok(Self::new(line.as_bytes()))
    }
}

impl fmt::Debug for PduLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::PduLine;

    #[test]
    fn two_readings_are_equal_in_either_case_but_not_if_each_was_damaged_in_its_way() {
        for (one, other, are_equal) in [
            (&b" 07919471\t"[..], &b"07919471"[..], true),
            (b"0791abcd", b"0791ABCD", true),
            (b"0791pbcd", b"0791Pbcd", false),
            (b"0791pbcd", b"0791pbcd ", true),
            (b"0791abcd", b"0791abce", false),
            (b"0791p\xFF", b"0791p\xFE", true),
        ] {
            assert_eq!(PduLine::new(one) == PduLine::new(other), are_equal, "{one:?} {other:?}");
            assert_eq!(PduLine::new(one).reads(other), are_equal, "{one:?} {other:?}");
        }
    }
}
