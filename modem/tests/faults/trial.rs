//! One dialogue with one fault, and the judgement of its outcome.

use core::time::Duration;

use modem::pdu::Submit;
use modem::simulator::{Fact, Profile, Simulator, Verb};
use modem::{Config, Error, ErrorKind, Event, SendOutcome, SendResult, UssdReply};
use testkit::line::{Damage, Fault, LONG, Way};
use testkit::{Front, Ledger, Open, hex, message, truth};

use super::figures::Figures;

/// The operation of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialogue {
    /// The application sends a message.
    Send,
    /// The application receives a message, makes it safe and acknowledges it.
    Receive,
    /// The application asks a USSD service.
    Ussd,
}

/// The dialogue without a fault.
pub(crate) struct Expected {
    /// The numbers of bytes that move to the host and to the modem.
    pub(crate) moved: [usize; 2],
    /// The TPDUs of the messages that are sent, by their texts.
    sent: Vec<(&'static str, Vec<u8>)>,
    /// The modem before the dialogue.
    modem: Simulator,
}

/// Messages that stay in the memory throughout, and are never acknowledged.
const STORED: [&str; 3] = ["one", "two", "three"];
/// The message that is received and acknowledged.
const RECEIVED: &str = "Hello";
const CODE: &str = "*100#";
const BALANCE: &str = "Balance: 12.34 EUR";
/// The messages that are sent: by the dialogue, right after it, and when nothing more happens.
const TEXTS: [&str; 3] = ["Hello", "Next", "Last"];

/// The limit of a call: two unanswered commands of 60 s, the operations under way before, and the
/// probes.
const TIMEOUT: Duration = Duration::from_secs(240);

impl Expected {
    pub(crate) fn of(dialogue: Dialogue, open: Open) -> Self {
        let mut trial = Trial::begin(open);
        let modem = trial.front.ask(Simulator::clone);
        trial.front.arm(None);
        trial.perform(dialogue);
        let moved = trial.front.moved();
        for text in TEXTS {
            trial.send(text);
        }
        let tpdus = trial.front.ask(truth::submitted);
        let text_of = |tpdu: &Vec<u8>| Submit::decode(tpdu).unwrap().value.text().unwrap();
        let sent = TEXTS
            .map(|text| (text, tpdus.iter().find(|tpdu| text_of(tpdu) == text).unwrap().clone()));
        Self { moved, sent: sent.into(), modem }
    }

