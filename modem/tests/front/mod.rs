//! Both front-ends behind one trait, each on the simulated modem and a virtual clock.

#![allow(dead_code, reason = "each test uses its own part of it")]

pub(crate) mod script;
pub(crate) mod tamper;

use core::cell::RefCell;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::Port as _;
use modem::simulator::{Simulator, Verb};
use modem::{
    Attempt, Config, Counters, Error, Event, ListMessages, MessageId, OutgoingMessage, Profile, Receipt,
    SendReport, Session, Slot, StoredMessage, UssdReply, WireLine, blocking, tokio as front,
};
use tokio::runtime::Runtime;

use tamper::{Fault, Link, TamperedPort, TamperedStream};

/// What a scenario does with a modem.
pub(crate) trait Front {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error>;
    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error>;
    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error>;
    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error>;
    fn acknowledge(&mut self, receipt: &Receipt);
    fn confirm(&mut self, attempt: &Attempt);
    /// Operator, signal, own number, tries of the PIN, battery, counters; SIM, clock, registration, messages stored.
    fn state(&mut self) -> String;
    fn profile(&mut self) -> Profile;
    fn run_list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error>;
    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error>;
    fn delete_read(&mut self) -> Result<Vec<Slot>, Error>;
    fn delete_all(&mut self) -> Result<Vec<Slot>, Error>;
    fn event(&mut self, within: Duration) -> Option<Event>;
    /// The time on the clock of this front-end.
    fn now(&mut self) -> Duration;
    /// Has the simulated world do something.
    fn world(&mut self, verb: Verb);
    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator));
    /// Does harm to one byte of what goes over the wire from here on.
    fn arm(&mut self, fault: Option<Fault>);
    /// How many bytes have gone to the host and to the modem since then.
    fn moved(&mut self) -> [usize; 2];
    /// What the host has written since then, and what has arrived of it.
    fn exchanged(&mut self) -> (Vec<u8>, Vec<u8>);
    fn is_closed(&mut self) -> bool;
    /// Opens the link again, for the same session.
    fn reopen(&mut self) -> Result<(), Error>;
    /// The dialogue so far, as it went over the wire.
    fn dialogue(&self) -> Vec<String>;
}

type Opened = Result<Box<dyn Front>, Error>;

pub(crate) type Open = fn(Simulator, Config) -> Opened;

/// A name for each front-end, and how to open a modem with it.
pub(crate) const FRONTS: [(&str, Open); 2] = [("blocking", Blocking::open), ("tokio", Tokio::open)];

type Show = Box<dyn FnMut(WireLine)>;

struct Blocking {
    modem: blocking::Modem<blocking::Trace<TamperedPort, Show>>,
    lines: Rc<RefCell<Vec<String>>>,
    /// What came while the link was opened again.
    events: VecDeque<Event>,
}

impl Blocking {
    fn open(simulator: Simulator, config: Config) -> Opened {
        let lines = Rc::new(RefCell::new(Vec::new()));
        let shown = Rc::clone(&lines);
        let show: Show = Box::new(move |line| shown.borrow_mut().push(line.to_string()));
        let port = TamperedPort::new(blocking::SimulatedPort::new(simulator));
        let port = blocking::Trace::new(port, show);
        Ok(Box::new(Self {
            modem: blocking::Modem::open(port, config)?,
            lines,
            events: VecDeque::new(),
        }))
    }
}

