//! Everything that a modem tells of itself, its SIM and its network, and the serial ports of this machine.
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
use core::fmt::Display;
use std::process::ExitCode;

use clap::Parser;
use link::Link;
use modem::Receive;
use modem::at::clock::Time;
use modem::at::general::Battery;
use modem::at::network::{Domain, RegistrationState};
use modem::at::sim::PinState;
use modem::blocking::{Modem, Port};

/// Shows what a modem tells of itself, its SIM and its network.
///
/// Nothing is changed: messages are left where they are. Without --port and --tcp the modem is a simulated one.
#[derive(Debug, Parser)]
struct Cli {
    /// List the serial ports of this machine instead, and ask each whether it speaks AT
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
    config.receive = Receive::Off; // a look, and nothing is taken
    let mut modem = Modem::open(cli.link.open(|_| {})?, config)?;
    let profile = modem.profile().clone();
    println!("modem");
    line("maker", profile.manufacturer);
    line("model", profile.model);
    line("firmware", profile.revision);
    line("IMEI", profile.imei);
    told("battery", modem.battery().map(battery));
    told("clock", modem.clock().map(clock));
    println!("SIM");
    told("state", modem.sim_state().map(|state| sim(&state)));
    // Not what the modem thinks of a PIN that is given, but what the SIM still takes: nothing is tried.
    told("tries of the PIN", modem.pin_retries().map(|tries| number(tries.pin)));
    told("tries of the PUK", modem.pin_retries().map(|tries| number(tries.puk)));
    line("IMSI", profile.imsi);
    line("ICCID", profile.iccid);
    told("own numbers", modem.own_numbers().map(|numbers| numbers.join(", ")));
    line("service centre", profile.smsc);
    network(&mut modem);
    println!("chosen");
    let memories: Vec<String> = profile.memories.iter().map(ToString::to_string).collect();
    line("memories", Some(memories.join(", ")));
    line("received into", profile.receiving.map(|memory| memory.to_string()));
    line("character set", profile.character_set.map(|set| format!("{set:?}")));
    Ok(())
}

fn network(modem: &mut Modem<Box<dyn Port>>) {
    println!("network");
    told("operator", modem.operator().map(Option::unwrap_or_default));
    let dbm = |signal: Option<i16>| signal.map_or_else(String::new, |dbm| format!("{dbm} dBm"));
    told("signal", modem.signal().map(dbm));
    let registrations = modem.registrations();
    for (label, domain) in [
        ("calls (2G, 3G)", Domain::Circuit),
        ("data (2G, 3G)", Domain::Packet),
        ("LTE", Domain::Eps),
    ] {
        line(label, registrations.of(domain).map(registration));
    }
}

/// One line; a dash for what the modem does not tell.
fn line(label: &str, value: Option<String>) {
    let value = value.filter(|value| !value.is_empty());
    println!("  {label:<17} {}", value.as_deref().unwrap_or("-"));
}

/// One line, or why the modem does not tell it: no modem knows all of this, and the rest is still worth a look.
fn told(label: &str, value: Result<String, impl Display>) {
    line(label, Some(value.unwrap_or_else(|error| format!("- ({error})"))));
}

fn number(tries: Option<u8>) -> String {
    tries.map_or_else(String::new, |tries| tries.to_string())
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
