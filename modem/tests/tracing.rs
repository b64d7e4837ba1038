//! The output of `tracing`, through all front-ends. It is a test program of its own, since
//! `tracing` enables its targets once for all threads.
#![cfg(all(feature = "simulator", feature = "tokio", feature = "tracing"))]
#![expect(clippy::std_instead_of_alloc, reason = "a test has std")]

use core::fmt::Write as _;
use std::sync::{Arc, Mutex};

use modem::Config;
use modem::at::sim::Pin;
use modem::simulator::{Profile, Simulator};
use testkit::FRONTS;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps the output, as `target: text`.
#[derive(Clone, Default)]
struct Collector {
    lines: Arc<Mutex<Vec<String>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn core::fmt::Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?}").unwrap(),
            name => write!(self.0, " {name}={value:?}").unwrap(),
        }
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("modem::")
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(format!("{}:", event.metadata().target()));
        event.record(&mut fields);
        self.lines.lock().unwrap().push(fields.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn the_dialogue_and_the_state_are_logged_by_tracing_without_secrets() {
    for &(front, open) in FRONTS {
        let collector = Collector::default();
        tracing::subscriber::with_default(collector.clone(), || {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator.set_pin(Some("4321"));
            let mut config = Config::default();
            config.pin = Some(Pin::new("4321").unwrap());
            // The output does not depend on the number of kept lines.
            config.recent_lines = 0;
            let mut modem = open(simulator, config).unwrap();
            modem.raw("AT+CLCK=\"SC\",0,\"4321\"").unwrap();
            modem.raw("AT+CPWD=\"SC\",\"4321\",\"4321\"").unwrap_or_default();
            modem.world("fault ignore +CSQ 1");
            assert!(modem.raw("AT+CSQ").unwrap_err().recent().is_empty());
            modem.world("disconnect");
            modem.raw("AT").unwrap_err();
        });
        let lines = collector.lines.lock().unwrap();
        let all = lines.join("\n");
        assert!(!all.contains("4321"), "{front}: {all}");
        let mut rest = lines.iter();
        for expected in [
            "modem::debug: opened",
            r"modem::write: AT\r",
            r"modem::read: AT\r\r\n",
            r"modem::read: OK\r\n",
            r"modem::write: AT+CPIN=****\r",
            "modem::debug: ready",
            r"modem::write: AT+CLCK=****\r",
            r"modem::write: AT+CPWD=****\r",
            r"modem::write: AT+CSQ\r",
            "modem::debug: resynchronised answered=true",
            "modem::debug: closed",
        ] {
            assert!(rest.any(|line| line == expected), "{front}: {expected} in\n{all}");
        }
    }
}
