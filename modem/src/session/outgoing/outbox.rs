//! The messages under way, and their awaited status reports.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::Instant;
use pdu::collections::{Deque, Map, Set};
use pdu::{Address, RelativeValidity, StatusReport, Submit, ValidityPeriod};
use pdu::{DecodeError, EncodeError, Envelope};

use super::super::saved::{Fate, MAX_AWAITED, SavedAwaited, SavedMessage, State};
use super::super::tickets::TicketId;
use super::due::Due;
use crate::error::ErrorKind;
use crate::journal::{Ledger, Outcome, Record};
use crate::message::{Departure, MessageId, PartOutcome, SendResult, SentPart, departed};
use crate::procedures::SendPart;

/// A message with parts left to send.
#[derive(Debug)]
struct Sending {
    ticket: TicketId,
    report: SendResult,
    /// The time at which the message expires.
    expires: Option<Instant>,
    /// The time until which the message waits for the modem to be registered; `None` for no limit.
    network_deadline: Option<Instant>,
    /// The part under way may have been sent.
    attempting: bool,
    /// The message continues over the next link when the link ends.
    outlives_link: bool,
}

/// A part whose status report the network may still send.
#[derive(Debug)]
struct Awaited {
    reference: u8,
    recipient: Address,
    message: MessageId,
    part: u8,
    departure: Departure,
    /// The part left over this link.
    is_of_link: bool,
}

/// The messages that a session sends.
#[derive(Debug)]
pub(in crate::session) struct Outbox {
    issued: u64,
    reference: u16,
    sending: Map<MessageId, Sending>,
    /// The times at which messages expire.
    expiries: Due,
    /// The times until which messages wait for the modem to be registered.
    network_deadlines: Due,
    awaited: Deque<Awaited>,
}

impl Outbox {
    pub(in crate::session) fn new(first_reference: u16) -> Self {
        Self {
            issued: 0,
            reference: first_reference,
            sending: Map::new(),
            expiries: Due::default(),
            network_deadlines: Due::default(),
            awaited: Deque::new(),
        }
    }

    /// The reference for the next message of more than one part.
    pub(in crate::session) fn reference(&self) -> u16 {
        self.reference
    }

    /// Sets the first reference, unless it is set or a message was added.
    pub(in crate::session) const fn seed_reference(&mut self, seed: u16) {
        if self.reference == 0 && self.issued == 0 {
            self.reference = seed;
        }
    }

    /// Adds a message, and returns its identifier.
    pub(in crate::session) fn accept(
        &mut self,
        ticket: TicketId,
        parts: Vec<Submit>,
        coding: Option<gsm7::Coding>,
        smsc: Option<Address>,
        deadlines: Deadlines,
    ) -> MessageId {
        self.issued = self.issued.wrapping_add(1);
        let id = MessageId::from(self.issued);
        if parts.len() > 1 {
            self.reference = self.reference.wrapping_add(1);
        }
        let parts = parts
            .into_iter()
            .map(|submit| SentPart { submit, outcome: PartOutcome::NotAttempted })
            .collect();
        let report = SendResult { message: id, coding, parts, smsc };
        self.add(id, Sending::new(ticket, report, deadlines));
        id
    }

    fn add(&mut self, id: MessageId, sending: Sending) {
        self.expiries.insert(sending.expires, id);
        self.network_deadlines.insert(sending.network_deadline, id);
        self.sending.insert(id, sending);
    }

    /// Marks a message to continue over the next link when the link ends, and to wait for the
    /// network without a limit.
    pub(in crate::session) fn keep_over_links(&mut self, id: MessageId) {
        if let Some(sending) = self.sending.get_mut(&id) {
            sending.outlives_link = true;
            self.network_deadlines.remove(sending.network_deadline.take(), id);
        }
    }

    pub(in crate::session) fn outlives_link(&self, id: MessageId) -> bool {
        self.sending.get(&id).is_some_and(|sending| sending.outlives_link)
    }

    /// Returns `true` if a message has not been sent, or only in part.
    pub(in crate::session) fn is_sending(&self) -> bool {
        !self.sending.is_empty()
    }

    /// The messages that have not been sent, or only in part.
    pub(in crate::session) fn ids(&self) -> Vec<MessageId> {
        self.sending.keys().copied().collect()
    }

