//! A session with a simulated modem, driven by a story.

use core::time::Duration;

use modem::at::Instant;
use modem::simulator::{Fault, Profile, Simulator, Verb};
use modem::{
    Attempt, Config, Event, ListMessages, OutgoingMessage, Raw, Receive, SavedSession, SendResult,
    Session, Slot, StoredMessage, Ticket, TicketId, WhenFull,
};

use super::ledger::Ledger;
use crate::input;

/// The number of lines that are played; mistakes of a session show early.
const MAX_LINES: usize = 48;

/// The number of exchanges between session and modem in one [`EXCHANGE_TIME`].
const MAX_EXCHANGES: usize = 40;

/// The simulated time of [`MAX_EXCHANGES`] exchanges.
const EXCHANGE_TIME: Duration = Duration::from_millis(500);

/// Input: a story of lines.
///
/// | Line | Action |
/// |---|---|
/// | `profile sim800` | the profile of the modem, as the first line |
/// | `given kept`, `direct`, `parts`, `erase-oldest` | the configuration, after the profile |
/// | `send +49123 text` | the application sends a message |
/// | `enqueue +49123 text`, `expire 60 +49123 text` | it enqueues a message, with an expiry in seconds |
/// | `restart` | the process is killed and starts again with the state saved at each attempt and part |
/// | `delete-all`, `delete-read`, `list` | the application manages the stored messages |
/// | `ask AT+CSQ` | it sends a raw command |
/// | `ack`, `look` | it acknowledges all messages, looks for messages |
/// | `hold`, `confirm` | it confirms each attempt from the next link on, confirms the last attempt |
/// | `abandon` | it abandons the newest ticket |
/// | `wait 500` | milliseconds pass |
/// | `close`, `open` | the link closes, opens |
/// | any [`Verb`] | the simulator performs the verb |
///
/// At the end the faults stop, and every ticket must have its result. The results must agree with
/// the truth log of the network.
pub fn session(data: &[u8]) {
    let text = input::text(&data[..data.len().min(2_048)]);
    let mut lines = text.lines().take(MAX_LINES).peekable();
    let profile = lines.peek().copied().and_then(named_profile).unwrap_or(Profile::GENERIC);
    let mut config = Config::default();
    if lines.peek().copied().and_then(named_profile).is_some() {
        lines.next();
    }
    while let Some(given) = lines.next_if(|line| line.starts_with("given ")) {
        match given.trim_start_matches("given ") {
            "kept" => config.receive = Receive::Kept,
            "direct" => config.receive = Receive::Direct,
            "parts" => config.deliver_parts = true,
            "erase-oldest" => config.when_full = WhenFull::EraseOldest,
            _ => {}
        }
    }
    let mut story = Story::new(profile, config);
    for line in lines {
        story.play(line);
    }
    story.finish();
}

fn named_profile(line: &str) -> Option<Profile> {
    line.strip_prefix("profile ").and_then(Profile::named)
}

struct Story {
    config: Config,
    /// The state that the application has saved, and the time.
    saved: Option<(SavedSession, Duration)>,
    deletions: Vec<Ticket<Vec<Slot>>>,
    listings: Vec<Ticket<Vec<StoredMessage>>>,
    simulator: Simulator,
    session: Session,
    hold: bool,
    /// `true` if bytes were exchanged since the last timeout.
    has_moved: bool,
    now: Duration,
    attempt: Option<Attempt>,
    sends: Vec<Ticket<SendResult>>,
    asks: Vec<Ticket<Vec<String>>>,
    opens: Vec<Ticket<()>>,
    newest: Option<TicketId>,
    ledger: Ledger,
}

impl Story {
    fn new(profile: Profile, config: Config) -> Self {
        let mut story = Self {
            saved: None,
            deletions: Vec::new(),
            listings: Vec::new(),
            simulator: Simulator::new(profile),
            session: Session::new(config.clone()),
            hold: false,
            has_moved: false,
            now: Duration::ZERO,
            attempt: None,
            sends: Vec::new(),
            asks: Vec::new(),
            opens: Vec::new(),
            newest: None,
            ledger: Ledger::new(&config),
            config,
        };
        story.open();
        story
    }

    fn instant(&self) -> Instant {
        Instant::from(self.now)
    }

