//! A custom loop around a `Session`: no front-end, no thread, and a clock that the caller passes
//! in.
//!
//! Such a loop fits into an existing event loop, or onto a device without an operating system.
//!
//! ```text
//! cargo run --example sans_io
//! cargo run --example sans_io -- --tcp 127.0.0.1:7000
//! ```

#[path = "../common/mod.rs"]
mod common;
mod wire;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use common::output::say;
use common::{interrupt, status};
use modem::at::sim::Pin;
use modem::pdu::Address;
use modem::{
    Config, Direction, Error, Event, OutgoingMessage, PartOutcome, SendResult, Session,
    SignalStrength, Ticket, WireLog,
};
use wire::Wire;

/// Sends a message with a custom loop around the session, and shows each step.
#[derive(Debug, Parser)]
struct Cli {
    /// The number of the recipient
    #[arg(long, value_name = "NUMBER", default_value = "+491715550100")]
    to: Address,
    /// The text to send
    #[arg(default_value = "Hello from a custom loop")]
    text: String,
    /// The address of a modem server that speaks AT over TCP, instead of the simulated modem
    #[arg(long, value_name = "HOST:PORT")]
    tcp: Option<String>,
    /// The PIN of the SIM, used only if the SIM asks for it
    #[arg(long, value_name = "DIGITS")]
    pin: Option<String>,
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("sans_io", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn core::error::Error>> {
    let mut config = Config::default();
    config.confirm = modem::Confirm::Attempts; // no part is sent before it is confirmed
    if let Some(digits) = &cli.pin {
        config.pin =
            Some(Pin::new(digits).map_err(|error| status::usage(format!("--pin: {error}")))?);
    }
    let mut driver = Driver {
        wire: match &cli.tcp {
            Some(address) => Wire::connect(address)?,
            None => {
                status::is_simulated();
                Wire::simulated()
            }
        },
        is_under_way: false,
        session: Session::new(config),
        log: WireLog::new(),
    };
    interrupt::listen();
    // Each request returns a ticket at once. The loop runs until the ticket has its result.
    let ready = driver.session.handle_opened(driver.wire.now());
    driver.wait(&ready)?;
    // Two requests are queued, and the session runs them one after the other.
    let message = OutgoingMessage::text(cli.to, &*cli.text);
    let signal = driver.session.start(SignalStrength::default(), driver.wire.now());
    let sending = driver.session.send(&message, driver.wire.now());
    let result = driver.wait(&sending)?;
    if let Some(dbm) = driver.wait(&signal)? {
        say!("-- signal {dbm} dBm");
    }
    show(&result)
}

struct Driver {
    wire: Wire,
    session: Session,
    /// A part was confirmed, and its outcome is not known.
    is_under_way: bool,
    /// Formats the dialogue as lines, with PINs masked.
    log: WireLog,
}

impl Driver {
    /// Runs until a ticket has its result. Every request has a timeout, so this ends too.
    fn wait<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, Error> {
        loop {
            while let Some(event) = self.session.poll_event() {
                self.handle(&event);
            }
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            self.turn();
        }
    }

    /// Handles an event of the session.
    fn handle(&mut self, event: &Event) {
        match event {
            Event::Ready => say!("-- the modem is ready"),
            // The moment to save the session: from here on the part may have been sent, even if
            // this process is killed.
            Event::Attempting(attempt) => {
                say!("-- part {} is about to be sent", attempt.part + 1);
                self.is_under_way = !interrupt::requested();
                if self.is_under_way {
                    self.session.confirm(attempt, self.wire.now());
                }
            }
            // Not acknowledged, so the message stays in the modem.
            Event::Received(message) => {
                say!("-- a message from {} has arrived", message.sender);
            }
            _ => {}
        }
    }

    /// Passes the time to the session, writes its output and reads its input: all that a front-end
    /// does.
    fn turn(&mut self) {
        let Self { wire, session, log, is_under_way } = self;
        // Ctrl-C ends the link, but not between the Ctrl-Z of a part and its outcome.
        if interrupt::requested() && !*is_under_way {
            return session.handle_lost(interrupt::interrupted(), wire.now());
        }
        // The session checks its deadlines only in this call.
        session.handle_timeout(wire.now());
        while let Some(bytes) = session.poll_transmit() {
            match wire.write(bytes) {
                Ok(count) => {
                    let written = bytes.get(..count).unwrap_or(bytes);
                    log.record(Direction::Written, written, |line| say!("{line}"));
                    // A partial write is fine: the session returns the rest again.
                    session.handle_transmitted(count, wire.now());
                }
                Err(error) if nothing_moved(&error) => break,
                Err(error) => return session.handle_lost(error, wire.now()),
            }
        }
        let mut buffer = [0; 256];
        // Reads no longer than until the next deadline.
        match wire.read(&mut buffer, session.poll_timeout()) {
            // The end of the link: each open ticket gets its result.
            Ok(0) => session.handle_closed(wire.now()),
            Ok(count) => {
                let read = buffer.get(..count).unwrap_or(&buffer);
                log.record(Direction::Read, read, |line| say!("{line}"));
                // Pieces of any size: a line may arrive byte by byte.
                session.handle_input(read, wire.now());
            }
            Err(error) if nothing_moved(&error) => {}
            Err(error) => session.handle_lost(error, wire.now()),
        }
    }
}

fn nothing_moved(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

fn show(result: &SendResult) -> Result<(), Box<dyn core::error::Error>> {
    for (index, part) in result.parts.iter().enumerate() {
        if let PartOutcome::Sent { reference } = part.outcome {
            say!("-- part {}: sent, reference {reference}", index + 1);
        }
    }
    status::of_message(result, "the message").map_or(Ok(()), |error| Err(error.into()))
}
