//! Runs a program for each message that arrives; never a shell.

use core::error::Error;
use core::time::Duration;
use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Instant;

use clap::Args;
use modem::blocking::Port;
use modem::{Event, Receive};
use serde_json::{Value, json};

use crate::Cli;
use crate::common::output::{complain, say};
use crate::common::{interrupt, json, printable, status};

/// The time without an event after which `--once` ends.
const QUIET_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time until Ctrl-C is noticed.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The interval between two looks at the program.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The program gets the message as an object of JSON on standard input, and `MODEM_TYPE`,
/// `MODEM_FROM` and `MODEM_TEXT` in its environment. If it ends with status 0, the message is
/// deleted; otherwise the message stays in the modem.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// End after 5 seconds without a message, instead of receiving indefinitely
    #[arg(long)]
    once: bool,
    /// The time that the program may take for a message, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// The program, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

pub(crate) fn run(cli: &Cli, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut modem = cli.open_to(Receive::Stored)?;
    // From here on Ctrl-C ends the loop, and not the link.
    interrupt::hold(true);
    let (mut accepted, mut kept, mut undeleted) = (0, 0, 0_usize);
    let mut until = modem.port().now() + QUIET_TIMEOUT;
    loop {
        let now = modem.port().now();
        let ends = arguments.once || interrupt::requested();
        if (interrupt::requested() && undeleted == 0) || (ends && now >= until) {
            break;
        }
        let Some(event) = modem.next_event(LOOK_INTERVAL) else { continue };
        until = modem.port().now() + QUIET_TIMEOUT;
        let object = match &event {
            Event::Received(message) => json::received(message),
            Event::StatusReport(report) => json::status_report(report),
            Event::Undecodable(odd) => {
                json!({ "type": "unreadable", "pdus": odd.receipt.pdus().collect::<Vec<_>>() })
            }
            Event::Released(_) => {
                undeleted = undeleted.saturating_sub(1);
                continue;
            }
            Event::Closed => {
                return Err("the link to the modem has ended: run the command again".into());
            }
            _ => continue,
        };
        // The message is deleted only after the program has accepted it.
        match start(arguments, &object) {
            Ok(status) if status.success() => {
                accepted += 1;
                if let Some(receipt) = event.receipt() {
                    undeleted += receipt.slots().count();
                    modem.acknowledge(receipt);
                    status::has_changed();
                }
            }
            Ok(status) => {
                kept += 1;
                complain!("-- the program ended with {status}: the message stays in the modem");
            }
            Err(reason) => {
                kept += 1;
                complain!("-- {reason}: the message stays in the modem");
            }
        }
    }
    say!("-- messages accepted by the program: {accepted}, kept in the modem: {kept}");
    match (kept, accepted) {
        (0, _) => Ok(()),
        (_, 0) => Err(status::failed("the program has accepted no message").into()),
        _ => Err(status::unknown("the program has not accepted every message").into()),
    }
}

/// Runs the program for a message.
fn start(arguments: &Arguments, object: &Value) -> Result<ExitStatus, String> {
    let Some((program, rest)) = arguments.program.split_first() else {
        return Err("the program is missing".into());
    };
    // An environment cannot hold NUL.
    let field = |name: &str| object[name].as_str().unwrap_or_default().replace('\0', "\u{FFFD}");
    let mut child = Command::new(program)
        .args(rest)
        .env("MODEM_TYPE", field("type"))
        .env("MODEM_FROM", field("from"))
        .env("MODEM_TEXT", field("text"))
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| {
            let name = program.to_string_lossy();
            format!("the program {name} cannot be started: check its path ({error})")
        })?;
    let line = printable::json(object);
    // A thread of its own: the program need not read its input.
    if let Some(mut input) = child.stdin.take() {
        thread::spawn(move || drop(writeln!(input, "{line}")));
    }
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() >= deadline => {
                // It may have ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the program took more than {} s", arguments.timeout));
            }
            Ok(None) => thread::sleep(POLL_INTERVAL),
            Err(error) => return Err(format!("the program cannot be waited for ({error})")),
        }
    }
}