    /// Returns `true` if the modem carries out a line that the host did not write.
    fn obeys(&self, line: &[u8]) -> bool {
        let mut modem = self.modem.clone();
        let now = Duration::from_secs(3600);
        modem.handle_timeout(now);
        modem.handle_input(&[line, b"\r"].concat(), now);
        let answer: Vec<u8> = core::iter::from_fn(|| modem.poll_transmit()).flatten().collect();
        let answer = String::from_utf8_lossy(&answer);
        answer.contains("OK\r") || answer.contains("> ")
    }
}

/// The outcome of a dialogue, as reported to the caller.
enum Outcome {
    Sent(Result<SendResult, Error>),
    Received,
    Ussd(Result<UssdReply, Error>),
}

struct Trial {
    front: Box<dyn Front>,
    ledger: Ledger,
    /// The outcome of each message that was sent.
    sent: Vec<(&'static str, SendOutcome)>,
    longest: Duration,
}

/// The dialogue with one fault.
pub(crate) fn trial(
    dialogue: Dialogue,
    open: Open,
    fault: Fault,
    expected: &Expected,
    figures: &mut Figures,
) {
    let mut trial = Trial::begin(open);
    let before = trial.front.dialogue().len();
    trial.front.arm(Some(fault));
    let outcome = trial.perform(dialogue);
    let exchanged = trial.front.exchanged();
    let is_multiplexed = trial.front.is_multiplexed();
    let answered = trial.balance_was_reported();
    trial.front.arm(None);

    // The next command works, or reports that the link is closed; on a link that moves nothing it
    // ends anyway.
    let works = trial.works(dialogue);
    let closed_at_once = trial.front.is_closed();
    // A damaged length of a frame is a delay: the modem waits for as many bytes.
    let delays = is_multiplexed && fault.way == Way::ToModem;
    let dead = delays || matches!(fault.damage, Damage::Delay | Damage::Refuse);
    let mut recovers = true;
    trial.settle(LONG + Duration::from_secs(310));
    let closed = trial.front.is_closed();
    if closed {
        figures.closed += 1;
        recovers &= trial.front.reopen().is_ok();
    }
    trial.settle(Duration::from_secs(310));
    recovers &= trial.send("Last") == SendOutcome::Sent;
    if dialogue == Dialogue::Ussd {
        recovers &= trial.works(dialogue);
    }

    let mut found = Figures::default();
    found.hangs += usize::from(trial.longest > TIMEOUT);
    found.unusable += usize::from(!(works || closed_at_once || dead) || !recovers);
    trial.record();
    trial.judge_sending(expected, &mut found);
    trial.judge_store(dialogue, &mut found);
    if let Outcome::Ussd(result) = &outcome {
        judge_ussd(result, answered, fault, &mut found);
    }
    let good = found.is_good();
    figures.faults += 1;
    count(&outcome, figures);
    if good {
        return;
    }
    // There the test only requires that it ends, and that everything works again.
    if fault.way == Way::ToModem
        && found.hangs == 0
        && recovers
        && is_undetectable(expected, &exchanged, &mut trial)
    {
        figures.undetectable += 1;
        return;
    }
    figures.note(format!(
        "{dialogue:?} {fault:?}: {}, took {:?}, sent {:?}, {:?}\n    {}",
        found.detail(),
        trial.longest,
        trial.sent,
        trial.ledger,
        trial.front.dialogue()[before..].join("\n    ")
    ));
    figures.add(&found);
}

fn count(outcome: &Outcome, figures: &mut Figures) {
    let sent = match outcome {
        Outcome::Sent(result) => result.as_ref().map_or(SendOutcome::Failed, SendResult::outcome),
        Outcome::Received | Outcome::Ussd(Ok(_)) => SendOutcome::Sent,
        Outcome::Ussd(Err(error)) if matches!(error.kind(), ErrorKind::Refused(_)) => {
            SendOutcome::Failed
        }
        Outcome::Ussd(Err(_)) => SendOutcome::Unknown,
    };
    match sent {
        SendOutcome::Sent => figures.done += 1,
        SendOutcome::Failed => figures.failed += 1,
        SendOutcome::Unknown => figures.unknown += 1,
    }
}

/// Returns `true` if nobody can detect the damage: AT has no checksum. Damage on the way to the
/// modem may result in another valid line or message.
fn is_undetectable(
    expected: &Expected,
    (written, arrived): &(Vec<u8>, Vec<u8>),
    trial: &mut Trial,
) -> bool {
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let ends = |byte: &u8| matches!(byte, b'\r' | 0x1a | 0x1b);
        bytes.split(ends).map(<[u8]>::to_vec).collect()
    };
    let mut written = lines(written);
    let mut others = lines(arrived).into_iter().filter(|line| {
        let meant = written.iter().position(|other| other == line);
        meant.map(|meant| written.swap_remove(meant)).is_none() && !line.is_empty()
    });
    others.any(|line| expected.obeys(&line)) || trial.sends_something_else(expected)
}

impl Trial {
    /// An initialised modem with three messages in its memory, which were delivered.
    fn begin(open: Open) -> Self {
        let mut config = Config::default();
        config.send_timeout = Duration::from_secs(60);
        let front = open(Simulator::new(Profile::GENERIC), config).unwrap();
        let mut trial =
            Self { front, ledger: Ledger::default(), sent: Vec::new(), longest: Duration::ZERO };
        for text in STORED {
            trial.deliver(text);
        }
        trial.settle(Duration::from_secs(5));
        assert_eq!(trial.ledger.deliveries().count(), STORED.len());
        trial
    }

    fn deliver(&mut self, text: &str) {
        self.front.perform(&Verb::Deliver {
            from: "+491715550199".into(),
            text: text.into(),
            reversed: false,
        });
    }

    fn perform(&mut self, dialogue: Dialogue) -> Outcome {
        match dialogue {
            Dialogue::Send => Outcome::Sent(self.send_to_end("Hello")),
            Dialogue::Receive => {
                self.deliver(RECEIVED);
                // Long enough for a sweep of the memories.
                self.settle(Duration::from_secs(310));
                Outcome::Received
            }
            Dialogue::Ussd => Outcome::Ussd(self.timed(|front| front.ussd(CODE))),
        }
    }

