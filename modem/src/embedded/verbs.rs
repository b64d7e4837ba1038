//! The verbs of the handle, each one line to the session.

use alloc::string::String;
use alloc::vec::Vec;

use at_proto::Command;
use at_proto::clock::Time;
use at_proto::general::Battery;
use at_proto::sim::{PinState, Retries};

use super::Modem;
use crate::error::Error;
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::session::{Session, Ticket};
use crate::{Counters, Procedure, Profile, Registrations, UssdReply};

impl Modem {
    /// Sends a message part by part, and returns the outcome of each part.
    ///
    /// Dropping the future withdraws the message only if no part has been tried; see [the
    /// module](super).
    ///
    /// # Errors
    /// Fails only when nothing was tried: the message is invalid, or the link has ended.
    #[doc(alias = "SMS")]
    pub async fn send(&self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.ask(|session, now| session.send(message, now)).await
    }

    /// Enqueues a message without waiting for its result; see [`Session::enqueue`].
    ///
    /// # Errors
    /// Fails when the message is invalid, or too many messages are waiting.
    #[doc(alias("outbox", "queue"))]
    pub fn enqueue(&self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.with(|session, now| session.enqueue(message, now))
    }

    /// Acknowledges a delivery that the application has made safe; the modem's copy is deleted
    /// soon.
    pub fn acknowledge(&self, receipt: &Receipt) {
        self.with(|session, now| session.acknowledge(receipt, now));
    }

    /// Sends the part that [`Event::Attempting`](crate::Event::Attempting) has announced; see
    /// [`Confirm::Attempts`](crate::Confirm::Attempts).
    pub fn confirm(&self, attempt: &Attempt) {
        self.with(|session, now| session.confirm(attempt, now));
    }

    /// Takes back the part that [`Event::Attempting`](crate::Event::Attempting) has announced; see
    /// [`Session::refuse`].
    pub fn refuse(&self, attempt: &Attempt) {
        self.with(|session, now| session.refuse(attempt, now));
    }

    /// Lists the messages in the modem's memories, oldest first, with the parts of long messages
    /// merged. [`ListMessages::separate`](crate::ListMessages::separate) lists each part by itself.
    ///
    /// # Errors
    /// Fails when the link ends or the modem stops answering: an incomplete listing is an error.
    #[doc(alias("inbox", "list", "CMGL"))]
    pub async fn messages(&self) -> Result<Vec<StoredMessage>, Error> {
        self.ask(Session::messages).await
    }

    /// Finds the message in the first occupied slot after another one, for a memory that does not
    /// hold [all of them](Self::messages). Without a slot it is the first message.
    ///
    /// Returns `None` at the end. Each part of a long message stands alone.
    ///
    /// ```no_run
    /// # async fn run(modem: modem::embedded::Modem) -> Result<(), modem::Error> {
    /// let mut slot = None;
    /// while let Some(message) = modem.next_message(slot).await? {
    ///     // Show the message, then:
    ///     slot = message.receipt().slots().next().copied();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Fails when the link ends or the modem stops answering.
    pub async fn next_message(&self, after: Option<Slot>) -> Result<Option<StoredMessage>, Error> {
        self.ask(|session, now| session.next_message(after, now)).await
    }

    /// Deletes the slots of a receipt that still hold what was delivered, and returns the slots
    /// that are free now.
    ///
    /// # Errors
    /// Fails when the modem refuses the deletion, or the link ends. Slots deleted before that are
    /// reported by [`Event::Released`](crate::Event::Released).
    #[cfg(feature = "erase")]
    pub async fn delete(&self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.ask(|session, now| session.delete(receipt, now)).await
    }

