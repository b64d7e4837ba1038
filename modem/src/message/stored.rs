//! The messages in the modem's memories, for an inbox that lives there.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::sms::{Memory, MessageStatus};
use pdu::{
    Address, Deliver, Envelope, Incoming, Limits, Message, Outcome, Outgoing, Reassembler, Submit,
    Timestamp,
};

use super::received::{Received, StatusReport, Undecodable};
use super::slot::{Held, Receipt, Slot, Stored};

/// A message in the modem's memories, from [`ListMessages`](crate::ListMessages).
#[doc(alias = "inbox")]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoredMessage {
    /// The status before it was listed; of a message of several parts the status of the least read
    /// one.
    pub status: MessageStatus,
    /// The content of the entry.
    pub content: StoredContent,
}

/// The content of a [`StoredMessage`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StoredContent {
    /// A received message.
    Received(Received),
    /// A received status report. The message that it is about is not looked up.
    StatusReport(StatusReport),
    /// A message that was stored to be sent, or kept after it was sent.
    Outgoing(Box<StoredSubmit>),
    /// A PDU that cannot be decoded.
    Unreadable(Undecodable),
}

/// An outgoing message in a memory.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StoredSubmit {
    /// The TPDU of the message.
    pub submit: Submit,
    /// The receipt for [`Session::delete`](crate::Session::delete).
    pub receipt: Receipt,
}

impl StoredMessage {
    /// The lowest index among its slots.
    pub fn index(&self) -> Option<u16> {
        self.receipt().slots().map(|slot| slot.index).min()
    }

    /// The memory of its first part.
    pub fn source(&self) -> Option<Memory> {
        self.receipt().slots().next().map(|slot| slot.memory)
    }

    /// The other party: the sender, or the recipient of an outgoing message or of the message that
    /// a report is about.
    #[doc(alias("phone", "sender", "recipient"))]
    pub fn address(&self) -> Option<Address> {
        match &self.content {
            StoredContent::Received(received) => Some(received.sender),
            StoredContent::StatusReport(report) => Some(report.tpdu.recipient),
            StoredContent::Outgoing(outgoing) => Some(outgoing.submit.destination),
            StoredContent::Unreadable(_) => None,
        }
    }

    /// The text, if the entry has one.
    pub fn text(&self) -> Option<String> {
        match &self.content {
            StoredContent::Received(received) => received.text.clone(),
            StoredContent::Outgoing(outgoing) => outgoing.submit.text(),
            StoredContent::StatusReport(_) | StoredContent::Unreadable(_) => None,
        }
    }

    /// The time at which the service centre received the message, or the time in a status report at
    /// which it was dealt with.
    pub fn timestamp(&self) -> Option<Timestamp> {
        match &self.content {
            StoredContent::Received(received) => Some(received.timestamp),
            StoredContent::StatusReport(report) => Some(report.tpdu.discharge),
            StoredContent::Outgoing(_) | StoredContent::Unreadable(_) => None,
        }
    }

    /// The receipt for [`Session::delete`](crate::Session::delete).
    pub fn receipt(&self) -> &Receipt {
        match &self.content {
            StoredContent::Received(received) => &received.receipt,
            StoredContent::StatusReport(report) => &report.receipt,
            StoredContent::Outgoing(outgoing) => &outgoing.receipt,
            StoredContent::Unreadable(unreadable) => &unreadable.receipt,
        }
    }

    /// The receipt, whose parts can be given other keys.
    #[cfg(feature = "erase")]
    pub(crate) fn receipt_mut(&mut self) -> &mut Receipt {
        match &mut self.content {
            StoredContent::Received(received) => &mut received.receipt,
            StoredContent::StatusReport(report) => &mut report.receipt,
            StoredContent::Outgoing(outgoing) => &mut outgoing.receipt,
            StoredContent::Unreadable(unreadable) => &mut unreadable.receipt,
        }
    }

    /// The seconds of its timestamp since 1970; an entry without a timestamp is older than all
    /// others.
    pub(crate) fn seconds(&self) -> i64 {
        self.timestamp().and_then(Timestamp::date_time).map_or(i64::MIN, |time| time.unix_seconds())
    }
}

/// A decoded part, and its slots.
struct Piece {
    status: MessageStatus,
    deliver: Deliver,
    smsc: Option<Address>,
    receipt: Held,
}

/// Each slot as an entry of its own, oldest first.
pub(crate) fn separate(found: Vec<Stored>) -> Vec<StoredMessage> {
    by_age(arrange(found, written, |pieces| {
        (0..).zip(pieces).map(|(number, piece)| whole(&single(number, piece), pieces)).collect()
    }))
}

/// The parts of a long message as one entry, oldest first.
pub(crate) fn merged(found: Vec<Stored>) -> Vec<StoredMessage> {
    by_age(arrange(found, written, joined))
}

/// The received messages and the status reports, with the parts of a long message as one entry, in
/// no order.
#[cfg(feature = "erase")]
pub(crate) fn incoming(found: Vec<Stored>) -> Vec<StoredMessage> {
    arrange(found, |_| None, joined)
}

