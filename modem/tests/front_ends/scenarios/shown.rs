//! The dialogue that is shown, against the bytes on the wire.

use core::cell::RefCell;
use core::time::Duration;
use std::io;
use std::rc::Rc;

use modem::at::Instant;
use modem::blocking::{Modem, Port, SimulatedPort, Trace};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Direction, WireLine};
use testkit::message;

type Pieces = Rc<RefCell<Vec<(Direction, Vec<u8>)>>>;

/// A port that keeps the bytes that pass through it, piece by piece.
struct Recorded {
    port: SimulatedPort,
    pieces: Pieces,
}

impl Port for Recorded {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let count = self.port.read(buffer, within)?;
        self.pieces.borrow_mut().push((Direction::Read, buffer[..count].to_vec()));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let count = self.port.write(bytes, within)?;
        self.pieces.borrow_mut().push((Direction::Written, bytes[..count].to_vec()));
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

#[test]
fn the_dialogue_that_is_shown_is_the_one_that_the_modem_had() {
    let bytes = Rc::new(RefCell::new(Vec::new()));
    let shown = RefCell::new(Vec::new());
    let port = Recorded {
        port: SimulatedPort::new(Simulator::new(Profile::GENERIC)),
        pieces: Rc::clone(&bytes),
    };
    let trace = Trace::new(port, |line: WireLine| {
        shown.borrow_mut().push((line.direction(), line.text().to_string()));
    });
    let mut modem = Modem::open(trace, Config::default()).unwrap();
    modem.send(&message("Hello {€}")).unwrap();
    modem
        .port()
        .inner()
        .port
        .with(|simulator, now| simulator.deliver("+491715550100", "Hi", now))
        .unwrap();
    while modem.next_event(Duration::from_secs(5)).is_some() {}
    let recorded = bytes.borrow().iter().fold(
        Vec::<(Direction, String)>::new(),
        |mut recorded, (direction, bytes)| {
            let text =
                bytes.escape_ascii().to_string().replace("\\\"", "\"").replace("\\x1a", "\\x1A");
            match recorded.last_mut() {
                Some((last, so_far)) if last == direction => so_far.push_str(&text),
                _ => recorded.push((*direction, text)),
            }
            recorded
        },
    );
    let joined = shown.borrow().iter().fold(
        Vec::<(Direction, String)>::new(),
        |mut joined, (direction, text)| {
            match joined.last_mut() {
                Some((last, so_far)) if last == direction => so_far.push_str(text),
                _ => joined.push((*direction, text.clone())),
            }
            joined
        },
    );
    assert_eq!(joined, recorded);
    assert!(joined.len() > 40, "{} turns", joined.len());
}
