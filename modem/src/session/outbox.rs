//! Messages on their way out, and the status reports that are awaited for them.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use pdu::{Address, StatusReport, Submit};

use super::ticket::TicketId;
use crate::message::{PartOutcome, SendReport, SentPart};
use crate::procedures::SendPart;

/// The number by which a session names a message that it was given to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A part that is about to leave: from here on silence means that its fate is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The message it belongs to.
    pub message: MessageId,
    /// Which part it is, the first being 0.
    pub part: usize,
    /// How many parts the message has.
    pub parts: usize,
    /// The PDU in hex, service centre included, as it goes over the wire.
    pub pdu: String,
}

/// A message with parts still to send.
#[derive(Debug)]
struct Sending {
    ticket: TicketId,
    report: SendReport,
    smsc: Option<Address>,
}

/// A part for which the network may still send a status report.
#[derive(Debug)]
struct Awaited {
    reference: u8,
    recipient: Address,
    message: MessageId,
    part: usize,
}

/// What a session sends.
#[derive(Debug)]
pub(super) struct Outbox {
    given: u64,
    reference: u16,
    sending: BTreeMap<MessageId, Sending>,
    awaited: VecDeque<Awaited>,
}

/// More awaited reports than this are not kept: the oldest will not come any more.
const MOST_AWAITED: usize = 4096;

impl Outbox {
    pub(super) fn new(first_reference: u16) -> Self {
        Self {
            given: 0,
            reference: first_reference,
            sending: BTreeMap::new(),
            awaited: VecDeque::new(),
        }
    }

    /// The reference for the next message of more than one part.
    pub(super) fn reference(&self) -> u16 {
        self.reference
    }

    /// Takes a message in, and gives its number and its first part.
    pub(super) fn accept(
        &mut self,
        ticket: TicketId,
        parts: Vec<Submit>,
        coding: Option<gsm7::Coding>,
        smsc: Option<Address>,
    ) -> (MessageId, Option<Box<SendPart>>) {
        self.given += 1;
        let id = MessageId(self.given);
        if parts.len() > 1 {
            self.reference = self.reference.wrapping_add(1);
        }
        let parts = parts
            .into_iter()
            .map(|submit| SentPart {
                submit,
                outcome: PartOutcome::NotAttempted,
            })
            .collect();
        let report = SendReport {
            message: id,
            coding,
            parts,
        };
        self.sending.insert(id, Sending { ticket, report, smsc });
        (id, self.next_part(id))
    }

    /// The next part of a message to send.
    fn next_part(&self, id: MessageId) -> Option<Box<SendPart>> {
        let sending = self.sending.get(&id)?;
        let next = sending
            .report
            .parts
            .iter()
            .position(|part| matches!(part.outcome, PartOutcome::NotAttempted))?;
        let part = sending.report.parts.get(next)?;
        Some(Box::new(SendPart::new(
            id,
            next,
            sending.report.parts.len(),
            &part.submit,
            sending.smsc,
        )))
    }

    /// Notes what became of the part under way: another part follows, or the message has ended.
    pub(super) fn part_ended(&mut self, id: MessageId, outcome: PartOutcome) -> AfterPart {
        let Some(sending) = self.sending.get_mut(&id) else {
            return AfterPart::Nothing;
        };
        let next = sending
            .report
            .parts
            .iter_mut()
            .enumerate()
            .find(|(_, part)| matches!(part.outcome, PartOutcome::NotAttempted));
        let Some((index, part)) = next else {
            return AfterPart::Nothing;
        };
        let sent = match &outcome {
            PartOutcome::Sent { reference } => Some(*reference),
            _ => None,
        };
        if let (Some(reference), true) = (sent, part.submit.status_report) {
            let recipient = part.submit.destination;
            self.awaited.push_back(Awaited {
                reference,
                recipient,
                message: id,
                part: index,
            });
            if self.awaited.len() > MOST_AWAITED {
                self.awaited.pop_front();
            }
        }
        part.outcome = outcome;
        match self.next_part(id).filter(|_| sent.is_some()) {
            Some(part) => AfterPart::Next(part),
            None => self.end(id),
        }
    }

    /// Ends a message as it is.
    pub(super) fn end(&mut self, id: MessageId) -> AfterPart {
        match self.sending.remove(&id) {
            Some(sending) => AfterPart::Ended(sending.ticket, sending.report),
            None => AfterPart::Nothing,
        }
    }

    /// The message that a ticket is for, if it is still under way.
    pub(super) fn message_of(&self, ticket: TicketId) -> Option<MessageId> {
        self.sending
            .iter()
            .find(|(_, sending)| sending.ticket == ticket)
            .map(|(id, _)| *id)
    }

    /// Whether no part of the message has been tried yet.
    pub(super) fn is_untouched(&self, id: MessageId) -> bool {
        self.sending.get(&id).is_some_and(|sending| {
            sending
                .report
                .parts
                .iter()
                .all(|part| matches!(part.outcome, PartOutcome::NotAttempted))
        })
    }

    /// Whether a message is under way whose report may come before its own reference is known.
    pub(super) fn awaits_reference(&self) -> bool {
        self.sending
            .values()
            .any(|sending| sending.report.parts.iter().any(|part| part.submit.status_report))
    }

    /// The part that a status report is about. A report that is final is awaited no more.
    pub(super) fn matching(&mut self, report: &StatusReport) -> Option<(MessageId, usize)> {
        // The latest of several with the same reference: references repeat after 256 messages.
        let at = self.awaited.iter().rposition(|awaited| {
            awaited.reference == report.message_reference && awaited.recipient.digits_match(&report.recipient)
        })?;
        let awaited = self.awaited.get(at)?;
        let found = (awaited.message, awaited.part);
        if report.status.category().is_final() {
            self.awaited.remove(at);
        }
        Some(found)
    }
}

/// What follows the end of a part.
#[derive(Debug)]
pub(super) enum AfterPart {
    Next(Box<SendPart>),
    Ended(TicketId, SendReport),
    Nothing,
}
