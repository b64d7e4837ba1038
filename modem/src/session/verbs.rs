//! The verbs of an application. Each is defined once here, and a front-end binds it in one line.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use at_proto::call::SetCallerId;
use at_proto::clock::{ReadClock, Time};
use at_proto::general::{Battery, ReadBattery};
use at_proto::sim::{PinState, ReadPin, Retries};
use at_proto::{Command, Instant};
use pdu::Submit;

use super::Session;
#[cfg(feature = "erase")]
use super::job::EraseFor;
use super::job::Job;
use super::outgoing::{AfterPart, Deadlines};
use super::saved::octets;
use super::tickets::{Ticket, TicketId};
use crate::config::Confirm;
use crate::error::{Error, ErrorKind};
use crate::journal::Record;
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::procedure::Procedure;
use crate::procedures::{
    Acknowledge, CancelUssd, Check, FirstOf, ListMessages, NextMessage, OperatorName, OwnNumbers,
    Query, Raw, SignalStrength, Ussd,
};
#[cfg(feature = "erase")]
use crate::procedures::{Erase, Selection};
use crate::ussd::UssdReply;

/// Tickets and procedures.
impl Session {
    /// Queues a procedure, which runs after the jobs before it.
    pub fn start<P: Procedure>(&mut self, procedure: P, now: Instant) -> Ticket<P::Output> {
        self.queued(|ticket| Job::Application(ticket, Box::new(procedure)), now)
    }

    /// Takes the result of a ticket, once; `None` while there is no result.
    pub fn take<T: 'static>(&mut self, ticket: &Ticket<T>) -> Option<Result<T, Error>> {
        self.desk.tickets.take(ticket)
    }

    /// Abandons a ticket. A queued operation is withdrawn; a running one continues to its end.
    ///
    /// The result of an abandoned sending is reported by
    /// [`Event::SendFinished`](crate::Event::SendFinished).
    pub fn abandon(&mut self, id: TicketId, now: Instant) {
        let outbox = &mut self.outgoing.outbox;
        let untouched = outbox.message_of(id).filter(|message| outbox.is_untouched(*message));
        if let Some(message) = untouched {
            if self.desk.queue.withdraw_message(message) {
                outbox.end(message);
                self.desk.ledger.emit(Record::Settled { id: message.get() });
                return;
            }
        }
        if self.desk.queue.withdraw(id) {
            return;
        }
        if let Some(result) = self.desk.tickets.abandon(id) {
            self.desk.abandoned(result);
        }
        self.advance(now);
    }

    /// Initialises the modem again, as after [`handle_opened`](Self::handle_opened).
    pub fn initialise(&mut self, now: Instant) -> Ticket<()> {
        if self.desk.link.is_closed() {
            return self.failed(ErrorKind::Closed.into(), now);
        }
        self.open(now)
    }

    pub(super) fn open(&mut self, now: Instant) -> Ticket<()> {
        if let Some(waiter) = self.desk.link.take_waiter() {
            self.desk.finish(waiter, Err(ErrorKind::Withdrawn.into()));
        }
        let ticket = self.desk.tickets.issue();
        self.begin_initialisation(Some(ticket.id()));
        self.advance(now);
        ticket
    }

    /// Queues a job of the application.
    fn queued<T>(&mut self, job: impl FnOnce(TicketId) -> Job, now: Instant) -> Ticket<T> {
        let ticket = self.desk.tickets.issue();
        if self.desk.link.is_closed() {
            self.desk.finish(ticket.id(), Err(ErrorKind::Closed.into()));
        } else if !self.desk.queue.outbound(job(ticket.id())) {
            self.desk.finish(ticket.id(), Err(ErrorKind::Full.into()));
        }
        self.advance(now);
        ticket
    }

    /// A ticket that has failed already.
    pub(super) fn failed<T>(&mut self, error: Error, now: Instant) -> Ticket<T> {
        let ticket = self.desk.tickets.issue();
        self.desk.finish(ticket.id(), Err(error));
        self.advance(now);
        ticket
    }
}

