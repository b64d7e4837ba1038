//! Sends text messages and receives the reply, with the blocking front-end.
//!
//! `cargo run --example send_sms -- --help` lists the options. `send_sms_async.rs` does the same
//! with tokio.

mod cli;
#[path = "../link.rs"]
mod link;
#[path = "../port.rs"]
mod port;

use core::error::Error;
use core::time::Duration;
use std::net::TcpStream;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Story};
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::blocking::{self, Modem, Mux, Port, SimulatedPort, StreamPort, Trace};
use modem::simulator::Simulator;
use modem::{SendResult, WireLine};

fn main() -> ExitCode {
    link::exit("send_sms", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let story = Story::new(cli)?; // wrong input is refused before the modem is opened
    if let Some(dlci) = cli.channel()? {
        return on_channel(&story, dlci, cli.link.open(|_| {})?);
    }
    if let Some(path) = &cli.link.port {
        send(&story, blocking::open_serial(path, cli.link.baud)?)?;
    } else if let Some(address) = &cli.link.tcp {
        let stream =
            TcpStream::connect(address).map_err(|error| link::cannot_connect(address, &error))?;
        send(&story, StreamPort::new(stream))?;
    } else {
        let (mut modem, results) = send(&story, SimulatedPort::new(Simulator::new(cli::PROFILE)))?;
        receive(&story, &mut modem, &results)?;
    }
    Ok(())
}

/// Sends the messages on a channel of the port, and leaves the port as it was.
fn on_channel(story: &Story, dlci: Dlci, port: Box<dyn Port>) -> Result<(), Box<dyn Error>> {
    let mux = Mux::open(port, InitiatorConfig::default())?;
    let channel = mux.channel(dlci)?;
    println!("-- the modem multiplexes; this is channel {dlci}");
    send(story, channel)?;
    mux.close()?;
    println!("-- the port is a plain port again");
    Ok(())
}

type Traced<P> = Modem<Trace<P, fn(WireLine)>>;

/// Initialises the modem at `port` and sends the messages.
fn send<P: Port>(story: &Story, port: P) -> Result<(Traced<P>, Vec<SendResult>), Box<dyn Error>> {
    println!("-- initialising the modem");
    let mut modem =
        Modem::open(Trace::new(port, cli::show_line as fn(WireLine)), story.config.clone())?;
    println!("-- {}", cli::identity(modem.profile()));
    let mut results = Vec::new();
    for message in &story.messages {
        cli::show_plan(message)?;
        let result = modem.send(message)?;
        cli::show_result(&result)?;
        results.push(result);
    }
    Ok((modem, results))
}

/// Waits for the status reports that were requested, and for a reply in two parts.
fn receive(
    story: &Story,
    modem: &mut Traced<SimulatedPort>,
    results: &[SendResult],
) -> Result<(), Box<dyn Error>> {
    println!("-- the recipient replies, and the second part arrives first");
    modem.port().inner().with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(results);
    while !awaited.is_over() {
        let event =
            modem.next_event(Duration::from_secs(60)).ok_or("no event came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    story.check(results, modem.port().inner().simulator())
}
