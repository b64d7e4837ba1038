//! The blocking modem on a simulated port, for tests of its own methods.

use core::time::Duration;

use modem::blocking::{Modem, SimulatedPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, SendResult};

/// A blocking modem with a simulator at the other end of its port.
pub type Simulated = Modem<SimulatedPort>;

/// Opens the standard's modem.
pub fn open(config: Config) -> Simulated {
    open_simulator(Simulator::new(Profile::GENERIC), config)
}

/// Opens this modem.
pub fn open_simulator(simulator: Simulator, config: Config) -> Simulated {
    Modem::open(SimulatedPort::new(simulator), config).unwrap()
}

/// Performs a [`Verb`](modem::simulator::Verb) in the simulated world, given as text.
pub fn world(modem: &mut Simulated, verb: &str) {
    let verb = verb.parse().unwrap();
    let port = modem.port();
    port.with(|simulator, now| simulator.perform(verb, now)).unwrap();
}

/// The events until there is none for `pause`.
pub fn events(modem: &mut Simulated, pause: Duration) -> Vec<Event> {
    core::iter::from_fn(|| modem.next_event(pause)).collect()
}

/// The events until there is none for a minute.
pub fn quiet(modem: &mut Simulated) -> Vec<Event> {
    events(modem, Duration::from_secs(60))
}

/// The next result of a message, with every attempt confirmed meanwhile.
///
/// # Panics
/// Panics if there is no event for ten minutes.
pub fn outcome(modem: &mut Simulated) -> SendResult {
    loop {
        match modem.next_event(Duration::from_secs(600)).expect("a report") {
            Event::SendFinished(report) => return report,
            Event::Attempting(attempt) => modem.confirm(&attempt),
            _ => {}
        }
    }
}