/// Sending.
impl Session {
    /// Sends a message, part by part.
    ///
    /// The ticket fails only if nothing was tried; otherwise the result has the outcome of each
    /// part.
    #[doc(alias = "SMS")]
    pub fn send(&mut self, message: &OutgoingMessage, now: Instant) -> Ticket<SendResult> {
        let (parts, coding) = match message.split(self.outgoing.outbox.reference()) {
            Err(error) => return self.failed(error, now),
            Ok(_) if self.desk.link.is_closed() => {
                return self.failed(ErrorKind::Closed.into(), now);
            }
            Ok(split) => split,
        };
        let accepted = match self.recorded(&parts, message, now) {
            Ok(accepted) => accepted,
            Err(error) => return self.failed(error, now),
        };
        let deadlines = self.deadlines(message.expiry(), now);
        let ticket = self.desk.tickets.issue();
        let outbox = &mut self.outgoing.outbox;
        let id = outbox.accept(ticket.id(), parts, coding, message.smsc(), deadlines);
        if !self.desk.queue.outbound(Job::Message(id)) {
            outbox.end(id);
            self.desk.finish(ticket.id(), Err(ErrorKind::Full.into()));
        } else {
            self.accepted(id, accepted, message);
        }
        // The report of a registration may have been lost, and a radio that is off is said at once.
        let registered = self.modem.settings.registrations.is_registered();
        if registered == Some(false) && self.desk.link.runs_jobs() {
            self.desk.queue.check(Job::Check(Check::default()));
        }
        self.advance(now);
        ticket
    }

    /// Enqueues a message: it is sent as soon as possible, over the next link if this one ends. Its
    /// result is reported by [`Event::SendFinished`](crate::Event::SendFinished).
    ///
    /// A message that has not been sent when the program ends is lost, unless the session is saved
    /// (feature `serde`).
    ///
    /// # Errors
    /// Fails when the message is invalid, when too many messages are waiting, or when the results
    /// of 8,192 parts were not [taken](Self::poll_event).
    #[doc(alias("outbox", "queue"))]
    pub fn enqueue(&mut self, message: &OutgoingMessage, now: Instant) -> Result<MessageId, Error> {
        if self.desk.events.is_full_of_results() {
            return Err(ErrorKind::Full.into());
        }
        let (parts, coding) = message.split(self.outgoing.outbox.reference())?;
        let accepted = self.recorded(&parts, message, now)?;
        let deadlines = self.deadlines(message.expiry(), now);
        let ticket = self.desk.tickets.issue::<SendResult>();
        self.desk.tickets.abandon(ticket.id());
        let outbox = &mut self.outgoing.outbox;
        let id = outbox.accept(ticket.id(), parts, coding, message.smsc(), deadlines);
        outbox.keep_over_links(id);
        if !self.desk.queue.outbound(Job::Message(id)) {
            outbox.end(id);
            self.desk.tickets.forget(ticket.id());
            return Err(ErrorKind::Full.into());
        }
        self.accepted(id, accepted, message);
        self.advance(now);
        Ok(id)
    }

    /// The octets of the parts of a message for its record; empty without a journal.
    fn recorded(
        &mut self,
        parts: &[Submit],
        message: &OutgoingMessage,
        now: Instant,
    ) -> Result<Vec<Vec<u8>>, Error> {
        if !self.desk.ledger.records() {
            return Ok(Vec::new());
        }
        if self.outgoing.is_full_of_outcomes() {
            return Err(ErrorKind::Full.into());
        }
        let outbox = &self.outgoing.outbox;
        let (issued, reference) = (outbox.issued(), outbox.reference());
        if !self.outgoing.ids.may_issue(issued, reference, &mut self.desk.ledger) {
            self.advance(now);
            return Err(ErrorKind::Journal.into());
        }
        let octets = parts.iter().map(|part| octets(message.smsc(), part));
        let octets = octets.collect::<Result<_, _>>();
        octets.map_err(|error| ErrorKind::Encode(error).into())
    }

    /// Records a message that was accepted.
    fn accepted(&mut self, id: MessageId, parts: Vec<Vec<u8>>, message: &OutgoingMessage) {
        let expires_in = message.expiry().map(|expiry| expiry.as_millis());
        self.desk.ledger.emit(Record::Accepted {
            id: id.get(),
            parts,
            expires_in: expires_in.map(|left| u64::try_from(left).unwrap_or(u64::MAX)),
            reference: self.outgoing.outbox.reference(),
        });
    }

    /// The messages that have not been sent, or only in part.
    pub fn waiting(&self) -> impl Iterator<Item = MessageId> {
        self.outgoing.outbox.ids().into_iter()
    }

    /// Withdraws an enqueued message if no part of it has been tried. Returns `true` if the message
    /// was withdrawn.
    pub fn withdraw(&mut self, message: MessageId) -> bool {
        let outbox = &mut self.outgoing.outbox;
        let withdrawn = outbox.is_untouched(message) && self.desk.queue.withdraw_message(message);
        if withdrawn {
            if let AfterPart::Ended(ticket, _) = outbox.end(message) {
                self.desk.tickets.forget(ticket);
            }
            self.desk.ledger.emit(Record::Settled { id: message.get() });
        }
        withdrawn
    }

