//! All front-ends as one trait, each on the simulated modem and a virtual clock.

mod blocking;
#[cfg(feature = "embedded")]
mod embedded;
#[cfg(feature = "tokio")]
mod tokio;

use core::fmt;
use core::time::Duration;

use modem::at::Instant;
use modem::at::call::Call;
use modem::at::mux::{FrameReader, Framing, Piece};
use modem::at::sim::PinState;
use modem::simulator::{Fact, Simulator, Verb};
use modem::{
    Attempt, Config, Contact, Counters, Error, Event, FoundOperator, ListMessages, MessageId,
    OutgoingMessage, Profile, Receipt, SendResult, Session, Slot, StoredMessage, UssdReply,
};

use crate::line::{Fault, Tamper};
use crate::truth;

/// The operations of a test on a modem, through any front-end.
///
/// The verbs are those of the front-end. The `with_` methods reach the session, the modem and the
/// line between them. Operations that can be expressed with these are methods of `dyn Front`, so
/// that a front-end has as little as possible to implement.
pub trait Front {
    /// Sends a message.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, Error>;
    /// Runs a command line.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error>;
    /// Asks a USSD service.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error>;
    /// Enqueues a message.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error>;
    /// Acknowledges a delivery.
    fn acknowledge(&mut self, receipt: &Receipt);
    /// Confirms an attempt.
    fn confirm(&mut self, attempt: &Attempt);
    /// The answers to all questions about the state of the modem.
    fn state(&mut self) -> State;
    /// The results of the verbs beside messages: phonebooks, operators, the radio and calls.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn phone(&mut self) -> Result<Phone, Error>;
    /// The profile of the modem.
    fn profile(&mut self) -> Profile;
    /// Lists the stored messages.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error>;
    /// Deletes the slots of a receipt.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error>;
    /// Deletes the messages that have been read.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn delete_read(&mut self) -> Result<Vec<Slot>, Error>;
    /// Deletes all messages.
    ///
    /// # Errors
    /// Fails with the error of the front-end.
    fn delete_all(&mut self) -> Result<Vec<Slot>, Error>;
    /// Returns the next event, or `None` if there is none `within` that time.
    fn event(&mut self, within: Duration) -> Option<Event>;
    /// The time on the clock of the front-end.
    fn now(&mut self) -> Duration;

    /// Waits at most `within` for the modem to be ready. Returns `true` if it is ready.
    fn ready(&mut self, within: Duration) -> bool;
    /// Opens the link again for the same session; a front-end that reconnects only waits for its
    /// next link.
    ///
    /// # Errors
    /// Fails if the modem cannot be initialised.
    fn reopen(&mut self) -> Result<(), Error>;
    /// Refuses the given number of next attempts of a front-end that reconnects.
    fn refuse(&mut self, attempts: u32);

    /// Calls `look` with the session.
    fn with_session(&mut self, look: &mut dyn FnMut(&mut Session, Instant));
    /// Calls `look` with the simulated modem and its time.
    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration));
    /// Calls `look` with the line to the modem.
    fn with_line(&mut self, look: &mut dyn FnMut(&mut Tamper));
    /// The lines that have passed between host and modem.
    fn dialogue(&self) -> Vec<String>;
}

/// Opens a modem with a front-end.
///
/// Fails as the front-end does; one that reconnects never fails.
pub type Open = fn(Simulator, Config) -> Result<Box<dyn Front>, Error>;

/// A configuration whose references do not depend on chance.
fn with_reference(mut config: Config) -> Config {
    config.first_reference = config.first_reference.max(1);
    config
}

/// The front-ends over one link, by name.
pub const FRONTS: &[(&str, Open)] = &[
    ("blocking", blocking::open),
    #[cfg(feature = "tokio")]
    ("tokio", tokio::open),
    #[cfg(feature = "embedded")]
    ("embedded", embedded::open),
];

/// The front-ends that open a lost link again, by name.
pub const RECONNECTING: &[(&str, Open)] = &[
    ("blocking", blocking::open_reconnecting),
    #[cfg(feature = "tokio")]
    ("tokio", tokio::open_reconnecting),
    #[cfg(feature = "embedded")]
    ("embedded", embedded::open_reconnecting),
];

/// The front-ends on a channel of a multiplexer, by name.
pub const MULTIPLEXED: &[(&str, Open)] = &[
    ("blocking, multiplexed", blocking::open_multiplexed),
    #[cfg(feature = "tokio")]
    ("tokio, multiplexed", tokio::open_multiplexed),
];

/// The front-ends that open a lost channel again, by name.
pub const MULTIPLEXED_RECONNECTING: &[(&str, Open)] = &[
    ("blocking, multiplexed", blocking::open_multiplexed_reconnecting),
    #[cfg(feature = "tokio")]
    ("tokio, multiplexed", tokio::open_multiplexed_reconnecting),
];

