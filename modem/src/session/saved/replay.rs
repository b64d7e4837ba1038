//! The state that follows from records, and the records of a state.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use pdu::{Envelope, Submit};

use super::{
    Fate, MAX_NUMBER, RestoreError, SavedAwaited, SavedMessage, SavedPart, SavedSession,
    SavedSubmit, State, remember, remember_sim,
};
use crate::error::ErrorKind;
use crate::journal::{Fact, History, Outcome, Record};

impl State {
    /// The state after all records of a log.
    pub(crate) fn replay(history: History) -> Result<Self, RestoreError> {
        let mut state = Self::default();
        for Fact { number, age, record } in history.facts {
            let applied = state.apply(record, age);
            applied.map_err(|reason| RestoreError::Record { number, reason })?;
        }
        state.sequence = history.last;
        Ok(state)
    }

    /// Applies a record that was emitted `age` ago.
    fn apply(&mut self, record: Record, age: Duration) -> Result<(), &'static str> {
        match record {
            Record::Ids { below, reference } => {
                let last = below.checked_sub(1).filter(|last| *last <= MAX_NUMBER);
                self.issued = self.issued.max(last.ok_or("its numbers are impossible")?);
                self.next_reference = reference;
            }
            Record::Sim { iccid } => self.first_iccid = Some(iccid),
            Record::PinTrying { iccid } => remember_sim(iccid, &mut self.pin_tried),
            Record::PinCleared { iccid } => {
                self.pin_tried.remove(&iccid);
            }
            Record::Accepted { id, parts, expires_in, reference } => {
                if parts.is_empty() || parts.len() > 255 {
                    return Err("the message has no parts or too many");
                }
                if id > MAX_NUMBER || self.messages.last_key_value().is_some_and(|(l, _)| id <= *l)
                {
                    return Err("the number of the message was given before");
                }
                if parts.iter().any(|pdu| Envelope::<Submit>::decode(pdu).is_err()) {
                    return Err("a part of the message is not a SUBMIT");
                }
                let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
                let expires_in = expires_in.map(|left| left.saturating_sub(age));
                let waiting = |pdu| SavedSubmit { pdu, fate: Fate::Waiting };
                let parts = parts.into_iter().map(waiting).collect();
                self.messages.insert(id, SavedMessage { parts, expires_in, ended: false });
                self.issued = self.issued.max(id);
                self.next_reference = reference;
            }
            Record::Attempting { id, part } => match &mut self.part(id, part)?.fate {
                fate @ Fate::Waiting => *fate = Fate::Attempting,
                _ => return Err("the part was attempted before"),
            },
            Record::PartEnded { id, part, outcome } => self.part_ended(id, part, outcome)?,
            Record::Ended { id } => self.message(id)?.end(),
            Record::Settled { id } => {
                self.messages.remove(&id).ok_or("the message is unknown")?;
            }
            Record::ReportSettled { id, part } => {
                self.awaited.retain(|awaited| (awaited.message, awaited.part) != (id, part));
            }
            Record::Awaited { id, part, reference, recipient } => {
                self.awaits(SavedAwaited { reference, recipient, message: id, part });
            }
            Record::PartTaken { key, pdu } => {
                if key > MAX_NUMBER {
                    return Err("the number of the part is too high");
                }
                self.taken.insert(key, SavedPart { pdu, age });
            }
            Record::PartKept { keys } | Record::Acknowledged { keys } => {
                for key in keys {
                    self.taken.remove(&key);
                }
            }
            Record::Delivered { digests } => {
                for digest in digests {
                    remember(digest, &mut self.delivered);
                }
            }
            Record::Released { digest } => self.delivered.retain(|other| *other != digest),
            Record::Pool(_) => return Err("the journal is that of a pool"),
        }
        Ok(())
    }

    fn part_ended(&mut self, id: u64, part: u8, outcome: Outcome) -> Result<(), &'static str> {
        let saved = self.part(id, part)?;
        let mut awaited = None;
        saved.fate = match (&saved.fate, outcome) {
            (Fate::Attempting | Fate::Waiting, Outcome::Sent(reference)) => {
                awaited = awaits_report(&saved.pdu, id, part, reference);
                Fate::Sent(reference)
            }
            (Fate::Attempting | Fate::Waiting, Outcome::Unknown) => Fate::Attempting,
            (Fate::Attempting | Fate::Waiting, Outcome::Failed(reason)) => {
                Fate::Failed(reason.to_string())
            }
            (Fate::Attempting, Outcome::Returned) => {
                saved.fate = Fate::Waiting;
                return Ok(());
            }
            _ => return Err("the part had ended before"),
        };
        let is_sent = matches!(saved.fate, Fate::Sent(_));
        let message = self.message(id)?;
        if !is_sent || message.parts.iter().all(|part| part.fate != Fate::Waiting) {
            message.end();
        }
        if let Some(awaited) = awaited {
            self.awaits(awaited);
        }
        Ok(())
    }

    fn message(&mut self, id: u64) -> Result<&mut SavedMessage, &'static str> {
        self.messages.get_mut(&id).ok_or("the message is unknown")
    }

    fn part(&mut self, id: u64, part: u8) -> Result<&mut SavedSubmit, &'static str> {
        let message = self.message(id)?;
        if message.ended {
            return Err("the message had ended before");
        }
        message.parts.get_mut(usize::from(part)).ok_or("the part is unknown")
    }

    /// Records from which the state follows, with their ages.
    pub(crate) fn facts(&self) -> Vec<(Duration, Record)> {
        let mut facts = Vec::new();
        let mut add = |record| facts.push((Duration::ZERO, record));
        if let Some(iccid) = &self.first_iccid {
            add(Record::Sim { iccid: iccid.clone() });
        }
        for iccid in &self.pin_tried {
            add(Record::PinTrying { iccid: iccid.clone() });
        }
        for (id, message) in &self.messages {
            let id = *id;
            add(Record::Accepted {
                id,
                parts: message.parts.iter().map(|part| part.pdu.clone()).collect(),
                expires_in: message.expires_in,
                reference: self.next_reference,
            });
            for (part, saved) in (0..=u8::MAX).zip(&message.parts) {
                let outcome = match &saved.fate {
                    Fate::Waiting => continue,
                    // A part under way has an outcome that nobody knows once the program ends.
                    Fate::Attempting if !message.ended => {
                        add(Record::Attempting { id, part });
                        continue;
                    }
                    Fate::Attempting => Outcome::Unknown,
                    Fate::Sent(reference) => Outcome::Sent(*reference),
                    Fate::Failed(reason) => {
                        Outcome::Failed(ErrorKind::Invalid(reason.clone()).into())
                    }
                };
                add(Record::PartEnded { id, part, outcome });
                // A report that is still awaited follows below.
                add(Record::ReportSettled { id, part });
            }
            if message.ended {
                add(Record::Ended { id });
            }
        }
        for awaited in &self.awaited {
            add(Record::Awaited {
                id: awaited.message,
                part: awaited.part,
                reference: awaited.reference,
                recipient: awaited.recipient.clone(),
            });
        }
        let below = self.issued.saturating_add(1);
        add(Record::Ids { below, reference: self.next_reference });
        if !self.delivered.is_empty() {
            add(Record::Delivered { digests: self.delivered.iter().copied().collect() });
        }
        for (key, part) in &self.taken {
            facts.push((part.age, Record::PartTaken { key: *key, pdu: part.pdu.clone() }));
        }
        facts
    }
}

impl SavedSession {
    /// The number of the last record that the state includes, and records from which it follows.
    pub(crate) fn facts(&self) -> (u64, Vec<(Duration, Record)>) {
        (self.0.sequence, self.0.facts())
    }
}

/// The report that a part awaits if it has asked for one.
fn awaits_report(pdu: &[u8], message: u64, part: u8, reference: u8) -> Option<SavedAwaited> {
    let submit = Envelope::<Submit>::decode(pdu).ok()?.value.tpdu;
    submit.status_report.then(|| SavedAwaited::new(reference, &submit.destination, message, part))
}