    /// Sends the part that [`Event::Attempting`](crate::Event::Attempting) has announced; see
    /// [`Confirm::Attempts`](crate::Confirm::Attempts).
    pub fn confirm(&mut self, attempt: &Attempt, now: Instant) {
        let under_way = self.executor.attempt();
        if let Some((id, _)) = under_way.filter(|(_, under_way)| *under_way == attempt) {
            if self.desk.config.confirm == Confirm::Attempts {
                self.commit(id, now);
                self.advance(now);
            }
        }
    }

    /// Takes back the part that [`Event::Attempting`](crate::Event::Attempting) has announced,
    /// instead of [confirming](Self::confirm) it. The part fails with
    /// [`ErrorKind::Withdrawn`](crate::ErrorKind::Withdrawn): it was not sent.
    pub fn refuse(&mut self, attempt: &Attempt, now: Instant) {
        let under_way = self.executor.attempt();
        if let Some((id, _)) = under_way.filter(|(_, under_way)| *under_way == attempt) {
            if self.desk.config.confirm == Confirm::Attempts {
                self.engine.cancel(id, now);
                self.advance(now);
            }
        }
    }

    /// Settles the outcome of a message, which the application has made safe. With
    /// [`Confirm::Records`](crate::Confirm::Records) an outcome that is not settled is reported
    /// again after a restart.
    pub fn settle(&mut self, message: MessageId) {
        self.outgoing.settle(message, &mut self.desk);
    }

    /// The outcomes that have not been settled, with [`Confirm::Records`](crate::Confirm::Records).
    pub fn unsettled(&self) -> impl Iterator<Item = &SendResult> {
        self.outgoing.unsettled()
    }

    fn deadlines(&self, expiry: Option<Duration>, now: Instant) -> Deadlines {
        Deadlines {
            expires: expiry.map(|expiry| now + expiry),
            network_deadline: expiry.is_none().then_some(now + self.desk.config.network_timeout),
        }
    }
}

/// Receiving, and the memories of the modem.
impl Session {
    /// Acknowledges a delivery that the application has made safe: its slots are deleted from the
    /// modem if they still hold what was delivered.
    pub fn acknowledge(&mut self, receipt: &Receipt, now: Instant) {
        self.outgoing.acknowledged(receipt, &mut self.desk);
        for _ in 0..self.incoming.inbox.confirmed(receipt) {
            self.desk.queue.urgent(Job::Acknowledge(Acknowledge));
        }
        for release in self.incoming.inbox.acknowledge(receipt) {
            self.desk.queue.release(Job::Release(release));
        }
        self.resume();
        self.advance(now);
    }

    /// Sweeps all memories for messages, as after the initialisation.
    pub fn look_for_messages(&mut self, now: Instant) {
        self.incoming.sweep(&mut self.desk);
        self.advance(now);
    }

    /// Lists the messages in the modem's memories, oldest first, with the parts of long messages
    /// merged. [`ListMessages::separate`] lists each part by itself.
    #[doc(alias("inbox", "list", "CMGL"))]
    pub fn messages(&mut self, now: Instant) -> Ticket<Vec<StoredMessage>> {
        self.start(ListMessages::merged(), now)
    }

    /// Finds the message in the first occupied slot after another one; `None` at the end. Without a
    /// slot it is the first message. See [`NextMessage`].
    pub fn next_message(
        &mut self,
        after: Option<Slot>,
        now: Instant,
    ) -> Ticket<Option<StoredMessage>> {
        self.start(NextMessage::after(after), now)
    }
}

/// Deletions without an acknowledgement. Feature `erase`.
#[cfg(feature = "erase")]
impl Session {
    /// Deletes the slots of a receipt that still hold what was delivered. The result lists the
    /// slots that are free now.
    ///
    /// The ticket fails when the modem refuses the deletion, or the link ends. Slots deleted before
    /// that are reported by [`Event::Released`](crate::Event::Released).
    pub fn delete(&mut self, receipt: &Receipt, now: Instant) -> Ticket<Vec<Slot>> {
        let slots = self.incoming.inbox.slots_of(receipt);
        self.erase(Erase::slots(slots), now)
    }

    /// Deletes the received messages that have been read, by a listing or a delivery; see
    /// [`delete`](Self::delete).
    pub fn delete_read(&mut self, now: Instant) -> Ticket<Vec<Slot>> {
        self.erase(Erase::matching(Selection::Read), now)
    }

    /// Deletes all messages in the memories; a message that arrives meanwhile stays. See
    /// [`delete`](Self::delete).
    pub fn delete_all(&mut self, now: Instant) -> Ticket<Vec<Slot>> {
        self.erase(Erase::matching(Selection::All), now)
    }

