//! A session, and a simulated modem with another hand on the line between them.

use core::time::Duration;
use std::collections::BTreeMap;

use modem::at::Instant;
use modem::simulator::{Profile, Simulator, Verb};
use modem::{Config, Event, Receipt, Receive, Received, Session, Task};
use testkit::Front;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// The time that a command line takes.
pub(crate) const LINE: Duration = Duration::from_millis(50);

/// A line of the host that is answered in place of the modem.
pub(crate) struct Rule {
    begins: String,
    times: usize,
    answer: String,
}

/// A session and a simulated modem, with another hand on the line between them.
pub(crate) struct Bench {
    pub(crate) session: Session,
    pub(crate) simulator: Simulator,
    pub(crate) now: Duration,
    pub(crate) rules: Vec<Rule>,
    unfinished: Vec<u8>,
    pub(crate) lines: Vec<(Duration, String)>,
    pub(crate) events: Vec<Event>,
}

impl Bench {
    pub(crate) fn new(simulator: Simulator, config: Config) -> Self {
        Self {
            session: Session::new(config),
            simulator,
            now: Duration::ZERO,
            rules: Vec::new(),
            unfinished: Vec::new(),
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A modem whose first sweep is over.
    pub(crate) fn open(config: Config) -> Self {
        let mut bench = Self::new(Simulator::new(Profile::GENERIC), config);
        bench.connect();
        bench.run(5 * SECOND);
        assert!(bench.session.is_ready(), "{:?}", bench.lines);
        bench
    }

    pub(crate) fn connect(&mut self) {
        self.simulator.handle_opened(self.now);
        drop(self.session.handle_opened(self.now()));
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Answers the next lines that begin so; the lines of the answer are separated by `|`.
    pub(crate) fn answer(&mut self, begins: &str, times: usize, answer: &str) {
        let answer = answer.split('|').map(|line| format!("\r\n{line}\r\n")).collect();
        self.rules.push(Rule { begins: begins.into(), times, answer });
    }

    /// The modem says something.
    pub(crate) fn says(&mut self, lines: &str) {
        self.session.handle_input(format!("\r\n{lines}\r\n").as_bytes(), Instant::from(self.now));
    }

    /// Another program writes a line to the modem, and reads its answer.
    pub(crate) fn another_program(&mut self, line: &str) {
        self.simulator.handle_input(format!("{line}\r").as_bytes(), self.now);
        while self.simulator.poll_transmit().is_some() {}
    }

    pub(crate) fn perform(&mut self, verb: &str) {
        self.simulator.perform(verb.parse::<Verb>().unwrap(), self.now).unwrap();
    }

    pub(crate) fn acknowledge(&mut self, receipt: &Receipt) {
        let now = self.now();
        self.session.acknowledge(receipt, now);
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                let bytes = bytes.to_vec();
                self.session.handle_transmitted(bytes.len(), Instant::from(self.now));
                self.written(&bytes);
                moved = true;
            }
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, Instant::from(self.now));
                moved = true;
            }
            self.events.extend(core::iter::from_fn(|| self.session.poll_event()));
            if moved {
                continue;
            }
            let session = self.session.poll_timeout().map(Instant::since_epoch);
            let next = session.into_iter().chain(self.simulator.poll_timeout()).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                self.now = self.now.max(until);
                return;
            };
            self.now = self.now.max(next);
            self.simulator.handle_timeout(self.now);
            self.session.handle_timeout(Instant::from(self.now));
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.unfinished.push(*byte);
            if !matches!(byte, b'\r' | 0x1A | 0x1B) {
                continue;
            }
            let line = core::mem::take(&mut self.unfinished);
            self.now += LINE;
            let shown = String::from_utf8_lossy(&line).trim_end().to_string();
            let rule = self
                .rules
                .iter_mut()
                .find(|rule| rule.times > 0 && shown.starts_with(&rule.begins));
            match rule {
                Some(rule) => {
                    rule.times -= 1;
                    let answer = rule.answer.clone();
                    self.session.handle_input(answer.as_bytes(), Instant::from(self.now));
                }
                None => {
                    self.simulator.handle_input(&line, self.now);
                }
            }
            self.lines.push((self.now, shown));
        }
    }

    /// The events until now, each once.
    pub(crate) fn take(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    pub(crate) fn received(&mut self) -> Vec<Received> {
        received(self.take())
    }

    pub(crate) fn count(&self, begins: &str) -> usize {
        self.lines.iter().filter(|(_, line)| line.starts_with(begins)).count()
    }

    /// A line was not written with the same parameters more than a few times in any minute.
    pub(crate) fn assert_no_storm(&self) {
        let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
        for (at, line) in &self.lines {
            let times = times.entry(line).or_default();
            times.retain(|time| *time + MINUTE > *at);
            times.push(*at);
            assert!(times.len() <= 12, "{line} at {at:?}");
        }
    }
}

pub(crate) fn received(events: Vec<Event>) -> Vec<Received> {
    let received = events.into_iter().filter_map(|event| match event {
        Event::Received(received) => Some(received),
        _ => None,
    });
    received.collect()
}

pub(crate) fn failures(events: &[Event]) -> Vec<(Task, u64)> {
    let failures = events.iter().filter_map(|event| match event {
        Event::TaskFailed { task, retry_after, .. } => {
            Some((*task, retry_after.unwrap_or_default().as_secs()))
        }
        _ => None,
    });
    failures.collect()
}

/// The events of a front-end during a time.
pub(crate) fn during(modem: &mut dyn Front, time: Duration) -> Vec<Event> {
    let until = modem.now() + time;
    core::iter::from_fn(|| modem.event_until(until)).collect()
}

pub(crate) fn texts(received: &[Received]) -> Vec<(&str, bool)> {
    let text = |one: &Received| (one.text.clone().unwrap().leak() as &str, one.possible_duplicate);
    received.iter().map(text).collect()
}

pub(crate) fn direct(max_unacknowledged: usize) -> Config {
    let mut config = Config::default();
    config.receive = Receive::Direct;
    config.max_unacknowledged = max_unacknowledged;
    config
}
