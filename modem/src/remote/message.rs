//! The parts of a message that a policy checks.

use pdu::{Address, CharacterSet, Deliver, Envelope};

use crate::message::Received;

/// The parts of a received message that a [`Policy`](super::Policy) checks, made from a
/// [`Received`] by [`From`].
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub(super) sender: Address,
    pub(super) text: Option<&'a str>,
    pub(super) parts: usize,
    pub(super) is_gsm7: bool,
}

impl<'a> Message<'a> {
    /// A text of one part in the GSM 7-bit alphabet.
    pub const fn new(sender: Address, text: &'a str) -> Self {
        Self { sender, text: Some(text), parts: 1, is_gsm7: true }
    }

    /// The same message in `parts` parts.
    #[must_use]
    pub const fn in_parts(self, parts: usize) -> Self {
        Self { parts, ..self }
    }

    /// The same message in UCS-2.
    #[must_use]
    pub const fn in_unicode(self) -> Self {
        Self { is_gsm7: false, ..self }
    }
}

impl<'a> From<&'a Received> for Message<'a> {
    fn from(received: &'a Received) -> Self {
        let is_gsm7 = |pdu| {
            Envelope::<Deliver>::from_hex(pdu)
                .is_ok_and(|decoded| decoded.value.tpdu.dcs.character_set() == CharacterSet::Gsm7)
        };
        Self {
            sender: received.sender,
            text: received.text.as_deref(),
            parts: received.receipt.pdus().count().saturating_add(received.missing.len()),
            is_gsm7: received.receipt.pdus().all(is_gsm7),
        }
    }
}