impl Front for Blocking {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error> {
        self.modem.send(message)
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.modem.raw(line)
    }

    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.modem.ussd(text)
    }

    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.modem.enqueue(message)
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        self.modem.acknowledge(receipt);
    }

    fn confirm(&mut self, attempt: &Attempt) {
        self.modem.confirm(attempt);
    }

    fn state(&mut self) -> String {
        let modem = &mut self.modem;
        let operator = modem.operator().unwrap();
        let signal = modem.signal().unwrap();
        let numbers = modem.own_numbers().unwrap_or_default();
        let tries = modem.pin_tries().unwrap();
        let battery = modem.battery().unwrap();
        modem.show_callers().unwrap();
        modem.hang_up().unwrap();
        modem.cancel_ussd().unwrap();
        let counters = modem.counters();
        let told = state(
            operator.as_deref(),
            signal,
            &numbers,
            tries.pin,
            battery.percent,
            &counters,
        );
        let sim = modem.sim_state().unwrap();
        let clock = modem.clock().ok().map(|time| time.year);
        let registered = modem.registrations().is_registered();
        let stored = modem.messages().unwrap().len();
        format!("{told}; {sim:?} {clock:?} {registered:?} {stored}")
    }

    fn profile(&mut self) -> Profile {
        self.modem.profile().clone()
    }

    fn run_list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error> {
        self.modem.run(list)
    }

    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.modem.delete(receipt)
    }

    fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.modem.delete_read()
    }

    fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.modem.delete_all()
    }

    fn event(&mut self, within: Duration) -> Option<Event> {
        self.events.pop_front().or_else(|| self.modem.next_event(within))
    }

    fn now(&mut self) -> Duration {
        self.modem
            .port()
            .now()
            .saturating_duration_since(Instant::from_millis(0))
    }

    fn world(&mut self, verb: Verb) {
        self.modem
            .port()
            .inner()
            .port
            .with(|simulator, now| simulator.perform(verb, now))
            .unwrap();
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator)) {
        self.modem
            .port()
            .inner()
            .port
            .with(|simulator, _| look(simulator));
    }

    fn arm(&mut self, fault: Option<Fault>) {
        self.modem.port().inner().tamper.arm(fault);
    }

    fn moved(&mut self) -> [usize; 2] {
        self.modem.port().inner().tamper.moved()
    }

    fn exchanged(&mut self) -> (Vec<u8>, Vec<u8>) {
        self.modem.port().inner().tamper.exchanged()
    }

    fn is_closed(&mut self) -> bool {
        self.modem.session().is_closed()
    }

    fn reopen(&mut self) -> Result<(), Error> {
        self.modem.port().inner().reopen();
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

    fn dialogue(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

struct Tokio {
    runtime: Runtime,
    modem: front::Modem,
    inbox: front::Inbox,
    simulator: front::SimulatorHandle,
    link: Arc<Mutex<Link>>,
    lines: Arc<Mutex<Vec<String>>>,
    started: tokio::time::Instant,
}

impl Tokio {
    fn open(simulator: Simulator, config: Config) -> Opened {
        // With its clock paused tokio jumps to the next timer as soon as nothing else is left to do.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let opened = runtime.block_on(async {
            let started = tokio::time::Instant::now();
            let (stream, simulator) = front::SimulatedStream::new(simulator);
            let link = Link::new(stream);
            let opened = open_link(&link, &lines, Session::new(config)).await;
            opened.map(|(modem, inbox)| (modem, inbox, simulator, link, started))
        });
        let (modem, inbox, simulator, link, started) = opened?;
        Ok(Box::new(Self {
            runtime,
            modem,
            inbox,
            simulator,
            link,
            lines,
            started,
        }))
    }
}

async fn open_link(
    link: &Arc<Mutex<Link>>,
    lines: &Arc<Mutex<Vec<String>>>,
    session: Session,
) -> Result<(front::Modem, front::Inbox), Error> {
    let shown = Arc::clone(lines);
    let stream = TamperedStream::new(Arc::clone(link));
    let stream = front::Trace::new(stream, move |line: WireLine| {
        shown.lock().unwrap().push(line.to_string());
    });
    front::Modem::open_session(stream, session).await
}

impl Front for Tokio {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error> {
        self.runtime.block_on(self.modem.send(message))
    }

    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error> {
        self.runtime.block_on(self.modem.raw(line))
    }

    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error> {
        self.runtime.block_on(self.modem.ussd(text))
    }

    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error> {
        self.runtime.block_on(async { self.modem.enqueue(message) })
    }

