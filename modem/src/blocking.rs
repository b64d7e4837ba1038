//! The blocking front-end: a [`Session`] over a [`Port`], run inside the calls and without a hidden
//! thread.

mod mux;
mod phone;
mod port;
mod probe;
mod pump;
#[cfg(feature = "embedded")]
mod ready;
mod reconnect;
#[cfg(feature = "serialport")]
mod serial;
#[cfg(feature = "simulator")]
mod simulated;
mod trace;

use core::time::Duration;
use std::io;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use at_proto::clock::Time;
use at_proto::general::Battery;
use at_proto::sim::{PinState, Retries};
use at_proto::{Command, Instant};

pub use self::mux::{Mux, MuxChannel};
pub use self::port::{Port, SetTimeout, StreamPort};
pub use self::probe::probe;
#[cfg(feature = "serialport")]
pub use self::probe::probe_all;
use self::pump::{Pump, READ_SLICE};
#[cfg(feature = "embedded")]
pub use self::ready::ReadyPort;
pub use self::reconnect::{Connector, Link, Opener, Reconnecting};
#[cfg(feature = "serialport")]
pub use self::serial::{Serial, open as open_serial};
#[cfg(feature = "simulator")]
pub use self::simulated::SimulatedPort;
pub use self::trace::Trace;
use crate::error::Error;
use crate::event::Event;
use crate::journal::{self, Store};
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::not_opened::NotOpened;
use crate::session::{Session, Ticket};
use crate::{Config, Counters, Procedure, Profile, Registrations, UssdReply};

/// A modem at the other end of a byte link, with blocking calls.
///
/// The modem makes progress only inside these calls. What arrives in between waits in the port, and
/// the next call handles it. An application that only receives calls
/// [`next_event`](Self::next_event) in a loop.
///
/// Every wait is bounded: each command has a timeout, and a procedure has a bounded number of
/// commands.
#[derive(Debug)]
pub struct Modem<P> {
    port: P,
    session: Session,
    pump: Pump,
    journal: Option<Box<dyn Store>>,
}

impl<P: Port> Modem<P> {
    /// Initialises the modem on `port`, and returns when the modem is ready.
    ///
    /// # Errors
    /// Fails when the modem does not answer, needs a PIN that `config` does not have, or cannot be
    /// initialised.
    pub fn open(port: P, config: Config) -> Result<Self, Error> {
        Ok(Self::open_session(port, Session::new(config))?)
    }

    /// A modem whose link is opened later.
    fn new(port: P, session: Session) -> Self {
        Self { port, session: session.seeded(), pump: Pump::new(), journal: None }
    }

    /// Initialises the modem on `port` for an existing session, such as a restored one.
    ///
    /// A message that waits may be sent before the modem is ready.
    ///
    /// # Errors
    /// Fails like [`open`](Self::open), and returns the session.
    pub fn open_session(port: P, session: Session) -> Result<Self, NotOpened> {
        let (mut modem, ready) = Self::begin(port, session);
        if let Err(error) = modem.wait(&ready) {
            modem.session.handle_closed(modem.port.now());
            return Err(NotOpened::new(error, modem.session));
        }
        Ok(modem)
    }

    /// Starts to initialise the modem on `port`, and returns the ticket of the initialisation.
    ///
    /// If that fails, the link stays open: an application can unlock the SIM, or find out more.
    ///
    /// ```
    /// use modem::at::sim::{EnterPin, Pin, PinState};
    /// use modem::blocking::{Modem, SimulatedPort};
    /// use modem::simulator::{Profile, Simulator};
    /// use modem::{Config, ErrorKind, Session};
    ///
    /// let mut simulator = Simulator::new(Profile::GENERIC);
    /// simulator.set_pin(Some("1234"));
    /// let session = Session::new(Config::default());
    /// let (mut modem, ready) = Modem::begin(SimulatedPort::new(simulator), session);
    /// let error = modem.wait(&ready).unwrap_err();
    /// assert_eq!(*error.kind(), ErrorKind::PinRequired);
    /// modem.command(EnterPin::Pin(Pin::new("1234")?))?;
    /// assert_eq!(modem.sim_state()?, PinState::Ready);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("unlock", "PUK"))]
    pub fn begin(port: P, session: Session) -> (Self, Ticket<()>) {
        let mut modem = Self::new(port, session);
        let now = modem.port.now();
        let ready = modem.session.handle_opened(now);
        (modem, ready)
    }

    /// Initialises the modem on `port` for a session with
    /// [`Confirm::Records`](crate::Confirm::Records), whose records go to `store`.
    ///
    /// The records are appended, made durable and confirmed inside the calls, once for each
    /// irreversible action that waits. What is accepted by [`enqueue`](Self::enqueue) survives the
    /// process when the call returns, and a loss of power after [`sync`](Self::sync).
    ///
    /// # Errors
    /// Fails like [`open`](Self::open).
    pub fn open_journaled(port: P, session: Session, store: impl Store) -> Result<Self, Error> {
        Self::new(port, session).journaled(store).opened()
    }

