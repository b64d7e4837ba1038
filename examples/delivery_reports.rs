//! Sends messages with delivery reports, and waits until each part is accounted for, or the time is over.
//!
//! ```text
//! cargo run --example delivery_reports
//! cargo run --example delivery_reports -- --port /dev/ttyUSB2 --to +491715550100 --wait 600 Hello
//! ```

#![expect(clippy::std_instead_of_alloc, reason = "a program has std")]

mod link;
mod port;

use core::error::Error;
use core::time::Duration;
use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use link::Link;
use modem::blocking::{Modem, Port};
use modem::pdu::{Address, StatusCategory};
use modem::simulator::Subscriber;
use modem::{Event, MessageId, OutgoingMessage, PartOutcome, SendOutcome, StatusReport};

/// The recipient in the simulated world whose telephone is switched off.
const SWITCHED_OFF: &str = "+491715550199";

/// Sends a text to each recipient, and shows what became of each part.
///
/// Without --port and --tcp the modem is a simulated one, in whose world +491715550199 is switched off.
#[derive(Debug, Parser)]
struct Cli {
    /// What to send
    #[arg(
        default_value = "The quick brown fox jumps over the lazy dog, and both have a good laugh afterwards \u{1F98A}"
    )]
    text: String,
    /// Whom to send to; may be given several times
    #[arg(long, value_name = "NUMBER", default_values = ["+491715550100", SWITCHED_OFF])]
    to: Vec<Address>,
    /// How long to wait for the reports, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    #[command(flatten)]
    link: Link,
}

/// A part that the network took, and what is known of it. A report says nothing but a reference and a recipient; the session
/// finds the message and its part, since references repeat after 256 parts.
struct Part {
    name: String,
    last: Option<&'static str>,
    over: bool,
    delivered: bool,
}

type Parts = BTreeMap<(MessageId, usize), Part>;

fn main() -> ExitCode {
    link::exit("delivery_reports", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let port = cli.link.open(|simulator| {
        simulator.set_subscriber(SWITCHED_OFF, Subscriber::Unreachable);
    })?;
    let mut modem = Modem::open(port, cli.link.config()?)?;
    let mut parts = Parts::new();
    let mut failure = None;
    for to in &cli.to {
        // The others get it all the same, and what has gone out is reported.
        failure = failure.or(send(&mut modem, *to, cli, &mut parts).err());
    }
    let until = modem.port().now() + Duration::from_secs(cli.wait);
    // What is acknowledged is deleted from the modem while we wait; the last ones may still be there when all is known.
    let mut undeleted = 0;
    while undeleted > 0 || parts.values().any(|part| !part.over) {
        let left = until.saturating_duration_since(modem.port().now());
        match modem.next_event(left) {
            Some(Event::StatusReport(received)) => {
                note(&mut parts, &received);
                undeleted += received.receipt.slots().count();
                modem.acknowledge(&received.receipt);
            }
            Some(Event::Released(_)) => undeleted = undeleted.saturating_sub(1),
            Some(Event::Closed) => {
                failure = failure.or_else(|| {
                    Some("the link to the modem has ended: no more reports come".into())
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

/// Sends the text to one recipient, and notes the parts that are to be reported.
fn send(
    modem: &mut Modem<Box<dyn Port>>,
    to: Address,
    cli: &Cli,
    parts: &mut Parts,
) -> Result<(), Box<dyn Error>> {
    // The network need not try much longer than we wait: its answer would reach nobody.
    let message = OutgoingMessage::text(to, &*cli.text)
        .request_status_report()
        .with_validity(Duration::from_secs(cli.wait));
    let report = modem.send(&message)?;
    let count = report.parts.len();
    for (index, part) in report.parts.iter().enumerate() {
        let name = format!("{to}, part {} of {count}", index + 1);
        if let PartOutcome::Sent { reference } = part.outcome {
            println!("{name}: sent, reference {reference}");
            let part = Part { name, last: None, over: false, delivered: false };
            parts.insert((report.message, index), part);
        }
    }
    let why = report.error().map_or_else(String::new, |error| format!(": {error}"));
    match report.outcome() {
        SendOutcome::Sent => Ok(()),
        SendOutcome::Failed => Err(format!("the message to {to} was not sent{why}").into()),
        SendOutcome::Unknown => Err(format!("the message to {to} may have been sent{why}").into()),
    }
}

/// Takes a report in.
fn note(parts: &mut Parts, received: &StatusReport) {
    let status = received.tpdu.status;
    let Some(part) = received.about.and_then(|about| parts.get_mut(&about)) else {
        // Such as one on a message that was sent yesterday.
        println!("{}: {status}, about a message that is not ours", received.tpdu.recipient);
        return;
    };
    let words = match status.category() {
        StatusCategory::Completed => "delivered",
        StatusCategory::Temporary => "not delivered yet, and still tried",
        StatusCategory::Permanent | StatusCategory::GivenUp => "not delivered",
    };
    println!("{}: {words} ({status})", part.name);
    part.last = Some(words);
    // One that is still tried has another report to come.
    part.over = status.category().is_final();
    part.delivered = status.category() == StatusCategory::Completed;
}

fn summary(parts: &Parts) {
    let delivered = parts.values().filter(|part| part.delivered).count();
    println!("-- {delivered} of {} part(s) delivered", parts.len());
    for part in parts.values().filter(|part| !part.over) {
        let last = part.last.unwrap_or("no report came");
        println!("-- {}: {last}", part.name);
    }
}
