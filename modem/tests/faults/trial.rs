//! One dialogue with one fault, and what can be said against its outcome.

use core::time::Duration;

use modem::pdu::Submit;
use modem::simulator::{Fact, Profile, Simulator, Verb};
use modem::{Config, Error, ErrorKind, Event, OutgoingMessage, SendOutcome, SendReport, UssdReply};

use super::figures::Figures;
use crate::front::tamper::{Damage, Fault, LONG, Way};
use crate::front::{Front, Open};

/// What the application does with the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialogue {
    /// It sends a message.
    Send,
    /// It receives a message, makes it safe and has it deleted.
    Receive,
    /// It asks a USSD service.
    Ussd,
}

/// What the dialogue is like without a fault.
pub(crate) struct Expected {
    /// How many bytes go to the host and to the modem.
    pub(crate) moved: [usize; 2],
    /// The TPDUs of the messages that are sent, by their texts.
    sent: Vec<(&'static str, Vec<u8>)>,
    /// The modem before the dialogue.
    modem: Simulator,
}

/// Messages that lie in the store throughout, and are never acknowledged.
const STORED: [&str; 3] = ["one", "two", "three"];
/// The message that is received and acknowledged.
const RECEIVED: &str = "Hello";
const CODE: &str = "*100#";
const BALANCE: &str = "Balance: 12.34 EUR";
/// The messages that are sent: by the dialogue, at once after it, and when all is quiet again.
const TEXTS: [&str; 3] = ["Hello", "Next", "Last"];

/// No call may take longer: two commands of 60 s that are not answered, what was under way before, and the probes.
const PATIENCE: Duration = Duration::from_secs(240);

impl Expected {
    pub(crate) fn of(dialogue: Dialogue, open: Open) -> Self {
        let mut trial = Trial::begin(open);
        let mut modem = None;
        trial
            .front
            .with_simulator(&mut |simulator| modem = Some(simulator.clone()));
        trial.front.arm(None);
        trial.perform(dialogue);
        let moved = trial.front.moved();
        for text in TEXTS {
            trial.send(text);
        }
        let tpdus = trial.tpdus(|fact| match fact {
            Fact::Submitted { tpdu, .. } => Some(tpdu),
            _ => None,
        });
        let text_of = |tpdu: &Vec<u8>| Submit::decode(tpdu).unwrap().value.text().unwrap();
        let sent = TEXTS.map(|text| {
            (
                text,
                tpdus.iter().find(|tpdu| text_of(tpdu) == text).unwrap().clone(),
            )
        });
        Self {
            moved,
            sent: sent.into(),
            modem: modem.unwrap(),
        }
    }

    /// Whether the modem carries out a line that the host did not write.
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

/// What came of a dialogue, for who asked for it.
enum Outcome {
    Sent(Result<SendReport, Error>),
    Received,
    Ussd(Result<UssdReply, Error>),
}

struct Trial {
    front: Box<dyn Front>,
    /// What was handed over: the PDU in hex, and whether with the notice that it may be a duplicate.
    handed: Vec<(String, bool)>,
    /// What came of each message that was sent.
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
    let answered = trial.balance_was_told();
    trial.front.arm(None);

