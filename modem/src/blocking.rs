//! The blocking front-end: a [`Session`] pumped over a [`Port`] inside the calls, without a hidden thread.

mod port;
mod probe;
mod pump;
mod reconnect;
#[cfg(feature = "serialport")]
mod serial;
#[cfg(feature = "simulator")]
mod simulated;
mod trace;

use core::time::Duration;
use std::io;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use at_proto::clock::Time;
use at_proto::general::Battery;
use at_proto::sim::{PinState, Retries};
use at_proto::{Command, Instant};

pub use self::port::{Port, SetTimeout, StreamPort};
pub use self::probe::probe;
#[cfg(feature = "serialport")]
pub use self::probe::probe_all;
use self::pump::{Pump, READ_SLICE};
pub use self::reconnect::{Connector, Link, Opener, Reconnecting};
#[cfg(feature = "serialport")]
pub use self::serial::{Serial, open as open_serial};
#[cfg(feature = "simulator")]
pub use self::simulated::SimulatedPort;
pub use self::trace::Trace;
use crate::error::Error;
use crate::event::Event;
use crate::message::{
    Attempt, MessageId, OutgoingMessage, Receipt, SendResult, Slot, StoredMessage,
};
use crate::session::{Session, Ticket};
use crate::{Config, Counters, Procedure, Profile, Registrations, UssdReply};

/// A modem behind a byte link, used by calls that wait.
///
/// The modem makes progress only inside these calls: what arrives in between waits in the port, and is handled by the next
/// call. An application that only receives calls [`next_event`](Self::next_event) in a loop.
///
/// Every wait ends: each command has a deadline, and a procedure has a bounded number of commands.
#[derive(Debug)]
pub struct Modem<P> {
    port: P,
    session: Session,
    pump: Pump,
}

impl<P: Port> Modem<P> {
    /// Initialises the modem behind `port`, and comes back when it is ready.
    ///
    /// # Errors
    /// When the modem does not answer, needs a PIN that `config` does not give, or cannot work at all.
    pub fn open(port: P, config: Config) -> Result<Self, Error> {
        Self::open_session(port, Session::new(config))
    }

    /// A modem whose link is opened later.
    fn new(port: P, session: Session) -> Self {
        Self { port, session, pump: Pump::new() }
    }

