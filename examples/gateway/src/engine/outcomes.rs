//! Outcomes of parts, ends of messages, and received messages.

use modem::at::FinalError;
use modem::pool::{Ending, Inbound, MemberId, PoolEvent, PoolResult, Via};
use modem::{
    ErrorKind, Event, MessageId, PartOutcome, Receipt, Received, StatusReport, Undecodable, pdu,
};

use super::{Arrow, Change, Engine, Note, PartKey};
use crate::api::Incoming;
use crate::clock;
use crate::keys::sha256;
use crate::queue::Report;
use crate::store::Late;

impl Engine {
    /// Takes the outcome of the part that a member has had.
    pub(super) fn on_outcome(&mut self, id: MemberId, outcome: PartOutcome) {
        let now = self.now();
        let Some(member) = self.members.get_mut(&id) else { return };
        member.attempt = None;
        let is_lost = std::mem::take(&mut member.is_lost);
        let had = member.part.take();
        let known = had.and_then(|(message, _)| self.messages.get(&message)).cloned();
        let key = known.as_ref().zip(had).and_then(|(known, (_, part))| {
            Some(PartKey { message: known.seq, part: i64::try_from(part).ok()? })
        });
        self.metrics.part(&member.name, &outcome);
        let outcome = match outcome {
            // Late for another host's decision: the pool does not try it again.
            PartOutcome::Failed { .. } | PartOutcome::NotAttempted if is_lost => {
                PartOutcome::Failed { error: ErrorKind::Expired.into() }
            }
            outcome => outcome,
        };
        let sim = member.modem.profile().iccid;
        let way = sim.clone().map_or_else(|| Via::Member(member.name.clone()), Via::Sim);
        // The pool decides whether the part is tried again.
        self.pool.handle_outcome(id, outcome.clone(), now);
        let has_failed = || {
            let mut ended = self.pool.unsettled();
            let ended = ended.find(|result| had.is_some_and(|(id, _)| id == result.message));
            ended.is_some_and(|result| result.ending == Ending::Failed)
        };
        if let Some(key) = key {
            if let Some(code) = refusal(&outcome) {
                self.changes.push(Change::Refused(key.message, code));
            }
            let holder = self.boot.clone();
            let arrow = match &outcome {
                PartOutcome::Sent { reference } => {
                    Arrow::Sent { holder, reference: *reference, sim }
                }
                PartOutcome::Unknown { error } => Arrow::GiveUp { reason: error.to_string() },
                PartOutcome::Failed { error } if has_failed() => {
                    Arrow::Fail { holder, reason: error.to_string() }
                }
                PartOutcome::Failed { error } => Arrow::Release { reason: error.to_string() },
                _ => Arrow::Release { reason: "the part was taken back".into() },
            };
            self.changes.push(Change::One(key, arrow));
        }
        let may_have_left =
            matches!(outcome, PartOutcome::Sent { .. } | PartOutcome::Unknown { .. });
        if let Some(known) = known.filter(|_| may_have_left) {
            self.follow(&known, way);
        }
    }

    pub(super) fn on_pool_event(&mut self, event: PoolEvent) {
        match event {
            PoolEvent::Finished(result) => self.on_finished(&result),
            PoolEvent::Received(inbound) => self.on_received(inbound),
            PoolEvent::StatusReport { inbound, about } => self.on_report(inbound, about),
            PoolEvent::Member { member, event: Event::Undecodable(undecodable) } => {
                self.on_undecodable(member, &undecodable);
            }
            PoolEvent::Member { member, event } => {
                let modem = self.members.get(&member).map_or("", |member| member.name.as_str());
                log(modem, &event);
            }
            PoolEvent::Quarantined { member, cause, .. } => {
                if let Some(member) = self.members.get(&member) {
                    tracing::warn!(modem = member.name, %cause, "a modem rests");
                }
            }
            PoolEvent::JournalFailed(reason) => tracing::error!(reason, "the journal has failed"),
            PoolEvent::Stranded(message) => {
                let id = self.messages.get(&message).map(|known| known.id.as_str());
                tracing::warn!(id, "a message waits for the SIM of its first part");
            }
            _ => {}
        }
    }

