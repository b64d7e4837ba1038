//! The command lines of the simulated modem.

use core::time::Duration;

use modem::simulator::{Profile, Simulator, Verb};

use crate::input;

/// The number of lines that are played; a state that matters is reached by a few.
const MAX_LINES: usize = 32;

/// The time in which a line has to end: the network answers after 2 s, a call rings for longer.
const PATIENCE: Duration = Duration::from_secs(600);

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
        let said = whole.play(line);
        assert_eq!(said, cut.play(line), "another answer to the bytes of {line:?} one by one");
    }
}

/// A host that writes its bytes in pieces of a size.
struct Host {
    simulator: Simulator,
    piece: usize,
    now: Duration,
    /// The profile has results that can be expected, and the host can still see them.
    has_results: bool,
    stored: usize,
}

impl Host {
    fn new(profile: Profile, piece: usize) -> Self {
        let has_results = !profile.list_hangs && profile.pin_ok && !profile.needs_line_feed;
        let has_results = has_results && profile.sleeps_after.is_none();
        let mut simulator = Simulator::new(profile);
        simulator.handle_opened(Duration::ZERO);
        let mut host = Self { simulator, piece, now: Duration::ZERO, has_results, stored: 2 };
        for text in ["Hello", "A second message"] {
            host.simulator.deliver("+491715550100", text, host.now).unwrap();
        }
        host.wait();
        host
    }

    /// Plays a line, and returns what the modem has written.
    fn play(&mut self, line: &str) -> String {
        if !self.simulator.is_connected() {
            self.simulator.handle_opened(self.now);
        }
        if let Some(verb) = line.strip_prefix('!') {
            return match verb.parse() {
                Ok(Verb::Fault(_)) | Err(_) => String::new(),
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
        answer += &self.wait();
        if answer.trim_end().ends_with('>') {
            let body = body.replace("\\e", "\u{1b}");
            answer += &self.write(format!("{body}\u{1a}").as_bytes());
            answer += &self.wait();
        }
        self.check(&command, line, &answer);
        answer
    }

    fn write(&mut self, bytes: &[u8]) -> String {
        let mut answer = String::new();
        for piece in bytes.chunks(self.piece) {
            if self.simulator.is_connected() {
                let taken = self.simulator.handle_input(piece, self.now);
                assert!(taken == piece.len() || !self.simulator.is_connected(), "bytes not taken");
            }
            answer += &self.read();
        }
        answer
    }

    fn read(&mut self) -> String {
        let bytes: Vec<u8> =
            core::iter::from_fn(|| self.simulator.poll_transmit()).flatten().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Lets the time of a line pass.
    fn wait(&mut self) -> String {
        let mut answer = self.read();
        let until = self.now + PATIENCE;
        for _ in 0..MAX_TIMEOUTS {
            let Some(next) = self.simulator.poll_timeout().filter(|next| *next <= until) else {
                self.now = until;
                self.simulator.handle_timeout(until);
                return answer + &self.read();
            };
            self.now = self.now.max(next);
            self.simulator.handle_timeout(self.now);
            answer += &self.read();
        }
        panic!("{MAX_TIMEOUTS} timeouts in {PATIENCE:?}");
    }

    fn check(&mut self, command: &str, line: &str, answer: &str) {
        self.stored += line.matches("+CMG").count();
        let listed = 512 * (self.stored + 16) * (1 + command.len() / 4);
        assert!(answer.len() <= 8_192 + listed, "{} bytes to {line:?}", answer.len());
        if !self.has_results || !self.simulator.is_connected() {
            return;
        }
        if is_final(answer) {
            return;
        }
        // Results may be switched off: switching them on shows that the modem takes lines.
        let shown = self.write(b"ATQ0V1E0\r");
        assert!(is_final(&shown), "no result: {line:?} was answered {answer:?}, ATQ0V1 {shown:?}");
        let quiet = command.to_uppercase().contains(['Q', 'V', 'Z', '&']);
        assert!(quiet, "no result: {line:?} was answered {answer:?}");
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
