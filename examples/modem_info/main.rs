//! The identity and state of a modem, its SIM and its network, and the serial ports of this
//! machine.
//!
//! ```text
//! cargo run --example modem_info -- --port /dev/ttyUSB2
//! cargo run --example modem_info -- --list
//! ```

#[path = "../link.rs"]
mod link;
#[path = "../port.rs"]
mod port;
mod ports;

use core::error::Error;
use std::process::ExitCode;

use clap::Parser;
use link::{Link, sentence};
use modem::at::clock::Time;
use modem::at::general::Battery;
use modem::at::mux::{Framing, Offer, TestMux};
use modem::at::network::{Domain, RegistrationState};
use modem::at::sim::PinState;
use modem::blocking::{Modem, Port};
use modem::{Error as ModemError, Receive};

/// Shows the identity and state of a modem, its SIM and its network.
///
/// No message is read or deleted. Without --port and --tcp the modem is simulated.
#[derive(Debug, Parser)]
struct Cli {
    /// List the serial ports of this machine instead, and probe each for an AT modem
    #[arg(long, conflicts_with_all = ["port", "tcp"])]
    list: bool,
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    link::exit("modem_info", if cli.list { ports::list(cli.link.baud) } else { show(&cli) })
}

fn show(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut config = cli.link.config()?;
    config.receive = Receive::Off; // messages stay as they are
    let mut modem = Modem::open(cli.link.open(|_| {})?, config)?;
    let profile = modem.profile().clone();
    println!("modem");
    line("manufacturer", profile.manufacturer);
    line("model", profile.model);
    line("revision", profile.revision);
    line("IMEI", profile.imei);
    answer("battery", modem.battery().map(battery));
    answer("clock", modem.clock().map(clock));
    println!("SIM");
    answer("state", modem.sim_state().map(|state| sim(&state)));
    // Only reads the counters: no PIN is tried.
    answer("PIN attempts left", modem.pin_retries().map(|retries| number(retries.pin)));
    answer("PUK attempts left", modem.pin_retries().map(|retries| number(retries.puk)));
    line("IMSI", profile.imsi);
    line("ICCID", profile.iccid);
    answer("own numbers", modem.own_numbers().map(|numbers| numbers.join(", ")));
    line("service centre", profile.smsc);
    network(&mut modem);
    println!("settings");
    let memories: Vec<String> = profile.memories.iter().map(ToString::to_string).collect();
    line("memories", Some(memories.join(", ")));
    line("received in", profile.receiving.map(|memory| memory.to_string()));
    answer("multiplexer", modem.command(TestMux).map(|offer| multiplexer(&offer)));
    line("character set", profile.character_set.map(|set| format!("{set:?}")));
    Ok(())
}

fn network(modem: &mut Modem<Box<dyn Port>>) {
    println!("network");
    answer("operator", modem.operator().map(Option::unwrap_or_default));
    let dbm = |signal: Option<i16>| signal.map_or_else(String::new, |dbm| format!("{dbm} dBm"));
    answer("signal", modem.signal().map(dbm));
    let registrations = modem.registrations();
    for (label, domain) in [
        ("calls (2G, 3G)", Domain::Circuit),
        ("data (2G, 3G)", Domain::Packet),
        ("LTE", Domain::Eps),
    ] {
        line(label, registrations.of(domain).map(registration));
    }
}

/// Prints one line; a dash if the value is unknown.
fn line(label: &str, value: Option<String>) {
    let value = value.filter(|value| !value.is_empty());
    println!("  {label:<17} {}", value.as_deref().unwrap_or("-"));
}

/// Prints one line, or the error: few modems answer all of these commands, and the other lines are
/// still useful.
fn answer(label: &str, value: Result<String, ModemError>) {
    line(label, Some(value.unwrap_or_else(|error| format!("- ({})", sentence(&error)))));
}

fn multiplexer(offer: &Offer) -> String {
    let options = [(Framing::Basic, "basic"), (Framing::Advanced, "advanced")];
    let offered: Vec<&str> =
        options.iter().filter(|(framing, _)| offer.has(*framing)).map(|(_, name)| *name).collect();
    let n1 = offer.max_information().map_or_else(String::new, |n1| format!(", N1 up to {n1}"));
    if offered.is_empty() { String::new() } else { format!("{}{n1}", offered.join(", ")) }
}

fn number(retries: Option<u8>) -> String {
    retries.map_or_else(String::new, |retries| retries.to_string())
}

fn registration(state: RegistrationState) -> String {
    let mut words = state.status.description().to_string();
    for (label, value) in [("area", state.area.map(u64::from)), ("cell", state.cell)] {
        if let Some(value) = value {
            words += &format!(", {label} {value:X}");
        }
    }
    words
}

fn battery(battery: Battery) -> String {
    let percent = battery.percent.map(|percent| format!("{percent} %"));
    let volts = battery.millivolts.map(|millivolts| format!("{millivolts} mV"));
    let state = ["", "charging", "none", "fault"].get(usize::from(battery.status)).copied();
    let state = state.filter(|state| !state.is_empty()).map(String::from);
    [percent, volts, state].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn clock(time: Time) -> String {
    let Time { year, month, day, hour, minute, second, zone } = time;
    let zone = zone.map_or_else(String::new, |quarters| {
        let minutes = i32::from(quarters) * 15;
        format!(
            " {}{:02}:{:02}",
            if minutes < 0 { '-' } else { '+' },
            minutes.abs() / 60,
            minutes.abs() % 60
        )
    });
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{zone}")
}

fn sim(state: &PinState) -> String {
    match state {
        PinState::Ready => "ready".into(),
        other => format!("asks for {other:?}"),
    }
}