    // The next command works, or says that the link is closed; on a link that moves nothing it ends all the same.
    let works = trial.works(dialogue);
    let closed_at_once = trial.front.is_closed();
    let dead = matches!(fault.damage, Damage::Delay | Damage::Refuse);
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
    found.hangs += usize::from(trial.longest > PATIENCE);
    found.unusable += usize::from(!(works || closed_at_once || dead) || !recovers);
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
    // There no more is asked than that it ends, and that all works again.
    if fault.way == Way::ToModem
        && found.hangs == 0
        && recovers
        && is_undetectable(expected, &exchanged, &mut trial)
    {
        figures.undetectable += 1;
        return;
    }
    figures.note(format!(
        "{dialogue:?} {fault:?}: {}, took {:?}, sent {:?}, handed over {:?}\n    {}",
        found.detail(),
        trial.longest,
        trial.sent,
        trial.handed,
        trial.front.dialogue()[before..].join("\n    ")
    ));
    figures.add(&found);
}

fn count(outcome: &Outcome, figures: &mut Figures) {
    let sent = match outcome {
        Outcome::Sent(result) => result.as_ref().map_or(SendOutcome::Failed, SendReport::outcome),
        Outcome::Received | Outcome::Ussd(Ok(_)) => SendOutcome::Sent,
        Outcome::Ussd(Err(error)) if matches!(error.kind(), ErrorKind::Refused(_)) => SendOutcome::Failed,
        Outcome::Ussd(Err(_)) => SendOutcome::Unknown,
    };
    match sent {
        SendOutcome::Sent => figures.done += 1,
        SendOutcome::Failed => figures.failed += 1,
        SendOutcome::Unknown => figures.unknown += 1,
    }
}

/// AT has no checksum: damage on the way to the modem may leave another line that it carries out, or another message that it
/// sends, and nobody can tell.
fn is_undetectable(expected: &Expected, (said, heard): &(Vec<u8>, Vec<u8>), trial: &mut Trial) -> bool {
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let ends = |byte: &u8| matches!(byte, b'\r' | 0x1a | 0x1b);
        bytes.split(ends).map(<[u8]>::to_vec).collect()
    };
    let mut said = lines(said);
    let mut others = lines(heard).into_iter().filter(|line| {
        let meant = said.iter().position(|other| other == line);
        meant.map(|meant| said.swap_remove(meant)).is_none() && !line.is_empty()
    });
    others.any(|line| expected.obeys(&line)) || trial.sends_something_else(expected)
}

impl Trial {
    /// An initialised modem that has three messages in its store, which were handed over.
    fn begin(open: Open) -> Self {
        let mut config = Config::default();
        config.send_timeout = Duration::from_secs(60);
        let front = open(Simulator::new(Profile::GENERIC), config).unwrap();
        let mut trial = Self {
            front,
            handed: Vec::new(),
            sent: Vec::new(),
            longest: Duration::ZERO,
        };
        for text in STORED {
            trial.deliver(text);
        }
        trial.settle(Duration::from_secs(5));
        assert_eq!(trial.handed.len(), STORED.len());
        trial
    }

    fn deliver(&mut self, text: &str) {
        self.front.world(Verb::Deliver {
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
                // Long enough for a look through the memories.
                self.settle(Duration::from_secs(310));
                Outcome::Received
            }
            Dialogue::Ussd => Outcome::Ussd(self.timed(|front| front.ussd(CODE))),
        }
    }

    /// Whether the next command works.
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
        self.send_to_end(text)
            .map_or(SendOutcome::Failed, |report| report.outcome())
    }

    fn send_to_end(&mut self, text: &'static str) -> Result<SendReport, Error> {
        let message = OutgoingMessage::text("+491715550100".parse().unwrap(), text);
        let result = self.timed(|front| front.send(&message));
        let outcome = result.as_ref().map_or(SendOutcome::Failed, SendReport::outcome);
        self.sent.push((text, outcome));
        result
    }