fn by_age(mut messages: Vec<StoredMessage>) -> Vec<StoredMessage> {
    messages.sort_by_key(|message| (message.seconds(), message.index()));
    messages
}

/// Joins the parts of long messages, by the number of the piece.
fn joined(pieces: &[Piece]) -> Vec<StoredMessage> {
    let mut reassembler = Reassembler::new(Limits {
        parts: usize::MAX,
        parts_per_sender: usize::MAX,
        age: Duration::ZERO,
    });
    let mut messages = Vec::new();
    for (number, piece) in (0..).zip(pieces) {
        match reassembler.insert(Duration::ZERO, &piece.deliver, number) {
            Outcome::Complete(message) | Outcome::Pending { displaced: Some(message), .. } => {
                messages.push(whole(&message, pieces));
            }
            // The network has delivered this part twice: a second entry, so that it can be deleted
            // as well.
            Outcome::Duplicate { tag } => messages.push(whole(&single(tag, piece), pieces)),
            _ => {}
        }
    }
    messages.extend(reassembler.expire(Duration::MAX).iter().map(|message| whole(message, pieces)));
    messages
}

/// The message of one piece.
fn single(number: u64, piece: &Piece) -> Message<u64> {
    Message::single(piece.deliver, number)
}

/// Decodes what was found. `outgoing` gives the content of an outgoing message, unless it is left
/// out, and `join` makes messages of the received pieces.
fn arrange(
    found: Vec<Stored>,
    outgoing: impl Fn(Held) -> Option<StoredContent>,
    join: impl FnOnce(&[Piece]) -> Vec<StoredMessage>,
) -> Vec<StoredMessage> {
    let mut pieces = Vec::new();
    let mut messages = Vec::new();
    for (status, is_outgoing, held) in without_mirrors(found) {
        if is_outgoing {
            messages.extend(outgoing(held).map(|content| StoredMessage { status, content }));
            continue;
        }
        match Envelope::<Incoming>::from_hex(held.pdu.as_bytes()).map(|decoded| decoded.value) {
            Ok(Envelope { tpdu: Incoming::Deliver(deliver), smsc }) => {
                pieces.push(Piece { status, deliver, smsc, receipt: held });
            }
            Ok(Envelope { tpdu: Incoming::StatusReport(tpdu), .. }) => {
                messages.push(StoredMessage {
                    status,
                    content: StoredContent::StatusReport(StatusReport {
                        tpdu: Box::new(tpdu),
                        about: None,
                        possible_duplicate: false,
                        receipt: Receipt::of(held),
                    }),
                });
            }
            Ok(_) => messages.push(unreadable(status, None, held)),
            Err(error) => messages.push(unreadable(status, Some(error), held)),
        }
    }
    messages.extend(join(&pieces));
    messages
}

fn whole(message: &Message<u64>, pieces: &[Piece]) -> StoredMessage {
    let of_tag = |tag: &u64| pieces.get(usize::try_from(*tag).ok()?);
    let own = || message.tags().filter_map(of_tag);
    let receipt = Receipt { parts: own().map(|piece| piece.receipt.clone()).collect() };
    let smsc = own().next().and_then(|piece| piece.smsc);
    StoredMessage {
        status: own()
            .map(|piece| piece.status)
            .min_by_key(|status| status.0)
            .unwrap_or(MessageStatus::READ),
        content: StoredContent::Received(Received::new(message, smsc, receipt)),
    }
}

fn written(held: Held) -> Option<StoredContent> {
    Some(
        match Envelope::<Outgoing>::from_hex(held.pdu.as_bytes()).map(|decoded| decoded.value.tpdu)
        {
            Ok(Outgoing::Submit(submit)) => StoredContent::Outgoing(Box::new(StoredSubmit {
                submit,
                receipt: Receipt::of(held),
            })),
            Ok(_) => StoredContent::Unreadable(Undecodable {
                error: None,
                possible_duplicate: false,
                receipt: Receipt::of(held),
            }),
            Err(error) => StoredContent::Unreadable(Undecodable {
                error: Some(error),
                possible_duplicate: false,
                receipt: Receipt::of(held),
            }),
        },
    )
}

fn unreadable(status: MessageStatus, error: Option<pdu::DecodeError>, held: Held) -> StoredMessage {
    StoredMessage {
        status,
        content: StoredContent::Unreadable(Undecodable {
            error,
            possible_duplicate: false,
            receipt: Receipt::of(held),
        }),
    }
}

/// The stored messages without duplicates: some modems show one slot in two memories.
fn without_mirrors(found: Vec<Stored>) -> Vec<(MessageStatus, bool, Held)> {
    let mut once: Vec<(MessageStatus, bool, Held)> = Vec::new();
    for stored in found {
        let mirror = once.iter_mut().find(|(_, _, held)| {
            held.pdu == stored.pdu
                && held.slots.iter().all(|slot: &Slot| slot.memory != stored.slot.memory)
        });
        match mirror {
            Some((_, _, held)) => held.slots.push(stored.slot),
            None => once.push((
                stored.status,
                stored.is_outgoing(),
                Held { key: 0, slots: Vec::from([stored.slot]), pdu: stored.pdu },
            )),
        }
    }
    once
}
