//! Saving and restoring, and the journal of a session.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::{Instant, RequestId};
use pdu::EncodeError;

use super::Session;
#[cfg(feature = "erase")]
use super::job::EraseFor;
use super::job::Job;
use super::outgoing::{Deadlines, Outbox};
use super::saved::{RestoreError, SavedMessage, SavedSession, State};
use crate::event::Event;
use crate::journal::{Entry, Gate, History, Outcome, Record};
use crate::message::SendResult;

/// Saving and restoring.
impl Session {
    /// Returns the state that must not be lost when the program ends.
    ///
    /// * The messages of [`enqueue`](Self::enqueue) and [`send`](Self::send) that have not been
    ///   sent, or whose outcome has not been [taken](Self::poll_event).
    /// * The received parts of incomplete messages.
    /// * Unacknowledged deliveries that are no longer in the modem.
    /// * The awaited status reports.
    /// * The next reference, and the ICCID of the SIM that the PIN belongs to.
    ///
    /// Save the session at each [`Event::Attempting`](crate::Event::Attempting) before the attempt
    /// is [confirmed](Self::confirm), so that the part is known to have been under way. Save it
    /// also after each enqueued message and each acknowledged part. With many messages a
    /// [journal](crate::journal) costs less.
    ///
    /// # Errors
    /// Fails when a TPDU cannot be encoded, which never happens to TPDUs that were split or
    /// received.
    ///
    /// # Examples
    /// ```
    /// use core::time::Duration;
    /// use modem::at::Instant;
    /// use modem::{Config, OutgoingMessage, Session};
    ///
    /// let now = Instant::ZERO;
    /// let mut session = Session::new(Config::default());
    /// let id = session.enqueue(&OutgoingMessage::text("+491715550100".parse()?, "Hello"), now)?;
    /// let saved = session.save(now)?;
    ///
    /// // After a restart, three minutes later:
    /// let mut session = Session::new(Config::default());
    /// session.restore(saved, Duration::from_secs(180), now)?;
    /// assert_eq!(session.waiting().collect::<Vec<_>>(), [id]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "persistence")]
    pub fn save(&self, now: Instant) -> Result<SavedSession, EncodeError> {
        let mut state = State { sequence: self.desk.ledger.emitted(), ..State::default() };
        self.outgoing.outbox.save(&mut state, now)?;
        state.issued = self.outgoing.ids.last(state.issued);
        self.incoming.inbox.save(&mut state, now);
        state.first_iccid.clone_from(&self.modem.settings.first_iccid);
        state.pin_tried.clone_from(&self.modem.settings.pin_tried);
        let mut save = |report: &SendResult| -> Result<(), EncodeError> {
            state.messages.insert(report.message.get(), SavedMessage::ended(report)?);
            Ok(())
        };
        for event in self.desk.events.iter() {
            if let Event::SendFinished(report) = event {
                save(report)?;
            }
        }
        self.outgoing.unsettled().try_for_each(save)?;
        Ok(SavedSession(state))
    }

    /// Restores a state that was saved `since` ago. Call it before the link is opened.
    ///
    /// Sending continues where it stopped, and the result is reported by
    /// [`Event::SendFinished`](crate::Event::SendFinished). A message with a part under way ends at
    /// once: the outcome of that part is unknown, and it is not sent again.
    ///
    /// # Errors
    /// Fails when the session is in use or the saved state is damaged. The session is unchanged
    /// then.
    pub fn restore(
        &mut self,
        saved: SavedSession,
        since: Duration,
        now: Instant,
    ) -> Result<(), RestoreError> {
        self.restore_state(saved.0.aged(since), now)
    }

