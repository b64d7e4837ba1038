//! The links to the modems of the configuration.

use std::future;
use std::io;
use std::time::Duration;

use modem::simulator::{Date, Menu, Profile, Simulator, Subscriber};
use modem::tokio::{Inbox, Modem, SimulatedStream, SimulatorHandle, open_serial};
use modem::{Backoff, Config, Confirm, Session};
use tokio::net::TcpStream;

use crate::clock;
use crate::config::ModemConfig;

/// A subscriber of each simulated network who sends every message back.
pub(crate) const ECHO: &str = "+491715550177";

/// The interval at which a simulated modem forgets what has happened.
const FORGET_INTERVAL: Duration = Duration::from_secs(5);

/// Opens a modem, again whenever its link is lost. `index` gives a simulated one its SIM.
pub(crate) fn open(config: &ModemConfig, index: usize) -> (Modem, Inbox) {
    let mut settings = Config::default();
    // A part waits until its claim and its record are durable.
    settings.confirm = Confirm::Attempts;
    settings.pin.clone_from(&config.pin);
    let session = Session::new(settings);
    let backoff = Backoff::default();
    match (&config.port, &config.tcp) {
        (Some(port), _) => {
            let (port, baud) = (port.clone(), config.baud);
            let open = move || future::ready(open_serial(&port, baud).map_err(io::Error::from));
            Modem::reconnecting(open, session, backoff)
        }
        (None, Some(address)) => {
            let address = address.clone();
            let open = move || {
                let address = address.clone();
                Box::pin(async move {
                    let stream = TcpStream::connect(address).await?;
                    stream.set_nodelay(true)?;
                    Ok(stream)
                })
            };
            Modem::reconnecting(open, session, backoff)
        }
        (None, None) => {
            let (_, world) = SimulatedStream::new(simulator(index));
            tokio::spawn(forget(world.clone()));
            Modem::reconnecting(move || future::ready(Ok(world.reconnect())), session, backoff)
        }
    }
}

/// Deletes the log of a simulated modem now and then, which only tests read.
async fn forget(world: SimulatorHandle) {
    loop {
        tokio::time::sleep(FORGET_INTERVAL).await;
        world.with(|simulator, _| {
            drop(simulator.take_truth());
            simulator.clear_exchanges();
        });
    }
}

fn simulator(index: usize) -> Simulator {
    let mut simulator = Simulator::new(Profile::GENERIC);
    let now = clock::since_epoch().as_secs();
    simulator.set_date(Date::from_unix(u32::try_from(now).unwrap_or(u32::MAX), 0));
    let number = index % 1_000_000;
    simulator.set_card(
        &format!("262019000{number:06}"),
        &format!("8949020000000{number:06}"),
        &format!("+4917155{number:06}"),
    );
    simulator.set_subscriber(ECHO, Subscriber::Echo);
    simulator.set_service("*100#", Menu::new("Your balance is 12.34 EUR."));
    simulator
}