impl dyn Front + '_ {
    /// Performs a [`Verb`] in the simulated world, given as text.
    pub fn world(&mut self, verb: &str) {
        self.perform(&verb.parse().unwrap());
    }

    /// Performs a verb in the simulated world.
    pub fn perform(&mut self, verb: &Verb) {
        self.with_simulator(&mut |simulator, now| simulator.perform(verb.clone(), now).unwrap());
    }

    /// The answer to a question to the simulated modem.
    pub fn ask<R>(&mut self, question: impl Fn(&Simulator) -> R) -> R {
        let mut answer = None;
        self.with_simulator(&mut |simulator, _| answer = Some(question(simulator)));
        answer.unwrap()
    }

    /// The number of facts of a kind.
    pub fn count(&mut self, is_counted: impl Fn(&Fact) -> bool) -> usize {
        self.ask(|simulator| truth::count(simulator, &is_counted))
    }

    /// Starts to count the bytes on the line, with this fault ahead.
    pub fn arm(&mut self, fault: Option<Fault>) {
        self.with_line(&mut |line| line.arm(fault));
    }

    /// The number of bytes that have moved to the host and to the modem since the line was armed.
    pub fn moved(&mut self) -> [usize; 2] {
        let mut moved = [0; 2];
        self.with_line(&mut |line| moved = line.moved());
        moved
    }

    /// The bytes that the host has written since the line was armed, and those that have arrived at
    /// the modem; on a multiplexed line those of the channel.
    pub fn exchanged(&mut self) -> (Vec<u8>, Vec<u8>) {
        let mut exchanged = Default::default();
        self.with_line(&mut |line| exchanged = line.exchanged());
        let (written, arrived) = exchanged;
        if has_frames(&written) {
            (data_of(&written), data_of(&arrived))
        } else {
            (written, arrived)
        }
    }

    /// Returns `true` if the host has written frames since the line was armed.
    pub fn is_multiplexed(&mut self) -> bool {
        let mut is_multiplexed = false;
        self.with_line(&mut |line| is_multiplexed = has_frames(&line.exchanged().0));
        is_multiplexed
    }

    /// The result of a call of the session.
    pub fn session<R>(&mut self, call: impl Fn(&mut Session) -> R) -> R {
        let mut result = None;
        self.with_session(&mut |session, _| result = Some(call(session)));
        result.unwrap()
    }

    /// Returns `true` if the session has no link.
    pub fn is_closed(&mut self) -> bool {
        self.session(|session| session.is_closed())
    }

    /// Returns the next event, or `None` if there is none before `until`.
    pub fn event_until(&mut self, until: Duration) -> Option<Event> {
        let left = until.saturating_sub(self.now());
        self.event(left)
    }

    /// Drops the events until there is none for `pause`.
    pub fn settle(&mut self, pause: Duration) {
        while self.event(pause).is_some() {}
    }
}

/// The results of the verbs beside messages.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a test looks at all of them")]
pub struct Phone {
    /// The contacts found by the beginning of their name.
    pub found: Vec<Contact>,
    /// The contact that was written.
    pub saved: Contact,
    /// The contacts after that.
    pub listed: Vec<Contact>,
    /// The number of contacts after the deletion.
    pub left: usize,
    /// The operators in reach.
    pub operators: Vec<FoundOperator>,
    /// The calls after dialling.
    pub calls: Vec<Call>,
    /// A call was answered although none was ringing.
    pub answered: bool,
}

/// Returns `true` if the bytes begin with a flag, which no dialogue in AT mode has.
fn has_frames(written: &[u8]) -> bool {
    written.first() == Some(&Framing::Basic.flag())
}

/// The data of channel 1 in the frames of a multiplexed line.
fn data_of(mut bytes: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut reader = FrameReader::new(Framing::Basic, 1_600);
    loop {
        let (taken, piece) = reader.read(bytes);
        bytes = &bytes[taken..];
        match piece {
            Some(Piece::Frame(frame)) if frame.dlci == 1 => data.extend(frame.information),
            Some(_) => {}
            None => return data,
        }
    }
}

/// The answers to all questions about the state of the modem. It prints as one line.
#[derive(Debug)]
pub struct State {
    operator: Option<String>,
    signal: Option<i16>,
    numbers: Vec<String>,
    pin_retries: Option<u8>,
    battery: Option<u8>,
    counters: Counters,
    sim: PinState,
    year: Option<u16>,
    is_registered: Option<bool>,
    stored: usize,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operator,
            signal,
            numbers,
            pin_retries,
            battery,
            counters,
            sim,
            year,
            is_registered,
            stored,
        } = self;
        let trouble = counters.trouble.map_or("well", modem::SimTrouble::description);
        write!(
            f,
            "{operator:?} {signal:?} dBm {numbers:?} {pin_retries:?} {battery:?} % sent {} received {} initialised {} {trouble}; {sim:?} {year:?} {is_registered:?} {stored}",
            counters.sent, counters.received, counters.initialised,
        )
    }
}
