//! The blocking front-end over an `embedded_io` stream.
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use embedded_io::{ErrorType, Read, ReadReady, Write, WriteReady};
use modem::blocking::{Modem, ReadyPort};
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, SendOutcome};
use testkit::{message, truth};

/// A UART with a simulated modem at its other end.
#[derive(Debug)]
struct Uart {
    simulator: Simulator,
    started: Instant,
    received: VecDeque<u8>,
    /// The errors that the next reads report.
    errors: Vec<io::ErrorKind>,
}

impl Uart {
    fn new() -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.handle_opened(Duration::ZERO);
        simulator.deliver("+491715550199", "Hi", Duration::ZERO).unwrap();
        Self { simulator, started: Instant::now(), received: VecDeque::new(), errors: Vec::new() }
    }
}

impl ErrorType for Uart {
    type Error = io::Error;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> io::Result<bool> {
        self.simulator.handle_timeout(self.started.elapsed());
        while let Some(bytes) = self.simulator.poll_transmit() {
            self.received.extend(bytes);
        }
        Ok(!self.received.is_empty() || !self.errors.is_empty())
    }
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(kind) = self.errors.pop() {
            return Err(kind.into());
        }
        let count = self.received.len().min(buffer.len());
        assert!(count > 0, "the read would block");
        buffer.iter_mut().zip(self.received.drain(..count)).for_each(|(to, from)| *to = from);
        Ok(count)
    }
}

impl WriteReady for Uart {
    fn write_ready(&mut self) -> io::Result<bool> {
        Ok(true)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The FIFO of a UART.
        let bytes = &bytes[..bytes.len().min(16)];
        Ok(self.simulator.handle_input(bytes, self.started.elapsed()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_modem_at_a_uart_sends_and_receives_and_damaged_bytes_do_not_end_the_link() {
    let mut uart = Uart::new();
    uart.errors = vec![io::ErrorKind::InvalidData, io::ErrorKind::Other];
    let mut modem = Modem::open(ReadyPort::new(uart), Config::default()).unwrap();
    assert_eq!(modem.send(&message("Hello")).unwrap().outcome(), SendOutcome::Sent);
    let received = core::iter::from_fn(|| modem.next_event(Duration::from_secs(120)))
        .find_map(|event| if let Event::Received(message) = event { message.text } else { None });
    assert_eq!(received.as_deref(), Some("Hi"));
    let uart = modem.into_port().into_inner();
    assert_eq!(truth::submitted(&uart.simulator).len(), 1);
}

#[test]
fn an_error_that_ends_the_link_is_the_cause_of_the_failure() {
    let mut uart = Uart::new();
    uart.errors = vec![io::ErrorKind::BrokenPipe];
    let error = Modem::open(ReadyPort::new(uart), Config::default()).unwrap_err();
    assert_eq!(error.link_error().map(io::Error::kind), Some(io::ErrorKind::BrokenPipe));
}
