//! A door contact: it reports that it has started, confirms by the status report, answers each
//! message, asks for the balance once, and shows the signal every minute.
//!
//! With the feature `inbox` another program receives the messages of the modem: the firmware leaves
//! them where they are, and counts them at its start.
//!
//! The modem is at the UART. The firmware prints by semihosting.
#![no_std]
#![no_main]

extern crate alloc;

mod board;
mod clock;
#[cfg(feature = "mux")]
mod mux;

use core::panic::PanicInfo;

use cortex_m_semihosting::{debug, hprintln as show};
use embassy_executor::Spawner;
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Ticker};
use modem::at::Dialect;
use modem::embedded::{EmbassyClock, Inbox, Modem, Reconnecting};
use modem::{Backoff, Config, Error, Event, Listing, OutgoingMessage, Receive, Session};

/// The number of the owner.
const OWNER: &str = "+491715550100";

/// The interval between two readings of the signal.
const SIGNAL_INTERVAL: Duration = Duration::from_secs(if cfg!(feature = "fast") { 5 } else { 60 });

#[cfg(feature = "mux")]
use crate::mux::{Line, line};

/// The line of the session: the UART itself.
#[cfg(not(feature = "mux"))]
type Line = modem::embedded::Uart<board::Receiver, board::Transmitter>;

#[cfg(not(feature = "mux"))]
fn line(_: Spawner, receiver: board::Receiver, transmitter: board::Transmitter) -> Line {
    Line::new(receiver, transmitter)
}

type Driver = Reconnecting<Line>;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let (modem, inbox, driver) = open(spawner);
    spawner.spawn(drive(driver).expect("spawned once"));
    spawner.spawn(watch(modem.clone()).expect("spawned once"));
    spawner.spawn(announce(modem.clone()).expect("spawned once"));
    receive(modem, inbox).await;
}

/// Starts the board, and the session on its UART.
///
/// Not part of the task: its future would have room for the session, which moves to the heap.
fn open(spawner: Spawner) -> (Modem, Inbox, Driver) {
    let (receiver, transmitter) = board::start();
    let mut session = Session::new(config());
    // A board with a random number generator uses that. The parts of two runs must not be joined.
    session.seed_reference(1);
    let line = line(spawner, receiver, transmitter);
    Modem::reconnecting(line, EmbassyClock::new(), session, Backoff::default())
}

/// The configuration for a small memory, unless there is a large one.
fn config() -> Config {
    let mut config = Config::default();
    if cfg!(feature = "large") {
        return config;
    }
    config.dialect = Dialect::small();
    config.listing = Listing::ByIndex;
    config.max_unacknowledged = 4;
    if cfg!(feature = "inbox") {
        config.receive = Receive::Off;
    }
    config
}

#[embassy_executor::task]
async fn drive(driver: Driver) {
    driver.run().await;
}

/// Reports the start, and asks for the balance.
#[embassy_executor::task]
async fn announce(modem: Modem) {
    if !modem.ready().await {
        return;
    }
    #[cfg(feature = "inbox")]
    count(&modem).await;
    report(&modem, "Door open").await;
    match modem.ussd("*100#").await {
        Ok(reply) => show!("balance: {}", reply.text.as_deref().unwrap_or("unknown")),
        Err(error) => show_error("no balance", &error),
    }
}

/// Counts the stored messages, of which it holds one at a time.
#[cfg(feature = "inbox")]
async fn count(modem: &Modem) {
    let (mut count, mut last) = (0, None);
    loop {
        match modem.next_message(last).await {
            Ok(Some(message)) => {
                count += 1;
                last = message.receipt().slots().next().copied();
            }
            Ok(None) => break,
            Err(error) => return show_error("no inbox", &error),
        }
    }
    show!("stored: {} messages", count);
}

/// Shows the signal every minute.
#[embassy_executor::task]
async fn watch(modem: Modem) {
    let mut ticker = Ticker::every(SIGNAL_INTERVAL);
    loop {
        if let Either::First(ready) = select(modem.ready(), ticker.next()).await {
            if !ready {
                return;
            }
            show_signal(modem.signal().await);
            ticker.next().await;
        }
    }
}

fn show_signal(signal: Result<Option<i16>, Error>) {
    match signal {
        Ok(Some(dbm)) => show!("signal: {} dBm", dbm),
        Ok(None) => show!("signal: unknown"),
        Err(error) => show_error("no signal", &error),
    }
}

/// Shows a failure, with its reason where there is room for the texts.
fn show_error(what: &str, error: &Error) {
    if cfg!(feature = "texts") {
        show!("{}: {}", what, error);
    } else {
        show!("{}", what);
    }
}

/// Shows the place of a panic where there is room for the names of all files, and ends the
/// emulator. The message would need the texts of all types.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location().filter(|_| cfg!(feature = "texts")) {
        Some(place) => show!("panic at {}:{}", place.file(), place.line()),
        None => show!("panic"),
    }
    loop {
        debug::exit(debug::EXIT_FAILURE);
    }
}

/// Handles the events of the modem, for as long as it is there.
async fn receive(modem: Modem, mut inbox: Inbox) {
    while let Some(event) = inbox.next().await {
        match event {
            Event::Ready => show!("ready"),
            Event::Restarted { .. } => show!("the modem has restarted"),
            Event::StatusReport(report) => show!("report: {}", report.tpdu.status),
            Event::Received(message) => {
                show!("received: {}", message.text.as_deref().unwrap_or("?"));
                modem.acknowledge(&message.receipt);
                report(&modem, "The door is open").await;
            }
            Event::Reconnecting { reason, .. } if cfg!(feature = "texts") => {
                show!("again: {}", reason);
            }
            Event::Reconnecting { .. } => show!("again"),
            Event::Failed(error) => show_error("failed", &error),
            _ => {}
        }
    }
}

/// Sends a message to the owner, with a status report.
async fn report(modem: &Modem, text: &str) {
    let Ok(owner) = OWNER.parse() else { return };
    let message = OutgoingMessage::text(owner, text).request_status_report();
    match modem.send(&message).await {
        Ok(result) => show!("sent: {}", result.outcome()),
        Err(error) => show_error("not sent", &error),
    }
}
