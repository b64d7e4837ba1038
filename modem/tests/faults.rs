//! Damage to single bytes of the dialogue, one byte at a time, compared with what the simulated modem knows.
//!
//! `cargo test -p modem --all-features --test faults -- --nocapture` prints the figures.
#![cfg(feature = "simulator")]

use core::time::Duration;
use std::io;

use modem::at::Instant;
use modem::blocking::{Modem, Port, SimulatedPort};
use modem::simulator::{Fact, Profile, Simulator};
use modem::{Config, Event, OutgoingMessage, SendOutcome};

/// What happens to one byte on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    /// The link breaks before it.
    Cut,
    /// It is lost.
    Drop,
    /// It comes twice.
    Duplicate,
    /// One of its bits is turned over.
    Flip(u8),
    /// An unsolicited line comes before it.
    Insert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    ToHost,
    ToModem,
}

/// A port that damages one byte.
#[derive(Debug)]
struct Tampered {
    port: SimulatedPort,
    armed: Option<(Way, usize, Damage)>,
    moved: [usize; 2],
    cut: bool,
    unread: Vec<u8>,
}

const NOISE: &[u8] = b"\r\n^RSSI:19\r\n";

impl Tampered {
    fn new(simulator: Simulator) -> Self {
        Self {
            port: SimulatedPort::new(simulator),
            armed: None,
            moved: [0; 2],
            cut: false,
            unread: Vec::new(),
        }
    }

    fn arm(&mut self, damage: Option<(Way, usize, Damage)>) {
        self.armed = damage;
        self.moved = [0; 2];
    }

    /// What arrives of `bytes`.
    fn pass(&mut self, way: Way, bytes: &[u8]) -> Vec<u8> {
        let mut arrived = Vec::new();
        for &byte in bytes {
            let moved = &mut self.moved[way as usize];
            let damage = self
                .armed
                .filter(|&(armed, at, _)| armed == way && at == *moved)
                .map(|(.., damage)| damage);
            *moved += 1;
            match damage {
                None => arrived.push(byte),
                Some(Damage::Cut) => {
                    self.cut = true;
                    break;
                }
                Some(Damage::Drop) => {}
                Some(Damage::Duplicate) => arrived.extend([byte, byte]),
                Some(Damage::Flip(bit)) => arrived.push(byte ^ (1 << bit)),
                Some(Damage::Insert) => {
                    arrived.extend(NOISE);
                    arrived.push(byte);
                }
            }
        }
        arrived
    }
}