    /// Stores the end of a message, which decides about the parts that were not sent.
    fn on_finished(&mut self, result: &PoolResult) {
        let id = result.message;
        self.after.settled.push(id);
        let Some(known) = self.messages.remove(&id) else { return };
        let seq = known.seq;
        self.after.ended.push(seq);
        if known.is_elsewhere {
            self.changes.push(Change::Elsewhere(seq));
            let answers = self.cancelling.remove(&id).unwrap_or_default();
            self.after.cancelled.extend(answers.into_iter().map(|answer| (answer, false)));
            return;
        }
        let reason = result.parts.iter().find_map(|part| match &part.outcome {
            PartOutcome::Failed { error } | PartOutcome::Unknown { error } => {
                Some(error.to_string())
            }
            _ => None,
        });
        let failed = |reason: &str| Arrow::Abandon { reason: reason.into() };
        let arrows = match result.ending {
            Ending::Sent => Vec::new(),
            Ending::Failed => {
                vec![failed(reason.as_deref().unwrap_or("no modem could send the part"))]
            }
            Ending::Unknown => {
                let reason = reason.unwrap_or_else(|| "the outcome of the part is unknown".into());
                let rest = "the part was not tried, since the outcome of another part is unknown";
                vec![Arrow::GiveUp { reason }, failed(rest)]
            }
            Ending::Expired => vec![Arrow::Expire],
            Ending::Cancelled => vec![Arrow::Cancel],
            Ending::Stranded => {
                vec![failed("the SIM that has sent the first part did not come back in time")]
            }
        };
        self.changes.extend(arrows.into_iter().map(|arrow| Change::All(seq, arrow)));
        self.end_part(known.bundle.as_deref(), seq);
        let is_cancelled = result.ending == Ending::Cancelled;
        let answers = self.cancelling.remove(&id).unwrap_or_default();
        self.after.cancelled.extend(answers.into_iter().map(|answer| (answer, is_cancelled)));
        tracing::info!(id = known.id, ending = ?result.ending, "a message has ended");
    }

    fn on_report(&mut self, inbound: Inbound<StatusReport>, about: Option<(MessageId, usize)>) {
        let StatusReport { tpdu, receipt, .. } = inbound.content;
        let status = tpdu.status;
        self.metrics.received(&inbound.name);
        let arrow = |reason| match status.category() {
            pdu::StatusCategory::Completed => Some(Arrow::Delivered { reason }),
            pdu::StatusCategory::Permanent | pdu::StatusCategory::GivenUp => {
                Some(Arrow::Undelivered { reason })
            }
            pdu::StatusCategory::Temporary => None,
        };
        if let Some((message, part)) = about {
            let part = i64::try_from(part).unwrap_or(i64::MAX);
            if let Some(arrow) = arrow(status.to_string()) {
                self.changes.push(Change::Reported(message.get(), part, arrow, status.raw()));
            }
            self.after.receipts.push((inbound.member, receipt));
            return;
        }
        let mut receipt = Some(receipt);
        if let (Some(notes), Some(arrow)) = (&self.desk.notes, arrow(status.to_string())) {
            // The modem's copy stays until the report is on the server of the queue.
            let _ = notes.notes.send(Note::Report(Box::new(Report {
                member: inbound.member,
                receipt: receipt.take(),
                sim: inbound.iccid.clone(),
                reference: tpdu.message_reference,
                recipient: tpdu.recipient.to_string(),
                arrow,
            })));
        }
        self.after.receipts.extend(receipt.map(|receipt| (inbound.member, receipt)));
        let sent_at = tpdu.timestamp.date_time().map(|time| time.unix_seconds());
        let arrow = arrow(format!("{status}, by a report with this recipient and time"));
        if let (Some(sim), Some(seconds), Some(arrow)) = (inbound.iccid, sent_at, arrow) {
            self.changes.push(Change::Late(Late {
                sim,
                recipient: tpdu.recipient,
                reference: tpdu.message_reference,
                sent_at: seconds.saturating_mul(1000),
                arrow,
            }));
        } else {
            tracing::warn!(modem = inbound.name, "a status report is about no message of ours");
        }
    }

