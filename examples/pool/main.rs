//! Several modems used as one: a burst of messages with priorities, limits and failover.
//!
//! ```text
//! cargo run --example pool
//! cargo run --example pool -- --port /dev/ttyUSB2 --port /dev/ttyUSB5 --to +491715550100
//! ```
//!
//! Without --port and --tcp four modems are simulated: one of them is unplugged on the way, and the
//! SIM of another one has no credit. In a terminal a table shows the members and the queue.
//! Anywhere else the events are lines, and the simulated time takes no real time.

#![expect(clippy::std_instead_of_alloc, reason = "std is always there")]

#[path = "../common/mod.rs"]
mod common;
mod view;
mod world;

use core::error::Error;
use core::time::Duration;
use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use common::output::say;
use common::{interrupt, status};
use jiff::Zoned;
use modem::at::sim::Pin;
use modem::pdu::Address;
use modem::pool::{Calendar, Ending, PoolEvent, PoolResult, Priority, Rules, Submission};
use modem::tokio::{self as front, Pool, PoolInbox};
use modem::{Backoff, Config, MessageId, OutgoingMessage};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use view::View;
use world::World;

/// The interval in which the table is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Sends a burst of messages by several modems.
///
/// Without --port and --tcp the modems are simulated.
#[derive(Debug, Parser)]
struct Cli {
    /// The recipient, for real modems
    #[arg(long, value_name = "NUMBER", value_parser = address)]
    to: Option<Address>,
    /// The text, for real modems
    #[arg(long, default_value = "Hello from a pool")]
    text: String,
    /// The number of messages; 200 for simulated modems and 1 for real ones
    #[arg(long, value_name = "NUMBER")]
    messages: Option<usize>,
    /// The time in seconds in which a message must be sent
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    within: u64,
    /// The shortest gap in seconds between two parts of a SIM
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    gap: u64,
    /// The maximum number of parts of a SIM in a day
    #[arg(long, value_name = "NUMBER")]
    per_day: Option<u32>,
    /// A serial port with a modem; repeated for each modem
    #[arg(long, value_name = "PATH", requires = "to")]
    port: Vec<String>,
    /// The speed of the serial ports in bits per second
    #[arg(long, value_name = "RATE", default_value_t = 115_200, requires = "port")]
    baud: u32,
    /// The address of a modem server that speaks AT over TCP; repeated for each modem
    #[arg(long, value_name = "HOST:PORT", requires = "to")]
    tcp: Vec<String>,
    /// The PIN of the SIMs, used only if a SIM asks for it
    #[arg(long, value_name = "DIGITS")]
    pin: Option<String>,
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error| format!("{error}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match status::arguments() {
        Ok(cli) => status::exit("pool", run(&cli).await),
        Err(status) => status,
    }
}

async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    interrupt::listen();
    let mut config = Config::default();
    if let Some(digits) = &cli.pin {
        let pin = Pin::new(digits).map_err(|error| status::usage(format!("--pin: {error}")))?;
        config.pin = Some(pin);
    }
    let mut rules = Rules::default();
    rules.limits.min_gap = Duration::from_secs(cli.gap);
    rules.limits.per_day = cli.per_day;
    let is_simulated = cli.port.is_empty() && cli.tcp.is_empty();
    let mut view = View::new();
    if is_simulated {
        status::is_simulated();
        if !view.is_live() {
            // Paused, the clock jumps to the next event.
            tokio::time::pause();
        }
    }
    let (pool, inbox) = Pool::new(rules, today);
    for path in &cli.port {
        let (name, baud) = (path.clone(), cli.baud);
        let open = move || core::future::ready(front::open_serial(&name, baud).map_err(io_error));
        pool.join(path, &[], open, config.clone(), Backoff::default());
    }
    for server in &cli.tcp {
        let address = server.clone();
        let open = move || TcpStream::connect(address.clone());
        pool.join(server, &[], open, config.clone(), Backoff::default());
    }
    let world = is_simulated.then(|| World::new(&pool, &config));
    let submissions = match (&world, cli.to) {
        (Some(_), _) => world::burst(cli.messages.unwrap_or(200)),
        (None, to) => real(cli, to.ok_or_else(|| status::usage("--to is missing"))?),
    };
    let within = Duration::from_secs(cli.within);
    let mut submitted = BTreeMap::new();
    for (message, priority) in submissions {
        let message = message.with_expiry(within);
        let id = pool.submit(Submission::new(message).priority(priority))?;
        submitted.insert(id.get(), priority);
    }
    view.begin(submitted.len());
    let results = send(&pool, inbox, &mut view, world.as_ref(), &submitted).await;
    view.end(&pool, &results, &submitted);
    if let Some(world) = &world {
        world.check(&results)?;
    }
    let count = |ending| results.iter().filter(|result| result.ending == ending).count();
    let (sent, all) = (count(Ending::Sent), submitted.len());
    if results.iter().any(|result| result.sent() > 0) {
        status::has_changed();
    }
    let lines = "see the lines of the members for the reasons";
    match all - sent {
        0 => Ok(()),
        left if sent == 0 && count(Ending::Unknown) == 0 => {
            Err(status::failed(format!("{left} of {all} messages not sent: {lines}")).into())
        }
        left => Err(status::unknown(format!(
            "{left} of {all} messages not sent, or perhaps sent: {lines}"
        ))
        .into()),
    }
}

/// Takes the events until each message has its result.
async fn send(
    pool: &Pool,
    mut inbox: PoolInbox,
    view: &mut View,
    world: Option<&World>,
    submitted: &BTreeMap<u64, Priority>,
) -> Vec<PoolResult> {
    let mut results = Vec::new();
    let mut is_stopping = false;
    while results.len() < submitted.len() {
        if interrupt::requested() && !is_stopping {
            is_stopping = true;
            say!("-- interrupted: what has not left is cancelled");
            for id in submitted.keys() {
                pool.cancel(MessageId::from(*id));
            }
        }
        match timeout_at(Instant::now() + TICK, inbox.next()).await {
            Ok(Some(PoolEvent::Finished(result))) => {
                view.finished(&result);
                results.push(result);
                if let Some(world) = world {
                    world.progress(results.len(), view);
                }
            }
            Ok(Some(event)) => {
                if let PoolEvent::Received(received) = &event {
                    pool.acknowledge(received.member, &received.content.receipt);
                }
                view.event(pool, &event);
            }
            Ok(None) => break,
            Err(_) => {}
        }
        view.draw(pool);
    }
    results
}

/// The messages for real modems.
fn real(cli: &Cli, to: Address) -> Vec<(OutgoingMessage, Priority)> {
    let count = cli.messages.unwrap_or(1);
    (0..count).map(|_| (OutgoingMessage::text(to, &*cli.text), Priority::Normal)).collect()
}

/// The local date, as numbers that grow by one with each month and each day.
fn today() -> Calendar {
    let now = Zoned::now();
    let number = |number: i64| u32::try_from(number).unwrap_or_default();
    let (date, time) = (now.date(), now.time());
    let seconds = time.hour() as i64 * 3600 + time.minute() as i64 * 60 + time.second() as i64;
    Calendar {
        month: number(i64::from(date.year()) * 12 + i64::from(date.month())),
        day: number(date.year() as i64 * 366 + date.day_of_year() as i64),
        second: number(seconds),
    }
}

fn io_error(error: modem::OpenError) -> std::io::Error {
    std::io::Error::other(error)
}
