//! A session without a front-end, on a simulated modem that answers some commands otherwise.

use core::time::Duration;

use modem::at::Instant;
use modem::simulator::Simulator;
use modem::{Attempt, Config, Error, Event, Session, Ticket};

/// A session and a simulated modem on one clock.
///
/// [`answer`](Self::answer) and [`always`](Self::always) replace the answers of the modem to single
/// commands, and [`say`](Self::say) makes it write anything at any time.
#[derive(Debug)]
pub struct Bench {
    /// The session.
    pub session: Session,
    /// The simulated modem.
    pub simulator: Simulator,
    now: Duration,
    rules: Vec<Rule>,
    unread: Vec<u8>,
    lines: Vec<(Duration, String)>,
    events: Vec<Event>,
}

#[derive(Debug)]
struct Rule {
    command: String,
    answer: String,
    left: Option<u32>,
}

impl Bench {
    /// A closed session with a modem that is switched on.
    pub fn new(mut simulator: Simulator, config: Config) -> Self {
        simulator.handle_opened(Duration::ZERO);
        Self {
            session: Session::new(config),
            simulator,
            now: Duration::ZERO,
            rules: Vec::new(),
            unread: Vec::new(),
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    /// A session whose modem is ready, after the first sweep.
    ///
    /// # Panics
    /// Panics if the modem cannot be initialised.
    pub fn open(simulator: Simulator, config: Config) -> Self {
        let mut bench = Self::new(simulator, config);
        bench.link().unwrap();
        bench.run(Duration::from_secs(5));
        bench.lines.clear();
        bench.events();
        bench
    }

    /// Opens the link.
    ///
    /// # Errors
    /// Fails if the modem cannot be initialised.
    pub fn link(&mut self) -> Result<(), Error> {
        let ticket = self.session.handle_opened(self.now());
        self.redeem(&ticket)
    }

    /// The time.
    pub fn now(&self) -> Instant {
        Instant::from(self.now)
    }

    /// Answers the next command that begins with `command`; each line of the answer gets its line
    /// ends. A command of `\x1a` is any message.
    pub fn answer(&mut self, command: &str, answer: &str) {
        self.rule(command, answer, Some(1));
    }

    /// Answers all commands that begin with `command`.
    pub fn always(&mut self, command: &str, answer: &str) {
        self.rules.retain(|rule| rule.left.is_some() || rule.command != command);
        self.rule(command, answer, None);
    }

    fn rule(&mut self, command: &str, answer: &str, left: Option<u32>) {
        self.rules.push(Rule { command: command.into(), answer: answer.into(), left });
    }

    /// Lets the modem answer again as it does.
    pub fn restore(&mut self, command: &str) {
        self.rules.retain(|rule| rule.command != command);
    }

    /// Passes lines of the modem to the session, separated by `|`.
    pub fn say(&mut self, lines: &str) {
        let bytes = on_the_wire(lines);
        self.session.handle_input(bytes.as_bytes(), self.now());
        self.exchange();
    }

    /// Starts a verb of the session.
    pub fn start<T>(&mut self, verb: impl FnOnce(&mut Session, Instant) -> T) -> T {
        let now = self.now();
        let started = verb(&mut self.session, now);
        self.exchange();
        started
    }

    /// Starts a verb of the session and waits for its result.
    ///
    /// # Errors
    /// Fails as the verb does.
    pub fn ask<T: 'static>(
        &mut self,
        verb: impl FnOnce(&mut Session, Instant) -> Ticket<T>,
    ) -> Result<T, Error> {
        let ticket = self.start(verb);
        self.redeem(&ticket)
    }

    /// Moves bytes and time until a ticket has its result.
    ///
    /// # Errors
    /// Fails as the operation does.
    ///
    /// # Panics
    /// Panics if there is no result within an hour.
    pub fn redeem<T: 'static>(&mut self, ticket: &Ticket<T>) -> Result<T, Error> {
        let until = self.now + Duration::from_secs(3600);
        loop {
            self.exchange();
            if let Some(result) = self.session.take(ticket) {
                return result;
            }
            assert!(self.now < until, "no result: {:#?}", self.lines);
            self.sleep(until);
        }
    }

    /// Moves bytes and time for so long.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        self.exchange();
        while self.now < until {
            self.sleep(until);
            self.exchange();
        }
    }

    /// The events since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        self.exchange();
        while let Some(event) = self.session.poll_event() {
            self.events.push(event);
        }
        core::mem::take(&mut self.events)
    }

    /// The next attempt among the events, which are dropped.
    ///
    /// # Panics
    /// Panics if there is none.
    pub fn attempt(&mut self) -> Attempt {
        let attempts = self.events().into_iter().filter_map(|event| match event {
            Event::Attempting(attempt) => Some(attempt),
            _ => None,
        });
        attempts.last().expect("a part waits to be confirmed")
    }

    /// The command lines since the last call.
    pub fn lines(&mut self) -> Vec<String> {
        core::mem::take(&mut self.lines).into_iter().map(|(_, line)| line).collect()
    }

    fn sleep(&mut self, until: Duration) {
        let session = self.session.poll_timeout().map(Instant::since_epoch);
        let next = session.into_iter().chain(self.simulator.poll_timeout()).min();
        self.now = next.unwrap_or(until).clamp(self.now, until.max(self.now));
        self.simulator.handle_timeout(self.now);
        self.session.handle_timeout(Instant::from(self.now));
    }

    fn exchange(&mut self) {
        loop {
            let mut moved = false;
            while let Some(bytes) = self.session.poll_transmit() {
                let bytes = bytes.to_vec();
                self.session.handle_transmitted(bytes.len(), Instant::from(self.now));
                for byte in bytes {
                    self.unread.push(byte);
                    if matches!(byte, b'\r' | b'\x1a' | b'\x1b') {
                        self.command();
                    }
                }
                moved = true;
            }
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, Instant::from(self.now));
                moved = true;
            }
            if !moved {
                return;
            }
        }
    }

    fn command(&mut self) {
        let bytes = core::mem::take(&mut self.unread);
        let line = String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_string();
        self.lines.push((self.now, line.clone()));
        let fits = |rule: &Rule| match rule.command.as_str() {
            "\x1a" => line.ends_with('\x1a'),
            command => line.strip_prefix("AT").is_some_and(|line| line.starts_with(command)),
        };
        let Some(at) = self.rules.iter().position(fits) else {
            self.simulator.handle_input(&bytes, self.now);
            return;
        };
        let answer = on_the_wire(&self.rules[at].answer);
        if let Some(left) = &mut self.rules[at].left {
            *left -= 1;
            if *left == 0 {
                self.rules.remove(at);
            }
        }
        self.session.handle_input(answer.as_bytes(), Instant::from(self.now));
    }
}

/// Lines with their ends; a line of `>` is a prompt.
fn on_the_wire(lines: &str) -> String {
    let wire = |line: &str| match line {
        "" => String::new(),
        ">" => "\r\n> ".into(),
        line => format!("\r\n{line}\r\n"),
    };
    lines.split('|').map(wire).collect()
}
