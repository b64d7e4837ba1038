//! An inbox that loses nothing: a message is printed and written to a file before it is deleted
//! from the modem.
//!
//! ```text
//! cargo run --example receive_sms -- --follow
//! cargo run --example receive_sms -- --port /dev/ttyUSB2 --file inbox.txt --follow
//! ```

#[path = "../common/mod.rs"]
mod common;
mod words;
mod world;

use core::error::Error;
use core::time::Duration;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use common::output::{self, say, waiting};
use common::{Link, interrupt, json, printable, private, status};
use modem::blocking::Modem;
use modem::{Event, Receipt};
use serde_json::{Value, json};

/// The time without an event after which all stored messages are read, and the acknowledged ones
/// deleted.
const QUIET_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time until Ctrl-C is noticed.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Longer than an incomplete message waits for its parts. On the simulated modem it passes at once.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(25 * 60 * 60);

/// Receives text messages; each is printed, and written to the file if there is one, before it is
/// deleted from the modem.
///
/// Without --port and --tcp the modem is simulated: it stores one message, and with --follow it
/// receives others.
#[derive(Debug, Parser)]
struct Cli {
    /// The file to append each message to
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Receive indefinitely, instead of ending after 5 seconds without a message
    #[arg(long)]
    follow: bool,
    /// Print JSON: an object for each message, on standard output and in the file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("receive_sms", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // A file that cannot be written is refused before the modem is opened.
    let mut inbox = Inbox::open(cli)?;
    output::json_only(cli.json);
    let (port, config) = (cli.link.open(world::prepare)?, cli.link.config()?);
    let mut modem = waiting("initialising the modem", || Modem::open(port, config))?;
    // From here on Ctrl-C ends the loop, and not the link: what was acknowledged is deleted first.
    interrupt::hold(true);
    let wait = if cli.follow { FOLLOW_TIMEOUT } else { QUIET_TIMEOUT };
    let mut until = modem.port().now() + wait;
    loop {
        let now = modem.port().now();
        if interrupt::requested() {
            until = until.min(now + QUIET_TIMEOUT);
            if inbox.undeleted == 0 {
                break;
            }
        }
        // A real modem is looked at in between, for Ctrl-C.
        let left = until.saturating_duration_since(now);
        let slice = if cli.link.is_simulated() { left } else { left.min(LOOK_INTERVAL) };
        let event = modem.next_event(slice);
        if event.is_some() {
            until = modem.port().now() + wait;
        }
        match event {
            Some(Event::Closed) => {
                let why = modem.link_error().map(|error| format!(" ({error})"));
                return Err(format!(
                    "the link to the modem has ended: check the cable, and run the command again{}",
                    why.unwrap_or_default()
                )
                .into());
            }
            Some(event) => {
                // Written first, acknowledged second. If this program is killed between the two, it
                // prints the message again the next time: twice is better than never.
                if let Some(receipt) = inbox.take(&event)? {
                    modem.acknowledge(receipt);
                    inbox.undeleted += receipt.slots().count();
                }
            }
            // The simulated network delivers nothing more.
            None if modem.port().now() < until => {}
            None if !cli.follow || cli.link.is_simulated() => break,
            None => until = modem.port().now() + wait,
        }
    }
    say!("-- messages received: {}, slots freed in the modem: {}", inbox.received, inbox.freed);
    Ok(())
}

/// The output for messages: standard output, and the file if there is one.
struct Inbox {
    json: bool,
    file: Option<(PathBuf, File)>,
    received: usize,
    freed: usize,
    /// The slots of acknowledged messages that are not free yet.
    undeleted: usize,
}

impl Inbox {
    fn open(cli: &Cli) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            private::append(path).map(|file| (path.clone(), file)).map_err(|error| {
                format!(
                    "the file {} cannot be written: choose another file ({error})",
                    path.display()
                )
            })
        };
        Ok(Self {
            json: cli.json,
            file: cli.file.as_ref().map(open).transpose()?,
            received: 0,
            freed: 0,
            undeleted: 0,
        })
    }

    /// Keeps an event, and returns the receipt to acknowledge, if there is one.
    fn take<'a>(&mut self, event: &'a Event) -> Result<Option<&'a Receipt>, String> {
        let (words, object, receipt) = match event {
            Event::Received(message) => {
                self.received += 1;
                (words::of(message), json::received(message), Some(&message.receipt))
            }
            Event::StatusReport(received) => {
                let report = &received.tpdu;
                let (to, status) = (report.recipient, report.status);
                let words = format!(
                    "status report for reference {} to {to}: {status}",
                    report.message_reference
                );
                (words, json::status_report(received), Some(&received.receipt))
            }
            // Kept as received: another program may be able to read it.
            Event::Undecodable(odd) => {
                let pdus: Vec<&str> = odd.receipt.pdus().collect();
                let words = format!("unreadable message: {}", pdus.join(" "));
                (words, json!({ "type": "unreadable", "pdus": pdus }), Some(&odd.receipt))
            }
            Event::Broadcast(broadcast) => {
                let text = broadcast.text().unwrap_or_else(|| "(no text)".into());
                let number = broadcast.message_id().to_string();
                let words = format!("broadcast {number}: {text}");
                (words, json!({ "type": "broadcast", "id": number, "text": text }), None)
            }
            Event::StorageFull(_) => {
                let words = "the storage is full: the network holds further messages";
                (words.into(), json!({ "type": "storage_full" }), None)
            }
            Event::Restarted(_) => {
                ("the modem has restarted".into(), json!({ "type": "restarted" }), None)
            }
            Event::Released(_) => {
                self.freed += 1;
                self.undeleted = self.undeleted.saturating_sub(1);
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.keep(&words, &object)?;
        Ok(receipt)
    }

    fn keep(&mut self, words: &str, object: &Value) -> Result<(), String> {
        output::try_either(words, object).map_err(|error| {
            format!("standard output cannot be written: the message stays in the modem ({error})")
        })?;
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        // In one write, and on the disk before the modem's copy is deleted.
        let line = if self.json { printable::json(object) } else { printable::printable(words) };
        file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(
            |error| {
                format!(
                    "the file {} cannot be written: the message stays in the modem ({error})",
                    path.display()
                )
            },
        )
    }
}