    fn on_received(&mut self, inbound: Inbound<Received>) {
        let Inbound { member, iccid, name, content, .. } = inbound;
        let sent_at = content.timestamp.date_time().map(|time| time.unix_seconds());
        let incoming = Incoming {
            from: content.sender.to_string(),
            number_type: number_type(content.sender.type_of_number()).into(),
            text: content.text,
            data: content.data.as_deref().map(faster_hex::hex_string_upper),
            port: content.ports.map(|ports| ports.destination()),
            class: content.class.map(|class| class as u8),
            sim: iccid,
            sent_at: sent_at.map(|seconds| clock::format(seconds.saturating_mul(1000))),
            missing: content.missing,
            ..raw(name)
        };
        self.store_incoming(member, &content.receipt, incoming);
    }

    /// Stores a PDU that cannot be decoded as it came: nothing is lost.
    fn on_undecodable(&mut self, id: MemberId, undecodable: &Undecodable) {
        let Some(member) = self.members.get(&id) else { return };
        let incoming = Incoming { sim: member.modem.profile().iccid, ..raw(member.name.clone()) };
        tracing::warn!(modem = incoming.modem, "a received PDU cannot be decoded");
        self.store_incoming(id, &undecodable.receipt, incoming);
    }

    fn store_incoming(&mut self, member: MemberId, receipt: &Receipt, mut incoming: Incoming) {
        incoming.pdus = receipt.pdus().map(Into::into).collect();
        incoming.received_at = clock::format(clock::now());
        incoming.id = inbox_id(&incoming);
        self.metrics.received(&incoming.modem);
        let from = self.mask.number(&incoming.from);
        let text = self.mask.text(incoming.text.as_deref());
        tracing::info!(
            id = incoming.id,
            modem = incoming.modem,
            from,
            text,
            "a message was received"
        );
        self.changes.push(Change::Received(Box::new(incoming)));
        self.after.receipts.push((member, receipt.clone()));
    }
}

/// The code with which the network has refused a part.
fn refusal(outcome: &PartOutcome) -> Option<u16> {
    let PartOutcome::Failed { error } = outcome else { return None };
    let ErrorKind::Refused(failure) = error.kind() else { return None };
    match failure.error() {
        FinalError::Cms(code) => code.map(|code| code.0),
        _ => None,
    }
}

/// A received message of which nothing is known yet.
fn raw(modem: String) -> Incoming {
    Incoming {
        id: String::new(),
        from: String::new(),
        number_type: number_type(pdu::TypeOfNumber::Unknown).into(),
        text: None,
        data: None,
        port: None,
        class: None,
        modem,
        sim: None,
        sent_at: None,
        received_at: String::new(),
        missing: Vec::new(),
        pdus: Vec::new(),
    }
}

/// The identifier of a received message. It follows from the SIM, the sender, the time stamp of the
/// service centre and the PDUs, so that a message that is read again has the same one.
fn inbox_id(incoming: &Incoming) -> String {
    let mut facts = String::new();
    for fact in [incoming.sim.as_deref(), Some(&incoming.from), incoming.sent_at.as_deref()] {
        facts.push_str(fact.unwrap_or_default());
        facts.push('\n');
    }
    for pdu in &incoming.pdus {
        facts.push_str(pdu);
        facts.push('\n');
    }
    faster_hex::hex_string(&sha256(facts.as_bytes())[..16])
}

const fn number_type(ton: pdu::TypeOfNumber) -> &'static str {
    match ton {
        pdu::TypeOfNumber::International => "international",
        pdu::TypeOfNumber::National => "national",
        pdu::TypeOfNumber::NetworkSpecific => "network_specific",
        pdu::TypeOfNumber::Subscriber => "subscriber",
        pdu::TypeOfNumber::Alphanumeric => "alphanumeric",
        pdu::TypeOfNumber::Abbreviated => "abbreviated",
        pdu::TypeOfNumber::Unknown | pdu::TypeOfNumber::Reserved => "unknown",
    }
}

fn log(modem: &str, event: &Event) {
    match event {
        Event::Failed(error) => tracing::warn!(modem, %error, "an operation has failed"),
        Event::TaskFailed { error, .. } => tracing::warn!(modem, %error, "a task has failed"),
        Event::Reconnecting { reason, .. } => {
            tracing::warn!(modem, %reason, "the link is opened again");
        }
        Event::StorageFull(_) => tracing::warn!(modem, "the memory of the modem is full"),
        Event::RadioOff => tracing::warn!(modem, "the radio of the modem is off"),
        Event::Restarted(_) => tracing::warn!(modem, "the modem has restarted"),
        // The content of other events may be private.
        _ => {}
    }
}
