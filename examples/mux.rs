//! Several channels on one port (`AT+CMUX`), with a command on each.
//!
//! ```text
//! cargo run --example mux -- --port /dev/ttyS1 --channels 1,2,3
//! cargo run --example mux -- --port /dev/ttyS1 --advanced --hex
//! ```
//!
//! The modem is in AT mode before and after. Without --port and --tcp it is simulated.

mod common;

use core::error::Error;
use core::time::Duration;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use common::output::say;
use common::{Link, interrupt, status};
use modem::at::Instant;
use modem::at::mux::{Dlci, Framing, InitiatorConfig};
use modem::blocking::{Mux, MuxChannel, Port};

/// The timeout for the answer to a command.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Opens channels on one port, and runs a command on each.
#[derive(Debug, Parser)]
struct Cli {
    /// The channels, 1 to 61
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,2", value_parser = channel)]
    channels: Vec<Dlci>,
    /// The command line for each channel
    #[arg(long, value_name = "LINE", default_value = "ATI")]
    command: String,
    /// Use the advanced option, which few modems have
    #[arg(long)]
    advanced: bool,
    /// Show the bytes on the port in hexadecimal
    #[arg(long)]
    hex: bool,
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("mux", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut config = InitiatorConfig::default();
    config.wishes.port_speed = cli.link.port.is_some().then_some(cli.link.baud);
    if cli.advanced {
        config.wishes.framing = Framing::Advanced;
    }
    let shown = Shown { port: cli.link.open_plain(|_| {})?, hex: cli.hex };
    let mux = Mux::open(shown, config)?;
    let mut channels = Vec::new();
    for dlci in &cli.channels {
        channels.push(mux.channel(*dlci)?);
    }
    for channel in &mut channels {
        // The modem is left in AT mode in any case.
        if interrupt::requested() {
            break;
        }
        say!("channel {}: {}", channel.dlci(), ask(channel, &cli.command)?);
    }
    drop(channels);
    mux.close()?;
    say!("the port is a plain port again");
    if interrupt::requested() {
        return Err("interrupted".into());
    }
    Ok(())
}

fn channel(text: &str) -> Result<Dlci, String> {
    let number = text.parse().ok().and_then(Dlci::new);
    number.ok_or_else(|| format!("{text:?} is not a channel: use 1 to 61"))
}

/// The lines of the answer, up to the final result.
fn ask<P: Port>(channel: &mut MuxChannel<P>, command: &str) -> Result<String, Box<dyn Error>> {
    let line = format!("{command}\r");
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        let count = channel.write(rest, TIMEOUT)?;
        rest = rest.get(count..).unwrap_or_default();
    }
    let (mut answer, mut buffer) = (String::new(), [0; 512]);
    while !["OK\r\n", "ERROR\r\n"].iter().any(|end| answer.ends_with(end)) {
        match channel.read(&mut buffer, TIMEOUT)? {
            0 => return Err("the modem ended the channel".into()),
            count => {
                let bytes = buffer.get(..count).unwrap_or_default();
                answer.push_str(&String::from_utf8_lossy(bytes));
            }
        }
    }
    let lines = answer.split(['\r', '\n']).filter(|line| !line.is_empty() && *line != command);
    Ok(lines.collect::<Vec<_>>().join(" | "))
}

/// A port that shows its bytes.
struct Shown {
    port: Box<dyn Port>,
    hex: bool,
}

impl Shown {
    fn show(&self, direction: char, bytes: &[u8]) {
        if self.hex {
            let octets: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            say!("{direction} {octets}");
        }
    }
}

impl Port for Shown {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        let count = self.port.read(buffer, within)?;
        self.show('<', buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn read_waiting(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.port.read_waiting(buffer)?;
        self.show('<', buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let count = self.port.write(bytes, within)?;
        self.show('>', bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}
