//! Opens a channel of the multiplexer, writes to it and reads from it.
#![no_std]
#![no_main]

use at_proto::Instant;
use at_proto::mux::{Config, Dlci, Event, Mux, Role};
use flash as _;

#[used]
static KEPT_RUN: fn(&mut dyn FnMut(&[u8], &mut [u8]) -> (usize, usize), Instant) -> Option<usize> =
    |port, now| {
        let mut mux = Mux::new(Role::Initiator, Config::default());
        mux.handle_opened(now);
        mux.open(Dlci::FIRST, now);
        mux.write(Dlci::FIRST, b"AT\r");
        let mut read = [0; 64];
        loop {
            let (written, count) = port(mux.poll_transmit().unwrap_or_default(), &mut read);
            mux.handle_transmitted(written, now);
            mux.handle_input(read.get(..count)?, now);
            mux.handle_timeout(now);
            match mux.poll_event() {
                Some(Event::Readable(dlci)) => return Some(mux.read(dlci, &mut read)),
                Some(Event::Down(_)) => return None,
                _ => {}
            }
        }
    };
