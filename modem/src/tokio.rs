//! The async front-end: a cloneable [`Modem`] handle and a [`Driver`] future around one shared
//! [`Session`].
//!
//! There is no channel, and no lock is held across an await. A call starts a procedure, wakes the
//! driver and polls for its ticket.
//!
//! # Dropped futures
//! Dropping the future of a call abandons the wait, not the transaction. A running operation
//! continues to its end, since half a dialogue would leave the modem in an unknown state; a queued
//! one is withdrawn. The result of an abandoned sending is reported by an [`Event`]. Dropping the
//! [`Driver`] ends the session: every waiting call fails.

mod driver;
mod journal;
mod mux;
#[allow(clippy::duplicate_mod, reason = "the same verbs over the modem of each async front-end")]
#[path = "phone.rs"]
mod phone;
mod pool;
mod probe;
mod pump;
mod reconnect;
#[cfg(feature = "tokio-serial")]
mod serial;
#[cfg(feature = "simulator")]
mod simulated;
mod trace;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::tokio::io::{AsyncRead, AsyncWrite};
use at_proto::Command;
use at_proto::clock::Time;
use at_proto::general::Battery;
use at_proto::sim::{PinState, Retries};

pub use self::driver::Driver;
use self::driver::State;
use self::journal::Journal;
pub use self::mux::{Mux, MuxChannel, MuxDriver};
pub use self::pool::{Pool, PoolInbox};
pub use self::probe::probe;
#[cfg(feature = "serialport")]
pub use self::probe::probe_all;
pub use self::reconnect::Reconnecting;
#[cfg(feature = "tokio-serial")]
pub use self::serial::open as open_serial;
#[cfg(feature = "simulator")]
pub use self::simulated::{SimulatedStream, SimulatorHandle};
pub use self::trace::Trace;
use crate::error::Error;
use crate::event::Event;
use crate::journal::Store;
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::not_opened::NotOpened;
use crate::session::{Session, Ticket};
use crate::{Config, Counters, Procedure, Profile, Registrations, UssdReply};

/// A handle to a modem, cheap to clone. Calls may be made concurrently; they are carried out one
/// after the other.
#[derive(Clone)]
pub struct Modem {
    handle: Arc<Handle>,
}

/// The state that all handles and the inbox share with the driver, whose session ends when the last
/// of them is dropped.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().end();
    }
}

/// The events of a modem, in order. There is one inbox for each modem, so that no event is
/// delivered to two readers.
///
/// The inbox implements [`Stream`](futures_core::Stream).
#[derive(Debug)]
pub struct Inbox {
    modem: Modem,
}

pub(crate) struct Shared {
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state as the last complete call left it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Modem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem").finish_non_exhaustive()
    }
}

