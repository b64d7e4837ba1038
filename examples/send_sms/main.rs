//! Sends text messages and takes in the reply, with the blocking front-end.
//!
//! `cargo run --example send_sms -- --help` lists the options. `send_sms_async.rs` does the same with tokio.

mod cli;
#[path = "../link.rs"]
mod link;

use core::error::Error;
use core::time::Duration;
use std::net::TcpStream;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Story};
use modem::blocking::{self, Modem, Port, SimulatedPort, StreamPort, Trace};
use modem::simulator::Simulator;
use modem::{SendResult, WireLine};

fn main() -> ExitCode {
    link::exit("send_sms", run(&Cli::parse()))
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let story = Story::new(cli)?; // wrong input is found before the modem is touched
    if let Some(path) = &cli.link.port {
        send(&story, blocking::open_serial(path, cli.link.baud)?)?;
    } else if let Some(address) = &cli.link.tcp {
        let stream =
            TcpStream::connect(address).map_err(|error| link::cannot_connect(address, &error))?;
        send(&story, StreamPort::new(stream))?;
    } else {
        let (mut modem, reports) = send(&story, SimulatedPort::new(Simulator::new(cli::PROFILE)))?;
        receive(&story, &mut modem, &reports)?;
    }
    Ok(())
}

type Traced<P> = Modem<Trace<P, fn(WireLine)>>;

/// Initialises the modem behind `port` and sends the messages.
fn send<P: Port>(story: &Story, port: P) -> Result<(Traced<P>, Vec<SendResult>), Box<dyn Error>> {
    println!("-- initialising the modem");
    let mut modem =
        Modem::open(Trace::new(port, cli::show_line as fn(WireLine)), story.config.clone())?;
    println!("-- {}", cli::identity(modem.profile()));
    let mut reports = Vec::new();
    for message in &story.messages {
        cli::show_plan(message)?;
        let report = modem.send(message)?;
        cli::show_report(&report)?;
        reports.push(report);
    }
    Ok((modem, reports))
}

/// Waits for what the simulated network has: the delivery reports that were asked for, and a reply in two parts.
fn receive(
    story: &Story,
    modem: &mut Traced<SimulatedPort>,
    reports: &[SendResult],
) -> Result<(), Box<dyn Error>> {
    println!("-- a reply is on its way, its second part first");
    modem.port().inner().with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(reports);
    while !awaited.is_over() {
        let event =
            modem.next_event(Duration::from_secs(60)).ok_or("nothing more came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    story.check(reports, modem.port().inner().simulator())
}
