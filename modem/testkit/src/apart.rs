//! A session and a simulated modem on one clock, whose shares of the cost are measured apart.

use core::time::Duration;

use modem::at::Instant;
use modem::simulator::Simulator;
use modem::{Event, MessageId, OutgoingMessage, Received, SendOutcome, Session};

/// A side of the link.
#[expect(clippy::exhaustive_enums, reason = "a link has two sides")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a link has two sides")]
pub enum Side {
    /// The session, as a program has it.
    Session,
    /// The simulated modem, which a program with a real modem does not have.
    Simulator,
}

/// A measurement of calls, such as a count of allocations or of nanoseconds.
pub trait Meter {
    /// Makes a call into one side, and measures it.
    fn measure(&mut self, side: Side, call: &mut dyn FnMut());
}

/// A session and a simulated modem that answers without delay; each call into one of them goes
/// through a [`Meter`].
#[derive(Debug)]
pub struct Apart<M> {
    /// The session.
    pub session: Session,
    /// The simulated modem.
    pub simulator: Simulator,
    /// The meter.
    pub meter: M,
    now: Duration,
    wire: Vec<u8>,
}

impl<M: Meter> Apart<M> {
    /// A session whose modem is ready, after its first sweep. The opening is measured as well.
    ///
    /// # Panics
    /// Panics if the modem cannot be initialised.
    pub fn open(mut simulator: Simulator, session: Session, meter: M) -> Self {
        simulator.set_latency(Duration::ZERO);
        simulator.handle_opened(Duration::ZERO);
        let wire = Vec::with_capacity(4096);
        let mut opening = Self { session, simulator, meter, now: Duration::ZERO, wire };
        let now = opening.now();
        let Self { session, meter, .. } = &mut opening;
        let mut ticket = None;
        meter.measure(Side::Session, &mut || ticket = Some(session.handle_opened(now)));
        let ticket = ticket.expect("the call was made");
        opening.settle(drop);
        while !opening.session.is_finished(ticket.id()) {
            opening.sleep();
            opening.settle(drop);
        }
        let opened = opening.session.take(&ticket).expect("it is finished");
        opened.expect("the modem is initialised");
        opening
    }

    /// Sends a message, and takes its events.
    ///
    /// # Panics
    /// Panics if it is not sent.
    pub fn send(&mut self, message: &OutgoingMessage) {
        let id = self.enqueue(message);
        let mut sent = None;
        self.run(|event| {
            if let Event::SendFinished(result) = event {
                sent = Some((result.message, result.outcome()));
            }
            sent.is_some()
        });
        assert_eq!(sent, Some((id, SendOutcome::Sent)));
    }

    /// Queues a message.
    ///
    /// # Panics
    /// Panics if there is no room.
    pub fn enqueue(&mut self, message: &OutgoingMessage) -> MessageId {
        let now = self.now();
        let Self { session, meter, .. } = self;
        let mut id = None;
        meter.measure(Side::Session, &mut || id = session.enqueue(message, now).ok());
        id.expect("there is room for a valid message")
    }

    /// Delivers a text to the modem, reads and acknowledges the message, and lets the session
    /// delete it.
    ///
    /// # Panics
    /// Panics if the message does not arrive or is not deleted.
    pub fn receive(&mut self, sender: &str, text: &str) {
        let delivered = self.deliver(sender, text);
        let now = self.now();
        let Self { session, meter, .. } = self;
        meter.measure(Side::Session, &mut || session.acknowledge(&delivered.receipt, now));
        self.run(|event| matches!(event, Event::Released(_)));
    }

    /// Delivers a text to the modem, and reads the message.
    ///
    /// # Panics
    /// Panics if the message does not arrive.
    pub fn deliver(&mut self, sender: &str, text: &str) -> Received {
        let now = self.now;
        let Self { simulator, meter, .. } = self;
        meter.measure(Side::Simulator, &mut || {
            simulator.deliver(sender, text, now).expect("the text fits");
        });
        let mut received = None;
        self.run(|event| {
            if let Event::Received(message) = event {
                received = Some(message);
            }
            received.is_some()
        });
        received.expect("the message has arrived")
    }

    /// Moves bytes, events and time until an event is the awaited one, with everything that follows
    /// from it at once.
    fn run(&mut self, mut is_awaited: impl FnMut(Event) -> bool) {
        for _ in 0..1_000 {
            let mut found = false;
            self.settle(|event| found |= is_awaited(event));
            if found {
                return;
            }
            self.sleep();
        }
        panic!("the awaited event does not come");
    }

    /// Moves bytes and takes events until both sides are still.
    pub fn settle(&mut self, mut each: impl FnMut(Event)) {
        loop {
            let moved = self.exchange();
            let Self { session, meter, .. } = self;
            let mut next = None;
            meter.measure(Side::Session, &mut || {
                while let Some(event) = session.poll_event() {
                    // To drop an event is a part of its cost.
                    each(event);
                    next = Some(());
                }
            });
            if !moved && next.is_none() {
                break;
            }
        }
        let Self { simulator, meter, .. } = self;
        // Otherwise the log of the simulated network would grow.
        meter.measure(Side::Simulator, &mut || drop(simulator.take_truth()));
    }

    /// Lets the time of the next timer come, and moves bytes; takes no events.
    pub fn sleep(&mut self) {
        let session = self.session.poll_timeout().map(Instant::since_epoch);
        let Some(next) = session.into_iter().chain(self.simulator.poll_timeout()).min() else {
            return;
        };
        self.now = self.now.max(next);
        let now = self.now;
        let Self { session, simulator, meter, .. } = self;
        meter.measure(Side::Simulator, &mut || simulator.handle_timeout(now));
        meter.measure(Side::Session, &mut || session.handle_timeout(Instant::from(now)));
        while self.exchange() {}
    }

    /// The time.
    pub fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Moves the bytes that each side has. Returns `false` if there were none.
    fn exchange(&mut self) -> bool {
        let Self { session, simulator, meter, now, wire } = self;
        let (time, now) = (Instant::from(*now), *now);
        let mut moved = false;
        meter.measure(Side::Session, &mut || {
            wire.clear();
            if let Some(bytes) = session.poll_transmit() {
                wire.extend_from_slice(bytes);
                session.handle_transmitted(wire.len(), time);
            }
        });
        if !wire.is_empty() {
            moved = true;
            meter.measure(Side::Simulator, &mut || {
                simulator.handle_input(wire, now);
            });
        }
        let mut bytes = None;
        meter.measure(Side::Simulator, &mut || bytes = simulator.poll_transmit());
        if let Some(bytes) = bytes {
            moved = true;
            meter.measure(Side::Session, &mut || session.handle_input(&bytes, time));
        }
        moved
    }
}