impl Modem {
    /// Starts the driver for `stream` on the current tokio runtime, initialises the modem, and
    /// returns when the modem is ready.
    ///
    /// # Errors
    /// Fails when the modem does not answer, needs a PIN that `config` does not have, or cannot be
    /// initialised.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub async fn open<S>(stream: S, config: Config) -> Result<(Self, Inbox), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Ok(Self::open_session(stream, Session::new(config)).await?)
    }

    /// Starts the driver like [`open`](Self::open), for an existing session such as a restored one.
    ///
    /// A message that waits may be sent before the modem is ready.
    ///
    /// # Errors
    /// Fails like [`open`](Self::open), and returns the session.
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub async fn open_session<S>(stream: S, session: Session) -> Result<(Self, Inbox), NotOpened>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (modem, inbox, driver, ready) = Self::with_driver(stream, session);
        ::tokio::spawn(driver);
        if let Err(error) = modem.wait(ready).await {
            let session = modem.with(|session, now| {
                session.handle_closed(now);
                core::mem::replace(session, Session::new(Config::default()))
            });
            return Err(NotOpened::new(error, session));
        }
        Ok((modem, inbox))
    }

    /// Starts the driver like [`open_session`](Self::open_session), for a session with
    /// [`Confirm::Records`](crate::Confirm::Records) whose records go to `store`.
    ///
    /// The driver writes the records on the runtime's threads for blocking work, one write after
    /// the other. What is accepted by [`enqueue`](Self::enqueue) survives after
    /// [`sync`](Self::sync).
    ///
    /// # Errors
    /// Fails like [`open`](Self::open).
    ///
    /// # Panics
    /// Panics outside a tokio runtime, like [`::tokio::spawn`].
    pub async fn open_journaled<S>(
        stream: S,
        session: Session,
        store: impl Store,
    ) -> Result<(Self, Inbox), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (modem, inbox, driver, ready) = Self::with_driver(stream, session);
        {
            let mut state = modem.handle.shared.lock();
            state.set_journal(Journal::new(store));
            // The reservation of message numbers is durable before the first message.
            state.want_durable();
        }
        ::tokio::spawn(driver);
        modem.wait(ready).await?;
        modem.sync().await?;
        Ok((modem, inbox))
    }

    /// Settles the outcome of a message; see [`Session::settle`].
    pub fn settle(&self, message: MessageId) {
        self.with(|session, _| session.settle(message));
    }

    /// Waits until all records of the journal are durable: what was accepted, acknowledged and
    /// settled before survives the process and a loss of power.
    ///
    /// # Errors
    /// Fails when the journal cannot be written, as [`Event::JournalFailed`] reports too, or the
    /// driver has ended.
    pub async fn sync(&self) -> Result<(), Error> {
        let wanted = {
            let mut state = self.handle.shared.lock();
            let wanted = state.want_durable();
            state.waiters.wake_driver();
            wanted
        };
        poll_fn(|context| {
            let mut state = self.handle.shared.lock();
            if state.session.is_durable(wanted) {
                return Poll::Ready(Ok(()));
            }
            if !state.session.records() || state.is_ended() {
                return Poll::Ready(Err(crate::ErrorKind::Journal.into()));
            }
            state.wait_for_durable(context.waker());
            Poll::Pending
        })
        .await
    }

    /// Returns the parts of [`open`](Self::open), for callers that run the [`Driver`] in a task of
    /// their own: the handle, its events, the driver, and the ticket of the initialisation.
    pub fn with_driver<S>(stream: S, session: Session) -> (Self, Inbox, Driver<S>, Ticket<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (modem, inbox) = Self::closed(session);
        let ready = modem.with(Session::handle_opened);
        let driver = Driver::new(Arc::clone(&modem.handle.shared), stream);
        (modem, inbox, driver, ready)
    }

    /// A modem without a link.
    fn closed(session: Session) -> (Self, Inbox) {
        let shared = Arc::new(Shared { state: Mutex::new(State::new(session.seeded())) });
        let modem = Self { handle: Arc::new(Handle { shared }) };
        (modem.clone(), Inbox { modem })
    }

    /// Ends the session: the driver closes the link, waiting calls fail, and the [`Inbox`] ends
    /// after its remaining events.
    pub fn close(&self) {
        self.handle.shared.lock().end();
    }

    /// Sends a message part by part, and returns the outcome of each part.
    ///
    /// Dropping the future withdraws the message only if no part has been tried; see [the
    /// module](self).
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

    /// Sends the part that [`Event::Attempting`] has announced; see
    /// [`Confirm::Attempts`](crate::Confirm::Attempts).
    pub fn confirm(&self, attempt: &Attempt) {
        self.with(|session, now| session.confirm(attempt, now));
    }

    /// Takes back the part that [`Event::Attempting`] has announced; see [`Session::refuse`].
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

    /// Finds the message in the first occupied slot after another one; `None` at the end. Without a
    /// slot it is the first message. See [`NextMessage`](crate::NextMessage).
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
    /// reported by [`Event::Released`].
    pub async fn delete(&self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.ask(|session, now| session.delete(receipt, now)).await
    }

    /// Deletes the received messages that have been read.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
    pub async fn delete_read(&self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_read).await
    }

    /// Deletes all messages in the memories; a message that arrives meanwhile stays.
    ///
    /// # Errors
    /// Fails like [`delete`](Self::delete).
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

    /// Enables caller identification: [`Event::Notification`] has a
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

    /// Runs a procedure to its end. See [the module](self) for the effect of dropping the future.
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

    /// The operating system's reason for the end of the link, if it gave one.
    pub fn link_error(&self) -> Option<Arc<io::Error>> {
        self.with(|session, _| session.link_error().cloned())
    }

    /// Waits for the result of a ticket of the session.
    ///
    /// # Errors
    /// Fails with the error of the operation.
    pub async fn wait<T: 'static>(&self, ticket: Ticket<T>) -> Result<T, Error> {
        let mut pending = Pending { modem: self, ticket, done: false };
        poll_fn(|context| pending.poll(context)).await
    }

    /// Starts a verb of the session, and waits for its result.
    async fn ask<T: 'static>(
        &self,
        verb: impl FnOnce(&mut Session, at_proto::Instant) -> Ticket<T>,
    ) -> Result<T, Error> {
        let ticket = self.with(verb);
        self.wait(ticket).await
    }

    /// Calls `verb` on the session inside, and has the driver act on it.
    pub fn with<R>(&self, verb: impl FnOnce(&mut Session, at_proto::Instant) -> R) -> R {
        let mut state = self.handle.shared.lock();
        let now = state.now();
        let result = verb(&mut state.session, now);
        state.waiters.wake_driver();
        result
    }
}

impl Inbox {
    /// Waits for the next event; `None` once the session is closed for good and all its events are
    /// taken.
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll(context)).await
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.modem.handle.shared.lock();
        match state.session.poll_event() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.is_ended() => Poll::Ready(None),
            None => {
                state.waiters.wait_for_event(context.waker());
                Poll::Pending
            }
        }
    }
}

impl futures_core::Stream for Inbox {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll(context)
    }
}

/// A wait for a ticket; dropped before its end, it abandons the ticket.
struct Pending<'a, T> {
    modem: &'a Modem,
    ticket: Ticket<T>,
    done: bool,
}

impl<T: 'static> Pending<'_, T> {
    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<T, Error>> {
        let mut state = self.modem.handle.shared.lock();
        if let Some(result) = state.session.take(&self.ticket) {
            self.done = true;
            return Poll::Ready(result);
        }
        state.waiters.wait_for_ticket(self.ticket.id(), context.waker());
        Poll::Pending
    }
}

impl<T> Drop for Pending<'_, T> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.modem.handle.shared.lock();
            state.waiters.forget_ticket(self.ticket.id());
            let now = state.now();
            state.session.abandon(self.ticket.id(), now);
            state.waiters.wake_driver();
        }
    }
}
