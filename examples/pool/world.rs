//! Four simulated modems, and what happens to them.

use core::cell::Cell;
use core::error::Error;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use modem::pool::{PoolResult, Priority};
use modem::simulator::{Fact, Profile, Simulator, Subscriber, Verb};
use modem::tokio::{Pool, SimulatedStream, SimulatorHandle};
use modem::{Backoff, Config, OutgoingMessage, PartOutcome};

use crate::common::output::say;
use crate::view::View;

/// The recipients.
const NUMBERS: [&str; 4] = ["+491715550100", "+491715550101", "+491715550102", "+491715550103"];

/// The modem that is unplugged.
const UNPLUGGED: usize = 1;

/// The modem whose SIM has no credit.
const POOR: usize = 3;

pub(crate) struct World {
    simulators: Vec<SimulatorHandle>,
    is_plugged: Arc<AtomicBool>,
    has_unplugged: Cell<bool>,
}

impl World {
    pub(crate) fn new(pool: &Pool, config: &Config) -> Self {
        let is_plugged = Arc::new(AtomicBool::new(true));
        let mut simulators = Vec::new();
        for index in 0..4 {
            let mut simulator = Simulator::new(Profile::GENERIC);
            simulator.set_latency(Duration::from_millis(60));
            let imsi = format!("26201000000000{index}");
            let iccid = format!("894900000000000000{index}");
            simulator.set_card(&imsi, &iccid, "+491700000000");
            if index == POOR {
                // Networks have no code for it; this one answers with cause 21.
                for number in NUMBERS {
                    simulator.set_subscriber(number, Subscriber::Rejected(21));
                }
            }
            let (_, handle) = SimulatedStream::new(simulator);
            simulators.push(handle.clone());
            let is_plugged = Arc::clone(&is_plugged);
            let open = move || {
                let is_there = index != UNPLUGGED || is_plugged.load(Ordering::Relaxed);
                core::future::ready(match is_there {
                    true => Ok(handle.reconnect()),
                    false => Err(io::Error::new(io::ErrorKind::NotFound, "the port is gone")),
                })
            };
            let backoff = Backoff::default();
            pool.join(&format!("usb{index}"), &[], open, config.clone(), backoff);
        }
        Self { simulators, is_plugged, has_unplugged: Cell::new(false) }
    }

    /// Unplugs a modem after some results.
    pub(crate) fn progress(&self, results: usize, view: &View) {
        if results < 40 || self.has_unplugged.replace(true) {
            return;
        }
        view.say("usb1 is unplugged");
        self.is_plugged.store(false, Ordering::Relaxed);
        if let Some(handle) = self.simulators.get(UNPLUGGED) {
            handle.with(|simulator, now| {
                // The verb has no condition.
                let _ = simulator.perform(Verb::Disconnect, now);
            });
        }
    }

    /// Compares the results with what the networks have accepted.
    pub(crate) fn check(&self, results: &[PoolResult]) -> Result<(), Box<dyn Error>> {
        let mut accepted = Vec::new();
        for handle in &self.simulators {
            handle.with(|simulator, _| {
                let tpdus = simulator.truth().iter().filter_map(|entry| match &entry.fact {
                    Fact::Submitted { tpdu, .. } => Some(tpdu.clone()),
                    _ => None,
                });
                accepted.extend(tpdus);
            });
        }
        let different: BTreeSet<&Vec<u8>> = accepted.iter().collect();
        let twice = accepted.len() - different.len();
        let parts = results.iter().flat_map(|result| &result.parts);
        let sent = parts.filter(|part| matches!(part.outcome, PartOutcome::Sent { .. })).count();
        let accepted = accepted.len();
        say!("-- parts that the networks have accepted: {accepted}, twice: {twice}");
        match twice == 0 && sent <= accepted {
            true => Ok(()),
            false => Err("the results differ from what the networks have accepted".into()),
        }
    }
}

/// Messages of all classes, some of them long.
pub(crate) fn burst(count: usize) -> Vec<(OutgoingMessage, Priority)> {
    let message = |number: usize| {
        let priority = match number % 20 {
            19 => Priority::Alarm,
            0..=12 => Priority::Normal,
            _ => Priority::Bulk,
        };
        let text = format!("Message {number}. ");
        let text = if number % 10 == 5 { text.repeat(15) } else { text };
        let to = NUMBERS.get(number % NUMBERS.len()).and_then(|number| number.parse().ok());
        Some((OutgoingMessage::text(to?, text), priority))
    };
    (0..count).filter_map(message).collect()
}
