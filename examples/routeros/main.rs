//! The commands of RouterOS `/tool sms`, on the public API of these crates.
//!
//! ```text
//! cargo run --example routeros
//! cargo run --example routeros -- -c '/tool sms send usb3 "20000000" message="Hello"'
//! cargo run --example routeros -- --port /dev/ttyUSB2
//! ```
//!
//! Without `--port` and `--tcp` the modems are simulated: `usb3` at a serial port, and `lte1`.
//! `/help` lists the commands.

#![expect(clippy::std_instead_of_alloc, reason = "a program has std")]

mod arguments;
mod at_chat;
mod carrier;
mod clock;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod complete;
mod console;
mod device;
mod editor;
mod inbox;
mod items;
mod logging;
mod modems;
mod output;
mod program;
mod receiver;
mod script;
mod scripts;
mod send;
mod settings;
mod shell;
mod store;
mod terminal;
#[cfg(test)]
mod tour;
mod wire;
mod world;

use core::error::Error;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser;
use clock::Clock;
use common::status;
use device::{Channel, Device, Kind};
use editor::Lines;
use jiff::Zoned;
use modem::at::mux::Dlci;
use output::Output;
use shell::{Interruption, Parts, Shell};
use store::Store;
use terminal::{AtTerminal, CtrlC, Unattended};
use world::World;

/// A shell in the style of RouterOS, for SMS and USSD.
///
/// Without --port and --tcp the modems are simulated. The command /help lists the commands.
#[derive(Debug, Parser)]
struct Options {
    /// Run these commands in order, and end at the first error
    #[arg(short, value_name = "COMMANDS")]
    commands: Option<String>,
    /// A serial port of the modem, which gets the name usb1; repeated, each port is a channel of it
    #[arg(long, value_name = "PATH", conflicts_with = "tcp")]
    port: Vec<String>,
    /// The speed of the serial port in bits per second
    #[arg(long, value_name = "RATE", default_value_t = 115_200, requires = "port")]
    baud: u32,
    /// The number of channels on the serial port, in multiplexing mode (AT+CMUX): `channel=0` is
    /// the first of them
    #[arg(long, value_name = "COUNT", requires = "port", value_parser = clap::value_parser!(u8).range(1..=61))]
    mux: Option<u8>,
    /// The address of a modem server that speaks AT over TCP; the modem gets the name tcp1
    #[arg(long, value_name = "HOST:PORT")]
    tcp: Option<String>,
    /// Treat the modem as an LTE interface, which gets the name lte1
    #[arg(long)]
    lte: bool,
    /// The file for settings, scripts and logging rules; by default modem/routeros.toml in the
    /// user's configuration folder
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Allow `:program`, with which a script runs a program of this machine, even one that a
    /// message has requested
    #[arg(long)]
    allow_programs: bool,
}

fn main() -> ExitCode {
    match status::arguments() {
        Ok(options) => status::exit("routeros", run(&options)),
        Err(status) => status,
    }
}

/// The channels of the multiplexer on a serial port.
fn multiplexed(path: &str, baud_rate: u32, count: u8) -> Vec<Channel> {
    (1..=count)
        .filter_map(Dlci::new)
        .map(|dlci| Channel::Multiplexed { path: path.into(), baud_rate, dlci })
        .collect()
}

/// Runs the shell.
fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let file = match &options.file {
        Some(path) => path.clone(),
        None => dirs::config_dir()
            .ok_or("the user has no configuration folder: name a file with --file")?
            .join("modem")
            .join("routeros.toml"),
    };
    let history = file.with_extension("history");
    let store = Store::open(Some(file))?;
    let name = |usual: &str| String::from(if options.lte { "lte1" } else { usual });
    let kind = if options.lte { Kind::Lte } else { Kind::Serial };
    let serial = |path: &String| Channel::Serial { path: path.clone(), baud_rate: options.baud };
    let (devices, world) = match (options.port.first(), &options.tcp) {
        (Some(path), _) => {
            let channels = match options.mux {
                Some(count) => multiplexed(path, options.baud, count),
                None => options.port.iter().map(serial).collect(),
            };
            (vec![Rc::new(Device::new(&name("usb1"), path, kind, channels))], None)
        }
        (None, Some(address)) => {
            let channels = vec![Channel::Tcp(address.clone())];
            (vec![Rc::new(Device::new(&name("tcp1"), address, kind, channels))], None)
        }
        (None, None) => {
            status::is_simulated();
            let now = Zoned::now();
            // No zone is further from UTC than 127 quarters of an hour.
            let quarters = i8::try_from(now.offset().seconds() / 900).unwrap_or_default();
            let world = World::new(now.datetime(), quarters);
            (Device::simulated(&world), Some(world))
        }
    };
    let ctrl_c = CtrlC::watch();
    let is_interactive = options.commands.is_none() && io::stdin().is_terminal();
    let colours = has_colours();
    let lines = is_interactive.then(|| Lines::start(Some(history), colours)).transpose()?;
    let output = match &lines {
        Some(lines) => Output::new(lines.writer()),
        None => Output::new(io::stdout()),
    };
    let interruption: Box<dyn Interruption> = match &lines {
        Some(_) => Box::new(AtTerminal(ctrl_c.clone())),
        None => Box::new(Unattended { ctrl_c: ctrl_c.clone(), world: world.clone() }),
    };
    let mut shell = Shell::new(Parts {
        clock: world.clone().map_or_else(Clock::system, Clock::World),
        output: if colours { output.coloured() } else { output },
        store,
        devices,
        world,
        interruption,
        allow_programs: options.allow_programs,
    });
    let console = shell.output.clone();
    let result = match (&options.commands, lines) {
        (Some(commands), _) => terminal::run_commands(&mut shell, commands),
        (None, Some(lines)) => {
            terminal::interact(&mut shell, &lines, &ctrl_c);
            Ok(())
        }
        (None, None) => terminal::read_commands(&mut shell, io::stdin().lines()),
    };
    result.map_err(|error| -> Box<dyn Error> {
        if shell.is_unknown { status::unknown(error).into() } else { error.into() }
    })?;
    match console.lost() {
        // A reader that has closed the pipe wants no more.
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: redirect it elsewhere ({error})")
                .into())
        }
        _ => Ok(()),
    }
}

/// Returns `true` if the output is a terminal that shows colours; see <https://no-color.org>.
fn has_colours() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
