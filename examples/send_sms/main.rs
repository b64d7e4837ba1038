//! Sends text messages and receives the reply, with the blocking front-end.
//!
//! `cargo run --example send_sms -- --help` lists the options. `send_sms_async.rs` does the same
//! with tokio.

mod cli;
#[path = "../common/mod.rs"]
mod common;

use core::error::Error;
use core::time::Duration;
use std::net::TcpStream;
use std::process::ExitCode;

use cli::{Cli, Story};
use common::interrupt::Interruptible;
use common::output::{say, waiting};
use common::{link, status};
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::blocking::{self, Modem, Mux, Port, SimulatedPort, StreamPort, Trace};
use modem::simulator::Simulator;
use modem::{SendResult, WireLine};

fn main() -> ExitCode {
    match status::arguments() {
        Ok(options) => status::exit("send_sms", run(&options)),
        Err(status) => status,
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let story = Story::new(cli)?; // wrong input is refused before the modem is opened
    if let Some(dlci) = cli.channel()? {
        return on_channel(&story, dlci, cli.link.open_plain(|_| {})?);
    }
    if let Some(path) = &cli.link.port {
        send(&story, blocking::open_serial(path, cli.link.baud)?)?;
    } else if let Some(address) = &cli.link.tcp {
        let stream =
            TcpStream::connect(address).map_err(|error| link::cannot_connect(address, &error))?;
        send(&story, StreamPort::new(stream))?;
    } else {
        status::is_simulated();
        let (mut modem, results) = send(&story, SimulatedPort::new(Simulator::new(cli::PROFILE)))?;
        receive(&story, &mut modem, &results)?;
    }
    Ok(())
}

/// Sends the messages on a channel of the port, and leaves the port as it was.
fn on_channel(story: &Story, dlci: Dlci, port: Box<dyn Port>) -> Result<(), Box<dyn Error>> {
    let mux = Mux::open(port, InitiatorConfig::default())?;
    let channel = mux.channel(dlci)?;
    say!("-- the modem multiplexes; this is channel {dlci}");
    let sent = send(story, channel).map(drop);
    mux.close()?; // in any case
    sent?;
    say!("-- the port is a plain port again");
    Ok(())
}

/// A port that shows its dialogue, and whose link ends at Ctrl-C.
type Traced<P> = Modem<Trace<Interruptible<P>, fn(WireLine)>>;

/// Initialises the modem at `port` and sends the messages.
fn send<P: Port>(story: &Story, port: P) -> Result<(Traced<P>, Vec<SendResult>), Box<dyn Error>> {
    say!("-- initialising the modem");
    let port = Trace::new(Interruptible::new(port), cli::show_line as fn(WireLine));
    let open = || Modem::open(port, story.config.clone());
    let mut modem = waiting("initialising the modem", open)?;
    say!("-- {}", cli::identity(modem.profile()));
    let mut results = Vec::new();
    for message in &story.messages {
        cli::show_plan(message)?;
        let result = waiting("sending", || modem.send(message))
            .map_err(|error| status::not_sent("the message", &error))?;
        cli::show_result(message.recipient(), &result)?;
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
    say!("-- the recipient replies, and the second part arrives first");
    modem.port().inner().inner().with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(results);
    while !awaited.is_over() {
        let event =
            modem.next_event(Duration::from_secs(60)).ok_or("no event came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    story.check(results, modem.port().inner().inner().simulator())
}
