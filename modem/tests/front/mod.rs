//! Both front-ends behind one trait, each on the simulated modem and a virtual clock.

pub(crate) mod script;

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use modem::at::Instant;
use modem::blocking::Port as _;
use modem::simulator::{Simulator, Verb};
use modem::{
    Config, Counters, Error, Event, ListMessages, MessageId, OutgoingMessage, Receipt, SendReport, Slot,
    StoredMessage, UssdReply, WireLine, blocking, tokio as front,
};
use tokio::runtime::Runtime;

/// What a scenario does with a modem.
pub(crate) trait Front {
    fn send(&mut self, message: &OutgoingMessage) -> Result<SendReport, Error>;
    fn raw(&mut self, line: &str) -> Result<Vec<String>, Error>;
    fn ussd(&mut self, text: &str) -> Result<UssdReply, Error>;
    fn enqueue(&mut self, message: &OutgoingMessage) -> Result<MessageId, Error>;
    fn acknowledge(&mut self, receipt: &Receipt);
    /// Operator, signal, own number, tries of the PIN, battery, counters.
    fn state(&mut self) -> String;
    fn run_list(&mut self, list: ListMessages) -> Vec<StoredMessage>;
    fn delete(&mut self, receipt: &Receipt) -> Result<Vec<Slot>, Error>;
    fn delete_read(&mut self) -> Result<Vec<Slot>, Error>;
    fn delete_all(&mut self) -> Result<Vec<Slot>, Error>;
    fn event(&mut self, within: Duration) -> Option<Event>;
    /// The time on the clock of this front-end.
    fn now(&mut self) -> Duration;
    /// Has the simulated world do something.
    fn world(&mut self, verb: Verb);
    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator));
    /// The dialogue so far, as it went over the wire.
    fn dialogue(&self) -> Vec<String>;
}

type Opened = Result<Box<dyn Front>, Error>;

type Open = fn(Simulator, Config) -> Opened;

/// A name for each front-end, and how to open a modem with it.
pub(crate) const FRONTS: [(&str, Open); 2] = [("blocking", Blocking::open), ("tokio", Tokio::open)];

type Show = Box<dyn FnMut(WireLine)>;

struct Blocking {
    modem: blocking::Modem<blocking::Trace<blocking::SimulatedPort, Show>>,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Blocking {
    fn open(simulator: Simulator, config: Config) -> Opened {
        let lines = Rc::new(RefCell::new(Vec::new()));
        let shown = Rc::clone(&lines);
        let show: Show = Box::new(move |line| shown.borrow_mut().push(line.to_string()));
        let port = blocking::Trace::new(blocking::SimulatedPort::new(simulator), show);
        Ok(Box::new(Self {
            modem: blocking::Modem::open(port, config)?,
            lines,
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

    fn state(&mut self) -> String {
        let modem = &mut self.modem;
        let operator = modem.operator().unwrap();
        let signal = modem.signal().unwrap();
        let numbers = modem.own_numbers().unwrap();
        let tries = modem.pin_tries().unwrap();
        let battery = modem.battery().unwrap();
        modem.show_callers().unwrap();
        modem.hang_up().unwrap();
        let counters = modem.counters();
        state(
            operator.as_deref(),
            signal,
            &numbers,
            tries.pin,
            battery.percent,
            &counters,
        )
    }

    fn run_list(&mut self, list: ListMessages) -> Vec<StoredMessage> {
        self.modem.run(list).unwrap()
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
        self.modem.next_event(within)
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
            .with(|simulator, now| simulator.perform(verb, now))
            .unwrap();
    }

    fn with_simulator(&mut self, look: &mut dyn FnMut(&mut Simulator)) {
        self.modem.port().inner().with(|simulator, _| look(simulator));
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
        let shown = Arc::clone(&lines);
        let (modem, inbox, simulator, started) = runtime.block_on(async {
            let started = tokio::time::Instant::now();
            let (stream, simulator) = front::SimulatedStream::new(simulator);
            let stream = front::Trace::new(stream, move |line: WireLine| {
                shown.lock().unwrap().push(line.to_string());
            });
            let (modem, inbox) = front::Modem::open(stream, config).await?;
            Ok::<_, Error>((modem, inbox, simulator, started))
        })?;
        Ok(Box::new(Self {
            runtime,
            modem,
            inbox,
            simulator,
            lines,
            started,
        }))
    }
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

    fn state(&mut self) -> String {
        let modem = &self.modem;
        self.runtime.block_on(async {
            let operator = modem.operator().await.unwrap();
            let signal = modem.signal().await.unwrap();
            let numbers = modem.own_numbers().await.unwrap();
            let tries = modem.pin_tries().await.unwrap();
            let battery = modem.battery().await.unwrap();
            modem.show_callers().await.unwrap();
            modem.hang_up().await.unwrap();
            let counters = modem.counters();
            state(
                operator.as_deref(),
                signal,
                &numbers,
                tries.pin,
                battery.percent,
                &counters,
            )
        })
    }

    fn run_list(&mut self, list: ListMessages) -> Vec<StoredMessage> {
        self.runtime.block_on(self.modem.run(list)).unwrap()
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
