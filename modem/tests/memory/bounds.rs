//! The bounds of a session under attack: memory and time while a modem, a sender or an application
//! that takes nothing do their worst.
//!
//! `MODEM_BOUNDS=all cargo test --release -p modem --all-features --test memory bounds --
//! --nocapture --test-threads 1` runs the whole numbers and prints the figures.

use core::fmt::Write as _;
use core::time::Duration;
use std::time::Instant as Clock;

use allocation_counter::measure;
use modem::at::Instant;
use modem::simulator::{Profile, Simulator};
use modem::{Config, Event, Receive, Session};
use testkit::message;

/// One part in so many of the whole numbers is run by default.
const PORTION: usize = 100;

/// A number of attacks: whole if the environment asks for it.
fn number(whole: usize) -> usize {
    if std::env::var_os("MODEM_BOUNDS").is_some() { whole } else { whole / PORTION }
}

/// A session with a simulated modem, into whose line an attacker can write.
struct Victim {
    session: Session,
    simulator: Simulator,
    now: Duration,
    written: usize,
}

impl Victim {
    fn new(config: Config) -> Self {
        let mut simulator = Simulator::new(Profile::GENERIC);
        simulator.handle_opened(Duration::ZERO);
        let session = Session::new(config);
        let mut victim = Self { session, simulator, now: Duration::ZERO, written: 0 };
        let ready = victim.session.handle_opened(Instant::ZERO);
        victim.run(Duration::from_secs(20));
        victim.session.take(&ready).expect("an answer").expect("a sound modem");
        while victim.session.poll_event().is_some() {}
        victim
    }

    fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Writes bytes of the attacker to the session.
    fn say(&mut self, bytes: &[u8]) {
        self.session.handle_input(bytes, self.now());
        self.exchange();
    }

    fn exchange(&mut self) {
        for _ in 0..1_000 {
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                let count = self.simulator.handle_input(bytes, self.now);
                self.written += count;
                self.session.handle_transmitted(count, Instant::from(self.now));
                moved = true;
            }
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, self.now());
                moved = true;
            }
            if !moved {
                self.simulator.take_truth();
                return;
            }
        }
        panic!("an exchange without end");
    }

    /// Lets time pass.
    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        self.exchange();
        while self.now < until {
            let session = self.session.poll_timeout().map(Instant::since_epoch);
            let next = session.into_iter().chain(self.simulator.poll_timeout()).min();
            self.now = next.unwrap_or(until).clamp(self.now, until);
            self.simulator.handle_timeout(self.now);
            self.session.handle_timeout(self.now());
            self.exchange();
        }
    }
}

/// Runs an attack, prints its figures, and checks the memory that it took at its peak, beyond what
/// was there before.
fn attack(name: &str, whole: usize, config: Config, bound: u64, run: impl Fn(&mut Victim, usize)) {
    let count = number(whole);
    let mut victim = Victim::new(config);
    let started = Clock::now();
    let mut half = Duration::ZERO;
    let memory = measure(|| {
        for at in 0..count {
            run(&mut victim, at);
            if at == count / 2 {
                half = started.elapsed();
            }
        }
    });
    let took = started.elapsed();
    println!(
        "| {name} | {count} | {:.1} MB | {:.1} s, its first half {:.1} s |",
        memory.bytes_max as f64 / 1e6,
        took.as_secs_f64(),
        half.as_secs_f64()
    );
    assert!(memory.bytes_max <= bound, "{name}: {} bytes", memory.bytes_max);
    // The second half is as fast as the first, with room for a machine that stands still.
    assert!(took <= half * 6 + Duration::from_secs(30), "{name}: {half:?} of {took:?}");
    // The modem is usable after all.
    victim.run(Duration::from_secs(900));
    let ticket = victim.session.start(modem::Raw::new("AT+CSQ").unwrap(), victim.now());
    victim.run(Duration::from_secs(900));
    let answer = victim.session.take(&ticket).expect("an answer");
    assert!(answer.is_ok(), "{name}: {answer:?}");
}

fn direct() -> Config {
    let mut config = Config::default();
    config.receive = Receive::Direct;
    config
}

/// A direct delivery of a TPDU in hexadecimal.
fn delivery(tpdu: &str) -> String {
    format!("\r\n+CMT: ,{}\r\n00{tpdu}\r\n", tpdu.len() / 2)
}

/// A number as ten semi-octets, in any order.
fn digits(at: usize) -> String {
    format!("{at:010}")
}

