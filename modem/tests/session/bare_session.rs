//! A session without any front-end: every verb gives its ticket, and a loop of a few lines redeems
//! it.

use core::time::Duration;

use modem::at::Instant;
use modem::at::sim::PinState;
use modem::simulator::{Profile, Simulator};
use modem::{Config, ErrorKind, Event, OutgoingMessage, SendOutcome, Session, Ticket};

/// A session and the simulated modem at the other end of its link, on one clock.
struct Bench {
    session: Session,
    simulator: Simulator,
    now: Duration,
}

impl Bench {
    fn open() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.handle_opened(Duration::ZERO);
        let mut bench =
            Self { session: Session::new(Config::default()), simulator, now: Duration::ZERO };
        let ready = bench.session.handle_opened(Instant::ZERO);
        bench.redeem(&ready).expect("the simulated modem can be initialised");
        bench
    }

    fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Moves bytes, and time to the next deadline where no byte moves, until the ticket has its
    /// result.
    fn redeem<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, modem::Error> {
        loop {
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                let count = self.simulator.handle_input(bytes, self.now);
                self.session.handle_transmitted(count, Instant::from(self.now));
                moved = true;
            }
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, Instant::from(self.now));
                moved = true;
            }
            if !moved {
                let session = self.session.poll_timeout().map(Instant::since_epoch);
                let next = session.into_iter().chain(self.simulator.poll_timeout()).min();
                self.now = self.now.max(next.expect("something is waited for"));
                self.simulator.handle_timeout(self.now);
                self.session.handle_timeout(Instant::from(self.now));
            }
        }
    }

    /// Starts a verb and waits for its result.
    fn ask<T: 'static>(
        &mut self,
        verb: impl FnOnce(&mut Session, Instant) -> Ticket<T>,
    ) -> Result<T, modem::Error> {
        let now = self.now();
        let ticket = verb(&mut self.session, now);
        self.redeem(&ticket)
    }
}

#[test]
fn every_verb_is_there_without_a_front_end() {
    let mut bench = Bench::open();
    assert!(bench.ask(Session::signal).unwrap().is_some());
    assert!(bench.ask(Session::operator).unwrap().is_some());
    assert_eq!(bench.ask(Session::sim_state).unwrap(), PinState::Ready);
    assert_eq!(bench.ask(Session::pin_retries).unwrap().pin, Some(3));
    assert!(!bench.ask(Session::own_numbers).unwrap().is_empty());
    assert!(bench.ask(Session::battery).unwrap().percent.is_some());
    assert_eq!(bench.ask(Session::clock).unwrap().year, 2024);
    bench.ask(Session::show_callers).unwrap();
    bench.ask(Session::hang_up).unwrap();
    bench.ask(Session::cancel_ussd).unwrap();
    assert_eq!(bench.session.registrations().is_registered(), Some(true));
    assert!(bench.ask(|session, now| session.raw("AT+CSQ", now)).unwrap()[0].starts_with("+CSQ: "));
    let reply = bench.ask(|session, now| session.ussd("*100#", now)).unwrap();
    assert!(reply.text.is_some() && !reply.needs_answer());

    let message = OutgoingMessage::text("+491715550100".parse().unwrap(), "Hello");
    let result = bench.ask(|session, now| session.send(&message, now)).unwrap();
    assert_eq!(result.outcome(), SendOutcome::Sent);

    bench.simulator.deliver("+491715550100", "Hello back", bench.now).unwrap();
    let stored = bench.ask(Session::messages).unwrap();
    assert_eq!(stored[0].text().as_deref(), Some("Hello back"));
    let receipt = stored[0].receipt().clone();
    assert_eq!(bench.ask(|session, now| session.delete(&receipt, now)).unwrap().len(), 1);
    assert!(bench.ask(Session::delete_read).unwrap().is_empty());
    assert!(bench.ask(Session::delete_all).unwrap().is_empty());
}

#[test]
fn a_line_that_would_end_its_command_early_is_refused_before_it_is_written() {
    let mut bench = Bench::open();
    let error = bench.ask(|session, now| session.raw("AT+CSQ\rAT+CMGD=1,4", now)).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsafe(_)), "{error}");
    // The first look through the memories may be under way.
    let written = bench.session.poll_transmit().unwrap_or_default();
    assert!(!written.windows(4).any(|word| word == b"CMGD"), "{written:?}");
}

#[test]
fn a_modem_that_was_silent_three_times_asks_for_a_new_link_once() {
    let mut bench = Bench::open();
    bench.simulator.handle_closed(bench.now);
    for _ in 0..4 {
        let ticket = bench.session.signal(bench.now());
        while bench.session.take(&ticket).is_none() {
            while let Some(bytes) = bench.session.poll_transmit() {
                let count = bytes.len();
                bench.session.handle_transmitted(count, Instant::from(bench.now));
            }
            let next = bench.session.poll_timeout().expect("a command has a deadline");
            bench.now = next.since_epoch();
            bench.session.handle_timeout(next);
        }
    }
    let error = bench.session.poll_reopen().expect("nothing answers");
    assert_eq!(*error.kind(), ErrorKind::NoResponse);
    assert!(bench.session.poll_reopen().is_none(), "it was said");
    let events = core::iter::from_fn(|| bench.session.poll_event());
    let unanswered = |event: &Event| matches!(event, Event::Resynchronised { answered: false });
    assert!(events.filter(unanswered).count() >= 3);
}
