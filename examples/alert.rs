//! Sends an alert: `alert /dev/ttyUSB2 +491715550100 "Disk full"`; without arguments it uses a
//! simulated modem.

use core::error::Error;
use std::process::ExitCode;

use modem::blocking::{Modem, Port, SimulatedPort, open_serial};
use modem::simulator::{Profile, Simulator};
use modem::{Config, OutgoingMessage, SendOutcome};

fn main() -> ExitCode {
    match alert() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("alert: {error}");
            ExitCode::FAILURE
        }
    }
}

fn alert() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (port, to, text): (Box<dyn Port>, _, _) = match arguments.as_slice() {
        [path, to, text] => (Box::new(open_serial(path, 115_200)?), to.as_str(), text.as_str()),
        [] => {
            let port = SimulatedPort::new(Simulator::new(Profile::GENERIC));
            (Box::new(port), "+491715550100", "Disk full")
        }
        _ => return Err("usage: alert PORT NUMBER TEXT".into()),
    };
    let mut modem = Modem::open(port, Config::default())?;
    let result = modem.send(&OutgoingMessage::text(to.parse()?, text))?;
    if result.outcome() != SendOutcome::Sent {
        let reason = result.error().map_or_else(String::new, ToString::to_string);
        return Err(format!("the outcome is {:?}: {reason}", result.outcome()).into());
    }
    println!("sent to {to}");
    Ok(())
}
