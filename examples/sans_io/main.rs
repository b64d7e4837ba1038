//! A loop of one's own around a `Session`: no front-end, no thread, no clock but the one that is handed in.
//!
//! Such a loop goes into an event loop that is there already, or onto a machine without an operating system.
//!
//! ```text
//! cargo run --example sans_io
//! cargo run --example sans_io -- --tcp 127.0.0.1:7000
//! ```

mod wire;

use core::fmt::Arguments;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use modem::pdu::Address;
use modem::{
    Config, Direction, Error, Event, OutgoingMessage, PartOutcome, SendResult, Session,
    SignalStrength, Ticket, WireLog,
};
use wire::Wire;

/// Sends a message by a loop around the session, and shows each turn of it.
#[derive(Debug, Parser)]
struct Cli {
    /// Whom to send to
    #[arg(long, value_name = "NUMBER", default_value = "+491715550100")]
    to: Address,
    /// What to send
    #[arg(default_value = "Hello from a loop of my own")]
    text: String,
    /// A modem behind a TCP connection, instead of the simulated one
    #[arg(long, value_name = "HOST:PORT")]
    tcp: Option<String>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sans_io: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn core::error::Error>> {
    let mut config = Config::default();
    config.confirm_attempts = true; // no part leaves before we say so
    let mut own = Loop {
        wire: match &cli.tcp {
            Some(address) => Wire::connect(address)?,
            None => Wire::simulated(),
        },
        session: Session::new(config),
        log: WireLog::new(),
    };
    // Each verb gives a ticket at once. The loop makes it come true.
    let ready = own.session.handle_opened(own.wire.now());
    own.wait(&ready)?;
    // Two at a time: the session does one after the other.
    let message = OutgoingMessage::text(cli.to, &*cli.text);
    let signal = own.session.start(SignalStrength::default(), own.wire.now());
    let sending = own.session.send(&message, own.wire.now());
    let report = own.wait(&sending)?;
    if let Some(dbm) = own.wait(&signal)? {
        say(format_args!("-- signal {dbm} dBm"));
    }
    show(&report)
}

struct Loop {
    wire: Wire,
    session: Session,
    /// Makes lines of what moves, with PINs masked.
    log: WireLog,
}

impl Loop {
    /// Turns until a ticket can be redeemed. Each thing that is asked for ends in time, so this does, too.
    fn wait<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, Error> {
        loop {
            while let Some(event) = self.session.poll_event() {
                self.take(&event);
            }
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            self.turn();
        }
    }

    /// What the session says without having been asked.
    fn take(&mut self, event: &Event) {
        match event {
            Event::Ready => say(format_args!("-- the modem is ready")),
            // The moment to save the session: from here on the part may be out, whatever happens to this program.
            Event::Attempting(attempt) => {
                say(format_args!("-- part {} may leave", attempt.part + 1));
                self.session.confirm(attempt, self.wire.now());
            }
            // It is not acknowledged, and stays in the modem.
            Event::Received(message) => {
                say(format_args!("-- a message from {} waits", message.sender))
            }
            _ => {}
        }
    }

    /// Writes what is due, reads what comes, and says what time it is. This is all that a front-end does.
    fn turn(&mut self) {
        let Self { wire, session, log } = self;
        // The session has deadlines, and it notices them only when it is told the time.
        session.handle_timeout(wire.now());
        while let Some(bytes) = session.poll_transmit() {
            match wire.write(bytes) {
                Ok(count) => {
                    let written = bytes.get(..count).unwrap_or(bytes);
                    log.record(Direction::Written, written, |line| say(format_args!("{line}")));
                    // Fewer bytes than offered are in order: the rest is offered again.
                    session.handle_transmitted(count, wire.now());
                }
                Err(error) if nothing_moved(&error) => break,
                Err(error) => return session.handle_lost(error, wire.now()),
            }
        }
        let mut buffer = [0; 256];
        // No longer than to the next deadline.
        match wire.read(&mut buffer, session.poll_timeout()) {
            // The end of the link: all that is under way ends, each ticket with its outcome.
            Ok(0) => session.handle_closed(wire.now()),
            Ok(count) => {
                let read = buffer.get(..count).unwrap_or(&buffer);
                log.record(Direction::Read, read, |line| say(format_args!("{line}")));
                // In any pieces: a line may come octet by octet.
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

fn show(report: &SendResult) -> Result<(), Box<dyn core::error::Error>> {
    for (index, part) in report.parts.iter().enumerate() {
        match &part.outcome {
            PartOutcome::Sent { reference } => {
                say(format_args!("-- part {}: sent, reference {reference}", index + 1));
            }
            PartOutcome::Failed { error } => {
                return Err(format!("the message was not sent: {error}").into());
            }
            PartOutcome::Unknown { error } => {
                return Err(format!("the message may have been sent: {error}").into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Prints a line; the dialogue goes on though nobody reads it any more.
fn say(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}
