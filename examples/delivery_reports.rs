//! Sends messages, and waits for the status report of each part until a timeout.
//!
//! ```text
//! cargo run --example delivery_reports
//! cargo run --example delivery_reports -- --port /dev/ttyUSB2 --to +491715550100 --wait 600 Hello
//! ```

#![expect(clippy::std_instead_of_alloc, reason = "a program has std")]

mod common;

use core::error::Error;
use core::time::Duration;
use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use common::output::{self, say, waiting};
use common::status::{self, failed};
use common::{Link, interrupt, json};
use modem::blocking::{Modem, Port};
use modem::pdu::{Address, StatusCategory};
use modem::simulator::Subscriber;
use modem::{Event, MessageId, OutgoingMessage, PartOutcome, StatusReport};

/// The recipient in the simulated network whose phone is switched off.
const SWITCHED_OFF: &str = "+491715550199";

/// Sends a text to each recipient, and shows the delivery status of each part.
///
/// Without --port and --tcp the modem is simulated; in its network +491715550199 is switched off.
#[derive(Debug, Parser)]
struct Cli {
    /// The text to send
    #[arg(
        default_value = "The quick brown fox jumps over the lazy dog, and both have a good laugh afterwards \u{1F98A}"
    )]
    text: String,
    /// The number of a recipient; may be repeated
    #[arg(long, value_name = "NUMBER", default_values = ["+491715550100", SWITCHED_OFF])]
    to: Vec<Address>,
    /// The time to wait for the status reports, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Print JSON: an object for each message and each status report
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

/// A part that the network accepted, and its delivery status.
///
/// A status report names only a message reference and a recipient. The session finds the message
/// and its part, since references repeat after 256 parts.
struct Part {
    name: String,
    last: Option<&'static str>,
    is_final: bool,
    is_delivered: bool,
}

type Parts = BTreeMap<(MessageId, usize), Part>;

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("delivery_reports", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    output::json_only(cli.json);
    let port = cli.link.open(|simulator| {
        simulator.set_subscriber(SWITCHED_OFF, Subscriber::Unreachable);
    })?;
    let config = cli.link.config()?;
    let mut modem = waiting("initialising the modem", || Modem::open(port, config))?;
    let mut parts = Parts::new();
    let mut failure = None;
    for to in &cli.to {
        // The other recipients get the message anyway.
        failure = failure.or(send(&mut modem, *to, cli, &mut parts).err());
    }
    let until = modem.port().now() + Duration::from_secs(cli.wait);
    // Acknowledged status reports are deleted while this loop waits. The last ones may still be in
    // the modem when all statuses are known.
    let mut undeleted = 0;
    while undeleted > 0 || parts.values().any(|part| !part.is_final) {
        let left = until.saturating_duration_since(modem.port().now());
        let words = format!("waiting for status reports for at most {} s", cli.wait);
        match waiting(&words, || modem.next_event(left)) {
            Some(Event::StatusReport(received)) => {
                output::object(&json::status_report(&received));
                note(&mut parts, &received);
                undeleted += received.receipt.slots().count();
                modem.acknowledge(&received.receipt);
            }
            Some(Event::Released(_)) => undeleted = undeleted.saturating_sub(1),
            Some(Event::Closed) => {
                failure = failure.or_else(|| {
                    let ended = "the link to the modem has ended: no further status reports arrive";
                    let reason = if interrupt::requested() { "interrupted" } else { ended };
                    Some(failed(reason).into())
                });
                break;
            }
            Some(_) => {}
            None => break,
        }
    }
    summary(&parts);
    failure.map_or(Ok(()), Err)
}

/// Sends the text to one recipient, and adds the sent parts to `parts`.
fn send(
    modem: &mut Modem<Box<dyn Port>>,
    to: Address,
    cli: &Cli,
    parts: &mut Parts,
) -> Result<(), Box<dyn Error>> {
    // The network need not try longer than this program waits for the status report.
    let message = OutgoingMessage::text(to, &*cli.text)
        .request_status_report()
        .with_validity(Duration::from_secs(cli.wait));
    let result = waiting(&format!("sending to {to}"), || modem.send(&message))
        .map_err(|error| status::not_sent(&format!("the message to {to}"), &error))?;
    output::object(&json::message(&to.to_string(), &result));
    let count = result.parts.len();
    for (index, part) in result.parts.iter().enumerate() {
        let name = format!("{to}, part {} of {count}", index + 1);
        if let PartOutcome::Sent { reference } = part.outcome {
            say!("{name}: sent, reference {reference}");
            let part = Part { name, last: None, is_final: false, is_delivered: false };
            parts.insert((result.message, index), part);
        }
    }
    status::of_message(&result, &format!("the message to {to}"))
        .map_or(Ok(()), |error| Err(error.into()))
}

/// Updates a part from its status report.
fn note(parts: &mut Parts, received: &StatusReport) {
    let status = received.tpdu.status;
    let Some(part) = received.about.and_then(|about| parts.get_mut(&about)) else {
        // For example a message of an earlier run.
        say!("{}: {status}, for a message of another program", received.tpdu.recipient);
        return;
    };
    let words = match status.category() {
        StatusCategory::Completed => "delivered",
        StatusCategory::Temporary => "not delivered yet, the network keeps trying",
        StatusCategory::Permanent | StatusCategory::GivenUp => "not delivered",
    };
    say!("{}: {words} ({status})", part.name);
    part.last = Some(words);
    // Another status report follows while the network keeps trying.
    part.is_final = status.category().is_final();
    part.is_delivered = status.category() == StatusCategory::Completed;
}

fn summary(parts: &Parts) {
    let delivered = parts.values().filter(|part| part.is_delivered).count();
    say!("-- delivered parts: {delivered} of {}", parts.len());
    for part in parts.values().filter(|part| !part.is_final) {
        let last = part.last.unwrap_or("no status report received");
        say!("-- {}: {last}", part.name);
    }
}
