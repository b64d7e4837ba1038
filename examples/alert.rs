//! Sends an alert: `alert /dev/ttyUSB2 +491715550100 "Disk full"`; without arguments it uses a
//! simulated modem.
//!
//! The exit status is 0 if the alert was sent, 1 if not, 2 if that is not known, and 3 for a wrong
//! command line.

use core::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use modem::blocking::{Modem, Port, SimulatedPort, open_serial};
use modem::simulator::{Profile, Simulator};
use modem::{Config, OutgoingMessage, SendOutcome};

fn main() -> ExitCode {
    let (status, words) = match alert() {
        Ok(ended) => ended,
        Err(error) => (1, error.to_string()),
    };
    // If the output is closed, the exit status says the same.
    let _ = match status {
        0 => writeln!(io::stdout(), "{words}"),
        _ => writeln!(io::stderr(), "alert: {words}"),
    };
    ExitCode::from(status)
}

/// Returns the exit status, and what is to be said.
fn alert() -> Result<(u8, String), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, to, text) = match arguments.as_slice() {
        [path, to, text] => (Some(path), to.as_str(), text.as_str()),
        [] => (None, "+491715550100", "Disk full"),
        _ => return Ok((3, "usage: alert PORT NUMBER TEXT".into())),
    };
    let Ok(number) = to.parse() else {
        return Ok((3, format!("{to:?} is not a phone number: write it like +491715550100")));
    };
    let port: Box<dyn Port> = match path {
        Some(path) => Box::new(open_serial(path, 115_200)?),
        None => Box::new(SimulatedPort::new(Simulator::new(Profile::GENERIC))),
    };
    let mut modem = Modem::open(port, Config::default())?;
    let result = modem.send(&OutgoingMessage::text(number, text))?;
    let reason = result.error().map_or_else(String::new, |error| format!(": {error}"));
    let simulated = if path.is_none() { ", by the simulator: no modem was used" } else { "" };
    Ok(match result.outcome() {
        SendOutcome::Sent => (0, format!("sent to {to}{simulated}")),
        SendOutcome::Failed if result.references().next().is_none() => {
            (1, format!("not sent to {to}{reason}"))
        }
        _ => (2, format!("perhaps sent to {to}, at least in part{reason}")),
    })
}