    /// Deletes the received messages that have been read.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
    #[cfg(feature = "erase")]
    pub async fn delete_read(&self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_read).await
    }

    /// Deletes all messages in the memories; a message that arrives meanwhile stays.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
    #[cfg(feature = "erase")]
    pub async fn delete_all(&self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_all).await
    }

    /// Runs a typed command, such as [`at::network::ReadSignal`](crate::at::network::ReadSignal).
    ///
    /// # Errors
    /// Fails when the modem refuses the command, does not answer in time, or gives an answer that
    /// cannot be read.
    pub async fn command<C>(&self, command: C) -> Result<C::Output, Error>
    where
        C: Command<Output: Send + 'static> + Send + 'static,
    {
        self.ask(|session, now| session.command(command, now)).await
    }

    /// Runs a command line as it is, and returns the lines of its answer.
    ///
    /// # Errors
    /// Fails when the line would break the dialogue, or the modem refuses it or does not answer in
    /// time.
    #[doc(alias = "AT command")]
    pub async fn raw(&self, line: &str) -> Result<Vec<String>, Error> {
        self.ask(|session, now| session.raw(line, now)).await
    }

    /// Sends a USSD code, or an answer to a question of the network, and waits for the reply.
    ///
    /// [`UssdReply::wanted`] tells whether the network waits for an answer.
    ///
    /// # Errors
    /// Fails when the modem or the network refuses the code, or no reply comes within a minute. The
    /// dialogue is cancelled then.
    #[doc(alias("balance", "credit"))]
    pub async fn ussd(&self, text: &str) -> Result<UssdReply, Error> {
        self.ask(|session, now| session.ussd(text, now)).await
    }

    /// Reads the signal strength in dBm; `None` if the modem does not know it.
    ///
    /// # Errors
    /// Fails when the modem refuses the command or does not answer in time.
    #[doc(alias("signal strength", "RSSI", "CSQ"))]
    pub async fn signal(&self) -> Result<Option<i16>, Error> {
        self.ask(Session::signal).await
    }

    /// Reads the name of the operator; `None` without a network.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("network name", "carrier", "COPS"))]
    pub async fn operator(&self) -> Result<Option<String>, Error> {
        self.ask(Session::operator).await
    }

    /// The registration of the modem in its networks, as last reported.
    #[doc(alias("roaming", "CREG"))]
    pub fn registrations(&self) -> Registrations {
        self.with(|session, _| session.registrations().clone())
    }

    /// Reads the state of the SIM: ready, or the code that it waits for.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("PIN", "CPIN"))]
    pub async fn sim_state(&self) -> Result<PinState, Error> {
        self.ask(Session::sim_state).await
    }

    /// Reads the remaining attempts for the PIN and the PUK, if the modem has a command for it.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("PIN attempts", "PUK"))]
    pub async fn pin_retries(&self) -> Result<Retries, Error> {
        self.ask(Session::pin_retries).await
    }

    /// Reads the phone numbers that are stored on the SIM as its own.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("phone number", "MSISDN", "CNUM"))]
    pub async fn own_numbers(&self) -> Result<Vec<String>, Error> {
        self.ask(Session::own_numbers).await
    }

    /// Reads the state of the battery.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    pub async fn battery(&self) -> Result<Battery, Error> {
        self.ask(Session::battery).await
    }

    /// Reads the modem's clock.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    pub async fn clock(&self) -> Result<Time, Error> {
        self.ask(Session::clock).await
    }

    /// Enables caller identification: [`Event::Notification`](crate::Event::Notification) has a
    /// [`Notification::CallerId`](crate::at::Notification::CallerId) after each ring.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("caller ID", "CLIP"))]
    pub async fn show_callers(&self) -> Result<(), Error> {
        self.ask(Session::show_callers).await
    }

    /// Ends all calls, or refuses a ringing call.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("call", "ATH"))]
    pub async fn hang_up(&self) -> Result<(), Error> {
        self.ask(Session::hang_up).await
    }

    /// The counters since the session was created.
    pub fn counters(&self) -> Counters {
        self.with(|session, _| *session.counters())
    }

    /// Ends the USSD dialogue, if there is one.
    ///
    /// # Errors
    /// Fails when the modem does not answer, or the link has ended.
    pub async fn cancel_ussd(&self) -> Result<(), Error> {
        self.ask(Session::cancel_ussd).await
    }

    /// Runs a procedure to its end. See [the module](super) for the effect of dropping the future.
    ///
    /// # Errors
    /// Fails with the errors of the procedure.
    pub async fn run<Q: Procedure>(&self, procedure: Q) -> Result<Q::Output, Error> {
        self.ask(|session, now| session.start(procedure, now)).await
    }

    /// The known properties of the modem.
    #[doc(alias("IMEI", "IMSI", "ICCID", "SMSC", "model"))]
    pub fn profile(&self) -> Profile {
        self.with(|session, _| session.profile().clone())
    }

    /// Starts a verb of the session, and waits for its result.
    pub(super) async fn ask<T: 'static>(
        &self,
        verb: impl FnOnce(&mut Session, at_proto::Instant) -> Ticket<T>,
    ) -> Result<T, Error> {
        let ticket = self.with(verb);
        self.wait(ticket).await
    }
}
