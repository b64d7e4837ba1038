//! Sends by the first modem that can: `failover NUMBER TEXT PORT...`; without arguments it uses two
//! simulated modems.
//!
//! The exit status is 0 if a modem has sent it, 1 if none has, 2 if that is not known, and 3 for a
//! wrong command line.

use core::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use modem::blocking::{Modem, Port, SimulatedPort, open_serial};
use modem::simulator::{Profile, Simulator, Subscriber};
use modem::{Config, Origin, OutgoingMessage, SendOutcome};

fn main() -> ExitCode {
    let (status, words) = match failover() {
        Ok(ended) => ended,
        Err(error) => (3, error.to_string()),
    };
    // If the output is closed, the exit status says the same.
    let _ = match status {
        0 => writeln!(io::stdout(), "{words}"),
        _ => writeln!(io::stderr(), "failover: {words}"),
    };
    ExitCode::from(status)
}

/// Prints a line on standard error.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Returns the exit status, and what is to be said. An error is one of the command line.
fn failover() -> Result<(u8, String), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (to, text, ports) = match arguments.as_slice() {
        [to, text, ports @ ..] if !ports.is_empty() => {
            (to.as_str(), text.as_str(), ports.iter().map(|path| serial(path)).collect())
        }
        [] => {
            say("no modem is used: these are two simulated modems");
            ("+491715550100", "Disk full", simulated())
        }
        _ => return Err("usage: failover NUMBER TEXT PORT...".into()),
    };
    let message = OutgoingMessage::text(to.parse()?, text);
    for (number, port) in ports.into_iter().enumerate() {
        match port.and_then(|port| send(port, &message)) {
            Ok(Verdict::Sent) => return Ok((0, format!("modem {number}: sent"))),
            // Only a person can decide to send it twice.
            Ok(Verdict::Stop(reason)) => return Ok((1, format!("modem {number}: {reason}"))),
            Ok(Verdict::Unknown(reason)) => return Ok((2, format!("modem {number}: {reason}"))),
            Ok(Verdict::Next(reason)) => say(&format!("modem {number}: {reason}; next")),
            Err(error) => say(&format!("modem {number}: {error}; next")),
        }
    }
    Ok((1, "no modem could send the message: check the reasons above".into()))
}

/// The decision after an attempt.
enum Verdict {
    Sent,
    /// Another modem may do better.
    Next(String),
    /// Another modem would not do better.
    Stop(String),
    /// The message may have gone out, or has in part.
    Unknown(String),
}

/// An error means that nothing was sent.
fn send(port: Box<dyn Port>, message: &OutgoingMessage) -> Result<Verdict, Box<dyn Error>> {
    let mut modem = Modem::open(port, Config::default())?;
    let result = modem.send(message)?;
    let error = result.error();
    let reason = error.map_or_else(String::new, ToString::to_string);
    let origin = error.map(modem::Error::origin);
    Ok(match (result.outcome(), origin) {
        (SendOutcome::Sent, _) => Verdict::Sent,
        (SendOutcome::Unknown, _) => Verdict::Unknown(format!("perhaps sent: {reason}")),
        // The recipient joins parts of one sender only.
        (SendOutcome::Failed, _) if result.references().next().is_some() => {
            Verdict::Unknown(format!("sent in part: {reason}"))
        }
        (SendOutcome::Failed, Some(Origin::Recipient | Origin::Caller)) => Verdict::Stop(reason),
        (SendOutcome::Failed, _) => Verdict::Next(reason),
    })
}

type Ports = Vec<Result<Box<dyn Port>, Box<dyn Error>>>;

fn serial(path: &str) -> Result<Box<dyn Port>, Box<dyn Error>> {
    Ok(Box::new(open_serial(path, 115_200)?))
}

/// Two modems; the SIM of the first has no credit (cause 21).
fn simulated() -> Ports {
    let mut poor = Simulator::new(Profile::GENERIC);
    poor.set_subscriber("+491715550100", Subscriber::Rejected(21));
    let simulators = [poor, Simulator::new(Profile::GENERIC)];
    simulators
        .map(|simulator| Ok(Box::new(SimulatedPort::new(simulator)) as Box<dyn Port>))
        .into_iter()
        .collect()
}
