//! The command lines of the simulated modem.

use core::time::Duration;

use modem::simulator::{Profile, Simulator, Verb};

use crate::input;

/// The number of lines that are played; a state that matters is reached by a few.
const MAX_LINES: usize = 32;

/// The time in which a line has to end: the network answers after 2 s, a call rings for longer.
const EVENT_TIMEOUT: Duration = Duration::from_secs(600);

/// The number of timeouts of the modem in that time, of which a ringing call has 120.
const MAX_TIMEOUTS: usize = 1_000;

/// Input: lines of text.
///
/// | Line | Action |
/// |---|---|
/// | `profile sim800` | the profile of the modem, as the first line |
/// | `!ring +49123` | the simulator performs the [`Verb`], unless it is a fault |
/// | anything else | a command line without its `AT`, up to a `>`; after that the body of a message |
///
/// Control characters of a command line are dropped; `\\e` in a body is the escape.
///
/// The answers are the same for every cut of the bytes. Every command line ends in a final result,
/// unless the host has switched results off or the profile omits them. Every answer is bounded by
/// the length of its line and the messages in the memories. A modem without a host has nothing due
/// indefinitely.
pub fn simulator(data: &[u8]) {
    let text = input::text(&data[..data.len().min(4_096)]);
    let mut lines = text.lines().take(MAX_LINES).peekable();
    let profile = lines.next_if(|line| line.starts_with("profile "));
    let profile = profile.and_then(|line| Profile::named(&line[8..])).unwrap_or(Profile::GENERIC);
    let mut whole = Host::new(profile, usize::MAX);
    let mut cut = Host::new(profile, 1);
    for line in lines {
        let said = input::text(&whole.play(line));
        let cut = input::text(&cut.play(line));
        assert_eq!(said, cut, "another answer to the bytes of {line:?} one by one");
    }
}

/// A host that writes its bytes in pieces of a size.
struct Host {
    simulator: Simulator,
    piece: usize,
    now: Duration,
    /// The profile has results that can be expected, and the host can still see them.
    has_results: bool,
    /// A line may have switched results off, or turned them into numbers.
    may_be_quiet: bool,
    stored: usize,
}

impl Host {
    fn new(profile: Profile, piece: usize) -> Self {
        let has_results = !profile.list_hangs && profile.pin_ok && !profile.needs_line_feed;
        let has_results = has_results && profile.sleeps_after.is_none();
        let mut simulator = Simulator::new(profile);
        simulator.handle_opened(Duration::ZERO);
        let mut host = Self {
            simulator,
            piece,
            now: Duration::ZERO,
            has_results,
            may_be_quiet: false,
            stored: 2,
        };
        for text in ["Hello", "A second message"] {
            host.simulator.deliver("+491715550100", text, host.now).unwrap();
        }
        host.wait();
        host
    }

    /// Plays a line, and returns what the modem has written.
    fn play(&mut self, line: &str) -> Vec<u8> {
        if !self.simulator.is_connected() {
            self.simulator.handle_opened(self.now);
        }
        if let Some(verb) = line.strip_prefix('!') {
            return match verb.parse() {
                Ok(Verb::Fault(_)) | Err(_) => Vec::new(),
                Ok(verb) => {
                    self.stored += 64 + verb_messages(&verb);
                    let _ = self.simulator.perform(verb, self.now);
                    self.wait()
                }
            };
        }
        let (command, body) = line.split_once('>').unwrap_or((line, ""));
        let command: String = command.chars().filter(|letter| !letter.is_control()).collect();
        // Registers S3 to S5 hold the characters that end and edit a line.
        let upper = command.to_uppercase();
        self.has_results &= !["S3", "S4", "S5"].iter().any(|name| upper.contains(name));
        let mut answer = self.write(format!("AT{command}\r").as_bytes());
        answer.extend(self.wait());
        if answer.trim_ascii_end().ends_with(b">") {
            let body = body.replace("\\e", "\u{1b}");
            answer.extend(self.write(format!("{body}\u{1a}").as_bytes()));
            answer.extend(self.wait());
        }
        self.check(&command, line, &input::text(&answer));
        answer
    }

    fn write(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        for piece in bytes.chunks(self.piece) {
            if self.simulator.is_connected() {
                let taken = self.simulator.handle_input(piece, self.now);
                assert!(taken == piece.len() || !self.simulator.is_connected(), "bytes not taken");
            }
            answer.extend(self.read());
        }
        answer
    }

    fn read(&mut self) -> Vec<u8> {
        core::iter::from_fn(|| self.simulator.poll_transmit()).flatten().collect()
    }

    /// Lets the time of a line pass.
    fn wait(&mut self) -> Vec<u8> {
        let mut answer = self.read();
        let until = self.now + EVENT_TIMEOUT;
        for _ in 0..MAX_TIMEOUTS {
            let Some(next) = self.simulator.poll_timeout().filter(|next| *next <= until) else {
                self.now = until;
                self.simulator.handle_timeout(until);
                answer.extend(self.read());
                return answer;
            };
            self.now = self.now.max(next);
            self.simulator.handle_timeout(self.now);
            answer.extend(self.read());
        }
        panic!("{MAX_TIMEOUTS} timeouts in {EVENT_TIMEOUT:?}");
    }

    fn check(&mut self, command: &str, line: &str, answer: &str) {
        self.stored += line.matches("+CMG").count();
        let listed = 512 * (self.stored + 16) * (1 + command.len() / 4);
        assert!(answer.len() <= 8_192 + listed, "{} bytes to {line:?}", answer.len());
        if !self.has_results || !self.simulator.is_connected() {
            return;
        }
        self.may_be_quiet |= command.to_uppercase().contains(['Q', 'V', 'Z', '&']);
        if is_final(answer) {
            return;
        }
        // Results may be switched off: switching them on shows that the modem takes lines.
        let shown = input::text(&self.write(b"ATQ0V1E0\r"));
        assert!(is_final(&shown), "no result: {line:?} was answered {answer:?}, ATQ0V1 {shown:?}");
        let may_be_quiet = core::mem::take(&mut self.may_be_quiet);
        assert!(may_be_quiet, "no result: {line:?} was answered {answer:?}");
    }
}

/// The number of messages that a verb may store.
fn verb_messages(verb: &Verb) -> usize {
    match verb {
        Verb::Deliver { text, .. } => text.len(),
        Verb::Full => 512,
        _ => 1,
    }
}

/// Returns `true` if a line of the answer is a final result.
fn is_final(answer: &str) -> bool {
    answer.split(['\r', '\n']).map(str::trim).any(|line| {
        let words = ["OK", "ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "CONNECT"];
        words.contains(&line) || line.starts_with("+CME ERROR") || line.starts_with("+CMS ERROR")
    })
}
