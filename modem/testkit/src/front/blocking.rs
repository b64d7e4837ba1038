//! The blocking front-end, over one link and reconnecting, on the line itself and on a channel of a
//! multiplexer.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::at::phonebook::Phonebook;
use modem::blocking::{Connector, Modem, Mux, MuxChannel, Port, Reconnecting, Trace};
use modem::simulator::Simulator;
use modem::{
    Attempt, Backoff, Config, Error, Event, ListMessages, MessageId, OutgoingMessage, Profile,
    Receipt, SendResult, Session, Slot, StoredMessage, UssdReply, WireLine,
};

use super::{Front, Phone, State, with_reference};
use crate::World;
use crate::line::{Tamper, TamperedPort};

/// Opens a modem over one link.
pub(super) fn open(simulator: Simulator, config: Config) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    over_one_link(port.clone(), port, config)
}

/// Opens a modem over one channel of a multiplexer.
pub(super) fn open_multiplexed(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    over_one_link(Channels { port: port.clone(), mux: None }, port, config)
}

fn over_one_link<L: Links + 'static>(
    mut links: L,
    port: TracedPort,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let modem = Modem::open(Place(links.open().ok(), port.clone()), with_reference(config))?;
    Ok(Box::new(Blocking { holder: OneLink { modem, links, events: VecDeque::new() }, port }))
}

/// Opens a modem that reconnects.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every front-end")]
pub(super) fn open_reconnecting(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    Ok(reconnecting(port.clone(), port, config))
}

/// Opens a modem that reconnects, on a channel of a multiplexer that does so too.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every front-end")]
pub(super) fn open_multiplexed_reconnecting(
    simulator: Simulator,
    config: Config,
) -> Result<Box<dyn Front>, Error> {
    let port = TracedPort::new(simulator);
    Ok(reconnecting(Channels { port: port.clone(), mux: None }, port, config))
}

fn reconnecting<C: Connector + 'static>(
    connector: C,
    port: TracedPort,
    config: Config,
) -> Box<dyn Front> {
    let session = Session::new(with_reference(config));
    let holder = Reconnecting::new(connector, session, Backoff::default());
    Box::new(Blocking { holder, port })
}

pub(super) type Show = Box<dyn FnMut(WireLine)>;

/// A tampering line whose dialogue is kept.
#[derive(Clone)]
pub(super) struct TracedPort {
    pub(super) line: TamperedPort,
    pub(super) dialogue: Rc<RefCell<Vec<String>>>,
}

impl TracedPort {
    pub(super) fn new(simulator: Simulator) -> Self {
        Self { line: TamperedPort::new(World::new(simulator)), dialogue: Rc::default() }
    }

    pub(super) fn trace(&self) -> Trace<TamperedPort, Show> {
        self.trace_of(self.line.clone())
    }

    fn trace_of<P: Port>(&self, port: P) -> Trace<P, Show> {
        let dialogue = Rc::clone(&self.dialogue);
        let show: Show = Box::new(move |line| dialogue.borrow_mut().push(line.to_string()));
        Trace::new(port, show)
    }
}

impl Connector for TracedPort {
    type Port = Trace<TamperedPort, Show>;

    fn connect(&mut self) -> io::Result<Self::Port> {
        self.line.connect()?;
        Ok(self.trace())
    }

    fn now(&self) -> Instant {
        Port::now(&self.line)
    }

    fn wait(&mut self, time: Duration) {
        self.line.wait(time);
    }
}

/// Channel 1 of a multiplexer on a tampering line, which is opened again when the line was lost.
struct Channels {
    port: TracedPort,
    mux: Option<Mux<TamperedPort>>,
}

impl Channels {
    fn has_ended(&self) -> bool {
        self.mux.as_ref().is_none_or(Mux::is_ended)
    }

    fn channel(&mut self) -> io::Result<Trace<MuxChannel<TamperedPort>, Show>> {
        if self.has_ended() {
            self.mux = None;
            self.mux = Some(Mux::open(self.port.line.clone(), InitiatorConfig::default())?);
        }
        let mux = self.mux.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        Ok(self.port.trace_of(mux.channel(Dlci::FIRST)?))
    }
}