    /// A modem whose records go to `store`.
    fn journaled(mut self, store: impl Store) -> Self {
        self.journal = Some(Box::new(store));
        // The reservation of message numbers is durable before the first message.
        self.flush(true);
        self
    }

    fn opened(mut self) -> Result<Self, Error> {
        let now = self.port.now();
        let ready = self.session.handle_opened(now);
        let opened = self.wait(&ready);
        self.flush(false);
        opened.map(|()| self)
    }

    /// Returns the next event, or `None` when there was none `within` that time.
    pub fn next_event(&mut self, within: Duration) -> Option<Event> {
        let until = self.port.now() + within;
        loop {
            if let Some(event) = self.session.poll_event() {
                // After a restart the delivery is marked as a possible repetition.
                self.flush(false);
                return Some(event);
            }
            if self.port.now() >= until || self.session.is_closed() {
                return None;
            }
            self.pump(until);
        }
    }

    /// Sends a message part by part, and returns the outcome of each part.
    ///
    /// # Errors
    /// Fails only when nothing was tried: the message is invalid, or the link has ended.
    #[doc(alias = "SMS")]
    pub fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.ask(|session, now| session.send(message, now))
    }

    /// Enqueues a message without waiting for its result; see [`Session::enqueue`].
    ///
    /// # Errors
    /// Fails when the message is invalid, or too many messages are waiting.
    #[doc(alias("outbox", "queue"))]
    pub fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        let now = self.port.now();
        let accepted = self.session.enqueue(message, now);
        self.flush(false);
        accepted
    }

    /// Acknowledges a delivery that the application has made safe; the modem's copy is deleted
    /// soon.
    pub fn acknowledge(&mut self, receipt: &Receipt) {
        self.session.acknowledge(receipt, self.port.now());
        self.flush(false);
    }

    /// Settles the outcome of a message; see [`Session::settle`].
    pub fn settle(&mut self, message: MessageId) {
        self.session.settle(message);
        self.flush(false);
    }

    /// Makes all records of the journal durable before it returns: what was accepted, acknowledged
    /// and settled before survives a loss of power.
    ///
    /// # Errors
    /// Fails when the journal cannot be written, as [`Event::JournalFailed`] reports too.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.flush(true);
        match self.session.is_durable(self.session.last_record()) {
            true => Ok(()),
            false => Err(crate::ErrorKind::Journal.into()),
        }
    }

    /// Sends the part that [`Event::Attempting`] has announced; see
    /// [`Confirm::Attempts`](crate::Confirm::Attempts).
    pub fn confirm(&mut self, attempt: &Attempt) {
        self.session.confirm(attempt, self.port.now());
    }

    /// Takes back the part that [`Event::Attempting`] has announced; see [`Session::refuse`].
    pub fn refuse(&mut self, attempt: &Attempt) {
        self.session.refuse(attempt, self.port.now());
    }

    /// Lists the messages in the modem's memories, oldest first, with the parts of long messages
    /// merged. [`ListMessages::separate`](crate::ListMessages::separate) lists each part by itself.
    ///
    /// # Errors
    /// Fails when the link ends or the modem stops answering: an incomplete listing is an error.
    #[doc(alias("inbox", "list", "CMGL"))]
    pub fn messages(&mut self) -> Result<Vec<StoredMessage>, Error> {
        self.ask(Session::messages)
    }

    /// Finds the message in the first occupied slot after another one; `None` at the end. Without a
    /// slot it is the first message. See [`NextMessage`](crate::NextMessage).
    ///
    /// # Errors
    /// Fails when the link ends or the modem stops answering.
    pub fn next_message(&mut self, after: Option<Slot>) -> Result<Option<StoredMessage>, Error> {
        self.ask(|session, now| session.next_message(after, now))
    }

    /// Deletes the slots of a receipt that still hold what was delivered, and returns the slots
    /// that are free now.
    ///
    /// # Errors
    /// Fails when the modem refuses the deletion, or the link ends. Slots deleted before that are
    /// reported by [`Event::Released`].
    pub fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.ask(|session, now| session.delete(receipt, now))
    }

    /// Deletes the received messages that have been read.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
    pub fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_read)
    }

    /// Deletes all messages in the memories; a message that arrives meanwhile stays.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
    pub fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_all)
    }

    /// Runs a typed command, such as [`at::network::ReadSignal`](crate::at::network::ReadSignal).
    ///
    /// # Errors
    /// Fails when the modem refuses the command, does not answer in time, or gives an answer that
    /// cannot be read.
    pub fn command<C>(&mut self, command: C) -> Result<C::Output, Error>
    where
        C: Command<Output: Send + 'static> + Send + 'static,
    {
        self.ask(|session, now| session.command(command, now))
    }

    /// Runs a command line as it is, and returns the lines of its answer.
    ///
    /// # Errors
    /// Fails when the line would break the dialogue, or the modem refuses it or does not answer in
    /// time.
    #[doc(alias = "AT command")]
    pub fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.ask(|session, now| session.raw(line, now))
    }

    /// Sends a USSD code, or an answer to a question of the network, and waits for the reply.
    ///
    /// [`UssdReply::wanted`] tells whether the network waits for an answer.
    ///
    /// # Errors
    /// Fails when the modem or the network refuses the code, or no reply comes within a minute. The
    /// dialogue is cancelled then.
    #[doc(alias("balance", "credit"))]
    pub fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.ask(|session, now| session.ussd(text, now))
    }

    /// Reads the signal strength in dBm; `None` if the modem does not know it.
    ///
    /// # Errors
    /// Fails when the modem refuses the command or does not answer in time.
    #[doc(alias("signal strength", "RSSI", "CSQ"))]
    pub fn signal(&mut self) -> Result<Option<i16>, Error> {
        self.ask(Session::signal)
    }

    /// Reads the name of the operator; `None` without a network.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("network name", "carrier", "COPS"))]
    pub fn operator(&mut self) -> Result<Option<String>, Error> {
        self.ask(Session::operator)
    }

    /// The registration of the modem in its networks, as last reported.
    #[doc(alias("roaming", "CREG"))]
    pub fn registrations(&mut self) -> Registrations {
        self.session.registrations().clone()
    }

    /// Reads the state of the SIM: ready, or the code that it waits for.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("PIN", "CPIN"))]
    pub fn sim_state(&mut self) -> Result<PinState, Error> {
        self.ask(Session::sim_state)
    }

    /// Reads the remaining attempts for the PIN and the PUK, if the modem has a command for it.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("PIN attempts", "PUK"))]
    pub fn pin_retries(&mut self) -> Result<Retries, Error> {
        self.ask(Session::pin_retries)
    }

    /// Reads the phone numbers that are stored on the SIM as its own.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("phone number", "MSISDN", "CNUM"))]
    pub fn own_numbers(&mut self) -> Result<Vec<String>, Error> {
        self.ask(Session::own_numbers)
    }

    /// Reads the state of the battery.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    pub fn battery(&mut self) -> Result<Battery, Error> {
        self.ask(Session::battery)
    }

    /// Reads the modem's clock.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    pub fn clock(&mut self) -> Result<Time, Error> {
        self.ask(Session::clock)
    }

    /// Enables caller identification: [`Event::Notification`] has a
    /// [`Notification::CallerId`](crate::at::Notification::CallerId) after each ring.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("caller ID", "CLIP"))]
    pub fn show_callers(&mut self) -> Result<(), Error> {
        self.ask(Session::show_callers)
    }

    /// Ends all calls, or refuses a ringing call.
    ///
    /// # Errors
    /// Fails like [`signal`](Self::signal).
    #[doc(alias("call", "ATH"))]
    pub fn hang_up(&mut self) -> Result<(), Error> {
        self.ask(Session::hang_up)
    }

    /// The counters since the session was created.
    pub fn counters(&mut self) -> Counters {
        *self.session.counters()
    }

    /// Ends the USSD dialogue, if there is one.
    ///
    /// # Errors
    /// Fails when the modem does not answer, or the link has ended.
    pub fn cancel_ussd(&mut self) -> Result<(), Error> {
        self.ask(Session::cancel_ussd)
    }

    /// Runs a procedure to its end.
    ///
    /// # Errors
    /// Fails with the errors of the procedure.
    pub fn run<Q: Procedure>(&mut self, procedure: Q) -> Result<Q::Output, Error> {
        self.ask(|session, now| session.start(procedure, now))
    }

    /// The known properties of the modem.
    #[doc(alias("IMEI", "IMSI", "ICCID", "SMSC", "model"))]
    pub fn profile(&self) -> &Profile {
        self.session.profile()
    }

    /// The session inside, for verbs that have no method here.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The operating system's reason for the end of the link, if it gave one.
    pub fn link_error(&self) -> Option<Arc<io::Error>> {
        self.session.link_error().cloned()
    }

    /// The port inside.
    pub fn port(&mut self) -> &mut P {
        &mut self.port
    }

    /// Ends the session, and returns the port.
    pub fn into_port(mut self) -> P {
        self.flush(false);
        self.port
    }

    /// Starts a verb of the session, and waits for its result.
    fn ask<T: 'static>(
        &mut self,
        verb: impl FnOnce(&mut Session, Instant) -> Ticket<T>,
    ) -> Result<T, Error> {
        let ticket = verb(&mut self.session, self.port.now());
        self.wait(&ticket)
    }

    /// Waits for the result of a ticket of the session.
    ///
    /// # Errors
    /// Fails with the error of the operation.
    pub fn wait<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, Error> {
        loop {
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            let until = self.port.now() + READ_SLICE;
            self.pump(until);
        }
    }

    fn pump(&mut self, until: Instant) {
        self.flush(false);
        self.pump.turn(&mut self.port, &mut self.session, until);
        self.flush(false);
    }

    /// Appends the records so far to the journal, and makes them durable if something waits for
    /// that.
    fn flush(&mut self, durably: bool) {
        if let Some(store) = self.journal.as_deref_mut() {
            journal::flush(store, &mut self.session, durably, self.port.now());
        }
    }
}