    /// Returns `true` if the next command works.
    fn works(&mut self, dialogue: Dialogue) -> bool {
        match dialogue {
            Dialogue::Ussd => self
                .timed(|front| front.ussd(CODE))
                .is_ok_and(|reply| reply.text.as_deref() == Some(BALANCE)),
            Dialogue::Send | Dialogue::Receive => self.send("Next") == SendOutcome::Sent,
        }
    }

    fn timed<R>(&mut self, call: impl FnOnce(&mut dyn Front) -> R) -> R {
        let started = self.front.now();
        let result = call(&mut *self.front);
        self.longest = self.longest.max(self.front.now().saturating_sub(started));
        result
    }

    fn send(&mut self, text: &'static str) -> SendOutcome {
        self.send_to_end(text).map_or(SendOutcome::Failed, |report| report.outcome())
    }

    fn send_to_end(&mut self, text: &'static str) -> Result<SendResult, Error> {
        let result = self.timed(|front| front.send(&message(text)));
        let outcome = result.as_ref().map_or(SendOutcome::Failed, SendResult::outcome);
        if let Ok(report) = &result {
            self.ledger.report(report);
        }
        self.sent.push((text, outcome));
        result
    }

    /// Handles the events within that time, and acknowledges all but the messages that are to stay.
    fn settle(&mut self, within: Duration) {
        let until = self.front.now() + within;
        loop {
            match self.front.event_until(until) {
                Some(Event::Received(message)) => {
                    let pdu: String = message.receipt.pdus().collect();
                    let stored = self.front.ask(truth::stored);
                    let mut stays = stored.iter().take(STORED.len()).map(|tpdu| hex(tpdu));
                    if !stays.any(|tpdu| pdu.ends_with(&tpdu)) {
                        self.front.acknowledge(&message.receipt);
                    }
                    self.ledger.deliver(&message.receipt, message.possible_duplicate);
                }
                // Damaged in transit: a deletion finds other content in its slot.
                Some(Event::Undecodable(undecodable)) => {
                    self.front.acknowledge(&undecodable.receipt);
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Records the facts.
    fn record(&mut self) {
        let Self { front, ledger, .. } = self;
        front.with_simulator(&mut |simulator, _| {
            truth::facts(simulator).for_each(|fact| ledger.record(fact));
        });
    }

    fn sends_something_else(&mut self, expected: &Expected) -> bool {
        let meant = |tpdu: &Vec<u8>| expected.sent.iter().any(|(_, meant)| meant == tpdu);
        !self.front.ask(truth::submitted).iter().all(meant)
    }

    /// Compares the results of each message with the parts that the network has accepted.
    fn judge_sending(&self, expected: &Expected, found: &mut Figures) {
        for (_, tpdu) in &expected.sent {
            let sending = self.ledger.sending_of(tpdu);
            found.false_sent += sending.false_sent();
            found.false_failed += sending.false_failed();
        }
    }

    /// Compares the delivered and deleted parts with the parts that the modem has stored.
    fn judge_store(&mut self, dialogue: Dialogue, found: &mut Figures) {
        let stored = self.front.ask(truth::stored);
        assert_eq!(stored.len(), STORED.len() + usize::from(dialogue == Dialogue::Receive));
        for (at, tpdu) in stored.iter().enumerate() {
            let delivery = self.ledger.delivery_of(tpdu);
            let stays = at < STORED.len();
            found.lost += usize::from(!delivery.is_delivered || stays && delivery.is_deleted);
            found.repeated += delivery.repeated;
            // An acknowledged part is not kept indefinitely.
            found.unusable += usize::from(!stays && !delivery.is_deleted);
        }
    }

    fn balance_was_reported(&mut self) -> bool {
        let is_balance =
            |fact: &Fact| matches!(fact, Fact::UssdAnswered { text, .. } if text == BALANCE);
        self.front.count(is_balance) > 0
    }
}

/// Compares the reported outcome of a USSD request with the facts of the network.
fn judge_ussd(reply: &Result<UssdReply, Error>, answered: bool, fault: Fault, found: &mut Figures) {
    match reply {
        Ok(reply) => {
            let is_true = reply.text.as_deref() == Some(BALANCE);
            // A reply damaged on the way to the host has another text, and nobody can detect it.
            found.false_sent += usize::from(!answered || !is_true && fault.way == Way::ToModem);
        }
        Err(error) if matches!(error.kind(), ErrorKind::Refused(_)) => {
            found.false_failed += usize::from(answered);
        }
        Err(_) => {}
    }
}
