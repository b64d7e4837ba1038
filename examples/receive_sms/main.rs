//! An inbox that loses nothing: a message is printed and written to a file before it is deleted
//! from the modem.
//!
//! ```text
//! cargo run --example receive_sms -- --follow
//! cargo run --example receive_sms -- --port /dev/ttyUSB2 --file inbox.txt --follow
//! ```

#[path = "../link.rs"]
mod link;
#[path = "../port.rs"]
mod port;
mod words;
mod world;

use core::error::Error;
use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use link::Link;
use modem::blocking::Modem;
use modem::{Event, Receipt};

/// The time without an event after which all stored messages are read, and the acknowledged ones
/// deleted.
const QUIET_TIMEOUT: Duration = Duration::from_secs(5);

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
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    link::exit("receive_sms", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // A file that cannot be written is refused before the modem is opened.
    let mut inbox = Inbox::open(cli)?;
    let mut modem = Modem::open(cli.link.open(world::prepare)?, cli.link.config()?)?;
    let wait = if cli.follow { FOLLOW_TIMEOUT } else { QUIET_TIMEOUT };
    let simulated = cli.link.port.is_none() && cli.link.tcp.is_none();
    loop {
        match modem.next_event(wait) {
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
                }
            }
            // The simulated network delivers nothing more.
            None if !cli.follow || simulated => break,
            None => {}
        }
    }
    println!("-- messages received: {}, slots freed in the modem: {}", inbox.received, inbox.freed);
    Ok(())
}

/// The output for messages: standard output, and the file if there is one.
struct Inbox {
    file: Option<(PathBuf, File)>,
    received: usize,
    freed: usize,
}

impl Inbox {
    fn open(cli: &Cli) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(|file| (path.clone(), file)).map_err(|error| {
                format!(
                    "the file {} cannot be written: choose another file ({error})",
                    path.display()
                )
            })
        };
        Ok(Self { file: cli.file.as_ref().map(open).transpose()?, received: 0, freed: 0 })
    }

    /// Keeps an event, and returns the receipt to acknowledge, if there is one.
    fn take<'a>(&mut self, event: &'a Event) -> Result<Option<&'a Receipt>, String> {
        let (words, receipt) = match event {
            Event::Received(message) => {
                self.received += 1;
                (words::of(message), Some(&message.receipt))
            }
            Event::StatusReport(received) => {
                let report = &received.tpdu;
                let (to, status) = (report.recipient, report.status);
                let words = format!(
                    "status report for reference {} to {to}: {status}",
                    report.message_reference
                );
                (words, Some(&received.receipt))
            }
            // Kept as received: another program may be able to read it.
            Event::Undecodable(odd) => {
                let pdus: Vec<&str> = odd.receipt.pdus().collect();
                (format!("unreadable message: {}", pdus.join(" ")), Some(&odd.receipt))
            }
            Event::Broadcast(broadcast) => {
                let text = broadcast.text().unwrap_or_else(|| "(no text)".into());
                (format!("broadcast {}: {text}", broadcast.message_id()), None)
            }
            Event::StorageFull(_) => {
                ("the storage is full: the network holds further messages".into(), None)
            }
            Event::Restarted(_) => ("the modem has restarted".into(), None),
            Event::Released(_) => {
                self.freed += 1;
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.keep(&words)?;
        Ok(receipt)
    }

    fn keep(&mut self, words: &str) -> Result<(), String> {
        writeln!(io::stdout(), "{words}").map_err(|error| {
            format!("standard output cannot be written: the message stays in the modem ({error})")
        })?;
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        // In one write, and on the disk before the modem's copy is deleted.
        file.write_all(format!("{words}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(
            |error| {
                format!(
                    "the file {} cannot be written: the message stays in the modem ({error})",
                    path.display()
                )
            },
        )
    }
}
