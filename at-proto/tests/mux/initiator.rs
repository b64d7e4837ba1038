//! Opening, falling out, and leaving.

use core::time::Duration;

use at_proto::mux::{
    ClosedReason, Config, DownReason, Event, Initiator, InitiatorConfig, Mux, Role, StartError,
};
use at_proto::{CmeError, FinalError, Instant};

use super::line::{ONE, read};

/// A modem that answers lines from a table until it multiplexes.
struct Modem {
    /// The answers to command lines; no answer to any other.
    answers: Vec<(&'static str, &'static str)>,
    mux: Mux,
    line: Vec<u8>,
    /// The command lines so far.
    lines: Vec<String>,
    /// The modem multiplexes.
    is_multiplexing: bool,
    /// OK to `+CMUX` changes nothing.
    stays: bool,
    echo: bool,
}

impl Modem {
    fn new(answers: &[(&'static str, &'static str)]) -> Self {
        Self {
            answers: answers.to_vec(),
            mux: Mux::new(Role::Responder, Config::default()),
            line: Vec::new(),
            lines: Vec::new(),
            is_multiplexing: false,
            stays: false,
            echo: true,
        }
    }

    /// Takes bytes of the host, and returns the answer.
    fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<u8> {
        if self.is_multiplexing {
            self.mux.handle_input(bytes, now);
            return self.output(now);
        }
        let mut answer = if self.echo { bytes.to_vec() } else { Vec::new() };
        for byte in bytes {
            if *byte != b'\r' {
                self.line.push(*byte);
                continue;
            }
            let line = core::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(&line).into_owned();
            let Some(begin) = line.find("AT") else { continue };
            let line = line[begin..].to_owned();
            if let Some((_, text)) = self.answers.iter().find(|(known, _)| *known == line) {
                answer.extend(format!("\r\n{text}\r\n").bytes());
                if line.starts_with("AT+CMUX=") && *text == "OK" && !self.stays {
                    self.is_multiplexing = true;
                    self.mux.handle_opened(now);
                }
            }
            self.lines.push(line);
        }
        answer
    }

    fn output(&mut self, now: Instant) -> Vec<u8> {
        let mut output = Vec::new();
        while let Some(bytes) = self.mux.poll_transmit() {
            output.extend(bytes);
            let count = bytes.len();
            self.mux.handle_transmitted(count, now);
        }
        if self.mux.is_closed() {
            self.is_multiplexing = false;
        }
        output
    }

    /// Loses power for a moment: plain AT, without a word.
    fn restart(&mut self, now: Instant) {
        self.mux.handle_closed(now);
        self.is_multiplexing = false;
        self.line.clear();
    }
}

struct World {
    host: Initiator,
    modem: Modem,
    now: Instant,
    events: Vec<(u64, Event)>,
    written: Vec<Vec<u8>>,
}

impl World {
    fn new(modem: Modem) -> Self {
        let now = Instant::ZERO;
        let mut host = Initiator::new(InitiatorConfig::default());
        host.handle_opened(now);
        Self { host, modem, now, events: Vec::new(), written: Vec::new() }
    }

    fn settle(&mut self) {
        loop {
            while let Some(event) = self.host.poll_event() {
                self.events.push((self.now.as_millis(), event));
            }
            let mut answer = self.modem.output(self.now);
            if !self.modem.is_multiplexing {
                answer.clear();
            }
            if let Some(bytes) = self.host.poll_transmit() {
                let bytes = bytes.to_vec();
                self.written.push(bytes.clone());
                self.host.handle_transmitted(bytes.len(), self.now);
                answer.extend(self.modem.take(&bytes, self.now));
            } else if answer.is_empty() {
                return;
            }
            self.host.handle_input(&answer, self.now);
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.settle();
            let due = [self.host.poll_timeout(), self.modem.mux.poll_timeout()];
            match due.into_iter().flatten().min().filter(|due| *due <= until) {
                Some(due) => self.now = self.now.max(due),
                None => break,
            }
            self.host.handle_timeout(self.now);
            self.modem.mux.handle_timeout(self.now);
        }
        self.now = until;
    }

    fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    fn last(&self) -> Option<&Event> {
        self.events.last().map(|(_, event)| event)
    }
}

const OFFER: (&str, &str) = (
    "AT+CMUX=?",
    "+CMUX: (0-1),(0),(1-8),(1-1509),(1-255),(0-100),(2-255),(1-255),(1-7)\r\n\r\nOK",
);

const USUAL: &[(&str, &str)] = &[("AT", "OK"), OFFER, ("AT+CMUX=0,0,,127", "OK")];

#[test]
fn a_modem_begins_to_multiplex_and_the_first_frame_waits_for_the_pause() {
    let mut world = World::new(Modem::new(USUAL));
    world.host.open(ONE, world.now);
    world.seconds(1);
    assert_eq!(world.modem.lines, ["AT", "AT+CMUX=?", "AT+CMUX=0,0,,127"]);
    assert_eq!(world.events[..2], [(400, Event::Up), (400, Event::Opened(ONE))]);
    assert_eq!(world.host.mux().config().max_information, 127);
    world.host.write(ONE, b"AT\r");
    world.settle();
    assert_eq!(read(&mut world.modem.mux, ONE), b"AT\r");
}