    fn play(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let now = self.instant();
        match word {
            "send" => self.send(rest),
            "ask" => {
                if let Ok(raw) = Raw::new(rest) {
                    self.ledger.asked(rest);
                    let ticket = self.session.start(raw, now);
                    self.newest = Some(ticket.id());
                    self.asks.push(ticket);
                }
            }
            "enqueue" => self.enqueue(rest, None),
            "expire" => {
                let (seconds, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let seconds = seconds.parse().unwrap_or(60_u64).min(100_000);
                self.enqueue(rest, Some(Duration::from_secs(seconds)));
            }
            "restart" => self.restart(),
            "delete-all" => {
                self.ledger.deletes();
                let ticket = self.session.delete_all(now);
                self.deletions.push(ticket);
            }
            "delete-read" => {
                self.ledger.deletes();
                let ticket = self.session.delete_read(now);
                self.deletions.push(ticket);
            }
            "list" => {
                let ticket = self.session.start(ListMessages::merged(), now);
                self.listings.push(ticket);
            }
            "ack" => {
                self.save();
                for receipt in self.ledger.acknowledge() {
                    self.session.acknowledge(&receipt, now);
                }
            }
            "look" => self.session.look_for_messages(now),
            "hold" => self.hold = true,
            "confirm" => {
                if let Some(attempt) = self.attempt.take() {
                    self.session.confirm(&attempt, now);
                }
            }
            "abandon" => {
                if let Some(id) = self.newest.take() {
                    self.sends.retain(|ticket| ticket.id() != id);
                    self.asks.retain(|ticket| ticket.id() != id);
                    self.session.abandon(id, now);
                }
            }
            "wait" => {
                self.wait(Duration::from_millis(rest.parse::<u64>().unwrap_or(1_000).min(200_000)))
            }
            "close" => self.close(),
            "open" => self.open(),
            _ => self.verb(line),
        }
        self.pump();
    }

    fn send(&mut self, rest: &str) {
        let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let Ok(recipient) = to.parse() else { return };
        let message = OutgoingMessage::text(recipient, text).request_status_report();
        let ticket = self.session.send(&message, self.instant());
        self.newest = Some(ticket.id());
        self.sends.push(ticket);
    }

    fn enqueue(&mut self, rest: &str, expiry: Option<Duration>) {
        let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let Ok(recipient) = to.parse() else { return };
        let mut message = OutgoingMessage::text(recipient, text).request_status_report();
        if let Some(expiry) = expiry {
            message = message.with_expiry(expiry);
        }
        // A message that cannot be sent is refused.
        if self.session.enqueue(&message, self.instant()).is_ok() {
            self.save();
        }
    }

    /// Saves the session, as an application does.
    fn save(&mut self) {
        let saved = self.session.save(self.instant()).expect("a split message can be encoded");
        self.saved = Some((saved, self.now));
    }

    /// Kills the process, and restores the saved state in the next one.
    ///
    /// Only an application that confirms each attempt saves the part that is being sent.
    fn restart(&mut self) {
        if self.config.confirm != modem::Confirm::Attempts
            || !self.sends.is_empty()
            || !self.asks.is_empty()
        {
            return;
        }
        self.simulator.handle_closed(self.now);
        self.opens.clear();
        self.deletions.clear();
        self.listings.clear();
        self.attempt = None;
        self.session = Session::new(self.config.clone());
        if let Some((saved, at)) = self.saved.clone() {
            let since = self.now - at;
            let restored = self.session.restore(saved, since, self.instant());
            restored.expect("a saved session can be restored");
        }
        self.ledger.restarted();
        self.open();
    }

    fn verb(&mut self, line: &str) {
        let Ok(verb) = line.parse::<Verb>() else { return };
        if let Verb::Fault(Fault::Delay { most }) = &verb {
            // A delay of years equals a broken link.
            if *most > Duration::from_secs(600) {
                return;
            }
        }
        self.ledger.done(&verb);
        // A verb that fails has no effect.
        let _ = self.simulator.perform(verb, self.now);
    }

    fn open(&mut self) {
        self.close();
        // The application can choose this only at the start of a session.
        if self.hold
            && self.session.waiting().next().is_none()
            && self.sends.is_empty()
            && self.asks.is_empty()
            && self.opens.is_empty()
        {
            self.config.confirm = modem::Confirm::Attempts;
            self.hold = false;
            self.restart_fresh();
        }
        self.simulator.handle_opened(self.now);
        let ticket = self.session.handle_opened(self.instant());
        self.opens.push(ticket);
        self.pump();
    }

    /// Replaces the session by a new one without saved state.
    fn restart_fresh(&mut self) {
        self.deletions.clear();
        self.listings.clear();
        self.saved = None;
        self.ledger.restarted();
        self.session = Session::new(self.config.clone());
    }

    fn close(&mut self) {
        self.simulator.handle_closed(self.now);
        self.session.handle_closed(self.instant());
        assert!(self.session.is_closed() && self.session.poll_transmit().is_none());
        self.pump();
    }

    /// Exchanges bytes; `true` if more are left than fit in one [`EXCHANGE_TIME`].
    fn pump(&mut self) -> bool {
        for _ in 0..MAX_EXCHANGES {
            let mut moved = false;
            let now = self.instant();
            while let Some(bytes) = self.simulator.poll_transmit() {
                self.session.handle_input(&bytes, now);
                moved = true;
            }
            if self.simulator.is_connected() {
                while let Some(bytes) = self.session.poll_transmit() {
                    let taken = self.simulator.handle_input(bytes, self.now);
                    if taken == 0 {
                        break;
                    }
                    self.session.handle_transmitted(taken, now);
                    moved = true;
                }
            } else if !self.session.is_closed() {
                self.session.handle_closed(now);
            }
            self.look();
            if !moved {
                return false;
            }
            self.has_moved = true;
        }
        true
    }

    fn look(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Attempting(attempt) => {
                    self.save();
                    self.attempt = Some(attempt);
                }
                Event::SendFinished(result) => {
                    self.ledger.reported(&result);
                    self.save();
                }
                other => self.ledger.received(other),
            }
        }
        for at in (0..self.sends.len()).rev() {
            let id = self.sends[at].id();
            let is_finished = self.session.is_finished(id);
            if let Some(result) = self.session.take(&self.sends[at]) {
                assert!(is_finished);
                if let Ok(result) = result {
                    self.ledger.reported(&result);
                }
                let _ = self.sends.remove(at);
            }
        }
        let session = &mut self.session;
        self.asks.retain(|ticket| session.take(ticket).is_none());
        self.opens.retain(|ticket| session.take(ticket).is_none());
        self.deletions.retain(|ticket| session.take(ticket).is_none());
        self.listings.retain(|ticket| session.take(ticket).is_none());
        for entry in self.simulator.take_truth() {
            self.ledger.happened(&entry.fact);
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        let mut at_this_time = 0;
        loop {
            if self.pump() && self.now + EXCHANGE_TIME <= until {
                self.now += EXCHANGE_TIME;
                self.simulator.handle_timeout(self.now);
                self.session.handle_timeout(self.instant());
                continue;
            }
            let session = self.session.poll_timeout().map(Instant::since_epoch);
            let simulator = self.simulator.poll_timeout();
            let next = [session, simulator].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            at_this_time = if next > self.now { 0 } else { at_this_time + 1 };
            if at_this_time == 1_000 {
                // An endless dialogue takes time; a timeout without an effect is a mistake.
                assert!(self.has_moved, "a timeout is due again without an effect");
                self.now += EXCHANGE_TIME;
                at_this_time = 0;
            }
            self.has_moved = false;
            self.now = self.now.max(next);
            self.simulator.handle_timeout(self.now);
            self.session.handle_timeout(self.instant());
        }
        self.now = until;
        self.simulator.handle_timeout(self.now);
        self.session.handle_timeout(self.instant());
        self.pump();
    }

