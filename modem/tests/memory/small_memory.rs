//! The memory of a session with the configuration of a microcontroller does not grow with the
//! number of messages in the modem.

use core::time::Duration;

use allocation_counter::{measure, opt_out};
use modem::at::{Dialect, Instant};
use modem::gsm7::{Alphabet, Coding};
use modem::pdu::{Dcs, Deliver, Envelope, Timestamp, UserData};
use modem::simulator::{Profile, Simulator};
use modem::{
    Config, Event, ListMessages, Listing, NextMessage, Procedure, Receive, Session, StoredMessage,
    Ticket,
};

fn config(receive: Receive) -> Config {
    let mut config = Config::default();
    config.dialect = Dialect::small();
    config.listing = Listing::ByIndex;
    config.max_unacknowledged = 4;
    config.recent_lines = 0;
    config.receive = receive;
    config
}

/// A session and its modem, which does not count as memory of the session.
struct Board {
    session: Session,
    modem: Simulator,
    now: Duration,
}

impl Board {
    /// A modem that holds some messages, and a session that is ready.
    fn new(config: Config, stored: usize) -> Self {
        let modem = opt_out_of(|| holding(stored));
        let mut board = Self { session: Session::new(config), modem, now: Duration::ZERO };
        let ready = board.session.handle_opened(Instant::ZERO);
        board.wait(&ready).unwrap();
        board
    }

    /// Exchanges bytes and passes time until the ticket has its result.
    fn wait<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, modem::Error> {
        for _ in 0..10_000 {
            self.turn();
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
        }
        panic!("no end");
    }

    fn turn(&mut self) {
        let now = Instant::from(self.now);
        while let Some(bytes) = self.session.poll_transmit() {
            let count = opt_out_of(|| self.modem.handle_input(bytes, self.now));
            self.session.handle_transmitted(count, now);
        }
        let mut heard = opt_out_of(|| self.modem.poll_transmit());
        if heard.is_none() {
            let timeout = self.session.poll_timeout().map(Instant::since_epoch);
            let next = timeout.into_iter().chain(self.modem.poll_timeout()).min();
            self.now = next.map_or(self.now, |next| next.max(self.now));
            opt_out_of(|| self.modem.handle_timeout(self.now));
            heard = opt_out_of(|| self.modem.poll_transmit());
        }
        let now = Instant::from(self.now);
        if let Some(bytes) = heard {
            self.session.handle_input(&bytes, now);
            opt_out_of(|| drop(bytes));
        }
        self.session.handle_timeout(now);
    }

    fn run<P: Procedure>(&mut self, procedure: P) -> P::Output {
        let ticket = self.session.start(procedure, Instant::from(self.now));
        self.wait(&ticket).unwrap()
    }
}

/// Runs code of the modem, whose memory does not count.
fn opt_out_of<T>(run: impl FnOnce() -> T) -> T {
    let mut result = None;
    opt_out(|| result = Some(run()));
    result.expect("the code has run")
}

/// A modem with some read messages in `ME`, which another program has written there.
fn holding(stored: usize) -> Simulator {
    let mut modem = Simulator::new(Profile::GENERIC);
    modem.handle_opened(Duration::ZERO);
    let mut lines = String::from("AT+CPMS=\"ME\",\"ME\",\"ME\"\rAT+CMGF=0\r");
    for number in 0..stored {
        let text = format!("{number:0>10}").repeat(16);
        let user_data = UserData::text(&text, Coding::Gsm7(Alphabet::DEFAULT), &[]).unwrap();
        let sender = "+491700000002".parse().unwrap();
        let tpdu = Deliver::new(sender, Timestamp::default()).with_user_data(Dcs::GSM7, user_data);
        let envelope = Envelope { smsc: None, tpdu };
        let (length, pdu) = (envelope.length(), envelope.to_hex().unwrap());
        lines += &format!("AT+CMGW={length},1\r{pdu}\u{1a}");
    }
    modem.handle_input(lines.as_bytes(), Duration::ZERO);
    while modem.poll_transmit().is_some() {}
    modem
}

/// Lists all messages one by one.
fn one_by_one(board: &mut Board, mut show: impl FnMut(StoredMessage)) {
    let mut slot = None;
    while let Some(message) = board.run(NextMessage::after(slot)) {
        slot = message.receipt().slots().next().copied();
        show(message);
    }
}

#[test]
fn the_messages_are_found_one_by_one_in_the_order_of_their_slots() {
    for receive in [Receive::Off, Receive::Kept] {
        let mut board = Board::new(config(receive), 5);
        let mut listed = board.run(ListMessages::separate());
        listed.sort_by_key(StoredMessage::index);
        assert_eq!(listed.len(), 5);
        let mut found = Vec::new();
        one_by_one(&mut board, |message| found.push(message));
        assert_eq!(found, listed);
    }
}

#[test]
fn a_search_begins_after_the_slot_that_it_is_given() {
    let mut board = Board::new(config(Receive::Off), 3);
    let first = board.run(NextMessage::after(None)).unwrap();
    let slot = *first.receipt().slots().next().unwrap();
    let ticket = board.session.delete(first.receipt(), Instant::from(board.now));
    assert_eq!(board.wait(&ticket).unwrap(), [slot]);
    let second = board.run(NextMessage::after(Some(slot))).unwrap();
    assert_eq!(board.run(NextMessage::after(None)).unwrap(), second);
    let third = board.run(NextMessage::after(second.receipt().slots().next().copied())).unwrap();
    let last = third.receipt().slots().next().copied();
    assert_eq!(board.run(NextMessage::after(last)), None);
    assert!(second.index() < third.index());
}

/// The bytes of the heap at the peak of `run`.
fn peak(run: impl FnOnce()) -> u64 {
    measure(run).bytes_max
}

#[test]
fn fifty_messages_are_listed_one_by_one_in_the_memory_of_five() {
    let listed = |stored| {
        peak(|| {
            let mut board = Board::new(config(Receive::Off), stored);
            let mut count = 0;
            one_by_one(&mut board, |_| count += 1);
            assert_eq!(count, stored);
        })
    };
    let (few, many) = (listed(5), listed(50));
    assert!(many <= few, "{few} bytes for 5 messages, {many} for 50");
}

#[test]
fn fifty_messages_are_received_in_the_memory_of_ten() {
    let received = |stored| {
        peak(|| {
            let mut board = Board::new(config(Receive::Stored), stored);
            let mut count = 0;
            for _ in 0..5_000 {
                while let Some(event) = board.session.poll_event() {
                    if let Event::Received(message) = event {
                        count += 1;
                        board.session.acknowledge(&message.receipt, Instant::from(board.now));
                    }
                }
                board.turn();
            }
            assert_eq!(count, stored);
        })
    };
    let (few, many) = (received(10), received(50));
    // Of a message that has left only the digest is kept.
    assert!(many <= few + 50 * 64, "{few} bytes for 10 messages, {many} for 50");
}