    fn erase(&mut self, erase: Erase, now: Instant) -> Ticket<Vec<Slot>> {
        self.queued(|ticket| Job::Erase(EraseFor::Application(ticket), Box::new(erase)), now)
    }
}

/// Commands, USSD, and the state of the modem.
impl Session {
    /// Runs a typed command, such as [`at::network::ReadSignal`](crate::at::network::ReadSignal).
    ///
    /// The ticket fails when the modem refuses the command, does not answer in time, or gives an
    /// answer that cannot be read.
    pub fn command<C>(&mut self, command: C, now: Instant) -> Ticket<C::Output>
    where
        C: Command<Output: Send + 'static> + Send + 'static,
    {
        self.start(Query::new(command), now)
    }

    /// Runs a command line as it is; the result has the lines of its answer.
    ///
    /// The ticket fails when the line would break the dialogue, or the modem refuses it or does not
    /// answer in time.
    #[doc(alias = "AT command")]
    pub fn raw(&mut self, line: &str, now: Instant) -> Ticket<Vec<String>> {
        match Raw::new(line) {
            Ok(raw) => self.start(raw, now),
            Err(refused) => self.failed(refused.into(), now),
        }
    }

    /// Sends a USSD code, or an answer to a question of the network, and waits for the reply.
    ///
    /// [`UssdReply::wanted`] tells whether the network waits for an answer. The ticket fails when
    /// the modem or the network refuses the code, or no reply comes within a minute. The dialogue
    /// is cancelled then.
    #[doc(alias("balance", "credit"))]
    pub fn ussd(&mut self, text: &str, now: Instant) -> Ticket<UssdReply> {
        self.start(Ussd::new(text), now)
    }

    /// Ends the USSD dialogue, if there is one.
    pub fn cancel_ussd(&mut self, now: Instant) -> Ticket<()> {
        self.start(CancelUssd, now)
    }

    /// Reads the signal strength in dBm; `None` if the modem does not know it.
    ///
    /// ```
    /// use modem::at::Instant;
    /// use modem::{Config, Session};
    ///
    /// let now = Instant::ZERO;
    /// let mut session = Session::new(Config::default());
    /// let ticket = session.signal(now);
    /// let result = session.take(&ticket).expect("without a link the ticket ends at once");
    /// assert_eq!(*result.unwrap_err().kind(), modem::ErrorKind::Closed);
    /// ```
    #[doc(alias("signal strength", "RSSI", "CSQ"))]
    pub fn signal(&mut self, now: Instant) -> Ticket<Option<i16>> {
        self.start(SignalStrength::default(), now)
    }

    /// Reads the name of the operator; `None` without a network.
    #[doc(alias("network name", "carrier", "COPS"))]
    pub fn operator(&mut self, now: Instant) -> Ticket<Option<String>> {
        self.start(OperatorName, now)
    }

    /// Reads the state of the SIM: ready, or the code that it waits for.
    #[doc(alias("PIN", "CPIN"))]
    pub fn sim_state(&mut self, now: Instant) -> Ticket<PinState> {
        self.command(ReadPin, now)
    }

    /// Reads the remaining attempts for the PIN and the PUK, if the modem has a command for it.
    #[doc(alias("PIN attempts", "PUK"))]
    pub fn pin_retries(&mut self, now: Instant) -> Ticket<Retries> {
        self.start(FirstOf::pin_retries(), now)
    }

    /// Reads the phone numbers that are stored on the SIM as its own.
    #[doc(alias("phone number", "MSISDN", "CNUM"))]
    pub fn own_numbers(&mut self, now: Instant) -> Ticket<Vec<String>> {
        self.start(OwnNumbers, now)
    }

    /// Reads the state of the battery.
    pub fn battery(&mut self, now: Instant) -> Ticket<Battery> {
        self.command(ReadBattery, now)
    }

    /// Reads the modem's clock.
    pub fn clock(&mut self, now: Instant) -> Ticket<Time> {
        self.command(ReadClock, now)
    }

    /// Enables caller identification: [`Event::Notification`](crate::Event::Notification) has a
    /// [`Notification::CallerId`](crate::at::Notification::CallerId) after each ring.
    #[doc(alias("caller ID", "CLIP"))]
    pub fn show_callers(&mut self, now: Instant) -> Ticket<()> {
        self.command(SetCallerId(true), now)
    }

    /// Ends all calls, or refuses a ringing call.
    #[doc(alias("call", "ATH"))]
    pub fn hang_up(&mut self, now: Instant) -> Ticket<()> {
        self.start(FirstOf::hang_up(), now)
    }
}