    /// The next part of a message to send, valid for no longer than the message.
    pub(in crate::session) fn next_part(
        &mut self,
        id: MessageId,
        now: Instant,
    ) -> Option<Box<SendPart>> {
        let sending = self.sending.get_mut(&id)?;
        let left = sending.expires.map(|expires| expires.saturating_duration_since(now));
        let next = sending.next()?;
        let parts = sending.report.parts.len();
        let part = sending.report.parts.get_mut(next)?;
        if let Some(left) = left {
            limit_validity(&mut part.submit, left);
        }
        Some(Box::new(SendPart::new(id, next, parts, &part.submit, sending.report.smsc)))
    }

    /// The messages that have expired: their untried parts have failed. None of them may be under
    /// way.
    pub(in crate::session) fn expired(
        &mut self,
        ledger: &mut Ledger,
        now: Instant,
    ) -> Set<MessageId> {
        let ids: Set<MessageId> = self.expiries.reached(now).collect();
        for id in &ids {
            if let Some(sending) = self.sending.get_mut(id) {
                sending.fail(ErrorKind::Expired, ledger);
            }
        }
        ids
    }

    /// Fails the untried parts of all messages that end with their link, and returns these
    /// messages. None of them may be under way.
    pub(in crate::session) fn fail_waiting(
        &mut self,
        reason: &ErrorKind,
        ledger: &mut Ledger,
    ) -> Set<MessageId> {
        let mut ids = Set::new();
        for (id, sending) in &mut self.sending {
            if !sending.outlives_link {
                sending.fail(reason.clone(), ledger);
                ids.insert(*id);
            }
        }
        ids
    }

    /// Returns `true` if a message does not wait for the network any longer.
    pub(in crate::session) fn is_past_network_deadline(&self, id: MessageId, now: Instant) -> bool {
        self.sending
            .get(&id)
            .is_none_or(|sending| sending.network_deadline.is_some_and(|until| until <= now))
    }