    fn restore_state(&mut self, state: State, now: Instant) -> Result<(), RestoreError> {
        if !self.is_closed()
            || !self.outgoing.outbox.is_unused()
            || !self.incoming.inbox.is_unused()
        {
            return Err(RestoreError::InUse);
        }
        state.check()?;
        let mut outbox = Outbox::new(state.next_reference);
        let tickets = &mut self.desk.tickets;
        outbox
            .restore(&state, |expires| {
                let ticket = tickets.issue::<SendResult>().id();
                tickets.abandon(ticket);
                (ticket, Deadlines::after_restart(expires, now))
            })
            .map_err(RestoreError::Message)?;
        self.outgoing.outbox = outbox;
        self.outgoing.ids.clear();
        self.desk.ledger.continue_after(state.sequence);
        let settings = &mut self.modem.settings;
        settings.first_iccid.clone_from(&state.first_iccid);
        settings.pin_tried.clone_from(&state.pin_tried);
        let ended = state.messages.iter().filter(|(_, message)| message.ended);
        let ended: Vec<u64> = ended.map(|(id, _)| *id).collect();
        for arrival in self.incoming.inbox.restore(state, now) {
            self.arrived(arrival, now);
        }
        for id in self.outgoing.outbox.ids() {
            let unknown = self.outgoing.outbox.unknown_part(id);
            match (unknown, ended.contains(&id.get())) {
                (_, true) => self.outgoing.end(id, &mut self.desk),
                (Some(part), false) => {
                    let part = u8::try_from(part).unwrap_or(u8::MAX);
                    let outcome = Outcome::Unknown;
                    self.desk.ledger.emit(Record::PartEnded { id: id.get(), part, outcome });
                    self.outgoing.end(id, &mut self.desk);
                }
                (None, false) => self.desk.queue.outbound_again(Job::Message(id)),
            }
        }
        self.reserve();
        self.collect();
        Ok(())
    }

    /// Reserves numbers for the messages to come.
    pub(super) fn reserve(&mut self) {
        let outbox = &self.outgoing.outbox;
        let (issued, reference) = (outbox.issued(), outbox.reference());
        self.outgoing.ids.may_issue(issued, reference, &mut self.desk.ledger);
    }
}

/// The journal, with [`Confirm::Records`](crate::Confirm::Records); see [`crate::journal`].
impl Session {
    /// Returns the next record to append to the journal, if any.
    pub fn poll_record(&mut self) -> Option<Entry> {
        self.collect();
        self.desk.ledger.poll()
    }

    /// Notes that all records up to `number` are durable: neither a crash nor a loss of power can
    /// lose them. The actions that waited for these records go on.
    pub fn handle_durable(&mut self, number: u64, now: Instant) {
        self.desk.ledger.confirm(number);
        self.pass_gates(now);
        self.advance(now);
    }

    /// Takes in that the journal cannot be written, for the reason given. All gates shut for good,
    /// and [`Event::JournalFailed`](crate::Event::JournalFailed) reports it.
    ///
    /// A part that waits for its record is not sent, and nothing is sent, deleted or acknowledged
    /// to the network any more. What is enqueued stays in the journal. Open the journal again in a
    /// new session, by a restart of the program for example.
    pub fn handle_journal_lost(&mut self, reason: impl core::fmt::Display, now: Instant) {
        if self.desk.ledger.has_failed() || !self.desk.ledger.records() {
            return;
        }
        self.desk.ledger.fail();
        self.desk.emit(Event::JournalFailed(reason.to_string()));
        self.pass_gates(now);
        self.advance(now);
    }

    /// The number of the last emitted record; 0 if there is none.
    pub fn last_record(&self) -> u64 {
        self.desk.ledger.emitted()
    }

    /// Returns `true` if the record `number` is durable, as far as the session was told.
    pub fn is_durable(&self, number: u64) -> bool {
        self.desk.ledger.gate_of(number) == Gate::Open
    }

    /// Returns `true` if the session records, and its journal has not failed.
    #[cfg(feature = "std")]
    pub(crate) const fn records(&self) -> bool {
        self.desk.ledger.records() && !self.desk.ledger.has_failed()
    }

    /// Returns `true` if an irreversible action waits for a record to be durable.
    pub fn needs_sync(&self) -> bool {
        self.attempt.is_some() || self.executor.gate().is_some()
    }

    /// Returns a snapshot of the session that includes all records so far, also those that have not
    /// been polled. A log that begins with the snapshot needs no earlier record.
    ///
    /// Report [`last_record`](SavedSession::last_record) of the snapshot as
    /// [durable](Self::handle_durable) once the new log is.
    ///
    /// # Errors
    /// Fails like [`save`](Self::save).
    pub fn compact(&mut self, now: Instant) -> Result<SavedSession, EncodeError> {
        self.collect();
        let saved = self.save(now)?;
        self.desk.ledger.included();
        Ok(saved)
    }

