//! The async front-end: a cloneable [`Modem`] handle and a [`Driver`] future around one shared [`Session`].
//!
//! No channel and no lock held across an await: a call starts a procedure, wakes the driver and polls for its ticket.
//!
//! # What a dropped future does
//! Dropping the future of a call abandons the wait, not the transaction: what has been started runs to its end, since half a
//! dialogue would leave the modem in an unknown state; what was still queued is withdrawn. The outcome of an abandoned sending
//! comes as an [`Event`]. Dropping the [`Driver`] ends the session: every waiting call gets an error.

mod driver;
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
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::session::{Session, Ticket};
use crate::{Config, Counters, Procedure, Profile, Registrations, UssdReply};

/// A handle to a modem, cheap to clone; its calls may run at the same time, and are carried out one after the other.
#[derive(Clone)]
pub struct Modem {
    handle: Arc<Handle>,
}

/// The state that all handles and the inbox share with the driver, whose session ends when the last of them is dropped.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().end();
    }
}

/// The events of a modem, in order. There is one inbox for each modem, so that no event is delivered to two readers.
///
/// It is a [`Stream`](futures_core::Stream) as well.
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
    /// Starts the driver for `stream` on the current tokio runtime, initialises the modem, and comes back when it is ready.
    ///
    /// # Errors
    /// When the modem does not answer, needs a PIN that `config` does not give, or cannot work at all.
    ///
    /// # Panics
    /// Outside a tokio runtime, as [`::tokio::spawn`] does.
    pub async fn open<S>(stream: S, config: Config) -> Result<(Self, Inbox), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self::open_session(stream, Session::new(config)).await
    }

    /// The same for a session that is there already, such as one that was restored.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    ///
    /// # Panics
    /// Outside a tokio runtime, as [`::tokio::spawn`] does.
    pub async fn open_session<S>(stream: S, session: Session) -> Result<(Self, Inbox), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (modem, inbox, driver, ready) = Self::with_driver(stream, session);
        ::tokio::spawn(driver);
        modem.wait(ready).await?;
        Ok((modem, inbox))
    }

    /// The parts of [`open`](Self::open), for a caller who runs the [`Driver`] in a task of his own: the handle, its events,
    /// the driver, and the ticket of the initialisation.
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
        let shared = Arc::new(Shared { state: Mutex::new(State::new(session)) });
        let modem = Self { handle: Arc::new(Handle { shared }) };
        (modem.clone(), Inbox { modem })
    }

    /// Ends the session: the link is closed by its driver, waiting calls get an error, and the [`Inbox`] ends after the events
    /// that have come.
    pub fn close(&self) {
        self.handle.shared.lock().end();
    }

    /// Sends a message, part by part, and says what became of each part. See [the module](self) for what dropping the future
    /// does: parts that wait are withdrawn only as long as none has been tried.
    ///
    /// # Errors
    /// Only when nothing was tried: the message cannot be sent as it is, or the link has ended.
    pub async fn send(&self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.ask(|session, now| session.send(message, now)).await
    }

    /// Entrusts a message to the session, and does not wait: see [`Session::enqueue`].
    ///
    /// # Errors
    /// When it cannot be sent as it is, or too many wait already.
    pub fn enqueue(&self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.with(|session, now| session.enqueue(message, now))
    }

    /// Says that the application has made safe what it was given; the modem's copy is deleted soon.
    pub fn acknowledge(&self, receipt: &Receipt) {
        self.with(|session, now| session.acknowledge(receipt, now));
    }

    /// Lets the part go out that [`Event::Attempting`] has announced; see [`Config::confirm_attempts`].
    pub fn confirm(&self, attempt: &Attempt) {
        self.with(|session, now| session.confirm(attempt, now));
    }

    /// All that the modem's memories hold, the parts of long messages merged, oldest first; [`ListMessages::separate`](crate::ListMessages::separate) shows each
    /// part by itself.
    ///
    /// # Errors
    /// When the link has ended.
    pub async fn messages(&self) -> Result<Vec<StoredMessage>, Error> {
        self.ask(Session::messages).await
    }

    /// Deletes what a receipt stands for, place by place, if it is still what was handed out; gives the places that are free now.
    ///
    /// # Errors
    /// When the modem refuses it, or the link has ended; what was deleted before that is announced by
    /// [`Event::Released`].
    pub async fn delete(&self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.ask(|session, now| session.delete(receipt, now)).await
    }

    /// Deletes the received messages that were read before.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn delete_read(&self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_read).await
    }

    /// Deletes all that the memories hold; what comes in meanwhile stays.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn delete_all(&self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_all).await
    }

    /// Runs a typed command, such as [`at::network::ReadSignal`](crate::at::network::ReadSignal).
    ///
    /// # Errors
    /// When the modem refuses it, does not answer in time, or answers something else.
    pub async fn command<C>(&self, command: C) -> Result<C::Output, Error>
    where
        C: Command<Output: Send + 'static> + Send + 'static,
    {
        self.ask(|session, now| session.command(command, now)).await
    }

    /// Runs a command line as it is, and gives the lines of its answer.
    ///
    /// # Errors
    /// When the line would break the dialogue, or the modem refuses it or does not answer in time.
    pub async fn raw(&self, line: &str) -> Result<Vec<String>, Error> {
        self.ask(|session, now| session.raw(line, now)).await
    }

    /// Sends a USSD code, or the answer to a question of the network, and waits for what the network says.
    ///
    /// [`UssdReply::wanted`] says whether it waits for an answer.
    ///
    /// # Errors
    /// When the modem or the network refuses it, or nothing is said within a minute; the dialogue is cancelled then.
    pub async fn ussd(&self, text: &str) -> Result<UssdReply, Error> {
        self.ask(|session, now| session.ussd(text, now)).await
    }

    /// The strength of the signal in dBm; `None` if the modem does not know it.
    ///
    /// # Errors
    /// When the modem refuses it or does not answer in time, as with all that follow.
    pub async fn signal(&self) -> Result<Option<i16>, Error> {
        self.ask(Session::signal).await
    }

    /// The name of the operator; `None` without a network.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn operator(&self) -> Result<Option<String>, Error> {
        self.ask(Session::operator).await
    }

    /// How the modem is registered, as far as it has said.
    pub fn registrations(&self) -> Registrations {
        self.with(|session, _| session.registrations().clone())
    }

    /// What the SIM waits for, or that it is ready.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn sim_state(&self) -> Result<PinState, Error> {
        self.ask(Session::sim_state).await
    }

    /// How many tries of the PIN and the PUK are left, where the modem has a command for it.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn pin_retries(&self) -> Result<Retries, Error> {
        self.ask(Session::pin_retries).await
    }

    /// The numbers of the SIM, as far as someone has written them to it.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn own_numbers(&self) -> Result<Vec<String>, Error> {
        self.ask(Session::own_numbers).await
    }

    /// The battery.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn battery(&self) -> Result<Battery, Error> {
        self.ask(Session::battery).await
    }

    /// The time on the modem's clock.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn clock(&self) -> Result<Time, Error> {
        self.ask(Session::clock).await
    }

    /// Has the modem say who calls, as [`Event::Notification`] with
    /// [`Notification::CallerId`](crate::at::Notification::CallerId) after each ring.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn show_callers(&self) -> Result<(), Error> {
        self.ask(Session::show_callers).await
    }

    /// Ends all calls, or refuses the one that rings.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub async fn hang_up(&self) -> Result<(), Error> {
        self.ask(Session::hang_up).await
    }

    /// What has happened since the session was made.
    pub fn counters(&self) -> Counters {
        self.with(|session, _| *session.counters())
    }

    /// Ends the dialogue with a USSD service, if there is one.
    ///
    /// # Errors
    /// When the modem does not answer, or the link has ended.
    pub async fn cancel_ussd(&self) -> Result<(), Error> {
        self.ask(Session::cancel_ussd).await
    }

    /// Runs a procedure to its end. See [the module](self) for what dropping the future does.
    ///
    /// # Errors
    /// Those of the procedure.
    pub async fn run<Q: Procedure>(&self, procedure: Q) -> Result<Q::Output, Error> {
        self.ask(|session, now| session.start(procedure, now)).await
    }

    /// What is known of the modem.
    pub fn profile(&self) -> Profile {
        self.with(|session, _| session.profile().clone())
    }

    /// Why the link has ended, where the operating system said it.
    pub fn link_error(&self) -> Option<Arc<io::Error>> {
        self.with(|session, _| session.link_error().cloned())
    }

    /// Waits for the end of something that was started on the session.
    ///
    /// # Errors
    /// Those of what was started.
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

    /// Calls `verb` on the session inside and has the driver act on it.
    pub fn with<R>(&self, verb: impl FnOnce(&mut Session, at_proto::Instant) -> R) -> R {
        let mut state = self.handle.shared.lock();
        let now = state.now();
        let result = verb(&mut state.session, now);
        state.wake_driver();
        result
    }
}

impl Inbox {
    /// The next event; `None` once the session is closed for good and all its events are taken.
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.modem.handle.shared.lock();
        match state.session.poll_event() {
            Some(event) => Poll::Ready(Some(event)),
            None if state.is_ended() => Poll::Ready(None),
            None => {
                state.wait_for_event(context.waker());
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

/// A wait for a ticket; dropped before its end, it abandons the wait.
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
        state.wait_for_ticket(self.ticket.id(), context.waker());
        Poll::Pending
    }
}

impl<T> Drop for Pending<'_, T> {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.modem.handle.shared.lock();
            state.forget_ticket(self.ticket.id());
            let now = state.now();
            state.session.abandon(self.ticket.id(), now);
            state.wake_driver();
        }
    }
}