#[test]
fn a_million_lines_of_each_kind_take_a_bounded_memory() {
    type Kind = (&'static str, fn(usize) -> String);
    let kinds: &[Kind] = &[
        ("unknown URCs", |at| format!("\r\n^MODE: {at},{at}\r\n")),
        ("lines of text", |at| format!("\r\nline {at} of a modem that talks\r\n")),
        ("changes of the registration", |at| format!("\r\n+CREG: {}\r\n", at % 2 * 5)),
        ("calls", |_| "\r\nRING\r\n".into()),
        ("echoes of another program", |at| format!("AT+CMGR={at}\r\r\n")),
        ("results that nobody asked for", |_| "\r\nOK\r\n".into()),
        ("prompts", |_| "\r\n> ".into()),
        ("USSD strings", |at| format!("\r\n+CUSD: 0,\"{at}\",15\r\n")),
        ("cell broadcasts", |at| {
            let mut page = format!("\r\n+CBM: 88\r\n{:04X}{:04X}0111", at % 65_536, at / 65_536);
            for _ in 0..82 {
                page.push_str("31");
            }
            page + "\r\n"
        }),
        ("full memories", |_| "\r\n^SMMEMFULL: \"SM\"\r\n".into()),
        ("announced slots", |at| format!("\r\n+CMTI: \"SM\",{}\r\n", at % 255)),
        ("announced reports", |at| format!("\r\n+CDSI: \"SR\",{at}\r\n")),
        ("removed SIMs", |at| {
            format!("\r\n+CPIN: {}\r\n", ["NOT INSERTED", "READY", "SIM PIN"][at % 3])
        }),
    ];
    for (name, line) in kinds {
        attack(name, 1_000_000, Config::default(), 6_000_000, |victim, at| {
            victim.say(line(at).as_bytes());
            // A line takes the time of its bytes.
            victim.now += Duration::from_millis(1);
        });
    }
}

#[test]
fn restarts_without_end_take_a_bounded_memory() {
    attack("restarts", 100_000, Config::default(), 6_000_000, |victim, _| {
        victim.say(b"\r\nRDY\r\n");
        victim.run(Duration::from_millis(100));
    });
}

#[test]
fn direct_deliveries_that_are_never_acknowledged_take_a_bounded_memory() {
    attack("direct deliveries", 1_000_000, direct(), 12_000_000, |victim, at| {
        let tpdu = format!("040A81{}000062115221{:06}02C834", digits(at), at % 1_000_000);
        victim.say(delivery(&tpdu).as_bytes());
        victim.now += Duration::from_millis(20);
    });
}

#[test]
fn direct_deliveries_that_nobody_can_withhold_take_a_bounded_memory() {
    // A modem that refuses `+CNMA`, or never answers it.
    for (name, fault) in [
        ("direct deliveries of a modem that refuses +CNMA", "fault refuse +CNMA 1000000 ERROR"),
        ("direct deliveries of a modem that ignores +CNMA", "fault ignore +CNMA 1000000"),
    ] {
        attack(name, 1_000_000, direct(), 16_000_000, |victim, at| {
            if at == 0 {
                victim.simulator.perform(fault.parse().unwrap(), victim.now).unwrap();
            }
            let tpdu = format!("040A81{}000062115221{:06}02C834", digits(at), at % 1_000_000);
            victim.say(delivery(&tpdu).as_bytes());
            victim.now += Duration::from_millis(1);
            victim.session.handle_timeout(victim.now());
        });
    }
}

#[test]
fn first_parts_take_a_bounded_memory() {
    attack("first parts of one sender", 1_000_000, direct(), 12_000_000, |victim, at| {
        let tpdu = format!(
            "440A81{}000062115221{:06}0A060804{:04X}0201C834",
            digits(1),
            at % 1_000_000,
            at % 65_536
        );
        victim.say(delivery(&tpdu).as_bytes());
        victim.now += Duration::from_millis(20);
    });
    attack("first parts of many senders", 1_000_000, direct(), 30_000_000, |victim, at| {
        let tpdu =
            format!("440A81{}00006211522111{:04}09050003070201C834", digits(at), at % 10_000);
        victim.say(delivery(&tpdu).as_bytes());
        victim.now += Duration::from_millis(20);
    });
}

#[test]
fn a_hundred_megabytes_without_a_line_end_take_a_bounded_memory() {
    let piece = [b'x'; 4_096];
    for (name, before) in [
        ("bytes without a line end", ""),
        ("a text in quotes", "\r\n+CUSD: 0,\""),
        ("the data of a message", "\r\n+CMT: ,24\r\n"),
    ] {
        attack(name, 100_000_000 / piece.len(), Config::default(), 200_000, |victim, at| {
            if at == 0 {
                victim.say(before.as_bytes());
            }
            victim.say(&piece);
        });
    }
    // Lines of an answer that never ends, until the deadline of its command.
    let mut lines = String::new();
    while lines.len() < piece.len() {
        write!(lines, "\r\n+CSQ: {},99\r\n", lines.len() % 32).unwrap();
    }
    attack(
        "an answer without end",
        100_000_000 / piece.len(),
        Config::default(),
        3_000_000,
        |victim, at| {
            if at == 0 {
                let question = modem::Raw::new("AT+CSQ").unwrap();
                let ticket = victim.session.start(question, victim.now());
                victim.session.abandon(ticket.id(), victim.now());
            }
            victim.say(lines.as_bytes());
        },
    );
}

#[test]
fn results_of_messages_that_are_never_taken_are_bounded_by_a_refusal() {
    let count = number(100_000);
    let mut victim = Victim::new(Config::default());
    let mut refused = 0;
    let started = Clock::now();
    let memory = measure(|| {
        for at in 0..count {
            let number = victim.now();
            if victim.session.enqueue(&message(format!("Message {at}")), number).is_err() {
                refused += 1;
            }
            victim.exchange();
            victim.now += Duration::from_millis(200);
        }
    });
    println!(
        "| results that are never taken | {count} | {:.1} MB | {:.1} s |",
        memory.bytes_max as f64 / 1e6,
        started.elapsed().as_secs_f64()
    );
    let mut taken = 0;
    while let Some(event) = victim.session.poll_event() {
        taken += usize::from(matches!(event, Event::SendFinished(_)));
    }
    assert_eq!(taken + refused, count, "every message has a result or was refused");
    assert!(memory.bytes_max <= 12_000_000, "{} bytes", memory.bytes_max);
    let now = victim.now();
    victim.session.enqueue(&message("The last one"), now).expect("there is room again");
}
