//! The identity and state of a modem, its SIM and its network, and the serial ports of this
//! machine.
//!
//! ```text
//! cargo run --example modem_info -- --port /dev/ttyUSB2
//! cargo run --example modem_info -- --list
//! ```

#[path = "../common/mod.rs"]
mod common;
mod ports;

use core::error::Error;
use std::process::ExitCode;

use clap::Parser;
use common::output::{self, say, waiting};
use common::{Link, interrupt, sentence, status};
use modem::at::clock::Time;
use modem::at::general::Battery;
use modem::at::mux::{Framing, Offer, TestMux};
use modem::at::network::{Domain, RegistrationState};
use modem::at::sim::PinState;
use modem::blocking::{Modem, Port};
use modem::{Error as ModemError, Receive};
use serde_json::{Map, Value, json};

/// Shows the identity and state of a modem, its SIM and its network.
///
/// No message is read or deleted. Without --port and --tcp the modem is simulated.
#[derive(Debug, Parser)]
struct Cli {
    /// List the serial ports of this machine instead, and probe each for an AT modem
    #[arg(long, conflicts_with_all = ["port", "tcp"])]
    list: bool,
    /// Print JSON: one object, or with --list an object for each port
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

fn main() -> ExitCode {
    let cli: Cli = match status::arguments() {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    output::json_only(cli.json);
    status::exit("modem_info", if cli.list { ports::list(cli.link.baud) } else { show(&cli) })
}

fn show(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let mut config = cli.link.config()?;
    config.receive = Receive::Off; // messages stay as they are
    let port = cli.link.open(|_| {})?;
    let mut modem = waiting("initialising the modem", || Modem::open(port, config))?;
    let profile = modem.profile().clone();
    let mut sheet = Sheet::default();
    sheet.section("modem");
    sheet.line("manufacturer", profile.manufacturer);
    sheet.line("model", profile.model);
    sheet.line("revision", profile.revision);
    sheet.line("IMEI", profile.imei);
    let charge = modem.battery();
    sheet.add("battery percent", json!(charge.as_ref().ok().and_then(|battery| battery.percent)));
    sheet.answer("battery", charge.map(battery));
    sheet.answer("clock", modem.clock().map(clock));
    sheet.section("SIM");
    sheet.answer("state", modem.sim_state().map(|state| sim(&state)));
    // Only reads the counters: no PIN is tried.
    let retries = modem.pin_retries();
    for (label, left) in [
        ("PIN attempts left", retries.as_ref().map(|retries| retries.pin)),
        ("PUK attempts left", retries.as_ref().map(|retries| retries.puk)),
    ] {
        sheet.answer(label, left.map(number).map_err(Clone::clone));
        sheet.add(label, json!(left.ok().flatten()));
    }
    sheet.line("IMSI", profile.imsi);
    sheet.line("ICCID", profile.iccid);
    sheet.answer("own numbers", modem.own_numbers().map(|numbers| numbers.join(", ")));
    sheet.line("service centre", profile.smsc);
    network(&mut modem, &mut sheet);
    sheet.section("settings");
    let memories: Vec<String> = profile.memories.iter().map(ToString::to_string).collect();
    sheet.line("memories", Some(memories.join(", ")));
    sheet.line("received in", profile.receiving.map(|memory| memory.to_string()));
    sheet.answer("multiplexer", modem.command(TestMux).map(|offer| multiplexer(&offer)));
    sheet.line("character set", profile.character_set.map(|set| format!("{set:?}")));
    if interrupt::requested() {
        return Err("interrupted".into());
    }
    output::object(&sheet.object);
    Ok(())
}

fn network(modem: &mut Modem<Box<dyn Port>>, sheet: &mut Sheet) {
    sheet.section("network");
    sheet.answer("operator", modem.operator().map(Option::unwrap_or_default));
    let dbm = |signal: Option<i16>| signal.map_or_else(String::new, |dbm| format!("{dbm} dBm"));
    let signal = modem.signal();
    sheet.add("signal dbm", json!(signal.as_ref().ok().copied().flatten()));
    sheet.answer("signal", signal.map(dbm));
    let registrations = modem.registrations();
    for (label, domain) in [
        ("calls (2G, 3G)", Domain::Circuit),
        ("data (2G, 3G)", Domain::Packet),
        ("LTE", Domain::Eps),
    ] {
        sheet.line(label, registrations.of(domain).map(registration));
    }
}

/// The lines as they are printed, and as the object of `--json`: a map for each section, with the
/// labels as keys, in lower case and with `_` between words.
#[derive(Debug, Default)]
struct Sheet {
    object: Map<String, Value>,
    section: String,
}

impl Sheet {
    fn section(&mut self, name: &str) {
        say!("{name}");
        self.section = name.to_lowercase();
    }

    fn add(&mut self, label: &str, value: Value) {
        let words: String = label
            .chars()
            .map(|character| if character.is_alphanumeric() { character } else { ' ' })
            .collect();
        let key = words.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
        let section = self.object.entry(self.section.clone()).or_insert_with(|| json!({}));
        section[key] = value;
    }

    /// Adds one line; a dash if the value is unknown.
    fn line(&mut self, label: &str, value: Option<String>) {
        let value = value.filter(|value| !value.is_empty());
        say!("  {label:<17} {}", value.as_deref().unwrap_or("-"));
        self.add(label, value.into());
    }

    /// Adds one line, or the error: few modems answer all of these commands, and the other lines
    /// are still useful.
    fn answer(&mut self, label: &str, value: Result<String, ModemError>) {
        match value {
            Ok(value) => self.line(label, Some(value)),
            Err(error) => {
                say!("  {label:<17} - ({})", sentence(&error));
                self.add(label, Value::Null);
            }
        }
    }
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