    /// Restores the content of a journal. Call it before the link is opened.
    ///
    /// Everything that [`restore`](Self::restore) says holds here too. The records of this session
    /// continue those of the journal.
    ///
    /// # Errors
    /// Fails when the session is in use, or a record contradicts the records before it. The session
    /// is unchanged then.
    pub fn replay(&mut self, history: History, now: Instant) -> Result<(), RestoreError> {
        self.restore_state(State::replay(history)?, now)
    }

    /// Allows another attempt of the PIN, after the SIM has refused it or another SIM was inserted.
    ///
    /// The PIN is tried with the next initialisation, for any SIM. Each wrong attempt uses up one
    /// of the few that a SIM has.
    pub fn allow_pin(&mut self) {
        let settings = &mut self.modem.settings;
        settings.pin_refused = false;
        settings.first_iccid = None;
        for iccid in core::mem::take(&mut settings.pin_tried) {
            self.desk.ledger.emit(Record::PinCleared { iccid });
        }
    }

    /// Moves the facts of the received messages to the records.
    pub(super) fn collect(&mut self) {
        if !self.desk.ledger.records() {
            return;
        }
        for record in self.incoming.inbox.take_facts() {
            self.desk.ledger.emit(record);
        }
        if self.desk.ledger.take_unpolled() {
            self.desk.emit(Event::JournalFailed("its records are not taken".into()));
        }
    }

    /// Records the parts that an application's job may erase.
    #[cfg(feature = "erase")]
    pub(super) fn secure(&mut self, job: &Job) {
        if let Job::Erase(EraseFor::Application(_), erase) = job {
            self.incoming.inbox.secure(erase.known_slots().as_deref());
            self.collect();
        }
    }

    /// Carries out what waited for its record, or gives it up if the journal has failed.
    pub(super) fn pass_gates(&mut self, now: Instant) {
        // Without a journal nothing waits for a record.
        if !self.desk.ledger.records() {
            return;
        }
        self.collect();
        if let Some((id, number)) = self.attempt {
            match self.desk.ledger.gate_of(number) {
                Gate::Open => {
                    self.attempt = None;
                    self.commit(id, now);
                }
                Gate::Waiting(_) => {}
                Gate::Shut => {
                    self.attempt = None;
                    self.outgoing.take_back();
                    self.engine.cancel(id, now);
                }
            }
        }
        if self.desk.ledger.has_failed() {
            self.forget_held_pin();
        }
        if let Some(ended) = self.executor.pass_gate(&self.desk.ledger, &mut self.engine, now) {
            self.finished(ended, now);
        }
    }

    /// Notes that the PIN that waited for its record was not given.
    pub(super) fn forget_held_pin(&mut self) {
        if self.desk.ledger.records() && self.executor.holds_pin() {
            let iccid = self.modem.settings.locked_iccid.clone();
            self.clear_pin(iccid);
        }
    }

    /// Notes that a SIM is unlocked, so that an earlier attempt of its PIN does not matter.
    pub(super) fn sim_is_unlocked(&mut self) {
        let iccid = self.modem.profile.iccid.clone();
        self.clear_pin(iccid);
        self.clear_pin(None);
    }

    fn clear_pin(&mut self, iccid: Option<String>) {
        if self.modem.settings.pin_tried.remove(&iccid) {
            self.desk.ledger.emit(Record::PinCleared { iccid });
        }
    }

    /// Sends the part under way.
    pub(super) fn commit(&mut self, id: RequestId, now: Instant) {
        self.outgoing.commit(now);
        self.engine.commit(id, now);
    }
}

impl TryFrom<History> for SavedSession {
    type Error = RestoreError;

    /// The state after all records of a journal, for instance to save it in another form.
    fn try_from(history: History) -> Result<Self, RestoreError> {
        State::replay(history).map(Self)
    }
}

impl SavedSession {
    /// The number of the last record of the journal that the state includes; 0 without a journal.
    pub const fn last_record(&self) -> u64 {
        self.0.sequence
    }
}