impl Port for Tampered {
    fn read(&mut self, buffer: &mut [u8], within: Duration) -> io::Result<usize> {
        if self.unread.is_empty() {
            if self.cut {
                return Ok(0);
            }
            let mut read = [0; 256];
            let count = self.port.read(&mut read, within)?;
            self.unread = self.pass(Way::ToHost, &read[..count]);
            if self.unread.is_empty() && !self.cut {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        let count = self.unread.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        if self.cut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let arrived = self.pass(Way::ToModem, bytes);
        let mut rest = arrived.as_slice();
        while !rest.is_empty() {
            let count = self.port.write(rest, within)?;
            rest = &rest[count..];
        }
        Ok(bytes.len())
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

/// How many faults came out how.
#[derive(Debug, Default)]
struct Figures {
    faults: usize,
    undetectable: usize,
    hangs: usize,
    false_sent: usize,
    false_failed: usize,
    unusable: usize,
    sent: usize,
    failed: usize,
    unknown: usize,
    lost: usize,
    received: usize,
    repeated: usize,
    handed_again: usize,
    notes: Vec<String>,
}

/// An initialised modem that has nothing left to do.
fn open() -> Modem<Tampered> {
    let mut config = Config::default();
    config.send_timeout = Duration::from_secs(60);
    let mut modem = Modem::open(Tampered::new(Simulator::new(Profile::GENERIC)), config).unwrap();
    while modem.next_event(Duration::from_secs(1)).is_some() {}
    modem
}

fn message(text: &str) -> OutgoingMessage {
    OutgoingMessage::text("+491715550100".parse().unwrap(), text)
}

/// The TPDUs that the network has taken.
fn submitted(modem: &mut Modem<Tampered>) -> Vec<Vec<u8>> {
    modem.port().port.with(|simulator, _| {
        let facts = simulator.truth().iter().filter_map(|entry| match &entry.fact {
            Fact::Submitted { tpdu, .. } => Some(tpdu.clone()),
            _ => None,
        });
        facts.collect()
    })
}

fn send_with(damage: (Way, usize, Damage), figures: &mut Figures) {
    let mut modem = open();
    let started = modem.port().now();
    modem.port().arm(Some(damage));
    let report = modem.send(&message("Hello"));
    let took = modem.port().now().saturating_duration_since(started);
    modem.port().arm(None);
    let truth = submitted(&mut modem);
    let meant = message("Hello").plan().map(|_| ()).is_ok();
    assert!(meant);
    let outcome = report
        .as_ref()
        .map_or(SendOutcome::Failed, modem::SendReport::outcome);
    let ours = |tpdu: &Vec<u8>| tpdu.ends_with(&[0x05, 0xC8, 0x32, 0x9B, 0xFD, 0x06]);
    figures.faults += 1;
    figures.hangs += usize::from(took > Duration::from_secs(90));
    // AT has no checksum: what leaves another valid PDU on its way to the modem cannot be seen by anyone.
    if damage.0 == Way::ToModem && truth.iter().any(|tpdu| !ours(tpdu)) {
        figures.undetectable += 1;
    } else {
        match outcome {
            SendOutcome::Sent => {
                figures.sent += 1;
                if truth.is_empty() {
                    figures.false_sent += 1;
                    figures.notes.push(format!("false sent: {damage:?}"));
                }
            }
            SendOutcome::Failed => {
                figures.failed += 1;
                if !truth.is_empty() {
                    figures.false_failed += 1;
                    figures.notes.push(format!(
                        "false failed: {damage:?} {:?}",
                        report.map(|report| report.error().map(ToString::to_string))
                    ));
                }
            }
            SendOutcome::Unknown => figures.unknown += 1,
        }
    }
    // The next message works, or the session says that it is closed.
    if !modem.session().is_closed() {
        let started = modem.port().now();
        let next = modem.send(&message("Next"));
        let took = modem.port().now().saturating_duration_since(started);
        let sent = next
            .as_ref()
            .is_ok_and(|report| report.outcome() == SendOutcome::Sent);
        if !(sent || modem.session().is_closed()) {
            figures.unusable += 1;
            let why = next.map(|report| report.error().map(ToString::to_string));
            figures
                .notes
                .push(format!("unusable: {damage:?} {took:?} {why:?}"));
        }
    }
}

/// Receives a message while one byte is damaged, with three others in the store, and acknowledges what is handed over.
fn receive_with(damage: (Way, usize, Damage), figures: &mut Figures) {
    let mut modem = open();
    let mut received: Vec<String> = Vec::new();
    modem.port().port.with(|simulator, now| {
        for text in ["one", "two", "three"] {
            simulator.deliver("+491715550199", text, now).unwrap();
        }
    });
    take(&mut modem, &mut received, false);
    modem.port().arm(Some(damage));
    modem
        .port()
        .port
        .with(|simulator, now| simulator.deliver("+491715550100", "Hello", now))
        .unwrap();
    let started = modem.port().now();
    take(&mut modem, &mut received, true);
    modem.port().arm(None);
    take(&mut modem, &mut received, true);
    figures.hangs +=
        usize::from(modem.port().now().saturating_duration_since(started) > Duration::from_secs(3600));
    let reopened = modem.session().is_closed();
    if reopened {
        // The application opens the link again.
        let port = modem.into_port();
        let mut again = Modem::open(Tampered::new(port.port.into_inner()), Config::default()).unwrap();
        take(&mut again, &mut received, true);
        modem = again;
    }
    figures.faults += 1;
    let (stored, deleted) = modem.port().port.with(|simulator, _| {
        let tpdus = |of: fn(&Fact) -> Option<&Vec<u8>>| -> Vec<Vec<u8>> {
            simulator
                .truth()
                .iter()
                .filter_map(|entry| of(&entry.fact).cloned())
                .collect()
        };
        let stored = tpdus(|fact| {
            if let Fact::Stored { tpdu, .. } = fact {
                Some(tpdu)
            } else {
                None
            }
        });
        let deleted = tpdus(|fact| {
            if let Fact::Deleted { tpdu, .. } = fact {
                Some(tpdu)
            } else {
                None
            }
        });
        (stored, deleted)
    });
    for text in ["Hello", "one", "two", "three"] {
        let again = format!("{text} (again)");
        match received.iter().filter(|other| *other == text).count() {
            0 if received.contains(&again) => figures.received += 1,
            0 => {
                figures.lost += 1;
                figures
                    .notes
                    .push(format!("lost {text}: {damage:?} received {received:?}"));
            }
            1 => figures.received += 1,
            _ if reopened => figures.handed_again += 1,
            // Another valid command: a list in place of a deletion, a deletion of another place.
            _ if damage.0 == Way::ToModem => figures.undetectable += 1,
            _ => {
                figures.repeated += 1;
                figures
                    .notes
                    .push(format!("repeated {text}: {damage:?} received {received:?}"));
            }
        }
    }
    // What was deleted had been acknowledged: nothing was acknowledged but "Hello" and what came after it.
    let unread = deleted.iter().filter(|tpdu| !stored.contains(tpdu)).count();
    assert_eq!(unread, 0);
    if deleted.len() > received.len() {
        figures.lost += 1;
        figures.notes.push(format!(
            "deleted {} of {}: {damage:?}",
            deleted.len(),
            received.len()
        ));
    }
}

/// Takes what is handed over within ten minutes, and acknowledges it if asked to.
fn take(modem: &mut Modem<Tampered>, received: &mut Vec<String>, acknowledge: bool) {
    let until = modem.port().now() + Duration::from_secs(if acknowledge { 600 } else { 5 });
    loop {
        let left = until.saturating_duration_since(modem.port().now());
        match modem.next_event(left) {
            Some(Event::Received(message)) => {
                let notice = if message.possible_duplicate {
                    " (again)"
                } else {
                    ""
                };
                received.push(message.text.unwrap_or_default() + notice);
                if acknowledge {
                    modem.acknowledge(&message.receipt);
                }
            }
            // Damaged on its way: acknowledging it would delete what is still whole in the modem.
            Some(_) => {}
            None => return,
        }
    }
}

#[test]
fn a_received_message_is_never_lost_whatever_byte_is_damaged() {
    let mut figures = Figures::default();
    for (way, count) in [(Way::ToHost, 420), (Way::ToModem, 110)] {
        for at in 0..count {
            for damage in [Damage::Cut, Damage::Drop, Damage::Duplicate, Damage::Insert]
                .into_iter()
                .chain((0..8).map(Damage::Flip))
            {
                if way == Way::ToHost || damage != Damage::Insert {
                    receive_with((way, at, damage), &mut figures);
                }
            }
        }
    }
    for note in figures.notes.iter().take(40) {
        println!("{note}");
    }
    println!(
        "faults {}, undetectable {}, hangs {}, lost {}, duplicated without notice {} (received {}, again after a new opening {})",
        figures.faults,
        figures.undetectable,
        figures.hangs,
        figures.lost,
        figures.repeated,
        figures.received,
        figures.handed_again
    );
    assert_eq!((figures.hangs, figures.lost, figures.repeated), (0, 0, 0));
}

#[test]
fn a_send_is_never_reported_wrongly_whatever_byte_is_damaged() {
    let mut modem = open();
    modem.port().arm(None);
    modem.send(&message("Hello")).unwrap();
    let [to_host, to_modem] = modem.port().moved;
    let mut figures = Figures::default();
    for (way, count) in [(Way::ToHost, to_host), (Way::ToModem, to_modem)] {
        for at in 0..count {
            for damage in [Damage::Cut, Damage::Drop, Damage::Duplicate, Damage::Insert]
                .into_iter()
                .chain((0..8).map(Damage::Flip))
            {
                // Only the modem says things of its own accord.
                if way == Way::ToHost || damage != Damage::Insert {
                    send_with((way, at, damage), &mut figures);
                }
            }
        }
    }
    for note in figures.notes.iter().take(40) {
        println!("{note}");
    }
    println!(
        "faults {}, undetectable {}, hangs {}, false sent {}, false failed {}, unusable {} (sent {}, failed {}, unknown {})",
        figures.faults,
        figures.undetectable,
        figures.hangs,
        figures.false_sent,
        figures.false_failed,
        figures.unusable,
        figures.sent,
        figures.failed,
        figures.unknown
    );
    assert_eq!(
        (
            figures.hangs,
            figures.false_sent,
            figures.false_failed,
            figures.unusable
        ),
        (0, 0, 0, 0)
    );
}
