//! Runs one command through the engine of a dialogue.
#![no_std]
#![no_main]

use at_proto::{Dialect, Engine, Event, Instant, Outcome, Request};
use flash as _;

#[used]
static KEPT_RUN: fn(&mut dyn FnMut(&[u8], &mut [u8]) -> (usize, usize), Instant) -> Option<usize> =
    |port, now| {
        let mut engine = Engine::new(Dialect::small());
        engine.handle_opened(now);
        engine.submit(Request::raw("AT+CSQ").ok()?, now).ok()?;
        let mut read = [0; 64];
        loop {
            let (written, count) = port(engine.poll_transmit().unwrap_or_default(), &mut read);
            engine.handle_transmitted(written, now);
            engine.handle_input(read.get(..count)?, now);
            if let Some(Event::Completed { outcome, .. }) = engine.poll_event() {
                let Outcome::Response(response) = outcome else { return None };
                return Some(response.lines().first()?.len());
            }
        }
    };
