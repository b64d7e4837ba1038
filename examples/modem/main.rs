//! A modem from the command line: its inbox, sending, the PIN, phonebooks, calls, networks and the
//! radio.
//!
//! ```text
//! cargo run --example modem -- --port /dev/ttyUSB2 inbox list
//! echo "Disk full" | cargo run --example modem -- --port /dev/ttyUSB2 send +491715550100
//! cargo run --example modem -- --port /dev/ttyUSB2 hook /usr/local/bin/on-message --verbose
//! ```

mod call;
#[path = "../common/mod.rs"]
mod common;
mod hook;
mod inbox;
mod network;
mod phonebook;
mod pin;
mod secret;
mod send;
mod world;

use core::error::Error;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use common::output::{self, Progress, waiting};
use common::{Link, status};
use modem::blocking::{Modem, Port, Trace};
use modem::{Receive, Session, WireLine};

/// Uses a modem: its inbox, sending, the PIN, phonebooks, calls, networks and the radio.
///
/// Without --port and --tcp the modem is simulated. `modem_info`, `ussd` and `delivery_reports`
/// are examples of their own.
#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    link: Link,
    /// Print JSON: an object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// The messages in the modem: list and delete them
    #[command(subcommand)]
    Inbox(inbox::Task),
    /// Send a text to each number; the text is read from standard input
    Send(send::Arguments),
    /// Run a program for each message that arrives, and delete the message if the program succeeds
    Hook(hook::Arguments),
    /// The PIN of the SIM: enter, unblock and change it
    Pin(pin::Arguments),
    /// The phonebooks of the SIM and the modem
    #[command(subcommand)]
    Phonebook(phonebook::Task),
    /// Voice calls: dial, answer, hang up, list and watch them
    #[command(subcommand)]
    Call(call::Task),
    /// The network: scan for operators, and choose one
    #[command(subcommand)]
    Network(network::Task),
    /// The radio: switch it on or off
    #[command(subcommand)]
    Radio(network::Radio),
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("modem", run(&cli)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    output::json_only(cli.json);
    match &cli.task {
        Task::Inbox(task) => inbox::run(cli, task),
        Task::Send(arguments) => send::run(cli, arguments),
        Task::Hook(arguments) => hook::run(cli, arguments),
        Task::Pin(arguments) => pin::run(cli, arguments),
        Task::Phonebook(task) => phonebook::run(cli, task),
        Task::Call(task) => call::run(cli, task),
        Task::Network(task) => network::run(cli, task),
        Task::Radio(task) => network::radio(cli, task),
    }
}

/// A port whose dialogue is counted for the progress.
type CountedPort = Trace<Box<dyn Port>, fn(WireLine)>;

type Counted = Modem<CountedPort>;

impl Cli {
    /// Opens the modem; messages stay as they are.
    fn open(&self) -> Result<Counted, Box<dyn Error>> {
        self.open_to(Receive::Off)
    }

    /// Opens the modem, which receives in this way.
    fn open_to(&self, receive: Receive) -> Result<Counted, Box<dyn Error>> {
        let mut config = self.link.config()?;
        config.receive = receive;
        let port = self.counted()?;
        Ok(waiting("initialising the modem", || Modem::open(port, config))?)
    }

    /// Opens the modem even if its SIM is locked, or its radio is off.
    fn open_locked(&self) -> Result<Counted, Box<dyn Error>> {
        let mut config = self.link.config()?;
        config.receive = Receive::Off;
        let (mut modem, ready) = Modem::begin(self.counted()?, Session::new(config));
        match waiting("initialising the modem", || modem.wait(&ready)) {
            // A modem that does not answer, or is gone, has no state to show.
            Err(error) if is_gone(error.kind()) => Err(error.into()),
            _ => Ok(modem),
        }
    }

    fn counted(&self) -> Result<CountedPort, Box<dyn Error>> {
        let port = self.link.open(|simulator| world::prepare(simulator, &self.task))?;
        Ok(Trace::new(port, count as fn(WireLine)))
    }
}

fn is_gone(kind: &modem::ErrorKind) -> bool {
    matches!(kind, modem::ErrorKind::Closed | modem::ErrorKind::NoResponse)
}

/// Shows how many messages or contacts the modem has listed so far.
#[expect(clippy::needless_pass_by_value, reason = "a trace passes each line by value")]
fn count(line: WireLine) {
    static LISTED: AtomicUsize = AtomicUsize::new(0);
    let text = line.text();
    if ["+CMGL:", "+CMGR:", "+CPBR:"].iter().any(|name| text.starts_with(name)) {
        let listed = LISTED.fetch_add(1, Ordering::Relaxed) + 1;
        Progress::set(&format!("entries read: {listed}"));
    }
}