#[test]
fn a_refused_line_is_followed_by_the_mode_alone() {
    let refused = "+CME ERROR: 50";
    let answers = [("AT", "OK"), OFFER, ("AT+CMUX=0,0,,127", refused), ("AT+CMUX=0", "OK")];
    let mut world = World::new(Modem::new(&answers));
    world.seconds(1);
    assert_eq!(world.modem.lines[2..], ["AT+CMUX=0,0,,127", "AT+CMUX=0"]);
    assert!(world.host.is_up());
    assert_eq!(world.host.mux().config().max_information, 31);
}

#[test]
fn a_question_without_an_answer_is_followed_by_the_mode_alone() {
    for answer in ["ERROR", "+CME ERROR: 3"] {
        let answers = [("AT", "OK"), ("AT+CMUX=?", answer), ("AT+CMUX=0", "OK")];
        let mut world = World::new(Modem::new(&answers));
        world.seconds(1);
        assert!(world.host.is_up(), "{answer}");
    }
}

#[test]
fn a_modem_that_refuses_is_reported_and_asked_again_ever_more_rarely() {
    let answers = [("AT", "OK"), ("AT+CMUX=?", "ERROR"), ("AT+CMUX=0", "+CME ERROR: 3")];
    let mut world = World::new(Modem::new(&answers));
    world.host.open(ONE, world.now);
    world.seconds(1_000);
    let refused = StartError::Refused(FinalError::Cme(Some(CmeError(3))));
    assert_eq!(world.events[0].1, Event::Closed { dlci: ONE, reason: ClosedReason::Down });
    assert_eq!(world.events[1].1, Event::Failed(refused));
    let times: Vec<u64> = world.events[1..].iter().map(|(at, _)| at / 1_000).collect();
    assert_eq!(times[..8], [0, 1, 3, 7, 15, 31, 63, 123]);
    assert!(times.len() < 25);
}

#[test]
fn a_silent_modem_may_multiplex_still_and_gets_a_close_down() {
    let mut modem = Modem::new(USUAL);
    modem.mux.handle_opened(Instant::ZERO);
    modem.mux.handle_input(b"\xF9\x03\x3F\x01\x1C\xF9", Instant::ZERO);
    modem.output(Instant::ZERO);
    modem.is_multiplexing = true;
    let mut world = World::new(modem);
    world.seconds(10);
    assert!(world.host.is_up(), "{:?}", world.events);
    let mut silent = World::new(Modem::new(&[]));
    silent.seconds(10);
    assert_eq!(silent.events[0], (5_000, Event::Failed(StartError::NoAnswer)));
}

#[test]
fn a_modem_that_says_ok_and_stays_in_at_mode_is_noticed_by_its_echo() {
    let mut modem = Modem::new(USUAL);
    modem.stays = true;
    let mut world = World::new(modem);
    world.seconds(1);
    assert_eq!(world.events[0], (400, Event::Down(DownReason::AtMode)));
}

#[test]
fn a_modem_that_says_ok_and_is_silent_then_is_asked_again_after_it_has_returned() {
    let mut modem = Modem::new(USUAL);
    modem.stays = true;
    modem.echo = false;
    let mut world = World::new(modem);
    world.seconds(3);
    assert_eq!(world.events, [(1_600, Event::Down(DownReason::NoAnswer))]);
    let lines = world.modem.lines.len();
    world.seconds(4);
    assert_eq!(world.modem.lines.len(), lines, "nothing is written before 6 s are over");
    world.modem.stays = false;
    world.seconds(3);
    assert!(world.host.is_up());
}

#[test]
fn a_modem_that_restarts_is_noticed_reported_and_opened_again() {
    for words in ["\r\nRDY\r\n", ""] {
        let mut world = World::new(Modem::new(USUAL));
        world.host.open(ONE, world.now);
        world.seconds(40); // one test was answered
        world.events.clear();
        world.modem.restart(world.now);
        world.host.handle_input(words.as_bytes(), world.now);
        world.seconds(60);
        let events: Vec<&Event> = world
            .events
            .iter()
            .map(|(_, event)| event)
            .filter(|event| !matches!(event, Event::Text(_) | Event::Damaged))
            .collect();
        let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Down };
        assert_eq!(events, [&closed, &Event::Down(DownReason::AtMode), &Event::Up], "{words:?}");
        // The channel is opened by its owner.
        world.host.open(ONE, world.now);
        world.settle();
        assert!(world.events.contains(&(world.now.as_millis(), Event::Opened(ONE))));
    }
}

#[test]
fn leaving_makes_the_port_plain_again_and_it_can_multiplex_again() {
    let mut world = World::new(Modem::new(USUAL));
    world.host.open(ONE, world.now);
    world.seconds(1);
    world.host.shut_down(world.now);
    world.seconds(1);
    assert_eq!(world.last(), Some(&Event::Down(DownReason::Requested)));
    assert!(world.host.is_closed() && !world.modem.is_multiplexing);
    assert_eq!(world.host.poll_timeout(), None);
    world.host.handle_opened(world.now);
    world.seconds(1);
    assert!(world.host.is_up());
}

#[test]
fn a_link_that_is_lost_while_asking_ends_the_waiting_channels() {
    let mut world = World::new(Modem::new(&[]));
    world.host.open(ONE, world.now);
    world.host.handle_closed(world.now);
    world.settle();
    let closed = Event::Closed { dlci: ONE, reason: ClosedReason::Down };
    assert_eq!(world.events, [(0, closed), (0, Event::Down(DownReason::Lost))]);
    assert!(world.host.is_closed());
}
