//! Sends text messages and receives the reply, with the tokio front-end.
//!
//! `cargo run --example send_sms_async -- --help` lists the options. `send_sms/main.rs` does the
//! same without async.

#[path = "send_sms/cli.rs"]
mod cli;
mod common;

use core::error::Error;
use core::pin::pin;
use core::time::Duration;
use std::process::ExitCode;

use cli::{Cli, Story};
use common::output::say;
use common::{interrupt, link, status};
use modem::at::mux::{Dlci, InitiatorConfig};
use modem::simulator::Simulator;
use modem::tokio::{self as front, Inbox, Modem, Mux, SimulatedStream, SimulatorHandle, Trace};
use modem::{Confirm, Event, OutgoingMessage, SendResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("send_sms_async", run(&cli).await),
        Err(status) => status,
    }
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    interrupt::listen();
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
        status::is_simulated();
        // The simulated modem waits on tokio's clock; paused, it jumps to the next event.
        tokio::time::pause();
        let (stream, simulator) = SimulatedStream::new(Simulator::new(cli::PROFILE));
        if channel.is_some() {
            return on_line(&story, channel, stream).await;
        }
        let (modem, inbox, kept, results) = send(&story, stream).await?;
        receive(&story, &modem, inbox, kept, &simulator, &results).await?;
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
    say!("-- the modem multiplexes; this is channel {dlci}");
    let sent = send(story, channel).await.map(drop);
    mux.close().await?; // in any case
    sent?;
    say!("-- the port is a plain port again");
    Ok(())
}

/// Initialises the modem at `stream` and sends the messages.
async fn send<S>(
    story: &Story,
    stream: S,
) -> Result<(Modem, Inbox, Vec<Event>, Vec<SendResult>), Box<dyn Error>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    say!("-- initialising the modem");
    let mut config = story.config.clone();
    config.confirm = Confirm::Attempts; // Ctrl-C ends the program between two parts
    let opening = Modem::open(Trace::new(stream, cli::show_line), config);
    let (modem, mut inbox) = tokio::select! {
        opened = opening => opened?,
        () = interrupted() => return Err("interrupted".into()),
    };
    say!("-- {}", cli::identity(&modem.profile()));
    let (mut results, mut kept) = (Vec::new(), Vec::new());
    for message in &story.messages {
        cli::show_plan(message)?;
        let result = send_one(&modem, &mut inbox, &mut kept, message)
            .await
            .map_err(|error| status::not_sent("the message", &error))?;
        cli::show_result(message.recipient(), &result)?;
        results.push(result);
    }
    Ok((modem, inbox, kept, results))
}

/// Sends a message, and keeps the events that come meanwhile. At Ctrl-C no further part is begun,
/// and the outcome of the part under way is waited for.
async fn send_one(
    modem: &Modem,
    inbox: &mut Inbox,
    kept: &mut Vec<Event>,
    message: &OutgoingMessage,
) -> Result<SendResult, modem::Error> {
    let mut sending = pin!(modem.send(message));
    let mut is_under_way = false;
    loop {
        tokio::select! {
            result = &mut sending => return result,
            Some(event) = inbox.next() => match event {
                Event::Attempting(attempt) => {
                    is_under_way = !interrupt::requested();
                    match is_under_way {
                        true => modem.confirm(&attempt),
                        false => modem.close(),
                    }
                }
                event => kept.push(event),
            },
            () = interrupted(), if !is_under_way => modem.close(),
        }
    }
}

/// Ends at Ctrl-C.
async fn interrupted() {
    while !interrupt::requested() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for the status reports that were requested, and for a reply in two parts.
async fn receive(
    story: &Story,
    modem: &Modem,
    mut inbox: Inbox,
    kept: Vec<Event>,
    simulator: &SimulatorHandle,
    results: &[SendResult],
) -> Result<(), Box<dyn Error>> {
    say!("-- the recipient replies, and the second part arrives first");
    simulator.with(|simulator, now| simulator.perform(story.reply(), now))?;
    let mut awaited = story.awaited(results);
    let mut kept = kept.into_iter();
    while !awaited.is_over() {
        let event = match kept.next() {
            None => timeout(Duration::from_secs(60), inbox.next()).await.ok().flatten(),
            event => event,
        };
        let event = event.ok_or("no event came within a minute")?;
        if let Some(receipt) = awaited.take(&event)? {
            modem.acknowledge(receipt);
        }
    }
    simulator.with(|simulator, _| story.check(results, simulator))
}