    /// Initialises the modem behind `port` for a session that is there already, such as one that was restored.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_session(port: P, session: Session) -> Result<Self, Error> {
        let mut modem = Self::new(port, session);
        let now = modem.port.now();
        let ready = modem.session.handle_opened(now);
        modem.wait(&ready)?;
        Ok(modem)
    }

    /// The next event, or `None` when nothing happened `within` that time.
    pub fn next_event(&mut self, within: Duration) -> Option<Event> {
        let until = self.port.now() + within;
        loop {
            if let Some(event) = self.session.poll_event() {
                return Some(event);
            }
            if self.port.now() >= until || self.session.is_closed() {
                return None;
            }
            self.pump(until);
        }
    }

    /// Sends a message, part by part, and says what became of each part.
    ///
    /// # Errors
    /// Only when nothing was tried: the message cannot be sent as it is, or the link has ended.
    pub fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.ask(|session, now| session.send(message, now))
    }

    /// Entrusts a message to the session, and does not wait: see [`Session::enqueue`].
    ///
    /// # Errors
    /// When it cannot be sent as it is, or too many wait already.
    pub fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        let now = self.port.now();
        self.session.enqueue(message, now)
    }

    /// Says that the application has made safe what it was given; the modem's copy is deleted soon.
    pub fn acknowledge(&mut self, receipt: &Receipt) {
        self.session.acknowledge(receipt, self.port.now());
    }

    /// Lets the part go out that [`Event::Attempting`] has announced; see [`Config::confirm_attempts`].
    pub fn confirm(&mut self, attempt: &Attempt) {
        self.session.confirm(attempt, self.port.now());
    }

    /// All that the modem's memories hold, the parts of long messages merged, oldest first; [`ListMessages::separate`](crate::ListMessages::separate) shows each
    /// part by itself.
    ///
    /// # Errors
    /// When the link has ended.
    pub fn messages(&mut self) -> Result<Vec<StoredMessage>, Error> {
        self.ask(Session::messages)
    }

    /// Deletes what a receipt stands for, place by place, if it is still what was handed out; gives the places that are free now.
    ///
    /// # Errors
    /// When the modem refuses it, or the link has ended; what was deleted before that is announced by
    /// [`Event::Released`].
    pub fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.ask(|session, now| session.delete(receipt, now))
    }

    /// Deletes the received messages that were read before.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_read)
    }

    /// Deletes all that the memories hold; what comes in meanwhile stays.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.ask(Session::delete_all)
    }

    /// Runs a typed command, such as [`at::network::ReadSignal`](crate::at::network::ReadSignal).
    ///
    /// # Errors
    /// When the modem refuses it, does not answer in time, or answers something else.
    pub fn command<C>(&mut self, command: C) -> Result<C::Output, Error>
    where
        C: Command<Output: Send + 'static> + Send + 'static,
    {
        self.ask(|session, now| session.command(command, now))
    }

    /// Runs a command line as it is, and gives the lines of its answer.
    ///
    /// # Errors
    /// When the line would break the dialogue, or the modem refuses it or does not answer in time.
    pub fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.ask(|session, now| session.raw(line, now))
    }

    /// Sends a USSD code, or the answer to a question of the network, and waits for what the network says.
    ///
    /// [`UssdReply::wanted`] says whether it waits for an answer.
    ///
    /// # Errors
    /// When the modem or the network refuses it, or nothing is said within a minute; the dialogue is cancelled then.
    pub fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.ask(|session, now| session.ussd(text, now))
    }

    /// The strength of the signal in dBm; `None` if the modem does not know it.
    ///
    /// # Errors
    /// When the modem refuses it or does not answer in time, as with all that follow.
    pub fn signal(&mut self) -> Result<Option<i16>, Error> {
        self.ask(Session::signal)
    }

    /// The name of the operator; `None` without a network.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn operator(&mut self) -> Result<Option<String>, Error> {
        self.ask(Session::operator)
    }

    /// How the modem is registered, as far as it has said.
    pub fn registrations(&mut self) -> Registrations {
        self.session.registrations().clone()
    }

    /// What the SIM waits for, or that it is ready.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn sim_state(&mut self) -> Result<PinState, Error> {
        self.ask(Session::sim_state)
    }

    /// How many tries of the PIN and the PUK are left, where the modem has a command for it.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn pin_retries(&mut self) -> Result<Retries, Error> {
        self.ask(Session::pin_retries)
    }

    /// The numbers of the SIM, as far as someone has written them to it.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn own_numbers(&mut self) -> Result<Vec<String>, Error> {
        self.ask(Session::own_numbers)
    }

    /// The battery.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn battery(&mut self) -> Result<Battery, Error> {
        self.ask(Session::battery)
    }

    /// The time on the modem's clock.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn clock(&mut self) -> Result<Time, Error> {
        self.ask(Session::clock)
    }

    /// Has the modem say who calls, as [`Event::Notification`] with
    /// [`Notification::CallerId`](crate::at::Notification::CallerId) after each ring.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn show_callers(&mut self) -> Result<(), Error> {
        self.ask(Session::show_callers)
    }

    /// Ends all calls, or refuses the one that rings.
    ///
    /// # Errors
    /// As [`signal`](Self::signal).
    pub fn hang_up(&mut self) -> Result<(), Error> {
        self.ask(Session::hang_up)
    }

    /// What has happened since the session was made.
    pub fn counters(&mut self) -> Counters {
        *self.session.counters()
    }

    /// Ends the dialogue with a USSD service, if there is one.
    ///
    /// # Errors
    /// When the modem does not answer, or the link has ended.
    pub fn cancel_ussd(&mut self) -> Result<(), Error> {
        self.ask(Session::cancel_ussd)
    }

    /// Runs a procedure to its end.
    ///
    /// # Errors
    /// Those of the procedure.
    pub fn run<Q: Procedure>(&mut self, procedure: Q) -> Result<Q::Output, Error> {
        self.ask(|session, now| session.start(procedure, now))
    }

    /// What is known of the modem.
    pub fn profile(&self) -> &Profile {
        self.session.profile()
    }

    /// The session inside, for what has no method here.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Why the link has ended, where the operating system said it.
    pub fn link_error(&self) -> Option<Arc<io::Error>> {
        self.session.link_error().cloned()
    }

    /// The link inside.
    pub fn port(&mut self) -> &mut P {
        &mut self.port
    }

    /// Ends the session and gives the link back.
    pub fn into_port(self) -> P {
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

    fn wait<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, Error> {
        loop {
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            let until = self.port.now() + READ_SLICE;
            self.pump(until);
        }
    }

    fn pump(&mut self, until: Instant) {
        self.pump.turn(&mut self.port, &mut self.session, until);
    }
}
