//! Sends text messages and receives the reply, with the tokio front-end.
//!
//! `cargo run --example send_sms_async -- --help` lists the options. `send_sms/main.rs` does the
//! same without async.

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
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::simulator::Simulator;
use modem::tokio::{self as front, Inbox, Modem, Mux, SimulatedStream, SimulatorHandle, Trace};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    link::exit("send_sms_async", run(&Cli::parse()).await)
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let story = Story::new(cli)?; // wrong input is refused before the modem is opened
    let channel = cli.channel()?;
    if let Some(path) = &cli.link.port {
        on_line(&story, channel, front::open_serial(path, cli.link.baud)?).await?;
    } else if let Some(address) = &cli.link.tcp {
        let stream = TcpStream::connect(address)
            .await
            .map_err(|error| link::cannot_connect(address, &error))?;
        on_line(&story, channel, stream).await?;
    } else {
        // The simulated modem waits on tokio's clock; paused, it jumps to the next event.
        tokio::time::pause();
        let (stream, simulator) = SimulatedStream::new(Simulator::new(cli::PROFILE));
        if channel.is_some() {
            return on_line(&story, channel, stream).await;
        }
        let (modem, inbox, results) = send(&story, stream).await?;
        receive(&story, &modem, inbox, &simulator, &results).await?;
    }
    Ok(())
}

/// Sends the messages on a stream, or on a channel of it that leaves the stream as it was.
async fn on_line<S>(story: &Story, channel: Option<Dlci>, stream: S) -> Result<(), Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(dlci) = channel else { return send(story, stream).await.map(drop) };
    let mux = Mux::open(stream, InitiatorConfig::default()).await?;
    let channel = mux.channel(dlci).await?;
    println!("-- the modem multiplexes; this is channel {dlci}");
    send(story, channel).await?;
    mux.close().await?;
    println!("-- the port is a plain port again");
    Ok(())
}

/// Initialises the modem at `stream` and sends the messages.
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
    let mut results = Vec::new();
    for message in &story.messages {
        cli::show_plan(message)?;
        let result = modem.send(message).await?;
        cli::show_result(&result)?;
        results.push(result);
    }
    Ok((modem, inbox, results))
}

/// Waits for the status reports that were requested, and for a reply in two parts.
async fn receive(
    story: &Story,
    modem: &Modem,
    mut inbox: Inbox,
    simulator: &SimulatorHandle,
    results: &[SendResult],
) -> Result<(), Box<dyn Error>> {
    println!("-- the recipient replies, and the second part arrives first");
    simulator.with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(results);
    while !awaited.is_over() {
        let event = timeout(Duration::from_secs(60), inbox.next()).await.ok().flatten();
        let event = event.ok_or("no event came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    simulator.with(|simulator, _| story.check(results, simulator))
}