    /// The next time after `now` at which a message expires or stops waiting for the network.
    pub(in crate::session) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let expiry = self.expiries.after(now);
        expiry.into_iter().chain(self.network_deadlines.after(now)).min()
    }

    /// Notes that the part under way may have been sent.
    pub(in crate::session) fn attempting(&mut self, id: MessageId, ledger: &mut Ledger) {
        if let Some(sending) = self.sending.get_mut(&id) {
            sending.attempting = true;
            if let Some(part) = sending.next() {
                ledger.emit(Record::Attempting { id: id.get(), part: number(part) });
            }
        }
    }

    /// Notes that the part under way was not sent.
    pub(in crate::session) fn taken_back(&mut self, id: MessageId) {
        if let Some(sending) = self.sending.get_mut(&id) {
            sending.attempting = false;
        }
    }

    /// Notes the outcome of the part under way: another part follows, or the message has ended.
    pub(in crate::session) fn part_ended(
        &mut self,
        id: MessageId,
        outcome: PartOutcome,
        ledger: &mut Ledger,
        now: Instant,
    ) -> AfterPart {
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
                part: number(index),
                departure: Departure::new(now, Duration::ZERO),
                is_of_link: true,
            });
            if self.awaited.len() > MAX_AWAITED {
                self.awaited.pop_front();
            }
        }
        let attempting = core::mem::take(&mut sending.attempting);
        // The link ended before the part could be sent: the part is sent over the next link.
        if sending.outlives_link
            && matches!(&outcome, PartOutcome::Failed { error } if *error.kind() == ErrorKind::Closed)
        {
            if attempting {
                let (part, outcome) = (number(index), Outcome::Returned);
                ledger.emit(Record::PartEnded { id: id.get(), part, outcome });
            }
            return AfterPart::Next;
        }
        record_end(id, index, &outcome, ledger);
        part.outcome = outcome;
        if sent.is_some() && sending.next().is_some() { AfterPart::Next } else { self.end(id) }
    }

    /// Ends a message in its current state.
    pub(in crate::session) fn end(&mut self, id: MessageId) -> AfterPart {
        let Some(sending) = self.sending.remove(&id) else {
            return AfterPart::Nothing;
        };
        self.expiries.remove(sending.expires, id);
        self.network_deadlines.remove(sending.network_deadline, id);
        AfterPart::Ended(sending.ticket, sending.report)
    }

    /// The message that a ticket is for, if it is still under way.
    pub(in crate::session) fn message_of(&self, ticket: TicketId) -> Option<MessageId> {
        self.sending.iter().find(|(_, sending)| sending.ticket == ticket).map(|(id, _)| *id)
    }

    /// Returns `true` if no part of the message has been tried yet.
    pub(in crate::session) fn is_untouched(&self, id: MessageId) -> bool {
        self.sending.get(&id).is_some_and(|sending| {
            sending
                .report
                .parts
                .iter()
                .all(|part| matches!(part.outcome, PartOutcome::NotAttempted))
        })
    }

    /// Returns `true` if the part that has just left may get its report before its own reference is
    /// known.
    pub(in crate::session) fn awaits_reference(&self) -> bool {
        self.sending.values().any(|sending| {
            let part = sending.next().and_then(|next| sending.report.parts.get(next));
            sending.attempting && part.is_some_and(|part| part.submit.status_report)
        })
    }

    /// The part that a status report is about. A report that `may_be_old` is about a part of an
    /// earlier link or none.
    ///
    /// After a final report no further one is awaited; that report may be read again until the
    /// application has acknowledged it.
    pub(in crate::session) fn matching(
        &mut self,
        report: &StatusReport,
        may_be_old: bool,
        now: Instant,
    ) -> Option<(MessageId, usize)> {
        let fits = |awaited: &Awaited| {
            awaited.reference == report.message_reference
                && awaited.recipient.digits_match(&report.recipient)
                && !(may_be_old && awaited.is_of_link)
        };
        let latest_first = (0..self.awaited.len()).rev().filter_map(|index| {
            let awaited = self.awaited.get(index).filter(|awaited| fits(awaited))?;
            Some((index, awaited.departure))
        });
        let chosen = departed(latest_first, report, now)?;
        for earlier in self.awaited.iter_mut().take(chosen).filter(|earlier| fits(earlier)) {
            earlier.departure.passed(report);
        }
        let awaited = self.awaited.get_mut(chosen)?;
        awaited.departure.reported(report);
        Some((awaited.message, usize::from(awaited.part)))
    }

    /// Notes that the application has acknowledged a report about a part.
    pub(in crate::session) fn report_acknowledged(
        &mut self,
        message: MessageId,
        part: usize,
        ledger: &mut Ledger,
    ) {
        let part = number(part);
        let before = self.awaited.len();
        self.awaited.retain(|awaited| {
            let is_about = (awaited.message, awaited.part) == (message, part);
            !(is_about && awaited.departure.is_reported())
        });
        if self.awaited.len() < before {
            ledger.emit(Record::ReportSettled { id: message.get(), part });
        }
    }

    /// Notes the end of a link: what has left over it has left before the reports that the next one
    /// finds.
    pub(in crate::session) fn closed(&mut self) {
        for awaited in &mut self.awaited {
            awaited.is_of_link = false;
        }
    }
}

impl Outbox {
    /// Adds the messages and the awaited reports to the state.
    pub(in crate::session) fn save(
        &self,
        state: &mut State,
        now: Instant,
    ) -> Result<(), EncodeError> {
        state.next_reference = self.reference;
        state.issued = self.issued;
        for (id, sending) in &self.sending {
            let under_way = sending.next().filter(|_| sending.attempting);
            let left = sending.expires.map(|expires| expires.saturating_duration_since(now));
            let expires_in = left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
            let message = SavedMessage::new(&sending.report, under_way, expires_in)?;
            state.messages.insert(id.get(), message);
        }
        let awaited = self.awaited.iter().map(|one| {
            SavedAwaited::new(one.reference, &one.recipient, one.message.get(), one.part)
        });
        state.awaited = awaited.collect();
        Ok(())
    }

