//! Sends and receives so that `kill -9` at any moment loses nothing and sends nothing twice.
//!
//! ```text
//! cargo run --example surviving
//! ```
//!
//! runs once on a simulated modem. To kill it, give it a modem that survives:
//!
//! ```text
//! cargo run --example simulator -- --tcp 127.0.0.1:7000
//! cargo run --example surviving -- --tcp 127.0.0.1:7000 --file state.json --die-at 2
//! cargo run --example surviving -- --tcp 127.0.0.1:7000 --file state.json
//! ```
//!
//! `modem/tests/session/surviving.rs` kills the same loop at every step.

#[path = "../common/mod.rs"]
mod common;
mod outbox;

use core::error::Error;
use core::time::Duration;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use common::output::say;
use common::{Link, private, status};
use modem::OutgoingMessage;
use modem::pdu::Address;
use outbox::{Disk, State};

/// Sends the texts, receives what comes, and keeps its state in a file.
#[derive(Debug, Parser)]
struct Cli {
    /// The texts to send, at the first start with this file
    #[arg(default_values = ["The first message", "The second message"])]
    texts: Vec<String>,
    /// The recipient
    #[arg(long, value_name = "NUMBER", default_value = "+491715550100")]
    to: Address,
    /// The state, which survives the program; a file of its own in memory without this option
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Aborts right after this save, counted from 1
    #[arg(long, value_name = "N", requires = "file")]
    die_at: Option<u32>,
    #[command(flatten)]
    link: Link,
}

/// The state in a file; without a path in memory.
struct Storage {
    path: Option<PathBuf>,
    saves: u32,
    die_at: Option<u32>,
}

impl Disk for Storage {
    fn read(&mut self) -> io::Result<Option<String>> {
        let Some(path) = &self.path else { return Ok(None) };
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if let Some(path) = &self.path {
            // A new file that takes the place of the old one: a reader sees the one or the other.
            let new = path.with_extension("new");
            let mut file = private::replace(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
        }
        self.saves += 1;
        if self.die_at == Some(self.saves) {
            std::process::abort();
        }
        Ok(())
    }

    fn time(&self) -> Duration {
        // A clock before 1970 counts as 1970: then the messages expire late, and none is lost.
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("surviving", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let messages: Vec<OutgoingMessage> =
        cli.texts.iter().map(|text| OutgoingMessage::text(cli.to, text)).collect();
    let mut disk = Storage { path: cli.file.clone(), saves: 0, die_at: cli.die_at };
    let port = cli.link.open(|_| {})?;
    let config = cli.link.config()?;
    let State { finished, inbox, .. } = outbox::run(port, config, &mut disk, &messages)?;
    for (message, fate) in finished {
        say!("message #{message}: {fate:?}");
    }
    for message in inbox {
        say!("from {}: {}", message.sender, message.text);
    }
    Ok(())
}