    /// Takes what comes within that time, and acknowledges all but the messages that are to stay.
    fn settle(&mut self, within: Duration) {
        let until = self.front.now() + within;
        loop {
            let left = until.saturating_sub(self.front.now());
            match self.front.event(left) {
                Some(Event::Received(message)) => {
                    let pdu: String = message.receipt.pdus().collect();
                    let stored = self.stored();
                    if !stored.iter().take(STORED.len()).any(|tpdu| pdu.ends_with(tpdu)) {
                        self.front.acknowledge(&message.receipt);
                    }
                    self.handed.push((pdu, message.possible_duplicate));
                }
                // Damaged on its way: whoever deletes it is told that something else is in its place.
                Some(Event::Undecodable(undecodable)) => self.front.acknowledge(&undecodable.receipt),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn tpdus(&mut self, of: impl Fn(&Fact) -> Option<&Vec<u8>>) -> Vec<Vec<u8>> {
        let mut tpdus = Vec::new();
        self.front.with_simulator(&mut |simulator| {
            let facts = simulator.truth().iter();
            tpdus = facts.filter_map(|entry| of(&entry.fact).cloned()).collect();
        });
        tpdus
    }

    /// The messages that the modem has stored, the three that are to stay first, in hex as they are handed over.
    fn stored(&mut self) -> Vec<String> {
        let tpdus = self.tpdus(|fact| match fact {
            Fact::Stored { tpdu, .. } => Some(tpdu),
            _ => None,
        });
        tpdus.iter().map(|tpdu| hex(tpdu)).collect()
    }

    fn submitted(&mut self) -> Vec<Vec<u8>> {
        self.tpdus(|fact| match fact {
            Fact::Submitted { tpdu, .. } => Some(tpdu),
            _ => None,
        })
    }

    fn sends_something_else(&mut self, expected: &Expected) -> bool {
        let meant = |tpdu: &Vec<u8>| expected.sent.iter().any(|(_, meant)| meant == tpdu);
        !self.submitted().iter().all(meant)
    }

    /// What was told of each message, against what the network has taken.
    fn judge_sending(&mut self, expected: &Expected, found: &mut Figures) {
        let submitted = self.submitted();
        for (text, tpdu) in &expected.sent {
            let told = self.sent.iter().filter(|(other, _)| other == text);
            let told: Vec<SendOutcome> = told.map(|(_, outcome)| *outcome).collect();
            let count = |outcome| told.iter().filter(|told| **told == outcome).count();
            let taken = submitted.iter().filter(|other| *other == tpdu).count();
            let (sent, unknown) = (count(SendOutcome::Sent), count(SendOutcome::Unknown));
            found.false_sent += sent.saturating_sub(taken);
            found.false_failed += taken.saturating_sub(sent + unknown);
        }
    }

    /// What was handed over and deleted, against what the modem has stored.
    fn judge_store(&mut self, dialogue: Dialogue, found: &mut Figures) {
        let deleted = self.tpdus(|fact| match fact {
            Fact::Deleted { tpdu, .. } => Some(tpdu),
            _ => None,
        });
        let deleted: Vec<String> = deleted.iter().map(|tpdu| hex(tpdu)).collect();
        let stored = self.stored();
        assert_eq!(
            stored.len(),
            STORED.len() + usize::from(dialogue == Dialogue::Receive)
        );
        for (at, tpdu) in stored.iter().enumerate() {
            let handed = self.handed.iter().filter(|(pdu, _)| pdu.ends_with(tpdu));
            let notices: Vec<bool> = handed.map(|(_, again)| *again).collect();
            let stays = at < STORED.len();
            found.lost += usize::from(notices.is_empty() || stays && deleted.contains(tpdu));
            found.repeated += notices.iter().skip(1).filter(|again| !**again).count();
            // What was acknowledged does not stay for ever.
            found.unusable += usize::from(!stays && !deleted.contains(tpdu));
        }
    }

    fn balance_was_told(&mut self) -> bool {
        let mut told = false;
        self.front.with_simulator(&mut |simulator| {
            let mut facts = simulator.truth().iter();
            told =
                facts.any(|entry| matches!(&entry.fact, Fact::UssdAnswered { text, .. } if text == BALANCE));
        });
        told
    }
}

/// What was told of a USSD request, against what the network has done.
fn judge_ussd(told: &Result<UssdReply, Error>, answered: bool, fault: Fault, found: &mut Figures) {
    match told {
        Ok(reply) => {
            let is_true = reply.text.as_deref() == Some(BALANCE);
            // What is damaged on its way to the host reads otherwise, and nobody can tell.
            found.false_sent += usize::from(!answered || !is_true && fault.way == Way::ToModem);
        }
        Err(error) if matches!(error.kind(), ErrorKind::Refused(_)) => {
            found.false_failed += usize::from(answered);
        }
        Err(_) => {}
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