    fn acknowledge(&mut self, receipt: &Receipt) {
        self.runtime.block_on(async { self.modem.acknowledge(receipt) });
    }

    fn confirm(&mut self, attempt: &Attempt) {
        self.runtime.block_on(async { self.modem.confirm(attempt) });
    }

    fn state(&mut self) -> String {
        let modem = &self.modem;
        self.runtime.block_on(async {
            let operator = modem.operator().await.unwrap();
            let signal = modem.signal().await.unwrap();
            let numbers = modem.own_numbers().await.unwrap_or_default();
            let tries = modem.pin_tries().await.unwrap();
            let battery = modem.battery().await.unwrap();
            modem.show_callers().await.unwrap();
            modem.hang_up().await.unwrap();
            modem.cancel_ussd().await.unwrap();
            let counters = modem.counters();
            let told = state(
                operator.as_deref(),
                signal,
                &numbers,
                tries.pin,
                battery.percent,
                &counters,
            );
            let sim = modem.sim_state().await.unwrap();
            let clock = modem.clock().await.ok().map(|time| time.year);
            let registered = modem.registrations().is_registered();
            let stored = modem.messages().await.unwrap().len();
            format!("{told}; {sim:?} {clock:?} {registered:?} {stored}")
        })
    }

    fn profile(&mut self) -> Profile {
        self.modem.profile()
    }

    fn run_list(&mut self, list: ListMessages) -> Result<Vec<StoredMessage>, Error> {
        self.runtime.block_on(self.modem.run(list))
    }

    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error> {
        self.runtime.block_on(self.modem.delete(receipt))
    }

    fn delete_read(&mut self) -> Result<Vec<Slot>, Error> {
        self.runtime.block_on(self.modem.delete_read())
    }

    fn delete_all(&mut self) -> Result<Vec<Slot>, Error> {
        self.runtime.block_on(self.modem.delete_all())
    }

    fn event(&mut self, within: Duration) -> Option<Event> {
        self.runtime.block_on(async {
            tokio::time::timeout(within, self.inbox.next())
                .await
                .ok()
                .flatten()
        })
    }

    fn now(&mut self) -> Duration {
        self.runtime.block_on(async { self.started.elapsed() })
    }

    fn world(&mut self, verb: Verb) {
        self.runtime
            .block_on(async { self.simulator.with(|simulator, now| simulator.perform(verb, now)) })
            .unwrap();
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator)) {
        self.runtime
            .block_on(async { self.simulator.with(|simulator, _| look(simulator)) });
    }

    fn arm(&mut self, fault: Option<Fault>) {
        self.link.lock().unwrap().tamper.arm(fault);
    }

    fn moved(&mut self) -> [usize; 2] {
        self.link.lock().unwrap().tamper.moved()
    }

    fn exchanged(&mut self) -> (Vec<u8>, Vec<u8>) {
        self.link.lock().unwrap().tamper.exchanged()
    }

    fn is_closed(&mut self) -> bool {
        let modem = &self.modem;
        self.runtime
            .block_on(async { modem.with(|session, _| session.is_closed()) })
    }

    fn reopen(&mut self) -> Result<(), Error> {
        let opened = self.runtime.block_on(async {
            self.simulator.with(|simulator, now| {
                simulator.handle_closed(now);
                simulator.handle_opened(now);
            });
            let unused = Session::new(Config::default());
            let session = self.modem.with(|session, _| core::mem::replace(session, unused));
            open_link(&self.link, &self.lines, session).await
        });
        (self.modem, self.inbox) = opened?;
        Ok(())
    }

    fn dialogue(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

fn state(
    operator: Option<&str>,
    signal: Option<i16>,
    numbers: &[String],
    tries: Option<u8>,
    battery: Option<u8>,
    counters: &Counters,
) -> String {
    format!(
        "{operator:?} {signal:?} dBm {numbers:?} {tries:?} {battery:?} % sent {} received {} initialised {} {}",
        counters.sent,
        counters.received,
        counters.initialised,
        counters.trouble.map_or("well", modem::SimTrouble::words),
    )
}
