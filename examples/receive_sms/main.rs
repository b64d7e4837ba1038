//! An inbox that loses nothing: a message is deleted from the modem only after it was printed and written to a file.
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

/// After this time without anything new, what the modem had is read, and what was acknowledged is deleted.
const QUIET: Duration = Duration::from_secs(5);

/// Longer than an incomplete message waits for its parts. On the simulated modem it passes at once.
const LONGEST: Duration = Duration::from_secs(25 * 60 * 60);

/// Receives text messages; each is deleted from the modem after it was printed, and written to the file if there is one.
///
/// Without --port and --tcp the modem is a simulated one: one message waits in it, and with --follow others arrive.
#[derive(Debug, Parser)]
struct Cli {
    /// Append each message to this file, too
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Go on for ever, instead of ending when nothing has come for some seconds
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    link::exit("receive_sms", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // A file that cannot be written is found before the modem is touched.
    let mut inbox = Inbox::open(cli)?;
    let mut modem = Modem::open(cli.link.open(world::prepare)?, cli.link.config()?)?;
    let wait = if cli.follow { LONGEST } else { QUIET };
    let simulated = cli.link.port.is_none() && cli.link.tcp.is_none();
    loop {
        match modem.next_event(wait) {
            Some(Event::Closed) => {
                let why = modem.link_error().map(|error| format!(": {error}"));
                return Err(
                    format!("the link to the modem has ended{}", why.unwrap_or_default()).into()
                );
            }
            Some(event) => {
                // First safe, then acknowledged. Whoever ends this program between the two is shown the message again
                // the next time: that is better than never.
                if let Some(receipt) = inbox.take(&event)? {
                    modem.acknowledge(receipt);
                }
            }
            // The world around the simulated modem has an end.
            None if !cli.follow || simulated => break,
            None => {}
        }
    }
    println!("-- {} received, {} place(s) in the modem free again", inbox.received, inbox.released);
    Ok(())
}

/// Where messages are made safe.
struct Inbox {
    file: Option<(PathBuf, File)>,
    received: usize,
    released: usize,
}

impl Inbox {
    fn open(cli: &Cli) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(|file| (path.clone(), file))
                .map_err(|error| format!("{} cannot be written: {error}", path.display()))
        };
        Ok(Self { file: cli.file.as_ref().map(open).transpose()?, received: 0, released: 0 })
    }

    /// Shows what happened; gives the receipt to acknowledge if there is one.
    fn take<'a>(&mut self, event: &'a Event) -> Result<Option<&'a Receipt>, String> {
        let (words, receipt) = match event {
            Event::Received(message) => {
                self.received += 1;
                (words::of(message), Some(&message.receipt))
            }
            Event::StatusReport(received) => {
                let report = &received.tpdu;
                let (to, status) = (report.recipient, report.status);
                let words =
                    format!("report on reference {} to {to}: {status}", report.message_reference);
                (words, Some(&received.receipt))
            }
            // It is kept as it came: another program may be able to read it.
            Event::Undecodable(odd) => {
                let pdus: Vec<&str> = odd.receipt.pdus().collect();
                (format!("cannot be read: {}", pdus.join(" ")), Some(&odd.receipt))
            }
            Event::Broadcast(broadcast) => {
                let text = broadcast.text().unwrap_or_else(|| "(no text)".into());
                (format!("broadcast {}: {text}", broadcast.message_id()), None)
            }
            Event::StorageFull(_) => {
                ("the modem is full: the network keeps further messages back".into(), None)
            }
            Event::Restarted(_) => ("the modem has started anew".into(), None),
            Event::Released(_) => {
                self.released += 1;
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.keep(&words)?;
        Ok(receipt)
    }

    fn keep(&mut self, words: &str) -> Result<(), String> {
        writeln!(io::stdout(), "{words}")
            .map_err(|error| format!("standard output is closed: {error}"))?;
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        // In one piece, and on the disk before the modem's copy goes.
        file.write_all(format!("{words}\n").as_bytes()).and_then(|()| file.sync_data()).map_err(
            |error| {
                format!(
                    "{} cannot be written: {error}; the message stays in the modem",
                    path.display()
                )
            },
        )
    }
}
