//! The network and the radio.

use core::error::Error;

use clap::Subcommand;
use modem::at::general::ReadFunctionality;
use modem::at::network::Domain;
use serde_json::json;

use crate::Cli;
use crate::common::output::{self, complain, say, waiting};
use crate::common::status::{has_changed, of_change};

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Show the operator, the signal and the registration
    Status,
    /// Scan for the operators in reach; takes up to three minutes
    Scan,
    /// Register with an operator; the modem keeps the choice, also after a restart
    Select {
        /// Country and network code, such as 26201
        #[arg(value_parser = code)]
        code: String,
    },
    /// Let the modem choose the operator
    Automatic,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Radio {
    /// Show whether the radio is on
    Status,
    /// Switch the radio on
    On,
    /// Switch the radio off: nothing is sent or received, and no emergency call is possible
    Off,
}

fn code(text: &str) -> Result<String, String> {
    let is_code = (5..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code
        .then(|| text.into())
        .ok_or_else(|| "an operator has 5 or 6 digits, such as 26201".into())
}

pub(crate) fn run(cli: &Cli, task: &Task) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open()?;
    match task {
        Task::Status => {
            let (operator, signal) = (modem.operator()?, modem.signal()?);
            let registrations = modem.registrations();
            let state = |domain| {
                registrations.of(domain).map(|state| state.status.description().to_owned())
            };
            output::object(&json!({
                "type": "network",
                "operator": operator,
                "signal_dbm": signal,
                "registered": registrations.is_registered(),
                "calls": state(Domain::Circuit),
                "data": state(Domain::Packet),
                "lte": state(Domain::Eps),
            }));
            let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
            say!("operator  {}", or_dash(operator));
            say!("signal    {}", or_dash(signal.map(|dbm| format!("{dbm} dBm"))));
            say!("calls     {}", or_dash(state(Domain::Circuit)));
            say!("data      {}", or_dash(state(Domain::Packet)));
            say!("LTE       {}", or_dash(state(Domain::Eps)));
        }
        Task::Scan => {
            let words = "scanning for operators, for up to three minutes";
            let found = waiting(words, || modem.operators())?;
            for operator in &found {
                let status = match operator.status {
                    1 => "available",
                    2 => "in use",
                    3 => "forbidden",
                    _ => "unknown",
                };
                let technology = technology(operator.technology);
                output::object(&json!({
                    "type": "operator",
                    "code": operator.code,
                    "name": operator.name,
                    "status": status,
                    "technology": technology,
                }));
                let technology = technology.unwrap_or("-");
                say!("{:<6}  {:<20}  {technology:<6}  {status}", operator.code, operator.name);
            }
            say!("-- operators: {}", found.len());
        }
        Task::Select { code } => {
            waiting("registering", || modem.select_operator(Some(code)))
                .map_err(|error| of_change(&error))?;
            has_changed();
            say!("-- the modem uses the operator {code}; `network automatic` ends that");
        }
        Task::Automatic => {
            waiting("registering", || modem.select_operator(None))
                .map_err(|error| of_change(&error))?;
            has_changed();
            say!("-- the modem chooses the operator");
        }
    }
    Ok(())
}

/// The name of an access technology, 3GPP TS 27.007, 7.3.
fn technology(number: Option<u8>) -> Option<&'static str> {
    Some(match number? {
        0 | 1 | 3 | 8 => "2G",
        2 | 4 | 5 | 6 => "3G",
        7 | 9 | 10 | 14 => "4G",
        11..=13 => "5G",
        _ => return None,
    })
}

pub(crate) fn radio(cli: &Cli, task: &Radio) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open_locked()?;
    match task {
        Radio::Status => {}
        Radio::On => {
            waiting("switching the radio on", || modem.set_radio(true))
                .map_err(|error| of_change(&error))?;
        }
        Radio::Off => {
            complain!(
                "-- warning: with the radio off nothing is sent or received, and no emergency call is \
                 possible, until `modem radio on`"
            );
            waiting("switching the radio off", || modem.set_radio(false))
                .map_err(|error| of_change(&error))?;
        }
    }
    let level = modem.command(ReadFunctionality)?;
    let state = match level {
        Some(0 | 4) => "off",
        Some(1) => "on",
        Some(_) | None => "in a state of the vendor",
    };
    output::object(&json!({ "type": "radio", "level": level, "on": level == Some(1) }));
    say!("the radio is {state}");
    Ok(())
}