impl Connector for Channels {
    type Port = Trace<MuxChannel<TamperedPort>, Show>;

    fn connect(&mut self) -> io::Result<Self::Port> {
        if self.has_ended() {
            self.port.line.connect()?;
        }
        self.channel()
    }

    fn now(&self) -> Instant {
        Port::now(&self.port.line)
    }

    fn wait(&mut self, time: Duration) {
        self.port.line.wait(time);
    }
}

/// The links of a modem that does not reconnect.
trait Links {
    type Port: Port;

    /// Opens the first link.
    fn open(&mut self) -> io::Result<Self::Port>;
    /// Opens another link, as an application does that was told of the loss.
    fn reopen(&mut self) -> io::Result<Self::Port>;
}

impl Links for TracedPort {
    type Port = Trace<TamperedPort, Show>;

    fn open(&mut self) -> io::Result<Self::Port> {
        Ok(self.trace())
    }

    fn reopen(&mut self) -> io::Result<Self::Port> {
        self.line.reopen();
        Ok(self.trace())
    }
}

impl Links for Channels {
    type Port = Trace<MuxChannel<TamperedPort>, Show>;

    fn open(&mut self) -> io::Result<Self::Port> {
        self.channel()
    }

    fn reopen(&mut self) -> io::Result<Self::Port> {
        if !self.has_ended() {
            if let Ok(channel) = self.channel() {
                return Ok(channel);
            }
        }
        self.mux = None;
        self.port.line.reopen();
        self.channel()
    }
}

/// The place of a link, with the line that has the clock; without a link the port is closed.
struct Place<P>(Option<P>, TracedPort);

impl<P: Port> Port for Place<P> {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |port| port.read(buffer, within))
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |port| port.read_waiting(buffer))
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let port = self.0.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        port.write(bytes, within)
    }

    fn now(&self) -> Instant {
        Port::now(&self.1.line)
    }
}

/// The two forms of the front-end: a modem, and a modem that opens its link again.
trait Holder {
    type Port: Port;

    fn modem(&mut self) -> &mut Modem<Self::Port>;
    fn next_event(&mut self, within: Duration) -> Option<Event>;
    fn ready(&mut self, within: Duration) -> bool;
    fn reopen(&mut self) -> Result<(), Error>;
}

struct OneLink<L: Links> {
    modem: Modem<Place<L::Port>>,
    links: L,
    /// The events that arrived while the link was opened again.
    events: VecDeque<Event>,
}

impl<L: Links> Holder for OneLink<L> {
    type Port = Place<L::Port>;

    fn modem(&mut self) -> &mut Modem<Self::Port> {
        &mut self.modem
    }

    fn next_event(&mut self, within: Duration) -> Option<Event> {
        self.events.pop_front().or_else(|| self.modem.next_event(within))
    }

    fn ready(&mut self, within: Duration) -> bool {
        let until = self.modem.port().now() + within;
        // No time passes on a closed link.
        let waits = |session: &Session| !session.is_ready() && !session.is_closed();
        while waits(self.modem.session()) && self.modem.port().now() < until {
            let left = until.saturating_duration_since(self.modem.port().now());
            let event = self.modem.next_event(left);
            self.events.extend(event);
        }
        self.modem.session().is_ready()
    }

    fn reopen(&mut self) -> Result<(), Error> {
        // A channel has one owner.
        self.modem.port().0 = None;
        self.modem.port().0 = self.links.reopen().ok();
        let now = self.modem.port().now();
        let ready = self.modem.session().handle_opened(now);
        loop {
            if let Some(result) = self.modem.session().take(&ready) {
                return result;
            }
            let event = self.modem.next_event(Duration::from_secs(1));
            self.events.extend(event);
        }
    }
}

impl<C: Connector> Holder for Reconnecting<C> {
    type Port = modem::blocking::Link<C>;