    /// Returns `true` if every ticket has its result.
    fn is_done(&self) -> bool {
        let questions = self.asks.is_empty() && self.opens.is_empty();
        self.sends.is_empty() && questions && self.deletions.is_empty() && self.listings.is_empty()
    }

    /// Ends the faults, and checks that every request ends.
    fn finish(&mut self) {
        let _ = self.simulator.perform(Verb::FaultsOff, self.now);
        let _ = self.simulator.perform(Verb::Register(1), self.now);
        for _ in 0..200 {
            if self.is_done() {
                break;
            }
            if let Some(attempt) = self.attempt.take() {
                self.session.confirm(&attempt, self.instant());
            }
            self.wait(Duration::from_secs(30));
        }
        if self.session.waiting().next().is_some() {
            self.ledger.is_open();
        }
        assert!(self.sends.is_empty(), "a send never ends");
        assert!(self.is_done(), "a request never ends");
        if self.session.is_closed() {
            self.open();
        }
        // No more than 32 messages are with the application at a time, and a memory may hold
        // hundreds.
        for round in 0..30 {
            self.session.look_for_messages(self.instant());
            self.wait(Duration::from_secs(60));
            if round >= 3 && !self.ledger.has_receipts() {
                break;
            }
            self.play("ack");
        }
        self.wait(Duration::from_secs(60));
        self.ledger.check_inbox();
        self.close();
        self.ledger.check();
    }
}
