//! Initialises a modem, sends a message and receives another.
#![no_std]
#![no_main]

use flash as _;
use modem::at::Instant;
use modem::{Config, Event, OutgoingMessage, Session};

#[used]
static KEPT_RUN: fn(&mut dyn FnMut(&[u8], &mut [u8]) -> (usize, usize), Instant) -> Option<usize> =
    |port, now| {
        let mut session = Session::new(Config::default());
        let _ = session.handle_opened(now);
        let sending = session.send(&OutgoingMessage::text("+4912345".parse().ok()?, "Hi"), now);
        let mut read = [0; 64];
        loop {
            let (written, count) = port(session.poll_transmit().unwrap_or_default(), &mut read);
            session.handle_transmitted(written, now);
            session.handle_input(read.get(..count)?, now);
            session.handle_timeout(now);
            if session.take(&sending).is_some_and(|result| result.is_err()) {
                return None;
            }
            if let Some(Event::Received(message)) = session.poll_event() {
                return Some(message.text.map_or(0, |text| text.len()));
            }
        }
    };