    fn modem(&mut self) -> &mut Modem<Self::Port> {
        Self::modem(self)
    }

    fn next_event(&mut self, within: Duration) -> Option<Event> {
        Self::next_event(self, within)
    }

    fn ready(&mut self, within: Duration) -> bool {
        Self::ready(self, within)
    }

    fn reopen(&mut self) -> Result<(), Error> {
        while !Self::ready(self, Duration::from_secs(60)) {}
        Ok(())
    }
}

struct Blocking<H> {
    holder: H,
    port: TracedPort,
}

impl<H: Holder> Front for Blocking<H> {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendResult, Error> {
        self.holder.modem().send(message)
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.holder.modem().raw(line)
    }

    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.holder.modem().ussd(text)
    }

    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.holder.modem().enqueue(message)
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        self.holder.modem().acknowledge(receipt);
    }

    fn confirm(&mut self, attempt: &Attempt) {
        self.holder.modem().confirm(attempt);
    }

    fn state(&mut self) -> State {
        let modem = self.holder.modem();
        let (operator, signal) = (modem.operator().unwrap(), modem.signal().unwrap());
        let numbers = modem.own_numbers().unwrap_or_default();
        let pin_retries = modem.pin_retries().unwrap().pin;
        let battery = modem.battery().unwrap().percent;
        modem.show_callers().unwrap();
        modem.hang_up().unwrap();
        modem.cancel_ussd().unwrap();
        State {
            operator,
            signal,
            numbers,
            pin_retries,
            battery,
            counters: modem.counters(),
            sim: modem.sim_state().unwrap(),
            year: modem.clock().ok().map(|time| time.year),
            is_registered: modem.registrations().is_registered(),
            stored: modem.messages().unwrap().len(),
        }
    }

    fn phone(&mut self) -> Result<Phone, Error> {
        let modem = self.holder.modem();
        let found = modem.find_contacts(Phonebook::SIM, "Al")?;
        let saved = modem.save_contact(Phonebook::SIM, None, "+37120000000", "Юля")?;
        let listed = modem.contacts(Phonebook::SIM)?;
        modem.delete_contact(Phonebook::SIM, saved.index)?;
        let left = modem.contacts(Phonebook::SIM)?.len();
        let operators = modem.operators()?;
        modem.select_operator(Some("00101"))?;
        modem.select_operator(None)?;
        modem.set_radio(false)?;
        modem.set_radio(true)?;
        modem.dial("+491715550100")?;
        let calls = modem.calls()?;
        modem.hang_up()?;
        let answered = modem.answer().is_ok();
        Ok(Phone { found, saved, listed, left, operators, calls, answered })
    }

    fn profile(&mut self) -> Profile {
        self.holder.modem().profile().clone()
    }

    fn list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error> {
        self.holder.modem().run(list)
    }

    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.holder.modem().delete(receipt)
    }

    fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.holder.modem().delete_read()
    }

    fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.holder.modem().delete_all()
    }

    fn event(&mut self, within: Duration) -> Option<Event> {
        self.holder.next_event(within)
    }

    fn now(&mut self) -> Duration {
        self.port.line.world.elapsed()
    }

    fn ready(&mut self, within: Duration) -> bool {
        self.holder.ready(within)
    }

    fn reopen(&mut self) -> Result<(), Error> {
        self.holder.reopen()
    }

    fn refuse(&mut self, attempts: u32) {
        self.port.line.world.refuse(attempts);
    }

    fn with_session(&mut self, look: &mut dyn FnMut(&mut Session, Instant)) {
        let now = Port::now(&self.port.line);
        look(self.holder.modem().session(), now);
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator, Duration)) {
        self.port.line.world.with(look);
    }

    fn with_line(&mut self, look: &mut dyn FnMut(&mut Tamper)) {
        look(&mut self.port.line.tamper.borrow_mut());
    }

    fn dialogue(&self) -> Vec<String> {
        self.port.dialogue.borrow().clone()
    }
}
