//! The blocking front-end over a port whose modem answers as it should, or in random tokens.

mod port;
mod tokens;

use core::time::Duration;
use std::rc::Rc;

use modem::at::network::ReadSignal;
use modem::blocking::{Connector as _, Modem, Port, Reconnecting};
use modem::simulator::Profile;
use modem::{Backoff, Config, Event, OutgoingMessage, Receipt, Receive, Session, WhenFull};

use self::port::{Shared, TokenPort, World};
use crate::input::Input;

/// The number of calls of the application. Opening the link costs as much as ten of them, and what
/// two calls do to each other shows within a few.
const MAX_CALLS: usize = 6;

/// The number of events that the application takes before its next call.
const MAX_EVENTS: usize = 12;

/// The longest time that the application waits for an event, in seconds: a front-end that waits
/// looks at its port every second.
const MAX_WAIT: u8 = 12;

/// The time in which a lost link is opened again.
const READY_TIME: Duration = Duration::from_secs(60);

/// The number of bytes that are used.
const MAX_INPUT: usize = 512;

/// The longest time of a call: each of its commands has a deadline, and so has the network.
const MAX_TIME: Duration = Duration::from_secs(3_600);

/// The maximum number of operations on the port in one call, beside those that bring a token.
const MAX_OPERATIONS: usize = 100_000;

/// Input: the profile, the configuration, and a count of calls with a byte for each of them. The
/// other bytes decide about the answers:
///
/// | Byte at a command line | Answer |
/// |---|---|
/// | below 0x80, or none left | as the simulated modem answers |
/// | 0x80 to 0xBF | so many tokens as its lowest three bits say, with a byte for each of them |
/// | 0xC0 and above | the tokens, then as the simulated modem answers |
///
/// | Byte while the front-end waits | Effect |
/// |---|---|
/// | below 0xE0 | none |
/// | 0xE0 and above | a token of the next byte |
///
/// No answer makes a call panic, or wait for more than an hour, or use the port without end. A
/// modem that answers as it should again is usable again.
pub fn front_end(data: &[u8]) {
    let mut input = Input::new(&data[..data.len().min(MAX_INPUT)]);
    let profiles = Profile::ALL;
    let profile = profiles[usize::from(input.byte()) % profiles.len()];
    let choice = input.byte();
    let mut config = Config::default();
    let confirms = choice & 1 != 0;
    config.confirm = if confirms { modem::Confirm::Attempts } else { modem::Confirm::Nothing };
    config.deliver_parts = choice & 2 != 0;
    config.receive = match choice >> 2 & 3 {
        0 | 1 => Receive::Stored,
        2 => Receive::Direct,
        _ => Receive::Kept,
    };
    if choice & 16 != 0 {
        config.when_full = WhenFull::EraseOldest;
    }
    let count = usize::from(input.byte()) % (MAX_CALLS + 1);
    let calls = input.bytes(count).to_vec();
    let world = World::shared(profile, input.rest());
    let mut port = TokenPort::new(Rc::clone(&world));
    let connected = port.connect().expect("the first link opens");
    if choice & 32 != 0 {
        let session = Session::new(config);
        let mut modem = Reconnecting::new(port, session, Backoff::default());
        let mut clerk = Clerk::new(confirms);
        for call in calls {
            let started = world.borrow_mut().begin();
            let ready = modem.ready(READY_TIME);
            world.borrow_mut().end(started, MAX_TIME, MAX_OPERATIONS);
            if ready {
                clerk.call(modem.modem(), call, &world);
            }
            clerk.listen(&mut modem, |modem| modem.next_event(Duration::from_secs(1)), &world);
        }
    } else {
        let started = world.borrow_mut().begin();
        let opened = Modem::open(connected, config);
        world.borrow_mut().end(started, MAX_TIME, MAX_OPERATIONS);
        let Ok(mut modem) = opened else { return };
        let mut clerk = Clerk::new(confirms);
        for call in calls {
            clerk.call(&mut modem, call, &world);
        }
        world.borrow_mut().has_ended();
        clerk.check_at_the_end(&mut modem, &world);
    }
}

/// The application.
struct Clerk {
    confirms: bool,
    receipts: Vec<Receipt>,
    attempt: Option<modem::Attempt>,
}

impl Clerk {
    fn new(confirms: bool) -> Self {
        Self { confirms, receipts: Vec::new(), attempt: None }
    }

    fn call<P: Port>(&mut self, modem: &mut Modem<P>, call: u8, world: &Shared) {
        let message = |text: &str| {
            OutgoingMessage::text("+491715550100".parse().unwrap(), text).request_status_report()
        };
        let started = world.borrow_mut().begin();
        match call % 16 {
            // A message that has to be confirmed is confirmed between two calls only.
            0 | 1 if !self.confirms => {
                drop(modem.send(&message("Hello")));
            }
            2 if !self.confirms => {
                drop(modem.send(&message(&"A long message of three parts. ".repeat(12))));
            }
            0..=2 => drop(modem.enqueue(&message("Hello"))),
            3 => drop(modem.raw("AT+CSQ")),
            4 => drop(modem.ussd("*100#")),
            5 => drop(modem.messages()),
            6 => drop(modem.delete_all()),
            7 => drop(modem.delete_read()),
            8 => drop(modem.operator()),
            9 => drop(modem.sim_state()),
            10 => drop(modem.command(ReadSignal)),
            11 => {
                for receipt in self.receipts.drain(..) {
                    modem.acknowledge(&receipt);
                }
            }
            12 => world.borrow_mut().deliver(),
            13 => world.borrow_mut().wait(Duration::from_secs(400)),
            _ => {
                let within = Duration::from_secs(u64::from(call % MAX_WAIT) + 1);
                self.listen(modem, |modem| modem.next_event(within), world);
                return;
            }
        }
        world.borrow_mut().end(started, MAX_TIME, MAX_OPERATIONS);
        if let Some(attempt) = self.attempt.take() {
            modem.confirm(&attempt);
        }
    }

    /// Takes events until none comes, and confirms what they announce.
    fn listen<M>(
        &mut self,
        modem: &mut M,
        mut next: impl FnMut(&mut M) -> Option<Event>,
        world: &Shared,
    ) {
        for _ in 0..MAX_EVENTS {
            let started = world.borrow_mut().begin();
            let event = next(modem);
            world.borrow_mut().end(started, MAX_TIME, MAX_OPERATIONS);
            match event {
                Some(event) => self.take(event),
                None => break,
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Attempting(attempt) => self.attempt = Some(attempt),
            Event::Received(received) => self.receipts.push(received.receipt),
            Event::PartReceived(part) => self.receipts.push(part.receipt),
            Event::StatusReport(report) => self.receipts.push(report.receipt),
            Event::Undecodable(undecodable) => self.receipts.push(undecodable.receipt),
            _ => {}
        }
    }

    /// After the tokens a command gets its answer, unless the link has ended.
    fn check_at_the_end(&mut self, modem: &mut Modem<TokenPort>, world: &Shared) {
        for _ in 0..40 {
            let started = world.borrow_mut().begin();
            let answer = modem.raw("AT+CSQ");
            world.borrow_mut().end(started, MAX_TIME, MAX_OPERATIONS);
            if answer.is_ok() || modem.session().is_closed() {
                return;
            }
            world.borrow_mut().wait(Duration::from_secs(60));
            self.listen(modem, |modem| modem.next_event(Duration::from_secs(10)), world);
            if let Some(attempt) = self.attempt.take() {
                modem.confirm(&attempt);
            }
        }
        let answer = modem.raw("AT+CSQ");
        panic!("a sound modem is not usable again: {answer:?}");
    }
}
