//! The simulated modems and their network, on one clock that advances only while the shell waits.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::io;
use std::rc::Rc;

use jiff::civil::DateTime;
use modem::at::Instant;
use modem::blocking::Port;
use modem::simulator::{Date, Menu, Profile, Simulator, UssdAnswer, Verb};

/// The service of the manual's example.
const BALANCE: (&str, &str) = ("*245#", "konta atlikums");

/// The network's reply to it as the manual shows it, with a space before the coding.
const LTE_REPLIES: &[(&str, &str)] =
    &[("+CUSD=1,\"*245#\",15", "OK\r\n+CUSD: 0,\"EBB79B1E0685E9ECF4BADE9E03\", 0")];

/// The simulated modems.
#[derive(Debug)]
pub(crate) struct World {
    start: DateTime,
    quarters: i8,
    now: Cell<Duration>,
    modems: RefCell<Vec<Simulator>>,
}

/// The modem at `usb3`.
pub(crate) const SERIAL: usize = 0;
/// The modem at `lte1`.
pub(crate) const LTE: usize = 1;

impl World {
    /// A world whose local time is `start`, `quarters` of an hour ahead of UTC.
    pub(crate) fn new(start: DateTime, quarters: i8) -> Rc<Self> {
        let modems = [Profile::GENERIC, lte(true)].map(|profile| modem(profile, start, quarters));
        Rc::new(Self {
            start,
            quarters,
            now: Cell::new(Duration::ZERO),
            modems: RefCell::new(modems.into()),
        })
    }

    pub(crate) fn now(&self) -> Duration {
        self.now.get()
    }

    pub(crate) fn date_time(&self) -> DateTime {
        // At the end of the calendar the clock stops.
        self.start.checked_add(self.now()).unwrap_or(DateTime::MAX)
    }

    /// Calls `verb` with a modem and the time.
    pub(crate) fn with<R>(
        &self,
        modem: usize,
        verb: impl FnOnce(&mut Simulator, Duration) -> R,
    ) -> R {
        // SERIAL and LTE are the two valid indices.
        verb(&mut self.modems.borrow_mut()[modem], self.now())
    }

    /// Performs a verb of the simulator on a modem or in its network.
    pub(crate) fn perform(&self, modem: usize, line: &str) -> Result<(), String> {
        let verb: Verb =
            line.parse().map_err(|error| format!("the verb {line:?} is invalid: {error}"))?;
        self.with(modem, |simulator, now| simulator.perform(verb, now))
            .map_err(|error| format!("the verb {line:?} failed: {error}"))
    }

    /// Replaces the LTE modem by one with or without 2G and 3G.
    pub(crate) fn replace_lte(&self, circuit_switched: bool) {
        let new = modem(lte(circuit_switched), self.date_time(), self.quarters);
        self.with(LTE, |simulator, _| *simulator = new);
    }

    /// Advances the clock.
    pub(crate) fn elapse(&self, time: Duration) {
        self.now.set(self.now() + time);
        for modem in self.modems.borrow_mut().iter_mut() {
            modem.handle_timeout(self.now());
        }
    }

    /// The time until the next action of a modem or the network.
    pub(crate) fn due(&self) -> Option<Duration> {
        let modems = self.modems.borrow();
        let due = modems.iter().filter_map(Simulator::poll_timeout).min()?;
        Some(due.saturating_sub(self.now()))
    }
}

/// An LTE modem that falls back to 3G for USSD, or has no 3G to fall back to.
fn lte(circuit_switched: bool) -> Profile {
    let mut profile = Profile::GENERIC;
    profile.name = "lte";
    profile.model = "LTE";
    profile.echo = false;
    profile.technology = 7;
    profile.circuit_switched = circuit_switched;
    profile.ussd_answer = UssdAnswer::Packed;
    if circuit_switched {
        profile.replies = LTE_REPLIES;
    }
    profile
}

fn modem(profile: Profile, start: DateTime, quarters: i8) -> Simulator {
    let mut simulator = Simulator::new(profile);
    let [month, day, hour, minute, second] =
        [start.month(), start.day(), start.hour(), start.minute(), start.second()]
            .map(i8::unsigned_abs);
    let date = Date::new(start.year().unsigned_abs(), month, day, hour, minute, second, quarters);
    // A date outside the range of the network's clock leaves the clock unchanged.
    if let Some(date) = date {
        simulator.set_date(date);
    }
    let (code, text) = BALANCE;
    simulator.set_service(code, Menu::new(text));
    simulator
}

/// The link to one of the modems.
#[derive(Debug)]
pub(crate) struct WorldPort {
    world: Rc<World>,
    modem: usize,
    unread: Vec<u8>,
}

impl WorldPort {
    pub(crate) fn open(world: &Rc<World>, modem: usize) -> Self {
        world.with(modem, Simulator::handle_opened);
        Self { world: world.clone(), modem, unread: Vec::new() }
    }

    /// Advances the clock to the modem's next action, or to `until`; `false` if `until` was
    /// reached.
    fn pass(&self, until: Duration) -> bool {
        let next = self.world.with(self.modem, |simulator, _| simulator.poll_timeout());
        let next = next.filter(|next| *next <= until);
        let time = next.unwrap_or(until).saturating_sub(self.world.now());
        self.world.elapse(time);
        next.is_some()
    }
}

impl Port for WorldPort {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let until = self.world.now() + within;
        loop {
            let connected = self.world.with(self.modem, |simulator, _| {
                while let Some(bytes) = simulator.poll_transmit() {
                    self.unread.extend(bytes);
                }
                simulator.is_connected()
            });
            if !self.unread.is_empty() {
                let count = self.unread.len().min(buffer.len());
                for (target, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
                    *target = byte;
                }
                return Ok(count);
            }
            if !connected {
                return Ok(0);
            }
            if !self.pass(until) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let until = self.world.now() + within;
        loop {
            let (taken, connected) = self.world.with(self.modem, |simulator, now| {
                (simulator.handle_input(bytes, now), simulator.is_connected())
            });
            match taken {
                0 if !connected => return Err(io::ErrorKind::BrokenPipe.into()),
                0 if self.pass(until) => {}
                0 => return Err(io::ErrorKind::TimedOut.into()),
                count => return Ok(count),
            }
        }
    }

    fn now(&self) -> Instant {
        Instant::from(self.world.now())
    }
}

impl Drop for WorldPort {
    fn drop(&mut self) {
        self.world.with(self.modem, Simulator::handle_closed);
    }
}