    /// Takes the messages and the awaited reports of a state.
    pub(in crate::session) fn restore(
        &mut self,
        state: &State,
        mut admit: impl FnMut(Option<Duration>) -> (TicketId, Deadlines),
    ) -> Result<(), DecodeError> {
        self.issued = state.issued;
        for (id, message) in &state.messages {
            let id = MessageId::from(*id);
            let mut smsc = None;
            let mut parts = Vec::new();
            for part in &message.parts {
                let envelope = Envelope::<Submit>::decode(&part.pdu)?.value;
                smsc = envelope.smsc;
                parts.push(SentPart {
                    submit: envelope.tpdu,
                    outcome: match &part.fate {
                        Fate::Waiting => PartOutcome::NotAttempted,
                        Fate::Attempting => {
                            PartOutcome::Unknown { error: ErrorKind::Interrupted.into() }
                        }
                        Fate::Sent(reference) => PartOutcome::Sent { reference: *reference },
                        Fate::Failed(why) => {
                            PartOutcome::Failed { error: ErrorKind::Invalid(why.clone()).into() }
                        }
                    },
                });
            }
            let (ticket, deadlines) = admit(message.expires_in.map(Duration::from_millis));
            let report = SendResult { message: id, coding: None, parts, smsc };
            self.add(id, Sending::new(ticket, report, deadlines));
            self.keep_over_links(id);
        }
        // A recipient that cannot be parsed matches no report.
        self.awaited = state
            .awaited
            .iter()
            .filter_map(|one| {
                Some(Awaited {
                    reference: one.reference,
                    recipient: one.recipient.parse().ok()?,
                    message: MessageId::from(one.message),
                    part: one.part,
                    departure: Departure::default(),
                    is_of_link: false,
                })
            })
            .collect();
        Ok(())
    }

    /// Returns `true` if no message was ever added.
    pub(in crate::session) fn is_unused(&self) -> bool {
        self.issued == 0
    }

    /// The highest number of a message so far.
    pub(in crate::session) const fn issued(&self) -> u64 {
        self.issued
    }

    /// The first part whose fate is unknown.
    pub(in crate::session) fn unknown_part(&self, id: MessageId) -> Option<usize> {
        let parts = &self.sending.get(&id)?.report.parts;
        parts.iter().position(|part| matches!(part.outcome, PartOutcome::Unknown { .. }))
    }
}

impl Sending {
    const fn new(ticket: TicketId, report: SendResult, deadlines: Deadlines) -> Self {
        Self {
            ticket,
            report,
            expires: deadlines.expires,
            network_deadline: deadlines.network_deadline,
            attempting: false,
            outlives_link: false,
        }
    }

    /// The first part that was not tried.
    fn next(&self) -> Option<usize> {
        let mut parts = self.report.parts.iter();
        parts.position(|part| matches!(part.outcome, PartOutcome::NotAttempted))
    }

    /// Fails the next part, which was not tried.
    fn fail(&mut self, reason: ErrorKind, ledger: &mut Ledger) {
        let Some(next) = self.next() else {
            return;
        };
        if let Some(part) = self.report.parts.get_mut(next) {
            part.outcome = PartOutcome::Failed { error: reason.into() };
            record_end(self.report.message, next, &part.outcome, ledger);
        }
    }
}

/// The number of a part in a record: a message has at most 255 parts.
fn number(part: usize) -> u8 {
    u8::try_from(part).unwrap_or(u8::MAX)
}

/// Records the outcome of a part.
fn record_end(id: MessageId, part: usize, outcome: &PartOutcome, ledger: &mut Ledger) {
    if !ledger.records() {
        return;
    }
    let outcome = match outcome {
        PartOutcome::Sent { reference } => Outcome::Sent(*reference),
        PartOutcome::Failed { error } => Outcome::Failed(error.clone()),
        PartOutcome::Unknown { .. } => Outcome::Unknown,
        PartOutcome::NotAttempted => return,
    };
    ledger.emit(Record::PartEnded { id: id.get(), part: number(part), outcome });
}

/// Shortens the validity of a message to its remaining time; no form of the validity is shorter
/// than five minutes.
fn limit_validity(submit: &mut Submit, left: Duration) {
    let given = match submit.validity {
        // An absolute validity is the caller's choice.
        Some(validity) => match validity.duration() {
            Some(given) => given,
            None => return,
        },
        None => Duration::MAX,
    };
    if left < given {
        submit.validity = RelativeValidity::at_least(left.max(Duration::from_secs(1)))
            .ok()
            .map(ValidityPeriod::from)
            .or(submit.validity);
    }
}

/// The deadlines of a message.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct Deadlines {
    pub(in crate::session) expires: Option<Instant>,
    pub(in crate::session) network_deadline: Option<Instant>,
}

impl Deadlines {
    /// The deadlines of a restored message with the remaining time `left`.
    pub(in crate::session) fn after_restart(left: Option<Duration>, now: Instant) -> Self {
        Self { expires: left.map(|left| now + left), network_deadline: None }
    }
}

/// The next step after the end of a part.
#[derive(Debug)]
pub(in crate::session) enum AfterPart {
    Next,
    Ended(TicketId, SendResult),
    Nothing,
}
