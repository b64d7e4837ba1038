//! Sends text messages and takes in the reply, with the tokio front-end.
//!
//! `cargo run --example send_sms_async -- --help` lists the options. `send_sms/main.rs` does the same without async.

#[path = "send_sms/cli.rs"]
mod cli;
#[path = "link.rs"]
mod link;

use core::error::Error;
use core::time::Duration;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Story};
use modem::SendResult;
use modem::simulator::Simulator;
use modem::tokio::{self as front, Inbox, Modem, SimulatedStream, SimulatorHandle, Trace};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    link::exit("send_sms_async", run(&Cli::parse()).await)
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let story = Story::new(cli)?; // wrong input is found before the modem is touched
    if let Some(path) = &cli.link.port {
        send(&story, front::open_serial(path, cli.link.baud)?).await?;
    } else if let Some(address) = &cli.link.tcp {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| link::cannot_connect(address, &error))?;
        send(&story, stream).await?;
    } else {
        // The simulated modem waits on tokio's clock; paused, it jumps to the next thing that happens.
        tokio::time::pause();
        let (stream, simulator) = SimulatedStream::new(Simulator::new(cli::PROFILE));
        let (modem, inbox, reports) = send(&story, stream).await?;
        receive(&story, &modem, inbox, &simulator, &reports).await?;
    }
    Ok(())
}

/// Initialises the modem behind `stream` and sends the messages.
async fn send<S>(
    story: &Story,
    stream: S,
) -> Result<(Modem, Inbox, Vec<SendResult>), Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    println!("-- initialising the modem");
    let (modem, inbox) =
        Modem::open(Trace::new(stream, cli::show_line), story.config.clone()).await?;
    println!("-- {}", cli::identity(&modem.profile()));
    let mut reports = Vec::new();
    for message in &story.messages {
        cli::show_plan(message)?;
        let report = modem.send(message).await?;
        cli::show_report(&report)?;
        reports.push(report);
    }
    Ok((modem, inbox, reports))
}

/// Waits for what the simulated network has: the delivery reports that were asked for, and a reply in two parts.
async fn receive(
    story: &Story,
    modem: &Modem,
    mut inbox: Inbox,
    simulator: &SimulatorHandle,
    reports: &[SendResult],
) -> Result<(), Box<dyn Error>> {
    println!("-- a reply is on its way, its second part first");
    simulator.with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(reports);
    while !awaited.is_over() {
        let event = timeout(Duration::from_secs(60), inbox.next()).await.ok().flatten();
        let event = event.ok_or("nothing more came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    simulator.with(|simulator, _| story.check(reports, simulator))
}
