//! Messages under way, and status reports that arrived before their reference was known.

mod due;
mod ids;
mod outbox;

use alloc::vec::Vec;

use at_proto::Instant;
use pdu::collections::{Map, Set};

use self::ids::Ids;
pub(super) use self::outbox::{AfterPart, Deadlines, Outbox};
use super::desk::Desk;
use super::job::Job;
use super::tickets::erased;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::journal::Record;
use crate::message::{MessageId, PartOutcome, Receipt, SendResult, StatusReport};

/// The maximum number of early reports; further ones are reported without their message.
const MAX_EARLY_REPORTS: usize = 64;

/// The maximum number of outcomes that are not settled; beyond it no message is accepted.
const MAX_UNSETTLED: usize = 8192;

/// The messages that a session sends.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) outbox: Outbox,
    /// Status reports that arrived before their reference was known, with the times.
    early: Vec<(StatusReport, Instant)>,
    /// The time at which the part under way was committed by its Ctrl-Z.
    committed: Option<Instant>,
    /// The part under way is taken back before its Ctrl-Z, to be sent after a check.
    held_back: bool,
    /// The next part is not taken back, since one was and has not been sent yet.
    was_held_back: bool,
    /// The parts of the reports that the application has not acknowledged, by the keys of the
    /// reports.
    reported: Map<u64, (MessageId, usize)>,
    /// The outcomes that the application has not settled, if the session records.
    unsettled: Map<MessageId, SendResult>,
    /// The numbers of messages that may be given.
    pub(super) ids: Ids,
    /// A report that is found now may have been in the modem before the link was opened.
    finds_old: bool,
}

impl Outgoing {
    pub(super) fn new(first_reference: u16) -> Self {
        Self {
            outbox: Outbox::new(first_reference),
            early: Vec::new(),
            committed: None,
            held_back: false,
            was_held_back: false,
            reported: Map::new(),
            unsettled: Map::new(),
            ids: Ids::default(),
            finds_old: false,
        }
    }

    /// The next time at which a message expires or stops waiting for the network.
    pub(super) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        self.outbox.next_deadline(now)
    }

    /// Records that the part under way is committed now.
    pub(super) const fn commit(&mut self, now: Instant) {
        self.committed = Some(now);
    }

    /// Records that the part under way is taken back, once before it is sent. Returns `false` if it
    /// was taken back before.
    pub(super) const fn hold_back(&mut self) -> bool {
        self.held_back = !self.was_held_back;
        self.was_held_back = true;
        self.held_back
    }

    /// Records that the part under way is taken back before it is sent, whatever was taken back
    /// before.
    pub(super) const fn take_back(&mut self) {
        self.held_back = true;
    }

    /// Notes the outcome of the part under way, and queues or reports what follows.
    pub(super) fn part_ended(
        &mut self,
        id: MessageId,
        outcome: PartOutcome,
        desk: &mut Desk,
        now: Instant,
    ) {
        let withdrawn = |error: &Error| *error.kind() != ErrorKind::Closed;
        if core::mem::take(&mut self.held_back)
            && matches!(&outcome, PartOutcome::Failed { error } if withdrawn(error))
        {
            self.outbox.taken_back(id);
            return desk.queue.outbound_next(Job::Message(id));
        }
        self.was_held_back = false;
        let committed = self.committed.take();
        let latency = committed.map(|committed| now.saturating_duration_since(committed));
        desk.counters.part(&outcome, latency);
        let after = self.outbox.part_ended(id, outcome, &mut desk.ledger, now);
        self.after_part(id, after, desk);
    }

    /// Ends a message in its current state.
    pub(super) fn end(&mut self, id: MessageId, desk: &mut Desk) {
        let after = self.outbox.end(id);
        if let AfterPart::Ended(_, report) = &after {
            let mut outcomes = report.parts.iter().map(|part| &part.outcome);
            // An outcome that stops a message has ended it already.
            let stops = |outcome: &PartOutcome| {
                matches!(outcome, PartOutcome::Failed { .. } | PartOutcome::Unknown { .. })
            };
            if !outcomes.any(stops) {
                desk.ledger.emit(Record::Ended { id: id.get() });
            }
        }
        self.after_part(id, after, desk);
    }

    /// Ends the messages that have expired.
    pub(super) fn expire(&mut self, desk: &mut Desk, now: Instant) {
        let expired = self.outbox.expired(&mut desk.ledger, now);
        self.end_all(expired, desk);
    }

    /// Ends the messages that wait for the network and not for another link.
    pub(super) fn fail_waiting(&mut self, reason: &ErrorKind, desk: &mut Desk) {
        let failed = self.outbox.fail_waiting(reason, &mut desk.ledger);
        self.end_all(failed, desk);
    }

    /// Ends messages that are not under way.
    fn end_all(&mut self, ids: Set<MessageId>, desk: &mut Desk) {
        if ids.is_empty() {
            return;
        }
        desk.queue.withdraw_messages(&ids);
        for id in ids {
            self.end(id, desk);
        }
    }

    /// Notes whether the reports that follow may be older than the link.
    pub(super) const fn finds_old(&mut self, finds_old: bool) {
        self.finds_old = finds_old;
    }

    /// Records that the application has the outcome of a message, or does not want the message any
    /// more.
    pub(super) fn settle(&mut self, id: MessageId, desk: &mut Desk) {
        if self.unsettled.remove(&id).is_some() {
            desk.ledger.emit(Record::Settled { id: id.get() });
        }
    }

    /// Returns `true` if as many outcomes wait to be settled as may wait.
    pub(super) fn is_full_of_outcomes(&self) -> bool {
        self.unsettled.len() >= MAX_UNSETTLED
    }

    /// The outcomes that the application has not settled.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &SendResult> {
        self.unsettled.values()
    }

    /// Notes the end of a link.
    pub(super) fn closed(&mut self) {
        self.outbox.closed();
    }

    /// Notes the reports that the application has acknowledged.
    pub(super) fn acknowledged(&mut self, receipt: &Receipt, desk: &mut Desk) {
        for held in &receipt.parts {
            if let Some((message, part)) = self.reported.remove(&held.key) {
                self.outbox.report_acknowledged(message, part, &mut desk.ledger);
            }
        }
    }

    /// Matches a status report with the part that it is about, or keeps it until that part's
    /// reference is known. A report can only be about a part that had left before the report came.
    pub(super) fn report(&mut self, received: StatusReport, desk: &mut Desk, now: Instant) {
        let about = self.outbox.matching(&received.tpdu, self.finds_old, now);
        let has_left = self.committed.is_some() && self.outbox.awaits_reference();
        if about.is_none() && has_left && self.early.len() < MAX_EARLY_REPORTS {
            self.early.push((received, now));
            return;
        }
        if let (Some(about), Some(held)) = (about, received.receipt.parts.first()) {
            self.reported.insert(held.key, about);
        }
        desk.emit(Event::StatusReport(StatusReport { about, ..received }));
    }

    fn after_part(&mut self, id: MessageId, after: AfterPart, desk: &mut Desk) {
        let early = core::mem::take(&mut self.early);
        match after {
            AfterPart::Next => desk.queue.outbound_next(Job::Message(id)),
            AfterPart::Ended(ticket, report) => {
                if desk.ledger.records() {
                    self.unsettled.insert(id, report.clone());
                }
                desk.finish(ticket, Ok(erased(report)));
            }
            AfterPart::Nothing => {}
        }
        for (report, at) in early {
            self.report(report, desk, at);
        }
    }
}
